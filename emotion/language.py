"""The main language of a message, by script: Hangul is Korean, Latin is English, neither is `und`."""

import re
from typing import Final

from emotion.clean import CAP
from emotion.labels import Language

_MARKUP: Final = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|<[^<>\n]{0,2000}>|https?://\S+|:[a-z0-9_+'-]{2,60}:|\[(?:NAME|RELIGION)\]", re.DOTALL
)
_HANGUL: Final = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ\u1100-\u11ff]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_LETTERS_A_SYLLABLE: Final = 3
"""A Hangul syllable says about as much as three Latin letters."""


def language_of(text: str) -> Language:
    """`ko` where at least half of what is said is in Hangul, `en` where Latin letters say more, `und` without either.

    Takes the message as written: mentions, links, shortcodes and code do not count. A Korean sentence with English
    terms in it (`PR 머지했어요`) is Korean.
    """
    said = _MARKUP.sub(" ", text[:CAP])
    hangul = len(_HANGUL.findall(said))
    latin = len(_LATIN.findall(said))
    if hangul and hangul * _LETTERS_A_SYLLABLE >= latin:
        return "ko"
    return "en" if latin else "und"
