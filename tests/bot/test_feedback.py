from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.consent import Consent
from bot.errors import BadLabel, NothingToCorrect, NotYours
from bot.feedback import Explanation, Feedback, disclosed, summary
from bot.messages import MessageId, Person
from bot.pseudonyms import Pseudonyms
from bot.rules import RuleChange, Rules
from bot.settings import SQLITE
from bot.store import readings, replies
from bot.store.base import Store
from bot.store.corrections import Tally
from emotion.feedback import Pair, Summary, TooFew
from emotion.labels import Emotion
from tests.commands import maeum
from tests.conftest import opened
from tests.factories import TEAM, agreed_earlier, consenting, message_id, new_reading, person, reading, wrote
from tests.fakes import Clock

ALICE, BORAM = person(1), person(2)


@pytest.fixture
def feedback(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Feedback:
    return Feedback(store, pseudonyms, clock)


@pytest.fixture
def consent(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Consent:
    return Consent(store, pseudonyms, clock)


@pytest.fixture
async def read(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> MessageId:
    """A message of Alice's in which joy was read, by 82 %."""
    await consenting(store, pseudonyms, [ALICE], clock())
    clock.advance(minutes=1)
    await wrote(store, pseudonyms, ALICE, clock())
    return message_id(clock())


async def answered(store: Store, pseudonyms: Pseudonyms, who: Person, moment: datetime) -> MessageId:
    """A message that was answered, whether it was read or not."""
    message = message_id(moment)
    async with store.begin() as session:
        user_id = pseudonyms.person(who)
        assert await replies.claim(session, message, thread=message.ts, user_id=user_id, now=moment)
    return message


async def test_the_author_learns_label_and_confidence(feedback: Feedback, read: MessageId) -> None:
    """And that they may correct it."""
    assert await feedback.explain(ALICE, read) == Explanation("read", Emotion.JOY, 0.82, may_correct=True)


async def test_an_uncertain_reading_claims_no_label(
    store: Store, pseudonyms: Pseudonyms, feedback: Feedback, read: MessageId, clock: Clock
) -> None:
    """Not even to its author; it can be corrected all the same."""
    clock.advance(minutes=1)
    new = await new_reading(store, pseudonyms, ALICE, clock())
    async with store.begin() as session:
        assert await readings.keep(session, replace(new, reading=reading(Emotion.FEAR, 0.3, uncertain=True)))
    assert new.message != read
    assert await feedback.explain(ALICE, new.message) == Explanation("uncertain", may_correct=True)
    assert await feedback.correct(ALICE, new.message, "anger") == Explanation(
        "uncertain", said=Emotion.ANGER, may_correct=True
    )


async def test_an_edited_message_says_so(
    store: Store, pseudonyms: Pseudonyms, feedback: Feedback, read: MessageId
) -> None:
    """The reading is of other words than the answer may have been."""
    new = await new_reading(store, pseudonyms, ALICE, read.time, label=Emotion.ANGER)
    async with store.begin() as session:
        assert await readings.replace(session, replace(new, edited="1799999999.000000"))
    found = await feedback.explain(ALICE, read)
    assert (found.label, found.edited) == (Emotion.ANGER, True)


async def test_without_a_reading_it_says_why(
    store: Store, pseudonyms: Pseudonyms, feedback: Feedback, consent: Consent, clock: Clock
) -> None:
    """Written before the consent or during a pause it is `off`; under it, and still unread, `impossible`."""
    before = await answered(store, pseudonyms, ALICE, clock())
    assert (await feedback.explain(ALICE, before)).state == "off"
    clock.advance(minutes=1)
    await consent.grant(ALICE, "test")
    await consent.pause(ALICE, timedelta(days=1), "test")
    clock.advance(minutes=1)
    paused = await answered(store, pseudonyms, ALICE, clock())
    clock.advance(days=1)
    resumed = await answered(store, pseudonyms, ALICE, clock())
    states = [(await feedback.explain(ALICE, message)).state for message in (before, paused, resumed)]
    assert states == ["off", "off", "impossible"]
    clock.advance(minutes=1)
    under = await answered(store, pseudonyms, ALICE, clock())
    assert await feedback.explain(ALICE, under) == Explanation("impossible")
    with pytest.raises(NothingToCorrect):
        await feedback.correct(ALICE, under, "anger")
    clock.advance(minutes=1)
    await consent.withdraw(ALICE, "test")
    clock.advance(minutes=1)
    after = await answered(store, pseudonyms, ALICE, clock())
    assert await feedback.explain(ALICE, after) == Explanation("off")
    assert await feedback.explain(ALICE, under) == Explanation("impossible")  # what holds is what held then


async def test_a_change_of_mind_within_the_second_of_writing_counts_as_consent(
    feedback: Feedback, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """On, written and off again at once: Slack's clock and ours cannot tell which was first."""
    consent = Consent(store, pseudonyms, clock)
    await consent.grant(ALICE, "command")
    message = await answered(store, pseudonyms, ALICE, clock())
    await consent.withdraw(ALICE, "command")
    assert await feedback.explain(ALICE, message) == Explanation("impossible")
    clock.advance(seconds=2)
    after = await answered(store, pseudonyms, ALICE, clock())
    assert (await feedback.explain(ALICE, after)).state == "off"


async def test_nobody_else_learns_or_corrects_anything(
    store: Store, pseudonyms: Pseudonyms, feedback: Feedback, read: MessageId, clock: Clock
) -> None:
    """Another person, and anybody about a message that nothing is known of, get the same refusal."""
    await consenting(store, pseudonyms, [BORAM], clock())
    unread = await answered(store, pseudonyms, ALICE, read.time + timedelta(seconds=5))
    for message in (read, unread, replace(read, ts="1.000000"), replace(read, channel="C0ELSE")):
        with pytest.raises(NotYours):
            await feedback.explain(BORAM, message)
        with pytest.raises(NotYours):
            await feedback.correct(BORAM, message, "anger")
    with pytest.raises(NotYours):
        await feedback.explain(Person("T0OTHER", ALICE.user), read)
    assert (await feedback.explain(ALICE, read)).said is None


async def test_choosing_again_replaces_and_choosing_what_was_read_takes_back(
    feedback: Feedback, read: MessageId
) -> None:
    """At any time one correction stands, or none."""
    for label, said in (("anger", Emotion.ANGER), ("fear", Emotion.FEAR), ("joy", None), ("joy", None)):
        assert (await feedback.correct(ALICE, read, label)).said is said
        found = await feedback.explain(ALICE, read)
        assert (found.label, found.said) == (Emotion.JOY, said)


@pytest.mark.parametrize("label", ["", "JOY", "rage", "joy ", "neutral\0", "0"])
async def test_a_label_that_is_none_of_the_seven_is_refused(feedback: Feedback, read: MessageId, label: str) -> None:
    """Nothing is stored, and what was said before stays."""
    await feedback.correct(ALICE, read, "fear")
    with pytest.raises(BadLabel):
        await feedback.correct(ALICE, read, label)
    assert (await feedback.explain(ALICE, read)).said is Emotion.FEAR


async def test_who_is_not_read_at_this_moment_corrects_nothing(
    feedback: Feedback, read: MessageId, consent: Consent, clock: Clock
) -> None:
    """After a withdrawal and during a pause the reading is still explained, and what was said before still stands."""
    await feedback.correct(ALICE, read, "fear")
    await consent.pause(ALICE, timedelta(days=1), "test")
    for stop in (False, True):
        if stop:
            await consent.withdraw(ALICE, "test")
        with pytest.raises(NothingToCorrect):
            await feedback.correct(ALICE, read, "anger")
        assert await feedback.explain(ALICE, read) == Explanation("read", Emotion.JOY, 0.82, said=Emotion.FEAR)
    clock.advance(minutes=1)
    await consent.grant(ALICE, "test")
    assert (await feedback.explain(ALICE, read)).may_correct


# ---- What all corrections together say

MODEL = "test-1"


def tally(who: int, predicted: str = "joy", label: str = "fear", count: int = 1, model: str = MODEL) -> Tally:
    return Tally(UUID(int=who), model, predicted, label, count)


def test_fewer_people_than_needed_are_told_nothing() -> None:
    """However many corrections they made; and nobody looks the same."""
    assert disclosed([tally(1, count=900), tally(2)], 1000, 3) == disclosed([], 0, 3) == TooFew(3)


def test_a_pair_is_named_from_the_minimum_on_and_the_rest_is_one() -> None:
    """Two rests of different models are one number."""
    few = [tally(who, "anger", "fear", count=2, model=model) for who, model in ((1, "a"), (2, "b"), (3, "b"))]
    many = [tally(who) for who in (1, 2, 3)]
    assert disclosed([*many, *few], 50, 3) == Summary(3, 9, 50, {MODEL: [Pair("joy", "fear", 3)]}, 6)


def test_a_rest_of_too_few_people_takes_the_smallest_pair_along() -> None:
    """Or the total, less what is named, would be one person's."""
    small = [tally(who, "anger", "fear") for who in (1, 2, 3)]
    large = [tally(who, count=2) for who in (1, 2, 3, 4)]
    alone = [tally(9, "sadness", "joy", count=5)]
    assert disclosed([*small, *large, *alone], 99, 3) == Summary(3, 16, 99, {MODEL: [Pair("joy", "fear", 8)]}, 8)
    assert disclosed([*small, *large], 99, 3).other == 0  # type: ignore[union-attr]  # enough people


Counts = dict[tuple[int, str, str, str], int]
CELLS = st.tuples(
    st.integers(1, 7), st.sampled_from(["joy", "fear"]), st.sampled_from(["anger", "disgust"]), st.sampled_from("ab")
)


@given(counts=st.dictionaries(CELLS, st.integers(1, 5), max_size=30), minimum=st.integers(3, 5))
def test_no_number_and_no_difference_of_numbers_is_of_too_few(counts: Counts, minimum: int) -> None:
    """Whatever was corrected: what is told adds up, and every part of it, the rest included, is of enough people.

    The parts do not overlap and the total is their sum, so that whatever is reached by adding and subtracting is a
    union of parts.
    """
    tallies = [tally(who, read, said, count, model) for (who, read, said, model), count in counts.items()]
    told = disclosed(tallies, 100, minimum)
    everybody = {one.user_id for one in tallies}
    if isinstance(told, TooFew):
        assert len(everybody) < minimum
        return
    named = {(model, pair.predicted, pair.said): pair.count for model, pairs in told.named.items() for pair in pairs}
    assert told.corrections == sum(counts.values()) == sum(named.values()) + told.other
    people = Counter((one.model_version, one.predicted, one.label) for one in tallies)
    assert all(people[key] >= minimum for key in named)
    rest = {one.user_id for one in tallies if (one.model_version, one.predicted, one.label) not in named}
    assert len(rest) == 0 or len(rest) >= minimum


async def correcting(store: Store, pseudonyms: Pseudonyms, clock: Clock, count: int) -> None:
    """So many people opt in, write once, and correct joy to fear."""
    feedback = Feedback(store, pseudonyms, clock)
    crowd = [person(number) for number in range(1, count + 1)]
    await consenting(store, pseudonyms, crowd, clock())
    for who in crowd:
        clock.advance(seconds=1)
        await wrote(store, pseudonyms, who, clock())
        await feedback.correct(who, message_id(clock()), "fear")


async def test_the_summary_counts_those_who_consent_today(
    store: Store, pseudonyms: Pseudonyms, consent: Consent, clock: Clock
) -> None:
    """With the readings of the same people; who withdraws is counted no more, with either."""
    await correcting(store, pseudonyms, clock, 5)
    clock.advance(seconds=1)
    await wrote(store, pseudonyms, ALICE, clock())
    assert await summary(store, 4) == Summary(4, 5, 6, {MODEL: [Pair("joy", "fear", 5)]}, 0)
    await consent.withdraw(ALICE, "test")
    assert await summary(store, 4) == Summary(4, 4, 4, {MODEL: [Pair("joy", "fear", 4)]}, 0)
    await consent.withdraw(BORAM, "test")
    assert await summary(store, 4) == TooFew(4)


async def test_the_summary_leaves_out_who_agreed_to_an_earlier_notice_only(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """They are off until they agree again."""
    await correcting(store, pseudonyms, clock, 5)
    await agreed_earlier(store, pseudonyms, ALICE, clock())
    assert await summary(store, 4) == Summary(4, 4, 4, {MODEL: [Pair("joy", "fear", 4)]}, 0)


async def test_the_summary_needs_as_many_people_as_the_workspace_asks_for(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Its administrators' rule counts, above or below the setting, and three people are needed whatever it says."""
    await correcting(store, pseudonyms, clock, 3)
    assert await summary(store, 5) == TooFew(5)
    assert await summary(store, 1) == Summary(3, 3, 3, {MODEL: [Pair("joy", "fear", 3)]}, 0)
    rules = Rules(store, pseudonyms, clock, retention_days=30, minimum_people=5)
    await rules.change(TEAM, RuleChange(minimum_people=4), None)
    assert await summary(store, 3) == TooFew(4)
    await rules.change(TEAM, RuleChange(minimum_people=3), None)
    assert isinstance(await summary(store, 5), Summary)


async def test_the_command_prints_the_summary(tmp_path: Path, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """`maeum model evaluate --feedback` needs neither corpora nor a run, and no person is in what it says."""
    feedback = ("model", "evaluate", "--feedback")
    async with maeum(*feedback, folder=tmp_path) as running:
        assert await running.end() == 1
    assert "maeum db upgrade" in running.printed
    async with maeum("db", "upgrade", folder=tmp_path) as running:
        assert await running.end() == 0
    async with maeum(*feedback, folder=tmp_path) as running:
        assert await running.end() == 0
    assert "Fewer than 5 people" in running.printed
    async with opened(f"{SQLITE}:///{tmp_path / 'var' / 'maeum.db'}") as store:
        await correcting(store, pseudonyms, clock, 5)
    async with maeum(*feedback, folder=tmp_path) as running:
        assert await running.end() == 0
    assert "Corrections: 5 of 5 stored readings (100.0%), by at least 5 people" in running.printed
    assert "joy -> fear: 5" in running.printed
    assert not any(str(pseudonyms.person(person(number))) in running.printed for number in range(1, 6))
