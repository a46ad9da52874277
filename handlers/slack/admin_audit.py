"""The audit log for administrators: the latest entries in words, and all of it as files."""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from bot.administration import Logged, as_csv, as_json
from bot.messages import Locale
from handlers.slack import words
from handlers.slack.admin_access import allowed
from handlers.slack.asked import Asked, direct_channel
from handlers.slack.blocks import Block, button, buttons, modal, section, sections, small
from handlers.slack.errors import slack_trouble
from handlers.slack.text import escape
from handlers.slack.words import knows, say

OPEN: Final = "maeum_admin_audit"
EXPORT: Final = "maeum_admin_export"
ACTION: Final = "audit"
_VIEW: Final = "maeum_admin_log"
_LOOKED: Final = f"looked:{ACTION}"
_EXPORTED: Final = f"exported:{ACTION}"
_SHOWN: Final = 15


async def show(asked: Asked) -> None:
    """Say the latest entries where it was asked, to the asker alone."""
    blocks = await _latest(asked)
    await asked.answer(say("audit_title", asked.profile.locale), blocks)


async def open_dialog(asked: Asked, _: str) -> None:
    """The button in the dialog: the latest entries, on top of it."""
    if not await allowed(asked, ACTION):
        return
    locale = asked.profile.locale
    view = modal(
        _VIEW,
        title=say("audit_title", locale),
        submit=None,
        close=say("button_back", locale),
        blocks=await _latest(asked),
        private=json.dumps({}),
    )
    with slack_trouble():
        await asked.kit.client.views_push(trigger_id=asked.trigger, view=view)


async def export(asked: Asked, _: str) -> None:
    """Send the whole log, oldest first, as CSV and as JSON to the administrator's direct message."""
    if not await allowed(asked, ACTION):
        return
    services, locale, client = asked.kit.services, asked.profile.locale, asked.kit.client
    await services.privacy.note(asked.person, _EXPORTED)
    entries = (await services.audit.latest())[::-1]
    name = f"maeum-audit-{services.clock().astimezone(UTC):%Y-%m-%d}"
    files = {f"{name}.csv": as_csv(entries), f"{name}.json": as_json(entries)}
    channel = await direct_channel(client, asked.person.user)
    with slack_trouble():
        await client.files_upload_v2(
            channel=channel,
            file_uploads=[{"filename": file, "title": file, "content": content} for file, content in files.items()],
            initial_comment=say("audit_files", locale, entries=len(entries)),
        )
    if asked.response_url is not None and not asked.is_direct:
        await asked.answer(say("audit_sent", locale))


async def _latest(asked: Asked) -> Sequence[Block]:
    services, locale = asked.kit.services, asked.profile.locale
    entries = await services.audit.latest(_SHOWN)
    await services.privacy.note(asked.person, _LOOKED)
    lines = [f"• {told(entry, locale, asked.profile.timezone)}" for entry in entries]
    return [
        *(section(text) for text in sections("\n".join(lines) or say("audit_empty", locale))),
        buttons(button(EXPORT, say("button_export", locale))),
        small(say("audit_note", locale)),
    ]


def told(entry: Logged, locale: Locale, timezone: str) -> str:
    """One entry in words, with its time in that zone. One of a later version's kinds goes by its name."""
    key = f"audit:{entry.action}"
    rows = sum(entry.counts.values())
    if entry.action == "set:reading_channels" and not entry.counts:
        key = f"{key}:all"
    what = say(key, locale, rows=rows, **entry.counts) if knows(key) else f"`{escape(entry.action)}`"
    who = f"audit_by:{entry.role}"
    by = say(who, locale) if knows(who) else escape(entry.role)
    return say("audit_line", locale, time=words.moment(entry.time, locale, timezone), who=by, what=what)
