import io
import logging
from collections.abc import Iterator

import pytest

from bot import logs

SECRET = "오늘 너무 힘들다 canary"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log of a process at its most talkative; the loggers are put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, {name: logging.getLogger(name).level for name in (*logs.OWN, *logs.QUIET)})
    stream = io.StringIO()
    logs.set_up("DEBUG", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    "name", ["slack_bolt.AsyncApp", "slack_sdk.web.async_client", "openai._base_client", "asyncio"]
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR])
def test_a_library_cannot_log_what_a_person_wrote(written: io.StringIO, name: str, level: int) -> None:
    """Neither the message of a library's record nor its arguments get through, at any level."""
    logging.getLogger(name).log(level, "Unhandled request %s", {"text": SECRET})
    logging.getLogger(name).log(level, "body: " + SECRET)  # noqa: G003 - as libraries do it
    assert "canary" not in written.getvalue()
    if level >= logging.WARNING:
        assert name in written.getvalue()
        assert "test_logs.py" in written.getvalue()


def test_an_exception_is_logged_by_type_and_place_without_its_message(written: io.StringIO) -> None:
    """An exception may quote what it choked on, and so may the one behind it."""
    try:
        try:
            raise ValueError(SECRET)  # noqa: TRY301 - the story needs a chain
        except ValueError as first:
            raise RuntimeError(SECRET) from first
    except RuntimeError:
        logging.getLogger("handlers.slack").exception("a listener failed")
    assert "canary" not in written.getvalue()
    assert "a listener failed" in written.getvalue()
    assert "builtins.RuntimeError at" in written.getvalue()
    assert "builtins.ValueError at" in written.getvalue()


def test_our_own_lines_are_written_whole(written: io.StringIO) -> None:
    """What the house says of itself is there for whoever runs it."""
    logging.getLogger("bot.conversation").info("read one message in %d ms", 7)
    assert "bot.conversation: read one message in 7 ms" in written.getvalue()
