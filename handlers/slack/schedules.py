"""`/emotion-schedule`: when a channel's picture is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.calendar_rules import KINDS, Kind
from bot.errors import BadCommand, SlackTrouble
from bot.messages import Locale, Viewer
from bot.pictures import Look
from bot.rules import Scheduling
from bot.schedule_words import USAGE, Draft, Order, Verb, parse_schedule, post_now, said_of_oneself
from bot.scheduling import Schedule
from handlers.slack import diaries, schedule_modal
from handlers.slack.asked import Asked
from handlers.slack.blocks import Block, button, buttons, section
from handlers.slack.channels import with_bot
from handlers.slack.errors import slack_trouble, with_apology
from handlers.slack.home import show_home
from handlers.slack.paused import as_shown
from handlers.slack.pictures import post
from handlers.slack.schedule_text import described, rhythm, trouble
from handlers.slack.words import say

POST: Final = "maeum_schedule_post"
PAUSE: Final = "maeum_schedule_pause"
RESUME: Final = "maeum_schedule_resume"
REMOVE: Final = "maeum_schedule_remove"
_ACTION: Final = "schedule"


async def arrange(asked: Asked, words: str) -> None:
    """Do what the words say; without any, ask in a dialog.

    Everybody in the channel may see its schedules; few may change them. What follows `me` is about the asker's own
    diary, and so is everything in a direct message.
    """
    locale, channel, mine = asked.profile.locale, asked.room, said_of_oneself(words)
    if mine is not None or channel is None:
        await diaries.arrange(asked, words if mine is None else mine)
        return
    wanted = parse_schedule(words, locale) if words.strip() else None
    if isinstance(wanted, Order) and wanted.verb == "list":
        await _show(asked, channel)
    elif await _allowed(asked, channel):
        if wanted is None:
            await _ask(asked, channel)
        elif isinstance(wanted, Draft):
            await _set(asked, channel, wanted)
        else:
            await asked.answer(await _order(asked, channel, wanted))


async def press(asked: Asked, verb: Verb, value: str) -> None:
    """A button under the list was pressed: do it, and show the list as it is then."""
    kind = next((kind for kind in KINDS if kind == value), None)
    channel = asked.room
    if kind is None or channel is None:
        raise BadCommand(USAGE[asked.profile.locale])
    if asked.is_outsider:
        await asked.answer(say("outsider", asked.profile.locale))
    elif await _allowed(asked, channel):
        said = await _order(asked, channel, Order(verb, kind))
        if verb == "post":
            await asked.answer(said)
        else:
            await _show(asked, channel, instead=True)


async def submit(asked: Asked, view: Mapping[str, Any]) -> Mapping[str, Any]:
    """The dialog was confirmed: what is wrong stands beside it. Otherwise it is closed, and who may is asked again."""
    wanted = schedule_modal.submitted(view)
    if not isinstance(wanted, Draft):
        return {"response_action": "errors", "errors": wanted}
    here = replace(asked, channel=schedule_modal.channel_of(view))
    asked.kit.tasks.start(with_apology(_confirmed(here, wanted), here.profile.locale, here.answer), "a schedule")
    return {}


async def _confirmed(asked: Asked, draft: Draft) -> None:
    channel = asked.room
    if asked.is_outsider or channel is None:
        await asked.answer(say("outsider" if asked.is_outsider else "schedule_direct", asked.profile.locale))
    elif await _allowed(asked, channel):
        await _set(asked, channel, draft)


async def tell_news(asked: Asked) -> None:
    """Tell the person of their schedules that had to be paused, unless the clock has (`handlers.slack.owners`)."""
    schedules = asked.kit.services.schedules
    news = await schedules.news(asked.person)
    if news:
        await asked.answer("\n".join(trouble(schedule, asked.profile.locale) for schedule in news))
    for schedule in news:
        await schedules.told(schedule)


async def resume_at_home(asked: Asked, value: str) -> None:
    """The button of a schedule that had to be paused was pressed in the Home tab: resume it, where the person may.

    Only that one, and only while it is paused for what the tab shows. A diary is set as it was, in the direct message
    that Slack names now: ConsentNeeded where they are not read. The tab is drawn anew. SlackTrouble where the channel
    is still closed: it would be paused again.
    """
    schedules = asked.kit.services.schedules
    if asked.is_outsider:
        await asked.answer(say("outsider", asked.profile.locale))
        return
    mine = await schedules.troubled(asked.person)
    found = next((schedule for schedule in mine if as_shown(schedule) == value), None)
    if found is not None and found.owner is not None:
        await diaries.turn_on(asked)
        return
    if found is not None and await _allowed(asked, found.channel):
        await schedules.resume_one(found)
    await show_home(asked.kit, asked.person.user)


async def _ask(asked: Asked, channel: str) -> None:
    zone = await _zone(asked, channel, asked.profile.viewer)
    view = schedule_modal.dialog(channel, asked.response_url, zone, asked.profile.locale)
    with slack_trouble():
        await asked.kit.client.views_open(trigger_id=asked.trigger, view=view)


async def _set(asked: Asked, channel: str, draft: Draft) -> None:
    try:  # asked anew: a profile that could not be had before would mean UTC and English
        viewer = (await asked.kit.people.now(asked.person.user)).viewer
    except SlackTrouble:
        await asked.answer(say("schedule_no_zone", asked.profile.locale))
        return
    services, locale = asked.kit.services, viewer.locale
    spec = draft.spec(await _zone(asked, channel, viewer), locale)
    schedule = await services.schedules.set(asked.person.team, channel, asked.person, spec)
    await asked.answer(say("schedule_set", locale, what=described(schedule.spec, services.clock(), locale)))


async def _zone(asked: Asked, channel: str, viewer: Viewer) -> str:
    """The time zone of the channel's pictures where that is fixed, and otherwise the person's."""
    return await asked.kit.services.schedules.zone(asked.person.team, channel) or viewer.timezone


async def _order(asked: Asked, channel: str, order: Order) -> str:
    """Do it; what is said then."""
    schedules, team, locale = asked.kit.services.schedules, asked.person.team, asked.profile.locale
    kept = await schedules.list(team, channel)
    if not kept:
        return say("schedule_none", locale)
    chosen = [schedule for schedule in kept if order.kind in {None, schedule.spec.kind}]
    if not chosen:
        return say("schedule_no_such", locale)
    match order.verb:
        case "pause":
            done = await schedules.pause(team, channel, order.kind)
            return say("schedule_paused" if done else "schedule_none_runs", locale)
        case "resume":
            done = await schedules.resume(team, channel, order.kind)
            return say("schedule_resumed" if done else "schedule_none_paused", locale)
        case "post":
            return await _post_now(asked, channel, chosen)
        case _:
            await schedules.off(team, channel, order.kind)
            return say("schedule_off" if len(chosen) == len(kept) else "schedule_removed", locale)


async def _post_now(asked: Asked, channel: str, chosen: Sequence[Schedule]) -> str:
    """Post the schedule's picture at once, beside those that are due. Its next slot stays as it is."""
    locale = asked.profile.locale
    if len(chosen) > 1:
        choices = " · ".join(f"`{post_now(schedule.spec.kind, locale)}`" for schedule in chosen)
        return say("schedule_which", locale, choices=choices)
    kit, spec = asked.kit, chosen[0].spec
    await with_bot(kit.client, channel)
    viewer = Viewer(spec.locale, spec.timezone)
    picture = await kit.services.reports.channel(asked.person.team, channel, spec.days, viewer, Look(spec.picture))
    await post(kit, channel, picture)
    return say("schedule_posted", locale)


async def _show(asked: Asked, channel: str, *, instead: bool = False) -> None:
    locale = asked.profile.locale
    kept = await asked.kit.services.schedules.list(asked.person.team, channel)
    lines = [_line(asked, schedule) for schedule in kept]
    blocks: list[Block] = []
    for schedule, line in zip(kept, lines, strict=True):
        blocks += [section(line), _choices(schedule, locale)]
    await asked.answer("\n".join(lines) or say("schedule_none", locale), blocks, instead=instead)


def _line(asked: Asked, schedule: Schedule) -> str:
    locale = asked.profile.locale
    if not schedule.is_paused:
        return f"• {described(schedule.spec, asked.kit.services.clock(), locale)}"
    paused = f"• {rhythm(schedule.spec, locale)} – *{say('schedule_is_paused', locale)}*"
    return f"{paused}\n{trouble(schedule, locale)}".strip()


def _choices(schedule: Schedule, locale: Locale) -> Block:
    kind: Kind = schedule.spec.kind
    halt = (RESUME, "schedule_button_resume") if schedule.is_paused else (PAUSE, "schedule_button_pause")
    offered = ((POST, "schedule_button_post"), halt, (REMOVE, "schedule_button_remove"))
    return buttons(*(button(action, say(key, locale), value=kind) for action, key in offered))


async def _allowed(asked: Asked, channel: str) -> bool:
    """Whether the person may change what is posted there; who may not is told so, and it is written down."""
    who = (await asked.kit.services.rules.of(asked.person.team)).scheduling
    if await _may(asked, channel, who):
        return True
    await asked.kit.services.privacy.refuse(asked.person, _ACTION)
    refusal = "schedule_administrators" if who == "administrators" else "schedule_not_allowed"
    await asked.answer(say(refusal, asked.profile.locale))
    return False


async def _may(asked: Asked, channel: str, who: Scheduling) -> bool:
    """Whether the workspace's rule lets the person schedule there, by the role that Slack tells at this moment.

    SlackTrouble where the bot is not in the channel. People of other organisations never get here.
    """
    found = await with_bot(asked.kit.client, channel)
    if who == "members" or (who == "creators" and found.creator == asked.person.user):
        return True
    return (await asked.kit.people.now(asked.person.user)).is_admin
