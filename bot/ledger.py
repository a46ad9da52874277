"""The deletions, written down outside the database: one that is put back from a backup forgets them again.

A line of JSON for each deletion, with its receipt, whom it was about (a pseudonym, or a workspace) and when; and one
more where it was not committed after all. It holds no content. Keep it out of the backups of the database: a ledger
that is put back together with it knows no more than the backup does.
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from bot.errors import ConfigurationError
from bot.files import tell_if_open_to_others
from emotion.files import settle

log = logging.getLogger(__name__)

LEDGER_FILE: Final = "deletions.ledger"
"""Its name in DATA_DIR, beside the key."""
_VARIABLE: Final = "DATA_DIR"
_TAIL: Final = 4096
"""Bytes looked at for the last line; no line is nearly as long."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion that was decided. Either `person` (a pseudonym) or `team` says of whom."""

    receipt: UUID
    time: datetime
    person: UUID | None = None
    team: str | None = None
    database: str | None = None
    """In which database it was committed; None where that one did not say. A copy of it says the same."""

    def concerns(self, database: str | None) -> bool:
        """Whether that database, or the one it is a copy of, is where the deletion was to happen."""
        return None in {database, self.database} or database == self.database


class Ledger:
    """The file. Any number of processes on one machine may write it; each line is on the disk when its call returns.

    Every method raises ConfigurationError, which names DATA_DIR, where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet. The file is made with the first line, for its owner only."""
        self.path: Final = path

    def append(self, deletion: Deletion) -> None:
        """Write down that this is about to be committed."""
        whom = {"person": str(deletion.person)} if deletion.person is not None else {"team": deletion.team}
        where = {"database": deletion.database} if deletion.database is not None else {}
        self._write({"receipt": str(deletion.receipt), **whom, "time": deletion.time.isoformat(), **where})

    def void(self, receipt: UUID) -> None:
        """Write down that it was not committed."""
        self._write({"void": str(receipt)})

    def deletions(self) -> Sequence[Deletion]:
        """Every deletion that stands, oldest first.

        A last line that is cut off is told in the log and counts for nothing: its writer died before it could commit.
        Any other line that is no such line is an error, for a deletion may be lost with it.
        """
        with _explained(self.path):
            if not self.path.exists():
                return []
            tell_if_open_to_others(self.path)
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                content = file.read()
        return self._standing(content)

    def _standing(self, content: bytes) -> Sequence[Deletion]:
        *whole, last = content.split(b"\n")
        found: dict[UUID, Deletion] = {}
        for number, line in enumerate(whole, start=1):
            try:
                _take(found, line)
            except ValueError:
                problem = (
                    f"line {number} of {self.path} is damaged, and a deletion may be lost with it; "
                    "put the file back from a copy, or take that line out"
                )
                raise ConfigurationError(_VARIABLE, problem) from None
        if last:
            try:
                _take(found, last)
            except ValueError:
                log.warning("the last line of %s is cut off: its deletion was never committed", self.path)
        return list(found.values())

    def _write(self, line: Mapping[str, object]) -> None:
        with _explained(self.path):
            new = not self.path.exists()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # released with the file, also by a process that dies
                _mend(file)
                file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                settle(self.path.parent)


def _take(found: dict[UUID, Deletion], line: bytes) -> None:
    """Add what the line says. ValueError for a line that is none of ours."""
    said = json.loads(line)
    try:
        if "void" in said:
            found.pop(UUID(said["void"]), None)
            return
        person, team = said.get("person"), said.get("team")
        deletion = Deletion(
            receipt=UUID(said["receipt"]),
            time=datetime.fromisoformat(said["time"]),
            person=UUID(person) if person is not None else None,
            team=team,
            database=said.get("database"),
        )
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(type(error).__name__) from None
    if (person is None) == (team is None) or not isinstance(team, str | None) or deletion.time.tzinfo is None:
        message = "of nobody, of both, or of no certain moment"
        raise ValueError(message)
    found[deletion.receipt] = deletion


def _mend(file: BinaryIO) -> None:
    """Take away what a writer that died left of its line, or give a whole line the end that it lacks."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    last = file.read().rpartition(b"\n")[2]
    if not last:
        return
    try:
        _take({}, last)
    except ValueError:
        file.truncate(size - len(last))
    else:
        file.write(b"\n")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = (
            f"{path} can be neither read nor written ({type(error).__name__}); nothing is deleted without it, "
            "so that a backup cannot bring it back"
        )
        raise ConfigurationError(_VARIABLE, problem) from None
