"""Deletes the files of people who were erased, in Slack: soon after the erasure, and again until they are gone."""

import logging
from datetime import timedelta
from typing import Final

from bot.errors import SlackTrouble
from bot.store import files
from bot.store.files import Doomed
from handlers.slack.errors import REFUSED_TOKEN, UNCERTAIN, slack_trouble
from handlers.slack.kit import Kit
from handlers.slack.showing import message_showing

log = logging.getLogger(__name__)

_GONE: Final = frozenset({"file_deleted", "file_not_found", "message_not_found"})
_APART: Final = "/"
_SHOWN_WITHIN: Final = timedelta(minutes=10)
"""A message that is known by its file alone is looked for so long: Slack takes a picture and shows it a while later."""
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
    for one in doomed:
        try:
            with slack_trouble():
                is_gone = await _delete(kit, one)  # the client obeys a rate limit, and then tries again
        except SlackTrouble as error:
            if error.code in _NOT_NOW:
                log.info("files of people who were erased wait to be deleted: %s", error.code)
                break
            if error.code not in _GONE:
                await _refused(kit, one.name, error.code)
                continue
            is_gone = True
        if is_gone:
            async with kit.services.store.begin() as session:
                await files.gone(session, one.name)
            deleted += 1
    return deleted


def message_as_file(channel: str, name: str) -> str:
    """What a message for one person alone goes by where files are remembered: no file's id has a stroke in it.

    `name` is its ts or, while that is not known, the id of the file that it shows.
    """
    return f"{channel}{_APART}{name}"


async def _delete(kit: Kit, doomed: Doomed) -> bool:
    """Have Slack delete it. False where that is a message that Slack may yet show."""
    channel, apart, name = doomed.name.partition(_APART)
    if not apart:
        await kit.client.files_delete(file=doomed.name)
        return True
    ts = name if "." in name else await message_showing(kit.client, await kit.identity.get(), channel, name)
    if ts is None:
        return kit.services.clock() - doomed.since > _SHOWN_WITHIN
    await kit.client.chat_delete(channel=channel, ts=ts)
    return True


async def _refused(kit: Kit, file: str, code: str) -> None:
    async with kit.services.store.begin() as session:
        given_up = await files.tried(session, file)
    if given_up:
        log.warning("Slack does not delete a file of somebody who was erased, and it is given up: %s", code)
