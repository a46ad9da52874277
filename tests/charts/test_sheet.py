import pytest

from charts import style
from charts.sheet import MARGIN, Box, Sheet, spread
from charts.style import DARK, LIGHT
from tests.charts.looking import drawn, named, texts


def sheet() -> Sheet:
    return Sheet(theme=LIGHT, locale="ko")


def test_a_page_ends_where_it_is_cut() -> None:
    """At twice the density, and what was put on it stays where it was, measured from the top."""
    page = sheet()
    text = page.text("위", 1.0, 0.5)
    figure = page.end(2.0)
    assert drawn(figure).shape == (400, 1280, 4)
    assert text.get_transform().transform(text.get_position()) == pytest.approx((200, 300))
    assert drawn(sheet().end(3.0)).shape == (600, 1280, 4)


def test_a_page_has_the_background_of_its_theme() -> None:
    """In every corner."""
    pixels = drawn(Sheet(theme=DARK, locale="ko").end(1.0))
    assert {tuple(map(int, pixels[y, x, :3])) for x in (0, -1) for y in (0, -1)} == {(0x1A, 0x1D, 0x21)}


@pytest.mark.parametrize("title", ["짧은 제목", "#" + "아주긴채널이름" * 12, "w" * 90, "감정 🎉 $x_1$ \n\x00"])
def test_any_title_fits_and_is_taken_literally(title: str) -> None:
    """What is too long is smaller at first, and then ends in an ellipsis; an emoji is replaced."""
    page = sheet()
    page.head(title, "2026년 11월 14일~20일")
    figure = page.end(1.0)
    drawn(figure)
    head, under = texts(figure)
    assert page.measured(head) <= page.width - 2 * MARGIN
    assert head.get_text().endswith("…") == (len(title) > 40)
    assert float(head.get_fontsize()) >= float(under.get_fontsize()) == style.SUBTITLE_POINTS


def test_sentences_are_broken_between_words() -> None:
    """No line is wider than it may be, no word is lost, and the next thing goes below."""
    page = sheet()
    said = "가장 크게 달라진 것은 기쁨이에요: +30%p(30%→60%). 우연일 수도 있는 차이예요."
    below = page.wrapped(said, MARGIN, 1.0, 2.0)
    lines = texts(page.figure)
    assert " ".join(one.get_text() for one in lines) == said
    assert len(lines) > 2
    assert all(page.measured(one) <= 2.0 for one in lines)
    assert below > 1.0 + 0.2 * len(lines)


def test_a_panel_puts_data_in_its_place() -> None:
    """Upwards, from its lower left to its upper right, in inches."""
    panel = sheet().panel(Box(1, 1, 5, 3), (0, 10), (-1, 1), "p")
    assert (panel.across(0), panel.across(10), panel.across(2.5)) == (1, 5, 2)
    assert (panel.down(-1), panel.down(1), panel.down(0)) == (3, 1, 2)


def test_marks_of_a_panel_keep_their_data() -> None:
    """What was put at 2, 3 is found at 2, 3, and is drawn there."""
    page = sheet()
    panel = page.panel(Box(0, 0, 6, 2), (0, 60), (0, 20), "p")
    panel.bars([(2, 3, 10, 4), (30, 0, 10, 20)], "b", facecolor="#123456")
    figure = page.end(2.0)
    (mark,) = named(figure, "p.b")
    assert mark.get_transform().transform((30, 20)) == pytest.approx((600, 400))
    blue = (drawn(figure)[..., :3] == (0x12, 0x34, 0x56)).all(axis=-1)
    assert blue.sum() == 200 * 400 + 200 * 80
    assert (blue[-1, 650], blue[-1, 100], blue[-100, 100]) == (True, False, True)


@pytest.mark.parametrize(
    ("centres", "widths", "kept"),
    [
        ([1, 2, 3], [0.5] * 3, [0, 1, 2]),
        ([1, 2, 3, 4], [1.2] * 4, [1, 3]),
        ([1, 2, 3], [9] * 3, [2]),
        ([1], [9], [0]),
    ],
)
def test_labels_keep_apart_at_even_steps(centres: list[float], widths: list[float], kept: list[int]) -> None:
    """The last is always kept."""
    assert spread(centres, widths, 0.2) == kept
