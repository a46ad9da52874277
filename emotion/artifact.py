"""A model folder as frozen data: files, labels, temperatures, thresholds, checksums. Nothing is served unverified."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from emotion.errors import ArtifactAltered, ArtifactForeign, ArtifactMissing
from emotion.files import write_whole
from emotion.labels import EMOTIONS, GOEMOTIONS, KOTE, POLARITIES, Emotion, Language

FORMAT: Final = "maeum-emotion"
FORMAT_VERSION: Final = 2
CONFIG: Final = "config.json"
MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "seven": tuple(str(emotion) for emotion in EMOTIONS),
    "goemotions": GOEMOTIONS,
    "kote": KOTE,
    "polarity": POLARITIES,
}
"""Each head's labels, in the order of its outputs. A model with others is foreign."""
SURPRISAL: Final = "surprisal"
"""The output that tells how unlike the training text a text is: the mean of -ln p(piece) over its pieces, in nats."""
CLASSED: Final = ("seven", "polarity")
"""Heads of which one label is right: softmax. The labels of the others stand each for itself: sigmoid."""
_LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en", "und")
_FIELDS: Final = frozenset(
    {"version", "heads", "temperatures", "thresholds", "uncertain", "max_tokens", "languages", "files"}
)
_FEWEST_TOKENS: Final = 8

SHIPPED: Final = Path(__file__).parent / "model"
"""The model that comes with the package."""


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file must be: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is fitted on development data after training, and written into the configuration.

    `temperatures` divide the logits: by head, and within it by the text's language. `thresholds` turn probabilities
    into labels, one for each label of the heads with many. A reading is uncertain from `vague_from` nats of entropy
    on, and from `far_from` of distance.
    """

    temperatures: Mapping[str, Mapping[Language, float]]
    thresholds: Mapping[str, tuple[float, ...]]
    vague_from: float
    far_from: float

    @classmethod
    def none(cls) -> "Calibration":
        """Before any fit: temperature 1, threshold one half; uncertain at 1.4 nats, never by distance."""
        return cls(
            temperatures={head: dict.fromkeys(_LANGUAGES, 1.0) for head in LABELS},
            thresholds={head: (0.5,) * len(LABELS[head]) for head in LABELS if head not in CLASSED},
            vague_from=1.4,
            far_from=1e9,
        )

    def problem(self) -> str | None:
        """What is wrong with the values, or None."""
        temperatures = [value for by_language in self.temperatures.values() for value in by_language.values()]
        if self.temperatures.keys() != LABELS.keys() or any(
            set(by_language) != set(_LANGUAGES) for by_language in self.temperatures.values()
        ):
            return "it lacks a temperature"
        if {head: len(values) for head, values in self.thresholds.items()} != {
            head: len(labels) for head, labels in LABELS.items() if head not in CLASSED
        }:
            return "it lacks a threshold"
        probabilities = [value for values in self.thresholds.values() for value in values]
        if not (
            all(0 < value < math.inf for value in (*temperatures, self.vague_from, self.far_from))
            and all(0 <= value <= 1 for value in probabilities)
        ):
            return "its values are out of range"
        return None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A verified model folder. `max_tokens` counts [CLS] and [SEP]."""

    folder: Path
    version: str
    calibration: Calibration
    max_tokens: int
    languages: tuple[str, ...]
    files: Mapping[str, FileSeal]

    @property
    def labels(self) -> tuple[Emotion, ...]:
        """The seven, in the order of their outputs."""
        return EMOTIONS

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
    folder: Path,
    *,
    version: str,
    max_tokens: int,
    calibration: Calibration | None = None,
    languages: tuple[str, ...] = ("ko", "en"),
) -> Artifact:
    """Seal the model.onnx and tokenizer.json that lie in the folder: write config.json, and return what was written."""
    fitted = calibration or Calibration.none()
    files = {name: seal_of(folder / name) for name in (MODEL, TOKENIZER)}
    fields: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": version,
        "heads": {head: list(labels) for head, labels in LABELS.items()},
        "temperatures": {head: dict(values) for head, values in fitted.temperatures.items()},
        "thresholds": {head: list(values) for head, values in fitted.thresholds.items()},
        "uncertain": {"vague_from": fitted.vague_from, "far_from": fitted.far_from},
        "max_tokens": max_tokens,
        "languages": list(languages),
        "files": {name: asdict(measured) for name, measured in files.items()},
    }
    text = json.dumps({**fields, "seal": seal(fields)}, indent=2, ensure_ascii=False)
    write_whole(folder / CONFIG, text + "\n")
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
    if fields["heads"] != {head: list(labels) for head, labels in LABELS.items()}:
        raise ArtifactForeign(folder, "its heads and labels are not Maeum's in their order")
    if set(fields["files"]) != {MODEL, TOKENIZER}:
        raise ArtifactAltered(config, f"it has checksums for other files than {MODEL} and {TOKENIZER}")
    try:
        calibration = Calibration(
            temperatures=fields["temperatures"],
            thresholds={head: tuple(values) for head, values in fields["thresholds"].items()},
            vague_from=float(fields["uncertain"]["vague_from"]),
            far_from=float(fields["uncertain"]["far_from"]),
        )
        problem = calibration.problem()
        seals = {name: FileSeal(**promised) for name, promised in fields["files"].items()}
        max_tokens = int(fields["max_tokens"])
        version, languages = str(fields["version"]), tuple(map(str, fields["languages"]))
    except (AttributeError, KeyError, TypeError, ValueError) as trouble:
        raise ArtifactAltered(config, "its values are not of the right kind") from trouble
    if max_tokens < _FEWEST_TOKENS:
        problem = "its values are out of range"
    if problem:
        raise ArtifactAltered(config, problem)
    return Artifact(folder, version, calibration, max_tokens, languages, seals)


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
