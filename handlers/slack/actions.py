"""The buttons."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from handlers.slack import consent, graphs
from handlers.slack.asked import Asked, asked_by_button, attend
from handlers.slack.kit import Kit

Work = Callable[[Asked, str], Awaitable[None]]

_BY: Final = "button"


async def _on(asked: Asked, _: str) -> None:
    await consent.turn_on(asked, _BY)


async def _off(asked: Asked, _: str) -> None:
    await consent.turn_off(asked, _BY)


async def _about(asked: Asked, _: str) -> None:
    await consent.show_about(asked)


async def _forget(asked: Asked, _: str) -> None:
    await consent.forget(asked)


async def _keep(asked: Asked, _: str) -> None:
    await consent.keep(asked)


ACTIONS: Final[Mapping[str, Work]] = {
    consent.ON: _on,
    consent.OFF: _off,
    consent.ABOUT: _about,
    consent.FORGET: _forget,
    consent.KEEP: _keep,
    graphs.SHARE: graphs.share,
}


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every button."""
    for action, work in ACTIONS.items():
        app.action(action)(_listener(kit, work))


def _listener(kit: Kit, work: Work) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        kit.tasks.start(run(kit, work, body, str(action.get("value") or "")), "a button")

    return listen


async def run(kit: Kit, work: Work, body: Mapping[str, Any], value: str) -> None:
    """Do a button's work; what goes wrong becomes a sentence."""
    response_url = body.get("response_url") or None
    await attend(kit, body["user"]["id"], response_url, asked_by_button(kit, body), lambda asked: work(asked, value))
