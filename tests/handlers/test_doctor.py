"""`maeum doctor`: a line for each thing, and what to do where one fails."""

from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr

from bot.ledger import LEDGER_FILE, Deletion, Ledger
from bot.privacy import Privacy, Pseudonyms, load_key
from bot.settings import Settings, load
from bot.store import migrate
from bot.store.base import Store
from bot.wiring import office, utc_now
from handlers.doctor import examine, needed_scopes
from handlers.finding import Finding
from tests.commands import maeum
from tests.factories import KEY, person
from tests.localslack import LocalSlack, local_slack
from tests.openai_server import OpenAIServer, Status
from tests.tampering import behind


async def test_a_new_machine_is_told_what_to_do(tmp_path: Path) -> None:
    """Nothing set up: font and model are fine, the rest is unset, and looking has made nothing."""
    found = await _findings(_settings(tmp_path, text_hash_key=None))
    well = {"Hangul font", "Model", "Secrets", "Files", "Connections"}
    assert {subject for subject, finding in found.items() if finding.state == "ok"} == well
    assert {finding.state for finding in found.values()} == {"ok", "unset"}
    assert "maeum db upgrade" in found["Database"].line()
    assert _entries(tmp_path) == []


async def test_a_database_without_its_tables_is_told_to_be_upgraded(tmp_path: Path) -> None:
    """A file that was never migrated."""
    (tmp_path / "maeum.db").touch()
    found = await _findings(_settings(tmp_path))
    assert found["Migrations"].state == "failed"
    assert "maeum db upgrade" in found["Migrations"].line()


async def test_a_file_that_is_no_database_does_not_stop_the_other_checks(tmp_path: Path) -> None:
    """Its line says so, and the lines after it are there."""
    (tmp_path / "maeum.db").write_bytes(b"this is no database, whatever its name says" * 100)
    found = await _findings(_settings(tmp_path))
    assert found["Database"].state == "failed"
    assert found["Model service"].state == "unset"


async def test_a_whole_set_up_is_all_fine(tmp_path: Path) -> None:
    """Against a running workspace and model service every line is ok."""
    async with local_slack(scopes=sorted(needed_scopes())) as slack, OpenAIServer() as server:
        settings = _settings(tmp_path, **_slack(slack), openai_base_url=server.url)
        migrate.upgrade(settings.database_url)
        await _used_once(settings)
        found = await _findings(settings)
    assert {subject for subject, finding in found.items() if finding.state != "ok"} == set()


async def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    """The scopes that the token has are compared with the manifest."""
    async with local_slack(scopes=sorted(needed_scopes() - {"files:write"})) as slack:
        found = await _findings(_settings(tmp_path, **_slack(slack)))
    assert found["Scopes"].state == "failed"
    assert "files:write" in found["Scopes"].detail


async def test_tokens_that_are_refused_or_reach_nobody(tmp_path: Path) -> None:
    """Slack's own word is shown, and never the token."""
    async with local_slack() as slack:
        wrong = {**_slack(slack), "slack_bot_token": "xoxb-wrong-secret", "slack_app_token": "xapp-wrong-secret"}
        refused = await _findings(_settings(tmp_path, **wrong))
    nobody = await _findings(_settings(tmp_path, **wrong))
    for found in (refused, nobody):
        assert found["SLACK_BOT_TOKEN"].state == "failed"
        assert found["SLACK_APP_TOKEN"].state == "failed"
        assert "wrong-secret" not in "".join(finding.line() for finding in found.values())


async def test_noise_is_looked_for_only_where_it_is_asked_for(tmp_path: Path) -> None:
    """PICTURE_EPSILON needs OpenDP, and here it is."""
    assert "Noise in pictures" not in await _findings(_settings(tmp_path))
    found = await _findings(_settings(tmp_path, picture_epsilon=0.5))
    assert found["Noise in pictures"].state == "ok"
    assert "ε = 0.5" in found["Noise in pictures"].detail


async def test_a_broken_model_and_a_refusing_service_are_told(tmp_path: Path) -> None:
    """A folder without a model, and an endpoint that refuses the key."""
    async with OpenAIServer(Status(401)) as server:
        found = await _findings(_settings(tmp_path, emotion_model=str(tmp_path), openai_base_url=server.url))
    assert found["Model"].state == "failed"
    assert found["Model service"].state == "failed"
    assert "OPENAI_API_KEY" in found["Model service"].line()


async def test_a_key_of_another_database_is_told(tmp_path: Path) -> None:
    """The database remembers its key."""
    settings = _settings(tmp_path)
    migrate.upgrade(settings.database_url)
    assert (await _findings(settings))["Key and database"].state == "unset"
    await _used_once(settings)
    assert (await _findings(settings))["Key and database"].state == "ok"
    found = await _findings(settings.model_copy(update={"text_hash_key": SecretStr("z" * 40)}))
    assert found["Database"].state == "ok"
    assert found["Key and database"].state == "failed"


async def test_a_warning_is_told_with_its_mark_and_is_no_failure(tmp_path: Path) -> None:
    """A guessable key in a file that is open to others: told, not shown, and the exit status is 0."""
    key = "change-me-" * 4
    (tmp_path / ".env").write_text(f"TEXT_HASH_KEY={key}\n", "utf-8")
    (tmp_path / ".env").chmod(0o644)
    async with maeum("doctor", folder=tmp_path) as running:
        assert await running.end() == 0
    assert "! TEXT_HASH_KEY: can be guessed" in running.printed
    assert "! .env: is open to others on this machine (mode 0644)" in running.printed
    assert key not in running.printed


def _settings(folder: Path, **given: object) -> Settings:
    chosen: dict[str, object] = {"text_hash_key": KEY.hex(), **given}
    return load(_env_file=None, data_dir=folder, database_url=f"sqlite:///{folder / 'maeum.db'}", **chosen)


async def _used_once(settings: Settings) -> None:
    """As the first start leaves it: the database knows its key."""
    store = Store(settings.database_url)
    await Privacy(store, Pseudonyms(load_key(settings)), utc_now).check_key()
    await store.close()


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _slack(slack: LocalSlack) -> dict[str, object]:
    return {
        "slack_bot_token": slack.workspace.bot_token,
        "slack_app_token": slack.workspace.app_token,
        "slack_signing_secret": slack.workspace.signing_secret,
        "slack_api_url": slack.workspace.api_url,
    }


async def _findings(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding async for finding in examine(settings, settings.data_dir / ".env")}


async def test_deletions_that_the_database_has_not_seen_are_told(tmp_path: Path) -> None:
    """Those of a backup that was put back: the start will repeat them. A damaged ledger is a failure."""
    settings = _settings(tmp_path)
    migrate.upgrade(settings.database_url)
    ledger = Ledger(settings.data_dir / LEDGER_FILE)
    store = Store(settings.database_url)
    await Privacy(store, Pseudonyms(KEY), utc_now, ledger=ledger).erase(person(), actor=None, reason="left")
    await store.close()
    assert (await _findings(settings))["Deletions"].state == "ok"
    ledger.append(Deletion(uuid4(), utc_now(), person=uuid4()))
    found = (await _findings(settings))["Deletions"]
    assert found.state == "warning"
    assert "2 in the ledger, 1 of them not seen" in found.line()
    assert "the start will repeat them" in found.line()
    ledger.path.write_text("no line of ours\n", "utf-8")
    assert (await _findings(settings))["Deletions"].state == "failed"


async def test_an_audit_log_that_was_cut_off_is_told(tmp_path: Path) -> None:
    """Whole while nobody touches it; failed, with what to do, when entries are missing at its end."""
    settings = _settings(tmp_path)
    migrate.upgrade(settings.database_url)
    await _used_once(settings)
    async with office(settings) as at_work:
        for _ in range(3):
            await at_work.audit.note("looked:audit")
    assert (await _findings(settings))["Audit log"].line() == "✓ Audit log: 3 entries, whole"
    behind(settings.database_url, "DELETE FROM audit_log WHERE id > 1")
    found = (await _findings(settings))["Audit log"]
    assert found.state == "failed"
    assert "maeum admin audit verify" in found.line()
