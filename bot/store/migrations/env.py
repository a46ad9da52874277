"""Alembic's entry: runs in the connection and the transaction that bot/store/migrate.py opened."""

from alembic import context

from bot.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.ReadingRow.metadata,
    transactional_ddl=True,  # SQLite has it too, once we begin the transaction ourselves
)
with context.begin_transaction():
    context.run_migrations()
