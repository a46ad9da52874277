"""`maeum chat`: the conversation in a terminal."""

import asyncio
import os
import pty
import signal
import sys
from pathlib import Path

import pytest

from bot.messages import Locale, Viewer
from bot.wiring import Services
from handlers.terminal import Chat
from tests.commands import ROOT, maeum
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


def _pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.png"))


async def test_ctrl_c_at_a_terminal_ends_at_once(tmp_path: Path) -> None:
    """At a real terminal the process does not wait for another line."""
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "chat"),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
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
