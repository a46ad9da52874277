"""Measures the finished artifact, as it is served, on development and test splits."""

import logging
import statistics
import time
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from emotion.calibration import expected_calibration_error
from emotion.classifier import Classifier
from emotion.labels import EMOTIONS, Emotion
from emotion.reading import Reading
from emotion.tools import corpora
from emotion.tools.corpora import Example, key
from emotion.tools.metrics import accuracy, f1_by_emotion, macro_f1

log: Final = logging.getLogger(__name__)

_CHUNK: Final = 256
_NEGATIVE: Final = (Emotion.ANGER, Emotion.DISGUST, Emotion.FEAR, Emotion.SADNESS)
_TIMED: Final = 200
_NSMC_ROWS: Final = 5_000


def evaluate(folder: Path, data: Path, *, samples: int | None = None, seed: int = 0) -> dict[str, Any]:
    """All scores by split, and how long one message takes. `samples` rows of each split, for a smoke run.

    Test rows whose text stands in the training rows are counted and left out of the second set of scores; the same
    for the ids that the corpora themselves list as seen in their training split.
    """
    classifier = Classifier.from_pretrained(folder)
    few = slice(samples)
    material = corpora.load(data, seed=seed)
    trained = {key(row.text) for row in material.emotion + material.polarity}
    result: dict[str, Any] = {"model": classifier.version, "development": {}, "test": {}}
    for name, rows in material.development.items():
        result["development"][name] = _scores(rows[few], _read(classifier, rows[few], name))
    work = material.development["workchat"][few]
    for language in ("ko", "en", "mix"):
        part = [row for row in work if row.language == language]
        if part:
            result["development"][f"workchat, {language}"] = _scores(part, _read(classifier, part, language))
    for name in ("goemotions_en", "goemotions_ko_mt"):
        rows = corpora.goemotions(data / name / "test.jsonl", weight=1.0, source=name, language=name[-2:])[few]
        listed = set((data / name / "test_ids_seen_in_train.txt").read_text(encoding="utf-8").split())
        readings = _read(classifier, rows, name)
        fresh = [i for i, row in enumerate(rows) if row.id not in listed and key(row.text) not in trained]
        result["test"][name] = {
            **_scores(rows, readings),
            "rows_trained_on": sum(key(row.text) in trained for row in rows),
            "rows_listed_as_seen": sum(row.id in listed for row in rows),
            "without_them": _scores([rows[i] for i in fresh], [readings[i] for i in fresh]),
        }
    result["test"]["kote"] = _kote(classifier, data, trained, few)
    result["test"]["senti4sd"] = _senti4sd(classifier, data, trained, few)
    result["test"]["nsmc"] = _nsmc(classifier, data, trained, samples or _NSMC_ROWS, seed)
    result["milliseconds_a_message"] = _pace(classifier, [row.text for row in work])
    return result


def _read(classifier: Classifier, rows: Sequence[Example], name: str) -> list[Reading]:
    """Readings for the rows, with a progress bar."""
    texts = [row.text for row in rows]
    starts = tqdm(range(0, len(texts), _CHUNK), desc=name, mininterval=2)
    return [reading for start in starts for reading in classifier.infer(texts[start : start + _CHUNK])]


def _scores(rows: Sequence[Example], readings: Sequence[Reading]) -> dict[str, Any]:
    """The scores of one split under the seven."""
    gold: list[AbstractSet[Emotion]] = [row.gold for row in rows]
    predicted = [reading.label for reading in readings]
    right = [emotion in allowed for emotion, allowed in zip(predicted, gold, strict=True)]
    probs = [[reading.probs[emotion] for emotion in EMOTIONS] for reading in readings]
    scores: dict[str, Any] = {
        "rows": len(rows),
        "macro_f1": _short(macro_f1(gold, predicted)),
        "accuracy": _short(accuracy(gold, predicted)),
        "ece": _short(expected_calibration_error(probs, right)) if readings else None,
        "f1": {str(emotion): _short(value) for emotion, value in f1_by_emotion(gold, predicted).items()},
    }
    if any(len(allowed) > 1 for allowed in gold):
        scores["macro_f1_strict"] = _short(macro_f1(gold, predicted, strict=True))
    return scores


def _kote(classifier: Classifier, data: Path, trained: AbstractSet[str], few: slice) -> dict[str, Any]:
    """KOTE's test split under the mapped labels: the strongest emotion of the mapping is taken for right."""
    rows = corpora.kote(data / "kote/test.jsonl", weight=1.0)[few]
    gold = [frozenset({_strongest(row)}) for row in rows]
    predicted = [reading.label for reading in _read(classifier, rows, "kote")]
    return {
        "rows": len(rows),
        "rows_trained_on": sum(key(row.text) in trained for row in rows),
        "macro_f1": _short(macro_f1(gold, predicted)),
        "accuracy": _short(accuracy(gold, predicted)),
    }


def _strongest(row: Example) -> Emotion:
    target = row.target or ()
    return EMOTIONS[max(range(len(target)), key=target.__getitem__)]


def _senti4sd(classifier: Classifier, data: Path, trained: AbstractSet[str], few: slice) -> dict[str, Any]:
    """Polarity of developers' talk, from the seven: joy positive, neutral and surprise neutral, else negative."""
    file = data / "se_senti4sd/test.jsonl"
    rows = corpora.senti4sd(file, weight=1.0)[few]
    gold = [row["labels"][0] for row in corpora.read_jsonl(file)][few]
    polarity = {Emotion.JOY: "positive", Emotion.NEUTRAL: "neutral", Emotion.SURPRISE: "neutral"}
    predicted = [polarity.get(reading.label, "negative") for reading in _read(classifier, rows, "senti4sd")]
    pairs = list(zip(gold, predicted, strict=True))
    scores = []
    for name in ("negative", "neutral", "positive"):
        right = sum(a == b == name for a, b in pairs)
        scores.append(2 * right / max(1, sum(a == name for a, _ in pairs) + sum(b == name for _, b in pairs)))
    return {
        "rows": len(rows),
        "rows_trained_on": sum(key(row.text) in trained for row in rows),
        "macro_f1": _short(statistics.fmean(scores)),
        "accuracy": _short(sum(a == b for a, b in pairs) / max(1, len(pairs))),
    }


def _nsmc(classifier: Classifier, data: Path, trained: AbstractSet[str], limit: int, seed: int) -> dict[str, Any]:
    """Polarity of film reviews, derived from the seven: joy against the four negative emotions together."""
    rows = corpora.nsmc(data / "nsmc/test.tsv", limit=limit, seed=seed)
    readings = _read(classifier, rows, "nsmc")
    positive = [reading.probs[Emotion.JOY] > sum(reading.probs[e] for e in _NEGATIVE) for reading in readings]
    return {
        "rows": len(rows),
        "rows_trained_on": sum(key(row.text) in trained for row in rows),
        "accuracy": _short(sum(p == bool(row.polarity) for p, row in zip(positive, rows, strict=True)) / len(rows)),
    }


def _pace(classifier: Classifier, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds for one message alone, median and 95th percentile, and for one of a list."""
    chosen = list(texts[:_TIMED])
    classifier.infer(chosen[:1])
    alone = sorted(_timed(classifier, [text]) for text in chosen)
    return {
        "median": _short(statistics.median(alone)),
        "p95": _short(alone[int(0.95 * (len(alone) - 1))]),
        "in_a_list": _short(_timed(classifier, chosen) / max(1, len(chosen))),
    }


def _timed(classifier: Classifier, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    classifier.infer(texts)
    return (time.perf_counter() - start) * 1000


def _short(value: float) -> float:
    return round(value, 4)


def lines(scores: dict[str, Any]) -> Iterable[str]:
    """The main scores, a line a split, for the terminal."""
    for kind in ("development", "test"):
        for name, values in scores[kind].items():
            yield f"{kind:12} {name:20} " + "  ".join(
                f"{measure} {values[measure]}" for measure in ("rows", "macro_f1", "accuracy") if measure in values
            )
