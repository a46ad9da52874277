"""Measures the finished artifact, as it is served, on development and test splits."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.artifact import LABELS
from emotion.calibration import Floats, expected_calibration_error
from emotion.classifier import Classifier
from emotion.labels import EMOTIONS
from emotion.tools import corpora, metrics, pictures
from emotion.tools.corpora import Example
from emotion.tools.measured import Measured, join
from emotion.tools.metrics import accuracy, f1_by_emotion, macro_f1

CONFUSION: Final = "confusion.png"
ABSTENTION: Final = "abstention.png"
_TIMED: Final = 300
_SURE_ENOUGH: Final = 2
_CHAT: Final[tuple[str, ...]] = ("workchat", "own", "annotated_ko", "extra")
_EKMAN: Final[dict[str, tuple[str, ...]]] = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        "joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief", "pride",
        "admiration", "desire", "caring",
    ),
    "neutral": ("neutral",),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
}  # fmt: skip
"""GoEmotions' own grouping of its labels (Demszky et al., 2020)."""


def evaluate(
    folder: Path,
    data: Path | None,
    run: Path,
    *,
    samples: int | None = None,
    tests: bool = True,
    extra: Sequence[Example] = (),
) -> dict[str, Any]:
    """All scores by split, and how long one message takes. Draws confusion.png and abstention.png into `run`.

    `samples` rows of each split, for a smoke run; without `tests` only the development splits, to decide by. Texts
    that the corpora themselves list as standing in their training split are left out of a second set of scores; our
    training never saw any test text, the same for texts that are nearly the same.
    """
    classifier = Classifier.from_pretrained(folder)
    splits = corpora.development_splits(data, samples=samples, extra=extra)
    known = {name: Measured.of(classifier, rows, name) for name, rows in splits.items()}
    result: dict[str, Any] = {
        "model": classifier.version,
        "seven": _seven_in_development(data, known, samples),
        "heads": {},
    }
    for name, one in known.items():
        result["heads"].update(_heads(f"{name}, development", name, one, known))
    if tests and data is not None:
        for name, rows in corpora.public_splits(data, samples=samples).items():
            one = Measured.of(classifier, rows, f"{name} test")
            if any(row.gold for row in rows):
                result["seven"][f"{name}, test"] = _with_and_without(data, name, one)
            result["heads"].update(_heads(f"{name}, test", name, one, known))
    chat = [known[name] for name in _CHAT if name in known]
    pictures.confusion(run / CONFUSION, _confusion(join(chat)), list(EMOTIONS))
    curves = {name: _abstention(known[name]) for name in _CHAT if name in known}
    pictures.abstention(run / ABSTENTION, curves)
    result["abstention"] = {name: _points(curve) for name, curve in curves.items()}
    result["uncertain"] = {name: _uncertain(classifier, one) for name, one in known.items()}
    result["milliseconds_a_message"] = _pace(classifier, [row.text for row in chat[0].rows])
    return result


def _seven_in_development(data: Path | None, known: dict[str, Measured], samples: int | None) -> dict[str, Any]:
    """The seven on each development split, on workchat by language, and on what annotators were not unsure of."""
    result = {f"{name}, development": seven(one) for name, one in known.items() if any(row.gold for row in one.rows)}
    if "workchat" in known:
        spoken = np.asarray([row.language for row in known["workchat"].rows])
        for language in ("ko", "en", "mix"):
            if (spoken == language).any():
                result[f"workchat {language}, development"] = seven(known["workchat"].where(spoken == language))
    if data is not None and "annotated_ko" in known:
        sure = annotated_surely(data, samples)
        chosen = np.asarray([row.id in sure for row in known["annotated_ko"].rows])
        result["annotated_ko of confidence 2 and 3, development"] = seven(known["annotated_ko"].where(chosen))
    return result


def annotated_surely(data: Path, samples: int | None = None) -> set[str]:
    """The ids of annotated_ko's development rows whose annotator was not unsure."""
    rows = list(corpora.read_jsonl(data / "annotated_ko/dev.jsonl"))[:samples]
    return {row["id"] for row in rows if int(row["confidence"]) >= _SURE_ENOUGH}


def seven(one: Measured) -> dict[str, Any]:
    """The scores of a split under the seven. A row with several labels is right when one of them is read."""
    gold = [row.gold for row in one.rows]
    predicted = [EMOTIONS[top] for top in one.probs["seven"].argmax(axis=1)]
    shares = np.asarray([row.seven or (0.0,) * len(EMOTIONS) for row in one.rows])
    scores: dict[str, Any] = {
        "rows": len(gold),
        "macro_f1": _short(macro_f1(gold, predicted)),
        "accuracy": _short(accuracy(gold, predicted)),
        "ece": _short(expected_calibration_error(one.probs["seven"], one.right)) if gold else None,
        "brier": _short(float(((one.probs["seven"] - shares) ** 2).sum(axis=1).mean())) if gold else None,
        "f1": {str(emotion): _short(value) for emotion, value in f1_by_emotion(gold, predicted).items()},
    }
    if any(len(some) > 1 for some in gold):
        scores["macro_f1_strict"] = _short(macro_f1(gold, predicted, strict=True))
    return scores


def _with_and_without(data: Path, name: str, one: Measured) -> dict[str, Any]:
    """The seven on a test split, whole and without the rows that its corpus lists as seen in its training split."""
    seen = _listed(data, name)
    fresh = np.asarray([row.id not in seen for row in one.rows])
    return {**seven(one), "without_seen": seven(one.where(fresh)), "rows_seen": int((~fresh).sum())}


def _listed(data: Path, name: str) -> set[str]:
    file = data / name / "test_ids_seen_in_train.txt"
    return set(file.read_text(encoding="utf-8").split()) if file.is_file() else set()


def _heads(title: str, name: str, one: Measured, known: dict[str, Measured]) -> dict[str, Any]:
    """The scores of the other heads on a split that has their labels.

    Thresholds are those of the best F1 on the split's own development rows: for English and KOTE the ones that are
    served, for machine-translated Korean its own. A split without development rows gets no scores that need them.
    """
    result: dict[str, Any] = {}
    if name in {"goemotions_en", "goemotions_ko_mt"} & known.keys():
        own = known[name]
        bounds = metrics.best_thresholds(own.probs["goemotions"], own.flags("goemotions"))
        result[f"GoEmotions 28, {title}"] = many(one.probs["goemotions"], one.flags("goemotions"), bounds)
        groups = metrics.best_thresholds(grouped(own.probs["goemotions"]), grouped(own.flags("goemotions")))
        result[f"Ekman 7, {title}"] = many(grouped(one.probs["goemotions"]), grouped(one.flags("goemotions")), groups)
    if name == "kote" and name in known:
        bounds = metrics.best_thresholds(known["kote"].probs["kote"], known["kote"].flags("kote"))
        result[f"KOTE 44, {title}"] = many(one.probs["kote"], one.flags("kote"), bounds)
    if name == "senti4sd":
        truth = one.targets("polarity").argmax(axis=1)
        said = one.probs["polarity"].argmax(axis=1)
        result[f"polarity of three, {title}"] = {
            "rows": len(truth),
            "macro_f1": _short(metrics.macro_f1_of_labels(said.tolist(), truth.tolist(), 3)),
            "accuracy": _short(float((said == truth).mean())),
        }
    if name == "nsmc":
        targets = one.targets("polarity")
        rated = targets.sum(axis=1) > 0
        positive = one.probs["polarity"][:, 2] > one.probs["polarity"][:, 0]
        right = positive[rated] == (targets[rated, 2] > 0)
        result[f"polarity of two, {title}"] = {"rows": int(rated.sum()), "accuracy": _short(float(right.mean()))}
    return result


def grouped(labels: NDArray[Any]) -> NDArray[Any]:
    """GoEmotions' 28 as its seven groups: the strongest label of each, (rows, 7)."""
    names = LABELS["goemotions"]
    return np.stack([labels[:, [names.index(n) for n in _EKMAN[str(e)]]].max(axis=1) for e in EMOTIONS], axis=1)


def many(probs: Floats, gold: NDArray[Any], thresholds: Floats) -> dict[str, Any]:
    """Macro- and micro-F1 of labels that stand each for itself, and the F1 of each."""
    each = metrics.f1_at(probs, gold, thresholds)
    given = probs >= thresholds
    both = float((given & gold.astype(bool)).sum())
    micro = 2 * both / max(1.0, float(given.sum() + gold.sum()))
    return {
        "rows": len(gold),
        "macro_f1": _short(float(each.mean())),
        "micro_f1": _short(micro),
        "f1": [_short(value) for value in each.tolist()],
    }


def _confusion(one: Measured) -> NDArray[np.int64]:
    """Counts, (annotated, read), of rows with one label."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), dtype=np.int64)
    for row, top in zip(one.rows, one.probs["seven"].argmax(axis=1), strict=True):
        if len(row.gold) == 1:
            counts[EMOTIONS.index(next(iter(row.gold))), top] += 1
    return counts


def _abstention(one: Measured) -> tuple[Floats, Floats]:
    """(share kept, accuracy of the kept), the surest first."""
    right = one.right[np.argsort(-one.probs["seven"].max(axis=1))]
    count = np.arange(1, len(right) + 1)
    start = min(len(right) - 1, len(right) // 20)
    return (count / len(right))[start:], (np.cumsum(right) / count)[start:]


def _points(curve: tuple[Floats, Floats]) -> dict[str, float]:
    """The curve at a few shares."""
    kept, right = curve
    return {f"{share:.0%}": _short(float(np.interp(share, kept, right))) for share in (0.5, 0.7, 0.8, 0.9, 1.0)}


def _uncertain(classifier: Classifier, one: Measured) -> dict[str, float]:
    """Of a split the share of uncertain readings, and how many of the others are right."""
    vague = np.asarray([r.uncertain for r in classifier.readings(one.scores, one.languages)], dtype=bool)
    gold = np.asarray([bool(row.gold) for row in one.rows])
    sure = ~vague & gold
    scores = {"share": _short(float(vague.mean()))}
    if sure.any():
        scores["accuracy_of_the_sure"] = _short(float(one.right[sure].mean()))
    return scores


def _pace(classifier: Classifier, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds for one message alone, median and 99th percentile, and for one of a list."""
    chosen = list(texts[:_TIMED])
    classifier.infer(chosen[:1])
    alone = sorted(_timed(classifier, [text]) for text in chosen)
    return {
        "median": _short(statistics.median(alone)),
        "p99": _short(alone[int(0.99 * (len(alone) - 1))]),
        "in_a_list": _short(_timed(classifier, chosen) / max(1, len(chosen))),
    }


def _timed(classifier: Classifier, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    classifier.infer(texts)
    return (time.perf_counter() - start) * 1000


def _short(value: float) -> float:
    return round(value, 4)
