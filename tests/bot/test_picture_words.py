"""What people type for a picture."""

import unicodedata
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCommand, BadPeriod, MaeumError, OneselfOnly
from bot.messages import Locale
from bot.picture_words import Wanted, checked, parse_picture
from bot.pictures import KINDS, OF_CHANNELS, Look

USAGE = "like this"


def wanted(text: str) -> Wanted:
    return parse_picture(text, USAGE)


def test_nothing_said_is_ones_own_trend_of_a_week() -> None:
    """On a light ground."""
    assert wanted("") == wanted("  ") == Wanted("me", 7, Look("trend", "light"))


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("me trend", "나 추이"),
        ("me trend", "흐름"),
        ("here valence 30d dark", "여기 기분 30일 어둡게"),
        ("here mix", "여기 비교"),
        ("here year", "여기 한해"),
        ("week", "요일"),
        ("year dark", "한해 어둡게"),
        ("year", "1년"),
        ("year", "한 해"),
        ("year", "일년"),
        ("diary light", "일기 밝게"),
        ("90d", "90일"),
    ],
)
def test_both_languages_say_the_same(english: str, korean: str) -> None:
    """Composed or not, in whatever width and case."""
    assert wanted(english) == wanted(korean)
    assert wanted(unicodedata.normalize("NFD", korean)) == wanted(korean)
    assert wanted(english.upper().translate({ord("M"): "Ｍ"})) == wanted(english)


def test_the_order_of_words_says_nothing() -> None:
    """All of them mean the same, in either language, even mixed."""
    made = {wanted(" ".join(words)) for words in permutations(["here", "기분", "30d", "어둡게"])}
    assert made == {Wanted("here", 30, Look("valence", "dark"))}


@pytest.mark.parametrize(
    "text",
    [
        "me here",
        "me 나",
        "7d 30d",
        "7d 7일",
        "trend mix",
        "light dark",
        "추이 추이",
        "8d",
        "7",
        "alice",
        "<@U01ALICE>",
        "me sideways",
        "dark 🌚",
    ],
)
def test_contradictions_and_strange_words_are_answered_with_the_usage(text: str) -> None:
    """Nothing is drawn by guess, and what was typed is not repeated."""
    with pytest.raises(BadCommand) as refused:
        wanted(text)
    for locale in ("en", "ko"):
        assert refused.value.sentence(locale).endswith(USAGE)
        assert not any(word in refused.value.sentence(locale) for word in ("alice", "sideways", "🌚"))


@pytest.mark.parametrize("kind", ["mix", "week", "year", "diary"])
@pytest.mark.parametrize("period", ["30d", "90일"])
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_a_picture_with_periods_of_its_own_takes_no_other(kind: str, period: str, locale: Locale) -> None:
    """The sentence says which it has."""
    with pytest.raises(BadPeriod) as refused:
        wanted(f"{kind} {period}")
    said = refused.value.sentence(locale)
    assert ("period" if locale == "en" else "기간") in said
    assert any(number in said for number in ("7", "12", "year", "1년", "한 해"))


def test_a_week_beside_the_last_one_may_be_called_seven_days() -> None:
    """It is what the mix shows anyway."""
    assert wanted("mix 7d") == wanted("mix") == Wanted("me", 7, Look("mix"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_CHANNELS])
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_pages_about_one_person_are_not_drawn_of_channels(kind: str, locale: Locale) -> None:
    """The sentence says why, and what there is instead."""
    with pytest.raises(OneselfOnly) as refused:
        wanted(f"here {kind}")
    said = refused.value.sentence(locale)
    assert all(f"`{word}`" in said for word in (OF_CHANNELS if locale == "en" else ("추이", "기분", "비교", "한해")))
    assert ("your own" if locale == "en" else "본인") in said


def test_of_a_channel_the_hour_by_hour_picture_says_that_it_would_cut_days() -> None:
    """For that is why."""
    with pytest.raises(OneselfOnly, match="week") as refused:
        wanted("here week 30d")
    assert "hours would cut a channel's days" in refused.value.sentence("en")


@given(text=st.text(max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """Never anything else."""
    try:
        understood = wanted(text)
    except MaeumError:
        return
    assert checked(understood.audience, None, understood.look).look == understood.look
