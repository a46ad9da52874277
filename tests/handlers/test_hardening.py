"""`maeum doctor` warns of what works and is less safe than it could be, and shows no secret while it does."""

import secrets
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.anchor import ANCHOR_FILE
from bot.ledger import LEDGER_FILE
from bot.pseudonyms import KEY_FILE, load_key
from bot.settings import Settings, load
from bot.wiring import MODELS
from handlers.finding import Finding
from handlers.hardening import weaknesses

GOOD = "f3a91c7be0245d886a1fb7d2c95e03467d18ae5f92c4b06bd7e13a8f5c29064b"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """DATA_DIR as it should be."""
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def settings(folder: Path, **given: object) -> Settings:
    """Settings of one's own: a good key and a database in DATA_DIR."""
    return load(_env_file=None, data_dir=folder, **{"text_hash_key": GOOD, **given})


def warned(chosen: Settings, env_file: Path = Path("none")) -> dict[str, Finding]:
    """What is warned of, by what it is about."""
    return {found.subject: found for found in weaknesses(chosen, env_file) if found.state == "warning"}


def test_a_safe_set_up_is_told_so_in_three_lines(folder: Path) -> None:
    """One for each kind, and nothing to do."""
    found = list(weaknesses(settings(folder), folder / ".env"))
    assert [(finding.subject, finding.state) for finding in found] == [
        ("Secrets", "ok"),
        ("Files", "ok"),
        ("Connections", "ok"),
    ]


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """Neither a key nor a folder."""
    assert warned(settings(tmp_path / "none", text_hash_key=None)) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_warning_has_a_mark_of_its_own() -> None:
    """Readable without colours, and not that of a failure."""
    marks = {state: Finding("A", state, "b").line()[0] for state in ("ok", "unset", "warning", "failed")}
    assert marks["warning"] == "!"
    assert len(set(marks.values())) == 4


@pytest.mark.parametrize(
    "key",
    [
        "a" * 64,
        "0" * 31 + "1",
        "01234567" * 4,
        "maeum-key-" * 5,
        "correcthorse correcthorse correcthorse",
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "0011223344556677889900aabbccddeeff",
        "please-change-me-before-you-go-live!",
        "your-32-character-key-goes-in-here-x9",
        "this_is_my_very_secret_key_1234567890",
        "EXAMPLE-KEY-f3a91c7be0245d886a1fb7d2",
    ],
)
def test_a_key_that_can_be_guessed_is_told(folder: Path, key: str) -> None:
    """Whether it comes from the variable or from its file; the key is not repeated."""
    (folder / KEY_FILE).write_text(key + "\n", "utf-8")
    (folder / KEY_FILE).chmod(0o600)
    for given in (key, None):
        finding = warned(settings(folder, text_hash_key=given))["TEXT_HASH_KEY"]
        assert "can be guessed" in finding.line()
        assert key not in finding.line()


def test_a_key_that_was_drawn_by_chance_is_let_be() -> None:
    """Hundreds as `openssl rand` makes them, in hexadecimal digits of both lengths, and in letters of every kind."""
    for _ in range(300):
        for key in (secrets.token_hex(16), secrets.token_hex(32), secrets.token_urlsafe(32)):
            if any(word in key.casefold() for word in ("change", "example", "secret", "your")):
                continue  # by chance, once in many million
            assert warned(settings(Path("none"), text_hash_key=key)) == {}


def test_the_key_that_the_bot_makes_is_a_good_one(folder: Path) -> None:
    """In its file, which is its owner's alone."""
    chosen = settings(folder, text_hash_key=None)
    load_key(chosen)
    assert warned(chosen) == {}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"slack_signing_secret": GOOD}, "SLACK_SIGNING_SECRET"),
        ({"slack_signing_secret": GOOD[:32]}, "SLACK_SIGNING_SECRET"),
        ({"slack_bot_token": f"xoxb-{GOOD}"}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": f"xapp-{GOOD}"}, "SLACK_APP_TOKEN"),
        ({"openai_api_key": GOOD}, "OPENAI_API_KEY"),
        ({"database_url": f"postgresql://u:{GOOD}@localhost/d"}, "DATABASE_URL"),
        ({"database_url": f"postgresql://u:{GOOD[8:24]}@localhost/d"}, "DATABASE_URL"),
        ({"database_url": f"postgresql://u@localhost/d?password={GOOD}"}, "DATABASE_URL"),
    ],
)
def test_a_key_that_is_another_secret_too_is_told(folder: Path, given: dict[str, str], name: str) -> None:
    """Whole or in part: whoever has the one would have the other. Neither is shown."""
    line = warned(settings(folder, **given))["TEXT_HASH_KEY"].line()
    assert name in line
    assert GOOD[8:24] not in line


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
@pytest.mark.parametrize(
    "name", [".env", KEY_FILE, "maeum.db", "maeum.db-wal", "maeum.db-shm", "maeum.db-journal", LEDGER_FILE, ANCHOR_FILE]
)
def test_a_file_that_others_can_read_or_change_is_named(folder: Path, name: str, mode: int) -> None:
    """Each that holds a secret or people, with its mode and what to do."""
    path = folder / name
    path.write_text(GOOD, "utf-8")
    path.chmod(mode)
    finding = warned(settings(folder, text_hash_key=None), folder / ".env")[str(path)]
    assert f"{mode:04o}" in finding.detail
    assert "chmod 600" in finding.remedy
    path.chmod(0o600)
    assert warned(settings(folder, text_hash_key=None), folder / ".env") == {}


def test_a_database_elsewhere_is_looked_at_there(folder: Path, tmp_path: Path) -> None:
    """And its side files beside it."""
    for name in ("else.db", "else.db-wal", ANCHOR_FILE):
        (tmp_path / name).touch(0o644)
        (tmp_path / name).chmod(0o644)
    found = warned(settings(folder, database_url=f"sqlite:///{tmp_path / 'else.db'}"))
    assert set(found) == {str(tmp_path / name) for name in ("else.db", "else.db-wal", ANCHOR_FILE)}


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o701])
def test_a_data_folder_that_is_open_is_named(folder: Path, mode: int) -> None:
    """A copy of the database that somebody puts there is open then too."""
    folder.chmod(mode)
    assert "chmod 700" in warned(settings(folder))[str(folder)].line()


@pytest.mark.parametrize("name", ["models", "models/current.json", "models/1.0/model.onnx"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_a_model_that_others_can_change_is_named(folder: Path, name: str, mode: int) -> None:
    """The folder, the note of which is used, and what is inside a version: its checksums lie beside it."""
    (folder / MODELS / "1.0").mkdir(parents=True)
    for made in (folder / MODELS, folder / MODELS / "1.0"):
        made.chmod(0o755)
    for file in ("current.json", "1.0/model.onnx"):
        (folder / MODELS / file).touch(0o644)
        (folder / MODELS / file).chmod(0o644)
    assert warned(settings(folder)) == {}
    path = folder / name
    path.chmod(path.stat().st_mode & 0o777 | mode)
    assert set(warned(settings(folder))) == {str(path)}


def test_a_model_from_a_folder_of_its_own_is_looked_at_there(folder: Path, tmp_path: Path) -> None:
    """EMOTION_MODEL may name one; a name of the Hub is no folder."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine").chmod(0o777)
    assert set(warned(settings(folder, emotion_model=str(tmp_path / "mine")))) == {str(tmp_path / "mine")}
    assert warned(settings(folder, emotion_model="somebody/model@v1")) == {}


@pytest.mark.parametrize(
    ("url", "open_"),
    [
        ("postgresql://u:p@db.example.org/d", True),
        ("postgresql://u:p@10.0.0.5/d?sslmode=prefer", True),
        ("postgresql://u:p@db.example.org/d?sslmode=disable", True),
        ("postgresql://u:p@/d?host=db.example.org", True),
        ("postgresql://u:p@/d?host=localhost,db.example.org", True),
        ("postgresql://u:p@localhost/d?hostaddr=10.0.0.5", True),
        ("postgresql://u:p@db.example.org/d?sslmode=require", False),
        ("postgresql://u:p@db.example.org/d?sslmode=verify-full", False),
        ("postgresql://u:p@localhost/d", False),
        ("postgresql://u:p@127.0.0.1:5433/d", False),
        ("postgresql://u:p@[::1]/d", False),
        ("postgresql:///d", False),
        ("postgresql:///d?host=/var/run/postgresql", False),
        ("sqlite:///some.db", False),
    ],
)
def test_a_database_across_a_network_is_to_insist_on_encryption(folder: Path, url: str, *, open_: bool) -> None:
    """`prefer`, the driver's own choice, goes without where somebody in between says so."""
    assert ("DATABASE_URL" in warned(settings(folder, database_url=url))) is open_


@pytest.mark.parametrize("name", ["slack_api_url", "openai_base_url"])
@pytest.mark.parametrize(
    ("url", "open_"),
    [
        ("http://model.example.org/v1", True),
        ("http://10.0.0.5:11434/v1", True),
        ("http://localhost.example.org/v1", True),
        ("https://model.example.org/v1", False),
        ("http://127.0.0.1:11434/v1", False),
        ("http://localhost:11434/v1", False),
        ("http://[::1]:11434/v1", False),
    ],
)
def test_an_address_is_to_be_https_or_here(folder: Path, name: str, url: str, *, open_: bool) -> None:
    """What people write, and the key of the service, would go in the clear."""
    assert (name.upper() in warned(settings(folder, **{name: url}))) is open_


def test_a_password_in_an_address_is_not_shown(folder: Path) -> None:
    """The warning names the setting alone."""
    found = warned(settings(folder, openai_base_url="http://user:opensesame@model.example.org/v1"))
    assert "opensesame" not in found["OPENAI_BASE_URL"].line()


def test_the_secret_of_a_settings_copy_counts(folder: Path) -> None:
    """What is looked at are the settings at hand, wherever they come from."""
    copied = settings(folder).model_copy(update={"slack_signing_secret": SecretStr(GOOD)})
    assert "SLACK_SIGNING_SECRET" in warned(copied)["TEXT_HASH_KEY"].detail
