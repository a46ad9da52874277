"""Models from the Hugging Face Hub: into its own cache, or into a folder where a second try goes on with the first."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

from emotion import artifact
from emotion.artifact import CONFIG, MODEL, TOKENIZER
from emotion.errors import ArtifactAltered, ArtifactMissing

HUB_ID: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*(?:@[\w./-]+)?")
"""`owner/name` or `owner/name@revision`."""

Progress = Callable[[str, int, int], object]
"""Told of a file's name, the bytes that are there, and the bytes it has in all."""

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_WANTED: Final = (CONFIG, MODEL, TOKENIZER)
_PAUSES: Final = (1.0, 2.0)
"""Seconds before a connection that broke is tried again."""


def download(hub_id: str) -> Path:
    """Fetch `owner/name` or `owner/name@revision` from the Hugging Face Hub; ArtifactMissing where that fails."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - a slow import that the shipped model never needs

    name, _, revision = hub_id.partition("@")
    with _answering(hub_id):
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(_WANTED)))


def fetch(hub_id: str, folder: Path, progress: Progress = lambda *_: None) -> Path:
    """Fetch a model into a folder of its commit within `folder`, and return that.

    A try that was cut short leaves its bytes there, and the next one asks for the rest only. The configuration comes
    first, so that some other kind of model costs one small file. Whole is not yet right: `artifact.load` verifies.

    Raises ArtifactMissing where the Hub does not answer or has no such model, ArtifactForeign where it is another kind.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415 - as above

    name, _, revision = hub_id.partition("@")
    with _answering(hub_id):
        commit = get_hf_file_metadata(hf_hub_url(name, CONFIG, revision=revision or None)).commit_hash or ""
        if not _COMMIT.fullmatch(commit):
            raise ArtifactMissing(Path(hub_id), "the Hub did not say which commit it is")
        target = folder / commit
        target.mkdir(parents=True, exist_ok=True)
        for other in set(folder.iterdir()) - {target}:  # of a commit that is no longer meant
            shutil.rmtree(other, ignore_errors=True)
        for file in _WANTED:
            if not (target / file).exists():
                _fetch_file(hf_hub_url(name, file, revision=commit), target / file, progress)
            if file == CONFIG:
                _refuse_other_kinds(target)
    return target


def _fetch_file(url: str, file: Path, progress: Progress) -> None:
    """Fetch one file, from where an earlier try ended; the Hub's own client begins anew in each process."""
    from huggingface_hub import get_hf_file_metadata  # noqa: PLC0415 - as above
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415 - as above

    size = get_hf_file_metadata(url).size or 0
    part = file.with_name(f"{file.name}.part")
    if _size(part) > size:
        part.unlink()
    progress(file.name, _size(part), size)
    for pause in (*_PAUSES, None):
        try:
            if _size(part) < size:
                _append(url, part, lambda have: progress(file.name, have, size))
            break
        except HfHubHTTPError:
            raise
        except _http_error():
            if pause is None:
                raise
            time.sleep(pause)
    part.replace(file)


def _append(url: str, part: Path, progress: Callable[[int], object]) -> None:
    """Fetch what is missing of a file. However it ends, what came stays."""
    from huggingface_hub import get_session  # noqa: PLC0415 - as above
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415 - as above
        build_hf_headers,
        hf_raise_for_status,
    )

    have = _size(part)
    headers = {**build_hf_headers(), "Range": f"bytes={have}-", "Accept-Encoding": "identity"}
    with get_session().stream("GET", url, headers=headers) as answer, part.open("ab") as content:
        hf_raise_for_status(answer)
        if answer.status_code != HTTPStatus.PARTIAL_CONTENT:  # all of it, although a part was asked for
            content.truncate(0)
            have = 0
        for piece in answer.iter_bytes():
            content.write(piece)
            have += len(piece)
            progress(have)


def _refuse_other_kinds(folder: Path) -> None:
    """Raise ArtifactForeign or ArtifactAltered where the configuration alone tells that this is no model of ours."""
    try:
        artifact.load(folder)
    except ArtifactMissing:
        pass  # the other files are still to come
    except ArtifactAltered as trouble:
        if trouble.path.name == CONFIG:
            raise


@contextmanager
def _answering(hub_id: str) -> Iterator[None]:
    """What the Hub's client raises is ArtifactMissing, with the id's name."""
    from huggingface_hub import errors  # noqa: PLC0415 - as above

    foreign = (_http_error(), errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.HFValidationError, OSError)
    try:
        yield
    except foreign as trouble:
        reason = getattr(trouble, "strerror", None) or type(trouble).__name__  # a full disk says so
        raise ArtifactMissing(Path(hub_id), f"the Hub did not give it ({reason})") from trouble


def _http_error() -> type[Exception]:
    """What the Hub's client raises where the connection fails: that of whichever HTTP library its version uses."""
    from huggingface_hub import errors  # noqa: PLC0415 - as above

    found: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
    return found


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
