"""Schedules under fire, beside plain APScheduler, and five hundred at once: `python -m tests.benchmarks.clock`.

Months pass in minutes: eight workers are killed, stand still and lose answers, the database's clock is put forward and
back, and for a week nothing runs. Then what was due is compared with what stands in the channels.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bot.settings import POSTGRESQL, SQLITE
from bot.store import migrate
from tests.benchmarks.clock_apscheduler import compare
from tests.benchmarks.clock_check import Plan, Verdict, check
from tests.benchmarks.clock_rush import rush
from tests.benchmarks.table import load, machine, markdown

_SERVER: Final = f"{POSTGRESQL}://root@127.0.0.1:5432/test"


def main(
    schedules: Annotated[int, typer.Option(min=9, help="Schedules on each database.")] = 500,
    days: Annotated[int, typer.Option(min=20, help="Days that pass.")] = 145,
    channels: Annotated[int, typer.Option(min=1, help="Channels that are due at once in the rush.")] = 500,
    seed: Annotated[int, typer.Option(help="Of what goes wrong.")] = 1,
) -> None:
    """Print two Markdown tables: posts against slots, and the rush."""
    before = load()
    plan = Plan(schedules=schedules, days=days, downtime_from=days // 3, seed=seed)
    with tempfile.TemporaryDirectory() as name, _databases(Path(name)) as urls:
        with ProcessPoolExecutor(len(urls)) as pool:
            running = {kind: pool.submit(_checked, url, plan) for kind, url in urls.items()}
            rows = [_row(kind, verdict) for kind, verdict in running.items()]
        plain = compare(Path(name), jobs=10, ticks=30)
        rows.append(
            ["two plain APScheduler", *map(str, (plain.due, plain.fired, plain.duplicates, plain.losses)), *[""] * 5]
        )
        head = [
            "",
            "due",
            "posted",
            "duplicates",
            "losses",
            "posted uncalled for",
            "taken back",
            "attempts",
            "killed",
            "s",
        ]
        typer.echo(markdown(head, rows))
    with tempfile.TemporaryDirectory() as name, _databases(Path(name)) as urls:
        rows = [asyncio.run(rush(url, channels)).row(kind) for kind, url in urls.items()]
    head = [
        "",
        "channels due",
        "posted",
        "pictures",
        "s until the last",
        "message p99 ms, quiet",
        "message p99 ms, rush",
    ]
    typer.echo(f"\n{markdown(head, rows)}")
    typer.echo(f"\n{machine()}; load average {before:.2f} before, {load():.2f} after; seed {seed}.")


def _checked(url: str, plan: Plan) -> Verdict:
    logging.disable(logging.WARNING)  # what goes wrong is meant to
    return check(url, plan)


def _row(kind: str, running: "Future[Verdict]") -> list[str]:
    found = running.result()
    numbers = (found.due, found.posted, found.duplicates, found.losses, found.uncalled, found.taken_back)
    return [kind, *map(str, numbers), str(found.attempts), str(found.kills), f"{found.seconds:.0f}"]


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, str]]:
    """A migrated, empty one of each kind; without PostgreSQL where no server answers."""
    urls = {"SQLite": f"{SQLITE}:///{folder / 'clock.db'}"}
    server = make_url(os.environ.get("TEST_POSTGRES_URL") or _SERVER).set(drivername=POSTGRESQL)
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    schema = f"maeum_clock_{os.getpid()}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        url = server.update_query_dict({"options": f"-csearch_path={schema}"})
        urls["PostgreSQL"] = url.render_as_string(hide_password=False)
    except OperationalError:
        typer.echo("no PostgreSQL answers (TEST_POSTGRES_URL): SQLite alone", err=True)
    for url_of_kind in urls.values():
        migrate.upgrade(url_of_kind)
    try:
        yield urls
    finally:
        if "PostgreSQL" in urls:
            with engine.connect() as connection:
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


if __name__ == "__main__":
    typer.run(main)
