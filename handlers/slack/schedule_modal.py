"""The dialog in which a schedule is set. What comes back is checked here: Slack's own checks are no promise."""

import json
from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from babel.dates import get_day_names

from bot.calendar_rules import KINDS, MONTH_DAYS, PERIODS, PICTURES
from bot.messages import Locale
from bot.schedule_words import Draft, known_zone
from handlers.slack.blocks import Block, field, menu, modal, section
from handlers.slack.dialogs import carried, filled
from handlers.slack.words import say

SET: Final = "maeum_schedule_set"
_KIND: Final = "kind"
_WEEKDAY: Final = "weekday"
_MONTH_DAY: Final = "month_day"
_TIME: Final = "time"
_ZONE: Final = "zone"
_DAYS: Final = "days"
_PICTURE: Final = "picture"
_MORNING: Final = "09:00"
_LONGEST_ZONE: Final = 64


def dialog(channel: str, response_url: str | None, zone: str, locale: Locale) -> Block:
    """Weekly, Mondays at nine in that zone, the last seven days, until something else is chosen."""
    kinds: dict[str, str] = {kind: say(f"schedule_kind_{kind}", locale) for kind in KINDS}
    weekdays = {str(number): name for number, name in sorted(get_day_names("wide", locale=locale).items())}
    month_days = {str(day): say("schedule_month_day", locale, day=day) for day in MONTH_DAYS}
    pictures: dict[str, str] = {picture: say(f"schedule_picture_{picture}", locale) for picture in PICTURES}
    periods = {str(days): say("schedule_days", locale, days=days) for days in PERIODS}
    return modal(
        SET,
        title=say("schedule_title", locale),
        submit=say("schedule_save", locale),
        close=say("button_cancel", locale),
        private=json.dumps({"channel": channel, "answer": response_url, "locale": locale}),
        blocks=[
            section(say("schedule_intro", locale)),
            field(_KIND, say("schedule_ask_kind", locale), menu(kinds, "weekly")),
            field(
                _WEEKDAY,
                say("schedule_ask_weekday", locale),
                menu(weekdays, "0"),
                hint=say("schedule_hint_weekday", locale),
            ),
            field(
                _MONTH_DAY,
                say("schedule_ask_month_day", locale),
                menu(month_days, "1"),
                hint=say("schedule_hint_month_day", locale),
            ),
            field(_TIME, say("schedule_ask_time", locale), {"type": "timepicker", "initial_time": _MORNING}),
            field(
                _ZONE,
                say("schedule_ask_zone", locale),
                {"type": "plain_text_input", "initial_value": zone, "max_length": _LONGEST_ZONE},
                hint=say("schedule_hint_zone", locale),
            ),
            field(_PICTURE, say("schedule_ask_picture", locale), menu(pictures, PICTURES[0])),
            field(
                _DAYS,
                say("schedule_ask_days", locale),
                menu(periods, str(PERIODS[0])),
                hint=say("schedule_hint_days", locale),
            ),
        ],
    )


def channel_of(view: Mapping[str, Any]) -> str | None:
    """The channel for which the dialog was opened; None where it does not say."""
    channel = carried(view).get("channel")
    return channel if isinstance(channel, str) and channel else None


def submitted(view: Mapping[str, Any]) -> Draft | dict[str, str]:
    """The schedule that was chosen, or what is wrong, by block, in the asker's language."""
    said = {block: _value(filled(view, block)) for block in _WRONG}
    kind = next((kind for kind in KINDS if kind == said.get(_KIND)), None)
    weekday = _whole(said.get(_WEEKDAY), range(7)) if kind == "weekly" else None
    month_day = _whole(said.get(_MONTH_DAY), MONTH_DAYS) if kind == "monthly" else None
    at, zone, days = _clock(said.get(_TIME)), known_zone(said.get(_ZONE) or ""), _whole(said.get(_DAYS), PERIODS)
    chosen = said.get(_PICTURE) or PICTURES[0]
    picture = next((picture for picture in PICTURES if picture == chosen), None)
    wrong = {
        _KIND: kind is None,
        _WEEKDAY: kind == "weekly" and weekday is None,
        _MONTH_DAY: kind == "monthly" and month_day is None,
        _TIME: at is None,
        _ZONE: zone is None,
        _DAYS: days is None,
        _PICTURE: picture is None,
    }
    if kind is None or at is None or days is None or picture is None or any(wrong.values()):
        locale: Locale = "ko" if carried(view).get("locale") == "ko" else "en"
        return {block: say(_WRONG[block], locale) for block, is_wrong in wrong.items() if is_wrong}
    return Draft(kind, at, weekday, month_day, days, zone, picture)


_WRONG: Final[Mapping[str, str]] = {
    _KIND: "schedule_wrong_kind",
    _WEEKDAY: "schedule_wrong_weekday",
    _MONTH_DAY: "schedule_wrong_month_day",
    _TIME: "schedule_wrong_time",
    _ZONE: "schedule_wrong_zone",
    _DAYS: "schedule_wrong_kind",
    _PICTURE: "schedule_wrong_kind",
}


def _value(field: Mapping[str, Any]) -> str | None:
    """What a field of the dialog holds, whatever kind of field it is."""
    chosen = field.get("selected_option")
    said = (chosen or {}).get("value") or field.get("selected_time") or field.get("value")
    return said if isinstance(said, str) else None


def _whole(said: str | None, allowed: range | tuple[int, ...]) -> int | None:
    return next((number for number in allowed if str(number) == said), None)


def _clock(said: str | None) -> time | None:
    try:
        return time.fromisoformat(said or "").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
