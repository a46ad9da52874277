"""The scores as Markdown, and the model card in the Hub's format, with the numbers that the steps measured."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from emotion import artifact
from emotion.labels import EMOTIONS

_TEMPLATE: Final = Path(__file__).with_name("card.md")

_OTHERS: Final[Mapping[str, str]] = {
    "GoEmotions 28, goemotions_en, test": "paper .46; BERT-base .503–.539; MiniLMv2-L6 .487; ModernBERT-base .550",
    "Ekman 7, goemotions_en, test": "paper .64; BERT-base .624",
    "GoEmotions 28, goemotions_ko_mt, test": "KoELECTRA-small-v3 .409; base-v1 .440",
    "KOTE 44, kote, test": "KcELECTRA .56, trained on 40,000 rows; ours on 4,500",
    "polarity of two, nsmc, test": "not comparable with the official split's 89–92 %: rebuilt and split by film",
}
"""What others published for the same tests."""


def tables(scores: Mapping[str, Any]) -> str:
    """All scores of an evaluation as Markdown."""
    return "\n".join(
        [
            *_head(("labels and split", "rows", "macro-F1", "micro-F1", "accuracy", "published by others")),
            *(_many(name, one) for name, one in scores["heads"].items()),
            "",
            *_head(("the seven, split", "rows", "macro-F1", "accuracy", "ECE", "Brier", *EMOTIONS)),
            *(_seven(name, one) for name, one in scores["seven"].items()),
            "",
            *_seen(scores["seven"]),
            *_head(("accuracy when the surest are labelled", *next(iter(scores["abstention"].values()), {}))),
            *(_cells(name, *map(_three, curve.values())) for name, curve in scores["abstention"].items()),
            "",
            *_head(("uncertain readings", "share", "accuracy of the others")),
            *(
                _cells(name, _three(one["share"]), _three(one.get("accuracy_of_the_sure")))
                for name, one in scores["uncertain"].items()
            ),
            "",
        ]
    )


def write(folder: Path, report: Mapping[str, Any]) -> Path:
    """Write `folder/README.md` from the report of a run: its evaluation, calibration and agreement."""
    served = artifact.load(folder)
    file = folder / "README.md"
    text = _TEMPLATE.read_text(encoding="utf-8").format(
        version=served.version,
        size=sum(seal.size for seal in served.files.values()) / 1e6,
        max_tokens=served.max_tokens,
        vague_from=served.calibration.vague_from,
        far_from=served.calibration.far_from,
        tables=tables(report["evaluate"]),
        made="\n".join(_made(report)),
    )
    file.write_text(text, encoding="utf-8")
    return file


def _many(name: str, one: Mapping[str, Any]) -> str:
    values = (_three(one.get(measure)) for measure in ("macro_f1", "micro_f1", "accuracy"))
    return _cells(name, str(one["rows"]), *values, _OTHERS.get(name, ""))


def _seven(name: str, one: Mapping[str, Any]) -> str:
    values = (_three(one.get(measure)) for measure in ("macro_f1", "accuracy", "ece", "brier"))
    return _cells(name, str(one["rows"]), *values, *(_three(one["f1"][str(emotion)]) for emotion in EMOTIONS))


def _seen(splits: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """The test splits without the rows that their corpora list as seen in training, and under strict counting."""
    for name, one in splits.items():
        if one.get("rows_seen"):
            without = one["without_seen"]
            yield (
                f"- {name}: {one['rows_seen']} of its texts stand in the corpus's own training split too (ours left"
                f" them out); without them macro-F1 {_three(without['macro_f1'])}, accuracy"
                f" {_three(without['accuracy'])}.{_strictly(one)}"
            )
    yield ""


def _strictly(one: Mapping[str, Any]) -> str:
    """Under strict counting, where any row has several labels."""
    if "macro_f1_strict" not in one:
        return ""
    score = _three(one["macro_f1_strict"])
    return f" Strictly, where the other labels of a row count as missed, macro-F1 {score}."


def _made(report: Mapping[str, Any]) -> Iterable[str]:
    """What preparation, export, quantization and calibration changed."""
    if near := report.get("prepare"):
        yield f"- {sum(near.values())} training rows were left out because they are near a held-out text."
    if exported := report.get("export"):
        yield f"- ONNX against PyTorch: a logit differs by at most {exported['largest_difference']:.1e}."
    if quantized := report.get("quantize"):
        yield (
            f"- INT8 against float, {quantized['texts']} development texts: the same label for"
            f" {quantized['same_label']:.2%}, macro-F1 lost {quantized['macro_f1_lost']:.4f}, a logit differs by"
            f" {quantized['mean_difference']:.3f} on average; {quantized['bytes_float'] / 1e6:.1f} MB became"
            f" {quantized['bytes_int8'] / 1e6:.1f} MB."
        )
    for language, fit in report.get("calibrate", {}).get("seven", {}).items():
        yield (
            f"- Temperature of the seven for {language}: {fit['temperature']}, fitted on {fit['rows']:.0f}"
            " development rows; with each half of them read under the other's temperature the negative log-likelihood"
            " went from"
            f" {fit['nll_before']:.3f} to {fit['nll_after']:.3f} nats and the expected calibration error (15 bins) from"
            f" {fit['ece_before']:.3f} to {fit['ece_after']:.3f}."
        )
    pace = report["evaluate"]["milliseconds_a_message"]
    yield (
        f"- On the machine that made this card: {pace['median']:.1f} ms a message (median), {pace['p99']:.1f} ms (99th"
        f" percentile), {pace['in_a_list']:.1f} ms in a list."
    )


def _head(columns: Sequence[str]) -> list[str]:
    """The first two lines of a Markdown table."""
    return [_cells(*columns), "|---" * len(columns) + "|"]


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
