"""A model folder that is incomplete, altered or foreign is never served."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion import artifact
from emotion.errors import ArtifactAltered, ArtifactError, ArtifactForeign, ArtifactMissing
from emotion.labels import EMOTIONS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped folder's configuration, beside small files that it was sealed for."""
    copy = tmp_path / "model"
    copy.mkdir()
    (copy / artifact.MODEL).write_bytes(b"graph" * 1000)
    (copy / artifact.TOKENIZER).write_text("{}")
    artifact.write(copy, version="1.test", temperature=1.25, max_tokens=64)
    return copy


def test_what_was_written_is_read_back(folder: Path) -> None:
    """Labels, temperature, limits and checksums survive the way through config.json."""
    read = artifact.load(folder)
    assert read.labels == EMOTIONS
    assert (read.version, read.temperature, read.max_tokens, read.languages) == ("1.test", 1.25, 64, ("ko", "en"))
    assert read.files[artifact.MODEL] == artifact.seal_of(folder / artifact.MODEL)
    assert read.files[artifact.MODEL].size == 5000


def test_the_shipped_folder_is_whole() -> None:
    """Every file of the shipped model has the checksum that its configuration promises."""
    shipped = artifact.load(artifact.SHIPPED)
    assert shipped.labels == EMOTIONS
    assert sum(seal.size for seal in shipped.files.values()) <= 40_000_000


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


@pytest.mark.parametrize("change", [{"temperature": 9.0}, {"version": "other"}, {"max_tokens": 8}, {"seal": ""}])
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


def _resealed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the configuration and seal it again, as a different maker would."""
    file = folder / artifact.CONFIG
    fields = json.loads(file.read_text())
    del fields["seal"]
    change(fields)
    file.write_text(json.dumps({**fields, "seal": artifact.seal(fields)}))


def test_other_labels_are_foreign(folder: Path) -> None:
    """A model whose outputs are in another order would answer wrongly in silence."""
    _resealed(folder, lambda fields: fields["labels"].reverse())
    with pytest.raises(ArtifactForeign, match="labels"):
        artifact.load(folder)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan")])
def test_an_impossible_temperature_is_refused(folder: Path, temperature: float) -> None:
    """No probability follows from it."""
    _resealed(folder, lambda fields: fields.update(temperature=temperature))
    with pytest.raises(ArtifactAltered, match="range"):
        artifact.load(folder)


def test_a_configuration_without_checksums_is_refused(folder: Path) -> None:
    """What is not promised cannot be verified."""
    _resealed(folder, lambda fields: fields.update(files={}))
    with pytest.raises(ArtifactAltered):
        artifact.load(folder)


def test_a_field_that_is_missing_is_refused(folder: Path) -> None:
    """An incomplete configuration is no KeyError somewhere else."""
    _resealed(folder, lambda fields: fields.pop("max_tokens"))
    with pytest.raises(ArtifactAltered):
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
        artifact.write(tmp_path, version="1", temperature=1.0, max_tokens=64)


@pytest.mark.parametrize("kind", [ArtifactMissing, ArtifactAltered])
def test_errors_say_what_to_do_in_both_languages(kind: type[ArtifactMissing] | type[ArtifactAltered]) -> None:
    """The log names the path and the way out; a person gets a sentence in their language."""
    error = kind(Path("somewhere/model.onnx"))
    assert isinstance(error, ArtifactError)
    assert "somewhere/model.onnx" in str(error)
    assert error.sentence("en") in str(error)
    assert error.sentence("ko").endswith("요.")
