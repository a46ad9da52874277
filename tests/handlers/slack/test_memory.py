import asyncio

from handlers.slack.cache import Fleeting, sweep_periodically
from handlers.slack.tasks import Tasks, to_its_end
from tests.handlers.house import until


class Seconds:
    """A count of seconds that stands still."""

    at: float = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.at


def test_what_was_kept_is_forgotten_in_time() -> None:
    """A value is there until its time is over, counted from when it was put last."""
    now = Seconds()
    kept = Fleeting[str, int](10, 5, now)
    kept.put("a", 1)
    now.at = 9
    assert kept.get("a") == 1
    kept.put("a", 2)
    now.at = 18
    assert kept.get("a") == 2
    now.at = 19
    assert kept.get("a") is None
    assert len(kept) == 0


def test_what_nobody_asks_for_again_is_forgotten_too() -> None:
    """With the next use, whatever it is for, and with a sweep; what is younger stays."""
    now = Seconds()
    kept = Fleeting[str, int](10, 5, now)
    for name, at in (("a", 0), ("b", 5), ("c", 10)):
        now.at = at
        kept.put(name, at)
    assert len(kept) == 2
    now.at = 15
    assert kept.get("nothing") is None
    assert len(kept) == 1
    now.at = 20
    assert len(kept) == 1
    kept.sweep()
    assert len(kept) == 0


async def test_a_memory_is_swept_until_the_end() -> None:
    """Without anybody's using it."""
    now, stopping = Seconds(), asyncio.Event()
    kept = Fleeting[str, int](10, 5, now)
    kept.put("a", 1)
    sweeping = asyncio.create_task(sweep_periodically(kept.sweep, 0.001, stopping))
    await asyncio.sleep(0.01)
    assert len(kept) == 1
    now.at = 10
    await until(lambda: len(kept) == 0)
    stopping.set()
    async with asyncio.timeout(30):
        await sweeping


def test_the_memory_is_bounded() -> None:
    """The oldest value goes when there is no more room, and everything goes when asked."""
    kept = Fleeting[int, int](10, 3, Seconds())
    for number in range(5):
        kept.put(number, number)
    assert [kept.get(number) for number in range(5)] == [None, None, 2, 3, 4]
    kept.drop(2)
    assert kept.get(2) is None
    kept.clear()
    assert len(kept) == 0


async def test_work_under_way_gets_its_time_and_no_more() -> None:
    """What ends within the grace ends; what does not is cancelled, and is gone when the end returns."""
    tasks, ended = Tasks(), list[str]()

    async def quick() -> None:
        await asyncio.sleep(0)
        ended.append("quick")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    tasks.start(quick(), "quick")
    tasks.start(endless(), "endless")
    await tasks.close(0.05, 5)
    assert ended == ["quick", "cancelled"]


async def test_what_is_cancelled_may_put_things_right_and_no_longer_than_it_is_given() -> None:
    """Last words in time are said to their end; those that take too long are cut off too."""
    tasks, ended = Tasks(), list[str]()

    async def works(name: str, words: float) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(words)
            ended.append(name)
            raise

    tasks.start(works("brief", 0), "brief")
    tasks.start(works("endless", 3600), "endless")
    await tasks.close(0, 0.05)
    assert ended == ["brief"]
    await tasks.idle()


async def test_a_call_that_is_cut_off_is_still_waited_for() -> None:
    """The caller is cancelled, and knows what came of the call; one that takes too long is given up."""
    ended = list[str]()

    async def calls(name: str, answer: asyncio.Event) -> None:
        await answer.wait()
        ended.append(name)

    taken, never = asyncio.Event(), asyncio.Event()
    callers = [
        asyncio.create_task(to_its_end(calls("taken", taken), 60)),
        asyncio.create_task(to_its_end(calls("never", never), 0.01)),
    ]
    await asyncio.sleep(0)
    for caller in callers:
        caller.cancel()
    await asyncio.sleep(0)
    taken.set()
    assert [type(error) for error in await asyncio.gather(*callers, return_exceptions=True)] == [
        asyncio.CancelledError
    ] * 2
    assert ended == ["taken"]


async def test_work_that_fails_takes_nothing_with_it() -> None:
    """An exception in one does not reach the others or whoever waits."""
    tasks, ended = Tasks(), list[str]()

    async def fails() -> None:
        message = "words of a person"
        raise ValueError(message)

    async def works() -> None:
        ended.append("works")

    tasks.start(fails(), "fails")
    tasks.start(works(), "works")
    await tasks.idle()
    assert ended == ["works"]


async def test_work_for_somebody_who_is_erased_is_cancelled_and_knows_why() -> None:
    """That of others and of nobody in particular goes on; what is cancelled otherwise is told apart."""
    tasks, ended = Tasks(), list[tuple[str, bool]]()

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append((name, tasks.forgotten()))
            raise

    for name, owner in (("a", 1), ("b", 2), ("nobody", None)):
        tasks.start(work(name), name, owner)
    await asyncio.sleep(0)
    tasks.forget(1)
    await until(lambda: ended)
    assert ended == [("a", True)]
    await tasks.close(0, 1)
    assert sorted(ended[1:]) == [("b", False), ("nobody", False)]


def test_those_who_are_meant_are_forgotten() -> None:
    """And nobody else."""
    kept = Fleeting[str, int](10, 5)
    for name in ("ab", "cd", "ae"):
        kept.put(name, 1)
    kept.drop_where(lambda name: name.startswith("a"))
    assert [kept.get(name) for name in ("ab", "cd", "ae")] == [None, 1, None]
