"""Between Slack's markup and plain text, both ways. Pure."""

import html
import re
from typing import Final

_ZERO_WIDTH: Final = "\N{ZERO WIDTH SPACE}"
_NAMING: Final = re.compile(r"(?<![A-Za-z0-9._-])@|@(?=channel|here|everyone|group)", re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_HEADING: Final = re.compile(r"^#{1,6} +(.+?)\s*#*$", re.MULTILINE)
_BULLET: Final = re.compile(r"^(\s*)[*-] +", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\]\n]+)\]\(((?:https?://|mailto:)[^\s)]+)\)")


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
    shown = _HEADING.sub(r"*\1*", shown)
    return _BOLD.sub(r"*\1*", shown)


def mentions(text: str, user: str) -> bool:
    """Whether the text, in Slack's markup, names this user."""
    return re.search(_named(user), text) is not None


def spoken(text: str, bot: str) -> str:
    """What a person said, for a reader that knows no Slack: the bot's name gone, entities decoded."""
    without = re.sub(r"\s*" + _named(bot) + r"[,:]?\s*", " ", text)
    return encodable(html.unescape(without)).strip()


def _named(user: str) -> str:
    return rf"<@{re.escape(user)}(?:\|[^>]*)?>"
