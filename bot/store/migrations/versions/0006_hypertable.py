"""The time in the key of the readings; where TimescaleDB is, the readings are a hypertable and it tells the hours.

A hypertable is cut into pieces by time, and every key of it has to name the time. That says nothing new: a message's
time follows from its ts. Whether the database has the extension is looked at once, when this migration runs; without it
plain PostgreSQL serves the same.
https://docs.tigerdata.com/api/latest/hypertable/create_hypertable and /hyperfunctions/time_bucket
"""

from collections.abc import Sequence

from alembic import op

from bot.store.migrations.counting import HOUR, counting

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = "emotion_readings"
_MESSAGE = ("team_id", "channel_id", "message_ts")
_PIECE = "7 days"


def upgrade() -> None:
    key = (*_MESSAGE, "time")
    if op.get_bind().dialect.name == "sqlite":
        _rekey_sqlite(key)
        return
    _rekey(key)
    timescale = _timescale()
    hour = f"{timescale}.time_bucket(INTERVAL '1 hour', {{time}})" if timescale else HOUR
    _execute(
        "CREATE FUNCTION hour_of(timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE "
        f"AS $$ SELECT {hour.format(time='$1')} $$",
        *counting("hour_of({time})"),
    )
    if timescale:
        triggers = _take_triggers()  # or what is moved would be counted once more
        _execute(
            f"SELECT {timescale}.create_hypertable('{_TABLE}', {timescale}.by_range('time', INTERVAL '{_PIECE}'), "
            "create_default_indexes => false, migrate_data => true)",
            *triggers,
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rekey_sqlite(_MESSAGE)
        return
    if _timescale():
        _make_plain()
    _rekey(_MESSAGE)
    _execute(*counting(HOUR), "DROP FUNCTION hour_of(timestamptz)")


def _execute(*statements: str) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)  # as it is: to SQLAlchemy a colon would begin a parameter


def _selected(query: str) -> Sequence[Sequence[str]]:
    return [tuple(row) for row in op.get_bind().exec_driver_sql(query)]


def _rekey(key: Sequence[str]) -> None:
    """PostgreSQL: another primary key."""
    _execute(
        f"ALTER TABLE {_TABLE} DROP CONSTRAINT pk_{_TABLE}, "
        f"ADD CONSTRAINT pk_{_TABLE} PRIMARY KEY ({', '.join(key)})"
    )


def _rekey_sqlite(key: Sequence[str]) -> None:
    """SQLite changes no key: the table is made anew, and its triggers with it."""
    triggers = _selected(f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{_TABLE}'")
    with op.batch_alter_table(_TABLE, recreate="always") as readings:
        readings.drop_constraint(op.f(f"pk_{_TABLE}"), type_="primary")
        readings.create_primary_key(op.f(f"pk_{_TABLE}"), list(key))
    _execute(*(made for (made,) in triggers))


def _timescale() -> str | None:
    """The schema with the extension's functions, quoted where it must be; None in a database without it.

    None too where it is older than 2.18, whose hypertables take no trigger that sees all deleted rows at once.
    """
    found = _selected(
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace space ON space.oid = extnamespace "
        "WHERE extname = 'timescaledb' "
        "AND string_to_array(substring(extversion from '^[0-9]+[.][0-9]+'), '.')::integer[] >= ARRAY[2, 18]"
    )
    return str(found[0][0]) if found else None


def _take_triggers() -> Sequence[str]:
    """Drop the triggers of ours; what makes them again."""
    found = _selected(
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger "
        f"WHERE tgrelid = '{_TABLE}'::regclass AND starts_with(tgname, 'count') ORDER BY tgname"
    )
    _execute(*(f"DROP TRIGGER {name} ON {_TABLE}" for name, _ in found))
    return [made for _, made in found]


def _make_plain() -> None:
    """Nothing makes a hypertable a table again: its rows move to a new one."""
    name = f"'{_TABLE}'::regclass"
    triggers = _take_triggers()
    indexes = _selected(
        f"SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = {name} AND NOT indisprimary"
    )
    key = _selected(f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {name} AND contype = 'p'")
    _execute(
        f"CREATE TABLE plain_readings (LIKE {_TABLE})",
        f"INSERT INTO plain_readings SELECT * FROM {_TABLE}",
        f"DROP TABLE {_TABLE}",
        f"ALTER TABLE plain_readings RENAME TO {_TABLE}",
        f"ALTER TABLE {_TABLE} ADD CONSTRAINT pk_{_TABLE} {key[0][0]}",
        *(made for (made,) in indexes),
        *triggers,
    )
