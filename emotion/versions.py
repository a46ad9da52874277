"""Versions of the model beside each other in one folder, and which of them is served.

    models/
      current.json          {"current", "previous", "shadow"}: the only thing a switch changes
      1.04936054d1/         a model folder, named by its version
      shadow-1.0493….json   what a candidate in the shadow was counted
      .downloads/           what a pull that was cut short has fetched

A running bot looks at `current.json` (see serving.py). Every change is one rename: no reader ever sees half of it.
"""

import json
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

from emotion import artifact, hub
from emotion.artifact import CONFIG, MODEL, TOKENIZER, Artifact
from emotion.classifier import Classifier
from emotion.errors import ArtifactAltered, ArtifactError, ArtifactForeign, ArtifactMissing, EmotionError
from emotion.files import alone, settle, write_whole
from emotion.opening import Loads, Reader, opened

SHIPPED: Final = "shipped"
"""How the model is called that comes with the package."""
POINTER: Final = "current.json"

_DOWNLOADS: Final = ".downloads"
_NAME: Final = re.compile(r"[0-9A-Za-z][\w.+-]{0,63}(?<!\.json)")
_CARD: Final = "README.md"


class _NamedVersionError(EmotionError):
    """Something about one version of the model."""

    def __init__(self, version: str) -> None:
        """`version` is what was asked for."""
        super().__init__(f"{version}: {self.sentences['en']}")
        self.version = version


class UnknownVersion(_NamedVersionError):
    """No model of that name is there."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "There is no such version of the model. `maeum model list` shows those that are there.",
        "ko": "그런 버전의 모델이 없어요. `maeum model list`로 있는 버전을 확인해 주세요.",
    }


class VersionInUse(_NamedVersionError):
    """The version is the one that is served: it can neither be removed nor be its own shadow."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "This version of the model is the one in use. Switch to another first.",
        "ko": "지금 쓰고 있는 버전의 모델이에요. 먼저 다른 버전으로 바꿔 주세요.",
    }


class VersionTaken(_NamedVersionError):
    """Another model of the same version is there already."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "Another model of this version is there already. Remove that one first, or give the new one a version"
        " of its own.",
        "ko": "같은 버전의 다른 모델이 이미 있어요. 먼저 그 모델을 지우시거나, 새 모델에 다른 버전을 붙여 주세요.",
    }


class NothingToRollBackTo(EmotionError):
    """No version was in use before the current one."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "There is no earlier version of the model to go back to.",
        "ko": "되돌아갈 이전 버전의 모델이 없어요.",
    }

    def __init__(self) -> None:
        """Nothing more is to be said."""
        super().__init__(self.sentences["en"])


class PointerDamaged(EmotionError):
    """The file that says which version is in use cannot be read."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "The note of which model is in use is damaged. Choose one again with `maeum model use`.",
        "ko": "어떤 모델을 쓸지 적어 둔 파일이 손상되었어요. `maeum model use`로 다시 골라 주세요.",
    }

    def __init__(self, path: Path) -> None:
        """`path` is the file."""
        super().__init__(f"{path}: {self.sentences['en']}")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which versions are in use, by name."""

    current: str = SHIPPED
    previous: str | None = None
    shadow: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One version as it lies there. `size` is in bytes; `version` is None where the folder cannot be read."""

    name: str
    version: str | None
    size: int
    languages: tuple[str, ...]
    current: bool
    previous: bool
    shadow: bool
    problem: str | None


class Shelf:
    """The folder of versions. It may be missing: then the shipped model is current, and there is no other."""

    def __init__(
        self, folder: Path, *, load: Loads = Classifier.from_pretrained, shipped: Path = artifact.SHIPPED
    ) -> None:
        """`load` is asked before a switch whether the version can be served."""
        self.folder = folder
        self._load = load
        self._shipped = shipped

    def pointer(self) -> Pointer:
        """Which versions are in use now."""
        file = self.folder / POINTER
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            pointer = Pointer(**{field.name: values[field.name] for field in fields(Pointer)})
        except FileNotFoundError:
            return Pointer()
        except (ValueError, TypeError, KeyError) as trouble:
            raise PointerDamaged(file) from trouble
        optional = (pointer.previous, pointer.shadow)
        if not isinstance(pointer.current, str) or not all(isinstance(name, str | None) for name in optional):
            raise PointerDamaged(file)
        return pointer

    def signature(self) -> tuple[int, int, int] | None:
        """What changes whenever the pointer is written, for the price of a look at the folder."""
        try:
            found = (self.folder / POINTER).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def name_of(self, version: str) -> str:
        """How a version is called here; the shipped one may be named by its version. UnknownVersion for others."""
        if version == SHIPPED or (_NAME.fullmatch(version) and (self.folder / version).is_dir()):
            return version
        try:
            if artifact.load(self._shipped).version == version:
                return SHIPPED
        except ArtifactError:
            pass  # then the shipped one has no version to be named by
        raise UnknownVersion(version)

    def place(self, version: str) -> Path:
        """The folder of a version; UnknownVersion where there is none."""
        name = self.name_of(version)
        return self._shipped if name == SHIPPED else self.folder / name

    def has(self, version: str) -> bool:
        """Whether a version of that name is there."""
        try:
            return bool(self.name_of(version))
        except UnknownVersion:
            return False

    def open(self, version: str, load: Loads, *, threads: int = 1) -> Reader:
        """The version, loaded, after it has read a text; ArtifactError where it is not what its name says."""
        name, folder = self.name_of(version), self.place(version)
        reader = opened(load, folder, threads=threads)
        if name not in {SHIPPED, reader.version}:
            raise ArtifactAltered(folder, f"its configuration names another version, {reader.version}")
        return reader

    def list(self) -> tuple[Listed, ...]:
        """Every version, the shipped one first, each verified. What is damaged is listed with its problem."""
        pointer = self.pointer()
        there = {path.name for path in self.folder.iterdir() if path.is_dir()} if self.folder.is_dir() else set()
        named = {name for name in (pointer.current, pointer.previous, pointer.shadow) if name is not None}
        names = sorted({name for name in there | named if _NAME.fullmatch(name)} - {SHIPPED})
        return tuple(self._listed(name, pointer) for name in (SHIPPED, *names))

    def add(self, source: Path) -> Artifact:
        """Copy a verified model folder onto the shelf. Nothing is switched.

        The same model again changes nothing, or mends a damaged folder. Raises ArtifactError where the source is
        incomplete, altered or foreign, VersionTaken where its version is that of another model.
        """
        found = _fit_to_be_named(artifact.load(source))
        with self._alone():
            target = self.folder / found.version
            try:
                there = artifact.load(target)
            except ArtifactError:
                there = None
            if there is not None:
                if replace(there, folder=found.folder) != found:
                    raise VersionTaken(found.version)
                return there
            new = self._aside()
            new.mkdir()
            try:
                _copy(source, new)
                if replace(artifact.load(new), folder=found.folder) != found:
                    raise ArtifactAltered(source, "it changed while it was copied")
                if target.exists():
                    target.replace(self._aside())
                new.replace(target)
                settle(self.folder)
            finally:
                self._tidy()
        return artifact.load(target)

    def pull(
        self,
        hub_id: str,
        *,
        fetch: Callable[[str, Path, hub.Progress], Path] = hub.fetch,
        progress: hub.Progress = lambda *_: None,
    ) -> Artifact:
        """Fetch a model from the Hub and add it. What a try that was cut short has fetched is kept for the next."""
        if not hub.HUB_ID.fullmatch(hub_id):
            raise ArtifactMissing(Path(hub_id), "no id of the Hub looks like this; it is owner/name or owner/name@tag")
        downloads = self.folder / _DOWNLOADS / re.sub(r"\W", "-", hub_id)
        with alone(downloads.with_name(f"{downloads.name}.lock")):
            downloads.mkdir(exist_ok=True)
            try:
                added = self.add(fetch(hub_id, downloads, progress))
            except (ArtifactAltered, ArtifactForeign):
                shutil.rmtree(downloads)  # going on with wrong bytes would end as wrong
                raise
            shutil.rmtree(downloads)
        return added

    def use(self, version: str) -> Pointer:
        """Switch to a version, after it was loaded and has read a text. A running bot follows within seconds."""
        with self._alone():
            try:
                before = self.pointer()
            except PointerDamaged:
                before = Pointer()
            name = self.name_of(version)
            self.open(name, self._load)
            if name == before.current:
                return self._point(before)
            shadow = None if before.shadow == name else before.shadow
            return self._point(Pointer(current=name, previous=before.current, shadow=shadow))

    def rollback(self) -> Pointer:
        """Switch to the version that was in use before; once more, and it is the later one again."""
        with self._alone():
            before = self.pointer()
            if before.previous is None:
                raise NothingToRollBackTo
            name = self.name_of(before.previous)
            self.open(name, self._load)
            shadow = None if before.shadow == name else before.shadow
            return self._point(Pointer(current=name, previous=before.current, shadow=shadow))

    def shadow(self, version: str | None) -> Pointer:
        """Let a candidate read live messages beside the current model, for counting alone; None ends that."""
        with self._alone():
            before = self.pointer()
            name = None if version is None else self.name_of(version)
            if name == before.current:
                raise VersionInUse(name)
            if name is not None:
                self.open(name, self._load)
            return self._point(replace(before, shadow=name))

    def remove(self, version: str) -> None:
        """Delete a version and its counts; not the current one, nor the shipped one."""
        with self._alone():
            before = self.pointer()
            name = self.name_of(version)
            if name in {before.current, SHIPPED}:
                raise VersionInUse(version)
            after = replace(
                before,
                previous=None if before.previous == name else before.previous,
                shadow=None if before.shadow == name else before.shadow,
            )
            if after != before:
                self._point(after)
            (self.folder / name).replace(self._aside())
            self.counts_file(name).unlink(missing_ok=True)
            self._tidy()

    def counts_file(self, name: str) -> Path:
        """Where the counts of a candidate in the shadow stand."""
        return self.folder / f"shadow-{name}.json"

    def _listed(self, name: str, pointer: Pointer) -> Listed:
        folder = self._shipped if name == SHIPPED else self.folder / name
        found, problem = None, None
        try:
            found = artifact.load(folder)
            if name not in {SHIPPED, found.version}:
                problem = f"its configuration names another version, {found.version}"
        except ArtifactError as trouble:
            problem = f"{trouble.path.name}: {trouble.problem}"
        return Listed(
            name=name,
            version=found.version if found else None,
            size=sum(file.stat().st_size for file in folder.glob("*") if file.is_file()),
            languages=found.languages if found else (),
            current=name == pointer.current,
            previous=name == pointer.previous,
            shadow=name == pointer.shadow,
            problem=problem,
        )

    def _point(self, pointer: Pointer) -> Pointer:
        write_whole(self.folder / POINTER, json.dumps(asdict(pointer)) + "\n")
        return pointer

    def _alone(self) -> AbstractContextManager[None]:
        return alone(self.folder / ".lock")

    def _aside(self) -> Path:
        """A name that no version has, for what is not yet or no more there."""
        return self.folder / f".aside-{secrets.token_hex(4)}"

    def _tidy(self) -> None:
        """Delete what stands aside, that of writers who died included: whoever calls this is alone."""
        for rest in self.folder.glob(".aside-*"):
            shutil.rmtree(rest, ignore_errors=True)


def _fit_to_be_named(found: Artifact) -> Artifact:
    """The artifact, where its version can name a folder: it was written by somebody else, and may say `../..`."""
    if not isinstance(found.version, str) or not _NAME.fullmatch(found.version) or found.version == SHIPPED:
        raise ArtifactForeign(found.folder, "its version cannot name a folder")
    return found


def _copy(source: Path, target: Path) -> None:
    """Copy what is served, and the card where there is one, and wait until the disk has it."""
    for name in (CONFIG, MODEL, TOKENIZER, _CARD):
        if name != _CARD or (source / name).is_file():
            shutil.copyfile(source / name, target / name)
            settle(target / name)
    settle(target)
