"""Nobody changes what people agreed to without counting the notice up: channels are told then, and people asked."""

import hashlib
from typing import Final, get_args

from bot.messages import Locale
from bot.notice import NOTICE_VERSION
from handlers.slack.words import say

WORDS: Final = ("notice", "about")
PINNED: Final = {2: "aed1e23af0128f45d64aa61c4cce108b6b91e463df2a8148c2955c477559f02e"}
"""The words of each version, as a hash. Add a line with the new version; the lines before it stay as they are."""


def digest() -> str:
    """Of the notice and of what stands under "What is read?", in all languages, as they are today."""
    locales: tuple[Locale, ...] = get_args(Locale)
    whole = "\0".join(say(key, locale) for key in WORDS for locale in sorted(locales))
    return hashlib.sha256(whole.encode()).hexdigest()


def test_the_words_are_those_of_the_version() -> None:
    """Changed words without a new number fail here, and so does a new number without new words."""
    assert NOTICE_VERSION in PINNED, f"add {NOTICE_VERSION}: {digest()!r} to PINNED"
    assert digest() == PINNED[NOTICE_VERSION], (
        f"the words have changed: count bot.notice.NOTICE_VERSION up, and pin {digest()!r} to it"
    )


def test_versions_only_grow() -> None:
    """None is taken out, and no two have the same words."""
    assert max(PINNED) == NOTICE_VERSION
    assert sorted(PINNED) == list(range(2, NOTICE_VERSION + 1))
    assert len(set(PINNED.values())) == len(PINNED)
