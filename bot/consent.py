"""Who may be read: nobody, until they say so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.messages import Person
from bot.pseudonyms import Pseudonyms
from bot.store import notices, people
from bot.store.base import Store


@dataclass(frozen=True, slots=True)
class ConsentStatus:
    """What a person may know about themselves: whether they are read, and what is stored."""

    on: bool
    since: datetime | None
    """When they opted in; None while off."""
    readings: int
    first: date | None
    last: date | None
    """The UTC dates of the oldest and the newest stored reading; None where there is none."""


class Consent:
    """Grants, withdrawals, and the one notice of a channel."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        """`clock` returns the present, aware, in UTC."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def grant(self, person: Person, by: str) -> None:
        """Read the person's messages from now on. `by` names where they said so, such as `command` or `button`."""
        async with self._store.begin() as session:
            user_id = self._pseudonyms.person(person)
            await people.grant(session, user_id, team=person.team, source=by, now=self._clock())

    async def withdraw(self, person: Person, by: str) -> None:
        """Read nothing any more, not even what is being read this moment. What is stored stays until erased."""
        async with self._store.begin() as session:
            await people.withdraw(session, self._pseudonyms.person(person), source=by, now=self._clock())

    async def status(self, person: Person) -> ConsentStatus:
        """Whether the person is read, and what is stored of theirs."""
        user_id = self._pseudonyms.person(person)
        async with self._store.read() as session:
            standing = await people.standing(session, user_id)
            kept = await people.kept(session, user_id)
        since = standing.since if standing else None
        return ConsentStatus(standing is not None, since, kept.readings, kept.first, kept.last)

    async def notice_due(self, team: str, channel: str) -> bool:
        """Take on the channel's notice. True exactly once, until it is released."""
        async with self._store.begin() as session:
            return await notices.claim(session, team, channel, self._clock())

    async def release_notice(self, team: str, channel: str) -> None:
        """The notice could not be posted: the next call may try again."""
        async with self._store.begin() as session:
            await notices.release(session, team, channel)
