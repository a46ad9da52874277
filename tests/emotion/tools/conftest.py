"""What the tests of the training tools start from, made once: small corpora, a tiny encoder, prepared rows."""

from pathlib import Path

import pytest

from tests.emotion.tools.corpora import write_corpora, write_encoder

ROWS = 28


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small corpora in the real layout, to be read and not written."""
    return write_corpora(tmp_path_factory.mktemp("corpora") / "data", ROWS)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT without any training."""
    torch = pytest.importorskip("torch", reason="training needs the extra `train`")
    torch.set_num_threads(1)  # several wait for one another longer than they compute, with networks this small
    return write_encoder(tmp_path_factory.mktemp("encoder") / "base")


@pytest.fixture(scope="session")
def ready(data: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose rows are prepared."""
    pytest.importorskip("datasketch", reason="training needs the extra `train`")
    from emotion.tools.prepare import prepare  # noqa: PLC0415 - only with the extra `train`

    run = tmp_path_factory.mktemp("prepared")
    prepare(data, run, base, samples=ROWS)
    return run


@pytest.fixture(scope="session")
def untrained(ready: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with weights that learned nothing, all of them random, and its float graph."""
    torch = pytest.importorskip("torch", reason="training needs the extra `train`")
    from emotion.tools import export, network, prepared, training  # noqa: PLC0415 - only with the extra `train`

    run = tmp_path_factory.mktemp("untrained")
    for name in (prepared.TOKENIZER, prepared.SURPRISAL):
        (run / name).write_bytes((ready / name).read_bytes())
    from tokenizers import Tokenizer  # noqa: PLC0415 - beside the others

    torch.manual_seed(7)
    model = network.empty(base, Tokenizer.from_file(str(run / prepared.TOKENIZER)).get_vocab_size())
    with torch.no_grad():
        for parameter in model.parameters():  # biases and norms too, which PyTorch starts at 0 and 1
            parameter.add_(torch.randn_like(parameter) * 0.1)
        model.heads.weight.mul_(2)
    torch.save(model.state_dict(), run / training.WEIGHTS)
    export.export(run, base, max_tokens=64)
    return run


@pytest.fixture
def unfitted(untrained: Path, tmp_path: Path) -> Path:
    """A model folder without any calibration: the float graph of the untrained run."""
    from emotion import artifact  # noqa: PLC0415 - beside the others
    from emotion.tools import export, prepared  # noqa: PLC0415 - only with the extra `train`

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / artifact.MODEL).write_bytes((untrained / export.FLOAT).read_bytes())
    (folder / artifact.TOKENIZER).write_bytes((untrained / prepared.TOKENIZER).read_bytes())
    artifact.write(folder, version="2.unfitted", max_tokens=64)
    return folder
