"""What happens in a channel: people join, write, edit, delete, opt out and leave, and pictures are asked for."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from bot.pictures import Kind
from emotion.labels import EMOTIONS, Emotion

BEGINNING: Final = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
"""A Monday."""
MINIMUM: Final = 5
RETENTION: Final = 30
QUESTIONS: Final[tuple[tuple[Kind, int], ...]] = (("trend", 7), ("trend", 30), ("trend", 90), ("year", 7))
"""What is asked for each time: bars of every period, and the year, whose cells are shown one by one."""
_PEOPLE: Final = 9
_RARELY: Final = 0.3
_ZONES: Final = ("Asia/Seoul", "UTC", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe")
_LABELS: Final = EMOTIONS[:4]

Act = Literal["on", "off", "erase", "expire"]


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody wrote a message; nothing is kept of it where they do not consent."""

    number: int
    person: int
    time: datetime
    label: Emotion


@dataclass(frozen=True, slots=True)
class Edited:
    """A message reads as something else now."""

    number: int
    label: Emotion


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is gone."""

    number: int


@dataclass(frozen=True, slots=True)
class Acted:
    """Somebody opted in or out, or was erased; or the end of retention came for what is old enough."""

    act: Act
    person: int = 0


@dataclass(frozen=True, slots=True)
class Ruled:
    """An administrator set a rule."""

    minimum_people: int | None = None
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asked for a picture."""

    days: int
    timezone: str
    kind: Kind = "trend"


Event = Written | Edited | Deleted | Acted | Ruled | Asked


def life(chance: random.Random, rounds: int) -> Iterator[tuple[datetime, Event]]:
    """Everything that happens, with the moment at which it does.

    After each thing that happens all of `QUESTIONS` are asked, so that each single deed has a picture from before and
    one from after it.
    """
    now, number, absent = BEGINNING, 0, list(range(_PEOPLE))
    for _ in range(chance.randint(MINIMUM, _PEOPLE)):
        yield now, Acted("on", absent.pop(0))
    for _ in range(rounds):
        now += timedelta(minutes=chance.choice((1, 5, 60, 300, 1200)))
        for event in _happening(chance, now, number, absent):
            number += isinstance(event, Written)
            yield now, event
        zone = chance.choice(_ZONES)
        for kind, days in QUESTIONS:
            yield now, Asked(days, zone, kind)


def _happening(  # noqa: PLR0911 - one of many things
    chance: random.Random, now: datetime, number: int, absent: list[int]
) -> list[Event]:
    match chance.randrange(20):
        case 0:
            return [Edited(chance.randrange(number + 1), chance.choice(_LABELS))]
        case 1:
            return [Deleted(chance.randrange(number + 1))]
        case 2 | 3:
            who = chance.randrange(_PEOPLE)
            absent.append(who)
            return [Acted(chance.choice(("off", "off", "erase")), who)]
        case 4 | 5 | 6 if absent:
            return [Acted("on", absent.pop())]
        case 7 if chance.random() < _RARELY:
            return [Acted("expire")]
        case 8 if chance.random() < _RARELY:
            return [Ruled(minimum_people=chance.randint(3, 6)), Ruled(retention_days=chance.choice((10, 30)))]
        case 9 | 10 | 11 | 12:
            return _conversation(chance, now, number, chance.choice((1, 1, 2)))
    return _conversation(chance, now, number, chance.randint(3, _PEOPLE))


def _conversation(chance: random.Random, now: datetime, number: int, people: int) -> list[Event]:
    """Some of them write, today or up to three days ago (a late delivery), one to three messages each."""
    late = timedelta(days=chance.choice((0, 0, 0, 0, 1, 3)))
    authors = [
        person for person in chance.sample(range(_PEOPLE), people) for _ in range(chance.choice((1, 1, 1, 2, 3)))
    ]
    return [
        # No two at the same moment: it names a message.
        Written(number + place, person, now - late - timedelta(microseconds=number + place), chance.choice(_LABELS))
        for place, person in enumerate(authors)
    ]
