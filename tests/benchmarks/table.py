"""Times to a Markdown table. Pure, but for `machine`, which looks at where it runs."""

import math
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_MB: Final = 1_000_000
_MANY: Final = 100


@dataclass(slots=True)
class Row:
    """What was measured of one candidate. Times are in seconds, each round's apart."""

    name: str
    threads: str
    alone: list[list[float]] = field(default_factory=list)
    """By round, the time of each reading of one text."""
    lists: list[float] = field(default_factory=list)
    """The time of each reading of a list."""
    list_size: int = 32
    starts: list[float] = field(default_factory=list)
    """From the start of a process to its first label."""
    peak: int = 0
    """The most memory that the process has held, in bytes."""

    @property
    def times(self) -> list[float]:
        """Those of all rounds."""
        return [time for times in self.alone for time in times]

    @property
    def figures(self) -> tuple[float, float, float, float]:
        """What ratios are made of: median, minimum, the best round's median, and the median of a list."""
        best = min(map(statistics.median, self.alone))
        return statistics.median(self.times), min(self.times), best, statistics.median(self.lists)


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest of the times that at least so large a share of them does not exceed."""
    return sorted(times)[max(0, math.ceil(share * len(times)) - 1)]


def ratios(row: Row, reference: Row) -> str:
    """How many times longer than the reference it takes: medians / minima / best rounds / lists."""
    pairs = zip(row.figures, reference.figures, strict=True)
    return " / ".join(_figure(one / other) for one, other in pairs)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column holds words, the others numbers."""
    rule = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def compared(rows: Sequence[Row], references: Sequence[Row]) -> str:
    """The whole comparison as one table; each reference has a column that tells how much longer the others take."""
    head = ["candidate", "threads", "median ms", "p99 ms", "min ms", "best round ms"]
    head += [f"times {one.name} on {one.threads}: median / min / best / list" for one in references]
    head += [f"messages/s, lists of {rows[0].list_size}", "first label s", "peak MB"]
    return markdown(head, [_cells(row, references) for row in rows])


def machine() -> str:
    """The processor's name and how many cores are to be had."""
    return f"{_processor()}, {_cores()} cores"


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def _cells(row: Row, references: Sequence[Row]) -> list[str]:
    median, least, best, whole = row.figures
    return [
        row.name,
        row.threads,
        *(f"{time * 1000:.3f}" for time in (median, percentile(row.times, 0.99), least, best)),
        *("1" if row is one else ratios(row, one) for one in references),
        f"{row.list_size / whole:,.0f}",
        f"{statistics.median(row.starts):.2f}",
        f"{row.peak / _MB:,.0f}",
    ]


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= _MANY else f"{value:.2f}" if value < 2 else f"{value:.1f}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
