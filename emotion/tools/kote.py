"""KOTE's 44 labels as weights over the seven.

Written by hand after the labels' names and checked on the 2,127 training rows of KOTE that annotated_ko labels as
well: there KOTE's raters choose about eight labels a row, and contempt (한심함, 어이없음) or disgust (역겨움) at people
is read as anger nearly always, disgust seldom. That is why those labels lean to anger here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from emotion.labels import EMOTIONS, Emotion

_A, _D, _F, _J, _N, _S, _U = EMOTIONS

MAPPING: Final[Mapping[str, Mapping[Emotion, float]]] = {
    "불평/불만": {_A: 1.0},
    "환영/호의": {_J: 1.0},
    "감동/감탄": {_J: 1.0},
    "지긋지긋": {_A: 0.8, _D: 0.2},
    "고마움": {_J: 1.0},
    "슬픔": {_S: 2.0},
    "화남/분노": {_A: 1.5},
    "존경": {_J: 1.0},
    "기대감": {_J: 0.6, _N: 0.2},
    "우쭐댐/무시함": {_N: 0.3, _A: 0.3},
    "안타까움/실망": {_S: 0.7, _A: 0.2},
    "비장함": {_N: 0.4},
    "의심/불신": {_A: 0.5, _N: 0.2},
    "뿌듯함": {_J: 1.0},
    "편안/쾌적": {_J: 0.8, _N: 0.2},
    "신기함/관심": {_U: 0.4, _J: 0.2, _N: 0.3},
    "아껴주는": {_J: 0.7},
    "부끄러움": {_S: 0.3, _A: 0.2},
    "공포/무서움": {_F: 2.5},
    "절망": {_S: 1.0},
    "한심함": {_A: 0.8, _D: 0.1},
    "역겨움/징그러움": {_A: 0.4, _D: 1.0},
    "짜증": {_A: 1.2},
    "어이없음": {_A: 0.6, _U: 0.3},
    "없음": {_N: 2.0},
    "패배/자기혐오": {_S: 1.0},
    "귀찮음": {_A: 0.4, _N: 0.3},
    "힘듦/지침": {_S: 0.8},
    "즐거움/신남": {_J: 1.0},
    "깨달음": {_N: 0.5},
    "죄책감": {_S: 1.2},
    "증오/혐오": {_A: 1.0, _D: 0.5},
    "흐뭇함(귀여움/예쁨)": {_J: 1.0},
    "당황/난처": {_U: 0.4, _S: 0.2, _A: 0.2},
    "경악": {_U: 0.8, _A: 0.4},
    "부담/안_내킴": {_F: 0.3, _N: 0.3, _D: 0.2},
    "서러움": {_S: 1.3},
    "재미없음": {_A: 0.4, _N: 0.3},
    "불쌍함/연민": {_S: 0.9},
    "놀람": {_U: 1.2},
    "행복": {_J: 1.2},
    "불안/걱정": {_F: 1.0, _S: 0.1},
    "기쁨": {_J: 1.2},
    "안심/신뢰": {_J: 0.7, _N: 0.2},
}


def soft_target(labels: Iterable[str]) -> tuple[float, ...]:
    """Probabilities over the seven: the labels' weights summed, squared (raters agree on the strong ones), scaled to 1.

    A row without labels is neutral. An unknown label raises KeyError: the mapping must grow with the data.
    """
    sums = dict.fromkeys(EMOTIONS, 0.0)
    for label in labels:
        for emotion, weight in MAPPING[label].items():
            sums[emotion] += weight
    squares = [sums[emotion] ** 2 for emotion in EMOTIONS]
    total = sum(squares)
    if total == 0.0:
        return tuple(1.0 if emotion is Emotion.NEUTRAL else 0.0 for emotion in EMOTIONS)
    return tuple(square / total for square in squares)
