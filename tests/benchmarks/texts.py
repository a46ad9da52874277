"""What the benchmarks read: messages of a workplace, made up from parts."""

import random
from itertools import product
from typing import Final

ONE: Final = "They moved the release again and told nobody, so my whole evening is gone, and I am really quite upset"
"""24 tokens of the shipped vocabulary, [CLS] and [SEP] among them."""

_WHEN: Final = {
    "en": ["Today", "This morning", "Just before lunch", "Right after the meeting", "For the third time this week"],
    "ko": ["오늘", "아침부터", "점심 먹기 바로 전에", "방금 회의 끝나고 나서", "이번 주에만 벌써 세 번째로"],
}
_WHAT: Final = {
    "en": [
        "the build turned red again",
        "our customer wrote to thank the whole team",
        "the server ran out of disk",
        "I finished the report",
        "nobody answered my question",
        "the release went out without a single error",
        "they moved our deadline forward",
        "somebody fixed the bug that had haunted us for months",
    ],
    "ko": [
        "빌드가 또 깨졌어요",
        "고객사에서 팀 전체에 고맙다고 연락이 왔어요",
        "서버 디스크가 꽉 찼어요",
        "보고서를 다 썼어요",
        "제 질문에 아무도 답을 안 했어요",
        "배포가 에러 하나 없이 나갔어요",
        "마감이 앞당겨졌어요",
        "몇 달 동안 괴롭히던 버그를 누가 고쳤어요",
    ],
}
_HOW: Final = {
    "en": [
        ".",
        ", wow",
        " and I do not know what to say",
        ", so I will look at it tomorrow with a fresh head",
        ", and honestly I am so tired of it that I would rather go home than read one more line of that log",
    ],
    "ko": [
        ".",
        ", 와",
        ", 뭐라고 해야 할지 모르겠네요",
        ", 내일 맑은 정신으로 다시 볼게요",
        ", 솔직히 너무 지쳐서 로그를 한 줄이라도 더 보느니 그냥 집에 가서 푹 자고 싶은 마음뿐이에요",
    ],
}
_ALL: Final = [
    f"{when} {what}{how}"
    for language in _WHAT
    for when, what, how in product(_WHEN[language], _WHAT[language], _HOW[language])
]
MOST: Final = len(_ALL)
"""How many different messages there are."""


def messages(count: int) -> list[str]:
    """So many different messages in both languages, from a few words to two lines; always the same ones."""
    return random.Random(0).sample(_ALL, count)  # noqa: S311 - nothing is secret here
