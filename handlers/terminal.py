"""`maeum chat`: the conversation in a terminal, through the same path as a message in Slack."""

import asyncio
import getpass
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from bot.errors import BadCommand, MaeumError
from bot.messages import Incoming, Locale, MessageId, Person, Place, Reply, Turn, Viewer
from bot.reports import PERIODS
from bot.wiring import Services
from emotion.labels import NAMES
from emotion.reading import Reading

TEAM = "TERMINAL"
CHANNEL = "DTERMINAL"
_CONTEXT_TURNS = 10
_PERIODS = {"": PERIODS[0], **{f"{days}d": days for days in PERIODS}}

HELP: dict[Locale, str] = {
    "en": "/on read my feelings · /off stop · /status what is stored · /graph [7d|30d|90d] my picture · "
    "/forget delete everything · /quit",
    "ko": "/on 감정 읽기 켜기 · /off 끄기 · /status 저장된 것 · /graph [7d|30d|90d] 내 그래프 · "
    "/forget 모두 삭제 · /quit 끝내기",
}
_SAID: dict[str, dict[Locale, str]] = {
    "on": {
        "en": "I read the feeling in what you write now. The text itself is never stored.",
        "ko": "이제 쓰시는 글의 감정을 읽어요. 글 자체는 저장하지 않아요.",
    },
    "off": {
        "en": "I no longer read what you write. /forget also deletes what is stored.",
        "ko": "이제 글을 읽지 않아요. /forget 하시면 저장된 것도 지워요.",
    },
    "unknown": {"en": "I do not know that command. {help}", "ko": "모르는 명령이에요. {help}"},
    "forgotten": {"en": "Deleted: {rows} rows.", "ko": "{rows}개 행을 지웠어요."},
    "unwritten": {
        "en": "The picture could not be written to {path}: {problem}",
        "ko": "그림을 {path}에 쓸 수 없었어요: {problem}",
    },
    "uncertain": {
        "en": "(read, but I am not sure what the feeling is)",
        "ko": "(읽었지만 어떤 감정인지 확실하지 않아요)",
    },
    "unread": {"en": "(not read: /on lets me)", "ko": "(읽지 않음: /on 하시면 읽어요)"},
}


@dataclass(slots=True)
class TerminalSink:
    """Shows a reply as it is written. What a terminal has shown it cannot take back, so a replacement follows it."""

    write: Callable[[str], None]
    shown: str = field(default="", repr=False)

    async def append(self, text: str) -> None:
        """Show whole sentences."""
        self.write(text)
        self.shown += text

    async def finish(self, reply: Reply) -> None:
        """Show the rest of the reply."""
        self.write(reply.text[len(self.shown) :] + "\n")

    async def replace(self, reply: Reply) -> None:
        """Show the stand-in on a line of its own."""
        self.write(("\n" if self.shown else "") + reply.text + "\n")


@dataclass(slots=True)
class Chat:
    """One person at one terminal."""

    services: Services
    write: Callable[[str], None]
    folder: Path
    viewer: Viewer
    person: Person = field(default_factory=lambda: Person(TEAM, getpass.getuser()))
    history: list[Turn] = field(default_factory=list, repr=False)

    async def say(self, text: str) -> bool:
        """Take one line; False when the person wants to leave."""
        line = text.strip()
        try:
            if line.startswith("/"):
                return await self._command(line)
            if line:
                await self._message(text)
        except MaeumError as error:
            self.write(error.sentence(self.viewer.locale) + "\n")
        return True

    async def _message(self, text: str) -> None:
        incoming = Incoming(MessageId(TEAM, CHANNEL, f"{time():.6f}"), self.person, text, Place.DIRECT)
        receipt = await self.services.conversation.receive(incoming)
        self.write(self._shown(receipt.reading) + "\n")
        sink = TerminalSink(self.write)
        history = tuple(self.history[-_CONTEXT_TURNS:])
        reply = await self.services.conversation.reply(incoming, receipt.reading, history, sink)
        await self.services.conversation.replied(incoming.id)
        self.history += [Turn("person", text), Turn("bot", reply.text)]

    def _shown(self, reading: Reading | None) -> str:
        if reading is None:
            return _SAID["unread"][self.viewer.locale]
        if reading.uncertain:
            return _SAID["uncertain"][self.viewer.locale]
        names = NAMES[self.viewer.locale]
        ranked = sorted(reading.probs.items(), key=lambda item: -item[1])[:3]
        return "[" + " · ".join(f"{names[label]} {share:.0%}" for label, share in ranked) + "]"

    async def _command(self, line: str) -> bool:
        locale = self.viewer.locale
        word, _, rest = line.partition(" ")
        match word.lower():
            case "/quit" | "/exit":
                return False
            case "/on":
                await self.services.consent.grant(self.person, "terminal")
                self.write(_SAID["on"][locale] + "\n")
            case "/off":
                await self.services.consent.withdraw(self.person, "terminal")
                self.write(_SAID["off"][locale] + "\n")
            case "/status":
                for table, rows in (await self.services.privacy.holdings(self.person)).items():
                    self.write(f"{table}: {rows}\n")
            case "/forget":
                erasure = await self.services.privacy.erase(self.person, actor=self.person, reason="self")
                self.history.clear()
                self.write(_SAID["forgotten"][locale].format(rows=sum(erasure.counts.values())) + "\n")
            case "/graph":
                await self._graph(rest.strip())
            case "/help":
                self.write(HELP[locale] + "\n")
            case _:
                self.write(_SAID["unknown"][locale].format(help=HELP[locale]) + "\n")
        return True

    async def _graph(self, period: str) -> None:
        if period not in _PERIODS:
            raise BadCommand("/graph " + "|".join(filter(None, _PERIODS)))
        picture = await self.services.reports.personal(self.person, _PERIODS[period], self.viewer)
        path = (self.folder / picture.filename).resolve()
        try:
            await asyncio.to_thread(path.write_bytes, picture.png)
        except OSError as error:
            self.write(_SAID["unwritten"][self.viewer.locale].format(path=path, problem=error.strerror) + "\n")
            return
        self.write("\n".join(picture.facts) + f"\n→ {path}\n")
