"""The audit log for those who look after a workspace: shown, exported, verified, and taken on again after a gap."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.anchor import Anchor
from bot.store import audit
from bot.store.audit import Entry, Logged, Verdict
from bot.store.base import Store
from bot.tabular import csv_bytes

__all__ = ["AuditLog", "Logged", "Verdict", "as_csv", "as_json", "explained"]

ACCEPTED: Final = "anchor:accepted"
OPERATOR: Final = "operator"
_COLUMNS: Final = ("id", "time", "action", "role", "receipt", "counts", "previous_hash", "hash")
_ABOUT: Final = (
    "Everything that was done with people's data, oldest first, without content and without names. Times are UTC."
    " Each hash is SHA-256 over [previous_hash, time, action, role, receipt without hyphens, counts as pairs sorted by"
    " name], as JSON without spaces and with times written to the microsecond; previous_hash is the hash of the entry"
    " before, and 64 zeros in the first."
)


class AuditLog:
    """Reads the log and vouches for it. Nothing in it is ever changed."""

    def __init__(self, store: Store, anchor: Anchor, clock: Callable[[], datetime]) -> None:
        """`anchor` is the one that the store moves. `clock` returns the present, aware, in UTC."""
        self._store = store
        self._anchor = anchor
        self._clock = clock

    async def latest(self, count: int | None = None) -> Sequence[Logged]:
        """The newest so many entries, newest first; all of them where no number is given."""
        async with self._store.read() as session:
            return await audit.latest(session, count)

    async def verify(self) -> Verdict:
        """Whether the log is what was written, and the one that the anchor knows."""
        known = self._anchor.read()  # first: the log may grow meanwhile
        async with self._store.read() as session:
            return await audit.verify(session, known)

    async def accept(self) -> Verdict:
        """Take the log as it stands for the true one: an entry tells of the gap, and the anchor goes there.

        For after a database was put back from a backup. Nothing is done where the anchor holds, and an entry that
        was altered is not made true by this: what is returned tells of it still.
        """
        found = await self.verify()
        if found.anchor in {"holds", "none"} or found.broken is not None:
            return found
        counts = {"newest": found.newest or 0, "anchored": found.anchored.id if found.anchored else 0}
        async with self._store.begin() as session:
            await audit.accept(session, Entry(ACCEPTED, OPERATOR, counts), self._clock())
        return await self.verify()

    async def note(self, action: str) -> None:
        """Write down what an operator did besides erasing. `action` is a name of ours."""
        async with self._store.begin() as session:
            await audit.append(session, Entry(action, OPERATOR, {}), self._clock())


def as_csv(entries: Sequence[Logged]) -> bytes:
    """The entries as a table, in the order given. Times in UTC, counts as JSON."""
    return csv_bytes(_COLUMNS, ([_plain(entry)[name] for name in _COLUMNS] for entry in entries))


def as_json(entries: Sequence[Logged]) -> bytes:
    """The entries as JSON, in the order given, with what is needed to go through the chain without us."""
    kept = [{**_plain(entry), "counts": dict(entry.counts)} for entry in entries]
    return json.dumps({"about": _ABOUT, "entries": kept}, ensure_ascii=False, indent=1).encode() + b"\n"


def explained(verdict: Verdict) -> Sequence[str]:
    """What the verdict means, and what to do, in sentences."""
    sentences: list[str] = []
    if verdict.broken is not None:
        sentences.append(
            f"Entry {verdict.broken} is not what was written, or what stood before it is gone: the log was altered"
            " behind the bot's back. Put the database back from a backup, or keep it as evidence."
        )
    at = verdict.anchored.id if verdict.anchored else 0
    match verdict.anchor:
        case "lost":
            end = f"at entry {verdict.newest}" if verdict.newest is not None else "before the first entry"
            sentences.append(
                f"The log ends {end}, and the anchor knows entry {at}: what came between is missing."
                " Either the database was put back from a backup, or entries were cut off."
            )
        case "other":
            sentences.append(
                f"The anchor knows another entry {at} than the database has: either the database was put back from a"
                " backup and used since, or entries were cut off or written anew."
            )
        case "missing":
            sentences.append("There is no anchor: nothing outside the database tells whether entries were cut off.")
        case "damaged":
            sentences.append("The anchor is damaged, cannot be read, or was written under another TEXT_HASH_KEY.")
        case _:
            since = verdict.anchored.since if verdict.anchored else None
            if since is not None and verdict.first is not None and since > verdict.first:
                sentences.append(
                    f"The anchor was begun at entry {since}: whether entries were cut off before is not known."
                )
    if verdict.broken is None and not verdict.whole:
        sentences.append("If you know why, take the log as it stands: maeum admin audit verify --accept")
    return sentences


def _plain(entry: Logged) -> Mapping[str, object]:
    return {
        "id": entry.id,
        "time": entry.time.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "role": entry.role,
        "receipt": str(entry.receipt),
        "counts": json.dumps(dict(entry.counts), sort_keys=True),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
