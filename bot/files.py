"""Files that nobody else on the machine should read."""

import logging
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_REMEMBERED: Final = 256


def private_folder(path: Path) -> None:
    """Make the folder for its owner alone, and what is missing above it. One that stands already keeps its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=stat.S_IRWXU, exist_ok=True)


@contextmanager
def private_draft(path: Path, text: str) -> Iterator[Path]:
    """A new file beside `path` with this text, on the disk, for its owner alone: to be renamed or linked to `path`.

    What has no other name at the end is gone.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def mode_where(path: Path, bits: int) -> int | None:
    """The mode of a file or folder, where any of these bits is set; None where none is, or where it cannot be seen."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    return mode if mode & bits else None


def tell_if_open_to_others(path: Path) -> None:
    """Warn, once a process for each file, where its mode lets others read or change it.

    The mode stays as it is: it may be wanted, and the file may not be ours to change. OSError where there is none.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        _warn(path.absolute(), mode)


@lru_cache(_REMEMBERED)  # the same file is opened many times
def _warn(path: Path, mode: int) -> None:
    log.warning("%s is open to others on this machine (mode %04o); to keep it to its owner: chmod 600", path, mode)
