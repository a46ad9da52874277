"""What explains a picture, on one line or more at its foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from charts import style
from charts.phrases import EMPTY
from charts.sheet import MARGIN, Box, Panel, Sheet, half_line, hatching
from charts.style import Locale

ROW: Final = 0.27
"""Inches from one line of a key to the next."""
_SWATCH, _AFTER_SWATCH, _APART = 0.14, 0.08, 0.26
_LINE_LENGTH: Final = 0.26
_SIZES: Final[dict[str, tuple[float, float]]] = {"column": (0.07, 0.21), "dot": (0.04, 0.04)}
"""Of marks that do not fill the place of one, across and down."""

Look = Literal["line", "block", "hatch", "column", "dot"]

VERY_LOW: Final[dict[Locale, str]] = {"en": "unpleasant", "ko": "힘든 쪽"}
VERY_HIGH: Final[dict[Locale, str]] = {"en": "pleasant", "ko": "즐거운 쪽"}
_FEW: Final[dict[Locale, str]] = {"en": "few", "ko": "적음"}
_MANY: Final[dict[Locale, str]] = {"en": "many messages", "ko": "글 많음"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A mark and what it stands for."""

    look: Look
    colour: str
    said: str


def key(sheet: Sheet, entries: Sequence[Entry], line: float) -> float:
    """Side by side from the left, onto another line where there is no room; where the next line would be."""
    x = left = MARGIN
    for entry in entries:
        width = _LINE_LENGTH if entry.look == "line" else _SWATCH
        text = sheet.text(
            entry.said, x + width + _AFTER_SWATCH, line, centred=True, name="key", colour=sheet.theme.quiet_ink
        )
        needed = width + _AFTER_SWATCH + sheet.measured(text)
        if x > left and x + needed > sheet.width - left:
            x, line = left, line + ROW
            text.set_position((x + width + _AFTER_SWATCH, line + half_line(style.LABEL_POINTS)))
        _mark(sheet, entry, x, line, width)
        x += needed + _APART
    return line + ROW


def nothing(sheet: Sheet, x: float, line: float, *, over_marks: bool = False) -> None:
    """That there is nothing to show, around `x`; `over_marks` centres it on the line and gives it its own ground."""
    said = sheet.text(EMPTY[sheet.locale], x, line, anchor="center", centred=over_marks, name="nothing",
                      colour=sheet.theme.quiet_ink, points=style.SUBTITLE_POINTS)  # fmt: skip
    if over_marks:
        said.set_bbox({"facecolor": sheet.theme.background, "linewidth": 0, "pad": 4})


def _mark(sheet: Sheet, entry: Entry, x: float, line: float, width: float) -> None:
    if entry.look == "line":
        sheet.add(Line2D([x, x + width], [line, line], color=entry.colour, linewidth=1.8), sheet.inches, "key.mark")
        return
    look = hatching(sheet.theme) if entry.look == "hatch" else {"facecolor": entry.colour, "linewidth": 0}
    across, down = _SIZES.get(entry.look, (width, _SWATCH))
    corner = x + (width - across) / 2, line - down / 2
    sheet.add(Rectangle(corner, across, down, **look), sheet.inches, "key.mark")


# Marks of size and colour: how much, and how it felt.

_ROUND: Final = 0.22  # of the width: how far a corner's curve goes


def column(height: float) -> Path:
    """A bar of width 1 with round corners, so many times as high as wide."""
    end, bend = height / 2, height / 2 - _ROUND
    straight = 0.5 - _ROUND
    return Path(
        [
            (-straight, -end), (straight, -end), (0.5, -end), (0.5, -bend), (0.5, bend), (0.5, end), (straight, end),
            (-straight, end), (-0.5, end), (-0.5, bend), (-0.5, -bend), (-0.5, -end), (-straight, -end),
        ],
        [
            Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3,
            Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3,
        ],
    )  # fmt: skip


SQUARE: Final = column(1)
"""A square of side 1 with round corners."""
_SMALLEST: Final = 0.36  # of the largest side: what one message looks like
_USUAL: Final = 0.95  # of the counts are as large as their square tells, or smaller
_EMPTY: Final = 0.19


def sides(counts: Sequence[int], largest: float) -> list[float]:
    """The sides of squares whose areas tell the counts, in the unit of `largest`; the smallest can still be seen.

    The top twentieth share the largest side, so that one day of a hundred messages does not shrink a year.
    """
    top = sorted(counts)[ceil(_USUAL * len(counts)) - 1] if counts else 1
    return [even(largest * max(_SMALLEST, min(1.0, count / max(top, 1)) ** 0.5)) for count in counts]


def even(inches: float) -> float:
    """A length of an even number of pixels: a square centred between pixels has sharp edges then, and packs well."""
    return 2 * round(inches * style.DPI / 2) / style.DPI


def squares(
    panel: Panel, places: Sequence[tuple[float, float]], widths: Sequence[float], colours: Sequence[str], what: str
) -> None:
    """Squares centred on places of the panel; `widths` are inches."""
    panel.marks(SQUARE, places, widths, what, facecolors=list(colours))


def empties(panel: Panel, places: Sequence[tuple[float, float]], largest: float) -> None:
    """A small dot where nothing was written."""
    squares(panel, places, [even(largest * _EMPTY)] * len(places), [panel.sheet.theme.hatch] * len(places), "empty")


def feeling_key(sheet: Sheet, line: float, side: float) -> None:
    """The five colours from unpleasant to pleasant, and sizes from few to many."""
    x = _words_and_squares(
        sheet, MARGIN, line, VERY_LOW[sheet.locale], VERY_HIGH[sheet.locale], [even(side)] * 5, list(sheet.theme.scale)
    )
    widths = [even(side * part) for part in (_SMALLEST, 0.6, 0.8, 1)]
    _words_and_squares(
        sheet, x + 0.3, line, _FEW[sheet.locale], _MANY[sheet.locale], widths, [sheet.theme.scale[2]] * len(widths)
    )


def _words_and_squares(  # noqa: PLR0913, PLR0917 - a place, two words, and what lies between them
    sheet: Sheet, x: float, line: float, before: str, after: str, widths: Sequence[float], colours: Sequence[str]
) -> float:
    """Words, a row of squares, words; where they end."""
    x = _word(sheet, before, x, line) + 0.09
    room = max(widths) + 0.035
    panel = sheet.panel(Box(0, 0, sheet.width, 1), (0, sheet.width), (1, 0), "key")
    squares(panel, [(x + room * (n + 0.5), line) for n in range(len(widths))], widths, colours, "scale")
    return _word(sheet, after, x + room * len(widths) + 0.07, line)


def _word(sheet: Sheet, said: str, x: float, line: float) -> float:
    """Where it ends."""
    return x + sheet.measured(sheet.text(said, x, line, centred=True, colour=sheet.theme.quiet_ink, name="key"))
