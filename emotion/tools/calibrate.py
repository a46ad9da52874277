"""Fits temperatures, thresholds and the bounds of certainty on development rows; says what that changed on others."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion import artifact
from emotion.artifact import Calibration
from emotion.calibration import (
    Floats,
    entropy,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
    separate,
)
from emotion.classifier import Classifier
from emotion.labels import Language
from emotion.tools import metrics, pictures
from emotion.tools.corpora import Example, development_splits
from emotion.tools.errors import NotPrepared
from emotion.tools.measured import Measured, join

log: Final = logging.getLogger(__name__)

RELIABILITY: Final = "reliability.png"
SPLITS: Final = ("workchat", "own", "annotated_ko", "goemotions_en", "extra")
"""What the seven are calibrated on. Machine-translated text is left out: nobody writes like that."""
_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
_MANY: Final = {"goemotions": "goemotions_en", "kote": "kote"}
"""Heads with many labels, and the development split that each is fitted on; without it the values stay."""
_FAR_SHARE: Final = 0.995
_FEWEST: Final = 2
"""Rows of a language from which on some can be fitted on and others measured."""
_NEAR: Final = 100


@dataclass(frozen=True, slots=True)
class Fit:
    """One language of the seven, before (temperature 1) and after, always on rows that the fit did not see.

    NLL in nats, ECE over 15 bins.
    """

    temperature: float
    rows: int
    nll_before: float
    nll_after: float
    ece_before: float
    ece_after: float


def calibrate(
    folder: Path, data: Path | None, run: Path, *, samples: int | None = None, extra: Sequence[Example] = ()
) -> dict[str, Any]:
    """Fit on development rows, measure on such as the fit did not see, and seal the folder with what was fitted.

    Temperatures: by likelihood, of the seven a language each (Guo et al., 2017), of the other heads one; a language
    without rows gets that of all rows. Thresholds: those of the best F1 on the head's own development split. Uncertain
    are readings of an entropy at which fewer than half are right, and texts more surprising than 99.5 % of the
    development texts. Draws `reliability.png` into the run's folder.
    """
    if not (folder / artifact.CONFIG).is_file():
        message = f"{folder} holds no model. Make it with: maeum model quantize --run {run} --out {folder}"
        raise NotPrepared(message)
    served = artifact.load(folder)
    classifier = Classifier(served)
    splits = development_splits(data, samples=samples, extra=extra)
    measured = {name: Measured.of(classifier, rows, name) for name, rows in splits.items()}
    most = max(len(measured[name].rows) for name in SPLITS if name in measured and name != "goemotions_en")
    seven = join([_first(measured[name], most) for name in SPLITS if name in measured])
    spoken = [language for language in _LANGUAGES if seven.languages.count(language) >= _FEWEST]
    fits = {language: _seven(seven, language) for language in spoken}
    together = _same(fit_temperature(seven.scores["seven"], seven.targets("seven")))
    temperatures: dict[str, Mapping[Language, float]] = {
        "seven": {**together, **{language: fit.temperature for language, fit in fits.items()}},
        "polarity": _same(_polarity(measured)),
    }
    thresholds: dict[str, tuple[float, ...]] = {}
    for head, split in _MANY.items():
        if split in measured:
            temperatures[head] = _same(_separate(measured[split], head))
            thresholds[head] = tuple(_thresholds(measured[split], head, temperatures[head]["und"]).tolist())
        else:
            temperatures[head] = served.calibration.temperatures[head]
            thresholds[head] = served.calibration.thresholds[head]
    probs = _seven_probs(seven, temperatures["seven"])
    fitted = Calibration(
        temperatures,
        thresholds,
        vague_from=vague_from(entropy(probs), seven.right),
        far_from=round(float(np.quantile(join(list(measured.values())).scores[artifact.SURPRISAL], _FAR_SHARE)), 3),
    )
    artifact.write(
        folder,
        version=served.version,
        calibration=fitted,
        max_tokens=served.max_tokens,
        languages=served.languages,
    )
    pictures.reliability(run / RELIABILITY, _curves(seven, temperatures["seven"]))
    result = {
        "seven": {language: _as_numbers(fit) for language, fit in fits.items()},
        "temperatures": temperatures,
        "vague_from": fitted.vague_from,
        "far_from": fitted.far_from,
    }
    log.info("%s", result)
    return result


def _first(one: Measured, rows: int) -> Measured:
    """No more rows than the largest of our own splits has, so that each weighs about the same."""
    return one.where(np.arange(len(one.rows)) < rows)


def _in(one: Measured, language: Language) -> Measured:
    return one.where(np.asarray([each == language for each in one.languages], dtype=bool))


def _seven(seven: Measured, language: Language) -> Fit:
    """The temperature of a language, fitted on all its rows; what it changes is measured crosswise.

    For that each half, of even and of odd rows, is read under the temperature that was fitted on the other. So all rows
    count: the error of a perfect calibration, measured over 15 bins, is itself about .03 on 1,000 rows, .02 on 2,000.
    """
    rows = _in(seven, language)
    logits, targets = rows.scores["seven"], rows.targets("seven")
    even = np.arange(len(rows.rows)) % 2 == 0
    crosswise = logits.copy()
    for half in (even, ~even):
        crosswise[half] /= fit_temperature(logits[~half], targets[~half])
    return Fit(
        temperature=round(fit_temperature(logits, targets), 4),
        rows=len(rows.rows),
        nll_before=negative_log_likelihood(logits, targets),
        nll_after=negative_log_likelihood(crosswise, targets),
        ece_before=expected_calibration_error(probabilities(logits), rows.right),
        ece_after=expected_calibration_error(probabilities(crosswise), rows.right),
    )


def _polarity(measured: Mapping[str, Measured]) -> float:
    """The temperature of the polarities, over the splits that have some; without those over what our own say of it."""
    names = [name for name in ("senti4sd", "nsmc", "workchat") if name in measured] or ["own"]
    rows = join([_first(measured[name], 2_000) for name in names])
    known = rows.where(rows.targets("polarity").sum(axis=1) > 0)
    return fit_temperature(known.scores["polarity"], known.targets("polarity"))


def _separate(one: Measured, head: str) -> float:
    """The temperature of a head with many labels: each label is a choice between its logit and 0."""
    logits = one.scores[head].ravel()
    there = one.flags(head).ravel().astype(np.float64)
    return fit_temperature(np.stack([logits, np.zeros_like(logits)], 1), np.stack([there, 1 - there], 1))


def _thresholds(one: Measured, head: str, temperature: float) -> Floats:
    """The best thresholds under the fitted temperature."""
    return metrics.best_thresholds(separate(one.scores[head], temperature), one.flags(head))


def _seven_probs(seven: Measured, temperatures: Mapping[Language, float]) -> Floats:
    heat = np.asarray([[temperatures[language]] for language in seven.languages])
    return probabilities(seven.scores["seven"] / heat)


def vague_from(nats: Floats, right: NDArray[np.bool_]) -> float:
    """The lowest entropy from which on, among rows of near entropy, fewer than half are right; ln 7 without such."""
    order = np.argsort(nats)
    window = max(1, min(_NEAR, len(order)))
    share = np.convolve(right[order], np.ones(window) / window, mode="valid")
    sure = np.flatnonzero(share >= 0.5)  # noqa: PLR2004 - half
    if len(sure) and sure[-1] == len(share) - 1:
        return round(float(np.log(7)), 3)
    place = sure[-1] + 1 + window // 2 if len(sure) else 0
    return max(0.001, round(float(nats[order[place]]), 3))


def _curves(seven: Measured, temperatures: Mapping[Language, float]) -> dict[str, tuple[Floats, Floats]]:
    """Confidence and rightness of all rows, by language."""
    probs = _seven_probs(seven, temperatures).max(axis=1)
    right = seven.right.astype(np.float64)
    chosen = {language: np.asarray([each == language for each in seven.languages]) for language in _LANGUAGES}
    return {language: (probs[rows], right[rows]) for language, rows in chosen.items()}


def _same(temperature: float) -> dict[Language, float]:
    value = round(temperature, 4)
    return {"ko": value, "en": value, "und": value}


def _as_numbers(fit: Fit) -> dict[str, float]:
    return {name: round(float(getattr(fit, name)), 4) for name in Fit.__slots__}
