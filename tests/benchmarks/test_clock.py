from pathlib import Path

import pytest

from bot.scheduling import DueSlot, Schedules, Unsettled
from tests.benchmarks.clock_apscheduler import compare
from tests.benchmarks.clock_check import Plan, check
from tests.benchmarks.clock_world import Faults

ROUGH = Faults(
    killed_before=0.02,
    killed_after=0.02,
    still_for_a_minute=0.04,
    still_for_long=0.04,
    lost_answer=0.05,
    refused=0.03,
)
"""Several times what the benchmark does to its workers."""


@pytest.mark.timeout(900)
def test_of_seven_hundred_slots_each_is_posted_once_whatever_happens(sqlite_url: str) -> None:
    """Eight workers that are killed, stand still and lose answers, a clock that steps, a week in which nothing runs.

    No slot twice, none left out, and of the week only the last of each schedule.
    """
    found = check(sqlite_url, Plan(schedules=80, days=16, downtime_from=4, seed=4, faults=ROUGH))
    assert found.due == found.posted > 650
    assert (found.duplicates, found.losses, found.uncalled) == (0, 0, 0)
    assert found.kills > 15
    assert found.attempts > found.due + 150


@pytest.mark.postgres
@pytest.mark.timeout(900)
def test_it_is_the_same_on_postgresql(postgresql_url: str) -> None:
    """Fewer of them, because the rest does not depend on the kind of the database."""
    found = check(postgresql_url, Plan(schedules=30, days=13, downtime_from=1, seed=7, faults=ROUGH))
    assert (found.duplicates, found.losses, found.uncalled) == (0, 0, 0)
    assert found.due == found.posted > 120
    assert found.kills > 4


class Careless(Schedules):
    """Schedules of which everybody believes that they hold every slot, and that none was posted before."""

    async def holds(self, slot: DueSlot, *, forgetting_file: bool = False) -> bool:
        """Always."""
        await super().holds(slot, forgetting_file=forgetting_file)
        return True

    async def posted(self, slot: DueSlot, reference: str, *, file: str | None = None) -> bool:
        """Recorded or not, it is believed to count."""
        await super().posted(slot, reference, file=file)
        return True

    async def unsettled(self, team: str) -> list[Unsettled]:  # noqa: ARG002 - as it is asked
        """Nothing is looked at again."""
        return []


@pytest.mark.timeout(900)
def test_the_checker_sees_what_goes_wrong(sqlite_url: str) -> None:
    """Without tokens that are looked at, and without a second look, there are duplicates, and they are counted."""
    plan = Plan(schedules=45, days=12, downtime_from=1, seed=3, faults=ROUGH)
    assert check(sqlite_url, plan, schedules=Careless).duplicates > 0


def test_plain_apscheduler_on_one_job_store_fires_twice(tmp_path: Path) -> None:
    """Why what is due is decided by a row and not by a scheduler: two of them on one store fire the same tick."""
    found = compare(tmp_path, jobs=5, ticks=10)
    assert found.due == 50
    assert found.fired - found.duplicates + found.losses == found.due
    assert found.duplicates > 0
