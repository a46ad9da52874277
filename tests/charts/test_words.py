import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.phrases import LONGEST_ALT_TEXT
from charts.style import Locale
from charts.words import alt_text, facts, noise_text, percent, period_text, zone_text
from emotion.labels import EMOTIONS, NAMES, Emotion
from tests.charts.factories import cell, cells, channel, point, points, series

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


def test_hidden_days_are_told_but_not_whether_anybody_wrote_in_them() -> None:
    """The number of days and the rule, in full: how many people, and how much one of them may have written."""
    made = channel([cell(0), cell(2), cell(3)])
    assert facts(made, "en")[-1] == (
        "4 days are not shown: a day needs at least 5 people who opted in and wrote, nobody with more than 40%."
    )
    assert facts(made, "ko")[-1] == (
        "4일 치는 보여 드리지 않아요. 동의한 5명 이상이 쓰고 한 사람이 40%를 넘지 않을 때만 보여 드려요."
    )


def test_the_words_of_a_channel_are_made_of_its_published_cells() -> None:
    """Amount, ranking and peak are of what is shown; no number of people stands in them but the one of the rule."""
    made = channel([cell(0, joy=4, anger=4), cell(2, joy=12)], minimum_people=4)
    assert facts(made, "en")[:2] == ["20 messages in 2 of 7 days.", "Joy leads with 80%, followed by anger 20%."]
    assert "anger stands out on Nov 20: 50% of 8 messages" in facts(made, "en")[2].lower().replace("nov", "Nov")
    assert "at least 4 people" in alt_text(made, "en")


def test_weeks_are_called_by_their_names() -> None:
    """A bar is a week, and the words say so."""
    weeks = series(points(90, a_day=3), 90)
    assert facts(weeks, "en")[0] == "270 messages in 14 weeks."
    assert facts(weeks, "ko")[0] == "14주 동안 글 270개를 읽었어요."
    assert "one bar a week, Aug 23 – Nov 20, 2026" in alt_text(weeks, "en").replace("\N{THIN SPACE}", " ")
    assert "1주 치는" in facts(channel([cell(4, "week")], 7), "ko")[-1]


def test_whose_dates_they_are_is_said_by_the_name_of_a_city() -> None:
    """As people say it, in either language."""
    made = channel([cell(0)])
    assert (zone_text(made, "en"), zone_text(made, "ko")) == ("dates of Seoul", "서울 날짜 기준")
    assert zone_text(series([], timezone="UTC"), "en") == "dates of UTC"


def test_nothing_is_said_to_be_nothing() -> None:
    """An empty series has words, too."""
    assert facts(series([]), "en") == ["There is nothing to show in this period."]
    assert "보여 드릴 것이 없어요" in alt_text(series([]), "ko")


def test_the_alternative_text_says_everything_that_the_key_says() -> None:
    """Every emotion that occurs stands in it with its share."""
    made = series(points(7, a_day=20))
    for locale in ("en", "ko"):
        for emotion, count in made.counts.items():
            assert f"{NAMES[locale][emotion]} {percent(count / made.total, locale)}" in alt_text(made, locale)


@settings(deadline=None)
@given(
    raw=st.lists(st.tuples(st.integers(0, 89), st.sampled_from(EMOTIONS)), max_size=80),
    days=st.sampled_from([1, 7, 30, 90]),
    minimum=st.integers(3, 1000),
    locale=st.sampled_from(["en", "ko"]),
)
def test_words_stay_short_whatever_the_data(
    raw: list[tuple[int, Emotion]], days: int, minimum: int, locale: Locale
) -> None:
    """At most 1,000 characters that end in a full stop, and at most four facts; two or more where there is data."""
    own = series([point(*entry) for entry in raw], days)
    shown = channel(cells([point(*entry) for entry in raw]), days, minimum_people=minimum)
    for made in (own, shown):
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


def test_noise_is_told_with_what_it_has_cost() -> None:
    """What each publication costs and what is left; at the end of it, why new days are missing; later, that it was."""
    said = noise_text(epsilon=0.5, spent=6, budget=30, locale="en")
    assert "ε = 0.5 each time, 6 of 30 spent in this channel" in said
    assert "stay hidden" not in said
    spent = noise_text(epsilon=0.1, spent=3.0 - 1e-12, budget=3, locale="en")
    assert "3 of 3 spent" in spent
    assert "stay hidden" in spent
    assert "stay hidden" not in noise_text(epsilon=0.1, spent=2.9, budget=3, locale="en")
    assert "each time, 99 spent" in noise_text(epsilon=1, spent=99, budget=0, locale="en")
    assert "have random noise" in noise_text(epsilon=0, spent=2, budget=0, locale="en")
    assert "한 번에 ε = 1, 이 채널에서 지금까지 30 중 30 사용" in noise_text(
        epsilon=1, spent=30, budget=30, locale="ko"
    )
    assert "한도를 다 써서" in noise_text(epsilon=1, spent=30, budget=30, locale="ko")
    assert "ε, 이 채널에서 지금까지 2 사용" in noise_text(epsilon=0, spent=2, budget=0, locale="ko")
