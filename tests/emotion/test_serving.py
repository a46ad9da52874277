"""The model that serves: switched while it reads, and never the worse for a switch that goes wrong."""

import json
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from emotion import artifact, shadow
from emotion.classifier import Classifier
from emotion.errors import ArtifactAltered
from emotion.files import write_whole
from emotion.labels import Emotion
from emotion.opening import Loads
from emotion.reading import Reading
from emotion.serving import LiveClassifier, serve
from emotion.shadow import Counts, Shadow
from emotion.versions import POINTER, SHIPPED, PointerDamaged, Shelf, UnknownVersion
from tests.emotion.shelves import FOREIGN, SPEECHLESS, OneFeeling, load, model, shelf_with, truncate, until

SECRET = "비밀 a secret sentence"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A version that finds joy and one that finds anger, beside the shipped one that finds nothing."""
    return shelf_with(tmp_path, v1="joy", v2="anger")


@contextmanager
def live(
    shelf: Shelf | None,
    on_switch: Callable[[str], object] = lambda _: None,
    *,
    load: Loads = load,
    path: Path | None = None,
) -> Iterator[LiveClassifier]:
    """A LiveClassifier that looks at its shelf all the time, closed at the end."""
    made = LiveClassifier(shelf, path=path, load=load, on_switch=on_switch, look_every=0.005, write_every=0.01)
    try:
        yield made
    finally:
        made.close()


def label(classifier: LiveClassifier) -> Emotion:
    """What it finds in a text."""
    return classifier.infer([SECRET])[0].label


def test_it_serves_what_is_in_use(shelf: Shelf) -> None:
    """Its version, its folder and its readings are those of the current model."""
    shelf.use("v1")
    with live(shelf) as classifier:
        assert (classifier.version, classifier.artifact.folder) == ("v1", shelf.folder / "v1")
        assert label(classifier) == Emotion.JOY
        assert classifier.infer([]) == []


def test_it_follows_the_shelf_there_and_back(shelf: Shelf) -> None:
    """A switch and its rollback arrive without a restart, and whoever wants to know is told."""
    told: list[str] = []
    with live(shelf, told.append) as classifier:
        for wanted, version, emotion in (
            ("v1", "v1", Emotion.JOY),
            ("v2", "v2", Emotion.ANGER),
            (None, "v1", Emotion.JOY),
            (SHIPPED, "0.shipped", Emotion.NEUTRAL),
        ):
            _ = shelf.rollback() if wanted is None else shelf.use(wanted)
            until(lambda version=version: classifier.version == version)  # type: ignore[misc]
            assert label(classifier) == emotion
        until(lambda: len(told) == 4)
    assert told == ["v1", "v2", "v1", "0.shipped"]


def test_no_call_fails_while_versions_change(shelf: Shelf) -> None:
    """Under steady reading and steady switching every call is answered, and wholly by one version."""
    done = threading.Event()

    def read(classifier: LiveClassifier) -> Counter[str]:
        seen = Counter[str]()
        while not done.wait(0.001):
            (version,) = {reading.model_version for reading in classifier.infer([SECRET] * 5)}
            seen[version] += 1
        return seen

    with live(shelf) as classifier, ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read, classifier) for _ in range(3)]
        try:
            for turn in range(12):
                shelf.use(f"v{turn % 2 + 1}")
                until(lambda turn=turn: classifier.version == f"v{turn % 2 + 1}")  # type: ignore[misc]
        finally:
            done.set()
    assert sum((one.result() for one in reading), Counter[str]()).keys() >= {"v1", "v2"}


def test_no_call_waits_for_a_model_that_loads(shelf: Shelf) -> None:
    """However long the new one takes, the old one answers meanwhile."""
    loading, go_on = threading.Event(), threading.Event()

    def slowly(path: str | Path | None, /, *, threads: int) -> OneFeeling:
        made = load(path, threads=threads)
        if made.version == "v2":
            loading.set()
            assert go_on.wait(10)
        return made

    with live(shelf, load=slowly) as classifier:
        shelf.use("v2")
        assert loading.wait(10)
        assert label(classifier) == Emotion.NEUTRAL
        go_on.set()
        until(lambda: classifier.version == "v2")


def _point(shelf: Shelf, version: str) -> None:
    """Point to a version as if it had been whole, or were whole no more."""
    write_whole(shelf.folder / POINTER, f'{{"current": "{version}", "previous": null, "shadow": null}}')


@pytest.mark.parametrize(
    "spoil",
    [
        truncate,
        lambda folder: model(folder, "v2", FOREIGN),
        lambda folder: model(folder, "v2", SPEECHLESS),
        lambda folder: model(folder, "v3", "fear"),
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: folder.rename(folder.with_name("gone")),
    ],
    ids=["truncated", "foreign", "speechless", "mislabelled", "incomplete", "gone"],
)
def test_a_model_that_cannot_be_served_leaves_the_old_one(
    shelf: Shelf, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log names it, it is not tried again, and the next good switch works."""
    spoil(shelf.folder / "v2")
    tried = Counter[str]()

    def counted(path: str | Path | None, /, *, threads: int) -> OneFeeling:
        tried[Path(str(path)).name] += 1
        return load(path, threads=threads)

    shelf.use("v1")
    with caplog.at_level(logging.ERROR), live(shelf, load=counted) as classifier:
        _point(shelf, "v2")
        until(lambda: caplog.records)
        threading.Event().wait(0.05)  # ten more looks
        assert label(classifier) == Emotion.JOY
        assert tried["v2"] <= 1
        (line,) = set(caplog.messages)  # a look that began while the pointer was written may say it once more
        assert line.startswith("model v2 cannot be used, v1 goes on serving: ")
        shelf.use(SHIPPED)
        until(lambda: classifier.version == "0.shipped")


def test_a_damaged_note_leaves_the_old_model(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """A running bot goes on; its log says what to do."""
    shelf.use("v1")
    with live(shelf) as classifier:
        (shelf.folder / POINTER).write_text("{")
        until(lambda: caplog.records)
        assert label(classifier) == Emotion.JOY
    assert "PointerDamaged" in caplog.text


def test_a_shelf_that_cannot_be_looked_at_is_said_once(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """Something else in the folder's place stops neither the reading nor, once it is mended, the switching."""
    shelf.use("v1")
    with live(shelf) as classifier:
        away = shelf.folder.with_name("away")
        blocker = shelf.folder.with_name("in the way")
        blocker.write_text("a file")
        shelf.folder.rename(away)
        blocker.rename(shelf.folder)
        until(lambda: "the models cannot be looked at: NotADirectoryError" in caplog.messages)
        threading.Event().wait(0.05)
        assert label(classifier) == Emotion.JOY
        assert caplog.messages.count("the models cannot be looked at: NotADirectoryError") == 1
        shelf.folder.unlink()
        away.rename(shelf.folder)
        shelf.use("v2")
        until(lambda: classifier.version == "v2")


@pytest.mark.parametrize("spoil", [truncate, lambda folder: folder.rename(folder.with_name("gone"))])
def test_a_start_without_a_model_stops(shelf: Shelf, spoil: Callable[[Path], object]) -> None:
    """With nothing that could go on serving, a wrong label is never produced instead."""
    shelf.use("v1")
    spoil(shelf.folder / "v1")
    with pytest.raises((ArtifactAltered, UnknownVersion)):
        LiveClassifier(shelf, load=load)
    (shelf.folder / POINTER).write_text("{")
    with pytest.raises(PointerDamaged):
        LiveClassifier(shelf, load=load)


def test_who_asks_for_a_model_by_name_gets_it(shelf: Shelf, tmp_path: Path) -> None:
    """Nothing asked: the shelf is followed. A version, a folder: that one, whatever the shelf says later."""
    folder = model(tmp_path / "elsewhere", "v8", "fear")
    for wanted, version in ((None, "0.shipped"), ("v2", "v2"), (str(folder), "v8"), ("0.shipped", "0.shipped")):
        with live(None, path=shelf.folder / "v1") as fixed:
            assert fixed.version == "v1"
        served = serve(wanted, shelf, load=load)
        served.close()
        assert served.version == version


def test_reading_goes_on_after_the_end(shelf: Shelf) -> None:
    """What is still in line when the house closes is read; closing twice is closing."""
    with live(shelf) as classifier:
        classifier.close()
        assert label(classifier) == Emotion.NEUTRAL


class TestShadow:
    """A candidate reads live texts and changes nothing but counts."""

    def test_agreement_is_counted(self, shelf: Shelf) -> None:
        """By pair of labels, with the mean time of each; the answers are the current model's."""
        shelf.use("v1")
        shelf.shadow("v2")
        with live(shelf) as classifier:
            until(lambda: _shadowed(classifier))
            for _ in range(5):
                assert {reading.label for reading in classifier.infer([SECRET, SECRET])} == {Emotion.JOY}
            until(lambda: _counts(shelf, "v2").texts == 10)
        counts = _counts(shelf, "v2")
        assert (counts.against, counts.texts, counts.same, counts.dropped, counts.failed) == ("v1", 10, 0, 0, 0)
        assert counts.pairs == {("joy", "anger"): 10}
        assert min(counts.milliseconds) > 0

    def test_nothing_but_numbers_is_written(self, shelf: Shelf) -> None:
        """The file holds no text and no moment: labels, versions and counts."""
        shelf.shadow("v1")
        with live(shelf) as classifier:
            until(lambda: _shadowed(classifier))
            label(classifier)
            until(lambda: _counts(shelf, "v1").texts)
        written = json.loads(shelf.counts_file("v1").read_text(encoding="utf-8"))
        assert written.pop("against") == "0.shipped"
        assert written.pop("labels") == {"neutral -> joy": 1}
        assert all(isinstance(value, int | float) for value in written.values())

    def test_it_comes_and_goes_with_the_note(self, shelf: Shelf) -> None:
        """Put into the shadow, counted against a new current model from naught, and sent home."""
        with live(shelf) as classifier:
            shelf.shadow("v1")
            until(lambda: _shadowed(classifier))
            label(classifier)
            until(lambda: _counts(shelf, "v1").against == "0.shipped")
            shelf.use("v2")
            until(lambda: classifier.version == "v2" and _shadowed(classifier))
            label(classifier)
            until(lambda: _counts(shelf, "v1").against == "v2")
            shelf.shadow(None)
            until(lambda: not _shadowed(classifier))
            label(classifier)
        assert _counts(shelf, "v1").pairs == {("anger", "joy"): 1}

    def test_a_candidate_that_cannot_be_served_is_said_once(
        self, shelf: Shelf, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The current model serves on."""
        shelf.shadow("v1")
        truncate(shelf.folder / "v1")
        with live(shelf) as classifier:
            until(lambda: caplog.records)
            threading.Event().wait(0.05)
            assert label(classifier) == Emotion.NEUTRAL
        assert [line.partition(",")[0] for line in caplog.messages] == ["model v1 cannot be used"]

    def test_a_busy_candidate_drops_texts_and_keeps_nobody_waiting(self, shelf: Shelf, tmp_path: Path) -> None:
        """The line is bounded; what did not fit is counted as dropped, and so is what the end cut off."""
        free, at_work = threading.Event(), threading.Event()

        class Slow(OneFeeling):
            """Reads when it is let."""

            def infer(self, texts: Sequence[str]) -> list[Reading]:
                """After `free` is set."""
                at_work.set()
                assert free.wait(10)
                return super().infer(texts)

        candidate = Slow(load(shelf.folder / "v2", threads=1).artifact)
        current = load(shelf.folder / "v1", threads=1)
        behind = Shadow(candidate, "v1", tmp_path / "counts.json", room=2)
        behind.offer([SECRET], current.infer([SECRET]), 0.001)
        assert at_work.wait(10)
        for _ in range(5):
            behind.offer([SECRET], current.infer([SECRET]), 0.001)
        threading.Timer(0.05, free.set).start()
        behind.close()
        behind.offer([SECRET], current.infer([SECRET]), 0.001)
        counts = shadow.read(tmp_path / "counts.json")
        assert counts is not None
        assert (counts.texts, counts.dropped) == (1, 5)

    def test_texts_that_wait_are_dropped_when_somebody_is_erased(self, shelf: Shelf, tmp_path: Path) -> None:
        """Theirs may be among them. What comes afterwards is read again; a closed one has nothing to drop."""
        free, at_work = threading.Event(), threading.Event()
        texts: list[str] = []

        class Slow(OneFeeling):
            """Reads when it is let."""

            def infer(self, read: Sequence[str]) -> list[Reading]:
                """After `free` is set."""
                at_work.set()
                assert free.wait(10)
                texts.extend(read)
                return super().infer(read)

        current = load(shelf.folder / "v1", threads=1)
        behind = Shadow(Slow(load(shelf.folder / "v2", threads=1).artifact), "v1", tmp_path / "counts.json", every=0.01)
        for text in ("at work", "waits", "waits too"):
            behind.offer([text], current.infer([text]), 0.001)
            assert at_work.wait(10)
        behind.forget()
        behind.offer(["afterwards"], current.infer(["afterwards"]), 0.001)
        free.set()
        until(lambda: len(texts) > 1)
        behind.close()
        behind.forget()
        assert texts == ["at work", "afterwards"]
        counts = shadow.read(tmp_path / "counts.json")
        assert counts is not None
        assert counts.dropped == 2

    def test_a_candidate_that_fails_is_counted_as_such(self, shelf: Shelf, tmp_path: Path) -> None:
        """Its exceptions, which may quote a text, end there."""
        candidate = load(model(tmp_path / "v3", "v3", SPEECHLESS), threads=1)
        behind = Shadow(candidate, "v1", tmp_path / "counts.json", every=0.01)
        behind.offer([SECRET] * 3, load(shelf.folder / "v1", threads=1).infer([SECRET] * 3), 0.001)
        until(lambda: shadow.read(tmp_path / "counts.json"))
        behind.close()
        assert shadow.read(tmp_path / "counts.json") == Counts("v1", failed=3)

    def test_counts_add_up_over_restarts(self, shelf: Shelf, tmp_path: Path) -> None:
        """Each process adds to the file what it has counted; against another current model it begins anew."""
        candidate, current = (load(shelf.folder / name, threads=1) for name in ("v2", "v1"))
        for against, texts in (("v1", 1), ("v1", 2), ("v0", 1)):
            behind = Shadow(candidate, against, tmp_path / "counts.json", every=0.01)
            behind.offer([SECRET], current.infer([SECRET]), 0.5)
            expected = Counts(against, {("joy", "anger"): texts}, current_seconds=texts / 2)
            until(lambda wanted=expected: _but_its_time(shadow.read(tmp_path / "counts.json")) == wanted)  # type: ignore[misc]
            behind.close()

    @pytest.mark.parametrize("content", [None, b"", b"[]", b'{"labels": {"joy": 1}}', b'{"labels": []}', b"\xff"])
    def test_a_damaged_file_counts_as_none(self, tmp_path: Path, content: bytes | None) -> None:
        """Counts are a help, not worth a stop."""
        file = tmp_path / "counts.json"
        if content is not None:
            file.write_bytes(content)
        assert shadow.read(file) is None


def _shadowed(classifier: LiveClassifier) -> bool:
    return classifier.shadow_version is not None


def _counts(shelf: Shelf, name: str) -> Counts:
    return shadow.read(shelf.counts_file(name)) or Counts("nothing yet")


def _but_its_time(counts: Counts | None) -> Counts | None:
    return counts and replace(counts, shadow_seconds=0.0)


def test_the_shipped_model_is_served_through_a_shelf(tmp_path: Path, classifier: Classifier) -> None:
    """The real one: with no shelf made yet, and beside a version of it in the shadow, the readings are the same."""
    shelf = Shelf(tmp_path / "models")
    texts = ["오늘 발표 끝나서 너무 기뻐요!", "Why does nobody ever answer my tickets"]
    copy = shutil.copytree(artifact.SHIPPED, tmp_path / "copy")
    with live(shelf, load=Classifier.from_pretrained) as served:
        assert served.infer(texts) == classifier.infer(texts)
        fitted = classifier.artifact
        artifact.write(copy, version="copy.1", max_tokens=fitted.max_tokens, calibration=fitted.calibration)
        shelf.add(copy)
        shelf.shadow("copy.1")
        until(lambda: _shadowed(served))
        assert served.infer(texts) == classifier.infer(texts)
        until(lambda: _counts(shelf, "copy.1").texts == 2)
        assert _counts(shelf, "copy.1").same == 2
        shelf.use("copy.1")
        until(lambda: served.version == "copy.1")
        assert [reading.model_version for reading in served.infer(texts)] == ["copy.1"] * 2
