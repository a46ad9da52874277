"""The newest entry of the audit log, kept in a file beside the database: a log that was cut off or rewritten shows."""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final, Literal, Self

from sqlalchemy import URL

from bot.files import private_draft, tell_if_open_to_others

ANCHOR_FILE: Final = "audit.anchor"
ANCHOR: Final = "anchor"
"""Where a session that may write finds the anchor, in its `info`."""
MOVE: Final = "anchor_move"
"""Where a session notes how the anchor moves when it is committed."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """An entry that stood in the log when it was the newest."""

    id: int
    hash: str
    since: int
    """The first entry that was anchored: of those before, only the chain tells."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where the anchor goes."""

    to: Anchored
    anew: bool = False
    """Whatever it was before; otherwise only forward."""


class Anchor:
    """The anchor of one database. Any number of processes may move it.

    Each entry is sealed under the key that lives outside the database: whoever can write both the database and this
    file, and does not know the key, cannot make an anchor that fits. An older file put back together with an older
    database cannot be told from a true one.
    """

    def __init__(self, path: Path, database: str, seal: Callable[[str], str]) -> None:
        """`database` names the database among those whose anchors share the file; `seal` is keyed."""
        self.path: Final = path
        self._database = database
        self._seal = seal

    @classmethod
    def of(cls, url: URL, data_dir: Path, seal: Callable[[str], str]) -> Self:
        """Beside a SQLite file, where a copy of the file alone has none; for a server, in DATA_DIR."""
        if url.get_backend_name() == "sqlite" and url.database:
            file = Path(url.database)
            return cls(file.parent / ANCHOR_FILE, file.name, seal)
        options = url.query.get("options", "")  # it may choose a schema; the rest of the query can hold a password
        return cls(data_dir / ANCHOR_FILE, f"{url.host or ''}:{url.port or ''}/{url.database} {options}".strip(), seal)

    def read(self) -> Anchored | Literal["damaged"] | None:
        """What is anchored; None before the first entry.

        `damaged`: it cannot be read, is not what was written, or was written under another key.
        """
        try:
            kept = self._all().get(self._database)
            if kept is None:
                return None
            found = Anchored(int(kept["id"]), str(kept["hash"]), int(kept["since"]))
            fits = compare_digest(str(kept["seal"]).encode(), self._sealed(found).encode())
        except (OSError, ValueError, KeyError, TypeError):
            return "damaged"
        return found if fits else "damaged"

    def move(self, move: Move) -> None:
        """Move the anchor, and return when it is on the disk. OSError where it cannot be written.

        A damaged anchor moves only anew: what it was would be lost.
        """
        with _alone(self.path.parent):
            known = None if move.anew else self.read()
            if known == "damaged":
                return
            to = move.to
            if known is not None:
                newer = to if to.id > known.id else known
                to = replace(newer, since=min(known.since, to.since))
            try:
                others = self._all()
            except ValueError:
                others = {}
            self._write({**others, self._database: {**asdict(to), "seal": self._sealed(to)}})

    def _all(self) -> Mapping[str, Any]:
        try:
            text = self.path.read_text("utf-8")
            tell_if_open_to_others(self.path)
        except FileNotFoundError:
            return {}
        kept = json.loads(text)
        if not isinstance(kept, dict):
            message = "not an anchor"
            raise ValueError(message)  # noqa: TRY004 - damaged, as any other content
        return kept

    def _sealed(self, anchored: Anchored) -> str:
        return self._seal(f"{self._database}\n{anchored.id}\n{anchored.hash}\n{anchored.since}")

    def _write(self, kept: Mapping[str, Any]) -> None:
        with private_draft(self.path, json.dumps(kept, indent=1, sort_keys=True) + "\n") as draft:
            draft.replace(self.path)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else moves an anchor in this folder meanwhile; at the end the folder itself is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
