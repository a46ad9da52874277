"""A figure becomes a PNG: with Agg, never through pyplot, so that any thread may do it."""

from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

COLOURS: Final = 128
"""Entries of the PNG's palette: seven emotions, the greys and the soft edges of letters fit, at a third of the size."""


def png(figure: Figure) -> bytes:
    """The picture as a PNG with a palette. The same figure gives the same bytes; there is no metadata but the density.

    Drawing holds the processor for some tenths of a second: call it in an executor.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib types most of itself
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels).convert("RGB")
    reduced = image.quantize(colors=COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = BytesIO()
    reduced.save(buffer, format="PNG", optimize=True, dpi=(figure.dpi, figure.dpi))
    return buffer.getvalue()
