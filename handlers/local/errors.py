"""Why the local workspace cannot be had, and what to do instead.

MaeumError
 └─ LocalSlackUnavailable
     ├─ PlatformForeign       local-slack has no binary for this machine
     ├─ NpmMissing            npm, which fetches it, is not installed
     ├─ DownloadFailed        npm could not fetch it
     ├─ BinaryAltered         what was fetched is not the version this bot was tested with
     └─ StartFailed           it does not start, does not get ready, or is open to other machines
"""

from typing import ClassVar, Literal

from bot.errors import MaeumError
from bot.messages import Locale

Reason = Literal["ended", "refused", "port", "slow", "open"]

_INSTEAD: dict[Locale, str] = {
    "en": " Until then, `maeum chat` talks with you in the terminal.",
    "ko": " 그 전에는 `maeum chat`으로 터미널에서 이야기할 수 있어요.",
}


class LocalSlackUnavailable(MaeumError):
    """The local workspace cannot be had. Its sentence is one line and ends with what works instead."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "The local workspace is not available.",
        "ko": "로컬 워크스페이스를 쓸 수 없어요.",
    }

    def __init__(self, **details: str) -> None:
        """`details` fill the sentence: a version, an exit code, a platform; never what a person wrote."""
        self.details = details
        super().__init__(self.sentence("en"))

    def sentence(self, locale: Locale) -> str:
        """What is wrong, what to do about it, and what works until then."""
        return self.sentences[locale].format(**self.details) + _INSTEAD[locale]


class PlatformForeign(LocalSlackUnavailable):
    """local-slack has no binary for this machine."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "The local workspace runs on Linux with an x86-64 processor, and this is {platform}."
        " With a real Slack it works here too: put its tokens into .env (see the README).",
        "ko": "로컬 워크스페이스는 x86-64 리눅스에서만 돌아가는데, 여기는 {platform} 환경이에요."
        " .env에 실제 Slack 토큰을 넣으면 여기서도 쓸 수 있어요(README 참고).",
    }


class NpmMissing(LocalSlackUnavailable):
    """npm, which fetches the local workspace, is not installed."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "The local workspace needs npm. Install Node.js 20 or later, which brings npm: https://nodejs.org",
        "ko": "로컬 워크스페이스에는 npm이 필요해요."
        " npm이 함께 들어 있는 Node.js 20 이상을 설치해 주세요: https://nodejs.org",
    }


class DownloadFailed(LocalSlackUnavailable):
    """npm could not fetch it."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "npm could not fetch {package} ({code}). Check the network or the proxy and try again.",
        "ko": "npm으로 {package} 패키지를 받지 못했어요({code}). 네트워크나 프록시를 확인하고 다시 시도해 주세요.",
    }


class BinaryAltered(LocalSlackUnavailable):
    """What was fetched is not the version this bot was tested with."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "{path} is not the {package} that this bot was tested with, so it was not started."
        " Delete that file and try again.",
        "ko": "{path} 파일이 이 봇을 시험할 때 쓴 {package} 파일과 달라서 실행하지 않았어요."
        " 그 파일을 지우고 다시 시도해 주세요.",
    }


class StartFailed(LocalSlackUnavailable):
    """It does not start, does not get ready, or is open to other machines."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "The local workspace did not start: {reason}.",
        "ko": "로컬 워크스페이스를 시작하지 못했어요. {reason}.",
    }
    reasons: ClassVar[dict[Reason, dict[Locale, str]]] = {
        "ended": {"en": "its program ended at once", "ko": "프로그램이 바로 끝났어요"},
        "refused": {"en": "the system does not let its program run", "ko": "시스템에서 프로그램을 실행하지 못했어요"},
        "port": {"en": "it could not open a port", "ko": "포트를 열지 못했어요"},
        "slow": {"en": "it was not ready in time", "ko": "제때 준비되지 않았어요"},
        "open": {"en": "other machines could have reached it", "ko": "다른 컴퓨터에서 접근할 수 있는 상태였어요"},
    }

    def __init__(self, reason: Reason) -> None:
        """`reason` says which of the ways it went wrong in."""
        self.reason = reason
        super().__init__()

    def sentence(self, locale: Locale) -> str:
        """As in every error here, with the reason in the person's language."""
        return self.sentences[locale].format(reason=self.reasons[self.reason][locale]) + _INSTEAD[locale]
