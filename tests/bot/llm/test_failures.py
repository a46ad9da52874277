"""The table of the client's errors."""

import openai
import pytest

from bot.errors import WriterError
from bot.llm.failures import MEANINGS


def test_every_error_of_the_client_has_a_meaning() -> None:
    """When openai grows a new exception, this fails: decide what it means and write it into the table."""
    values = [getattr(openai, name) for name in openai.__all__]
    exported = {value for value in values if isinstance(value, type) and issubclass(value, Exception)}
    assert len(exported) > 10
    assert exported <= set(MEANINGS)


@pytest.mark.parametrize("meaning", sorted(set(MEANINGS.values()), key=repr))
def test_every_meaning_is_one_of_ours_and_has_words(meaning: type[WriterError]) -> None:
    """Each is told to people in both languages."""
    assert issubclass(meaning, WriterError)
    assert meaning().sentence("en")
    assert meaning().sentence("ko")
