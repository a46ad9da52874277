"""What the year says, in words and as rows. From the data alone. Slack has no calendar of its own."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from charts.expected import apart
from charts.moments import DAY, MIDDLE, Counts, Year, added, step, total, valence
from charts.phrases import counted, day_text, hidden, joined, messages, month_text, nothing, number, signed, span_text
from charts.style import Locale
from charts.table import Rows
from emotion.labels import EMOTIONS

_FEWEST: Final = 10
"""Messages of a month that may be called the best or the worst."""


def facts(year: Year, locale: Locale) -> list[str]:
    """Two to four sentences: how much, how many days were pleasant, the best and the worst month, what is not shown.

    Months are named only where chance does not explain their difference. Without messages, one or two.
    """
    unshown = [hidden(len(year.hidden), year.minimum_people, locale)] if year.hidden else []
    days = {day: counts for day, counts in year.days.items() if total(counts)}
    if not days:
        return [nothing(locale), *unshown]
    said = [_amount(year, days, locale), _sides(days, locale)]
    months = _by_month(days)
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
        for month, counts in _by_month(year.days).items()
        if total(counts)
    )
    return joined([kind, *facts(year, locale)], f"{values}." if values else "")


def rows(year: Year) -> Rows:
    """A row a day; what may not be shown is empty."""
    made: Rows = [("date", "messages", "valence", *(emotion.value for emotion in EMOTIONS), "shown")]
    for number_ in range(year.length):
        day = year.first + number_ * DAY
        counts = year.days.get(day, {})
        each = tuple(counts.get(emotion, 0) for emotion in EMOTIONS)
        if day in year.hidden:
            made.append((day.isoformat(), "", "", *("" for _ in EMOTIONS), "no"))
        else:
            mean = round(valence(counts), 3) if total(counts) else ""
            made.append((day.isoformat(), total(counts), mean, *each, "yes"))
    return made


def _amount(year: Year, days: dict[date, Counts], locale: Locale) -> str:
    whole = sum(map(total, days.values()))
    busiest = max(days, key=lambda day: (total(days[day]), day))
    most = number(total(days[busiest]), locale)
    said = messages(whole, locale)
    if locale == "en":
        shown = f"{number(len(days), locale)} of {counted(year.length, 'day', 'days')}"
        return f"{said} on {shown}, most on {day_text(busiest, locale)} ({most})."
    return f"{year.length}일 중 {len(days)}일에 {said}를 썼고, {day_text(busiest, locale)}에 가장 많았어요({most}개)."


def _sides(days: dict[date, Counts], locale: Locale) -> str:
    steps = [step(valence(counts)) for counts in days.values()]
    good, bad = sum(one > MIDDLE for one in steps), sum(one < MIDDLE for one in steps)
    if locale == "en":
        return f"{counted(good, 'day', 'days')} on the pleasant side, {number(bad, locale)} on the unpleasant one."
    return f"즐거운 쪽이었던 날은 {good}일, 힘든 쪽이었던 날은 {bad}일이에요."


def _by_month(days: Mapping[date, Counts]) -> dict[date, Counts]:
    grouped: dict[date, list[Counts]] = {}
    for day, counts in sorted(days.items()):
        grouped.setdefault(day.replace(day=1), []).append(counts)
    return {month: added(several) for month, several in grouped.items()}


def _best_and_worst(best: date, worst: date, months: dict[date, Counts], locale: Locale) -> str:
    high, low = (
        f"{month_text(month, locale, year=True)} ({signed(valence(months[month]), locale)})" for month in (best, worst)
    )
    if locale == "en":
        return f"The most pleasant month was {high}, the least {low}."
    return f"가장 즐거웠던 달은 {high}, 가장 힘들었던 달은 {low}이에요."
