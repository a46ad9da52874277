from datetime import date

import pytest
from matplotlib.figure import Figure

from charts import tell_diary
from charts.diary import diary
from charts.moments import Counts, by_day, total, valence
from charts.style import DARK, LIGHT, Locale, Theme
from charts.summary import Strong, strong, summary
from emotion.labels import Emotion
from tests.charts.factories import NOW, SEOUL
from tests.charts.histories import of, points
from tests.charts.looking import LOCALES, bars, colours, named, places, said

DAY = date(2026, 11, 2)


def drawn(life: str, locale: Locale = "en", theme: Theme = LIGHT) -> Figure:
    return diary(of(life), locale=locale, theme=theme, title="t", subtitle="s")


def test_the_page_counts_one_persons_readings() -> None:
    """Thirty days in the line, fourteen in the mix, twelve weeks by the hour, a year; each as counted by hand."""
    made, days = of("a year"), by_day(points("a year"), SEOUL)
    last = date(2026, 11, 20)

    def counted(length: int, until: date = last) -> int:
        return sum(total(counts) for day, counts in days.items() if 0 <= (until - day).days < length)

    assert made.curve.series.total == counted(30)
    assert made.mix.now.total == counted(7)
    assert made.mix.before.total == counted(7, date(2026, 11, 13))
    assert made.week.total == counted(84)
    assert sum(map(total, made.year.days.values())) == counted(365)
    assert (made.year.first, made.last) == (date(2025, 11, 21), last)


def test_what_is_yet_to_come_is_not_counted() -> None:
    """A clock that runs ahead adds nothing to today."""
    then = NOW.replace(month=6)
    made = summary(points("a year"), now=then, timezone=SEOUL)
    assert made == summary([p for p in points("a year") if p.time <= then], now=then, timezone=SEOUL)
    assert made.last == max(made.year.days) == date(2026, 6, 20)


def test_strong_days_are_the_best_the_worst_and_the_busiest() -> None:
    """With at least three messages, and no day twice."""
    days: dict[date, Counts] = {
        DAY: {Emotion.JOY: 3},
        DAY.replace(day=3): {Emotion.FEAR: 4},
        DAY.replace(day=4): {Emotion.NEUTRAL: 9},
        DAY.replace(day=5): {Emotion.SADNESS: 2},
    }
    assert [(one.why, one.day.day) for one in strong(days)] == [("best", 2), ("worst", 3), ("busiest", 4)]
    busy = {**days, DAY: {Emotion.JOY: 30}}
    assert [(one.why, one.day.day) for one in strong(busy)] == [("best", 2), ("worst", 3)]


def test_a_middling_month_has_no_best_and_no_worst_day() -> None:
    """Only the sides of the scale count; with nothing at all there is none."""
    assert [one.why for one in strong({DAY: {Emotion.NEUTRAL: 8, Emotion.JOY: 1}})] == ["busiest"]
    assert strong({}) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_page_holds_small_versions_of_the_pictures(theme: Theme) -> None:
    """With the same data, in the theme's colours."""
    made, figure = of("a year"), drawn("a year", theme=theme)
    assert places(figure, "valence.spots") == [(s.place, s.value) for s in made.curve.spots]
    assert [width for _, _, width, _ in bars(figure, "mix.now")] == pytest.approx([row.now for row in made.mix.rows])
    assert len(places(figure, "week.hours")) == sum(bool(total(c)) for row in made.week.cells for c in row)
    assert len(places(figure, "year.days")) == len(made.year.days)
    assert set(colours(figure, "year.days")) <= set(theme.scale)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_says_what_changed_and_which_days_stood_out(locale: Locale) -> None:
    """The same sentences as the facts, and a heading over each part."""
    figure, made = drawn("a year", locale), of("a year")
    assert " ".join(said(figure, "sentence")) == " ".join(tell_diary.changes(made, locale))
    assert said(figure, "heading") == [
        tell_diary.HEADINGS[locale][n] for n in ("line", "mix", "week", "strong", "year")
    ]
    beginnings = said(figure, "strong")[::2]
    assert beginnings == [" ".join(tell_diary.stood_out(one, locale)[:2]) for one in made.strong]
    assert len(colours(figure, "strong.days")) == len(made.strong) == 3


def test_a_page_without_strong_days_leaves_them_out() -> None:
    """No heading over nothing."""
    figure = drawn("one")
    assert tell_diary.HEADINGS["en"]["strong"] not in said(figure, "heading")
    assert not named(figure, "strong.days")


def test_a_tie_of_feelings_names_none() -> None:
    """Nobody wins who did not."""
    tied = Strong("busiest", DAY, {Emotion.JOY: 2, Emotion.FEAR: 2})
    assert tell_diary.stood_out(tied, "en") == ("Busiest:", "Mon, Nov 2", f"+{valence(tied.counts):.2f} · 4 messages")
