"""Lines of text that are drawn once and kept: most of what pictures say, dates, hours and names, comes again.

Setting text takes longer than all other marks of a picture together, so the letters of a line, as a mask without
colour, stay in memory and are laid over the next picture that says the same.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from charts import style

_KEPT: Final = 1024
"""Lines; about 10 KB each, so some megabytes at most."""
_EDGE: Final = 4  # pixels around the letters, for those that reach beyond their box
_PARTS: Final = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True)
class Line:
    """Letters as a mask from 0 to 255, read-only, in the pixels of `style.DPI`."""

    mask: npt.NDArray[np.uint8]
    width: float
    """Of the letters without the empty edge."""
    below: int
    """Pixels of the mask under the baseline."""


@lru_cache(maxsize=_KEPT)
def line(said: str, points: float) -> Line:
    """Set a line; the same again costs nothing. Any thread may ask."""
    font = style.font(points)
    width, height, descent = _renderer(1, 1).get_text_width_height_descent(said, font, ismath=False)
    tall, below = ceil(height) + 2 * _EDGE, ceil(descent) + _EDGE
    paper = _renderer(ceil(width) + 2 * _EDGE, tall)
    black = paper.new_gc()
    paper.draw_text(black, _EDGE, tall - below, said, font, 0)
    mask = np.asarray(paper.buffer_rgba())[::-1, :, 3].copy()  # draw_image begins below
    mask.flags.writeable = False
    return Line(mask=mask, width=width, below=below)


def _renderer(width: int, height: int) -> Any:  # noqa: ANN401 - matplotlib leaves its renderer without types
    return RendererAgg(width, height, style.DPI)  # type: ignore[no-untyped-call]


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
        left = round(x - _PARTS[str(self.get_horizontalalignment())] * set_line.width) - _EDGE
        letters = np.empty((*set_line.mask.shape, 4), dtype=np.uint8)
        letters[..., :3] = [round(part * 255) for part in to_rgb(self.get_color())]
        letters[..., 3] = set_line.mask
        context = renderer.new_gc()
        renderer.draw_image(context, left, round(y) - set_line.below, letters)
        context.restore()
