"""What administrators decide holds at once, within what the design allows, and every change is audited."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import BadRule
from bot.messages import Incoming, Person, Place
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.rules import RuleChange, Rules, Scheduling, WorkspaceRules, problems
from bot.store import audit
from bot.store.audit import Logged
from bot.store.base import Store
from tests.bot.conversing import House
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, message_id, person, wrote
from tests.fakes import Clock

OTHER = "T02OTHER"
DEFAULTS = WorkspaceRules(30, 5, None, "creators")


def made(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Rules:
    return Rules(store, pseudonyms, clock, retention_days=30, minimum_people=5)


@pytest.fixture
def rules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Rules:
    return made(store, pseudonyms, clock)


@pytest.fixture
async def others(database_url: str, pseudonyms: Pseudonyms, clock: Clock) -> AsyncIterator[Rules]:
    """The rules as another process sees them."""
    async with opened(database_url) as other:
        yield made(other, pseudonyms, clock)


async def entries(store: Store) -> Sequence[Logged]:
    async with store.read() as session:
        return (await audit.latest(session, None))[::-1]


async def test_what_nobody_has_set_is_as_the_environment_says(rules: Rules) -> None:
    """And in every channel, scheduled by its creator and administrators."""
    assert await rules.of(TEAM) == DEFAULTS


async def test_a_change_sets_what_it_names_and_leaves_the_rest(rules: Rules, others: Rules) -> None:
    """Of this workspace alone, and for every process at once."""
    await rules.change(TEAM, RuleChange(retention_days=7), person())
    await rules.change(TEAM, RuleChange(minimum_people=8), person())
    await rules.change(TEAM, RuleChange(reading_channels=("C02", "C01", "C02")), person())
    after = await rules.change(TEAM, RuleChange(scheduling="members"), None)
    assert after == WorkspaceRules(7, 8, ["C01", "C02"], "members")
    assert await others.of(TEAM) == after
    assert await others.of(OTHER) == DEFAULTS
    assert (await rules.change(TEAM, RuleChange(reading_channels="all"), None)).reading_channels is None


async def test_every_change_is_audited_without_content(store: Store, rules: Rules) -> None:
    """A row for each rule that is different afterwards, by its role; no channel is named, and no change is no row."""
    change = RuleChange(retention_days=7, reading_channels=["C01SECRET", "G02SECRET"], scheduling="administrators")
    await rules.change(TEAM, change, person())
    await rules.change(TEAM, change, person())
    await rules.change(TEAM, RuleChange(minimum_people=6), None)
    kept = await entries(store)
    assert [(entry.action, entry.role, dict(entry.counts)) for entry in kept] == [
        ("set:retention_days", "administrator", {"from": 30, "to": 7}),
        ("set:reading_channels", "administrator", {"channels": 2}),
        ("set:scheduling:administrators", "administrator", {}),
        ("set:minimum_people", "operator", {"from": 5, "to": 6}),
    ]
    assert "SECRET" not in repr(kept)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (RuleChange(retention_days=0), "retention"),
        (RuleChange(retention_days=-1), "retention"),
        (RuleChange(retention_days=3651), "retention"),
        (RuleChange(minimum_people=2), "people"),
        (RuleChange(minimum_people=0), "people"),
        (RuleChange(minimum_people=1001), "people"),
        (RuleChange(scheduling="everybody"), "scheduling"),
        (RuleChange(scheduling=""), "scheduling"),
        (RuleChange(reading_channels=()), "channels"),
        (RuleChange(reading_channels=["D01ALICE"]), "channels"),
        (RuleChange(reading_channels=["C01", "general"]), "channels"),
        (RuleChange(reading_channels=[f"C{number:09}" for number in range(501)]), "channels"),
    ],
)
async def test_what_cannot_be_changes_nothing(store: Store, rules: Rules, change: RuleChange, rule: str) -> None:
    """The rule is named with what it may be, in both languages; what else was in the change is not set either."""
    good = {"minimum_people": 9} if rule != "people" else {"retention_days": 9}
    with pytest.raises(BadRule) as raised:
        await rules.change(TEAM, replace(change, **good), person())  # type: ignore[arg-type]  # a field of either
    assert raised.value.rule == rule
    assert raised.value.sentence("en") != raised.value.sentence("ko")
    assert await rules.of(TEAM) == DEFAULTS
    assert await entries(store) == []


def test_every_problem_of_a_change_is_told_at_once() -> None:
    """In the order of the rules; none for what can be, the bounds included."""
    found = problems(RuleChange(0, 0, (), "nobody"))
    assert [problem.rule for problem in found] == ["retention", "people", "channels", "scheduling"]
    assert problems(RuleChange(1, 3, ["C01"], "members")) == []
    assert problems(RuleChange(3650, 1000, "all", "creators")) == []


async def test_changes_of_different_rules_at_once_all_stand(store: Store, rules: Rules, others: Rules) -> None:
    """Two administrators, each in a process of their own, again and again: nothing is lost and nothing is set back."""
    both: Sequence[Scheduling] = ("members", "administrators")
    for turn in range(1, 9):
        who = both[turn % 2]
        await asyncio.gather(
            rules.change(TEAM, RuleChange(retention_days=turn), person(1)),
            others.change(TEAM, RuleChange(minimum_people=turn + 10), person(2)),
            rules.change(TEAM, RuleChange(reading_channels=[f"C0{turn}"]), person(1)),
            others.change(TEAM, RuleChange(scheduling=who), person(2)),
        )
        assert await rules.of(TEAM) == WorkspaceRules(turn, turn + 10, [f"C0{turn}"], who)
    assert len(await entries(store)) == 4 * 8
    async with store.read() as session:
        assert await audit.first_break(session) is None


async def test_the_first_changes_at_once_all_stand(rules: Rules, others: Rules) -> None:
    """Where there is no row yet that could be held."""
    await asyncio.gather(
        *(
            (rules, others)[number % 2].change(f"T0{number // 2}", change, None)
            for number, change in enumerate([RuleChange(retention_days=9), RuleChange(minimum_people=9)] * 4)
        )
    )
    for team in range(4):
        kept = await rules.of(f"T0{team}")
        assert (kept.retention_days, kept.minimum_people) == (9, 9)


async def test_messages_are_read_in_the_chosen_channels_only(house: House, rules: Rules) -> None:
    """From the next message on, private channels included; a direct message with the bot is never barred."""
    author = person()
    await house.consent.grant(author, "test")
    await rules.change(TEAM, RuleChange(reading_channels=["C02CHOSEN", "G03CHOSEN"]), None)

    async def is_read(channel: str, place: Place = Place.CHANNEL) -> bool:
        house.clock.advance(seconds=1)
        said = Incoming(message_id(house.clock(), channel), author, "a fine day", place)
        return (await house.conversation.receive(said)).reading is not None

    assert not await is_read(CHANNEL)
    assert await is_read("C02CHOSEN")
    assert await is_read("G03CHOSEN")
    assert not await is_read("G04OTHER")
    assert await is_read("D01DIRECT", Place.DIRECT)
    await rules.change(TEAM, RuleChange(reading_channels="all"), None)
    assert await is_read(CHANNEL)


async def test_each_workspace_keeps_readings_for_its_own_time(
    store: Store, rules: Rules, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """One shorter, one longer than the environment says, one that has set nothing."""
    people = [Person(team, "U00000001") for team in (TEAM, OTHER, "T03PLAIN")]
    await consenting(store, pseudonyms, people, clock() - timedelta(days=100))
    for author in people:
        for days in (5, 20, 40):
            await wrote(store, pseudonyms, author, clock() - timedelta(days=days))
    await rules.change(TEAM, RuleChange(retention_days=10), None)
    await rules.change(OTHER, RuleChange(retention_days=90), None)
    privacy = Privacy(store, pseudonyms, clock)
    assert await privacy.retain(30) == 3
    left = [(await privacy.holdings(author))["emotion_readings"] for author in people]
    assert left == [1, 3, 2]
