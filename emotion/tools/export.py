"""The trained network as a float ONNX graph, checked against PyTorch."""

import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emotion.artifact import LABELS, SURPRISAL
from emotion.classifier import INPUT, OUTPUTS, open_session
from emotion.tokens import Tokens
from emotion.tools import graph, network, prepared
from emotion.tools.errors import Disagreement, NotPrepared
from emotion.tools.graph import PRIOR_NATS, PRIOR_PIECES
from emotion.tools.network import COLUMNS
from emotion.tools.training import WEIGHTS

log: Final = logging.getLogger(__name__)

FLOAT: Final = "model-float.onnx"
TOLERANCE: Final = 1e-3
"""Largest difference of a logit between PyTorch and ONNX Runtime that is accepted."""

PROBES: Final = (
    "",
    "오늘 발표 끝나서 너무 기뻐요!",
    "I'm so disappointed about the release",
    "회의는 3시에 시작합니다",
    "PR이 또 깨졌어요 ㅠㅠ please help 😭",
    "the server went down again, and again, and nobody answers the pager " * 6,
)


class Served(nn.Module):  # type: ignore[misc]  # torch is untyped here: it is not always installed
    """The network as it is served: ids of texts of one length in, one output a head and the surprisal."""

    def __init__(self, model: network.Network, surprisal: NDArray[np.float32]) -> None:
        """`surprisal` has a value a piece, in nats."""
        super().__init__()
        self.model = model
        self.register_buffer("surprisal", torch.from_numpy(surprisal))

    def forward(self, ids: Tensor) -> tuple[Tensor, ...]:
        """The outputs in the order of `OUTPUTS`."""
        logits = self.model(ids, torch.ones_like(ids))
        nats = (self.surprisal[ids].sum(dim=1, keepdim=True) + PRIOR_PIECES * PRIOR_NATS) / ids.shape[1]
        return (*(logits[:, COLUMNS[head]] for head in LABELS), nats)


def trained(run: Path, base: Path) -> tuple[network.Network, NDArray[np.float32]]:
    """(the network with the run's weights, the surprisal of its pieces); NotPrepared before the training ended."""
    weights = run / WEIGHTS
    if not weights.is_file():
        message = f"{weights} is not there. Train first: maeum model train --run {run}"
        raise NotPrepared(message)
    state = torch.load(weights, weights_only=True, map_location="cpu")
    model = network.empty(base, len(state["word_bias"]), attention="eager")
    model.load_state_dict(state)
    return model.eval(), np.load(run / prepared.SURPRISAL)


def described(model: network.Network, surprisal: NDArray[np.float32]) -> graph.Network | None:
    """The network for the hand-written graph; None where its encoder is no BERT, for which PyTorch traces one."""
    config = model.encoder.config
    if config.model_type != "bert" or config.hidden_act != "gelu":
        return None
    state = {name: values.numpy() for name, values in model.state_dict().items()}
    weights = {n.removeprefix("encoder."): v for n, v in state.items() if n.startswith("encoder.")}
    heads = {head: (state["heads.weight"][COLUMNS[head]], state["heads.bias"][COLUMNS[head]]) for head in LABELS}
    return graph.Network.of(weights, heads, surprisal, int(config.num_attention_heads))


def export(run: Path, base: Path, *, max_tokens: int) -> float:
    """Write `run/model-float.onnx` from `run/weights.pt`; return the largest difference of a logit on the probes.

    Raises Disagreement where it exceeds `TOLERANCE`.
    """
    model, surprisal = trained(run, base)
    tokens = Tokens.from_file(run / prepared.TOKENIZER, max_tokens)
    served = Served(model, surprisal).eval()
    rows = tokens.ids(PROBES)
    network_ = described(model, surprisal)
    if network_ is not None:
        graph.export_float(network_, run / FLOAT)
    else:
        _traced(served, torch.tensor([rows[1], rows[1]]), run / FLOAT)
    session = open_session(run / FLOAT)
    difference = 0.0
    for row in rows:
        for company in (1, 3):
            ids = np.asarray([row] * company, dtype=np.int64)
            with torch.inference_mode():
                theirs: tuple[Any, ...] = served(torch.from_numpy(ids))
            for ours, reference in zip(session.run(list(OUTPUTS), {INPUT: ids}), theirs, strict=True):
                difference = max(difference, float(np.abs(ours - reference.numpy()).max()))
    log.info("largest difference of a logit between PyTorch and ONNX Runtime: %.2e", difference)
    if difference > TOLERANCE:
        message = f"ONNX Runtime and PyTorch differ by {difference:.2e}, more than {TOLERANCE:.0e}"
        raise Disagreement(message)
    return difference


def _traced(served: Served, ids: Tensor, file: Path) -> None:
    """The graph as PyTorch's exporter makes it, for encoders that are no BERT."""
    any_size = torch.export.Dim.DYNAMIC
    with torch.inference_mode():
        torch.onnx.export(
            served,
            (ids,),
            file,
            dynamo=True,
            input_names=[INPUT],
            output_names=[*LABELS, SURPRISAL],
            dynamic_shapes=({0: any_size, 1: any_size},),
            opset_version=18,
            external_data=False,
            verbose=False,
        )
