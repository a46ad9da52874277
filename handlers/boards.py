"""Where scheduled pictures are put up, as the poster sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.messages import Picture
from bot.scheduling import DueSlot

TOO_MUCH: Final = "too_much_to_look_through"
"""The code of a SlackTrouble: more was written in a channel than can be looked through. It only gets more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A post of ours that stands in a channel."""

    ts: str
    files: frozenset[str] = frozenset()

    @property
    def reference(self) -> str:
        """What it goes by in the store: its file's id, which is known before its ts; the ts where it has none."""
        return min(self.files, default=self.ts)

    def is_known_as(self, reference: str) -> bool:
        """Whether that names it: a ts, or a file's id."""
        return reference == self.ts or reference in self.files


class Board(Protocol):
    """Where it is posted. Each raises SlackTrouble where Slack refuses, or may have taken it without an answer."""

    async def standing(self, channel: str, since: datetime, marker: str) -> Sequence[Standing]:
        """Our posts in the channel with this marker or a file of this name, oldest first."""

    async def showing(self, channel: str, since: datetime, file: str) -> str | None:
        """The ts of our post that shows the file; None where there is none, or it is not to be seen yet.

        Also where the file was deleted since, which `standing` passes over: the post's words still stand there.
        """

    async def say(self, channel: str, text: str, marker: str) -> str:
        """Post a sentence; its ts."""

    async def upload(self, picture: Picture) -> str:
        """Hand over a picture without showing it to anybody; the file's id."""

    async def share(self, channel: str, file: str, picture: Picture, opening: str) -> None:
        """Show it in the channel, under what it says; `opening` stands above that."""

    async def chart(self, channel: str, picture: Picture) -> None:
        """Show the picture's chart, one of Slack's own, in the channel."""

    async def remove(self, channel: str, post: Standing) -> None:
        """Take a post of ours away; nothing happens where it is gone, or may not be deleted."""

    async def discard(self, file: str) -> None:
        """Take a file away, shared or not, if Slack lets us."""


def marker(slot: DueSlot) -> str:
    """The name by which a slot's post is found again: that of its file, or in a message's metadata."""
    return f"maeum-{slot.schedule.spec.kind}-{slot.time:%Y%m%dT%H%MZ}.png"
