"""The seven emotions: Ekman's six basic emotions and neutral (Ekman, 1992, 'An argument for basic emotions')."""

from enum import StrEnum
from typing import Final, Literal

Language = Literal["ko", "en", "und"]
"""ISO 639-1 code of a text's main language; `und` where it has no letters of either."""


class Emotion(StrEnum):
    """One of the seven. The order is that of the model's outputs, so it never changes."""

    ANGER = "anger"
    DISGUST = "disgust"
    FEAR = "fear"
    JOY = "joy"
    NEUTRAL = "neutral"
    SADNESS = "sadness"
    SURPRISE = "surprise"


EMOTIONS: Final[tuple[Emotion, ...]] = tuple(Emotion)

NAMES: Final[dict[str, dict[Emotion, str]]] = {
    "en": {emotion: emotion.value for emotion in Emotion},
    "ko": {
        Emotion.ANGER: "분노",
        Emotion.DISGUST: "혐오",
        Emotion.FEAR: "두려움",
        Emotion.JOY: "기쁨",
        Emotion.NEUTRAL: "중립",
        Emotion.SADNESS: "슬픔",
        Emotion.SURPRISE: "놀람",
    },
}
"""What an emotion is called when people are shown it."""
