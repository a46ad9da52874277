"""The classifier that is served: texts in, readings out. ONNX Runtime and tokenizers only; no training library."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from emotion import artifact
from emotion.artifact import CLASSED, LABELS, SURPRISAL, Artifact
from emotion.calibration import Floats, entropy, probabilities, separate
from emotion.clean import clean
from emotion.errors import ArtifactForeign
from emotion.hub import HUB_ID, download
from emotion.labels import EMOTIONS, Language
from emotion.language import language_of
from emotion.reading import Reading
from emotion.tokens import Tokens

INPUT: Final = "ids"
"""Input of the graph: token ids, int64, (texts, tokens). All texts of one call have the same length: no padding, so
that what is read in a text never depends on its company."""
OUTPUTS: Final = (*LABELS, SURPRISAL)
"""Outputs of the graph: float32, (texts, labels of the head); `surprisal` is (texts, 1)."""

Scores = Mapping[str, Floats]
"""Logits by output, each (texts, labels of the head)."""

_BATCH: Final = 16
_UNREADABLE: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


def session_options(threads: int = 1) -> onnxruntime.SessionOptions:
    """How the graph is to be run: on so many cores, and without the fusions that measured slower (see NOTEBOOK.md)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return options


def open_session(model: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """The graph, ready to run; ArtifactForeign where it is no graph, or one with other inputs and outputs."""
    try:
        session = onnxruntime.InferenceSession(model, session_options(threads), providers=["CPUExecutionProvider"])
    except _UNREADABLE as trouble:
        raise ArtifactForeign(model, "ONNX Runtime cannot read it") from trouble
    inputs = tuple(one.name for one in session.get_inputs())
    outputs = {one.name: one.shape[-1] for one in session.get_outputs()}
    if inputs != (INPUT,) or tuple(outputs) != OUTPUTS or any(outputs[h] != len(LABELS[h]) for h in LABELS):
        raise ArtifactForeign(model, f"its input and outputs are not {INPUT} and {', '.join(OUTPUTS)}")
    return session


class Classifier:
    """Reads the feeling in texts. Made once a process, after any fork; `infer` may be called from several threads."""

    def __init__(self, source: Artifact, *, threads: int = 2) -> None:
        """Load a verified artifact. `threads` is how many cores one text may use together, or a list side by side.

        A list is faster with a core for each of its texts than with all cores for one text after the other.
        """
        self._session = open_session(source.model)
        self._alone = open_session(source.model, threads) if threads > 1 else self._session
        self._tokens = _tokens(source)
        self._thresholds = {head: np.asarray(values) for head, values in source.calibration.thresholds.items()}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder") if threads > 1 else None
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
        elif Path(path).exists() or not isinstance(path, str) or not HUB_ID.fullmatch(path):
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
        scores = self.scores([clean(text) for text in texts])
        return self.readings(scores, [language_of(text) for text in texts])

    def scores(self, cleaned: Sequence[str]) -> Scores:
        """The raw outputs for cleaned texts. Texts of one length share a call, and calls share the threads."""
        rows = self._tokens.ids(cleaned)
        if len(rows) == 1:
            return _named(self._alone.run(None, {INPUT: np.asarray(rows, dtype=np.int64)}))
        by_length: dict[int, list[int]] = {}
        for index, row in enumerate(rows):
            by_length.setdefault(len(row), []).append(index)
        calls = [some[i : i + _BATCH] for some in by_length.values() for i in range(0, len(some), _BATCH)]
        calls.sort(key=lambda call: -len(call) * len(rows[call[0]]))  # the longest first: threads end together

        def run(call: list[int]) -> list[NDArray[np.float32]]:
            ids = np.asarray([rows[index] for index in call], dtype=np.int64)
            return self._session.run(None, {INPUT: ids})  # type: ignore[no-any-return]  # it has no types

        found = list(map(run, calls) if self._pool is None else self._pool.map(run, calls))
        order = np.argsort(np.concatenate(calls))
        return _named([np.concatenate(parts)[order] for parts in zip(*found, strict=True)])

    def probabilities(self, scores: Scores, languages: Sequence[Language]) -> Scores:
        """What the scores of each head amount to, calibrated by language: softmax, or sigmoid for many labels."""
        fitted = self.artifact.calibration.temperatures
        if len(languages) == 1:
            divided = {head: scores[head] / fitted[head][languages[0]] for head in LABELS}
        else:
            divided = {head: scores[head] / [[fitted[head][language]] for language in languages] for head in LABELS}
        return {head: (probabilities if head in CLASSED else separate)(divided[head]) for head in LABELS}

    def readings(self, scores: Scores, languages: Sequence[Language]) -> list[Reading]:
        """The readings that these scores amount to."""
        probs = self.probabilities(scores, languages)
        nats = entropy(probs["seven"])
        return [
            self._reading(
                {head: values[row] for head, values in probs.items()},
                scores["seven"][row],
                language,
                nats=float(nats[row]),
                distance=float(scores[SURPRISAL][row, 0]),
            )
            for row, language in enumerate(languages)
        ]

    def _reading(
        self,
        probs: Mapping[str, Floats],
        logits: Floats,
        language: Language,
        *,
        nats: float,
        distance: float,
    ) -> Reading:
        fitted = self.artifact.calibration
        seven = probs["seven"]
        top = int(seven.argmax())
        head = "kote" if language == "ko" else "goemotions"
        above = np.flatnonzero(probs[head] >= self._thresholds[head])
        return Reading(
            label=EMOTIONS[top],
            probs=dict(zip(EMOTIONS, seven.tolist(), strict=True)),
            logits=dict(zip(EMOTIONS, logits.tolist(), strict=True)),
            temperature=fitted.temperatures["seven"][language],
            entropy=nats,
            top_p=float(seven[top]),
            language=language,
            model_version=self.version,
            uncertain=nats >= fitted.vague_from or distance >= fitted.far_from,
            distance=distance,
            goemotions=dict(zip(LABELS["goemotions"], probs["goemotions"].tolist(), strict=True)),
            kote=dict(zip(LABELS["kote"], probs["kote"].tolist(), strict=True)),
            polarity=dict(zip(LABELS["polarity"], probs["polarity"].tolist(), strict=True)),
            fine=tuple(LABELS[head][i] for i in above[np.argsort(-probs[head][above])]),
        )


def _named(outputs: Sequence[NDArray[np.float32]]) -> Scores:
    return {name: output.astype(np.float64) for name, output in zip(OUTPUTS, outputs, strict=True)}


def _tokens(source: Artifact) -> Tokens:
    try:
        return Tokens.from_file(source.tokenizer, source.max_tokens)
    except Exception as trouble:  # tokenizers raises nothing narrower
        raise ArtifactForeign(source.tokenizer, "it is no tokenizer") from trouble
