"""`maeum chat`: the conversation in a terminal."""

import asyncio
import os
import pty
import signal
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.messages import Locale, Viewer
from bot.wiring import Services
from handlers.terminal import Chat
from tests.commands import ROOT, maeum
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import AlwaysJoy


async def test_a_whole_conversation(tmp_path: Path) -> None:
    """Unread before opting in; then the reading stands beside the reply, a picture is written, and all is forgotten."""
    async with maeum("chat", "--folder", str(tmp_path), folder=tmp_path) as chat:
        await chat.until("/graph")
        await chat.write("what a day")
        await chat.until("(not read: /on lets me)")
        await chat.write("/graph")
        await chat.until("nothing to draw")
        await chat.write("/on")
        await chat.until("I read the feeling")
        await chat.write("오늘 발표 잘 끝나서 너무 기뻐요!")
        await chat.until("[joy ")
        await chat.write("/status")
        await chat.until("emotion_readings: 1")
        await chat.write("/graph")
        await chat.until(".png")
        assert [picture.read_bytes()[:4] for picture in _pictures(tmp_path)] == [b"\x89PNG"]
        await chat.write("/export")
        await chat.until(".csv")
        assert "emotion_readings" in _exported(tmp_path)
        await chat.write("/forget")
        await chat.until("Deleted:")
        await chat.write("/status")
        await chat.until("emotion_readings: 0")
        await chat.write("/nonsense")
        await chat.until("I do not know that command")
        await chat.write("/quit")
        assert await chat.end() == 0
    assert "기뻐요".encode() not in (tmp_path / "var" / "maeum.db").read_bytes()


async def test_in_korean(tmp_path: Path) -> None:
    """With --korean every line of the bot is Korean."""
    async with maeum("chat", "--korean", folder=tmp_path) as chat:
        await chat.until("감정 읽기 켜기")
        await chat.write("/on")
        await chat.until("이제 쓰시는 글의 감정을 읽어요")
        await chat.write("배포가 또 실패해서 정말 화가 나네요")
        await chat.until("분노 ")
        assert await chat.end_of_input() == 0


async def test_off_takes_effect_on_the_next_line(tmp_path: Path) -> None:
    """After /off nothing is read."""
    async with maeum("chat", folder=tmp_path) as chat:
        await chat.write("/on")
        await chat.write("/off")
        await chat.write("I am very happy")
        await chat.until("(not read")
        assert await chat.end_of_input() == 0


@pytest.mark.parametrize(("locale", "said"), [("en", "I am not sure"), ("ko", "확실하지 않아요")])
async def test_an_uncertain_reading_names_no_feeling(
    services: Services, classifier: AlwaysJoy, tmp_path: Path, locale: Locale, said: str
) -> None:
    """The person is told that it was read and that the feeling is not clear, and sees no label and no number."""
    classifier.uncertain = True
    written: list[str] = []
    chat = Chat(services, written.append, tmp_path, Viewer(locale, "UTC"))
    await chat.say("/on")
    written.clear()
    await chat.say("hmm")
    assert said in written[0]
    assert not any(word in written[0] for word in ("joy", "기쁨", "%"))


@pytest.fixture
def written() -> list[str]:
    """What the terminal shows."""
    return []


@pytest.fixture
def chat(services: Services, tmp_path: Path, written: list[str]) -> Chat:
    """Somebody at a terminal, in English."""
    return Chat(services, written.append, tmp_path, Viewer("en", "Asia/Seoul"))


async def test_a_pause_is_confirmed_with_its_end(chat: Chat, written: list[str]) -> None:
    """In the person's time zone."""
    await chat.say("/on")
    await chat.say("/pause week")
    assert "I pause until 2026-11-27 18:00" in written[-1]


async def test_a_pause_reads_nothing_until_it_ends(chat: Chat, classifier: AlwaysJoy, clock: Clock) -> None:
    """/on ends it."""
    clock.now = datetime.now(UTC)  # messages go by the clock on the wall
    await chat.say("/on")
    await chat.say("/pause")
    await chat.say("hello")
    assert classifier.texts == []
    await chat.say("/on")
    await chat.say("hello")
    assert len(classifier.texts) == 1


@pytest.mark.parametrize("span", ["month", "0", "-1", "day week"])
async def test_a_pause_of_another_span_is_not_understood(chat: Chat, written: list[str], span: str) -> None:
    """What would be is said."""
    await chat.say("/on")
    await chat.say(f"/pause {span}")
    assert "/pause day|하루|week|일주일" in written[-1]
    assert (await chat.services.consent.status(chat.person)).paused_until is None


async def test_who_is_off_has_nothing_to_pause(chat: Chat, written: list[str]) -> None:
    """And is told so."""
    await chat.say("/pause")
    assert "nothing to pause" in written[-1]


async def test_an_export_is_written_for_its_owner_alone(chat: Chat, written: list[str], tmp_path: Path) -> None:
    """Two files, readable by nobody else on the machine; without anything stored a sentence and no file."""
    await chat.say("/export")
    assert written == ["Nothing of yours is stored.\n"]
    assert _files(tmp_path) == []
    await chat.say("/on")
    await chat.say("/export")
    files = _files(tmp_path)
    assert [file.name for file in files] == ["maeum-export-2026-11-20.json", "maeum-readings-2026-11-20.csv"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert [str(file) in line for file, line in zip(files, written[-2:], strict=True)] == [True, True]


async def test_a_folder_that_cannot_be_written_to_is_said(chat: Chat, written: list[str], tmp_path: Path) -> None:
    """With its name; the conversation goes on."""
    chat.folder = tmp_path / "nowhere"
    await chat.say("/on")
    assert await chat.say("/export")
    assert "could not be written" in written[-1]
    assert "nowhere" in written[-1]


@pytest.mark.parametrize(
    ("words", "name"), [("", "me-2026"), ("valence 30d dark", "me-valence-2026"), ("일기 어둡게", "me-diary-2025")]
)
async def test_every_picture_can_be_drawn_in_a_terminal(  # noqa: PLR0913, PLR0917 - fixtures
    chat: Chat, written: list[str], clock: Clock, tmp_path: Path, words: str, name: str
) -> None:
    """With the same words as in Slack; its facts are written, and where it lies, for its owner alone."""
    await chat.say("/on")
    clock.advance(days=1)
    await wrote(chat.services.store, chat.services.pseudonyms, chat.person, clock() - timedelta(minutes=1))
    await chat.say(f"/graph {words}")
    (picture,) = _pictures(tmp_path)
    assert name in picture.name
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600
    assert str(picture) in written[-1]
    assert "1 message" in written[-1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("here 7d", "no channel in a terminal"),
        ("7d 30d", "/graph [trend|valence|mix|week|year|diary]"),
        ("mix 90d", "leave the period out"),
        ("here week", "only of your own messages"),
    ],
)
async def test_words_for_no_picture_are_answered(
    chat: Chat, written: list[str], tmp_path: Path, words: str, answer: str
) -> None:
    """And nothing is drawn."""
    await chat.say(f"/graph {words}")
    assert answer in written[-1]
    assert _pictures(tmp_path) == []


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("maeum-*") if file.suffix in {".json", ".csv"})


def _exported(folder: Path) -> str:
    return next(folder.glob("maeum-export-*.json")).read_text("utf-8")


def _pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.png"))


async def test_ctrl_c_at_a_terminal_ends_at_once(tmp_path: Path) -> None:
    """At a real terminal the process does not wait for another line."""
    controller, terminal = pty.openpty()
    # Tests that run in the background ignore it, and what is ignored is handed on.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "chat"),
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "dumb"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, ours)
    os.close(terminal)
    try:
        async with asyncio.timeout(60):
            printed = b""
            while b"> " not in printed:
                printed += await asyncio.to_thread(os.read, controller, 4096)
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
    finally:
        if process.returncode is None:
            process.kill()
        os.close(controller)
