"""Locks on what has no row to lock."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def hold(session: AsyncSession, name: str, *, shared: bool = False) -> None:
    """Let nobody else hold that name until the transaction ends; with `shared`, nobody who does not share it either.

    SQLite needs no lock for that: a transaction that may write has the database to itself.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        await session.execute(text(f"SELECT {lock}(hashtextextended(:name, 0))"), {"name": name})
