"""What several trained networks think together of every training row: the targets of a smaller or single one."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from emotion import calibration
from emotion.artifact import CLASSED
from emotion.calibration import separate
from emotion.tools import network, prepared
from emotion.tools.errors import NotPrepared
from emotion.tools.feed import Texts
from emotion.tools.network import COLUMNS
from emotion.tools.prepared import DEVELOPMENT
from emotion.tools.training import logits, pick_device

log: Final = logging.getLogger(__name__)


def teach(prepared_in: Path, base: Path, weights: Sequence[Path], out: Path, *, only: Sequence[str] = ()) -> Path:
    """Write the mean probabilities of the networks for the training rows, a file a corpus: (rows, all heads), float16.

    With `only` those corpora alone are written, beside what other networks wrote of the rest. Softmax over the seven
    and the polarities, sigmoid for the rest. Raises NotPrepared for a corpus that is not there.
    """
    device = pick_device()
    tables = {n: t for n, t in prepared.read(prepared_in).items() if not n.startswith(DEVELOPMENT)}
    unknown = sorted(set(only) - set(tables))
    if unknown:
        message = f"{prepared_in} has no {', '.join(unknown)}; it has {', '.join(tables)}"
        raise NotPrepared(message)
    chosen = {name: one for name, one in tables.items() if not only or name in only}
    texts = Texts.of(list(chosen.values()), device)
    total = np.zeros((len(texts.sizes), network.WIDTH), dtype=np.float32)
    for file in tqdm(weights, desc="teachers"):
        state = torch.load(file, weights_only=True, map_location="cpu")
        model = network.empty(base, len(state["word_bias"]))
        model.load_state_dict(state)
        total += probabilities(logits(model.to(device), texts)) / len(weights)
    out.mkdir(parents=True, exist_ok=True)
    first = 0
    for name, one in chosen.items():
        np.save(out / f"{name}.npy", total[first : first + len(one)].astype(np.float16))
        first += len(one)
    return out


def probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over the heads with one answer, sigmoid for those with many."""
    result = np.empty_like(scores)
    for head, columns in COLUMNS.items():
        result[:, columns] = (calibration.probabilities if head in CLASSED else separate)(scores[:, columns])
    return result
