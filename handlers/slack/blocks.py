"""Block Kit out of words. Pure: the same words give the same blocks.

Every word that is not ours comes in escaped (`handlers.slack.text.escape`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Block = dict[str, Any]

SECTION_LIMIT: Final = 2900
"""Slack refuses a section's text above 3,000 characters."""


def sections(text: str) -> list[str]:
    """The text in pieces that fit a section each, cut at line ends or spaces where there are any.

    Never cut inside an entity such as `&lt;`.
    """
    pieces: list[str] = []
    rest = text
    while len(rest) > SECTION_LIMIT:
        cut = max(rest.rfind("\n", 1, SECTION_LIMIT), rest.rfind(" ", 1, SECTION_LIMIT))
        if cut < SECTION_LIMIT // 2:
            cut = SECTION_LIMIT
            entity = rest.rfind("&", cut - 5, cut)
            if entity > 0 and ";" not in rest[entity:cut]:
                cut = entity
        pieces.append(rest[:cut])
        rest = rest[cut:].lstrip("\n ")
    return [*pieces, rest] if rest else pieces


def section(text: str) -> Block:
    """A paragraph in Slack's mark-up."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def heading(text: str) -> Block:
    """A headline, plain."""
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def small(text: str) -> Block:
    """A line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def buttons(*elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(action: str, label: str, *, value: str | None = None, style: str | None = None) -> Block:
    """One button. `style` is `primary` or `danger`."""
    made: Block = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": label}}
    if value is not None:
        made["value"] = value
    if style is not None:
        made["style"] = style
    return made


def choice(action: str, text: str, options: Mapping[str, str], *, placeholder: str, chosen: str | None = None) -> Block:
    """A paragraph with a menu beside it: value -> what it is called. `chosen` is the value of the present choice."""
    shown = {"action_id": action, "placeholder": {"type": "plain_text", "text": placeholder}}
    return {**section(text), "accessory": {**menu(options, chosen), **shown}}


def menu(options: Mapping[str, str], chosen: str | None, kind: str = "static_select") -> Block:
    """The choices alone, to be looked at as a menu or, with `radio_buttons`, all at once."""
    shown = {value: {"text": {"type": "plain_text", "text": label}, "value": value} for value, label in options.items()}
    made: Block = {"type": kind, "options": list(shown.values())}
    if chosen is not None:
        made["initial_option"] = shown[chosen]
    return made


def field(block: str, label: str, element: Block, *, hint: str | None = None, optional: bool = False) -> Block:
    """Something to be filled in, in a dialog."""
    made: Block = {
        "type": "input",
        "block_id": block,
        "label": {"type": "plain_text", "text": label},
        "element": {**element, "action_id": "value"},
    }
    if hint is not None:
        made["hint"] = {"type": "plain_text", "text": hint}
    if optional:
        made["optional"] = True
    return made


def home(blocks: Sequence[Block]) -> Block:
    """The Home tab."""
    return {"type": "home", "blocks": list(blocks)}


def modal(  # noqa: PLR0913 - each is one field of Slack's view
    callback: str, *, title: str, submit: str | None, close: str, blocks: Sequence[Block], private: str
) -> Block:
    """A dialog; one without `submit` can only be looked at. `private` comes back; Slack shows it to nobody."""
    made: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": close},
        "blocks": list(blocks),
        "private_metadata": private,
    }
    if submit is not None:
        made["submit"] = {"type": "plain_text", "text": submit}
    return made
