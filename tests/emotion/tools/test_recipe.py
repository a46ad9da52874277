"""Recipes: what a run does, as data."""

from pathlib import Path

import pytest

from emotion.tools import recipe
from emotion.tools.errors import BadRecipe
from emotion.tools.recipe import Recipe
from tests.emotion.tools.test_corpora import TRAINED

SHIPPED = sorted(file.stem for file in recipe.SHIPPED.glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_loads(name: str) -> None:
    """By its name alone, and it names only corpora that there are."""
    loaded = recipe.load(Path(name))
    assert set(loaded.shares) <= {*TRAINED, "extra"}
    assert loaded.passes >= 1


def test_the_shipped_recipes_are_the_steps() -> None:
    """Language, teachers, student, polish in the order of their numbers, and one for those who train their own."""
    assert SHIPPED == ["1-language", "2-teacher", "3-student", "4-polish", "5-settle", "finetune"]
    assert recipe.load(Path("1-language")).objective == "language"
    assert recipe.load(Path("3-student")).soft > 0
    assert "extra" in recipe.load(Path("finetune")).shares


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    """What it does not say stays at its default."""
    file = tmp_path / "mine.yaml"
    file.write_text("objective: labels\nshares: {own: 1.5}\nbalanced: [own]\npasses: 3\n", encoding="utf-8")
    assert recipe.load(file) == Recipe("labels", {"own": 1.5}, balanced=("own",), passes=3)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "objective: labels\nshares: {own: 1}\nspeed: 3\n",
            "speed not understood; known are objective, shares, passes",
        ),
        ("objective: labels\nshares: {own: 1}\nencoder_rate: 1e-4\n", "encoder_rate must be a number, not '1e-4'"),
        ("objective: labels\nshares: {own: 1}\npasses: many\n", "passes must be a number, not 'many'"),
        ("objective: labels\nshares: {own: 1}\ndropout: true\n", "dropout must be a number, not True"),
        ("objective: labels\nshares: {own: 1}\npasses: 0\n", "passes must be a whole number, 1 or more"),
        ("objective: labels\nshares: {own: 1}\npasses: 1.5\n", "passes must be a whole number, 1 or more"),
        ("objective: labels\nshares: {own: 1}\ndropout: 1.0\n", "dropout is a share: from 0 to below 1"),
        ("objective: labels\nshares: {own: 1}\nheads: {eight: 1}\n", "heads are seven, goemotions, kote, polarity"),
        ("objective: labels\nshares: {own: 1}\nheads: [seven]\n", "heads must be names with a number each"),
        ("objective: labels\nshares:\n", "shares must be names with a number each, none below 0"),
        ("objective: labels\nshares: {}\n", "shares must name at least one corpus"),
        ("objective: labels\nshares: {own: 0}\n", "shares must name at least one corpus"),
        ("objective: labels\nshares: {own: -1}\n", "shares must be names with a number each, none below 0"),
        ("objective: labels\nshares: {own: much}\n", "shares must be names with a number each, none below 0"),
        ("objective: labels\nshares: [own]\n", "shares must be names with a number each, none below 0"),
        ("objective: lables\nshares: {own: 1}\n", "objective is `language` or `labels`, not `lables`"),
        ("passes: 1\n", "lacks objective and shares"),
        ("- objective\n", "must hold `name: value` lines"),
        ("objective: [labels\n", "is not YAML"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    """With the file's name, and in one line."""
    file = tmp_path / "mine.yaml"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(BadRecipe) as raised:
        recipe.load(file)
    assert sentence in str(raised.value)
    assert str(file) in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_an_unknown_name_is_told_the_known_ones() -> None:
    """So that a slip of the pen is mended at once."""
    with pytest.raises(BadRecipe, match="There is no recipe finetun") as raised:
        recipe.load(Path("finetun"))
    assert all(name in str(raised.value) for name in SHIPPED)
