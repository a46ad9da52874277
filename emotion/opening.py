"""Opening a model: it is loaded, and has read a text, before anything is switched to it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from emotion import artifact
from emotion.artifact import Artifact
from emotion.errors import ArtifactError, ArtifactForeign
from emotion.reading import Reading

_PROBE: Final = "오늘 일이 잘 끝나서 기뻐요. All done!"


class Reader(Protocol):
    """What is served: a loaded model."""

    @property
    def artifact(self) -> Artifact:
        """The verified folder that it came from."""

    @property
    def version(self) -> str:
        """As readings carry it."""

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """A reading for each text, in the same order."""


class Loads(Protocol):
    """Loads a model; `Classifier.from_pretrained` is one."""

    def __call__(self, path: str | Path | None, /, *, threads: int) -> Reader:
        """The model of that folder or Hub id; None is the shipped one. ArtifactError where it cannot be served."""


def opened(load: Loads, path: str | Path | None, *, threads: int = 1) -> Reader:
    """A model that was loaded and has read a text; nothing else is ever switched to. ArtifactError otherwise."""
    place = Path(path) if path is not None else artifact.SHIPPED
    try:
        reader = load(path, threads=threads)
        (reading,) = reader.infer([_PROBE])
        sound = math.isclose(sum(reading.probs.values()), 1.0, abs_tol=1e-6)
    except ArtifactError:
        raise
    except Exception as trouble:
        raise ArtifactForeign(place, f"it does not read a text ({type(trouble).__name__})") from trouble
    if not sound:
        raise ArtifactForeign(place, "what it reads in a text are no probabilities")
    return reader
