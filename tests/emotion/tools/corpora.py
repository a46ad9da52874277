"""Small corpora in the layout of the real ones, and tiny encoders to start from; all text is made here."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from emotion.labels import GOEMOTIONS, KOTE

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "anger": ("so angry", "화가 나요"),
    "disgust": ("really disgusting", "역겨워요"),
    "fear": ("too scared", "무서워요"),
    "joy": ("very happy", "정말 기뻐요"),
    "neutral": ("as planned", "예정대로예요"),
    "sadness": ("rather sad", "슬퍼요"),
    "surprise": ("wow unexpected", "헐 깜짝이야"),
}
_ENGLISH: Final = (
    "build review kitchen release meeting ticket branch server printer coffee garden window lesson railway ferry"
    " harvest concert museum library hospital picnic journey painting football umbrella blanket mountain village"
    " teacher neighbour birthday contract invoice deadline schedule budget warehouse customer delivery laptop"
)
_KOREAN: Final = (
    "빌드가 리뷰는 탕비실 출시도 회의가 티켓은 브랜치 서버가 프린터 커피를 정원에 창문을 수업은 기차가 여객선"
    " 추수철 공연을 박물관 도서관 병원에 소풍을 여행이 그림은 축구를 우산도 담요가 산에서 마을은 선생님 이웃이"
    " 생일에 계약서 송장을 마감은 일정이 예산을 창고에 고객은 배송이 노트북"
)
_ABOUT: Final = (_ENGLISH.split(), _KOREAN.split())
_KOTE: Final = ("화남/분노", "역겨움/징그러움", "공포/무서움", "행복", "없음", "슬픔", "놀람")


def _lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_corpora(folder: Path, rows: int = 28) -> Path:
    """Every file that the tools read, with `rows` rows each. No text is near that of another split."""
    draw = random.Random(0)  # noqa: S311 - no secret
    names = list(_WORDS)
    emotions = [names[i % len(names)] for i in range(rows)]

    def sentence(emotion: str, language: int) -> str:
        about = " ".join(draw.sample(_ABOUT[language], 5))
        return f"{about} {_WORDS[emotion][language]} {draw.choice(['!', '..', 'ㅠㅠ', 'ㅋㅋ', '🎉', '😭'])}"

    def reviews(file: str, ratings: Sequence[int]) -> None:
        of = {rating: "joy" if rating > 8 else "sadness" if rating < 5 else "neutral" for rating in ratings}
        lines = [
            f"{i}\t{sentence(of[rating], 1)}\t{int(rating > 5)}\t{rating}\n"
            for i, rating in enumerate((list(ratings) * rows)[:rows])
        ]
        (folder / "nsmc").mkdir(exist_ok=True)
        (folder / "nsmc" / file).write_text("".join(lines), encoding="utf-8")

    for corpus, language in (("goemotions_en", 0), ("goemotions_ko_mt", 1)):
        for split in ("train", "dev", "test"):
            several = [[e] if i % 9 else sorted({e, "surprise"}) for i, e in enumerate(emotions)]
            _lines(
                folder / corpus / f"{split}.jsonl",
                [
                    {"id": f"{split}{i}", "lang": "en", "text": sentence(e, language), "labels": all_, "ekman": all_}
                    for i, (e, all_) in enumerate(zip(emotions, several, strict=True))
                ],
            )
        (folder / corpus / "test_ids_seen_in_train.txt").write_text("test0\ntest1\n", encoding="utf-8")
    for corpus in ("workchat", "annotated_ko"):
        for split in ("train", "dev"):
            _lines(
                folder / corpus / f"{split}.jsonl",
                [
                    {
                        "id": f"{i}",
                        "lang": "ko",
                        "text": sentence(e, 1),
                        "label": e,
                        "fine": [e],
                        "confidence": 1 + i % 3,
                    }
                    for i, e in enumerate(emotions)
                ],
            )
    for split in ("val", "test"):
        _lines(
            folder / "kote" / f"{split}.jsonl",
            [{"id": f"{i}", "text": sentence(e, 1), "labels": [_KOTE[names.index(e)]]} for i, e in enumerate(emotions)],
        )
    polarity = {"joy": "positive", "neutral": "neutral", "surprise": "neutral"}
    for split in ("train", "test"):
        _lines(
            folder / "se_senti4sd" / f"{split}.jsonl",
            [
                {"id": f"{split}-{i}", "text": sentence(e, 0), "labels": [polarity.get(e, "negative")]}
                for i, e in enumerate(emotions)
            ],
        )
    for split in ("train", "dev", "test"):
        reviews(f"{split}.tsv", (1, 10, 4, 9))
    reviews("neutral_5to8.tsv", (5, 6, 7, 8))
    _lines(
        folder / "songys_chatbot/all.jsonl",
        [{"text": sentence(e, 1), "reply": sentence("neutral", 1)} for e in emotions],
    )
    _lines(
        folder / "xed_en/all.jsonl",
        [{"id": f"{i}", "text": sentence(e, 0), "labels": [e]} for i, e in enumerate(emotions)],
    )
    (folder / "unlabelled").mkdir()
    (folder / "unlabelled/en_irc.txt").write_text("".join(sentence(e, 0) + "\n" for e in emotions), encoding="utf-8")
    assert set(_KOTE) <= set(KOTE)
    assert set(_WORDS) <= set(GOEMOTIONS)
    return folder


def write_encoder(folder: Path, *, electra: bool = False) -> Path:
    """A BERT, or an Electra, of two layers, 32 wide, over the words of the corpora and single characters; untrained."""
    import torch  # noqa: PLC0415 - only installed with the extra `train`
    from transformers import BertConfig, BertModel, ElectraConfig, ElectraModel  # noqa: PLC0415 - as above

    from emotion.tools import vocabulary  # noqa: PLC0415 - as above

    words = sorted({word for english, _ in _WORDS.values() for word in english.split()} | set(_ABOUT[0]))
    characters = [chr(c) for c in range(33, 127)]
    pieces = list(
        dict.fromkeys([*vocabulary.SPECIAL, *words, *characters, *(f"##{c}" for c in characters if c.isalnum())])
    )
    torch.manual_seed(0)
    shape = {
        "vocab_size": len(pieces),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 192,
        "max_position_embeddings": 128,
    }
    folder.mkdir(parents=True)
    if electra:
        ElectraModel(ElectraConfig(**shape, embedding_size=16)).save_pretrained(folder)
    else:
        BertModel(BertConfig(**shape), add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    vocabulary.finished(pieces).save(str(folder / "tokenizer.json"))
    return folder
