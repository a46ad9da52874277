"""Whole sentences out of fragments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WriterGarbled
from bot.llm.sentences import LONGEST, Sentences
from bot.llm.text import legible, shortened


def pieces(text: str, size: int) -> list[str]:
    sentences = Sentences()
    given_out = [piece for start in range(0, len(text), size) for piece in sentences.feed(text[start : start + size])]
    return [*given_out, *sentences.rest()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("좋아요! 그럼 시작할까요? 네.", ["좋아요!", " 그럼 시작할까요?", " 네."]),
        ("첫째예요。둘째예요。", ["첫째예요。", "둘째예요。"]),
        ("“Done.” She left… Really?!", ["“Done.”", " She left…", " Really?!"]),
        ("**Look.** Version 3.5 is out.", ["**Look.**", " Version 3.5 is out."]),
        ("Do this:\n1. Stop.\n2. Go.", ["Do this:", "\n1. Stop.", "\n2. Go."]),
        ("no end at all", ["no end at all"]),
        ("ㅎㅎ 그러게요~\n\n내일 봐요", ["ㅎㅎ 그러게요~", "\n\n내일 봐요"]),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    """Korean and English ends, quotes and emphasis around them, lists and figures, whatever the fragments."""
    for size in (1, 3, 100):
        assert pieces(text, size) == expected


@given(st.text(max_size=300), st.integers(1, 20))
def test_nothing_is_lost_or_added(text: str, size: int) -> None:
    """The pieces together are the text, less what cannot be sent and the space around it."""
    assert "".join(pieces(text, size)).split() == legible(text).split()


@given(st.text(max_size=300), st.integers(1, 20))
def test_no_piece_is_blank_and_the_first_begins_at_once(text: str, size: int) -> None:
    """What has been given can always be shown."""
    got = pieces(text, size)
    assert all(piece.strip() for piece in got)
    assert not got or got[0] == got[0].lstrip()


def test_a_text_without_sentences_is_garbage() -> None:
    """Thousands of characters without an end are not waited for."""
    sentences = Sentences()
    with pytest.raises(WriterGarbled):
        list(sentences.feed("x" * (LONGEST + 1)))


@given(st.text(st.characters() | st.characters(categories=["Cs", "Cc"]), max_size=50))
def test_legible_text_always_encodes(text: str) -> None:
    """Lone surrogates included, and doing it twice changes nothing."""
    once = legible(text)
    assert once.encode().decode() == once
    assert legible(once) == once


def test_surrogate_pairs_become_their_character() -> None:
    """JSON from elsewhere may carry halves of an emoji; the halves meet again, widows go."""
    assert legible("\ud83d\ude00 \ud83d! \ude00\ud83d") == "😀 ! "


@given(st.text(max_size=200), st.integers(20, 100))
def test_shortened_text_keeps_both_ends(text: str, size: int) -> None:
    """Never longer than asked for, and what fits is untouched."""
    short = shortened(text, size)
    assert len(short) <= size
    assert short == text if len(text) <= size else (short[:5], short[-4:]) == (text[:5], text[-4:])
