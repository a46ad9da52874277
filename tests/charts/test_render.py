import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from charts import style
from charts.mood import mood
from charts.render import COLOURS, encoded, png
from charts.series import Series
from charts.words import period_text
from tests.charts.factories import points, series
from tests.charts.looking import drawn

BUSIEST = series(points(30, a_day=30), 30)


def render(of: Series, title: str = "마음의 감정, 최근 30일") -> bytes:
    return png(mood(of, locale="ko", title=title, subtitle=period_text(of, "ko")))


def test_the_busiest_picture_is_small_and_sharp() -> None:
    """Thirty days of seven emotions at twice the density stay below 120 KB."""
    content = render(BUSIEST)
    image = Image.open(BytesIO(content))
    assert (image.format, image.width) == ("PNG", 1280)
    assert len(content) < 120_000


def test_reducing_the_colours_leaves_the_emotions_theirs() -> None:
    """Every colour of the palette is in the picture, off by no more than an eye could tell."""
    pixels = np.asarray(Image.open(BytesIO(render(BUSIEST))).convert("RGB"), dtype=int).reshape(-1, 3)
    for colour in style.PALETTE.values():
        wanted = np.round(np.array(to_rgb(colour)) * 255)
        near = np.abs(pixels - wanted).max(axis=1) <= 3
        assert near.sum() > 500, colour


def test_the_same_series_gives_the_same_bytes_from_any_thread() -> None:
    """Eight pictures drawn at once are those drawn one after another."""
    several = [series(points(7, a_day=5, seed=seed)) for seed in range(8)]
    alone = [render(one) for one in several]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, several)) == alone
    assert len(set(alone)) == len(alone)


def test_a_picture_is_what_a_canvas_draws() -> None:
    """Ground, marks and letters, in either theme, but for the reduced colours; and the figure is left as it was."""
    for theme in style.THEMES.values():
        figure = mood(BUSIEST, locale="en", title="t", subtitle="s", theme=theme)
        ours = np.asarray(Image.open(BytesIO(png(figure))).convert("RGB"), dtype=int)
        theirs = drawn(figure)[..., :3].astype(int)
        assert (np.abs(ours - theirs).max(axis=-1) > 4).mean() < 0.005
        assert (theirs[0, 0] == [round(part * 255) for part in to_rgb(theme.background)]).all()


def test_a_picture_tells_nothing_but_itself() -> None:
    """No title, time or software stands in the file's metadata."""
    image = Image.open(BytesIO(render(BUSIEST, title="#secret-channel")))
    assert set(image.info) <= {"dpi"}


def test_the_smallest_mark_keeps_its_colour() -> None:
    """A handful of pixels of a theme's colour among thousands of other colours are not given up for them."""
    chance = np.random.default_rng(3)
    for theme in style.THEMES.values():
        pixels = np.full((400, 400, 4), 255, dtype=np.uint8)
        pixels[..., :3] = [round(part * 255) for part in to_rgb(theme.background)]
        pixels[200:, :, :3] = chance.integers(0, 256, size=(200, 400, 3))
        wanted = [tuple(round(part * 255) for part in to_rgb(c)) for c in (*theme.scale, *style.PALETTE.values())]
        for number, colour in enumerate(wanted):
            pixels[5 : 5 + 4, 10 * number : 10 * number + 4, :3] = colour
        image = Image.open(BytesIO(encoded(pixels, 200))).convert("RGB")
        assert [image.getpixel((10 * number + 1, 6)) for number in range(len(wanted))] == wanted


def test_other_colours_become_the_nearest_that_is_kept() -> None:
    """Each pixel, as by a search through the whole palette, and no more than 128 colours are kept."""
    chance = np.random.default_rng(4)
    pixels = np.full((120, 120, 4), 255, dtype=np.uint8)
    pixels[..., :3] = chance.integers(0, 256, size=(120, 120, 3))
    image = Image.open(BytesIO(encoded(pixels, 200)))
    palette = np.asarray(image.getpalette(), dtype=int).reshape(-1, 3)
    assert len(np.unique(np.asarray(image))) <= COLOURS >= len(palette)
    got = np.asarray(image.convert("RGB"), dtype=int)
    asked = pixels[..., :3].astype(int)
    best = np.linalg.norm(asked[:, :, None, :] - palette, axis=-1).min(axis=-1)
    assert (np.linalg.norm(asked - got, axis=-1) <= best + 7).all()  # a channel is told apart by its upper six bits


def test_a_picture_of_one_colour_is_that_colour() -> None:
    """Nothing but background."""
    for colour in (style.DARK.background, "#ffffff", "#123456"):
        rgb = [round(part * 255) for part in to_rgb(colour)]
        pixels = np.full((3, 5, 4), 255, dtype=np.uint8)
        pixels[..., :3] = rgb
        found = np.asarray(Image.open(BytesIO(encoded(pixels, 200))).convert("RGB"), dtype=int)
        assert found.shape == (3, 5, 3)
        assert np.abs(found - rgb).max() <= 2


@pytest.mark.parametrize("module", ["matplotlib.pyplot", "tkinter", "sqlalchemy", "slack_sdk"])
def test_drawing_never_loads_what_it_must_not(module: str) -> None:
    """A fresh process that draws a whole picture has not imported pyplot, a window, a database or Slack."""
    script = (
        "import sys\n"
        "from tests.charts.test_render import BUSIEST, render\n"
        "assert render(BUSIEST)\n"
        f"sys.exit({module!r} in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 0, done.stderr
