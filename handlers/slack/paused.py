"""What the Home tab shows of schedules that had to be paused, to whoever set them."""

from typing import Final

from bot.messages import Locale, Person
from bot.scheduling import Schedule
from handlers.slack.blocks import Block, button, section, sections
from handlers.slack.kit import Kit
from handlers.slack.schedule_text import trouble
from handlers.slack.words import say

RESUME: Final = "maeum_schedule_resume_home"
_WITH_BUTTON: Final = 20
"""So many have a button each. Slack takes a hundred blocks; of more schedules the sentences stand together."""


def as_shown(schedule: Schedule) -> str:
    """What the button says of it: which schedule, and since when it is paused."""
    return f"{schedule.id} {schedule.problem_since}"


async def troubled(kit: Kit, person: Person, locale: Locale) -> list[Block]:
    """Why each was paused, told before or not, and a button. Nothing once it is resumed, set anew or removed."""
    found = await kit.services.schedules.troubled(person)
    label = say("schedule_button_resume", locale)
    blocks = [
        {**section(trouble(one, locale)), "accessory": button(RESUME, label, value=as_shown(one))}
        for one in found[:_WITH_BUTTON]
    ]
    rest = "\n".join(trouble(one, locale) for one in found[_WITH_BUTTON:])
    return [*blocks, *map(section, sections(rest))]
