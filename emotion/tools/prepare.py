"""From the corpora to what training starts from: vocabulary, first embeddings, token ids, nothing near a test text."""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tqdm import tqdm

from emotion.tokens import Tokens
from emotion.tools import corpora, prepared, vocabulary
from emotion.tools.corpora import Example
from emotion.tools.errors import NotPrepared
from emotion.tools.prepared import SURPRISAL, TOKENIZER, WARM
from emotion.tools.warmstart import warm_embeddings

log: Final = logging.getLogger(__name__)

VOCABULARY: Final = "vocab.txt"
"""The pieces of a BERT, one a line."""

_NEAR: Final = 0.8
_HASHES: Final = 64
_SHINGLE: Final = 4
_SHORTEST: Final = 12
"""Characters of a key from which on near-duplicates are looked for: shorter texts are the same, or are not."""


def prepare(
    data: Path | None,
    run: Path,
    base: Path,
    *,
    vocabulary_from: Path | None = None,
    korean_pieces: int | None = 15_000,
    max_tokens: int = 128,
    samples: int | None = None,
    extra: Sequence[Example] = (),
    seed: int = 0,
) -> dict[str, int]:
    """Write tokenizer.json, prepared.npz and warm.npy into the run's folder; return how many near-duplicates went.

    `vocabulary_from` names an earlier run whose tokenizer is taken on, so that its weights fit. `korean_pieces` None
    keeps the base's own tokenizer and embeddings, for encoders that know Korean already. `extra` are rows of somebody's
    own; about 15 % of them, by a checksum of their text, are held out to decide on.
    """
    own = TOKENIZER if korean_pieces is None else VOCABULARY
    source = vocabulary_from / TOKENIZER if vocabulary_from else base / own
    if not source.is_file():
        message = f"{source} is not there. --base names an encoder's folder, --vocabulary-from one that is prepared"
        raise NotPrepared(message)
    run.mkdir(parents=True, exist_ok=True)
    material = corpora.load(data, samples=samples, extra=extra)
    development = corpora.development_splits(data, samples=samples, extra=extra)
    material, near = corpora.without_near(material, nearness(corpora.held_texts(data, samples=samples, extra=extra)))
    log.info("near-duplicates of held-out texts left out: %s", near)
    warm = (vocabulary_from or run) / WARM
    known = warm.read_bytes() if vocabulary_from and warm.is_file() else None
    (run / WARM).unlink(missing_ok=True)  # of an earlier preparation
    if known is not None:
        (run / WARM).write_bytes(known)
    if source.name == TOKENIZER:
        tokenizer = Tokenizer.from_file(str(source))
    else:
        tokenizer, embeddings = _bilingual(base, material, korean_pieces or 0, seed)
        np.save(run / WARM, embeddings.astype(np.float16))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(run / TOKENIZER))
    tokens = Tokens(tokenizer, max_tokens)
    tables = {name: _table(rows, tokens) for name, rows in tqdm(material.items(), desc="tokens") if rows}
    tables |= {
        prepared.DEVELOPMENT + name: _table(rows, tokens, gold=True) for name, rows in development.items() if rows
    }
    prepared.write(run / prepared.NAME, tables)
    np.save(run / SURPRISAL, prepared.surprisal(tables, tokens.size))
    for name, one in tables.items():
        log.info("%s: %d texts, %d tokens", name, len(one), len(one.ids))
    return near


def _table(rows: Sequence[Example], tokens: Tokens, *, gold: bool = False) -> prepared.Table:
    return prepared.table(rows, tokens.ids([row.text for row in rows]), gold=gold)


def _bilingual(
    base: Path, material: dict[str, list[Example]], korean_pieces: int, seed: int
) -> tuple[Tokenizer, NDArray[np.float32]]:
    """The tokenizer over English pieces of the base and Korean ones, and the first embeddings of its pieces."""
    if not set(corpora.PAIRED) <= set(material):
        message = (
            f"A bilingual vocabulary is learned from {' and '.join(corpora.PAIRED)}, which are not in --data. For an"
            " encoder that knows Korean already, say --own-vocabulary"
        )
        raise NotPrepared(message)
    pieces = (base / VOCABULARY).read_text(encoding="utf-8").splitlines()
    english, korean = corpora.vocabulary_texts(material)
    known = vocabulary.build(pieces, english, korean, korean_pieces=korean_pieces)
    tokenizer = vocabulary.finished(known)

    def ids(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    weights = load_file(base / "model.safetensors")
    name = next(name for name in weights if name.endswith("embeddings.word_embeddings.weight"))
    originals, translations = ([row.text for row in material.get(name, [])] for name in corpora.PAIRED)
    embeddings = warm_embeddings(
        known,
        {piece: index for index, piece in enumerate(pieces)},
        weights[name].astype(np.float32),
        list(zip(ids(originals), ids(translations), strict=True)),
        ids([*korean, *english[:60_000]]),
        seed=seed,
    )
    return tokenizer, embeddings


def nearness(held: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text shares about four fifths of its character 4-grams with a held-out one.

    MinHash with locality-sensitive hashing (Broder, 1997, 'On the resemblance and containment of documents'), over
    keys: letters and digits in lower case.
    """
    index = MinHashLSH(threshold=_NEAR, num_perm=_HASHES)
    for number, signature in enumerate(map(_signature, tqdm(sorted(set(held)), desc="held-out texts"))):
        if signature is not None:
            index.insert(number, signature, check_duplication=False)

    def near(text: str) -> bool:
        signature = _signature(text)
        return signature is not None and bool(index.query(signature))

    return near


def _signature(text: str) -> MinHash | None:
    key = re.sub(r"[\W_]+", "", text.casefold())
    if len(key) < _SHORTEST:
        return None
    signature = MinHash(num_perm=_HASHES, seed=1)
    signature.update_batch([key[i : i + _SHINGLE].encode() for i in range(len(key) - _SHINGLE + 1)])
    return signature
