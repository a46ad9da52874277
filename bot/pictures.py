"""What a picture is of and what it says, before it is drawn: of one person's readings, or of a channel's cells.

Plain work for the processor, without a store and without Slack; most of it belongs into a thread of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from matplotlib.figure import Figure

from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Locale, Picture, Viewer
from bot.noise import Account
from bot.tabular import csv_bytes
from charts import tell_diary, tell_mix, tell_valence, tell_week, tell_year, words
from charts.contrast import Mix, Side
from charts.diary import diary
from charts.expected import curve
from charts.mix import mix
from charts.moments import DAY, WEEKDAYS, Year, added, total, year_of
from charts.mood import mood
from charts.phrases import WEEKS, hidden, span_text
from charts.render import png
from charts.series import Bucket, Point, Series, bucketed, period
from charts.style import THEMES
from charts.summary import RHYTHM_DAYS, Summary, summary
from charts.table import Rows
from charts.valence import valence
from charts.week import week
from charts.year import year

Audience = Literal["me", "here"]
Kind = Literal["trend", "valence", "mix", "week", "year", "diary"]
Ground = Literal["light", "dark"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OF_CHANNELS: Final[tuple[Kind, ...]] = ("trend", "valence", "mix", "year")
"""What is drawn of a channel. The week by the hour would cut its published days once more, and what is left of a day
without an hour can be subtracted; the diary is a page about one person."""
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)
PERIODS: Final = (7, 30, 90)
"""The periods that people can ask for, in days."""
WITH_PERIOD: Final[tuple[Kind, ...]] = ("trend", "valence")
"""The others are about stretches of their own: the mix about seven days and the seven before."""
TWO_WEEKS: Final = 2 * WEEKDAYS
LONGEST: Final = 366
"""Days that a page of the year can reach back."""
YEAR: Final = 365
"""Days that a channel's year reaches back, and those before them in the same week."""

_TITLES: Final[Mapping[tuple[Audience, Kind], Mapping[Locale, str]]] = {
    ("me", "trend"): {"en": "My feelings over the last {days} days", "ko": "최근 {days}일 동안의 내 감정"},
    ("me", "valence"): {"en": "My mood over the last {days} days", "ko": "최근 {days}일 동안의 내 기분"},
    ("me", "mix"): {"en": "My last 7 days and the 7 before", "ko": "내 최근 7일과 그 전 7일"},
    ("me", "week"): {"en": "My week by the hour", "ko": "내 한 주의 리듬"},
    ("me", "year"): {"en": "My year", "ko": "나의 한 해"},
    ("me", "diary"): {"en": "My mood diary", "ko": "내 기분 일기"},
    ("here", "trend"): {
        "en": "Feelings in this channel over the last {days} days",
        "ko": "최근 {days}일 동안 이 채널의 감정",
    },
    ("here", "valence"): {
        "en": "Mood in this channel over the last {days} days",
        "ko": "최근 {days}일 동안 이 채널의 기분",
    },
    ("here", "mix"): {
        "en": "Feelings in this channel: {now} and {before}",
        "ko": "이 채널의 감정: {now}, {before}",
    },
    ("here", "year"): {"en": "This channel's year", "ko": "이 채널의 한 해"},
}
_KEPT: Final[Mapping[Locale, str]] = {
    "en": "Readings are kept for {days} days here, so nothing older is in it.",
    "ko": "읽은 감정은 {days}일 동안만 보관해서, 그보다 오래된 것은 들어 있지 않아요.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """Which picture, on which ground."""

    kind: Kind = "trend"
    ground: Ground = "light"


@dataclass(frozen=True, slots=True)
class Table:
    """What a picture shows as a CSV file, ready to be sent. Its content shows in no repr."""

    title: str
    notes: Sequence[str]
    """What has to be known about the numbers."""
    filename: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture that is not drawn yet."""

    title: str
    first: date
    last: date
    """The dates it is about, both included."""
    facts: Sequence[str]
    alt_text: str
    rows: Rows
    draw: Callable[[str], Figure] = field(repr=False)
    """Takes the subtitle."""
    chart: Mapping[str, Any] | None = None
    """The same as a chart of the chat's own, where there is one (`charts.native`)."""
    notes: Sequence[str] = ()
    """What has to be known about it: whose dates they are, what is kept no longer, what noise is in it."""
    zone: str = ""
    """Whose dates they are, where that is not plain."""

    def named(self, audience: Audience, kind: Kind, ending: str) -> str:
        """A file's name: of ours alone, whose picture, which, and dates."""
        which = audience if kind == "trend" else f"{audience}-{kind}"
        return f"maeum-{which}-{self.first.isoformat()}-{self.last.isoformat()}.{ending}"


def own(points: Sequence[Point], look: Look, days: int, viewer: Viewer, now: datetime) -> Sketch:
    """Of one person's readings, for that person's eyes only. NothingToShow where there are none to show."""
    if look.kind in WITH_PERIOD:
        start, end = period(days, now=now, timezone=viewer.timezone)
        series = bucketed(points, start=start, end=end, timezone=viewer.timezone)
        if not series.total:
            raise NothingToShow
        return _over_time(series, "me", look, days, viewer.locale)
    return _of_summary(summary(points, now=now, timezone=viewer.timezone), look, viewer.locale)


def reach(look: Look, days: int) -> int:
    """How many days of readings a picture of one's own is made of."""
    if look.kind in WITH_PERIOD:
        return days
    return {"mix": TWO_WEEKS, "week": RHYTHM_DAYS}.get(look.kind, LONGEST)


def reach_shared(look: Look, days: int) -> int:
    """How many days of published cells a picture of a channel is made of."""
    return {"mix": TWO_WEEKS, "year": YEAR}.get(look.kind, days)


def shared(series: Series, look: Look, days: int, viewer: Viewer) -> Sketch:
    """Of a channel's published cells of `reach_shared` days; for the year they are buckets, each of them.

    TooFewPeople where none is shown. ValueError for a kind that is drawn of one person alone.
    """
    if look.kind not in OF_CHANNELS:
        message = f"no {look.kind} of a channel"
        raise ValueError(message)
    if not series.shown:
        raise TooFewPeople(series.minimum_people)
    if look.kind == "mix":
        sketch = _two_weeks(series, look, viewer.locale)
    elif look.kind == "year":
        sketch = _of_year(year_of(series), "here", look, viewer.locale)
    else:
        sketch = _over_time(series, "here", look, days, viewer.locale)
    if series.timezone == viewer.timezone:
        return sketch
    zone = words.zone_text(series, viewer.locale)
    return replace(sketch, zone=zone, notes=[*sketch.notes, zone])


def within(sketch: Sketch, retention_days: int, locale: Locale) -> Sketch:
    """The same; where it reaches further back than readings are kept, it says so."""
    if (sketch.last - sketch.first).days < retention_days:
        return sketch
    return replace(sketch, notes=[*sketch.notes, _KEPT[locale].format(days=retention_days)])


def noted(sketch: Sketch, cost: Account | None, locale: Locale) -> Sketch:
    """The same; where noise is in its counts, it says so, and what that has cost."""
    if cost is None:
        return sketch
    said = words.noise_text(epsilon=cost.epsilon, spent=cost.spent, budget=cost.budget, locale=locale)
    return replace(sketch, notes=[*sketch.notes, said])


def drawn(sketch: Sketch, audience: Audience, look: Look, locale: Locale) -> Picture:
    """The finished picture."""
    dates = span_text(sketch.first, sketch.last, locale)
    return Picture(
        png=png(sketch.draw(f"{dates} · {sketch.zone}" if sketch.zone else dates)),
        title=sketch.title,
        alt_text=sketch.alt_text,
        facts=[*sketch.facts, *sketch.notes],
        filename=sketch.named(audience, look.kind, "png"),
        chart=sketch.chart,
    )


def tabled(sketch: Sketch, audience: Audience, look: Look) -> Table:
    """What the picture shows, as a file for a spreadsheet."""
    head, *rows = sketch.rows
    content = csv_bytes([str(name) for name in head], rows)
    return Table(sketch.title, sketch.notes, sketch.named(audience, look.kind, "csv"), content)


def two_weeks(series: Series) -> Mix:
    """The last seven days beside the seven before; where a week was published as one, this week beside the last.

    Sums of whole published cells. A side of which no cell is shown says so.
    """
    size = WEEKDAYS if series.unit == "day" else 1
    now, before = series.buckets[-size:], series.buckets[-2 * size : -size]
    return Mix(now=_side(now, series.minimum_people), before=_side(before, series.minimum_people))


def _side(buckets: Sequence[Bucket], minimum_people: int) -> Side:
    counts = [bucket.counts for bucket in buckets if bucket.counts is not None]
    first, last = buckets[0].start.date(), buckets[-1].last_date
    return Side(first, last, added(counts) if counts else None, minimum_people)


def _over_time(series: Series, audience: Audience, look: Look, days: int, locale: Locale) -> Sketch:
    """Of one person or of a channel: the shares, or the line of valence."""
    title = _TITLES[audience, look.kind][locale].format(days=days)
    theme, first, last = THEMES[look.ground], series.start.date(), series.buckets[-1].last_date
    if look.kind == "trend":
        return Sketch(
            title, first, last, words.facts(series, locale), words.alt_text(series, locale), words.rows(series),
            lambda dates: mood(series, locale=locale, title=title, subtitle=dates, theme=theme),
        )  # fmt: skip
    line = curve(series)
    return Sketch(
        title, first, last, tell_valence.facts(line, locale), tell_valence.alt_text(line, locale),
        tell_valence.rows(line), lambda dates: valence(line, locale=locale, title=title, subtitle=dates, theme=theme),
        tell_valence.block(line, locale, title),
    )  # fmt: skip


def _two_weeks(series: Series, look: Look, locale: Locale) -> Sketch:
    of = two_weeks(series)
    if not of.rows:
        raise TooFewPeople(series.minimum_people)
    spans = tell_diary.SPANS[locale] if series.unit == "day" else WEEKS[locale]
    title = _TITLES["here", "mix"][locale].format(now=spans[0], before=spans[1])
    missing = [bucket for bucket in _partly_hidden(series, of) if bucket.suppressed]
    unshown = [hidden(len(missing), series.minimum_people, locale, series.unit)] if missing else []
    sketch = _of_mix(of, title, spans, look, locale)
    return replace(sketch, facts=[*sketch.facts, *unshown])


def _partly_hidden(series: Series, of: Mix) -> Iterable[Bucket]:
    """The buckets of the sides that are shown; of the others the picture says that they are not."""
    for side in (of.now, of.before):
        if side.counts is not None:
            yield from (bucket for bucket in series.buckets if side.first <= bucket.start.date() <= side.last)


def _of_summary(of: Summary, look: Look, locale: Locale) -> Sketch:
    """The pictures of one person that have stretches of their own."""
    title, theme, last = _TITLES["me", look.kind][locale], THEMES[look.ground], of.last
    match look.kind:
        case "mix":
            _something(of.mix.now.total + of.mix.before.total)
            return _of_mix(of.mix, title, tell_diary.SPANS[locale], look, locale)
        case "week":
            _something(of.week.total)
            return Sketch(
                title, last - (RHYTHM_DAYS - 1) * DAY, last, tell_week.facts(of.week, locale),
                tell_week.alt_text(of.week, locale), tell_week.rows(of.week),
                lambda dates: week(of.week, locale=locale, title=title, subtitle=dates, theme=theme),
            )  # fmt: skip
        case "year":
            _something(sum(map(total, of.year.days.values())))
            return _of_year(of.year, "me", look, locale)
        case _:
            _something(tell_diary.total_of_year(of))
            return Sketch(
                title, of.year.first, last, tell_diary.facts(of, locale), tell_diary.alt_text(of, locale),
                tell_diary.rows(of), lambda dates: diary(of, locale=locale, title=title, subtitle=dates, theme=theme),
            )  # fmt: skip


def _of_year(of: Year, audience: Audience, look: Look, locale: Locale) -> Sketch:
    title, theme = _TITLES[audience, "year"][locale], THEMES[look.ground]
    return Sketch(
        title, of.first, of.last, tell_year.facts(of, locale), tell_year.alt_text(of, locale), tell_year.rows(of),
        lambda dates: year(of, locale=locale, title=title, subtitle=dates, theme=theme),
    )  # fmt: skip


def _of_mix(of: Mix, title: str, spans: tuple[str, str], look: Look, locale: Locale) -> Sketch:
    theme = THEMES[look.ground]
    return Sketch(
        title, of.before.first, of.now.last, tell_mix.facts(of, locale, spans), tell_mix.alt_text(of, locale, spans),
        tell_mix.rows(of),
        lambda dates: mix(of, locale=locale, title=title, subtitle=dates, theme=theme, spans=spans),
        tell_mix.block(of, locale, title, spans),
    )  # fmt: skip


def _something(messages: int) -> None:
    if not messages:
        raise NothingToShow
