"""From corpora to prepared rows."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("datasketch", reason="training needs the extra `train`")
pytest.importorskip("torch", reason="training needs the extra `train`")

from emotion.labels import Emotion
from emotion.tokens import Tokens
from emotion.tools import corpora, prepared
from emotion.tools.corpora import Example
from emotion.tools.errors import NotPrepared
from emotion.tools.prepare import nearness, prepare
from emotion.tools.prepared import SURPRISAL, TOKENIZER, WARM
from tests.emotion.tools.conftest import ROWS
from tests.emotion.tools.corpora import write_corpora
from tests.emotion.tools.test_corpora import TRAINED

pytestmark = pytest.mark.train

HELD = "the release of the new printer was moved to the last Thursday of November"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (HELD, True),
        (HELD.upper() + " !!!", True),
        (HELD.replace("Thursday", "Thurday"), True),
        ("the printer is broken again and nobody has moved it since last November", False),
        ("", False),
        ("ok", False),
    ],
)
def test_near_is_what_differs_in_a_letter(text: str, *, near: bool) -> None:
    """Case, marks and a slip leave a text near; another sentence of the same words does not. Short texts never are."""
    assert nearness([HELD, "ok", "출시가 다음 주로 미뤄졌습니다 여러분 양해 부탁드립니다"])(text) is near


def test_everything_is_prepared(ready: Path, base: Path) -> None:
    """Rows of all corpora and splits as ids of the run's own tokenizer, Korean pieces and first vectors for all."""
    tables = prepared.read(ready)
    assert {name for name in tables if not name.startswith(prepared.DEVELOPMENT)} == TRAINED
    splits = {name.removeprefix(prepared.DEVELOPMENT) for name in tables if name.startswith(prepared.DEVELOPMENT)}
    assert splits == {
        "own",
        "workchat",
        "annotated_ko",
        "goemotions_en",
        "goemotions_ko_mt",
        "kote",
        "senti4sd",
        "nsmc",
    }
    tokens = Tokens.from_file(ready / TOKENIZER, 128)
    (ids,) = tokens.ids(["review 정말 기뻐요"])
    assert 1 not in ids, "no piece of it is unknown"
    warm = np.load(ready / WARM)
    assert warm.shape == (tokens.size, 32)
    assert np.isfinite(warm).all()
    assert np.load(ready / SURPRISAL).shape == (tokens.size,)
    assert max(int(one.ids.max()) for one in tables.values()) < tokens.size
    assert all(one.lengths.sum() == len(one.ids) for one in tables.values())
    pieces = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    assert tokens.ids(["happy"])[0][1] < len(pieces)


def test_rows_near_a_test_text_go_with_their_translations(base: Path, tmp_path: Path) -> None:
    """The English row is altered by a letter: it and its Korean row are left out, and counted."""
    data = write_corpora(tmp_path / "data")
    text = json.loads((data / "kote/test.jsonl").read_text(encoding="utf-8").splitlines()[0])["text"]
    lines = (data / "goemotions_ko_mt/train.jsonl").read_text(encoding="utf-8").splitlines()
    lines[4] = json.dumps({**json.loads(lines[4]), "text": f"{text} x"}, ensure_ascii=False)
    (data / "goemotions_ko_mt/train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert len(corpora.load(data, samples=ROWS)["goemotions_en"]) == ROWS
    near = prepare(data, tmp_path / "run", base, samples=ROWS)
    tables = prepared.read(tmp_path / "run")
    assert near["goemotions_en"] == near["goemotions_ko_mt"] == 1
    assert len(tables["goemotions_en"]) == len(tables["goemotions_ko_mt"]) == ROWS - 1
    assert sum(near.values()) == 2, "nothing else is near"


def test_a_later_run_takes_on_the_tokenizer(data: Path, base: Path, ready: Path, tmp_path: Path) -> None:
    """Pieces and first vectors are the earlier run's, so that its weights fit; the same corpora give the same rows."""
    prepare(data, tmp_path, base, vocabulary_from=ready, samples=ROWS)
    assert (tmp_path / TOKENIZER).read_bytes() == (ready / TOKENIZER).read_bytes()
    assert (tmp_path / WARM).read_bytes() == (ready / WARM).read_bytes()
    one, other = prepared.read(ready), prepared.read(tmp_path)
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name].ids, other[name].ids) for name in one)
    assert np.array_equal(np.load(ready / SURPRISAL), np.load(tmp_path / SURPRISAL))


def test_own_rows_alone_are_enough(base: Path, tmp_path: Path) -> None:
    """Without corpora, with the encoder's own pieces: the makers' messages, and one's own rows on both sides."""
    (tmp_path / WARM).write_bytes(b"of an earlier preparation")
    mine = [Example(f"mine {i}", str(i), gold=frozenset({Emotion.JOY})) for i in range(60)]
    mine = [replace(row, seven=corpora.one_hot(row.gold)) for row in mine]
    prepare(None, tmp_path, base, korean_pieces=None, samples=40, extra=mine)
    tables = prepared.read(tmp_path)
    assert set(tables) == {"own", "written", "extra", "development:own", "development:extra"}
    assert len(tables["extra"]) + len(tables["development:extra"]) <= 60
    assert not (tmp_path / WARM).exists(), "the encoder's own vectors fit"
    assert Tokens.from_file(tmp_path / TOKENIZER, 16).size == Tokens.from_file(base / TOKENIZER, 16).size


def test_a_bilingual_vocabulary_needs_pairs(base: Path, data: Path, tmp_path: Path) -> None:
    """Without translations there is nothing to learn it from: the sentence says what to do instead."""
    some = Path(shutil.copytree(data, tmp_path / "data"))
    (some / "goemotions_ko_mt/train.jsonl").unlink()
    with pytest.raises(NotPrepared, match="--own-vocabulary"):
        prepare(some, tmp_path / "run", base, samples=8)


@pytest.mark.parametrize(("korean_pieces", "file"), [(100, "vocab.txt"), (None, "tokenizer.json")])
def test_a_folder_that_is_no_encoder_is_told(tmp_path: Path, korean_pieces: int | None, file: str) -> None:
    """Before minutes of reading, by the file that is missing."""
    with pytest.raises(NotPrepared, match=f"{file} is not there"):
        prepare(None, tmp_path / "run", tmp_path, korean_pieces=korean_pieces, samples=8)
    assert not (tmp_path / "run").exists()
