"""What is trained on, and what never is."""

import json
from pathlib import Path

import pytest

from emotion.labels import EMOTIONS, GOEMOTIONS, KOTE, Emotion
from emotion.tools import corpora
from emotion.tools.corpora import Example, key
from emotion.tools.errors import BadData
from tests.emotion.tools.corpora import write_corpora

TESTS = ("goemotions_en", "goemotions_ko_mt", "kote", "se_senti4sd")
HELD = (*(f"{name}/test.jsonl" for name in TESTS), "workchat/dev.jsonl", "annotated_ko/dev.jsonl")
TRAINED = {
    "own", "written", "workchat", "annotated_ko", "goemotions_en", "goemotions_ko_mt", "kote", "senti4sd", "xed",
    "nsmc", "nsmc_between", "songys", "irc",
}  # fmt: skip


@pytest.fixture
def changeable(tmp_path: Path) -> Path:
    """Small corpora in the real layout that a test may alter."""
    return write_corpora(tmp_path / "data")


def _rows(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _write(file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_every_corpus_is_read(data: Path) -> None:
    """Each of them, whole: what the layout promises is what is found."""
    found = corpora.load(data, samples=28)
    assert set(found) == TRAINED
    assert len(found["workchat"]) == len(found["goemotions_en"]) == len(found["nsmc"]) == 28
    assert len(found["annotated_ko"]) == sum(i % 3 > 0 for i in range(28)), "confidence 1 is left out"


def test_what_is_not_there_is_left_out(changeable: Path) -> None:
    """A corpus that somebody has not got is no error, in training, development and test; own messages always are."""
    for name in ("goemotions_ko_mt/train.jsonl", "kote/val.jsonl", "nsmc/test.tsv", "workchat/dev.jsonl"):
        (changeable / name).unlink()
    found = corpora.load(changeable, samples=28)
    assert TRAINED - set(found) == {"goemotions_en", "goemotions_ko_mt", "kote"}
    assert not {"workchat", "kote"} & set(corpora.development_splits(changeable))
    assert "nsmc" not in corpora.public_splits(changeable)
    assert set(corpora.load(None, samples=8)) == {"own", "written"}
    assert set(corpora.development_splits(None, samples=8)) == {"own"}


@pytest.mark.parametrize("split", HELD)
def test_no_text_of_another_split_is_trained_on(changeable: Path, split: str) -> None:
    """A training row that says the same as a test or development row, but for case and marks, is left out."""
    leaked = str(_rows(changeable / split)[0]["text"]).upper() + " !!"
    train = _rows(changeable / "workchat/train.jsonl")
    train[0]["text"] = leaked
    _write(changeable / "workchat/train.jsonl", train)
    found = corpora.load(changeable, samples=28)
    assert key(leaked) not in {key(row.text) for rows in found.values() for row in rows}
    assert len(found["workchat"]) == len(train) - 1


def test_a_translation_goes_with_its_original(changeable: Path) -> None:
    """Where the English row stands in a test split, its Korean row is not trained on either."""
    before = corpora.load(changeable, samples=28)
    english, korean = (before[name] for name in corpora.PAIRED)
    test = _rows(changeable / "goemotions_en/test.jsonl")
    test[0]["text"] = english[3].text
    _write(changeable / "goemotions_en/test.jsonl", test)
    after = corpora.load(changeable, samples=28)
    assert [row.id for row in after["goemotions_en"]] == [row.id for row in after["goemotions_ko_mt"]]
    assert korean[3].text not in {row.text for row in after["goemotions_ko_mt"]}
    assert len(after["goemotions_ko_mt"]) == len(korean) - 1


def test_pairs_go_together_when_one_is_near_a_test_text() -> None:
    """Whichever of the two is near; other rows go alone, and what went is counted."""
    rows = {
        "goemotions_en": [Example("a", "0"), Example("near b", "1"), Example("c", "2")],
        "goemotions_ko_mt": [Example("가", "0"), Example("나", "1"), Example("near 다", "2")],
        "xed": [Example("near d", "0"), Example("e", "1")],
    }
    kept, gone = corpora.without_near(rows, lambda text: text.startswith("near"))
    assert {name: [row.text for row in some] for name, some in kept.items()} == {
        "goemotions_en": ["a"],
        "goemotions_ko_mt": ["가"],
        "xed": ["e"],
    }
    assert gone == {"goemotions_en": 2, "goemotions_ko_mt": 2, "xed": 1}


def test_own_rows_are_held_out_by_scene() -> None:
    """All messages of a scene are trained on, or none: about 15 % of the scenes are none."""
    trained, held = corpora.own_rows(held=False), corpora.own_rows(held=True)
    scenes = [{str(row["situation"]) for row in rows} for rows in (trained, held)]
    assert not scenes[0] & scenes[1]
    assert 0.10 < len(scenes[1]) / len(scenes[0] | scenes[1]) < 0.20
    assert {row["label"] for row in held} == {row["label"] for row in trained} == {str(e) for e in EMOTIONS}


def test_own_rows_are_labelled_as_the_taxonomies_have_it() -> None:
    """Every message of the makers is cleaned to something, and its fine labels are GoEmotions'."""
    rows = corpora.single_label(corpora.own_rows(held=False) + corpora.own_rows(held=True))
    assert all(row.text and row.weight == 1.0 and len(row.gold) == 1 for row in rows)
    assert all(row.goemotions is not None and row.goemotions <= set(GOEMOTIONS) for row in rows)
    assert len({row.id for row in rows}) == len(rows)


def test_held_out_rows_are_not_trained_on(data: Path) -> None:
    """Rows of KOTE and Senti4SD, which have no development split, are either trained on or held out."""
    found, held = corpora.load(data), corpora.development_splits(data)
    for name in ("kote", "senti4sd"):
        trained = {key(row.text) for row in found[name]}
        kept = {key(row.text) for row in held[name]}
        assert trained
        assert kept
        assert not trained & kept


def test_targets_are_distributions(data: Path) -> None:
    """Shares of the seven and of the polarities sum to 1 where somebody said, and fine labels are known ones."""
    for rows in (*corpora.load(data, samples=28).values(), *corpora.development_splits(data, samples=28).values()):
        for row in rows:
            assert row.seven is None or (len(row.seven) == len(EMOTIONS) and sum(row.seven) == pytest.approx(1.0))
            assert row.polarity is None or sum(row.polarity) == 1.0
            assert (row.goemotions or frozenset()) <= set(GOEMOTIONS)
            assert (row.kote or frozenset()) <= set(KOTE)
            assert row.text


def test_several_labels_share_the_target(tmp_path: Path) -> None:
    """Two labels of GoEmotions get a half each; what is joy and surprise has no polarity."""
    file = tmp_path / "rows.jsonl"
    _write(file, [{"id": "1", "text": "oh", "labels": ["joy", "surprise"], "ekman": ["joy", "surprise"]}])
    (row,) = corpora.goemotions(file, weight=1.0, language="en")
    assert row.seven == corpora.one_hot([Emotion.JOY, Emotion.SURPRISE])
    assert max(row.seven or ()) == 0.5
    assert row.gold == {Emotion.JOY, Emotion.SURPRISE}
    assert row.goemotions == frozenset({"joy", "surprise"})
    assert row.polarity is None


@pytest.mark.parametrize(
    ("gold", "polarity"),
    [
        ({Emotion.JOY}, (0, 0, 1)),
        ({Emotion.NEUTRAL}, (0, 1, 0)),
        ({Emotion.ANGER, Emotion.SADNESS}, (1, 0, 0)),
        ({Emotion.SURPRISE}, None),
        ({Emotion.JOY, Emotion.ANGER}, None),
        (set(), None),
    ],
)
def test_polarity_follows_from_plain_emotions(gold: set[Emotion], polarity: tuple[int, ...] | None) -> None:
    """Joy, neutral and the four say it; surprise, a mixture and nothing do not."""
    assert corpora.polarity_of(gold) == polarity


def test_doubtful_rows_weigh_less() -> None:
    """Confidence 3 weighs 1, 2 weighs 0.75, 1 weighs 0.4 and is left out where 2 is asked for."""
    rows = [{"id": f"{c}", "lang": "ko", "text": f"말 {c}", "label": "joy", "confidence": c} for c in (1, 2, 3)]
    assert [row.weight for row in corpora.single_label(rows)] == [0.4, 0.75, 1.0]
    assert [row.weight for row in corpora.single_label(rows, least_confidence=2)] == [0.75, 1.0]


def test_ratings_between_are_only_text(tmp_path: Path) -> None:
    """Of ten stars 1 to 4 are negative, 9 and 10 positive; the rest says nothing."""
    file = tmp_path / "films.tsv"
    file.write_text("".join(f"{n}\t영화 {n}\t1\t{n}\n" for n in range(1, 11)), encoding="utf-8")
    told = [row.polarity for row in corpora.nsmc(file)]
    assert told == [(1.0, 0.0, 0.0)] * 4 + [None] * 4 + [(0.0, 0.0, 1.0)] * 2
    assert len(corpora.nsmc(file, limit=3)) == 3


def test_somebodys_own_rows_are_remapped(tmp_path: Path) -> None:
    """One label or several, texts or numbers; labels that are not mapped go, and rows without any other with them."""
    file = tmp_path / "mine.jsonl"
    rows = [
        {"text": "a  b", "label": "rage"},
        {"text": "c", "labels": ["glee", "other"]},
        {"text": "d", "label": "other"},
        {"text": "e", "label": 3},
        {"text": "두 줄\u2028이다", "labels": "rage"},
    ]
    file.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = corpora.remapped(file, {"rage": "anger", "glee": "joy", "3": "fear"})
    assert [row.text for row in found] == ["a b", "c", "e", "두 줄 이다"]
    assert [row.gold for row in found] == [{Emotion.ANGER}, {Emotion.JOY}, {Emotion.FEAR}, {Emotion.ANGER}]
    assert found[1].polarity == (0.0, 0.0, 1.0)


def test_without_a_mapping_the_labels_are_the_seven(tmp_path: Path) -> None:
    """The names of the seven are understood as they are."""
    file = tmp_path / "mine.jsonl"
    _write(file, [{"text": str(e), "label": str(e)} for e in EMOTIONS])
    assert [row.gold for row in corpora.remapped(file)] == [{e} for e in EMOTIONS]


@pytest.mark.parametrize(
    "line", ["{", "[]", "7", "{}", '{"text": "a secret"}', '{"label": "joy"}', '{"text": 3, "label": "joy"}', "\udcff"]
)
def test_a_bad_row_is_named_by_its_line_alone(tmp_path: Path, line: str) -> None:
    """What stands in it is nobody's business, not in the error behind the error either."""
    file = tmp_path / "mine.jsonl"
    file.write_bytes(b'{"text": "a secret", "label": "joy"}\n' + line.encode(errors="surrogateescape") + b"\n")
    with pytest.raises(BadData, match=r"mine\.jsonl, line 2: ") as raised:
        corpora.remapped(file)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_bad_row_of_a_corpus_is_named_too(changeable: Path) -> None:
    """By file and line."""
    with (changeable / "kote/val.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": "a secret\n')
    with pytest.raises(BadData, match=r"val\.jsonl, line 29: not a JSON object$"):
        corpora.load(changeable)


def test_own_rows_of_somebody_are_divided_by_what_they_say(data: Path) -> None:
    """Rows that differ in case and marks alone stand on one side; about 15 % are decided on, the others trained on."""
    mine = [Example(text, text) for i in range(200) for text in (f"row {i}", f"ROW {i}!")]
    trained = {key(row.text) for row in corpora.load(None, extra=mine)["extra"]}
    held = {key(row.text) for row in corpora.development_splits(None, extra=mine)["extra"]}
    assert not trained & held
    assert len(trained | held) == 200
    assert 15 < len(held) < 50
    workchat = _rows(data / "workchat/dev.jsonl")
    leaked = [Example(str(row["text"]), "x", gold=frozenset({Emotion.JOY})) for row in workchat]
    assert "extra" not in corpora.load(data, samples=28, extra=leaked), "they stand in a development split"
