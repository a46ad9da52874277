"""What training starts from: vocabulary, first embeddings, the teacher's vectors. Made once a run and kept."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm
from transformers import AutoModel

from emotion.tokens import Tokens, padded
from emotion.tools import corpora, vocabulary
from emotion.tools.corpora import Corpora
from emotion.tools.recipe import Recipe
from emotion.tools.warmstart import warm_embeddings


def words(
    data: Path, run: Path, base: Path, recipe: Recipe, material: Corpora, *, samples: int | None
) -> tuple[Tokens, NDArray[np.float32]]:
    """The tokenizer and the first embeddings, made once and kept in the run's folder."""
    file, warm = run / "tokenizer.json", run / "warm.npy"
    if file.exists() and warm.exists():
        return Tokens.from_file(file, recipe.max_tokens), np.load(warm)
    pieces = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    english, korean = corpora.raw_texts(data, samples=samples)
    known = vocabulary.build(pieces, english, korean, korean_pieces=recipe.korean_pieces)
    tokenizer = vocabulary.finished(known)

    def ids(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    weights = load_file(base / "model.safetensors")
    name = next(name for name in weights if name.endswith("embeddings.word_embeddings.weight"))
    embeddings = warm_embeddings(
        known,
        {piece: index for index, piece in enumerate(pieces)},
        weights[name].astype(np.float32),
        list(zip(ids([a for a, _ in material.pairs]), ids([b for _, b in material.pairs]), strict=True)),
        ids([*korean, *english[:60_000]]),
        seed=recipe.seed,
    )
    tokenizer.save(str(file))
    np.save(warm, embeddings)
    return Tokens(Tokenizer.from_file(str(file)), recipe.max_tokens), embeddings


def teacher(run: Path, base: Path, texts: Sequence[str]) -> Tensor:
    """The base encoder's sentence vectors of the English originals, of length 1, made once."""
    file = run / "teacher.npy"
    if not file.exists():
        encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32).eval()
        tokens = Tokens.from_file(base / "tokenizer.json", 64)
        rows = tokens.ids(texts)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        result = np.zeros((len(rows), encoder.config.hidden_size), dtype=np.float32)
        for start in tqdm(range(0, len(order), 256), desc="teacher", mininterval=5):
            chosen = order[start : start + 256]
            ids, mask = (torch.from_numpy(side) for side in padded([rows[i] for i in chosen]))
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            present = mask.unsqueeze(-1).float()
            result[chosen] = functional.normalize((hidden * present).sum(1) / present.sum(1), dim=-1).numpy()
        np.save(file, result)
    return torch.from_numpy(np.load(file))
