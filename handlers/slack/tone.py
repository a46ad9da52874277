"""`Why this tone?`: what was read in a message, told to its author alone, and their word against it."""

import json
from collections.abc import Sequence
from typing import Final

from bot.errors import BadLabel, NotYours
from bot.feedback import Explanation
from bot.messages import Incoming, Locale, MessageId
from emotion.labels import EMOTIONS, NAMES, Emotion
from handlers.slack.asked import Asked
from handlers.slack.blocks import Block, button, buttons, choice, section, small
from handlers.slack.dialogs import understood
from handlers.slack.shapes import TS
from handlers.slack.words import say

WHY: Final = "maeum_why"
FELT: Final = "maeum_felt"
_MOST: Final = 99
"""Per cent. Rounded up to a hundred, a reading would sound as if it could not be wrong."""


def why(incoming: Incoming, locale: Locale) -> Block:
    """The button under a reply. It names the message that is answered, and is the same whatever was read in it."""
    return buttons(button(WHY, say("tone_why", locale), value=incoming.id.ts))


async def explain(asked: Asked, value: str) -> None:
    """Tell the author of the message, and nobody else; `value` is the message's ts."""
    message = _message(asked, value)
    found = await asked.kit.services.feedback.explain(asked.person, message)
    await _show(asked, message, found, ())


async def correct(asked: Asked, value: str) -> None:
    """Take the author's word for what it was; `value` names the message and the label."""
    ts, label = _chosen(value)
    message = _message(asked, ts)
    found = await asked.kit.services.feedback.correct(asked.person, message, label)
    thanks = say("tone_agreed" if found.said is None else "tone_noted", asked.profile.locale)
    await _show(asked, message, found, (thanks,), instead=True)


async def _show(
    asked: Asked, message: MessageId, found: Explanation, before: Sequence[str], *, instead: bool = False
) -> None:
    locale = asked.profile.locale
    lines = [*before, *_lines(found, locale)]
    note = say("tone_note" if found.state in {"read", "uncertain"} else "tone_only_you", locale)
    blocks = [section("\n".join(lines)), small(note)]
    if found.may_correct:
        blocks.append(_question(message, found, locale))
    await asked.answer("\n".join([*lines, note]), blocks, instead=instead)


def _lines(found: Explanation, locale: Locale) -> Sequence[str]:
    """What was read, and what else belongs to it, in sentences."""
    lines = [_verdict(found, locale)]
    if found.edited:
        lines.append(say("tone_edited", locale))
    if found.said is not None:
        lines.append(say("tone_said", locale, label=NAMES[locale][found.said]))
    if found.state in {"read", "uncertain"} and not found.may_correct:
        lines.append(say("tone_cannot", locale))
    return lines


def _verdict(found: Explanation, locale: Locale) -> str:
    if found.state == "read" and found.label is not None and found.confidence is not None:
        percent = min(_MOST, round(100 * found.confidence))
        return say("tone_read", locale, label=NAMES[locale][found.label], percent=percent)
    keys = {"uncertain": "tone_uncertain", "off": "tone_off"}
    return say(keys.get(found.state, "tone_impossible"), locale)


def _question(message: MessageId, found: Explanation, locale: Locale) -> Block:
    options = {_value(message, emotion): NAMES[locale][emotion] for emotion in EMOTIONS}
    chosen = _value(message, found.said) if found.said is not None else None
    return choice(FELT, say("tone_wrong", locale), options, placeholder=say("tone_pick", locale), chosen=chosen)


def _value(message: MessageId, emotion: Emotion) -> str:
    return json.dumps({"message": message.ts, "label": emotion.value})


def _chosen(value: str) -> tuple[str, str]:
    """The message's ts and the label. BadLabel for anything that this door never wrote."""
    said = understood(value)
    ts, label = said.get("message"), said.get("label")
    if not (isinstance(ts, str) and isinstance(label, str)):
        raise BadLabel
    return ts, label


def _message(asked: Asked, ts: str) -> MessageId:
    """The message in the place where it was asked. NotYours for what can be no message of the person's."""
    if asked.is_outsider or asked.channel is None or not TS.fullmatch(ts):
        raise NotYours
    return MessageId(asked.person.team, asked.channel, ts)
