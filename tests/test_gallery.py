from pathlib import Path

from PIL import Image

from charts.style import THEMES
from tests.gallery import pictures, write_gallery


def test_the_gallery_shows_every_picture_with_its_words(tmp_path: Path) -> None:
    """In both languages and themes; the page names each file once, with the alternative text beside it."""
    write_gallery(tmp_path / "made")
    page = (tmp_path / "made" / "index.html").read_text(encoding="utf-8")
    expected = {f"{one.name}.{locale}.{theme}.png" for one in pictures() for locale in ("ko", "en") for theme in THEMES}
    assert {path.name for path in (tmp_path / "made").glob("*.png")} == expected
    for name in expected:
        assert page.count(f'src="{name}"') == 1
        with Image.open(tmp_path / "made" / name) as image:
            assert image.width == 1280
    assert page.count("alt=") == len(expected)
    assert 'alt=""' not in page
