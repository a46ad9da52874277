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
from charts.render import png
from charts.series import Series
from charts.words import period_text
from tests.charts.factories import points, series

BUSIEST = series(points(30, a_day=30, people=9), 30, minimum_people=5)


def render(of: Series, title: str = "마음의 감정, 최근 30일") -> bytes:
    return png(mood(of, locale="ko", title=title, subtitle=period_text(of, "ko")))


def test_the_busiest_picture_is_small_and_sharp() -> None:
    """Thirty days of seven emotions at twice the density stay below 120 KB."""
    content = render(BUSIEST)
    image = Image.open(BytesIO(content))
    assert (image.format, image.size) == ("PNG", (1280, 860))
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
    several = [series(points(7, a_day=5, people=1, seed=seed)) for seed in range(8)]
    alone = [render(one) for one in several]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, several)) == alone
    assert len(set(alone)) == len(alone)


def test_a_picture_tells_nothing_but_itself() -> None:
    """No title, time or software stands in the file's metadata."""
    image = Image.open(BytesIO(render(BUSIEST, title="#secret-channel")))
    assert set(image.info) <= {"dpi"}


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
