"""A life that leaves a trace in every table with people in it."""

from datetime import timedelta

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules
from bot.store import replies
from bot.store.base import Store
from bot.store.tables import CellPersonRow, CellRow, CorrectionRow
from tests.factories import CHANNEL, TEAM, consenting, every, message_id, wrote
from tests.fakes import Clock

READINGS = 3


async def lives(store: Store, pseudonyms: Pseudonyms, who: Person, clock: Clock) -> None:
    """Leave traces: consent with its receipt, readings, replies, a correction, a file, cells, schedules, an audit row.

    The cell of the day is shared by everybody who lives on it.
    """
    user_id = pseudonyms.person(who)
    privacy = Privacy(store, pseudonyms, clock)
    await consenting(store, pseudonyms, [who], clock())
    for moment in every(timedelta(minutes=1), clock() + timedelta(seconds=int(who.user[1:])), READINGS):
        await wrote(store, pseudonyms, who, moment)
        async with store.begin() as session:
            message = message_id(moment)
            await replies.claim(session, message, thread=message.ts, user_id=user_id, now=clock())
    cell = {"team_id": TEAM, "channel_id": CHANNEL, "start": clock().date(), "unit": "day"}
    where = {"team_id": TEAM, "channel_id": CHANNEL, "message_ts": message_id(clock()).ts + who.user[-1]}
    async with store.begin() as session:
        await session.merge(
            CellRow(**cell, counts={"joy": READINGS}, version=1, withdrawn=False, epsilon=0.0, time=clock())
        )
        session.add(CellPersonRow(**cell, user_id=user_id, counts={"joy": READINGS}))
        session.add(
            CorrectionRow(
                **where,
                user_id=user_id,
                time=clock(),
                predicted="joy",
                label="sadness",
                language="en",
                model_version="test-1",
            )
        )
    await privacy.sent(who, [f"F{who.user}"])
    schedules = Schedules(store, pseudonyms, clock)
    await schedules.set(TEAM, f"C{who.user}", who, ScheduleSpec("daily", None, 18, 0))
    await schedules.set_diary(who, f"D{who.user}", ScheduleSpec("weekly", 4, 17, 0, picture="diary"))
    await privacy.refuse(who, "admin-delete")
