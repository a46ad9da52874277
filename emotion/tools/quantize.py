"""The float graph as INT8: a quarter of the size, faster, and measured against the float one."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from emotion import artifact
from emotion.classifier import INPUTS, OUTPUT
from emotion.tokens import Tokens, padded
from emotion.tools.export import FLOAT

log: Final = logging.getLogger(__name__)

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
    """Share of texts with the same label."""
    mean_difference: float
    """Mean absolute difference of a logit."""
    largest_difference: float
    bytes_float: int
    bytes_int8: int


def quantize(run: Path, folder: Path) -> Path:
    """Write `folder/model.onnx` from `run/model-float.onnx`, and copy the tokenizer beside it.

    Matrix products become INT8 with a scale for every 32 weights, and are computed in INT8 (accuracy level 4) with a
    scale for every 32 inputs. Dynamic quantization with one scale a tensor was tried and left: there a text's reading
    depends on what shares its batch (see NOTEBOOK.md). The word embeddings become INT8 with a scale a row.
    """
    folder.mkdir(parents=True, exist_ok=True)
    graph = onnx.load(run / FLOAT)
    del graph.graph.value_info[:]  # the exporter's shapes; they are inferred again
    _embeddings_by_row(graph)
    quantizer = MatMulNBitsQuantizer(graph, bits=_BITS, block_size=_BLOCK, is_symmetric=True, accuracy_level=_LEVEL)
    quantizer.process()
    onnx.save(quantizer.model.model, folder / artifact.MODEL)
    (folder / artifact.TOKENIZER).write_bytes((run / "tokenizer.json").read_bytes())
    return folder / artifact.MODEL


def agreement(run: Path, folder: Path, cleaned: list[str], *, max_tokens: int) -> Agreement:
    """Compare both graphs on cleaned texts."""
    tokens = Tokens.from_file(run / "tokenizer.json", max_tokens)
    rows = tokens.ids(cleaned)
    exact, small = session_logits(run / FLOAT, rows), session_logits(folder / artifact.MODEL, rows)
    result = Agreement(
        texts=len(rows),
        same_label=float((exact.argmax(1) == small.argmax(1)).mean()),
        mean_difference=float(np.abs(exact - small).mean()),
        largest_difference=float(np.abs(exact - small).max()),
        bytes_float=(run / FLOAT).stat().st_size,
        bytes_int8=(folder / artifact.MODEL).stat().st_size,
    )
    log.info("%s", result)
    return result


def session_logits(file: Path, rows: list[list[int]], batch: int = 64) -> NDArray[np.float64]:
    """The logits of a graph for rows of ids, in the order given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    parts: dict[int, NDArray[np.float32]] = {}
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        (logits,) = session.run([OUTPUT], dict(zip(INPUTS, padded([rows[i] for i in chosen]), strict=True)))
        parts.update(zip(chosen, logits, strict=True))
    return np.asarray([parts[index] for index in range(len(rows))], dtype=np.float64)


def _embeddings_by_row(graph: onnx.ModelProto) -> None:
    """Replace the gather of the word embeddings by a gather of bytes and one of scales, multiplied."""
    weights = max(graph.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    gather = next(node for node in graph.graph.node if node.op_type == "Gather" and node.input[0] == weights.name)
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
