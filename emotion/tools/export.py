"""The trained network as an ONNX graph, checked against PyTorch."""

import logging
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import torch

from emotion.classifier import INPUTS, OUTPUT
from emotion.tokens import Tokens, padded
from emotion.tools import network
from emotion.tools.errors import Disagreement

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


def export(run: Path, base: Path, *, max_tokens: int) -> float:
    """Write `run/model-float.onnx` from `run/weights.pt`; return the largest difference of a logit on the probes.

    Raises Disagreement where it exceeds `TOLERANCE`.
    """
    tokens = Tokens.from_file(run / "tokenizer.json", max_tokens)
    model = network.empty(base, tokens.size, attention="eager")
    model.load_state_dict(torch.load(run / "weights.pt", weights_only=True))
    model.eval()
    rows = tokens.ids(PROBES)
    ids, mask = (torch.from_numpy(side) for side in padded(rows))
    any_size = torch.export.Dim.DYNAMIC
    with torch.inference_mode():
        torch.onnx.export(
            model,
            (ids, mask),
            run / FLOAT,
            dynamo=True,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=({0: any_size, 1: any_size}, {0: any_size, 1: any_size}),
            opset_version=18,
            external_data=False,
            verbose=False,
        )
    session = onnxruntime.InferenceSession(run / FLOAT, providers=["CPUExecutionProvider"])
    difference = 0.0
    for chosen in (rows, rows[1:2], rows[:1]):  # the whole batch, then other shapes than the exported one
        ids_, mask_ = padded(chosen)
        (ours,) = session.run([OUTPUT], dict(zip(INPUTS, (ids_, mask_), strict=True)))
        with torch.inference_mode():
            theirs = model(torch.from_numpy(ids_), torch.from_numpy(mask_)).numpy()
        difference = max(difference, float(np.abs(ours - theirs).max()))
    log.info("largest difference of a logit between PyTorch and ONNX Runtime: %.2e", difference)
    if difference > TOLERANCE:
        message = f"ONNX Runtime and PyTorch differ by {difference:.2e}, more than {TOLERANCE:.0e}"
        raise Disagreement(message)
    return difference
