"""Trains the network by a recipe. Seeded; a checkpoint every few minutes, from which an interrupted run goes on."""

import json
import logging
import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm

from emotion.calibration import separate
from emotion.labels import EMOTIONS
from emotion.tools import feed, metrics, network, objectives, prepared
from emotion.tools.errors import NotPrepared, OtherRun
from emotion.tools.feed import Batch, Feed, Texts, wide
from emotion.tools.network import COLUMNS, Network
from emotion.tools.prepared import DEVELOPMENT, SURPRISAL, TOKENIZER, WARM, Table
from emotion.tools.recipe import Recipe

log: Final = logging.getLogger(__name__)

WEIGHTS: Final = "weights.pt"
_CHECKPOINT: Final = "checkpoint.pt"
_SAVE_EVERY_S: Final = 180.0
_PAIRS_SHARE: Final = 8
"""In the language objective one row in so many has a translated pair beside it."""
_LONGEST: Final = 128


def pick_device() -> torch.device:
    """The first GPU, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class _State:
    """All that changes while training, so that it can be put down and taken up again."""

    model: Network
    optimizer: torch.optim.Optimizer
    plan: str
    """What the run does, in one line to compare: a checkpoint fits only the plan that it was written under."""
    steps: int = 0
    number: int = 0
    """The pass, from 0."""
    place: int = 0
    """Batches of the pass that are done."""
    seconds: float = 0.0
    mean: list[Tensor] = field(default_factory=list)
    """The moving average of the weights; empty where the recipe keeps none."""

    def save(self, file: Path) -> None:
        """Write the checkpoint beside the old one, then take its place: an interruption leaves one of the two whole."""
        values = {name: getattr(self, name) for name in ("plan", "steps", "number", "place", "seconds", "mean")}
        chance = [torch.get_rng_state(), *([torch.cuda.get_rng_state()] if torch.cuda.is_available() else [])]
        parts = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "chance": chance}
        torch.save({**parts, **values}, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)

    def restore(self, file: Path, device: torch.device) -> None:
        """Go on from the checkpoint; OtherRun where it belongs to another plan."""
        state = torch.load(file, weights_only=True, map_location=device)
        if state["plan"] != self.plan:
            message = f"{file} belongs to another run. Choose another --run folder, or remove that file."
            raise OtherRun(message)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["chance"][0].cpu())
        if torch.cuda.is_available():
            torch.cuda.set_rng_state(state["chance"][1].cpu())
        for name in ("steps", "number", "place", "seconds", "mean"):
            setattr(self, name, state[name])


@dataclass(frozen=True)
class _Task:
    """All that stays the same while training."""

    recipe: Recipe
    data: Feed
    device: torch.device
    minutes: float | None
    vectors: Tensor | None
    """The base's vectors of the English originals, (pairs, width), for the language objective."""
    soft: Tensor | None
    """The teachers' probabilities, (rows of the feed, all heads)."""

    def fraction(self, state: _State, batches: int) -> float:
        """How much of the run is done, by its passes or by its minutes, whichever is nearer to its end."""
        done = (state.number + state.place / batches) / self.recipe.passes
        return min(1.0, max(done, state.seconds / (60 * self.minutes) if self.minutes else 0.0))


def train(
    prepared_in: Path,
    run: Path,
    base: Path,
    recipe: Recipe,
    *,
    start: Sequence[Path] = (),
    teachers: Path | None = None,
    seed: int = 0,
    minutes: float | None = None,
    pause_after: int | None = None,
) -> Path | None:
    """Train into the folder `run` and return the path of the weights; go on from its checkpoint where there is one.

    `prepared_in` is the folder that `maeum model prepare` filled, `start` files of weights whose mean to start from
    instead of the base, `teachers` the folder with the probabilities that `maeum model teach` wrote. With `minutes`
    the rates fall to zero by then, however many of the passes were done. After `pause_after` steps the run leaves its
    checkpoint and returns None. A run that was interrupted ends with the same weights as one that was not, on the
    same machine and without `minutes`.
    """
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    device = pick_device()
    tables = prepared.read(prepared_in)
    data = feed.feed(tables, recipe, device)
    model = first_network(prepared_in, base, recipe, start).to(device)
    task = _Task(
        recipe,
        data,
        device,
        minutes,
        _vectors(model, data, device) if recipe.objective == "language" else None,
        _soft(teachers, data, device) if recipe.soft else None,
    )
    state = _State(
        model,
        _optimizer(model, recipe),
        plan=f"{recipe} seed {seed} start {list(map(str, start))} rows {len(data.texts.sizes)}",
    )
    if recipe.average:
        state.mean = [parameter.detach().clone() for parameter in model.parameters()]
    checkpoint = run / _CHECKPOINT
    if checkpoint.exists():
        state.restore(checkpoint, device)
    if not _passes(state, task, seed, checkpoint, pause_after):
        state.save(checkpoint)
        return None
    if state.mean:
        with torch.no_grad():
            for parameter, average in zip(model.parameters(), state.mean, strict=True):
                parameter.copy_(average)
    scores = development(model, tables, device) if recipe.objective == "labels" else {}
    torch.save(model.state_dict(), run / WEIGHTS)
    for name in (TOKENIZER, SURPRISAL):
        (run / name).write_bytes((prepared_in / name).read_bytes())
    summary = {
        "recipe": asdict(recipe), "seed": seed, "steps": state.steps, "passes": state.number,
        "minutes": round(state.seconds / 60, 2), "device": str(device), "development": scores,
    }  # fmt: skip
    (run / "train.json").write_text(json.dumps(summary, indent=1, default=str) + "\n", encoding="utf-8")
    checkpoint.unlink(missing_ok=True)
    log.info("%s", {key: summary[key] for key in ("steps", "passes", "minutes", "development")})
    return run / WEIGHTS


def first_network(prepared_in: Path, base: Path, recipe: Recipe, start: Sequence[Path]) -> Network:
    """The network that training starts from: the mean of other weights, or the base with the prepared embeddings.

    Means of weights that were trained from the same start: Wortsman et al., 2022, 'Model soups'.
    """
    if start:
        missing = [file for file in start if not file.is_file()]
        if missing:
            message = f"{', '.join(map(str, missing))}: not there. Train that run first"
            raise NotPrepared(message)
        _same_pieces(prepared_in, start)
        weights = averaged(start)
        model = network.empty(base, len(weights["word_bias"]), dropout=recipe.dropout)
        model.load_state_dict(weights)
        return model
    warm = prepared_in / WARM
    return network.from_base(base, np.load(warm).astype(np.float32) if warm.exists() else None, recipe.dropout)


def _same_pieces(prepared_in: Path, start: Sequence[Path]) -> None:
    """OtherRun where weights were trained under another tokenizer than the rows were prepared with."""
    pieces = Tokenizer.from_file(str(prepared_in / TOKENIZER)).get_vocab()
    for file in start:
        known = file.with_name(TOKENIZER)
        if known.is_file() and Tokenizer.from_file(str(known)).get_vocab() != pieces:
            message = f"{file} has another vocabulary. Run maeum model prepare with --vocabulary-from {file.parent}"
            raise OtherRun(message)


def averaged(files: Sequence[Path], shares: Sequence[float] | None = None) -> dict[str, Tensor]:
    """The mean of the weights in the files, equal or by shares."""
    parts = shares or [1.0] * len(files)
    mean: dict[str, Tensor] = {}
    for file, part in zip(files, parts, strict=True):
        for name, values in torch.load(file, weights_only=True, map_location="cpu").items():
            mean[name] = mean.get(name, 0.0) + values * (part / sum(parts))
    return mean


def blend(shares: Mapping[Path, float], run: Path) -> Path:
    """Write the mean of other runs' weights by their shares into the folder `run`; all must have one vocabulary.

    Wortsman et al., 2022, 'Robust fine-tuning of zero-shot models': between the weights before and after a last
    round often lies what is nearly as good at the new and at the old.
    """
    missing = [folder for folder in shares if not (folder / WEIGHTS).is_file()]
    if missing or not all(share > 0 for share in shares.values()):
        message = f"{', '.join(map(str, missing)) or 'a share'}: runs must be trained, and shares above 0"
        raise NotPrepared(message)
    if len({(folder / TOKENIZER).read_bytes() for folder in shares}) > 1:
        message = "These runs have different vocabularies: their weights do not fit together"
        raise OtherRun(message)
    run.mkdir(parents=True, exist_ok=True)
    torch.save(averaged([folder / WEIGHTS for folder in shares], list(shares.values())), run / WEIGHTS)
    for name in (TOKENIZER, SURPRISAL):
        (run / name).write_bytes((next(iter(shares)) / name).read_bytes())
    return run / WEIGHTS


def _passes(state: _State, task: _Task, seed: int, checkpoint: Path, pause_after: int | None) -> bool:
    """All passes from where the state stands; False where the run is to pause."""
    lengths = task.data.texts.sizes
    saved = time.monotonic()
    running: deque[Tensor] = deque(maxlen=50)
    done = 0
    state.model.train()
    for number, batches in enumerate(feed.plan(lengths, task.data.places, task.recipe, seed)):
        if number < state.number:
            continue
        label = f"pass {number + 1} of {task.recipe.passes}"
        progress = tqdm(total=len(batches), initial=state.place, desc=label, mininterval=5)
        began = time.monotonic() - state.seconds
        while state.place < len(batches):
            fraction = task.fraction(state, len(batches))
            if fraction >= 1.0:
                progress.close()
                return True
            loss = _step(state, task, batches[state.place], _rise_and_fall(fraction, task.recipe.warm_up))
            running.append(loss)
            state.place += 1
            state.steps += 1
            done += 1
            if state.steps % 50 == 0:
                progress.set_postfix(loss=f"{torch.stack(list(running)).mean():.3f}", refresh=False)
            progress.update()
            state.seconds = time.monotonic() - began
            if done == pause_after:
                return False
            if time.monotonic() - saved > _SAVE_EVERY_S and task.minutes is None:
                state.save(checkpoint)
                saved = time.monotonic()
        progress.close()
        state.number, state.place = number + 1, 0
    return True


def _step(state: _State, task: _Task, rows: NDArray[np.int64], factor: float) -> Tensor:
    """One batch: loss, gradients clipped at length 1, the weights, their average."""
    for group in state.optimizer.param_groups:
        group["lr"] = group["rate"] * factor
    batch = task.data.texts.chosen(rows)
    loss = _loss(state.model, batch, task)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0, foreach=True)
    state.optimizer.step()
    state.optimizer.zero_grad()
    if state.mean:
        decay = min(task.recipe.average, (1 + state.steps) / (10 + state.steps))
        with torch.no_grad():
            torch._foreach_lerp_(state.mean, list(state.model.parameters()), 1.0 - decay)
    return loss.detach()


def _autocast(device: torch.device) -> AbstractContextManager[Any]:
    return torch.autocast(device.type, torch.bfloat16)  # type: ignore[no-any-return]  # it has no types


def _loss(model: Network, batch: Batch, task: _Task) -> Tensor:
    """The loss of one batch under the recipe's objective."""
    recipe = task.recipe
    if recipe.objective == "language":
        return _language_loss(model, batch, task)
    with _autocast(task.device):
        logits = model(batch.ids, batch.mask)
        other = model(batch.ids, batch.mask) if recipe.consistency else None
    loss = torch.zeros((), device=task.device)
    if recipe.hard:
        loss = loss + recipe.hard * objectives.annotated(logits, batch, task.data, recipe)
    if task.soft is not None:
        loss = loss + recipe.soft * objectives.taught(logits, task.soft[batch.rows], recipe)
    if other is not None:
        loss = loss + recipe.hard * objectives.annotated(other, batch, task.data, recipe)
        loss = loss / 2 + recipe.consistency * objectives.consistent(logits, other)
    return loss


def _language_loss(model: Network, batch: Batch, task: _Task) -> Tensor:
    """Hidden words of the batch, its polarity; hidden words of pairs side by side, and their vectors."""
    recipe, data = task.recipe, task.data
    with _autocast(task.device):
        loss, states = objectives.words(model, batch.ids, batch.mask, recipe.masked)
        logits = objectives.pooled(model, states, batch.mask)
    loss = loss + objectives.annotated(logits, batch, data, recipe)
    if task.vectors is not None and len(task.vectors):
        count = max(2, len(batch.rows) // _PAIRS_SHARE)
        chosen = torch.randint(len(task.vectors), (count,), device=task.device)
        english, korean = (
            data.texts.batch(data.places[name].start + chosen, _LONGEST // 2)
            for name in ("goemotions_en", "goemotions_ko_mt")
        )
        both, mask = objectives.beside(english, korean, _LONGEST)
        with _autocast(task.device):
            translated, _ = objectives.words(model, both, mask, recipe.masked)
            sides = [(model.hidden(side.ids, side.mask), side.mask) for side in (english, korean)]
        near = sum(objectives.aligned(states, mask, task.vectors[chosen]) for states, mask in sides)
        loss = loss + 0.5 * translated + recipe.alignment * near
    return loss


def _vectors(model: Network, data: Feed, device: torch.device) -> Tensor | None:
    """The vectors that the network has of the English originals before it learns anything: the base's."""
    if not {"goemotions_en", "goemotions_ko_mt"} <= set(data.places):
        return None
    place = data.places["goemotions_en"]
    parts = []
    model.eval()
    with torch.inference_mode(), _autocast(device):
        for some in np.array_split(np.arange(place.start, place.stop), -(-(place.stop - place.start) // 512)):
            batch = data.texts.chosen(some)
            parts.append(network.mean(model.hidden(batch.ids, batch.mask).float(), batch.mask).half())
    model.train()
    return torch.cat(parts).clone()


def _soft(teachers: Path | None, data: Feed, device: torch.device) -> Tensor:
    """The teachers' probabilities for the rows of the feed."""
    if teachers is None:
        message = "This recipe learns from teachers: name the folder that `maeum model teach` wrote with --teachers"
        raise NotPrepared(message)
    parts = []
    for name, place in data.places.items():
        file = teachers / f"{name}.npy"
        if not file.is_file():
            message = f"{file} is not there: let teachers say what they think of {name} with maeum model teach"
            raise NotPrepared(message)
        parts.append(np.load(file))
        if len(parts[-1]) != place.stop - place.start:
            message = f"{file} was written for other data; run maeum model teach again"
            raise OtherRun(message)
    return torch.from_numpy(np.concatenate(parts)).to(device)


def _rise_and_fall(fraction: float, warm_up: float) -> float:
    """The factor on the rates: up in a straight line, then down along a half cosine."""
    if fraction < warm_up:
        return max(0.01, fraction / warm_up)
    return 0.5 * (1 + math.cos(math.pi * (fraction - warm_up) / (1 - warm_up)))


def _optimizer(model: Network, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW with a rate each for word embeddings, layers and heads; no decay of embeddings, biases and norms."""
    layers = int(model.encoder.config.num_hidden_layers)
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if name.startswith("encoder.") and "word_embeddings" not in name:
            depth = next((int(part) for part in name.split(".") if part.isdigit()), -1)
            rate = recipe.encoder_rate * recipe.layer_decay ** (layers - 1 - depth)
        else:
            rate = recipe.embedding_rate if "word_embeddings" in name else recipe.head_rate
        decay = recipe.weight_decay if parameter.ndim > 1 and "word_embeddings" not in name else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": some, "lr": rate, "rate": rate, "weight_decay": decay} for (rate, decay), some in groups.items()],
        betas=(0.9, 0.98),
        fused=True,
    )


def logits(model: Network, texts: Texts, tokens: int = 1 << 15) -> NDArray[np.float32]:
    """The network's logits for the texts, (texts, all heads), in their order. In bfloat16 on a GPU."""
    model.eval()
    device = texts.ids.device
    order = np.argsort(-texts.sizes, kind="stable")
    result = np.zeros((len(order), network.WIDTH), dtype=np.float32)
    place = 0
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        while place < len(order):
            chosen = order[place : place + max(1, tokens // wide(int(texts.sizes[order[place]])))]
            batch = texts.chosen(chosen)
            result[chosen] = model(batch.ids, batch.mask).float().cpu().numpy()
            place += len(chosen)
    model.train()
    return result


def development(model: Network, tables: dict[str, Table], device: torch.device) -> dict[str, float]:
    """The score of each development split: macro-F1, of NSMC accuracy.

    Over the seven a row with several labels counts as right when one of them is predicted. Thresholds of the heads
    with many labels are chosen on the very split, so those scores are a little high.
    """
    result: dict[str, float] = {}
    for name, one in tables.items():
        if not name.startswith(DEVELOPMENT):
            continue
        split = name.removeprefix(DEVELOPMENT)
        scores = logits(model, Texts.of([one], device))
        if one.gold is not None and one.gold.any():
            gold = [frozenset(e for e, there in zip(EMOTIONS, row, strict=True) if there) for row in one.gold]
            predicted = [EMOTIONS[i] for i in scores[:, COLUMNS["seven"]].argmax(axis=1)]
            result[split] = round(metrics.macro_f1(gold, predicted), 4)
        for head in ("goemotions", "kote"):
            labels = getattr(one, head)
            if labels is not None:
                probs = separate(scores[:, COLUMNS[head]])
                best = metrics.f1_at(probs, labels, metrics.best_thresholds(probs, labels))
                result[f"{split} {head}"] = round(float(best.mean()), 4)
        if split in {"nsmc", "senti4sd"} and one.polarity is not None:
            known = one.polarity.sum(axis=1) > 0
            polar = scores[known][:, COLUMNS["polarity"]]
            truth = one.polarity[known].argmax(axis=1)
            if split == "nsmc":
                result[split] = round(float(((polar[:, 2] > polar[:, 0]) == (truth == 2)).mean()), 4)  # noqa: PLR2004
            else:
                result[split] = round(metrics.macro_f1_of_labels(polar.argmax(axis=1), truth, 3), 4)
    return result
