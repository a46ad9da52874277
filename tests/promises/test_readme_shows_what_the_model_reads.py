"""The forty sentences of the READMEs are read as they say."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.sentences import SENTENCES, table

_ROOT: Final = Path(__file__).parents[2]
_ROW: Final = re.compile(r"^\| (?P<sentence>.+?) \| (?P<label>[a-z]+)(?: \d+%)? \|", re.MULTILINE)


def _labels(text: str) -> dict[str, str]:
    found = {row["sentence"]: row["label"] for row in _ROW.finditer(text)}
    return {sentence: found[sentence] for sentence in SENTENCES if sentence in found}


@pytest.fixture(scope="module")
def read() -> dict[str, str]:
    """What the shipped model says now."""
    return _labels("\n".join(table()))


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_every_sentence_is_shown_as_it_is_read(name: str, read: dict[str, str]) -> None:
    """All forty stand in the README, each under the label of the shipped model, the wrong ones too."""
    assert _labels((_ROOT / name).read_text(encoding="utf-8")) == read
    assert len(read) == 40
