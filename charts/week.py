"""The week by hour and weekday: a square an hour, its size how much was written, its colour how it felt."""

from typing import Final

from matplotlib.figure import Figure

from charts import keys
from charts.moments import HOURS, WEEKDAYS, Week, step, total, valence
from charts.phrases import hour_text, weekday_text
from charts.sheet import HEAD, MARGIN, Box, Sheet
from charts.style import LIGHT, Locale, Theme

_NAMES: Final = 0.42  # inches for the names of the weekdays
_CELL: Final = 0.21
_ROW: Final = 0.26
_BARS: Final = 0.46  # inches that the longest bar above takes
_BESIDE: Final = 0.5  # and the longest one at the side
_FILL: Final = 0.93  # of a cell that the largest square takes
_EVERY: Final = 6  # hours between two that are written


def week(of: Week, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT) -> Figure:
    """Draw the week, Monday first, in the zone of its readings, with the sums of hours above and of weekdays beside.

    An hour in which nothing was written is a small dot. The squares' areas tell how much; what an hour felt like is the
    mean valence. Promises of titles, fonts and threads as in `charts.mood`.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    bottom = draw(sheet, of, MARGIN, HEAD + 0.08)
    keys.feeling_key(sheet, bottom + 0.26, _CELL * _FILL)
    return sheet.end(bottom + 0.26 + keys.ROW)


def draw(sheet: Sheet, of: Week, left: float, top: float) -> float:
    """On the paper from there on; where it ends."""
    quiet = sheet.theme.quiet_ink
    first, upper = left + _NAMES, top + _BARS + 0.05
    box = Box(first, upper, first + HOURS * _CELL, upper + WEEKDAYS * _ROW)
    panel = sheet.panel(box, (-0.5, HOURS - 0.5), (WEEKDAYS - 0.5, -0.5), "week")
    cells = {(hour, day): counts for day, row in enumerate(of.cells) for hour, counts in enumerate(row)}
    full = {place: counts for place, counts in cells.items() if total(counts)}
    widths = keys.sides([total(counts) for counts in full.values()], _CELL * _FILL)
    keys.squares(
        panel, list(full), widths, [sheet.theme.scale[step(valence(counts))] for counts in full.values()], "hours"
    )
    keys.empties(panel, [place for place in cells if place not in full], _CELL)
    _sums(sheet, of, box, top)
    for day in range(WEEKDAYS):
        sheet.text(weekday_text(day, sheet.locale), left, panel.down(day), centred=True, colour=quiet, name="weekday")
    for hour in range(0, HOURS, _EVERY):
        sheet.text(hour_text(hour, sheet.locale), panel.across(hour) - _CELL / 2, box.bottom + 0.2, colour=quiet,
                   name="hour")  # fmt: skip
    if not full:
        keys.nothing(sheet, (box.left + box.right) / 2, (box.top + box.bottom) / 2, over_marks=True)
    return box.bottom + 0.24


def _sums(sheet: Sheet, of: Week, box: Box, top: float) -> None:
    hours, days = [total(counts) for counts in of.by_hour], [total(counts) for counts in of.by_weekday]
    above = sheet.panel(
        Box(box.left, top, box.right, box.top - 0.05), (-0.5, HOURS - 0.5), (0, max(*hours, 1)), "hours"
    )
    side = Box(box.right + 0.09, box.top, box.right + 0.09 + _BESIDE, box.bottom)
    beside = sheet.panel(side, (0, max(*days, 1)), (WEEKDAYS - 0.5, -0.5), "weekdays")
    grey = {"facecolor": sheet.theme.count}
    above.bars([(hour - 0.4, 0, 0.8, count) for hour, count in enumerate(hours) if count], "bars", **grey)
    beside.bars([(0, day - 0.36, count, 0.72) for day, count in enumerate(days) if count], "bars", **grey)
