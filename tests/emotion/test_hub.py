"""A model named by its Hub id, fetched over real HTTP from a small Hub on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from emotion import artifact

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_FILES = (artifact.CONFIG, artifact.MODEL, artifact.TOKENIZER)
_PROGRAM = (
    "import sys\n"
    "from emotion.classifier import Classifier\n"
    "from emotion.errors import ArtifactError\n"
    "try: print(Classifier.from_pretrained(sys.argv[1]).infer(['너무 기뻐요'])[0].label)\n"
    "except ArtifactError as error: print(type(error).__name__, error)\n"
)


class _Hub(BaseHTTPRequestHandler):
    """As much of the Hub's protocol as fetching a public model takes; the files are the shipped ones."""

    protocol_version = "HTTP/1.1"
    altered: ClassVar[bool] = False

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
                {"type": "file", "path": file, "size": (artifact.SHIPPED / file).stat().st_size, "oid": _COMMIT}
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
            content = (artifact.SHIPPED / name).read_bytes()
            if self.altered and name == artifact.TOKENIZER:
                content = content[:-1] + b" "
            self._send(200, content, "application/octet-stream", with_body=with_body)
        else:
            self._send(404, b"{}", "application/json", with_body=with_body)

    def _send(self, status: int, content: bytes, kind: str, *, with_body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{len(content)}-{hash(content) & 0xFFFF:x}"')
        self.send_header("X-Repo-Commit", _COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Quietly."""


class _AlteredHub(_Hub):
    altered = True


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running Hub of the class that the test asks for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _said(hub: str, cache: Path, hub_id: str = "someone/model") -> str:
    """What a process says that loads the model with this Hub and an empty cache."""
    env = {**os.environ, "PYTHONPATH": ".", "HF_HOME": str(cache), "HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run([sys.executable, "-c", _PROGRAM, hub_id], capture_output=True, text=True, check=True, env=env)  # noqa: S603
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
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)  # noqa: S603
    assert done.stdout.startswith("ArtifactMissing nobody/no-model: the Hub did not give it")
