"""Between Slack's markup and plain text, both ways. Pure, and linear in the length of the text, whatever it is.

Every repetition in a pattern is bounded or cannot meet its own beginning: a message of 40,000 spaces or of nothing but
`<@U…|` is read through while its delivery waits to be acknowledged.
"""

import html
import re
import unicodedata
from typing import Final

_ZERO_WIDTH: Final = "\N{ZERO WIDTH SPACE}"
_NAMING: Final = re.compile(r"(?<![A-Za-z0-9._-])@|@(?=channel|here|everyone|group)", re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*(?=\S)([^\n]{1,300}?)(?<=\S)\*\*")
_HEADING: Final = re.compile(r"^#{1,6}[ \t]{1,9}(\S[^\n]*)$", re.MULTILINE)
_BULLET: Final = re.compile(r"^([ \t]{0,40})[*-][ \t]{1,9}", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\[\]\n]{1,300})\]\(((?:https?://|mailto:)[^\s()]{1,2000})\)")
_LINKED: Final = re.compile(r"\]\(|://|[a-z0-9-]\.[a-z]{2}", re.IGNORECASE | re.ASCII)


def escape(text: str) -> str:
    """Text that a person or a model wrote, so that Slack shows it and acts on none of it.

    `<!channel>` and `<@U…>` are shown as they stand, and `@channel` pings nobody even where Slack links names; an
    address such as `minji@example.com` can still be copied. Safe wherever a text is cut and escaped in parts.
    """
    shown = encodable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NAMING.sub("@" + _ZERO_WIDTH, shown)


def encodable(text: str) -> str:
    """The text without what no wire carries: NUL goes, a lone surrogate becomes a question mark."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def mrkdwn(markdown: str) -> str:
    """A reply in Markdown as Slack's own mark-up, escaped. What it does not know is shown as it stands."""
    shown = escape(markdown)
    shown = _LINK.sub(r"\1 (\2)", shown)
    shown = _BULLET.sub(r"\1• ", shown)
    shown = _HEADING.sub(_headline, shown)
    return _BOLD.sub(r"*\1*", shown)


def links(text: str) -> bool:
    """Whether Slack may find a link in it and unfold the page behind it; rather too often than not often enough.

    A link of Markdown's is one whatever it leads to: a stream would hide its address behind its words.
    """
    return _LINKED.search(text) is not None


def mentions(text: str, user: str) -> bool:
    """Whether the text, in Slack's markup, names this user."""
    return re.search(_named(user), text) is not None


def spoken(text: str, bot: str) -> str:
    """What a person said, for a reader that knows no Slack: the bot's name gone, entities decoded."""
    without = re.sub(rf" ?{_named(bot)}[,:]? ?", " ", text)
    return encodable(html.unescape(without)).strip()


def typed(text: str) -> str:
    """What follows a command in its one form (NFKC): Hangul composed, letters and digits of full width narrow."""
    return unicodedata.normalize("NFKC", text).strip()


def words(text: str) -> list[str]:
    """The words after a command, in one form and in small letters."""
    return typed(text).casefold().split()


def _named(user: str) -> str:
    return rf"<@{re.escape(user)}(?:\|[^<>\n]{{0,80}})?>"


def _headline(heading: re.Match[str]) -> str:
    title = heading[1].rstrip("# \t\r")
    return f"*{title}*" if title else heading[0]
