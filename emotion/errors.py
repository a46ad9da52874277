"""What can go wrong with a model folder, and with a text when many come at once.

EmotionError
 ├─ ArtifactError          the start stops: a wrong label is never produced instead
 │   ├─ ArtifactMissing    the folder or one of its files is not there
 │   ├─ ArtifactAltered    a file is truncated, altered or not what the configuration promises
 │   └─ ArtifactForeign    the folder holds some other kind of model
 ├─ Forgotten              nobody is to read the text any more
 └─ NotReadNow             nothing is wrong with the text: it can be read when it comes again
     ├─ Overloaded         too many texts are in line
     ├─ DeadlinePassed     its time passed in line or while it was being read
     └─ Stopped            the process is about to end
"""

from pathlib import Path
from typing import ClassVar, Literal


class EmotionError(Exception):
    """The root of the classifier's errors. Its message never holds anything a person wrote."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "I could not read the feeling in that.",
        "ko": "감정을 읽지 못했어요.",
    }

    def sentence(self, locale: Literal["ko", "en"]) -> str:
        """What a person is told."""
        return self.sentences[locale]


class ArtifactError(EmotionError):
    """A model folder that cannot be served. `path` is the folder or file at fault."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "The emotion model cannot be used. Reinstall Maeum, or point EMOTION_MODEL at a folder made by"
        " `maeum model`.",
        "ko": "감정 모델을 쓸 수 없어요. Maeum을 다시 설치하시거나, EMOTION_MODEL을 `maeum model`로 만든 폴더로"
        " 지정해 주세요.",
    }

    def __init__(self, path: Path, problem: str) -> None:
        """Say what is wrong with `path`; what to do stands in `sentences`."""
        super().__init__(f"{path}: {problem}. {self.sentences['en']}")
        self.path = path
        self.problem = problem


class ArtifactMissing(ArtifactError):
    """The folder or one of its files is not there."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "The emotion model is incomplete. Reinstall Maeum, or check that EMOTION_MODEL names a complete folder.",
        "ko": "감정 모델 파일이 빠져 있어요. Maeum을 다시 설치하시거나, EMOTION_MODEL이 온전한 폴더를 가리키는지"
        " 확인해 주세요.",
    }

    def __init__(self, path: Path, problem: str = "not found") -> None:
        """`path` is what was looked for."""
        super().__init__(path, problem)


class ArtifactAltered(ArtifactError):
    """A file is truncated, altered or not what the configuration promises."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "A file of the emotion model is damaged or was changed. Fetch the model again; do not edit its files.",
        "ko": "감정 모델 파일이 손상되었거나 바뀌었어요. 모델을 다시 받아 주세요. 파일을 직접 고치시면 안 돼요.",
    }

    def __init__(self, path: Path, problem: str = "its SHA-256 is not the expected one") -> None:
        """`path` is the file that is not as expected."""
        super().__init__(path, problem)


class ArtifactForeign(ArtifactError):
    """The folder holds some other kind of model."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "That folder holds no Maeum emotion model. Point EMOTION_MODEL at one, or leave it out to use the one"
        " that comes with Maeum.",
        "ko": "그 폴더에는 Maeum 감정 모델이 없어요. EMOTION_MODEL을 올바른 폴더로 바꾸시거나, 비워 두시면"
        " 기본 모델을 써요.",
    }


class Forgotten(EmotionError):
    """Everything about the author of a text in line was erased; it is not read."""


class NotReadNow(EmotionError):
    """There was no time to read a text. It can be read when it comes again."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "I could not read that just now. Please try again in a minute.",
        "ko": "지금은 읽지 못했어요. 잠시 뒤 다시 시도해 주세요.",
    }

    def __init__(self) -> None:
        """The message is the English sentence: there is nothing more to tell."""
        super().__init__(self.sentences["en"])


class Overloaded(NotReadNow):
    """Too many texts are in line (EMOTION_QUEUE_SIZE)."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "Too many messages are waiting to be read. Please try again in a minute.",
        "ko": "읽을 글이 너무 많이 밀려 있어요. 잠시 뒤 다시 시도해 주세요.",
    }


class DeadlinePassed(NotReadNow):
    """Its time passed in line or while it was being read."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "I could not read that in time. Please try again in a minute.",
        "ko": "제때 읽지 못했어요. 잠시 뒤 다시 시도해 주세요.",
    }


class Stopped(NotReadNow):
    """The process is about to end and reads nothing more."""

    sentences: ClassVar[dict[Literal["ko", "en"], str]] = {
        "en": "I am being restarted. Please try again in a minute.",
        "ko": "지금 다시 시작하고 있어요. 잠시 뒤 다시 시도해 주세요.",
    }
