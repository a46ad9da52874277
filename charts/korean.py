"""Korean words as they stand in a sentence."""

from typing import Final

_FIRST, _LAST, _FINALS = "가", "힣", 28
_DIGITS_WITH_FINAL: Final = frozenset("013678")  # 영, 일, 삼, 육, 칠, 팔


def with_particle(word: str, after_final: str, after_vowel: str) -> str:
    """`word` with the particle that fits its last sound: 기쁨이, 분노가, 3은, 2는."""
    last = word[-1]
    has_final = last in _DIGITS_WITH_FINAL or (_FIRST <= last <= _LAST and (ord(last) - ord(_FIRST)) % _FINALS != 0)
    return word + (after_final if has_final else after_vowel)
