import ast
import re
from datetime import date
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
HANGUL = re.compile("[가-힣]")


def said() -> dict[str, dict[Locale, str]]:
    """Every sentence, as it stands in the source."""
    tree = ast.parse(SOURCE.read_text("utf-8"))
    table = next(node for node in tree.body if isinstance(node, ast.AnnAssign))
    assert table.value is not None
    found: dict[str, dict[Locale, str]] = ast.literal_eval(table.value)
    return found


@pytest.mark.parametrize("key", sorted(said()))
def test_every_sentence_is_there_in_both_languages(key: str) -> None:
    """With the same values to put in, Korean in Hangul and English without."""
    sentence = said()[key]
    assert set(sentence) == set(LOCALES)
    fields = [{field for _, field, *_ in Formatter().parse(sentence[locale]) if field} for locale in LOCALES]
    assert fields[0] == fields[1]
    assert not HANGUL.search(sentence["en"])
    assert HANGUL.search(sentence["ko"])


def test_every_sentence_is_said_somewhere() -> None:
    """None is left over."""
    code = "\n".join(file.read_text("utf-8") for file in SOURCE.parent.rglob("*.py"))
    unsaid = {key for key in said() if len(re.findall(rf"['\"]{key}['\"]", code)) < 2}
    unsaid = {key for key in unsaid if not (key.startswith("table:") or key.endswith("_message"))}
    assert unsaid == set()


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
