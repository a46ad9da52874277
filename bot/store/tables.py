"""The tables. People are pseudonyms (`user_id`), texts are keyed hashes; no Slack user id stands anywhere.

Each table says in `info["erasure"]` what becomes of its rows when a person is erased:
`delete` (rows of the person go), `disown` (they stay, without the person) or `impersonal` (nobody is in them).
"""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Instant

ErasureRule = Literal["delete", "disown", "impersonal"]
_TEAM: Final = 32
_TS: Final = 32
_HASH: Final = 64
_DELETE: Final = {"info": {"erasure": "delete"}}
_DISOWN: Final = {"info": {"erasure": "disown"}}
_IMPERSONAL: Final = {"info": {"erasure": "impersonal"}}


class PersonRow(Base):
    """Somebody who opted in, now or before. Erasing deletes the row.

    So does the end of retention after a withdrawal, once no readings are left.
    """

    __tablename__ = "people"
    __table_args__ = _DELETE

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    consented_at: Mapped[datetime | None] = mapped_column(Instant)
    """None after a withdrawal."""
    epoch: Mapped[UUID]
    """A new random one at every grant and withdrawal: a reading begun under another is not stored."""
    source: Mapped[str] = mapped_column(String(32))
    """Where the last decision was made (a command, a button, the terminal)."""
    changed_at: Mapped[datetime] = mapped_column(Instant)


class ReadingRow(Base):
    """What the classifier said of one message."""

    __tablename__ = "emotion_readings"
    __table_args__ = (
        Index(None, "user_id", "time"),
        Index(None, "team_id", "channel_id", "time"),
        Index(None, "time"),  # retention
        _DELETE,
    )

    time: Mapped[datetime] = mapped_column(Instant)
    """When the message was written."""
    user_id: Mapped[UUID]
    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    message_ts: Mapped[str] = mapped_column(String(_TS), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(_HASH))
    """HMAC-SHA256, hexadecimal."""
    model_version: Mapped[str] = mapped_column(String(128))
    temperature: Mapped[float]
    logits: Mapped[dict[str, float]] = mapped_column(JSON)
    probs: Mapped[dict[str, float]] = mapped_column(JSON)
    top_label: Mapped[str] = mapped_column(String(16))
    top_p: Mapped[float]
    entropy: Mapped[float]
    """In nats."""
    meta: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`language` (ko, en, und), `place` (channel, group, direct) and, after an edit, `edited`: Slack's ts of it.

    The last tells which of two edits is the later one, and nothing else is made of it.
    """


class ReplyRow(Base):
    """The claim on the one reply to a message."""

    __tablename__ = "replies"
    __table_args__ = (Index(None, "team_id", "channel_id", "thread_ts"), Index(None, "user_id"), _DELETE)

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    message_ts: Mapped[str] = mapped_column(String(_TS), primary_key=True)
    thread_ts: Mapped[str] = mapped_column(String(_TS))
    """The thread in which the answer belongs: the message's own ts where it began one."""
    user_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(8))
    """`owed` or `sent`."""
    time: Mapped[datetime] = mapped_column(Instant)
    """When it was claimed last."""


class RetractionRow(Base):
    """A message that was deleted, or edited until nothing was left to read: a late delivery of it is not read.

    Kept until the end of retention.
    """

    __tablename__ = "retractions"
    __table_args__ = _IMPERSONAL

    message_hash: Mapped[str] = mapped_column(String(_HASH), primary_key=True)
    """HMAC-SHA256 of the message's identity, hexadecimal: the channel of a direct message would name a person."""
    edited: Mapped[str | None] = mapped_column(String(_TS))
    """Slack's ts of the edit; None where the message was deleted."""
    time: Mapped[datetime] = mapped_column(Instant)


class NoticeRow(Base):
    """A channel whose members were told, once, what the bot does."""

    __tablename__ = "notices"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    time: Mapped[datetime] = mapped_column(Instant)


class ScheduleRow(Base):
    """When a channel's picture is posted: at most one weekly and one daily time for each channel."""

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("team_id", "channel_id", "kind"), Index(None, "user_id"), _DISOWN)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    channel_id: Mapped[str] = mapped_column(String(_TEAM))
    user_id: Mapped[UUID | None]
    """Who set it; None after that person was erased. The channel keeps its picture, which shows no single person."""
    kind: Mapped[str] = mapped_column(String(8))
    weekday: Mapped[int | None]
    """Monday is 0; None where daily."""
    hour: Mapped[int]
    minute: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime] = mapped_column(Instant)
    """Slots before this moment are not made up."""


class SlotRow(Base):
    """One time at which a schedule was due, claimed by one process."""

    __tablename__ = "schedule_slots"
    __table_args__ = (Index(None, "slot"), _IMPERSONAL)

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    claimed_until: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    posted: Mapped[str | None] = mapped_column(String(64))
    """What was posted (a message's ts); None while it is not."""


class AuditRow(Base):
    """What was done with people's data, without content. Append-only: a trigger refuses changes and deletions.

    Each row holds the hash of the row before, so that a change in the middle shows.
    """

    __tablename__ = "audit_log"
    __table_args__ = _IMPERSONAL

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(Instant)
    action: Mapped[str] = mapped_column(String(64))
    actor_role: Mapped[str] = mapped_column(String(16))
    receipt: Mapped[UUID] = mapped_column(unique=True)
    """Random; tells nothing about anybody."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(_HASH))
    hash: Mapped[str] = mapped_column(String(_HASH))


class AuditActorRow(Base):
    """Who stands behind an audit row, kept beside the log so that it can go when that person is erased."""

    __tablename__ = "audit_actors"
    __table_args__ = (Index(None, "user_id"), _DELETE)

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit_log.id"), primary_key=True)
    user_id: Mapped[UUID]


class KeyCheckRow(Base):
    """The fingerprint of the key under which this database was written: one row."""

    __tablename__ = "key_check"
    __table_args__ = _IMPERSONAL

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(_HASH))
    time: Mapped[datetime] = mapped_column(Instant)


def erasure_rule(table: Table) -> ErasureRule:
    """What becomes of the table's rows when a person is erased. KeyError for a table that does not say."""
    rule: ErasureRule = table.info["erasure"]
    return rule
