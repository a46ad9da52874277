import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
NAMES = sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_stands_in_the_example_with_a_comment(name: str) -> None:
    """Whoever opens .env.example finds each setting, and a comment of its own above it."""
    lines = EXAMPLE.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith(f"{name}="))
    assert lines[at - 1].startswith("# "), f"{name} has no comment above it"


def test_the_example_names_nothing_that_is_not_a_setting() -> None:
    """A name left over from an older version would set nothing and mislead."""
    assert sorted(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_both_readmes_name_every_setting(readme: str) -> None:
    """The table of settings in each README is complete."""
    text = (ROOT / readme).read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in text] == []


def test_the_values_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    """Copying the example to .env changes nothing."""
    copied = tmp_path / ".env"
    copied.write_text(EXAMPLE, "utf-8")
    assert Settings(_env_file=copied) == Settings(_env_file=None)  # type: ignore[call-arg]
