"""Every error of the bot, and the sentence a person is told.

MaeumError
 ├─ ConfigurationError        a setting is wrong: the start stops and names the variable
 │   └─ KeyMismatch           the database was written under another TEXT_HASH_KEY
 ├─ StoreUnavailable          the database cannot be reached: the delivery is not acknowledged
 ├─ ClassifierBusy            no time for a message before Slack gives up: the delivery is not acknowledged
 ├─ WriterError               the model service gave no usable reply
 │   ├─ WriterUnreachable     no connection, or an answer of 5xx after the retries
 │   ├─ WriterRefused         the key, the model name or the request is refused (4xx)
 │   ├─ WriterBusy            429 after the retries
 │   ├─ WriterTimeout         a deadline passed: connect, first token or total
 │   └─ WriterGarbled         the answer is empty, cut off or not the protocol
 ├─ TooFewPeople              a group picture would show too few people
 ├─ NothingToShow             no readings in the period
 ├─ NotAllowed                the person may not do this
 ├─ BadCommand                the words after a command are not understood
 └─ SlackTrouble              Slack refused something the bot needs (a missing scope, an archived channel)

The classifier's errors live in `emotion.errors`; doors turn both into sentences with `sentence_for`.
"""

from typing import ClassVar

from bot.messages import Locale


class MaeumError(Exception):
    """The root. Its message is for logs and never holds anything a person wrote."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "Something went wrong on my side. Nothing was lost; please try again in a minute.",
        "ko": "제 쪽에서 문제가 생겼어요. 잃어버린 것은 없으니 잠시 뒤 다시 시도해 주세요.",
    }

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale]


class ConfigurationError(MaeumError):
    """A setting is wrong. `variable` is its name in the environment."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I am not set up correctly. Please tell whoever runs me; the log says which setting it is.",
        "ko": "제 설정이 잘못되어 있어요. 운영하시는 분께 알려 주세요. 어떤 설정인지는 로그에 있어요.",
    }

    def __init__(self, variable: str, problem: str) -> None:
        """Name the variable and say what is wrong with it and what to do."""
        super().__init__(f"{variable}: {problem}")
        self.variable = variable


class KeyMismatch(ConfigurationError):
    """The database was written under another TEXT_HASH_KEY."""


class StoreUnavailable(MaeumError):
    """The database cannot be reached."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I cannot reach my database right now. Please try again in a minute.",
        "ko": "지금 데이터베이스에 연결할 수 없어요. 잠시 뒤 다시 시도해 주세요.",
    }


class ClassifierBusy(MaeumError):
    """The classifier had no time for a message before Slack gives up; its redelivery is read."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "So many messages came in that I could not read yours in time. Please try again in a minute.",
        "ko": "글이 한꺼번에 몰려서 제때 읽지 못했어요. 잠시 뒤 다시 시도해 주세요.",
    }


class WriterError(MaeumError):
    """The model service gave no usable reply."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I could not put a good answer together just now. Please write to me again in a moment.",
        "ko": "지금은 제대로 답을 드리기가 어려워요. 잠시 뒤에 다시 말 걸어 주세요.",
    }


class WriterUnreachable(WriterError):
    """No connection, or an answer of 5xx after the retries."""


class WriterRefused(WriterError):
    """The key, the model name or the request is refused (4xx)."""


class WriterBusy(WriterError):
    """429 after the retries."""


class WriterTimeout(WriterError):
    """A deadline passed: connect, first token or total."""


class WriterGarbled(WriterError):
    """The answer is empty, cut off or not the protocol."""


class TooFewPeople(MaeumError):
    """A group picture would show too few people."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "A picture of a channel needs at least {minimum} people who opted in and wrote in that period."
        " That protects everyone in it.",
        "ko": "채널 그래프는 그 기간에 글을 쓴 동의자가 {minimum}명 이상일 때만 보여 드려요. 모두를 지키기 위해서예요.",
    }

    def __init__(self, minimum: int) -> None:
        """`minimum` is the smallest number of people; how many there were is not told."""
        super().__init__(f"fewer than {minimum} people")
        self.minimum = minimum

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale].format(minimum=self.minimum)


class NothingToShow(MaeumError):
    """No readings in the period."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "There is nothing to draw yet: no readings in that period. `/emotion on` lets me read what you write.",
        "ko": "아직 그릴 것이 없어요. 그 기간에 읽은 글이 없거든요. `/emotion on` 하시면 쓰시는 글의 감정을 읽어요.",
    }


class NotAllowed(MaeumError):
    """The person may not do this."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "Only workspace administrators and owners can do that.",
        "ko": "워크스페이스 관리자와 소유자만 할 수 있어요.",
    }


class BadCommand(MaeumError):
    """The words after a command are not understood. `usage` says what would be."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I did not understand that. Try: {usage}",
        "ko": "무슨 뜻인지 알 수 없었어요. 이렇게 써 보세요: {usage}",
    }

    def __init__(self, usage: str) -> None:
        """`usage` is shown to the person; it never repeats what they wrote."""
        super().__init__("words not understood")
        self.usage = usage

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale].format(usage=self.usage)


class SlackTrouble(MaeumError):
    """Slack refused something the bot needs. `code` is Slack's error code."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "Slack did not let me do that just now ({code}). Please try again; if it goes on, tell whoever runs me.",
        "ko": "지금은 Slack에서 받아 주지 않았어요({code}). 다시 시도해 보시고, 계속되면 운영하시는 분께 알려 주세요.",
    }
    channel_sentences: ClassVar[dict[Locale, str]] = {
        "en": "Slack did not let me do that ({code}). Is the bot a member of this channel, and is the channel not"
        " archived?",
        "ko": "Slack에서 허용하지 않았어요({code}). 봇이 이 채널에 들어와 있는지, 보관된 채널은 아닌지 확인해 주세요.",
    }
    channel_codes: ClassVar[frozenset[str]] = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
    """Codes whose cause lies in the channel."""

    def __init__(self, code: str) -> None:
        """`code` is Slack's short error code, such as `not_in_channel`."""
        super().__init__(f"Slack said {code}")
        self.code = code

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        sentences = self.channel_sentences if self.code in self.channel_codes else self.sentences
        return sentences[locale].format(code=self.code)
