"""Saying yes, no and not now: the same by command, by the notice's buttons and in the Home tab."""

from datetime import timedelta

from handlers.slack import choices, words
from handlers.slack.asked import Asked
from handlers.slack.blocks import button, buttons, section
from handlers.slack.held import amounts, held, receipts, state, stored
from handlers.slack.home import show_home
from handlers.slack.words import say


async def turn_on(asked: Asked, by: str) -> None:
    """The person is read from now on. Nobody of another organisation is: they are told so, and nothing is stored."""
    if asked.is_outsider:
        await asked.answer(say("outsider", asked.profile.locale))
        return
    await asked.kit.services.consent.grant(asked.person, by)
    if asked.at_home:
        await show_home(asked.kit, asked.person.user)
        return
    locale = asked.profile.locale
    off = button(choices.OFF, say("button_off", locale))
    await asked.answer(say("on", locale), [section(say("on", locale)), buttons(off, choices.about(locale))])


async def turn_off(asked: Asked, by: str) -> None:
    """The person is not read from the next message on, and is asked what becomes of what is stored."""
    consent = asked.kit.services.consent
    had_diary = await consent.withdraw(asked.person, by)
    if asked.at_home:  # its button for deleting stands beside
        await show_home(asked.kit, asked.person.user)
        return
    locale = asked.profile.locale
    left = await held(asked.kit, asked.person)
    said = f"{say('off', locale)} {say('off_diary', locale)}" if had_diary else say("off", locale)
    if not left.is_more_than_consent:
        await asked.answer(said)
        return
    question = say("off_ask", locale, stored=amounts(left, asked.profile))
    await asked.answer(
        f"{said} {question}",
        [
            section(f"{said}\n{question}"),
            buttons(
                button(choices.FORGET, say("button_delete", locale), style="danger"),
                button(choices.KEEP, say("button_keep", locale)),
            ),
        ],
    )


async def pause(asked: Asked, span: timedelta, by: str) -> None:
    """Nothing is read for that long. Who is not read anyway is told so."""
    until = await asked.kit.services.consent.pause(asked.person, span, by)
    if asked.at_home:
        await show_home(asked.kit, asked.person.user)
        return
    profile = asked.profile
    if until is None:
        await asked.answer(say("pause_nothing", profile.locale))
        return
    said = say("paused", profile.locale, until=words.moment(until, profile.locale, profile.timezone))
    status = await asked.kit.services.consent.status(asked.person)
    await asked.answer(said, [section(said), buttons(*choices.switch(status, profile.locale))])


async def show_status(asked: Asked) -> None:
    """Whether the person is read, how much is stored, and what they decided when. Never what the readings say."""
    profile = asked.profile
    mine = await held(asked.kit, asked.person)
    said = "\n".join([state(mine.status, profile), stored(mine, profile)])
    blocks = [section(said)]
    decided = receipts(mine.status.receipts, profile)
    if decided:
        blocks.append(section(decided))
    row = choices.switch(mine.status, profile.locale, may_turn_on=not asked.is_outsider)
    row.append(choices.about(profile.locale))
    if mine.is_anything:
        row += [choices.export(profile.locale), choices.forget(profile.locale)]
    await asked.answer("\n".join(filter(None, [said, decided])), [*blocks, buttons(*row)])


async def show_help(asked: Asked) -> None:
    """The commands."""
    rules = await asked.kit.services.rules.of(asked.person.team)
    text = say("help", asked.profile.locale, people=rules.minimum_people)
    await asked.answer(text, [section(text)])


async def keep(asked: Asked) -> None:
    """What is stored stays."""
    locale = asked.profile.locale
    rules = await asked.kit.services.rules.of(asked.person.team)
    await asked.answer(say("kept", locale, days=words.days(rules.retention_days, locale)), instead=True)
