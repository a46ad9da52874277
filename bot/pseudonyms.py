"""Pseudonyms of people and keyed hashes of texts and messages, under a key that lives outside the database."""

import contextlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from bot.errors import ConfigurationError
from bot.files import private_draft, private_folder, tell_if_open_to_others
from bot.messages import MessageId, Person
from bot.settings import SHORTEST_KEY

if TYPE_CHECKING:
    from bot.settings import Settings

KEY_FILE: Final = "text-hash.key"
_KEY_BYTES: Final = 32
_VARIABLE: Final = "TEXT_HASH_KEY"


class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) under one key, with a domain for each use: no value of one use is a value of another."""

    def __init__(self, key: bytes) -> None:
        """`key` is at least 32 bytes that nobody can guess."""
        self._key = key

    def person(self, person: Person) -> UUID:
        """The one pseudonym of a person: always the same, and not to be turned back without the key.

        A UUID of version 8, whose bits are the maker's own (RFC 9562, section 5.8).
        """
        bits = int.from_bytes(self._digest("person", person.team.encode(), person.user.encode())[:16], "big")
        bits = bits & ~(0xF << 76) | 8 << 76  # the version
        bits = bits & ~(0b11 << 62) | 0b10 << 62  # the variant
        return UUID(int=bits)

    def text_hash(self, text: str) -> str:
        """64 hexadecimal digits that stand in a text's place. Lone surrogates are hashed as they are."""
        return self._digest("text", text.encode(errors="surrogatepass")).hex()

    def message(self, message: MessageId) -> str:
        """64 hexadecimal digits that name a message without its channel, which may stand for a person."""
        return self._digest("message", *(part.encode() for part in (message.team, message.channel, message.ts))).hex()

    def seal(self, content: str) -> str:
        """64 hexadecimal digits that only who has the key can make for this content."""
        return self._digest("seal", content.encode()).hex()

    def fingerprint(self) -> str:
        """32 hexadecimal digits by which the key is known again."""
        return self._digest("fingerprint").hex()[:32]

    def _digest(self, use: str, *parts: bytes) -> bytes:
        # The length before each part keeps ("ab", "c") and ("a", "bc") apart.
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in (f"maeum/{use}/v1".encode(), *parts))
        return hmac.digest(self._key, framed, "sha256")


def load_key(settings: "Settings") -> bytes:
    """The key from TEXT_HASH_KEY; without one, from `<data_dir>/text-hash.key`, which is made on the first run.

    The key is the text itself, without white space around it, in UTF-8: what stands in the file may be moved into
    the variable, or back. The file is made in one step, readable by its owner only; of several processes that start
    at once, all get the same key. A file that others can read is used as it is, and a warning says so.
    ConfigurationError where it cannot be made or read, or is damaged.
    """
    if settings.text_hash_key is not None:
        return _key(settings.text_hash_key.get_secret_value())
    path = settings.data_dir / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        tell_if_open_to_others(path)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"is not set, and its file {path} can be neither read nor made ({type(error).__name__})"
        raise ConfigurationError(_VARIABLE, problem) from None
    except ValueError:
        text = ""
    if len(text.strip()) < SHORTEST_KEY:
        problem = f"is not set, and its file {path} is damaged; put the file back from a copy"
        raise ConfigurationError(_VARIABLE, problem)
    return _key(text)


def _key(text: str) -> bytes:
    return text.strip().encode()


def _make(path: Path) -> None:
    private_folder(path.parent)
    with private_draft(path, secrets.token_hex(_KEY_BYTES)) as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)  # fails if another process was first; its key then counts
