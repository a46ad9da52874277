"""How tests look at a figure: marks by their names, what is written, and whether anything is in the way."""

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from charts.style import DARK, LIGHT, Locale, Theme

LOCALES: Sequence[Locale] = ("ko", "en")
LOOKS: Sequence[tuple[Locale, Theme]] = [(locale, theme) for locale in LOCALES for theme in (LIGHT, DARK)]


def named(figure: Figure, name: str) -> list[Artist]:
    """The marks of that name, in the order in which they were put on the paper."""
    return [artist for artist in figure.get_children() if artist.get_gid() == name]


def bars(figure: Figure, name: str) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each bar, in the data's coordinates."""
    found = []
    for artist in named(figure, name):
        assert isinstance(artist, PathPatch)
        for corners in np.asarray(artist.get_path().vertices).reshape(-1, 5, 2):
            (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
            found.append((float(left), float(low), float(right - left), float(high - low)))
    return found


def marks(figure: Figure, name: str) -> PathCollection:
    """The one collection of that name."""
    (found,) = named(figure, name)
    assert isinstance(found, PathCollection)
    return found


def places(figure: Figure, name: str) -> list[tuple[float, float]]:
    """Where the marks stand, in the data's coordinates."""
    return [(float(x), float(y)) for x, y in np.asarray(marks(figure, name).get_offsets())]


def colours(figure: Figure, name: str) -> list[str]:
    """The marks' colours; one for all of them, or one each."""
    return [to_hex(one) for one in np.asarray(marks(figure, name).get_facecolor())]


def texts(figure: Figure) -> list[Text]:
    """Every text that says something."""
    return [one for one in figure.get_children() if isinstance(one, Text) and one.get_text().strip()]


def said(figure: Figure, name: str) -> list[str]:
    """What the texts of that name say."""
    return [one.get_text() for one in texts(figure) if one.get_gid() == name]


def drawn(figure: Figure) -> npt.NDArray[np.uint8]:
    """The picture's pixels; a warning, as about a glyph that is missing, is an error."""
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas.draw()  # type: ignore[no-untyped-call]
    return np.asarray(canvas.buffer_rgba()).copy()  # type: ignore[no-untyped-call]


def check_layout(figure: Figure, *, smallest: float = 11.0) -> None:
    """Every text can be read, lies inside the picture with a margin, and apart from every other."""
    drawn(figure)
    boxes = [(one.get_text(), one.get_window_extent()) for one in texts(figure)]
    assert min(float(one.get_fontsize()) for one in texts(figure)) >= smallest
    for what, box in boxes:
        assert _inside(box, figure.bbox.padded(-10)), what
    for number, (what, box) in enumerate(boxes):
        for other, other_box in boxes[number + 1 :]:
            # Boxes of letters have air above and below; some pixels of it may be shared.
            assert not box.padded(-4).overlaps(other_box.padded(-4)), (what, other)


def _inside(box: BboxBase, outer: BboxBase) -> bool:
    return bool(box.x0 >= outer.x0 and box.y0 >= outer.y0 and box.x1 <= outer.x1 and box.y1 <= outer.y1)
