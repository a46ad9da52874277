"""Puts a picture into Slack, with what it says beside it and as its alternative text."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import Picture
from handlers.slack.errors import slack_trouble
from handlers.slack.text import escape


async def upload(client: AsyncWebClient, channel: str, picture: Picture, opening: str = "") -> str:
    """Post the picture into a channel the bot is in; the file's id. `opening` stands above its facts.

    SlackTrouble when Slack refuses.
    """
    with slack_trouble():
        uploaded = await client.files_upload_v2(
            channel=channel,
            filename=picture.filename,
            content=picture.png,
            title=picture.title,
            alt_txt=picture.alt_text,
            initial_comment=comment(picture, opening),
        )
    return str(uploaded["file"]["id"])


def comment(picture: Picture, opening: str = "") -> str:
    """The picture's title and facts in words. `opening` is mark-up of ours; the rest is escaped."""
    lines = [opening] if opening else []
    lines.append(f"*{escape(picture.title)}*")
    lines += [f"• {escape(fact)}" for fact in picture.facts]
    return "\n".join(lines)
