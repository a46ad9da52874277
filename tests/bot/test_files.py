import logging
from pathlib import Path

import pytest

from bot.files import tell_if_open_to_others


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_is_open_to_others_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    """By whichever bit it is open; the warning names the file and its mode, and another file gets its own."""
    paths = [tmp_path / "first", tmp_path / "second"]
    with caplog.at_level(logging.WARNING):
        for path in (*paths, *paths):
            path.touch()
            path.chmod(mode)
            tell_if_open_to_others(path)
    assert len(caplog.messages) == 2
    for path, message in zip(paths, caplog.messages, strict=True):
        assert str(path) in message
        assert f"{mode:04o}" in message


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_its_owner_alone_is_not_worth_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    """Until it is opened to others, later on."""
    path = tmp_path / "mine"
    path.touch()
    path.chmod(mode)
    with caplog.at_level(logging.WARNING):
        tell_if_open_to_others(path)
        assert caplog.messages == []
        path.chmod(0o644)
        tell_if_open_to_others(path)
    assert len(caplog.messages) == 1


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The caller knows better what that means."""
    with pytest.raises(FileNotFoundError):
        tell_if_open_to_others(tmp_path / "none")
