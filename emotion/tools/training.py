"""Trains the network. Seeded; a checkpoint every few minutes, from which an interrupted run goes on."""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from emotion.labels import EMOTIONS
from emotion.tokens import Tokens, padded
from emotion.tools import corpora, network, preparation
from emotion.tools.corpora import Corpora
from emotion.tools.errors import OtherRun
from emotion.tools.metrics import macro_f1
from emotion.tools.recipe import Recipe, Round
from emotion.tools.rows import Row, pools, round_ends, schedule, slope

log: Final = logging.getLogger(__name__)

_SAVE_EVERY_S: Final = 180.0
_ROUND: Final = "round-{}.pt"


@dataclass
class _State:
    """All that changes while training, so that it can be put down and taken up again."""

    model: network.Network
    optimizer: torch.optim.Optimizer
    rate: torch.optim.lr_scheduler.LambdaLR
    plan: str
    """What the run does, in one word to compare: a checkpoint fits only the plan that it was written under."""
    step: int = 0
    scores: dict[str, dict[str, float]] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write the checkpoint beside the old one, then take its place: an interruption leaves one of the two whole."""
        parts = {"model": self.model, "optimizer": self.optimizer, "rate": self.rate}
        state = {name: part.state_dict() for name, part in parts.items()}
        values = {"plan": self.plan, "step": self.step, "scores": self.scores, "chance": torch.get_rng_state()}
        torch.save({**state, **values}, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)

    def restore(self, file: Path) -> None:
        """Go on from the checkpoint; OtherRun where it belongs to another plan."""
        state = torch.load(file, weights_only=True)
        if state["plan"] != self.plan:
            message = f"{file} belongs to another run. Choose another --run folder, or remove that file."
            raise OtherRun(message)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rate.load_state_dict(state["rate"])
        torch.set_rng_state(state["chance"])
        self.step, self.scores = state["step"], state["scores"]


@dataclass(frozen=True)
class _Plan:
    """All that stays the same while training."""

    batches: list[tuple[int, list[Row]]]
    teacher: Tensor
    recipe: Recipe
    checkpoint: Path
    scores: Callable[[], dict[str, float]]


def train(
    data: Path,
    run: Path,
    base: Path,
    recipe: Recipe,
    *,
    samples: int | None = None,
    pause_after: int | None = None,
) -> Path | None:
    """Train into the folder `run` and return the path of the weights; go on from its checkpoint where there is one.

    The folder holds tokenizer.json, teacher.npy, warm.npy, round-N.pt, checkpoint.pt while running, and at the end
    weights.pt and train.json (recipe and development scores). After `pause_after` steps the run leaves its checkpoint
    and returns None. A run that was interrupted ends with the same weights as one that was not, on the same machine.
    """
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    material = corpora.load(data, seed=recipe.seed, samples=samples)
    tokens, embeddings = preparation.words(data, run, base, recipe, material, samples=samples)
    teacher = preparation.teacher(run, base, [english for english, _ in material.pairs])
    batches = list(schedule(pools(material, tokens, recipe), recipe))
    model = network.from_base(base, embeddings)
    optimizer = _optimizer(model, recipe)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, slope([position for position, _ in batches], recipe))
    state = _State(model, optimizer, rate, plan=f"{recipe} over {len(batches)} batches")
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists():
        state.restore(checkpoint)
    end = min(len(batches), state.step + (pause_after or len(batches)))
    plan = _Plan(batches, teacher, recipe, checkpoint, lambda: development(model, material, tokens))
    _steps(state, plan, end)
    if end < len(batches):
        state.save(checkpoint)
        return None
    model.load_state_dict(_blended(run, recipe))
    state.scores["blend"] = development(model, material, tokens)
    log.info("blend: %s", state.scores["blend"])
    weights = run / "weights.pt"
    torch.save(model.state_dict(), weights)
    summary = {"recipe": asdict(recipe), "development": state.scores, "steps": len(batches)}
    (run / "train.json").write_text(json.dumps(summary, indent=1, default=str) + "\n", encoding="utf-8")
    checkpoint.unlink(missing_ok=True)
    return weights


def _steps(state: _State, plan: _Plan, end: int) -> None:
    """From the state's step to the end, with a checkpoint every few minutes and after each round."""
    ends = round_ends(plan.batches)
    saved = time.monotonic()
    running: deque[float] = deque(maxlen=100)
    progress = tqdm(total=len(plan.batches), initial=state.step, desc="train", mininterval=5)
    while state.step < end:
        position, rows = plan.batches[state.step]
        state.model.train()
        loss = _loss(state.model, rows, plan, plan.recipe.rounds[position])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.rate.step()
        state.step += 1
        running.append(float(loss.detach()))
        progress.set_postfix(loss=f"{np.mean(running):.3f}", refresh=False)
        progress.update()
        if state.step in ends:
            torch.save(state.model.state_dict(), plan.checkpoint.with_name(_ROUND.format(position)))
            state.scores[f"round {position + 1}"] = plan.scores()
            log.info("round %d: %s", position + 1, state.scores[f"round {position + 1}"])
        if state.step in ends or time.monotonic() - saved > _SAVE_EVERY_S:
            state.save(plan.checkpoint)
            saved = time.monotonic()
    progress.close()


def _blended(run: Path, recipe: Recipe) -> dict[str, Tensor]:
    """The weighted mean of the weights that the rounds left."""
    mean: dict[str, Tensor] = {}
    for position, share in enumerate(recipe.blend):
        if share:
            for name, values in torch.load(run / _ROUND.format(position), weights_only=True).items():
                mean[name] = mean.get(name, 0.0) + share * values
    return mean


def logits(model: network.Network, rows: Sequence[Sequence[int]], batch: int = 256) -> NDArray[np.float32]:
    """The network's logits for rows of ids, (rows, 7), in the order given."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    result = np.zeros((len(rows), len(EMOTIONS)), dtype=np.float32)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        ids, mask = padded([rows[i] for i in chosen])
        with torch.inference_mode():
            result[chosen] = model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    return result


def development(model: network.Network, material: Corpora, tokens: Tokens) -> dict[str, float]:
    """Macro-F1 by development split; a row with several labels counts as right when one of them is predicted."""
    result = {}
    for name, rows in material.development.items():
        predicted = logits(model, tokens.ids([row.text for row in rows])).argmax(1)
        result[name] = round(macro_f1([row.gold for row in rows], [EMOTIONS[i] for i in predicted]), 4)
    return result


def _loss(model: network.Network, rows: Sequence[Row], plan: _Plan, one: Round) -> Tensor:
    """Cross-entropy over the seven, plus polarity, plus distance to the teacher where a row has one."""
    ids, mask = (torch.from_numpy(side) for side in padded([row.ids for row in rows]))
    with torch.autocast("cpu", torch.bfloat16):
        mean, features = model.vectors(ids, mask)
    mean, features = mean.float(), model.dropout(features.float())
    weight = torch.tensor([row.weight for row in rows])
    loss = torch.zeros(())
    labelled = [i for i, row in enumerate(rows) if row.target is not None]
    if labelled:
        target = torch.tensor([rows[i].target for i in labelled])
        each = functional.cross_entropy(model.emotion(features[labelled]), target, reduction="none")
        loss = loss + (each * weight[labelled]).sum() / len(rows)
    polar = [i for i, row in enumerate(rows) if row.polarity >= 0]
    if polar:
        target = torch.tensor([rows[i].polarity for i in polar])
        each = functional.cross_entropy(model.polarity(features[polar]), target, reduction="none")
        loss = loss + plan.recipe.polarity_weight * (each * weight[polar]).sum() / len(rows)
    paired = [i for i, row in enumerate(rows) if row.pair >= 0]
    if paired and one.alignment > 0:
        near = functional.cosine_similarity(mean[paired], plan.teacher[[rows[i].pair for i in paired]])
        loss = loss + one.alignment * (1.0 - near).sum() / len(rows)
    return loss


def _optimizer(model: network.Network, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW with a rate each for word embeddings, encoder and heads."""
    words = list(model.encoder.get_input_embeddings().parameters())
    known = {id(parameter) for parameter in words}
    encoder = [parameter for parameter in model.encoder.parameters() if id(parameter) not in known]
    heads = [*model.emotion.parameters(), *model.polarity.parameters()]
    groups = [
        {"params": words, "lr": recipe.embedding_rate, "weight_decay": 0.0},
        {"params": encoder, "lr": recipe.encoder_rate, "weight_decay": recipe.weight_decay},
        {"params": heads, "lr": recipe.head_rate, "weight_decay": recipe.weight_decay},
    ]
    return torch.optim.AdamW(groups, fused=True)
