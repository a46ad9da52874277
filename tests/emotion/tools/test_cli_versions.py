"""`maeum model pull, list, use, …`: what an operator types, and the sentence that comes back."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from emotion import artifact, shadow
from emotion.shadow import Counts
from emotion.tools.cli_versions import Bar, register
from emotion.versions import POINTER, Shelf
from tests.emotion.shelves import model, truncate

app = typer.Typer()
register(app)


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model under another version."""
    copy = Path(shutil.copytree(artifact.SHIPPED, tmp_path_factory.mktemp("made") / "model"))
    shipped = artifact.load(artifact.SHIPPED)
    artifact.write(copy, version="t.1", max_tokens=shipped.max_tokens, calibration=shipped.calibration)
    return copy


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The folder of the versions, not made yet."""
    return tmp_path / "models"


def typed(models: Path, *words: str | Path) -> Result:
    """What `maeum model` does with these words."""
    return CliRunner().invoke(app, [*map(str, words), "--models", str(models)])


def refused(models: Path, *words: str | Path) -> str:
    """The one line with which it says no."""
    result = typed(models, *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    return line


def test_a_version_from_its_folder_into_use_and_out_of_it(models: Path, candidate: Path) -> None:
    """Added, served, rolled back, tried in the shadow, sent home, deleted: each says what is so now."""
    assert "t.1 is there and whole" in typed(models, "add", candidate).stdout
    assert typed(models, "use", "t.1").stdout == "In use: t.1; before: shipped. A running bot follows within seconds.\n"
    assert json.loads((models / POINTER).read_text())["current"] == "t.1"
    assert refused(models, "remove", "t.1").startswith("t.1: This version of the model is the one in use.")
    assert typed(models, "rollback").stdout.startswith("In use again: shipped; before: t.1.")
    assert typed(models, "shadow", "t.1").stdout.startswith("In the shadow: t.1.")
    assert typed(models, "shadow", "--off").stdout.startswith("In the shadow: none.")
    assert typed(models, "remove", "t.1").stdout == "Version t.1 is deleted.\n"
    assert [path.name for path in models.iterdir() if path.is_dir()] == []


def test_the_list_shows_use_damage_and_the_shadow(models: Path, tmp_path: Path) -> None:
    """A line a version; below a candidate, its counts."""
    for version in ("a.1", "b.2"):
        Shelf(models).add(model(tmp_path / version, version))
    truncate(models / "b.2")
    (models / POINTER).write_text('{"current": "a.1", "previous": "b.2", "shadow": "shipped"}')
    pairs = {("joy", "joy"): 90, ("joy", "neutral"): 3, ("fear", "anger"): 7}
    counts = Counts("a.1", pairs, dropped=2, current_seconds=0.2, shadow_seconds=0.4)
    shadow.write(models / "shadow-shipped.json", counts)
    said = typed(models, "list").stdout.splitlines()
    assert said[0].startswith("  shipped (2.")
    assert said[0].endswith("ko en    shadow")
    assert said[1].strip() == (
        "in the shadow of a.1: 100 texts, the same label for 90 (90.0%); 4.0 ms a text, 2.0 ms for a.1;"
        " dropped 2, failed 0"
    )
    assert said[2].strip() == "changes: fear -> anger 7, joy -> neutral 3"
    assert said[3].startswith("* a.1 ")
    assert said[3].endswith("in use")
    assert "damaged: model.onnx: it has " in said[4]
    assert said[4].endswith("(before)")


def test_the_list_of_nothing_is_the_shipped_model(models: Path) -> None:
    """Without a folder too, and none is made."""
    (line,) = typed(models, "list").stdout.splitlines()
    assert line.startswith("* shipped (")
    assert not models.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("use", "v9"), "v9: There is no such version"),
        (("shadow", "v9"), "v9: There is no such version"),
        (("shadow", "shipped"), "shipped: This version of the model is the one in use"),
        (("shadow",), "Name the version"),
        (("shadow", "v9", "--off"), "Name the version"),
        (("remove", "shipped"), "shipped: This version"),
        (("rollback",), "There is no earlier version"),
        (("pull", "no-id"), "no-id: no id of the Hub looks like this"),
        (("add", "."), "config.json: not found"),
        (("compare", "shipped", "shipped"), "Name files of texts"),
        (("compare", "shipped", "v9", __file__), "v9: not found"),
    ],
)
def test_what_does_not_work_is_said_in_a_line(models: Path, words: tuple[str, ...], sentence: str) -> None:
    """With status 1 and without a traceback."""
    assert refused(models, *words).startswith(sentence)


def test_a_damaged_version_stays_out_of_use(models: Path, tmp_path: Path) -> None:
    """The sentence names the file, and what is in use is left as it was."""
    Shelf(models).add(model(tmp_path / "a.1", "a.1"))
    assert "ONNX Runtime cannot read it" in refused(models, "use", "a.1")
    truncate(models / "a.1")
    assert "bytes instead of" in refused(models, "use", "a.1")
    assert not (models / POINTER).exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, candidate: Path) -> None:
    """Where the versions should lie there is a file."""
    (tmp_path / "data").write_text("")
    assert "Not a directory" in refused(tmp_path / "data" / "models", "add", candidate)


def test_comparing(models: Path, candidate: Path, tmp_path: Path) -> None:
    """A version with a folder, on files: numbers; texts only where they are asked for."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "너무 기뻐요", "label": "joy"}\n{"text": "I am so happy", "label": "joy"}\n')
    said = typed(models, "compare", "shipped", candidate, rows, "--show", "3").stdout
    assert "B is t.1." in said
    assert "rows.jsonl: 2 rows, the same label for 2 (100.0%)" in said
    assert "McNemar's exact p = 1" in said
    assert "기뻐요" not in said
    rows.write_text('{"text": "a secret"')
    line = refused(models, "compare", "shipped", candidate, rows)
    assert "line 1" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("variable", "file", "folder"),
    [
        (None, None, "var"),
        ("", "DATA_DIR=\n", "var"),
        (None, "DATA_DIR=kept\n", "kept"),
        ("/srv/m", "DATA_DIR=kept\n", "/srv/m"),
    ],
)
def test_the_folder_is_where_the_bot_looks(
    variable: str | None, file: str | None, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DATA_DIR from the environment, else from .env, else var; empty is unset."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATA_DIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("DATA_DIR", variable)
    if file is not None:
        (tmp_path / ".env").write_text(file)
    made = model(tmp_path / "a.1", "a.1")
    if folder.startswith("/"):
        folder = str(tmp_path / folder[1:])
        monkeypatch.setenv("DATA_DIR", folder)
    assert CliRunner().invoke(app, ["add", str(made)]).exit_code == 0
    assert (tmp_path / folder / "models" / "a.1").is_dir()


def test_a_download_is_told_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Its size, and where it goes on; nothing counts up where nobody looks."""
    bar = Bar()
    for have in (12_000_000, 13_000_000, 26_000_000):
        bar("model.onnx", have, 26_000_000)
    bar("tokenizer.json", 0, 800_000)
    told = capsys.readouterr()
    assert told.err.splitlines() == ["model.onnx: 26.0 MB, going on after 12.0 MB", "tokenizer.json: 0.8 MB"]
    assert told.out == ""


def test_help_is_quick() -> None:
    """Whoever asks what there is loads neither ONNX Runtime nor the Hub's client."""
    program = (
        "import sys, typer; from emotion.tools.cli_versions import register; register(typer.Typer());"
        "print(sorted({'onnxruntime', 'huggingface_hub', 'numpy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "[]"


def test_every_command_explains_itself() -> None:
    """The help names them all, each with a line."""
    said = CliRunner().invoke(app, ["--help"]).output
    for command in ("pull", "add", "list", "use", "rollback", "shadow", "remove", "compare"):
        assert f" {command} " in said
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
