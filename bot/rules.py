"""What administrators decide for their workspace, within what the design allows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from bot.errors import BadRule
from bot.messages import Person
from bot.pseudonyms import Pseudonyms
from bot.store import audit, notices, rules
from bot.store.base import Store
from bot.store.rules import StoredRules

Scheduling = Literal["creators", "administrators", "members"]
"""Who may schedule a channel's pictures; `creators` of the channel and administrators unless set otherwise."""

FEWEST_PEOPLE: Final = 3
MOST_PEOPLE: Final = 1000
LONGEST_RETENTION: Final = 3650
MOST_CHANNELS: Final = 500
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,30}")
"""A public or private channel's id."""
_EVERYBODY: Final = get_args(Scheduling)


@dataclass(frozen=True, slots=True)
class WorkspaceRules:
    """The rules that hold in a workspace, whoever set them."""

    retention_days: int
    minimum_people: int
    reading_channels: Sequence[str] | None
    """Channels in which messages may be read; None for all that the bot is in. Direct messages are never barred."""
    scheduling: Scheduling

    def is_laxer_than(self, other: "WorkspaceRules") -> bool:
        """Whether channels were promised more under the other rules."""
        return self.retention_days > other.retention_days or self.minimum_people < other.minimum_people


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What an administrator wants to be different; None leaves a rule as it is."""

    retention_days: int | None = None
    minimum_people: int | None = None
    reading_channels: Sequence[str] | Literal["all"] | None = None
    scheduling: str | None = None


class Rules:
    """Looks the rules up and changes them. Every change is audited, without content."""

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        *,
        retention_days: int,
        minimum_people: int,
    ) -> None:
        """`retention_days` and `minimum_people` hold where administrators have set nothing."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._defaults = WorkspaceRules(retention_days, minimum_people, None, "creators")

    async def of(self, team: str) -> WorkspaceRules:
        """The rules of a workspace at this moment."""
        async with self._store.read() as session:
            return self._filled(await rules.of(session, team))

    async def change(self, team: str, change: RuleChange, actor: Person | None) -> WorkspaceRules:
        """Set what the change names and leave the rest; the rules afterwards. `actor` is None for the operator.

        Changes of different rules at the same time all stand; of the same rule, the later. One transaction with its
        audit rows, one for each rule that is different afterwards. BadRule names the first value that cannot be, and
        then nothing is changed. Where readings are kept for longer, or a picture needs fewer people, the notices that
        stand in channels are no longer true, and are due again.
        """
        for problem in problems(change):
            raise problem
        by = self._pseudonyms.person(actor) if actor is not None else None
        role = "operator" if actor is None else "administrator"
        now = self._clock()
        async with self._store.begin() as session:
            stored = await rules.held(session, team, now)
            before, after = self._filled(stored), self._filled(_changed(stored, change))
            if after == before:
                return before
            await rules.put(session, team, _changed(stored, change), now)
            if after.is_laxer_than(before):
                await notices.outdate(session, team)
            for action, counts in _differences(before, after):
                await audit.append(session, audit.Entry(f"set:{action}", role, counts, by), now)
        return after

    def _filled(self, stored: StoredRules) -> WorkspaceRules:
        defaults = self._defaults
        scheduling = next((who for who in _EVERYBODY if who == stored.scheduling), defaults.scheduling)
        return WorkspaceRules(
            stored.retention_days or defaults.retention_days,
            stored.minimum_people or defaults.minimum_people,
            stored.reading_channels,
            scheduling,
        )


def problems(change: RuleChange) -> Sequence[BadRule]:
    """Every value in it that cannot be, in the order of the rules; none where the change can be made."""
    return [problem for problem in (_retention(change), _people(change), _channels(change), _who(change)) if problem]


def _retention(change: RuleChange) -> BadRule | None:
    days = change.retention_days
    fits = days is None or 1 <= days <= LONGEST_RETENTION
    return None if fits else BadRule(rule="retention", bounds=(1, LONGEST_RETENTION))


def _people(change: RuleChange) -> BadRule | None:
    people = change.minimum_people
    fits = people is None or FEWEST_PEOPLE <= people <= MOST_PEOPLE
    return None if fits else BadRule(rule="people", bounds=(FEWEST_PEOPLE, MOST_PEOPLE))


def _channels(change: RuleChange) -> BadRule | None:
    channels = change.reading_channels
    fits = (
        channels is None
        or channels == "all"
        or (1 <= len(channels) <= MOST_CHANNELS and all(_CHANNEL.fullmatch(channel) for channel in channels))
    )
    return None if fits else BadRule(rule="channels", bounds=(1, MOST_CHANNELS))


def _who(change: RuleChange) -> BadRule | None:
    fits = change.scheduling is None or change.scheduling in _EVERYBODY
    return None if fits else BadRule(rule="scheduling", bounds=_EVERYBODY)


def _changed(stored: StoredRules, change: RuleChange) -> StoredRules:
    channels = change.reading_channels
    if channels is not None:
        stored = replace(stored, reading_channels=None if channels == "all" else sorted(set(channels)))
    return StoredRules(
        change.retention_days or stored.retention_days,
        change.minimum_people or stored.minimum_people,
        stored.reading_channels,
        change.scheduling or stored.scheduling,
    )


def _differences(before: WorkspaceRules, after: WorkspaceRules) -> Sequence[tuple[str, dict[str, int]]]:
    """What is audited of each rule that changed: numbers, no names of channels."""
    found = [
        (name, {"from": getattr(before, name), "to": getattr(after, name)})
        for name in ("retention_days", "minimum_people")
        if getattr(before, name) != getattr(after, name)
    ]
    if before.reading_channels != after.reading_channels:
        channels = after.reading_channels
        found.append(("reading_channels", {"channels": len(channels)} if channels is not None else {}))
    if before.scheduling != after.scheduling:
        found.append((f"scheduling:{after.scheduling}", {}))
    return found
