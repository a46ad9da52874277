"""What the door says, in both languages. Values put into a sentence are escaped by whoever puts them in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from babel.dates import format_date, format_datetime, get_timezone

from bot.messages import Locale
from handlers.slack import words_admin, words_graphs, words_home, words_schedules, words_tone

_SAID: Final[Mapping[str, Mapping[Locale, str]]] = {
    **words_home.SAID,
    **words_tone.SAID,
    **words_admin.SAID,
    **words_schedules.SAID,
    **words_graphs.SAID,
    # Consent
    "on": {
        "en": "From now on I read the feeling in what you write where I am a member. I keep numbers, never the text."
        " `/emotion off` stops it at once.",
        "ko": "이제부터 제가 있는 곳에서 쓰시는 글의 감정을 읽어요. 숫자만 남기고 글은 저장하지 않아요."
        " `/emotion 끄기` 하시면 바로 멈춰요.",
    },
    "off": {
        "en": "I no longer read the feeling in what you write. I still answer when you write to me.",
        "ko": "이제 쓰시는 글의 감정을 읽지 않아요. 말을 거시면 답은 계속 드려요.",
    },
    "off_diary": {"en": "Your diary comes no more.", "ko": "일기도 이제 보내 드리지 않아요."},
    "off_ask": {
        "en": "Something of yours is still stored ({stored}). Shall I delete it?",
        "ko": "지금까지 저장된 것이 아직 남아 있어요({stored}). 지울까요?",
    },
    "kept": {
        "en": "It stays. It is deleted by itself after {days}; `/emotion off` asks you again at any time.",
        "ko": "그대로 둘게요. {days}이 지나면 저절로 지워져요. `/emotion 끄기` 하시면 언제든 다시 여쭤볼게요.",
    },
    "status_on": {
        "en": "*On* since {since}: I read the feeling in what you write where I am a member.",
        "ko": "{since}부터 *켜져* 있어요. 제가 있는 곳에서 쓰시는 글의 감정을 읽어요.",
    },
    "status_off": {
        "en": "*Off*: I do not read the feeling in what you write.",
        "ko": "*꺼져* 있어요. 쓰시는 글의 감정을 읽지 않아요.",
    },
    "stored": {
        "en": "Stored: {stored}.",
        "ko": "저장된 것: {stored}.",
    },
    "stored_nothing": {
        "en": "Nothing of yours is stored.",
        "ko": "저장된 것이 없어요.",
    },
    "readings_one_day": {"en": "{count} readings, {first}", "ko": "{first}, 감정 {count}건"},
    "readings": {"en": "{count} readings, {first} – {last}", "ko": "{first} ~ {last}, 감정 {count}건"},
    "readings_none": {"en": "no readings", "ko": "읽은 감정 없음"},
    "note": {
        "en": "1 short-lived record of a message you addressed to me",
        "ko": "저에게 말을 거신 메시지의 단기 기록 1건",
    },
    "notes": {
        "en": "{count} short-lived records of messages you addressed to me",
        "ko": "저에게 말을 거신 메시지의 단기 기록 {count}건",
    },
    "outsider": {
        "en": "I am here for the people of this workspace's own organisation. I neither read nor store what you"
        " write, so there is nothing to turn on.",
        "ko": "저는 이 워크스페이스를 쓰는 조직의 분들만 도와드리고 있어요. 다른 조직에서 오신 분의 글은 읽지도,"
        " 저장하지도 않으니 켜실 것이 없어요.",
    },
    "reading": {"en": "1 reading, {first}", "ko": "{first}, 감정 1건"},
    "deleted": {
        "en": "Everything about you is deleted ({rows} rows), your consent included. Receipt: `{receipt}`",
        "ko": "저장된 내 정보를 동의 기록까지 모두 지웠어요({rows}개 행). 확인 번호: `{receipt}`",
    },
    "button_on": {"en": "Turn on", "ko": "켜기"},
    "button_off": {"en": "Turn off", "ko": "끄기"},
    "button_about": {"en": "What is read?", "ko": "무엇을 읽나요?"},
    "button_delete": {"en": "Delete", "ko": "지우기"},
    "button_delete_mine": {"en": "Delete my data", "ko": "내 정보 지우기"},
    "button_keep": {"en": "Keep", "ko": "그대로 두기"},
    "button_cancel": {"en": "Cancel", "ko": "취소"},
    # Home and help
    "home_title": {"en": "Maeum", "ko": "마음"},
    "help": {
        "en": "*What you can type*\n"
        "`/emotion on` · `off` · `pause day` · `pause week` – whether I read the feeling in what you write\n"
        "`/emotion status` · `export` · `delete` – what is stored of yours, to see, take along or delete\n"
        "`/emotion-graph me 7d` – your own picture, sent to you alone (`30d`, `90d`)\n"
        "`/emotion-graph here 7d` – this channel's picture, from {people} people on\n"
        "`/emotion-graph trend` · `valence` · `mix` · `year` – shares of the feelings · how pleasant it was · two weeks"
        " side by side · a year of days; of yourself also `week` · `diary`; `light` or `dark`\n"
        "`/emotion-schedule weekly mon 09:00` · `daily 18:00` · `weekdays 18:00` · `monthly 1 09:00` – pictures on"
        " time; `list` · `pause` · `resume` · `post now` · `off`\n"
        "`/emotion-schedule me` – your own diary on time, sent to you alone\n"
        "Or mention me, or write to me here.",
        "ko": "*이렇게 쓰실 수 있어요*\n"
        "`/emotion 켜기` · `끄기` · `멈춤 하루` · `멈춤 일주일` – 쓰시는 글의 감정을 읽을지\n"
        "`/emotion 상태` · `내보내기` · `삭제` – 저장된 내 정보를 보고, 받고, 지우기\n"
        "`/emotion-graph 나 7일` – 내 그래프를 나에게만 보내 드려요 (`30일`, `90일`)\n"
        "`/emotion-graph 여기 7일` – 이 채널의 그래프, {people}명부터\n"
        "`/emotion-graph 추이` · `기분` · `비교` · `한해` – 감정의 비율 · 얼마나 즐거웠는지 · 두 주를 나란히 ·"
        " 한 해의 달력, 내 그래프는 `요일` · `일기`도 있어요. 바탕은 `밝게`나 `어둡게`\n"
        "`/emotion-schedule 매주 월 09:00` · `매일 18:00` · `평일 18:00` · `매월 1일 09:00` – 정해진 때에 그래프"
        " 올리기, `목록` · `멈춤` · `재개` · `지금 올리기` · `끄기`\n"
        "`/emotion-schedule 나` – 내 일기를 정해진 때에 나에게만 보내 드려요\n"
        "저를 부르시거나 저에게 메시지를 보내셔도 돼요.",
    },
    # What is stored, by table
    "table:emotion_readings": {"en": "readings of feelings", "ko": "읽은 감정"},
    "table:reading_hours": {"en": "the same, counted by hour", "ko": "그 감정을 시간별로 세어 둔 수"},
    "table:people": {"en": "consent", "ko": "동의 기록"},
    "table:replies": {"en": "notes of which messages were answered", "ko": "답한 메시지 기록"},
    "table:schedules": {
        "en": "schedules that were set (a channel keeps its own)",
        "ko": "정해 둔 일정(채널 일정은 남아요)",
    },
    "table:audit_actors": {
        "en": "marks in the audit log of one's own acts",
        "ko": "직접 한 일에 대한 감사 로그의 표시",
    },
    # The agent's prompts, shown in an empty conversation
    "prompts_title": {"en": "How can I help?", "ko": "무엇을 도와드릴까요?"},
    "prompt_day": {"en": "How was my day?", "ko": "오늘 하루 이야기하기"},
    "prompt_day_message": {
        "en": "I would like to tell you how my day was.",
        "ko": "오늘 하루가 어땠는지 이야기하고 싶어요.",
    },
    "prompt_stuck": {"en": "I am stuck", "ko": "일이 막혔어요"},
    "prompt_stuck_message": {
        "en": "I am stuck with something at work and it is getting to me.",
        "ko": "일이 막혀서 마음이 답답해요.",
    },
    "prompt_good": {"en": "Something good happened", "ko": "좋은 일이 있었어요"},
    "prompt_good_message": {
        "en": "Something good happened today and I want to share it.",
        "ko": "오늘 좋은 일이 있어서 나누고 싶어요.",
    },
}

_MOMENT: Final[Mapping[Locale, str]] = {"en": "MMMM d, y, HH:mm", "ko": "y년 M월 d일 HH:mm"}


def say(key: str, locale: Locale, **values: object) -> str:
    """One sentence."""
    return _SAID[key][locale].format(**values) if values else _SAID[key][locale]


def knows(key: str) -> bool:
    """Whether there is a sentence of that name."""
    return key in _SAID


def table(name: str, locale: Locale) -> str:
    """What is stored in a table, in plain words; a table without words of its own goes by its name."""
    words = _SAID.get(f"table:{name}")
    return words[locale] if words else name.replace("_", " ")


def day(moment: date, locale: Locale) -> str:
    """A day, as dates are written in the language."""
    return format_date(moment, "long", locale=locale)


def moment(time: datetime, locale: Locale, timezone: str) -> str:
    """A moment, as the language writes it, in that time zone."""
    return format_datetime(time, _MOMENT[locale], tzinfo=get_timezone(timezone), locale=locale)


def days(count: int, locale: Locale) -> str:
    """So many days: "1 day", "30일"."""
    if locale == "ko":
        return f"{count}일"
    return f"{count} day" if count == 1 else f"{count} days"


def stored(count: int, first: date | None, last: date | None, locale: Locale) -> str:
    """How many readings there are and of which days; empty when there are none."""
    if not count or first is None or last is None:
        return ""
    if count == 1:
        return say("reading", locale, first=day(first, locale))
    if first == last:
        return say("readings_one_day", locale, count=count, first=day(first, locale))
    return say("readings", locale, count=count, first=day(first, locale), last=day(last, locale))
