"""`maeum doctor`: a line for each thing, and what to do where one fails."""

from pathlib import Path

from pydantic import SecretStr

from bot.privacy import Privacy, Pseudonyms, load_key
from bot.settings import Settings, load
from bot.store import migrate
from bot.store.base import Store
from bot.wiring import utc_now
from handlers.doctor import Finding, examine, needed_scopes
from tests.factories import KEY
from tests.localslack import LocalSlack, local_slack
from tests.openai_server import OpenAIServer, Status


async def test_a_new_machine_is_told_what_to_do(tmp_path: Path) -> None:
    """Nothing set up: font and model are fine, the rest is unset, and looking has made nothing."""
    found = await _findings(_settings(tmp_path, text_hash_key=None))
    assert {subject for subject, finding in found.items() if finding.state == "ok"} == {"Hangul font", "Model"}
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
    return {finding.subject: finding async for finding in examine(settings)}
