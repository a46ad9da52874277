"""What a training run does, as data: one YAML file a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from emotion.artifact import LABELS
from emotion.tools.errors import BadRecipe

SHIPPED: Final = Path(__file__).with_name("recipes")
"""The recipes that made the shipped model, in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs of a run. Two runs with the same recipe, seed and prepared data see the same batches in order."""

    objective: Literal["language", "labels"]
    """`language`: masked words, translations side by side, the base's vectors. `labels`: every head."""
    shares: Mapping[str, float]
    """How often each corpus is seen in a pass: 3.0 three times, 0.25 a random quarter, anew in each pass."""
    passes: int = 1
    batch_tokens: int = 4096
    """Most tokens of a batch, padding included."""
    batch_rows: int = 256
    encoder_rate: float = 1.5e-4
    embedding_rate: float = 3e-4
    head_rate: float = 1e-3
    layer_decay: float = 1.0
    """Each layer below the last learns at this share of the rate of the one above it."""
    weight_decay: float = 0.01
    warm_up: float = 0.06
    """Share of the run over which the rates rise; then they fall to zero along a half cosine."""
    dropout: float = 0.1
    average: float = 0.0
    """Decay of the moving average of the weights that is kept in the end; 0 keeps the last ones."""
    smoothing: float = 0.0
    """Label smoothing of the seven."""
    balance: float = 0.35
    """Exponent of the inverse class frequency of the seven: 0 leaves the classes as they are."""
    balanced: tuple[str, ...] = ("workchat", "own", "annotated_ko", "goemotions_en", "goemotions_ko_mt")
    borrowed: float = 0.25
    """Weight of the fine labels of our own messages, in the head whose labels GoEmotions defines."""
    consistency: float = 0.0
    """Weight of the divergence between two passes under different dropout (Liang et al., 2021, 'R-Drop')."""
    hard: float = 1.0
    """Weight of the annotated labels."""
    soft: float = 0.0
    """Weight of the teachers' probabilities (Hinton et al., 2015, 'Distilling the Knowledge in a Neural Network')."""
    heads: Mapping[str, float] = field(
        default_factory=lambda: {"seven": 1.0, "goemotions": 6.0, "kote": 6.0, "polarity": 0.5}
    )
    """Weight of each head's loss. Losses of the many-label heads are means over their labels."""
    masked: float = 0.2
    """Share of the tokens that the language objective hides."""
    alignment: float = 1.0
    """Weight of the distance to the base's vectors of the English text, for it and its translation."""

    def __post_init__(self) -> None:
        """Refuse what would train nothing, or something other than was meant."""
        if self.objective not in {"language", "labels"}:
            message = f"objective is `language` or `labels`, not `{self.objective}`"
            raise BadRecipe(message)
        for name in ("shares", "heads"):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or not all(_is_number(value) and value >= 0 for value in given.values()):
                message = f"{name} must be names with a number each, none below 0"
                raise BadRecipe(message)
        if not any(self.shares.values()):
            message = "shares must name at least one corpus"
            raise BadRecipe(message)
        if not set(self.heads) <= set(LABELS):
            message = f"heads are {', '.join(LABELS)}"
            raise BadRecipe(message)
        for name in ("passes", "batch_tokens", "batch_rows"):
            if getattr(self, name) < 1 or int(getattr(self, name)) != getattr(self, name):
                message = f"{name} must be a whole number, 1 or more"
                raise BadRecipe(message)
        for name in ("warm_up", "dropout", "average", "smoothing", "masked"):
            if not 0 <= getattr(self, name) < 1:
                message = f"{name} is a share: from 0 to below 1"
                raise BadRecipe(message)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def load(file: Path) -> Recipe:
    """Read a recipe, or one of the shipped ones by its name; BadRecipe says what is not understood."""
    place = file if file.is_file() else SHIPPED / f"{file.name}.yaml"
    if not place.is_file():
        names = ", ".join(sorted(one.stem for one in SHIPPED.glob("*.yaml")))
        message = f"There is no recipe {file}. Name a YAML file, or one of: {names}"
        raise BadRecipe(message)
    try:
        values: Any = yaml.safe_load(place.read_text(encoding="utf-8"))
    except yaml.YAMLError as trouble:
        message = f"{place} is not YAML"
        raise BadRecipe(message) from trouble
    if not isinstance(values, dict):
        message = f"{place} must hold `name: value` lines"
        raise BadRecipe(message)
    known = {one.name: one for one in fields(Recipe)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        message = f"{place}: {', '.join(map(str, unknown))} not understood; known are {', '.join(known)}"
        raise BadRecipe(message)
    for name, value in values.items():
        kind = type(known[name].default)
        if kind in {int, float} and not _is_number(value):
            message = f"{place}: {name} must be a number, not {value!r} (YAML wants 1.0e-4, not 1e-4)"
            raise BadRecipe(message)
    missing = [name for name in ("objective", "shares") if name not in values]
    if missing:
        message = f"{place} lacks {' and '.join(missing)}"
        raise BadRecipe(message)
    checked: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    try:
        return Recipe(**checked)
    except BadRecipe as trouble:
        message = f"{place}: {trouble}"
        raise BadRecipe(message) from trouble
