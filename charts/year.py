"""A year of days: a square a day, its size how much was written, its colour how it felt.

The colour is the valence, not the leading feeling: on most days of work neutral leads, few messages are often tied, and
seven colours at once ask for a key at every look, while light and dark are read at a glance. The size, not the strength
of the colour, tells the volume, for a pale yellow would be taken for the middle of the scale.

In a channel's year, a week of which the whole alone may be shown is one bar, as wide as its mean day: no day of it is
claimed to have felt like that.
"""

from datetime import date
from typing import Final

from matplotlib.figure import Figure

from charts import keys
from charts.moments import DAY, MIDDLE, WEEKDAYS, Year, step, total, valence
from charts.phrases import month_text, weekday_text
from charts.sheet import HEAD, MARGIN, Box, Panel, Sheet, hatching
from charts.style import LIGHT, Locale, Theme
from charts.words import few_people

_NAMES: Final = 0.42
_CELL: Final = 0.21
_MOST_WEEKS: Final = 27
"""In one band; a longer year is drawn in two, for squares that can be seen on a telephone."""
_FILL: Final = 0.92
_MONTHS: Final = 0.22  # inches above a band
_APART: Final = 0.2  # bands
_NAMED: Final = (0, 2, 4)  # Monday, Wednesday, Friday
_WHOLE_WEEK: Final[dict[Locale, str]] = {"en": "a whole week", "ko": "한 주로 묶었어요"}
_GONE: Final[dict[Locale, str]] = {"en": "no longer kept", "ko": "보관 기간이 지났어요"}


def year(of: Year, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT) -> Figure:
    """Draw the days in columns of ISO weeks, Monday first, in two bands where there are more than 27 weeks.

    A day without messages, or of which nothing is kept any more, is a small dot; one that may not be shown is hatched.
    Promises of titles, fonts and threads as in `charts.mood`.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    line = HEAD + 0.06
    half = of.weeks if of.weeks <= _MOST_WEEKS else (of.weeks + 1) // 2
    for start in range(0, of.weeks, half):
        line = draw(sheet, of, start, min(half, of.weeks - start), MARGIN, line, _CELL) + _APART
    line += 0.1
    keys.feeling_key(sheet, line, _CELL * _FILL)
    entries = _entries(of, sheet)
    return sheet.end(keys.key(sheet, entries, line + keys.ROW) if entries else line + keys.ROW)


def _entries(of: Year, sheet: Sheet) -> list[keys.Entry]:
    """What needs explaining beyond size and colour, where there is some."""
    said = []
    if of.hidden:
        said.append(keys.Entry("hatch", "", few_people(of.minimum_people, sheet.locale)))
    if of.joined:
        said.append(keys.Entry("column", sheet.theme.scale[MIDDLE], _WHOLE_WEEK[sheet.locale]))
    if of.since:
        said.append(keys.Entry("dot", sheet.theme.hatch, _GONE[sheet.locale]))
    return said


def draw(sheet: Sheet, of: Year, start: int, weeks: int, left: float, top: float, cell: float) -> float:  # noqa: PLR0913, PLR0917 - a place on the paper
    """The weeks from the one numbered `start` on, as one band; where it ends. Small ones do without weekdays' names."""
    first = left + (_NAMES if cell >= _CELL else 0)
    box = Box(first, top + _MONTHS, first + weeks * cell, top + _MONTHS + WEEKDAYS * cell)
    panel = sheet.panel(box, (-0.5, weeks - 0.5), (WEEKDAYS - 0.5, -0.5), "year")
    monday = of.monday + start * WEEKDAYS * DAY
    dates = [monday + number * DAY for number in range(weeks * WEEKDAYS)]
    _days(panel, of, {day: ((day - monday).days // WEEKDAYS, day.weekday()) for day in dates}, cell)
    if cell >= _CELL:
        for day in _NAMED:
            sheet.text(weekday_text(day, sheet.locale), left, panel.down(day), centred=True, name="weekday",
                       colour=sheet.theme.quiet_ink)  # fmt: skip
    _months(panel, of, [day for day in dates if of.first <= day <= of.last], monday)
    if not of.days and not of.joined and not of.hidden and not start:
        keys.nothing(sheet, (box.left + box.right) / 2, (box.top + box.bottom) / 2, over_marks=True)
    return box.bottom


def _days(panel: Panel, of: Year, places: dict[date, tuple[int, int]], cell: float) -> None:
    sizes = _sizes(of, cell * _FILL)
    full = {day: place for day, place in places.items() if total(of.days.get(day, {}))}
    colours = [panel.sheet.theme.scale[step(valence(of.days[day]))] for day in full]
    keys.squares(panel, list(full.values()), [sizes[day] for day in full], colours, "days")
    joined = {week: place for week, place in places.items() if week in of.joined}
    for week, (column, _) in joined.items():
        days, width = of.joined_days(week), sizes[week]
        colour = panel.sheet.theme.scale[step(valence(of.joined[week]))]
        shape = keys.column(((days - 1) * cell + width) / width)
        panel.marks(shape, [(column, (days - 1) / 2)], [width], "weeks", facecolors=[colour])
    filled = {*full, *of.hidden, *(week + number * DAY for week in joined for number in range(WEEKDAYS))}
    empty = [day for day in places if of.first <= day <= of.last and day not in filled]
    keys.empties(panel, [places[day] for day in empty], cell)
    hidden = [(column - 0.42, row - 0.42, 0.84, 0.84) for day, (column, row) in places.items() if day in of.hidden]
    panel.bars(hidden, "suppressed", **hatching(panel.sheet.theme))


def _sizes(of: Year, largest: float) -> dict[date, float]:
    """How large the squares of days are, and how wide the bars of joined weeks: as their mean day would be."""
    means = {week: max(1, round(total(counts) / of.joined_days(week))) for week, counts in of.joined.items()}
    counts = {**{day: total(counts) for day, counts in of.days.items()}, **means}
    return dict(zip(counts, keys.sides(list(counts.values()), largest), strict=True))


def _months(panel: Panel, of: Year, dates: list[date], monday: date) -> None:
    """A name over the column in which a month begins, a January with its year where there is room, and over the first.

    One too near the next is left out.
    """
    sheet = panel.sheet
    starts = [day for day in dates if day.day == 1 or day == of.first]
    lefts = [panel.across((day - monday).days // WEEKDAYS - 0.46) for day in starts]
    rights = [*lefts[1:], sheet.width]
    for day, left, right in zip(starts, lefts, rights, strict=True):
        text = sheet.text("", left, panel.box.top - 0.09, colour=sheet.theme.quiet_ink, name="month")
        for said in ([month_text(day, sheet.locale, year=True)] if day.month == 1 else []) + [
            month_text(day, sheet.locale), ""
        ]:  # fmt: skip
            text.set_text(said)
            if left + sheet.measured(text) + 0.07 <= right:
                break
