"""Two models on the same texts: counts that say which is right more often, and whether that is chance."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.labels import Emotion
from emotion.reading import Reading
from emotion.tools.compare import BadRows, Row, compare, labelled_rows, lines, mcnemar, read_rows
from emotion.tools.corpora import Example
from emotion.tools.metrics import macro_f1
from tests.factories import reading


class Says:
    """Finds in each text the feeling that it was told; neutral in others."""

    def __init__(self, **feelings: Emotion) -> None:
        """By text."""
        self._feelings = feelings

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """What it was told."""
        return [reading(self._feelings.get(text, Emotion.NEUTRAL)) for text in texts]


A = Says(one=Emotion.JOY, two=Emotion.JOY, three=Emotion.FEAR)
B = Says(one=Emotion.JOY, two=Emotion.ANGER, three=Emotion.SADNESS, four=Emotion.ANGER)


def test_agreement_and_changes_are_counted() -> None:
    """Without labels: who agrees where, and what becomes of what."""
    found = compare(A, B, [Row(text) for text in ("one", "two", "three", "four", "two")])
    assert (found.rows, found.same, found.verdict) == (5, 1, None)
    assert next(iter(found.changes.items())) == ((Emotion.JOY, Emotion.ANGER), 2)
    assert found.changes[Emotion.NEUTRAL, Emotion.ANGER] == 1
    assert [place for place, _, _ in found.changed] == [1, 2, 3, 4]


def test_the_labelled_rows_are_judged() -> None:
    """Rows without a label count for the agreement alone; a row may allow several emotions."""
    rows = [
        Row("one", frozenset({Emotion.JOY})),
        Row("two", frozenset({Emotion.ANGER, Emotion.DISGUST})),
        Row("three", frozenset({Emotion.FEAR, Emotion.SADNESS})),
        Row("four", frozenset({Emotion.ANGER})),
        Row("five"),
    ]
    found = compare(A, B, rows)
    assert found.rows == 5
    assert found.verdict is not None
    assert (found.verdict.rows, found.verdict.only_a, found.verdict.only_b) == (4, 0, 2)
    assert found.verdict.accuracy == (0.5, 1.0)
    assert found.verdict.p == 0.5
    gold = [row.gold for row in rows[:4]]
    assert found.verdict.macro_f1[0] == macro_f1(
        gold, [reading.label for reading in A.infer(["one", "two", "three", "four"])]
    )


def test_a_model_agrees_with_itself() -> None:
    """Nothing changes, and nothing tells the two apart."""
    found = compare(A, A, [Row("one", frozenset({Emotion.FEAR}))])
    assert (found.same, found.changes) == (1, {})
    assert found.verdict is not None
    assert found.verdict.p == 1.0


def test_no_rows_are_compared_too() -> None:
    """An empty file divides nothing by zero."""
    assert list(lines("empty.txt", compare(A, B, []))) == ["empty.txt: 0 rows, the same label for 0 (0.0%)"]


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 0.0625), (5, 5, 1.0), (1, 9, 22 / 1024), (10, 30, 0.0022214)],
)
def test_mcnemar_is_exact(only_a: int, only_b: int, p: float) -> None:
    """Known values, worked out by hand from the binomial coefficients."""
    assert mcnemar(only_a, only_b) == pytest.approx(p, rel=1e-4)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_a_probability_and_takes_no_side(only_a: int, only_b: int) -> None:
    """Between 0 and 1, whichever of the two is called A."""
    assert 0.0 <= mcnemar(only_a, only_b) == mcnemar(only_b, only_a) <= 1.0


def test_mcnemar_bears_large_counts() -> None:
    """Thousands of rows overflow nothing."""
    assert mcnemar(0, 20_000) == 0.0
    assert mcnemar(5_000, 5_200) == pytest.approx(0.0488, abs=0.001)


@pytest.mark.train
@pytest.mark.parametrize(("only_a", "only_b"), [(3, 12), (40, 41), (7, 0), (250, 310)])
def test_mcnemar_is_the_binomial_test(only_a: int, only_b: int) -> None:
    """SciPy's exact two-sided test says the same."""
    stats = pytest.importorskip("scipy.stats", reason="SciPy comes with the extra `train`")
    assert mcnemar(only_a, only_b) == pytest.approx(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def test_files_of_texts_are_read(tmp_path: Path) -> None:
    """JSON lines with or without labels; any other file has a text a line. Empty lines are none."""
    labelled = tmp_path / "rows.jsonl"
    labelled.write_text('{"text": "one", "label": "joy", "id": 3}\n\n{"text": "두 줄\\u2028"}\n', encoding="utf-8")
    assert read_rows(labelled) == [Row("one", frozenset({Emotion.JOY})), Row("두 줄\u2028")]
    plain = tmp_path / "texts.txt"
    plain.write_bytes("하나\r\n\r\ntwo \n".encode())
    assert read_rows(plain) == [Row("하나"), Row("two ")]


@pytest.mark.parametrize("line", ["{", "[]", "3", "{}", '{"text": 3}', '{"text": "secret", "label": "happy"}'])
def test_a_bad_row_is_named_by_its_line_alone(tmp_path: Path, line: str) -> None:
    """What stands in it is nobody's business."""
    file = tmp_path / "rows.jsonl"
    file.write_text(f'{{"text": "fine"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(BadRows, match=r"rows\.jsonl, line 2: not a JSON object") as raised:
        read_rows(file)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or in another encoding."""
    file = tmp_path / "texts.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadRows, match=r"texts\.txt cannot be read as text"):
        read_rows(file)


def test_nothing_that_is_said_holds_a_text() -> None:
    """The report has names of labels and numbers."""
    said = "\n".join(lines("rows", compare(A, B, [Row("two", frozenset({Emotion.ANGER})), Row("three")])))
    assert "joy -> anger: 1" in said
    assert "B 100.0%" in said
    assert not any(word in said.split() for word in ("two", "three"))


def test_development_splits_are_rows() -> None:
    """By corpus, with the emotions that count as right there; a row of none is read for the agreement."""
    several = frozenset({Emotion.JOY, Emotion.SURPRISE})
    splits = {"chat": [Example("one", "1", gold=several)], "films": [Example("two", "2")]}
    assert labelled_rows(splits) == {"chat": [Row("one", several)], "films": [Row("two")]}
