"""What the line of valence says, in words, as rows and as Slack's own chart. From the data alone."""

from typing import Final

from charts import native, words
from charts.expected import Curve, Spot
from charts.phrases import (
    KOREAN_UNITS,
    comparison,
    counted,
    feeling,
    hidden,
    joined,
    messages,
    nothing,
    number,
    signed,
    span_text,
)
from charts.shift import Shift
from charts.style import Locale
from charts.table import Rows

_FEWEST: Final = 3
"""Messages of a bucket that may be called the best or the worst."""
_APART: Final = 0.1
"""In valence, between a best and a worst that are worth telling apart."""
_NAME: Final[dict[Locale, str]] = {"en": "mood", "ko": "기분"}
_SCALE: Final[dict[Locale, str]] = {"en": "−1 unpleasant, +1 pleasant", "ko": "−1 힘든 쪽, +1 즐거운 쪽"}


def facts(curve: Curve, locale: Locale) -> list[str]:
    """Two to four sentences: the mean, what changed from week to week, what stood out, what is not shown.

    Without messages, one or two.
    """
    series = curve.series
    unshown = [hidden(len(series.suppressed), series.minimum_people, locale, series.unit)] if series.suppressed else []
    if not curve.spots:
        return [nothing(locale), *unshown]
    said = [_mean(curve, locale)]
    if curve.change:
        said.append(comparison(curve.change, locale, full=True))
    extremes = _extremes(curve)
    if curve.shift:
        said.append(shift_said(curve, curve.shift, locale))
    elif extremes:
        said.append(_best_and_worst(curve, *extremes, locale))
    if len(said) == 1:
        said.append(_range(curve, locale))
    return [*said, *unshown]


def alt_text(curve: Curve, locale: Locale) -> str:
    """What the picture shows and says, with each bucket's value where there is room; at most 1,000 characters."""
    series = curve.series
    dates = span_text(series.start.date(), series.buckets[-1].last_date, locale)
    if locale == "en":
        kind = f"Line of how pleasant messages were, one point a {series.unit}, {dates}; −1 is unpleasant, +1 pleasant."
    else:
        each = "하루" if series.unit == "day" else "한 주"
        kind = f"{dates}의 기분을 {each}에 점 하나씩 이은 선 그래프예요. −1은 힘든 쪽, +1은 즐거운 쪽이에요."
    values = ", ".join(
        f"{words.date_text(series.buckets[spot.place], locale)} {signed(spot.value, locale)}" for spot in curve.spots
    )
    head = "Values" if locale == "en" else "값"
    return joined([kind, *facts(curve, locale)], f"{head}: {values}." if values else "")


def rows(curve: Curve) -> Rows:
    """A row a bucket, with its first and last date; what is not shown or not there is empty."""
    by_place = {spot.place: spot for spot in curve.spots}
    made: Rows = [("start", "end", "messages", "valence", "low", "high", "shown")]
    for place, bucket in enumerate(curve.series.buckets):
        dates = (bucket.start.date().isoformat(), bucket.last_date.isoformat())
        spot = by_place.get(place)
        if spot:
            made.append((*dates, spot.count, round(spot.value, 3), round(spot.low, 3), round(spot.high, 3), "yes"))
        else:
            made.append((*dates, "" if bucket.suppressed else 0, "", "", "", "no" if bucket.suppressed else "yes"))
    return made


def block(curve: Curve, locale: Locale, title: str) -> native.Block | None:
    """Slack's line, where there is no gap and at most 20 buckets; else None, for its line cannot break."""
    if len(curve.spots) != len(curve.series.buckets):
        return None
    dates = [words.date_text(bucket, locale) for bucket in curve.series.buckets]
    values = [round(spot.value, 2) for spot in curve.spots]
    return native.chart("line", title, dates, {_NAME[locale]: values}, unit=_SCALE[locale])


def _mean(curve: Curve, locale: Locale) -> str:
    series, mean = curve.series, curve.mean
    whole, shown = len(series.buckets), len(curve.spots)
    said = messages(series.total, locale)
    if locale == "en":
        units = counted(whole, series.unit, series.unit + "s")
        many = f"{shown} of {units}" if shown != whole else units
        return f"The mean is {signed(mean, locale)}, {feeling(mean, locale)}, over {said} in {many}."
    unit = KOREAN_UNITS[series.unit]
    many = f"{whole}{unit} 중 {shown}{unit}" if shown != whole else f"{number(whole, locale)}{unit}"
    return f"{many} 동안 쓴 {said}의 평균은 {signed(mean, locale)}, {feeling(mean, locale)}이에요."


def shift_said(curve: Curve, shift: Shift, locale: Locale) -> str:
    """When the level changed at once, and from what to what, in a sentence."""
    date = words.date_text(curve.series.buckets[shift.place], locale)
    before, after = signed(shift.before, locale), signed(shift.after, locale)
    if locale == "en":
        return f"The level shifted from {date} on: {before} before, {after} since."
    return f"{date}부터 기분이 {before}에서 {after} 수준으로 달라졌어요."


def _extremes(curve: Curve) -> tuple[Spot, Spot] | None:
    enough = [spot for spot in curve.spots if spot.count >= _FEWEST]
    best, worst = (choose(enough, key=lambda spot: spot.value, default=None) for choose in (max, min))
    return (best, worst) if best and worst and best.value - worst.value >= _APART else None


def _best_and_worst(curve: Curve, best: Spot, worst: Spot, locale: Locale) -> str:
    (high, highest), (low, lowest) = (
        (words.date_text(curve.series.buckets[spot.place], locale), signed(spot.value, locale))
        for spot in (best, worst)
    )
    weekly = curve.series.unit == "week"
    if locale == "en":
        from_ = "the week from " if weekly else ""
        return f"The most pleasant was {from_}{high} ({highest}), the least {from_}{low} ({lowest})."
    week, end = ("에 시작한 주", "예요") if weekly else ("", "이에요")
    return f"가장 즐거웠던 때는 {high}{week}({highest}), 가장 힘들었던 때는 {low}{week}({lowest}){end}."


def _range(curve: Curve, locale: Locale) -> str:
    if curve.series.total < _FEWEST:
        return "That is too little to call it a mood." if locale == "en" else "기분을 말하기에는 아직 글이 적어요."
    low, high = min(spot.low for spot in curve.spots), max(spot.high for spot in curve.spots)
    if locale == "en":
        return f"Chance alone could put it between {signed(low, locale)} and {signed(high, locale)}."
    return f"우연을 감안하면 {signed(low, locale)}에서 {signed(high, locale)} 사이일 수 있어요."
