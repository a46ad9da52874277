"""`maeum doctor`: one line for each thing the bot needs, and what to do where one fails."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.engine import make_url

from bot import noise
from bot.administration import AuditLog, explained
from bot.anchor import Anchor
from bot.errors import ConfigurationError, MaeumError, StoreUnavailable, WriterError
from bot.ledger import LEDGER_FILE, Ledger
from bot.llm.client import OpenAIWriter
from bot.pseudonyms import KEY_FILE, Pseudonyms, load_key
from bot.settings import Settings
from bot.store import audit, key_check, migrate
from bot.store.base import Store
from bot.wiring import MODELS, utc_now
from charts.style import FontMissing, ensure_fonts
from emotion.errors import EmotionError
from emotion.serving import serve
from emotion.versions import Shelf
from handlers.finding import Finding
from handlers.hardening import weaknesses
from handlers.slack.errors import code_of

ENV_FILE: Final = Path(".env")
MANIFEST: Final = Path(__file__).parent.parent / "manifest.json"
_SLACK_SECONDS: Final = 10


async def examine(settings: Settings, env_file: Path = ENV_FILE) -> AsyncIterator[Finding]:
    """Run every check, the quick and local ones first. No check stops the others."""
    yield _font()
    yield await asyncio.to_thread(_model, settings)
    if settings.picture_epsilon:
        yield await asyncio.to_thread(_noise, settings)
    for weakness in await asyncio.to_thread(lambda: list(weaknesses(settings, env_file))):
        yield weakness
    async for finding in _database(settings):
        yield finding
    async for finding in _slack(settings):
        yield finding
    yield await _writer(settings)


def _font() -> Finding:
    try:
        ensure_fonts()
    except FontMissing:
        return Finding("Hangul font", "failed", "the pictures cannot show Korean", "install Maeum again: make run")
    return Finding("Hangul font", "ok", "Korean and English can be drawn")


def _model(settings: Settings) -> Finding:
    try:
        classifier = serve(settings.emotion_model, Shelf(settings.data_dir / MODELS), threads=settings.emotion_threads)
    except EmotionError as error:
        return Finding("Model", "failed", str(error))
    classifier.close()
    return Finding("Model", "ok", f"{classifier.version}, every checksum fits")


def _noise(settings: Settings) -> Finding:
    try:
        noise.of(settings.picture_epsilon, settings.picture_epsilon_budget)
    except ConfigurationError as error:
        return Finding("Noise in pictures", "failed", str(error), noise.INSTALL)
    return Finding("Noise in pictures", "ok", f"OpenDP adds it, ε = {settings.picture_epsilon:g}")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    """Looks and makes nothing: neither the key nor the file, and leaves no fingerprint in a new database."""
    key_file = settings.data_dir / KEY_FILE
    pseudonyms: Pseudonyms | None = None
    if settings.text_hash_key is None and not key_file.exists():
        yield Finding("Key", "unset", f"is made in {key_file} at the first start", "or set TEXT_HASH_KEY")
    else:
        try:
            pseudonyms = Pseudonyms(load_key(settings))
        except MaeumError as error:
            yield Finding("Key", "failed", str(error))
            return
        yield Finding("Key", "ok", "from TEXT_HASH_KEY" if settings.text_hash_key else f"in {key_file}")
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):  # noqa: ASYNC240, PTH110 - a look
        yield Finding("Database", "unset", f"{url.database} is made at the first start, or by: maeum db upgrade")
        return
    store: Store | None = None
    try:
        store = Store(settings.database_url)
        async for finding in _tables(store, settings, pseudonyms):
            yield finding
        yield await _deletions(store, settings)
    except MaeumError as error:
        yield Finding("Database", "failed", str(error), "check DATABASE_URL")
    finally:
        if store is not None:
            await store.close()


async def _tables(store: Store, settings: Settings, pseudonyms: Pseudonyms | None) -> AsyncIterator[Finding]:
    await store.ping()
    yield Finding("Database", "ok", store.kind)
    current = await asyncio.to_thread(migrate.current, settings.database_url)
    if current != migrate.head():
        yield Finding("Migrations", "failed", f"at {current}, not {migrate.head()}", "run: maeum db upgrade")
        return
    yield Finding("Migrations", "ok", f"at {current}")
    async with store.read() as session:
        written_under = await key_check.remembered(session)
    if written_under is None:
        yield Finding("Key and database", "unset", "no key was used with it yet")
    elif pseudonyms is None or pseudonyms.fingerprint() != written_under:
        remedy = "put the earlier TEXT_HASH_KEY (or text-hash.key) back"
        yield Finding("Key and database", "failed", "the database was written under another key", remedy)
    else:
        yield Finding("Key and database", "ok", "they belong together")
        yield await _audit_log(store, settings, pseudonyms)


async def _audit_log(store: Store, settings: Settings, pseudonyms: Pseudonyms) -> Finding:
    """Whether the audit log is what was written, and the one that its anchor knows."""
    log = AuditLog(store, Anchor.of(store.url, settings.data_dir, pseudonyms.seal), utc_now)
    verdict = await log.verify()
    if verdict.whole:
        return Finding("Audit log", "ok", f"{verdict.entries} entries, whole")
    only_new = verdict.broken is None and verdict.anchor == "missing"  # as after an update from before there was one
    state: Literal["warning", "failed"] = "warning" if only_new else "failed"
    return Finding("Audit log", state, explained(verdict)[0], "look closer: maeum admin audit verify")


async def _deletions(store: Store, settings: Settings) -> Finding:
    """How many deletions are written down outside the database, and how many of them it has not seen."""
    ledger = Ledger(settings.data_dir / LEDGER_FILE)
    try:
        known = await asyncio.to_thread(ledger.deletions)
        async with store.read() as session:
            seen = await audit.erasures(session)
            here = await key_check.identity(session)
    except ConfigurationError as error:
        return Finding("Deletions", "failed", str(error))
    except StoreUnavailable:
        return Finding("Deletions", "unset", "the database cannot say which it has seen")
    ours = [deletion for deletion in known if deletion.concerns(here)]
    unseen = sum(deletion.receipt not in seen for deletion in ours)
    detail = f"{len(ours)} in the ledger, {unseen} of them not seen by the database"
    if unseen:
        return Finding("Deletions", "warning", detail, "the start will repeat them")
    return Finding("Deletions", "ok", detail)


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.has_slack:
        yield Finding("Slack", "unset", "no tokens; `maeum run` brings a local workspace of its own")
        return
    if settings.slack_bot_token is None:
        yield Finding("SLACK_BOT_TOKEN", "failed", "is not set", "copy it from OAuth & Permissions of your app")
    else:
        async for finding in _bot_token(settings, settings.slack_bot_token.get_secret_value()):
            yield finding
    if settings.slack_app_token is None:
        yield Finding("SLACK_APP_TOKEN", "unset", "not set; only `maeum run` (Socket Mode) needs it")
    else:
        yield await _app_token(settings, settings.slack_app_token.get_secret_value())
    if settings.slack_signing_secret is None:
        yield Finding("SLACK_SIGNING_SECRET", "unset", "not set; only `maeum web` (HTTP) needs it")
    else:
        yield Finding("SLACK_SIGNING_SECRET", "ok", "set; Slack has no call that checks it")


async def _bot_token(settings: Settings, token: str) -> AsyncIterator[Finding]:
    client = AsyncWebClient(token=token, base_url=settings.slack_api_url, timeout=_SLACK_SECONDS)
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        code = code_of(error)
        yield Finding("SLACK_BOT_TOKEN", "failed", f"Slack says {code}", "install the app again and copy the new token")
        return
    except Exception as error:  # noqa: BLE001 - aiohttp raises several kinds; each means that Slack was not reached
        yield Finding("SLACK_BOT_TOKEN", "failed", f"no answer ({type(error).__name__})", "check SLACK_API_URL")
        return
    yield Finding("SLACK_BOT_TOKEN", "ok", f"{answer['user']} in {answer['team']}")
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    missing = needed_scopes() - granted
    if not granted:
        yield Finding("Scopes", "unset", "this workspace does not tell which are granted")
    elif missing:
        names = ", ".join(sorted(missing))
        yield Finding("Scopes", "failed", f"missing: {names}", "add them (manifest.json) and install the app again")
    else:
        yield Finding("Scopes", "ok", "all that the manifest asks for")


async def _app_token(settings: Settings, token: str) -> Finding:
    client = AsyncWebClient(token=token, base_url=settings.slack_api_url, timeout=_SLACK_SECONDS)
    try:
        await client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        code = code_of(error)
        remedy = "make an app-level token with connections:write"
        return Finding("SLACK_APP_TOKEN", "failed", f"Slack says {code}", remedy)
    except Exception as error:  # noqa: BLE001 - as above
        return Finding("SLACK_APP_TOKEN", "failed", f"no answer ({type(error).__name__})", "check SLACK_API_URL")
    return Finding("SLACK_APP_TOKEN", "ok", "Socket Mode can be opened")


async def _writer(settings: Settings) -> Finding:
    if not settings.has_writer:
        return Finding("Model service", "unset", "no OPENAI_API_KEY or OPENAI_BASE_URL; replies are built in")
    writer = OpenAIWriter.from_settings(settings)
    try:
        await writer.ping()
    except WriterError as error:
        remedy = "check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL"
        return Finding("Model service", "failed", type(error).__name__, remedy)
    finally:
        await writer.close()
    return Finding("Model service", "ok", f"{settings.openai_model} answers")


def needed_scopes() -> frozenset[str]:
    """The bot scopes that manifest.json asks for."""
    manifest = json.loads(manifest_text())
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


def manifest_text() -> str:
    """The app manifest: beside the packages in a checkout, inside them in an installation."""
    if MANIFEST.is_file():
        return MANIFEST.read_text("utf-8")
    return (resources.files("handlers") / "manifest.json").read_text("utf-8")
