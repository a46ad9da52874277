"""Tells whoever set a schedule that had to be paused, in their direct message, soon after.

Only their pseudonym is stored, so whose it is shows by going through the people whom Slack lists; that is done only
while somebody has not been told. It is told first and noted after: where a process dies in between, the next one looks
for the message by its marker before it writes another. Twice is a nuisance, never would be worse. Who cannot be told in
this way hears of it at their next command (`handlers.slack.schedules`), and sees it in the Home tab either way.
"""

import logging
from collections.abc import Callable, Collection
from time import monotonic
from typing import Final
from uuid import UUID

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Person
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedule, Schedules
from handlers.slack.asked import direct_channel
from handlers.slack.board import SlackBoard
from handlers.slack.cache import Fleeting
from handlers.slack.identity import Identity
from handlers.slack.people import People
from handlers.slack.schedule_text import trouble

log = logging.getLogger(__name__)

_REST_SECONDS: Final = 900.0
"""Until somebody is looked for again who could not be told: going through everybody takes many calls."""
_SIZE: Final = 10_000


class Owners:
    """One process's share of telling. Any number may run beside each other: each piece of news is given to one."""

    def __init__(
        self,
        schedules: Schedules,
        pseudonyms: Pseudonyms,
        client: AsyncWebClient,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`client` holds the bot token; `now` counts seconds, never backwards."""
        self._schedules = schedules
        self._pseudonyms = pseudonyms
        self._client = client
        self._identity = Identity(client)
        self._people = People(client)
        self._board = SlackBoard(client, self._identity)
        self._resting = Fleeting[UUID, bool](_REST_SECONDS, _SIZE, now)

    async def tell(self) -> None:
        """Tell whoever has not been told. Where there is nobody, Slack is asked nothing.

        Whom Slack lists no more, or as deactivated, is told nothing and not looked for again. What Slack refuses is
        logged by its code. That, and what another process is about to tell, is looked at again a quarter of an hour
        later. StoreUnavailable where it cannot be known who has not been told.
        """
        untold = [(team, owner) for team, owner in await self._schedules.untold() if not self._resting.get(owner)]
        if not untold:
            return
        try:
            ours = (await self._identity.get()).team
            owners = {owner for team, owner in untold if team == ours}
            people = await self._people_behind(owners, ours) if owners else {}
        except SlackTrouble as error:
            log.warning("whoever set a paused schedule cannot be looked for: %s", error.code)
            for _, owner in untold:
                self._resting.put(owner, value=True)
            return
        for owner in owners:
            person = people.get(owner)
            if person is None:
                await self._schedules.nobody_to_tell(ours, owner)
            elif not await self._told(person):
                self._resting.put(owner, value=True)

    async def _people_behind(self, owners: Collection[UUID], team: str) -> dict[UUID, Person]:
        found = await self._people.behind(owners, lambda user: self._pseudonyms.person(Person(team, user)))
        return {owner: Person(team, user) for owner, user in found.items()}

    async def _told(self, person: Person) -> bool:
        """Tell one person; False where there was nothing for us to tell, or Slack did not take it."""
        news = await self._schedules.news(person)
        try:
            for schedule in news:
                await self._say(person.user, schedule)
                await self._schedules.told(schedule)
        except SlackTrouble as error:
            log.warning("whoever set a paused schedule could not be told: %s", error.code)
            return False
        return bool(news)

    async def _say(self, user: str, schedule: Schedule) -> None:
        """Write it, unless it stands there: somebody may have died before that was noted."""
        if schedule.problem_since is None:
            return
        locale = (await self._people.now(user)).locale  # of a profile that cannot be had we would know no language
        channel = await direct_channel(self._client, user)
        marker = f"maeum-paused-{schedule.id}-{schedule.problem_since:%Y%m%dT%H%M%S.%fZ}"
        if not await self._board.standing(channel, schedule.problem_since, marker):
            await self._board.say(channel, trouble(schedule, locale), marker)
