"""Text in: what somebody wrote in Slack, as the model sees it. The same function serves training and inference."""

import re
import unicodedata
from typing import Final

from emotion.shortcodes import EMOJI

CAP: Final = 40_000
"""Characters of a text that are looked at; of a longer one, its beginning and its end in equal parts."""

KEPT: Final = 2_000
"""Characters that are handed on, again beginning and end: far more than the model's tokens can hold."""

_CODE_BLOCK: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE_CODE: Final = re.compile(r"`([^`\n]*)`")
_SHORT_CODE: Final = 24
_QUOTED_LINE: Final = re.compile(r"^[ \t]{0,20}(?:&gt;|>).*$", re.MULTILINE)
_MENTION: Final = re.compile(r"<@[^<>\n]{1,200}>|<!subteam[^<>\n]{1,200}>|\[(?:NAME|RELIGION)\]")
_BROADCAST: Final = re.compile(r"<!([a-z]{1,20})(?:\|[^>\n]{0,100})?>")
_CHANNEL: Final = re.compile(r"<#[A-Z0-9]{1,30}(?:\|([^>\n]{0,100}))?>")
_LABELLED_LINK: Final = re.compile(r"<(?:https?|mailto|tel):[^<>|\s]{0,2000}\|([^<>\n]{0,500})>")
_LINK: Final = re.compile(r"<?(?:https?://|mailto:|tel:)[^\s<>]+>?|\bwww\.[^\s<>]+")
_SHORTCODE: Final = re.compile(r":([a-z0-9_+'-]{2,60}):(?::skin-tone-[2-6]:)?")
_SKIN_TONE: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_JAMO_RUN: Final = re.compile(r"([ㄱ-ㅎㅏ-ㅣ])\1+")
_TEARS_RUN: Final = re.compile(r"[ㅠㅜ]{2,}")
_LETTER_RUN: Final = re.compile(r"([^\W\d_])\1{2,}")
_MARK_RUN: Final = re.compile(r"([^\w\s])\1{3,}")
_SPACE: Final = re.compile(r"\s+")
_ORDINARY: Final = re.compile("[ -~가-힣ㄱ-ㅣ]*")
"""Characters that composing and filtering hand on as they are."""
_HAS_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Reduce a message to the words, marks and emoji that carry feeling.

    Canonically composed (NFC), without control, format and stacked combining characters; Slack's mentions, links and
    shortcodes turned into words and emoji; code reduced to the word `code`; quoted lines left out where other text
    stands beside them; runs shortened (ㅋㅋㅋㅋ to ㅋㅋ, soooo to soo, !!!!!! to !!!). Digits are never shortened.
    Any string is accepted, lone surrogates and NUL included. The result holds at most `KEPT` characters and is empty
    where nothing readable is left. A pattern is tried only where a character that it needs is there.
    """
    text = _ends(text, CAP)
    if _HAS_SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    if "`" in text:
        text = _INLINE_CODE.sub(_short_or_code, _CODE_BLOCK.sub(" code ", text))
    if ">" in text or "&gt;" in text:
        unquoted = _QUOTED_LINE.sub("", text)
        text = unquoted if unquoted.strip() else text
    if "<" in text or "[" in text:
        text = _MENTION.sub(" @someone ", text)
        text = _BROADCAST.sub(r" @\1 ", text)
        text = _CHANNEL.sub(r" #\1 ", text)
        text = _LABELLED_LINK.sub(r" \1 ", text)
    if ":" in text or "www." in text:
        text = _LINK.sub(" link ", text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if ":" in text:
        text = _SHORTCODE.sub(_emoji_or_words, text)
    if not _ORDINARY.fullmatch(text):
        text = _characters(_SKIN_TONE.sub("", text))
    if not text.isascii():
        text = _TEARS_RUN.sub("ㅠㅠ", text)
        text = _JAMO_RUN.sub(r"\1\1", text)
    text = _LETTER_RUN.sub(r"\1\1", text)
    text = _MARK_RUN.sub(r"\1\1\1", text)
    return _ends(_SPACE.sub(" ", text).strip(), KEPT)


def _ends(text: str, size: int) -> str:
    """The text, or its beginning and end with a space between, `size` characters in all."""
    if len(text) <= size:
        return text
    head = size // 2
    return text[:head] + " " + text[len(text) - (size - head - 1) :]


def _short_or_code(match: re.Match[str]) -> str:
    inner = match.group(1)
    return inner if len(inner) <= _SHORT_CODE else " code "


def _emoji_or_words(match: re.Match[str]) -> str:
    name = match.group(1)
    if name in EMOJI:
        return f" {EMOJI[name]} "
    if not re.search("[a-z]", name):  # 12:30:45 is a time, not a shortcode
        return match.group(0)
    return " " + re.sub("[_+'-]+", " ", name) + " "


def _characters(text: str) -> str:
    """Composed, without what cannot be seen; marks are dropped so that stacked ones (Zalgo) leave their letters."""
    if text.isascii():
        return "".join(c if c.isprintable() else " " for c in text)
    kept = []
    for character in unicodedata.normalize("NFD", text):
        category = unicodedata.category(character)
        if category in {"Mn", "Me", "Cf", "Co", "Cn", "Cs"}:
            continue
        kept.append(" " if category in {"Cc", "Zs", "Zl", "Zp"} else character)
    return unicodedata.normalize("NFC", "".join(kept))
