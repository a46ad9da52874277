"""The network: a BERT encoder, mean and maximum over its tokens, one linear layer for all heads."""

import inspect
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import MODEL_MAPPING, AutoConfig, AutoModel

from emotion.artifact import LABELS

HEADS: Final = {head: len(labels) for head, labels in LABELS.items()}
"""Name and number of outputs of each head, in the order of the columns of the last layer."""

COLUMNS: Final[dict[str, slice]] = {}
_start = 0
for _name, _size in HEADS.items():
    COLUMNS[_name] = slice(_start, _start + _size)
    _start += _size
WIDTH: Final = _start


class Network(nn.Module):  # type: ignore[misc]  # torch is untyped here: it is not always installed
    """Logits of all heads side by side; while learning language also words for the masked places."""

    def __init__(self, encoder: nn.Module, width: int, dropout: float = 0.1) -> None:
        """`encoder` is a BertModel or its like, without pooler, `width` its hidden size."""
        super().__init__()
        pieces = encoder.get_input_embeddings()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(2 * width, WIDTH)
        self.dense = nn.Linear(width, pieces.embedding_dim)  # some encoders' embeddings are narrower than their states
        self.norm = nn.LayerNorm(pieces.embedding_dim, eps=1e-12)
        self.word_bias = nn.Parameter(torch.zeros(pieces.num_embeddings))

    def hidden(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The encoder's last states, (texts, tokens, width)."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits of all heads, (texts, WIDTH); `COLUMNS` says which are whose."""
        logits: Tensor = self.heads(self.dropout(features(self.hidden(ids, mask), mask)))
        return logits

    def words(self, states: Tensor) -> Tensor:
        """Logits over the vocabulary for these states, (places, pieces)."""
        told = self.norm(functional.gelu(self.dense(states)))
        return functional.linear(told, self.encoder.get_input_embeddings().weight, self.word_bias)


def mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over a text's tokens: the sentence vector of all-MiniLM-L6-v2."""
    present = mask.unsqueeze(-1).to(states.dtype)
    return (states * present).sum(1) / present.sum(1).clamp(min=1.0)


def features(states: Tensor, mask: Tensor) -> Tensor:
    """Mean and maximum over a text's tokens side by side, (texts, 2 width)."""
    present = mask.unsqueeze(-1).to(states.dtype)
    highest = (states + (present - 1.0) * 1e4).amax(1)
    return torch.cat([mean(states, mask), highest], dim=-1)


def from_base(folder: Path, embeddings: NDArray[np.float32] | None, dropout: float = 0.1) -> Network:
    """The base encoder, with these word embeddings in the place of its own where given, and fresh heads."""
    options = _without_pooler(AutoConfig.from_pretrained(folder))
    encoder = AutoModel.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32, **options)
    if embeddings is not None:
        encoder.resize_token_embeddings(len(embeddings), mean_resizing=False)
        with torch.no_grad():
            encoder.get_input_embeddings().weight.copy_(torch.from_numpy(embeddings))
    return Network(encoder, encoder.config.hidden_size, dropout)


def empty(folder: Path, pieces: int, *, attention: str = "sdpa", dropout: float = 0.1) -> Network:
    """The same shape without weights, to load a checkpoint into. `attention` names the implementation."""
    config = AutoConfig.from_pretrained(folder)
    config.vocab_size = pieces
    encoder = AutoModel.from_config(config, attn_implementation=attention, **_without_pooler(config))
    return Network(encoder, config.hidden_size, dropout)


def _without_pooler(config: Any) -> dict[str, bool]:  # noqa: ANN401 - transformers is untyped here
    """What tells the encoder to leave its pooler out; nothing where it never has one, as Electra."""
    takes = inspect.signature(MODEL_MAPPING[type(config)]).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in takes else {}
