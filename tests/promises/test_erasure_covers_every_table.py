"""A new table cannot be forgotten: each says what erasing a person does to it, and says the truth."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, String, Table, Uuid, select

from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store.base import Base, Store
from bot.store.erasure import PERSON_COLUMN, personal_tables
from bot.store.tables import ScheduleRow, erasure_rule
from tests.factories import person
from tests.fakes import Clock
from tests.traces import lives

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
NOT_PEOPLE = {("audit_log", "receipt"), ("people", "epoch"), ("schedules", "id"), ("schedule_slots", "schedule_id")}
"""UUIDs that are nobody's pseudonym."""
WORDS = {"user", "author", "owner", "person", "name", "email", "slack"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_declares_its_rule(table: Table) -> None:
    """A table with people in it deletes or disowns; one that calls itself impersonal has nobody in it."""
    assert problems(table) == []
    assert table in personal_tables() or PERSON_COLUMN not in table.columns


def problems(table: Table) -> list[str]:
    """What is wrong with the rule of a table, and with its columns."""
    rule = erasure_rule(table) if "erasure" in table.info else None
    has_people = PERSON_COLUMN in table.columns
    found = {
        f'declare info={{"erasure": …}} for {table.name} in bot/store/tables.py': rule is None,
        f"{table.name} has nobody in it whom it could {rule}": not has_people and rule not in {"impersonal", None},
        f"{table.name} has people in it and keeps them": has_people and rule == "impersonal",
        f"{table.name} cannot be without its person": rule == "disown" and not table.columns[PERSON_COLUMN].nullable,
        **{f"{table.name}.{column.name}: whose?": not _is_clean(table, column) for column in table.columns},
    }
    return [problem for problem, holds in found.items() if holds]


def _is_clean(table: Table, column: Column[Any]) -> bool:
    """People stand in `user_id`, a UUID; no other column is one, or sounds like a person, a name or a text."""
    if column.name == PERSON_COLUMN or (table.name, column.name) in NOT_PEOPLE:
        return isinstance(column.type, Uuid)
    sounds = bool(WORDS & set(column.name.split("_"))) or ("text" in column.name and column.name != "text_hash")
    return not isinstance(column.type, Uuid) and not sounds


@pytest.mark.parametrize(
    ("columns", "info"),
    [
        ([Column("user_id", Uuid)], {}),
        ([Column("mood", String)], {}),
        ([Column("user_id", Uuid)], {"erasure": "impersonal"}),
        ([Column("mood", String)], {"erasure": "delete"}),
        ([Column("user_id", Uuid, nullable=False)], {"erasure": "disown"}),
        ([Column("user_id", String)], {"erasure": "delete"}),
        ([Column("person", Uuid)], {"erasure": "impersonal"}),
        ([Column("author_name", String)], {"erasure": "impersonal"}),
        ([Column("text", String)], {"erasure": "impersonal"}),
    ],
)
def test_a_table_that_breaks_a_rule_is_noticed(columns: list[Column[Any]], info: dict[str, str]) -> None:
    """Added to a copy of the tables: whoever adds one to the tables themselves sees the test above fail."""
    copied = MetaData()
    for table in TABLES:
        table.to_metadata(copied)
    added = Table("moods", copied, *columns, info=info)
    noticed = [table.name for table in copied.sorted_tables if problems(table)]
    assert noticed == [added.name]


async def test_a_life_leaves_a_trace_in_every_table_with_people_and_an_erasure_none(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A new table without a trace in `tests.traces` fails here. No other table holds the pseudonym before or after."""
    privacy = Privacy(store, pseudonyms, clock)
    who = person(1)
    await lives(store, pseudonyms, who, clock)
    assert {name for name, rows in (await privacy.holdings(who)).items() if not rows} == set()
    personal = {table.name for table in personal_tables()}
    assert await _naming(store, pseudonyms.person(who)) == personal
    erasure = await privacy.erase(who, actor=None, reason="left")
    assert set(erasure.counts) == personal
    assert await _naming(store, pseudonyms.person(who)) == set()
    async with store.read() as session:
        assert list(await session.scalars(select(ScheduleRow.picture))) == ["trend"]  # a diary is of nobody else


async def _naming(store: Store, user_id: UUID) -> set[str]:
    """The tables in any column of which the pseudonym stands, however it is written."""
    async with store.read() as session:
        rows = {table.name: (await session.execute(select(table))).all() for table in TABLES}
    signs = (str(user_id), user_id.hex)
    return {name for name, found in rows.items() if any(sign in str(tuple(row)) for row in found for sign in signs)}


def test_there_are_tables() -> None:
    """The walk above walks something."""
    assert {"people", "emotion_readings", "replies", "schedules", "audit_actors"} <= {
        table.name for table in personal_tables()
    }
