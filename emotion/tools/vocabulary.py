"""The bilingual vocabulary: the base's English pieces that occur, and Korean pieces learned from Korean text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from emotion.shortcodes import EMOJI

SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""In the order of their ids, as in BERT: padding is 0."""

_EMOJI_RANGES: Final = "\u2600-\u27bf\u2b00-\u2bff\u203c\u2049\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_EMOJI: Final = re.compile(f"[{_EMOJI_RANGES}]")
_KOREAN: Final = re.compile("[ㄱ-ㅎㅏ-ㅣ가-힣]")
_LEAST_COUNT: Final = 2


def pipeline(model: models.Model) -> Tokenizer:
    """A tokenizer without its post-processing: NFC, lower-cased, split by script, mark, jamo run and emoji.

    Splitting where the script changes keeps `PR이` and `deploy했어요` from becoming words of their own.
    """
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            pre_tokenizers.Split(Regex("[ㄱ-ㅎㅏ-ㅣ]+"), "isolated"),
            pre_tokenizers.Split(Regex("[가-힣]+"), "isolated"),
            pre_tokenizers.Split(Regex(f"[{_EMOJI_RANGES}]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def finished(vocabulary: Sequence[str]) -> Tokenizer:
    """The tokenizer over these pieces, [CLS] and [SEP] added, neither truncating nor padding."""
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    tokenizer = pipeline(models.WordPiece(vocab=ids, unk_token="[UNK]", max_input_chars_per_word=60))  # noqa: S106 - a piece
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer


def build(base: Sequence[str], english: Sequence[str], korean: Sequence[str], *, korean_pieces: int) -> list[str]:
    """The pieces in the order of their ids: special, the base's that occur in the English texts, Korean, emoji.

    `base` is the base encoder's vocabulary, `korean_pieces` the size that is asked of the Korean trainer; pieces of
    fewer than two occurrences are left out of the English part, except single characters.
    """
    whole = pipeline(models.WordPiece(vocab={p: i for i, p in enumerate(base)}, unk_token="[UNK]"))  # noqa: S106 - a piece
    counts: Counter[str] = Counter()
    for start in range(0, len(english), 10_000):
        for encoding in whole.encode_batch(list(english[start : start + 10_000])):
            counts.update(encoding.tokens)
    kept = [
        piece
        for piece in base
        if piece not in SPECIAL
        and not _KOREAN.search(piece)
        and (counts[piece] >= _LEAST_COUNT or (len(piece.removeprefix("##")) == 1 and piece.isascii()))
    ]
    learner = pipeline(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 - a piece
    trainer = trainers.WordPieceTrainer(
        vocab_size=korean_pieces, limit_alphabet=2_400, min_frequency=3, show_progress=False, special_tokens=["[UNK]"]
    )
    learner.train_from_iterator(_korean_words(korean), trainer)
    learned = [piece for piece, _ in sorted(learner.get_vocab().items(), key=lambda item: item[1])]
    seen_emoji = Counter(character for text in (*english, *korean) for character in _EMOJI.findall(text))
    emoji = sorted(
        set(EMOJI.values()) | {character for character, count in seen_emoji.items() if count >= _LEAST_COUNT}
    )
    pieces = [*SPECIAL, *kept, *(piece for piece in learned if _KOREAN.search(piece)), *emoji]
    return list(dict.fromkeys(pieces))


def _korean_words(texts: Iterable[str]) -> Iterator[str]:
    """Only the Korean of each text: its Latin words have pieces already."""
    for text in texts:
        yield " ".join(re.findall("[가-힣]+|[ㄱ-ㅎㅏ-ㅣ]+", text))
