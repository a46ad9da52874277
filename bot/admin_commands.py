"""`maeum admin …`: what administrators do in Slack, for whoever runs the bot. Audited in the same log, as `operator`.

Nothing here shows what anybody's readings say.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot import logs
from bot.administration import Logged, as_csv, as_json, explained
from bot.errors import BadRule, MaeumError, StoreUnavailable
from bot.messages import Person
from bot.rules import RuleChange, WorkspaceRules
from bot.settings import Settings, load

if TYPE_CHECKING:
    from bot.wiring import Office

app = typer.Typer(
    help="Administer a workspace from the host: delete a person, set its rules, read and verify the audit log.",
    no_args_is_help=True,
)
audit = typer.Typer(help="The audit log: its latest entries, all of them as a file, and whether it is whole.")
app.add_typer(audit, name="audit")

Team = Annotated[str | None, typer.Option("--team", help="The workspace (T…), where several are stored.")]

_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
_TEAM: Final = re.compile(r"[TE][A-Z0-9]{2,30}")
_LOOKED: Final = "looked:erase"
_READ: Final = "looked:audit"
_EXPORTED: Final = "exported:audit"
_SHOWN: Final = 20
_ANYTHING: Final = {"ignore_unknown_options": True}
"""So that -1 is a number that is refused in words, and no option."""


class _Said(Exception):
    """Something that the operator is to mend, in a sentence."""


@app.command()
def show(team: Team = None) -> None:
    """Show the rules of the workspace, and whether the audit log is whole. Nothing about any person."""

    async def do(office: "Office") -> None:
        chosen = await _team(office, team)
        rules = await office.rules.of(chosen)
        channels = "all that the bot is in" if rules.reading_channels is None else " ".join(rules.reading_channels)
        typer.echo(f"Workspace: {chosen}")
        typer.echo(f"Readings are kept for: {rules.retention_days} days")
        typer.echo(f"A channel's picture needs: {rules.minimum_people} people")
        typer.echo(f"Messages may be read in: {channels}")
        typer.echo(f"Pictures may be scheduled by: {rules.scheduling}")
        for line in _noise(office.settings, await office.noise_spent(chosen)):
            typer.echo(line)
        verdict = await office.audit.verify()
        typer.echo(f"Audit log: {verdict.entries} entries, {'whole' if verdict.whole else 'NOT whole'}")

    _run(do)


@app.command()
def delete(
    member: Annotated[str, typer.Argument(metavar="USER_ID", help="The member ID in Slack, such as U012AB3CD.")],
    team: Team = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything stored about a person, also of one who has left. Prints the receipt."""

    async def do(office: "Office") -> None:
        if not _MEMBER.fullmatch(member):
            message = "that is no member ID; it begins with U or W, followed by capitals and digits"
            raise _Said(message)
        person = Person(await _team(office, team), member)
        holdings = await office.privacy.holdings(person)
        await office.audit.note(_LOOKED)
        if not any(holdings.values()):
            typer.echo(f"Nothing is stored about {person.user} in {person.team}.")
            return
        typer.echo(
            f"Everything stored about {person.user} in {person.team} will be deleted and cannot be brought back:"
        )
        for table, rows in holdings.items():
            if rows:
                typer.echo(f"  {table.replace('_', ' ')}")
        if not yes and not typer.confirm("Delete it?"):
            message = "nothing was deleted"
            raise _Said(message)
        erasure = await office.privacy.erase(person, actor=None, reason="operator")
        typer.echo(f"Deleted {sum(erasure.counts.values())} rows at {erasure.time:%Y-%m-%d %H:%M:%S} UTC.")
        for table, rows in erasure.counts.items():
            if rows:
                typer.echo(f"  {table.replace('_', ' ')}: {rows}")
        typer.echo(f"Receipt: {erasure.receipt}")

    _run(do)


@app.command(context_settings=_ANYTHING)
def retention(
    days: Annotated[str, typer.Argument(metavar="DAYS", help="For how many days readings are kept, 1 to 3650.")],
    team: Team = None,
) -> None:
    """Set for how many days readings are kept. What is older than that goes at once."""

    async def do(office: "Office") -> None:
        chosen = await _team(office, team)
        kept = await _changed(office, chosen, RuleChange(retention_days=_number(days)))
        typer.echo(f"Readings of {chosen} are kept for {kept.retention_days} days.")
        gone = await office.privacy.retain(office.settings.retention_days)
        typer.echo(f"{gone} readings past their time were deleted.")

    _run(do)


async def _changed(office: "Office", team: str, change: RuleChange) -> WorkspaceRules:
    """Change a rule; where channels were promised more, say when they are told."""
    before = await office.rules.of(team)
    after = await office.rules.change(team, change, None)
    if after.is_laxer_than(before):
        typer.echo("Channels were promised more; the bot tells them the next time it starts.")
    return after


@app.command("minimum-people", context_settings=_ANYTHING)
def minimum_people(
    people: Annotated[str, typer.Argument(metavar="N", help="The fewest people in a channel's picture, 3 to 1000.")],
    team: Team = None,
) -> None:
    """Set how many people a channel's picture needs at least."""

    async def do(office: "Office") -> None:
        chosen = await _team(office, team)
        kept = await _changed(office, chosen, RuleChange(minimum_people=_number(people)))
        typer.echo(f"A channel's picture in {chosen} needs {kept.minimum_people} people.")

    _run(do)


@app.command()
def channels(
    chosen: Annotated[list[str], typer.Argument(metavar="all|ID…", help="`all`, or the IDs of channels (C… or G…).")],
    team: Team = None,
) -> None:
    """Set in which channels messages may be read at all. Each person's consent comes on top."""

    async def do(office: "Office") -> None:
        workspace = await _team(office, team)
        every = [name.casefold() for name in chosen] == ["all"]
        kept = await office.rules.change(workspace, RuleChange(reading_channels="all" if every else chosen), None)
        where = "all channels" if kept.reading_channels is None else " ".join(kept.reading_channels)
        typer.echo(f"Messages in {workspace} may be read in {where}.")

    _run(do)


@app.command()
def scheduling(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="creators (and administrators), administrators or members.")
    ],
    team: Team = None,
) -> None:
    """Set who may schedule a channel's pictures."""

    async def do(office: "Office") -> None:
        chosen = await _team(office, team)
        kept = await office.rules.change(chosen, RuleChange(scheduling=who.casefold()), None)
        typer.echo(f"Pictures in {chosen} may be scheduled by: {kept.scheduling}.")

    _run(do)


@audit.callback(invoke_without_command=True)
def entries(
    context: typer.Context,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries to print.")] = _SHOWN,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the whole log to this file (.csv or .json), oldest first.", dir_okay=False),
    ] = None,
) -> None:
    """Print the latest entries of the audit log, or write all of them to a file. Times are UTC."""
    if context.invoked_subcommand is not None:
        return

    async def do(office: "Office") -> None:
        if export is not None:
            await _export(office, export)
            return
        await office.audit.note(_READ)
        for entry in reversed(await office.audit.latest(last)):
            typer.echo(_line(entry))

    _run(do)


@audit.command()
def verify(
    *,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="After a restore from a backup: write an entry about the gap and go on from there."
        ),
    ] = False,
) -> None:
    """Go through the whole log: is it what was written, and is nothing missing? Status 1 if not."""

    async def do(office: "Office") -> None:
        verdict = await (office.audit.accept() if accept else office.audit.verify())
        for sentence in explained(verdict):
            typer.echo(sentence)
        typer.echo(f"{verdict.entries} entries: {'whole' if verdict.whole else 'NOT whole'}.")
        if not verdict.whole:
            raise typer.Exit(1)

    _run(do)


async def _export(office: "Office", file: Path) -> None:
    written = {".csv": as_csv, ".json": as_json}.get(file.suffix.casefold())
    if written is None:
        message = "--export writes .csv or .json; name the file so"
        raise _Said(message)
    await office.audit.note(_EXPORTED)
    everything = (await office.audit.latest())[::-1]
    try:
        await asyncio.to_thread(file.write_bytes, written(everything))
    except OSError as error:
        message = f"{file} cannot be written ({error.strerror})"
        raise _Said(message) from None
    typer.echo(f"{len(everything)} entries: {file}")


def _line(entry: Logged) -> str:
    counts = json.dumps({name: count for name, count in entry.counts.items() if count}, sort_keys=True)
    return f"{entry.id}  {entry.time:%Y-%m-%d %H:%M:%S}  {entry.role}  {entry.action}  {counts}  {entry.receipt}"


def _noise(settings: Settings, spent: Mapping[str, float]) -> Iterator[str]:
    """Whether noise is added to pictures, and what it has cost so far, channel by channel."""
    epsilon, budget = settings.picture_epsilon, settings.picture_epsilon_budget
    if epsilon:
        most = f"at most {budget:g} in a channel" if budget else "without a limit"
        yield f"Noise in a channel's picture: ε = {epsilon:g} each time a day or week is published, {most}"
    else:
        yield "Noise in a channel's picture: none"
    of_most = f" of {budget:g}" if epsilon and budget else ""
    for channel, so_far in spent.items():
        yield f"  {channel}: {so_far:g}{of_most} spent on what is kept"


def _number(text: str) -> int:
    """The number, or one that no rule allows: the rule then says what it may be."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


async def _team(office: "Office", named: str | None) -> str:
    """The workspace that was named, or the only one that is stored."""
    if named is not None:
        if not _TEAM.fullmatch(named):
            message = "that is no workspace ID; it begins with T or E, followed by capitals and digits"
            raise _Said(message)
        return named
    stored: Sequence[str] = await office.teams()
    if len(stored) == 1:
        return stored[0]
    if stored:
        message = f"several workspaces are stored: choose one with --team ({', '.join(stored)})"
    else:
        message = "nothing is stored of any workspace yet; name it with --team"
    raise _Said(message)


def _run(work: Callable[["Office"], Awaitable[None]]) -> None:
    async def opened() -> None:
        from bot.wiring import office  # noqa: PLC0415 - it brings the classifier and the charts; --help need not wait

        settings = load()
        logs.set_up(settings.log_level)
        async with office(settings) as open_office:
            await work(open_office)

    with _plainly():
        asyncio.run(opened())


@contextmanager
def _plainly() -> Iterator[None]:
    """What can be mended is said in a sentence, and the status is 1."""
    try:
        yield
    except BadRule as error:
        sentence = error.sentence("en")
    except StoreUnavailable as error:
        sentence = f"DATABASE_URL: {error}"
    except (MaeumError, _Said) as error:
        sentence = str(error)
    else:
        return
    typer.secho(f"maeum: {sentence}", fg="red", err=True)
    raise typer.Exit(1)
