"""Forgets, in the memory of this process and in Slack, whoever was erased."""

import logging
from uuid import UUID

from bot.errors import MaeumError
from handlers.slack.errors import short
from handlers.slack.files import delete_doomed
from handlers.slack.kit import Kit

log = logging.getLogger(__name__)


def forget(kit: Kit, subject: UUID | None) -> None:
    """Forget what is held of the one with that pseudonym, or of everybody where it is not known of whom.

    Replies to them that are being written are broken off and taken back. Conversations are forgotten altogether: what
    one person said in them cannot be told from the rest. Slack is told to delete the files that were sent to them.
    """
    kit.forget(subject)
    kit.tasks.start(_delete_files(kit), "files of somebody who was erased")


async def keep_up(kit: Kit) -> None:
    """Hear of erasures by other processes, delete what files are left, and see whether a workspace came back."""
    await kit.services.privacy.news()
    await _delete_files(kit)
    await look_whether_back(kit)


async def erase_who_left(kit: Kit) -> int:
    """Erase those who are members no more and of whom something is stored; how many. With a receipt each.

    Slack tells of somebody who leaves once. What no process heard is made up for here.
    """
    gone = 0
    for user in await kit.people.left():
        gone += await erase_as_left(kit, user)
    if gone:
        log.warning("%d people had left the workspace unheard and were erased", gone)
    return gone


async def erase_as_left(kit: Kit, user: str) -> bool:
    """Erase somebody who left the workspace. Of whom nothing is stored, nothing is erased and audited."""
    privacy, person = kit.services.privacy, await kit.person(user)
    if not any((await privacy.holdings(person)).values()):
        return False
    await privacy.erase(person, actor=None, reason="left")
    return True


async def look_whether_back(kit: Kit) -> None:
    """A workspace that uninstalled the app and has installed it again keeps what is stored of it."""
    if not await kit.services.privacy.departed():
        return
    team = await kit.identity.installed_in()
    if team is not None and await kit.services.privacy.come_back(team):
        log.warning("the app is installed again: nothing of the workspace is deleted")


async def _delete_files(kit: Kit) -> None:
    try:
        await delete_doomed(kit)
    except MaeumError as error:
        log.warning("files of people who were erased wait to be deleted: %s", short(error))
