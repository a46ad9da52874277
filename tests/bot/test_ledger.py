"""The deletions outside the database: nothing that was written is lost, and damage is told from a writer's death."""

import logging
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bot.errors import ConfigurationError
from bot.ledger import LEDGER_FILE, Deletion, Ledger

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "data" / LEDGER_FILE)


def of_somebody(minutes: int = 0) -> Deletion:
    return Deletion(uuid4(), NOW + timedelta(minutes=minutes), person=uuid4())


def test_what_was_written_is_read_again_in_order(ledger: Ledger) -> None:
    """People and workspaces, each with receipt and time; a file that was never written holds nothing."""
    assert ledger.deletions() == []
    written = [of_somebody(), Deletion(uuid4(), NOW, team="T1"), of_somebody(5)]
    for deletion in written:
        ledger.append(deletion)
    assert Ledger(ledger.path).deletions() == written


def test_what_was_not_committed_is_taken_back(ledger: Ledger) -> None:
    """A voided deletion counts no more, until the same one is written again."""
    kept, undone = of_somebody(), of_somebody()
    ledger.append(undone)
    ledger.append(kept)
    ledger.void(undone.receipt)
    assert ledger.deletions() == [kept]
    ledger.append(undone)
    assert ledger.deletions() == [kept, undone]


def test_nobody_else_may_read_it(ledger: Ledger) -> None:
    """It names people by their pseudonyms, so it is its owner's alone."""
    ledger.append(of_somebody())
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_it_holds_whom_and_when_and_nothing_else(ledger: Ledger) -> None:
    """A line is short, and made of the receipt, the pseudonym and the time."""
    deletion = of_somebody()
    ledger.append(deletion)
    assert ledger.path.read_text("utf-8") == (
        f'{{"receipt":"{deletion.receipt}","person":"{deletion.person}","time":"2026-11-20T09:00:00+00:00"}}\n'
    )


@pytest.mark.parametrize("left", [b"{", b'{"receipt":"0f', b"\xff\xfe", b'{"receipt":"x","person":"y","time":"z"}'])
def test_a_line_that_its_writer_died_over_counts_for_nothing(
    ledger: Ledger, left: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes before the commit, so that deletion never was. It is told, and the next line takes its place."""
    first, second = of_somebody(), of_somebody()
    ledger.append(first)
    with ledger.path.open("ab") as file:
        file.write(left)
    with caplog.at_level(logging.WARNING):
        assert ledger.deletions() == [first]
    assert "is cut off" in caplog.text
    ledger.append(second)
    assert ledger.deletions() == [first, second]
    assert left not in ledger.path.read_bytes().splitlines()


def test_a_whole_line_without_its_end_counts(ledger: Ledger) -> None:
    """Somebody's editor may have taken the last end of line away: no deletion is lost by that."""
    first, second = of_somebody(), of_somebody()
    ledger.append(first)
    ledger.path.write_bytes(ledger.path.read_bytes().removesuffix(b"\n"))
    assert ledger.deletions() == [first]
    ledger.append(second)
    assert ledger.deletions() == [first, second]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[]",
        "7",
        "null",
        '{"receipt":"7e","person":"x"}',
        '{"void":"x"}',
        '{"void":7}',
        '{"receipt":"RECEIPT","time":"2026-11-20T09:00:00+00:00"}',
        '{"receipt":"RECEIPT","person":"RECEIPT","team":"T1","time":"2026-11-20T09:00:00+00:00"}',
        '{"receipt":"RECEIPT","team":7,"time":"2026-11-20T09:00:00+00:00"}',
        '{"receipt":"RECEIPT","team":"T1","time":"2026-11-20T09:00:00"}',
        '{"receipt":"RECEIPT","team":"T1","time":"yesterday"}',
    ],
)
def test_a_damaged_line_before_the_end_is_an_error_that_says_where(ledger: Ledger, line: str) -> None:
    """A deletion may be lost with it, so nothing goes on as if there were none."""
    ledger.append(of_somebody())
    with ledger.path.open("a", encoding="utf-8") as file:
        file.write(line.replace("RECEIPT", str(UUID(int=7))) + "\n")
    ledger.append(of_somebody())
    with pytest.raises(ConfigurationError, match=r"DATA_DIR: line 2 of .* is damaged") as stopped:
        ledger.deletions()
    assert "put the file back" in str(stopped.value)


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """The error names the setting and the file."""
    (tmp_path / LEDGER_FILE).mkdir()
    ledger = Ledger(tmp_path / LEDGER_FILE)
    for attempt in (ledger.deletions, lambda: ledger.append(of_somebody()), lambda: ledger.void(uuid4())):
        with pytest.raises(ConfigurationError, match=f"DATA_DIR: .*{LEDGER_FILE}"):
            attempt()


def _write(path: Path, count: int) -> None:
    for _ in range(count):
        Ledger(path).append(of_somebody())


def test_several_processes_lose_no_line(ledger: Ledger) -> None:
    """Four processes that write at once: every line is whole and there."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_write, ledger.path, 25) for _ in range(4)]:
            done.result()
    assert len(ledger.deletions()) == 100
