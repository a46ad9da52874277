"""Forty sentences as the shipped model reads them, for the README: `python -m tests.sentences` prints the table."""

from collections.abc import Iterator
from typing import Final

from emotion.classifier import Classifier
from emotion.labels import NAMES
from emotion.reading import Reading

SENTENCES: Final = (
    "오늘 너무 행복해요",
    "드디어 배포 끝났습니다 다들 고생하셨어요 🎉",
    "합격이래요!!! 눈물 나요 진짜",
    "회의는 3시에 시작합니다",
    "네 확인했습니다",
    "좀비 프로세스 죽이고 재시작했습니다",
    "사망진단서 양식은 3번 캐비닛에 있습니다",
    "빌드 또 깨졌어 진짜 짜증나",
    "이번 주만 벌써 세 번째 야근입니다. 말씀은 안 드렸지만요",
    "네, 그렇게 하시죠. 저야 늘 하던 거니까요",
    "내일 임원 보고인데 숫자가 안 맞아요...",
    "심장이 너무 빨리 뛰어서 잠이 안 와",
    "옆자리 분이 오늘 짐을 싸셨어요. 책상이 비니까 이상하네요",
    "엄마 목소리 듣고 싶다",
    "탕비실 냉장고에서 벌레 나왔어요 우웩",
    "회식 때마다 손 잡는 거 진짜 소름 끼쳐요",
    "헐 이게 진짜 된다고?",
    "엥 갑자기 퇴사요??",
    "ㅋㅋㅋㅋ 미쳤다 진짜 웃겨",
    "와 성능 미쳤네요 👍",
    "I'm furious",
    "thanks, deploying now",
    "Great, another outage. Exactly what I needed today.",
    "per my last email, the file was attached. twice.",
    "We got the grant!! I'm shaking",
    "my daughter said her first word on the call today",
    "standup moved to 10:15, same link",
    "kill the orphan process before you run the migration",
    "fatal error codes are listed in appendix C",
    "she won't be back after Friday. I watered her plants",
    "I keep replaying what I said in that meeting",
    "the audit letter came. it has my name on it",
    "what if they find out I approved it",
    "someone microwaved fish again, I'm going to be sick",
    "the way he looks at the interns makes my skin crawl",
    "wait, what? since when do we own a boat",
    "no way, the tests all passed on the first run?!",
    "no worries, I'll redo the whole deck. again.",
    "PR 머지됐다 finally!! 오늘은 칼퇴",
    "deploy 또 rollback... 팀장님 표정 봤어? 무섭다",
)


def table() -> Iterator[str]:
    """The rows of the table, its head first."""
    yield "| sentence | read as | valence | finer |"
    yield "|---|---|---|---|"
    classifier = Classifier.from_pretrained()
    for sentence, reading in zip(SENTENCES, classifier.infer(SENTENCES), strict=True):
        yield f"| {sentence} | {_said(reading)} | {reading.valence:+.2f} | {', '.join(reading.fine[:3])} |"


def _said(reading: Reading) -> str:
    if reading.uncertain:
        return "uncertain"
    return f"{NAMES['en'][reading.label]} {reading.top_p:.0%}"


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201 - what this module is for
