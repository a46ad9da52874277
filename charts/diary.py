"""One person's page: what changed, the line, the mix, the week, the days that stood out, the year."""

from typing import Final

from matplotlib.figure import Figure

from charts import keys, mix, style, valence, week, year
from charts import tell_diary as tell
from charts.moments import step
from charts.moments import valence as mean
from charts.sheet import HEAD, MARGIN, Box, Sheet
from charts.style import LIGHT, Locale, Theme
from charts.summary import Summary

_MIDDLE: Final = 3.3  # inches from the left, where the second column begins
_HEADING: Final = 0.3  # inches from one to what it is over
_APART: Final = 0.36  # from what ends to the next heading
_LINE: Final = 2.05  # the height of the line and its dates
_MIX_ROW: Final = 0.29
_YEAR_CELL: Final = 0.11
_SQUARE: Final = 0.17


def diary(of: Summary, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT) -> Figure:
    """Draw the page, 6.4 inches wide and about half as high again. For the person's own eyes.

    A part without readings says so. Promises of titles, fonts and threads as in `charts.mood`.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    line = HEAD + 0.2
    for said in tell.changes(of, locale):
        line = sheet.wrapped(said, MARGIN, line, sheet.width - 2 * MARGIN)
    line = _both(sheet, of, line + 0.13)
    line = _heading(sheet, "week", line)
    line = week.draw(sheet, of.week, MARGIN, line - 0.06)
    if of.strong:
        line = _strong(sheet, of, _heading(sheet, "strong", line + _APART))
    line = _heading(sheet, "year", line + _APART)
    line = year.draw(sheet, of.year, 0, of.year.weeks, MARGIN, line - 0.02, _YEAR_CELL)
    keys.feeling_key(sheet, line + 0.3, _SQUARE)
    return sheet.end(line + 0.3 + keys.ROW)


def _heading(sheet: Sheet, name: str, line: float, left: float = MARGIN) -> float:
    sheet.text(tell.HEADINGS[sheet.locale][name], left, line, points=style.SUBTITLE_POINTS, name="heading")
    return line + _HEADING - 0.1


def _both(sheet: Sheet, of: Summary, top: float) -> float:
    """The line at the left, the mix at the right."""
    _heading(sheet, "line", top)
    _heading(sheet, "mix", top, _MIDDLE)
    under = top + _HEADING - 0.2
    valence.draw(sheet, of.curve, Box(MARGIN, under, _MIDDLE - 0.14, under + _LINE), counts=False)
    right = Box(_MIDDLE, under + 0.16, sheet.width - MARGIN, 0)
    bottom = mix.draw_small(sheet, of.mix, right, row=_MIX_ROW, before=tell.SPANS[sheet.locale][1])
    return max(under + _LINE, bottom) + _APART


def _strong(sheet: Sheet, of: Summary, line: float) -> float:
    """A square in the day's colour, and words."""
    panel = sheet.panel(Box(0, 0, sheet.width, 1), (0, sheet.width), (1, 0), "strong")
    middles = [line + 0.06 + number * keys.ROW for number in range(len(of.strong))]
    colours = [sheet.theme.scale[step(mean(one.counts))] for one in of.strong]
    places = [(MARGIN + _SQUARE / 2, middle) for middle in middles]
    keys.squares(panel, places, [_SQUARE] * len(places), colours, "days")
    for one, middle in zip(of.strong, middles, strict=True):
        why, when, what = tell.stood_out(one, sheet.locale)
        text = sheet.text(f"{why} {when}", MARGIN + _SQUARE + 0.1, middle, centred=True, name="strong")
        end = MARGIN + _SQUARE + 0.1 + sheet.measured(text)
        sheet.text(f"· {what}", end + 0.06, middle, centred=True, colour=sheet.theme.quiet_ink, name="strong")
    return middles[-1] + keys.ROW / 2
