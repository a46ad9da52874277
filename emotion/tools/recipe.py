"""What a training run does, as data: the rounds, their corpora, the rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Round:
    """One pass. `shares` says how often each corpus is seen in it: 3.0 three times, 0.5 a random half."""

    shares: Mapping[str, float]
    alignment: float = 0.0
    """Weight of the loss that pulls a translation's vector to the base's vector of its English original."""
    rate: float = 1.0
    """Factor on the recipe's rates. In each round they rise, then fall to zero in a straight line."""


_SMALL: Final = {"annotated_ko": 2.0, "kote": 1.0, "senti4sd": 1.0, "written": 3.0}

FIRST: Final = Round({**_SMALL, "workchat": 4.0, "goemotions_en": 0.35, "goemotions_ko_mt": 0.35}, alignment=1.0)
SECOND: Final = Round(
    {**_SMALL, "workchat": 3.0, "goemotions_en": 0.3, "goemotions_ko_mt": 0.2, "nsmc": 0.25}, alignment=0.5, rate=0.6
)
THIRD: Final = Round(
    {**_SMALL, "workchat": 2.0, "goemotions_en": 0.5, "goemotions_ko_mt": 0.3, "nsmc": 0.4}, alignment=0.3, rate=0.5
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs of a run. Two runs with the same recipe and data see the same batches in the same order."""

    rounds: tuple[Round, ...] = (FIRST, SECOND, THIRD)
    blend: tuple[float, ...] = (0.0, 0.7, 0.3)
    """Shares of the weights at the end of each round in the final weights (Wortsman et al., 2022, 'Model soups')."""
    seed: int = 20_261_120
    korean_pieces: int = 15_000
    max_tokens: int = 64
    batch_rows: int = 96
    encoder_rate: float = 1.2e-4
    embedding_rate: float = 4e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.06
    """Share of a round's steps over which the rates rise."""
    polarity_weight: float = 0.5
    balance: float = 0.35
    """Exponent of the inverse class frequency: 0 leaves the classes as they are, 1 gives each the same weight."""
    sources_balanced: tuple[str, ...] = field(default=("workchat", "annotated_ko", "goemotions_en", "goemotions_ko_mt"))
