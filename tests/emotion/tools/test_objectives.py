"""The losses: 0 or low where the network is right, higher where it is wrong."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

import torch

from emotion.labels import EMOTIONS, Emotion
from emotion.tools import feed, network, objectives, prepared
from emotion.tools.corpora import Example, one_hot
from emotion.tools.feed import Batch, Feed
from emotion.tools.network import COLUMNS, WIDTH
from emotion.tools.recipe import Recipe

pytestmark = pytest.mark.train

CPU = torch.device("cpu")
RECIPE = Recipe("labels", {"own": 1}, balanced=(), borrowed=1.0)
JOY = EMOTIONS.index(Emotion.JOY)


def _batch(ids: list[list[int]]) -> Batch:
    tensor = torch.tensor(ids)
    return Batch(torch.arange(len(ids)), tensor, (tensor != 0).long())


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_a_share_of_the_words_is_hidden(share: float) -> None:
    """Of the hidden ones 80 % are [MASK], 10 % another word, 10 % themselves; the others are not asked for."""
    torch.manual_seed(0)
    ids = torch.randint(5, 1000, (200, 100))
    hidden, target = objectives.masked(ids, share, 1000)
    asked = target != -100
    assert float(asked.float().mean()) == pytest.approx(share, abs=0.01)
    assert torch.equal(target[asked], ids[asked])
    assert torch.equal(hidden[~asked], ids[~asked])
    assert float((hidden[asked] == 4).float().mean()) == pytest.approx(0.8, abs=0.02)
    assert float((hidden[asked] == ids[asked]).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert int(hidden.min()) >= 4
    assert int(hidden.max()) < 1000


def test_special_pieces_are_never_hidden() -> None:
    """Not padding, not [CLS], not [SEP], not the unknown, however often it is tried; nor do they replace a word."""
    torch.manual_seed(0)
    ids = torch.tensor([[2, 1, 7, 3, 0, 0]]).repeat(5000, 1)
    hidden, target = objectives.masked(ids, 0.99, 8)
    assert torch.equal(hidden[:, [0, 1, 3, 4, 5]], ids[:, [0, 1, 3, 4, 5]])
    assert bool((target[:, [0, 1, 3, 4, 5]] == -100).all())
    assert {4, 5, 6, 7} == set(hidden[:, 2].tolist())


def test_a_sentence_stands_beside_its_translation() -> None:
    """Without padding between them; cut where both are longer than there is room."""
    one, other = _batch([[2, 7, 3, 0], [2, 7, 8, 3]]), _batch([[2, 9, 3, 0, 0], [2, 9, 9, 9, 3]])
    ids, mask = objectives.beside(one, other, 100)
    assert ids.tolist() == [[2, 7, 3, 2, 9, 3, 0, 0, 0], [2, 7, 8, 3, 2, 9, 9, 9, 3]]
    assert mask.sum(1).tolist() == [6, 9]
    ids, mask = objectives.beside(one, other, 5)
    assert ids.tolist() == [[2, 7, 3, 2, 9], [2, 7, 8, 3, 2]]
    assert mask.shape == (2, 5)


def _labelled() -> Feed:
    rows = [
        Example("a", "0", one_hot([Emotion.JOY]), frozenset({"joy", "love"}), frozenset({"행복"}), (0.0, 0.0, 1.0)),
        Example("b", "1"),
    ]
    return feed.feed({"own": prepared.table(rows, [[2, 5, 3], [2, 6, 3]])}, RECIPE, CPU)


def _right(data: Feed, strength: float) -> Any:  # noqa: ANN401 - torch is untyped here
    """Logits that say of both rows what is annotated of the first."""
    logits = torch.zeros(2, WIDTH)
    for head, columns in COLUMNS.items():
        logits[:, columns] = strength * (2 * (data.labels[head][0].float() > 0).float() - 1)
    return logits


@pytest.mark.parametrize("head", list(COLUMNS))
def test_the_annotated_loss_of_each_head(head: str) -> None:
    """About 0 when right, more without an opinion, most when wrong."""
    data, batch = _labelled(), _batch([[2, 5, 3], [2, 6, 3]])
    recipe = Recipe("labels", {"own": 1}, heads={head: 1.0})
    losses = [float(objectives.annotated(_right(data, s), batch, data, recipe)) for s in (20, 0, -20)]
    assert losses[0] == pytest.approx(0, abs=1e-5)
    assert losses[0] < losses[1] < losses[2]


def test_rows_without_a_label_do_not_count() -> None:
    """Whatever the network says of them; they only make the mean smaller, as one row of the batch."""
    data, batch = _labelled(), _batch([[2, 5, 3], [2, 6, 3]])
    logits = torch.randn(2, WIDTH)
    other = logits.clone()
    other[1] = 9.0
    loss = objectives.annotated(logits, batch, data, RECIPE)
    assert torch.equal(loss, objectives.annotated(other, batch, data, RECIPE))
    alone = objectives.annotated(logits[:1], Batch(batch.rows[:1], batch.ids[:1], batch.mask[:1]), data, RECIPE)
    assert float(loss) == pytest.approx(float(alone) / 2, rel=1e-5)


def test_smoothing_asks_for_less_than_certainty() -> None:
    """Under smoothing the surest answer is not the best one, and only the seven are smoothed."""
    data, batch = _labelled(), _batch([[2, 5, 3], [2, 6, 3]])
    smooth = Recipe("labels", {"own": 1}, heads={"seven": 1.0}, smoothing=0.1)
    sure, modest = (float(objectives.annotated(_right(data, s), batch, data, smooth)) for s in (20, 2))
    assert modest < sure
    polarity = Recipe("labels", {"own": 1}, heads={"polarity": 1.0}, smoothing=0.1)
    assert float(objectives.annotated(_right(data, 20), batch, data, polarity)) == pytest.approx(0, abs=1e-5)


def test_the_weights_of_the_heads_add_up() -> None:
    """The loss of all is the sum of each times its weight."""
    data, batch, logits = _labelled(), _batch([[2, 5, 3], [2, 6, 3]]), torch.randn(2, WIDTH)
    single = [
        weight * float(objectives.annotated(logits, batch, data, Recipe("labels", {"own": 1}, heads={head: 1.0})))
        for head, weight in RECIPE.heads.items()
    ]
    assert float(objectives.annotated(logits, batch, data, RECIPE)) == pytest.approx(sum(single), rel=1e-5)


@pytest.mark.parametrize("head", list(COLUMNS))
def test_the_taught_loss_is_least_at_the_teachers_own_logits(head: str) -> None:
    """There the divergence of a head with one answer is 0; anywhere else it is more."""
    torch.manual_seed(1)
    logits = torch.randn(4, WIDTH)
    soft = torch.sigmoid(logits)
    for one in ("seven", "polarity"):
        soft[:, COLUMNS[one]] = logits[:, COLUMNS[one]].softmax(1)
    recipe = Recipe("labels", {"own": 1}, heads={head: 1.0})
    same, other = (float(objectives.taught(one, soft, recipe)) for one in (logits, logits + torch.randn(4, WIDTH)))
    assert same < other
    if head in {"seven", "polarity"}:
        assert same == pytest.approx(0, abs=1e-5)


def test_consistency_is_agreement() -> None:
    """0 between equals, the same from either side, and only about the seven."""
    torch.manual_seed(1)
    one, other = torch.randn(3, WIDTH), torch.randn(3, WIDTH)
    assert float(objectives.consistent(one, one)) == pytest.approx(0, abs=1e-6)
    assert float(objectives.consistent(one, other)) > 0.01
    assert float(objectives.consistent(one, other)) == pytest.approx(float(objectives.consistent(other, one)))
    elsewhere = one.clone()
    elsewhere[:, COLUMNS["kote"]] += 5
    assert float(objectives.consistent(one, elsewhere)) == pytest.approx(0, abs=1e-6)


def test_alignment_is_the_angle_to_the_bases_vector() -> None:
    """0 where the mean over a text's tokens is that vector, 2 where it is its opposite; padding does not count."""
    states = torch.randn(2, 4, 8)
    mask = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]])
    vectors = torch.stack([states[0, :2].mean(0), states[1].mean(0)])
    assert float(objectives.aligned(states, mask, vectors)) == pytest.approx(0, abs=1e-5)
    assert float(objectives.aligned(states, mask, 3 * vectors)) == pytest.approx(0, abs=1e-5)
    assert float(objectives.aligned(states, mask, -vectors)) == pytest.approx(2, abs=1e-5)


def test_hidden_words_cost_what_guessing_costs(base: Path) -> None:
    """Without any opinion ln(pieces) nats a word; and where no word happened to be hidden 0, not NaN."""
    model = network.from_base(base, None, dropout=0.0)
    with torch.no_grad():
        model.encoder.get_input_embeddings().weight.zero_()
        model.word_bias.zero_()
    pieces = len(model.word_bias)
    batch = _batch([[2, *range(5, 60), 3]])
    with torch.inference_mode():
        loss, states = objectives.words(model, batch.ids, batch.mask, 0.5)
    assert float(loss) == pytest.approx(float(torch.log(torch.tensor(float(pieces)))), rel=1e-4)
    assert states.shape == (1, 57, 32)
    nothing = _batch([[2, 3]])
    loss, _ = objectives.words(model, nothing.ids, nothing.mask, 0.5)
    loss.backward()
    assert loss.item() == 0.0
    assert bool(torch.isfinite(model.word_bias.grad).all())


def test_states_that_are_there_are_not_computed_again(base: Path) -> None:
    """Heads on given states say what the whole network says."""
    model = network.from_base(base, None).eval()
    batch = _batch([[2, 8, 9, 3], [2, 8, 3, 0]])
    with torch.inference_mode():
        states = model.hidden(batch.ids, batch.mask)
        assert torch.equal(objectives.pooled(model, states, batch.mask), model(batch.ids, batch.mask))
