"""The making of a model from end to end, on small corpora and a tiny encoder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emotion import artifact
from emotion.classifier import Classifier
from emotion.tools.cli import app
from tests.emotion.tools.corpora import write_corpora, write_encoder

torch = pytest.importorskip("torch", reason="training needs the extra `train`")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning"),  # PyTorch's exporter about PyTorch's own code
]


@dataclass(frozen=True, slots=True)
class Made:
    """Where the steps left what they made, and what they said."""

    data: Path
    base: Path
    run: Path
    out: Path
    said: dict[str, str]


def _step(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, f"{words}: {result.output} {result.exception!r}"
    return result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All five steps, run once through the command line."""
    folder = tmp_path_factory.mktemp("making")
    data, base = write_corpora(folder / "data"), write_encoder(folder / "base")
    run, out = folder / "run", folder / "model"
    reads: list[str | Path] = ["--data", data, "--run", run]
    writes: list[str | Path] = ["--out", out, "--samples", "20"]
    said = {
        "train": _step("train", *reads, "--base", str(base), "--samples", "20"),
        "export": _step("export", "--run", run, "--base", str(base), "--max-tokens", "48"),
        "quantize": _step("quantize", *reads, *writes, "--max-tokens", "48"),
        "calibrate": _step("calibrate", *reads, *writes),
        "evaluate": _step("evaluate", *reads, *writes),
    }
    return Made(data, base, run, out, said)


def test_what_was_made_is_served(made: Made) -> None:
    """The finished folder loads as any model does, and reads."""
    classifier = Classifier.from_pretrained(made.out, threads=1)
    (reading,) = classifier.infer(["회의는 세 시예요"])
    assert reading.model_version == classifier.version
    assert classifier.artifact.max_tokens == 48


def test_each_step_says_what_it_measured(made: Made) -> None:
    """Agreement of the export, agreement of INT8, NLL and ECE before and after, scores by split."""
    assert "differs from PyTorch's by at most" in made.said["export"]
    assert "same label for" in made.said["quantize"]
    assert "NLL" in made.said["calibrate"]
    assert "goemotions_en" in made.said["evaluate"]
    report = json.loads((made.run / "report.json").read_text(encoding="utf-8"))
    assert report["export"]["largest_difference"] < 1e-3
    assert report["quantize"]["bytes_int8"] < report["quantize"]["bytes_float"]
    assert 0.0 <= report["quantize"]["same_label"] <= 1.0
    assert set(report["evaluate"]["test"]) == {"goemotions_en", "goemotions_ko_mt", "kote", "senti4sd", "nsmc"}


def test_the_calibrated_temperature_is_served(made: Made) -> None:
    """What calibrate fitted is what config.json holds, and it never makes the fit's likelihood worse by much."""
    report = json.loads((made.run / "report.json").read_text(encoding="utf-8"))["calibrate"]
    assert artifact.load(made.out).temperature == report["temperature"]
    assert report["rows_fitted"] == report["rows_measured"] > 0


def test_rows_listed_as_seen_are_left_out_of_the_second_scores(made: Made) -> None:
    """Two listed ids of twenty leave eighteen; no test text was trained on."""
    scores = json.loads((made.run / "report.json").read_text(encoding="utf-8"))["evaluate"]["test"]["goemotions_en"]
    assert (scores["rows"], scores["rows_listed_as_seen"], scores["rows_trained_on"]) == (20, 2, 0)
    assert scores["without_them"]["rows"] == 18


def test_the_card_holds_the_numbers(made: Made) -> None:
    """The model card has front matter for the Hub, the measured scores, the attributions and the refused uses."""
    card = (made.out / "README.md").read_text(encoding="utf-8")
    report = json.loads((made.run / "report.json").read_text(encoding="utf-8"))
    assert card.startswith("---\nlanguage:\n- ko\n- en\nlicense:")
    assert f"{report['evaluate']['development']['workchat']['macro_f1']:.3f}" in card
    assert str(report["calibrate"]["temperature"]) in card
    for name in ("Demszky", "Jeon", "Lucy Park", "songys", "Calefato", "Öhman", "IRC", "monologg", "MiniLM"):
        assert name in card
    assert "must not be used" in card


def test_a_paused_run_ends_like_one_that_was_not(made: Made, tmp_path: Path) -> None:
    """Stopped after three steps and taken up again, training arrives at the same weights, bit for bit."""
    words: list[str | Path] = [
        "train",
        "--data",
        made.data,
        "--run",
        tmp_path,
        "--base",
        str(made.base),
        "--samples",
        "20",
    ]
    assert "Paused" in _step(*words, "--pause-after", "3")
    assert (tmp_path / "checkpoint.pt").exists()
    assert "Trained" in _step(*words)
    whole = torch.load(made.run / "weights.pt", weights_only=True)
    taken_up = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(torch.equal(whole[name], taken_up[name]) for name in whole)


def test_a_checkpoint_of_another_run_is_not_taken_up(made: Made, tmp_path: Path) -> None:
    """A changed seed is another run: it is refused, not mixed."""
    words: list[str | Path] = [
        "train",
        "--data",
        made.data,
        "--run",
        tmp_path,
        "--base",
        str(made.base),
        "--samples",
        "20",
    ]
    _step(*words, "--pause-after", "1")
    result = CliRunner().invoke(app, [str(word) for word in [*words, "--seed", "1"]])
    assert result.exit_code == 1
    assert "another run" in result.output


def test_a_damaged_model_is_not_measured(made: Made, tmp_path: Path) -> None:
    """Scores of a model that is not what it says would be worth nothing: one sentence, and status 1."""
    damaged = Path(shutil.copytree(made.out, tmp_path / "model"))
    (damaged / artifact.MODEL).write_bytes(b"")
    words = ["evaluate", "--data", str(made.data), "--run", str(made.run), "--out", str(damaged)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "model.onnx" in result.output
    assert "Traceback" not in result.output
