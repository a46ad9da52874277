"""A model's outputs for labelled rows, as arrays: what calibration and evaluation start from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from emotion.artifact import LABELS
from emotion.calibration import Floats
from emotion.classifier import Classifier, Scores
from emotion.labels import EMOTIONS, Language
from emotion.language import language_of
from emotion.tools.corpora import Example

_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of a split and what the model said of them."""

    rows: Sequence[Example]
    languages: Sequence[Language]
    scores: Scores
    """Logits by output, (rows, labels)."""
    probs: Scores
    """Calibrated probabilities by head, (rows, labels)."""

    @classmethod
    def of(cls, classifier: Classifier, rows: Sequence[Example], name: str) -> "Measured":
        """Read the rows, with a progress bar under this name."""
        texts = [row.text for row in rows]
        parts = [
            classifier.scores(texts[start : start + _CHUNK])
            for start in tqdm(range(0, len(texts), _CHUNK), desc=name, mininterval=2)
        ]
        scores = {output: np.concatenate([part[output] for part in parts]) for output in parts[0]}
        languages = [language_of(text) for text in texts]
        return cls(rows, languages, scores, classifier.probabilities(scores, languages))

    def where(self, chosen: NDArray[np.bool_]) -> "Measured":
        """Only those rows."""
        picked = np.flatnonzero(chosen).tolist()
        return Measured(
            [self.rows[i] for i in picked],
            [self.languages[i] for i in picked],
            {name: values[picked] for name, values in self.scores.items()},
            {name: values[picked] for name, values in self.probs.items()},
        )

    @property
    def right(self) -> NDArray[np.bool_]:
        """Of each row whether its likeliest emotion is one of those its annotators chose."""
        top = self.probs["seven"].argmax(axis=1)
        return np.asarray([EMOTIONS[t] in row.gold for t, row in zip(top, self.rows, strict=True)], dtype=bool)

    def flags(self, head: str) -> NDArray[np.uint8]:
        """The annotated labels of a head with many, (rows, labels), 1 where the label was chosen."""
        chosen = [getattr(row, head) or frozenset() for row in self.rows]
        return np.asarray([[label in some for label in LABELS[head]] for some in chosen], dtype=np.uint8)

    def targets(self, head: str) -> Floats:
        """The annotated shares of a head with one right label, (rows, labels); zeros where nobody said."""
        width = len(LABELS[head])
        return np.asarray([getattr(row, head) or (0.0,) * width for row in self.rows], dtype=np.float64)


def join(parts: Sequence[Measured]) -> Measured:
    """Several splits as one."""
    return Measured(
        [row for part in parts for row in part.rows],
        [language for part in parts for language in part.languages],
        {name: np.concatenate([part.scores[name] for part in parts]) for name in parts[0].scores},
        {name: np.concatenate([part.probs[name] for part in parts]) for name in parts[0].probs},
    )
