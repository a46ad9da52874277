"""Consent receipts, notices by version, corrections, files to delete, published cells, workspace rules, departures."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NEW = (
    "deliveries", "departures", "workspace_rules", "channels", "cell_people", "cells", "doomed_files", "sent_files",
    "corrections", "consent_receipts",
)  # fmt: skip


def _channel_key(*more: sa.Column[Any]) -> list[sa.Column[Any]]:
    return [
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        *more,
    ]


def _cell_key() -> list[sa.Column[Any]]:
    return _channel_key(
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
    )


def upgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("notice_version", sa.Integer(), nullable=False, server_default="1"))
        people.add_column(sa.Column("asked_version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "consent_receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("notice_version", sa.Integer(), nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_receipts")),
    )
    op.create_index(op.f("ix_consent_receipts_user_id_time"), "consent_receipts", ["user_id", "time"])
    # Who consents already keeps the record of it: what they said then, and where.
    op.execute(
        "INSERT INTO consent_receipts (user_id, team_id, time, act, source, notice_version) "
        "SELECT user_id, team_id, consented_at, 'kept', source, 1 FROM people WHERE consented_at IS NOT NULL"
    )
    op.create_table(
        "corrections",
        *_channel_key(sa.Column("message_ts", sa.String(length=32), nullable=False)),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("predicted", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("model_version", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", "message_ts", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_user_id"), "corrections", ["user_id"])
    op.create_index(op.f("ix_corrections_time"), "corrections", ["time"])
    op.create_table(
        "sent_files",
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_sent_files")),
    )
    op.create_index(op.f("ix_sent_files_user_id"), "sent_files", ["user_id"])
    op.create_table(
        "doomed_files",
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_doomed_files")),
    )
    op.create_table(
        "cells",
        *_cell_key(),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("epsilon", sa.Double(), nullable=False, server_default="0"),
        sa.Column("time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", "start", "unit", name=op.f("pk_cells")),
    )
    op.create_table(
        "cell_people",
        *_cell_key(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", "start", "unit", "user_id", name=op.f("pk_cell_people")),
    )
    op.create_index(op.f("ix_cell_people_user_id"), "cell_people", ["user_id"])
    op.create_table(
        "channels",
        *_channel_key(sa.Column("timezone", sa.String(length=64), nullable=False)),
        sa.PrimaryKeyConstraint("team_id", "channel_id", name=op.f("pk_channels")),
    )
    op.create_table(
        "workspace_rules",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("minimum_people", sa.Integer(), nullable=True),
        sa.Column("reading_channels", sa.JSON(), nullable=True),
        sa.Column("scheduling", sa.String(length=16), nullable=True),
        sa.Column("time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_workspace_rules")),
    )
    op.create_table(
        "departures",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_departures")),
    )
    op.create_table(
        "deliveries",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_time"), "deliveries", ["time"])


def downgrade() -> None:
    for table in _NEW:
        op.drop_table(table)  # with its indexes
    for table, columns in {"notices": ["version"], "people": ["asked_version", "notice_version"]}.items():
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.drop_column(column)
