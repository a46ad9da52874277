"""The Slack door: the same listeners over Socket Mode and over signed HTTP."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigurationError, SlackTrouble
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import actions, commands, events, messages, views
from handlers.slack.cache import sweep_periodically
from handlers.slack.client import make_client, mute
from handlers.slack.errors import REFUSED_TOKEN
from handlers.slack.forgetting import erase_who_left, forget, keep_up
from handlers.slack.kit import Kit
from handlers.slack.notice import post_outdated
from handlers.slack.recovery import recover
from handlers.slack.tasks import Tasks, periodically

__all__ = ["SlackDoor", "make_app", "make_client", "register"]

log = logging.getLogger(__name__)

GRACE: Final = 6.0
"""Seconds that replies under way are given at the end. With their last words it is less than the ten seconds after
which many hosts kill a process that was told to stop."""
LAST_WORDS: Final = 3.5
"""Seconds after those in which a reply that was cut off gives way to an apology."""
RECOVERY_SECONDS: Final = 60.0
_LEFT_SECONDS: Final = 86_400.0
"""Between two looks at who left the workspace while nobody listened."""
_ANYTHING: Final = re.compile(".*", re.DOTALL)


class SlackDoor:
    """One app with its listeners, and the work they have under way."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        *,
        recovery_seconds: float = RECOVERY_SECONDS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Make the app. Nothing is asked of Slack before `start` or the first delivery.

        `recovery_seconds` lie between two looks at what is owed, and at what is to be forgotten; `now` counts the
        seconds for which that is remembered.
        """
        self.kit: Final = Kit.around(services, make_client(settings), now)
        self.app: Final = make_app(settings, self.kit)
        self._recovery_seconds = recovery_seconds
        self._recovery = Tasks()
        services.privacy.tell(partial(forget, self.kit))
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """See who we are in Slack, and from now on write in the background what other processes owe and died over.

        And from now on forget in time what was said, and whoever was erased. Raises ConfigurationError where Slack
        refuses the token, unless the app was uninstalled: what is stored is still to be deleted then. Slack out of
        reach, or in trouble of its own, is no reason not to start.
        """
        privacy = self.kit.services.privacy
        try:
            if await privacy.come_back((await self.kit.identity.get()).team):
                log.warning("the app is installed again: nothing of the workspace is deleted")
        except SlackTrouble as error:
            if error.code in REFUSED_TOKEN and not await privacy.departed():
                variable = "SLACK_BOT_TOKEN"
                raise ConfigurationError(variable, f"Slack says {error.code}; `maeum doctor` tells more") from None
            log.warning("Slack cannot be asked yet: %s", error.code)
        self._recovery.start(post_outdated(self.kit, self._stopping), "new notices")
        often = self._recovery_seconds
        sweeping = sweep_periodically(self.kit.sweep, often, self._stopping)
        self._recovery.start(sweeping, "forgetting")  # beside recovery, which may take its time
        self._repeat(
            partial(keep_up, self.kit), often, "keeping up with erasures", "it could not be seen who was erased"
        )
        trouble = "it could not be seen who left the workspace"
        self._repeat(partial(erase_who_left, self.kit), _LEFT_SECONDS, "those who left", trouble)
        recovering = partial(recover, self.kit, self._stopping)
        self._repeat(recovering, often, "recovery", "owed replies could not be looked for")

    def _repeat(self, work: Callable[[], Awaitable[object]], seconds: float, name: str, trouble: str) -> None:
        self._recovery.start(periodically(work, seconds, self._stopping, trouble), name)

    async def stop(self, grace: float = GRACE) -> None:
        """Let replies under way end, for `grace` seconds; those that do not are replaced by an apology."""
        self._stopping.set()
        await asyncio.gather(*(tasks.close(grace, LAST_WORDS) for tasks in (self.kit.tasks, self._recovery)))


def make_app(settings: Settings, kit: Kit) -> AsyncApp:
    """The app with every listener.

    `process_before_response` makes Bolt wait for a listener before it answers: an event is acknowledged when what it
    brought is committed, and one whose listener raises gets no acknowledgement on Socket Mode and a 500 over HTTP, so
    that Slack delivers it again.
    """

    async def authorize() -> AuthorizeResult:
        return await kit.identity.authorize()

    secret = settings.slack_signing_secret
    logger = mute("slack_bolt")
    logger.setLevel(logging.ERROR)  # Bolt sees SLACK_BOT_TOKEN in the environment and warns that ours counts
    app = AsyncApp(
        name="maeum",
        logger=logger,
        client=AsyncWebClient(base_url=settings.slack_api_url, logger=mute("slack_sdk")),  # gets its token below
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret is not None else "",
        request_verification_enabled=secret is not None,  # Socket Mode is verified by its token
        process_before_response=True,
    )
    logger.setLevel(logging.WARNING)
    register(app, kit)
    return app


def register(app: AsyncApp, kit: Kit) -> None:
    """Put every listener on the app. What nobody listens to is acknowledged, so that Slack does not send it again."""
    for listeners in (messages, events, commands, actions, views):
        listeners.register(app, kit)

    async def nothing(ack: AsyncAck) -> None:
        await ack()

    async def failed(error: Exception) -> BoltResponse:
        log.error("a delivery is not acknowledged: %s", type(error).__qualname__)
        return BoltResponse(status=500, body="")

    app.event(_ANYTHING)(nothing)
    app.action(_ANYTHING)(nothing)
    app.error(failed)
