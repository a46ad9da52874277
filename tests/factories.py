"""Readings, people and messages as tests need them, each whole and plausible."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from bot.consent import Consent
from bot.messages import MessageId, Person, Place
from bot.pseudonyms import Pseudonyms
from bot.store import people, readings
from bot.store.base import Store
from bot.store.readings import NewReading
from bot.store.tables import ConsentReceiptRow, PersonRow
from emotion.labels import EMOTIONS, Emotion, Language
from emotion.reading import Reading

KEY = bytes(range(32))
TEAM = "T01TEST"
CHANNEL = "C01GEN"


def person(number: int = 1) -> Person:
    """Somebody of the one workspace; another number is somebody else."""
    return Person(TEAM, f"U{number:08}")


def ts_of(moment: datetime) -> str:
    """Slack's way to write a moment."""
    return f"{moment.timestamp():.6f}"


def message_id(moment: datetime, channel: str = CHANNEL) -> MessageId:
    """The identity of a message that was written at that moment."""
    return MessageId(TEAM, channel, ts_of(moment))


def reading(
    label: Emotion = Emotion.JOY, top_p: float = 0.82, language: Language = "en", *, uncertain: bool = False
) -> Reading:
    """A reading of that label; what is left of the probability is shared evenly by the other six."""
    probs = {emotion: top_p if emotion is label else (1 - top_p) / (len(EMOTIONS) - 1) for emotion in EMOTIONS}
    temperature = 1.5
    return Reading(
        label=label,
        probs=probs,
        logits={emotion: temperature * math.log(p) for emotion, p in probs.items()},
        temperature=temperature,
        entropy=-sum(p * math.log(p) for p in probs.values()),
        top_p=top_p,
        language=language,
        model_version="test-1",
        uncertain=uncertain,
    )


async def new_reading(  # noqa: PLR0913 - a reading has many sides, and each test names the one it is about
    store: Store,
    pseudonyms: Pseudonyms,
    author: Person,
    moment: datetime,
    *,
    label: Emotion = Emotion.JOY,
    channel: str = CHANNEL,
    place: Place = Place.CHANNEL,
    text: str = "a sentence",
) -> NewReading:
    """A reading of what a consenting person wrote, made under the consent that is in force now."""
    user_id = pseudonyms.person(author)
    async with store.read() as session:
        seen = await people.standing(session, user_id)
    assert seen is not None, "grant consent first"
    message = MessageId(author.team, channel, ts_of(moment))
    text_hash, message_hash = pseudonyms.text_hash(text), pseudonyms.message(message)
    return NewReading(message, user_id, place, text_hash, reading(label), seen, message_hash)


async def wrote(  # noqa: PLR0913 - as above
    store: Store,
    pseudonyms: Pseudonyms,
    author: Person,
    moment: datetime,
    *,
    label: Emotion = Emotion.JOY,
    channel: str = CHANNEL,
    place: Place = Place.CHANNEL,
) -> None:
    """Store what a consenting person wrote at that moment."""
    new = await new_reading(store, pseudonyms, author, moment, label=label, channel=channel, place=place)
    async with store.begin() as session:
        assert await readings.keep(session, new)


async def consenting(store: Store, pseudonyms: Pseudonyms, authors: Sequence[Person], since: datetime) -> None:
    """Let these people opt in at that moment."""
    consent = Consent(store, pseudonyms, lambda: since)
    for author in authors:
        await consent.grant(author, "test")


def every(step: timedelta, start: datetime, count: int) -> list[datetime]:
    """So many moments, evenly apart."""
    return [start + step * number for number in range(count)]


async def agreed_earlier(store: Store, pseudonyms: Pseudonyms, author: Person, since: datetime) -> None:
    """Let somebody have opted in under the first notice, as an upgraded database tells of it."""
    await consenting(store, pseudonyms, [author], since)
    user_id = pseudonyms.person(author)
    async with store.begin() as session:
        earlier = {"notice_version": 1, "asked_version": 1}
        await session.execute(update(PersonRow).where(PersonRow.user_id == user_id).values(earlier))
        receipt = update(ConsentReceiptRow).where(ConsentReceiptRow.user_id == user_id)
        await session.execute(receipt.values(act="kept", notice_version=1))
