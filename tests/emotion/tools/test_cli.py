"""`maeum model`: what it tells before and instead of any work."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from emotion.feedback import FeedbackSource, Pair, Summary
from emotion.tools.cli import app, require

STEPS = ("prepare", "train", "teach", "export", "quantize", "calibrate", "evaluate")


def _typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def _refused(*words: str | Path) -> str:
    """The one sentence with which a step says no."""
    result = _typed(*words)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.stderr.strip().splitlines()[-1]


def test_help_names_the_steps() -> None:
    """Whoever asks for help sees the steps in their order."""
    result = _typed("--help")
    places = [result.output.index(f" {step} ") for step in STEPS]
    assert places == sorted(places)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_explains_itself(step: str) -> None:
    """Its options, and what they are for."""
    result = _typed(step, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert "--base" in result.output or "--data" in result.output


def test_corrections_are_told_by_whoever_knows_the_database() -> None:
    """`evaluate --feedback` prints what it is handed, and needs neither corpora nor a run for it."""
    source = FeedbackSource(lambda: Summary(3, 4, 80, {"test-1": [Pair("joy", "fear", 4)]}, 0))
    result = CliRunner().invoke(app, ["evaluate", "--feedback"], obj=source)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "Corrections: 4 of 80 stored readings (5.0%), by at least 3 people",
        "Model test-1, read -> said:",
        "  joy -> fear: 4",
    ]


def test_without_a_database_corrections_say_where_they_are() -> None:
    """The tools alone know none: one sentence with the command that does, and status 1."""
    assert "maeum model evaluate --feedback" in _refused("evaluate", "--feedback")


def test_corrections_take_no_other_option(tmp_path: Path) -> None:
    """What would be ignored is refused, by name, before anything is looked up."""
    source = FeedbackSource(lambda: pytest.fail("looked up"))
    words = ["evaluate", "--feedback", "--card", "--data", str(tmp_path)]
    result = CliRunner().invoke(app, words, obj=source, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "leave out --card and --data" in " ".join(result.stderr.replace("│", " ").split())


def test_a_missing_library_is_named_with_the_cure(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the training libraries a step says what to install instead of showing a traceback."""
    with pytest.raises(typer.Exit) as left:
        require(["no_such_library"])
    assert left.value.exit_code == 1
    said = capsys.readouterr().err
    assert "no_such_library" in said
    assert "pip install 'maeum[train]'" in said


def test_the_command_line_loads_without_training_libraries() -> None:
    """Mounting the sub-app costs `maeum` neither torch nor transformers."""
    program = (
        "import sys, emotion.tools.cli; print(sorted({'torch', 'transformers', 'onnx', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "[]"


@pytest.mark.train
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("train", "--threads", "1"), "Make it with: maeum model prepare"),
        (("train", "--threads", "1", "--recipe", "no-such"), "There is no recipe no-such"),
        (("teach", "RUN/one"), "not trained yet. Run maeum model train first"),
        (("export",), "Train first: maeum model train"),
        (("quantize", "--out", "RUN/model"), "Train first: maeum model train"),
        (("calibrate", "--out", "RUN/model"), "Make it with: maeum model quantize"),
        (("evaluate", "--out", "RUN/model"), "not found"),
        (("prepare", "--base", "RUN"), "vocab.txt is not there"),
        (("prepare", "--base", "RUN", "--vocabulary-from", "RUN/one"), "tokenizer.json is not there"),
    ],
)
def test_what_is_missing_is_told_with_the_step_that_makes_it(
    tmp_path: Path, base: Path, words: tuple[str, ...], sentence: str
) -> None:
    """In one sentence, with status 1."""
    place = {"RUN": tmp_path}
    typed = [str(tmp_path / word.removeprefix("RUN/")) if word.startswith("RUN/") else word for word in words]
    typed = [str(place.get(word, word)) for word in typed]
    if "--base" not in typed and typed[0] in {"train", "teach", "export", "quantize"}:
        typed += ["--base", str(base)]
    folder = "--prepared" if typed[0] == "teach" else "--run"
    assert sentence in _refused(*typed, folder, tmp_path)


@pytest.mark.train
def test_bad_rows_and_mappings_are_told(tmp_path: Path, base: Path) -> None:
    """The line that is not understood, never the text; and what a mapping maps to."""
    rows, labels = tmp_path / "mine.jsonl", tmp_path / "labels.yaml"
    rows.write_text('{"text": "a secret", "label": "rage"}\n{"text": "a secret"}\n', encoding="utf-8")
    words = (
        "prepare",
        "--run",
        tmp_path / "run",
        "--base",
        base,
        "--own-vocabulary",
        "--samples",
        "8",
        "--extra",
        rows,
    )
    said = _refused(*words)
    assert "mine.jsonl, line 2" in said
    assert "secret" not in said
    for wrong in ("rage: fury\n", "- rage\n", "{"):
        labels.write_text(wrong, encoding="utf-8")
        assert str(labels) in _refused(*words, "--labels", labels)


@pytest.mark.train
def test_somebodys_rows_are_prepared_under_their_labels(tmp_path: Path, base: Path) -> None:
    """Extra rows with a label-remapping end up in the run."""
    prepared = pytest.importorskip("emotion.tools.prepared")
    rows, labels = tmp_path / "mine.jsonl", tmp_path / "labels.yaml"
    rows.write_text("".join(f'{{"text": "mine {i}", "label": "rage"}}\n' for i in range(20)), encoding="utf-8")
    labels.write_text("rage: anger\n", encoding="utf-8")
    words = ("prepare", "--run", tmp_path / "run", "--base", base, "--own-vocabulary", "--samples", "30")
    result = _typed(*words, "--extra", rows, "--labels", labels)
    assert result.exit_code == 0, result.output
    assert "Prepared" in result.output
    tables = prepared.read(tmp_path / "run")
    assert 10 < len(tables["extra"]) <= 20
    assert tables["extra"].seven[:, 0].all()
