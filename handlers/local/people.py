"""Who and what is in the local workspace: six people, of whom one administers it, and two channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the workspace, as `users.info` tells of them."""

    id: str
    name: str
    real_name: str
    locale: str
    """IETF tag, such as ko-KR; told only to who asks with include_locale, as in Slack."""
    timezone: str
    """IANA name."""
    administrator: bool = False

    def profile(self) -> dict[str, Any]:
        """What `users.info` adds to what local-slack knows. `tz_offset` is in seconds east of UTC, as of now."""
        offset = datetime.now(ZoneInfo(self.timezone)).utcoffset()
        return {
            "is_admin": self.administrator,
            "is_owner": self.administrator,
            "is_primary_owner": self.administrator,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_stranger": False,
            "locale": self.locale,
            "tz": self.timezone,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with everybody and the bot in it, unless `members` names who is."""

    id: str
    name: str
    topic: str
    creator: str
    private: bool = False
    members: tuple[str, ...] | None = None


PEOPLE: Final = (
    Member("U01MINJI", "minji", "Minji Kim (김민지)", "ko-KR", "Asia/Seoul", administrator=True),
    Member("U02ALICE", "alice", "Alice Anderson", "en-US", "America/New_York"),
    Member("U03JUNHO", "junho", "Junho Lee (이준호)", "ko-KR", "Asia/Seoul"),
    Member("U04PRIYA", "priya", "Priya Nair", "en-GB", "Europe/London"),
    Member("U05SOYEON", "soyeon", "Soyeon Park (박소연)", "ko-KR", "Asia/Seoul"),
    Member("U06DIEGO", "diego", "Diego Ramírez", "en-US", "America/Los_Angeles"),
)

CHANNELS: Final = (
    Channel("C01GENERAL", "general", "Everyone, every day · 모두의 하루", creator="U01MINJI"),
    Channel("C02DESIGN", "design-디자인", "Drafts and opinions · 시안과 의견", creator="U02ALICE"),
)
