"""Why a reply had its tone, told to whoever it answered, and what they say against it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BadLabel, NothingToCorrect, NotYours
from bot.messages import MessageId, Person
from bot.pseudonyms import Pseudonyms
from bot.rules import FEWEST_PEOPLE
from bot.store import corrections, people, readings, retractions, rules
from bot.store.base import Store
from bot.store.corrections import Correction, Tally
from bot.store.people import ConsentReceipt
from bot.store.readings import Judged
from emotion.feedback import Pair, Summary, TooFew
from emotion.labels import Emotion

State = Literal["read", "uncertain", "off", "impossible"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was read in one message, for its author alone."""

    state: State
    """`read`; `uncertain`: read, but too unsure to claim anything; `off`: its author did not consent when they wrote
    it; `impossible`: they did, and still there is no reading, or none any more."""
    label: Emotion | None = None
    """Only where it was `read`."""
    confidence: float | None = None
    """The label's probability."""
    edited: bool = False
    """Whether the message was edited: the reading is of its words as they are now."""
    said: Emotion | None = None
    """What its author said that it was."""
    may_correct: bool = False
    """Whether a correction would be stored: there is a reading, and its author consents at this moment."""


class Feedback:
    """Explains readings to their authors, and takes their corrections. A correction changes no reading."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        """`clock` returns the present, aware, in UTC."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def explain(self, asker: Person, message: MessageId) -> Explanation:
        """What was read in the message, and why not where it was not.

        NotYours where somebody else wrote it, and just as much where nothing is known of it: who asks for others'
        messages learns nothing, not even that they exist.
        """
        user_id = self._pseudonyms.person(asker)
        async with self._store.read() as session:
            await _check_author(session, user_id, message)
            judged = await readings.of_message(session, message)
            said = await corrections.said(session, message)
            seen = await people.standing(session, user_id)
            acts = await people.receipts(session, user_id)
        if judged is not None:
            return _explained(judged, said, may_correct=seen is not None and seen.since <= self._clock())
        return Explanation("impossible" if _was_on(acts, message.time) else "off")

    async def correct(self, asker: Person, message: MessageId, label: str) -> Explanation:
        """Write down what the message felt like by its author's own word, in the place of what they said before.

        The label that was read takes the correction back. The reading stays as it is. All in one transaction, which
        holds the consent and the reading: neither a withdrawal nor a deletion leaves a correction behind.

        Raises:
            BadLabel: it is none of the seven.
            NotYours: as in `explain`.
            NothingToCorrect: the reading is gone, or its author is not read at this moment. Nothing is stored.
        """
        chosen = next((emotion for emotion in Emotion if emotion.value == label), None)
        if chosen is None:
            raise BadLabel
        user_id = self._pseudonyms.person(asker)
        async with self._store.begin() as session:
            await retractions.hold(session, message)  # an edit at this moment takes the correction along, or waits
            seen = await people.standing(session, user_id, hold=True)
            await _check_author(session, user_id, message)
            await corrections.said(session, message, hold=True)
            judged = await readings.of_message(session, message, hold=True)
            if judged is None or seen is None or seen.since > self._clock():
                raise NothingToCorrect
            if chosen is judged.label:
                await corrections.remove(session, message)
            else:
                await corrections.put(session, _correction(message, judged, chosen))
        return _explained(judged, None if chosen is judged.label else chosen, may_correct=True)


async def summary(store: Store, minimum_people: int) -> Summary | TooFew:
    """What all corrections of people who consent today say about the model.

    Told from as many people on as a picture needs: by the rule of the strictest workspace, where none is set
    `minimum_people`, and never fewer than three.
    """
    async with store.read() as session:
        teams = await corrections.teams(session)
        minimums = [(await rules.of(session, team)).minimum_people or minimum_people for team in teams]
        tallies = await corrections.tallies(session)
        stored = await corrections.readings_of_consenting(session)
    return disclosed(tallies, stored, max(FEWEST_PEOPLE, *minimums, *(() if minimums else (minimum_people,))))


def disclosed(tallies: Sequence[Tally], readings_stored: int, minimum: int) -> Summary | TooFew:
    """What may be told. Every number is of at least `minimum` people, and so is every difference of two.

    There is one total and one rest, so that the rest is all that subtraction can find. Where too few people are in
    it, the smallest pair that could be named goes into it too.
    """
    if len({tally.user_id for tally in tallies}) < minimum:
        return TooFew(minimum)
    cells = defaultdict[tuple[str, str, str], list[Tally]](list)
    for tally in tallies:
        cells[tally.model_version, tally.predicted, tally.label].append(tally)
    named = {key: cell for key, cell in cells.items() if len(_people(cell)) >= minimum}
    rest = [tally for key, cell in cells.items() if key not in named for tally in cell]
    if rest and len(_people(rest)) < minimum:
        smallest = min(named, key=lambda key: (len(_people(named[key])), _count(named[key]), key))
        rest += named.pop(smallest)
    pairs = defaultdict[str, list[Pair]](list)
    for (version, predicted, label), cell in named.items():
        pairs[version].append(Pair(predicted, label, _count(cell)))
    return Summary(
        minimum=minimum,
        corrections=_count(tallies),
        readings=readings_stored,
        named={
            version: sorted(pairs[version], key=lambda pair: (-pair.count, pair.predicted, pair.said))
            for version in sorted(pairs)
        },
        other=_count(rest),
    )


def _people(tallies: Sequence[Tally]) -> set[UUID]:
    return {tally.user_id for tally in tallies}


def _count(tallies: Sequence[Tally]) -> int:
    return sum(tally.count for tally in tallies)


async def _check_author(session: AsyncSession, user_id: UUID, message: MessageId) -> None:
    if await corrections.author(session, message) != user_id:
        raise NotYours


def _was_on(acts: Sequence[ConsentReceipt], written: datetime) -> bool:
    """Whether the author consented at some time in the second in which they wrote: the two clocks are not the same."""
    second = written.replace(microsecond=0)
    before = [act for act in acts if act.time.replace(microsecond=0) < second]
    within = [act for act in acts if act.time.replace(microsecond=0) == second]
    return any(
        act.act != "off" and (act.until is None or act.until.replace(microsecond=0) <= second)
        for act in (*before[-1:], *within)
    )


def _explained(judged: Judged, said: Emotion | None, *, may_correct: bool) -> Explanation:
    certain = not judged.uncertain
    return Explanation(
        state="read" if certain else "uncertain",
        label=judged.label if certain else None,
        confidence=judged.top_p if certain else None,
        edited=judged.edited,
        said=said,
        may_correct=may_correct,
    )


def _correction(message: MessageId, judged: Judged, chosen: Emotion) -> Correction:
    return Correction(
        message=message,
        user_id=judged.user_id,
        written=judged.time,
        predicted=judged.label,
        label=chosen,
        language=judged.language,
        model_version=judged.model_version,
    )
