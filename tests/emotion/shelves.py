"""Small models for the tests of versions: their graph is a word that says how they read."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from emotion import artifact
from emotion.artifact import Artifact
from emotion.errors import ArtifactForeign
from emotion.labels import Emotion
from emotion.reading import Reading
from emotion.versions import Shelf
from tests.factories import reading

FOREIGN = "foreign"
"""The graph of a model whose seals hold, and that no runtime can load."""
SPEECHLESS = "speechless"
"""The graph of a model that loads and fails at its first text."""


class OneFeeling:
    """A model that finds the same emotion in every text."""

    def __init__(self, source: Artifact) -> None:
        """ArtifactForeign where the word says so."""
        self.artifact = source
        self.word = source.model.read_text().strip()
        if self.word == FOREIGN:
            raise ArtifactForeign(source.model, "it is no graph")

    @property
    def version(self) -> str:
        """That of the folder."""
        return self.artifact.version

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """The same for each; a word that is no emotion fails here."""
        return [replace(reading(Emotion(self.word)), model_version=self.version) for _ in texts]


def load(path: str | Path | None, /, *, threads: int) -> OneFeeling:
    """Verify and load a model made here."""
    assert threads >= 1
    assert path is not None
    return OneFeeling(artifact.load(Path(path)))


def model(folder: Path, version: str, word: str = "joy") -> Path:
    """Write a sealed model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / artifact.MODEL).write_text(word + "\n")
    (folder / artifact.TOKENIZER).write_text("{}")
    artifact.write(folder, version=version, max_tokens=64)
    return folder


def truncate(folder: Path) -> None:
    """Cut the last byte off the graph."""
    graph = folder / artifact.MODEL
    graph.write_bytes(graph.read_bytes()[:-1])


def shelf_with(folder: Path, **words: str) -> Shelf:
    """A shelf with these versions, beside a shipped model `0.shipped` that reads neutral in everything."""
    shelf = Shelf(folder / "models", load=load, shipped=model(folder / "package", "0.shipped", "neutral"))
    for version, word in words.items():
        shelf.add(model(folder / "made" / version, version, word))
    return shelf


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds; ten seconds are more than anything here takes."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.005)
