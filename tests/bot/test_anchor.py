"""The anchor of the audit log: a small file that only goes forward, and that nobody without the key can make."""

import json
import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.anchor import ANCHOR_FILE, Anchor, Anchored, Move
from bot.pseudonyms import Pseudonyms
from tests.factories import KEY


def made(folder: Path, database: str = "maeum.db", key: bytes = KEY) -> Anchor:
    return Anchor(folder / ANCHOR_FILE, database, Pseudonyms(key).seal)


def at(number: int, since: int = 1) -> Anchored:
    return Anchored(number, f"{number:064x}", since)


def test_it_is_kept_for_its_owner_alone_and_only_goes_forward(tmp_path: Path) -> None:
    """An older entry that is told later, by a slower process, moves nothing back."""
    anchor = made(tmp_path / "new")
    assert anchor.read() is None
    for number in (3, 7, 5):
        anchor.move(Move(at(number)))
    assert anchor.read() == at(7)
    assert stat.S_IMODE(anchor.path.stat().st_mode) == 0o600
    assert [file.name for file in anchor.path.parent.iterdir()] == [ANCHOR_FILE]


def test_since_when_it_vouches_is_never_later_than_it_was(tmp_path: Path) -> None:
    """Of two processes that begin at once, the earlier entry counts, whoever writes first."""
    anchor = made(tmp_path)
    for moved in (at(2, since=2), at(1, since=1)):
        anchor.move(Move(moved))
    assert anchor.read() == at(2, since=1)


def test_anew_it_goes_where_it_is_told(tmp_path: Path) -> None:
    """After a restore, backwards too."""
    anchor = made(tmp_path)
    anchor.move(Move(at(9)))
    anchor.move(Move(at(4, since=4), anew=True))
    assert anchor.read() == at(4, since=4)


def test_each_database_has_its_own(tmp_path: Path) -> None:
    """Several in one folder do not disturb each other."""
    one, two = made(tmp_path, "one.db"), made(tmp_path, "two.db")
    one.move(Move(at(5)))
    two.move(Move(at(2)))
    assert (one.read(), two.read()) == (at(5), at(2))


@pytest.mark.parametrize(
    "tampering",
    [
        "",
        "{",
        "[]",
        "7",
        '{"maeum.db": 3}',
        '{"maeum.db": {"id": 1}}',
        b"\xff\xfe",
        "id",
        "hash",
        "since",
        "seal",
        "key",
    ],
)
def test_what_was_not_written_so_is_damaged_and_stays_so(tmp_path: Path, tampering: str | bytes) -> None:
    """Other content, another number, another key: it is told, and nothing but `anew` overwrites it."""
    anchor = made(tmp_path, key=b"k" * 32 if tampering == "key" else KEY)
    anchor.move(Move(at(5)))
    if tampering in {"id", "hash", "since", "seal"}:
        kept = json.loads(anchor.path.read_text())
        kept["maeum.db"][str(tampering)] = 2 if tampering in {"id", "since"} else "0" * 64
        anchor.path.write_text(json.dumps(kept))
    elif tampering != "key":
        anchor.path.write_bytes(tampering if isinstance(tampering, bytes) else tampering.encode())
    anchor = made(tmp_path)
    before = anchor.path.read_bytes()
    assert anchor.read() == "damaged"
    anchor.move(Move(at(6)))
    assert anchor.path.read_bytes() == before
    anchor.move(Move(at(6), anew=True))
    assert anchor.read() == at(6)


def test_a_seal_of_one_database_fits_no_other(tmp_path: Path) -> None:
    """Whoever copies an entry of the file under another name gets nothing that holds."""
    anchor = made(tmp_path, "one.db")
    anchor.move(Move(at(5)))
    kept = json.loads(anchor.path.read_text())
    anchor.path.write_text(json.dumps({"two.db": kept["one.db"]}))
    assert made(tmp_path, "two.db").read() == "damaged"


def _move(folder: Path, numbers: range) -> None:
    for number in numbers:
        made(folder).move(Move(at(number)))


def test_many_processes_at_once_end_at_the_newest(tmp_path: Path) -> None:
    """None is lost, and no reader ever finds half a file."""
    made(tmp_path).move(Move(at(1)))
    begin = multiprocessing.get_context("spawn")
    writers = [begin.Process(target=_move, args=(tmp_path, range(first, 200, 4))) for first in range(1, 5)]
    for writer in writers:
        writer.start()
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(lambda: [made(tmp_path).read() for _ in range(2000)]).result()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert all(isinstance(one, Anchored) for one in seen)
    assert made(tmp_path).read() == at(199)


def test_it_stands_beside_a_file_and_else_in_the_data_folder(tmp_path: Path) -> None:
    """Its name tells no password and no user."""
    beside = Anchor.of(make_url(f"sqlite+aiosqlite:///{tmp_path}/here/maeum.db"), tmp_path / "data", str)
    assert beside.path == tmp_path / "here" / ANCHOR_FILE
    server = Anchor.of(
        make_url("postgresql+psycopg://someone:secret@host:5432/maeum?password=hidden&options=-csearch_path%3Done"),
        tmp_path / "data",
        Pseudonyms(KEY).seal,
    )
    assert server.path == tmp_path / "data" / ANCHOR_FILE
    server.move(Move(at(1)))
    written = server.path.read_text()
    assert "host:5432/maeum -csearch_path=one" in written
    assert not any(word in written for word in ("someone", "secret", "hidden"))


def test_a_folder_that_cannot_be_written_is_an_error_and_reading_is_none(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    anchor = Anchor(tmp_path / "file" / ANCHOR_FILE, "maeum.db", str)
    assert anchor.read() == "damaged"
    with pytest.raises(OSError, match="exists"):
        anchor.move(Move(at(1)))
