"""Schedules on working days and by the month, with a period, paused, and in trouble; slots that know how far they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("schedules") as schedules:
        schedules.add_column(sa.Column("month_day", sa.Integer(), nullable=True))
        schedules.add_column(sa.Column("days", sa.Integer(), nullable=False, server_default="7"))
        schedules.add_column(sa.Column("picture", sa.String(length=16), nullable=False, server_default="trend"))
        schedules.add_column(sa.Column("paused_at", _MOMENT, nullable=True))
        schedules.add_column(sa.Column("problem", sa.String(length=64), nullable=True))
        schedules.add_column(sa.Column("told_at", _MOMENT, nullable=True))
    with op.batch_alter_table("schedule_slots") as slots:
        slots.add_column(sa.Column("begun", _MOMENT, nullable=True))
        slots.add_column(sa.Column("uploaded", sa.String(length=32), nullable=True))
        slots.add_column(sa.Column("settle_at", _MOMENT, nullable=True))
        slots.create_index(op.f("ix_schedule_slots_settle_at"), ["settle_at"])


def downgrade() -> None:
    # What an earlier version could not read, it would post at the wrong times.
    op.execute(
        "DELETE FROM schedule_slots WHERE schedule_id IN "
        "(SELECT id FROM schedules WHERE kind NOT IN ('daily', 'weekly') OR paused_at IS NOT NULL)"
    )
    op.execute("DELETE FROM schedules WHERE kind NOT IN ('daily', 'weekly') OR paused_at IS NOT NULL")
    with op.batch_alter_table("schedule_slots") as slots:
        slots.drop_index(op.f("ix_schedule_slots_settle_at"))
        for column in ("settle_at", "uploaded", "begun"):
            slots.drop_column(column)
    with op.batch_alter_table("schedules") as schedules:
        for column in ("told_at", "problem", "paused_at", "picture", "days", "month_day"):
            schedules.drop_column(column)
