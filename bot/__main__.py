"""The `maeum` command."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot import logs
from bot.admin_commands import app as admin_commands
from bot.errors import MaeumError, StoreUnavailable
from bot.feedback import summary
from bot.settings import Settings, load
from bot.store import hours, migrate
from bot.store.base import Store
from emotion.errors import EmotionError
from emotion.feedback import FeedbackSource, Summary, TooFew
from emotion.tools.cli import app as model_commands

T = TypeVar("T")

app = typer.Typer(
    help="Maeum (마음): reads the feeling in a message, with consent, on your own machine, and answers accordingly.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # their frames show local variables, and those can hold messages
    context_settings={"help_option_names": ["-h", "--help"]},
)
database = typer.Typer(
    help="The database: bring it up to date, tell where it stands, or count its hours anew.", no_args_is_help=True
)
app.add_typer(database, name="db")
app.add_typer(admin_commands, name="admin")
app.add_typer(
    model_commands,
    name="model",
    help="Make a classifier (prepare to evaluate), and keep its versions (pull, use, rollback).",
)


@app.callback()
def _start(context: typer.Context) -> None:
    context.obj = FeedbackSource(_feedback)  # for `maeum model`, which knows no database


@app.command()
def run() -> None:
    """Connect to Slack by Socket Mode; without any Slack token, start a local workspace in the browser."""
    from handlers import process  # noqa: PLC0415 - Bolt and ONNX Runtime take a second; --help need not wait

    settings = _settings()
    _finish(process.run(settings, typer.echo) if settings.has_slack else process.run_local(settings, typer.echo))


@app.command()
def web() -> None:
    """Serve Slack's signed HTTP requests on PORT, for deployments with a public address."""
    from handlers import process  # noqa: PLC0415 - as above

    _finish(process.web(_settings()))


@app.command()
def clock() -> None:
    """Post scheduled pictures and delete what is past its time; beside `maeum web`, in a process of its own."""
    from handlers import process  # noqa: PLC0415 - as above

    _finish(process.clock(_settings()))


@app.command()
def chat(
    folder: Annotated[
        Path, typer.Option(help="Where /graph writes its pictures.", exists=True, file_okay=False, writable=True)
    ] = Path(),
    *,
    korean: Annotated[bool, typer.Option("--korean", help="Speak Korean from the first line.")] = False,
) -> None:
    """Talk to Maeum in this terminal: the reading stands beside each reply, /graph draws."""
    from handlers import process  # noqa: PLC0415 - as above

    _finish(process.chat(_settings(), folder, "ko" if korean else None, typer.echo))


@app.command()
def doctor() -> None:
    """Check tokens, scopes, database, key, ledger of deletions, audit log, model, font, model service: a line each.

    `!` is what works and is less safe than it could be, `✗` what does not work (status 1).
    """
    from handlers.doctor import examine  # noqa: PLC0415 - as above

    async def report() -> bool:
        healthy = True
        async for finding in examine(_settings()):
            typer.echo(finding.line())
            healthy = healthy and finding.state != "failed"
        return healthy

    if not asyncio.run(report()):
        raise typer.Exit(1)


@database.command()
def upgrade() -> None:
    """Bring the database to the newest migration. Safe to repeat, and while another process does the same."""
    settings = _settings()
    try:
        migrate.upgrade(settings.database_url)
    except MaeumError as error:
        _stop(error)
    typer.echo(f"The database is at {migrate.current(settings.database_url)}.")


@database.command()
def current() -> None:
    """Tell at which migration the database is, and which is the newest."""
    try:
        at = migrate.current(_settings().database_url)
    except MaeumError as error:
        _stop(error)
    typer.echo(f"The database is at {at or 'no migration'}; the newest is {migrate.head()}.")


@database.command()
def rebuild() -> None:
    """Count the readings anew, hour by hour: channels' pictures are made of that. Tells how many hours were wrong."""

    async def work(store: Store) -> tuple[int, int]:
        async with store.begin() as session:
            return await hours.verify(session), await hours.rebuild(session)

    wrong, counted = _over_store(_settings(), work)
    typer.echo(f"{counted} hours were counted anew; {wrong} of the counts were wrong.")


def _feedback() -> Summary | TooFew:
    """What people's corrections say about the model."""
    settings = _settings()
    return _over_store(settings, lambda store: summary(store, settings.minimum_people))


def main() -> None:
    """The entry point of the `maeum` script."""
    app()


def _settings() -> Settings:
    try:
        settings = load()
    except MaeumError as error:
        _stop(error)
    logs.set_up(settings.log_level)
    return settings


def _over_store(settings: Settings, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Do the work over the database alone, without a model and without Slack."""

    async def opened() -> T:
        store = Store(settings.database_url)
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(opened())
    except MaeumError as error:
        _stop(error)


def _finish(main_job: Coroutine[Any, Any, None]) -> None:
    """Run the main job to its end; what a person can mend is said in a sentence, without a stack trace."""
    try:
        asyncio.run(main_job)
    except (MaeumError, EmotionError) as error:
        _stop(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _stop(error: Exception) -> NoReturn:
    variable = "DATABASE_URL: " if isinstance(error, StoreUnavailable) else ""
    typer.secho(f"maeum: {variable}{error}", fg="red", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
