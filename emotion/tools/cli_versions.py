"""The versions of the model, for `maeum model`: fetch, list, switch, roll back, try in the shadow, compare."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from dotenv import dotenv_values

from emotion.errors import EmotionError
from emotion.tools.errors import ToolError

if TYPE_CHECKING:
    from emotion.opening import Reader
    from emotion.versions import Listed, Shelf


def _models_folder() -> Path:
    """DATA_DIR/models, from the environment or `.env`, as the bot's own settings have it."""
    data = os.environ.get("DATA_DIR") or dotenv_values(".env").get("DATA_DIR") or "var"
    return Path(data) / "models"


Models = Annotated[
    Path,
    typer.Option(
        "--models",
        default_factory=_models_folder,
        show_default="DATA_DIR/models",
        help="Folder of the versions.",
        file_okay=False,
    ),
]
Version = Annotated[str, typer.Argument(help="A version from `maeum model list`; `shipped` is the one of the package.")]
Model = Annotated[str, typer.Argument(help="A version, a model folder, or a Hub id.")]

_FOLLOWS: Final = "A running bot follows within seconds."


def register(app: typer.Typer) -> None:
    """Give the commands to `maeum model`."""
    for command in (pull, add, use, rollback, shadow, remove, compare):
        app.command()(command)
    app.command("list")(list_versions)


def pull(
    hub_id: Annotated[str, typer.Argument(help="owner/name or owner/name@revision on the Hugging Face Hub.")],
    models: Models,
) -> None:
    """Fetch a model from the Hub and verify it. Nothing is switched; cut short, the same command goes on."""
    with _plainly():
        added = _shelf(models).pull(hub_id, progress=Bar())
    typer.echo(f"Version {added.version} is there and whole. To serve it: maeum model use {added.version}")


def add(
    folder: Annotated[Path, typer.Argument(help="A finished model folder.", exists=True, file_okay=False)],
    models: Models,
) -> None:
    """Verify a model folder and copy it to the versions. Nothing is switched."""
    with _plainly():
        added = _shelf(models).add(folder)
    typer.echo(f"Version {added.version} is there and whole. To serve it: maeum model use {added.version}")


def list_versions(models: Models) -> None:
    """Show the versions: which is in use, what is damaged, and how a candidate in the shadow agrees."""
    with _plainly():
        shelf = _shelf(models)
        listed = shelf.list()
    for item in listed:
        typer.echo(_line(item))
        for line in _counted(shelf, item.name):
            typer.echo(f"      {line}")


def use(version: Version, models: Models) -> None:
    """Serve another version, once it has loaded and read a text here. The bot need not stop."""
    with _plainly():
        pointer = _shelf(models).use(version)
    typer.echo(f"In use: {pointer.current}; before: {pointer.previous or 'none'}. {_FOLLOWS}")


def rollback(models: Models) -> None:
    """Serve the version that was in use before."""
    with _plainly():
        pointer = _shelf(models).rollback()
    typer.echo(f"In use again: {pointer.current}; before: {pointer.previous}. {_FOLLOWS}")


def shadow(
    models: Models,
    version: Annotated[str | None, typer.Argument(help="The candidate.")] = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="End it; the counts stay.")] = False,
) -> None:
    """Let a candidate read live messages beside the current model; only its agreement is counted."""
    if (version is None) != off:
        _stop("Name the version that is to read in the shadow, or end it with --off.")
    with _plainly():
        pointer = _shelf(models).shadow(version)
    typer.echo(f"In the shadow: {pointer.shadow or 'none'}. {_FOLLOWS}")


def remove(version: Version, models: Models) -> None:
    """Delete a version and its counts. The one in use stays."""
    with _plainly():
        _shelf(models).remove(version)
    typer.echo(f"Version {version} is deleted.")


def compare(  # noqa: PLR0917 - Typer passes each by its name
    a: Model,
    b: Model,
    models: Models,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Texts: .jsonl with text and label, other files a text a line.", exists=True, dir_okay=False
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the corpora: compare on their development splits.", file_okay=False)
    ] = None,
    samples: Annotated[int | None, typer.Option(min=1, help="Only so many rows of each split.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Show so many texts whose label changes. They are not kept.")] = 0,
) -> None:
    """Read the same texts with two models: agreement, changes of label, and McNemar's test where labels are known."""
    if not files and data is None:
        _stop("Name files of texts, or the folder of the corpora with --data.")
    from emotion.tools import compare as step  # noqa: PLC0415 - NumPy takes a moment; --help need not wait
    from emotion.tools import corpora  # noqa: PLC0415 - as above

    with _plainly():
        shelf = _shelf(models)
        ours, theirs = _loaded(shelf, a), _loaded(shelf, b)
        groups = {str(file): step.read_rows(file) for file in files or ()}
        if data is not None:
            groups |= step.labelled_rows(corpora.development_splits(data, samples=samples))
        typer.echo(f"A is {ours.version}, B is {theirs.version}.")
        for name, rows in groups.items():
            found = step.compare(ours, theirs, rows)
            for line in step.lines(name, found):
                typer.echo(line)
            for place, old, new in found.changed[:show]:
                typer.echo(f"    {old} -> {new}: {rows[place].text}")


def _shelf(models: Path) -> "Shelf":
    from emotion.versions import Shelf  # noqa: PLC0415 - ONNX Runtime takes a moment; --help need not wait

    return Shelf(models)


def _loaded(shelf: "Shelf", model: str) -> "Reader":
    from emotion.classifier import Classifier  # noqa: PLC0415 - as above
    from emotion.opening import opened  # noqa: PLC0415 - as above

    place = shelf.place(model) if shelf.has(model) else model
    return opened(Classifier.from_pretrained, place, threads=2)


def _line(item: "Listed") -> str:
    marks = [
        mark for mark, there in (("in use", item.current), ("before", item.previous), ("shadow", item.shadow)) if there
    ]
    name = item.name if item.version in {None, item.name} else f"{item.name} ({item.version})"
    state = f"damaged: {item.problem}" if item.problem else ", ".join(marks)
    if item.problem and marks:
        state += f" ({', '.join(marks)})"
    star, size = "*" if item.current else " ", item.size / 1e6
    return f"{star} {name:<28} {size:6.1f} MB  {' '.join(item.languages):<8} {state}".rstrip()


def _counted(shelf: "Shelf", name: str) -> Iterator[str]:
    """What a candidate was counted, in words; nothing where it never was in the shadow."""
    from emotion import shadow as counting  # noqa: PLC0415 - as above

    counts = counting.read(shelf.counts_file(name))
    if counts is None:
        return
    ours, theirs = counts.milliseconds
    yield (
        f"in the shadow of {counts.against}: {counts.texts} texts, the same label for {counts.same}"
        f" ({counts.same / max(1, counts.texts):.1%}); {theirs:.1f} ms a text, {ours:.1f} ms for {counts.against};"
        f" dropped {counts.dropped}, failed {counts.failed}"
    )
    changes = sorted((-count, pair) for pair, count in counts.pairs.items() if pair[0] != pair[1])
    if changes:
        yield "changes: " + ", ".join(f"{old} -> {new} {-count}" for count, (old, new) in changes)


class Bar:
    """How far a download is: a line a file, which counts up where somebody looks at it."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        self._file = ""
        self._shown = -1

    def __call__(self, file: str, have: int, size: int) -> None:
        """Say that so many bytes of the file are there."""
        percent = 100 * have // max(1, size)
        if file != self._file:
            self._file, self._shown = file, -1
            going_on = f", going on after {have / 1e6:.1f} MB" if have else ""
            typer.echo(f"{file}: {size / 1e6:.1f} MB{going_on}", err=True)
        if percent != self._shown and sys.stderr.isatty():
            self._shown = percent
            typer.echo(f"\r{percent:3d} %{'' if have < size else chr(10)}", nl=False, err=True)


@contextmanager
def _plainly() -> Iterator[None]:
    """Errors that have a sentence of their own are said in it, not as a traceback."""
    try:
        yield
    except (EmotionError, ToolError) as trouble:
        _stop(str(trouble), trouble)
    except OSError as trouble:
        _stop(
            f"{trouble.filename or 'The folder of the versions'}: {trouble.strerror or type(trouble).__name__}.",
            trouble,
        )


def _stop(sentence: str, cause: Exception | None = None) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1) from cause
