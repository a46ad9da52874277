"""A word that a person wrote, their name and their pseudonym are in no byte of what is kept once they are deleted.

The files of the database are looked through, its write-ahead log, the folder of the data and the log of the process
at its most talkative. On PostgreSQL the server is asked for the bytes of the tables' and indexes' files, which takes a
superuser; its own write-ahead log, archives and replicas are the server's and not looked at.
"""

import io
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bot.conversation import Conversation
from bot.ledger import LEDGER_FILE
from bot.llm import ReplyRequest
from bot.messages import Incoming, Person, Place
from bot.settings import SQLITE, Settings, load
from bot.store.base import Store
from bot.wiring import Services, build
from handlers.slack import SlackDoor
from tests.commands import maeum
from tests.factories import KEY, message_id
from tests.fakes import Clock
from tests.handlers.house import ALICE, DIRECT, GENERAL, MINJI, Driver
from tests.slack_api import BOT, BOT_TOKEN, TEAM, Answer, Args, SlackApi

WORDS = "kanarienvogel 노란카나리아 I am so overjoyed"
NAME = "Canaria von Vogel"
OTHERS = [Person(TEAM, f"U9{number:06}") for number in range(6)]
VICTIM = Person(TEAM, ALICE)


@dataclass(slots=True)
class Echo:
    """A writer that repeats what it was told."""

    source: Literal["model"] = "model"

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """The text, and a sentence after it."""
        yield f"You said: {request.text}. "
        yield "Thank you."

    async def close(self) -> None:
        """Nothing is open."""


class Workspace(SlackApi):
    """Names its direct messages as Slack does: by ids that hold nobody's."""

    def _open(self, args: Args) -> Answer:
        opened: Answer = super()._open(args)
        return {"channel": {"id": DIRECT}} if opened["channel"]["id"] == f"D{ALICE}" else opened


@pytest.fixture
async def slack() -> AsyncIterator[SlackApi]:
    """A workspace in which the person's name is a word that is looked for."""
    async with Workspace() as api:
        api.user(ALICE, name="canaria", real_name=NAME, profile={"display_name": NAME}, locale="en-US", tz="UTC")
        api.user(BOT, name="maeum", is_bot=True)
        for other in (*OTHERS, Person(TEAM, MINJI)):
            api.user(other.user)
        api.channel(GENERAL)
        yield api


@pytest.fixture
def settings(slack: SlackApi, database_url: str, tmp_path: Path) -> Settings:
    return load(
        _env_file=None,
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_api_url=slack.url,
        database_url=database_url,
        data_dir=tmp_path / "data",
        text_hash_key=SecretStr(KEY.hex()),
        openai_api_key=None,
        openai_base_url=None,
        emotion_cache_size=0,
    )


@pytest.fixture
async def services(settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    """The house as it is started, with the shipped classifier, but for the writer."""
    built = await build(settings, clock)
    writer = Echo()
    conversation = Conversation(built.store, built.pseudonyms, built.reader, writer, clock)
    yield replace(built, writer=writer, conversation=conversation)
    await built.close()


async def test_nothing_of_somebody_who_was_deleted_is_left_in_any_byte(  # noqa: PLR0913, PLR0917 - the whole story
    settings: Settings,
    services: Services,
    slack: SlackApi,
    clock: Clock,
    tmp_path: Path,
    talkative_log: io.StringIO,
) -> None:
    """Messages, replies, a correction, a picture and an export, among a crowd that writes so much that pages split."""
    door = SlackDoor(settings, services)
    driver = Driver(door, slack, clock)
    said = await live(driver, services, clock)
    signs = list(of_the_person(services, said))
    words = [sign.encode() for sign in (WORDS, *WORDS.split()[:2], NAME, ALICE)]
    kept = await kept_bytes(services.store, settings, tmp_path)
    assert sum(any(sign in content for content in kept.values()) for sign in signs) >= len(said) + 1
    assert_none(words, {**kept, "log": talkative_log.getvalue().encode()})

    await services.privacy.erase(VICTIM, actor=None, reason="left")
    await driver.done()
    kept = await kept_bytes(services.store, settings, tmp_path)
    assert str(settings.data_dir / LEDGER_FILE) in kept
    log = {"log": talkative_log.getvalue().encode()}
    assert_none(words, {**kept, **log})
    without_ledger = {name: content for name, content in kept.items() if not name.endswith(LEDGER_FILE)}
    assert_none(signs, {**without_ledger, **log})
    # Whom the ledger names is the pseudonym alone, and the looking would have found the others.
    assert_none([sign for sign in signs if sign != str(services.pseudonyms.person(VICTIM)).encode()], kept)
    crowd = services.pseudonyms.person(OTHERS[0])
    assert any(crowd.bytes in content or crowd.hex.encode() in content for content in kept.values())
    await door.stop()


async def live(driver: Driver, services: Services, clock: Clock) -> list[str]:
    """Everybody opts in and writes, the victim through Slack's door; what the victim wrote."""
    said: list[str] = []
    for who in (*OTHERS, VICTIM):
        await services.consent.grant(who, "test")
    for number in range(40):
        clock.advance(seconds=7)
        for place, other in enumerate(OTHERS):
            moment = clock() + timedelta(milliseconds=place)
            incoming = Incoming(message_id(moment, GENERAL), other, f"{number} words of {other.user}", Place.CHANNEL)
            await services.conversation.receive(incoming)
        said.append(f"{WORDS} {number}")
        event = driver.message(said[-1], ts=f"{clock().timestamp() + 1:.6f}")
        if number % 10 == 0:
            said[-1] = event["text"] = f"<@{BOT}> {said[-1]}"
        await driver.event(event)
    said.append(f"{WORDS} directly")
    await driver.event(driver.message(said[-1], channel=DIRECT, channel_type="im", ts=f"{clock().timestamp() + 2:.6f}"))
    await services.feedback.correct(VICTIM, message_id(clock() + timedelta(seconds=1), GENERAL), "fear")
    await driver.command("/emotion-graph", "me 7d")
    await driver.command("/emotion", "export")
    assert (await services.privacy.holdings(VICTIM))["emotion_readings"] == len(said)
    assert (await services.privacy.holdings(VICTIM))["sent_files"] > 0
    assert WORDS in "".join(driver.slack.shown(GENERAL))
    return said


def of_the_person(services: Services, said: list[str]) -> Iterator[bytes]:
    """The pseudonym, as it may be written, and the hashes of everything they wrote."""
    pseudonym = services.pseudonyms.person(VICTIM)
    yield from (pseudonym.bytes, pseudonym.hex.encode(), str(pseudonym).encode())
    yield from (services.pseudonyms.text_hash(one).encode() for one in said)


def assert_none(signs: list[bytes], kept: dict[str, bytes]) -> None:
    """None of these stands anywhere. Says where, and how many, and not what."""
    found = {name: sum(sign in content for sign in signs) for name, content in kept.items()}
    assert {name: count for name, count in found.items() if count} == {}


def in_folder(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below it."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def kept_bytes(store: Store, settings: Settings, folder: Path) -> dict[str, bytes]:
    """The bytes of every file of the test, and of the database, by name."""
    kept = in_folder(folder)
    if settings.database_url.startswith(SQLITE):
        assert any(name.endswith(".db") for name in kept)
        return kept
    files = (
        "WITH ours AS (SELECT c.oid, c.reltoastrelid FROM pg_class c "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i')) "
        "SELECT pg_relation_filepath(oid) FROM ours UNION SELECT pg_relation_filepath(reltoastrelid) FROM ours "
        "WHERE reltoastrelid <> 0 UNION SELECT pg_relation_filepath(i.indexrelid) FROM ours "
        "JOIN pg_index i ON i.indrelid = reltoastrelid"
    )
    try:
        async with store.read() as session:
            await session.execute(text("CHECKPOINT"))
            for path in (await session.scalars(text(files))).all():
                content = await session.scalar(text("SELECT pg_read_binary_file(:path)"), {"path": path})
                kept[f"postgresql/{path}"] = bytes(content)
    except ProgrammingError:
        pytest.skip("the role of TEST_POSTGRES_URL may not read the server's files")
    return kept


async def test_a_conversation_in_the_terminal_leaves_no_word_behind(tmp_path: Path) -> None:
    """`maeum chat` with a home, temporary folder and data of its own: after /forget no file of them holds any of it."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for folder in (home, temporary):
        folder.mkdir()
    env = {"HOME": str(home), "TMPDIR": str(temporary), "LOG_LEVEL": "DEBUG"}
    async with maeum("chat", folder=tmp_path, env=env) as running:
        for line in ("/on", WORDS, f"{WORDS} again", "/graph 7d", "/forget", "/quit"):
            await running.write(line)
        assert await running.end() == 0
    kept = in_folder(tmp_path)
    assert any(name.endswith("maeum.db") for name in kept)
    assert any(name.endswith(".png") for name in kept)
    assert_none([WORDS.encode(), *(word.encode() for word in WORDS.split()[:2])], kept)
