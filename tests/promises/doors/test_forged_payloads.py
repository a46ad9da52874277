"""Commands, buttons and dialogs whose fields were tampered with: acknowledged or answered, and nothing else happens.

A walk over whatever the Slack door listens to, over signed HTTP: each field in turn is taken away, or replaced by what
does not belong there. The one who acts is Alice, a member; nothing that belongs to anybody else may change.
"""

import copy
import json
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.schedule_words import FRIDAYS
from bot.store.base import Base
from bot.store.tables import AuditActorRow, AuditRow, DeliveryRow
from bot.wiring import Services
from handlers.slack import actions, commands, views
from handlers.slack.paused import as_shown
from tests.factories import consenting, ts_of, wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, Driver
from tests.handlers.http.web import FORM, Web, interaction
from tests.slack_api import TEAM, SlackApi

Payload = dict[str, Any]
Path = tuple[str | int, ...]
Rows = dict[str, list[tuple[Any, ...]]]

TRIES: Final = 2
"""How many of the values below each field is given; which, is drawn anew for each listener, always alike."""
ABSENT: Final = object()
MINJIS_DIRECT: Final = f"D{MINJI}"
PAUSED: Final = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
"""When Minji's diary and her schedule of #general were both due and refused."""
DIARY_ID: Final = "1be16560-d519-5a27-aa3f-5de6654c8c54"
SCHEDULE_ID: Final = "ae2c499e-4b33-5761-a8b4-8f556f94793e"
THEIRS: Final = (MINJIS_DIRECT, DIARY_ID, SCHEDULE_ID, f"{DIARY_ID} {PAUSED}", f"{SCHEDULE_ID} {PAUSED}", "daily")
"""Minji's direct message, her diary and her schedule, and what the buttons in her Home tab and under a list say."""
VALUES: Final[tuple[Any, ...]] = (
    ABSENT,
    None,
    True,
    7,
    -1e308,
    "",
    " ",
    "x" * 100_000,
    "\x00\u202e",
    "\ud800",
    "<!channel> 🦄",
    "../../etc/passwd",
    "javascript:alert(1)",
    "{not json",
    "null",
    "7",
    "[]",
    '{"user": 7}',
    MINJI,
    f'{{"user": "{MINJI}", "days": "7"}}',
    "U0NOBODY",
    *THEIRS,
    [],
    ["x"],
    [None],
    {},
    {"id": MINJI},
    {"value": {}},
    {"x": {"y": []}},
    [[[[[[[[[[]]]]]]]]]],
)
ANSWERS: Final = {200, 400, 404}
"""Acknowledged or answered; no request of Slack's shape; nobody listens to that. Never an error of ours."""
WHO: Final = {("user", "id"), ("user_id",)}
"""Where Slack says who acts: another person there, under Slack's signature, is that person."""


@dataclass(slots=True)
class Registered:
    """Stands where Bolt's app does, and notes what is listened to."""

    actions: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def action(self, name: str) -> Callable[[object], object]:
        """Listens to a button."""
        return self._noting(self.actions, name)

    def view(self, name: str) -> Callable[[object], object]:
        """Listens to a dialog."""
        return self._noting(self.views, name)

    def command(self, name: str) -> Callable[[object], object]:
        """Listens to a command."""
        return self._noting(self.commands, name)

    @staticmethod
    def _noting(names: list[str], name: str) -> Callable[[object], object]:
        names.append(name)
        return lambda listener: listener


def registered() -> Registered:
    """Everything that is registered, by whatever module."""
    found = Registered()
    app: Any = found
    kit: Any = object()  # nothing is listened to, so nothing is asked of it
    for module in (actions, commands, views):
        module.register(app, kit)
    return found


EVERYTHING: Final = registered()


def button(name: str, slack: SlackApi, message_ts: str) -> Payload:
    """A button or a menu in a message in #general, that was about something of Minji's."""
    return {
        "type": "block_actions",
        "user": {"id": ALICE, "team_id": TEAM, "name": "alice"},
        "team": {"id": TEAM},
        "channel": {"id": GENERAL, "name": "general"},
        "container": {"type": "message", "message_ts": message_ts, "channel_id": GENERAL},
        "message": {"ts": message_ts, "text": "words", "user": "U0BOT"},
        "trigger_id": "1.2.abc",
        "response_url": slack.response_url,
        "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": "x"}}}},
        "actions": [
            {
                "type": "static_select",
                "action_id": name,
                "block_id": "b",
                "value": json.dumps({"user": MINJI, "channel": GENERAL, "ts": message_ts, "days": 7}),
                "selected_option": {"value": f"{message_ts} joy"},
                "selected_user": MINJI,
            }
        ],
    }


def at_home(name: str, slack: SlackApi, message_ts: str) -> Payload:
    """The same in the Home tab or a dialog."""
    payload = button(name, slack, message_ts)
    for left_out in ("channel", "message", "response_url"):
        del payload[left_out]
    return {**payload, "container": {"type": "view", "view_id": "V1"}, "view": dialog("home", slack)["view"]}


def dialog(name: str, slack: SlackApi, _: str = "") -> Payload:
    """A submitted dialog that names Minji wherever a person can be named."""
    return {
        "type": "view_submission",
        "user": {"id": ALICE, "team_id": TEAM, "name": "alice"},
        "team": {"id": TEAM},
        "trigger_id": "1.2.abc",
        "response_urls": [],
        "view": {
            "type": "modal",
            "id": "V1",
            "hash": "1.abc",
            "callback_id": name,
            "private_metadata": json.dumps({"user": MINJI, "answer": slack.response_url, "channel": GENERAL}),
            "state": {"values": {"b": {"a": {"type": "users_select", "selected_user": MINJI, "value": "0"}}}},
        },
    }


def typed(name: str, slack: SlackApi, _: str = "") -> Payload:
    """A command, about Minji."""
    return {
        "command": name,
        "text": f"delete <@{MINJI}>",
        "user_id": ALICE,
        "channel_id": GENERAL,
        "team_id": TEAM,
        "trigger_id": "1.2.abc",
        "response_url": slack.response_url,
    }


Make = Callable[[str, SlackApi, str], Payload]
LISTENERS: Final[list[tuple[str, Make]]] = [
    *((name, make) for name in EVERYTHING.actions for make in (button, at_home)),
    *((name, dialog) for name in EVERYTHING.views),
    *((name, typed) for name in EVERYTHING.commands),
]
IDS: Final = [f"{make.__name__}-{name}" for name, make in LISTENERS]


def paths(value: object, here: Path = ()) -> Iterator[Path]:
    """Where there is something in a payload, containers and what is in them."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*here, key)
        yield from paths(part, (*here, key))


def tampered(payload: Payload, path: Path, value: object) -> Payload:
    """A copy with something else there, or nothing."""
    forged = copy.deepcopy(payload)
    place: Any = forged
    for key in path[:-1]:
        place = place[key]
    if value is ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return forged


def forgeries(name: str, payload: Payload) -> Iterator[Payload]:
    """Every field in turn, with a few values each, and what a button says with all that Minji's would say."""
    chance = random.Random(name)  # noqa: S311 - which of the values, not a secret
    for path in paths(payload):
        theirs = THEIRS if path[-1] == "value" else ()
        for value in (*chance.sample(VALUES, TRIES), *theirs):
            if not (path in WHO and value == MINJI) and not (path == ("user",) and value == {"id": MINJI}):
                yield tampered(payload, path, value)


def on_the_wire(payload: Payload) -> bytes:
    """As Slack sends it: a command as fields of a form, everything else as JSON in one field of it."""
    if "command" not in payload:
        return interaction(payload)
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
    return urlencode(words, errors="surrogatepass").encode()


@dataclass(slots=True)
class Scene:
    """The door, what lies behind it, and its log."""

    web: Web
    driver: Driver
    services: Services
    log: pytest.LogCaptureFixture
    message_ts: str
    """Of what Minji wrote."""

    async def send(self, payload: Payload) -> int:
        """Send it signed; the status."""
        return await self.web.signed(on_the_wire(payload), kind=FORM)

    async def of_others(self) -> Rows:
        """Every row of every table but Alice's own, what is written down of refusals, and what is known of requests."""
        alice = self.services.pseudonyms.person(Person(TEAM, ALICE))
        apart = {DeliveryRow.__table__, AuditRow.__table__, AuditActorRow.__table__}
        rows: Rows = {}
        async with self.services.store.read() as session:
            for table in Base.metadata.sorted_tables:
                if table not in apart:
                    query = select(table)
                    if "user_id" in table.columns:
                        query = query.where(table.columns["user_id"].is_distinct_from(alice))
                    rows[table.name] = sorted(map(tuple, await session.execute(query)), key=repr)
        return rows

    async def troubles(self) -> list[str]:
        """What was logged, to the end, as a mistake of ours. An address that leads nowhere is none."""
        await self.driver.done()
        return [
            record.getMessage()
            for record in self.log.records
            if record.exc_info or (record.levelno >= logging.ERROR and "SlackTrouble" not in record.getMessage())
        ]


async def paused(services: Services, clock: Clock) -> None:
    """Slack has refused to post Minji's diary and the schedule that she set in #general."""
    schedules, minji, now = services.schedules, Person(TEAM, MINJI), clock()
    await schedules.set_diary(minji, MINJIS_DIRECT, FRIDAYS.spec("UTC", "ko"))
    await schedules.set(TEAM, GENERAL, minji, ScheduleSpec("daily", None, 17, 0))
    clock.now = PAUSED
    for slot in await schedules.claim_due(TEAM):
        await schedules.refused(slot, "channel_not_found")
    shown = {as_shown(schedule) for schedule in await schedules.troubled(minji)}
    assert shown == {f"{identity} {PAUSED}" for identity in (DIARY_ID, SCHEDULE_ID)}
    clock.now = now


@pytest.fixture
async def scene(web: Web, driver: Driver, services: Services, clock: Clock, caplog: pytest.LogCaptureFixture) -> Scene:
    """Alice and Minji consent and have written; Minji's diary and the schedule she set are paused."""
    people = [Person(TEAM, ALICE), Person(TEAM, MINJI)]
    now, store, pseudonyms = services.clock(), services.store, services.pseudonyms
    await consenting(store, pseudonyms, people, now - timedelta(days=1))
    for number, person in enumerate(people):
        await wrote(store, pseudonyms, person, now + timedelta(minutes=number))
    await paused(services, clock)
    return Scene(web, driver, services, caplog, ts_of(now + timedelta(minutes=1)))


@pytest.mark.parametrize(("name", "make"), LISTENERS, ids=IDS)
async def test_a_member_can_forge_nothing(scene: Scene, name: str, make: Make) -> None:
    """Every field of it, one at a time; nothing of anybody else changes, and nothing breaks."""
    before = await scene.of_others()
    assert before["people"]
    assert before["emotion_readings"]
    assert len(before["schedules"]) == 2
    for forged in forgeries(name, make(name, scene.driver.slack, scene.message_ts)):
        assert await scene.send(forged) in ANSWERS, forged
    assert await scene.troubles() == []
    assert await scene.of_others() == before


@pytest.mark.parametrize("name", EVERYTHING.views)
async def test_a_dialog_of_an_administrator_that_was_tampered_with_breaks_nothing(scene: Scene, name: str) -> None:
    """What is forged in the name of somebody who may do it is understood or refused, and never an error of ours."""
    payload = dialog(name, scene.driver.slack)
    payload["user"]["id"] = BOSS
    for forged in forgeries(name, payload):
        assert await scene.send(forged) in ANSWERS, forged
    assert await scene.troubles() == []


@pytest.mark.parametrize("make", [button, at_home, dialog, typed])
async def test_nobody_listens_to_what_has_no_name_of_ours(scene: Scene, make: Make) -> None:
    """An unknown button is acknowledged; an unknown dialog or command is refused, so that it does not seem done."""
    slack = scene.driver.slack
    before, calls = await scene.of_others(), len(slack.calls)
    for name in ("maeum_unknown", "", "x" * 2000, "maeum_on\n", "MAEUM_ON"):
        assert await scene.send(make(name, slack, scene.message_ts)) in {200, 404}
    assert await scene.troubles() == []
    assert await scene.of_others() == before
    assert [call for call in slack.calls[calls:] if call.method != "auth.test"] == []
    assert slack.responses == []


BODIES: Final = {
    "nothing": b"",
    "no form": b"%%%",
    "a word": b"payload",
    "an empty payload": b"payload=",
    "null": b"payload=null",
    "a number": b"payload=7",
    "a list": b"payload=%5B%5D",
    "half of an object": b"payload=%7B%22type%22%3A",
    "a list as the whole": b"[]",
    "an object without anything": b"{}",
    "an event without an event": b'{"type": "event_callback"}',
    "an event that is a word": b'{"type": "event_callback", "event": "message"}',
    "an event of no type": b'{"type": "event_callback", "event": {"type": 7}}',
    "a type that is a list": b'{"type": ["event_callback"]}',
    "authorizations that are a number": b'{"type": "event_callback", "authorizations": 7, "event": {"type": "x"}}',
    "deeper than anybody looks": b"[" * 200_000,
    "a deep payload": b"payload=" + b"%5B" * 100_000,
    "a number of ten thousand digits": b'{"type": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_of_no_shape_is_refused_or_let_pass(scene: Scene, body: bytes) -> None:
    """Signed as it may be, and whatever it calls itself: an answer, and no error of ours."""
    for kind in (FORM, "application/json", "text/plain", "application/json; charset=utf-7"):
        assert await scene.web.signed(body, kind=kind) in ANSWERS
    assert await scene.troubles() == []


def test_the_walk_goes_everywhere() -> None:
    """Everything that the door registers is in it."""
    assert {"maeum_on", "maeum_off", "maeum_forget", "maeum_share"} <= set(EVERYTHING.actions)
    assert set(EVERYTHING.actions) >= set(actions.ACTIONS)
    assert set(EVERYTHING.commands) == set(commands.COMMANDS)
    assert "maeum_erase" in EVERYTHING.views
