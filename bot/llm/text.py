"""Text that can travel: what JSON, HTTP and Slack all accept."""

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_OMISSION: Final = " […] "


def legible(text: str) -> str:
    """The text without control characters and lone surrogates; surrogate pairs become their character.

    Tabs and newlines stay, the line ends of other systems become newlines. The result always encodes as UTF-8.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        text = _SURROGATE.sub("", text)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shortened(text: str, size: int) -> str:
    """The text, or its beginning and end with a mark between, `size` characters in all at most."""
    if len(text) <= size:
        return text
    room = size - len(_OMISSION)
    head = room - room // 3
    return text[:head] + _OMISSION + text[len(text) - room // 3 :]
