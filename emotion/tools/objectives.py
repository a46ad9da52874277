"""What a batch is trained on: the losses, each a function of logits and what is known of the rows."""

import torch
from torch import Tensor
from torch.nn import functional

from emotion.artifact import CLASSED
from emotion.tools.feed import Batch, Feed
from emotion.tools.network import COLUMNS, Network, features, mean
from emotion.tools.recipe import Recipe
from emotion.tools.vocabulary import SPECIAL

_IGNORED: int = -100
_FIRST_WORD: int = len(SPECIAL)
"""Ids below it are [PAD], [UNK], [CLS], [SEP], [MASK] and no words."""
_MASK: int = SPECIAL.index("[MASK]")


def masked(ids: Tensor, share: float, pieces: int) -> tuple[Tensor, Tensor]:
    """(ids with some hidden, what was hidden or -100): of the hidden 80 % are [MASK], 10 % random, 10 % unchanged.

    After Devlin et al., 2019, 'BERT'.
    """
    chance = torch.rand(ids.shape, device=ids.device)
    chosen = (chance < share) & (ids >= _FIRST_WORD)
    kind = torch.rand(ids.shape, device=ids.device)
    hidden = torch.where(chosen & (kind < 0.8), _MASK, ids)  # noqa: PLR2004 - as the docstring says
    random = torch.randint(_FIRST_WORD, pieces, ids.shape, device=ids.device)
    hidden = torch.where(chosen & (kind >= 0.9), random, hidden)  # noqa: PLR2004 - as the docstring says
    return hidden, torch.where(chosen, ids, _IGNORED)


def beside(first: Batch, second: Batch, longest: int) -> tuple[Tensor, Tensor]:
    """Ids and mask of two texts a row, one behind the other: a sentence and its translation (Lample and Conneau, 2019).

    The second's [CLS] stands between them. Rows that would be longer than `longest` are cut.
    """
    both = torch.cat([first.ids, second.ids], dim=1)
    present = torch.cat([first.mask, second.mask], dim=1)
    order = torch.argsort(1 - present, dim=1, stable=True)
    width = min(longest, int(present.sum(1).max()))
    return both.gather(1, order)[:, :width], present.gather(1, order)[:, :width]


def words(model: Network, ids: Tensor, mask: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """(loss of the hidden words in nats a word, last states of the encoder with those words hidden)."""
    pieces = len(model.word_bias)
    hidden, target = masked(ids, share, pieces)
    states = model.hidden(hidden, mask)
    places = target.flatten() != _IGNORED
    logits = model.words(states.flatten(0, 1)[places])
    total = functional.cross_entropy(logits.float(), target.flatten()[places], reduction="sum")
    return total / places.sum().clamp(min=1), states  # of a few short texts none may be hidden


def aligned(states: Tensor, mask: Tensor, vectors: Tensor) -> Tensor:
    """1 - cosine between the texts' vectors and the base's of the English original (Reimers and Gurevych, 2020)."""
    return 1.0 - functional.cosine_similarity(mean(states.float(), mask), vectors.float()).mean()


def annotated(logits: Tensor, batch: Batch, data: Feed, recipe: Recipe) -> Tensor:
    """The loss of all heads against their labels, by the recipe's weights, a mean over the rows of the batch."""
    total = torch.zeros((), device=logits.device)
    for head, weight in recipe.heads.items():
        known = data.known[head][batch.rows]
        label = data.labels[head][batch.rows].float()
        scores = logits[:, COLUMNS[head]].float()
        if head in CLASSED:
            smoothing = recipe.smoothing if head == "seven" else 0.0
            target = label * (1.0 - smoothing) + smoothing / label.shape[1]
            each = -(target * scores.log_softmax(dim=1)).sum(dim=1)
        else:
            each = functional.binary_cross_entropy_with_logits(scores, label, reduction="none").mean(dim=1)
        total = total + weight * (each * known).sum() / len(batch.rows)
    return total


def taught(logits: Tensor, soft: Tensor, recipe: Recipe) -> Tensor:
    """The divergence from the teachers' probabilities, (texts, all heads), by the recipe's weights."""
    total = torch.zeros((), device=logits.device)
    for head, weight in recipe.heads.items():
        target, scores = soft[:, COLUMNS[head]].float(), logits[:, COLUMNS[head]].float()
        if head in CLASSED:
            loss = functional.kl_div(scores.log_softmax(dim=1), target, reduction="batchmean")
        else:
            loss = functional.binary_cross_entropy_with_logits(scores, target)
        total = total + weight * loss
    return total


def consistent(one: Tensor, other: Tensor) -> Tensor:
    """The divergence between the seven of two passes under different dropout, both ways (Liang et al., 2021)."""
    a, b = (side[:, COLUMNS["seven"]].float().log_softmax(dim=1) for side in (one, other))
    there = functional.kl_div(a, b, reduction="batchmean", log_target=True)
    back = functional.kl_div(b, a, reduction="batchmean", log_target=True)
    return (there + back) / 2


def pooled(model: Network, states: Tensor, mask: Tensor) -> Tensor:
    """Logits of all heads from states that were computed already."""
    logits: Tensor = model.heads(model.dropout(features(states, mask)))
    return logits
