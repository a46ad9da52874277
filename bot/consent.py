"""Who may be read: nobody, until they say so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.messages import Person
from bot.notice import NOTICE_VERSION
from bot.pseudonyms import Pseudonyms
from bot.store import notices, people, schedules
from bot.store.base import Store
from bot.store.people import ConsentReceipt

_GRANTS: Final = frozenset({"on", "kept"})


LONGEST_PAUSE: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ConsentStatus:
    """What a person may know about themselves: whether they are read, and what is stored."""

    on: bool
    """Whether they consent to today's notice; during a pause too."""
    since: datetime | None
    """When they opted in; None while off."""
    readings: int
    first: date | None
    last: date | None
    """The UTC dates of the oldest and the newest stored reading; None where there is none."""
    paused_until: datetime | None = None
    """The end of a pause that lasts."""
    outdated: bool = False
    """Whether they agreed to an earlier notice only: they are off until they agree to today's."""
    receipts: Sequence[ConsentReceipt] = ()
    """Every act of consent, oldest first."""


class Consent:
    """Grants, withdrawals, pauses, and the one notice of a channel."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        """`clock` returns the present, aware, in UTC."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def grant(self, person: Person, by: str) -> None:
        """Read the person's messages from now on. `by` names where they said so, such as `command` or `button`.

        It is consent to today's notice (`bot.notice`), and ends a pause.
        """
        async with self._store.begin() as session:
            user_id = self._pseudonyms.person(person)
            await people.grant(session, user_id, team=person.team, source=by, now=self._clock())

    async def withdraw(self, person: Person, by: str) -> bool:
        """Read nothing any more, not even what is being read this moment. What is stored stays until erased.

        Their diary comes no more; True where one was to come.
        """
        user_id = self._pseudonyms.person(person)
        async with self._store.begin() as session:
            await people.withdraw(session, user_id, source=by, now=self._clock())
            return await schedules.end_diary(session, person.team, user_id) > 0

    async def pause(self, person: Person, span: timedelta, by: str) -> datetime | None:
        """Read nothing for that long, then again; the moment of that. None where there is no consent to pause.

        Messages written during the pause are never read, not even afterwards. ValueError for a span that is not
        above nothing, or longer than 31 days: that is what `withdraw` is for.
        """
        if not timedelta(0) < span <= LONGEST_PAUSE:
            message = "a pause lasts longer than nothing and 31 days at most"
            raise ValueError(message)
        now = self._clock()
        async with self._store.begin() as session:
            user_id = self._pseudonyms.person(person)
            if await people.standing(session, user_id) is None:
                return None
            paused = await people.pause(session, user_id, until=now + span, source=by, now=now)
        return now + span if paused else None

    async def status(self, person: Person) -> ConsentStatus:
        """Whether the person is read, and what is stored of theirs."""
        user_id = self._pseudonyms.person(person)
        async with self._store.read() as session:
            row = await people.decided(session, user_id)
            kept = await people.kept(session, user_id)
            receipts = await people.receipts(session, user_id)
        begins = row.consented_at if row is not None else None
        outdated = row is not None and begins is not None and row.notice_version < NOTICE_VERSION
        on = begins is not None and not outdated
        granted = next((receipt.time for receipt in reversed(receipts) if receipt.act in _GRANTS), begins)
        return ConsentStatus(
            on=on,
            since=granted if on else None,
            readings=kept.readings,
            first=kept.first,
            last=kept.last,
            paused_until=begins if on and begins is not None and begins > self._clock() else None,
            outdated=outdated,
            receipts=receipts,
        )

    async def ask_again(self, person: Person) -> bool:
        """Take on asking somebody who agreed to an earlier notice only. True exactly once for each notice."""
        user_id = self._pseudonyms.person(person)
        async with self._store.read() as session:
            row = await people.decided(session, user_id)
        if row is None or row.consented_at is None or row.asked_version >= NOTICE_VERSION:
            return False
        async with self._store.begin() as session:
            return await people.ask_again(session, user_id)

    async def notice_due(self, team: str, channel: str) -> bool:
        """Take on the channel's notice. True exactly once for each version of it, until it is released."""
        async with self._store.begin() as session:
            return await notices.claim(session, team, channel, self._clock())

    async def release_notice(self, team: str, channel: str) -> None:
        """The notice could not be posted: the next call may try again."""
        async with self._store.begin() as session:
            await notices.release(session, team, channel)

    async def notices_outdated(self, team: str) -> Sequence[str]:
        """Channels that were told an earlier notice, or none because posting failed. Claim each with `notice_due`."""
        async with self._store.read() as session:
            return await notices.outdated(session, team)
