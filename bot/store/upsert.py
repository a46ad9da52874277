"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike but SQLAlchemy keeps in two dialects."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.base import Base


async def insert_or_ignore(session: AsyncSession, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row; False where one with the same primary key stands already, even one being inserted elsewhere."""
    key = inspect(table).primary_key
    statement = _insert(session, table).values(values).on_conflict_do_nothing(index_elements=list(key))
    return (await session.execute(statement.returning(*key))).one_or_none() is not None


async def insert_or_replace(
    session: AsyncSession, table: type[Base], values: Mapping[str, Any], *, where: ColumnElement[bool] | None = None
) -> bool:
    """Insert a row, or give the one with the same primary key these values, where it fits the condition.

    True where the values stand now; False where the condition did not hold.
    """
    key = inspect(table).primary_key
    names = {column.name for column in key}
    changed = {name: value for name, value in values.items() if name not in names}
    statement = _insert(session, table).values(values)
    put = statement.on_conflict_do_update(index_elements=list(key), set_=changed, where=where)
    return (await session.execute(put.returning(*key))).one_or_none() is not None


async def insert_or_replace_all(session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """As `insert_or_replace`, for many rows that all name the same columns, handed to the database together."""
    if not rows:
        return
    key = inspect(table).primary_key
    names = {column.name for column in key}
    statement = _insert(session, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in names}
    put = statement.on_conflict_do_update(index_elements=list(key), set_=changed)
    await (await session.connection()).execute(put, list(rows))


def _insert(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
