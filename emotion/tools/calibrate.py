"""Fits the temperature on development rows and says what it changed on others of them."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from emotion import artifact
from emotion.calibration import expected_calibration_error, fit_temperature, negative_log_likelihood, probabilities
from emotion.classifier import Classifier
from emotion.labels import EMOTIONS
from emotion.tools.corpora import development_splits, kote_split

log: Final = logging.getLogger(__name__)

SPLITS: Final = ("workchat", "annotated_ko", "goemotions_en")
"""Machine-translated text is left out: nobody writes like that."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Before (temperature 1) and after, on rows that the fit did not see. NLL in nats, ECE over 15 bins."""

    temperature: float
    rows_fitted: int
    rows_measured: int
    nll_before: float
    nll_after: float
    ece_before: float
    ece_after: float
    kote_rows: int
    kote_nll_before: float
    """Against the mapped soft targets of KOTE's held-out rows, which the fit did not see either."""
    kote_nll_after: float


def calibrate(folder: Path, data: Path, *, samples: int | None = None) -> Calibration:
    """Fit on the even rows of the development splits, measure on the odd ones, and seal the folder with the result.

    Each split weighs the same in the fit: of the larger ones only so many rows are taken as the smallest has.
    """
    served = artifact.load(folder)
    classifier = Classifier(served)
    splits = development_splits(data)
    rows_each = min(samples or len(splits[SPLITS[0]]), *(len(splits[name]) for name in SPLITS))
    rows = [row for name in SPLITS for row in splits[name][:rows_each]]
    logits = classifier.logits([row.text for row in rows])
    targets = np.asarray([row.target for row in rows])
    temperature = round(fit_temperature(logits[::2], targets[::2]), 4)
    right = [EMOTIONS[top] in row.gold for row, top in zip(rows[1::2], logits[1::2].argmax(axis=1), strict=True)]
    _, held = kote_split(data, samples=samples)
    held_logits = classifier.logits([row.text for row in held])
    held_targets = np.asarray([row.target for row in held])
    result = Calibration(
        temperature=temperature,
        rows_fitted=len(rows[::2]),
        rows_measured=len(rows[1::2]),
        nll_before=negative_log_likelihood(logits[1::2], targets[1::2]),
        nll_after=negative_log_likelihood(logits[1::2], targets[1::2], temperature),
        ece_before=expected_calibration_error(probabilities(logits[1::2]), right),
        ece_after=expected_calibration_error(probabilities(logits[1::2], temperature), right),
        kote_rows=len(held),
        kote_nll_before=negative_log_likelihood(held_logits, held_targets),
        kote_nll_after=negative_log_likelihood(held_logits, held_targets, temperature),
    )
    artifact.write(
        folder,
        version=served.version,
        temperature=temperature,
        max_tokens=served.max_tokens,
        languages=served.languages,
    )
    log.info("%s", asdict(result))
    return result
