from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.local.binary import PACKAGE, PLATFORM, VERSION, install, this_platform
from handlers.local.errors import BinaryAltered, DownloadFailed, NpmMissing, PlatformForeign
from tests.localslack import CACHE, binary

FakeNpm = Callable[[str], str]


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    """Makes an npm that runs a shell script instead, and returns the search path to it."""

    def make(script: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "npm"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return str(folder)

    return make


def test_without_npm_one_line_says_what_to_install_and_what_works_until_then(tmp_path: Path) -> None:
    """Without npm, one line in English and in Korean names Node.js 20 and offers `maeum chat`."""
    with pytest.raises(NpmMissing) as caught:
        install(tmp_path, search_path=str(tmp_path), machine=PLATFORM)

    english, korean = caught.value.sentence("en"), caught.value.sentence("ko")
    for sentence in (english, korean):
        assert "https://nodejs.org " in sentence
        assert "Node.js 20" in sentence
        assert "`maeum chat`" in sentence
        assert "\n" not in sentence
    assert "Install" in english
    assert "설치해 주세요" in korean
    assert str(caught.value) == english


def test_another_platform_is_told_so_before_anything_is_fetched(tmp_path: Path) -> None:
    """Where there is no binary for the machine, the sentence names the machine, and npm is not asked."""
    with pytest.raises(PlatformForeign) as caught:
        install(tmp_path, search_path=str(tmp_path), machine="darwin-arm64")

    assert "darwin-arm64" in caught.value.sentence("en")
    assert "darwin-arm64" in caught.value.sentence("ko")


def test_npms_own_code_says_why_the_download_failed(tmp_path: Path, npm: FakeNpm) -> None:
    """When npm fails, its error code reaches the person, and nothing of its other output."""
    broken = npm("echo 'npm error code ENOTFOUND' >&2; echo 'npm error a long story' >&2; exit 1")

    with pytest.raises(DownloadFailed) as caught:
        install(tmp_path, search_path=broken, machine=PLATFORM)

    assert "(ENOTFOUND)" in str(caught.value)
    assert "long story" not in str(caught.value)


def test_the_progress_is_said_in_the_persons_language(tmp_path: Path, npm: FakeNpm) -> None:
    """The one long wait is announced, with the pinned version."""
    said: list[str] = []

    with pytest.raises(DownloadFailed):
        install(tmp_path, said.append, locale="ko", search_path=npm("exit 3"), machine=PLATFORM)

    assert len(said) == 1
    assert "받고 있어요" in said[0]
    assert f"{PACKAGE}@{VERSION}" in said[0]


def test_what_is_not_the_tested_binary_is_not_started(tmp_path: Path, npm: FakeNpm) -> None:
    """A download with the right name and version but other content is refused."""
    description = f'{{"version": "{VERSION}"}}'
    impostor = npm(
        f"mkdir -p node_modules/{PACKAGE}/bin && cd node_modules/{PACKAGE}"
        f" && echo '{description}' > package.json && echo another > bin/local-slack"
    )

    with pytest.raises(BinaryAltered) as caught:
        install(tmp_path, search_path=impostor, machine=PLATFORM)

    assert str(tmp_path) in caught.value.sentence("ko")


@pytest.mark.slack
@pytest.mark.skipif(this_platform() != PLATFORM, reason="local-slack has no binary for this machine")
def test_it_is_fetched_only_once(tmp_path: Path) -> None:
    """Once it is there and whole, npm is not needed any more."""
    first = binary()

    assert install(CACHE, search_path=str(tmp_path)) == first
