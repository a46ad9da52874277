"""One candidate in a process of its own: reads the first text at once, then measures itself when told to.

`python -m tests.benchmarks.candidate KIND THREADS FOLDER`. Lines of JSON come in and go out; see `main`.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.texts import ONE, messages

MAEUM: Final = "maeum"
"""The kind that is served; the others name a folder with a model for the `transformers` pipeline."""
LIST_SIZE: Final = 32


def main(kind: str, threads: int, folder: Path) -> None:
    """Print the first label; then answer each line `{"list": bool, "times": n}` with the seconds of n readings.

    An empty line asks for the most memory that this process has held, in bytes. Threads 0 leaves the default.
    """
    read = _maeum(threads) if kind == MAEUM else _pipeline(folder / kind, threads)
    _say(read([ONE]))
    for _ in range(5):
        read([ONE])
    for line in sys.stdin:
        if not line.strip():
            _say(_peak())
            continue
        asked = json.loads(line)
        texts = messages(LIST_SIZE) if asked["list"] else [ONE]
        read(texts)  # who was not at work for a while is not measured while waking up
        _say([_timed(read, texts) for _ in range(asked["times"])])


def _maeum(threads: int) -> Callable[[Sequence[str]], str]:
    """What the bot does with a text: cleaning, tokens, inference, calibration, reading."""
    from emotion.classifier import Classifier  # noqa: PLC0415 - each process loads its own candidate only

    classifier = Classifier.from_pretrained(threads=threads)
    return lambda texts: str(classifier.infer(texts)[0].label)


def _pipeline(folder: Path, threads: int) -> Callable[[Sequence[str]], str]:
    """The usual way: PyTorch in float32, all labels' scores asked for."""
    import torch  # noqa: PLC0415 - as above
    from transformers import pipeline  # noqa: PLC0415 - as above
    from transformers.utils import logging  # noqa: PLC0415 - as above

    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    classify: Any = pipeline("text-classification", model=str(folder), device="cpu", top_k=None)
    if classify.model.dtype != torch.float32:
        message = f"{folder.name} was not loaded in float32"
        raise RuntimeError(message)
    return lambda texts: str(classify(list(texts), batch_size=LIST_SIZE)[0][0]["label"])


def _timed(read: Callable[[Sequence[str]], str], texts: Sequence[str]) -> float:
    start = time.perf_counter()
    read(texts)
    return time.perf_counter() - start


def _peak() -> int:
    """Linux tells it of this program alone; elsewhere it is what the process has had, its parent's copy included."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
