"""The corpora as examples: one format for all, and no text of a development or test split among the training rows."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emotion.clean import clean
from emotion.labels import EMOTIONS, Emotion
from emotion.tools import written
from emotion.tools.errors import BadData
from emotion.tools.kote import soft_target

Target = tuple[float, ...]

KOTE_HELD_OUT: Final = 500
"""Rows of KOTE's validation split that no training sees: the last of those that annotated_ko does not label too."""
OWN: Final = Path(__file__).with_name("workchat")
"""The messages that the makers wrote (CC0): one file a writer's theme."""

_KEY: Final = re.compile(r"[\W_]+")
_HELD_PERCENT: Final = 15
_NEGATIVE: Final = frozenset({Emotion.ANGER, Emotion.DISGUST, Emotion.FEAR, Emotion.SADNESS})
_PLAINLY_NEGATIVE: Final = 4
_SHORTEST_SUBTITLE: Final = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One cleaned text and what is known of it. None stands for what nobody said."""

    text: str
    id: str
    seven: Target | None = None
    """Probabilities over the seven in the order of `EMOTIONS`."""
    goemotions: frozenset[str] | None = None
    kote: frozenset[str] | None = None
    polarity: Target | None = None
    """Probabilities over negative, neutral, positive."""
    weight: float = 1.0
    language: str = "und"
    gold: frozenset[Emotion] = frozenset()
    """The emotions its annotators chose: several are possible in GoEmotions."""


_Readers = Mapping[str, tuple[str, Callable[[Path], list[Example]]]]
"""By corpus: its file within the folder, and what reads it."""


def key(text: str) -> str:
    """What two texts share when they differ in case, spaces and marks alone."""
    cleaned = clean(text).casefold()
    return _KEY.sub("", cleaned) or cleaned


def one_hot(emotions: Iterable[Emotion]) -> Target:
    """Equal shares for each of the emotions."""
    chosen = set(emotions)
    return tuple(1.0 / len(chosen) if emotion in chosen else 0.0 for emotion in EMOTIONS)


def polarity_of(gold: Iterable[Emotion]) -> Target | None:
    """Joy is positive, neutral neutral, four are negative; surprise alone, or a mixture, says nothing."""
    chosen = set(gold)
    if chosen == {Emotion.JOY}:
        return (0.0, 0.0, 1.0)
    if chosen == {Emotion.NEUTRAL}:
        return (0.0, 1.0, 0.0)
    return (1.0, 0.0, 0.0) if chosen and chosen <= _NEGATIVE else None


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, one JSON object a line; BadData names the line that is none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                message = f"{path}, line {number}: not a JSON object"
                raise BadData(message) from None  # the original error holds the text


def goemotions(path: Path, *, weight: float, language: str) -> list[Example]:
    """GoEmotions (Demszky et al., 2020): 28 labels, and their Ekman grouping; several share the target."""
    rows = []
    for row in read_jsonl(path):
        gold = frozenset(Emotion(name) for name in row["ekman"])
        fine = frozenset(row["labels"])
        rows.append(
            Example(clean(row["text"]), row["id"], one_hot(gold), fine, None, polarity_of(gold), weight, language, gold)
        )
    return rows


def single_label(rows: Iterable[dict[str, Any]], *, least_confidence: int = 0) -> list[Example]:
    """Workchat and annotated_ko: one of the seven a row. Confidence 3 weighs 1, 2 weighs 0.75, 1 weighs 0.4."""
    examples = []
    for row in rows:
        confidence = int(row.get("confidence", 3))
        if confidence < least_confidence:
            continue
        gold = frozenset({Emotion(row["label"])})
        fine = frozenset(row["fine"]) if "fine" in row else None
        weight = {3: 1.0, 2: 0.75}.get(confidence, 0.4)
        examples.append(
            Example(
                clean(row["text"]), row["id"], one_hot(gold), fine, None, polarity_of(gold), weight, row["lang"], gold
            )
        )
    return examples


def own_rows(*, held: bool) -> list[dict[str, Any]]:
    """Our own messages: of the scenes whose names' checksums say so, about 15 %, only the development split."""
    files = sorted(OWN.glob("*.jsonl"))
    return [row for file in files for row in read_jsonl(file) if is_held(row["situation"]) == held]


def is_held(situation: str) -> bool:
    """Whether a scene belongs to the development split: all its messages do, or none."""
    return zlib.crc32(situation.encode()) % 100 < _HELD_PERCENT


def kote(path: Path, *, seven: Callable[[str], bool] = lambda _: True) -> list[Example]:
    """KOTE (Jeon et al., 2022): its 44 labels; for rows whose text `seven` accepts also mapped to the seven."""
    return [
        Example(
            clean(row["text"]),
            row["id"],
            soft_target(row["labels"]) if seven(row["text"]) else None,
            kote=frozenset(row["labels"]),
            weight=0.6 if seven(row["text"]) else 1.0,
            language="ko",
        )
        for row in read_jsonl(path)
    ]


def senti4sd(path: Path) -> list[Example]:
    """Senti4SD (Calefato et al., 2018): three polarities; neutral is neutral, praise and thanks are joy."""
    known = {"neutral": one_hot([Emotion.NEUTRAL]), "positive": one_hot([Emotion.JOY]), "negative": None}
    polarity = {"negative": (1.0, 0.0, 0.0), "neutral": (0.0, 1.0, 0.0), "positive": (0.0, 0.0, 1.0)}
    return [
        Example(clean(row["text"]), row["id"], known[name], polarity=polarity[name], weight=0.5, language="en")
        for row in read_jsonl(path)
        for name in row["labels"][:1]
    ]


def nsmc(path: Path, *, limit: int | None = None) -> list[Example]:
    """NSMC film reviews: of 1 to 4 stars negative, of 9 and 10 positive, between them only text. The first `limit`."""
    rows = []
    with path.open(encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            if index == limit:
                break
            identity, text, _, rating, *_ = line.rstrip("\n").split("\t")
            polarity = (1.0, 0.0, 0.0) if int(rating) <= _PLAINLY_NEGATIVE else (0.0, 0.0, 1.0)
            known = int(rating) not in range(_PLAINLY_NEGATIVE + 1, 9)
            rows.append(Example(clean(text), identity, polarity=polarity if known else None, language="ko"))
    return rows


def xed(path: Path) -> list[Example]:
    """XED (Öhman et al., 2020): subtitles with one of the seven, at low weight; of trust and anticipation only text."""
    rows = []
    for row in read_jsonl(path):
        text, labels = clean(row["text"]), row["labels"]
        single = len(labels) == 1 and labels[0] in set(EMOTIONS)
        if len(text.split()) >= _SHORTEST_SUBTITLE:
            target = one_hot([Emotion(labels[0])]) if single else None
            rows.append(Example(text, row["id"], target, weight=0.3, language="en"))
    return rows


def plain(texts: Iterable[str], *, language: str) -> list[Example]:
    """Texts without any label."""
    return [Example(clean(text), str(index), language=language) for index, text in enumerate(texts)]


def load(data: Path | None, *, samples: int | None = None, extra: Sequence[Example] = ()) -> dict[str, list[Example]]:
    """The training rows by corpus, from a folder that holds one folder a corpus, named as in the paths below.

    JSON lines with `id`, `text` and `label`, `labels` or `ekman`; NSMC as tab-separated `id text polarity rating`. A
    corpus whose file is not there is left out; without a folder there are our own messages and the `extra` ones.
    `samples` keeps so many rows of each file, for a smoke run. Texts that stand in a development, held-out or test
    split are left out, by `key`; a translation goes when its original goes. Row n of `goemotions_ko_mt` translates
    row n of `goemotions_en`.
    """
    few = slice(samples)
    forbidden = {key(text) for text in held_texts(data, extra=extra)}

    def allowed(row: Example) -> bool:
        return bool(row.text) and key(row.text) not in forbidden

    corpora = {
        "own": single_label(own_rows(held=False))[few],
        "written": own(),
        "extra": [row for row in extra if not is_held(key(row.text))][few],
    }
    for name, (file, reader) in _TRAINING.items() if data else ():
        if data and (data / file).is_file():
            corpora[name] = reader(data / file, samples)[few]
    result = {name: list({row.text: row for row in rows if allowed(row)}.values()) for name, rows in corpora.items()}
    result |= _pairs(data, samples)
    pairs = [pair for pair in zip(*(result.get(name, []) for name in PAIRED), strict=True) if all(map(allowed, pair))]
    result |= {name: [pair[side] for pair in pairs] for side, name in enumerate(PAIRED) if name in result}
    return {name: rows for name, rows in result.items() if rows}


PAIRED: Final = ("goemotions_en", "goemotions_ko_mt")


def _pairs(data: Path | None, samples: int | None) -> dict[str, list[Example]]:
    """GoEmotions and its translation, row by row; nothing where one of them is missing."""
    files = [data / name / "train.jsonl" for name in PAIRED] if data else []
    if not files or not all(file.is_file() for file in files):
        return {}
    few = slice(samples)
    return {
        "goemotions_en": goemotions(files[0], weight=1.0, language="en")[few],
        "goemotions_ko_mt": goemotions(files[1], weight=0.5, language="ko")[few],
    }


def _chat(file: Path) -> list[Example]:
    return plain((row[side] for row in read_jsonl(file) for side in ("text", "reply") if side in row), language="ko")


_TRAINING: Final[dict[str, tuple[str, Callable[[Path, int | None], list[Example]]]]] = {
    "workchat": ("workchat/train.jsonl", lambda file, _: single_label(read_jsonl(file))),
    "annotated_ko": ("annotated_ko/train.jsonl", lambda file, _: single_label(read_jsonl(file), least_confidence=2)),
    "kote": ("kote/val.jsonl", lambda file, _: kote_split(file.parents[1])[0]),
    "senti4sd": (
        "se_senti4sd/train.jsonl",
        lambda file, _: [row for row in senti4sd(file) if not senti4sd_held(row.id)],
    ),
    "xed": ("xed_en/all.jsonl", lambda file, _: xed(file)),
    "nsmc": ("nsmc/train.tsv", lambda file, limit: nsmc(file, limit=limit)),
    "nsmc_between": ("nsmc/neutral_5to8.tsv", lambda file, limit: nsmc(file, limit=limit)),
    "songys": ("songys_chatbot/all.jsonl", lambda file, _: _chat(file)),
    "irc": (
        "unlabelled/en_irc.txt",
        lambda file, limit: plain(file.read_text(encoding="utf-8").splitlines()[:limit], language="en"),
    ),
}
"""File and reader of each corpus that is there to train on. The large ones read no more rows than they are told."""


def own() -> list[Example]:
    """Messages without words and of emoji alone."""
    return [
        Example(clean(text), f"written-{index}", one_hot([emotion]), gold=frozenset({emotion}))
        for index, (text, emotion) in enumerate(written.messages())
    ]


def kote_split(data: Path) -> tuple[list[Example], list[Example]]:
    """(to train on, held out) of KOTE's validation rows. Held out are rows that annotated_ko does not label as well."""
    files = [data / name for name in ("annotated_ko/train.jsonl", "annotated_ko/dev.jsonl")]
    annotated = {key(row["text"]) for file in files if file.is_file() for row in read_jsonl(file)}
    rows = kote(data / "kote/val.jsonl", seven=lambda text: key(text) not in annotated)
    free = [index for index, row in enumerate(rows) if row.seven is not None]
    held = set(free[len(free) - min(KOTE_HELD_OUT, len(free) // 2) :])
    return [row for i, row in enumerate(rows) if i not in held], [rows[i] for i in sorted(held)]


def senti4sd_held(identity: str) -> bool:
    """Whether a training row of Senti4SD, which has no development split, is held out to decide on."""
    return zlib.crc32(identity.encode()) % 100 < _HELD_PERCENT


def development_splits(
    data: Path | None, *, samples: int | None = None, extra: Sequence[Example] = ()
) -> dict[str, list[Example]]:
    """The splits that decisions are made on, by corpus; of corpora that are not there none."""
    few = slice(samples)
    splits = {
        "own": single_label(own_rows(held=True))[few],
        "extra": [row for row in extra if is_held(key(row.text))][few],
    }
    splits |= _there(_DEVELOPMENT, data, samples)
    return {name: rows for name, rows in splits.items() if rows}


_DEVELOPMENT: Final[_Readers] = {
    "workchat": ("workchat/dev.jsonl", lambda file: single_label(read_jsonl(file))),
    "annotated_ko": ("annotated_ko/dev.jsonl", lambda file: single_label(read_jsonl(file))),
    "goemotions_en": ("goemotions_en/dev.jsonl", lambda file: goemotions(file, weight=1.0, language="en")),
    "goemotions_ko_mt": ("goemotions_ko_mt/dev.jsonl", lambda file: goemotions(file, weight=1.0, language="ko")),
    "kote": ("kote/val.jsonl", lambda file: kote_split(file.parents[1])[1]),
    "senti4sd": ("se_senti4sd/train.jsonl", lambda file: [row for row in senti4sd(file) if senti4sd_held(row.id)]),
    "nsmc": ("nsmc/dev.tsv", nsmc),
}

_TESTS: Final[_Readers] = {
    "goemotions_en": ("goemotions_en/test.jsonl", lambda file: goemotions(file, weight=1.0, language="en")),
    "goemotions_ko_mt": ("goemotions_ko_mt/test.jsonl", lambda file: goemotions(file, weight=1.0, language="ko")),
    "kote": ("kote/test.jsonl", kote),
    "senti4sd": ("se_senti4sd/test.jsonl", senti4sd),
    "nsmc": ("nsmc/test.tsv", nsmc),
}


def public_splits(data: Path, *, samples: int | None = None) -> dict[str, list[Example]]:
    """The public test splits by corpus. Read for one final report; nothing is decided on them."""
    return _there(_TESTS, data, samples)


def _there(table: _Readers, data: Path | None, samples: int | None) -> dict[str, list[Example]]:
    """Of the corpora whose file is there the first rows, all by default; nothing without a folder."""
    if data is None:
        return {}
    found = {name: (data / file, reader) for name, (file, reader) in table.items() if (data / file).is_file()}
    return {name: reader(file)[:samples] for name, (file, reader) in found.items()}


def held_texts(data: Path | None, *, samples: int | None = None, extra: Sequence[Example] = ()) -> list[str]:
    """Every text that a test or development split holds, cleaned; of each split no more than `samples`."""
    tests = public_splits(data, samples=samples) if data else {}
    splits = [*tests.values(), *development_splits(data, samples=samples, extra=extra).values()]
    return [row.text for rows in splits for row in rows]


def without_near(
    corpora: dict[str, list[Example]], near: Callable[[str], bool]
) -> tuple[dict[str, list[Example]], dict[str, int]]:
    """The corpora without rows whose text `near` knows, and how many went of each; pairs go together."""
    gone = {name: [near(row.text) for row in rows] for name, rows in corpora.items()}
    if set(PAIRED) <= set(gone):
        pair = [a or b for a, b in zip(*(gone[name] for name in PAIRED), strict=True)]
        gone |= dict.fromkeys(PAIRED, pair)
    kept = {
        name: [row for row, drop in zip(rows, gone[name], strict=True) if not drop] for name, rows in corpora.items()
    }
    return kept, {name: sum(drops) for name, drops in gone.items()}


def vocabulary_texts(corpora: dict[str, list[Example]]) -> tuple[Sequence[str], Sequence[str]]:
    """(English, Korean) texts for the vocabulary: the nearer a corpus is to the use, the more often."""

    def texts(name: str, limit: int | None = None) -> list[str]:
        return [row.text for row in corpora.get(name, [])[:limit]]

    work = texts("workchat") + texts("own")
    english = texts("goemotions_en") + texts("senti4sd") + work * 2 + texts("xed") + texts("irc", 60_000)
    korean = texts("nsmc", 250_000) + texts("songys") + texts("kote") * 3 + texts("goemotions_ko_mt")
    return english, korean + texts("annotated_ko") * 2 + work * 5


def remapped(file: Path, mapping: dict[str, str] | None = None) -> list[Example]:
    """Somebody's own rows: JSON lines with `text` and `label` or `labels`, under the seven by a label-remapping.

    Rows none of whose labels is mapped are left out. BadData names the line that is not understood.
    """
    known = mapping or {str(emotion): str(emotion) for emotion in EMOTIONS}
    rows = []
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):  # not at U+2028, which JSON allows
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            given = row["labels"] if "labels" in row else row["label"]
            labels = map(str, given if isinstance(given, list) else [given])
            gold = frozenset(Emotion(known[label]) for label in labels if label in known)
            text = clean(row["text"])
        except (KeyError, TypeError, ValueError):
            message = f"{file}, line {number}: a row is a JSON object with `text` and `label` or `labels`, and a label"
            message += f" maps to one of {', '.join(EMOTIONS)}"
            raise BadData(message) from None  # the original error holds the text
        if gold and text:
            rows.append(Example(text, str(number), one_hot(gold), polarity=polarity_of(gold), gold=gold))
    return rows
