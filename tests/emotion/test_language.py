"""The main language of a message."""

import pytest

from emotion.language import language_of
from tests.emotion.hostile import HOSTILE


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("오늘 회의 몇 시예요?", "ko"),
        ("When is the meeting?", "en"),
        ("PR 머지하고 staging에 deploy했어요", "ko"),
        ("great job everyone ㅋㅋ", "en"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("<@U01ALICEINWONDERLAND> 네", "ko"),
        ("https://a.example/a-long-english-address 봐 주세요", "ko"),
        (":slightly_smiling_face: 넵", "ko"),
        ("`a_long_identifier_in_code` 왜 죽죠", "ko"),
        ("😭😭😭", "und"),
        ("12:30", "und"),
        ("", "und"),
        ("привет", "und"),
    ],
)
def test_follows_what_is_said(text: str, language: str) -> None:
    """Script decides; mentions, links, shortcodes and code do not count."""
    assert language_of(text) == language


@pytest.mark.parametrize("name", HOSTILE)
def test_survives_hostile_text(name: str) -> None:
    """Every hostile text has one of the three answers."""
    assert language_of(HOSTILE[name]) in {"ko", "en", "und"}
