"""An administrator deletes a person: named by words or in a dialog, and asked once more."""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.errors import BadCommand, SlackTrouble
from bot.messages import Locale
from handlers.slack import words
from handlers.slack.admin_access import allowed
from handlers.slack.asked import Asked, direct_message
from handlers.slack.blocks import Block, field, modal, section, small
from handlers.slack.deletion import draw_home_after
from handlers.slack.dialogs import carried, filled
from handlers.slack.errors import slack_trouble
from handlers.slack.held import kinds
from handlers.slack.text import escape, typed
from handlers.slack.words import say, table

log = logging.getLogger(__name__)

ERASE: Final = "maeum_erase"
"""The question."""
WHOM: Final = "maeum_admin_whom"
"""The dialog in which a person is named."""
OPEN: Final = "maeum_admin_delete"
"""The button that opens it."""
ACTION: Final = "erase"
_LOOKED: Final = f"looked:{ACTION}"
_PERSON: Final = "person"
_MEMBER: Final = "member"
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>\n]{0,80})?>")
_ID: Final = re.compile(r"[UW][A-Z0-9]{4,30}")
"""The shape of a member id. WENDY has it too."""
_NOBODY: Final = frozenset({"user_not_found", "user_not_visible"})


async def by_words(asked: Asked, name: str) -> None:
    """Ask the administrator to confirm that this person is deleted.

    That they looked is written down, whether they confirm or not: the question tells that something is stored.
    """
    target = await _target(asked, name)
    if target is None:
        return
    question = await _question(asked, target)
    if question is None:
        await asked.answer(say("admin_nothing", asked.profile.locale, person=f"<@{target}>"))
        return
    with slack_trouble():
        await asked.kit.client.views_open(trigger_id=asked.trigger, view=question)


async def open_form(asked: Asked, _: str) -> None:
    """The button in the dialog: name a person, also one who has left."""
    if not await allowed(asked, ACTION):
        return
    locale = asked.profile.locale
    form = modal(
        WHOM,
        title=say("admin_title", locale),
        submit=say("button_next", locale),
        close=say("button_cancel", locale),
        blocks=[
            # One of the two is enough; that it is not both or none is looked at in `name`.
            field(_PERSON, say("admin_person", locale), {"type": "users_select"}, optional=True),
            field(
                _MEMBER,
                say("admin_member", locale),
                {"type": "plain_text_input"},
                hint=say("admin_member_hint", locale),
                optional=True,
            ),
        ],
        private=json.dumps({"answer": asked.response_url}),
    )
    with slack_trouble():
        await asked.kit.client.views_push(trigger_id=asked.trigger, view=form)


async def name(asked: Asked, view: Mapping[str, Any]) -> Mapping[str, Any]:
    """A person was named: the question takes the dialog's place, or what is wrong stands at the field."""
    if not await allowed(asked, ACTION):
        return {}
    locale = asked.profile.locale
    chosen = filled(view, _PERSON).get("selected_user")
    member = typed(filled(view, _MEMBER).get("value") or "")
    wrong: dict[str, str] = {}
    if not chosen and not member:
        wrong[_PERSON] = say("admin_nobody_named", locale)
    elif member and not _ID.fullmatch(member):
        wrong[_MEMBER] = say("admin_no_id", locale)
    elif chosen and member and chosen != member:
        wrong[_MEMBER] = say("admin_two_named", locale)
    elif member and not await _could_be(asked, member):
        wrong[_MEMBER] = say("admin_unknown_id", locale)
    if wrong:
        return {"response_action": "errors", "errors": wrong}
    question = await _question(asked, str(chosen or member))
    if question is None:
        nothing = say("admin_nothing_named", locale)
        return {"response_action": "errors", "errors": {_PERSON if chosen else _MEMBER: nothing}}
    return {"response_action": "update", "view": question}


async def erase(asked: Asked, view: Mapping[str, Any]) -> None:
    """The administrator has confirmed: everything about the person goes, and a receipt comes.

    It comes as a direct message, or where the command was typed. Once all is deleted, no trouble of Slack's is told
    as a failure: that would be wrong. Of whom nothing is stored any more, that is said and no receipt made up.
    """
    if not await allowed(asked, ACTION):
        return
    locale, kit = asked.profile.locale, asked.kit
    target = carried(view).get("user")
    if not isinstance(target, str) or not _ID.fullmatch(target):
        raise BadCommand(say("admin_usage", locale))
    person = await kit.person(target)
    if not any((await kit.services.privacy.holdings(person)).values()):
        await asked.answer(say("admin_nothing", locale, person=f"<@{target}>"))
        return
    erasure = await kit.services.privacy.erase(person, actor=asked.person, reason="administrator")
    receipt = say(
        "admin_receipt",
        locale,
        person=f"<@{target}>",
        rows=sum(erasure.counts.values()),
        time=words.moment(erasure.time, locale, asked.profile.timezone),
        receipt=erasure.receipt,
        counts=_list(erasure.counts, locale),
    )
    try:
        await direct_message(kit.client, asked.person.user, receipt)
    except SlackTrouble as error:
        log.warning("receipt %s could not be sent directly: %s", erasure.receipt, error.code)
        try:
            await asked.answer(receipt)
        except SlackTrouble as again:
            log.warning("receipt %s could not be shown: %s", erasure.receipt, again.code)
    await draw_home_after(erasure, kit, target)


async def _target(asked: Asked, name: str) -> str | None:
    """The id of whom the administrator named; None where that is nobody, or not one, and was said so."""
    locale = asked.profile.locale
    mention = _MENTION.fullmatch(name)
    if mention is not None:
        return mention[1]
    is_id = _ID.fullmatch(name) is not None
    if is_id and await _exists(asked, name):
        return name
    found = await asked.kit.people.named(name.removeprefix("@"))
    if len(found) == 1:
        return found[0]
    if is_id and not found and _has_digit(name):
        return name  # of somebody whom Slack has forgotten
    await asked.answer(say("admin_several" if found else "admin_nobody", locale))
    return None


async def _could_be(asked: Asked, member: str) -> bool:
    """Whether it is the id of a member, or may be of one whom Slack has forgotten."""
    return _has_digit(member) or await _exists(asked, member)


async def _exists(asked: Asked, user: str) -> bool:
    """Whether Slack knows a member of that id. SlackTrouble when it does not say."""
    try:
        await asked.kit.people.now(user)
    except SlackTrouble as error:
        if error.code in _NOBODY:
            return False
        raise
    return True


async def _question(asked: Asked, target: str) -> Block | None:
    """Whether to delete the person, and what kinds of things would go; None where nothing is stored."""
    locale, privacy = asked.profile.locale, asked.kit.services.privacy
    holdings = await privacy.holdings(await asked.kit.person(target))
    await privacy.note(asked.person, _LOOKED)
    if not any(holdings.values()):
        return None
    return modal(
        ERASE,
        title=say("admin_title", locale),
        submit=say("button_delete", locale),
        close=say("button_cancel", locale),
        blocks=[
            section(say("admin_question", locale, person=f"<@{target}>")),
            section(kinds(holdings, locale)),  # not how much: who then cancels has learned as little as can be
            small(say("admin_note", locale)),
        ],
        private=json.dumps({"user": target, "answer": asked.response_url}),
    )


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _list(counts: Mapping[str, int], locale: Locale) -> str:
    return "\n".join(f"• {escape(table(name, locale))}: {rows}" for name, rows in counts.items() if rows)
