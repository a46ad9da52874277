"""Cleaned text to token ids, the same way in training and serving."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer


class Tokens:
    """Token ids under a limit: of a longer text, its beginning and its end in equal parts."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        """`max_tokens` counts [CLS] and [SEP]."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.max_tokens = max_tokens

    @classmethod
    def from_file(cls, path: Path, max_tokens: int) -> "Tokens":
        """Read a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)), max_tokens)

    @property
    def size(self) -> int:
        """How many pieces the vocabulary has."""
        return int(self._tokenizer.get_vocab_size())

    def ids(self, cleaned: Sequence[str]) -> list[list[int]]:
        """The ids of each text, [CLS] and [SEP] included: two at least, `max_tokens` at most."""
        return [self._ends(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(list(cleaned))]

    def _ends(self, ids: list[int]) -> list[int]:
        if len(ids) <= self.max_tokens:
            return ids
        tail = self.max_tokens // 2
        return ids[: self.max_tokens - tail] + ids[-tail:]
