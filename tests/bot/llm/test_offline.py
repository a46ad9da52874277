"""The built-in replies."""

from itertools import pairwise

import pytest

from bot.llm import ReplyRequest
from bot.llm.offline import APOLOGY, UNCERTAIN, UNREAD, PhraseBook, phrases
from bot.messages import Locale, Turn
from emotion.labels import EMOTIONS, Emotion
from emotion.language import language_of
from tests.bot.llm.asking import asking
from tests.factories import reading

LOCALES: tuple[Locale, Locale] = ("ko", "en")
KINDS = [*(emotion.value for emotion in EMOTIONS), UNREAD, UNCERTAIN]


async def said(book: PhraseBook, request: ReplyRequest) -> str:
    return "".join([piece async for piece in book.stream(request)])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_there_is_enough_to_say(kind: str, locale: Locale) -> None:
    """Each emotion, and the two cases without one, has at least six different replies in both languages."""
    assert len(set(phrases()[kind][locale])) >= 6


def test_the_book_holds_nothing_else() -> None:
    """Every list in the file is used."""
    assert sorted(phrases()) == sorted([*KINDS, APOLOGY])


@pytest.mark.parametrize("kind", [*KINDS, APOLOGY])
def test_the_phrases_are_in_their_language_and_fit_a_chat(kind: str) -> None:
    """Korean stands under ko and English under en, short, with no blanks at the ends and no leftover placeholders."""
    for locale in LOCALES:
        for phrase in phrases()[kind][locale]:
            assert language_of(phrase) == locale
            assert phrase == phrase.strip()
            assert len(phrase) <= 260
            assert not set(phrase) & set("{}<>@")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("emotion", EMOTIONS)
async def test_a_reply_fits_the_reading_and_the_language(emotion: Emotion, locale: Locale) -> None:
    """What is said comes from the list of that emotion in that language."""
    text = await said(PhraseBook(), asking(felt=reading(emotion), language=locale))
    assert text in phrases()[emotion.value][locale]


async def test_without_a_sure_reading_no_feeling_is_addressed() -> None:
    """Unread messages and uncertain readings have lists of their own."""
    assert await said(PhraseBook(), asking()) in phrases()[UNREAD]["en"]
    assert (
        await said(PhraseBook(), asking(felt=reading(Emotion.ANGER, 0.3, uncertain=True))) in phrases()[UNCERTAIN]["en"]
    )


@pytest.mark.parametrize("kind", [*EMOTIONS, None])
async def test_never_the_same_twice_running_in_a_thread(kind: Emotion | None) -> None:
    """Two hundred messages in one thread: neighbours differ, and every phrase has its turn."""
    book = PhraseBook()
    felt = reading(kind) if kind else None
    texts = [await said(book, asking(felt=felt, seed=f"T/C/{number}")) for number in range(200)]
    assert all(one != two for one, two in pairwise(texts))
    assert set(texts) == set(phrases()[kind.value if kind else UNREAD]["en"])


async def test_what_stands_in_the_thread_is_not_said_again() -> None:
    """After a restart nothing is remembered, but the thread itself shows what was said last."""
    first = await said(PhraseBook(), asking())
    again = await said(PhraseBook(), asking(history=[Turn("bot", first), Turn("person", "and?")]))
    assert again != first


async def test_the_same_story_is_told_the_same_way() -> None:
    """The choice hangs on the messages' names alone, so that a story can be repeated."""
    seeds = [f"T/C/{number}" for number in range(20)]
    one, two = PhraseBook(), PhraseBook()
    assert [await said(one, asking(seed=seed)) for seed in seeds] == [
        await said(two, asking(seed=seed)) for seed in seeds
    ]


async def test_another_thread_changes_nothing_here() -> None:
    """Threads do not know of each other."""
    alone, busy = PhraseBook(), PhraseBook()
    heard = []
    for number in range(20):
        heard.append(await said(alone, asking(seed=str(number), thread="here")))
        await said(busy, asking(seed=f"other {number}", thread="there"))
        assert await said(busy, asking(seed=str(number), thread="here")) == heard[-1]


@pytest.mark.parametrize("locale", LOCALES)
def test_an_apology_has_a_fitting_word_first(locale: Locale) -> None:
    """When the model fails a sad person, the stand-in is not only about machines; otherwise it is brief."""
    sad = PhraseBook().apology(asking(felt=reading(Emotion.SADNESS), language=locale))
    assert sad.startswith(tuple(phrases()["sadness"][locale]))
    assert sad.endswith(tuple(phrases()[APOLOGY][locale]))
    assert PhraseBook().apology(asking(language=locale)) in phrases()[APOLOGY][locale]
    unsure = reading(Emotion.JOY, 0.3, uncertain=True)
    assert PhraseBook().apology(asking(felt=unsure, language=locale)) in phrases()[APOLOGY][locale]
