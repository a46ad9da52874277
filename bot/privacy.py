"""What is held about a person, and how it goes: erasure, retention, and the audit of both."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import KeyMismatch, StoreBusy
from bot.ledger import Deletion, Ledger
from bot.messages import Person
from bot.pseudonyms import Pseudonyms, load_key
from bot.store import audit, departures, erasure, files, key_check, people
from bot.store.base import Store

__all__ = ["Erasure", "Privacy", "Pseudonyms", "Reason", "load_key"]

log = logging.getLogger(__name__)

Reason = Literal["self", "administrator", "operator", "left", "retention"]

_ROLES: Final[dict[Reason, str]] = {
    "self": "self",
    "administrator": "administrator",
    "operator": "operator",
    "left": "system",
    "retention": "system",
}


T = TypeVar("T")

Forgets = Callable[[UUID | None], None]
"""Forgets what is held in memory: of the one whose pseudonym it is, or of everybody where that is not known."""

_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.2
_UNDER_WAY: Final = timedelta(minutes=10)
"""How long it may take at most from the first look at what a file shows until Slack has it."""
_APART: Final = timedelta(minutes=1)
"""How far the clocks of two processes may be apart."""


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
        ledger: Ledger | None = None,
    ) -> None:
        """`clock` returns the present, aware, in UTC. `on_erase` forgets what is held in memory, of whomever.

        In the `ledger` deletions are written down outside the database; without one, a database that is put back
        from a backup brings back what was deleted.
        """
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._on_erase = on_erase
        self._ledger = ledger
        self._listeners: list[Forgets] = []
        self._heard: int | None = None  # the newest erasure in the audit that was heard of

    def tell(self, forgets: Forgets) -> None:
        """Call this too after each erasure, right when it is committed."""
        self._listeners.append(forgets)

    async def holdings(self, person: Person) -> Mapping[str, int]:
        """How many rows each table holds about the person."""
        async with self._store.read() as session:
            return await erasure.holdings(session, self._pseudonyms.person(person))

    async def erase(self, person: Person, *, actor: Person | None, reason: Reason) -> Erasure:
        """Delete everything about the person, consent included, and write an audit row without content.

        One transaction: all of it happens or none; what becomes of the database's own log afterwards changes nothing
        about that. A reading that is being made meanwhile is not stored afterwards. Right before the transaction is
        committed it is written into the ledger. Where it is then lost what became of it, the error is raised and the
        next start repeats the deletion.

        Can be repeated; a second time it counts nothing. The audit keeps who did it only where that is somebody else.
        Where somebody else holds the database, it is tried for some seconds.
        """
        subject = self._pseudonyms.person(person)
        by = self._pseudonyms.person(actor) if actor is not None and actor != person else None
        deletion = Deletion(uuid4(), self._clock(), person=subject)

        async def work(session: AsyncSession) -> Mapping[str, int]:
            return await erasure.erase(session, subject, deletion.time)

        counts = await self._delete(deletion, f"erase:{reason}", _ROLES[reason], work, by)
        return Erasure(deletion.receipt, deletion.time, counts or {})

    async def depart(self, team: str) -> None:
        """The workspace has uninstalled the app. What is stored of it goes when its grace has run out."""
        async with self._store.begin() as session:
            await departures.begin(session, team, self._clock())

    async def come_back(self, team: str) -> bool:
        """The app is installed in the workspace: nothing is to go. True where something was to."""
        async with self._store.read() as session:  # so that no writer waits where nothing is to be done
            if team not in await departures.standing(session):
                return False
        async with self._store.begin() as session:
            return await departures.cancel(session, team)

    async def departed(self, grace_days: int | None = None) -> Sequence[str]:
        """Workspaces that uninstalled the app so many days ago or more, or at all, and are not forgotten yet."""
        async with self._store.read() as session:
            if grace_days is None:
                return sorted(await departures.standing(session))
            return await departures.due(session, self._clock() - timedelta(days=grace_days))

    async def forget_team(self, team: str, grace_days: int) -> Erasure | None:
        """Delete everything about a workspace that uninstalled the app so many days ago or more; otherwise None.

        As an erasure: with a receipt, and in the ledger.
        """
        deletion = Deletion(uuid4(), self._clock(), team=team)
        before = deletion.time - timedelta(days=grace_days)

        async def work(session: AsyncSession) -> Mapping[str, int] | None:
            if not await departures.is_due(session, team, before):  # it came back, or another process was first
                return None
            return await erasure.erase_team(session, team)

        counts = await self._delete(deletion, "erase:uninstalled", "system", work)
        return Erasure(deletion.receipt, deletion.time, counts) if counts is not None else None

    async def replay(self) -> int:
        """Repeat the deletions that the ledger holds and the database has not seen; how many.

        That is what a database put back from a backup needs, before anybody is read. Each is written into the audit
        with the receipt that it had, so it is repeated once, by one process. What was deleted in another database
        that shares the ledger is none of this one's. Who opted in anew since the deletion,
        and has nothing older, keeps what there is.
        """
        if self._ledger is None:
            return 0
        known = await asyncio.to_thread(self._ledger.deletions)
        async with self._store.read() as session:
            seen = await audit.erasures(session)
            here = await key_check.identity(session)
        repeated = 0
        for deletion in known:
            if deletion.receipt not in seen and deletion.concerns(here):
                repeated += await _patiently(lambda deletion=deletion: self._repeat(deletion))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        if repeated:
            log.warning("%d deletions were repeated: the database, put back from a backup, did not know them", repeated)
            self._tell(None)
            await self._forget_log(erasure.table_names())
        return repeated

    async def news(self) -> bool:
        """Whether somebody was erased since this was asked last, by whichever process; if so, forget what is in memory.

        The first time it only takes note.
        """
        async with self._store.read() as session:
            newest = await audit.newest_erasure(session, self._heard or 0)
        heard, self._heard = self._heard, newest
        if heard is None or newest == heard:
            return False
        self._tell(None)
        return True

    async def _delete(
        self,
        deletion: Deletion,
        action: str,
        role: str,
        work: Callable[[AsyncSession], Awaitable[Mapping[str, int] | None]],
        actor: UUID | None = None,
    ) -> Mapping[str, int] | None:
        """Do the work with its audit row and its line in the ledger; None where there was nothing to do after all."""

        async def once() -> Mapping[str, int] | None:
            counts: Mapping[str, int] | None = None
            written = False
            try:
                async with self._store.begin() as session:
                    counts = await work(session)
                    if counts is None:
                        return None
                    await audit.append(
                        session, audit.Entry(action, role, counts, actor), deletion.time, deletion.receipt
                    )
                    await session.flush()
                    if self._ledger is not None:
                        here = replace(deletion, database=await key_check.identity(session))
                        written = True
                        self._ledger.append(here)  # not in a thread: a task that is cut off would leave it behind
            except BaseException as error:
                if not written or not await self._is_committed(deletion) or not isinstance(error, Exception):
                    raise
            return counts

        counts = await _patiently(once)
        if counts is not None:
            self._tell(deletion.person)
            await self._forget_log([name for name, rows in counts.items() if rows])
        return counts

    async def _is_committed(self, deletion: Deletion) -> bool:
        """What became of a deletion whose commit failed or was cut off. One that is not there the ledger takes back."""
        try:
            async with self._store.read() as session:
                committed = await audit.has(session, deletion.receipt)
            if not committed and self._ledger is not None:
                self._ledger.void(deletion.receipt)
        except Exception as error:  # noqa: BLE001 - the error that is on its way counts
            log.warning(
                "it is not known whether a deletion was committed (%s): the next start repeats it", type(error).__name__
            )
            return False
        return committed

    async def _repeat(self, deletion: Deletion) -> bool:
        """Repeat a deletion, unless another process has. Whether it was this one."""
        async with self._store.begin() as session:
            await erasure.hold(session)
            if await audit.has(session, deletion.receipt):
                return False
            counts: Mapping[str, int] = {}
            if deletion.team is not None:
                counts = await erasure.erase_team_again(session, deletion.team, deletion.time, self._clock())
            elif deletion.person is not None and await erasure.predates(session, deletion.person, deletion.time):
                counts = await erasure.erase(session, deletion.person, self._clock())
            entry = audit.Entry("erase:replayed", "system", counts)
            await audit.append(session, entry, self._clock(), deletion.receipt)
        return True

    def _tell(self, subject: UUID | None) -> None:
        """Have everybody forget. The deletion is committed: it is not called failed because one of them cannot."""
        for forgets in (lambda _: self._on_erase(), *self._listeners):
            try:
                forgets(subject)
            except Exception as error:  # noqa: BLE001 - as above
                log.error("not all that is held in memory was forgotten: %s", type(error).__name__)  # noqa: TRY400 - a traceback may quote it

    async def sent(self, person: Person, sent: Sequence[str], *, begun: datetime | None = None) -> None:
        """Slack has taken these files, which are for the person alone: they are to go with the person.

        `begun` is when what they show was looked up; up to ten minutes ago where it is not given. Where somebody was
        erased since, and of the person nothing is known, or nothing older than that, it may have been they, while the
        file was on its way: then Slack is told to delete the files. Otherwise they are remembered like everybody's,
        also of whom nothing was ever known.
        """
        await self.sent_to(self._pseudonyms.person(person), person.team, sent, begun=begun)

    async def sent_to(
        self,
        user_id: UUID,
        team: str,
        sent: Sequence[str],
        *,
        begun: datetime | None = None,
        instead_of: str | None = None,
    ) -> None:
        """The same by the person's pseudonym. `instead_of` is a name under which one of these was remembered before."""
        now = self._clock()
        async with self._store.begin() as session:
            await erasure.wait_for_erasure(session, user_id)
            known = await people.is_known(session, user_id, hold=True)
            if known and begun is not None:
                acts = await people.receipts(session, user_id)
                known = not acts or acts[0].time <= begun
            since = begun - _APART if begun is not None else now - _UNDER_WAY
            gone = not known and await audit.erased_since(session, since)
            for file in sent:
                if gone:
                    await files.condemn(session, file, team=team, now=now)
                else:
                    await files.remember(session, file, team=team, user_id=user_id, now=now)
            if instead_of is not None and not gone:
                await files.forget(session, instead_of)
        if gone:
            self._tell(None)

    async def retain(self, days: int) -> int:
        """Delete what is older than its workspace's retention; how many readings went.

        That is `days`, unless administrators have set another. Consents, schedules and the audit stay.

        Who withdrew that long ago and has no readings left is forgotten altogether.

        SQLite's log is emptied every time: an erasure before may not have managed to.
        """
        now = self._clock()

        async def once() -> Mapping[str, int]:
            async with self._store.begin() as session:
                counts = await erasure.expire(session, days, now)
                if any(counts.values()):
                    await audit.append(session, audit.Entry("retain", "system", counts), now)
            return counts

        counts = await _patiently(once)
        await self._forget_log([name for name, rows in counts.items() if rows])
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

    async def _forget_log(self, touched: Collection[str] = ()) -> None:
        """Clear the database's files. The erasure is committed: to call it failed because of them would be untrue."""
        try:
            await self._store.forget_log(touched)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next retention tries again
            kind = type(error).__name__
            log.warning("the database's files could not be cleared (%s); the next erasure or retention will", kind)

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


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; again after a moment where somebody else held what it needs, a few times."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except StoreBusy:
            await asyncio.sleep(_PAUSE_SECONDS * (0.5 + random.random()))  # noqa: S311 - a pause, not a secret
    return await work()
