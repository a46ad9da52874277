"""`maeum chat`: the conversation in a terminal, through the same path as a message in Slack."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import time
from zoneinfo import ZoneInfo

from bot.errors import BadCommand, MaeumError
from bot.export import export
from bot.messages import Incoming, Locale, MessageId, Person, Place, Reply, Turn, Viewer
from bot.picture_words import parse_picture
from bot.wiring import Services
from emotion.labels import NAMES
from emotion.reading import Reading

TEAM = "TERMINAL"
CHANNEL = "DTERMINAL"
_CONTEXT_TURNS = 10
_SPANS = {
    **dict.fromkeys(("", "day", "하루"), timedelta(days=1)),
    **dict.fromkeys(("week", "일주일"), timedelta(days=7)),
}
_GRAPH: dict[Locale, str] = {
    "en": "/graph [trend|valence|mix|week|year|diary] [7d|30d|90d] [light|dark]",
    "ko": "/graph [추이|기분|비교|요일|한해|일기] [7일|30일|90일] [밝게|어둡게]",
}

HELP: dict[Locale, str] = {
    "en": "/on read my feelings · /off stop · /pause [day|week] · /status what is stored ·"
    f" {_GRAPH['en']} my picture · /export my data as files ·"
    " /forget delete everything · /quit",
    "ko": "/on 감정 읽기 켜기 · /off 끄기 · /pause [하루|일주일] 멈추기 · /status 저장된 것 ·"
    f" {_GRAPH['ko']} 내 그래프 · /export 내 정보를 파일로 ·"
    " /forget 모두 삭제 · /quit 끝내기",
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
    "paused": {
        "en": "I pause until {until}. What you write until then is never read. /on ends the pause.",
        "ko": "{until}까지 멈출게요. 그동안 쓰시는 글은 나중에도 읽지 않아요. /on 하시면 바로 다시 읽어요.",
    },
    "not_paused": {
        "en": "I do not read what you write anyway, so there is nothing to pause.",
        "ko": "지금은 쓰시는 글을 읽지 않고 있어서 멈출 것이 없어요.",
    },
    "nothing": {"en": "Nothing of yours is stored.", "ko": "저장된 것이 없어요."},
    "nowhere": {
        "en": "There is no channel in a terminal; without `here` I draw your own messages.",
        "ko": "터미널에는 채널이 없어요. `여기`를 빼고 쓰시면 본인 그래프를 그려 드려요.",
    },
    "unknown": {"en": "I do not know that command. {help}", "ko": "모르는 명령이에요. {help}"},
    "forgotten": {"en": "Deleted: {rows} rows.", "ko": "{rows}개 행을 지웠어요."},
    "unwritten": {
        "en": "The file could not be written to {path}: {problem}",
        "ko": "파일을 {path}에 쓸 수 없었어요: {problem}",
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
        word, _, rest = line.partition(" ")
        word = word.lower()
        if word in {"/quit", "/exit"}:
            return False
        commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "/on": self._on,
            "/off": self._off,
            "/pause": self._pause,
            "/status": self._status,
            "/graph": self._graph,
            "/export": self._export,
            "/forget": self._forget,
            "/help": self._help,
        }
        if word in commands:
            await commands[word](rest.strip())
        else:
            self._tell("unknown", help=HELP[self.viewer.locale])
        return True

    def _tell(self, key: str, **values: object) -> None:
        self.write(_SAID[key][self.viewer.locale].format(**values) + "\n")

    async def _on(self, _: str) -> None:
        await self.services.consent.grant(self.person, "terminal")
        self._tell("on")

    async def _off(self, _: str) -> None:
        await self.services.consent.withdraw(self.person, "terminal")
        self._tell("off")

    async def _status(self, _: str) -> None:
        for table, rows in (await self.services.privacy.holdings(self.person)).items():
            self.write(f"{table}: {rows}\n")

    async def _forget(self, _: str) -> None:
        erasure = await self.services.privacy.erase(self.person, actor=self.person, reason="self")
        self.history.clear()
        self._tell("forgotten", rows=sum(erasure.counts.values()))

    async def _help(self, _: str) -> None:
        self.write(HELP[self.viewer.locale] + "\n")

    async def _pause(self, span: str) -> None:
        if span.casefold() not in _SPANS:
            raise BadCommand("/pause " + "|".join(filter(None, _SPANS)))
        until = await self.services.consent.pause(self.person, _SPANS[span.casefold()], "terminal")
        if until is None:
            self._tell("not_paused")
        else:
            self._tell("paused", until=f"{until.astimezone(ZoneInfo(self.viewer.timezone)):%Y-%m-%d %H:%M}")

    async def _export(self, _: str) -> None:
        services, locale = self.services, self.viewer.locale
        files = await export(services.store, services.pseudonyms, self.person, services.clock(), locale)
        if not files:
            self._tell("nothing")
        for file in files:
            path = (self.folder / file.name).resolve()
            if await self._written(path, file.content):
                self.write(f"→ {path}\n")

    async def _graph(self, words: str) -> None:
        wanted = parse_picture(words, _GRAPH[self.viewer.locale])
        if wanted.audience == "here":
            self._tell("nowhere")
            return
        picture = await self.services.reports.personal(self.person, wanted.days, self.viewer, wanted.look)
        path = (self.folder / picture.filename).resolve()
        if await self._written(path, picture.png):
            self.write("\n".join(picture.facts) + f"\n→ {path}\n")

    async def _written(self, path: Path, content: bytes) -> bool:
        """Write a file that only its owner may read; False where that cannot be, and the person was told."""
        try:
            await asyncio.to_thread(_write, path, content)
        except OSError as error:
            self._tell("unwritten", path=path, problem=error.strerror)
            return False
        return True


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
