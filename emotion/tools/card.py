"""The model card, in the format of the Hugging Face Hub, with the numbers that the steps measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from emotion import artifact
from emotion.labels import EMOTIONS

_TEMPLATE: Final = Path(__file__).with_name("card.md")

_NOTES: Final = {
    "goemotions_en": "lenient: right when the prediction is one of the row's labels; `strict` counts the others missed",
    "goemotions_ko_mt": "machine-translated",
    "kote": "gold is the strongest emotion of the hand-made mapping of its 44 labels, so a rough measure",
    "senti4sd": "three polarities derived from the seven",
    "nsmc": "two polarities derived from the seven; rebuilt split, not comparable with published figures",
}


def write(folder: Path, report: dict[str, Any]) -> Path:
    """Write `folder/README.md` from the report of a run: its evaluation, calibration and agreement."""
    served = artifact.load(folder)
    scores = report["evaluate"]
    file = folder / "README.md"
    text = _TEMPLATE.read_text(encoding="utf-8").format(
        version=served.version,
        size=sum(seal.size for seal in served.files.values()) / 1e6,
        temperature=served.temperature,
        max_tokens=served.max_tokens,
        development="".join(_development(scores["development"])),
        tests="".join(_tests(scores["test"])),
        made=_made(report),
    )
    file.write_text(text, encoding="utf-8")
    return file


def _development(splits: dict[str, Any]) -> list[str]:
    """One row a split, one column an emotion."""
    columns = ("development split", "rows", "macro-F1", "accuracy", "ECE", *EMOTIONS)
    rows = [
        f"| {name} | {one['rows']} | {_three(one['macro_f1'])} | {_three(one['accuracy'])} | {_three(one['ece'])} |"
        + "".join(f" {_three(one['f1'][str(emotion)])} |" for emotion in EMOTIONS)
        + "\n"
        for name, one in splits.items()
    ]
    return [*_head(columns), *rows]


def _head(columns: Sequence[str]) -> list[str]:
    """The first two lines of a Markdown table."""
    return ["| " + " | ".join(columns) + " |\n", "|---" * len(columns) + "|\n"]


def _tests(splits: dict[str, Any]) -> list[str]:
    """One row a split, with and without rows seen in training."""
    columns = (
        "test split",
        "rows",
        "macro-F1",
        "strict",
        "accuracy",
        "without rows seen in training: rows, macro-F1, accuracy",
        "note",
    )
    lines = _head(columns)
    for name, one in splits.items():
        without = one.get("without_them")
        other = (
            f"{without['rows']}, {_three(without['macro_f1'])}, {_three(without['accuracy'])}"
            if without
            else ("none seen" if not one["rows_trained_on"] else f"{one['rows_trained_on']} seen")
        )
        cells = (
            name,
            str(one["rows"]),
            _three(one.get("macro_f1")),
            _three(one.get("macro_f1_strict")),
            _three(one["accuracy"]),
            other,
            _NOTES[name],
        )
        lines.append("| " + " | ".join(cells) + " |\n")
    return lines


def _made(report: dict[str, Any]) -> str:
    """What export, quantization and calibration changed."""
    lines = []
    if quantized := report.get("quantize"):
        lines.append(
            f"- INT8 against float, {quantized['texts']} development texts: the same label for"
            f" {quantized['same_label']:.1%}, a logit differs by {quantized['mean_difference']:.3f} on average;"
            f" {quantized['bytes_float'] / 1e6:.1f} MB became {quantized['bytes_int8'] / 1e6:.1f} MB."
        )
    if exported := report.get("export"):
        lines.append(f"- ONNX against PyTorch: a logit differs by at most {exported['largest_difference']:.1e}.")
    if calibrated := report.get("calibrate"):
        lines.append(
            f"- Temperature {calibrated['temperature']}, fitted on {calibrated['rows_fitted']} development rows; on"
            f" {calibrated['rows_measured']} others the negative log-likelihood went from"
            f" {calibrated['nll_before']:.3f} to {calibrated['nll_after']:.3f} nats and the expected calibration error"
            f" from {calibrated['ece_before']:.3f} to {calibrated['ece_after']:.3f}. Against the mapped soft labels of"
            f" {calibrated['kote_rows']} held-out rows of KOTE, the negative log-likelihood went from"
            f" {calibrated['kote_nll_before']:.3f} to {calibrated['kote_nll_after']:.3f} nats."
        )
    pace = report["evaluate"]["milliseconds_a_message"]
    lines.append(
        f"- On the machine that made this card, with two threads: {pace['median']:.1f} ms a message (median),"
        f" {pace['p95']:.1f} ms (95th percentile), {pace['in_a_list']:.1f} ms in a list."
    )
    return "\n".join(lines)


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
