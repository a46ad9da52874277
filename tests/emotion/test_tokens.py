"""Cleaned text to token ids."""

from emotion import artifact
from emotion.tokens import Tokens, padded


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


def test_padding_stands_on_the_right_and_is_masked() -> None:
    """Rows are filled with 0 up to the longest; the mask counts the tokens."""
    ids, mask = padded([[2, 7, 3], [2, 3]])
    assert ids.tolist() == [[2, 7, 3], [2, 3, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]
