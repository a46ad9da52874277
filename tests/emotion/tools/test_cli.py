"""`maeum model`, before any heavy library is needed."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from emotion.tools.cli import app, require


def test_help_names_the_five_steps() -> None:
    """Whoever asks for help sees the steps in their order."""
    result = CliRunner().invoke(app, ["--help"])
    places = [result.output.index(f" {step} ") for step in ("train", "export", "quantize", "calibrate", "evaluate")]
    assert places == sorted(places)


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
