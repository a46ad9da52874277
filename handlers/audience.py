"""For whom a scheduled picture is: everybody in a channel, or one person alone in the direct message with them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from bot.calendar_rules import DIARY
from bot.errors import NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture, Viewer
from bot.pictures import Look
from bot.scheduling import DueSlot
from handlers.boards import Board, Standing
from handlers.slack.errors import UNREACHABLE
from handlers.slack.files import message_as_file

NOTHING: Final = "nothing_to_show"
"""Why nothing stands there of a diary in which nothing would be."""
NOT_DIRECT: Final = "no_direct_message"
"""The code of a SlackTrouble: a diary would come to a channel that is no direct message."""
_DIRECT: Final = "D"
"""What the id of a direct message begins with."""
_LOOKS: Final = 3
_LOOK_SECONDS: Final = 0.5


class Drawing(Protocol):
    """Who draws (`bot.reports.Reports`)."""

    async def channel(  # noqa: PLR0913 - of where, of when, for whom and how
        self, team: str, channel: str, days: int, viewer: Viewer, look: Look, *, until: datetime
    ) -> Picture:
        """A channel's picture up to that moment; TooFewPeople or NothingToShow where there is none."""

    async def diary(self, team: str, owner: UUID, viewer: Viewer, *, until: datetime) -> Picture:
        """A person's own page up to that moment; NothingToShow where there is none."""


class Memory(Protocol):
    """Who remembers what was sent to one person alone, so that it goes with them (`bot.privacy.Privacy`)."""

    async def sent_to(
        self, user_id: UUID, team: str, sent: Sequence[str], *, begun: datetime, instead_of: str | None = None
    ) -> None:
        """These files and messages; they are to go at once where the person was erased after `begun`."""


class Audience(Protocol):
    """What depends on it for whom a slot's picture is."""

    late: str
    """The sentence that says when it was due."""

    def allows(self, channel: str) -> None:
        """SlackTrouble where others than those it is for could see what is posted in the channel."""

    async def draw(self, slot: DueSlot) -> Picture:
        """The picture; TooFewPeople or NothingToShow where there is none."""

    def instead(self, slot: DueSlot, error: TooFewPeople | NothingToShow) -> str | None:
        """What is said where there is no picture; None where nothing is."""

    async def shares(self, slot: DueSlot, file: str) -> None:
        """The file is handed over, and about to be shown."""

    async def shared(self, slot: DueSlot, file: str) -> Standing:
        """It is shown, and not recorded yet; what stands there."""

    async def adopts(self, slot: DueSlot, post: Standing) -> None:
        """An earlier attempt has shown it, and not recorded it."""


class Everybody:
    """The people in a channel (an `Audience`). They are told where there is nothing to show."""

    late = "schedule_late"

    def __init__(self, drawing: Drawing) -> None:
        """Who draws."""
        self._drawing = drawing

    def allows(self, channel: str) -> None:
        """Whoever is in the channel may see it."""

    async def draw(self, slot: DueSlot) -> Picture:
        """The channel's picture, in the schedule's language and zone."""
        schedule, spec = slot.schedule, slot.schedule.spec
        if spec.picture == DIARY:
            message = "a diary is for nobody else"
            raise ValueError(message)
        return await self._drawing.channel(
            schedule.team,
            schedule.channel,
            spec.days,
            Viewer(spec.locale, spec.timezone),
            Look(spec.picture),
            until=slot.time,
        )

    def instead(self, slot: DueSlot, error: TooFewPeople | NothingToShow) -> str | None:
        """Why there is none."""
        return error.sentence(slot.schedule.spec.locale)

    async def shares(self, slot: DueSlot, file: str) -> None:
        """It is everybody's: nothing is remembered of it."""

    async def shared(self, slot: DueSlot, file: str) -> Standing:  # noqa: ARG002 - as every audience
        """Its ts is not asked for."""
        return Standing("", frozenset({file}))

    async def adopts(self, slot: DueSlot, post: Standing) -> None:
        """As above."""


class Oneself:
    """The one person whose diary it is (an `Audience`). Whatever is sent to them is remembered before it stands there.

    The message's words say what the picture does, and its ts is known only afterwards. Until then it goes by the file
    that it shows: wherever the process dies, an erasure finds the message.
    """

    late = "diary_late"

    def __init__(self, owner: UUID, drawing: Drawing, memory: Memory, board: Board) -> None:
        """`owner` is the person's pseudonym."""
        self._owner = owner
        self._drawing = drawing
        self._memory = memory
        self._board = board

    def allows(self, channel: str) -> None:
        """SlackTrouble unless it is a direct message."""
        if not channel.startswith(_DIRECT):
            raise SlackTrouble(NOT_DIRECT)

    async def draw(self, slot: DueSlot) -> Picture:
        """The person's own page, in the schedule's language and zone."""
        spec = slot.schedule.spec
        viewer = Viewer(spec.locale, spec.timezone)
        return await self._drawing.diary(slot.schedule.team, self._owner, viewer, until=slot.time)

    def instead(self, slot: DueSlot, error: TooFewPeople | NothingToShow) -> str | None:  # noqa: ARG002 - as every audience
        """Nobody is written to about nothing."""
        return None

    async def shares(self, slot: DueSlot, file: str) -> None:
        """Remember it, and the message that will show it."""
        await self._remember(slot, [file, message_as_file(slot.schedule.channel, file)])

    async def shared(self, slot: DueSlot, file: str) -> Standing:
        """Look for the message and remember it. SlackTrouble where Slack does not show it: the next attempt looks.

        It is found although its file was deleted meanwhile, as by an erasure: its words would outlast that.
        """
        for _ in range(_LOOKS):
            ts = await self._board.showing(slot.schedule.channel, slot.begun, file)
            if ts is not None:
                post = Standing(ts, frozenset({file}))
                await self.adopts(slot, post)
                return post
            await asyncio.sleep(_LOOK_SECONDS)
        raise SlackTrouble(UNREACHABLE)

    async def adopts(self, slot: DueSlot, post: Standing) -> None:
        """Remember the message by its ts from now on."""
        channel = slot.schedule.channel
        before = message_as_file(channel, post.reference)
        await self._remember(slot, [*post.files, message_as_file(channel, post.ts)], instead_of=before)

    async def _remember(self, slot: DueSlot, sent: Sequence[str], instead_of: str | None = None) -> None:
        await self._memory.sent_to(self._owner, slot.schedule.team, sent, begun=slot.begun, instead_of=instead_of)
