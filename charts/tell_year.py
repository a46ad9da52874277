"""What the year says, in words and as rows. From the data alone. Slack has no calendar of its own."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from charts.expected import apart
from charts.korean import with_particle
from charts.moments import DAY, MIDDLE, Counts, Year, added, step, total, valence
from charts.phrases import (
    KOREAN_UNITS,
    counted,
    day_text,
    hidden,
    joined,
    messages,
    month_text,
    nothing,
    number,
    signed,
    span_text,
)
from charts.series import Unit
from charts.style import Locale
from charts.table import Rows
from emotion.labels import EMOTIONS

_FEWEST: Final = 10
"""Messages of a month that may be called the best or the worst."""
_TO_THURSDAY: Final = 3
_BARS: Final[Mapping[Locale, str]] = {
    "en": "A long bar is a whole week, because no day of it can be shown alone.",
    "ko": "세로로 긴 막대는 하루씩은 보여 드릴 수 없어 한 주로 묶은 것이에요.",
}
_DOTS: Final[Mapping[Locale, str]] = {
    "en": "Days before {since} are dots: readings that old are not kept.",
    "ko": "{since} 전은 점으로만 있어요. 그렇게 오래된 감정은 보관하지 않아요.",
}
_THURSDAYS: Final[Mapping[Locale, str]] = {
    "en": "By month (a whole week counts in the month of its Thursday):",
    "ko": "달마다(묶은 주는 목요일이 있는 달로 세요):",
}


def facts(year: Year, locale: Locale) -> list[str]:
    """Two to four sentences: how much, how many days were pleasant, the best and the worst month, what is not shown.

    Months are named only where chance does not explain their difference. Without messages, one or two.
    """
    unshown = [hidden(len(year.hidden), year.minimum_people, locale)] if year.hidden else []
    days = {day: counts for day, counts in year.days.items() if total(counts)}
    if not days and not year.joined:
        return [nothing(locale), *unshown]
    said = [_amount(year, days, locale), _sides(days, year.joined, locale)]
    months = _by_month(year)
    pair = apart({month: counts for month, counts in months.items() if total(counts) >= _FEWEST})
    if pair:
        said.append(_best_and_worst(*pair, months, locale))
    return [*said, *unshown]


def alt_text(year: Year, locale: Locale) -> str:
    """What the picture shows and says, with each month's numbers where there is room; at most 1,000 characters."""
    dates = span_text(year.first, year.last, locale)
    if locale == "en":
        kind = (
            f"Calendar, {dates}: a square a day, larger for more messages, from blue, unpleasant, to yellow, pleasant."
        )
    else:
        kind = f"{dates}의 달력이에요. 하루가 네모 하나이고, 클수록 글이 많고, 파랑은 힘든 쪽, 노랑은 즐거운 쪽이에요."
    values = ", ".join(
        f"{month_text(month, locale, year=True)} {messages(total(counts), locale)} {signed(valence(counts), locale)}"
        for month, counts in _by_month(year).items()
        if total(counts)
    )
    if values and year.joined:
        values = f"{_THURSDAYS[locale]} {values}"
    return joined([kind, *_marks(year, locale), *facts(year, locale)], f"{values}." if values else "")


def rows(year: Year) -> Rows:
    """A row for each day that is kept, or for the whole week where only that may be shown; what may not be is empty."""
    made: Rows = [("start", "end", "messages", "valence", *(emotion.value for emotion in EMOTIONS), "shown")]
    within = {week + number_ * DAY for week in year.joined for number_ in range(1, year.joined_days(week))}
    for day in year.kept:
        if day in within:
            continue
        counts = year.joined.get(day) or year.days.get(day, {})
        last = day + (year.joined_days(day) - 1) * DAY if day in year.joined else day
        dates, each = (day.isoformat(), last.isoformat()), tuple(counts.get(emotion, 0) for emotion in EMOTIONS)
        if day in year.hidden:
            made.append((*dates, "", "", *("" for _ in EMOTIONS), "no"))
        else:
            mean = round(valence(counts), 3) if total(counts) else ""
            made.append((*dates, total(counts), mean, *each, "yes"))
    return made


def _marks(year: Year, locale: Locale) -> list[str]:
    """What else stands in the picture of a channel."""
    said = []
    if year.joined:
        said.append(_BARS[locale])
    if year.since:
        since = day_text(year.since, locale, year=True)
        said.append(_DOTS[locale].format(since=since))
    return said


def _amount(year: Year, days: Mapping[date, Counts], locale: Locale) -> str:
    said = messages(sum(map(total, [*days.values(), *year.joined.values()])), locale)
    busiest, most = _busiest(days or year.joined)
    when, weeks = day_text(busiest, locale, year=busiest.year != year.last.year), len(year.joined)
    if locale == "en":
        if not weeks:
            shown = f"{number(len(days), locale)} of {counted(len(year.kept), 'day', 'days')}"
            return f"{said} on {shown}, most on {when} ({number(most, locale)})."
        whole = counted(weeks, "whole week", "whole weeks")
        if not days:
            return f"{said} in {whole}, most in the week from {when} ({number(most, locale)})."
        single = counted(len(days), "day", "days")
        return f"{said} on {single} and in {whole}; the busiest single day was {when} ({number(most, locale)})."
    most_said = f"가장 많았어요({number(most, locale)}개)."
    if not weeks:
        return f"{len(year.kept)}일 중 {len(days)}일에 {said}를 썼고, {when}에 {most_said}"
    if not days:
        return f"한 주씩 묶은 {weeks}주에 {said}를 썼고, {when}부터의 한 주에 {most_said}"
    return f"하루씩 {len(days)}일과 한 주씩 묶은 {weeks}주에 {said}를 썼고, 하루로는 {when}에 {most_said}"


def _busiest(cells: Mapping[date, Counts]) -> tuple[date, int]:
    """The one with the most messages, the later of equal ones, and how many they are."""
    start = max(cells, key=lambda one: (total(cells[one]), one))
    return start, total(cells[start])


def _sides(days: Mapping[date, Counts], weeks: Mapping[date, Counts], locale: Locale) -> str:
    """How many days, and how many weeks of which only the whole is shown, were on either side of the scale."""
    (good, bad), (good_weeks, bad_weeks) = _either_side(days), _either_side(weeks)
    if not weeks:
        if locale == "en":
            return f"{counted(good, 'day', 'days')} on the pleasant side, {number(bad, locale)} on the unpleasant one."
        return f"즐거운 쪽이었던 날은 {good}일, 힘든 쪽이었던 날은 {bad}일이에요."
    none: Unit = "day" if days else "week"
    pleasant, unpleasant = _so_many(good, good_weeks, none, locale), _so_many(bad, bad_weeks, none, locale)
    if locale == "en":
        return f"{pleasant} on the pleasant side, {unpleasant} on the unpleasant one."
    return f"즐거운 쪽이었던 때는 {pleasant}, 힘든 쪽이었던 때는 {with_particle(unpleasant, '이에요', '예요')}."


def _either_side(cells: Mapping[date, Counts]) -> tuple[int, int]:
    steps = [step(valence(counts)) for counts in cells.values()]
    return sum(one > MIDDLE for one in steps), sum(one < MIDDLE for one in steps)


def _so_many(days: int, weeks: int, none: Unit, locale: Locale) -> str:
    """Days and weeks, as far as there are some; otherwise nought of the unit `none`."""
    there: list[tuple[int, Unit]] = [(days, "day"), (weeks, "week")]
    there = [one for one in there if one[0]] or [(0, none)]
    if locale == "en":
        return " and ".join(counted(value, unit, f"{unit}s") for value, unit in there)
    return "과 ".join(f"{value}{KOREAN_UNITS[unit]}" for value, unit in there)


def _by_month(year: Year) -> dict[date, Counts]:
    """A week of which only the whole may be shown is in the month that has most of it, that of its Thursday.

    This week's Thursday may be still to come: then it is in today's month.
    """
    middles = {week: min(week + _TO_THURSDAY * DAY, year.last) for week in year.joined}
    days = [*year.days.items(), *((middles[week], counts) for week, counts in year.joined.items())]
    grouped: dict[date, list[Counts]] = {}
    for day, counts in sorted(days, key=lambda one: one[0]):
        grouped.setdefault(day.replace(day=1), []).append(counts)
    return {month: added(several) for month, several in grouped.items()}


def _best_and_worst(best: date, worst: date, months: dict[date, Counts], locale: Locale) -> str:
    high, low = (
        f"{month_text(month, locale, year=True)} ({signed(valence(months[month]), locale)})" for month in (best, worst)
    )
    if locale == "en":
        return f"The most pleasant month was {high}, the least {low}."
    return f"가장 즐거웠던 달은 {high}, 가장 힘들었던 달은 {low}이에요."
