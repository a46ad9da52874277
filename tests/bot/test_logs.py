import io
import logging

import pytest

SECRET = "오늘 너무 힘들다 canary"


@pytest.mark.parametrize(
    "name", ["slack_bolt.AsyncApp", "slack_sdk.web.async_client", "openai._base_client", "asyncio"]
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR])
def test_a_library_cannot_log_what_a_person_wrote(talkative_log: io.StringIO, name: str, level: int) -> None:
    """Neither the message of a library's record nor its arguments get through, at any level."""
    logging.getLogger(name).log(level, "Unhandled request %s", {"text": SECRET})
    logging.getLogger(name).log(level, "body: " + SECRET)  # noqa: G003 - as libraries do it
    assert "canary" not in talkative_log.getvalue()
    if level >= logging.WARNING:
        assert name in talkative_log.getvalue()
        assert "test_logs.py" in talkative_log.getvalue()


def test_an_exception_is_logged_by_type_and_place_without_its_message(talkative_log: io.StringIO) -> None:
    """An exception may quote what it choked on, and so may the one behind it."""
    try:
        try:
            raise ValueError(SECRET)  # noqa: TRY301 - the story needs a chain
        except ValueError as first:
            raise RuntimeError(SECRET) from first
    except RuntimeError:
        logging.getLogger("handlers.slack").exception("a listener failed")
    assert "canary" not in talkative_log.getvalue()
    assert "a listener failed" in talkative_log.getvalue()
    assert "builtins.RuntimeError at" in talkative_log.getvalue()
    assert "builtins.ValueError at" in talkative_log.getvalue()


def test_our_own_lines_are_written_whole(talkative_log: io.StringIO) -> None:
    """What the house says of itself is there for whoever runs it."""
    logging.getLogger("bot.conversation").info("read one message in %d ms", 7)
    assert "bot.conversation: read one message in 7 ms" in talkative_log.getvalue()
