"""What holds for every picture, of whatever life."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from charts import style
from charts.render import png
from charts.style import DARK, LIGHT, Locale, Theme
from tests.charts.histories import PICTURES, Picture, every_life, every_picture, of
from tests.charts.looking import LOOKS, check_layout, texts
from tests.gallery import BASELINE, Shown, compared, pictures, small

HANGUL = ("가", "힣")


@every_life
@every_picture
@pytest.mark.parametrize(("locale", "theme"), [("ko", LIGHT), ("en", DARK)], ids=["ko light", "en dark"])
def test_every_word_can_be_read(life: str, picture: Picture, locale: Locale, theme: Theme) -> None:
    """No glyph is missing, no text is below 11 points, cut off, or in the way of another."""
    check_layout(picture.draw(of(life), locale, theme))


@every_life
@every_picture
def test_every_picture_is_small_and_sharp(life: str, picture: Picture) -> None:
    """At most 120 KB at twice the density, 1280 pixels wide."""
    content = png(picture.draw(of(life), "en", DARK))
    image = Image.open(BytesIO(content))
    assert (image.format, image.width) == ("PNG", 1280)
    assert image.info["dpi"] == pytest.approx((style.DPI, style.DPI), abs=0.1)
    assert len(content) <= 120_000


@every_picture
@pytest.mark.parametrize(("locale", "theme"), LOOKS, ids=lambda value: getattr(value, "name", value))
def test_every_picture_speaks_one_language_on_its_own_ground(picture: Picture, locale: Locale, theme: Theme) -> None:
    """No Hangul in English but in the title, which is given; the corners have the theme's background."""
    figure = picture.draw(of("a year"), locale, theme)
    written = "".join(text.get_text() for text in texts(figure) if text.get_gid() != "head")
    hangul = any(HANGUL[0] <= char <= HANGUL[1] for char in written)
    assert hangul == (locale == "ko")
    pixels = np.asarray(Image.open(BytesIO(png(figure))).convert("RGB"))
    ground = tuple(round(part * 255) for part in to_rgb(theme.background))
    assert {tuple(map(int, pixels[y, x])) for x in (0, -1) for y in (0, -1)} == {ground}


def test_pictures_are_the_same_from_any_thread() -> None:
    """Drawn at once, by four threads that share fonts and letters, as one after another."""
    jobs = [(picture, locale, theme) for picture in PICTURES for locale, theme in LOOKS]

    def render(job: tuple[Picture, Locale, Theme]) -> bytes:
        picture, locale, theme = job
        return png(picture.draw(of("a year"), locale, theme))

    alone = [render(job) for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, jobs)) == alone
    assert len(set(alone)) == len(alone)


@pytest.mark.parametrize("shown", pictures(), ids=lambda shown: shown.name)
@pytest.mark.parametrize("locale", ["ko", "en"])
def test_every_picture_of_the_gallery_has_words(locale: Locale, shown: Shown) -> None:
    """Two to four facts, and an alternative text of at most 1,000 characters that holds them."""
    facts, alt = shown.facts(locale), shown.alt_text(locale)
    assert 2 <= len(facts) <= 4
    assert len(alt) <= 1000
    assert all(fact in alt for fact in facts)


def test_pictures_look_as_they_did() -> None:
    """Half as large, they are what was kept, but for a soft edge here and there.

    `python -m tests.gallery --baseline` keeps them anew, after a change that is meant; look at them first.
    """
    for name, content in compared().items():
        kept = np.asarray(Image.open(BASELINE / name).convert("RGB"), dtype=int)
        now = np.asarray(small(content), dtype=int)
        assert now.shape == kept.shape, name
        apart = np.abs(now - kept).max(axis=-1)
        assert (apart > 40).mean() < 0.01, name
        assert apart.mean() < 2, name
