"""What somebody wrote, as the model sees it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion import clean as cleaning
from emotion.clean import KEPT, clean
from emotion.language import language_of
from tests.emotion.hostile import HOSTILE

any_text = st.text(st.characters(exclude_categories=()), max_size=300)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("<@U1|bob> 안녕 <!channel>", "@someone 안녕 @channel"),
        ("<!subteam^S1|@dev> see <#C1|general> and <#C2|>", "@someone see #general and #"),
        ("<https://a.example/x?y=1|the page> https://b.example/c", "the page link"),
        ("<https://a.example/x> www.b.example", "link link"),
        ("&lt;b&gt; &amp; &amp;lt;", "<b> & &lt;"),
        (":joy: :+1::skin-tone-3: :party_time:", "😂 👍 party time"),
        ("12:30:45", "12:30:45"),
        ("ㅋㅋㅋㅋㅋㅋ ㅠㅜㅠㅜ", "ㅋㅋ ㅠㅠ"),
        ("soooo goood!!!!!! 아아아아", "soo good!!! 아아"),
        ("10000 and 777777", "10000 and 777777"),
        ("```a\nb``` and `x = 1` and `" + "y" * 30 + "`", "code and x = 1 and code"),
        ("&gt; theirs\nmine", "mine"),
        ("&gt; only theirs", "> only theirs"),
        ("👍🏽 ❤️", "👍 ❤"),
        ("z\u0335\u0322a\u0336l\u0337go café", "zalgo cafe"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\x00b\u202ec", "a bc"),
        ("\ud83d\ude00 \ud83d", "😀"),
        ("[NAME] rocks", "@someone rocks"),
    ],
)
def test_keeps_what_carries_feeling(written: str, seen: str) -> None:
    """Markup becomes words, emoji and jamo stay, runs shrink, what cannot be seen goes."""
    assert clean(written) == seen


@pytest.mark.parametrize("name", HOSTILE)
def test_survives_hostile_text(name: str) -> None:
    """Every hostile text becomes short, composed, encodable text without control characters."""
    cleaned = clean(HOSTILE[name])
    assert len(cleaned) <= KEPT
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Mn"} for character in cleaned)


@given(any_text)
def test_any_string_is_accepted(text: str) -> None:
    """Whatever Python can hold in a string comes out as encodable, trimmed text."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert cleaned == cleaned.strip()


def test_long_text_keeps_its_beginning_and_its_end() -> None:
    """Of 40,000 characters and more, both ends stay: what is felt often stands in the last line."""
    cleaned = clean("처음 " + "가나다 " * 20_000 + "끝")
    assert cleaned.startswith("처음 가나다")
    assert cleaned.endswith("가나다 끝")
    assert len(cleaned) <= KEPT


@pytest.mark.parametrize(
    "unit",
    [
        "<https:",
        "<https:|",
        "\n",
        "\n ",
        "<@",
        "<",
        "`",
        "``` ",
        ":a",
        "> \n",
        "&gt;",
        "<!a|",
        "ㅠ",
        "!?",
        "www.",
        "a:",
    ],
)
def test_no_pattern_makes_it_slow(unit: str) -> None:
    """Forty thousand characters of unfinished markup are worked off, which a quadratic pattern would not be in time."""
    text = unit * (40_000 // len(unit))
    assert len(clean(text)) <= KEPT
    assert language_of(text) in {"ko", "en", "und"}


def _tried_everywhere(text: str) -> str:
    """The same steps, each pattern on every text."""
    text = cleaning._ends(text, cleaning.CAP)  # noqa: SLF001 - the steps, without the looks before them
    if re.search("[\ud800-\udfff]", text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = cleaning._INLINE_CODE.sub(cleaning._short_or_code, cleaning._CODE_BLOCK.sub(" code ", text))  # noqa: SLF001
    unquoted = cleaning._QUOTED_LINE.sub("", text)  # noqa: SLF001
    text = unquoted if unquoted.strip() else text
    text = cleaning._MENTION.sub(" @someone ", text)  # noqa: SLF001
    text = cleaning._BROADCAST.sub(r" @\1 ", text)  # noqa: SLF001
    text = cleaning._CHANNEL.sub(r" #\1 ", text)  # noqa: SLF001
    text = cleaning._LABELLED_LINK.sub(r" \1 ", text)  # noqa: SLF001
    text = cleaning._LINK.sub(" link ", text)  # noqa: SLF001
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = cleaning._SHORTCODE.sub(cleaning._emoji_or_words, text)  # noqa: SLF001
    text = cleaning._characters(cleaning._SKIN_TONE.sub("", text))  # noqa: SLF001
    text = cleaning._JAMO_RUN.sub(r"\1\1", cleaning._TEARS_RUN.sub("ㅠㅠ", text))  # noqa: SLF001
    text = cleaning._MARK_RUN.sub(r"\1\1\1", cleaning._LETTER_RUN.sub(r"\1\1", text))  # noqa: SLF001
    return cleaning._ends(re.sub(r"\s+", " ", text).strip(), cleaning.KEPT)  # noqa: SLF001


_PIECES = (
    "좋아요", "so", "ㅠㅜ", "ㅋ", "!", "…", "<@U1>", "<!here>", "<#C1|x>", "<https://a.b|c>", "www.a.b", ":+1:",
    ":x:", "`a`",
    "```", "&gt;", "\n> ", "&amp;", "[NAME]", "\x00", "\ud83d", "é", "👍🏽", "\u200b", " ", "\t", "aaaaa", "mailto:a@b",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES)).map("".join) | any_text)
def test_looking_before_a_pattern_changes_nothing(text: str) -> None:
    """A pattern that is left out for want of a character would have changed nothing."""
    assert clean(text) == _tried_everywhere(text)
