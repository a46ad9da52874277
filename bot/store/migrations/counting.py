"""SQL by which PostgreSQL counts readings, for the migrations that need it.

Frozen: databases elsewhere were made by it. Whoever wants another one writes another one, for a later migration.
"""

from collections.abc import Sequence

EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
KEY = ("team_id", "channel_id", "hour", "user_id")
HOUR = "date_trunc('hour', {time}, 'UTC')"
"""The beginning of the hour in UTC of a `{time}`."""


def many(table: str, hour: str) -> str:
    """Selects the counts of a table's readings by team, channel, hour and person."""
    counts = ", ".join(f"count(*) FILTER (WHERE top_label = '{name}') AS {name}" for name in EMOTIONS)
    beginning = hour.format(time="time")
    return f"SELECT team_id, channel_id, {beginning} AS hour, user_id, {counts} FROM {table} GROUP BY 1, 2, 3, 4"  # noqa: S608 - all of it is ours


def _add(row: str, sign: str, hour: str) -> str:
    counts = ", ".join(f"{sign}({row}.top_label = '{name}')::integer" for name in EMOTIONS)
    beginning = hour.format(time=f"{row}.time")
    return f"PERFORM add_to_hour({row}.team_id, {row}.channel_id, {beginning}, {row}.user_id, {counts});"


def counting(hour: str) -> Sequence[str]:
    """The two functions that the triggers call; `hour` makes of a `{time}` the beginning of its hour."""
    each = ", ".join((*(f"one.{name}" for name in KEY), *(f"-one.{name}" for name in EMOTIONS)))
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
          FOR one IN {many("gone", hour)} ORDER BY 1, 2, 3, 4 LOOP
            PERFORM add_to_hour({each});
          END LOOP;
          RETURN NULL;
        END $$""",
    )
