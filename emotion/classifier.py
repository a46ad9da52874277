"""The classifier that is served: texts in, readings out. ONNX Runtime and tokenizers only; no training library."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from emotion import artifact
from emotion.artifact import Artifact
from emotion.calibration import entropy, probabilities
from emotion.clean import clean
from emotion.errors import ArtifactForeign, ArtifactMissing
from emotion.labels import EMOTIONS
from emotion.language import language_of
from emotion.reading import Reading
from emotion.tokens import Tokens, padded

INPUTS: Final = ("ids", "mask")
"""Inputs of the graph: token ids and attention mask, int64, (texts, tokens)."""
OUTPUT: Final = "logits"
"""Output of the graph: float32, (texts, 7)."""

_BATCH: Final = 32
_HUB_ID: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*(?:@[\w./-]+)?")
_UNREADABLE: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


def download(hub_id: str) -> Path:
    """Fetch `owner/name` or `owner/name@revision` from the Hugging Face Hub; ArtifactMissing where that fails."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - a slow import that the shipped model never needs
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415 - as above

    name, _, revision = hub_id.partition("@")
    wanted = [artifact.CONFIG, artifact.MODEL, artifact.TOKENIZER]
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as trouble:
        raise ArtifactMissing(Path(hub_id), f"the Hub did not give it ({type(trouble).__name__})") from trouble


class Classifier:
    """Reads the feeling in texts. Made once a process, after any fork; `infer` may be called from several threads."""

    def __init__(self, source: Artifact, *, threads: int = 2) -> None:
        """Load a verified artifact. `threads` is how many cores one call may use."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the cores alone
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(source.model, options, providers=["CPUExecutionProvider"])
        except _UNREADABLE as trouble:
            raise ArtifactForeign(source.model, "ONNX Runtime cannot read it") from trouble
        inputs = tuple(one.name for one in self._session.get_inputs())
        outputs = tuple(one.name for one in self._session.get_outputs())
        if inputs != INPUTS or outputs != (OUTPUT,):
            raise ArtifactForeign(source.model, f"its inputs and outputs are not {INPUTS} and {OUTPUT}")
        try:
            self._tokens = Tokens.from_file(source.tokenizer, source.max_tokens)
        except Exception as trouble:  # tokenizers raises nothing narrower
            raise ArtifactForeign(source.tokenizer, "it is no tokenizer") from trouble
        self.artifact = source

    @classmethod
    def from_pretrained(
        cls, path: str | Path | None = None, *, threads: int = 2, fetch: Callable[[str], Path] = download
    ) -> "Classifier":
        """The shipped model (None), a model folder, or a Hub id (`owner/name`, `owner/name@revision`).

        Raises an `ArtifactError` rather than ever serve a model that is incomplete, altered or foreign.
        """
        if path is None:
            folder = artifact.SHIPPED
        elif Path(path).exists() or not isinstance(path, str) or not _HUB_ID.fullmatch(path):
            folder = Path(path)
        else:
            folder = fetch(path)
        return cls(artifact.load(folder), threads=threads)

    @property
    def version(self) -> str:
        """The model's version, as readings carry it."""
        return self.artifact.version

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """A reading for each text, in the same order. Any string is read, the empty one too."""
        if not texts:
            return []
        logits = self.logits([clean(text) for text in texts])
        probs = probabilities(logits, self.artifact.temperature)
        return [
            self._reading(text, row, p, float(h))
            for text, row, p, h in zip(texts, logits, probs, entropy(probs), strict=True)
        ]

    def logits(self, cleaned: Sequence[str]) -> NDArray[np.float64]:
        """The raw outputs for cleaned texts, (texts, 7). Texts of near length share a batch."""
        rows = self._tokens.ids(cleaned)
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        result = np.zeros((len(rows), len(EMOTIONS)), dtype=np.float64)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            ids, mask = padded([rows[index] for index in chosen])
            (result[chosen],) = self._session.run([OUTPUT], {"ids": ids, "mask": mask})
        return result

    def _reading(self, text: str, logits: NDArray[np.float64], probs: NDArray[np.float64], nats: float) -> Reading:
        top = int(probs.argmax())
        return Reading(
            label=EMOTIONS[top],
            probs={emotion: float(p) for emotion, p in zip(EMOTIONS, probs, strict=True)},
            logits={emotion: float(value) for emotion, value in zip(EMOTIONS, logits, strict=True)},
            temperature=self.artifact.temperature,
            entropy=nats,
            top_p=float(probs[top]),
            language=language_of(text),
            model_version=self.version,
        )
