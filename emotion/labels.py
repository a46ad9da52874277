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

GOEMOTIONS: Final[tuple[str, ...]] = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""The 28 labels of GoEmotions (Demszky et al., 2020); a text may have several."""

KOTE: Final[tuple[str, ...]] = (
    "불평/불만", "환영/호의", "감동/감탄", "지긋지긋", "고마움", "슬픔", "화남/분노", "존경", "기대감", "우쭐댐/무시함",
    "안타까움/실망", "비장함", "의심/불신", "뿌듯함", "편안/쾌적", "신기함/관심", "아껴주는", "부끄러움",
    "공포/무서움", "절망", "한심함", "역겨움/징그러움", "짜증", "어이없음", "없음", "패배/자기혐오", "귀찮음",
    "힘듦/지침", "즐거움/신남", "깨달음", "죄책감", "증오/혐오", "흐뭇함(귀여움/예쁨)", "당황/난처", "경악",
    "부담/안_내킴", "서러움", "재미없음", "불쌍함/연민", "놀람", "행복", "불안/걱정", "기쁨", "안심/신뢰",
)  # fmt: skip
"""The 43 emotions of KOTE (Jeon et al., 2022) and 없음, none; a text has about eight of them."""

POLARITIES: Final = ("negative", "neutral", "positive")
