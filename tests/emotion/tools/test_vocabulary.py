"""The bilingual vocabulary."""

from emotion.tools import vocabulary

BASE = [*vocabulary.SPECIAL, "the", "build", "##s", "broke", "unused", "p", "##r", "!", "ㅋ", "😭"]
ENGLISH = ["the builds broke", "The build broke!", "pr"] * 3
KOREAN = ["빌드가 깨졌어요 ㅠㅠ", "PR이 깨졌어요 ㅋㅋ 🎉", "빌드가 또"] * 5


def _build() -> list[str]:
    return vocabulary.build(BASE, ENGLISH, KOREAN, korean_pieces=80)


def test_keeps_what_occurs_and_learns_the_rest() -> None:
    """Special pieces first, the base's pieces that occur, Korean words, jamo runs and emoji; nothing twice."""
    pieces = _build()
    assert tuple(pieces[:5]) == vocabulary.SPECIAL
    assert {"the", "build", "##s", "broke", "빌드가", "깨졌어요", "ㅠㅠ", "ㅋㅋ", "🎉"} <= set(pieces)
    assert "unused" not in pieces
    assert len(pieces) == len(set(pieces))


def test_script_changes_split_words() -> None:
    """`PR이` and `깨졌어요ㅠㅠ🎉` fall into their parts, lower-cased, with [CLS] and [SEP] around."""
    tokens = vocabulary.finished(_build()).encode("PR이 깨졌어요ㅠㅠ🎉!").tokens
    assert tokens == ["[CLS]", "p", "##r", "이", "깨졌어요", "ㅠㅠ", "🎉", "!", "[SEP]"]


def test_decomposed_hangul_is_the_same_word() -> None:
    """Conjoining jamo, as macOS writes them, are composed before they are looked up."""
    tokenizer = vocabulary.finished(_build())
    assert tokenizer.encode("\u1104\u1169").tokens == tokenizer.encode("또").tokens
    assert "[UNK]" not in tokenizer.encode("또").tokens
