"""Versions of the model beside each other: what is switched to can be served, and can be switched back."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emotion import artifact
from emotion.errors import ArtifactAltered, ArtifactError, ArtifactForeign, ArtifactMissing, EmotionError
from emotion.hub import Progress
from emotion.versions import (
    POINTER,
    SHIPPED,
    NothingToRollBackTo,
    Pointer,
    PointerDamaged,
    Shelf,
    UnknownVersion,
    VersionInUse,
    VersionTaken,
)
from tests.emotion.shelves import FOREIGN, SPEECHLESS, model, shelf_with, truncate


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Two versions beside the shipped one."""
    return shelf_with(tmp_path, v1="joy", v2="anger")


def test_without_a_shelf_the_shipped_model_is_current(tmp_path: Path) -> None:
    """Looking makes nothing: who never pulled a model has no folder for them."""
    shelf = shelf_with(tmp_path)
    (only,) = shelf.list()
    assert (only.name, only.version, only.current, only.problem) == (SHIPPED, "0.shipped", True, None)
    assert shelf.signature() is None
    assert not shelf.folder.exists()


def test_versions_lie_beside_each_other(shelf: Shelf) -> None:
    """Each is listed with its size, its languages and what it is used for."""
    shelf.use("v1")
    shelf.use("v2")
    shelf.shadow(SHIPPED)
    shipped, one, two = shelf.list()
    assert [item.name for item in (shipped, one, two)] == [SHIPPED, "v1", "v2"]
    assert [(item.current, item.previous, item.shadow) for item in (shipped, one, two)] == [
        (False, False, True),
        (False, True, False),
        (True, False, False),
    ]
    assert two.languages == ("ko", "en")
    assert two.size == sum(file.stat().st_size for file in (shelf.folder / "v2").iterdir())


def test_switching_and_rolling_back(shelf: Shelf) -> None:
    """Back goes to the version before, and once more forth again; the note on disk says the same."""
    shelf.use("v1")
    assert shelf.use("v2") == Pointer(current="v2", previous="v1")
    assert shelf.rollback() == Pointer(current="v1", previous="v2")
    assert shelf.rollback() == Pointer(current="v2", previous="v1")
    assert json.loads((shelf.folder / POINTER).read_text()) == {"current": "v2", "previous": "v1", "shadow": None}


def test_using_what_is_in_use_forgets_nothing(shelf: Shelf) -> None:
    """The version before is still the one before."""
    shelf.use("v1")
    assert shelf.use("v1").previous == SHIPPED


@pytest.mark.parametrize("name", [SHIPPED, "0.shipped"])
def test_the_shipped_model_has_two_names(shelf: Shelf, name: str) -> None:
    """The word, and its version: whoever reads the list may type either."""
    shelf.use("v1")
    assert shelf.use(name).current == SHIPPED


def test_there_must_be_something_to_roll_back_to(shelf: Shelf) -> None:
    """On a new shelf nothing was in use before."""
    with pytest.raises(NothingToRollBackTo):
        shelf.rollback()


@pytest.mark.parametrize("name", ["v3", "", "..", "../models/v1", ".lock", "current.json"])
def test_an_unknown_version_is_named(shelf: Shelf, name: str) -> None:
    """Neither a typing error nor a path is switched to."""
    for act in (shelf.use, shelf.shadow, shelf.remove):
        with pytest.raises(UnknownVersion):
            act(name)
    assert shelf.pointer() == Pointer()


def _missing(folder: Path) -> None:
    (folder / artifact.TOKENIZER).unlink()


def _renamed(folder: Path) -> None:
    model(folder, "another", "fear")


def _foreign(folder: Path) -> None:
    model(folder, folder.name, FOREIGN)


def _speechless(folder: Path) -> None:
    model(folder, folder.name, SPEECHLESS)


BREAKING: dict[Callable[[Path], None], type[ArtifactError]] = {
    truncate: ArtifactAltered,
    _missing: ArtifactMissing,
    _renamed: ArtifactAltered,
    _foreign: ArtifactForeign,
    _speechless: ArtifactForeign,
}


@pytest.mark.parametrize("spoil", BREAKING, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_served_is_not_switched_to(shelf: Shelf, spoil: Callable[[Path], None]) -> None:
    """Truncated, incomplete, mislabelled, foreign, or without a word: the note of what is in use stays as it is."""
    shelf.use("v1")
    shelf.use("v2")
    spoil(shelf.folder / "v1")
    before = (shelf.folder / POINTER).read_bytes()
    acts: tuple[Callable[[], object], ...] = (lambda: shelf.use("v1"), shelf.rollback, lambda: shelf.shadow("v1"))
    for act in acts:
        with pytest.raises(BREAKING[spoil]):
            act()
    assert (shelf.folder / POINTER).read_bytes() == before


@pytest.mark.parametrize("spoil", [truncate, _missing, _renamed])
def test_damage_is_listed(shelf: Shelf, spoil: Callable[[Path], None]) -> None:
    """A damaged folder does not hide the others, and its line says what is wrong."""
    spoil(shelf.folder / "v1")
    _, one, two = shelf.list()
    assert one.problem
    assert two.problem is None


def test_a_folder_that_is_gone_is_listed(shelf: Shelf) -> None:
    """What is in use and was deleted by hand does not vanish from the list."""
    shelf.use("v1")
    shutil.rmtree(shelf.folder / "v1")
    _, one, _ = shelf.list()
    assert (one.name, one.current, one.problem) == ("v1", True, "v1: not found")


def test_what_is_not_whole_is_not_added(shelf: Shelf, tmp_path: Path) -> None:
    """A damaged source leaves no trace on the shelf."""
    source = model(tmp_path / "v3", "v3")
    truncate(source)
    before = sorted(shelf.folder.iterdir())
    with pytest.raises(ArtifactAltered):
        shelf.add(source)
    assert sorted(shelf.folder.iterdir()) == before


@pytest.mark.parametrize("version", ["../outside", "/etc", "", ".hidden", "shipped", "a b", "current.json", "v" * 99])
def test_a_version_that_cannot_name_a_folder_is_foreign(shelf: Shelf, tmp_path: Path, version: str) -> None:
    """A model made elsewhere cannot write where it likes."""
    with pytest.raises(ArtifactForeign, match="folder"):
        shelf.add(model(tmp_path / "v3", version))


def test_adding_copies_what_is_served_and_the_card(shelf: Shelf, tmp_path: Path) -> None:
    """Other files of the folder stay where they are."""
    source = model(tmp_path / "v3", "v3")
    (source / "README.md").write_text("A card.")
    (source / "optimizer.bin").write_text("large")
    added = shelf.add(source)
    assert {file.name for file in added.folder.iterdir()} == {
        artifact.CONFIG,
        artifact.MODEL,
        artifact.TOKENIZER,
        "README.md",
    }


def test_adding_again_changes_nothing_or_mends(shelf: Shelf, tmp_path: Path) -> None:
    """The same model over its own damaged folder makes it whole."""
    truncate(shelf.folder / "v1")
    shelf.add(tmp_path / "made" / "v1")
    assert artifact.load(shelf.folder / "v1").version == "v1"
    kept = (shelf.folder / "v1" / artifact.MODEL).stat().st_ino
    shelf.add(tmp_path / "made" / "v1")
    assert (shelf.folder / "v1" / artifact.MODEL).stat().st_ino == kept


def test_a_version_means_one_model(shelf: Shelf, tmp_path: Path) -> None:
    """Another model of the same version would make stored readings lie about where they come from."""
    with pytest.raises(VersionTaken):
        shelf.add(model(tmp_path / "other", "v1", "fear"))


def test_what_a_dead_writer_left_is_no_version(shelf: Shelf, tmp_path: Path) -> None:
    """A copy that was cut off is not listed, and the next addition clears it away."""
    (shelf.folder / ".aside-dead").mkdir()
    assert [item.name for item in shelf.list()] == [SHIPPED, "v1", "v2"]
    shelf.add(model(tmp_path / "v3", "v3"))
    assert not list(shelf.folder.glob(".aside-*"))


def test_removing(shelf: Shelf) -> None:
    """What is served stays; what was before, or in the shadow, may go with its counts."""
    shelf.use("v1")
    shelf.use("v2")
    shelf.shadow("v1")
    shelf.counts_file("v1").write_text("{}")
    for name in ("v2", SHIPPED):
        with pytest.raises(VersionInUse):
            shelf.remove(name)
    shelf.remove("v1")
    assert shelf.pointer() == Pointer(current="v2")
    assert [item.name for item in shelf.list()] == [SHIPPED, "v2"]
    assert not shelf.counts_file("v1").exists()


def test_a_model_is_not_its_own_shadow(shelf: Shelf) -> None:
    """A candidate that comes into use leaves the shadow; the current one cannot go there."""
    shelf.shadow("v1")
    assert shelf.use("v1").shadow is None
    with pytest.raises(VersionInUse):
        shelf.shadow("v1")
    assert shelf.shadow("v2").shadow == "v2"
    assert shelf.shadow(None).shadow is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b"3", b'{"current": "v1", "previous": 1, "shadow": null}']
)
def test_a_damaged_note_is_said_and_mended(shelf: Shelf, content: bytes) -> None:
    """Nothing is guessed; choosing a version writes the note anew."""
    (shelf.folder / POINTER).write_bytes(content)
    with pytest.raises(PointerDamaged, match="use"):
        shelf.list()
    assert shelf.use("v1") == Pointer(current="v1", previous=SHIPPED)


def test_two_writers_lose_nothing(shelf: Shelf) -> None:
    """Whatever is switched at the same time, each change builds on the other, and no reader sees half a note."""

    def write(turn: int) -> None:
        shelf.use(f"v{turn % 2 + 1}")

    shelf.use("v1")
    shelf.shadow(SHIPPED)
    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, turn) for turn in range(40)]
        while not all(one.done() for one in writing):
            assert shelf.pointer().shadow == SHIPPED
    for one in writing:
        one.result()
    after = shelf.pointer()
    assert {after.current, after.previous} <= {SHIPPED, "v1", "v2"}
    assert after.current != after.previous
    assert after.shadow == SHIPPED


class TestPull:
    """From the Hub onto the shelf; test_hub.py speaks to one."""

    def test_what_was_fetched_is_added(self, shelf: Shelf) -> None:
        """And the download is not kept twice."""

        def fetch(hub_id: str, folder: Path, progress: Progress) -> Path:
            progress(hub_id, 1, 2)
            return model(folder / "commit", "v3", "fear")

        told: list[tuple[str, int, int]] = []
        added = shelf.pull("someone/model@main", fetch=fetch, progress=lambda *what: told.append(what))
        assert (added.version, told) == ("v3", [("someone/model@main", 1, 2)])
        assert [item.name for item in shelf.list()] == [SHIPPED, "v1", "v2", "v3"]
        assert not [path for path in (shelf.folder / ".downloads").iterdir() if path.is_dir()]

    @pytest.mark.parametrize(("problem", "kept"), [(ArtifactMissing, True), (ArtifactAltered, False)])
    def test_what_came_so_far_is_kept_unless_it_is_wrong(
        self, shelf: Shelf, problem: type[ArtifactMissing] | type[ArtifactAltered], *, kept: bool
    ) -> None:
        """A cut connection goes on from there; wrong bytes would stay wrong."""

        def fetch(_: str, folder: Path, __: Progress) -> Path:
            (folder / "model.onnx.part").write_text("half")
            raise problem(folder)

        with pytest.raises(problem):
            shelf.pull("someone/model", fetch=fetch)
        assert (shelf.folder / ".downloads/someone-model/model.onnx.part").exists() is kept

    @pytest.mark.parametrize("hub_id", ["model", "../..", "https://hub.example/someone/model", ""])
    def test_what_is_no_id_is_not_asked_for(self, shelf: Shelf, hub_id: str) -> None:
        """The error says what an id looks like."""

        def fetch(hub_id: str, _: Path, __: Progress) -> Path:
            pytest.fail(f"{hub_id} was asked of the Hub")

        with pytest.raises(ArtifactMissing, match="owner/name"):
            shelf.pull(hub_id, fetch=fetch)


@pytest.mark.parametrize(
    "error",
    [UnknownVersion("v9"), VersionInUse("v9"), VersionTaken("v9"), NothingToRollBackTo(), PointerDamaged(Path("v9"))],
    ids=lambda error: type(error).__name__,
)
def test_errors_speak_both_languages(error: EmotionError) -> None:
    """The log names the version; a person gets a sentence in their language."""
    assert error.sentence("en") in str(error)
    assert error.sentence("ko").endswith("요.")
    assert isinstance(error, NothingToRollBackTo) or "v9" in str(error)
    assert not isinstance(error, ArtifactError)
