"""The dialog of `/emotion-admin`: what administrators decide for their workspace."""

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from bot.errors import MaeumError
from bot.messages import Locale
from bot.rules import RuleChange, Scheduling, WorkspaceRules, problems
from handlers.slack import admin_audit, admin_delete, words
from handlers.slack.admin_access import allowed
from handlers.slack.asked import Asked
from handlers.slack.blocks import Block, button, buttons, divider, field, menu, modal, small
from handlers.slack.dialogs import carried, filled
from handlers.slack.errors import slack_trouble
from handlers.slack.notice import post_outdated
from handlers.slack.text import typed
from handlers.slack.words import say

log = logging.getLogger(__name__)

RULES: Final = "maeum_admin"
ACTION: Final = "rules"
_RETENTION: Final = "retention"
_PEOPLE: Final = "people"
_WHERE: Final = "where"
_CHANNELS: Final = "channels"
_SCHEDULING: Final = "scheduling"
_ALL: Final = "all"
_ONLY: Final = "only"
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_NO_NUMBER: Final = -1
"""Stands for whatever is typed that is no number: no rule allows it, and each says what it allows."""


async def open_dialog(asked: Asked) -> None:
    """Show the rules as they are, to be changed, and the ways to the rest."""
    rules = await asked.kit.services.rules.of(asked.person.team)
    with slack_trouble():
        await asked.kit.client.views_open(trigger_id=asked.trigger, view=_dialog(asked, rules))


async def submit(asked: Asked, view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set what was changed in the dialog and nothing else, or say at each field what is wrong with it.

    What another administrator changed while the dialog was open stays: only what differs from what the dialog
    showed is set.
    """
    if not await allowed(asked, ACTION):
        return {}
    locale, services, team = asked.profile.locale, asked.kit.services, asked.person.team
    shown = carried(view).get("shown")
    change, wrong = _change(view, shown if isinstance(shown, dict) else {}, locale)
    wrong |= {problem.rule: problem.sentence(locale) for problem in problems(change)}
    if wrong:
        return {"response_action": "errors", "errors": wrong}
    before = await services.rules.of(team)
    after = await services.rules.change(team, change, asked.person)
    asked.kit.tasks.start(_follow(asked, before, after), "rules")
    return {}


async def _follow(asked: Asked, before: WorkspaceRules, after: WorkspaceRules) -> None:
    """Say what holds now, after what is past its new time is gone. The rule holds also where that takes longer."""
    if after.retention_days < before.retention_days:
        services = asked.kit.services
        try:
            await services.privacy.retain(services.settings.retention_days)
        except MaeumError as error:
            log.warning("what is past its new time goes with the next retention: %s", type(error).__qualname__)
    if after.is_laxer_than(before):
        asked.kit.tasks.start(post_outdated(asked.kit, asyncio.Event()), "notices")
    said = _differences(before, after, asked.profile.locale)
    await asked.answer("\n".join(f"• {line}" for line in said) or say("admin_unchanged", asked.profile.locale))


def _change(view: Mapping[str, Any], shown: Mapping[str, Any], locale: Locale) -> tuple[RuleChange, dict[str, str]]:
    """What is to be different, and what is wrong with how it was said."""
    wrong: dict[str, str] = {}
    where = _option(view, _WHERE)
    chosen: Sequence[str] = filled(view, _CHANNELS).get("selected_conversations") or ()
    channels: Sequence[str] | Literal["all"] | None = None
    if where == _ONLY and not chosen:
        wrong[_CHANNELS] = say("admin_no_channel", locale)
    elif where == _ONLY:
        channels = chosen if _digest(chosen) != shown.get(_CHANNELS) else None
    elif where == _ALL and shown.get(_CHANNELS) is None and chosen:
        wrong[_WHERE] = say("admin_which_channels", locale)
    elif where == _ALL and shown.get(_CHANNELS) is not None:
        channels = "all"
    scheduling = _option(view, _SCHEDULING)
    change = RuleChange(
        retention_days=_number(view, _RETENTION, shown),
        minimum_people=_number(view, _PEOPLE, shown),
        reading_channels=channels,
        scheduling=scheduling if scheduling != shown.get(_SCHEDULING) else None,
    )
    return change, wrong


def _number(view: Mapping[str, Any], block: str, shown: Mapping[str, Any]) -> int | None:
    """What was typed; None where it is empty, or what the dialog showed."""
    text = typed(filled(view, block).get("value") or "")
    if not text:
        return None
    number = int(text) if _NUMBER.fullmatch(text) else _NO_NUMBER
    return number if number != shown.get(block) else None


def _option(view: Mapping[str, Any], block: str) -> str | None:
    chosen = filled(view, block).get("selected_option")
    return str(chosen["value"]) if chosen else None


def _digest(channels: Sequence[str] | None) -> str | None:
    """Stands for a choice of channels in what the dialog carries, which has room for few."""
    return None if channels is None else hashlib.sha256(" ".join(sorted(channels)).encode()).hexdigest()[:16]


def _differences(before: WorkspaceRules, after: WorkspaceRules, locale: Locale) -> Sequence[str]:
    said: list[str] = []
    if before.retention_days != after.retention_days:
        said.append(say("admin_set_retention", locale, days=words.days(after.retention_days, locale)))
    if before.minimum_people != after.minimum_people:
        said.append(say("admin_set_people", locale, people=after.minimum_people))
    if before.reading_channels != after.reading_channels:
        named = after.reading_channels
        channels = say("admin_everywhere", locale) if named is None else " ".join(f"<#{channel}>" for channel in named)
        said.append(say("admin_set_channels", locale, channels=channels))
    if before.scheduling != after.scheduling:
        said.append(say("admin_set_scheduling", locale, who=say(f"admin_who_{after.scheduling}", locale)))
    return said


def _dialog(asked: Asked, rules: WorkspaceRules) -> Block:
    locale = asked.profile.locale
    shown = {
        _RETENTION: rules.retention_days,
        _PEOPLE: rules.minimum_people,
        _CHANNELS: _digest(rules.reading_channels),
        _SCHEDULING: rules.scheduling,
    }
    return modal(
        RULES,
        title=say("admin_rules_title", locale),
        submit=say("button_save", locale),
        close=say("button_cancel", locale),
        blocks=[
            small(say("admin_rules_note", locale)),
            _typed(_RETENTION, rules.retention_days, locale),
            _typed(_PEOPLE, rules.minimum_people, locale),
            _where(rules, locale),
            _channels(rules, locale),
            _scheduling(rules, locale),
            divider(),
            buttons(
                button(admin_delete.OPEN, say("button_admin_delete", locale), style="danger"),
                button(admin_audit.OPEN, say("button_admin_audit", locale)),
            ),
        ],
        private=json.dumps({"answer": asked.response_url, "shown": shown}),
    )


def _typed(block: str, value: int, locale: Locale) -> Block:
    return _input(block, {"type": "plain_text_input", "initial_value": str(value)}, locale, hint=True)


def _where(rules: WorkspaceRules, locale: Locale) -> Block:
    options = {kind: say(f"admin_where_{kind}", locale) for kind in (_ALL, _ONLY)}
    chosen = _ALL if rules.reading_channels is None else _ONLY
    return _input(_WHERE, menu(options, chosen, "radio_buttons"), locale)


def _channels(rules: WorkspaceRules, locale: Locale) -> Block:
    select: Block = {
        "type": "multi_conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if rules.reading_channels:
        select["initial_conversations"] = list(rules.reading_channels)
    return _input(_CHANNELS, select, locale, hint=True, optional=True)


def _scheduling(rules: WorkspaceRules, locale: Locale) -> Block:
    everybody: Sequence[str] = get_args(Scheduling)
    options = {who: say(f"admin_who_{who}", locale) for who in everybody}
    return _input(_SCHEDULING, menu(options, rules.scheduling), locale)


def _input(block: str, element: Block, locale: Locale, *, hint: bool = False, optional: bool = False) -> Block:
    said = say(f"admin_{block}_hint", locale) if hint else None
    return field(block, say(f"admin_{block}", locale), element, hint=said, optional=optional)
