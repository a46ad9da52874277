"""What the week says, in words and as rows. From the data alone. Slack has no chart of two dimensions."""

from collections.abc import Mapping
from typing import Final, TypeVar

from charts.expected import apart
from charts.moments import HOURS, Counts, Week, added, total, valence
from charts.phrases import hour_text, joined, messages, nothing, number, signed, weekday_text
from charts.style import Locale
from charts.table import Rows
from emotion.labels import EMOTIONS

Name = TypeVar("Name")

_FEWEST: Final = 5
"""Messages of a weekday or a part of the day that is compared with others."""
_PARTS: Final[Mapping[str, range]] = {
    "night": range(6),
    "morning": range(6, 12),
    "afternoon": range(12, 18),
    "evening": range(18, HOURS),
}
_PART_NAMES: Final[dict[Locale, dict[str, str]]] = {
    "en": {"night": "nights", "morning": "mornings", "afternoon": "afternoons", "evening": "evenings"},
    "ko": {"night": "새벽", "morning": "오전", "afternoon": "오후", "evening": "저녁"},
}


def facts(week: Week, locale: Locale) -> list[str]:
    """Two or three sentences: when most was written, which weekday and which part of the day was more pleasant.

    A difference is named only where chance does not explain it. Without messages, one.
    """
    if not week.total:
        return [nothing(locale)]
    said = [_busiest(week, locale), _weekdays(week, locale)]
    by_hour = week.by_hour
    parts = {name: added(by_hour[hour] for hour in hours) for name, hours in _PARTS.items()}
    pair = apart(_enough(parts))
    if pair:
        high, low = ((_PART_NAMES[locale][name], signed(valence(parts[name]), locale)) for name in pair)
        if locale == "en":
            said.append(f"{high[0].capitalize()} ({high[1]}) are more pleasant than {low[0]} ({low[1]}).")
        else:
            said.append(f"{low[0]}({low[1]})보다 {high[0]}({high[1]})에 더 즐거워요.")
    return said


def alt_text(week: Week, locale: Locale) -> str:
    """What the picture shows and says, with the weekdays' numbers; at most 1,000 characters."""
    if locale == "en":
        kind = (
            "Map of the week by weekday and hour: larger squares are more messages, from blue, unpleasant, to yellow."
        )
    else:
        kind = "요일과 시간으로 나눈 한 주의 지도예요. 네모가 클수록 글이 많고, 파랑은 힘든 쪽, 노랑은 즐거운 쪽이에요."
    values = ", ".join(
        f"{weekday_text(day, locale)} {messages(total(counts), locale)} {signed(valence(counts), locale)}"
        for day, counts in enumerate(week.by_weekday)
        if total(counts)
    )
    return joined([kind, *facts(week, locale)], f"{values}." if values else "")


def rows(week: Week) -> Rows:
    """A row for each weekday (1 is Monday) and hour in which something was written."""
    made: Rows = [("weekday", "hour", "messages", "valence", *(emotion.value for emotion in EMOTIONS))]
    for day, row in enumerate(week.cells):
        for hour, counts in enumerate(row):
            if total(counts):
                each = (counts.get(emotion, 0) for emotion in EMOTIONS)
                made.append((day + 1, hour, total(counts), round(valence(counts), 3), *each))
    return made


def _busiest(week: Week, locale: Locale) -> str:
    days, hours = ([total(counts) for counts in several] for several in (week.by_weekday, week.by_hour))
    day, hour = days.index(max(days)), hours.index(max(hours))
    name, clock = weekday_text(day, locale, long=True), hour_text(hour, locale)
    if locale == "en":
        return f"{messages(week.total, locale)}, most on {name}s ({number(days[day], locale)}) and at {clock}."
    return f"글 {number(week.total, locale)}개 중 {name}({number(days[day], locale)}개)과 {clock}대에 가장 많이 썼어요."


def _weekdays(week: Week, locale: Locale) -> str:
    days = dict(enumerate(week.by_weekday))
    pair = apart(_enough(days))
    if not pair:
        return (
            "No weekday stands out as more pleasant than another."
            if locale == "en"
            else "요일 사이에 뚜렷한 기분 차이는 없어요."
        )
    high, low = ((weekday_text(day, locale, long=True), signed(valence(days[day]), locale)) for day in pair)
    if locale == "en":
        return f"{high[0]}s are the most pleasant ({high[1]}), {low[0]}s the least ({low[1]})."
    return f"{high[0]}이 가장 즐겁고({high[1]}) {low[0]}이 가장 힘들어요({low[1]})."


def _enough(several: Mapping[Name, Counts]) -> dict[Name, Counts]:
    return {name: counts for name, counts in several.items() if total(counts) >= _FEWEST}
