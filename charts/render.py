"""A figure becomes a PNG: with Agg, never through pyplot, so that any thread may do it."""

from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from charts import style

COLOURS: Final = 128
"""Entries of the PNG's palette: seven emotions, the greys and the soft edges of letters fit, at a third of the size."""

_BITS: Final = 6  # of each channel by which pixels are told apart: 4 of 256 steps
_SHIFT: Final = 8 - _BITS
_BINS: Final = 1 << 3 * _BITS
_COMPRESSION: Final = 6  # zlib's: 9 takes six times as long for a tenth less

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


def png(figure: Figure) -> bytes:
    """The picture as a PNG with a palette. The same figure gives the same bytes; there is no metadata but the density.

    The colours of `charts.style` stay what they are, however small the mark that wears them; others are off by little
    more than an eye can tell. Drawing holds the processor for some hundredths of a second: call it in an executor.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib types most of itself
    return encoded(np.asarray(canvas.buffer_rgba()), figure.dpi)  # type: ignore[no-untyped-call]


def encoded(pixels: Bytes, dpi: float) -> bytes:
    """RGBA pixels without transparency as a PNG with at most `COLOURS` colours: the most frequent, and the nearest.

    The colour of the first pixel, the background, is most of a picture: only the others are looked at one by one.
    """
    whole = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    marked = np.flatnonzero(whole != whole[0, 0])
    places = _places(whole.reshape(-1)[marked])
    counts = np.bincount(places, minlength=_BINS)
    ground = int(_places(whole[:1, :1])[0, 0])
    counts[ground] += whole.size - marked.size
    used = np.flatnonzero(counts)
    kept = used[np.argsort(-_importance(counts[used], used), kind="stable")[:COLOURS]]
    colours = _colours(kept)
    table = np.zeros(_BINS, dtype=np.uint8)
    table[used] = _nearest(_colours(used), colours)
    reduced = np.full(whole.size, table[ground])
    reduced[marked] = table[places]
    image = Image.fromarray(reduced.reshape(whole.shape))
    image.putpalette(colours.astype(np.uint8).tobytes())
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=_COMPRESSION, dpi=(dpi, dpi))
    return buffer.getvalue()


def _places(whole: npt.NDArray[np.uint32]) -> Numbers:
    """Red, green and blue of each pixel, shortened, side by side in one number."""
    mask = (1 << _BITS) - 1
    red = (whole >> _SHIFT & mask) << 2 * _BITS
    green = whole >> 8 + _SHIFT - _BITS & mask << _BITS
    return (red | green | whole >> 16 + _SHIFT & mask).astype(np.int64)


def _importance(counts: Numbers, used: Numbers) -> Numbers:
    """How often, but those of the style before all others."""
    return np.where(np.isin(used, _STYLED_PLACES), counts + (1 << 40), counts)


def _colours(places: Numbers) -> Numbers:
    """The style's own where there is one in that place; else its middle."""
    channels = np.stack([places >> 2 * _BITS, places >> _BITS, places], axis=-1) & (1 << _BITS) - 1
    middle = (channels << _SHIFT) + (1 << _SHIFT - 1)
    found = np.searchsorted(_STYLED_PLACES, places).clip(max=len(_STYLED_PLACES) - 1)
    return np.where((_STYLED_PLACES[found] == places)[:, None], _STYLED[found], middle)


def _nearest(wanted: Numbers, colours: Numbers) -> Bytes:
    """For each colour the number of the one it is nearest to."""
    products = wanted.astype(np.float32) @ colours.T.astype(np.float32)
    nearest: Bytes = ((colours**2).sum(axis=1) - 2 * products).argmin(axis=1).astype(np.uint8)
    return nearest


def _styled() -> tuple[Numbers, Numbers]:
    """The colours of the style, and their places, in the order of the places; one a place."""
    names = {
        colour
        for theme in style.THEMES.values()
        for colour in (theme.background, theme.ink, theme.quiet_ink, theme.count, theme.grid, theme.hatch, theme.band)
    }
    names |= {*style.PALETTE.values(), *(colour for theme in style.THEMES.values() for colour in theme.scale)}
    colours = np.array([[round(part * 255) for part in to_rgb(name)] for name in sorted(names)], dtype=np.int64)
    reduced = colours >> _SHIFT
    places, first = np.unique(reduced[:, 0] << 2 * _BITS | reduced[:, 1] << _BITS | reduced[:, 2], return_index=True)
    return colours[first], places


_STYLED, _STYLED_PLACES = _styled()
