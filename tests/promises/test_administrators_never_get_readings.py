"""Whoever administers a workspace or runs the bot gets nobody's readings, by no command, button, dialog or verb.

Two worlds are alike but for what was read in Alice's messages (another feeling, another probability, another
correction). Whatever an administrator does in both must come out the same, to the letter. The walk is over what is
registered, so that what is added later is walked too, or must be said here why not.
"""

import asyncio
import contextlib
import io
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy import select, update
from starlette.routing import Route
from typer.testing import CliRunner

from bot.__main__ import app as command_line
from bot.messages import MessageId, Person
from bot.settings import SQLITE, Settings, load
from bot.store.tables import ReadingRow
from bot.wiring import Services, build
from emotion.labels import EMOTIONS, NAMES, Emotion
from handlers.http.app import asgi
from handlers.slack import SlackDoor, events, messages, views
from handlers.slack.actions import ACTIONS
from handlers.slack.commands import COMMANDS
from tests.factories import consenting, reading, ts_of, wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, SECRET, Driver
from tests.handlers.http.web import serving
from tests.slack_api import BOT, BOT_TOKEN, TEAM, SlackApi

KEY: Final = "k" * 40
JUNHO: Final = "U04JUNHO"
FIFTH: Final = "U05FIFTH"
SECRET_TEXT: Final = "what Alice wrote to nobody else"

WORDS: Final[Mapping[str, Sequence[str]]] = {
    "/emotion": (
        *("on", "status", "pause day", "on", "export", "delete", "help", "why", ALICE, "off", "on"),
        f"status <@{ALICE}>",
        f"export <@{ALICE}>",
    ),
    "/emotion-graph": (
        "",
        "me 90d",
        "here",
        "here 30d",
        "here 90d",
        "valence dark",
        "mix",
        "week",
        "year",
        "diary",
        "here valence 30d",
        "here mix",
        "here week",
        "here diary",
        f"<@{ALICE}> 7d",
        f"{ALICE}",
        "@alice",
        "alice 7d",
    ),
    "/emotion-schedule": (
        *("", "list", "daily 18:00", "weekly mon 09:00", "list", "off"),
        *("me", "me on", "me weekly fri 17:00", "me", "me off", f"me <@{ALICE}>", f"<@{ALICE}>"),
    ),
    "/emotion-admin": (
        *("", "help", "audit", "감사", "show @alice", "readings @alice", f"status <@{ALICE}>", f"export <@{ALICE}>"),
        *(f"delete <@{ALICE}>", "delete @alice", f"delete {ALICE}", "delete U0NOBODY1"),
    ),
}
"""What an administrator types after each command."""

EVENTS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "app_home_opened": ({"tab": "home", "channel": f"D{BOSS}"}, {"tab": "messages", "channel": f"D{BOSS}"}),
    "member_joined_channel": ({"user": BOT, "channel": GENERAL}, {"user": BOSS, "channel": GENERAL}),
    "user_change": ({"user": {"id": BOSS}}, {"user": {"id": ALICE}}),
    "app_mention": ({"channel": GENERAL, "text": f"<@{BOT}> what does <@{ALICE}> feel?", "channel_type": "channel"},),
    "message": (
        {"channel": f"D{BOSS}", "text": f"How is <@{ALICE}>, and how sure are you?", "channel_type": "im"},
        {"channel": GENERAL, "text": f"<@{BOT}> show me the feelings of alice", "channel_type": "channel"},
    ),
    "app_uninstalled": ({},),
    "tokens_revoked": ({"tokens": {"oauth": [BOSS]}},),
}
"""What happens to, or is done by, an administrator, by the event's type."""

VERBS: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "doctor": ((),),
    "db upgrade": ((),),
    "db current": ((),),
    "db rebuild": ((),),
    "admin show": ((), ("--team", TEAM)),
    "admin retention": (("3650",), ("0",)),
    "admin minimum-people": (("5",), ("1",)),
    "admin channels": (("all",), (GENERAL,), ("all",)),
    "admin scheduling": (("creators",), ("nobody",)),
    "admin audit": ((), ("--last", "500"), ("--export", "log.csv"), ("--export", "log.json")),
    "admin audit verify": ((), ("--accept",)),
    "model evaluate": (("--feedback",),),
    "model list": ((),),
    "admin delete": ((ALICE,), (ALICE, "--yes"), (ALICE, "--yes"), ("U0NOBODY1", "--yes")),
}
"""What an operator types. The deletion comes last."""
_SERVES: Final = "serves Slack, whose every way in is walked here"
_NO_DATABASE: Final = "is of emotion.tools, which knows no database (import contracts)"
NOT_RUN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("run", "web", "clock"), _SERVES),
    "chat": "knows one person: whoever sits at the terminal, under a name that no Slack user has",
    **dict.fromkeys(
        (
            *("model pull", "model add", "model use", "model rollback", "model shadow", "model remove"),
            *("model compare", "model prepare", "model train", "model teach", "model blend", "model export"),
            *("model quantize", "model calibrate"),
        ),
        _NO_DATABASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Felt:
    """What makes one world differ from the other."""

    label: Emotion
    probability: float
    said: Emotion


ONE: Final = Felt(Emotion.DISGUST, 0.8731, Emotion.FEAR)
OTHER: Final = Felt(Emotion.ANGER, 0.6157, Emotion.DISGUST)


@dataclass(slots=True)
class World:
    """A workspace in which people have lived, and what an administrator got out of it so far."""

    felt: Felt
    folder: Path
    services: Services
    settings: Settings
    driver: Driver
    slack: SlackApi
    thread: str
    outputs: list[tuple[str, str]] = field(default_factory=list)
    """What was done, and what came of it."""

    def got(self, what: str, *outputs: object) -> None:
        """Write down what came of something."""
        self.outputs += [(_plain(what), _plain(output)) for output in outputs]

    @contextlib.asynccontextmanager
    async def watched(self, what: str) -> AsyncIterator[None]:
        """Whatever Slack is told meanwhile comes of this."""
        calls, responses, uploads = len(self.slack.calls), len(self.slack.responses), len(self.slack.uploads)
        yield
        await self.driver.done()
        # What goes on at the same time (files that are deleted one by one) has no order of its own.
        self.got(what, *sorted(((call.method, call.args) for call in self.slack.calls[calls:]), key=_plain))
        self.got(what, *self.slack.responses[responses:])
        self.got(what, *list(self.slack.uploads.values())[uploads:])


@contextlib.asynccontextmanager
async def world(
    folder: Path, template: Path, felt: Felt, others: Sequence[str] = (MINJI, JUNHO)
) -> AsyncIterator[World]:
    """Alice, the administrator and others write; what was read of Alice is as it is felt in this world."""
    await asyncio.to_thread(_move_in, folder, template)
    clock = Clock()
    async with SlackApi() as slack:
        for user in (ALICE, MINJI, JUNHO, FIFTH):
            slack.user(user, name=user[3:].lower(), locale="en-US", tz="UTC")
        slack.user(BOSS, name="boss", locale="en-US", tz="UTC", is_admin=True, is_owner=True)
        slack.user(BOT, name="maeum", is_bot=True)
        slack.channel(GENERAL, creator=BOSS)
        settings = load(
            _env_file=None,
            slack_bot_token=SecretStr(BOT_TOKEN),
            slack_signing_secret=SecretStr(SECRET),
            slack_api_url=slack.url,
            database_url=f"{SQLITE}:///{folder}/maeum.db",
            data_dir=folder,
            text_hash_key=SecretStr(KEY),
        )
        services = await build(settings, clock)
        door = SlackDoor(settings, services)
        try:
            driver = Driver(door, slack, clock)
            thread = await _live(services, driver, felt, (ALICE, BOSS, *others))
            yield World(felt, folder, services, settings, driver, slack, thread)
        finally:
            await door.stop()
            await services.close()


def _move_in(folder: Path, template: Path) -> None:
    folder.mkdir()
    shutil.copy(template, folder / "maeum.db")


async def _live(services: Services, driver: Driver, felt: Felt, people: Sequence[str]) -> str:
    """Everybody opts in and writes; Alice is answered, asks why, corrects, and asks for all that is hers."""
    store, names, clock = services.store, services.pseudonyms, driver.clock
    await consenting(store, names, [Person(TEAM, user) for user in people], clock())
    for _ in range(3):
        for user in people:
            clock.advance(minutes=1)
            await wrote(store, names, Person(TEAM, user), clock(), label=Emotion.JOY, channel=GENERAL)
        clock.advance(hours=6)
    thread = ts_of(clock())
    await driver.event(driver.message(f"<@{BOT}> {SECRET_TEXT}", type="app_mention"))
    await driver.event(driver.message(f"{SECRET_TEXT}, again", channel=f"D{ALICE}", channel_type="im"))
    alice = Person(TEAM, ALICE)
    as_felt = reading(felt.label, felt.probability)
    values = {
        "top_label": as_felt.label.value,
        "top_p": as_felt.top_p,
        "probs": {str(label): p for label, p in as_felt.probs.items()},
        "logits": {str(label): value for label, value in as_felt.logits.items()},
        "entropy": as_felt.entropy,
    }
    async with store.begin() as session:
        await session.execute(update(ReadingRow).where(ReadingRow.user_id == names.person(alice)).values(**values))
    await services.feedback.correct(alice, MessageId(TEAM, GENERAL, thread), felt.said.value)
    for words in ("status", "export"):
        await driver.command("/emotion", words, user=ALICE)
    await driver.command("/emotion-graph", "me", user=ALICE)
    await driver.command("/emotion-schedule", "me on", user=ALICE)
    await driver.press("maeum_why", user=ALICE, value=thread)
    await driver.event({"type": "app_home_opened", "user": ALICE, "tab": "home", "channel": f"D{ALICE}"})
    return thread


# ---- What an administrator does


async def _commands(town: World) -> None:
    """Every command with every word, in the channel, in Alice's direct message and in one's own."""
    for name, words in WORDS.items():
        for text in words:
            for channel in (GENERAL, f"D{ALICE}", f"D{BOSS}"):
                async with town.watched(f"{name} {text} in {channel[0]}"):
                    answer = await town.driver.command(name, text, user=BOSS, channel=channel)
                town.got(name, answer.body)


async def _buttons(town: World, seen: Sequence[tuple[str, str]]) -> None:
    """Every button and menu there is, with every value it was ever shown with, Alice's own included, and others."""
    made = (
        "",
        ALICE,
        town.thread,
        "7",
        json.dumps({"days": 90}),
        json.dumps({"user": ALICE, "message": town.thread}),
        *(json.dumps({"of": of, "kind": kind, "days": 7}) for of, kind in (("me", "diary"), ("here", "mix"))),
    )
    pairs = [*seen, *((action, value) for action in ACTIONS for value in made)]
    for action, value in dict.fromkeys(pairs):
        for channel in (GENERAL, f"D{ALICE}", None):
            async with town.watched(f"{action} {value}"):
                answer = await town.driver.press(action, user=BOSS, channel=channel, value=value)
            town.got(action, answer.body)


async def _dialogs(town: World, shown: Sequence[Mapping[str, Any]], callbacks: Sequence[str]) -> None:
    """Every dialog, with what it carried when it was shown to anybody, and with what somebody could make up."""
    made = ("{}", json.dumps({"user": ALICE, "channel": GENERAL, "answer": town.slack.response_url}))
    values = {
        "person": {"type": "users_select", "selected_user": ALICE},
        "member": {"type": "plain_text_input", "value": ALICE},
    }
    pairs = [(view["callback_id"], view["private_metadata"]) for view in shown]
    for callback, private in dict.fromkeys([*pairs, *((name, one) for name in callbacks for one in made)]):
        for filled in ({}, values):
            async with town.watched(f"{callback} {private}"):
                answer = await town.driver.submit(callback, private, values=filled)
            town.got(callback, answer.body)


async def _events(town: World) -> None:
    for name, bodies in EVENTS.items():
        for body in bodies:
            town.driver.clock.advance(seconds=1)
            event = {**town.driver.message(""), "user": BOSS, **body, "type": name}
            async with town.watched(name):
                answer = await town.driver.event(event)
                if "text" in body:
                    await town.driver.event({**event, "ts": f"{event['ts'][:-1]}7", "thread_ts": town.thread})
            town.got(name, answer.body)
    await town.services.privacy.come_back(TEAM)


async def _addresses(town: World) -> None:
    """Every address, by every method it takes, with and without a look at somebody."""
    asgi_app = asgi(town.settings, town.services, town.driver.door)
    async for web in serving(asgi_app):
        for route in asgi_app.routes:
            assert isinstance(route, Route), "say here how to walk it"
            for method in sorted(route.methods or ()):
                for query in ("", f"?user={ALICE}", f"?team={TEAM}&user={ALICE}&channel={GENERAL}"):
                    async with web.session.request(method, f"{web.url}{route.path}{query}") as answer:
                        headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
                        town.got(f"{method} {route.path}{query}", answer.status, headers, await answer.text())


async def _verbs(town: World) -> None:
    """Every verb that can look at a database, on the host, with the key."""
    env = {
        "DATABASE_URL": town.settings.database_url,
        "DATA_DIR": str(town.folder),
        "TEXT_HASH_KEY": KEY,
        **dict.fromkeys(("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OPENAI_API_KEY"), ""),
        "TERM": "dumb",
        "NO_COLOR": "1",
        "LOG_LEVEL": "DEBUG",
    }
    with contextlib.chdir(town.folder):
        for verb, arguments in VERBS.items():
            for words in arguments:
                typed = [*verb.split(), *words]
                done = await asyncio.to_thread(CliRunner().invoke, command_line, typed, env=env, prog_name="maeum")
                assert done.exception is None or isinstance(done.exception, SystemExit), typed
                town.got(" ".join(typed), done.exit_code, done.output)
    town.got("files", *(file.read_bytes() for file in sorted(town.folder.glob("log.*"))))


async def _walk(town: World) -> None:
    """All of it."""
    await _events(town)
    await _commands(town)
    everything = [*(call.args for call in town.slack.calls), *town.slack.responses]
    await _buttons(town, list(_offered(everything)))
    everything = [*(call.args for call in town.slack.calls), *town.slack.responses]
    callbacks = [*views.CONFIRMED, *views.CHECKED]
    last = [name for name in callbacks if "erase" in name]  # the deletion of a person comes when all else was tried
    shown = [view for view in _found(everything, "callback_id") if "private_metadata" in view]
    await _dialogs(town, [view for view in shown if view["callback_id"] not in last], [*_without(callbacks, last)])
    await _addresses(town)
    await _verbs(town)
    await _dialogs(town, [view for view in shown if view["callback_id"] in last], last)


def _without(names: Sequence[str], left_out: Sequence[str]) -> Sequence[str]:
    return [name for name in names if name not in left_out]


def _found(node: object, key: str) -> Iterator[Mapping[str, Any]]:
    """Every object in it that has this key, also where it was sent as JSON in a text."""
    if isinstance(node, str) and node[:1] in {"{", "["}:
        with contextlib.suppress(ValueError):
            yield from _found(json.loads(node), key)
    elif isinstance(node, Mapping):
        if key in node:
            yield node
        for value in node.values():
            yield from _found(value, key)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _found(value, key)


def _offered(said: object) -> Iterator[tuple[str, str]]:
    """Every button with its value, and every menu with each of its."""
    for element in _found(said, "action_id"):
        for option in (*element.get("options", ()), element):
            yield element["action_id"], str(option.get("value") or "")


# ---- What came of it

_CHANCE: Final = (
    (re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"), "<id>"),
    (re.compile(r"[0-9a-f]{32,64}"), "<digits>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<here>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(\+\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"/[^\s\"']*/(one|other)\b"), "<folder>"),
)
"""What differs from run to run by itself: receipts, hashes, ports, times of the wall clock, folders."""


def _plain(output: object) -> str:
    """The output as text, without what differs by chance. Bytes as they are, byte for byte."""
    text = output.decode("utf-8", "surrogateescape") if isinstance(output, bytes) else repr(output)
    for pattern, name in _CHANCE:
        text = pattern.sub(name, text)
    return text


async def _lived_through(tmp_path: Path, template: Path, felt: Felt, name: str) -> World:
    async with world(tmp_path / name, template, felt) as town:
        before = await _readings_of_alice(town)
        assert len(before) >= 3
        assert {row.top_label for row in before} == {felt.label.value}
        await _walk(town)
        assert await _readings_of_alice(town) == []  # the last thing that the walk does
    return town


async def _readings_of_alice(town: World) -> Sequence[ReadingRow]:
    alice = town.services.pseudonyms.person(Person(TEAM, ALICE))
    async with town.services.store.read() as session:
        return list(await session.scalars(select(ReadingRow).where(ReadingRow.user_id == alice)))


@pytest.mark.timeout(300)
async def test_whatever_was_read_of_somebody_an_administrator_gets_the_same(
    tmp_path: Path,
    sqlite_url: str,
    talkative_log: io.StringIO,
) -> None:
    """Every output of two worlds is alike, and none holds what was read: label, number, hash, pseudonym, words."""
    template = Path(sqlite_url.removeprefix(f"{SQLITE}:///"))
    one = await _lived_through(tmp_path, template, ONE, "one")
    other = await _lived_through(tmp_path, template, OTHER, "other")
    assert len(one.outputs) == len(other.outputs)
    assert [pair for pair in zip(one.outputs, other.outputs, strict=True) if pair[0] != pair[1]] == []
    for town in (one, other):
        _holds_nothing_of_alice(town)
    log = talkative_log.getvalue()
    names = one.services.pseudonyms
    assert not any(word in log for word in (SECRET_TEXT, names.text_hash(SECRET_TEXT), "0.8731", "0.6157"))


def _holds_nothing_of_alice(town: World) -> None:
    """Looked for in what was put out as it was put out."""
    names, felt = town.services.pseudonyms, town.felt
    # Rounded, a number could be anybody's; that the worlds are alike tells of those.
    numbers = {f"{felt.probability}", f"{(1 - felt.probability) / 6:.6f}"}
    alice = names.person(Person(TEAM, ALICE))
    secrets = {*numbers, names.text_hash(SECRET_TEXT), str(alice), alice.hex}
    for what, output in town.outputs:
        found = [secret for secret in secrets if secret in output]
        assert not found, (what, found)
        assert "what Alice wrote" not in output, what
        named = _named(output)
        # Among all seven it is a list of what there is.
        assert len(named) == len(EMOTIONS) or not named & {felt.label, felt.said}, (what, output)


def _named(output: str) -> set[Emotion]:
    """The feelings that the output names, in either language or by their value."""
    found: set[Emotion] = set()
    for label in EMOTIONS:
        words = {label.value, NAMES["en"][label]}
        if NAMES["ko"][label] in output or any(re.search(rf"\b{word}\b", output, re.IGNORECASE) for word in words):
            found.add(label)
    return found


# ---- The walk is whole


def _registered(*modules: Any) -> set[str]:  # noqa: ANN401 - modules with a `register`
    """The types of events that these modules listen to."""
    listened: set[str] = set()

    class Listening:
        """Stands where Bolt's app does."""

        def event(self, name: str) -> Any:  # noqa: ANN401 - Bolt's decorator
            """Listens to an event."""
            listened.add(name)
            return lambda listener: listener

    for module in modules:
        module.register(Listening(), object())
    return listened


def _leaves(command: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - Click's commands
    """Every verb of the command line that does something by itself."""
    verbs = getattr(command, "commands", {})
    if path and (not verbs or command.invoke_without_command):
        yield path
    for name, verb in verbs.items():
        yield from _leaves(verb, f"{path} {name}".strip())


def test_every_command_is_walked() -> None:
    """A new one must say here what an administrator types after it. Buttons and dialogs are walked as registered."""
    assert set(WORDS) == set(COMMANDS)


def test_every_event_is_walked() -> None:
    """A new listener must say here what is delivered to it."""
    assert set(EVENTS) == _registered(events, messages)


def test_every_verb_of_the_command_line_is_walked_or_says_why_not() -> None:
    """A new one stands in exactly one of the two lists."""
    assert sorted([*VERBS, *NOT_RUN]) == sorted(_leaves(typer.main.get_command(command_line)))


# ---- Pictures of a channel


async def test_a_picture_of_too_few_people_is_drawn_for_nobody(tmp_path: Path, sqlite_url: str) -> None:
    """Four people are refused by command, by button and on time; a fifth makes it a picture."""
    template = Path(sqlite_url.removeprefix(f"{SQLITE}:///"))
    for name, others, drawn in (("four", (MINJI, JUNHO), False), ("five", (MINJI, JUNHO, FIFTH), True)):
        async with world(tmp_path / name, template, ONE, others) as town:
            town.driver.clock.advance(days=1)
            before = len(town.slack.uploads)
            await town.driver.command("/emotion-graph", "here 7d", user=BOSS)
            await town.driver.press("maeum_share", user=BOSS, value=json.dumps({"days": 7}))
            assert (len(town.slack.uploads) - before == 2) is drawn, name
            assert (len(town.slack.uploads) == before) is not drawn, name
            if not drawn:
                assert "at least 5 people" in town.slack.responses[-1]["text"]


async def test_no_rule_lets_an_administrator_see_fewer_than_three(tmp_path: Path, sqlite_url: str) -> None:
    """The least that can be set is three, and then two people are still nobody's picture."""
    template = Path(sqlite_url.removeprefix(f"{SQLITE}:///"))
    async with world(tmp_path / "two", template, ONE, ()) as town:
        values = {"people": {"type": "plain_text_input", "value": "3"}}
        await town.driver.submit("maeum_admin", "{}", values=values)
        assert (await town.services.rules.of(TEAM)).minimum_people == 3
        town.driver.clock.advance(days=1)
        before = len(town.slack.uploads)
        await town.driver.command("/emotion-graph", "here 7d", user=BOSS)
        assert len(town.slack.uploads) == before
        assert "at least 3 people" in town.slack.responses[-1]["text"]
