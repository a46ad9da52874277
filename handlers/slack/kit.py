"""What every listener has at hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Self
from uuid import UUID

from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import Person
from bot.wiring import Services
from handlers.slack.context import Context
from handlers.slack.identity import Identity
from handlers.slack.people import People
from handlers.slack.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Kit:
    """The house, Slack, and what is remembered of it for minutes."""

    services: Services
    client: AsyncWebClient
    identity: Identity
    people: People
    context: Context
    tasks: Tasks = field(default_factory=Tasks)

    @classmethod
    def around(cls, services: Services, client: AsyncWebClient, now: Callable[[], float] = monotonic) -> Self:
        """The kit of one process. `now` counts seconds, never backwards."""
        return cls(services, client, Identity(client), People(client), Context(client, now))

    def sweep(self) -> None:
        """Forget what is past its time."""
        self.context.sweep()
        self.people.sweep()

    def forget(self, subject: UUID | None) -> None:
        """Forget whoever has that pseudonym: conversations, profile, work under way. Without one, everybody."""
        self.context.clear()
        if subject is None:
            self.people.forget_all()
            return
        team = self.identity.team
        if team is not None:
            pseudonyms = self.services.pseudonyms
            self.people.forget_where(lambda user: pseudonyms.person(Person(team, user)) == subject)
        self.tasks.forget(subject)

    async def person(self, user: str) -> Person:
        """Somebody in this workspace. One team for all doors, so that a person has one pseudonym."""
        return Person((await self.identity.get()).team, user)
