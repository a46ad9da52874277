"""Lines of text that are drawn once and kept: most of what pictures say, dates, hours and names, comes again.

Setting text takes longer than all other marks of a picture together, so the letters of a line, as a mask without
colour, stay in memory and are laid over the next picture that says the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg, get_hinting_flag
from matplotlib.colors import to_rgb
from matplotlib.font_manager import get_font
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from charts import style

_KEPT: Final = 1024
"""Lines; about 10 KB each, so some megabytes at most."""
_EDGE: Final = 4  # pixels around the letters, for those that reach beyond their box
_SUBPIXELS: Final = 64  # FreeType's, of a pixel
_ORIGIN: Final = (0, 0)
_PLAIN: Final = re.compile(r"[!-~가-힣·–−]*")
"""Written from left to right, so that a space added at the end changes nothing before it."""
_PARTS: Final = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True)
class Line:
    """Letters as a mask from 0 to 255, read-only, in the pixels of `style.DPI`."""

    mask: npt.NDArray[np.uint8]
    width: float
    """Of the letters without the empty edge."""
    before: int
    """Pixels of the mask left of where the letters begin."""
    below: int
    """Pixels of the mask under the baseline."""

    def coloured(self, colour: tuple[float, float, float]) -> npt.NDArray[np.uint8]:
        """RGBA, of one colour (red, green and blue from 0 to 1) and as opaque as the mask tells."""
        red, green, blue = (round(part * 255) for part in colour)
        whole = self.mask.astype("<u4") << 24 | (red | green << 8 | blue << 16)  # all four at once: a sixth of the time
        return whole.view(np.uint8).reshape(*self.mask.shape, 4)


@lru_cache(maxsize=_KEPT)
def line(said: str, points: float) -> Line:
    """Set a line; the same again costs nothing. Any thread may ask.

    Letters and places are those of matplotlib's own text.
    """
    face = _set(said, points)
    width = face.get_width_height()[0] / _SUBPIXELS
    # The face counts pixels from where ink begins, and where that is within a pixel, it moves the first letter. A space
    # anywhere in the line begins at the origin.
    if face.get_bitmap_offset() != _ORIGIN and _PLAIN.fullmatch(said):
        face = _set(f"{said} ", points)
    height, descent = face.get_width_height()[1] / _SUBPIXELS, face.get_descent() / _SUBPIXELS
    if face.get_bitmap_offset() == _ORIGIN:
        face.draw_glyphs_to_bitmap(antialiased=True)
        letters, before = np.asarray(face.get_image()), 0
        below = len(letters) - floor(height - descent) - 1
    else:
        letters, before, below = _by_letter(said, points, width, height, descent)
    mask = letters[::-1].copy()  # draw_image begins below
    mask.flags.writeable = False
    return Line(mask=mask, width=width, before=before, below=below)


def _set(said: str, points: float) -> FT2Font:
    """The thread's own face, with these letters in their places."""
    face = get_font(style.font_files())
    face.set_size(points, style.DPI)
    face.set_text(said, 0, flags=get_hinting_flag())  # type: ignore[no-untyped-call]  # matplotlib leaves it without types
    return face


def _by_letter(
    said: str, points: float, width: float, height: float, descent: float
) -> tuple[npt.NDArray[np.uint8], int, int]:
    """As matplotlib's own text is drawn, three times as slowly: the letters, and what is left of and below them."""
    tall, below = ceil(height) + 2 * _EDGE, ceil(descent) + _EDGE
    paper: Any = RendererAgg(ceil(width) + 2 * _EDGE, tall, style.DPI)  # type: ignore[no-untyped-call]
    paper.draw_text(paper.new_gc(), _EDGE, tall - below, said, style.font(points), 0)
    return np.asarray(paper.buffer_rgba())[..., 3], _EDGE, below


class Lettering(Text):
    """A text of one line that does not turn, set at whole pixels from `line`."""

    def draw(self, renderer: RendererBase) -> None:
        """Lay the letters over the picture. Where the picture is of another density they are set anew."""
        if renderer.points_to_pixels(72) != style.DPI:
            super().draw(renderer)
            return
        if not self.get_visible() or not self.get_text():
            return
        patch = self.get_bbox_patch()
        if patch:
            self.update_bbox_position_size(renderer)
            patch.draw(renderer)
        set_line = line(self.get_text(), float(self.get_fontsize()))
        x, y = self.get_transform().transform(self.get_position())
        left = round(x - _PARTS[str(self.get_horizontalalignment())] * set_line.width) - set_line.before
        context = renderer.new_gc()
        renderer.draw_image(context, left, round(y) - set_line.below, set_line.coloured(to_rgb(self.get_color())))
        context.restore()
