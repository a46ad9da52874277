"""Readings counted by channel, hour and person; triggers keep the counts exact, whatever writes the readings.

A later migration that makes `emotion_readings` anew (Alembic's batch mode on SQLite) makes the triggers anew as well:
they go with the table.
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.counting import EMOTIONS, HOUR, KEY, counting, many

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ", ".join((*KEY, *EMOTIONS))
_MORE = ", ".join(f"{name} = reading_hours.{name} + excluded.{name}" for name in EMOTIONS)
_NOTHING = " AND ".join(f"reading_hours.{name} = 0" for name in EMOTIONS)
_COUNTED = ("team_id", "channel_id", "time", "user_id", "top_label")
_CHANGED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in _COUNTED)


def upgrade() -> None:
    op.create_table(
        "reading_hours",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in EMOTIONS),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_reading_hours")),
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

_ARGUMENTS = ", ".join(("varchar", "varchar", "timestamptz", "uuid", *["bigint"] * len(EMOTIONS)))
_PLACES = [f"${number}" for number in range(1, len(KEY) + len(EMOTIONS) + 1)]

_POSTGRESQL = (
    "LOCK TABLE emotion_readings IN SHARE ROW EXCLUSIVE MODE",  # nobody writes between the counting and the triggers
    "ALTER TABLE reading_hours SET (fillfactor = 70)",  # room to count on in the same page
    f"INSERT INTO reading_hours ({_COLUMNS}) {many('emotion_readings', HOUR)}",
    f"""
    CREATE FUNCTION add_to_hour({_ARGUMENTS}) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE nothing_left boolean;
    BEGIN
      INSERT INTO reading_hours ({_COLUMNS}) VALUES ({", ".join(_PLACES)})
      ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {_MORE}
      RETURNING {_NOTHING} INTO nothing_left;
      IF nothing_left THEN
        DELETE FROM reading_hours WHERE {" AND ".join(f"{name} = {place}" for name, place in zip(KEY, _PLACES))};
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
      {", ".join(f"NEW.top_label = '{name}'" for name in EMOTIONS)})
    ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {_MORE};"""
_TAKE = f"""
    UPDATE reading_hours
    SET {", ".join(f"{name} = {name} - (OLD.top_label = '{name}')" for name in EMOTIONS)} WHERE {_SAME_HOUR};
    DELETE FROM reading_hours WHERE {_SAME_HOUR} AND {_NOTHING};"""

_SQLITE = (
    f"""
    INSERT INTO reading_hours ({_COLUMNS})
    SELECT team_id, channel_id, {_HOUR.format(row="")}, user_id,
      {", ".join(f"sum(top_label = '{name}')" for name in EMOTIONS)}
    FROM emotion_readings GROUP BY 1, 2, 3, 4""",
    f"CREATE TRIGGER count_insert AFTER INSERT ON emotion_readings BEGIN {_ADD} END",
    f"""
    CREATE TRIGGER count_update AFTER UPDATE OF {", ".join(_COUNTED)} ON emotion_readings
    WHEN {_CHANGED} BEGIN {_ADD} {_TAKE} END""",
    f"CREATE TRIGGER count_delete AFTER DELETE ON emotion_readings BEGIN {_TAKE} END",
)
