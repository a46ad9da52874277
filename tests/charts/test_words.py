import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.style import Locale
from charts.words import LONGEST_ALT_TEXT, alt_text, facts, percent, period_text
from emotion.labels import EMOTIONS, NAMES, Emotion
from tests.charts.factories import point, points, series

WEEK = (
    [point(0, Emotion.JOY)] * 6
    + [point(1, Emotion.NEUTRAL)] * 3
    + [point(2, Emotion.SADNESS)] * 3
    + [point(2, Emotion.NEUTRAL)]
)


def test_the_facts_are_those_of_the_data_in_english() -> None:
    """How much, what most, what stood out."""
    assert facts(series(WEEK), "en") == [
        "13 messages in 3 of 7 days.",
        "Joy leads with 46%, followed by neutral 31%.",
        "Joy stands out on Nov 20: 100% of 6 messages.",
    ]


def test_the_facts_are_those_of_the_data_in_korean() -> None:
    """The same, in polite Korean with the particles that fit."""
    assert facts(series(WEEK), "ko") == [
        "7일 중 3일에 걸쳐 글 13개를 읽었어요.",
        "기쁨이 46%로 가장 많았고, 다음은 중립 31%예요.",
        "기쁨은 11월 20일에 두드러졌어요(글 6개 중 100%).",
    ]


@pytest.mark.parametrize(
    ("emotion", "said"), [(Emotion.ANGER, "모두 분노였어요."), (Emotion.JOY, "모두 기쁨이었어요.")]
)
def test_one_emotion_alone_is_said_so(emotion: Emotion, said: str) -> None:
    """No second place is invented."""
    only = series([point(0, emotion)])
    assert facts(only, "ko")[1] == said
    assert facts(only, "en") == ["1 message in 1 of 7 days.", f"All of it reads as {NAMES['en'][emotion]}."]


def test_a_tie_is_said_to_be_one() -> None:
    """Nobody wins who did not."""
    tied = series([point(0, Emotion.JOY), point(0, Emotion.FEAR)])
    assert facts(tied, "en")[1] == "Fear and joy lead with 50% each."
    assert facts(tied, "ko")[1] == "두려움과 기쁨이 각각 50%로 가장 많았어요."


def test_hidden_days_are_told_but_not_what_is_in_them() -> None:
    """The number of days and the rule; no emotion and no count of what is suppressed."""
    crowd = [point(0, author=name) for name in "abcde"]
    made = series([*crowd, *[point(2, Emotion.ANGER, "f")] * 40], minimum_people=5)
    assert facts(made, "en")[-1] == "1 day is not shown: fewer than 5 people wrote."
    assert facts(made, "ko")[-1] == "글을 쓴 사람이 5명 미만인 1일치는 보여 드리지 않아요."
    for locale in ("en", "ko"):
        assert NAMES[locale][Emotion.ANGER] not in alt_text(made, locale)
        assert "4" not in facts(made, locale)[0].replace("14", "")


def test_weeks_and_the_whole_are_called_by_their_names() -> None:
    """A bar is a week, or everything, and the words say which."""
    weeks = series(points(90, a_day=3, people=1), 90)
    assert facts(weeks, "en")[0] == "270 messages in 14 weeks."
    assert facts(weeks, "ko")[0] == "14주 동안 글 270개를 읽었어요."
    assert "one bar a week, Aug 23 – Nov 20, 2026" in alt_text(weeks, "en").replace("\N{THIN SPACE}", " ")
    whole = series([point(day, author=str(day)) for day in range(5)], minimum_people=5)
    assert "over the whole period" in facts(whole, "en")[0]
    assert "기간 전체에서 글 5개" in facts(whole, "ko")[0]


def test_nothing_is_said_to_be_nothing() -> None:
    """An empty series has words, too."""
    assert facts(series([]), "en") == ["There is nothing to show in this period."]
    assert "보여 드릴 것이 없어요" in alt_text(series([]), "ko")


def test_the_alternative_text_says_everything_that_the_key_says() -> None:
    """Every emotion that occurs stands in it with its share."""
    made = series(points(7, a_day=20, people=1))
    for locale in ("en", "ko"):
        for emotion, count in made.counts.items():
            assert f"{NAMES[locale][emotion]} {percent(count / made.total, locale)}" in alt_text(made, locale)


@settings(deadline=None)
@given(
    raw=st.lists(st.tuples(st.integers(0, 89), st.sampled_from(EMOTIONS), st.sampled_from("abcdefg")), max_size=80),
    days=st.sampled_from([1, 7, 30, 90]),
    minimum=st.integers(1, 5),
    locale=st.sampled_from(["en", "ko"]),
)
def test_words_stay_short_whatever_the_data(
    raw: list[tuple[int, Emotion, str]], days: int, minimum: int, locale: Locale
) -> None:
    """At most 1,000 characters that end in a full stop, and at most four facts; two or more where there is data."""
    made = series([point(*entry) for entry in raw], days, minimum_people=minimum)
    said = alt_text(made, locale)
    assert len(said) <= LONGEST_ALT_TEXT
    assert said.endswith(".")
    assert (2 if made.total else 1) <= len(facts(made, locale)) <= 4


@pytest.mark.parametrize(("share", "said"), [(0, "0%"), (0.001, "<1%"), (0.006, "1%"), (0.385, "38%"), (1, "100%")])
def test_a_small_share_is_not_called_nothing(share: float, said: str) -> None:
    """What rounds to zero and is not says that it is less than one percent."""
    assert percent(share, "en") == percent(share, "ko") == said


def test_the_period_is_written_as_people_write_it() -> None:
    """From the first to the last date, the year once."""
    made = series([])
    assert period_text(made, "ko") == "2026년 11월 14일~20일"
    assert period_text(made, "en").replace("\N{THIN SPACE}", " ") == "Nov 14 – 20, 2026"
