"""A model folder as frozen data: its files, labels, temperature and checksums. Nothing is served unverified."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from emotion.errors import ArtifactAltered, ArtifactForeign, ArtifactMissing
from emotion.labels import EMOTIONS, Emotion

FORMAT: Final = "maeum-emotion"
FORMAT_VERSION: Final = 1
CONFIG: Final = "config.json"
MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
_FIELDS: Final = frozenset({"version", "labels", "temperature", "max_tokens", "languages", "files"})
_FEWEST_TOKENS: Final = 8

SHIPPED: Final = Path(__file__).parent / "model"
"""The model that comes with the package."""


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file must be: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A verified model folder. `temperature` divides the logits; `max_tokens` counts [CLS] and [SEP]."""

    folder: Path
    version: str
    labels: tuple[Emotion, ...]
    temperature: float
    max_tokens: int
    languages: tuple[str, ...]
    files: Mapping[str, FileSeal]

    @property
    def model(self) -> Path:
        """The ONNX graph."""
        return self.folder / MODEL

    @property
    def tokenizer(self) -> Path:
        """The tokenizer in the format of Hugging Face tokenizers."""
        return self.folder / TOKENIZER


def load(folder: Path) -> Artifact:
    """Read and verify a model folder.

    Raises ArtifactMissing where the folder or a file is not there, ArtifactForeign where it is some other kind of
    model, ArtifactAltered where a checksum, a size or the configuration's own seal does not hold.
    """
    artifact = _configuration(folder)
    for name, promised in artifact.files.items():
        _verify(folder / name, promised)
    return artifact


def write(
    folder: Path, *, version: str, temperature: float, max_tokens: int, languages: tuple[str, ...] = ("ko", "en")
) -> Artifact:
    """Seal the model.onnx and tokenizer.json that lie in the folder: write config.json, and return what was written."""
    files = {name: seal_of(folder / name) for name in (MODEL, TOKENIZER)}
    fields: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": version,
        "labels": [str(emotion) for emotion in EMOTIONS],
        "temperature": temperature,
        "max_tokens": max_tokens,
        "languages": list(languages),
        "files": {name: asdict(measured) for name, measured in files.items()},
    }
    text = json.dumps({**fields, "seal": seal(fields)}, indent=2, ensure_ascii=False)
    new = folder / (CONFIG + ".new")
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(folder / CONFIG)
    return load(folder)


def seal_of(file: Path) -> FileSeal:
    """The checksum and size of a file; ArtifactMissing where there is none."""
    if not file.is_file():
        raise ArtifactMissing(file)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return FileSeal(digest, file.stat().st_size)


def _configuration(folder: Path) -> Artifact:
    """The folder's configuration as an artifact whose files are not yet verified."""
    config = folder / CONFIG
    for place, there in ((folder, folder.is_dir()), (config, config.is_file())):
        if not there:
            raise ArtifactMissing(place)
    fields = _sealed_fields(config)
    missing = _FIELDS - fields.keys()
    if missing:
        raise ArtifactAltered(config, f"it lacks {', '.join(sorted(missing))}")
    if fields["labels"] != [str(emotion) for emotion in EMOTIONS]:
        raise ArtifactForeign(folder, "its labels are not the seven emotions in their order")
    if fields["files"].keys() != {MODEL, TOKENIZER}:
        raise ArtifactAltered(config, f"it has checksums for other files than {MODEL} and {TOKENIZER}")
    if not (0 < fields["temperature"] < math.inf and fields["max_tokens"] >= _FEWEST_TOKENS):
        raise ArtifactAltered(config, "its values are out of range")
    return Artifact(
        folder=folder,
        version=fields["version"],
        labels=EMOTIONS,
        temperature=float(fields["temperature"]),
        max_tokens=int(fields["max_tokens"]),
        languages=tuple(fields["languages"]),
        files={name: FileSeal(**promised) for name, promised in fields["files"].items()},
    )


def _sealed_fields(config: Path) -> dict[str, Any]:
    """The fields of a config.json of our own format and version, whose seal holds."""
    try:
        fields = json.loads(config.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as trouble:
        raise ArtifactAltered(config, "it is not readable JSON") from trouble
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise ArtifactForeign(config, "it describes some other kind of model")
    if fields.get("format_version") != FORMAT_VERSION:
        raise ArtifactForeign(config, f"its format is not version {FORMAT_VERSION}; it needs another version of Maeum")
    if fields.pop("seal", None) != seal(fields):
        raise ArtifactAltered(config, "it was edited after it was written")
    return fields


def _verify(file: Path, expected: FileSeal) -> None:
    if not file.is_file():
        raise ArtifactMissing(file)
    if file.stat().st_size != expected.size:
        raise ArtifactAltered(file, f"it has {file.stat().st_size} bytes instead of {expected.size}")
    if seal_of(file) != expected:
        raise ArtifactAltered(file)


def seal(fields: Mapping[str, Any]) -> str:
    """SHA-256 over the fields as canonical JSON: catches accidents and careless edits, not a forger."""
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
