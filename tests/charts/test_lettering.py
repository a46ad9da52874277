from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from charts import style
from charts.lettering import Lettering, line
from tests.charts.looking import drawn

SAMPLES = ("최근 30일의 기분", "Nov 14 – 20, 2026", "gjpqy ÅÉ", "+0.18 · −25%p")
WORDS = ("−14%p", "지난주", "jogging", "Yesterday", "שלום", "日本語")
"""Without a space; some begin with ink left of their origin, one from the right."""


def page(kind: type[Text], said: str, *, at: float = 0.25, dpi: float = style.DPI, **look: Any) -> Figure:  # noqa: ANN401 - matplotlib's own keywords
    figure = Figure(figsize=(3, 0.5), dpi=dpi, facecolor="#1a1d21")
    text = kind(at, 0.2, said, fontproperties=style.font(11), va="baseline", **look)
    text.set_transform(figure.dpi_scale_trans)
    figure.add_artist(text)
    return figure


@pytest.mark.parametrize("said", SAMPLES + WORDS)
@pytest.mark.parametrize("colour", ["#e9ebed", "#f2b63a"])
def test_letters_are_those_of_matplotlib(said: str, colour: str) -> None:
    """At a whole pixel, the picture is the same as with its own text, pixel by pixel but for where letters touch."""
    ours, theirs = (drawn(page(kind, said, color=colour)).astype(int) for kind in (Lettering, Text))
    differ = np.abs(ours - theirs).max(axis=-1) > 1
    assert (ours != ours[0, 0]).any(axis=-1).sum() > 200
    assert differ.sum() <= 12


@pytest.mark.parametrize("said", SAMPLES + WORDS)
def test_a_line_is_as_wide_as_matplotlib_says(said: str) -> None:
    """To the 64th of a pixel, so that what was measured fits."""
    renderer = RendererAgg(1, 1, style.DPI)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(said, style.font(11), ismath=False)  # type: ignore[no-untyped-call]
    assert line(said, 11.0).width == width


@pytest.mark.parametrize("anchor", ["left", "center", "right"])
def test_letters_stand_where_they_are_anchored(anchor: str) -> None:
    """Within a pixel of where matplotlib puts its own."""
    ours, theirs = (_ends(kind, anchor) for kind in (Lettering, Text))
    assert np.abs(ours - theirs).max() <= 1


def _ends(kind: type[Text], anchor: str) -> npt.NDArray[np.int64]:
    """The first and the last column that has ink."""
    pixels = drawn(page(kind, SAMPLES[0], at=1.501, color="w", ha=anchor))
    return np.flatnonzero((pixels[..., 0] > 100).any(axis=0))[[0, -1]]


def test_a_line_is_set_once() -> None:
    """The same again is the same object, and nobody can write on it."""
    assert line("11월 20일", 11.0) is line("11월 20일", 11.0)
    assert line("11월 20일", 11.0) is not line("11월 20일", 16.0)
    with pytest.raises(ValueError, match="read-only"):
        line("11월 20일", 11.0).mask[0, 0] = 1


def test_threads_set_the_same_letters() -> None:
    """Whoever comes first."""
    names = [f"{number}번째 줄" for number in range(40)] * 4
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda said: line(said, 11.0).mask.tobytes(), names))
    assert len(set(made)) == 40
    assert made[:40] == made[40:80] == made[120:]


def test_another_density_is_set_anew() -> None:
    """Letters kept for 200 dots an inch are not stretched to 100."""
    ours, theirs = (drawn(page(kind, SAMPLES[1], dpi=100, color="w")) for kind in (Lettering, Text))
    assert (ours == theirs).all()


def test_nothing_is_drawn_of_what_is_hidden_or_empty() -> None:
    """As with any artist."""
    hidden = page(Lettering, SAMPLES[0], color="w", visible=False)
    assert len(np.unique(drawn(hidden)[..., 0])) == 1
    assert len(np.unique(drawn(page(Lettering, "", color="w"))[..., 0])) == 1
