"""What is held about a person, and how it goes: erasure, retention, and the audit of both."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from bot.errors import KeyMismatch
from bot.messages import Person
from bot.pseudonyms import Pseudonyms, load_key
from bot.store import audit, erasure, key_check
from bot.store.base import Store

__all__ = ["Erasure", "Privacy", "Pseudonyms", "Reason", "load_key"]

log = logging.getLogger(__name__)

Reason = Literal["self", "administrator", "left", "retention"]

_ROLES: Final[dict[Reason, str]] = {
    "self": "self",
    "administrator": "administrator",
    "left": "system",
    "retention": "system",
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt of an erasure. It tells how much went, and nothing of what it was."""

    receipt: UUID
    time: datetime
    counts: Mapping[str, int]
    """Rows by table; every table with people in it is named, also with 0."""


class Privacy:
    """Looks at and deletes what is stored, through every table that has people in it."""

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        on_erase: Callable[[], None] = lambda: None,
    ) -> None:
        """`clock` returns the present, aware, in UTC. `on_erase` forgets what is held in memory, of whomever."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._on_erase = on_erase

    async def holdings(self, person: Person) -> Mapping[str, int]:
        """How many rows each table holds about the person."""
        async with self._store.read() as session:
            return await erasure.holdings(session, self._pseudonyms.person(person))

    async def erase(self, person: Person, *, actor: Person | None, reason: Reason) -> Erasure:
        """Delete everything about the person, consent included, and write an audit row without content.

        One transaction: all of it happens or none; what becomes of SQLite's log afterwards changes nothing about
        that. A reading that is being made meanwhile is not stored afterwards.
        Can be repeated; a second time it counts nothing. The audit keeps who did it only where that is somebody else.
        """
        now = self._clock()
        subject = self._pseudonyms.person(person)
        by = self._pseudonyms.person(actor) if actor is not None and actor != person else None
        async with self._store.begin() as session:
            counts = await erasure.erase(session, subject)
            entry = audit.Entry(f"erase:{reason}", _ROLES[reason], counts, by)
            receipt = await audit.append(session, entry, now)
        self._on_erase()
        await self._forget_log()
        return Erasure(receipt, now, counts)

    async def retain(self, days: int) -> int:
        """Delete what is older than so many days; how many readings went. Consents, schedules and the audit stay.

        Who withdrew that long ago and has no readings left is forgotten altogether.

        SQLite's log is emptied every time: an erasure before may not have managed to.
        """
        now = self._clock()
        async with self._store.begin() as session:
            counts = await erasure.expire(session, now - timedelta(days=days))
            if any(counts.values()):
                await audit.append(session, audit.Entry("retain", "system", counts), now)
        await self._forget_log()
        return counts["emotion_readings"]

    async def refuse(self, actor: Person, action: str) -> None:
        """Write down that somebody asked for what they may not do. `action` is a name of ours, never their words."""
        await self._write_down(f"refused:{action}", "member", actor)

    async def note(self, actor: Person, action: str) -> None:
        """Write down what an administrator did besides erasing. `action` is a name of ours, such as `looked:erase`."""
        await self._write_down(action, "administrator", actor)

    async def _write_down(self, action: str, role: str, actor: Person) -> None:
        entry = audit.Entry(action, role, {}, self._pseudonyms.person(actor))
        async with self._store.begin() as session:
            await audit.append(session, entry, self._clock())

    async def _forget_log(self) -> None:
        """Empty SQLite's log. The erasure is committed: to call it failed because of the log would be untrue."""
        try:
            await self._store.forget_log()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next retention empties the log
            kind = type(error).__name__
            log.warning("the write-ahead log could not be emptied (%s); the next erasure or retention will", kind)

    async def check_key(self) -> None:
        """Remember the key in a new database; raise KeyMismatch where the database was written under another.

        Under another key every person would be a stranger: their consent and their erasure would miss their rows.
        """
        ours = self._pseudonyms.fingerprint()
        async with self._store.begin() as session:
            await key_check.remember(session, ours, self._clock())
            stored = await key_check.remembered(session)
        if stored != ours:
            variable = "TEXT_HASH_KEY"
            problem = "is not the key this database was written under; put the earlier key (or text-hash.key) back"
            raise KeyMismatch(variable, problem)
