import logging
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import RFC_4122

import pytest

from bot.errors import ConfigurationError
from bot.messages import MessageId, Person
from bot.pseudonyms import KEY_FILE, Pseudonyms, load_key
from bot.settings import Settings, load
from tests.factories import KEY

ALICE = Person("T1", "U1")


def settings(folder: Path, key: str | None = None) -> Settings:
    return load(_env_file=None, data_dir=folder, text_hash_key=key)


def test_a_person_has_one_pseudonym_and_shares_it_with_nobody() -> None:
    """The same in every process; another for another user, another workspace, another key, or a shifted boundary."""
    others = [Person("T1", "U2"), Person("T2", "U1"), Person("T1U", "1"), Person("", "T1U1")]
    pseudonym = Pseudonyms(KEY).person(ALICE)
    assert Pseudonyms(KEY).person(ALICE) == pseudonym
    assert pseudonym not in {Pseudonyms(KEY).person(other) for other in others}
    assert Pseudonyms(b"another key of thirty-two bytes!").person(ALICE) != pseudonym
    assert (pseudonym.version, pseudonym.variant) == (8, RFC_4122)


def test_a_hash_tells_texts_apart_and_nothing_else() -> None:
    """The same text has the same hash under one key and another under another; the text does not show."""
    hashed = Pseudonyms(KEY).text_hash("나 오늘 힘들어")
    assert Pseudonyms(KEY).text_hash("나 오늘 힘들어") == hashed
    assert Pseudonyms(KEY).text_hash("나 오늘 힘들어 ") != hashed
    assert Pseudonyms(b"another key of thirty-two bytes!").text_hash("나 오늘 힘들어") != hashed
    assert len(hashed) == 64
    assert int(hashed, 16)


def test_a_message_has_one_name_of_its_own() -> None:
    """The same under one key; another for another team, channel, time or key. The channel does not show."""
    message = MessageId("T1", "D0ALICE", "1700000000.000100")
    others = [replace(message, team="T2"), replace(message, channel="D0"), replace(message, ts="1700000000.0001")]
    name = Pseudonyms(KEY).message(message)
    assert Pseudonyms(KEY).message(message) == name
    assert name not in {Pseudonyms(KEY).message(other) for other in others}
    assert Pseudonyms(b"another key of thirty-two bytes!").message(message) != name
    assert len(name) == 64
    assert int(name, 16)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "e\u0301" * 500, "x" * 40_000], ids=len)
def test_any_text_has_a_hash(text: str) -> None:
    """Empty, NUL, half a character, Zalgo, 40,000 characters."""
    assert len(Pseudonyms(KEY).text_hash(text)) == 64


def test_no_value_of_one_use_is_a_value_of_another() -> None:
    """A text that reads like a person or like the fingerprint's name hashes to neither."""
    pseudonyms = Pseudonyms(KEY)
    values = {
        pseudonyms.text_hash("T1U1")[:32],
        pseudonyms.text_hash("")[:32],
        pseudonyms.text_hash("fingerprint")[:32],
        pseudonyms.person(ALICE).hex,
        pseudonyms.message(MessageId("T1", "U1", ""))[:32],
        pseudonyms.fingerprint(),
    }
    assert len(values) == 6


def test_a_key_that_is_set_is_used(tmp_path: Path) -> None:
    """TEXT_HASH_KEY wins, and no file is made."""
    assert load_key(settings(tmp_path, "k" * 40)) == b"k" * 40
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    """The second start finds the key of the first; nobody else on the machine can read it."""
    folder = tmp_path / "data"
    key = load_key(settings(folder))
    assert len(key) >= 32
    assert load_key(settings(folder)) == key
    assert load_key(settings(tmp_path / "elsewhere")) != key
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    """Web and worker on a fresh machine: whoever was first, both use its key."""
    code = (
        "import sys; from pathlib import Path; from bot.pseudonyms import load_key; from bot.settings import load;"
        "print(load_key(load(_env_file=None, text_hash_key=None, data_dir=Path(sys.argv[1]))).hex())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]  # noqa: S603 - our own
    keys = {process.communicate()[0].strip() for process in running}
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize(
    "content", [b"", b"abcd", b"f" * 31 + b" \n", b"\xff" * 64], ids=["empty", "short", "padded", "no text"]
)
def test_a_damaged_key_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    """A new key would orphan every row, so none is made; the error says what to do and shows nothing of the file."""
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match="damaged") as stopped:
        load_key(settings(tmp_path))
    assert stopped.value.variable == "TEXT_HASH_KEY"
    assert not content or content.decode(errors="replace").strip() not in str(stopped.value)
    assert (tmp_path / KEY_FILE).read_bytes() == content


@pytest.mark.parametrize("around", ["{}", "{}\n", "  {}\r\n"])
def test_the_key_moves_between_the_file_and_the_variable(tmp_path: Path, around: str) -> None:
    """What stands in the file is the same key in TEXT_HASH_KEY, and back, whatever white space came along."""
    made = load_key(settings(tmp_path))
    content = (tmp_path / KEY_FILE).read_text()
    assert load_key(settings(tmp_path / "elsewhere", around.format(content))) == made
    (tmp_path / KEY_FILE).write_text(around.format(content))
    assert load_key(settings(tmp_path)) == made


def test_a_key_file_that_others_can_read_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The key is used, the file stays as it is, and one warning says what to do and nothing of the key."""
    with caplog.at_level(logging.WARNING):
        load_key(settings(tmp_path))
        assert caplog.messages == []
        path = tmp_path / KEY_FILE
        path.chmod(0o640)
        keys = {load_key(settings(tmp_path)) for _ in range(3)}
    (warning,) = caplog.messages
    assert f"{path} is open to others" in warning
    assert "chmod 600" in warning
    assert len(keys) == 1
    assert path.read_text() not in warning
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    """The error names the variable that helps."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError) as stopped:
        load_key(settings(tmp_path / "file"))
    assert stopped.value.variable == "TEXT_HASH_KEY"
