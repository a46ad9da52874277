import warnings
from collections.abc import Sequence
from itertools import pairwise

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from charts import style
from charts.mood import mood
from charts.series import Series
from charts.style import Locale
from charts.words import percent
from emotion.labels import NAMES, Emotion
from tests.charts.factories import point, points, series

LOCALES: Sequence[Locale] = ("ko", "en")
CASES: dict[str, Series] = {
    "seven days": series(points(7, a_day=5, people=1, quiet=[3])),
    "one day": series(points(1, a_day=5, people=1), 1),
    "one emotion": series([point(day) for day in range(7)]),
    "thirty days": series(points(30, a_day=9, people=9, quiet=[5, 6, 12]), 30, minimum_people=5),
    "some suppressed": series(
        points(30, a_day=9, people=9, quiet=range(10, 20)) + points(20, a_day=3, people=3, quiet=range(12)),
        30, minimum_people=5,
    ),
    "a thousand people": series(points(30, a_day=1, people=1), 30, minimum_people=1000),
    "ninety days": series(points(90, a_day=9, people=9, quiet=range(30, 40)), 90, minimum_people=5),
    "one bucket": series([point(day, author=str(day)) for day in range(5)], 30, minimum_people=5),
    "nothing": series([]),
}  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES)
both_locales = pytest.mark.parametrize("locale", LOCALES)


def drawn(case: str, locale: Locale = "en", title: str = "Mood", subtitle: str = "Nov 14 – 20, 2026") -> Figure:
    return mood(CASES[case], locale=locale, title=title, subtitle=subtitle)


def axes(figure: Figure, label: str) -> Axes:
    return next(one for one in figure.axes if one.get_label() == label)


def stacks(figure: Figure) -> dict[Emotion, BarContainer]:
    containers = [one for one in axes(figure, "shares").containers if isinstance(one, BarContainer)]
    return {Emotion(str(container.get_label())): container for container in containers}


def texts(figure: Figure) -> list[Text]:
    """Every text that is drawn and says something; the key has no axis, so nothing of one."""
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    undrawn = {
        text for one in figure.axes if not one.axison for text in (*one.get_xticklabels(), *one.get_yticklabels())
    }
    return [text for text in found if text.get_text().strip() and text.get_visible() and text not in undrawn]


@both_locales
@every_case
def test_every_glyph_is_there(case: str, locale: Locale) -> None:
    """Drawing in either language raises no warning about a missing glyph, or about anything else."""
    figure = drawn(case, locale, title="#마음의 감정 · Mood of #마음", subtitle="2026년 11월 14일~20일 – Nov 14")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]


def test_bars_are_the_shares_in_the_emotions_colours() -> None:
    """Each bucket's bars have the height of its shares, the colour of the emotion, and stand on one another."""
    bars = stacks(drawn("seven days"))
    shown = [bucket.shares for bucket in CASES["seven days"].shown]
    assert list(bars) == list(style.PALETTE)
    for place, expected in enumerate(shown):
        assert expected
        floor = 0.0
        for emotion, container in bars.items():
            bar = container.patches[place]
            assert isinstance(bar, Rectangle)
            assert bar.get_height() == pytest.approx(expected[emotion])
            assert bar.get_y() == pytest.approx(floor)
            assert to_hex(bar.get_facecolor()) == style.PALETTE[emotion]
            floor += bar.get_height()
        assert floor == pytest.approx(1)


def test_a_day_without_messages_is_a_gap() -> None:
    """Six bars at seven places: the fourth day from the end has none, above and below."""
    figure = drawn("seven days")
    for bars in (stacks(figure)[Emotion.JOY], axes(figure, "counts").containers[0]):
        assert isinstance(bars, BarContainer)
        assert [round(bar.get_x() + bar.get_width() / 2) for bar in bars.patches] == [0, 1, 2, 4, 5, 6]
    assert axes(figure, "shares").get_xlim() == (-0.5, 6.5)


def test_both_axes_share_their_places() -> None:
    """A bar of shares stands above its count."""
    for case in CASES:
        figure = drawn(case)
        upper, lower = axes(figure, "shares"), axes(figure, "counts")
        assert upper.get_xlim() == lower.get_xlim()
        assert upper.get_position().x0 == lower.get_position().x0
        assert upper.get_position().x1 == lower.get_position().x1


@every_case
def test_counts_are_whole_numbers_on_an_axis_of_whole_numbers(case: str) -> None:
    """The bars below are the numbers of messages; no tick says half a message."""
    lower = axes(drawn(case), "counts")
    (bars,) = lower.containers
    assert isinstance(bars, BarContainer)
    assert [bar.get_height() for bar in bars.patches] == [bucket.total for bucket in CASES[case].shown]
    labels = [text.get_text().replace(",", "") for text in lower.get_yticklabels()]
    assert all(label.isdigit() for label in labels)
    assert labels[0] == "0"
    assert len(set(labels)) == len(labels) >= 2


@pytest.mark.parametrize(("locale", "first", "last"), [("ko", "11월 14일", "11월 20일"), ("en", "Nov 14", "Nov 20")])
def test_dates_are_written_in_the_askers_language(locale: Locale, first: str, last: str) -> None:
    """From the first day to today."""
    labels = [text.get_text() for text in axes(drawn("seven days", locale), "counts").get_xticklabels()]
    assert (labels[0], labels[-1]) == (first, last)


def test_a_date_stands_under_its_own_bar() -> None:
    """Today's date is under the last place, and the others at even steps before it."""
    for case in ("seven days", "thirty days", "ninety days"):
        places = axes(drawn(case), "counts").get_xticks()
        assert places[-1] == len(CASES[case].buckets) - 1
        assert len({after - before for before, after in pairwise(places)}) == 1


@pytest.mark.parametrize(("locale", "words"), [("ko", "글을 쓴 사람이 5명 미만"), ("en", "fewer than 5 people wrote")])
def test_suppressed_days_are_hatched_and_the_key_says_why(locale: Locale, words: str) -> None:
    """One hatched patch a suppressed day on each axes, none on others."""
    figure = drawn("some suppressed", locale)
    hidden = [place for place, bucket in enumerate(CASES["some suppressed"].buckets) if bucket.suppressed]
    for label in ("shares", "counts"):
        hatched = [
            patch
            for patch in axes(figure, label).patches
            if isinstance(patch, Rectangle) and patch.get_label() == "suppressed" and patch.get_hatch()
        ]
        assert [round(patch.get_x() + patch.get_width() / 2) for patch in hatched] == hidden
    assert len(hidden) == 8
    assert words in " ".join(text.get_text() for text in axes(figure, "key").texts)


def test_nothing_is_hatched_where_nothing_is_suppressed() -> None:
    """A personal picture speaks of no other people."""
    figure = drawn("seven days")
    assert not [patch for patch in figure.findobj(Rectangle) if isinstance(patch, Rectangle) and patch.get_hatch()]
    assert not [text for text in texts(figure) if "fewer" in text.get_text()]


@both_locales
def test_the_key_names_what_occurs_in_the_order_of_the_stack(locale: Locale) -> None:
    """From above as in the bars, with the share of the whole; what does not occur is not there."""
    whole = CASES["seven days"].counts
    said = [text.get_text() for text in axes(drawn("seven days", locale), "key").texts]
    expected: list[str] = []
    for emotion in reversed(tuple(style.PALETTE)):
        if whole[emotion]:
            expected += [NAMES[locale][emotion], percent(whole[emotion] / sum(whole.values()), locale)]
    assert said[: len(expected)] == expected
    assert [text.get_text() for text in axes(drawn("one emotion", locale), "key").texts][:2] == [
        NAMES[locale][Emotion.JOY],
        "100%",
    ]


def test_an_empty_series_says_that_it_is_empty() -> None:
    """No bars, no key, one sentence."""
    figure = drawn("nothing", "ko")
    assert [text.get_text() for text in axes(figure, "shares").texts] == ["이 기간에는 보여 드릴 것이 없어요"]
    assert not any(container.patches for container in stacks(figure).values())


@pytest.mark.parametrize(
    "title", ["#" + "아주긴채널이름" * 12 + "의 감정", "Mood in #" + "w" * 80, "감정 🎉 $x_1$ \n\x00"]
)
def test_any_title_fits_and_is_taken_literally(title: str) -> None:
    """What is too long ends in an ellipsis; dollar signs are no formula; an emoji is replaced."""
    figure = drawn("seven days", title=title)
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    head = figure.texts[0]
    assert head.get_window_extent().x1 <= figure.bbox.x1
    assert head.get_text().endswith("…") == (len(title) > 40)


@both_locales
@every_case
def test_no_text_is_clipped_and_none_overlap(case: str, locale: Locale) -> None:
    """Every text lies inside the picture, with a margin, and apart from every other."""
    figure = drawn(case, locale)
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    assert len(boxes) > 5
    for said, box in boxes:
        assert _inside(box, figure.bbox.padded(-12)), said
    for number, (said, box) in enumerate(boxes):
        for other, other_box in boxes[number + 1 :]:
            # Boxes of letters have air above and below; two pixels of it may be shared.
            assert not box.padded(-2).overlaps(other_box.padded(-2)), (said, other)


def _inside(box: BboxBase, outer: BboxBase) -> bool:
    return bool(box.x0 >= outer.x0 and box.y0 >= outer.y0 and box.x1 <= outer.x1 and box.y1 <= outer.y1)
