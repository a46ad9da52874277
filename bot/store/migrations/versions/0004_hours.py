"""Readings counted by channel, hour and person; triggers keep the counts exact, whatever writes the readings.

A later migration that makes `emotion_readings` anew (Alembic's batch mode on SQLite) makes the triggers anew as well:
they go with the table.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
_KEY = ("team_id", "channel_id", "hour", "user_id")
_COLUMNS = ", ".join((*_KEY, *_EMOTIONS))
_MORE = ", ".join(f"{name} = reading_hours.{name} + excluded.{name}" for name in _EMOTIONS)
_NOTHING = " AND ".join(f"reading_hours.{name} = 0" for name in _EMOTIONS)
_COUNTED = ("team_id", "channel_id", "time", "user_id", "top_label")
_CHANGED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in _COUNTED)


def upgrade() -> None:
    op.create_table(
        "reading_hours",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _EMOTIONS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_reading_hours")),
    )
    op.create_index(op.f("ix_reading_hours_user_id"), "reading_hours", ["user_id"])
    for statement in _POSTGRESQL if _is_postgresql() else _SQLITE:
        op.get_bind().exec_driver_sql(statement)  # to SQLAlchemy the colons in a time would be parameters


def downgrade() -> None:
    for change in ("insert", "update", "delete", *(["truncate"] if _is_postgresql() else [])):
        op.execute(f"DROP TRIGGER count_{change}" + (" ON emotion_readings" if _is_postgresql() else ""))
    op.drop_table("reading_hours")  # with its index
    if _is_postgresql():
        for function in ("count_reading", "uncount_readings", "uncount_everything"):
            op.execute(f"DROP FUNCTION {function}()")
        op.execute(f"DROP FUNCTION add_to_hour({_ARGUMENTS})")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


# PostgreSQL. What is stored or edited is counted when its transaction commits, so that the next message of the same
# person need not wait before: an hour is the last thing that is locked. A statement that deletes thousands counts each
# hour once, hour after hour in one order.
#
# Counts are added with their sign, whatever stands there: in a transaction that stores a reading and deletes it again
# the one comes before the other, and no deletion is ever refused because a count was wrong.

_ARGUMENTS = ", ".join(("varchar", "varchar", "timestamptz", "uuid", *["bigint"] * len(_EMOTIONS)))
_PLACES = [f"${number}" for number in range(1, len(_KEY) + len(_EMOTIONS) + 1)]


def _many(table: str, hour: str) -> str:
    counts = ", ".join(f"count(*) FILTER (WHERE top_label = '{name}') AS {name}" for name in _EMOTIONS)
    beginning = hour.format(time="time")
    return f"SELECT team_id, channel_id, {beginning} AS hour, user_id, {counts} FROM {table} GROUP BY 1, 2, 3, 4"


def _add(row: str, sign: str, hour: str) -> str:
    counts = ", ".join(f"{sign}({row}.top_label = '{name}')::integer" for name in _EMOTIONS)
    beginning = hour.format(time=f"{row}.time")
    return f"PERFORM add_to_hour({row}.team_id, {row}.channel_id, {beginning}, {row}.user_id, {counts});"


def counting(hour: str) -> Sequence[str]:
    """The two functions that the triggers call; `hour` makes of a `{time}` the beginning of its hour."""
    each = ", ".join((*(f"one.{name}" for name in _KEY), *(f"-one.{name}" for name in _EMOTIONS)))
    return (
        f"""
        CREATE OR REPLACE FUNCTION count_reading() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          {_add("NEW", "", hour)}
          IF TG_OP = 'UPDATE' THEN
            {_add("OLD", "-", hour)}
          END IF;
          RETURN NULL;
        END $$""",
        f"""
        CREATE OR REPLACE FUNCTION uncount_readings() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE one record;
        BEGIN
          FOR one IN {_many("gone", hour)} ORDER BY 1, 2, 3, 4 LOOP
            PERFORM add_to_hour({each});
          END LOOP;
          RETURN NULL;
        END $$""",
    )


HOUR = "date_trunc('hour', {time}, 'UTC')"

_POSTGRESQL = (
    "LOCK TABLE emotion_readings IN SHARE ROW EXCLUSIVE MODE",  # nobody writes between the counting and the triggers
    "ALTER TABLE reading_hours SET (fillfactor = 70)",  # room to count on in the same page
    f"INSERT INTO reading_hours ({_COLUMNS}) {_many('emotion_readings', HOUR)}",
    f"""
    CREATE FUNCTION add_to_hour({_ARGUMENTS}) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE nothing_left boolean;
    BEGIN
      INSERT INTO reading_hours ({_COLUMNS}) VALUES ({", ".join(_PLACES)})
      ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {_MORE}
      RETURNING {_NOTHING} INTO nothing_left;
      IF nothing_left THEN
        DELETE FROM reading_hours WHERE {" AND ".join(f"{name} = {place}" for name, place in zip(_KEY, _PLACES))};
      END IF;
    END $$""",
    *counting(HOUR),
    """
    CREATE FUNCTION uncount_everything() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM reading_hours;
      RETURN NULL;
    END $$""",
    """
    CREATE CONSTRAINT TRIGGER count_insert AFTER INSERT ON emotion_readings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_reading()""",
    f"""
    CREATE CONSTRAINT TRIGGER count_update AFTER UPDATE OF {", ".join(_COUNTED)} ON emotion_readings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({_CHANGED}) EXECUTE FUNCTION count_reading()""",
    """
    CREATE TRIGGER count_delete AFTER DELETE ON emotion_readings REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION uncount_readings()""",
    """
    CREATE TRIGGER count_truncate AFTER TRUNCATE ON emotion_readings
    FOR EACH STATEMENT EXECUTE FUNCTION uncount_everything()""",
)

# SQLite, which has triggers for each row only. Times are stored as text, in UTC.

_HOUR = "substr({row}time, 1, 13) || ':00:00.000000'"
_SAME_HOUR = (
    "team_id = OLD.team_id AND channel_id = OLD.channel_id "
    f"AND hour = {_HOUR.format(row='OLD.')} AND user_id = OLD.user_id"
)
_ADD = f"""
    INSERT INTO reading_hours ({_COLUMNS})
    VALUES (NEW.team_id, NEW.channel_id, {_HOUR.format(row="NEW.")}, NEW.user_id,
      {", ".join(f"NEW.top_label = '{name}'" for name in _EMOTIONS)})
    ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {_MORE};"""
_TAKE = f"""
    UPDATE reading_hours
    SET {", ".join(f"{name} = {name} - (OLD.top_label = '{name}')" for name in _EMOTIONS)} WHERE {_SAME_HOUR};
    DELETE FROM reading_hours WHERE {_SAME_HOUR} AND {_NOTHING};"""

_SQLITE = (
    f"""
    INSERT INTO reading_hours ({_COLUMNS})
    SELECT team_id, channel_id, {_HOUR.format(row="")}, user_id,
      {", ".join(f"sum(top_label = '{name}')" for name in _EMOTIONS)}
    FROM emotion_readings GROUP BY 1, 2, 3, 4""",
    f"CREATE TRIGGER count_insert AFTER INSERT ON emotion_readings BEGIN {_ADD} END",
    f"""
    CREATE TRIGGER count_update AFTER UPDATE OF {", ".join(_COUNTED)} ON emotion_readings
    WHEN {_CHANGED} BEGIN {_ADD} {_TAKE} END""",
    f"CREATE TRIGGER count_delete AFTER DELETE ON emotion_readings BEGIN {_TAKE} END",
)
