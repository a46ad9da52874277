from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch

from charts import style
from charts.mood import NAMED, mood, settled
from charts.series import Series
from charts.style import DARK, LIGHT, Locale, Theme
from charts.timeline import BAR
from emotion.labels import NAMES, Emotion
from tests.charts.factories import cell, cells, channel, point, points, series
from tests.charts.looking import LOOKS, bars, check_layout, drawn, named, said, texts

CASES: dict[str, Series] = {
    "seven days": series(points(7, a_day=5, quiet=[3])),
    "one day": series(points(1, a_day=5), 1),
    "one emotion": series([point(day) for day in range(7)]),
    "all seven alike": series([point(0, emotion) for emotion in Emotion]),
    "thirty days": channel(cells(points(30, a_day=9, quiet=[5, 6, 12])), 30),
    "some suppressed": channel(cells(points(30, a_day=9, quiet=range(12, 20))), 30),
    "the last ones suppressed": channel(cells(points(30, a_day=9, quiet=range(9))), 30),
    "a thousand people": channel([], 30, minimum_people=1000),
    "a thousand people, some suppressed": channel([cell(3)], 30, minimum_people=1000),
    "ninety days": channel(cells(points(90, a_day=9, quiet=range(30, 40))), 90),
    "a week published as one": channel([cell(11, "week", joy=6), cell(1, anger=5)]),
    "nothing": series([]),
}
every_case = pytest.mark.parametrize("case", CASES)
every_look = pytest.mark.parametrize(("locale", "theme"), LOOKS, ids=lambda value: getattr(value, "name", value))


def picture(case: str, locale: Locale = "en", theme: Theme = LIGHT, title: str = "Mood of #마음") -> Figure:
    return mood(CASES[case], locale=locale, title=title, subtitle="Nov 14 – 20, 2026년", theme=theme)


def last_bar(case: str) -> tuple[int, dict[Emotion, float]]:
    """Its place, and the shares in it from below."""
    shown = [(place, bucket.shares) for place, bucket in enumerate(CASES[case].buckets) if bucket.shares]
    place, shares = shown[-1]
    return place, {emotion: shares[emotion] for emotion in style.PALETTE if shares[emotion]}


@every_look
@every_case
def test_every_word_can_be_read(case: str, locale: Locale, theme: Theme) -> None:
    """No glyph is missing, no text is below 11 points, cut off, or in the way of another."""
    check_layout(picture(case, locale, theme))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_bars_are_the_shares_in_the_emotions_colours(theme: Theme) -> None:
    """Each bucket's bars have the height of its shares, the colour of the emotion, and stand on one another."""
    figure = picture("seven days", theme=theme)
    floor = dict.fromkeys(range(7), 0.0)
    for emotion, colour in style.PALETTE.items():
        (mark,) = named(figure, f"shares.{emotion.value}")
        assert isinstance(mark, PathPatch)
        assert to_hex(mark.get_facecolor()) == colour
        assert to_hex(mark.get_edgecolor()) == theme.background
        for left, low, width, height in bars(figure, f"shares.{emotion.value}"):
            place = round(left + width / 2)
            expected = CASES["seven days"].buckets[place].shares
            assert expected
            assert height == pytest.approx(expected[emotion])
            assert low == pytest.approx(floor[place])
            floor[place] += height
    assert floor == {place: pytest.approx(0 if place == 3 else 1) for place in range(7)}


def test_what_did_not_occur_has_no_bar() -> None:
    """Nor a name."""
    figure = picture("one emotion")
    assert len(bars(figure, "shares.joy")) == 7
    assert [emotion for emotion in Emotion if named(figure, f"shares.{emotion.value}")] == [Emotion.JOY]
    assert said(figure, "name") == ["joy"]
    assert said(figure, "key") == []


def test_a_day_without_messages_is_a_gap() -> None:
    """Six bars at seven places: the fourth day from the end has none, above and below."""
    figure = picture("seven days")
    counted = [round(left + width / 2) for left, _, width, _ in bars(figure, "counts.bars")]
    shares = {
        round(left + width / 2) for emotion in Emotion for left, _, width, _ in bars(figure, f"shares.{emotion.value}")
    }
    assert counted == sorted(shares) == [0, 1, 2, 4, 5, 6]


@every_case
def test_a_bar_of_shares_stands_above_its_count(case: str) -> None:
    """The bars below are the numbers of messages, at the same places on the paper."""
    figure = picture(case)
    drawn(figure)
    below = {left: height for left, _, _, height in bars(figure, "counts.bars")}
    shown = {place: bucket.total for place, bucket in enumerate(CASES[case].buckets) if bucket.total}
    assert below == {place - BAR / 2: total for place, total in shown.items()}
    for emotion in Emotion:
        for mark in named(figure, f"shares.{emotion.value}"):
            (counts,) = named(figure, "counts.bars")
            lefts = {left for left, *_ in bars(figure, f"shares.{emotion.value}")}
            assert lefts <= set(below)
            ends = [one.get_transform().transform([(0, 0), (1, 0)])[:, 0] for one in (mark, counts)]
            assert ends[0] == pytest.approx(ends[1])


@pytest.mark.parametrize(("locale", "first", "last"), [("ko", "11월 14일", "11월 20일"), ("en", "Nov 14", "Nov 20")])
def test_dates_are_written_in_the_askers_language(locale: Locale, first: str, last: str) -> None:
    """From the first day to today."""
    labels = said(picture("seven days", locale), "date")
    assert labels[-1] == last
    assert first in labels or len(labels) < 7


@pytest.mark.parametrize("case", ["seven days", "thirty days", "ninety days"])
def test_a_date_stands_under_its_own_bar(case: str) -> None:
    """Today's date is under the last place, and the others at even steps before it."""
    places = [float(text.get_position()[0]) for text in texts(picture(case)) if text.get_gid() == "date"]
    steps = [after - before for before, after in pairwise(places)]
    assert len(steps) >= 2
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.2)  # the last one may be moved in from the edge


@pytest.mark.parametrize(("locale", "words"), [("ko", "5명 이상일 때만 보여요"), ("en", "needs 5 people or more")])
def test_suppressed_days_are_hatched_and_the_key_says_why(locale: Locale, words: str) -> None:
    """One hatched bar a suppressed day on each panel, none on others."""
    figure = picture("some suppressed", locale)
    hidden = [place for place, bucket in enumerate(CASES["some suppressed"].buckets) if bucket.suppressed]
    for panel in ("shares", "counts"):
        (mark,) = named(figure, f"{panel}.suppressed")
        assert isinstance(mark, PathPatch)
        assert mark.get_hatch()
        assert [round(left + width / 2) for left, _, width, _ in bars(figure, f"{panel}.suppressed")] == hidden
    assert len(hidden) == 8
    assert said(figure, "key")[-1] == words


def test_nothing_is_hatched_where_nothing_is_suppressed() -> None:
    """A personal picture speaks of no other people."""
    figure = picture("seven days")
    assert not [one for one in figure.get_children() if isinstance(one, PathPatch) and one.get_hatch()]
    assert not [text for text in texts(figure) if "people" in text.get_text()]


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].total])
@pytest.mark.parametrize("locale", ["ko", "en"])
def test_whatever_occurs_is_named_once(case: str, locale: Locale) -> None:
    """Beside the last bar what has 8 % of it or more, in the order of the stack; in the key whatever else occurs."""
    figure = picture(case, locale)
    _, shares = last_bar(case)
    beside = [NAMES[locale][emotion] for emotion in reversed(shares) if shares[emotion] >= NAMED]
    assert said(figure, "name") == beside
    occurring = {NAMES[locale][emotion] for emotion, count in CASES[case].counts.items() if count}
    names = set(NAMES[locale].values())
    assert {word for word in said(figure, "key") if word in names} == occurring - set(beside)


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].total])
def test_a_line_leads_from_each_part_of_the_last_bar_to_its_name(case: str) -> None:
    """In the feeling's colour; it begins in the middle of the part and ends at the height of the name."""
    figure = picture(case)
    drawn(figure)
    place, shares = last_bar(case)
    floor = 0.0
    for emotion, share in shares.items():
        if share >= NAMED:
            (line,) = named(figure, f"names.{emotion.value}")
            (mark,) = named(figure, f"shares.{emotion.value}")
            assert isinstance(line, Line2D)
            assert to_hex(line.get_color()) == style.PALETTE[emotion]
            path = line.get_transform().transform(line.get_xydata())
            begin = mark.get_transform().transform((place + BAR / 2, floor + share / 2))
            assert path[0] == pytest.approx(begin, abs=0.5)
            name = next(text for text in texts(figure) if text.get_text() == NAMES["en"][emotion])
            box = name.get_window_extent()
            assert box.y0 < path[-1][1] < box.y1
            assert 0 < box.x0 - path[-1][0] < 0.1 * style.DPI
        floor += share


@given(
    wanted=st.lists(st.floats(1, 3), max_size=7).map(sorted),
    gap=st.floats(0.05, 0.25),
)
def test_names_keep_apart_and_in_order(wanted: list[float], gap: float) -> None:
    """Between the ends, as far apart as they need; those that do not crowd stay where they are wanted."""
    found = settled(wanted, gap, 1, 3)
    assert all(after - before >= gap - 1e-9 for before, after in pairwise(found))
    assert all(1 - 1e-9 <= place <= 3 + 1e-9 for place in found)
    if all(after - before >= gap for before, after in pairwise(wanted)):
        assert found == wanted


def test_an_empty_series_says_that_it_is_empty() -> None:
    """No bars, no names, one sentence."""
    figure = picture("nothing", "ko")
    assert said(figure, "nothing") == ["이 기간에는 보여 드릴 것이 없어요"]
    assert not [emotion for emotion in Emotion if named(figure, f"shares.{emotion.value}")]
    assert (said(figure, "name"), said(figure, "key")) == ([], [])


@pytest.mark.parametrize(
    "title", ["#" + "아주긴채널이름" * 12 + "의 감정", "Mood in #" + "w" * 80, "감정 🎉 $x_1$ \n\x00"]
)
def test_any_title_fits_and_is_taken_literally(title: str) -> None:
    """What is too long ends in an ellipsis; dollar signs are no formula; an emoji is replaced."""
    figure = picture("seven days", title=title)
    drawn(figure)
    head = next(text for text in texts(figure) if text.get_gid() == "head")
    assert head.get_window_extent().x1 <= figure.bbox.x1
    assert head.get_text().endswith("…") == (len(title) > 40)
