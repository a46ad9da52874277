"""One line of what `maeum doctor` found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "unset", "warning", "failed"]
"""`warning` is what works and is less safe than it could be; `failed` is what does not work."""

_MARKS: Final[Mapping[State, str]] = {"ok": "✓", "unset": "–", "warning": "!", "failed": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `remedy` is given where something is to be done."""

    subject: str
    state: State
    detail: str
    remedy: str = ""

    def line(self) -> str:
        """The finding on one line, readable without colours."""
        return f"{_MARKS[self.state]} {self.subject}: {self.detail}" + (f" → {self.remedy}" if self.remedy else "")
