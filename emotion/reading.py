"""What the classifier says of one text. It holds numbers and names, never the text."""

from collections.abc import Mapping
from dataclasses import dataclass

from emotion.labels import Emotion, Language


@dataclass(frozen=True, slots=True)
class Reading:
    """The feeling in one text.

    `probs` and `logits` have one entry for each of the seven emotions. `probs` are calibrated:
    softmax(logits / temperature) (Guo et al., 2017, 'On Calibration of Modern Neural Networks'),
    and sum to 1. `entropy` is that of `probs`, in nats: 0 is certain, ln 7 = 1.946 knows nothing.
    `top_p` is the probability of `label`.
    """

    label: Emotion
    probs: Mapping[Emotion, float]
    logits: Mapping[Emotion, float]
    temperature: float
    entropy: float
    top_p: float
    language: Language
    model_version: str
