"""A model folder that is incomplete, altered or foreign is never served."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion import artifact
from emotion.artifact import CLASSED, LABELS, Calibration
from emotion.errors import ArtifactAltered, ArtifactError, ArtifactForeign, ArtifactMissing
from emotion.labels import EMOTIONS

FITTED = Calibration(
    temperatures={head: {"ko": 1.25, "en": 0.8, "und": 1.0} for head in LABELS},
    thresholds={"goemotions": (0.3,) * 28, "kote": tuple(number / 44 for number in range(44))},
    vague_from=1.2,
    far_from=9.5,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration beside small files that it was sealed for."""
    made = tmp_path / "model"
    made.mkdir()
    (made / artifact.MODEL).write_bytes(b"graph" * 1000)
    (made / artifact.TOKENIZER).write_text("{}")
    artifact.write(made, version="1.test", max_tokens=64, calibration=FITTED)
    return made


def test_what_was_written_is_read_back(folder: Path) -> None:
    """Labels, calibration, limits and checksums survive the way through config.json."""
    read = artifact.load(folder)
    assert read.labels == EMOTIONS
    assert read.calibration == FITTED
    assert (read.version, read.max_tokens, read.languages) == ("1.test", 64, ("ko", "en"))
    assert read.files[artifact.MODEL] == artifact.seal_of(folder / artifact.MODEL)
    assert read.files[artifact.MODEL].size == 5000


def test_the_shipped_folder_is_whole() -> None:
    """Every file of the shipped model has the checksum that its configuration promises."""
    shipped = artifact.load(artifact.SHIPPED)
    assert shipped.labels == EMOTIONS
    assert shipped.calibration.problem() is None
    assert sum(seal.size for seal in shipped.files.values()) <= 40_000_000


def test_before_any_fit_nothing_is_bent(folder: Path) -> None:
    """Without a calibration temperatures are 1, thresholds one half, and no text is too far; that is valid too."""
    plain = artifact.write(folder, version="1.test", max_tokens=64).calibration
    assert plain == Calibration.none()
    assert plain.problem() is None
    assert {value for values in plain.temperatures.values() for value in values.values()} == {1.0}
    assert {value for values in plain.thresholds.values() for value in values} == {0.5}


def test_the_heads_are_four() -> None:
    """Seven emotions and three polarities, of which one is right; 28 of GoEmotions and 44 of KOTE, each for itself."""
    assert {head: len(labels) for head, labels in LABELS.items()} == {
        "seven": 7,
        "goemotions": 28,
        "kote": 44,
        "polarity": 3,
    }
    assert CLASSED == ("seven", "polarity")
    assert all(len(set(labels)) == len(labels) for labels in LABELS.values())


@pytest.mark.parametrize("name", [artifact.CONFIG, artifact.MODEL, artifact.TOKENIZER])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """The error says which file is not there."""
    (folder / name).unlink()
    with pytest.raises(ArtifactMissing, match=name):
        artifact.load(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error says which folder is not there."""
    with pytest.raises(ArtifactMissing, match="nowhere"):
        artifact.load(tmp_path / "nowhere")


def test_a_file_is_no_folder(folder: Path) -> None:
    """Pointing at the graph itself instead of its folder is an error too."""
    with pytest.raises(ArtifactMissing):
        artifact.load(folder / artifact.MODEL)


@pytest.mark.parametrize("name", [artifact.MODEL, artifact.TOKENIZER])
def test_a_truncated_file_is_refused(folder: Path, name: str) -> None:
    """An interrupted download or a full disk shows in the size."""
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(ArtifactAltered, match=name):
        artifact.load(folder)


def test_one_changed_bit_is_refused(folder: Path) -> None:
    """The same size with one bit turned is caught by the checksum."""
    content = bytearray((folder / artifact.MODEL).read_bytes())
    content[2500] ^= 1
    (folder / artifact.MODEL).write_bytes(content)
    with pytest.raises(ArtifactAltered, match=r"model\.onnx"):
        artifact.load(folder)


@pytest.mark.parametrize("change", [{"temperatures": {}}, {"version": "other"}, {"max_tokens": 8}, {"seal": ""}])
def test_an_edited_configuration_is_refused(folder: Path, change: dict[str, Any]) -> None:
    """A changed temperature would change every probability, so the configuration is sealed as well."""
    file = folder / artifact.CONFIG
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(ArtifactAltered, match="edited"):
        artifact.load(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"format": "maeum-emotion"'])
def test_a_broken_configuration_is_refused(folder: Path, content: bytes) -> None:
    """What is no JSON is damaged, not foreign."""
    (folder / artifact.CONFIG).write_bytes(content)
    with pytest.raises(ArtifactAltered, match="JSON"):
        artifact.load(folder)


@pytest.mark.parametrize("content", ['{"model_type": "bert"}', "[]", "3", '{"format": "maeum-emotion"}'])
def test_another_kind_of_model_is_foreign(folder: Path, content: str) -> None:
    """A Hugging Face configuration, or a format of another version, is refused as such."""
    (folder / artifact.CONFIG).write_text(content)
    with pytest.raises(ArtifactForeign):
        artifact.load(folder)


def test_a_model_of_the_former_format_says_so(folder: Path) -> None:
    """Whoever kept a folder of format 1 learns that it needs another version of Maeum, not that it is damaged."""
    file = folder / artifact.CONFIG
    file.write_text(json.dumps({**json.loads(file.read_text()), "format_version": 1}))
    with pytest.raises(ArtifactForeign, match="another version"):
        artifact.load(folder)


def _resealed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the configuration and seal it again, as a different maker would."""
    file = folder / artifact.CONFIG
    fields = json.loads(file.read_text())
    del fields["seal"]
    change(fields)
    file.write_text(json.dumps({**fields, "seal": artifact.seal(fields)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda heads: heads["seven"].reverse(),
        lambda heads: heads["kote"].pop(),
        lambda heads: heads.pop("polarity"),
        lambda heads: heads.update(stress=["low", "high"]),
    ],
    ids=["another order", "a label less", "a head less", "a head more"],
)
def test_other_heads_are_foreign(folder: Path, change: Callable[[dict[str, list[str]]], object]) -> None:
    """A model whose outputs mean something else would answer wrongly in silence."""
    _resealed(folder, lambda fields: change(fields["heads"]))
    with pytest.raises(ArtifactForeign, match="labels"):
        artifact.load(folder)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan")])
@pytest.mark.parametrize("head", LABELS)
def test_an_impossible_temperature_is_refused(folder: Path, head: str, temperature: float) -> None:
    """No probability follows from it, in whichever head."""
    _resealed(folder, lambda fields: fields["temperatures"][head].update(en=temperature))
    with pytest.raises(ArtifactAltered, match="range"):
        artifact.load(folder)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_an_impossible_threshold_is_refused(folder: Path, threshold: float) -> None:
    """A threshold is a probability."""
    _resealed(folder, lambda fields: fields["thresholds"].update(kote=[0.5] * 43 + [threshold]))
    with pytest.raises(ArtifactAltered, match="range"):
        artifact.load(folder)


@pytest.mark.parametrize("limit", ["vague_from", "far_from"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_an_impossible_limit_of_certainty_is_refused(folder: Path, limit: str, value: float) -> None:
    """At 0 no label would ever be claimed; without end, or as no number, it says nothing."""
    _resealed(folder, lambda fields: fields["uncertain"].update({limit: value}))
    with pytest.raises(ArtifactAltered, match="range"):
        artifact.load(folder)


def test_too_few_tokens_are_refused(folder: Path) -> None:
    """Seven tokens, [CLS] and [SEP] among them, hold no sentence."""
    _resealed(folder, lambda fields: fields.update(max_tokens=7))
    with pytest.raises(ArtifactAltered, match="range"):
        artifact.load(folder)


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        (lambda fields: fields["temperatures"].pop("kote"), "temperature"),
        (lambda fields: fields["temperatures"]["seven"].pop("und"), "temperature"),
        (lambda fields: fields["thresholds"].pop("goemotions"), "threshold"),
        (lambda fields: fields["thresholds"]["kote"].pop(), "threshold"),
    ],
)
def test_a_calibration_with_gaps_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], lacking: str
) -> None:
    """Each head has a temperature a language, each fine label a threshold; the error says which kind is lacking."""
    _resealed(folder, change)
    with pytest.raises(ArtifactAltered, match=f"lacks a {lacking}"):
        artifact.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"temperatures": 1.25},
        {"temperatures": {head: {"ko": "warm", "en": 1.0, "und": 1.0} for head in LABELS}},
        {"thresholds": {"goemotions": 0.5, "kote": 0.5}},
        {"uncertain": {}},
        {"uncertain": {"vague_from": "often", "far_from": 9.0}},
        {"files": {artifact.MODEL: {}, artifact.TOKENIZER: {}}},
        {"max_tokens": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_values_of_another_kind_are_refused(folder: Path, change: dict[str, Any]) -> None:
    """A configuration of the right names with wrong values is damaged, and no TypeError somewhere else."""
    _resealed(folder, lambda fields: fields.update(change))
    with pytest.raises(ArtifactAltered, match="kind"):
        artifact.load(folder)


def test_a_configuration_without_checksums_is_refused(folder: Path) -> None:
    """What is not promised cannot be verified."""
    _resealed(folder, lambda fields: fields.update(files={}))
    with pytest.raises(ArtifactAltered):
        artifact.load(folder)


@pytest.mark.parametrize("field", ["heads", "temperatures", "thresholds", "uncertain", "max_tokens", "files"])
def test_a_field_that_is_missing_is_refused(folder: Path, field: str) -> None:
    """An incomplete configuration is no KeyError somewhere else; the error names the field."""
    _resealed(folder, lambda fields: fields.pop(field))
    with pytest.raises(ArtifactAltered, match=field):
        artifact.load(folder)


@pytest.mark.parametrize("name", ["../outside.bin", "/etc/hostname"])
def test_files_outside_the_folder_are_refused(folder: Path, name: str) -> None:
    """A configuration from elsewhere cannot make the start read other files."""
    _resealed(folder, lambda fields: fields["files"].update({name: {"sha256": "", "size": 0}}))
    with pytest.raises(ArtifactAltered):
        artifact.load(folder)


def test_a_half_written_folder_is_incomplete(folder: Path, tmp_path: Path) -> None:
    """Sealing a folder without a graph fails instead of sealing nothing."""
    shutil.copy(folder / artifact.TOKENIZER, tmp_path)
    with pytest.raises(ArtifactMissing, match=r"model\.onnx"):
        artifact.write(tmp_path, version="1", max_tokens=64)


@pytest.mark.parametrize("kind", [ArtifactMissing, ArtifactAltered])
def test_errors_say_what_to_do_in_both_languages(kind: type[ArtifactMissing] | type[ArtifactAltered]) -> None:
    """The log names the path and the way out; a person gets a sentence in their language."""
    error = kind(Path("somewhere/model.onnx"))
    assert isinstance(error, ArtifactError)
    assert "somewhere/model.onnx" in str(error)
    assert error.sentence("en") in str(error)
    assert error.sentence("ko").endswith("요.")
