"""The mood picture: each bucket a bar of shares, feelings named beside the last one, the number of messages below."""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts import keys, style, timeline, words
from charts.keys import Entry
from charts.series import Series
from charts.sheet import HEAD, MARGIN, Box, Panel, Sheet
from charts.style import LIGHT, Locale, Theme
from charts.timeline import BAR
from emotion.labels import NAMES, Emotion

NAMED: Final = 0.08
"""A feeling with so large a part of the last bar is named beside it, any other in the key."""

# Places on the paper, in inches.
_LEFT: Final = 0.68
_RIGHT: Final = 0.24  # half a date, where no names stand
_NAMES: Final[dict[Locale, float]] = {"en": 0.64, "ko": 0.48}
_LEADER: Final = 0.2  # from the panel to the names
_SHARES_TOP, _SHARES_BOTTOM = HEAD + 0.12, 2.9
_COUNTS_TOP, _COUNTS_BOTTOM = 3.22, 3.76
_APART: Final = 0.195  # between two names, one above the other


def mood(series: Series, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT) -> Figure:
    """Draw the series: shares of the seven emotions, stacked, and the count of messages under the same x.

    A bucket without messages is a gap; a suppressed one is hatched and a note says why. An empty series
    gives a picture that says so. `title` and `subtitle` may hold anything: what no font has is replaced, what is too
    long ends in an ellipsis. FontMissing where Hangul cannot be drawn. Touches no global setting and may run in any
    thread.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    named = _named(series)
    beside = MARGIN + _NAMES[locale] + _LEADER if named else _RIGHT
    right = sheet.width - beside
    upper = sheet.panel(Box(_LEFT, _SHARES_TOP, right, _SHARES_BOTTOM), timeline.across(series), (0, 1), "shares")
    _scale(upper)
    _stack(upper, series)
    _names(upper, series, named)
    lower = timeline.counts(sheet, series, Box(_LEFT, _COUNTS_TOP, right, _COUNTS_BOTTOM))
    for panel in (upper, lower):
        timeline.hidden(panel, series)
    timeline.dates(sheet, lower, series)
    if not series.total and not series.suppressed:
        keys.nothing(sheet, (_LEFT + right) / 2, upper.down(0.5) - 0.2)
    line = lower.box.bottom + timeline.DATES
    entries = _key(series, named, locale)
    return sheet.end(keys.key(sheet, entries, line + 0.24) if entries else line + 0.14)


def _named(series: Series) -> Sequence[Emotion]:
    """What is named beside the last bar, from below."""
    shares = _last(series)[1]
    return [emotion for emotion in style.PALETTE if shares.get(emotion, 0) >= NAMED]


def _last(series: Series) -> tuple[int, Mapping[Emotion, float]]:
    """The place and the shares of the last bar; no shares where there is none."""
    found = [(place, bucket.shares) for place, bucket in enumerate(series.buckets) if bucket.shares]
    place, shares = found[-1] if found else (0, None)
    return place, shares or {}


def _scale(panel: Panel) -> None:
    sheet = panel.sheet
    for share in (0, 0.5, 1):
        panel.rule(share, colour=None if share else sheet.theme.hatch)
        sheet.text(words.percent(share, sheet.locale), panel.box.left - 0.1, panel.down(share), anchor="right",
                   centred=True, colour=sheet.theme.quiet_ink)  # fmt: skip


def _stack(panel: Panel, series: Series) -> None:
    """From below in the order of the palette, each over the ones before, with a thin line of the ground between."""
    shown = [(place, bucket.shares) for place, bucket in enumerate(series.buckets) if bucket.shares]
    floor = dict.fromkeys((place for place, _ in shown), 0.0)
    for emotion, colour in style.PALETTE.items():
        bars = [(place - BAR / 2, floor[place], BAR, shares[emotion]) for place, shares in shown if shares[emotion]]
        panel.bars(
            bars, emotion.value, facecolor=colour, edgecolor=panel.sheet.theme.background, linewidth=0.7, zorder=2
        )
        for place, shares in shown:
            floor[place] += shares[emotion]


def _names(panel: Panel, series: Series, named: Sequence[Emotion]) -> None:
    """Beside the panel, each at the height of its part of the last bar, or near it, with a line from there."""
    place, shares = _last(series)
    middles, floor = {}, 0.0
    for emotion in style.PALETTE:
        middles[emotion] = panel.down(floor + shares.get(emotion, 0) / 2)
        floor += shares.get(emotion, 0)
    sheet, names = panel.sheet, panel.box.right + _LEADER
    lines = settled([middles[emotion] for emotion in reversed(named)], _APART, panel.box.top, panel.box.bottom)
    for emotion, line in zip(reversed(named), lines, strict=True):
        start, height = panel.across(place + BAR / 2), middles[emotion]
        way = ([start, max(start, panel.box.right), names - 0.06], [height, height, line])
        look = {"color": style.PALETTE[emotion], "linewidth": 1.2, "zorder": 2}
        sheet.add(Line2D(*way, **look), sheet.inches, f"names.{emotion.value}")  # type: ignore[arg-type]
        sheet.text(NAMES[sheet.locale][emotion], names, line, centred=True, name="name")


def settled(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places in the order of what is wanted, near it, at least a gap apart and between the ends, if they have room."""
    found: list[float] = []
    for place in wanted:
        found.append(max(place, found[-1] + gap if found else low))
    limit = high
    for number in range(len(found) - 1, -1, -1):
        found[number] = min(found[number], limit)
        limit = found[number] - gap
    return found


def _key(series: Series, named: Sequence[Emotion], locale: Locale) -> list[Entry]:
    """What else occurs, from above as in the bars, and what is hatched."""
    counted = series.counts
    others = [emotion for emotion in reversed(tuple(style.PALETTE)) if counted[emotion] and emotion not in named]
    entries = [Entry("block", style.PALETTE[emotion], NAMES[locale][emotion]) for emotion in others]
    if series.suppressed:
        entries.append(Entry("hatch", "", words.few_people(series.minimum_people, locale)))
    return entries
