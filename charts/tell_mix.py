"""What two periods side by side say, in words, as rows and as Slack's own chart. From the data alone."""

from typing import Final

from charts import native
from charts.contrast import Mix, Row, Side
from charts.expected import beyond_chance
from charts.korean import with_particle
from charts.phrases import WEEKS, joined, messages, nothing, points, span_text
from charts.style import Locale
from charts.table import Rows
from charts.words import percent
from emotion.labels import NAMES

_UNIT: Final[dict[Locale, str]] = {"en": "% of messages", "ko": "글의 비율(%)"}

Spans = tuple[str, str]
"""What the periods are called, the later one first."""


def facts(mix: Mix, locale: Locale, spans: Spans | None = None) -> list[str]:
    """Two or three sentences: what leads, what changed most and whether chance explains it, how much was written.

    Where a period has nothing to show, it says so.
    """
    now, before = spans or WEEKS[locale]
    if not mix.rows:
        hidden = mix.now.counts is None or mix.before.counts is None
        return [nothing(locale), *([_amounts(mix, now, before, locale)] if hidden else [])]
    said = [_leading(mix, now, before, locale)] if mix.now.total else []
    if mix.comparable:
        said.append(largest_said(mix, locale))
    said.append(_amounts(mix, now, before, locale))
    return said


def alt_text(mix: Mix, locale: Locale, spans: Spans | None = None) -> str:
    """What the picture shows and says, with every bar; at most 1,000 characters."""
    now, before = spans or WEEKS[locale]
    if locale == "en":
        kind = f"Bars with the share of each feeling, {now} beside {before}."
    else:
        kind = f"감정마다 {with_particle(now, '과', '와')} {before}의 비율을 나란히 나타낸 막대그래프예요."
    values = ", ".join(_bar(row, mix, locale) for row in mix.rows)
    return joined([kind, *facts(mix, locale, spans)], f"{values}." if values else "")


def rows(mix: Mix) -> Rows:
    """A row an emotion, the most frequent first; a period that may not be shown is empty."""
    made: Rows = [("emotion", "messages", "share", "messages_before", "share_before", "points")]
    for row in mix.rows:
        cells = (_cells(side, row, share) for side, share in ((mix.now, row.now), (mix.before, row.before)))
        made.append((row.emotion.value, *(c for pair in cells for c in pair), row.points if mix.comparable else ""))
    return made


def block(mix: Mix, locale: Locale, title: str, spans: Spans | None = None) -> native.Block | None:
    """Slack's grouped bars; None where either period has nothing to show."""
    if not mix.comparable:
        return None
    series = {
        name: [round(share * 100) for share in shares]
        for name, shares in zip(
            spans or WEEKS[locale],
            ([row.now for row in mix.rows], [row.before for row in mix.rows]),
            strict=True,
        )
    }
    names = [NAMES[locale][row.emotion] for row in mix.rows]
    return native.chart("bar", title, names, series, unit=_UNIT[locale])


def surely(row: Row, mix: Mix) -> bool:
    """Whether the difference, picked from all rows, is more than chance does: the z-test of two shares."""
    one, other = mix.now.total, mix.before.total
    pooled = (row.now * one + row.before * other) / (one + other)
    error = (pooled * (1 - pooled) * (1 / one + 1 / other)) ** 0.5
    return abs(row.now - row.before) > float(beyond_chance(len(mix.rows)) * error)


def largest(mix: Mix) -> Row:
    """The emotion whose share changed most; of equals the more frequent."""
    return max(mix.rows, key=lambda row: abs(row.now - row.before))


def _leading(mix: Mix, now: str, before: str, locale: Locale) -> str:
    top = mix.rows[0]
    name, share = NAMES[locale][top.emotion], percent(top.now, locale)
    if not mix.before.total:
        if locale == "en":
            return f"Most frequent: {name} with {share} ({now})."
        return f"{with_particle(now, '은', '는')} {with_particle(name, '이', '가')} {share}로 가장 많아요."
    earlier = max(mix.rows, key=lambda row: row.before)
    other, other_share = NAMES[locale][earlier.emotion], percent(earlier.before, locale)
    if locale == "en":
        if earlier.emotion is top.emotion:
            return f"Most frequent in both: {name} with {share} ({now}) and {other_share} ({before})."
        return f"Most frequent: {name} with {share} ({now}), {other} with {other_share} ({before})."
    if earlier.emotion is top.emotion:
        return f"{with_particle(name, '이', '가')} {before}({other_share})에 이어 {now}에도({share}) 가장 많아요."
    return (
        f"{with_particle(now, '은', '는')} {with_particle(name, '이', '가')} {share}로, "
        f"{with_particle(before, '은', '는')} {with_particle(other, '이', '가')} {other_share}로 가장 많았어요."
    )


def largest_said(mix: Mix, locale: Locale) -> str:
    """Which share changed most, in a sentence, and whether chance explains it; both periods have messages."""
    row = largest(mix)
    if not row.points:
        return "No share changed." if locale == "en" else "달라진 비율은 없어요."
    name, size = NAMES[locale][row.emotion], points(row, locale)
    sure = surely(row, mix)
    if locale == "en":
        doubt = "" if sure else ", but that can be chance"
        shares = f"{percent(row.before, locale)} to {percent(row.now, locale)}"
        return f"{name.capitalize()} changed most: {size} ({shares}){doubt}."
    doubt = "" if sure else " 우연일 수도 있는 차이예요."
    shares = f"{percent(row.before, locale)}→{percent(row.now, locale)}"
    return f"가장 크게 달라진 것은 {with_particle(name, '이에요', '예요')}: {size}({shares}).{doubt}"


def _amounts(mix: Mix, now: str, before: str, locale: Locale) -> str:
    said = []
    for side, name in ((mix.now, now), (mix.before, before)):
        dates = span_text(side.first, side.last, locale, year=False)
        if side.counts is not None:
            amount = messages(side.total, locale)
        elif locale == "en":
            amount = f"not shown, it takes {side.minimum_people} people or more"
        else:
            amount = f"{side.minimum_people}명 이상일 때만 보여 드려요"
        said.append(f"{name} ({dates}): {amount}")
    return (said[0][:1].upper() + said[0][1:]) + "; " + said[1] + "."


def _bar(row: Row, mix: Mix, locale: Locale) -> str:
    name = NAMES[locale][row.emotion]
    if not mix.comparable:
        return f"{name} {percent(row.now or row.before, locale)}"
    return f"{name} {percent(row.now, locale)} ({percent(row.before, locale)})"


def _cells(side: Side, row: Row, share: float) -> tuple[str | int | float, str | int | float]:
    if side.counts is None:
        return "", ""
    return side.counts.get(row.emotion, 0), round(share, 3)
