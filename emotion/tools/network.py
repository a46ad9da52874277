"""The network: a BERT encoder, mean and maximum over its tokens, one linear head over the seven."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from emotion.labels import EMOTIONS


class Network(nn.Module):  # type: ignore[misc]  # torch is untyped here: it is not always installed
    """Logits over the seven; while training also a polarity and the sentence vector."""

    def __init__(self, encoder: nn.Module, width: int, dropout: float = 0.1) -> None:
        """`encoder` is a BertModel without pooler, `width` its hidden size."""
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.emotion = nn.Linear(2 * width, len(EMOTIONS))
        self.polarity = nn.Linear(2 * width, 2)

    def vectors(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(sentence vectors, features): the mean over tokens, and mean beside maximum, each a row a text."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        present = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * present).sum(1) / present.sum(1).clamp(min=1.0)
        highest = (hidden + (present - 1.0) * 1e4).amax(1)
        return mean, torch.cat([mean, highest], dim=-1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits, (texts, 7)."""
        logits: Tensor = self.emotion(self.dropout(self.vectors(ids, mask)[1]))
        return logits


def from_base(folder: Path, embeddings: NDArray[np.float32]) -> Network:
    """The base encoder with these word embeddings in the place of its own, and fresh heads."""
    encoder = AutoModel.from_pretrained(
        folder, add_pooling_layer=False, attn_implementation="sdpa", dtype=torch.float32
    )
    encoder.resize_token_embeddings(len(embeddings), mean_resizing=False)
    with torch.no_grad():
        encoder.get_input_embeddings().weight.copy_(torch.from_numpy(embeddings))
    return Network(encoder, encoder.config.hidden_size)


def empty(folder: Path, pieces: int, *, attention: str = "sdpa") -> Network:
    """The same shape without weights, to load a checkpoint into. `attention` names the implementation."""
    config = AutoConfig.from_pretrained(folder)
    config.vocab_size = pieces
    encoder = AutoModel.from_config(config, add_pooling_layer=False, attn_implementation=attention)
    return Network(encoder, config.hidden_size)
