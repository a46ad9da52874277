from datetime import date

from charts.contrast import Mix, Side
from emotion.labels import Emotion

MONDAY, SUNDAY = date(2026, 11, 9), date(2026, 11, 15)


def side(**counts: int) -> Side:
    return Side(MONDAY, SUNDAY, {Emotion(name): count for name, count in counts.items()})


HIDDEN = Side(MONDAY, SUNDAY, None, 5)


def test_rows_are_sorted_by_what_is_most_frequent_now() -> None:
    """Of equals the one that was more frequent before; what occurs in neither is left out."""
    rows = Mix(side(joy=2, anger=1, fear=1), side(fear=3, sadness=1)).rows
    assert [row.emotion for row in rows] == [Emotion.JOY, Emotion.FEAR, Emotion.ANGER, Emotion.SADNESS]
    assert [(row.now, row.before) for row in rows] == [(0.5, 0), (0.25, 0.75), (0.25, 0), (0, 0.25)]


def test_points_are_what_a_reader_would_subtract() -> None:
    """33 % and 38 % are written, so the difference is 5, though 4.2 would be closer."""
    row = Mix(side(joy=3, fear=5), side(joy=1, fear=2)).rows[1]
    assert (row.emotion, row.points) == (Emotion.JOY, 38 - 33)


def test_what_is_hidden_is_not_nothing() -> None:
    """Neither can be compared with, but only one may be counted."""
    assert Mix(side(joy=2), side(joy=1)).comparable
    assert not Mix(side(joy=2), side()).comparable
    assert not Mix(side(joy=2), HIDDEN).comparable
    assert (HIDDEN.counts, HIDDEN.total, side().total) == (None, 0, 0)
    assert Mix(HIDDEN, HIDDEN).rows == []
