"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike but SQLAlchemy keeps in two dialects."""

from collections.abc import Mapping
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
) -> None:
    """Insert a row, or give the one with the same primary key these values, where it fits the condition."""
    key = inspect(table).primary_key
    names = {column.name for column in key}
    changed = {name: value for name, value in values.items() if name not in names}
    statement = _insert(session, table).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed, where=where))


def _insert(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
