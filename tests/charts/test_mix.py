from datetime import date

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from charts import style
from charts.contrast import Mix, Side
from charts.mix import blended, mix
from charts.style import DARK, LIGHT, Locale, Theme
from emotion.labels import EMOTIONS, NAMES, Emotion
from tests.charts.looking import LOCALES, bars, check_layout, named, said

NOW = Side(date(2026, 11, 16), date(2026, 11, 20), {Emotion.JOY: 12, Emotion.NEUTRAL: 6, Emotion.FEAR: 2})
BEFORE = Side(date(2026, 11, 9), date(2026, 11, 15), {Emotion.JOY: 3, Emotion.NEUTRAL: 6, Emotion.ANGER: 1})
HIDDEN = Side(BEFORE.first, BEFORE.last, None, 5)
NOTHING = Side(BEFORE.first, BEFORE.last, {})


def drawn(of: Mix, locale: Locale = "en", theme: Theme = LIGHT) -> Figure:
    return mix(of, locale=locale, theme=theme, title="t", subtitle="s")


def fills(figure: Figure, name: str) -> list[str]:
    return [to_hex(one.get_facecolor()) for one in named(figure, name) if isinstance(one, PathPatch)]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_are_the_shares_in_the_emotions_colours(theme: Theme) -> None:
    """The most frequent first; the week before in the same colour, paler, thinner and below."""
    figure = drawn(Mix(NOW, BEFORE), theme=theme)
    now, before = bars(figure, "mix.now"), bars(figure, "mix.before")
    assert [width for _, _, width, _ in now] == pytest.approx([0.6, 0.3, 0.1, 0])
    assert [width for _, _, width, _ in before] == pytest.approx([0.3, 0.6, 0, 0.1])
    order = [Emotion.JOY, Emotion.NEUTRAL, Emotion.FEAR, Emotion.ANGER]
    assert fills(figure, "mix.now") == [style.PALETTE[emotion] for emotion in order]
    pale = [blended(style.PALETTE[emotion], theme.background, theme.soft) for emotion in order]
    assert fills(figure, "mix.before") == pale
    for (_, low, _, height), (_, other_low, _, other_height) in zip(now, before, strict=True):
        assert other_low > low + height - 1e-9  # downwards
        assert other_height < height


@pytest.mark.parametrize(
    ("locale", "differences"),
    [("en", ["+30 pts", "−30 pts", "+10 pts", "−10 pts"]), ("ko", ["+30%p", "−30%p", "+10%p", "−10%p"])],
)
def test_every_bar_has_its_share_and_every_row_its_difference(locale: Locale, differences: list[str]) -> None:
    """As words at the bars, so that no axis is needed."""
    figure = drawn(Mix(NOW, BEFORE), locale)
    assert said(figure, "now.share") == ["60%", "30%", "10%", "0%"]
    assert said(figure, "before.share") == ["30%", "60%", "0%", "10%"]
    assert said(figure, "difference") == differences
    names = [NAMES[locale][emotion] for emotion in (Emotion.JOY, Emotion.NEUTRAL, Emotion.FEAR, Emotion.ANGER)]
    assert said(figure, "name") == names


@pytest.mark.parametrize(
    ("locale", "key"),
    [
        ("en", ["this week · Nov 16 – 20 · 20 messages", "last week · Nov 9 – 15 · 10 messages"]),
        ("ko", ["이번 주 · 11월 16일~20일 · 글 20개", "지난주 · 11월 9일~15일 · 글 10개"]),
    ],
)
def test_the_key_says_when_and_how_much(locale: Locale, key: list[str]) -> None:
    """A line for each period."""
    assert said(drawn(Mix(NOW, BEFORE), locale), "key") == key


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "last week: needs 5 people or more"), ("ko", "지난주: 5명 이상일 때만 보여요")]
)
def test_a_hidden_week_has_no_bars_and_the_key_says_why(locale: Locale, words: str) -> None:
    """No difference either: it would tell what is hidden."""
    figure = drawn(Mix(NOW, HIDDEN), locale)
    assert not named(figure, "mix.before")
    assert not said(figure, "difference")
    assert said(figure, "key")[1] == words


def test_a_week_without_messages_is_no_week_of_noughts() -> None:
    """No bars and no 0 % for it; the key says that nothing was written."""
    figure = drawn(Mix(NOW, NOTHING))
    assert not named(figure, "mix.before")
    assert not said(figure, "before.share")
    assert said(figure, "key")[1].endswith("0 messages")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "of",
    [
        Mix(
            Side(NOW.first, NOW.last, dict.fromkeys(EMOTIONS, 14286)),
            Side(NOW.first, NOW.last, dict.fromkeys(EMOTIONS, 1)),
        ),
        Mix(Side(NOW.first, NOW.last, {Emotion.JOY: 1}), BEFORE),
        Mix(HIDDEN, HIDDEN),
        Mix(NOTHING, NOTHING),
        Mix(NOTHING, NOW),
        Mix(HIDDEN, NOW),
    ],
)
def test_any_two_weeks_fit(of: Mix, locale: Locale) -> None:
    """Every row, every key line."""
    figure = drawn(of, locale)
    check_layout(figure)
    assert bool(said(figure, "nothing")) == (not of.rows)
