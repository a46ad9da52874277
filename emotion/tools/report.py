"""What each step measured, gathered in one JSON file of the run."""

import json
from pathlib import Path
from typing import Any, Final

from emotion.files import write_whole

NAME: Final = "report.json"


def record(run: Path, step: str, values: dict[str, Any]) -> None:
    """Put the values of a step into the run's report, in the place of an earlier measurement of that step."""
    report = {**read(run), step: values}
    write_whole(run / NAME, json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def read(run: Path) -> dict[str, Any]:
    """The report so far; empty before the first step."""
    file = run / NAME
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return report
