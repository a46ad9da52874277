"""Drawing beside pyplot's usual way, the same pictures in one run: `python -m tests.benchmarks.drawing`.

Both draw a picture of another date each time, by turns, so that whatever else the machine does hits both alike. The
pixels of every date are compared.
"""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Annotated, Final

import numpy as np
import typer
from PIL import Image

from charts.contrast import Mix
from charts.mix import mix
from charts.moments import Year
from charts.mood import mood
from charts.phrases import span_text
from charts.render import png
from charts.series import Series
from charts.style import Locale
from charts.summary import summary
from charts.year import year
from tests.benchmarks import usual
from tests.benchmarks.table import load, machine, markdown
from tests.charts.samples import history

_NOW: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_SAME: Final = 0.99
"""The part of the pixels that must be the same; letters stand up to half a pixel apart, and their edges with them."""
_NEAR: Final = 24
"""Of 255: as far as two pixels of the same colour may lie apart once the colours are reduced."""

Draw = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Job:
    """A picture of one date, drawn in two ways."""

    name: str
    ours: Draw
    theirs: Draw
    """In full colour, as pyplot saves it."""


@dataclass(slots=True)
class Times:
    """Seconds of one picture's drawings, in the order of `jobs`."""

    name: str
    ours: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    """pyplot, as it saves it."""
    small: list[float] = field(default_factory=list)
    """pyplot, and the colours reduced, so that the file is as small as ours."""


def jobs(day: int) -> list[Job]:
    """The pictures as they are on a day of the last year, in Korean on even days and in English on odd ones."""
    now = _NOW - timedelta(days=day)
    locale: Locale = "en" if day % 2 else "ko"
    of = summary(_POINTS, now=now, timezone="Asia/Seoul")
    dates = span_text(of.year.first, of.year.last, locale)
    return [_trend(of.curve.series, locale, dates), _mix(of.mix, locale, dates), _year(of.year, locale, dates)]


def _trend(of: Series, locale: Locale, dates: str) -> Job:
    return Job(
        "trend",
        lambda: png(mood(of, locale=locale, title="Trend", subtitle=dates)),
        lambda: usual.png(usual.trend_picture(of, locale, "Trend", dates)),
    )


def _mix(of: Mix, locale: Locale, dates: str) -> Job:
    return Job(
        "mix",
        lambda: png(mix(of, locale=locale, title="Mix", subtitle=dates)),
        lambda: usual.png(usual.mix_picture(of, locale, "Mix", dates)),
    )


def _year(of: Year, locale: Locale, dates: str) -> Job:
    return Job(
        "year",
        lambda: png(year(of, locale=locale, title="Year", subtitle=dates)),
        lambda: usual.png(usual.year_picture(of, locale, "Year", dates)),
    )


def same(ours: bytes, theirs: bytes) -> float:
    """The part of the pixels that agree, once both are reduced to a palette; 0 where the sizes differ."""
    one, other = (np.asarray(Image.open(BytesIO(content)).convert("RGB"), dtype=np.int16) for content in (ours, theirs))
    if one.shape != other.shape:
        return 0.0
    return float((np.abs(one - other).max(axis=-1) <= _NEAR).mean())


def measure(rounds: int) -> list[Times]:
    """By turns, one picture after another; the first drawings of either, which find fonts, are not counted.

    Which of the two begins changes with each date; the pixels are compared once a date's pictures are drawn.
    """
    measured = [Times(job.name) for job in jobs(0)]
    for number in range(rounds + 1):
        typer.echo(f"round {number} of {rounds}", err=True)
        drawn = []
        for job, times in zip(jobs(number), measured, strict=True):
            (ours, content), (full, saved) = both(job, ours_first=number % 2 == 0)
            more, smaller = _timed(lambda saved=saved: usual.reduced(saved))  # type: ignore[misc]
            drawn.append((job.name, content, smaller))
            if number:
                times.ours.append(ours)
                times.full.append(full)
                times.small.append(full + more)
        for name, content, smaller in drawn:  # not between two timings: it takes much memory
            agreed = same(content, smaller)
            if agreed < _SAME:
                message = f"the pictures differ: only {agreed:.2%} of the pixels of {name} agree"
                raise SystemExit(message)
    return measured


def both(job: Job, *, ours_first: bool) -> tuple[tuple[float, bytes], tuple[float, bytes]]:
    """Seconds and file, ours and theirs; neither is always the one that finds the processor's caches cold."""
    if ours_first:
        return _timed(job.ours), _timed(job.theirs)
    theirs = _timed(job.theirs)
    return _timed(job.ours), theirs


def table(measured: list[Times]) -> str:
    """Minima and medians in milliseconds, and how many times longer the usual way takes."""
    head = ["picture", "ours min ms", "median", "pyplot min ms", "median", "times", "reduced min ms", "median", "times"]
    rows = []
    for times in measured:
        cells = [times.name, *_cells(times.ours)]
        for others in (times.full, times.small):
            ratio = float(np.median(others) / np.median(times.ours))
            cells += [*_cells(others), f"{ratio:.1f}"]
        rows.append(cells)
    return markdown(head, rows)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How many dates are drawn, both ways by turns.")] = 40,
) -> None:
    """Compare in one run, and print one Markdown table and the machine."""
    before = load()
    typer.echo(table(measure(rounds)))
    typer.echo(
        f"\n{machine()}; load average {before:.2f} before, {load():.2f} after. Python {sys.version.split()[0]}. "
        f"{rounds} dates by turns, Korean and English; times are ratios of medians. Ours writes 128 colours; pyplot "
        "writes all, and again 128 by Pillow's median cut. No ticks, which pyplot would draw besides."
    )


def _cells(times: list[float]) -> list[str]:
    return [f"{min(times) * 1000:.1f}", f"{float(np.median(times)) * 1000:.1f}"]


def _timed(draw: Draw) -> tuple[float, bytes]:
    start = time.perf_counter()
    made = draw()
    return time.perf_counter() - start, made


_POINTS: Final = history(random.Random(20261120), days=800, now=_NOW)  # noqa: S311 - a drawing, not a secret


if __name__ == "__main__":
    typer.run(main)
