"""The line in front of the classifier."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.batching import Batcher
from emotion.cache import ReadingCache
from emotion.classifier import Classifier
from emotion.errors import DeadlinePassed, Forgotten, NotReadNow, Overloaded, Stopped
from emotion.labels import EMOTIONS
from emotion.reading import Reading
from tests.factories import reading

LONG = 60.0
"""A deadline, in seconds, that does not pass."""


class Held:
    """A classifier that works while it is let, and notes its batches. It reads numbers, as distance, and no words."""

    def __init__(self) -> None:
        """Let, at first."""
        self.version = "test-1"
        self.batches: list[list[str]] = []
        self.working = Event()
        self.let = Event()
        self.let.set()

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """One reading a text; ValueError where one is no number, and one reading too few where one is "few"."""
        self.batches.append(list(texts))
        self.working.set()
        assert self.let.wait(LONG)
        numbers = [float(text) for text in texts if text != "few"]
        return [replace(reading(), distance=number, model_version=self.version) for number in numbers]


@pytest.fixture
def model() -> Held:
    return Held()


@asynccontextmanager
async def line(model: Held, **how: Any) -> AsyncIterator[Batcher]:  # noqa: ANN401 - settings of a Batcher
    """An idle line, closed at the end."""
    batcher = Batcher(model, **how)
    try:
        yield batcher
    finally:
        model.let.set()
        await batcher.close()


@asynccontextmanager
async def busy(model: Held, **how: Any) -> AsyncIterator[Batcher]:  # noqa: ANN401 - as above
    """A line whose classifier is at work on "0" until it is let go on."""
    async with line(model, **how) as batcher:
        model.let.clear()
        first = await asks(batcher, "0")
        assert await asyncio.to_thread(model.working.wait, LONG)
        yield batcher
        model.let.set()
        assert (await first).distance == 0


async def asks(batcher: Batcher, text: str, deadline: float = LONG) -> asyncio.Task[Reading]:
    """Somebody who waits for the reading of a text, and is in line already."""
    task = asyncio.create_task(batcher.read(text, deadline))
    await asyncio.sleep(0)
    return task


async def distances(tasks: Sequence[asyncio.Task[Reading]]) -> list[float]:
    return [answer.distance for answer in await asyncio.gather(*tasks)]


async def test_nothing_waits_while_the_classifier_is_idle(model: Held) -> None:
    """One text alone is read at once, however long texts may be held for company."""
    async with line(model, batch_wait_ms=1000 * LONG) as batcher:
        for number in range(3):
            assert (await batcher.read(str(number), LONG)).distance == number
    assert model.batches == [["0"], ["1"], ["2"]]


async def test_what_arrives_during_a_batch_is_read_together(model: Held) -> None:
    """The oldest first, `batch_size` at a time; everybody gets the reading of their own text."""
    async with busy(model, batch_size=3) as batcher:
        tasks = [await asks(batcher, str(number)) for number in range(1, 8)]
        model.let.set()
        assert await distances(tasks) == [1, 2, 3, 4, 5, 6, 7]
    assert model.batches == [["0"], ["1", "2", "3"], ["4", "5", "6"], ["7"]]


async def test_a_batch_may_wait_to_fill_up(model: Held) -> None:
    """With `batch_wait_ms` what is in line after a batch is held until there is a batch's worth of it."""
    async with busy(model, batch_size=3, batch_wait_ms=1000 * LONG) as batcher:
        tasks = [await asks(batcher, "1")]
        model.let.set()
        await asyncio.sleep(0.05)
        assert model.batches == [["0"]]
        tasks += [await asks(batcher, number) for number in "23"]
        assert await distances(tasks) == [1, 2, 3]
    assert model.batches == [["0"], ["1", "2", "3"]]


async def test_a_batch_does_not_wait_longer_than_is_set(model: Held) -> None:
    """Then it goes as it is."""
    async with busy(model, batch_wait_ms=20) as batcher:
        task = await asks(batcher, "1")
        model.let.set()
        assert (await task).distance == 1


async def test_a_line_that_is_full_says_so_at_once(model: Held) -> None:
    """Who finds no place gets Overloaded without waiting; those in line are not disturbed, and then there is room."""
    async with busy(model, queue_size=2) as batcher:
        tasks = [await asks(batcher, number) for number in "12"]
        for _ in range(3):
            with pytest.raises(Overloaded):
                await batcher.read("3", LONG)
        model.let.set()
        assert await distances(tasks) == [1, 2]
        assert (await batcher.read("3", LONG)).distance == 3


async def test_what_is_late_in_line_is_not_read(model: Held) -> None:
    """Its caller is told when the deadline passes, not when the batch before ends, and its place is free again."""
    async with busy(model, queue_size=1) as batcher:
        with pytest.raises(DeadlinePassed):
            await batcher.read("1", 0.01)
        task = await asks(batcher, "2")
        model.let.set()
        assert (await task).distance == 2
    assert model.batches == [["0"], ["2"]]


async def test_a_deadline_that_has_passed_already_is_kept_too(model: Held) -> None:
    """Nothing is read for it, although the classifier is idle."""
    async with line(model) as batcher:
        with pytest.raises(DeadlinePassed):
            await batcher.read("1", 0)
    assert model.batches == []


async def test_what_is_late_during_its_batch_is_answered_in_time_and_known_the_next_time(model: Held) -> None:
    """The work is not lost: the text that comes again is read from the cache."""
    async with line(model, cache=ReadingCache(10, 600)) as batcher:
        model.let.clear()
        with pytest.raises(DeadlinePassed):
            await batcher.read("1", 0.01)
        model.let.set()
        assert (await batcher.read("2", LONG)).distance == 2
        assert (await batcher.read("1", 0)).distance == 1
    assert model.batches == [["1"], ["2"]]


async def test_who_goes_away_leaves_the_line(model: Held) -> None:
    """The text of a caller that is cancelled is not read, and its place is free."""
    async with busy(model, queue_size=1) as batcher:
        gone = await asks(batcher, "1")
        gone.cancel()
        await asyncio.wait([gone])
        task = await asks(batcher, "2")
        model.let.set()
        assert (await task).distance == 2
        assert gone.cancelled()
    assert model.batches == [["0"], ["2"]]


@pytest.mark.parametrize("bad", ["a word", "few"])
async def test_a_bad_text_costs_the_others_nothing(model: Held, bad: str) -> None:
    """Where the classifier fails on a batch, its texts are read one by one: the error is the bad one's alone."""
    async with busy(model) as batcher:
        one, wrong, other = [await asks(batcher, text) for text in ("1", bad, "2")]
        model.let.set()
        assert await distances([one, other]) == [1, 2]
        with pytest.raises(ValueError, match=r"could not convert|zip\(\)"):
            await wrong
    assert model.batches == [["0"], ["1", bad, "2"], ["1"], [bad], ["2"]]


async def test_what_somebody_who_is_erased_has_in_line_is_not_read(model: Held) -> None:
    """Theirs leave the line at once; the others' are read, those of nobody in particular included."""
    async with busy(model) as batcher:
        tasks = [asyncio.create_task(batcher.read(text, LONG, owner)) for text, owner in (("1", "a"), ("2", "b"))]
        tasks.append(await asks(batcher, "3"))
        batcher.forget("a")
        batcher.forget(None)
        with pytest.raises(Forgotten):
            await tasks[0]
        model.let.set()
        assert await distances(tasks[1:]) == [2, 3]
    assert model.batches == [["0"], ["2", "3"]]


async def test_closing_fails_the_line_and_finishes_the_work(model: Held) -> None:
    """Those in line are told at once and read elsewhere; the batch at work is answered; the thread has ended."""
    async with busy(model) as batcher:
        waiting = [await asks(batcher, number) for number in "12"]
        closing = asyncio.create_task(batcher.close())
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Stopped, Stopped]
        with pytest.raises(Stopped):
            await batcher.read("3", LONG)
        assert not closing.done()
        model.let.set()
        await closing
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("classifier")]
    assert model.batches == [["0"]]


async def test_closing_ends_a_wait_for_company(model: Held) -> None:
    """Nobody who is being held has to wait for the end of that."""
    async with busy(model, batch_wait_ms=1000 * LONG) as batcher:
        task = await asks(batcher, "1")
        model.let.set()
        await asyncio.sleep(0.05)
        await asyncio.wait_for(batcher.close(), 10)
        with pytest.raises(Stopped):
            await task


async def test_a_line_that_was_never_used_closes(model: Held) -> None:
    """And a second time, too."""
    batcher = Batcher(model)
    await batcher.close()
    await batcher.close()


async def test_a_text_that_comes_again_is_not_read_again(model: Held) -> None:
    """Not even a full line or a classifier at work holds it up; a new version of the model reads it anew."""
    async with line(model, queue_size=1, cache=ReadingCache(10, 600)) as batcher:
        first = await batcher.read("1", LONG)
        model.let.clear()
        tasks = [await asks(batcher, "2")]
        await asyncio.sleep(0.05)
        tasks.append(await asks(batcher, "3"))
        assert await batcher.read("1", LONG) is first
        model.let.set()
        assert await distances(tasks) == [2, 3]
        model.version = "test-2"
        assert (await batcher.read("1", LONG)).model_version == "test-2"
    assert model.batches == [["1"], ["2"], ["3"], ["1"]]


async def test_an_erasure_forgets_what_is_being_read_too(model: Held) -> None:
    """Afterwards everything is read anew, also what was in line or at work while it was forgotten."""
    async with line(model, batch_size=1, cache=ReadingCache(10, 600)) as batcher:
        await batcher.read("1", LONG)
        model.let.clear()
        tasks = [await asks(batcher, number) for number in "23"]
        batcher.forget_all()
        model.let.set()
        assert await distances(tasks) == [2, 3]
        assert await distances([await asks(batcher, number) for number in "123"]) == [1, 2, 3]
    assert [text for batch in model.batches for text in batch] == list("123123")


@pytest.mark.parametrize("kind", [NotReadNow, Overloaded, DeadlinePassed, Stopped])
def test_errors_have_a_sentence_in_both_languages(kind: type[NotReadNow]) -> None:
    """And nothing else to say: no text is in them."""
    error = kind()
    assert str(error) == error.sentence("en")
    assert error.sentence("ko").endswith("요.")


@settings(deadline=None, max_examples=60)
@given(
    callers=st.lists(st.sampled_from(["waits", "goes away", "is late", "is bad", "asks later"]), max_size=30),
    batch_size=st.integers(1, 8),
    queue_size=st.integers(1, 30),
    cached=st.booleans(),
)
def test_everybody_is_answered(callers: list[str], batch_size: int, queue_size: int, cached: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever happens: the reading of one's own text, one's own error, or NotReadNow; no batch is too large."""

    async def story() -> None:
        model = Held()
        how = {"batch_size": batch_size, "queue_size": queue_size, "cache": ReadingCache(5 if cached else 0, 600)}
        async with busy(model, **how) as batcher:
            tasks = []
            for number, caller in enumerate(callers, 1):
                if caller == "asks later":
                    model.let.set()
                    await asyncio.sleep(0)
                text = "a word" if caller == "is bad" else str(number)
                tasks.append(await asks(batcher, text, 0 if caller == "is late" else LONG))
                if caller == "goes away":
                    tasks[-1].cancel()
            model.let.set()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        for number, (caller, answer) in enumerate(zip(callers, answers, strict=True), 1):
            match answer:
                case Reading():
                    assert answer.distance == number
                    assert caller in {"waits", "asks later"}
                case Overloaded():
                    assert len(callers) > queue_size
                case DeadlinePassed():
                    assert caller == "is late"
                case ValueError():
                    assert caller == "is bad"
                case _:
                    assert isinstance(answer, asyncio.CancelledError)
                    assert caller == "goes away"
        assert max(map(len, model.batches)) <= batch_size

    asyncio.run(story())


async def test_four_hundred_texts_at_once(classifier: Classifier) -> None:
    """The shipped model answers them all, each as if it had been alone."""
    moods = ["너무 기뻐요!", "정말 화가 나네요", "I am so sad about the release", "회의는 3시예요", "wow, 헐!"]
    texts = [f"{moods[number % len(moods)]} {'그리고 ' * (number % 37)}{number}" for number in range(400)]
    batcher = Batcher(classifier, cache=ReadingCache(100, 600))
    together = await asyncio.gather(*(batcher.read(text, 2 * LONG) for text in texts))
    await batcher.close()
    for text, among in zip(texts, together, strict=True):
        (alone,) = classifier.infer([text])
        assert (among.label, among.language, among.model_version) == (alone.label, alone.language, alone.model_version)
        assert [among.logits[e] for e in EMOTIONS] == pytest.approx([alone.logits[e] for e in EMOTIONS], abs=1e-3)
