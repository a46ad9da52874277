"""What follows from the heads by formula: money talk, sentiment, valence and arousal, Korean blends, regret. Pure.

Nothing here is learned. Each function states its formula; the blends are aids to reading, not diagnoses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emotion.labels import POLARITIES, Emotion, Language

MONEY: Final = ("슬픔", "중립", "화남", "걱정", "행복")
"""Sadness, neutral, anger, worry, happiness: the five that talk of money is sorted by."""

PLEASURE_AND_AROUSAL: Final[Mapping[Emotion, tuple[float, float]]] = {
    Emotion.ANGER: (-0.51, 0.59),
    Emotion.DISGUST: (-0.60, 0.35),
    Emotion.FEAR: (-0.64, 0.60),
    Emotion.JOY: (0.76, 0.48),
    Emotion.NEUTRAL: (0.0, 0.0),
    Emotion.SADNESS: (-0.63, -0.27),
    Emotion.SURPRISE: (0.40, 0.67),
}
"""Mean ratings of pleasure and arousal for the emotions' names (Russell and Mehrabian, 1977, 'Evidence for a
three-factor theory of emotions', Journal of Research in Personality 11); neutral is the middle by definition."""


@dataclass(frozen=True, slots=True)
class Blend:
    """A feeling of two sides that must both be there. Each side counts as much as its strongest label."""

    korean: tuple[Sequence[str], Sequence[str]]
    """KOTE's labels of either side, for Korean text."""
    english: tuple[Sequence[str], Sequence[str]]
    """GoEmotions' labels of either side, for other text."""


BLENDS: Final[Mapping[str, Blend]] = {
    "정": Blend(
        korean=(("아껴주는", "흐뭇함(귀여움/예쁨)"), ("안심/신뢰", "고마움", "존경")),
        english=(("caring", "love"), ("gratitude", "approval", "admiration")),
    ),
    "한": Blend(
        korean=(("서러움", "슬픔", "절망"), ("화남/분노", "증오/혐오", "불평/불만")),
        english=(("sadness", "grief", "disappointment"), ("anger", "annoyance", "disapproval")),
    ),
    "체면": Blend(
        korean=(("뿌듯함", "우쭐댐/무시함", "비장함"), ("부끄러움", "부담/안_내킴", "당황/난처")),
        english=(("pride", "realization"), ("embarrassment", "nervousness")),
    ),
}
"""정, affection and loyalty; 한, sorrow and resentment; 체면, dignity and social face."""


def money(probs: Mapping[Emotion, float], polarity: Mapping[str, float]) -> dict[str, float]:
    """The five of money talk; they sum to 1 as `probs` do.

    슬픔 = sadness, 화남 = anger + disgust, 걱정 = fear, 행복 = joy, 중립 = neutral; surprise is shared out by polarity:
    its negative part to 걱정, its positive part to 행복, the rest to 중립.
    """
    surprise = probs[Emotion.SURPRISE]
    bad, good = (surprise * polarity.get(name, 0.0) for name in (POLARITIES[0], POLARITIES[2]))
    return {
        "슬픔": probs[Emotion.SADNESS],
        "중립": probs[Emotion.NEUTRAL] + surprise - bad - good,
        "화남": probs[Emotion.ANGER] + probs[Emotion.DISGUST],
        "걱정": probs[Emotion.FEAR] + bad,
        "행복": probs[Emotion.JOY] + good,
    }


def sentiment(probs: Mapping[Emotion, float], polarity: Mapping[str, float]) -> str:
    """The likeliest polarity; without a polarity head joy is positive, neutral and surprise neutral, else negative."""
    if polarity:
        return max(polarity, key=lambda name: polarity[name])
    good, none = probs[Emotion.JOY], probs[Emotion.NEUTRAL] + probs[Emotion.SURPRISE]
    return max(zip((1.0 - good - none, none, good), POLARITIES, strict=True))[1]


def valence(probs: Mapping[Emotion, float]) -> float:
    """The expected pleasure under the seven, the sum of p(e) times the pleasure of e, in [-1, 1]."""
    return sum(p * PLEASURE_AND_AROUSAL[emotion][0] for emotion, p in probs.items())


def arousal(probs: Mapping[Emotion, float]) -> float:
    """The expected arousal under the seven, the sum of p(e) times the arousal of e, in [-1, 1]."""
    return sum(p * PLEASURE_AND_AROUSAL[emotion][1] for emotion, p in probs.items())


def blends(goemotions: Mapping[str, float], kote: Mapping[str, float], language: Language) -> dict[str, float]:
    """Return each blend as the geometric mean of its two sides, in [0, 1]: nothing where one side is missing."""
    result = {}
    for name, blend in BLENDS.items():
        sides, scores = (blend.korean, kote) if language == "ko" else (blend.english, goemotions)
        one, other = (max(scores.get(label, 0.0) for label in side) for side in sides)
        result[name] = (one * other) ** 0.5
    return result


def regret(goemotions: Mapping[str, float], kote: Mapping[str, float], language: Language) -> float:
    """GoEmotions' remorse; for Korean text the mean of it and KOTE's 죄책감, guilt. In [0, 1]."""
    remorse = goemotions.get("remorse", 0.0)
    return (remorse + kote.get("죄책감", 0.0)) / 2 if language == "ko" else remorse
