"""The benchmark of the hours, on a handful of readings: that it runs, and compares what it says."""

import asyncio
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bot.settings import SQLITE
from bot.store import migrate
from tests.benchmarks.rollup import costs_of, counted_month, fill, stop_counting

_COUNTED = text("SELECT count(*) FROM reading_hours")


def test_a_month_is_counted_in_both_ways_and_they_agree(tmp_path: Path) -> None:
    """`counted_month` asserts that they do before it measures; here it has three time zones and one beside the hour."""
    large = f"{SQLITE}:///{tmp_path / 'large.db'}"
    fill(large, 1000, 5, 9)
    found = asyncio.run(counted_month(large, 1))
    assert found.rows > 100
    assert {len(times.one) for times in found.times.values()} == {1}
    assert "Asia/Kathmandu" in found.times


def test_what_counting_costs_is_measured_beside_a_database_that_does_not_count(tmp_path: Path) -> None:
    """Each message is stored and deleted in both, and nothing is left in either."""
    plain, counting = (f"{SQLITE}:///{tmp_path / name}.db" for name in ("plain", "counting"))
    for url in (plain, counting):
        migrate.upgrade(url)
    stop_counting(plain)
    costs = asyncio.run(costs_of(plain, counting, 30))
    assert [(len(times.one), len(times.other)) for times in costs.values()] == [(30, 30), (1, 1)]
    for url in (plain, counting):
        engine = create_engine(make_url(url).set(drivername="sqlite"))
        with engine.connect() as connection:
            assert connection.scalar(_COUNTED) == 0
        engine.dispose()
