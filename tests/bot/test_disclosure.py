from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.disclosure import Calendar, Cell, Parts, added, grown, is_safe, joined, publishable, total
from emotion.labels import EMOTIONS, Emotion

MONDAY = date(2026, 11, 16)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
JOY, ANGER = Emotion.JOY, Emotion.ANGER


def parts(**sizes: int) -> Parts:
    """So many joyful messages of each."""
    return {name: Counter({JOY: size}) for name, size in sizes.items()}


def crowd(names: str, each: int = 1) -> Parts:
    return parts(**dict.fromkeys(names, each))


def due(standing: list[Cell], written: Mapping[date, Parts], minimum: int = 5, *, whole: bool = True) -> list[Cell]:
    return list(publishable(MONDAY, standing, written, lambda _: minimum, whole=whole))


@pytest.mark.parametrize(
    ("who", "minimum", "safe"),
    [
        (crowd("abcde"), 5, True),
        (crowd("abcd", 100), 5, False),
        (parts(a=4, b=2, c=2, d=1, e=1), 5, True),  # exactly 40 %
        (parts(a=41, b=20, c=20, d=10, e=9), 5, False),
        (parts(a=5, b=2, c=2, d=1, e=1), 5, False),
        (parts(a=1, b=1, c=1, d=1, e=0), 5, False),
        (crowd("ab"), 1, False),
        (crowd("abc"), 1, True),
        ({}, 3, False),
    ],
)
def test_a_group_is_large_enough_and_nobody_weighs_too_much(who: Parts, minimum: int, *, safe: bool) -> None:
    """At least the minimum, and three whatever is asked; 40 % of the messages may be one person's, a bit more may not.

    Who contributed nothing is not one of them.
    """
    assert is_safe(who, minimum) is safe


def test_a_day_is_published_once_and_stays_as_it_is() -> None:
    """A second look with the same readings, with fewer of them, or with one more, publishes nothing."""
    (day,) = due([], {MONDAY: crowd("abcde")})
    assert (day.start, day.unit, day.version, total(day.parts)) == (MONDAY, "day", 1, {JOY: 5})
    for now in (crowd("abcde"), crowd("abc"), {}, crowd("abcdef"), joined([crowd("abcde", 2), parts(a=90)])):
        assert due([day], {MONDAY: now}) == []


def test_a_day_grows_by_whole_groups_alone() -> None:
    """Four people who add something are too few; the fifth makes the next version, which shows all five additions."""
    day = Cell(MONDAY, "day", crowd("abcdef"))
    assert due([day], {MONDAY: joined([crowd("abcdef"), crowd("abcg")])}) == []
    (bigger,) = due([day], {MONDAY: joined([crowd("abcdef"), crowd("abcgh")])})
    assert bigger.version == 2
    assert total(bigger.parts) == {JOY: 11}
    assert bigger.parts == joined([crowd("abcdef"), crowd("abcgh")])


def test_what_is_gone_is_not_subtracted_and_hides_no_one_elses_addition() -> None:
    """Somebody deletes, somebody edits joy into anger: the former stays published, the latter adds an anger."""
    published = crowd("abcde", 2)
    now = dict(crowd("abcde", 2))
    now["a"] = Counter()
    now["b"] = Counter({JOY: 1, ANGER: 1})
    assert added(now, published) == {"b": {ANGER: 1}}
    assert grown(Cell(MONDAY, "day", published), now, 3) is None
    everybody = {name: Counter({ANGER: 2}) for name in "abcde"}
    (bigger,) = due([Cell(MONDAY, "day", published)], {MONDAY: everybody})
    assert bigger.counts == {JOY: 10, ANGER: 10}


def test_a_week_without_a_day_to_show_is_published_as_one() -> None:
    """Three people on Monday and three others on Tuesday are a week; from then on no day of it is ever published."""
    quiet = {MONDAY: crowd("abc"), TUESDAY: crowd("def")}
    (week,) = due([], quiet)
    assert (week.start, week.unit, total(week.parts)) == (MONDAY, "week", {JOY: 6})
    assert due([week], quiet | {WEDNESDAY: crowd("abcd")}) == []
    (bigger,) = due([week], quiet | {WEDNESDAY: crowd("abcdefgh")})
    assert (bigger.unit, bigger.version, total(bigger.parts)) == ("week", 2, {JOY: 14})


def test_a_week_of_which_a_day_was_published_is_never_one() -> None:
    """Not even when that day was withdrawn: the week less its other days would show it."""
    rest = {TUESDAY: crowd("abc"), WEDNESDAY: crowd("def")}
    (day,) = due([], {MONDAY: crowd("abcde"), **rest})
    assert due([day], rest) == []
    assert due([Cell(MONDAY, "day", withdrawn=True)], rest) == []


@pytest.mark.parametrize("unit", ["day", "week"])
def test_what_is_withdrawn_is_never_published_again(unit: str) -> None:
    """However many people wrote in it."""
    gone = Cell(MONDAY, "week" if unit == "week" else "day", withdrawn=True)
    assert due([gone], {MONDAY: crowd("abcdefgh", 9)}) == []


def test_a_week_that_began_too_long_ago_is_not_published_as_one() -> None:
    """Days of it that are young enough may be."""
    quiet = {TUESDAY: crowd("abc"), WEDNESDAY: crowd("def")}
    assert due([], quiet, whole=False) == []
    assert [cell.unit for cell in due([], quiet | {WEDNESDAY: crowd("abcde")}, whole=False)] == ["day"]


def test_the_minimum_is_asked_for_the_date_on_which_a_cell_begins() -> None:
    """A lower one for younger days leaves the older ones as they are."""
    written = {MONDAY: crowd("abc"), TUESDAY: crowd("abc")}
    assert [
        cell.start for cell in publishable(MONDAY, [], written, lambda day: 5 if day == MONDAY else 3, whole=True)
    ] == [TUESDAY]


_TALLIES = st.dictionaries(st.sampled_from(EMOTIONS), st.integers(0, 4), max_size=3)
_PARTS = st.dictionaries(st.sampled_from("abcdefgh"), _TALLIES, max_size=8)


@given(st.lists(_PARTS, min_size=1, max_size=12), st.integers(3, 5))
def test_versions_of_a_day_differ_by_groups_whatever_happens_in_between(history: list[Parts], minimum: int) -> None:
    """The first version and every step to the next one is safe by itself, and nothing ever gets less."""
    cell: Cell | None = None
    for now in history:
        for version in due([cell] if cell else [], {MONDAY: now}, minimum, whole=False):
            before = cell.parts if cell else {}
            assert is_safe(added(version.parts, before), minimum)
            assert not added(before, version.parts)
            cell = version


def test_a_calendar_shows_what_is_neither_too_old_nor_in_the_future() -> None:
    """A cell that begins a moment before the end of retention is out; today is in, tomorrow is not."""
    now = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # half past midnight of the 21st in Seoul
    calendar = Calendar.of(7, "Asia/Seoul", now, retention_days=3)
    assert (calendar.first, calendar.last) == (date(2026, 11, 15), date(2026, 11, 21))
    assert calendar.weeks == [date(2026, 11, 9), date(2026, 11, 16)]
    assert calendar.days_of(MONDAY) == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)]
    assert calendar.earliest == date(2026, 11, 19)
    assert Calendar.of(7, "Asia/Seoul", now, retention_days=30).earliest == date(2026, 11, 9)
    long_ago = Calendar.of(7, "Asia/Seoul", now, retention_days=3, until=now - timedelta(days=9))
    assert long_ago.earliest == long_ago.last
    exact = Calendar.of(7, "Asia/Seoul", now - timedelta(minutes=30), retention_days=3)
    assert exact.keeps(date(2026, 11, 18))


def test_a_day_of_the_calendar_lasts_as_long_as_it_does() -> None:
    """25 hours when the clocks go back."""
    calendar = Calendar.of(7, "America/New_York", datetime(2026, 11, 3, tzinfo=UTC), retention_days=30)
    begins, ends = calendar.span(date(2026, 11, 1))
    assert ends - begins == timedelta(hours=25)
