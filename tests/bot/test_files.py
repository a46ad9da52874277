import logging
from pathlib import Path

import pytest

from bot.files import mode_where, private_folder, tell_if_open_to_others


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


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """With what is missing above it; one that stands already keeps its mode, and what is in it."""
    made = tmp_path / "above" / "data"
    private_folder(made)
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    (made / "file").touch()
    private_folder(made)
    assert made.stat().st_mode & 0o777 == 0o755
    assert (made / "file").exists()


def test_a_mode_is_told_where_a_bit_of_it_matters(tmp_path: Path) -> None:
    """None where none is set, and for what is not there."""
    path = tmp_path / "file"
    assert mode_where(path, 0o077) is None
    path.touch()
    path.chmod(0o640)
    assert mode_where(path, 0o077) == 0o640
    assert mode_where(path, 0o022) is None
