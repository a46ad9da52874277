"""A new table cannot be forgotten: each says what erasing a person does to it, and says the truth."""

import pytest
from sqlalchemy import Table, Uuid

from bot.store.base import Base
from bot.store.erasure import PERSON_COLUMN, personal_tables
from bot.store.tables import erasure_rule

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
NOT_PEOPLE = {("audit_log", "receipt"), ("people", "epoch"), ("schedules", "id"), ("schedule_slots", "schedule_id")}
"""UUIDs that are nobody's pseudonym."""


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_declares_its_rule(table: Table) -> None:
    """A table with people in it deletes or disowns; one that calls itself impersonal has nobody in it."""
    assert "erasure" in table.info, f'declare info={{"erasure": …}} for {table.name} in bot/store/tables.py'
    rule = erasure_rule(table)
    if PERSON_COLUMN not in table.columns:
        assert rule == "impersonal"
        return
    assert rule in {"delete", "disown"}
    assert rule == "delete" or table.columns[PERSON_COLUMN].nullable
    assert table in personal_tables()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_people_stand_in_one_column_and_only_as_pseudonyms(table: Table) -> None:
    """The column is `user_id`, a UUID; no other column is one or sounds like a person, a name or a text."""
    for column in table.columns:
        if column.name == PERSON_COLUMN or (table.name, column.name) in NOT_PEOPLE:
            assert isinstance(column.type, Uuid)
            continue
        assert not isinstance(column.type, Uuid), f"{table}.{column.name}: whose?"
        assert not {"user", "author", "owner", "person", "name", "email", "slack"} & set(column.name.split("_"))
        assert column.name == "text_hash" or "text" not in column.name


def test_there_are_tables() -> None:
    """The walk above walks something."""
    assert {"people", "emotion_readings", "replies", "schedules", "audit_actors"} <= {
        table.name for table in personal_tables()
    }
