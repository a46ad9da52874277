"""How right the predictions are, with several right answers allowed."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from emotion.labels import EMOTIONS, Emotion

Gold = Sequence[AbstractSet[Emotion]]


def f1_by_emotion(gold: Gold, predicted: Sequence[Emotion], *, strict: bool = False) -> dict[Emotion, float]:
    """F1 of each emotion, where a row may have several gold labels and one is predicted.

    A prediction is right when it is one of them. Lenient, the others then do not count as missed: one label only can
    be predicted. Strict, they do, as in the multi-label scores that are published for GoEmotions. An emotion that
    occurs neither in gold nor among the predictions has F1 0.
    """
    right = dict.fromkeys(EMOTIONS, 0)
    wrongly = dict.fromkeys(EMOTIONS, 0)
    missed = dict.fromkeys(EMOTIONS, 0)
    for allowed, emotion in zip(gold, predicted, strict=True):
        if emotion in allowed:
            right[emotion] += 1
        else:
            wrongly[emotion] += 1
        if strict or emotion not in allowed:
            for expected in allowed - {emotion}:
                missed[expected] += 1
    return {
        emotion: 2 * right[emotion] / max(1, 2 * right[emotion] + wrongly[emotion] + missed[emotion])
        for emotion in EMOTIONS
    }


def macro_f1(gold: Gold, predicted: Sequence[Emotion], *, strict: bool = False) -> float:
    """The mean of the seven F1."""
    return sum(f1_by_emotion(gold, predicted, strict=strict).values()) / len(EMOTIONS)


def accuracy(gold: Gold, predicted: Sequence[Emotion]) -> float:
    """The share of rows whose prediction is one of their labels."""
    return sum(p in g for g, p in zip(gold, predicted, strict=True)) / max(1, len(predicted))
