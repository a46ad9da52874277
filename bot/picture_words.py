"""What people type to have a picture drawn, in English or Korean, in any order."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.errors import BadCommand, BadPeriod, OneselfOnly
from bot.pictures import GROUNDS, KINDS, OF_CHANNELS, PERIODS, WITH_PERIOD, Audience, Ground, Kind, Look

T = TypeVar("T")

_AUDIENCES: Final[Mapping[str, Audience]] = {"me": "me", "나": "me", "here": "here", "여기": "here"}
_KINDS: Final[Mapping[str, Kind]] = {
    **{kind: kind for kind in KINDS},
    "추이": "trend",
    "흐름": "trend",
    "기분": "valence",
    "비교": "mix",
    "요일": "week",
    "일년": "year",
    "1년": "year",
    "한해": "year",
    "일기": "diary",
}
_PERIODS: Final[Mapping[str, int]] = {f"{days}{unit}": days for days in PERIODS for unit in ("d", "일")}
_GROUNDS: Final[Mapping[str, Ground]] = {**{ground: ground for ground in GROUNDS}, "밝게": "light", "어둡게": "dark"}
_OWN_PERIODS: Final[Mapping[Kind, Sequence[int]]] = {"mix": (7,)}
"""What may be said although it changes nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that somebody asked for; where nothing was said, one's own shares of seven days on a light ground."""

    audience: Audience = "me"
    days: int = PERIODS[0]
    look: Look = field(default_factory=Look)


def parse_picture(text: str, usage: str) -> Wanted:
    """Whose picture, which, of how many days, on which ground.

    BadCommand, with the usage, on other words and on two of a sort: one of them would be the wrong one. BadPeriod where
    the picture has a period of its own, OneselfOnly where it is not drawn of channels.
    """
    said = typed_words(text)
    audience, kind = _said(said, _AUDIENCES), _said(said, _KINDS)
    days, ground = _said(said, _PERIODS), _said(said, _GROUNDS)
    found = [len(audience), len(kind), len(days), len(ground)]
    if sum(found) < len(said) or max(found) > 1:
        raise BadCommand(usage)
    look = Look(kind[0] if kind else "trend", ground[0] if ground else "light")
    return checked(audience[0] if audience else "me", days[0] if days else None, look)


def typed_words(text: str) -> Sequence[str]:
    """As they are known: in small letters, and the year in Korean as one word, which people write as two."""
    return unicodedata.normalize("NFKC", text).casefold().replace("한 해", "한해").split()


def checked(audience: Audience, days: int | None, look: Look) -> Wanted:
    """The same from its parts, under the same promise; `days` is None where nothing was said."""
    if audience == "here" and look.kind not in OF_CHANNELS:
        raise OneselfOnly(look.kind)
    if days is not None and look.kind not in WITH_PERIOD and days not in _OWN_PERIODS.get(look.kind, ()):
        raise BadPeriod(look.kind)
    return Wanted(audience, days or PERIODS[0], look)


def _said(words: Sequence[str], known: Mapping[str, T]) -> Sequence[T]:
    return [known[word] for word in words if word in known]
