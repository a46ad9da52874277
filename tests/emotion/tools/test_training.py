"""Training: seeded, to be interrupted at any time, and from anything that was trained before."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

import torch

from emotion.tools import network, prepared, teach, training
from emotion.tools.errors import NotPrepared, OtherRun
from emotion.tools.network import COLUMNS
from emotion.tools.recipe import Recipe
from emotion.tools.training import WEIGHTS, blend, first_network, train

pytestmark = pytest.mark.train

LABELS = Recipe(
    "labels",
    {"workchat": 1, "goemotions_en": 0.5, "kote": 1, "nsmc": 0.5},
    passes=2,
    batch_tokens=512,
    batch_rows=32,
    average=0.9,
    smoothing=0.05,
    layer_decay=0.9,
)
LANGUAGE = Recipe(
    "language",
    {"goemotions_en": 1, "goemotions_ko_mt": 1, "songys": 0.5, "nsmc": 0.5},
    passes=1,
    batch_tokens=512,
    batch_rows=32,
    heads={"polarity": 0.3},
)


def _weights(file: Path | None) -> dict[str, torch.Tensor]:
    assert file is not None
    state: dict[str, torch.Tensor] = torch.load(file, weights_only=True)
    return state


def _equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def runs(ready: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs by the same recipe with seeds of their own."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        train(ready, folder / str(seed), base, LABELS, seed=seed)
    return folder / "1", folder / "2"


@pytest.mark.parametrize(
    "recipe", [LABELS, LANGUAGE, replace(LABELS, consistency=0.5, passes=1)], ids=["labels", "language", "consistency"]
)
def test_a_paused_run_ends_like_one_that_was_not(ready: Path, base: Path, tmp_path: Path, recipe: Recipe) -> None:
    """Stopped twice, once at the end of a pass, and taken up again: the same weights, bit for bit."""
    whole = train(ready, tmp_path / "whole", base, recipe, seed=5)
    for steps in (2, 1):
        assert train(ready, tmp_path / "paused", base, recipe, seed=5, pause_after=steps) is None
        assert (tmp_path / "paused/checkpoint.pt").is_file()
    taken_up = train(ready, tmp_path / "paused", base, recipe, seed=5)
    assert _equal(_weights(whole), _weights(taken_up))
    assert sorted(file.name for file in (tmp_path / "paused").iterdir()) == sorted(
        [WEIGHTS, prepared.TOKENIZER, prepared.SURPRISAL, "train.json"]
    )


def test_the_seed_decides(ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Another seed gives other weights; the same one the same."""
    assert not _equal(_weights(runs[0] / WEIGHTS), _weights(runs[1] / WEIGHTS))
    assert _equal(_weights(runs[0] / WEIGHTS), _weights(train(ready, tmp_path, base, LABELS, seed=1)))


def test_a_checkpoint_of_another_run_is_not_taken_up(ready: Path, base: Path, tmp_path: Path) -> None:
    """A changed seed, recipe or start is another run: refused, not mixed, and the checkpoint stays."""
    assert train(ready, tmp_path, base, LABELS, seed=1, pause_after=1) is None
    for recipe, seed in ((LABELS, 2), (replace(LABELS, passes=3), 1), (replace(LABELS, shares={"kote": 1}), 1)):
        with pytest.raises(OtherRun, match="belongs to another run"):
            train(ready, tmp_path, base, recipe, seed=seed)
    assert train(ready, tmp_path, base, LABELS, seed=1) is not None


def test_what_a_run_did_is_written_beside_its_weights(runs: tuple[Path, Path]) -> None:
    """Recipe, seed, steps, and the score of each development split."""
    told = json.loads((runs[0] / "train.json").read_text(encoding="utf-8"))
    assert told["recipe"]["passes"] == told["passes"] == 2
    assert told["seed"] == 1
    assert told["steps"] > 4
    assert {"workchat", "own", "kote kote", "goemotions_en", "goemotions_en goemotions", "senti4sd", "nsmc"} <= set(
        told["development"]
    )
    assert all(0.0 <= score <= 1.0 for score in told["development"].values())


def test_what_is_plain_is_learned(ready: Path, base: Path, tmp_path: Path) -> None:
    """Ten quick passes over messages that say their emotion in a word, and unseen ones are read right."""
    recipe = Recipe(
        "labels",
        {"workchat": 2, "goemotions_ko_mt": 1},
        passes=10,
        batch_tokens=1024,
        batch_rows=32,
        encoder_rate=3e-3,
        embedding_rate=1e-2,
        head_rate=1e-2,
        dropout=0.0,
    )
    train(ready, tmp_path, base, recipe, seed=1)
    told = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert told["development"]["workchat"] > 0.8


def test_a_run_is_done_when_its_minutes_are(ready: Path, base: Path, tmp_path: Path) -> None:
    """However many passes were asked for: the rates have fallen by then, and the weights are whole."""
    start = time.monotonic()
    file = train(ready, tmp_path, base, replace(LABELS, passes=100_000), seed=1, minutes=0.01)
    assert time.monotonic() - start < 30
    told = json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))
    assert told["steps"] >= 1
    assert told["minutes"] < 0.1
    assert all(bool(values.isfinite().all()) for values in _weights(file).values())


def test_minutes_end_no_run_that_is_shorter(ready: Path, base: Path, tmp_path: Path) -> None:
    """All passes are done where there is time for them."""
    train(ready, tmp_path, base, replace(LABELS, passes=1), seed=1, minutes=5)
    assert json.loads((tmp_path / "train.json").read_text(encoding="utf-8"))["passes"] == 1


def test_a_run_starts_from_the_mean_of_others(ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path) -> None:
    """The first weights are the mean; trained on from there they differ from a run that started elsewhere."""
    files = [run / WEIGHTS for run in runs]
    one, other = (_weights(file) for file in files)
    first = first_network(ready, base, LABELS, files).state_dict()
    assert all(torch.allclose(first[name], (one[name] + other[name]) / 2, atol=1e-6) for name in one)
    single = training.averaged(files[:1])
    assert _equal(single, one)
    on = train(ready, tmp_path, base, replace(LABELS, passes=1), start=files, seed=1)
    assert not _equal(_weights(on), {name: values.contiguous() for name, values in first.items()})


def test_a_run_starts_from_nothing_else(ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Weights that are not there, or of another vocabulary than the rows, are told with what to do."""
    with pytest.raises(NotPrepared, match="Train that run first"):
        train(ready, tmp_path, base, LABELS, start=[tmp_path / WEIGHTS])
    other = Path(shutil.copytree(runs[0], tmp_path / "other"))
    shutil.copy(base / prepared.TOKENIZER, other / prepared.TOKENIZER)
    with pytest.raises(OtherRun, match="--vocabulary-from"):
        train(ready, tmp_path, base, LABELS, start=[other / WEIGHTS])


def test_the_first_vectors_are_the_prepared_ones(ready: Path, base: Path) -> None:
    """Without another start the words begin where preparation put them, and all other weights are the base's."""
    model = first_network(ready, base, LABELS, ())
    words = model.encoder.get_input_embeddings().weight.detach().numpy()
    assert np.array_equal(words, np.load(ready / prepared.WARM).astype(np.float32))
    original = network.from_base(base, None).encoder.state_dict()
    now = model.encoder.state_dict()
    assert all(torch.equal(now[name], original[name]) for name in original if "word_embeddings" not in name)


def test_teachers_say_what_they_think_of_every_row(
    ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    """The mean of their probabilities, a file a corpus, a row a training row; students learn only from those."""
    folder = teach.teach(ready, base, [run / WEIGHTS for run in runs], tmp_path / "both")
    tables = {n: t for n, t in prepared.read(ready).items() if not n.startswith(prepared.DEVELOPMENT)}
    assert {file.stem for file in folder.iterdir()} == set(tables)
    alone = [teach.teach(ready, base, [run / WEIGHTS], tmp_path / run.name) for run in runs]
    for name, one in tables.items():
        both, first, second = (np.load(place / f"{name}.npy").astype(np.float64) for place in (folder, *alone))
        assert both.shape == (len(one), network.WIDTH)
        for head in ("seven", "polarity"):
            assert np.allclose(both[:, COLUMNS[head]].sum(axis=1), 1, atol=5e-3)
        assert both.min() >= 0
        assert both.max() <= 1
        assert np.allclose(both, (first + second) / 2, atol=1e-3)
    student = replace(LABELS, shares={"workchat": 1, "irc": 0.5}, passes=1, hard=0.3, soft=1.0)
    assert train(ready, tmp_path / "student", base, student, teachers=folder, seed=1) is not None


def test_some_corpora_can_be_left_to_other_teachers(
    ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    """Of the named corpora alone new probabilities are written, beside those of the rest; a strange name is refused."""
    teach.teach(ready, base, [runs[0] / WEIGHTS], tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    teach.teach(ready, base, [runs[1] / WEIGHTS], tmp_path, only=["own"])
    changed = {file.name for file in tmp_path.iterdir() if file.read_bytes() != before[file.name]}
    assert changed == {"own.npy"}
    with pytest.raises(NotPrepared, match="has no poems"):
        teach.teach(ready, base, [runs[0] / WEIGHTS], tmp_path, only=["poems"])


def test_a_student_needs_its_teachers(ready: Path, base: Path, runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Without them, without one of them, or with what they said of other rows, nothing is trained."""
    student = replace(LABELS, shares={"workchat": 1, "own": 1}, soft=1.0)
    with pytest.raises(NotPrepared, match="maeum model teach"):
        train(ready, tmp_path / "student", base, student)
    teach.teach(ready, base, [runs[0] / WEIGHTS], tmp_path)
    np.save(tmp_path / "workchat.npy", np.load(tmp_path / "workchat.npy")[:3])
    with pytest.raises(OtherRun, match="run maeum model teach again"):
        train(ready, tmp_path / "student", base, student, teachers=tmp_path)
    (tmp_path / "workchat.npy").unlink()
    with pytest.raises(NotPrepared, match="workchat"):
        train(ready, tmp_path / "student", base, student, teachers=tmp_path)


def test_runs_are_blended_by_shares(runs: tuple[Path, Path], tmp_path: Path) -> None:
    """A quarter of one and three of the other, as a run that goes on to export; strange runs and shares are refused."""
    one, other = (torch.load(run / WEIGHTS, weights_only=True) for run in runs)
    mixed = torch.load(blend({runs[0]: 1.0, runs[1]: 3.0}, tmp_path), weights_only=True)
    assert all(torch.allclose(mixed[name], 0.25 * one[name] + 0.75 * other[name], atol=1e-6) for name in mixed)
    assert (tmp_path / prepared.TOKENIZER).read_bytes() == (runs[0] / prepared.TOKENIZER).read_bytes()
    with pytest.raises(NotPrepared):
        blend({tmp_path / "nowhere": 1.0, runs[0]: 1.0}, tmp_path / "no")
    with pytest.raises(NotPrepared, match="above 0"):
        blend({runs[0]: 0.0, runs[1]: 1.0}, tmp_path / "no")
