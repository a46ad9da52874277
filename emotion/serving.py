"""The model that serves while the bot runs. It follows the shelf; no call ever waits for a switch or fails by one."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from emotion.artifact import Artifact
from emotion.classifier import Classifier
from emotion.errors import EmotionError
from emotion.opening import Loads, Reader, opened
from emotion.reading import Reading
from emotion.shadow import Shadow
from emotion.versions import SHIPPED, Pointer, Shelf

log: Final = logging.getLogger(__name__)


class _Serving(NamedTuple):
    """What answers now. The two are replaced together, so that a shadow is never counted against another model."""

    name: str
    reader: Reader
    shadow_name: str | None = None
    shadow: Shadow | None = None


class LiveClassifier:
    """Reads with the shelf's current model and switches when the shelf does. May be called from several threads.

    A version that turns out to be wrong, truncated or foreign is logged once, and the one before goes on serving
    until the shelf points elsewhere. While a switch goes on, both models are in memory.
    """

    def __init__(  # noqa: PLR0913 - what is served, by what, and how often to look
        self,
        shelf: Shelf | None,
        *,
        path: str | Path | None = None,
        load: Loads = Classifier.from_pretrained,
        threads: int = 2,
        on_switch: Callable[[str], object] = lambda _: None,
        look_every: float = 1.0,
        write_every: float = 30.0,
    ) -> None:
        """Load the current model, or raise an `EmotionError`: without any model the start stops.

        Without a shelf `path` is served, the shipped model where that is None, and nothing is ever switched.
        `on_switch` is told the new version, in the thread that switches. `look_every` seconds the shelf is looked at;
        every `write_every` seconds the counts of a shadow are written.
        """
        self._shelf = shelf
        self._load = load
        self._threads = threads
        self._on_switch = on_switch
        self._look_every = look_every
        self._write_every = write_every
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None
        if shelf is None:
            self._serving = _Serving(SHIPPED, opened(load, path, threads=threads))
        else:
            current = shelf.pointer().current
            self._serving = _Serving(current, shelf.open(current, load, threads=threads))
            self._watcher = threading.Thread(target=self._watch, args=(shelf,), name="versions", daemon=True)
            self._watcher.start()

    @property
    def version(self) -> str:
        """The version that answers now."""
        return self._serving.reader.version

    @property
    def artifact(self) -> Artifact:
        """The model folder that answers now."""
        return self._serving.reader.artifact

    @property
    def shadow_version(self) -> str | None:
        """The name of the version that reads in the shadow, if one does."""
        return self._serving.shadow_name

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """A reading for each text, in the same order, all by one version."""
        serving = self._serving
        start = time.perf_counter()
        readings = serving.reader.infer(texts)
        if serving.shadow is not None and texts:
            serving.shadow.offer(texts, readings, time.perf_counter() - start)
        return readings

    def forget(self) -> None:
        """Drop the texts that wait for a model in the shadow. What it has counted stays: it holds no text."""
        if (shadow := self._serving.shadow) is not None:
            shadow.forget()

    def close(self) -> None:
        """Stop following the shelf, and write what a shadow has counted. Reading goes on to work."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._serving.shadow is not None:
            self._serving.shadow.close()

    def _watch(self, shelf: Shelf) -> None:
        seen: object = self  # equal to no signature: the first look sees everything as new
        while True:
            try:
                signature = _signature(shelf)
                if signature != seen:
                    seen = signature  # before the pointer is read: what is written meanwhile is seen the next time
                    self._follow(shelf, shelf.pointer())
            except Exception as error:  # noqa: BLE001 - whatever it is, the model that serves goes on
                log.error("the models cannot be looked at: %s", _said(error))  # noqa: TRY400 - said in a line
            if self._closing.wait(self._look_every):
                return

    def _follow(self, shelf: Shelf, pointer: Pointer) -> None:
        if pointer.current != self._serving.name:
            reader = self._opened(shelf, pointer.current, self._threads)
            if reader is not None:
                self._switch(pointer.current, reader)
        wanted = None if pointer.shadow == self._serving.name else pointer.shadow
        if wanted != self._serving.shadow_name:
            self._replace_shadow(shelf, wanted)

    def _switch(self, name: str, reader: Reader) -> None:
        before, self._serving = self._serving, _Serving(name, reader)
        log.info("model %s serves now, in the place of %s", reader.version, before.reader.version)
        if before.shadow is not None:
            before.shadow.close()
        self._on_switch(reader.version)

    def _replace_shadow(self, shelf: Shelf, name: str | None) -> None:
        before = self._serving
        reader = None if name is None else self._opened(shelf, name, 1)
        shadow = None
        if name is not None and reader is not None:
            shadow = Shadow(reader, before.reader.version, shelf.counts_file(name), every=self._write_every)
            log.info("model %s reads in the shadow of %s", reader.version, before.reader.version)
        self._serving = _Serving(before.name, before.reader, name if shadow else None, shadow)
        if before.shadow is not None:
            before.shadow.close()

    def _opened(self, shelf: Shelf, name: str, threads: int) -> Reader | None:
        """The model, or None after one line in the log that says which it is and what is wrong with it."""
        try:
            return shelf.open(name, self._load, threads=threads)
        except (EmotionError, OSError) as error:
            serving = self._serving.reader.version
            log.error("model %s cannot be used, %s goes on serving: %s", name, serving, _said(error))  # noqa: TRY400 - as above
            return None


def serve(
    wanted: str | None,
    shelf: Shelf,
    *,
    load: Loads = Classifier.from_pretrained,
    threads: int = 2,
    on_switch: Callable[[str], object] = lambda _: None,
) -> LiveClassifier:
    """What the setting asks for: nothing, and the shelf is followed; otherwise a version of it, a folder or a Hub id.

    A model that was asked for by name stays: then nothing is ever switched.
    """
    if wanted is None:
        return LiveClassifier(shelf, load=load, threads=threads, on_switch=on_switch)
    place = shelf.place(wanted) if shelf.has(wanted) else wanted
    return LiveClassifier(None, path=place, load=load, threads=threads)


def _signature(shelf: Shelf) -> object:
    """The shelf's, or the kind of error where it cannot be looked at: that is said once, not at every look."""
    try:
        return shelf.signature()
    except OSError as error:
        return type(error)


def _said(error: Exception) -> str:
    """Our own errors never quote a text; of others only the kind is told."""
    return f"{type(error).__name__}: {error}" if isinstance(error, EmotionError) else type(error).__name__
