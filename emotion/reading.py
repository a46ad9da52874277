"""What the classifier says of one text. It holds numbers and names, never the text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emotion import derived
from emotion.labels import Emotion, Language


@dataclass(frozen=True, slots=True)
class Reading:
    """The feeling in one text.

    `probs` and `logits` have one entry for each of the seven emotions. `probs` are calibrated:
    softmax(logits / temperature) (Guo et al., 2017, 'On Calibration of Modern Neural Networks'),
    and sum to 1. `entropy` is that of `probs`, in nats: 0 is certain, ln 7 = 1.946 knows nothing.
    `top_p` is the probability of `label`.

    `goemotions` and `kote` give each fine label a probability of its own, in [0, 1]; `fine` names those above the
    thresholds that were tuned on development data. `polarity` has negative, neutral and positive and sums to 1.
    `distance` tells how unlike the training text this one is: how surprising its word pieces are by their frequency
    there, in nats a piece. About 7 for text like it; other languages, scripts and gibberish have 10 and more.
    """

    label: Emotion
    probs: Mapping[Emotion, float]
    logits: Mapping[Emotion, float]
    temperature: float
    entropy: float
    top_p: float
    language: Language
    model_version: str
    uncertain: bool = False
    """Too unsure, or the text too unlike what was learned: then no label is claimed to a person."""
    distance: float = 7.0
    goemotions: Mapping[str, float] = field(default_factory=dict)
    kote: Mapping[str, float] = field(default_factory=dict)
    polarity: Mapping[str, float] = field(default_factory=dict)
    fine: tuple[str, ...] = ()
    """Labels above their thresholds, likeliest first: of KOTE for Korean text, else of GoEmotions."""

    @property
    def money(self) -> Mapping[str, float]:
        """The five of money talk, 슬픔 중립 화남 걱정 행복; they sum to 1."""
        return derived.money(self.probs, self.polarity)

    @property
    def sentiment(self) -> str:
        """The likeliest of negative, neutral, positive."""
        return derived.sentiment(self.probs, self.polarity)

    @property
    def valence(self) -> float:
        """Unpleasant to pleasant, in [-1, 1]."""
        return derived.valence(self.probs)

    @property
    def arousal(self) -> float:
        """Calm to excited, in [-1, 1]."""
        return derived.arousal(self.probs)

    @property
    def blends(self) -> Mapping[str, float]:
        """The Korean blends 정, 한 and 체면, each in [0, 1]; `derived.BLENDS` shows their recipes."""
        return derived.blends(self.goemotions, self.kote, self.language)

    @property
    def regret(self) -> float:
        """How much the text regrets what its writer did, in [0, 1]."""
        return derived.regret(self.goemotions, self.kote, self.language)
