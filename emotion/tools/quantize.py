"""The network as INT8: a quarter of the size, faster, and measured against the float graph."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from emotion import artifact
from emotion.classifier import INPUT, open_session
from emotion.tools import export, prepared, rounding
from emotion.tools.errors import NotPrepared
from emotion.tools.metrics import macro_f1_of_labels
from emotion.tools.prepared import DEVELOPMENT, Table
from emotion.tools.rounding import Rounding

log: Final = logging.getLogger(__name__)

CANDIDATES: Final[Mapping[str, Rounding]] = {
    "64 wide units in two layers, smoothing .8": Rounding(wide_layers=2),
    "64 wide units in two layers, smoothing .7": Rounding(wide_layers=2, smoothing=0.7),
}
"""What is tried. Kept is whose label most often is the float graph's, on training rows that it was not fitted on."""

_FITTED: Final[Mapping[str, int]] = {
    "workchat": 400, "own": 400, "annotated_ko": 200, "goemotions_en": 300, "goemotions_ko_mt": 50, "kote": 100,
    "senti4sd": 60, "nsmc": 60, "irc": 60,
}  # fmt: skip
"""How many training rows of each corpus the scales are measured on; as many others choose among the candidates."""
_BYTE: Final = 127
_BITS: Final = 8
_BLOCK: Final = 32
_LEVEL: Final = 4
"""ONNX Runtime's name for computing in INT8."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near the INT8 graph is to the float one over some texts."""

    texts: int
    same_label: float
    """Share of texts with the same of the seven."""
    macro_f1_lost: float
    """Of the seven, where the texts are annotated; negative where INT8 happens to be better."""
    mean_difference: float
    """Mean absolute difference of a logit of the seven."""
    largest_difference: float
    bytes_float: int
    bytes_int8: int


def quantize(prepared_in: Path, run: Path, base: Path, folder: Path, *, seed: int = 0) -> str:
    """Write `folder/model.onnx` from the run's weights, and copy the tokenizer; return the name of what was kept.

    A BERT is written by hand, with fixed scales (see `rounding`), in each of the `CANDIDATES`. The graph of any other
    encoder gets a scale for every 32 weights and every 32 inputs. A reading does not depend on its company: of the
    first not by a bit, of the other by no more than the rounding of a float sum.
    """
    network = export.described(*export.trained(run, base))
    if not (run / export.FLOAT).is_file():
        message = f"{run / export.FLOAT} is not there. Make it with: maeum model export --run {run}"
        raise NotPrepared(message)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / artifact.TOKENIZER).write_bytes((run / prepared.TOKENIZER).read_bytes())
    if network is None:
        _in_blocks(run / export.FLOAT, folder / artifact.MODEL)
        return "a scale for every 32 weights"
    tables = prepared.read(prepared_in)
    fitted, others = _drawn(tables, seed)
    exact = logits(run / export.FLOAT, others).argmax(axis=1)
    best, kept = -1.0, ""
    for name, plan in CANDIDATES.items():
        candidate = folder / (artifact.MODEL + ".new")
        rounding.export_int8(network, fitted, candidate, plan)
        same = float((logits(candidate, others).argmax(axis=1) == exact).mean())
        log.info("%s: the same label for %.2f %% of %d training rows", name, 100 * same, len(others))
        if same > best:
            best, kept = same, name
            candidate.replace(folder / artifact.MODEL)
        candidate.unlink(missing_ok=True)
    return kept


def agreement(run: Path, folder: Path, tables: Mapping[str, Table], splits: Sequence[str]) -> Agreement:
    """Compare both graphs on the development splits of these names."""
    chosen = [tables[DEVELOPMENT + name] for name in splits if DEVELOPMENT + name in tables]
    rows = [row for one in chosen for row in texts(one)]
    gold = np.concatenate([one.gold.argmax(axis=1) for one in chosen if one.gold is not None])
    exact, small = logits(run / export.FLOAT, rows), logits(folder / artifact.MODEL, rows)
    said, says = exact.argmax(axis=1), small.argmax(axis=1)
    result = Agreement(
        texts=len(rows),
        same_label=float((said == says).mean()),
        macro_f1_lost=macro_f1_of_labels(said.tolist(), gold.tolist(), exact.shape[1])
        - macro_f1_of_labels(says.tolist(), gold.tolist(), exact.shape[1]),
        mean_difference=float(np.abs(exact - small).mean()),
        largest_difference=float(np.abs(exact - small).max()),
        bytes_float=(run / export.FLOAT).stat().st_size,
        bytes_int8=(folder / artifact.MODEL).stat().st_size,
    )
    log.info("%s", result)
    return result


def texts(one: Table) -> list[list[int]]:
    """The token ids of a table's texts."""
    ends = np.cumsum(one.lengths.astype(np.int64))
    return [part.tolist() for part in np.split(one.ids, ends[:-1])]


def logits(file: Path, rows: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """The seven of a graph for rows of ids, in the order given."""
    session = open_session(file)
    found = [session.run(["seven"], {INPUT: np.asarray([row], dtype=np.int64)})[0][0] for row in rows]
    return np.asarray(found, dtype=np.float64)


def _drawn(tables: Mapping[str, Table], seed: int) -> tuple[list[list[int]], list[list[int]]]:
    """(rows to measure scales on, rows to choose by) of the training tables."""
    draw = np.random.default_rng(seed)
    fitted: list[list[int]] = []
    others: list[list[int]] = []
    for name, count in _FITTED.items():
        if name in tables:
            rows = texts(tables[name])
            order = draw.permutation(len(rows))
            half = min(count, max(1, len(rows) // 2))
            fitted += [rows[i] for i in order[:half]]
            others += [rows[i] for i in order[half : 2 * half]]
    return fitted, others or fitted


def _in_blocks(source: Path, target: Path) -> None:
    """Matrix products with a scale for every 32 weights, computed in INT8; word embeddings with a scale a row."""
    graph = onnx.load(source)
    del graph.graph.value_info[:]  # the exporter's shapes; they are inferred again
    _embeddings_by_row(graph)
    quantizer = MatMulNBitsQuantizer(graph, bits=_BITS, block_size=_BLOCK, is_symmetric=True, accuracy_level=_LEVEL)
    quantizer.process()
    onnx.save(quantizer.model.model, target)


def _embeddings_by_row(graph: onnx.ModelProto) -> None:
    """Replace the gather of the word embeddings by a gather of bytes and one of scales, multiplied."""
    weights = max(graph.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    gather = next(
        (node for node in graph.graph.node if node.op_type == "Gather" and node.input[0] == weights.name), None
    )
    if gather is None:
        return
    table = numpy_helper.to_array(weights)
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9).astype(np.float32) / _BYTE
    graph.graph.initializer.remove(weights)
    graph.graph.initializer.extend(
        [
            numpy_helper.from_array(np.round(table / scales).astype(np.int8), "words_bytes"),
            numpy_helper.from_array(scales, "words_scales"),
        ]
    )
    ids, result = gather.input[1], gather.output[0]
    position = list(graph.graph.node).index(gather)
    graph.graph.node.remove(gather)
    replacements = [
        helper.make_node("Gather", ["words_bytes", ids], ["words_found"], axis=0),
        helper.make_node("Cast", ["words_found"], ["words_float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["words_scales", ids], ["words_scale"], axis=0),
        helper.make_node("Mul", ["words_float", "words_scale"], [result]),
    ]
    for offset, node in enumerate(replacements):
        graph.graph.node.insert(position + offset, node)
