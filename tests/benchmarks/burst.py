"""Many messages at once, through the line in front of the classifier: `python -m tests.benchmarks.burst`.

In batches, as the bot reads them, and one by one through the same line, by turns.
"""

import asyncio
import statistics
import time
from typing import Annotated

import typer

from emotion.batching import Batcher
from emotion.classifier import Classifier
from tests.benchmarks.table import load, machine, markdown, percentile
from tests.benchmarks.texts import MOST, messages

_LONG = 600.0
"""A deadline, in seconds, that does not pass."""


async def burst(classifier: Classifier, texts: list[str], batch_size: int) -> tuple[float, list[float]]:
    """Ask for all readings at once: the seconds until the last, and how long each was waited for. Nothing is cached."""
    batcher = Batcher(classifier, batch_size=batch_size, queue_size=len(texts))
    start = time.perf_counter()

    async def waited(text: str) -> float:
        await batcher.read(text, _LONG)
        return time.perf_counter() - start

    try:
        waits = await asyncio.gather(*(waited(text) for text in texts))
        return max(waits), waits
    finally:
        await batcher.close()


def main(
    count: Annotated[int, typer.Option("--messages", min=1, max=MOST, help="How many arrive at once.")] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="How often each way has its turn.")] = 10,
    threads: Annotated[int, typer.Option(min=1, help="Cores for the classifier.")] = 2,
    batch_size: Annotated[int, typer.Option(min=2, help="Messages in a batch.")] = 16,
) -> None:
    """Compare batches with one by one, and print one Markdown table and the machine."""
    before = load()
    classifier, texts = Classifier.from_pretrained(threads=threads), messages(count)
    ways = {f"batches of {batch_size}": batch_size, "one by one": 1}
    for size in ways.values():
        asyncio.run(burst(classifier, texts, size))  # warms up
    found: dict[str, list[tuple[float, list[float]]]] = {way: [] for way in ways}
    for number in range(rounds):
        typer.echo(f"round {number + 1} of {rounds}", err=True)
        for way, size in ways.items():
            found[way].append(asyncio.run(burst(classifier, texts, size)))
    rows = []
    for way, bursts in found.items():
        seconds = [one for one, _ in bursts]
        waits = [wait * 1000 for _, some in bursts for wait in some]
        rate, best = count / statistics.median(seconds), count / min(seconds)
        p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
        rows.append([way, f"{rate:,.0f}", f"{best:,.0f}", f"{p50:.0f}", f"{p99:.0f}"])
    typer.echo(markdown([f"{count} at once", "messages/s", "best round", "wait p50 ms", "wait p99 ms"], rows))
    loads = f"load average {before:.2f} before, {load():.2f} after"
    typer.echo(f"\n{machine()}; {loads}; {threads} threads; {rounds} rounds.")


if __name__ == "__main__":
    typer.run(main)
