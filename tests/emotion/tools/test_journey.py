"""The making of a model from end to end by the command line, on small corpora and a tiny encoder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

pytest.importorskip("torch", reason="training needs the extra `train`")

from emotion import artifact
from emotion.classifier import Classifier
from emotion.labels import EMOTIONS
from emotion.tools.cli import app

pytestmark = pytest.mark.train

LABELLED = {
    "own": 1, "written": 0.2, "workchat": 2, "annotated_ko": 1, "goemotions_en": 1, "goemotions_ko_mt": 1, "kote": 1,
    "senti4sd": 1, "nsmc": 1,
}  # fmt: skip
RECIPES: dict[str, dict[str, Any]] = {
    "language": {"objective": "language", "shares": {**LABELLED, "songys": 1, "irc": 0.5}, "heads": {"polarity": 0.3}},
    "teacher": {"objective": "labels", "shares": LABELLED, "passes": 2, "average": 0.9},
    "student": {"objective": "labels", "shares": {**LABELLED, "irc": 1}, "hard": 0.3, "soft": 1.0},
}


@dataclass(frozen=True, slots=True)
class Made:
    """Where the steps left what they made, and what they said."""

    run: Path
    out: Path
    said: dict[str, str]
    report: dict[str, Any]


def _step(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, f"{words}: {result.output} {result.exception!r}"
    return result.output


@pytest.fixture(scope="module")
def made(data: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All steps, run once: language, two teachers, a student from their mean, and the finished model."""
    folder = tmp_path_factory.mktemp("making")
    recipes = {name: folder / f"{name}.yaml" for name in RECIPES}
    for name, recipe in RECIPES.items():
        recipes[name].write_text(yaml.safe_dump({"batch_tokens": 2048, **recipe}), encoding="utf-8")
    rows, language, one, two, run, out = (folder / n for n in ("rows", "language", "one", "two", "run", "model"))
    by: list[str | Path] = ["--base", base, "--prepared", rows]
    few: list[str | Path] = ["--data", data, "--samples", "24"]
    said = {"prepare": _step("prepare", "--run", rows, "--base", base, *few)}
    _step("train", "--threads", "1", "--run", language, "--recipe", recipes["language"], *by)
    for teacher, seed in ((one, "1"), (two, "2")):
        _step(
            "train",
            "--threads",
            "1",
            "--run",
            teacher,
            "--recipe",
            recipes["teacher"],
            "--start",
            language,
            "--seed",
            seed,
            *by,
        )
    said["teach"] = _step("teach", one, two, "--out", folder / "taught", *by)
    starts: list[str | Path] = ["--start", one, "--start", two, "--teachers", folder / "taught"]
    said["train"] = _step("train", "--threads", "1", "--run", run, "--recipe", recipes["student"], *starts, *by)
    said["export"] = _step("export", "--run", run, "--base", base, "--max-tokens", "48")
    said["quantize"] = _step("quantize", "--run", run, "--out", out, "--max-tokens", "48", *by)
    said["calibrate"] = _step("calibrate", "--run", run, "--out", out, *few)
    said["evaluate"] = _step("evaluate", "--run", run, "--out", out, "--card", *few)
    return Made(run, out, said, json.loads((run / "report.json").read_text(encoding="utf-8")))


def test_what_was_made_is_served(made: Made) -> None:
    """The finished folder loads as any model does, and reads with every head."""
    classifier = Classifier.from_pretrained(made.out, threads=1)
    korean, english = classifier.infer(["회의는 세 시예요", "so angry about the build"])
    assert korean.model_version == classifier.version
    assert classifier.artifact.max_tokens == 48
    for reading in (korean, english):
        assert set(reading.probs) == set(EMOTIONS)
        assert sum(reading.probs.values()) == pytest.approx(1.0)
        assert (len(reading.goemotions), len(reading.kote), len(reading.polarity)) == (28, 44, 3)
    assert classifier.infer(["회의는 세 시예요"]) == [korean]


def test_each_step_says_what_it_measured(made: Made) -> None:
    """Agreement of the export, agreement of INT8, NLL and ECE before and after, scores by split."""
    assert "differs from PyTorch's by at most" in made.said["export"]
    assert "same label for" in made.said["quantize"]
    assert "NLL" in made.said["calibrate"]
    assert "goemotions_en, test" in made.said["evaluate"]
    assert made.report["export"]["largest_difference"] < 1e-4
    assert made.report["quantize"]["bytes_int8"] < made.report["quantize"]["bytes_float"]
    assert 0.5 < made.report["quantize"]["same_label"] <= 1.0
    assert (made.run / "report.md").read_text(encoding="utf-8") in made.said["evaluate"]
    assert all((made.run / name).is_file() for name in ("reliability.png", "confusion.png", "abstention.png"))


def test_the_calibrated_temperature_is_served(made: Made) -> None:
    """What calibrate fitted is what config.json holds."""
    fitted = artifact.load(made.out).calibration
    assert fitted.temperatures["seven"]["ko"] == made.report["calibrate"]["seven"]["ko"]["temperature"]
    assert fitted.far_from == made.report["calibrate"]["far_from"]


def test_the_card_holds_the_numbers(made: Made) -> None:
    """The model card has the measured scores, the version, the attributions and the refused uses."""
    card = (made.out / "README.md").read_text(encoding="utf-8")
    assert artifact.load(made.out).version in card
    assert f"{made.report['evaluate']['seven']['workchat, development']['macro_f1']:.3f}" in card
    assert f"{made.report['evaluate']['heads']['KOTE 44, kote, test']['macro_f1']:.3f}" in card
    assert str(made.report["calibrate"]["seven"]["ko"]["temperature"]) in card
    for name in ("Demszky", "Jeon", "Lucy Park", "songys", "Calefato", "Öhman", "IRC", "monologg", "MiniLM"):
        assert name in card
    assert "must not be used" in card


@pytest.mark.timeout(60)
def test_a_smoke_run_takes_one_command(data: Path, base: Path, tmp_path: Path) -> None:
    """With --samples, preparation and one pass of the default recipe are done well under a minute."""
    said = _step("train", "--threads", "1", "--data", data, "--base", base, "--run", tmp_path, "--samples", "50")
    assert f"Trained: {tmp_path / 'weights.pt'}" in said
    told = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert told["passes"] == 1


def test_the_same_command_goes_on(data: Path, base: Path, tmp_path: Path) -> None:
    """Paused, it says so, and the second time it ends; with another seed it is refused."""
    words = ("train", "--threads", "1", "--data", data, "--base", base, "--run", tmp_path, "--samples", "8")
    assert "Paused" in _step(*words, "--pause-after", "1")
    result = CliRunner().invoke(app, [*map(str, words), "--seed", "1"])
    assert result.exit_code == 1
    assert "another run" in result.output
    assert "Trained" in _step(*words)


def test_a_damaged_model_is_not_measured(made: Made, tmp_path: Path) -> None:
    """Scores of a model that is not what it says would be worth nothing: one sentence, and status 1."""
    damaged = Path(shutil.copytree(made.out, tmp_path / "model"))
    (damaged / artifact.MODEL).write_bytes(b"")
    result = CliRunner().invoke(app, ["evaluate", "--run", str(tmp_path), "--out", str(damaged)])
    assert result.exit_code == 1
    assert "model.onnx" in result.output
    assert "Traceback" not in result.output
