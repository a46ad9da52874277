"""Every error of the bot, and the sentence a person is told.

MaeumError
 ├─ ConfigurationError        a setting is wrong: the start stops and names the variable
 │   └─ KeyMismatch           the database was written under another TEXT_HASH_KEY
 ├─ StoreUnavailable          the database cannot be reached: the delivery is not acknowledged
 │   └─ StoreBusy             somebody else holds what is needed: the same may go well in a moment
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
 ├─ ConsentNeeded             the person has to opt in first
 ├─ NotYours                  the message is somebody else's, or nothing is known of it
 ├─ NothingToCorrect          the reading is gone, or its author is not read at this moment
 ├─ BadLabel                  a correction that is none of the seven emotions
 ├─ BadCommand                the words after a command are not understood
 │   └─ BadSchedule           a time, a day or a time zone that does not exist
 ├─ BadPeriod                 a period for a picture that has one of its own
 ├─ OneselfOnly               a picture that is drawn of nobody but oneself
 ├─ BadRule                   a value that a workspace's rule cannot have
 └─ SlackTrouble              Slack refused something the bot needs (a missing scope, an archived channel)

The classifier's errors live in `emotion.errors`; doors turn both into sentences with `sentence_for`.
"""

from collections.abc import Sequence
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


class StoreBusy(StoreUnavailable):
    """Somebody else holds what is needed, or two held what the other one needed. The same may go well in a moment."""


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
        "en": "A picture of a channel needs at least {minimum} people who opted in and wrote on the same day or in the"
        " same week, none of them more than 40% of it. That protects everyone in it.",
        "ko": "채널 그래프는 같은 날이나 같은 주에 동의자 {minimum}명 이상이 글을 쓰고 한 사람이 40%를 넘지 않을 때만"
        " 보여 드려요. 모두를 지키기 위해서예요.",
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
        "ko": "아직 그릴 것이 없어요. 그 기간에 읽은 글이 없거든요. `/emotion 켜기` 하시면 쓰시는 글의 감정을 읽어요.",
    }


class NotAllowed(MaeumError):
    """The person may not do this."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "Only workspace administrators and owners can do that.",
        "ko": "워크스페이스 관리자와 소유자만 할 수 있어요.",
    }


class ConsentNeeded(MaeumError):
    """The person has to opt in first."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "Your diary is made of what I may read, and I read nothing of yours at the moment. `/emotion on` first,"
        " then it can come every week.",
        "ko": "일기는 제가 읽어도 되는 글로 그리는데, 지금은 쓰시는 글을 읽지 않고 있어요. 먼저 `/emotion 켜기` 하시면"
        " 매주 보내 드릴 수 있어요.",
    }


class NotYours(MaeumError):
    """The message is somebody else's, or nothing is known of it. Which of the two is not told."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I can tell that only to whoever wrote the message I answered there, and only while something is stored"
        " about it.",
        "ko": "그건 제가 답한 글을 쓰신 분께만, 그 글의 기록이 남아 있는 동안에만 말씀드릴 수 있어요.",
    }


class NothingToCorrect(MaeumError):
    """The reading is gone, or its author is not read at this moment."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I have noted nothing: there is no reading of that message any more, or I do not read what you write at"
        " the moment. `/emotion status` tells more.",
        "ko": "기록하지 않았어요. 그 글에서 읽은 감정이 이제 없거나, 지금은 쓰시는 글의 감정을 읽지 않고 있어요."
        " `/emotion 상태`에서 확인하실 수 있어요.",
    }


class BadLabel(MaeumError):
    """A correction that is none of the seven emotions."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "I do not know that feeling, so I have noted nothing. Please pick one of the seven.",
        "ko": "제가 모르는 감정이라 기록하지 않았어요. 일곱 가지 가운데 하나를 골라 주세요.",
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


class BadSchedule(BadCommand):
    """A time, a day or a time zone that does not exist. `what` is `time`, `day` or `zone`."""

    problems: ClassVar[dict[str, dict[Locale, str]]] = {
        "time": {
            "en": "I need a time like 09:00, from 00:00 to 23:59. Try: {usage}",
            "ko": "시각은 09:00처럼, 00:00부터 23:59까지 쓸 수 있어요. 이렇게 써 보세요: {usage}",
        },
        "day": {
            "en": "A month has the days 1 to 31. Try: {usage}",
            "ko": "날짜는 1일부터 31일까지 쓸 수 있어요. 이렇게 써 보세요: {usage}",
        },
        "zone": {
            "en": "I do not know that time zone; write it like `Asia/Seoul` or `Europe/Paris`. Try: {usage}",
            "ko": "모르는 시간대예요. `Asia/Seoul`이나 `Europe/Paris`처럼 써 주세요. 이렇게 써 보세요: {usage}",
        },
    }

    def __init__(self, what: str, usage: str) -> None:
        """`usage` is shown to the person; it never repeats what they wrote."""
        super().__init__(usage)
        self.what = what

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.problems[self.what][locale].format(usage=self.usage)


class BadPeriod(MaeumError):
    """A period for a picture that has one of its own. `kind` is `mix`, `week`, `year` or `diary`."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "{about}, so please leave the period out.",
        "ko": "{about}. 기간은 빼고 써 주세요.",
    }
    about: ClassVar[dict[str, dict[Locale, str]]] = {
        "mix": {
            "en": "`mix` always compares the last 7 days with the 7 before",
            "ko": "`비교`는 늘 최근 7일과 그 전 7일을 견주어 보여 드려요",
        },
        "week": {
            "en": "`week` is always about the last 12 weeks",
            "ko": "`요일`은 늘 최근 12주를 보여 드려요",
        },
        "year": {
            "en": "`year` is always about the year until today",
            "ko": "`한해`는 늘 오늘까지의 1년을 보여 드려요",
        },
        "diary": {
            "en": "`diary` has a week, a month and a year on one page",
            "ko": "`일기`에는 한 주, 한 달, 한 해가 모두 들어 있어요",
        },
    }

    def __init__(self, kind: str) -> None:
        """`kind` is the picture that was asked for."""
        super().__init__(f"{kind} has a period of its own")
        self.kind = kind

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale].format(about=self.about[self.kind][locale])


class OneselfOnly(MaeumError):
    """A picture that is drawn of nobody but oneself, asked for of a channel. `kind` is `week` or `diary`."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "{why} Of a channel I draw `trend`, `valence`, `mix` and `year`; with `me` instead of `here` I"
        " draw your own.",
        "ko": "{why} 채널은 `추이`, `기분`, `비교`, `한해`를 그려 드려요. `여기` 대신 `나`라고 쓰시면 본인 그래프를"
        " 그려 드려요.",
    }
    why: ClassVar[dict[str, dict[Locale, str]]] = {
        "week": {
            "en": "The week by the hour I draw only of your own messages: hours would cut a channel's days into pieces"
            " so small that somebody could be worked out from them.",
            "ko": "시간대별 한 주는 본인 글로만 그려 드려요. 채널의 하루를 시간으로 더 나누면 누구의 글인지 알아낼 수"
            " 있게 되거든요.",
        },
        "diary": {
            "en": "The diary is a page about one person, so I draw it only of your own messages.",
            "ko": "일기는 한 사람의 이야기라서 본인 글로만 그려 드려요.",
        },
    }

    def __init__(self, kind: str) -> None:
        """`kind` is the picture that was asked for."""
        super().__init__(f"{kind} is drawn of oneself only")
        self.kind = kind

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale].format(why=self.why[self.kind][locale])


class BadRule(MaeumError):
    """A value that a workspace's rule cannot have. `rule` is `retention`, `people`, `scheduling` or `channels`."""

    sentences: ClassVar[dict[Locale, str]] = {
        "en": "That cannot be set. {limits}",
        "ko": "그렇게는 정할 수 없어요. {limits}",
    }
    limits: ClassVar[dict[str, dict[Locale, str]]] = {
        "retention": {
            "en": "Readings are kept for {0} to {1} days.",
            "ko": "읽은 감정은 {0}일에서 {1}일까지 보관할 수 있어요.",
        },
        "people": {
            "en": "A picture of a channel needs at least {0} people, and at most {1} can be asked for.",
            "ko": "채널 그래프에 필요한 인원은 {0}명에서 {1}명까지 정할 수 있어요.",
        },
        "scheduling": {
            "en": "Pictures can be scheduled by {0}, {1} or {2}.",
            "ko": "일정을 정할 수 있는 사람은 {0}, {1}, {2} 가운데 하나예요.",
        },
        "channels": {
            "en": "Choose {0} to {1} channels by their IDs (C… or G…), or all.",
            "ko": "채널을 ID(C… 또는 G…)로 {0}개에서 {1}개까지 고르시거나, 모두를 골라 주세요.",
        },
    }

    def __init__(self, rule: str, bounds: Sequence[object]) -> None:
        """`bounds` are what the rule may be: the least and the most, or the words there are."""
        super().__init__(f"a value that {rule} cannot have")
        self.rule = rule
        self.bounds = bounds

    def sentence(self, locale: Locale) -> str:
        """What the person is told."""
        return self.sentences[locale].format(limits=self.limits[self.rule][locale].format(*self.bounds))


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
