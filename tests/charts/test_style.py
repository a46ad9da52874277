import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text

from charts import style
from charts.style import FontMissing, Theme, drawable, ensure_fonts
from emotion.labels import EMOTIONS, Emotion

Colours = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), 'A Physiologically-based Model for Simulation of Color Vision
# Deficiency', severity 1.0; applied to linear RGB.
VISION: dict[str, Colours] = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ: Colours = np.array(  # IEC 61966-2-1 (sRGB), white D65
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE: Colours = np.array([0.95047, 1.0, 1.08883])


both_themes = pytest.mark.parametrize("theme", style.THEMES.values(), ids=lambda theme: theme.name)


def linear(colour: str) -> Colours:
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: Colours) -> Colours:
    """CIELAB (CIE 15) of a colour in linear RGB."""
    x, y, z = (
        np.cbrt(part) if part > (6 / 29) ** 3 else part / (3 * (6 / 29) ** 2) + 4 / 29 for part in TO_XYZ @ rgb / WHITE
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def seen(colour: str, vision: str) -> Colours:
    return lab(np.clip(VISION[vision] @ linear(colour), 0, 1))


def test_every_emotion_has_one_colour() -> None:
    """Seven emotions, seven colours."""
    assert set(style.PALETTE) == set(EMOTIONS)
    assert len(set(style.PALETTE.values())) == len(EMOTIONS)


@pytest.mark.parametrize("vision", VISION)
def test_any_two_emotions_differ_to_every_kind_of_colour_vision(vision: str) -> None:
    """At least 25 apart in CIELAB, where 2.3 is just noticeable: all against all, for any two may meet in a stack."""
    closest = min(
        np.linalg.norm(seen(one, vision) - seen(other, vision))
        for one, other in itertools.combinations(style.PALETTE.values(), 2)
    )
    assert closest >= 25


def test_no_emotion_melts_into_the_background() -> None:
    """The lightest is at least 14 apart from white."""
    assert min(np.linalg.norm(lab(linear(c)) - lab(linear(style.BACKGROUND))) for c in style.PALETTE.values()) >= 14


@pytest.mark.parametrize("ink", [style.INK, style.QUIET_INK])
def test_letters_can_be_read_on_the_background(ink: str) -> None:
    """The contrast is at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    light, dark = ((TO_XYZ @ linear(colour))[1] for colour in (style.BACKGROUND, ink))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def lightness(colour: str) -> float:
    """What is left of a colour in grey: L* of CIELAB."""
    return float(lab(linear(colour))[0])


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2, from 1 to 21."""
    light, dark = sorted(((TO_XYZ @ linear(colour))[1] for colour in (one, other)), reverse=True)
    return float((light + 0.05) / (dark + 0.05))


@both_themes
@pytest.mark.parametrize("vision", VISION)
def test_no_colour_melts_into_either_background(theme: Theme, vision: str) -> None:
    """Emotions and the steps of the scale: to every eye at least 14 apart from what they stand on."""
    ground = seen(theme.background, vision)
    assert min(np.linalg.norm(seen(c, vision) - ground) for c in (*style.PALETTE.values(), *theme.scale)) >= 14


@both_themes
def test_no_colour_melts_into_either_background_in_grey(theme: Theme) -> None:
    """Printed without colour, at least 13 steps of lightness lie between."""
    ground = lightness(theme.background)
    assert min(abs(lightness(c) - ground) for c in (*style.PALETTE.values(), *theme.scale)) >= 13


def test_emotions_that_look_alike_in_grey_are_few() -> None:
    """Only fear and disgust are closer than 6 in lightness: names and shares stand at the bars for that.

    Seven colours that are far apart to every eye cannot all be far apart in lightness, too.
    """
    pairs = itertools.combinations(style.PALETTE, 2)
    alike = [pair for pair in pairs if abs(lightness(style.PALETTE[pair[0]]) - lightness(style.PALETTE[pair[1]])) < 6]
    assert alike == [(Emotion.FEAR, Emotion.DISGUST)]


@both_themes
@pytest.mark.parametrize("vision", VISION)
def test_any_two_steps_of_the_scale_differ_to_every_eye(theme: Theme, vision: str) -> None:
    """At least 12 apart in CIELAB, neighbours too."""
    closest = min(
        np.linalg.norm(seen(one, vision) - seen(other, vision)) for one, other in itertools.combinations(theme.scale, 2)
    )
    assert closest >= 12


@both_themes
def test_the_scale_grows_lighter_towards_the_pleasant(theme: Theme) -> None:
    """So its order survives in grey: each step is at least 6 lighter than the one before."""
    lights = [lightness(colour) for colour in theme.scale]
    assert min(after - before for before, after in itertools.pairwise(lights)) >= 6


@both_themes
def test_letters_of_either_theme_can_be_read(theme: Theme) -> None:
    """On the background at least 4.5 to 1, and lines that carry meaning at least 1.5 to 1."""
    assert min(contrast(ink, theme.background) for ink in (theme.ink, theme.quiet_ink)) >= 4.5
    assert min(contrast(colour, theme.background) for colour in (theme.hatch, theme.count)) >= 1.5


def test_the_light_theme_is_that_of_the_stack() -> None:
    """Pictures with and without a theme look alike."""
    light = style.LIGHT
    assert (light.background, light.ink, light.quiet_ink) == (style.BACKGROUND, style.INK, style.QUIET_INK)
    assert (light.count, light.grid, light.hatch) == (style.COUNT_COLOUR, style.GRID_COLOUR, style.HATCH_COLOUR)
    assert set(style.THEMES) == {"light", "dark"}


def test_the_packaged_font_draws_hangul() -> None:
    """After `ensure_fonts`, matplotlib finds a family that has Hangul."""
    ensure_fonts()
    (name, *_) = style.font(11).get_family()
    assert "KR" in Path(findfont(name, fallback_to_default=False)).name


def test_the_two_fonts_are_files_and_hangul_is_in_the_first() -> None:
    """The Hangul one before the one for everything else."""
    hangul, others = style.font_files()
    assert hangul == style.packaged_font()
    assert get_font(hangul).get_char_index(ord("가"))
    assert get_font(others).get_char_index(ord("Ж"))
    assert not get_font(others).get_char_index(ord("가"))


def test_a_text_of_another_size_leaves_the_font_as_it_is() -> None:
    """One object serves all texts of a size; matplotlib gives each a copy."""
    text = Text(fontproperties=style.font(11))
    text.set_fontsize(30)
    assert style.font(11) is style.font(11)
    assert style.font(11).get_size() == 11


def test_the_font_is_made_known_once() -> None:
    """Asking again adds nothing to matplotlib's list."""
    ensure_fonts()
    before = len(fontManager.ttflist)
    ensure_fonts()
    assert len(fontManager.ttflist) == before


def test_a_missing_font_stops(tmp_path: Path) -> None:
    """The error names the file and says what to reinstall."""
    with pytest.raises(FontMissing, match=r"nothing\.otf is not there; reinstall"):
        ensure_fonts(lambda: tmp_path / "nothing.otf")


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    """A truncated download is found at the start, not while drawing."""
    broken = tmp_path / "broken.otf"
    broken.write_bytes(style.packaged_font().read_bytes()[:1000])
    with pytest.raises(FontMissing, match="cannot be read"):
        ensure_fonts(lambda: broken)


def test_a_font_without_hangul_is_refused() -> None:
    """The font that comes with matplotlib is a font, but draws boxes for Hangul."""
    with pytest.raises(FontMissing, match="no Hangul"):
        ensure_fonts(lambda: Path(findfont("DejaVu Sans")))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("#프로젝트-alpha", "#프로젝트-alpha"),
        ("파티 🎉", "파티 \N{REPLACEMENT CHARACTER}"),
        ("two\nlines\x00", "two lines"),
        ("left\N{RIGHT-TO-LEFT OVERRIDE}right", "leftright"),
        ("Ελλάδα café", "Ελλάδα café"),
    ],
)
def test_what_no_font_has_is_replaced(text: str, drawn: str) -> None:
    """A channel's name may hold anything, but no box and no control character is drawn."""
    assert drawable(text) == drawn
