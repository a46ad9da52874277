"""The pictures of calibration and evaluation: a reliability diagram, a confusion matrix, an abstention curve."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from emotion.calibration import Floats

_BLUE: Final = "#0072b2"
_ORANGE: Final = "#d55e00"
_COLOURS: Final = (_BLUE, _ORANGE, "#009e73", "#cc79a7")
"""After Okabe and Ito: apart under every common colour-vision deficiency."""
_DARK: Final = 0.55


def reliability(file: Path, curves: Mapping[str, tuple[Floats, Floats]], bins: int = 15) -> None:
    """How often a reading of a given confidence is right; on the diagonal it is right as often as it says."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--")
    for (name, (confidence, right)), colour in zip(curves.items(), _COLOURS, strict=False):
        place = np.minimum((confidence * bins).astype(int), bins - 1)
        there = [bin_ for bin_ in range(bins) if (place == bin_).any()]
        x = [float(confidence[place == bin_].mean()) for bin_ in there]
        y = [float(right[place == bin_].mean()) for bin_ in there]
        sizes = [12 + 160 * float((place == bin_).mean()) for bin_ in there]
        axes.plot(x, y, color=colour, linewidth=1.5, label=f"{name} ({len(confidence)} rows)")
        axes.scatter(x, y, s=sizes, color=colour)
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend(frameon=False, loc="upper left")
    _save(figure, file)


def confusion(file: Path, counts: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Rows are what was annotated, columns what was read; each row's shares, and the counts in words."""
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="read", ylabel="annotated")
    for row, column in np.ndindex(*counts.shape):
        colour = "white" if shares[row, column] > _DARK else "#222222"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=9)
    _save(figure, file)


def abstention(file: Path, curves: Mapping[str, tuple[Floats, Floats]]) -> None:
    """Accuracy of the readings that are kept, by the share that is kept, the least sure left out first."""
    figure = Figure(figsize=(5.6, 4), layout="constrained")
    axes = figure.subplots()
    for (name, (kept, accuracy)), colour in zip(curves.items(), _COLOURS, strict=False):
        axes.plot(kept, accuracy, color=colour, linewidth=1.8, label=name)
    axes.set(xlabel="share of texts with a label", ylabel="accuracy of those labels", xlim=(0, 1))
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    _save(figure, file)


def _save(figure: Figure, file: Path) -> None:
    FigureCanvasAgg(figure)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150)
