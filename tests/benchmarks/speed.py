"""Speed and memory beside the `transformers` pipeline, in one run: `python -m tests.benchmarks.speed`.

Each candidate has a process of its own. They take turns, one at work at a time, round by round, so that whatever else
the machine does hits all alike. On a busy machine the threads of PyTorch and of ONNX Runtime wait for each other: then
only rows of one thread, and ratios of minima, mean anything. Needs the extra `train`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from emotion import artifact
from emotion.clean import clean
from emotion.tokens import Tokens
from tests.benchmarks.candidate import LIST_SIZE, MAEUM
from tests.benchmarks.peers import SHAPES
from tests.benchmarks.table import Row, compared, load, machine
from tests.benchmarks.texts import ONE

_PAUSE: Final = 0.2
"""Seconds between turns, in which the threads of the one before stop spinning."""
_BUSY: Final = 0.5
"""A load average from which on other work disturbs the measurement."""
_QUIET: Final = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What takes part, and how many readings it makes in a round: about as much time for each."""

    name: str
    kind: str
    threads: int
    """0 leaves it to the library, which takes all cores."""
    alone: int
    lists: int


CANDIDATES: Final = (
    Candidate("Maeum", MAEUM, 2, alone=60, lists=8),
    Candidate("Maeum", MAEUM, 1, alone=60, lists=8),
    Candidate("pipeline, same shape", "same", 0, alone=25, lists=2),
    Candidate("pipeline, same shape", "same", 1, alone=25, lists=2),
    Candidate("pipeline, 12 layers of 768", "large", 0, alone=10, lists=1),
    Candidate("pipeline, 12 layers of 768", "large", 1, alone=10, lists=1),
)


class Running:
    """A candidate's process, which has read its first text."""

    def __init__(self, process: "subprocess.Popen[str]", name: str) -> None:
        """Takes the process over; both of its pipes are open."""
        self._process = process
        self._name = name

    def times(self, count: int, *, of_list: bool) -> list[float]:
        """The seconds of so many readings, of one text or of a list."""
        found: list[float] = self.answer(json.dumps({"list": of_list, "times": count}))
        return found

    def peak(self) -> int:
        """The most memory it has held, in bytes."""
        return int(self.answer(""))

    def answer(self, line: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """What it says, to this line or of itself; RuntimeError where it ended instead."""
        if line is not None:
            print(line, file=_open(self._process.stdin), flush=True)
        said = _open(self._process.stdout).readline()
        if not said:
            message = f"{self._name} ended; what it wrote above says why"
            raise RuntimeError(message)
        return json.loads(said)


@contextmanager
def running(candidate: Candidate, folder: Path) -> Iterator[tuple[Running, float]]:
    """Start a candidate; beside it the seconds from the start to its first label. It ends with the context."""
    command = [sys.executable, "-m", "tests.benchmarks.candidate"]
    command += [candidate.kind, str(candidate.threads), str(folder)]
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **_QUIET}
    ) as process:
        made = Running(process, candidate.name)
        made.answer()
        yield made, time.perf_counter() - start


def measure(folder: Path, rounds: int, starts: int) -> list[Row]:
    """All candidates, turn by turn. Lists are read in every fourth round."""
    rows = [Row(one.name, str(one.threads or "all"), list_size=LIST_SIZE) for one in CANDIDATES]
    for number in range(starts):
        _progress(f"start {number + 1} of {starts}")
        for row, candidate in zip(rows, CANDIDATES, strict=True):
            with running(candidate, folder) as (_, seconds):
                row.starts.append(seconds)
    with ExitStack() as stack:
        at_work = [stack.enter_context(running(candidate, folder))[0] for candidate in CANDIDATES]
        for number in range(rounds):
            _progress(f"round {number + 1} of {rounds}")
            for row, candidate, process in zip(rows, CANDIDATES, at_work, strict=True):
                time.sleep(_PAUSE)
                row.alone.append(process.times(candidate.alone, of_list=False))
            for row, candidate, process in zip(rows, CANDIDATES, at_work, strict=True):
                if number % 4 == 0:
                    time.sleep(_PAUSE)
                    row.lists += process.times(candidate.lists, of_list=True)
        for row, process in zip(rows, at_work, strict=True):
            row.peak = process.peak()
    return rows


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each candidate has its turn.")] = 24,
    starts: Annotated[int, typer.Option(min=1, help="How often each is started for the time to its first label.")] = 3,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Three rounds and one start: whether it runs at all.")] = False,
) -> None:
    """Compare in one run, and print one Markdown table and the machine."""
    if quick:
        rounds, starts = 3, 1
    before = load()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _progress("writing models of random weights for the pipeline")
        subprocess.run([sys.executable, "-m", "tests.benchmarks.peers", temporary], check=True)  # noqa: S603 - ours
        rows = measure(folder, rounds, starts)
    typer.echo(compared(rows, rows[:2]))
    typer.echo("\n" + _notes(rounds, starts, before))


def _notes(rounds: int, starts: int, before: float) -> str:
    shipped = artifact.load(artifact.SHIPPED)
    tokens = len(Tokens.from_file(shipped.tokenizer, shipped.max_tokens).ids([clean(ONE)])[0])
    libraries = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "torch", "transformers"))
    layers, width = SHAPES["same"]
    busy = "" if before < _BUSY else " The machine was busy: only one-thread rows and minima mean anything."
    return (
        f"{machine()}; load average {before:.2f} before, {load():.2f} after.{busy} "
        f"Python {sys.version.split()[0]}, {libraries}; model {shipped.version}.\n"
        f"One text of {tokens} tokens, {rounds} rounds by turns, one process each; lists of {LIST_SIZE} texts of mixed "
        f"lengths; {starts} starts, median, files in the page cache. Maeum: cleaning, tokens, all heads, reading. "
        f"Pipeline: PyTorch float32, the same tokenizer, random weights ({layers} layers of {width}, and 12 of 768), "
        f"seven labels. The memory is the process's peak after lists of {LIST_SIZE}."
    )


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


if __name__ == "__main__":
    typer.run(main)
