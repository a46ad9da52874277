"""A model named by its Hub id, fetched over real HTTP from a small Hub on loopback: to be served, or onto a shelf."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from emotion import artifact
from tests.emotion.shelves import model

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_FILES = (artifact.CONFIG, artifact.MODEL, artifact.TOKENIZER)
_PULL = (
    "import sys\n"
    "from pathlib import Path\n"
    "from emotion.errors import EmotionError\n"
    "from emotion.versions import Shelf\n"
    "try: print('added', Shelf(Path(sys.argv[2])).pull(sys.argv[1], progress=print).version)\n"
    "except EmotionError as error: print(type(error).__name__, error)\n"
)
_PROGRAM = (
    "import sys\n"
    "from emotion.classifier import Classifier\n"
    "from emotion.errors import ArtifactError\n"
    "try: print(Classifier.from_pretrained(sys.argv[1]).infer(['너무 기뻐요'])[0].label)\n"
    "except ArtifactError as error: print(type(error).__name__, error)\n"
)


class _Hub(BaseHTTPRequestHandler):
    """As much of the Hub's protocol as fetching a public model takes; the files are the shipped ones, or a folder's."""

    protocol_version = "HTTP/1.1"
    altered: ClassVar[bool] = False
    cut: ClassVar[bool] = False
    """Whether the graph breaks off in its middle, and the rest is not to be had."""
    folder: ClassVar[Path] = artifact.SHIPPED
    asked: ClassVar[list[str]] = []
    """The files that were sent, each with the range that was asked for."""

    def do_GET(self) -> None:
        """The model's description, or a file of it."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if path.startswith("/api/models/someone/model/tree/"):
            tree = [
                {"type": "file", "path": file, "size": (self.folder / file).stat().st_size, "oid": _COMMIT}
                for file in _FILES
            ]
            tree.append({"type": "file", "path": "training-data.bin", "size": 1, "oid": _COMMIT})
            self._send(200, json.dumps(tree).encode(), "application/json", with_body=with_body)
        elif path.startswith("/api/models/someone/model"):
            description = {
                "id": "someone/model",
                "sha": _COMMIT,
                "siblings": [{"rfilename": file} for file in (*_FILES, "training-data.bin")],
            }
            self._send(200, json.dumps(description).encode(), "application/json", with_body=with_body)
        elif path.startswith("/someone/model/resolve/") and name in _FILES:
            content = (self.folder / name).read_bytes()
            if self.altered and name == artifact.TOKENIZER:
                content = content[:-1] + b" "
            self._send_file(name, content, with_body=with_body)
        else:
            self._send(404, b"{}", "application/json", with_body=with_body)

    def _send_file(self, name: str, content: bytes, *, with_body: bool) -> None:
        kind, wanted = "application/octet-stream", self.headers.get("Range", "")
        if not with_body:
            self._send(200, content, kind, with_body=False)
            return
        self.asked.append(f"{name} {wanted}".strip())
        if wanted and wanted != "bytes=0-" and self.cut:
            self._send(503, b"", kind, with_body=True)
        elif wanted and wanted != "bytes=0-":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206, content[start:], kind, with_body=True, extent=extent)
        else:
            self._send(200, content, kind, with_body=True, half=self.cut and name == artifact.MODEL)

    def _send(  # noqa: PLR0913 - what an answer consists of
        self, status: int, content: bytes, kind: str, *, with_body: bool, extent: str | None = None, half: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{len(content)}-{hash(content) & 0xFFFF:x}"')
        self.send_header("X-Repo-Commit", _COMMIT)
        if extent is not None:
            self.send_header("Content-Range", extent)
        self.end_headers()
        if with_body:
            self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = self.close_connection or half

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Quietly."""


class _AlteredHub(_Hub):
    altered = True


@contextmanager
def _running(kind: type[_Hub]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running Hub of the class that the test asks for."""
    with _running(request.param) as address:
        yield address


def _said(hub: str, cache: Path, hub_id: str = "someone/model", *, shelf: Path | None = None) -> str:
    """What a process says that loads the model with this Hub and an empty cache, or pulls it onto a shelf."""
    env = {**os.environ, "PYTHONPATH": ".", "HF_HOME": str(cache), "HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1"}
    program = [_PROGRAM, hub_id] if shelf is None else [_PULL, hub_id, str(shelf)]
    words = [sys.executable, "-c", *program]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)  # noqa: S603 - ours
    return done.stdout.strip()


@pytest.mark.parametrize("hub", [_Hub], indirect=True)
@pytest.mark.parametrize("hub_id", ["someone/model", f"someone/model@{_COMMIT}"])
def test_a_model_is_fetched_verified_and_served(hub: str, hub_id: str, tmp_path: Path) -> None:
    """Only the three files that are served are fetched, and the model reads."""
    assert _said(hub, tmp_path, hub_id) == "joy"
    assert {file.name for file in tmp_path.rglob("snapshots/*/*")} == set(_FILES)


@pytest.mark.parametrize("hub", [_AlteredHub], indirect=True)
def test_an_altered_download_is_not_served(hub: str, tmp_path: Path) -> None:
    """Where the Hub gives another file than the configuration promises, the start stops."""
    assert _said(hub, tmp_path).startswith("ArtifactAltered")


@pytest.mark.parametrize("hub", [_Hub], indirect=True)
def test_a_model_that_the_hub_has_not_is_missing(hub: str, tmp_path: Path) -> None:
    """The error names the id."""
    assert _said(hub, tmp_path, "someone/else").startswith("ArtifactMissing someone/else: the Hub did not give it")


@pytest.mark.parametrize("setting", [{"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}])
def test_a_hub_that_does_not_answer_is_a_missing_model(setting: dict[str, str], tmp_path: Path) -> None:
    """No connection, or none allowed: the start stops with the id's name, not with a stack of the Hub's client."""
    env = {**os.environ, "PYTHONPATH": ".", "HF_HOME": str(tmp_path), **setting}
    words = [sys.executable, "-c", _PROGRAM, "nobody/no-model"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)  # noqa: S603 - ours
    assert done.stdout.startswith("ArtifactMissing nobody/no-model: the Hub did not give it")


class TestPull:
    """A model of half a megabyte onto a shelf, each try in a process of its own."""

    @pytest.fixture
    def kind(self, tmp_path: Path) -> type[_Hub]:
        """A Hub that has this model."""
        return self._kind(model(tmp_path / "made", "v1", "graph" * 100_000))

    def _kind(self, folder: Path, **traits: bool) -> type[_Hub]:
        return type("_SmallHub", (_Hub,), {"folder": folder, "asked": [], **traits})

    def test_it_is_added_under_its_version(self, kind: type[_Hub], tmp_path: Path) -> None:
        """Each file is told of, and nothing is left of the download."""
        with _running(kind) as address:
            said = _said(address, tmp_path / "home", shelf=tmp_path / "models")
        told = [line.split() for line in said.splitlines()]
        sizes = {name: str((kind.folder / name).stat().st_size) for name in _FILES}
        assert [name for name, have, _ in told[:-1] if have == "0"] == list(_FILES)
        assert {name: size for name, have, size in told[:-1] if have == size} == sizes
        assert told[-1] == ["added", "v1"]
        assert artifact.load(tmp_path / "models" / "v1").version == "v1"
        assert [path.name for path in (tmp_path / "models" / ".downloads").iterdir()] == ["someone-model.lock"]

    def test_a_pull_that_was_cut_short_goes_on(self, kind: type[_Hub], tmp_path: Path) -> None:
        """The second try asks for the other half of the graph, and not again for the configuration."""
        with _running(self._kind(kind.folder, cut=True)) as address:
            said = _said(address, tmp_path / "home", shelf=tmp_path / "models")
        assert said.splitlines()[-1].startswith("ArtifactMissing someone/model: the Hub did not give it")
        assert not (tmp_path / "models" / "v1").exists()
        with _running(kind) as address:
            said = _said(address, tmp_path / "home", shelf=tmp_path / "models")
        half = (kind.folder / artifact.MODEL).stat().st_size // 2
        assert kind.asked == [f"{artifact.MODEL} bytes={half}-", f"{artifact.TOKENIZER} bytes=0-"]
        assert said.startswith(f"{artifact.MODEL} {half} ")
        assert artifact.load(tmp_path / "models" / "v1").version == "v1"

    def test_an_altered_model_is_not_added(self, kind: type[_Hub], tmp_path: Path) -> None:
        """And what was fetched of it goes, so that the next try begins anew."""
        with _running(self._kind(kind.folder, altered=True)) as address:
            assert "ArtifactAltered" in _said(address, tmp_path / "home", shelf=tmp_path / "models")
        assert not list((tmp_path / "models").rglob("model.onnx*"))

    def test_some_other_kind_of_model_costs_one_small_file(self, kind: type[_Hub], tmp_path: Path) -> None:
        """Its configuration tells, before a graph of any size is fetched."""
        (kind.folder / artifact.CONFIG).write_text('{"model_type": "bert"}')
        with _running(kind) as address:
            assert "ArtifactForeign" in _said(address, tmp_path / "home", shelf=tmp_path / "models")
        assert kind.asked == [f"{artifact.CONFIG} bytes=0-"]

    @pytest.mark.parametrize("hub_id", ["someone/else", "some--one/model"])
    def test_a_model_that_the_hub_has_not_is_missing(self, kind: type[_Hub], hub_id: str, tmp_path: Path) -> None:
        """The error names the id, also where the Hub's client finds it no id at all."""
        with _running(kind) as address:
            said = _said(address, tmp_path / "home", hub_id, shelf=tmp_path / "models")
        assert said.startswith(f"ArtifactMissing {hub_id}: the Hub did not give it")

    def test_a_hub_that_does_not_answer_is_a_missing_model(self, tmp_path: Path) -> None:
        """No connection: one line, not a stack of the Hub's client."""
        said = _said("http://127.0.0.1:9", tmp_path / "home", shelf=tmp_path / "models")
        assert said.startswith("ArtifactMissing someone/model: the Hub did not give it")
