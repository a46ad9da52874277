"""Two periods side by side: for each feeling a bar for this one and one for the one before, and the difference."""

from functools import lru_cache
from typing import Final

from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts import keys, style
from charts.contrast import Mix, Row, Side
from charts.keys import Entry
from charts.phrases import WEEKS, messages, points, span_text
from charts.sheet import HEAD, MARGIN, Box, Panel, Sheet
from charts.style import LIGHT, Locale, Theme
from charts.words import few_people, percent
from emotion.labels import NAMES

_NAME: Final[dict[Locale, float]] = {"en": 0.84, "ko": 0.68}  # inches for the names
_DIFFERENCE: Final = 0.86  # and for the differences at the right
_SMALL_DIFFERENCE: Final = 0.62
_LABEL: Final = 0.52  # beyond the longest bar
_ROW: Final = 0.44
_THICK, _THIN = 0.155, 0.11


def mix(  # noqa: PLR0913 - what is drawn, and in which words and colours
    of: Mix, *, locale: Locale, title: str, subtitle: str, theme: Theme = LIGHT, spans: tuple[str, str] | None = None
) -> Figure:
    """Draw the shares, the most frequent first. `spans` is what the two periods are called, the later one first.

    A period that may not be shown has no bars, and the key says why. Promises of titles, fonts and threads as in
    `charts.mood`.
    """
    sheet = Sheet(theme=theme, locale=locale)
    sheet.head(title, subtitle)
    bottom = draw(sheet, of, Box(MARGIN, HEAD + 0.1, sheet.width - MARGIN, 0))
    return sheet.end(_key(sheet, of, bottom + 0.2, spans or WEEKS[locale]))


def draw(sheet: Sheet, of: Mix, box: Box, *, row: float = _ROW) -> float:
    """On the paper from the top of a box on; where it ends."""
    theme, locale = sheet.theme, sheet.locale
    rows = of.rows
    if not rows:
        keys.nothing(sheet, (box.left + box.right) / 2, box.top + 0.9)
        return box.top + 1.6
    panel = _panel(sheet, of, box, row, _DIFFERENCE)
    for place, one in enumerate(rows):
        _row(panel, of, one, place, row)
        sheet.text(NAMES[locale][one.emotion], box.left, panel.down(place), centred=True, name="name")
        if of.comparable:
            said, colour = points(one, locale), theme.ink if one.points else theme.quiet_ink
            sheet.text(said, box.right, panel.down(place), anchor="right", centred=True, colour=colour,
                       name="difference")  # fmt: skip
    return box.top + row * len(rows)


def draw_small(sheet: Sheet, of: Mix, box: Box, *, row: float, before: str) -> float:
    """As `draw`, one bar a feeling: this period; an upright line marks where the one before was.

    `before` is what that one is called, in the key below.
    """
    theme, locale = sheet.theme, sheet.locale
    rows = of.rows
    if not rows:
        return draw(sheet, of, box)
    panel = _panel(sheet, of, box, row, _SMALL_DIFFERENCE)
    for place, one in enumerate(rows):
        middle, half = panel.down(place), _THICK / row / 2
        panel.bars([(0, place - half, one.now, 2 * half)], "now", facecolor=style.PALETTE[one.emotion])
        if of.before.total:
            mark = Line2D([one.before] * 2, [place - half * 1.5, place + half * 1.5], color=theme.ink, linewidth=1.3)
            panel.add(mark, "before")
        sheet.text(NAMES[locale][one.emotion], box.left, middle, centred=True, name="name")
        sheet.text(percent(one.now, locale), _free(panel, one, of), middle, centred=True, name="now.share")
        if of.comparable:
            sheet.text(points(one, locale), box.right, middle, anchor="right", centred=True, name="difference",
                       colour=theme.quiet_ink)  # fmt: skip
    if of.comparable:
        line = panel.box.bottom + 0.12
        mark = Line2D([box.left + 0.05] * 2, [line - 0.08, line + 0.08], color=theme.ink, linewidth=1.3)
        sheet.add(mark, sheet.inches, "key.mark")
        sheet.text(before, box.left + 0.14, line, centred=True, colour=theme.quiet_ink, name="key")
    return panel.box.bottom + 0.2


def _panel(sheet: Sheet, of: Mix, box: Box, row: float, difference: float) -> Panel:
    """Where the bars stand, so many inches a row: between the names and the differences, which take that many."""
    rows = of.rows
    left, right = box.left + _NAME[sheet.locale], box.right - (difference if of.comparable else 0) - _LABEL
    longest = max(max(one.now, one.before) for one in rows)
    whole = Box(left, box.top, right, box.top + row * len(rows))
    return sheet.panel(whole, (0, longest), (len(rows) - 0.5, -0.5), "mix")


def _free(panel: Panel, row: Row, of: Mix) -> float:
    """Where the share is written: after the bar, or after the upright line where that would go through the letters."""
    end, mark = panel.across(row.now), panel.across(row.before)
    return (mark if of.before.total and end - 0.05 < mark < end + _LABEL else end) + 0.07


def _row(panel: Panel, of: Mix, row: Row, place: int, height: float) -> None:
    """This period's bar above, the other's below, thinner and paler; each with its share at its end."""
    sheet = panel.sheet
    colour = style.PALETTE[row.emotion]
    pair = [(row.now, _THICK, colour, sheet.theme.ink, "now")] if of.now.total else []
    if of.before.total:
        pale = blended(colour, sheet.theme.background, sheet.theme.soft)
        pair.append((row.before, _THIN, pale, sheet.theme.quiet_ink, "before"))
    whole = 0.185 if len(pair) > 1 else 0
    for offset, (share, thick, fill, ink, what) in zip((-whole / 2, whole / 2), pair, strict=False):
        middle = place + offset / height
        edge = {"edgecolor": colour, "linewidth": 0.7} if what == "before" and share else {}
        panel.bars([(0, middle - thick / height / 2, share, thick / height)], what, facecolor=fill, **edge)
        sheet.text(percent(share, sheet.locale), panel.across(share) + 0.07, panel.down(middle), centred=True,
                   colour=ink, name=f"{what}.share")  # fmt: skip


def _key(sheet: Sheet, of: Mix, line: float, spans: tuple[str, str]) -> float:
    """A line for each period: what it is called, when it was, how much was written; or why it is not shown."""
    theme = sheet.theme
    looks = (theme.count, blended(theme.count, theme.background, theme.soft))
    for side, said, colour in zip((of.now, of.before), spans, looks, strict=True):
        if side.counts is None:
            text = f"{said}: {few_people(side.minimum_people, sheet.locale)}"
            line = keys.key(sheet, [Entry("hatch", "", text)], line)
        else:
            line = keys.key(sheet, [Entry("block", colour, f"{said} · {dated(side, sheet.locale)}")], line)
    return line


def dated(side: Side, locale: Locale) -> str:
    """When a period was and how much was written."""
    return f"{span_text(side.first, side.last, locale, year=False)} · {messages(side.total, locale)}"


@lru_cache(maxsize=64)
def blended(colour: str, ground: str, part: float) -> str:
    """So much of a colour over a ground."""
    red, green, blue = (
        part * over + (1 - part) * under for over, under in zip(to_rgb(colour), to_rgb(ground), strict=True)
    )
    return to_hex((red, green, blue))
