"""A person takes along what is stored about them: two files, in their direct message with the bot."""

from bot.export import export
from handlers.slack import words
from handlers.slack.asked import Asked, direct_channel
from handlers.slack.errors import slack_trouble
from handlers.slack.words import say


async def send(asked: Asked) -> None:
    """Send the asker what is stored of the asker, and of nobody else. Where nothing is, a sentence says so."""
    services, profile = asked.kit.services, asked.profile
    now = services.clock()
    files = await export(services.store, services.pseudonyms, asked.person, now, profile.locale)
    if not files:
        await asked.answer(say("stored_nothing", profile.locale))
        return
    channel = await direct_channel(asked.kit.client, asked.person.user)
    with slack_trouble():
        uploaded = await asked.kit.client.files_upload_v2(
            channel=channel,
            file_uploads=[{"filename": file.name, "title": file.name, "content": file.content} for file in files],
            initial_comment=say(
                "export_files", profile.locale, time=words.moment(now, profile.locale, profile.timezone)
            ),
        )
    await services.privacy.sent(asked.person, [str(file["id"]) for file in uploaded["files"]], begun=now)
    if asked.room is not None:  # in the direct message and at Home the files say it
        await asked.answer(say("export_sent", profile.locale))
