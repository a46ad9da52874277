"""The tables. People are pseudonyms (`user_id`), texts are keyed hashes; no Slack user id stands anywhere.

Each table says in `info["erasure"]` what becomes of its rows when a person is erased:
`delete` (rows of the person go), `disown` (they stay, without the person) or `impersonal` (nobody is in them).
"""

from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, PrimaryKeyConstraint, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import MessageId
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
    """From when on messages are read; None after a withdrawal, and in the future during a pause."""
    notice_version: Mapped[int] = mapped_column(server_default="1")
    """Which notice the person agreed to (`bot.notice`). Under an earlier one than today's nobody is read."""
    asked_version: Mapped[int] = mapped_column(server_default="1")
    """The newest notice about which the person was asked again; equal to `notice_version` or later."""
    epoch: Mapped[UUID]
    """A new random one at every grant and withdrawal: a reading begun under another is not stored."""
    source: Mapped[str] = mapped_column(String(32))
    """Where the last decision was made (a command, a button, the terminal)."""
    changed_at: Mapped[datetime] = mapped_column(Instant)


class ConsentReceiptRow(Base):
    """One act of consent: what was agreed to or withdrawn, when, and by what act. Goes with the person."""

    __tablename__ = "consent_receipts"
    __table_args__ = (Index(None, "user_id", "time"), _DELETE)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    time: Mapped[datetime] = mapped_column(Instant)
    act: Mapped[str] = mapped_column(String(16))
    """`on`, `off`, `pause`, or `kept` for a consent that is older than receipts are."""
    source: Mapped[str] = mapped_column(String(32))
    """Where it was done (a command, a button, the Home tab, the terminal)."""
    notice_version: Mapped[int]
    until: Mapped[datetime | None] = mapped_column(Instant)
    """The end of a pause; None for every other act."""


class ReadingRow(Base):
    """What the classifier said of one message."""

    __tablename__ = "emotion_readings"
    __table_args__ = (
        PrimaryKeyConstraint("team_id", "channel_id", "message_ts", "time"),
        Index(None, "user_id", "time"),
        Index(None, "team_id", "channel_id", "time"),
        Index(None, "time"),  # retention
        _DELETE,
    )

    time: Mapped[datetime] = mapped_column(Instant)
    """When the message was written, as its ts says. In the key, because TimescaleDB wants it there."""
    user_id: Mapped[UUID]
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    channel_id: Mapped[str] = mapped_column(String(_TEAM))
    message_ts: Mapped[str] = mapped_column(String(_TS))
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
    """`language` (ko, en, und), `place` (channel, group, direct), `uncertain` (true, or not there) and, after an edit,
    `edited`: Slack's ts of it.

    Where the reading was uncertain, no label is claimed to the person. `edited` tells which of two edits is the later
    one, and that there was one; nothing else is made of it.
    """


class HourRow(Base):
    """What one person wrote in a channel in an hour, counted. Triggers on the readings keep it exact (`0004_hours.py`).

    Derived from the readings and from nothing else. An hour in which nothing stands any more has no row.
    """

    __tablename__ = "reading_hours"  # after the readings, in the order in which an erasure goes through the tables
    __table_args__ = (Index(None, "user_id"), {"sqlite_with_rowid": False, **_DELETE})

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    """Its beginning: a full hour in UTC."""
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    anger: Mapped[int]
    """How many messages; the same for each of the seven."""
    disgust: Mapped[int]
    fear: Mapped[int]
    joy: Mapped[int]
    neutral: Mapped[int]
    sadness: Mapped[int]
    surprise: Mapped[int]


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


class CorrectionRow(Base):
    """What a person says that a message of theirs felt like, where the classifier was wrong: a label, no words.

    It goes with the reading: deleted, edited away or at the end of retention.
    """

    __tablename__ = "corrections"
    __table_args__ = (Index(None, "user_id"), Index(None, "time"), _DELETE)

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    message_ts: Mapped[str] = mapped_column(String(_TS), primary_key=True)
    user_id: Mapped[UUID]
    time: Mapped[datetime] = mapped_column(Instant)
    """When the message was written, as in the reading: so they are past their time together."""
    predicted: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    model_version: Mapped[str] = mapped_column(String(128))


class SentFileRow(Base):
    """A file (a picture, an export), or a message that came with one, sent to one person alone.

    Remembered so that it can be deleted with them.
    """

    __tablename__ = "sent_files"
    __table_args__ = (Index(None, "user_id"), _DELETE)

    file_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    user_id: Mapped[UUID]
    time: Mapped[datetime] = mapped_column(Instant)


class DoomedFileRow(Base):
    """A file or a message that Slack is still to delete; the row goes once it is gone.

    Whose it was is forgotten, but for what the id of a direct message's channel tells whoever can ask Slack.
    """

    __tablename__ = "doomed_files"
    __table_args__ = _IMPERSONAL

    file_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    time: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(server_default="0")


class CellRow(Base):
    """A day or a week of a channel, as a picture may show it. Published once, frozen, and withdrawn for good.

    What is in it only grows, and only by at least as many people as a picture needs (`bot.disclosure`).
    """

    __tablename__ = "cells"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    """The first date, in the channel's time zone."""
    unit: Mapped[str] = mapped_column(String(8), primary_key=True)
    """`day` or `week` (from Monday). The days of a week are published, or the week is; never both."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """Messages by emotion; empty once withdrawn."""
    version: Mapped[int]
    """How often it has been published."""
    withdrawn: Mapped[bool]
    epsilon: Mapped[float] = mapped_column(server_default="0")
    """What was spent on it where noise is added; 0 where none is."""
    time: Mapped[datetime] = mapped_column(Instant)
    """When it was published or withdrawn last."""


class CellPersonRow(Base):
    """What one person contributed to a cell when it was published. Goes with the person, and with the cell."""

    __tablename__ = "cell_people"
    __table_args__ = (Index(None, "user_id"), _DELETE)

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(8), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


class ChannelRow(Base):
    """What is fixed for a channel, so that its calendar is the same for everybody."""

    __tablename__ = "channels"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    timezone: Mapped[str] = mapped_column(String(64))
    """IANA name: of whoever first asked for a picture of it."""


class WorkspaceRulesRow(Base):
    """What administrators have set for their workspace. None: as the environment says."""

    __tablename__ = "workspace_rules"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    retention_days: Mapped[int | None]
    minimum_people: Mapped[int | None]
    reading_channels: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Channels in which the bot may read; None for all that it is in."""
    scheduling: Mapped[str | None] = mapped_column(String(16))
    """Who may schedule: `creators` (and administrators), `administrators` or `members`."""
    time: Mapped[datetime] = mapped_column(Instant)


class DepartureRow(Base):
    """A workspace that has uninstalled the app: everything about it goes when its grace has run out."""

    __tablename__ = "departures"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    time: Mapped[datetime] = mapped_column(Instant)


class DeliveryRow(Base):
    """A signed request that was taken on, so that the same one played again changes nothing. Kept for minutes.

    Or news of a schedule that one process is telling at this moment, so that no other tells it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "time"), _IMPERSONAL)

    digest: Mapped[str] = mapped_column(String(_HASH), primary_key=True)
    """SHA-256 of the request's signature, or of a schedule's id and the moment of its pause, hexadecimal."""
    time: Mapped[datetime] = mapped_column(Instant)


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
    """A channel whose members were told what the bot does: once for each version of the notice."""

    __tablename__ = "notices"
    __table_args__ = _IMPERSONAL

    team_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(_TEAM), primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")
    """Which notice (`bot.notice`) was posted there last; 0 where posting failed."""
    time: Mapped[datetime] = mapped_column(Instant)


class ScheduleRow(Base):
    """When a channel's picture is posted: at most one schedule of each kind for each channel.

    Or when somebody's diary comes to them, in the channel of their direct message: that one goes with the person.
    """

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("team_id", "channel_id", "kind"), Index(None, "user_id"), _DISOWN)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(String(_TEAM))
    channel_id: Mapped[str] = mapped_column(String(_TEAM))
    user_id: Mapped[UUID | None]
    """Who set it; None after that person was erased. The channel keeps its picture, which shows no single person.

    A diary's is never None.
    """
    kind: Mapped[str] = mapped_column(String(8))
    """`daily`, `weekdays`, `weekly` or `monthly`."""
    weekday: Mapped[int | None]
    """Monday is 0; None unless weekly."""
    month_day: Mapped[int | None]
    """From 1; None unless monthly."""
    hour: Mapped[int]
    minute: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(8))
    days: Mapped[int] = mapped_column(server_default="7")
    """How many days the picture shows."""
    picture: Mapped[str] = mapped_column(String(16), server_default="trend")
    since: Mapped[datetime] = mapped_column(Instant)
    """Slots before this moment are not made up."""
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when nothing is posted; None while it runs."""
    problem: Mapped[str | None] = mapped_column(String(64))
    """What Slack said when it refused for good, where that is why it is paused."""
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    """When whoever set it was told of the problem."""


class SlotRow(Base):
    """One time at which a schedule was due, claimed by one process after another until it is posted."""

    __tablename__ = "schedule_slots"
    __table_args__ = (Index(None, "slot"), Index(None, "settle_at"), _IMPERSONAL)

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    claimed_until: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    """How often it was claimed. The latest number is the token of whoever holds it; an earlier one begins nothing."""
    begun: Mapped[datetime | None] = mapped_column(Instant)
    """When it was claimed first: what was posted for it is not older."""
    uploaded: Mapped[str | None] = mapped_column(String(_TEAM))
    """A file of its picture, which Slack has and shows to nobody until it is shared; None before and without one."""
    posted: Mapped[str | None] = mapped_column(String(64))
    """What was posted (a message's ts, a file's id) or why nothing was; None while it is open."""
    settle_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it is looked at once more, because it took several attempts; None where nothing is left to do."""


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


def is_of(row: type[ReadingRow | ReplyRow | CorrectionRow], message: MessageId) -> tuple[ColumnElement[bool], ...]:
    """The condition by which the row of a message is found."""
    named = (row.team_id == message.team, row.channel_id == message.channel, row.message_ts == message.ts)
    # Their time is the message's, and tells a hypertable where to look.
    return (*named, row.time == message.time) if row is ReadingRow else named


def erasure_rule(table: Table) -> ErasureRule:
    """What becomes of the table's rows when a person is erased. KeyError for a table that does not say."""
    rule: ErasureRule = table.info["erasure"]
    return rule
