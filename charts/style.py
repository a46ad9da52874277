"""What every picture shares: one colour an emotion, the fonts, the sizes."""

import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from emotion.labels import Emotion

Locale = Literal["ko", "en"]
"""The language of a picture."""

PALETTE: Final[Mapping[Emotion, str]] = MappingProxyType(
    {
        Emotion.JOY: "#f2b63a",
        Emotion.SURPRISE: "#5abae7",
        Emotion.NEUTRAL: "#d2d6da",
        Emotion.SADNESS: "#266ac9",
        Emotion.FEAR: "#603477",
        Emotion.ANGER: "#e64f52",
        Emotion.DISGUST: "#37570f",
    }
)
"""One fixed colour an emotion, in the order of the stack from below.

Found by a search near familiar hues for the largest smallest distance: any two stay at least 25 apart
in CIELAB to an eye with normal, protanope, deuteranope or tritanope vision (a test holds it). They
differ in lightness too, and thin white lines lie between them.
"""

INK: Final = "#1f2328"
QUIET_INK: Final = "#5c636b"
COUNT_COLOUR: Final = "#8a929b"
GRID_COLOUR: Final = "#e6e8eb"
HATCH_COLOUR: Final = "#b4bac1"
BACKGROUND: Final = "#ffffff"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture that depend on what it stands on. Those of emotions and of the scale do not."""

    name: Literal["light", "dark"]
    background: str
    ink: str
    """Text that is read first."""
    quiet_ink: str
    """Text that is looked up: dates, units, keys."""
    count: str
    """Bars of how much was written."""
    grid: str
    hatch: str
    """What may not be shown, and thin lines."""
    band: str
    """Around a line: where its value may lie."""
    scale: tuple[str, str, str, str, str]
    """From unpleasant to pleasant, from blue over grey to yellow.

    Each step is lighter than the one before, so that the order survives in grey and to every kind of colour vision
    (tests hold it). All five stand out from the background.
    """
    soft: float
    """How much of an emotion's colour is left in the bar of the earlier period; the rest is background."""


LIGHT: Final = Theme(
    name="light", background=BACKGROUND, ink=INK, quiet_ink=QUIET_INK, count=COUNT_COLOUR, grid=GRID_COLOUR,
    hatch=HATCH_COLOUR, band="#dfe3ea", scale=("#1d3f8f", "#4a67a8", "#868c94", "#c59f42", "#ffcb2e"), soft=0.4,
)  # fmt: skip
DARK: Final = Theme(
    name="dark", background="#1a1d21", ink="#e9ebed", quiet_ink="#a9b0b8", count="#6d7680", grid="#2d3238",
    hatch="#59616a", band="#3a414b", scale=("#3460cf", "#7089c6", "#999ea6", "#cdaf63", "#ffdb55"), soft=0.45,
)  # fmt: skip
THEMES: Final[Mapping[str, Theme]] = MappingProxyType({theme.name: theme for theme in (LIGHT, DARK)})

WIDTH_INCHES: Final = 6.4
DPI: Final = 200
"""1280 pixels wide: sharp at twice the density, and still readable where Slack shows it 400 pixels wide."""

TITLE_POINTS: Final = 16.0
SUBTITLE_POINTS: Final = 11.5
LABEL_POINTS: Final = 11.0

_FONT_PACKAGE: Final = "pylopdf_fonts_ko"  # Noto Sans KR (SIL OFL 1.1) as data, from the noto-cjk release
_FONT_FILE: Final = "NotoSansKR-Regular.otf"
_LATIN_FALLBACK: Final = "DejaVu Sans"  # ships with matplotlib: scripts and signs that the Hangul font lacks
_SAMPLE: Final = "가힣ㅋAz09"
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_registering = threading.Lock()


class FontMissing(Exception):
    """No font that can draw Hangul: a picture would show boxes. Raised at the start, not while drawing."""

    def __init__(self, problem: str) -> None:
        """`problem` says what is wrong with which file, for the log."""
        super().__init__(f"{problem}; reinstall the package pylopdf-fonts-ko")


@lru_cache(maxsize=1)
def packaged_font() -> Path:
    """Where the Hangul font of the installed package lies. FontMissing where the package is not installed.

    Found once: the search takes as long as a line of text.
    """
    try:
        return Path(str(files(_FONT_PACKAGE).joinpath(_FONT_FILE)))
    except ModuleNotFoundError as error:
        message = f"the package {_FONT_PACKAGE} is not installed"
        raise FontMissing(message) from error


def ensure_fonts(locate: Callable[[], Path] = packaged_font) -> None:
    """Make sure that Hangul and Latin letters can be drawn. FontMissing where they cannot. Cheap when repeated."""
    _family(locate())


@lru_cache(maxsize=64)
def font(points: float) -> FontProperties:
    """Hangul and Latin from one family, anything else from the fallback. FontMissing as in `ensure_fonts`.

    One object a size, not to be changed; a matplotlib text takes a copy.
    """
    return FontProperties(family=[_family(packaged_font()), _LATIN_FALLBACK], size=points)


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, Path]:
    """Where the two fonts of `font` lie, that with Hangul first. FontMissing as in `ensure_fonts`."""
    ensure_fonts()
    return packaged_font(), Path(findfont(FontProperties(family=_LATIN_FALLBACK)))


def drawable(text: str) -> str:
    """`text` on one line, with a replacement character for whatever neither font has (an emoji, a rare script)."""
    known = _characters()
    seen = (char for char in " ".join(text.split()) if unicodedata.category(char) not in {"Cc", "Cf", "Mn"})
    return "".join(char if char in known else _REPLACEMENT for char in seen)


@lru_cache(maxsize=8)
def _family(path: Path) -> str:
    """Check the font and make it known to matplotlib; the name under which it is known."""
    if not path.is_file():
        message = f"{path.name} is not there"
        raise FontMissing(message)
    try:
        face = get_font(path)
    except (OSError, RuntimeError) as error:  # FreeType's complaints about a file that is no font
        message = f"{path.name} cannot be read as a font"
        raise FontMissing(message) from error
    if not all(face.get_char_index(ord(char)) for char in _SAMPLE):
        message = f"{path.name} has no Hangul"
        raise FontMissing(message)
    with _registering:
        if not any(entry.fname == str(path) for entry in fontManager.ttflist):
            fontManager.addfont(path)
    return face.family_name


@lru_cache(maxsize=1)
def _characters() -> frozenset[str]:
    return frozenset(chr(code) for file in font_files() for code in get_font(file).get_charmap())
