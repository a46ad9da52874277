"""The shipped classifier, as the bot uses it."""

import math
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from emotion import artifact
from emotion.calibration import entropy, probabilities
from emotion.classifier import Classifier
from emotion.errors import ArtifactAltered, ArtifactForeign, ArtifactMissing
from emotion.labels import EMOTIONS, Emotion
from tests.emotion.hostile import HOSTILE

PLAIN = [
    ("오늘 발표 끝나서 너무 기뻐요!", Emotion.JOY),
    ("I am so happy we finally shipped it!", Emotion.JOY),
    ("너무 슬퍼서 눈물이 나요", Emotion.SADNESS),
    ("I'm so disappointed about the release", Emotion.SADNESS),
    ("회의는 3시에 시작합니다", Emotion.NEUTRAL),
    ("The deploy is at 5pm", Emotion.NEUTRAL),
    ("서버가 또 죽어서 정말 화가 난다", Emotion.ANGER),
    ("Why does nobody ever answer my tickets, this makes me furious", Emotion.ANGER),
    ("내일 발표인데 너무 무서워요", Emotion.FEAR),
    ("I'm terrified of tomorrow's review", Emotion.FEAR),
    ("헐 이게 진짜 된다고요?", Emotion.SURPRISE),
    ("wow, I did not see that coming", Emotion.SURPRISE),
    ("으 진짜 역겹다", Emotion.DISGUST),
    ("This is disgusting, there is mold in the fridge", Emotion.DISGUST),
]


@pytest.mark.parametrize(("text", "emotion"), PLAIN)
def test_plain_feelings_are_read_in_both_languages(classifier: Classifier, text: str, emotion: Emotion) -> None:
    """What anybody would read, the shipped model reads."""
    assert classifier.infer([text])[0].label == emotion


def test_a_reading_is_consistent(classifier: Classifier) -> None:
    """Probabilities are softmax(logits / temperature); label, top probability and entropy follow from them."""
    (reading,) = classifier.infer(["PR이 또 깨졌어요 ㅠㅠ"])
    assert set(reading.probs) == set(reading.logits) == set(EMOTIONS)
    expected = probabilities([reading.logits[emotion] for emotion in EMOTIONS], reading.temperature)
    assert [reading.probs[emotion] for emotion in EMOTIONS] == pytest.approx(expected)
    assert sum(reading.probs.values()) == pytest.approx(1.0)
    assert reading.top_p == max(reading.probs.values()) == reading.probs[reading.label]
    assert reading.entropy == pytest.approx(float(entropy(expected)))
    assert reading.temperature == classifier.artifact.temperature
    assert reading.model_version == classifier.version == artifact.load(artifact.SHIPPED).version
    assert reading.language == "ko"


def test_no_texts_no_readings(classifier: Classifier) -> None:
    """An empty list is answered by an empty list."""
    assert classifier.infer([]) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read(classifier: Classifier, name: str) -> None:
    """Any string gives a finite reading whose probabilities sum to 1."""
    (reading,) = classifier.infer([HOSTILE[name]])
    assert math.isclose(sum(reading.probs.values()), 1.0, abs_tol=1e-9)
    assert all(math.isfinite(value) for value in reading.logits.values())
    assert 0.0 <= reading.entropy <= math.log(len(EMOTIONS)) + 1e-9


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "<@U01ALICE>", "https://a.example/x", "```x = 1```"])
def test_nothing_said_is_neutral(classifier: Classifier, text: str) -> None:
    """A message without a word of its author has no feeling in it."""
    assert classifier.infer([text])[0].label == Emotion.NEUTRAL


def test_company_does_not_change_a_reading(classifier: Classifier) -> None:
    """A text is read the same alone and among a hundred others of all lengths, and in its own place."""
    texts = [text for text, _ in PLAIN] + list(HOSTILE.values()) + [f"{n} " * n for n in range(60)]
    together = classifier.infer(texts)
    for text, among in zip(texts, together, strict=True):
        (alone,) = classifier.infer([text])
        assert alone.label == among.label
        assert [alone.logits[e] for e in EMOTIONS] == pytest.approx([among.logits[e] for e in EMOTIONS], abs=1e-3)


def test_the_end_of_a_long_message_counts(classifier: Classifier) -> None:
    """Of a text beyond the token limit, the last sentence still reaches the model."""
    filler = "회의는 3시에 시작하고 자료는 공유 폴더에 있습니다. " * 60
    quiet, upset = classifier.infer([filler, filler + "근데 진짜 너무 화가 나고 짜증나서 미치겠어요!!!"])
    assert upset.probs[Emotion.ANGER] > quiet.probs[Emotion.ANGER]


def test_threads_read_at_the_same_time(classifier: Classifier) -> None:
    """Calls from several threads give what one call gives."""
    texts = [text for text, _ in PLAIN]
    expected = classifier.infer(texts)
    with ThreadPoolExecutor(8) as pool:
        for readings in pool.map(classifier.infer, [texts] * 24):
            assert [reading.label for reading in readings] == [reading.label for reading in expected]


def test_serving_loads_no_training_library() -> None:
    """The first reading comes without torch, transformers or the Hub client in memory."""
    program = (
        "import sys; from emotion.classifier import Classifier; Classifier.from_pretrained().infer(['안녕하세요']);"
        "print(sorted({'torch', 'transformers', 'huggingface_hub', 'scipy', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped folder."""
    return Path(shutil.copytree(artifact.SHIPPED, tmp_path / "model"))


def test_a_folder_is_a_model_too(copy: Path) -> None:
    """EMOTION_MODEL may name a folder, as text or as path."""
    for path in (copy, str(copy)):
        assert Classifier.from_pretrained(path, threads=1).infer(["좋아요"])[0].label == Emotion.JOY


def test_a_hub_id_is_fetched(copy: Path) -> None:
    """What is no folder but looks like `owner/name` is asked of the Hub, the revision with it."""
    asked = []

    def fetch(hub_id: str) -> Path:
        asked.append(hub_id)
        return copy

    Classifier.from_pretrained("someone/some-model@v1.2", threads=1, fetch=fetch)
    assert asked == ["someone/some-model@v1.2"]


@pytest.mark.parametrize("path", ["/no/such/folder", "./nowhere", "no-such-folder", Path("owner/name"), ""])
def test_a_folder_that_is_not_there_is_named(path: str | Path) -> None:
    """A path is never mistaken for a Hub id."""

    def fetch(hub_id: str) -> Path:
        pytest.fail(f"{hub_id} was asked of the Hub")

    with pytest.raises(ArtifactMissing):
        Classifier.from_pretrained(path, fetch=fetch)


def test_an_altered_model_is_not_served(copy: Path) -> None:
    """One turned bit in the graph stops the start."""
    content = bytearray((copy / artifact.MODEL).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / artifact.MODEL).write_bytes(content)
    with pytest.raises(ArtifactAltered):
        Classifier.from_pretrained(copy)


def _sealed(folder: Path, graph: bytes) -> Path:
    """The folder with another graph, sealed as if it were right."""
    (folder / artifact.MODEL).write_bytes(graph)
    artifact.write(folder, version="1.foreign", temperature=1.0, max_tokens=64)
    return folder


def test_a_graph_that_is_none_is_foreign(copy: Path) -> None:
    """Bytes that ONNX Runtime cannot read are named as such, not as a crash of the runtime."""
    with pytest.raises(ArtifactForeign, match="ONNX Runtime"):
        Classifier.from_pretrained(_sealed(copy, b"no graph at all"))


@pytest.mark.train
def test_a_graph_of_another_shape_is_foreign(copy: Path) -> None:
    """A model with other inputs would answer something else than asked."""
    pytest.importorskip("onnx", reason="writing a graph needs the extra `train`")
    from onnx import TensorProto, helper  # noqa: PLC0415 - only installed with the extra `train`

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [value], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    with pytest.raises(ArtifactForeign, match="inputs and outputs"):
        Classifier.from_pretrained(_sealed(copy, model.SerializeToString()))


def test_a_tokenizer_that_is_none_is_foreign(copy: Path) -> None:
    """A tokenizer.json without a tokenizer in it stops the start."""
    (copy / artifact.TOKENIZER).write_text("{}")
    artifact.write(copy, version="1.foreign", temperature=1.0, max_tokens=64)
    with pytest.raises(ArtifactForeign, match="tokenizer"):
        Classifier.from_pretrained(copy)


@pytest.mark.train
def test_the_shipped_graph_is_small_and_whole() -> None:
    """INT8: the word embeddings are bytes, and the graph holds nothing outside its file."""
    onnx = pytest.importorskip("onnx", reason="reading a graph needs the extra `train`")
    model = onnx.load(artifact.SHIPPED / artifact.MODEL)
    words = max(model.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    assert words.data_type == onnx.TensorProto.INT8
    assert not any(tensor.external_data for tensor in model.graph.initializer)
