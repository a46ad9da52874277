"""What pictures say, in words, as rows and as Slack's own charts: by hand for small data, by rule for any."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts import tell_diary, tell_mix, tell_valence, tell_week, tell_year
from charts.contrast import Mix, Side
from charts.expected import curve
from charts.moments import Counts, Year, by_hour, total
from charts.series import Point
from charts.style import Locale
from charts.summary import summary
from emotion.labels import EMOTIONS, NAMES, Emotion
from tests.charts.factories import NOW as MOMENT
from tests.charts.factories import SEOUL
from tests.charts.histories import LIVES, of
from tests.charts.looking import LOCALES
from tests.charts.test_expected import CALM, channel
from tests.charts.test_mix import BEFORE, HIDDEN, NOTHING, NOW
from tests.charts.test_valence import GOOD, HARD, SHIFTED

Days = Sequence[Counts | None]
HIDDEN_EN = "2 days are not shown: a day needs at least 5 people who opted in and wrote, nobody with more than 40%."
HIDDEN_KO = "2일 치는 보여 드리지 않아요. 동의한 5명 이상이 쓰고 한 사람이 40%를 넘지 않을 때만 보여 드려요."


@pytest.mark.parametrize(
    ("days", "locale", "expected"),
    [
        (
            [GOOD, None, None, HARD],
            "en",
            [
                "The mean is +0.02, in between, over 20 messages in 2 of 4 days.",
                "The most pleasant was Nov 17 (+0.61), the least Nov 20 (−0.56).",
                HIDDEN_EN,
            ],
        ),
        (
            [GOOD, None, None, HARD],
            "ko",
            [
                "4일 중 2일 동안 쓴 글 20개의 평균은 +0.02, 중간쯤이에요.",
                "가장 즐거웠던 때는 11월 17일(+0.61), 가장 힘들었던 때는 11월 20일(−0.56)이에요.",
                HIDDEN_KO,
            ],
        ),
        (
            [{Emotion.FEAR: 9, Emotion.SADNESS: 1}] * 7 + [GOOD] * 7,
            "en",
            [
                "The mean is −0.02, in between, over 140 messages in 14 days.",
                "The last 7 days were 1.25 above the 7 days before.",
                "The level shifted from Nov 14 on: −0.64 before, +0.61 since.",
            ],
        ),
        (
            [{Emotion.FEAR: 9, Emotion.SADNESS: 1}] * 7 + [GOOD] * 7,
            "ko",
            [
                "14일 동안 쓴 글 140개의 평균은 −0.02, 중간쯤이에요.",
                "최근 7일은 그 전 7일보다 1.25 높아요.",
                "11월 14일부터 기분이 −0.64에서 +0.61 수준으로 달라졌어요.",
            ],
        ),
        (
            [{Emotion.JOY: 1}],
            "en",
            [
                "The mean is +0.76, on the pleasant side, over 1 message in 1 day.",
                "That is too little to call it a mood.",
            ],
        ),
        ([None, None], "ko", ["이 기간에는 보여 드릴 것이 없어요.", HIDDEN_KO]),
    ],
)
def test_a_line_says_its_mean_what_changed_and_what_is_hidden(days: Days, locale: Locale, expected: list[str]) -> None:
    """The facts are those of the data, in both languages, and nothing of a hidden day is in them."""
    assert tell_valence.facts(curve(channel(days)), locale) == expected


def test_weeks_are_called_weeks() -> None:
    """In a long period a point is a week."""
    made = curve(channel([CALM] * 40 + [GOOD] * 14))
    assert tell_valence.facts(made, "en")[0].endswith(" over 540 messages in 8 weeks.")
    assert tell_valence.facts(made, "en")[1].startswith("This week was ")
    assert tell_valence.facts(made, "ko")[1].startswith("이번 주는 지난주")
    assert "one point a week" in tell_valence.alt_text(made, "en")
    assert "한 주에 점 하나씩" in tell_valence.alt_text(made, "ko")


def test_the_values_of_a_line_stand_in_its_alternative_text() -> None:
    """A month of them fits."""
    made = curve(channel(SHIFTED))
    for locale in LOCALES:
        alt = tell_valence.alt_text(made, locale)
        assert len(alt) <= 1000
        assert ("Nov 5 +0.61" if locale == "en" else "11월 5일 +0.61") in alt


def test_rows_of_a_line_are_its_buckets() -> None:
    """Dates, numbers, the mean and its range; a hidden bucket has neither a number nor a mean."""
    rows = tell_valence.rows(curve(channel([GOOD, None, {Emotion.JOY: 3}])))
    assert rows[0] == ("start", "end", "messages", "valence", "low", "high", "shown")
    assert rows[1][:4] == ("2026-11-18", "2026-11-18", 10, 0.608)
    assert rows[2] == ("2026-11-19", "2026-11-19", "", "", "", "", "no")
    assert rows[3][2:4] == (3, 0.76)


def test_slacks_line_is_made_where_it_need_not_break() -> None:
    """A gap or more than twenty points, and there is none."""
    made = tell_valence.block(curve(channel([GOOD, HARD])), "ko", "기분")
    assert made
    assert made["chart"]["type"] == "line"
    assert made["chart"]["axis_config"]["categories"] == ["11월 19일", "11월 20일"]
    assert [point["value"] for point in made["chart"]["series"][0]["data"]] == [0.61, -0.56]
    assert tell_valence.block(curve(channel([GOOD, None, HARD])), "en", "t") is None
    assert tell_valence.block(curve(channel([CALM] * 21)), "en", "t") is None


MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def hours(*some: tuple[int, int, Emotion, int]) -> list[Point]:
    """So many readings on a weekday (0 is Monday) at an hour."""
    return [
        Point(MONDAY + timedelta(days=day, hours=hour, minutes=n % 60), emotion)
        for day, hour, emotion, count in some
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        (
            "en",
            [
                "50 messages, most on Tuesdays (30) and at 2 PM.",
                "Tuesdays are the most pleasant (+0.76), Mondays the least (−0.64).",
                "Afternoons (+0.76) are more pleasant than mornings (−0.64).",
            ],
        ),
        (
            "ko",
            [
                "글 50개 중 화요일(30개)과 14시대에 가장 많이 썼어요.",
                "화요일이 가장 즐겁고(+0.76) 월요일이 가장 힘들어요(−0.64).",
                "오전(−0.64)보다 오후(+0.76)에 더 즐거워요.",
            ],
        ),
    ],
)
def test_a_week_says_when_and_where_it_differs(locale: Locale, expected: list[str]) -> None:
    """The busiest day and hour, the most and the least pleasant day and part of the day."""
    made = by_hour(hours((0, 9, Emotion.FEAR, 20), (1, 14, Emotion.JOY, 30)), "UTC")
    assert tell_week.facts(made, locale) == expected


def test_a_week_of_chance_is_not_told_apart() -> None:
    """Too few messages, or the same on every day."""
    few = by_hour(hours((0, 9, Emotion.FEAR, 2), (1, 14, Emotion.JOY, 2)), "UTC")
    assert tell_week.facts(few, "en")[1:] == ["No weekday stands out as more pleasant than another."]
    assert tell_week.facts(few, "ko")[1:] == ["요일 사이에 뚜렷한 기분 차이는 없어요."]


def test_rows_of_a_week_are_its_hours() -> None:
    """Only those with messages; Monday is 1."""
    rows = tell_week.rows(by_hour(hours((0, 9, Emotion.FEAR, 2), (6, 0, Emotion.JOY, 1)), "UTC"))
    assert rows == [
        ("weekday", "hour", "messages", "valence", *EMOTIONS),
        (1, 9, 2, -0.64, 0, 0, 2, 0, 0, 0, 0),
        (7, 0, 1, 0.76, 0, 0, 0, 1, 0, 0, 0),
    ]


YEAR = Year(
    date(2026, 10, 1),
    date(2026, 11, 20),
    {
        date(2026, 10, 5): {Emotion.JOY: 30},
        date(2026, 11, 3): {Emotion.FEAR: 40},
        date(2026, 11, 4): {Emotion.NEUTRAL: 1},
    },
    frozenset({date(2026, 11, 7), date(2026, 11, 8)}),
    5,
)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        (
            "en",
            [
                "71 messages on 3 of 51 days, most on Nov 3 (40).",
                "1 day on the pleasant side, 1 on the unpleasant one.",
                "The most pleasant month was Oct 2026 (+0.76), the least Nov 2026 (−0.62).",
                HIDDEN_EN,
            ],
        ),
        (
            "ko",
            [
                "51일 중 3일에 글 71개를 썼고, 11월 3일에 가장 많았어요(40개).",
                "즐거운 쪽이었던 날은 1일, 힘든 쪽이었던 날은 1일이에요.",
                "가장 즐거웠던 달은 2026년 10월 (+0.76), 가장 힘들었던 달은 2026년 11월 (−0.62)이에요.",
                HIDDEN_KO,
            ],
        ),
    ],
)
def test_a_year_says_how_much_and_which_months(locale: Locale, expected: list[str]) -> None:
    """And what is hidden."""
    assert tell_year.facts(YEAR, locale) == expected
    assert "Oct 2026 30 messages +0.76" in tell_year.alt_text(YEAR, "en")


def test_rows_of_a_year_are_its_days() -> None:
    """Every day; an empty one has noughts and no mean, a hidden one nothing."""
    rows = tell_year.rows(YEAR)
    by_day = {row[0]: row[2:] for row in rows}
    assert rows[0][:4] == ("start", "end", "messages", "valence")
    assert len(rows) == 1 + 51
    assert all(start == end for start, end, *_ in rows[1:])
    assert by_day["2026-10-05"] == (30, 0.76, 0, 0, 0, 30, 0, 0, 0, "yes")
    assert by_day["2026-10-06"] == (0, "", *[0] * 7, "yes")
    assert by_day["2026-11-07"] == ("", "", *[""] * 7, "no")


WHOLE: dict[date, Counts] = {date(2026, 10, 26): {Emotion.FEAR: 60}, date(2026, 11, 16): {Emotion.JOY: 7}}
"""Weeks of a channel of which only the whole may be shown: one ends in November, one is this week's."""
SINCE = date(2026, 10, 5)


def channels_year(days: dict[date, Counts], joined: dict[date, Counts]) -> Year:
    """Of which nothing is kept before the fifth of October, and two more days may not be shown."""
    hidden = frozenset({date(2026, 11, 7), date(2026, 11, 8)})
    return Year(date(2025, 11, 17), date(2026, 11, 20), days, hidden, 5, joined, SINCE)


@pytest.mark.parametrize(
    ("days", "joined", "locale", "expected"),
    [
        (
            {date(2026, 10, 5): {Emotion.JOY: 30}, date(2026, 11, 3): {Emotion.JOY: 3}},
            WHOLE,
            "en",
            [
                "100 messages on 2 days and in 2 whole weeks; the busiest single day was Oct 5 (30).",
                "2 days and 1 week on the pleasant side, 1 week on the unpleasant one.",
                "The most pleasant month was Nov 2026 (+0.76), the least Oct 2026 (−0.17).",
                HIDDEN_EN,
            ],
        ),
        (
            {date(2026, 10, 5): {Emotion.JOY: 30}, date(2026, 11, 3): {Emotion.JOY: 3}},
            WHOLE,
            "ko",
            [
                "하루씩 2일과 한 주씩 묶은 2주에 글 100개를 썼고, 하루로는 10월 5일에 가장 많았어요(30개).",
                "즐거운 쪽이었던 때는 2일과 1주, 힘든 쪽이었던 때는 1주예요.",
                "가장 즐거웠던 달은 2026년 11월 (+0.76), 가장 힘들었던 달은 2026년 10월 (−0.17)이에요.",
                HIDDEN_KO,
            ],
        ),
        (
            {},
            {date(2026, 10, 26): {Emotion.NEUTRAL: 60}},
            "en",
            [
                "60 messages in 1 whole week, most in the week from Oct 26 (60).",
                "0 weeks on the pleasant side, 0 weeks on the unpleasant one.",
                HIDDEN_EN,
            ],
        ),
        (
            {},
            {date(2026, 10, 26): {Emotion.NEUTRAL: 60}},
            "ko",
            [
                "한 주씩 묶은 1주에 글 60개를 썼고, 10월 26일부터의 한 주에 가장 많았어요(60개).",
                "즐거운 쪽이었던 때는 0주, 힘든 쪽이었던 때는 0주예요.",
                HIDDEN_KO,
            ],
        ),
        (
            {date(2026, 10, 5): {Emotion.JOY: 30}},
            {},
            "en",
            [
                "30 messages on 1 of 47 days, most on Oct 5 (30).",
                "1 day on the pleasant side, 0 on the unpleasant one.",
                HIDDEN_EN,
            ],
        ),
        ({date(2026, 11, 3): {Emotion.JOY: 3}}, WHOLE, "en", None),
    ],
)
def test_a_channels_year_says_how_much_in_days_and_in_whole_weeks(
    days: dict[date, Counts], joined: dict[date, Counts], locale: Locale, expected: list[str] | None
) -> None:
    """Of how many days is said of those that are kept; a week counts in the month of its Thursday."""
    made = channels_year(days, joined)
    if expected is None:
        assert "Oct 2026 60 messages −0.64, Nov 2026 10 messages +0.76" in tell_year.alt_text(made, locale)
    else:
        assert tell_year.facts(made, locale) == expected


@pytest.mark.parametrize(
    ("locale", "bars", "dots", "thursdays"),
    [
        ("en", "A long bar is a whole week", "Days before Oct 5, 2026 are dots", "in the month of its Thursday"),
        ("ko", "세로로 긴 막대는", "2026년 10월 5일 전은 점으로만", "목요일이 있는 달로"),
    ],
)
def test_what_is_not_a_square_is_explained_to_who_does_not_see_it(
    locale: Locale, bars: str, dots: str, thursdays: str
) -> None:
    """Bars and dots where there are some, and where a week counts that lies in two months."""
    alt = tell_year.alt_text(channels_year({date(2026, 11, 3): {Emotion.JOY: 3}}, WHOLE), locale)
    assert all(one in alt for one in (bars, dots, thursdays))
    assert not any(one in tell_year.alt_text(YEAR, locale) for one in (bars, dots, thursdays))


def test_a_week_whose_thursday_is_to_come_is_in_todays_month() -> None:
    """On Tuesday the 30th of June, no July is the most pleasant month of the year."""
    last, week = date(2026, 6, 30), date(2026, 6, 29)
    days, joined = {date(2026, 5, 4): {Emotion.FEAR: 40}}, {week: {Emotion.JOY: 40}}
    year = Year(date(2025, 6, 23), last, days, frozenset(), 5, joined)
    for said in (" ".join(tell_year.facts(year, "en")), tell_year.alt_text(year, "en")):
        assert "Jun 2026" in said
        assert "Jul" not in said


def test_a_date_of_the_year_before_says_so() -> None:
    """53 weeks have some dates twice."""
    busiest = date(2025, 11, 18)
    year = Year(date(2025, 11, 17), date(2026, 11, 20), {busiest: {Emotion.JOY: 40}}, frozenset(), 5)
    assert "most on Nov 18, 2025 (40)" in tell_year.facts(year, "en")[0]
    assert "2025년 11월 18일에 가장 많았어요" in tell_year.facts(year, "ko")[0]


def test_rows_of_a_channels_year_are_its_cells_and_what_is_kept_beside_them() -> None:
    """A week of which only the whole may be shown is one row, this week's ends with today; nothing is told of its days.

    Of days that are no longer kept there is no row.
    """
    head, *rows = tell_year.rows(channels_year({date(2026, 11, 3): {Emotion.JOY: 3}}, WHOLE))
    by_dates = {row[:2]: dict(zip(head, row, strict=True)) for row in rows}
    assert by_dates["2026-10-26", "2026-11-01"]["messages"] == 60
    assert by_dates["2026-11-16", "2026-11-20"]["messages"] == 7
    assert by_dates["2026-11-03", "2026-11-03"]["joy"] == 3
    assert by_dates["2026-11-07", "2026-11-07"]["shown"] == "no"
    assert rows[0][0] == "2026-10-05"
    assert len(rows) == 47 - 6 - 4
    assert not any("2026-10-26" < str(row[0]) <= "2026-11-01" for row in rows)


@pytest.mark.parametrize(
    ("mix", "locale", "expected"),
    [
        (
            Mix(NOW, BEFORE),
            "en",
            [
                "Most frequent: joy with 60% (this week), neutral with 60% (last week).",
                "Joy changed most: +30 pts (30% to 60%), but that can be chance.",
                "This week (Nov 16 – 20): 20 messages; last week (Nov 9 – 15): 10 messages.",
            ],
        ),
        (
            Mix(NOW, BEFORE),
            "ko",
            [
                "이번 주는 기쁨이 60%로, 지난주는 중립이 60%로 가장 많았어요.",
                "가장 크게 달라진 것은 기쁨이에요: +30%p(30%→60%). 우연일 수도 있는 차이예요.",
                "이번 주 (11월 16일~20일): 글 20개; 지난주 (11월 9일~15일): 글 10개.",
            ],
        ),
        (
            Mix(NOW, HIDDEN),
            "en",
            [
                "Most frequent: joy with 60% (this week).",
                "This week (Nov 16 – 20): 20 messages; last week (Nov 9 – 15): not shown, it takes 5 people or more.",
            ],
        ),
        (Mix(NOW, NOW), "ko", None),
        (Mix(NOTHING, NOTHING), "en", ["There is nothing to show in this period."]),
        (
            Mix(HIDDEN, HIDDEN),
            "ko",
            [
                "이 기간에는 보여 드릴 것이 없어요.",
                (
                    "이번 주 (11월 9일~15일): 5명 이상일 때만 보여 드려요; "
                    "지난주 (11월 9일~15일): 5명 이상일 때만 보여 드려요."
                ),
            ],
        ),
    ],
)
def test_a_mix_says_what_leads_and_what_changed(mix: Mix, locale: Locale, expected: list[str] | None) -> None:
    """Nothing is said to have changed that has not; a hidden week is said to be hidden."""
    if expected is None:
        assert tell_mix.facts(mix, locale)[:2] == [
            "기쁨이 지난주(60%)에 이어 이번 주에도(60%) 가장 많아요.",
            "달라진 비율은 없어요.",
        ]
    else:
        assert tell_mix.facts(mix, locale) == expected


def test_a_sure_change_is_told_without_a_doubt() -> None:
    """A hundred times the messages, and the same shares cannot be chance."""
    sure = Mix(*(Side(s.first, s.last, {e: n * 100 for e, n in (s.counts or {}).items()}) for s in (NOW, BEFORE)))
    assert tell_mix.facts(sure, "en")[1] == "Joy changed most: +30 pts (30% to 60%)."
    assert tell_mix.facts(sure, "ko")[1] == "가장 크게 달라진 것은 기쁨이에요: +30%p(30%→60%)."


def test_a_hidden_week_tells_nothing_of_what_is_in_it() -> None:
    """Not in words, not in rows, not in Slack's chart."""
    mix = Mix(NOW, HIDDEN)
    assert tell_mix.block(mix, "en", "t") is None
    for row in tell_mix.rows(mix)[1:]:
        assert row[3:] == ("", "", "")
    assert NAMES["en"][Emotion.ANGER] not in tell_mix.alt_text(mix, "en")


def test_rows_and_slacks_bars_of_a_mix_are_its_shares() -> None:
    """Counts and shares of both periods, and the difference; whole percent in the chart."""
    rows = tell_mix.rows(Mix(NOW, BEFORE))
    assert rows[0] == ("emotion", "messages", "share", "messages_before", "share_before", "points")
    assert rows[1] == ("joy", 12, 0.6, 3, 0.3, 30)
    made = tell_mix.block(Mix(NOW, BEFORE), "ko", "비율")
    assert made
    assert made["chart"]["type"] == "bar"
    assert [series["name"] for series in made["chart"]["series"]] == ["이번 주", "지난주"]
    assert [point["value"] for point in made["chart"]["series"][1]["data"]] == [30, 60, 0, 10]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("life", LIVES)
def test_every_life_is_told_in_few_words(life: str, locale: Locale) -> None:
    """Two to four facts, or one where there is nothing; whole sentences; an alternative text that holds them."""
    made = of(life)
    told: list[tuple[list[str], str]] = [
        (tell_valence.facts(made.curve, locale), tell_valence.alt_text(made.curve, locale)),
        (tell_week.facts(made.week, locale), tell_week.alt_text(made.week, locale)),
        (tell_year.facts(made.year, locale), tell_year.alt_text(made.year, locale)),
        (tell_mix.facts(made.mix, locale), tell_mix.alt_text(made.mix, locale)),
        (tell_diary.facts(made, locale), tell_diary.alt_text(made, locale)),
    ]
    for facts, alt in told:
        assert (1 if life == "nothing" else 2) <= len(facts) <= 4
        assert all(fact.endswith(".") for fact in facts)
        assert len(alt) <= 1000
        assert alt.endswith(".")
        assert all(fact in alt for fact in facts) or life == "nothing"


@settings(deadline=None, max_examples=60)
@given(
    raw=st.lists(st.tuples(st.floats(0, 400), st.sampled_from(EMOTIONS), st.integers(1, 30)), max_size=40),
    locale=st.sampled_from(LOCALES),
    timezone=st.sampled_from([SEOUL, "America/New_York", "Pacific/Kiritimati"]),
)
def test_words_stay_short_whatever_the_data(
    raw: Sequence[tuple[float, Emotion, int]], locale: Locale, timezone: str
) -> None:
    """No data makes a fact too many, a text too long or a row of another width."""
    points = [Point(MOMENT - timedelta(days=back), label) for back, label, count in raw for _ in range(count)]
    made = summary(points, now=MOMENT, timezone=timezone)
    alts = [
        tell_valence.alt_text(made.curve, locale), tell_week.alt_text(made.week, locale),
        tell_year.alt_text(made.year, locale), tell_mix.alt_text(made.mix, locale), tell_diary.alt_text(made, locale),
    ]  # fmt: skip
    assert all(0 < len(alt) <= 1000 for alt in alts)
    assert 1 <= len(tell_diary.facts(made, locale)) <= 4
    tables = [
        tell_valence.rows(made.curve), tell_week.rows(made.week), tell_year.rows(made.year), tell_mix.rows(made.mix),
        tell_diary.rows(made),
    ]  # fmt: skip
    assert all(len({len(row) for row in table}) == 1 for table in tables)
    assert sum(int(row[2]) for row in tables[2][1:]) == sum(map(total, made.year.days.values()))
