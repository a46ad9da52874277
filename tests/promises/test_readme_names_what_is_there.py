"""The READMEs point at code and tests: what they name is there, and both name the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.ko.md")
_PATH = re.compile(r"`((?:bot|handlers|emotion|charts|tests)/[\w./]+)`")


def named(readme: str) -> set[str]:
    """Every path of ours that a README names."""
    return set(_PATH.findall((ROOT / readme).read_text("utf-8")))


@pytest.mark.parametrize("readme", READMES)
def test_every_path_in_a_readme_exists(readme: str) -> None:
    """Whoever follows the table of promises finds the code and the test."""
    assert len(named(readme)) > len(READMES)
    assert [path for path in sorted(named(readme)) if not (ROOT / path).exists()] == []


def test_both_readmes_name_the_same_paths() -> None:
    """A promise in one language is a promise in the other."""
    assert named(READMES[0]) == named(READMES[1])


@pytest.mark.parametrize("readme", READMES)
def test_every_promise_names_a_test(readme: str) -> None:
    """A row of the table without a test would be a claim."""
    rows = [
        line for line in (ROOT / readme).read_text("utf-8").splitlines() if line.count("|") == 4 and "`bot/" in line
    ]
    assert rows
    assert [row for row in rows if "`tests/" not in row.rsplit("|", 2)[1]] == []
