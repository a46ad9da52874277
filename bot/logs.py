"""Logs without anybody's words.

Libraries put whole request bodies into their records (Bolt at INFO and WARNING, the Slack SDK and openai at DEBUG,
asyncio in the repr of a failed task). So a record that is not our own is cut down to what cannot hold text: the
logger, the level and the place in the code. Our own records are written as they are, and exceptions, ours or not,
appear as their types and places: a message of an exception can quote what it choked on.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Final, TextIO

OWN: Final = ("bot", "handlers", "emotion", "charts", "maeum")
PLAIN: Final = ("alembic", "apscheduler", "uvicorn")
"""Libraries that never see a message's text; what they say helps whoever runs the bot."""
QUIET: Final = (
    "alembic",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "uvicorn.access",
    "aiosqlite",
    "matplotlib",
    "PIL",
    "asyncio",
    "httpx2",
    "httpcore2",
)
"""Loggers that say nothing useful below WARNING."""

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WordlessFormatter(logging.Formatter):
    """Formats a record so that nothing a person wrote can be in it."""

    def __init__(self) -> None:
        """One line a record: time, level, logger, message."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Our own record whole, and of libraries that see no text; of the others only where it came from."""
        if record.name.split(".", 1)[0] in (*OWN, *PLAIN):
            return super().format(record)
        bare = logging.makeLogRecord(
            {
                **record.__dict__,
                "msg": "%s:%s in %s (what it says is left out: it may quote a message)",
                "args": (record.filename, record.lineno, record.funcName),
                "stack_info": None,
                "exc_text": None,
            }
        )
        return super().format(bare)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - the name is the standard library's
        """The chain of types with the places they were raised at, without their messages."""
        lines: list[str] = []
        error = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-6:]))
            lines.append(f"  {type(error).__module__}.{type(error).__qualname__} at {places or 'an unknown place'}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Send every record of the process through the formatter above, to standard error unless told otherwise.

    Replaces whatever handlers were there. Third-party loggers stay at INFO or above even when `level` is DEBUG.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(WordlessFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    for name in OWN:
        logging.getLogger(name).setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
