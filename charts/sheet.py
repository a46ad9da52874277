"""The paper that pictures are drawn on: a figure measured in inches from its top left, with panels and lines of text.

No axes: their ticks and spines cost more time than all marks of a picture together. A panel maps data to a part of the
paper; what is drawn in it keeps its data's coordinates. Marks carry a name (`get_gid`), by which they can be found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, IdentityTransform, ScaledTranslation, Transform

from charts import style
from charts.lettering import Lettering
from charts.lettering import line as set_line
from charts.style import Locale, Theme

MARGIN: Final = 0.17
"""Inches on either side that stay empty."""
_TITLE_LINE, _SUBTITLE_LINE = 0.39, 0.68
HEAD: Final = 0.86
"""Where the title and the subtitle end."""
_LEADING: Final = 0.23  # inches between two lines of a sentence
_POINTS: Final = 72
_CAPITALS: Final = 0.0051  # inches a point: half of a capital letter's height, to centre a line of text on a mark

Bar = tuple[float, float, float, float]
"""Left, bottom, width and height."""
Anchor = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the paper, in inches from its top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


class Sheet:
    """A figure and how to put things on it. One thread at a time."""

    def __init__(self, *, theme: Theme, locale: Locale) -> None:
        """An empty page of the theme's background, to be cut off below by `end`."""
        self.width: float = style.WIDTH_INCHES
        self.figure = Figure(figsize=(self.width, self.width), dpi=style.DPI, facecolor=theme.background)
        FigureCanvasAgg(self.figure)  # measures text
        self.theme, self.locale = theme, locale
        top = ScaledTranslation(0, 1, self.figure.transFigure)  # type: ignore[arg-type]  # any transform will do
        self.inches: Transform = Affine2D().scale(1, -1) + self.figure.dpi_scale_trans + top

    def end(self, line: float) -> Figure:
        """Cut the page off there, at a whole pixel; the finished figure."""
        self.figure.set_size_inches(self.width, round(line * style.DPI) / style.DPI)
        return self.figure

    def add(self, artist: Artist, transform: Transform, name: str) -> None:
        """Put anything on the paper, under a name."""
        artist.set_transform(transform)
        artist.set_gid(name)
        self.figure.add_artist(artist)

    def head(self, title: str, subtitle: str) -> None:
        """Both may hold anything: what no font has is replaced, what is too long ends in an ellipsis."""
        widest = self.width - 2 * MARGIN
        for text, line, points, colour in (
            (title, _TITLE_LINE, style.TITLE_POINTS, self.theme.ink),
            (subtitle, _SUBTITLE_LINE, style.SUBTITLE_POINTS, self.theme.quiet_ink),
        ):
            self.fitted(style.drawable(text), MARGIN, line, widest, points=points, colour=colour)

    def text(  # noqa: PLR0913 - each has a default that most texts take
        self,
        said: str,
        x: float,
        line: float,
        *,
        colour: str | None = None,
        points: float = style.LABEL_POINTS,
        anchor: Anchor = "left",
        centred: bool = False,
        name: str = "text",
    ) -> Text:
        """One line whose baseline is at `line`; with `centred`, whose capitals are centred on it. Ink, unless told."""
        baseline = line + half_line(points) if centred else line
        artist = Lettering(
            x, baseline, said, color=colour or self.theme.ink, horizontalalignment=anchor, parse_math=False,
            fontproperties=style.font(points),
        )  # fmt: skip
        artist.set_zorder(6)
        self.add(artist, self.inches, name)
        return artist

    def fitted(  # noqa: PLR0913 - what, where and how
        self, said: str, x: float, line: float, widest: float, *, points: float, colour: str | None = None
    ) -> Text:
        """One line of text, first smaller, then shortened, until it is no wider than that."""
        artist = self.text(said, x, line, points=points, colour=colour, name="head")
        while self.measured(artist) > widest:
            if points > style.SUBTITLE_POINTS:
                points -= 0.5
                artist.set_fontproperties(style.font(points))
            else:
                said = said[:-1]
                artist.set_text(said.rstrip() + "…")
        return artist

    def measured(self, artist: Text) -> float:
        """The width of a text in inches."""
        return set_line(artist.get_text(), float(artist.get_fontsize())).width / style.DPI if artist.get_text() else 0.0

    def wrapped(self, said: str, x: float, line: float, widest: float) -> float:
        """As many lines as it takes, broken between words; where the next line would be."""
        artist = self.text("", x, line, points=style.SUBTITLE_POINTS, name="sentence")
        fits: list[str] = []
        for word in said.split():
            artist.set_text(" ".join([*fits, word]))
            if fits and self.measured(artist) > widest:
                artist.set_text(" ".join(fits))
                line += _LEADING
                artist = self.text(word, x, line, points=style.SUBTITLE_POINTS, name="sentence")
                fits = []
            fits.append(word)
        return line + _LEADING

    def panel(self, box: Box, x: tuple[float, float], y: tuple[float, float], name: str) -> "Panel":
        """A part of the paper on which data from `x[0]` to `x[1]` and from `y[0]` to `y[1]`, upwards, is drawn.

        Its sides lie between whole pixels, so that what is drawn on it can be sharp.
        """
        whole = Box(*(round(side * style.DPI) / style.DPI for side in (box.left, box.top, box.right, box.bottom)))
        return Panel(self, whole, x, y, name)


class Panel:
    """Data on a part of the paper."""

    def __init__(self, sheet: Sheet, box: Box, x: tuple[float, float], y: tuple[float, float], name: str) -> None:
        """Made by `Sheet.panel`."""
        self.sheet, self.box, self.x, self.y, self.name = sheet, box, x, y, name
        across, up = box.width / (x[1] - x[0]), box.height / (y[1] - y[0])
        placed = Affine2D().translate(-x[0], -y[0]).scale(across, -up).translate(box.left, box.bottom)
        self.data: Transform = placed + sheet.inches

    def add(self, artist: Artist, what: str) -> None:
        """Put anything on the panel; its name is that of the panel and `what`."""
        self.sheet.add(artist, self.data, f"{self.name}.{what}")

    def marks(
        self, shape: Path, places: Sequence[tuple[float, float]], sizes: Sequence[float], what: str, **look: Any,  # noqa: ANN401 - matplotlib's own keywords
    ) -> None:  # fmt: skip
        """The same shape at several places, each of its own size in inches; `shape` is one unit large."""
        if not places:
            return
        marks = PathCollection(
            [shape], sizes=[(size * _POINTS) ** 2 for size in sizes], offsets=list(places), offset_transform=self.data,
            **{"linewidths": 0, "zorder": 3, **look},
        )  # fmt: skip
        self.sheet.add(marks, IdentityTransform(), f"{self.name}.{what}")

    def across(self, x: float) -> float:
        """Where a value lies on the paper, in inches from its left."""
        return self.box.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.box.width

    def down(self, y: float) -> float:
        """Where a value lies on the paper, in inches from its top."""
        return self.box.bottom - (y - self.y[0]) / (self.y[1] - self.y[0]) * self.box.height

    def bars(self, bars: Sequence[Bar], what: str, **look: Any) -> None:  # noqa: ANN401 - matplotlib's own keywords
        """All of one look, drawn at once, without an edge unless told."""
        if not bars:
            return
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)] for x, y, w, h in bars]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(bars)
        shape = Path([corner for four in corners for corner in four], codes)
        self.add(PathPatch(shape, **{"linewidth": 0, "joinstyle": "miter", **look}), what)

    def hatched(self, lefts: Sequence[float], width: float) -> None:
        """Over the whole height: something that may not be shown."""
        low, height = self.y[0], self.y[1] - self.y[0]
        self.bars([(left, low, width, height) for left in lefts], "suppressed", **hatching(self.sheet.theme))

    def rule(self, y: float, *, colour: str | None = None) -> None:
        """A thin line across the panel."""
        sheet, line = self.sheet, self.down(y)
        look = {"color": colour or sheet.theme.grid, "linewidth": 0.8, "zorder": 1, "solid_capstyle": "butt"}
        rule = Line2D([self.box.left, self.box.right], [line, line], **look)  # type: ignore[arg-type]
        sheet.add(rule, sheet.inches, f"{self.name}.rule")


def hatching(theme: Theme) -> dict[str, Any]:
    """How a patch looks that stands for what may not be shown."""
    return {"facecolor": "none", "edgecolor": theme.hatch, "hatch": "////", "linewidth": 0}


def half_line(points: float) -> float:
    """How far below the middle of its capitals the baseline of a text lies, in inches."""
    return points * _CAPITALS


def spread(labels: Sequence[float], widths: Sequence[float], gap: float) -> list[int]:
    """Which labels to write so that none touch: the last, and backwards at the smallest even step that keeps a gap.

    `labels` are where their centres lie, `widths` how wide they are, both in inches.
    """
    last = len(labels) - 1
    for step in range(1, last + 2):
        kept = list(range(last, -1, -step))[::-1]
        if all(labels[b] - labels[a] >= (widths[a] + widths[b]) / 2 + gap for a, b in pairwise(kept)):
            return kept
    return [last]
