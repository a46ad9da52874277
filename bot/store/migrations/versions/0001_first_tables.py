"""The first tables: consent, readings, replies, schedules, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("actor_role", sa.String(length=16), nullable=False),
        sa.Column("receipt", sa.Uuid(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("receipt", name=op.f("uq_audit_log_receipt")),
    )
    op.create_table(
        "emotion_readings",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("model_version", sa.String(length=128), nullable=False),
        sa.Column("temperature", sa.Double(), nullable=False),
        sa.Column("logits", sa.JSON(), nullable=False),
        sa.Column("probs", sa.JSON(), nullable=False),
        sa.Column("top_label", sa.String(length=16), nullable=False),
        sa.Column("top_p", sa.Double(), nullable=False),
        sa.Column("entropy", sa.Double(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", "message_ts", name=op.f("pk_emotion_readings")),
    )
    op.create_index(
        op.f("ix_emotion_readings_team_id_channel_id_time"), "emotion_readings", ["team_id", "channel_id", "time"]
    )
    op.create_index(op.f("ix_emotion_readings_time"), "emotion_readings", ["time"])
    op.create_index(op.f("ix_emotion_readings_user_id_time"), "emotion_readings", ["user_id", "time"])
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
    )
    op.create_table(
        "notices",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", name=op.f("pk_notices")),
    )
    op.create_table(
        "people",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people")),
    )
    op.create_table(
        "replies",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "channel_id", "message_ts", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_team_id_channel_id_thread_ts"), "replies", ["team_id", "channel_id", "thread_ts"])
    op.create_index(op.f("ix_replies_user_id"), "replies", ["user_id"])
    op.create_table(
        "retractions",
        sa.Column("message_hash", sa.String(length=64), nullable=False),
        sa.Column("edited", sa.String(length=32), nullable=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_hash", name=op.f("pk_retractions")),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("team_id", "channel_id", "kind", name=op.f("uq_schedules_team_id")),
    )
    op.create_index(op.f("ix_schedules_user_id"), "schedules", ["user_id"])
    op.create_table(
        "audit_actors",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit_log.id"], name=op.f("fk_audit_actors_audit_id")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_actors")),
    )
    op.create_index(op.f("ix_audit_actors_user_id"), "audit_actors", ["user_id"])
    op.create_table(
        "schedule_slots",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("posted", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_slots_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "slot", name=op.f("pk_schedule_slots")),
    )
    op.create_index(op.f("ix_schedule_slots_slot"), "schedule_slots", ["slot"])

    # The audit log is append-only: not even a mistake of ours may change or delete a row of it.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        )
        op.execute(
            "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )


def downgrade() -> None:
    op.drop_index(op.f("ix_schedule_slots_slot"), table_name="schedule_slots")
    op.drop_table("schedule_slots")
    op.drop_index(op.f("ix_audit_actors_user_id"), table_name="audit_actors")
    op.drop_table("audit_actors")
    op.drop_index(op.f("ix_schedules_user_id"), table_name="schedules")
    op.drop_table("schedules")
    op.drop_table("retractions")
    op.drop_index(op.f("ix_replies_user_id"), table_name="replies")
    op.drop_index(op.f("ix_replies_team_id_channel_id_thread_ts"), table_name="replies")
    op.drop_table("replies")
    op.drop_table("people")
    op.drop_table("notices")
    op.drop_table("key_check")
    op.drop_index(op.f("ix_emotion_readings_user_id_time"), table_name="emotion_readings")
    op.drop_index(op.f("ix_emotion_readings_time"), table_name="emotion_readings")
    op.drop_index(op.f("ix_emotion_readings_team_id_channel_id_time"), table_name="emotion_readings")
    op.drop_table("emotion_readings")
    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")  # its triggers went with the table
