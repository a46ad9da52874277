"""The line of valence: a band of how sure it is, breaks where nothing can be shown, and where it changed at once."""

from typing import Any, Final

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path

from charts import keys, timeline, words
from charts.expected import Curve, Spot
from charts.keys import Entry
from charts.moments import step
from charts.phrases import comparison, signed
from charts.sheet import HEAD, MARGIN, Box, Panel, Sheet
from charts.style import LIGHT, Locale, Theme

_BOTTOM: Final = 4.02  # inches: where dates end
_LEFT, _RIGHT = 0.68, 0.24  # inches beside the panel, for the numbers and half a date
_BETWEEN: Final = 0.31  # panels
_COUNTS: Final = 0.5
_LIMITS: Final = (0.2, 0.4, 0.6, 0.8)
_DOT, _SMALL_DOT = 0.105, 0.08  # inches
_FEW_SPOTS: Final = 16
_DISC: Final = Path.circle(radius=0.5)
_BAND_KEY: Final[dict[Locale, str]] = {"en": "95% range", "ko": "95% 범위"}
_LINE_KEY: Final[dict[Locale, dict[str, str]]] = {
    "en": {"day": "mean of the day", "week": "mean of the week"},
    "ko": {"day": "하루 평균", "week": "한 주 평균"},
}
_SHIFT: Final[dict[Locale, str]] = {"en": "shift from {date}", "ko": "{date}부터 달라짐"}


def valence(curve: Curve, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT) -> Figure:
    """Draw the curve, and the number of messages under it. Colours tell pleasant from unpleasant, as in every picture.

    Runs without a gap are one line; a bucket alone is a dot with a bar for its range. A suppressed bucket is hatched.
    Promises of titles, fonts and threads as in `charts.mood`.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    draw(sheet, curve, Box(MARGIN, HEAD, sheet.width, _BOTTOM))
    return sheet.end(_key(sheet, curve, _BOTTOM + 0.24))


def draw(sheet: Sheet, curve: Curve, box: Box, *, counts: bool = True) -> None:
    """On a part of the paper, with its dates; `counts` adds the words around it and the numbers of messages below."""
    left, right = box.left + _LEFT - MARGIN, box.right - _RIGHT
    low = box.bottom - timeline.DATES - (_COUNTS + _BETWEEN if counts else 0)
    limit = _limit(curve)
    across = timeline.across(curve.series)
    upper = sheet.panel(Box(left, box.top + 0.26, right, low), across, (-limit, limit), "valence")
    _scale(upper, limit)
    _line(upper, curve)
    _levels(upper, curve)
    if counts:
        _words(upper, curve)
    panels = [upper]
    if counts:
        lower = Box(left, low + _BETWEEN, right, low + _BETWEEN + _COUNTS)
        panels.append(timeline.counts(sheet, curve.series, lower))
    for panel in panels:
        timeline.hidden(panel, curve.series)
    timeline.dates(sheet, panels[-1], curve.series)
    if not curve.spots and not curve.series.suppressed:
        keys.nothing(sheet, (left + right) / 2, upper.down(0) - 0.2)


def _limit(curve: Curve) -> float:
    """How far the scale goes either way: the same for up and down, so that the middle is neither."""
    furthest = max((max(abs(spot.low), abs(spot.high)) for spot in curve.spots), default=0)
    room = 0.86 if curve.shift else 0.98
    return next((limit for limit in _LIMITS if furthest <= limit * room), _LIMITS[-1])


def _scale(panel: Panel, limit: float) -> None:
    sheet, quiet = panel.sheet, panel.sheet.theme.quiet_ink
    for value in (limit, limit / 2, 0, -limit / 2, -limit):
        panel.rule(value, colour=sheet.theme.hatch if value == 0 else None)
    for value in (limit, 0, -limit):
        said = signed(value, sheet.locale, digits=1) if value else "0"
        sheet.text(said, panel.box.left - 0.1, panel.down(value), anchor="right", centred=True, colour=quiet)


def _line(panel: Panel, curve: Curve) -> None:
    theme = panel.sheet.theme
    bands: list[list[tuple[float, float]]] = []
    lines: list[tuple[float, float]] = []
    for run in curve.runs:
        if len(run) > 1:
            lows, highs = [(s.place, s.low) for s in run], [(s.place, s.high) for s in run]
            bands.append([*lows, *highs[::-1]])
            lines += [(spot.place, spot.value) for spot in run] + [(np.nan, np.nan)]
        else:
            bands.append(_bar(run[0]))
    if bands:
        area = PolyCollection(bands, facecolors=theme.band, linewidths=0)
        area.set_zorder(2)
        panel.add(area, "band")
    if lines:
        xs, ys = zip(*lines, strict=True)
        panel.add(Line2D(xs, ys, color=theme.quiet_ink, linewidth=1.6, zorder=3, solid_joinstyle="round"), "line")
    if curve.spots:
        size = _DOT if len(curve.series.buckets) <= _FEW_SPOTS else _SMALL_DOT
        panel.marks(
            _DISC, [(spot.place, spot.value) for spot in curve.spots], [size] * len(curve.spots), "spots", zorder=4,
            facecolors=[theme.scale[step(spot.value)] for spot in curve.spots],
            edgecolors=theme.background, linewidths=0.9,
        )  # fmt: skip


def _bar(spot: Spot) -> list[tuple[float, float]]:
    """The range of a bucket that stands alone."""
    left, right = spot.place - 0.16, spot.place + 0.16
    return [(left, spot.low), (right, spot.low), (right, spot.high), (left, spot.high)]


def _levels(panel: Panel, curve: Curve) -> None:
    """A sudden change: where it was, and the level on either side."""
    shift = curve.shift
    if not shift:
        return
    edge, (first, last) = shift.place - 0.5, panel.x
    look: dict[str, Any] = {"color": panel.sheet.theme.ink, "linewidth": 1.1, "zorder": 3.5}
    panel.add(Line2D([edge, edge], panel.y, linestyle=(0, (3, 2)), **look), "shift")
    for level, x in ((shift.before, (first, edge)), (shift.after, (edge, last))):
        panel.add(Line2D(x, [level, level], linestyle=(0, (1, 1.6)), **look), "level")


def _words(panel: Panel, curve: Curve) -> None:
    """What is up and what is down, what changed since last week, and when the level did."""
    sheet, box, quiet = panel.sheet, panel.box, panel.sheet.theme.quiet_ink
    sheet.text(keys.VERY_HIGH[sheet.locale], box.left, box.top - 0.09, colour=quiet, name="up")
    sheet.text(keys.VERY_LOW[sheet.locale], box.left, box.bottom + 0.21, colour=quiet, name="down")
    if curve.change:
        sheet.text(comparison(curve.change, sheet.locale), box.right, box.top - 0.09, anchor="right", name="change")
    shift = curve.shift
    if not shift:
        return
    at = panel.across(shift.place - 0.5)
    right_side = at < (box.left + box.right) / 2
    near = [spot for spot in curve.spots if (spot.place >= shift.place) == right_side]
    up = max(spot.high for spot in near) < -min(spot.low for spot in near)
    date = words.date_text(curve.series.buckets[shift.place], sheet.locale)
    said = sheet.text(
        _SHIFT[sheet.locale].format(date=date), at + (0.09 if right_side else -0.09),
        box.top + 0.2 if up else box.bottom - 0.1, anchor="left" if right_side else "right", name="shift.said",
    )  # fmt: skip
    said.set_bbox({"facecolor": sheet.theme.background, "linewidth": 0, "pad": 1.5})  # over hatching


def _key(sheet: Sheet, curve: Curve, line: float) -> float:
    theme, locale, unit = sheet.theme, sheet.locale, curve.series.unit
    entries = []
    if curve.spots:
        entries += [
            Entry("line", theme.quiet_ink, _LINE_KEY[locale][unit]),
            Entry("block", theme.band, _BAND_KEY[locale]),
        ]
    if curve.series.suppressed:
        entries.append(Entry("hatch", "", words.few_people(curve.series.minimum_people, locale)))
    return keys.key(sheet, entries, line)
