"""The Home tab: how it stands with a person, their own week, and everything they can decide about their data."""

from collections.abc import Mapping
from datetime import datetime

from bot.messages import Locale, Person
from bot.scheduling import Schedule
from bot.week import my_week
from charts.words import percent
from emotion.labels import NAMES, Emotion
from handlers.slack import choices
from handlers.slack.blocks import Block, buttons, divider, heading, home, section
from handlers.slack.errors import slack_trouble
from handlers.slack.held import held, receipts, state, stored
from handlers.slack.kit import Kit
from handlers.slack.notice import about, ask_again
from handlers.slack.paused import troubled
from handlers.slack.people import PATIENT, Profile
from handlers.slack.schedule_text import coming, rhythm
from handlers.slack.words import say

_LONGEST = 20
"""Signs of a bar of 100 %."""


async def opened(kit: Kit, user: str) -> None:
    """The person looks at the Home tab. Who agreed to an earlier notice only is asked about today's, once."""
    await show_home(kit, user)
    await ask_again(kit, await kit.person(user))


async def show_home(kit: Kit, user: str) -> None:
    """Draw the person's Home tab anew. What stands in it is of that person alone."""
    profile = await kit.people.profile(user, PATIENT)
    view = await _home(kit, await kit.person(user), profile)
    with slack_trouble():
        await kit.client.views_publish(user_id=user, view=view)


async def _home(kit: Kit, person: Person, profile: Profile) -> Block:
    services, locale = kit.services, profile.locale
    is_outsider = profile.is_outsider(await kit.identity.get())
    mine = await held(kit, person)
    week = await my_week(services.store, services.pseudonyms, person, profile.viewer, services.clock())
    rules = await services.rules.of(person.team)
    blocks = [heading(say("home_title", locale))]
    if is_outsider:
        blocks.append(section(say("outsider", locale)))
    blocks.append(section(state(mine.status, profile)))
    row = choices.switch(mine.status, locale, may_turn_on=not is_outsider)
    if row:
        blocks.append(buttons(*row))
    blocks += await troubled(kit, person, locale)
    if week:
        blocks += [divider(), section(bars(week, locale))]
    schedule = await services.schedules.diary(person)
    if schedule is not None or (mine.status.on and not is_outsider):
        blocks += diary(schedule, services.clock(), locale, waits=not mine.status.on)
    blocks += [divider(), section(stored(mine, profile))]
    decided = receipts(mine.status.receipts, profile)
    if decided:
        blocks.append(section(decided))
    if mine.is_anything:
        blocks.append(buttons(choices.export(locale), choices.forget(locale)))
    blocks += [divider(), section(about(rules, locale)), divider()]
    blocks.append(section(say("help", locale, people=rules.minimum_people)))
    return home(blocks)


def diary(schedule: Schedule | None, now: datetime, locale: Locale, *, waits: bool = False) -> list[Block]:
    """When the person's diary comes, and the one button about it. It `waits` for whoever is to agree anew.

    What is paused stands elsewhere in the tab.
    """
    if schedule is not None and schedule.is_paused:
        return []
    if schedule is None:
        said = say("diary_offer", locale)
    elif waits:
        said = say("diary_waits", locale, what=rhythm(schedule.spec, locale))
    else:
        said = coming(schedule.spec, now, locale)
    return [section(said), buttons(choices.diary(locale, comes=schedule is not None))]


def bars(week: Mapping[Emotion, int], locale: Locale) -> str:
    """One line for each emotion that was read, in the order given: its name and share first, then a bar.

    A screen reader says name and share before it comes to the bar, which says nothing else.
    """
    total = sum(week.values())
    messages = say("message", locale) if total == 1 else say("messages", locale, count=total)
    lines = [
        f"{NAMES[locale][emotion]} {percent(count / total, locale)}  {'▇' * max(1, round(_LONGEST * count / total))}"
        for emotion, count in week.items()
    ]
    return "\n".join([say("week", locale, messages=messages), *lines])
