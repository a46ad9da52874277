"""The binary of the local workspace: fetched once by npm, pinned, and checked before every start."""

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.messages import Locale
from handlers.local.errors import BinaryAltered, DownloadFailed, NpmMissing, PlatformForeign

PACKAGE: Final = "local-slack-linux-x64"
"""The binary alone. The package `local-slack` would add a Node wrapper that is not needed."""
VERSION: Final = "0.1.8"
SHA256: Final = "3332007b797969d835f694b463ac526f7ef1fc66afac93f950f585105fe4815f"
"""Of the binary in that version: it is not started with any other content."""
PLATFORM: Final = "linux-x86_64"

_DOWNLOAD_SECONDS: Final = 600
_NPM_CODE: Final = re.compile(r"^npm (?:error|ERR!) code (\w+)$", re.MULTILINE)
_FETCHING: Final[dict[Locale, str]] = {
    "en": "Fetching the local workspace ({package}, about 37 MB, only this once) ...",
    "ko": "로컬 워크스페이스를 받고 있어요({package}, 약 37 MB, 처음 한 번만) ...",
}

Say = Callable[[str], None]


def this_platform() -> str:
    """System and processor, as in `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine().lower()}"


def install(
    data_dir: Path,
    say: Say = lambda _: None,
    *,
    locale: Locale = "en",
    search_path: str | None = None,
    machine: str | None = None,
) -> Path:
    """Return the checked binary under `data_dir`/local-slack, fetched by npm where it is not there yet.

    Safe to repeat, and while another process does the same. Progress is said in `locale`. npm is looked for
    in `search_path` (default: PATH). Raises a LocalSlackUnavailable that says what to do.
    """
    machine = machine or this_platform()
    if machine != PLATFORM:
        raise PlatformForeign(platform=machine)
    folder = (data_dir / "local-slack").absolute()
    binary = folder / "node_modules" / PACKAGE / "bin" / "local-slack"
    if not _installed(binary):
        npm = shutil.which("npm", path=search_path)
        if npm is None:
            raise NpmMissing
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".lock"):
            if not _installed(binary):
                say(_FETCHING[locale].format(package=f"{PACKAGE}@{VERSION}"))
                _fetch(npm, folder)
    if not _installed(binary) or _sha256(binary) != SHA256:
        raise BinaryAltered(path=str(binary), package=f"{PACKAGE} {VERSION}")
    return binary


def _installed(binary: Path) -> bool:
    """Whether npm finished with this version: it writes the package.json and the binary in one move."""
    try:
        description = json.loads((binary.parents[1] / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return description.get("version") == VERSION and binary.is_file()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    import fcntl  # noqa: PLC0415 - Windows has none, and never comes this far

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released with the file, also by a process that dies
        yield


def _fetch(npm: str, folder: Path) -> None:
    # A package.json of its own: npm would otherwise look for one in the folders above.
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    command = [npm, "install", "--prefix", str(folder), f"{PACKAGE}@{VERSION}"]
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--save-exact"]
    try:
        done = subprocess.run(  # noqa: S603 - npm as found on PATH, with arguments that are all ours
            [*command, *quiet],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DownloadFailed(package=f"{PACKAGE}@{VERSION}", code="ETIMEDOUT") from None
    if done.returncode != 0:
        code = _NPM_CODE.search(done.stderr)
        said = code[1] if code else f"npm exit status {done.returncode}"
        raise DownloadFailed(package=f"{PACKAGE}@{VERSION}", code=said)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
