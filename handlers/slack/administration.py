"""`/emotion-admin delete @somebody`: asked twice, and the role is asked of Slack both times."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from babel.dates import format_datetime, get_timezone

from bot.errors import BadCommand, SlackTrouble
from bot.messages import Locale
from handlers.slack.asked import Asked, direct_message
from handlers.slack.blocks import Block, modal, section, small
from handlers.slack.errors import slack_trouble
from handlers.slack.text import escape
from handlers.slack.words import say, table

log = logging.getLogger(__name__)

ERASE: Final = "maeum_erase"
_ACTION: Final = "erase"
_LOOKED: Final = f"looked:{_ACTION}"
_PATTERNS: Final[dict[Locale, str]] = {"en": "MMMM d, y, HH:mm", "ko": "y년 M월 d일 HH:mm"}
_VERBS: Final = frozenset({"delete", "삭제", "지우기"})
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>\n]{0,80})?>")
_ID: Final = re.compile(r"[UW][A-Z0-9]{4,30}")
"""The shape of a member id. WENDY has it too."""
_NOBODY: Final = frozenset({"user_not_found", "user_not_visible"})


async def administer(asked: Asked, text: str) -> None:
    """Ask the administrator to confirm; refuse everybody else.

    That they looked is written down, whether they confirm or not: the question tells that something is stored.
    """
    locale = asked.profile.locale
    if not await _may(asked):
        return
    target = await _target(asked, text)
    if target is None:
        return
    person = await asked.kit.person(target)
    holdings = await asked.kit.services.privacy.holdings(person)
    await asked.kit.services.privacy.note(asked.person, _LOOKED)
    if not any(holdings.values()):
        await asked.answer(say("admin_nothing", locale, person=f"<@{target}>"))
        return
    with slack_trouble():
        await asked.kit.client.views_open(trigger_id=asked.trigger, view=_question(asked, target, dict(holdings)))


async def erase(asked: Asked, view: dict[str, Any]) -> None:
    """The administrator has confirmed: everything about the person goes, and a receipt comes.

    It comes as a direct message, or where the command was typed. Once all is deleted, no trouble of Slack's is told
    as a failure: that would be wrong.
    """
    asked = replace(asked, response_url=way_back(view))
    if not await _may(asked):
        return
    target = json.loads(view["private_metadata"])["user"]
    kit = asked.kit
    person = await kit.person(target)
    erasure = await kit.services.privacy.erase(person, actor=asked.person, reason="administrator")
    kit.context.clear()
    locale = asked.profile.locale
    receipt = say(
        "admin_receipt",
        locale,
        person=f"<@{target}>",
        rows=sum(erasure.counts.values()),
        time=format_datetime(
            erasure.time, _PATTERNS[locale], tzinfo=get_timezone(asked.profile.timezone), locale=locale
        ),
        receipt=erasure.receipt,
        counts=_list(dict(erasure.counts), locale),
    )
    try:
        await direct_message(kit.client, asked.person.user, receipt)
    except SlackTrouble as error:
        log.warning("receipt %s could not be sent directly: %s", erasure.receipt, error.code)
        try:
            await asked.answer(receipt)
        except SlackTrouble as again:
            log.warning("receipt %s could not be shown: %s", erasure.receipt, again.code)


def way_back(view: Mapping[str, Any]) -> str | None:
    """Where the command that opened the dialog is answered; None where the dialog does not say."""
    answer = json.loads(view["private_metadata"]).get("answer")
    return answer if isinstance(answer, str) else None


async def _may(asked: Asked) -> bool:
    if not asked.is_outsider and (await asked.kit.people.now(asked.person.user)).is_admin:
        return True
    await asked.kit.services.privacy.refuse(asked.person, _ACTION)
    await asked.answer(say("admin_not_allowed", asked.profile.locale))
    return False


async def _target(asked: Asked, text: str) -> str | None:
    """The id of whom the administrator named; None where that is nobody, or not one, and was said so."""
    locale = asked.profile.locale
    match text.split(maxsplit=1):
        case [verb, name] if verb.casefold() in _VERBS:
            name = name.strip()
        case _:
            raise BadCommand(say("admin_usage", locale))
    mention = _MENTION.fullmatch(name)
    if mention is not None:
        return mention[1]
    is_id = _ID.fullmatch(name) is not None
    if is_id and await _exists(asked, name):
        return name
    found = await asked.kit.people.named(name.removeprefix("@"))
    if len(found) == 1:
        return found[0]
    if is_id and not found and any(sign.isdigit() for sign in name):
        return name  # of somebody whom Slack has forgotten
    await asked.answer(say("admin_several" if found else "admin_nobody", locale))
    return None


async def _exists(asked: Asked, user: str) -> bool:
    """Whether Slack knows a member of that id. SlackTrouble when it does not say."""
    try:
        await asked.kit.people.now(user)
    except SlackTrouble as error:
        if error.code in _NOBODY:
            return False
        raise
    return True


def _question(asked: Asked, target: str, holdings: dict[str, int]) -> Block:
    locale = asked.profile.locale
    return modal(
        ERASE,
        title=say("admin_title", locale),
        submit=say("button_delete", locale),
        close=say("button_cancel", locale),
        blocks=[
            section(say("admin_question", locale, person=f"<@{target}>")),
            section(_kinds(holdings, locale)),
            small(say("admin_note", locale)),
        ],
        private=json.dumps({"user": target, "answer": asked.response_url}),
    )


def _kinds(holdings: dict[str, int], locale: Locale) -> str:
    """What is stored, without how much: somebody who then cancels has learned as little as can be."""
    return "\n".join(f"• {escape(table(name, locale))}" for name, rows in holdings.items() if rows)


def _list(counts: dict[str, int], locale: Locale) -> str:
    return "\n".join(f"• {escape(table(name, locale))}: {rows}" for name, rows in counts.items() if rows)
