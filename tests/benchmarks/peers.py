"""The models that the `transformers` pipeline runs beside ours: random weights, which cost what trained ones cost.

`python -m tests.benchmarks.peers FOLDER` writes a folder for each. They have the shipped tokenizer, so that all
candidates read the same tokens, and the seven labels.
"""

import sys
from pathlib import Path
from typing import Final

from emotion import artifact
from emotion.labels import EMOTIONS

SHAPES: Final = {"same": (6, 384), "large": (12, 768)}
"""Layers and width: the shape that is shipped, and that of BERT base."""


def main(folder: Path) -> None:
    """Write both."""
    import torch  # noqa: PLC0415 - only installed with the extra `train`, and slow to import
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast  # noqa: PLC0415 - as above
    from transformers.utils import logging  # noqa: PLC0415 - as above

    logging.disable_progress_bar()
    shipped = artifact.load(artifact.SHIPPED)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "pad", "unk", "mask")}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(shipped.tokenizer), model_max_length=shipped.max_tokens, **special
    )
    torch.manual_seed(0)
    for name, (layers, width) in SHAPES.items():
        config = BertConfig(
            vocab_size=len(tokenizer),
            num_hidden_layers=layers,
            hidden_size=width,
            intermediate_size=4 * width,
            num_attention_heads=12,
            id2label={place: str(emotion) for place, emotion in enumerate(EMOTIONS)},
            label2id={str(emotion): place for place, emotion in enumerate(EMOTIONS)},
        )
        BertForSequenceClassification(config).save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
