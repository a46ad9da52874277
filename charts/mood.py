"""The mood picture: each bucket a bar of shares, the number of messages below, a key at the side."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from charts import style, words
from charts.series import Bucket, Series, Unit, shares
from charts.style import Locale
from emotion.labels import NAMES

# Places in the figure: parts of its width, and inches from its top.
_MARGIN, _LEFT, _RIGHT, _KEY_LEFT, _KEY_RIGHT = 0.025, 0.095, 0.715, 0.742, 0.978
_TITLE_LINE, _SUBTITLE_LINE = 0.37, 0.66
_SHARES_TOP, _SHARES_BOTTOM = 0.88, 2.86
_COUNTS_TOP, _COUNTS_BOTTOM = 3.14, 3.82
_KEY_ROW, _SWATCH, _NAME_LEFT = 0.283, 0.155, 0.255

_BAR: Final = 0.84  # of a bucket's width
_FEWEST_SLOTS: Final = 3  # one bar alone would fill the picture
_SMALLEST_HEAD_POINTS: Final = style.SUBTITLE_POINTS
_LABELS: Final[dict[Unit, Sequence[tuple[int, int]]]] = {
    "day": ((4, 1), (8, 2), (31, 7)),  # up to so many buckets: a label on every so-many-th
    "week": ((4, 1), (8, 2), (16, 4), (60, 13)),
    "whole": ((1, 1),),
}
_COUNT_KEY: Final[dict[Locale, dict[Unit, str]]] = {
    "ko": {"day": "일별 글 수", "week": "주별 글 수", "whole": "글 수"},
    "en": {"day": "messages a day", "week": "messages a week", "whole": "messages"},
}
_KEY_COLUMNS: Final[dict[Locale, int]] = {"ko": 9, "en": 15}
_KEY_LEADING: Final = 0.21  # inches
_HATCHED: Final[Mapping[str, Any]] = {
    "facecolor": "none", "edgecolor": style.HATCH_COLOUR, "hatch": "////", "linewidth": 0, "label": "suppressed",
}  # fmt: skip
_EMPTY: Final[dict[Locale, str]] = {"ko": "이 기간에는 보여 드릴 것이 없어요", "en": "nothing to show in this period"}


def mood(series: Series, *, locale: Locale, title: str, subtitle: str) -> Figure:
    """Draw the series: shares of the seven emotions, stacked, and the count of messages under the same x.

    A bucket without messages is a gap; a suppressed one is hatched and a note says why. An empty series
    gives a picture that says so. The axes are labelled "shares", "counts" and "key". `title` and
    `subtitle` may hold anything: what no font has is replaced, what is too long ends in an ellipsis.
    FontMissing where Hangul cannot be drawn. Touches no global setting and may run in any thread.
    """
    figure = Figure(figsize=(style.WIDTH_INCHES, style.HEIGHT_INCHES), dpi=style.DPI, facecolor=style.BACKGROUND)
    FigureCanvasAgg(figure)  # measures text
    _head(figure, title, subtitle)
    upper = _axes(figure, "shares", _SHARES_BOTTOM, _SHARES_TOP)
    lower = _axes(figure, "counts", _COUNTS_BOTTOM, _COUNTS_TOP)
    _stack(upper, series)
    _count(lower, series)
    _dates(upper, lower, series, locale)
    if series.suppressed:
        _hatch(upper, series)
        _hatch(lower, series)
    if series.total or series.suppressed:
        _key(figure, series, locale)
    else:
        _say_empty(upper, locale)
    return figure


def _axes(figure: Figure, label: str, bottom: float, top: float) -> Axes:
    axes = figure.add_axes((_LEFT, _up(bottom), _RIGHT - _LEFT, _up(top) - _up(bottom)), label=label)
    axes.set_facecolor(style.BACKGROUND)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="y", color=style.GRID_COLOUR, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(style.HATCH_COLOUR)
        spine.set_linewidth(0.8)
    return axes


def _head(figure: Figure, title: str, subtitle: str) -> None:
    for text, line, points, colour in (
        (title, _TITLE_LINE, style.TITLE_POINTS, style.INK),
        (subtitle, _SUBTITLE_LINE, style.SUBTITLE_POINTS, style.QUIET_INK),
    ):
        _fitted(figure, style.drawable(text), line, points, colour)


def _fitted(figure: Figure, text: str, line: float, points: float, colour: str) -> None:
    """One line across the figure: first smaller, then shortened, until it fits."""
    artist = figure.text(_MARGIN, _up(line), text, color=colour, va="baseline", parse_math=False)
    artist.set_fontproperties(style.font(points))
    widest = (_KEY_RIGHT - _MARGIN) * figure.bbox.width
    while artist.get_window_extent().width > widest:
        if points > _SMALLEST_HEAD_POINTS:
            points -= 0.5
            artist.set_fontproperties(style.font(points))
        else:
            text = text[:-1]
            artist.set_text(text.rstrip() + "…")


def _stack(axes: Axes, series: Series) -> None:
    """One bar container an emotion, from below in the order of the palette, each over the ones before."""
    shown = [(place, bucket.shares) for place, bucket in enumerate(series.buckets) if bucket.shares]
    floor = [0.0] * len(shown)
    for emotion, colour in style.PALETTE.items():
        heights = [bucket[emotion] for _, bucket in shown]
        axes.bar(
            [place for place, _ in shown], heights, bottom=floor, width=_BAR, color=colour,
            edgecolor=style.BACKGROUND, linewidth=0.7, label=emotion.value,
        )  # fmt: skip
        floor = [low + height for low, height in zip(floor, heights, strict=True)]
    axes.set_ylim(0, 1)


def _count(axes: Axes, series: Series) -> None:
    shown = [(place, bucket.total) for place, bucket in enumerate(series.buckets) if bucket.counts]
    axes.bar([place for place, _ in shown], [total for _, total in shown], width=_BAR, color=style.COUNT_COLOUR)
    highest = max((total for _, total in shown), default=1)
    ticks = [tick for tick in MaxNLocator(nbins=2, integer=True).tick_values(0, highest) if tick >= 0]
    axes.set_ylim(0, max(highest, ticks[-1]))
    axes.set_yticks(ticks, labels=[f"{tick:,.0f}" for tick in ticks])


def _dates(upper: Axes, lower: Axes, series: Series, locale: Locale) -> None:
    upper.set_yticks([0, 0.5, 1], labels=[words.percent(share, locale) for share in (0, 0.5, 1)])
    upper.set_xticks([])
    slots = len(series.buckets)
    places = _labelled(series)
    lower.set_xticks(places, labels=[_label(series.buckets[place], series, locale) for place in places])
    spare = max(0, _FEWEST_SLOTS - slots) / 2
    for axes in (upper, lower):
        axes.set_xlim(-0.5 - spare, slots - 0.5 + spare)
        axes.tick_params(length=0, pad=5)
        for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            text.set_fontproperties(style.font(style.LABEL_POINTS))
            text.set_color(style.QUIET_INK)


def _labelled(series: Series) -> list[int]:
    """Which buckets carry a date: the last always, then backwards at even steps."""
    last = len(series.buckets) - 1
    step = next((step for most, step in _LABELS[series.unit] if last < most), 52)
    return list(range(last, -1, -step))[::-1]


def _label(bucket: Bucket, series: Series, locale: Locale) -> str:
    return words.period_text(series, locale) if series.unit == "whole" else words.date_text(bucket, locale)


def _hatch(axes: Axes, series: Series) -> None:
    across_and_up = blended_transform_factory(axes.transData, axes.transAxes)
    for place, bucket in enumerate(series.buckets):
        if bucket.suppressed:
            axes.add_patch(Rectangle((place - _BAR / 2, 0), _BAR, 1, transform=across_and_up, **_HATCHED))


def _say_empty(axes: Axes, locale: Locale) -> None:
    axes.text(
        0.5, 0.5, _EMPTY[locale], transform=axes.transAxes, ha="center", va="center", color=style.QUIET_INK,
        backgroundcolor=style.BACKGROUND, fontproperties=style.font(style.SUBTITLE_POINTS),
    )  # fmt: skip


def _key(figure: Figure, series: Series, locale: Locale) -> None:
    """Beside the shares the emotions that occur, in the order of the stack, each with its share of the whole.

    Beside the counts what they count, and what is hatched.
    """
    width = (_KEY_RIGHT - _KEY_LEFT) * style.WIDTH_INCHES
    axes = figure.add_axes((_KEY_LEFT, 0, _KEY_RIGHT - _KEY_LEFT, 1), label="key")  # in inches, y downwards
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(style.HEIGHT_INCHES, 0)
    if series.total:
        overall = shares(series.counts)
        present = [emotion for emotion in reversed(tuple(style.PALETTE)) if overall[emotion]]
        for row, emotion in enumerate(present):
            line = _SHARES_TOP + _KEY_ROW * (row + 0.5)
            _swatch(axes, line, {"facecolor": style.PALETTE[emotion]})
            _key_text(axes, line, NAMES[locale][emotion])
            _key_text(axes, line, words.percent(overall[emotion], locale), ha="right", x=width, color=style.QUIET_INK)
        _swatch(axes, _COUNTS_TOP + 0.1, {"facecolor": style.COUNT_COLOUR})
        _key_text(axes, _COUNTS_TOP + 0.1, _COUNT_KEY[locale][series.unit])
    if series.suppressed:
        line = _COUNTS_TOP + 0.1 + _KEY_ROW
        _swatch(axes, line, _HATCHED)
        for row, text in enumerate(wrap(words.few_people(series, locale), _KEY_COLUMNS[locale])):
            _key_text(axes, line + row * _KEY_LEADING, text)


def _swatch(axes: Axes, line: float, look: Mapping[str, Any]) -> None:
    axes.add_patch(Rectangle((0, line - _SWATCH / 2), _SWATCH, _SWATCH, **{"linewidth": 0, **look}))


def _key_text(axes: Axes, line: float, text: str, **look: Any) -> None:  # noqa: ANN401 - matplotlib's own keywords
    place = {"x": _NAME_LEFT, "y": line - 0.012, "color": style.INK, "va": "center_baseline"}
    axes.text(s=text, fontproperties=style.font(style.LABEL_POINTS), **{**place, **look})


def _up(inches_from_top: float) -> float:
    """As a part of the figure's height, from below."""
    return 1 - inches_from_top / style.HEIGHT_INCHES
