"""Small corpora in the layout of the real ones, and a tiny encoder to start from; all text is made here."""

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from emotion.tools.kote import MAPPING

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "anger": ("so angry about the broken build", "빌드가 깨져서 화가 나요"),
    "disgust": ("the smell in the kitchen is disgusting", "탕비실 냄새가 역겨워요"),
    "fear": ("scared of the review tomorrow", "내일 리뷰가 무서워요"),
    "joy": ("happy that we shipped it", "출시해서 기뻐요"),
    "neutral": ("the meeting is at three", "회의는 세 시예요"),
    "sadness": ("sad that she left the team", "동료가 떠나서 슬퍼요"),
    "surprise": ("wow this really works", "헐 이게 진짜 되네요"),
}
_KOTE: Final = ("화남/분노", "역겨움/징그러움", "공포/무서움", "행복", "없음", "슬픔", "놀람")


def _lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_corpora(folder: Path, rows: int = 28) -> Path:
    """Every file that the tools read, with `rows` rows each. No text stands in two splits."""
    draw = random.Random(0)  # noqa: S311 - no secret
    serial = iter(range(1_000_000))

    def sentence(emotion: str, language: int) -> str:
        return f"{_WORDS[emotion][language]} {next(serial)} {draw.choice(['!', '..', 'ㅠㅠ', 'ㅋㅋ', '🎉', '😭'])}"

    names = list(_WORDS)
    emotions = [names[i % len(names)] for i in range(rows)]
    for corpus, language in (("goemotions_en", 0), ("goemotions_ko_mt", 1)):
        for split in ("train", "dev", "test"):
            _lines(
                folder / corpus / f"{split}.jsonl",
                [
                    {"id": f"{split}{i}", "lang": "en", "text": sentence(e, language), "ekman": [e]}
                    for i, e in enumerate(emotions)
                ],
            )
        (folder / corpus / "test_ids_seen_in_train.txt").write_text("test0\ntest1\n", encoding="utf-8")
    for corpus in ("workchat", "annotated_ko"):
        for split in ("train", "dev"):
            _lines(
                folder / corpus / f"{split}.jsonl",
                [
                    {"id": f"{i}", "lang": "ko", "text": sentence(e, 1), "label": e, "confidence": 2 + i % 2}
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
                {"id": f"{i}", "text": sentence(e, 0), "labels": [polarity.get(e, "negative")]}
                for i, e in enumerate(emotions)
            ],
        )
    for split in ("train", "test"):
        (folder / "nsmc").mkdir(exist_ok=True)
        reviews = [f"{i}\t{sentence(e, 1)}\t{int(e == 'joy')}\t5\n" for i, e in enumerate(emotions)]
        (folder / "nsmc" / f"{split}.tsv").write_text("".join(reviews), encoding="utf-8")
    _lines(folder / "songys_chatbot/all.jsonl", [{"text": sentence(e, 1)} for e in emotions])
    _lines(folder / "xed_en/all.jsonl", [{"text": sentence(e, 0)} for e in emotions])
    (folder / "unlabelled").mkdir()
    (folder / "unlabelled/en_irc.txt").write_text("".join(sentence(e, 0) + "\n" for e in emotions), encoding="utf-8")
    assert set(_KOTE) <= set(MAPPING)
    return folder


def write_encoder(folder: Path) -> Path:
    """A BERT of two layers, 32 wide, over the words of the corpora and single characters; untrained."""
    import torch  # noqa: PLC0415 - only installed with the extra `train`
    from transformers import BertConfig, BertModel  # noqa: PLC0415 - as above

    from emotion.tools import vocabulary  # noqa: PLC0415 - as above

    words = sorted({word for english, _ in _WORDS.values() for word in english.split()})
    characters = [chr(c) for c in range(33, 127)]
    pieces = list(
        dict.fromkeys([*vocabulary.SPECIAL, *words, *characters, *(f"##{c}" for c in characters if c.isalnum())])
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    folder.mkdir(parents=True)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    vocabulary.finished(pieces).save(str(folder / "tokenizer.json"))
    return folder
