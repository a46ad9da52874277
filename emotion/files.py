"""Files that several processes read and write: replaced whole, by one writer at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other thread or process is inside the same lock, then hold it; its folder is made if need be."""
    import fcntl  # noqa: PLC0415 - Windows has none, and only writers come this far

    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released with the file, also by a process that dies
        yield


def write_whole(file: Path, text: str) -> None:
    """Replace a file: a reader sees the old or the new text, after a power cut too. One writer at a time, please."""
    new = file.with_name(f"{file.name}.new")
    with new.open("w", encoding="utf-8") as content:
        content.write(text)
        content.flush()
        os.fsync(content.fileno())
    new.replace(file)
    settle(file.parent)


def settle(place: Path) -> None:
    """Have the disk keep what stands in this file, or which names stand in this folder."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
