"""What happened in a workspace before a story begins, and what the audit tells of it afterwards."""

from datetime import timedelta

from sqlalchemy import select

from bot.messages import Person
from bot.store.base import Store
from bot.store.tables import AuditRow
from bot.wiring import Services
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import GENERAL
from tests.slack_api import TEAM


async def read(services: Services, clock: Clock, users: list[str], *, channel: str = GENERAL) -> None:
    """Let these people opt in and each write something, over three days."""
    for number, user in enumerate(users):
        person = Person(TEAM, user)
        await services.consent.grant(person, "test")
        for days in range(3):
            moment = clock() + timedelta(days=days, minutes=number)
            await wrote(services.store, services.pseudonyms, person, moment, channel=channel)
    clock.advance(days=3)


async def audits(store: Store) -> list[str]:
    async with store.read() as session:
        return [row.action for row in await session.scalars(select(AuditRow).order_by(AuditRow.id))]
