"""Cuts a stream of fragments into whole sentences, so that nobody is shown half of one."""

import re
from collections.abc import Iterator
from typing import Final

from bot.errors import WriterGarbled
from bot.llm.text import legible

LONGEST: Final = 3_000
"""Characters that may pass without the end of a sentence before the text counts as garbage."""

_END: Final = re.compile(
    r"""
    [.!?…]+ [*_~`"'”’»)\]」』]* (?=\s)   # Korean and English sentences, with what closes around them
    | [。！？]+ [”’」』）】]*              # full-width marks need no space after them
    | (?<=\S) (?=\n)                     # a line of its own
    """,
    re.VERBOSE,
)
_LIST_NUMBER: Final = re.compile(r"(?:\A|\n)\s*\d{1,2}\.\Z")


class Sentences:
    """Takes fragments, gives whole sentences; each carries the space before it, and the first has none."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held = ""
        self._begun = False

    def feed(self, fragment: str) -> Iterator[str]:
        """The sentences that this fragment completes. A sentence is complete once something follows its end.

        Raises:
            WriterGarbled: far too much text without the end of a sentence.
        """
        self._held += fragment
        taken = 0
        for end in _END.finditer(self._held):
            piece = self._held[taken : end.end()]
            if not _LIST_NUMBER.search(piece):
                yield from self._given(piece)
                taken = end.end()
        self._held = self._held[taken:]
        if len(self._held) > LONGEST:
            message = f"no sentence ended within {LONGEST} characters"
            raise WriterGarbled(message)

    def rest(self) -> Iterator[str]:
        """What is left when the writer has ended on purpose."""
        rest, self._held = self._held.rstrip(), ""
        yield from self._given(rest)

    def _given(self, piece: str) -> Iterator[str]:
        piece = legible(piece)
        if not self._begun:
            piece = piece.lstrip()
        if piece.strip():
            self._begun = True
            yield piece
