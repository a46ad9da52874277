"""Deletes the files of people who were erased, in Slack: soon after the erasure, and again until they are gone."""

import logging
from typing import Final

from bot.errors import SlackTrouble
from bot.store import files
from handlers.slack.errors import REFUSED_TOKEN, UNCERTAIN, slack_trouble
from handlers.slack.kit import Kit

log = logging.getLogger(__name__)

_NO_MESSAGE: Final = "message_not_found"
_GONE: Final = frozenset({"file_deleted", "file_not_found", _NO_MESSAGE})
_APART: Final = "/"
_PAGE: Final = 200
_PAGES: Final = 50
"""A direct message is looked through so far back: ten thousand messages."""
_NOT_NOW: Final = UNCERTAIN | REFUSED_TOKEN | {"ratelimited", "rate_limited"}
"""Refusals that say nothing about the file: the other files would meet them too, so the next round begins anew."""


async def delete_doomed(kit: Kit) -> int:
    """Have Slack delete what is to go; how many files are gone by that.

    Whatever is not deleted stays written down, also when the process dies, and the next round goes on. A file that
    Slack will not delete is given up after some rounds, and a warning tells why.
    """
    async with kit.services.store.read() as session:
        if not await files.is_any_doomed(session):
            return 0
    team = (await kit.identity.get()).team
    async with kit.services.store.read() as session:
        doomed = await files.doomed(session, team)
    deleted = 0
    for file in doomed:
        try:
            with slack_trouble():
                await _delete(kit, file)  # the client obeys a rate limit, and then tries again
        except SlackTrouble as error:
            if error.code in _NOT_NOW:
                log.info("files of people who were erased wait to be deleted: %s", error.code)
                break
            if error.code not in _GONE:
                await _refused(kit, file, error.code)
                continue
        async with kit.services.store.begin() as session:
            await files.gone(session, file)
        deleted += 1
    return deleted


def message_as_file(channel: str, name: str) -> str:
    """What a message for one person alone goes by where files are remembered: no file's id has a stroke in it.

    `name` is its ts or, while that is not known, the id of the file that it shows.
    """
    return f"{channel}{_APART}{name}"


async def _delete(kit: Kit, file: str) -> None:
    channel, apart, name = file.partition(_APART)
    if not apart:
        await kit.client.files_delete(file=file)
        return
    ts = name if "." in name else await _showing(kit, channel, name)
    if ts is None:
        raise SlackTrouble(_NO_MESSAGE)
    await kit.client.chat_delete(channel=channel, ts=ts)


async def _showing(kit: Kit, channel: str, file: str) -> str | None:
    """The ts of the message that shows the file, also where that is deleted already; None where there is none."""
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await kit.client.conversations_history(channel=channel, limit=_PAGE, cursor=cursor)
        for message in page["messages"]:
            if any(shown.get("id") == file for shown in message.get("files") or ()):
                return str(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return None


async def _refused(kit: Kit, file: str, code: str) -> None:
    async with kit.services.store.begin() as session:
        given_up = await files.tried(session, file)
    if given_up:
        log.warning("Slack does not delete a file of somebody who was erased, and it is given up: %s", code)
