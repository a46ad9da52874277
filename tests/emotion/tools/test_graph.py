"""The graph that is served: equal to PyTorch in float, near it in INT8, and blind to a text's company."""

import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("onnx", reason="training needs the extra `train`")

import torch

from emotion import artifact
from emotion.classifier import INPUT, OUTPUTS, Classifier, open_session
from emotion.tools import export, prepared, quantize
from emotion.tools.errors import Disagreement, NotPrepared
from emotion.tools.prepare import prepare
from emotion.tools.recipe import Recipe
from emotion.tools.training import WEIGHTS, train
from tests.emotion.tools.corpora import write_encoder

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning"),  # PyTorch's exporter about PyTorch's own code
]

DRAW = np.random.default_rng(0)


@pytest.fixture(scope="module")
def rounded(ready: Path, untrained: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The INT8 model of the untrained run, sealed."""
    folder = tmp_path_factory.mktemp("rounded")
    assert quantize.quantize(ready, untrained, base, folder) in quantize.CANDIDATES
    artifact.write(folder, version="2.rounded", max_tokens=64)
    return folder


@pytest.fixture(scope="module")
def electra(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """An encoder that is no BERT, a run from it, and the model that became of it."""
    folder = tmp_path_factory.mktemp("electra")
    base, run, out = write_encoder(folder / "base", electra=True), folder / "run", folder / "model"
    prepare(None, run, base, korean_pieces=None, samples=24)
    train(run, run, base, Recipe("labels", {"own": 1}, batch_tokens=1024))
    export.export(run, base, max_tokens=64)
    quantize.quantize(run, run, base, out)
    artifact.write(out, version="2.electra", max_tokens=64)
    return base, run, out


def _ids(length: int, texts: int = 1) -> NDArray[np.int64]:
    ids = DRAW.integers(5, 150, (texts, length))
    ids[:, 0], ids[:, -1] = 2, 3
    return ids


def _run(session: onnxruntime.InferenceSession, ids: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    return list(session.run(list(OUTPUTS), {INPUT: ids}))


@pytest.mark.parametrize("length", [2, 3, 24, 128])
def test_the_written_graph_is_the_network(untrained: Path, base: Path, length: int) -> None:
    """Every output of every head, to a ten-thousandth, with random weights, biases and norms."""
    model, surprisal = export.trained(untrained, base)
    ids = _ids(length, 3)
    with torch.inference_mode():
        theirs = export.Served(model, surprisal).eval()(torch.from_numpy(ids))
    ours = _run(open_session(untrained / export.FLOAT), ids)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-4
    assert np.ptp(ours[0]) > 0.1, "the weights say something"


def test_the_surprisal_is_a_mean_with_two_pieces_before_it(untrained: Path) -> None:
    """Of [CLS], [SEP] and the pieces between: their nats and 16 more, over how many they are."""
    nats = np.load(untrained / prepared.SURPRISAL)
    ids = _ids(5)
    (told,) = _run(open_session(untrained / export.FLOAT), ids)[-1]
    assert told[0] == pytest.approx((nats[ids[0, 1:4]].sum() + 16) / 5, rel=1e-5)


def test_the_rounded_graph_is_near(untrained: Path, rounded: Path, ready: Path) -> None:
    """Half the size at most, nearly always the same label, and logits that differ by a few per cent."""
    splits = ("workchat", "annotated_ko", "goemotions_en", "goemotions_ko_mt", "kote")
    result = quantize.agreement(untrained, rounded, prepared.read(ready), splits)
    assert result.texts > 100
    assert result.same_label > 0.95
    rows = [row for name in splits for row in quantize.texts(prepared.read(ready)[prepared.DEVELOPMENT + name])]
    spread = quantize.logits(untrained / export.FLOAT, rows).std(axis=0).mean()
    assert result.mean_difference < 0.05 * spread
    assert result.bytes_int8 < 0.5 * result.bytes_float


def test_of_the_candidates_one_is_kept(rounded: Path) -> None:
    """Nothing else is left in the folder."""
    assert {file.name for file in rounded.iterdir()} == {"model.onnx", "tokenizer.json", "config.json"}


@pytest.mark.parametrize(("kind", "apart"), [("float", 0.0), ("rounded", 0.0), ("electra", 1e-5)])
@pytest.mark.parametrize("length", [2, 4, 30, 77, 128])
def test_no_reading_depends_on_its_company(  # noqa: PLR0913, PLR0917 - fixtures
    untrained: Path, rounded: Path, electra: tuple[Path, Path, Path], kind: str, apart: float, length: int
) -> None:
    """The same text alone, first and last among others of its length: identical logits, but for a traced sum's end."""
    models = {
        "float": untrained / export.FLOAT,
        "rounded": rounded / artifact.MODEL,
        "electra": electra[2] / "model.onnx",
    }
    session = open_session(models[kind])
    text, others = _ids(length), _ids(length, 6)
    alone = _run(session, text)
    first = _run(session, np.concatenate([text, others]))
    last = _run(session, np.concatenate([others, text]))
    for one, before, after in zip(alone, first, last, strict=True):
        assert np.abs(one[0] - before[0]).max() <= apart
        assert np.abs(one[0] - after[-1]).max() <= apart


def test_other_encoders_are_served_too(electra: tuple[Path, Path, Path]) -> None:
    """An Electra whose embeddings are narrower than its states: traced, in blocks of bytes, read as any model is."""
    base, run, out = electra
    model, surprisal = export.trained(run, base)
    assert export.described(model, surprisal) is None
    told = quantize.agreement(run, out, prepared.read(run), ("own",))
    assert told.same_label > 0.9
    assert told.bytes_int8 < told.bytes_float
    (reading,) = Classifier.from_pretrained(out, threads=1).infer(["so happy about the release"])
    assert reading.model_version == "2.electra"
    assert sum(reading.probs.values()) == pytest.approx(1.0)


def test_other_encoders_learn_language_too(electra: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """Hidden words are guessed over their own, narrower embeddings."""
    base, run, _ = electra
    recipe = Recipe("language", {"own": 1}, batch_tokens=1024, heads={})
    assert train(run, tmp_path, base, recipe) is not None


def test_graphs_that_differ_are_not_exported(untrained: Path, base: Path, tmp_path: Path) -> None:
    """Values beyond what a float can add up exactly: the step ends with a sentence instead of a wrong model."""
    run = Path(shutil.copytree(untrained, tmp_path / "run"))
    state = torch.load(run / WEIGHTS, weights_only=True)
    state["heads.weight"] *= 1e6
    torch.save(state, run / WEIGHTS)
    with pytest.raises(Disagreement, match="ONNX Runtime and PyTorch differ by"):
        export.export(run, base, max_tokens=64)


def test_what_is_missing_is_told_with_its_step(ready: Path, untrained: Path, base: Path, tmp_path: Path) -> None:
    """No weights: train. No float graph: export. And nothing is left in the place of the model."""
    with pytest.raises(NotPrepared, match="maeum model train"):
        export.export(tmp_path, base, max_tokens=64)
    with pytest.raises(NotPrepared, match="maeum model train"):
        quantize.quantize(ready, tmp_path, base, tmp_path / "out")
    run = Path(shutil.copytree(untrained, tmp_path / "run"))
    (run / export.FLOAT).unlink()
    with pytest.raises(NotPrepared, match="maeum model export"):
        quantize.quantize(ready, run, base, tmp_path / "out")
    assert not (tmp_path / "out").exists()
