"""A figure becomes a PNG: with Agg, never through pyplot, so that any thread may do it."""

from io import BytesIO
from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType
from PIL import Image

from charts import style

COLOURS: Final = 128
"""Entries of the PNG's palette: seven emotions, the greys and the soft edges of letters fit, at a third of the size."""

_BITS: Final = 6  # of each channel by which pixels are told apart: 4 of 256 steps
_SHIFT: Final = 8 - _BITS
_BINS: Final = 1 << 3 * _BITS
_RUN: Final = 8  # pixels that are looked at together: as many as one machine word holds answers
_COMPRESSION: Final = 3  # zlib's: 6 takes twice as long for a fifth less
_LARGE: Final = 1_500_000  # pixels from which a fifth less is worth it
_LARGE_COMPRESSION: Final = 6

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


def png(figure: Figure) -> bytes:
    """The picture as a PNG with a palette. The same figure gives the same bytes; there is no metadata but the density.

    The colours of `charts.style` stay what they are, however small the mark that wears them; others are off by little
    more than an eye can tell. Drawing holds the processor for some hundredths of a second: call it in an executor.
    """
    # By way of a canvas, the paper would be cleared once more, and its ground drawn as a shape: a fifth of the drawing.
    renderer = RendererAgg(*figure.canvas.get_width_height(physical=True), figure.dpi)  # type: ignore[no-untyped-call]  # matplotlib types most of itself
    pixels = np.asarray(renderer.buffer_rgba())  # type: ignore[no-untyped-call]
    pixels.view("<u4").fill(_packed(figure.get_facecolor()))
    figure.patch.set_visible(False)
    try:
        figure.draw(renderer)
    finally:
        figure.patch.set_visible(True)
    return encoded(pixels, figure.dpi)


def encoded(pixels: Bytes, dpi: float) -> bytes:
    """RGBA pixels without transparency as a PNG with at most `COLOURS` colours: the most frequent, and the nearest.

    The colour of the first pixel, the background, is most of a picture: only the others are looked at one by one.
    """
    whole = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    run = gcd(whole.size, _RUN)
    marked = _marked(whole.reshape(-1), run)
    places = _places(whole.reshape(-1, run).take(marked, axis=0))
    counts = np.bincount(places.reshape(-1), minlength=_BINS)
    ground = int(_places(whole[:1, :1])[0, 0])
    counts[ground] += whole.size - places.size
    used = np.flatnonzero(counts != 0)
    kept = used[np.argsort(-_importance(counts[used], used), kind="stable")[:COLOURS]]
    colours = _colours(kept)
    table = np.zeros(_BINS, dtype=np.uint8)
    table[used] = _nearest(_colours(used), colours)
    reduced = np.full(whole.size, table[ground])
    reduced.view(f"u{run}")[marked] = table[places].view(f"u{run}")[:, 0]
    image = Image.fromarray(reduced.reshape(whole.shape))
    image.putpalette(colours.astype(np.uint8).tobytes())
    buffer = BytesIO()
    level = _LARGE_COMPRESSION if whole.size >= _LARGE else _COMPRESSION
    image.save(buffer, format="PNG", compress_level=level, dpi=(dpi, dpi))
    return buffer.getvalue()


def _packed(colour: ColorType) -> int:
    """An opaque colour as the four bytes of a pixel."""
    red, green, blue = (round(part * 255) for part in to_rgb(colour))
    return red | green << 8 | blue << 16 | 255 << 24


def _marked(pixels: npt.NDArray[np.uint32], run: int) -> Numbers:
    """Which runs of so many pixels are not all of the first one's colour."""
    return np.flatnonzero((pixels != pixels[0]).view(f"u{run}") != 0)


def _places(whole: npt.NDArray[np.uint32]) -> Numbers:
    """Red, green and blue of each pixel, shortened, side by side in one number."""
    part = (1 << _BITS) - 1 << _SHIFT
    places = whole & part  # in place from here on: half of the time went into new arrays
    places <<= 2 * _BITS - _SHIFT
    channel = whole & part << 8
    channel >>= 8 + _SHIFT - _BITS
    places |= channel
    np.bitwise_and(whole, part << 16, out=channel)
    channel >>= 16 + _SHIFT
    places |= channel
    return places.astype(np.int64)


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
