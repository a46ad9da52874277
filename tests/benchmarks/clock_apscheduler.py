"""Two plain APScheduler 3.x processes on one job store, for comparison: what each fires is written to a file.

Run as a script it is one of the processes. Time is real here, because APScheduler reads the system's clock.
"""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

_STARTING: Final = timedelta(seconds=4)
_ENDING_SECONDS: Final = 3
_STILL_SECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of it."""

    due: int
    fired: int
    duplicates: int
    losses: int


def tick() -> None:
    """What is due: nothing but to be seen by the listener."""


def compare(folder: Path, *, jobs: int, ticks: int) -> Fired:
    """Two processes share `jobs` jobs that are due every second, `ticks` times each.

    Each stands still for three seconds once, at different times, as a laptop or a starved container does.
    """
    store, first = folder / "jobs.db", (datetime.now(UTC) + _STARTING).replace(microsecond=0)
    _add_jobs(store, first, jobs=jobs, ticks=ticks)
    records = [folder / f"fired-{number}.txt" for number in range(2)]
    processes = [_start(store, record, first + timedelta(seconds=ticks + _ENDING_SECONDS)) for record in records]
    time.sleep(_STARTING.total_seconds() + ticks / 4)
    for process in processes:
        process.send_signal(signal.SIGSTOP)
        time.sleep(_STILL_SECONDS)
        process.send_signal(signal.SIGCONT)
        time.sleep(ticks / 4)
    for process in processes:
        process.wait()
    fired = Counter(line for record in records for line in record.read_text("utf-8").splitlines())
    due = {f"{job} {second}" for job in range(jobs) for second in range(ticks)}
    return Fired(
        due=len(due),
        fired=fired.total(),
        duplicates=sum(number - 1 for number in fired.values()),
        losses=len(due - set(fired)),
    )


def _add_jobs(store: Path, first: datetime, *, jobs: int, ticks: int) -> None:
    scheduler = _scheduler(store)
    scheduler.start(paused=True)
    last = first + timedelta(seconds=ticks - 1)
    for job in range(jobs):
        scheduler.add_job(tick, "interval", seconds=1, start_date=first, end_date=last, id=f"{job} {first.isoformat()}")
    scheduler.shutdown()


def _scheduler(store: Path) -> BackgroundScheduler:
    return BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(f"sqlite:///{store}")}, timezone=UTC)


def _start(store: Path, record: Path, end: datetime) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.benchmarks.clock_apscheduler", str(store), str(record), end.isoformat()]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - ourselves; it complains of the other


def _main(arguments: Sequence[str]) -> None:
    store, record, end = Path(arguments[0]), Path(arguments[1]), datetime.fromisoformat(arguments[2])
    with record.open("w", encoding="utf-8", buffering=1) as lines:

        def note(event: JobExecutionEvent) -> None:
            job, first = event.job_id.split(" ", 1)
            second = round((event.scheduled_run_time - datetime.fromisoformat(first)).total_seconds())
            lines.write(f"{job} {second}\n")

        scheduler = _scheduler(store)
        scheduler.add_listener(note, EVENT_JOB_EXECUTED)
        scheduler.start()
        while datetime.now(UTC) < end:
            time.sleep(0.2)
        scheduler.shutdown()


if __name__ == "__main__":
    _main(sys.argv[1:])
