"""Cleaned text to token ids."""

from emotion import artifact
from emotion.tokens import Tokens


def test_both_ends_of_a_long_text_are_kept() -> None:
    """Under a limit of ten, the first five and the last five ids stay, [CLS] and [SEP] among them."""
    whole = Tokens.from_file(artifact.SHIPPED / artifact.TOKENIZER, 1000).ids(
        ["하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 끝"]
    )[0]
    short = Tokens.from_file(artifact.SHIPPED / artifact.TOKENIZER, 10).ids(
        ["하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 끝"]
    )[0]
    assert len(whole) > 10
    assert short == whole[:5] + whole[-5:]
