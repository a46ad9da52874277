"""`/emotion-graph`: pictures of oneself or of the channel, and what they show as a table."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from bot.errors import BadCommand
from bot.messages import Locale
from bot.picture_words import Wanted, checked, parse_picture
from bot.pictures import GROUNDS, KINDS, PERIODS, Look, Table
from handlers.slack import choices
from handlers.slack.asked import Asked
from handlers.slack.blocks import Block, button, buttons, section, small
from handlers.slack.channels import with_bot
from handlers.slack.dialogs import understood
from handlers.slack.pictures import comment, post, send_alone, send_table_alone
from handlers.slack.words import say

SHARE: Final = "maeum_share"
TABLE: Final = "maeum_table"
_ALLOWED: Final[Mapping[str, Collection[object]]] = {
    "of": ("me", "here"),
    "kind": KINDS,
    "days": PERIODS,
    "ground": GROUNDS,
}
"""What a button may stand for."""


def parse(text: str, locale: Locale) -> Wanted:
    """What the words ask for; one's own trend of seven days where nothing is said.

    BadCommand on other words, and on two of a sort, such as two periods: one of them would be the wrong one.
    """
    return parse_picture(text, say("graph_usage", locale))


async def draw(asked: Asked, text: str) -> None:
    """Draw what was asked for, for the asker alone."""
    wanted = parse(text, asked.profile.locale)
    if wanted.audience == "me":
        await _personal(asked, wanted)
    else:
        await _of_channel(asked, wanted)


async def share(asked: Asked, value: str) -> None:
    """Post the channel's picture for everybody. It is drawn anew, under the rule as it holds at this moment."""
    locale = asked.profile.locale
    if asked.is_outsider:
        await asked.answer(say("outsider", locale))
        return
    wanted, channel = _carried(value, locale), asked.room
    if channel is None or wanted.audience == "me":
        raise BadCommand(say("graph_usage", locale))
    await with_bot(asked.kit.client, channel)
    reports, team = asked.kit.services.reports, asked.person.team
    picture = await reports.channel(team, channel, wanted.days, asked.profile.viewer, wanted.look)
    await post(asked.kit, channel, picture, say("shared_by", locale, person=f"<@{asked.person.user}>"))
    said = say("graph_shared", locale)
    await asked.answer(said, [section(said), buttons(_table_button(wanted, locale))], instead=True)


async def table(asked: Asked, value: str) -> None:
    """Send the asker what the picture shows as a file, made anew under the rule of this moment.

    Of one's own picture the asker's own readings, whoever was shown the button; of the channel what is published.
    """
    locale = asked.profile.locale
    if asked.is_outsider:
        await asked.answer(say("outsider", locale))
        return
    wanted, channel = _carried(value, locale), asked.room
    if wanted.audience == "here" and channel is None:
        raise BadCommand(say("graph_usage", locale))
    await send_table_alone(asked.kit, asked.person, await _table(asked, wanted, channel), locale)
    if not asked.is_direct:  # there the file says it
        await asked.answer(say("table_sent", locale))


async def _table(asked: Asked, wanted: Wanted, channel: str | None) -> Table:
    reports, viewer = asked.kit.services.reports, asked.profile.viewer
    if wanted.audience == "me" or channel is None:
        return await reports.personal_table(asked.person, wanted.days, viewer, wanted.look)
    await with_bot(asked.kit.client, channel)
    return await reports.channel_table(asked.person.team, channel, wanted.days, viewer, wanted.look)


async def _personal(asked: Asked, wanted: Wanted) -> None:
    reports, locale = asked.kit.services.reports, asked.profile.locale
    picture = await reports.personal(asked.person, wanted.days, asked.profile.viewer, wanted.look)
    await send_alone(asked.kit, asked.person, picture)
    text = say("graph_sent", locale)
    row = [_table_button(wanted, locale)]
    if wanted.look.kind == "diary" and await _could_come(asked):
        row.append(button(choices.DIARY_ON, say("diary_button_fridays", locale)))
    await asked.answer(text, [section(text), buttons(*row)])


async def _could_come(asked: Asked) -> bool:
    """Whether the asker's diary could come by itself, and does not yet."""
    services = asked.kit.services
    return (await services.consent.status(asked.person)).on and await services.schedules.diary(asked.person) is None


async def _of_channel(asked: Asked, wanted: Wanted) -> None:
    locale = asked.profile.locale
    channel = asked.room
    if channel is None:
        await asked.answer(say("graph_here_direct", locale))
        return
    await with_bot(asked.kit.client, channel)
    reports, team = asked.kit.services.reports, asked.person.team
    picture = await reports.channel(team, channel, wanted.days, asked.profile.viewer, wanted.look)
    # A file cannot be ephemeral, and Slack refuses an image block of a file that was not shared: the preview
    # goes where only the asker sees it.
    await send_alone(asked.kit, asked.person, picture)
    text = comment(picture)
    shared = button(SHARE, say("button_share", locale), value=_carrying(wanted), style="primary")
    blocks = [section(text), buttons(shared, _table_button(wanted, locale)), small(say("graph_preview", locale))]
    await asked.answer(text, blocks)


def _table_button(wanted: Wanted, locale: Locale) -> Block:
    return button(TABLE, say("button_table", locale), value=_carrying(wanted))


def _carrying(wanted: Wanted) -> str:
    """What a button stands for. Not of whom: that is whoever presses it, or the channel it stands in."""
    kind, ground = wanted.look.kind, wanted.look.ground
    return json.dumps({"of": wanted.audience, "kind": kind, "days": wanted.days, "ground": ground})


def _carried(value: str, locale: Locale) -> Wanted:
    """What a button stands for. One of an earlier version says the days alone: a channel's trend, on light ground.

    BadCommand where it is none of ours.
    """
    known = {"of": "here", "kind": "trend", "ground": "light", **understood(value)}
    if any(type(known.get(name)) not in {str, int} or known[name] not in those for name, those in _ALLOWED.items()):
        raise BadCommand(say("graph_usage", locale))
    wanted = checked(known["of"], None, Look(known["kind"], known["ground"]))
    return replace(wanted, days=known["days"])
