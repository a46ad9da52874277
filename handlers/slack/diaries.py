"""`/emotion-schedule me`: when somebody's own diary comes to them. It is theirs alone: nobody is asked for leave."""

from dataclasses import replace

from bot.calendar_rules import ScheduleSpec
from bot.errors import SlackTrouble
from bot.messages import Viewer
from bot.schedule_words import FRIDAYS, Draft, parse_diary
from bot.scheduling import Schedule
from handlers.slack.asked import Asked, direct_channel
from handlers.slack.home import show_home
from handlers.slack.schedule_text import described, rhythm, trouble
from handlers.slack.words import say


async def arrange(asked: Asked, words: str) -> None:
    """Do what the words after `me` say; without any, say how it stands."""
    match parse_diary(words, asked.profile.locale):
        case "on":
            await turn_on(asked)
        case "off":
            await turn_off(asked)
        case "show":
            await _show(asked)
        case Draft() as draft:
            await _set(asked, draft)


async def turn_on(asked: Asked) -> None:
    """Send it every Friday at 17:00, or at the time that the person has chosen before."""
    await _set(asked, None)


async def turn_off(asked: Asked) -> None:
    """Send it no more. The button in the Home tab is answered by drawing the tab anew."""
    ended = await asked.kit.services.schedules.end_diary(asked.person)
    if asked.at_home:
        await show_home(asked.kit, asked.person.user)
    else:
        await asked.answer(say("diary_ended" if ended else "diary_none", asked.profile.locale))


async def _set(asked: Asked, draft: Draft | None) -> None:
    kit, person = asked.kit, asked.person
    if asked.is_outsider:  # a button does not keep them off, as commands do
        await asked.answer(say("outsider", asked.profile.locale))
        return
    try:  # asked anew: a profile that could not be had before would mean UTC and English
        viewer = (await kit.people.now(person.user)).viewer
    except SlackTrouble:
        await asked.answer(say("schedule_no_zone", asked.profile.locale))
        return
    schedules, locale = kit.services.schedules, viewer.locale
    spec = _spec(draft, await schedules.diary(person), viewer)
    schedule = await schedules.set_diary(person, await direct_channel(kit.client, person.user), spec)
    if asked.at_home:
        await show_home(kit, person.user)
    else:
        await asked.answer(say("diary_set", locale, what=described(schedule.spec, kit.services.clock(), locale)))


def _spec(draft: Draft | None, kept: Schedule | None, viewer: Viewer) -> ScheduleSpec:
    """As it was said; where nothing was, as it stands, and where nothing stands, on Fridays."""
    if draft is None and kept is not None:
        return replace(kept.spec, locale=viewer.locale)
    return (draft or FRIDAYS).spec(viewer.timezone, viewer.locale)


async def _show(asked: Asked) -> None:
    """Say how it stands. Why it is paused is told with that, and is no news afterwards."""
    schedules = asked.kit.services.schedules
    diary = await schedules.diary(asked.person)
    status = await asked.kit.services.consent.status(asked.person)
    await asked.answer(_standing(asked, diary, waits=not status.on))
    if diary is not None:
        await schedules.told(diary)


def _standing(asked: Asked, diary: Schedule | None, *, waits: bool) -> str:
    """When it comes, or why it does not, and what can be done. It `waits` for whoever is to agree anew."""
    locale = asked.profile.locale
    if diary is None:
        return say("diary_none", locale)
    if diary.is_paused:
        return trouble(diary, locale)
    if waits:
        return say("diary_waits", locale, what=rhythm(diary.spec, locale))
    return say("diary_standing", locale, what=described(diary.spec, asked.kit.services.clock(), locale))
