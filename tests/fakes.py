"""Stand-ins for what a test must hold in its hand, given by constructor."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) -> None:
        """Start at that moment: a Friday morning unless told otherwise."""
        self.now = now

    def __call__(self) -> datetime:
        """The present, aware, in UTC."""
        return self.now

    def advance(self, **span: float) -> None:
        """Move on by that much, as `timedelta` takes it."""
        self.now += timedelta(**span)
