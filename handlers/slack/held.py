"""What is stored of a person, in words for that person: how their consent stands, how much there is, what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from bot.consent import ConsentStatus
from bot.messages import Locale, Person
from bot.store.people import ConsentReceipt
from handlers.slack import words
from handlers.slack.kit import Kit
from handlers.slack.people import Profile
from handlers.slack.words import say

_READINGS: Final = "emotion_readings"
_REPLIES: Final = "replies"
_CONSENT: Final = frozenset({"people", "consent_receipts"})
_SOURCES: Final = frozenset({"command", "button", "home", "terminal"})
_SHOWN: Final = 5
"""Acts of consent; the export has all."""


@dataclass(frozen=True, slots=True)
class Held:
    """The state of a person's consent, and rows by table."""

    status: ConsentStatus
    rows: Mapping[str, int]

    @property
    def is_anything(self) -> bool:
        """Whether anything at all is stored."""
        return any(self.rows.values())

    @property
    def is_more_than_consent(self) -> bool:
        """Whether anything is stored besides what the person decided."""
        return any(count for table, count in self.rows.items() if table not in _CONSENT)


async def held(kit: Kit, person: Person) -> Held:
    """What is stored of them at this moment."""
    return Held(await kit.services.consent.status(person), await kit.services.privacy.holdings(person))


def state(status: ConsentStatus, profile: Profile) -> str:
    """Whether the person is read: on, off, paused, or off until they agree to a new notice."""
    locale = profile.locale
    if status.outdated:
        return say("status_outdated", locale)
    if status.paused_until is not None:
        return say("status_paused", locale, until=words.moment(status.paused_until, locale, profile.timezone))
    if status.on and status.since is not None:
        since = status.since.astimezone(ZoneInfo(profile.timezone)).date()
        return say("status_on", locale, since=words.day(since, locale))
    return say("status_off", locale)


def stored(held: Held, profile: Profile) -> str:
    """How much is stored, as a sentence: counts, and the first and the last date. Never what the readings say."""
    listed = amounts(held, profile)
    return say("stored", profile.locale, stored=listed) if listed else say("stored_nothing", profile.locale)


def amounts(held: Held, profile: Profile) -> str:
    """The same as a list of what there is; empty where there is nothing."""
    if not held.is_anything:
        return ""
    locale, status = profile.locale, held.status
    parts = [words.stored(status.readings, status.first, status.last, locale) or say("readings_none", locale)]
    if notes := held.rows.get(_REPLIES):
        parts.append(say("note" if notes == 1 else "notes", locale, count=notes))
    parts += [
        f"{words.table(table, locale)}: {count}"
        for table, count in held.rows.items()
        if count and table not in {_READINGS, _REPLIES}
    ]
    return "; ".join(parts)


def kinds(rows: Mapping[str, int], locale: Locale) -> str:
    """What kinds of things are stored, a line each, without how much."""
    return "\n".join(f"• {words.table(table, locale)}" for table, count in rows.items() if count)


def receipts(acts: Sequence[ConsentReceipt], profile: Profile) -> str:
    """What the person decided, newest first: what, when, by what act and under which notice. Empty without any."""
    if not acts:
        return ""
    lines = [f"• {_receipt(act, profile)}" for act in reversed(acts[-_SHOWN:])]
    if len(acts) > _SHOWN:
        lines.append(f"• {say('receipts_more', profile.locale, count=len(acts) - _SHOWN)}")
    return "\n".join([say("receipts", profile.locale), *lines])


def _receipt(act: ConsentReceipt, profile: Profile) -> str:
    locale, zone = profile.locale, profile.timezone
    source = act.source if act.source in _SOURCES else "elsewhere"
    return say(
        f"receipt:{act.act}",
        locale,
        time=words.moment(act.time, locale, zone),
        by=say(f"by:{source}", locale),
        version=act.notice_version,
        until=words.moment(act.until, locale, zone) if act.until is not None else "",
    )
