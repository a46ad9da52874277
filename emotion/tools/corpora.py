"""The labelled corpora as training examples: one format, soft targets over the seven, no text of a test split."""

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from emotion.clean import clean
from emotion.labels import EMOTIONS, Emotion
from emotion.tools import written
from emotion.tools.kote import soft_target

Target = tuple[float, ...]

KOTE_HELD_OUT: Final = 500
"""Rows of KOTE's validation split that no training sees: the last of those that annotated_ko does not label too."""

_KEY: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Example:
    """One cleaned text and what is known of it."""

    text: str
    source: str
    """Name of the corpus, such as `workchat`."""
    id: str
    target: Target | None = None
    """Probabilities over the seven in the order of `EMOTIONS`; None where only the polarity is known."""
    polarity: int | None = None
    """0 negative, 1 positive; None where unknown."""
    weight: float = 1.0
    language: str = "und"
    gold: frozenset[Emotion] = frozenset()
    """The emotions its annotators chose: several are possible in GoEmotions."""


def key(text: str) -> str:
    """What two texts share when they differ in case, spaces and marks alone."""
    cleaned = clean(text).casefold()
    return _KEY.sub("", cleaned) or cleaned


def one_hot(emotions: Iterable[Emotion]) -> Target:
    """Equal shares for each of the emotions."""
    chosen = set(emotions)
    return tuple(1.0 / len(chosen) if emotion in chosen else 0.0 for emotion in EMOTIONS)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def goemotions(path: Path, *, weight: float, source: str, language: str) -> list[Example]:
    """GoEmotions (Demszky et al., 2020) under its Ekman grouping; several labels share the target."""
    rows = []
    for row in read_jsonl(path):
        gold = frozenset(Emotion(name) for name in row["ekman"])
        rows.append(
            Example(clean(row["text"]), source, row["id"], one_hot(gold), weight=weight, language=language, gold=gold)
        )
    return rows


def single_label(path: Path, *, source: str, least_confidence: int = 0) -> list[Example]:
    """Workchat and annotated_ko: one of the seven a row. Confidence 3 weighs 1, 2 weighs 0.75, 1 weighs 0.4."""
    rows = []
    for row in read_jsonl(path):
        confidence = int(row.get("confidence", 3))
        if confidence < least_confidence:
            continue
        gold = frozenset({Emotion(row["label"])})
        weight = {3: 1.0, 2: 0.75}.get(confidence, 0.4)
        rows.append(Example(clean(row["text"]), source, row["id"], one_hot(gold), None, weight, row["lang"], gold))
    return rows


def kote(path: Path, *, weight: float) -> list[Example]:
    """KOTE (Jeon et al., 2022): its 44 labels mapped to soft targets over the seven."""
    return [
        Example(clean(row["text"]), "kote", row["id"], soft_target(row["labels"]), weight=weight, language="ko")
        for row in read_jsonl(path)
    ]


def senti4sd(path: Path, *, weight: float) -> list[Example]:
    """Senti4SD (Calefato et al., 2018): neutral is neutral, praise and thanks are joy, negative is only a polarity."""
    known = {"neutral": one_hot([Emotion.NEUTRAL]), "positive": one_hot([Emotion.JOY]), "negative": None}
    polarity = {"positive": 1, "negative": 0}
    return [
        Example(clean(row["text"]), "senti4sd", row["id"], known[name], polarity.get(name), weight, "en")
        for row in read_jsonl(path)
        for name in row["labels"][:1]
    ]


def nsmc(path: Path, *, limit: int | None, seed: int) -> list[Example]:
    """NSMC film reviews: polarity only. `limit` rows drawn by the seed, or all."""
    rows = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            identity, text, polarity, *_ = line.rstrip("\n").split("\t")
            rows.append((identity, text, polarity))
    if limit is not None and limit < len(rows):
        rows = random.Random(seed).sample(rows, limit)  # noqa: S311 - a draw of rows, not a secret
    return [Example(clean(text), "nsmc", i, None, int(polarity), language="ko") for i, text, polarity in rows]


def own() -> list[Example]:
    """The few messages that were written for training."""
    return [
        Example(clean(text), "written", f"written-{index}", one_hot([emotion]), gold=frozenset({emotion}))
        for index, (text, emotion) in enumerate(written.messages())
    ]


@dataclass(frozen=True, slots=True)
class Corpora:
    """What a training run reads. Held-out and training rows share no text (by `key`)."""

    emotion: list[Example]
    """Rows with a target over the seven."""
    polarity: list[Example]
    """Rows with only a polarity."""
    pairs: list[tuple[str, str]]
    """(English, Korean) rows of GoEmotions and its machine translation."""
    development: dict[str, list[Example]]
    """By corpus: the splits that steer decisions."""
    held_out: list[Example]
    """KOTE rows that no training sees; calibration is measured on them."""


def load(data: Path, *, seed: int = 0, samples: int | None = None, polarity_rows: int = 60_000) -> Corpora:
    """Read all corpora of a folder that holds one folder a corpus, named as in the paths below.

    JSON lines with `id`, `text` and `label`, `labels` or `ekman`; NSMC as tab-separated `id text polarity rating`.

    `samples` keeps so many rows of each file, for a smoke run. Texts of development, held-out and test splits are
    taken out of the training rows by `key`; a translation goes when its original goes.
    """
    few = slice(samples)
    rest, held = kote_split(data, samples=samples)
    english = goemotions(data / "goemotions_en/train.jsonl", weight=1.0, source="goemotions_en", language="en")
    korean = goemotions(data / "goemotions_ko_mt/train.jsonl", weight=0.5, source="goemotions_ko_mt", language="ko")
    annotated = single_label(data / "annotated_ko/train.jsonl", source="annotated_ko", least_confidence=2)
    work = single_label(data / "workchat/train.jsonl", source="workchat")
    developers = senti4sd(data / "se_senti4sd/train.jsonl", weight=0.5)
    development = development_splits(data)
    forbidden = {key(row.text) for rows in development.values() for row in rows} | {key(row.text) for row in held}
    forbidden |= test_keys(data)

    pairs = [
        (original, translation)
        for original, translation in zip(english, korean, strict=True)
        if key(original.text) not in forbidden and key(translation.text) not in forbidden and translation.text
    ]
    rows = annotated[few] + work[few] + rest + developers[few]
    rows = [row for row in rows if row.text and key(row.text) not in forbidden] + own()
    rows += [original for original, _ in pairs[few]] + [translation for _, translation in pairs[few]]
    reviews = nsmc(data / "nsmc/train.tsv", limit=samples or polarity_rows, seed=seed)
    return Corpora(
        emotion=[row for row in rows if row.target is not None],
        polarity=[r for r in reviews if r.text and key(r.text) not in forbidden]
        + [replace(row, source="senti4sd") for row in rows if row.target is None],
        pairs=[(a.text, b.text) for a, b in pairs[few]],
        development={name: split[few] for name, split in development.items()},
        held_out=held,
    )


def kote_split(data: Path, *, samples: int | None = None) -> tuple[list[Example], list[Example]]:
    """(to train on, held out): KOTE's validation rows that annotated_ko does not label as well."""
    names = ("annotated_ko/train.jsonl", "annotated_ko/dev.jsonl")
    annotated = {key(row["text"]) for name in names for row in read_jsonl(data / name)}
    rows = [row for row in kote(data / "kote/val.jsonl", weight=0.6) if key(row.text) not in annotated]
    out = KOTE_HELD_OUT if samples is None else len(rows) // 2
    few = slice(samples)
    return rows[: len(rows) - out][few], rows[len(rows) - out :][few]


def development_splits(data: Path) -> dict[str, list[Example]]:
    """The splits that decisions are made on, by corpus."""
    return {
        "workchat": single_label(data / "workchat/dev.jsonl", source="workchat"),
        "annotated_ko": single_label(data / "annotated_ko/dev.jsonl", source="annotated_ko"),
        "goemotions_en": goemotions(
            data / "goemotions_en/dev.jsonl", weight=1.0, source="goemotions_en", language="en"
        ),
        "goemotions_ko_mt": goemotions(
            data / "goemotions_ko_mt/dev.jsonl", weight=1.0, source="goemotions_ko_mt", language="ko"
        ),
    }


TESTS: Final[tuple[str, ...]] = (
    "goemotions_en/test.jsonl",
    "goemotions_ko_mt/test.jsonl",
    "kote/test.jsonl",
    "se_senti4sd/test.jsonl",
)


def test_keys(data: Path) -> set[str]:
    """The keys of every text that a test split holds."""
    keys = {key(row["text"]) for name in TESTS for row in read_jsonl(data / name)}
    return keys | {key(row.text) for row in nsmc(data / "nsmc/test.tsv", limit=None, seed=0)}


def raw_texts(data: Path, *, samples: int | None = None) -> tuple[Sequence[str], Sequence[str]]:
    """(English, Korean) cleaned training texts, labelled or not, for the vocabulary."""
    few = slice(samples)

    def field(name: str) -> list[str]:
        return [clean(row["text"]) for row in list(read_jsonl(data / name))[few]]

    work = field("workchat/train.jsonl")
    irc = (data / "unlabelled/en_irc.txt").read_text(encoding="utf-8").splitlines()[: samples or 60_000]
    english = field("goemotions_en/train.jsonl") + field("se_senti4sd/train.jsonl") + work + work
    english += field("xed_en/all.jsonl") + [clean(line) for line in irc]
    reviews = [row.text for row in nsmc(data / "nsmc/train.tsv", limit=samples or 250_000, seed=1)]
    korean = reviews + field("songys_chatbot/all.jsonl") + field("kote/val.jsonl") * 3
    korean += field("goemotions_ko_mt/train.jsonl") + field("annotated_ko/train.jsonl") * 2 + work * 5
    return english, korean
