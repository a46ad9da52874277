"""The model card: every number that was measured, what it was trained on, what it must not be used for."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from emotion.labels import EMOTIONS
from emotion.tools import card, report
from tests.emotion.shelves import model

SEVEN: Final[dict[str, Any]] = {
    "rows": 40,
    "macro_f1": 0.5114,
    "accuracy": 0.6221,
    "ece": 0.0331,
    "brier": 0.4441,
    "f1": {str(emotion): 0.1 * place for place, emotion in enumerate(EMOTIONS)},
}
SEEN: Final = {**SEVEN, "macro_f1_strict": 0.4772, "rows_seen": 3, "without_seen": {**SEVEN, "macro_f1": 0.5003}}
FIT: Final = {
    "temperature": 1.3717, "rows": 39.0, "nll_before": 1.5111, "nll_after": 1.4222,
    "ece_before": 0.1333, "ece_after": 0.0444,
}  # fmt: skip
REPORT: Final[dict[str, Any]] = {
    "prepare": {"xed": 5, "nsmc": 7},
    "export": {"largest_difference": 3.1e-6},
    "quantize": {
        "texts": 900, "same_label": 0.98765, "macro_f1_lost": 0.0012, "mean_difference": 0.0415,
        "bytes_float": 91e6, "bytes_int8": 23.4e6,
    },
    "calibrate": {"seven": {"ko": FIT}},
    "evaluate": {
        "seven": {"workchat, development": SEVEN, "goemotions_en, test": SEEN},
        "heads": {
            "KOTE 44, kote, test": {"rows": 50, "macro_f1": 0.3579, "micro_f1": 0.4468},
            "polarity of two, nsmc, test": {"rows": 60, "accuracy": 0.8642},
        },
        "abstention": {"workchat": {"50%": 0.9111, "100%": 0.6222}},
        "uncertain": {"workchat": {"share": 0.0777, "accuracy_of_the_sure": 0.7557}, "kote": {"share": 1.0}},
        "milliseconds_a_message": {"median": 1.234, "p99": 2.345, "in_a_list": 0.678},
    },
}  # fmt: skip


@pytest.fixture
def text(tmp_path: Path) -> str:
    """The card of a small model."""
    return card.write(model(tmp_path / "model", "2.card"), REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "number",
    [
        "2.card", "0.511", "0.622", "0.033", "0.444", "0.477", "0.500", "0.358", "0.447", "0.864", "0.911", "0.078",
        "0.756", "12 training rows", "3.1e-06", "98.77%", "900 development texts", "0.0012", "91.0 MB became 23.4 MB",
        "1.3717", "1.511 to 1.422 nats", "0.133 to 0.044", "1.2 ms", "2.3 ms", "0.7 ms",
    ],
)  # fmt: skip
def test_the_card_holds_the_numbers(text: str, number: str) -> None:
    """Each that a step measured."""
    assert number in text


@pytest.mark.parametrize(
    "name",
    [
        "Demszky", "Jeon", "Lucy Park", "songys", "Calefato", "Öhman", "IRC", "monologg", "MiniLM", "annotated_ko",
        "workchat", "CC BY 4.0", "CC0", "Apache-2.0", "must not be used",
    ],
)  # fmt: skip
def test_the_card_names_its_sources_and_the_refused_uses(text: str, name: str) -> None:
    """With their licences."""
    assert name in text


def test_the_card_begins_as_the_hub_wants_it(text: str) -> None:
    """Front matter in YAML, and no place of the template left empty."""
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["language"] == ["ko", "en"]
    assert body.startswith("\n# Maeum emotion model 2.card")
    assert not {"{", "}"} & set(body)


def test_tables_are_whole(text: str) -> None:
    """Every row of a table has as many cells as its head."""
    width = None
    for line in text.splitlines():
        cells = line.count("|") if line.startswith("|") else None
        assert width is None or cells is None or cells == width, line
        width = cells


def test_a_card_needs_only_an_evaluation(tmp_path: Path) -> None:
    """Steps of another run are left out, and strict counting where no row has several labels."""
    some = {"evaluate": deepcopy(REPORT["evaluate"])}
    del some["evaluate"]["seven"]["goemotions_en, test"]["macro_f1_strict"]
    text = card.write(model(tmp_path / "model", "2.card"), some).read_text(encoding="utf-8")
    assert "3 of its texts stand in the corpus's own training split" in text
    assert "Strictly" not in text
    assert "INT8 against float" not in text


def test_a_step_takes_the_place_of_its_earlier_measurement(tmp_path: Path) -> None:
    """The report keeps what other steps said, and nothing half-written."""
    assert report.read(tmp_path) == {}
    report.record(tmp_path, "export", {"a": 1})
    report.record(tmp_path, "quantize", {"b": "글"})
    report.record(tmp_path, "export", {"a": 2})
    assert report.read(tmp_path) == {"export": {"a": 2}, "quantize": {"b": "글"}}
    assert [file.name for file in tmp_path.iterdir()] == [report.NAME]
