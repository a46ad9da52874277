"""`/emotion-graph`: one's own picture, or the channel's."""

import json
from typing import Final, Literal

from bot.errors import BadCommand
from bot.messages import Locale
from bot.reports import PERIODS
from handlers.slack.asked import Asked, direct_channel
from handlers.slack.blocks import button, buttons, section, small
from handlers.slack.channels import with_bot
from handlers.slack.pictures import comment, upload
from handlers.slack.text import words
from handlers.slack.words import say

SHARE: Final = "maeum_share"
_TARGETS: Final[dict[str, Literal["me", "here"]]] = {"me": "me", "나": "me", "here": "here", "여기": "here"}
_WORDS: Final = {f"{days}{unit}": days for days in PERIODS for unit in ("d", "일")}


def parse(text: str, locale: Locale) -> tuple[Literal["me", "here"], int]:
    """Whose picture and of how many days; one's own, of seven, where nothing is said.

    BadCommand on other words, and on two targets or two periods: one of them would be the wrong one.
    """
    asked = words(text)
    targets = [_TARGETS[word] for word in asked if word in _TARGETS]
    periods = [_WORDS[word] for word in asked if word in _WORDS]
    if len(targets) + len(periods) < len(asked) or len(targets) > 1 or len(periods) > 1:
        raise BadCommand(say("graph_usage", locale))
    return targets[0] if targets else "me", periods[0] if periods else PERIODS[0]


async def draw(asked: Asked, text: str) -> None:
    """Draw what was asked for, for the asker alone."""
    target, days = parse(text, asked.profile.locale)
    if target == "me":
        await _personal(asked, days)
    else:
        await _of_channel(asked, days)


async def share(asked: Asked, value: str) -> None:
    """Post the channel's picture for everybody. It is drawn anew, under the rule as it holds at this moment."""
    if asked.is_outsider:
        await asked.answer(say("outsider", asked.profile.locale))
        return
    days = _days(value, asked.profile.locale)
    channel = asked.channel
    if channel is None or asked.is_direct:
        raise BadCommand(say("graph_usage", asked.profile.locale))
    await with_bot(asked.kit.client, channel)
    picture = await asked.kit.services.reports.channel(asked.person.team, channel, days, asked.profile.viewer)
    opening = say("shared_by", asked.profile.locale, person=f"<@{asked.person.user}>")
    await upload(asked.kit.client, channel, picture, opening)
    await asked.answer(say("graph_shared", asked.profile.locale), instead=True)


async def _personal(asked: Asked, days: int) -> None:
    picture = await asked.kit.services.reports.personal(asked.person, days, asked.profile.viewer)
    client = asked.kit.client
    await upload(client, await direct_channel(client, asked.person.user), picture)
    await asked.answer(say("graph_sent", asked.profile.locale))


async def _of_channel(asked: Asked, days: int) -> None:
    locale = asked.profile.locale
    if asked.channel is None or asked.is_direct:
        await asked.answer(say("graph_here_direct", locale))
        return
    client = asked.kit.client
    await with_bot(client, asked.channel)
    picture = await asked.kit.services.reports.channel(asked.person.team, asked.channel, days, asked.profile.viewer)
    # A file cannot be ephemeral, and Slack refuses an image block of a file that was not shared: the preview
    # goes where only the asker sees it.
    await upload(client, await direct_channel(client, asked.person.user), picture)
    text = comment(picture)
    await asked.answer(
        text,
        [
            section(text),
            buttons(button(SHARE, say("button_share", locale), value=json.dumps({"days": days}), style="primary")),
            small(say("graph_preview", locale)),
        ],
    )


def _days(value: str, locale: Locale) -> int:
    try:
        days = json.loads(value)["days"]
    except (ValueError, KeyError, TypeError):
        days = None
    if days not in PERIODS:
        raise BadCommand(say("graph_usage", locale))
    return int(days)
