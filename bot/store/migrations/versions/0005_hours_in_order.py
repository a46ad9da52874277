"""SQLite keeps the hours in the order of their key, which is that in which a picture asks for them.

Before, each of them was found twice: in the index of the key, and then in the table. PostgreSQL stays as it is. The
triggers that count are triggers of the readings, and stay too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = ("team_id", "channel_id", "hour", "user_id")
_EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")


def upgrade() -> None:
    _rebuild(in_order=True)


def downgrade() -> None:
    _rebuild(in_order=False)


def _rebuild(*, in_order: bool) -> None:
    """The same rows in another table of the same name.

    Twice there and back: to rename the new one is refused, because the triggers name one that is not there meanwhile.
    """
    if op.get_bind().dialect.name == "postgresql":
        return
    op.execute("CREATE TABLE kept_hours AS SELECT * FROM reading_hours")
    op.drop_table("reading_hours")  # with its index
    op.create_table(
        "reading_hours",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _EMOTIONS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_reading_hours")),
        sqlite_with_rowid=not in_order,
    )
    op.execute(f"INSERT INTO reading_hours SELECT * FROM kept_hours ORDER BY {', '.join(_KEY)}")
    op.drop_table("kept_hours")
    op.create_index(op.f("ix_reading_hours_user_id"), "reading_hours", ["user_id"])
