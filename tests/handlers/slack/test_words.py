import ast
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from bot.messages import Locale
from bot.store.base import Base
from bot.store.tables import erasure_rule
from handlers.slack import words

LOCALES: tuple[Locale, ...] = get_args(Locale)
SOURCE = Path(words.__file__)
DOORS = SOURCE.parents[1]
HANGUL = re.compile("[가-힣]")
_WITHOUT_VALUES = re.compile(r"\{\w*\}")


@cache
def tables() -> dict[str, dict[str, dict[Locale, str]]]:
    """Every sentence, as it stands in the source, by file."""
    return {file.name: _said_in(file) for file in sorted(SOURCE.parent.glob("words*.py"))}


def _said_in(file: Path) -> dict[str, dict[Locale, str]]:
    tree = ast.parse(file.read_text("utf-8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    assert isinstance(table, ast.Dict)
    pairs = zip(table.keys, table.values, strict=True)
    return {ast.literal_eval(key): ast.literal_eval(value) for key, value in pairs if key is not None}


def said() -> dict[str, dict[Locale, str]]:
    """Every sentence of all files."""
    return {key: sentence for table in tables().values() for key, sentence in table.items()}


def test_no_sentence_is_written_twice() -> None:
    """Of two under one key, one would never be said."""
    assert sum(len(table) for table in tables().values()) == len(said())
    assert len(tables()) > 1


@pytest.mark.parametrize("key", sorted(said()))
def test_every_sentence_is_there_in_both_languages(key: str) -> None:
    """With the same values to put in, Korean in Hangul and English without."""
    sentence = said()[key]
    assert set(sentence) == set(LOCALES)
    fields = [{field for _, field, *_ in Formatter().parse(sentence[locale]) if field} for locale in LOCALES]
    assert fields[0] == fields[1]
    assert not HANGUL.search(sentence["en"])
    is_of_values_alone = not any(sign.isalpha() for sign in _WITHOUT_VALUES.sub("", sentence["en"]))
    assert is_of_values_alone or HANGUL.search(sentence["ko"])


def put_together() -> list[re.Pattern[str]]:
    """The keys that the code puts together, such as `by:{source}`, as patterns."""
    nodes = [node for file in DOORS.rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    shapes = [
        [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        for node in nodes
        if isinstance(node, ast.JoinedStr)
    ]
    return [
        re.compile("".join(".+" if part is None else re.escape(str(part)) for part in shape))
        for shape in shapes
        if re.fullmatch("[a-z]+[a-z_]*[:_]", str(shape[0])) or re.fullmatch("[:_][a-z_]+", str(shape[-1]))
    ]


def test_every_sentence_is_said_somewhere() -> None:
    """None is left over."""
    code = "\n".join(file.read_text("utf-8") for file in DOORS.rglob("*.py"))
    unsaid = {key for key in said() if len(re.findall(rf"['\"]{key}['\"]", code)) < 2}
    patterns = put_together()
    assert {key for key in unsaid if not any(pattern.fullmatch(key) for pattern in patterns)} == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_stored_of_people_goes_by_plain_words(locale: Locale) -> None:
    """An administrator is shown no name of a table, whichever tables there are."""
    for table in Base.metadata.sorted_tables:
        if erasure_rule(table) != "impersonal":
            assert "_" not in words.table(table.name, locale)
            assert words.table(table.name, locale) != table.name.replace("_", " ")


def test_what_is_stored_is_counted_and_dated() -> None:
    """One reading, several of one day, several of more days, and none."""
    first, last = date(2026, 11, 1), date(2026, 11, 20)
    assert words.stored(1, first, first, "en") == "1 reading, November 1, 2026"
    assert words.stored(2, first, first, "ko") == "2026년 11월 1일, 감정 2건"
    assert words.stored(3, first, last, "en") == "3 readings, November 1, 2026 – November 20, 2026"
    assert words.stored(0, None, None, "en") == ""


@pytest.mark.parametrize("act", ["on", "off", "pause", "kept"])
@pytest.mark.parametrize("locale", LOCALES)
def test_every_act_of_consent_has_words(act: str, locale: Locale) -> None:
    """And so has every place where it can be done, and one that is not known."""
    for source in ("command", "button", "home", "terminal", "elsewhere"):
        by = words.say(f"by:{source}", locale)
        assert by in words.say(f"receipt:{act}", locale, time="T", by=by, version=2, until="U")


def test_spans_and_moments_are_written_as_the_language_does() -> None:
    """One day and several; a moment in the reader's own time zone."""
    assert [words.days(1, "en"), words.days(30, "en"), words.days(30, "ko")] == ["1 day", "30 days", "30일"]
    moment = datetime(2026, 11, 20, 20, 5, tzinfo=UTC)
    assert words.moment(moment, "en", "UTC") == "November 20, 2026, 20:05"
    assert words.moment(moment, "ko", "Asia/Seoul") == "2026년 11월 21일 05:05"
