"""`/emotion-admin`: the dialog of a workspace's rules, and by words what else there is. For administrators alone."""

from bot.errors import BadCommand
from handlers.slack import admin_audit, admin_delete, admin_rules
from handlers.slack.admin_access import allowed
from handlers.slack.asked import Asked
from handlers.slack.words import say

_DELETE = frozenset({"delete", "삭제", "지우기"})
_AUDIT = frozenset({"audit", "log", "감사", "기록"})
_HELP = frozenset({"help", "도움말"})


async def administer(asked: Asked, text: str) -> None:
    """Do what an administrator asks; refuse everybody else."""
    match text.split(maxsplit=1):
        case []:
            if await allowed(asked, admin_rules.ACTION):
                await admin_rules.open_dialog(asked)
        case [verb] if verb.casefold() in _AUDIT:
            if await allowed(asked, admin_audit.ACTION):
                await admin_audit.show(asked)
        case [verb] if verb.casefold() in _HELP:
            if await allowed(asked, admin_rules.ACTION):
                await asked.answer(say("admin_help", asked.profile.locale))
        case [verb, name] if verb.casefold() in _DELETE:
            if await allowed(asked, admin_delete.ACTION):
                await admin_delete.by_words(asked, name.strip())
        case _:
            if await allowed(asked, admin_delete.ACTION):
                raise BadCommand(say("admin_usage", asked.profile.locale))
