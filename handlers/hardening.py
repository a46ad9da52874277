"""What works and is less safe than it could be: guessable keys, files open to others, ways that others can listen on.

No value of a setting is ever shown, only its name.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from bot.anchor import ANCHOR_FILE
from bot.files import mode_where
from bot.ledger import LEDGER_FILE
from bot.pseudonyms import KEY_FILE
from bot.settings import Settings
from bot.wiring import MODELS
from emotion.artifact import SHIPPED
from handlers.finding import Finding

_KEY: Final = "TEXT_HASH_KEY"
_FEWEST_SIGNS: Final = 8
"""Different characters. Of 32 hexadecimal digits drawn by chance, fewer show once in ten million keys."""
_SHORTEST_PART: Final = 8
"""Characters that two secrets have in common by no chance."""
_PLACEHOLDERS: Final = ("change", "example", "password", "passphrase", "placeholder", "replace", "secret", "your")
_ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})
_LEDGERS: Final = (LEDGER_FILE, ANCHOR_FILE)
_ANY: Final = stat.S_IRWXG | stat.S_IRWXO
_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def weaknesses(settings: Settings, env_file: Path) -> Iterator[Finding]:
    """Everything that could be safer; a line that all is well for each of the three kinds where it is."""
    kinds = {
        "Secrets": ("hard to guess, and each its own", _secrets(settings)),
        "Files": ("open to nobody else", _files(settings, env_file)),
        "Connections": ("encrypted, or on this machine", _connections(settings)),
    }
    for subject, (well, found) in kinds.items():
        warnings = list(found)
        yield from warnings or [Finding(subject, "ok", well)]


def _secrets(settings: Settings) -> Iterator[Finding]:
    key = _key(settings)
    if key is None:
        return
    remedy = "with an empty database take another (openssl rand -hex 32); with a full one, protect the database well"
    if why := _guessable(key):
        yield Finding(_KEY, "warning", f"can be guessed: {why}", remedy)
    for name, value in _others(settings).items():
        short, long = sorted((key, value), key=len)
        if len(short) >= _SHORTEST_PART and short in long:
            yield Finding(_KEY, "warning", f"has the value of {name} in it, or is part of it", remedy)


def _key(settings: Settings) -> str | None:
    """The key, from wherever it is taken; None where there is none yet, or it cannot be read."""
    if settings.text_hash_key is not None:
        return settings.text_hash_key.get_secret_value().strip()
    try:
        return (settings.data_dir / KEY_FILE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


def _guessable(key: str) -> str | None:
    """Why the key may be guessed; None where nothing speaks for it. No test can tell a key that was drawn by chance."""
    if len(set(key)) < _FEWEST_SIGNS:
        return "it has few different characters"
    if any(key == (key[:length] * len(key))[: len(key)] for length in range(1, len(key) // 2 + 1)):
        return "it repeats itself"
    steps = [abs(ord(one) - ord(after)) for one, after in pairwise(key)]
    if sum(step <= 1 for step in steps) > len(steps) // 2:
        return "its characters follow each other"
    if any(word in key.casefold() for word in _PLACEHOLDERS):
        return "it looks like one that was to be replaced"
    return None


def _others(settings: Settings) -> Mapping[str, str]:
    secrets = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "OPENAI_API_KEY": settings.openai_api_key,
    }
    others = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
    url = make_url(settings.database_url)
    password = url.password or url.query.get("password")
    return {**others, "the password in DATABASE_URL": password} if isinstance(password, str) else others


def _files(settings: Settings, env_file: Path) -> Iterator[Finding]:
    folder = settings.data_dir
    secret = [env_file, folder / KEY_FILE, *(folder / name for name in _LEDGERS)]
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        secret += [Path(url.database + ending) for ending in ("", "-wal", "-shm", "-journal")]
        secret.append(Path(url.database).parent / ANCHOR_FILE)
    for path in dict.fromkeys(secret):
        if (mode := mode_where(path, _ANY)) is not None:
            yield Finding(str(path), "warning", f"is open to others on this machine (mode {mode:04o})", "chmod 600")
    if (mode := mode_where(folder, _ANY)) is not None:
        yield Finding(str(folder), "warning", f"is a folder open to others (mode {mode:04o})", "chmod 700")
    yield from _models(settings)


def _models(settings: Settings) -> Iterator[Finding]:
    """Whoever can change a model decides what is read into people's words; its checksums lie beside it."""
    folders = [(settings.data_dir / MODELS, _WRITE), (SHIPPED, stat.S_IWOTH)]  # a checkout is often the group's too
    if settings.emotion_model is not None:
        folders.append((Path(settings.emotion_model), _WRITE))  # an id of the Hub is no folder here
    for folder, bits in folders:
        for path in (folder, *sorted(folder.rglob("*"))):
            if not path.is_symlink() and (mode := mode_where(path, bits)) is not None:
                yield Finding(str(path), "warning", f"can be changed by others (mode {mode:04o})", "chmod go-w")


def _connections(settings: Settings) -> Iterator[Finding]:
    for name, address in (("SLACK_API_URL", settings.slack_api_url), ("OPENAI_BASE_URL", settings.openai_base_url)):
        parts = urlsplit(str(address or ""))
        if parts.scheme == "http" and not _is_here(parts.hostname or ""):
            detail = "is neither https nor on this machine: others on the way can read along"
            yield Finding(name, "warning", detail, "use https://")
    if _travels_open(make_url(settings.database_url)):
        detail = "goes over a network and does not insist on encryption"
        yield Finding("DATABASE_URL", "warning", detail, "add ?sslmode=verify-full (or at least require)")


def _travels_open(url: URL) -> bool:
    if url.get_backend_name() != "postgresql":
        return False
    asked = url.query.get("sslmode") or os.environ.get("PGSSLMODE", "")
    return asked not in _ENCRYPTED and not all(map(_is_here, _hosts(url)))


def _hosts(url: URL) -> list[str]:
    """Every host that may be tried; an empty one, or a path, is a socket on this machine."""
    named = url.query.get("hostaddr") or url.query.get("host") or url.host or os.environ.get("PGHOST", "")
    return [host for one in ([named] if isinstance(named, str) else named) for host in one.split(",")]


def _is_here(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    if not host or host.startswith(("/", "@")) or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
