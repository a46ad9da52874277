"""Somebody asked for something, by a command or a button, and is answered so that nobody else sees it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Person
from handlers.slack.blocks import Block
from handlers.slack.errors import apologise, slack_trouble, with_apology
from handlers.slack.kit import Kit
from handlers.slack.people import PATIENT, Profile

log = logging.getLogger(__name__)

_OK: Final = 200
_REFUSED: Final = "response_url_refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, where, and the way back."""

    kit: Kit
    person: Person
    profile: Profile
    channel: str | None
    """None for a button in the Home tab."""
    trigger: str
    """Opens one dialog, within three seconds."""
    response_url: str | None
    is_outsider: bool = False
    """Whether the person belongs to another organisation, met in a shared channel."""
    thread: str | None = None
    """The thread in which the button stands; None outside threads."""
    in_public: bool = False
    """Whether the button stands in a message that others see too."""

    @property
    def at_home(self) -> bool:
        """Whether it was asked in the Home tab, which is drawn anew instead of an answer."""
        return self.channel is None

    @property
    def is_direct(self) -> bool:
        """Whether it was asked in a direct message between two."""
        return self.channel is not None and self.channel.startswith("D")

    @property
    def room(self) -> str | None:
        """The channel it was asked in; None in a direct message and in the Home tab."""
        return None if self.is_direct else self.channel

    async def answer(self, text: str, blocks: Sequence[Block] = (), *, instead: bool = False) -> None:
        """Say it to the person alone: where they asked, or in the direct message where there is no way back.

        With `instead`, the ephemeral message whose button was pressed gives way to the answer; one that others see
        never does.
        """
        instead = instead and not self.in_public
        if self.response_url is None:
            await direct_message(self.kit.client, self.person.user, text, blocks)
        elif instead or not await self._answered_in_thread(text, blocks):
            await _respond(self.response_url, text, blocks, instead=instead)

    async def _answered_in_thread(self, text: str, blocks: Sequence[Block]) -> bool:
        """Say it beside the button in a thread; False outside threads, and where Slack does not let us.

        A response URL takes a thread for public answers only.
        """
        if self.thread is None or self.channel is None:
            return False
        try:
            with slack_trouble():
                await self.kit.client.chat_postEphemeral(
                    channel=self.channel,
                    user=self.person.user,
                    thread_ts=self.thread,
                    text=text,
                    blocks=list(blocks) or None,
                )
        except SlackTrouble as error:
            log.info("no answer in the thread: %s", error.code)
            return False
        return True


async def attend(
    kit: Kit, user: str, response_url: str | None, asking: Awaitable[Asked], work: Callable[[Asked], Awaitable[None]]
) -> None:
    """Find out who asked and do the work; what goes wrong becomes a sentence.

    Where it goes wrong before their language is known, the sentence comes in every language: whoever is acknowledged
    is answered.
    """

    async def answer(text: str) -> None:
        await answer_by(kit, user, response_url, text)

    try:
        asked = await asking
    except Exception as error:  # noqa: BLE001 - nobody else tells the person
        await apologise(error, None, answer)
    else:
        await with_apology(work(asked), asked.profile.locale, asked.answer)


async def answer_by(kit: Kit, user: str, response_url: str | None, text: str) -> None:
    """Say it to a person alone by the response URL, or directly where there is none."""
    if response_url is None:
        await direct_message(kit.client, user, text)
    else:
        await _respond(response_url, text)


async def _respond(response_url: str, text: str, blocks: Sequence[Block] = (), *, instead: bool = False) -> None:
    with slack_trouble():
        answered = await AsyncRespond(response_url=response_url)(
            text=text,
            blocks=list(blocks) or None,
            response_type="ephemeral",
            replace_original=instead,
            unfurl_links=False,
            unfurl_media=False,
        )
    if answered.status_code != _OK:
        raise SlackTrouble(_REFUSED)


async def direct_message(client: AsyncWebClient, user: str, text: str, blocks: Sequence[Block] = ()) -> None:
    """Write to a person directly. SlackTrouble when Slack refuses."""
    with slack_trouble():
        await client.chat_postMessage(
            channel=await direct_channel(client, user),
            text=text,
            blocks=list(blocks) or None,
            unfurl_links=False,
            unfurl_media=False,
        )


async def direct_channel(client: AsyncWebClient, user: str) -> str:
    """The channel of the direct message between the bot and a person."""
    with slack_trouble():
        opened = await client.conversations_open(users=[user])
    return str(opened["channel"]["id"])


async def asked_by_command(kit: Kit, command: Mapping[str, Any]) -> Asked:
    """From a slash command's payload."""
    return await _asked(kit, command, command["user_id"], command["channel_id"], command.get("team_id"))


async def asked_by_button(kit: Kit, body: Mapping[str, Any]) -> Asked:
    """From the payload of a button or a submitted dialog."""
    user = body["user"]
    return await _asked(kit, body, user["id"], (body.get("channel") or {}).get("id"), user.get("team_id"))


async def _asked(kit: Kit, payload: Mapping[str, Any], user: str, channel: str | None, team: str | None) -> Asked:
    """`team` is the one that the payload names for the person."""
    profile = await kit.people.profile(user, PATIENT)
    return Asked(
        kit=kit,
        person=await kit.person(user),
        profile=profile,
        channel=channel,
        trigger=payload.get("trigger_id") or "",
        response_url=payload.get("response_url") or None,
        is_outsider=profile.is_outsider(await kit.identity.get(), [team]),
        thread=_thread(payload),
        in_public=isinstance(payload.get("message"), Mapping) and not _container(payload).get("is_ephemeral"),
    )


def _thread(payload: Mapping[str, Any]) -> str | None:
    """The thread of the message whose button was pressed; a message that opened one stands outside it."""
    message = payload.get("message")
    known = message if isinstance(message, Mapping) else {}
    container = _container(payload)
    thread = known.get("thread_ts") or container.get("thread_ts")
    own = known.get("ts") or container.get("message_ts")
    return thread if isinstance(thread, str) and thread != own else None


def _container(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the button stands, as Slack tells it beside the message."""
    container = payload.get("container")
    return container if isinstance(container, Mapping) else {}
