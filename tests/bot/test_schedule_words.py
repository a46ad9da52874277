import contextlib
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar_rules import KINDS, PICTURES, Kind, ScheduleSpec
from bot.errors import BadCommand, BadPeriod, BadSchedule
from bot.messages import Locale
from bot.pictures import OF_CHANNELS
from bot.schedule_words import (
    FRIDAYS,
    Draft,
    Order,
    Switch,
    known_zone,
    parse_diary,
    parse_schedule,
    post_now,
    said_of_oneself,
)

NINE = time(9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("weekly mon 09:00", Draft("weekly", NINE, 0)),
        ("Weekly Sunday 9:05", Draft("weekly", time(9, 5), 6)),
        ("  weekly   thurs   23:59 ", Draft("weekly", time(23, 59), 3)),
        ("매주 월 09:00", Draft("weekly", NINE, 0)),
        ("매주 일요일 09:00", Draft("weekly", NINE, 6)),
        ("매주 토 0:00", Draft("weekly", time(0), 5)),
        ("daily 18:00", Draft("daily", time(18))),
        ("매일 18:00", Draft("daily", time(18))),
        ("매일 １８：００", Draft("daily", time(18))),
        ("weekdays 09:00", Draft("weekdays", NINE)),
        ("평일 9:00", Draft("weekdays", NINE)),
        ("monthly 1 09:00", Draft("monthly", NINE, month_day=1)),
        ("monthly 31st 09:00", Draft("monthly", NINE, month_day=31)),
        ("monthly last 09:00", Draft("monthly", NINE, month_day=31)),
        ("매월 30일 09:00", Draft("monthly", NINE, month_day=30)),
        ("매달 말일 09:00", Draft("monthly", NINE, month_day=31)),
        ("daily 09:00 30d", Draft("daily", NINE, days=30)),
        ("daily 09:00 valence 30d", Draft("daily", NINE, days=30, picture="valence")),
        ("매일 09:00 비교", Draft("daily", NINE, picture="mix")),
        ("monthly 1 09:00 year", Draft("monthly", NINE, month_day=1, picture="year")),
        ("매월 1일 09:00 한해", Draft("monthly", NINE, month_day=1, picture="year")),
        ("매월 1일 09:00 한 해", Draft("monthly", NINE, month_day=1, picture="year")),
        ("weekly mon 09:00 7d mix", Draft("weekly", NINE, weekday=0, picture="mix")),
        ("매일 09:00 90일", Draft("daily", NINE, days=90)),
        ("daily 09:00 europe/paris", Draft("daily", NINE, timezone="Europe/Paris")),
        ("daily 09:00 utc", Draft("daily", NINE, timezone="UTC")),
        ("weekly fri 09:00 America/New_York 30d", Draft("weekly", NINE, 4, days=30, timezone="America/New_York")),
        ("매월 30일 09:00 30일 Asia/Seoul", Draft("monthly", NINE, month_day=30, days=30, timezone="Asia/Seoul")),
        ("list", Order("list")),
        ("목록", Order("list")),
        ("OFF", Order("remove")),
        ("끄기", Order("remove")),
        ("remove weekly", Order("remove", "weekly")),
        ("매주 삭제", Order("remove", "weekly")),
        ("pause", Order("pause")),
        ("멈춤", Order("pause")),
        ("daily pause", Order("pause", "daily")),
        ("resume monthly", Order("resume", "monthly")),
        ("매월 재개", Order("resume", "monthly")),
        ("post now", Order("post")),
        ("post now weekdays", Order("post", "weekdays")),
        ("평일 지금 올리기", Order("post", "weekdays")),
    ],
)
def test_people_say_it_in_english_or_korean(words: str, expected: Draft | Order) -> None:
    """Both languages, short and full names of days, any case, one or two digits, also full-width ones."""
    assert parse_schedule(words) == expected


NONSENSE = [
    "",
    "weekly",
    "weekly 09:00",
    "weekly mon",
    "weekly mo 09:00",
    "weekly moon 09:00",
    "daily 18:00 off",
    "daily mon 18:00",
    "매주 요일 09:00",
    "매주 월 아홉시",
    "monthly 09:00",
    "monthly first 09:00",
    "monthly 1",
    "daily ١٨:٠٠",
    "매일",
    "list all",
    "list weekly",
    "weekly daily pause",
    "post weekly now",
    "weekly mon 09:00 please",
    "daily 09:00 7d 30d",
    "daily 09:00 trend mix",
    "daily 09:00 diary",
    "daily 09:00 8d",
    "daily 09:00 UTC Asia/Seoul",
    "\0",
    "🙂 " * 1000,
]
NO_TIMES = ["weekly mon 24:00", "daily 9", "daily 09:60", "daily 9:0", "daily -1:00", "평일 25:00", "monthly 1 99:99"]


@pytest.mark.parametrize("words", ["monthly 1 09:00 year 30d", "매주 월 09:00 90일 비교", "daily 09:00 30d mix"])
def test_a_period_for_a_picture_that_has_its_own_is_refused(words: str) -> None:
    """As it is where the picture is drawn at once: nobody waits a month for something else than they asked for."""
    with pytest.raises(BadPeriod):
        parse_schedule(words)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_what_people_are_told_to_type_is_understood(kind: Kind, locale: Locale) -> None:
    """To post one of several now, in their language."""
    told = post_now(kind, locale)
    assert parse_schedule(told.removeprefix("/emotion-schedule "), locale) == Order("post", kind)
    assert (locale == "ko") is any("가" <= letter <= "힣" for letter in told)


@pytest.mark.parametrize(
    ("button", "order"), [("멈추기", Order("pause")), ("다시 시작", Order("resume")), ("지우기", Order("remove"))]
)
def test_what_the_buttons_say_can_be_typed(button: str, order: Order) -> None:
    """In Korean the buttons have other words than the usage."""
    assert parse_schedule(button, "ko") == order


@pytest.mark.parametrize("words", NONSENSE + NO_TIMES)
def test_nonsense_gets_the_usage_and_is_not_repeated(words: str) -> None:
    """The answer shows what would be understood, in the person's language, and nothing of what they wrote."""
    with pytest.raises(BadCommand) as english:
        parse_schedule(words)
    assert "weekly mon 09:00" in english.value.sentence("en")
    with pytest.raises(BadCommand) as korean:
        parse_schedule(words, "ko")
    assert "매주 월 09:00" in korean.value.sentence("ko")
    assert "please" not in korean.value.sentence("ko")


@pytest.mark.parametrize(
    ("words", "what", "english", "korean"),
    [
        *((words, "time", "00:00 to 23:59", "23:59까지") for words in NO_TIMES),
        ("daily 09:00 Europe/Seoul", "zone", "do not know that time zone", "모르는 시간대"),
        ("매일 09:00 달/바다", "zone", "do not know that time zone", "모르는 시간대"),
        ("monthly 32 09:00", "day", "the days 1 to 31", "1일부터 31일"),
        ("매월 0일 09:00", "day", "the days 1 to 31", "1일부터 31일"),
    ],
)
def test_what_does_not_exist_is_called_by_its_name(words: str, what: str, english: str, korean: str) -> None:
    """A time, a day or a zone that there is not is told as such, not as something that was not understood."""
    with pytest.raises(BadSchedule) as refused:
        parse_schedule(words)
    assert refused.value.what == what
    assert english in refused.value.sentence("en")
    assert korean in refused.value.sentence("ko")
    assert "Europe/Seoul" not in refused.value.sentence("en")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_understood_or_refused(words: str) -> None:
    """Nothing else comes out."""
    with contextlib.suppress(BadCommand):
        assert isinstance(parse_schedule(words), Draft | Order)


def test_the_zone_is_that_of_the_channel_or_person_unless_another_was_said() -> None:
    """And the language is that of who asks."""
    draft = parse_schedule("매일 09:00", "ko")
    assert isinstance(draft, Draft)
    assert draft.spec("Asia/Seoul", "ko") == ScheduleSpec("daily", None, 9, 0, "Asia/Seoul", "ko")
    said = parse_schedule("monthly 31 18:30 Europe/Paris 90d")
    assert isinstance(said, Draft)
    spec = said.spec("Asia/Seoul", "en")
    assert spec == ScheduleSpec("monthly", None, 18, 30, "Europe/Paris", month_day=31, days=90)


@pytest.mark.parametrize(
    ("name", "zone"),
    [("asia/seoul", "Asia/Seoul"), (" UTC ", "UTC"), ("Mars", None), ("", None), ("../etc", None), ("America", None)],
)
def test_zones_are_known_by_name(name: str, zone: str | None) -> None:
    """However it is written in capitals; what is none is none."""
    assert known_zone(name) == zone


def test_what_is_scheduled_is_what_is_drawn_of_channels() -> None:
    """Neither more pictures nor fewer."""
    assert PICTURES == OF_CHANNELS


# ---- One's own diary


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "show"),
        ("on", "on"),
        (" 켜기 ", "on"),
        ("OFF", "off"),
        ("끄기", "off"),
        ("remove", "off"),
        ("weekly fri 17:00", FRIDAYS),
        ("매주 금요일 17:00", FRIDAYS),
        ("weekly sun 20:15 asia/seoul", Draft("weekly", time(20, 15), 6, timezone="Asia/Seoul", picture="diary")),
        ("매주 일 20:15 Europe/Paris", Draft("weekly", time(20, 15), 6, timezone="Europe/Paris", picture="diary")),
    ],
)
def test_a_diary_is_asked_for_in_english_or_korean(words: str, expected: Draft | Switch) -> None:
    """On, off, how it stands, or on which day and at what time."""
    assert parse_diary(words) == expected


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("me", ""),
        ("나", ""),
        ("ME  weekly fri 17:00", "weekly fri 17:00"),
        ("나 끄기", "끄기"),
        ("list", None),
        ("", None),
    ],
)
def test_what_is_about_oneself_begins_with_it(words: str, rest: str | None) -> None:
    """In either language; everything else is about the channel."""
    assert said_of_oneself(words) == rest


@pytest.mark.parametrize(
    "words",
    [
        "daily 17:00",
        "list",
        "pause",
        "post now",
        "weekly fri",
        "fri 17:00",
        "weekly fri 17:00 7d",
        "off weekly",
        "weekly fri 17:00 trend",
        "weekly fri 17:00 diary",
        "weekly fri 25:00",
        "weekly fri 17:00 Mars/Sea",
        "please",
    ],
)
def test_other_words_get_the_diarys_own_usage(words: str) -> None:
    """Not that of channels, which has more to choose; nothing of what was written."""
    with pytest.raises(BadCommand) as english:
        parse_diary(words)
    assert "`me weekly fri 17:00`" in english.value.sentence("en")
    assert "monthly" not in english.value.sentence("en")
    with pytest.raises(BadCommand) as korean:
        parse_diary(words, "ko")
    assert "`나 매주 금 17:00`" in korean.value.sentence("ko")
    assert "please" not in korean.value.sentence("ko")


@pytest.mark.parametrize(("words", "what"), [("weekly fri 25:00", "time"), ("weekly fri 17:00 Mars/Sea", "zone")])
def test_what_does_not_exist_is_called_by_its_name_for_a_diary_too(words: str, what: str) -> None:
    """A time or a zone that there is not."""
    with pytest.raises(BadSchedule) as refused:
        parse_diary(words)
    assert refused.value.what == what


@given(st.text(max_size=60))
def test_whatever_is_typed_of_oneself_is_understood_or_refused(words: str) -> None:
    """Nothing else comes out, and a diary is weekly."""
    with contextlib.suppress(BadCommand):
        parsed = parse_diary(words)
        assert parsed in {"show", "on", "off"} or (isinstance(parsed, Draft) and parsed.kind == "weekly")
