"""Three of the pictures as scripts usually draw them: pyplot, axes, an artist a mark, savefig, nothing kept.

Everything stands where `charts.mood`, `charts.mix` and `charts.year` put it, so that the pixels can be compared. No
ticks are drawn, which would cost more: the pictures have none.
"""

from datetime import date, timedelta
from io import BytesIO

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.transforms import Affine2D
from PIL import Image

from charts import keys, mix, mood, phrases, style, timeline
from charts.contrast import Mix
from charts.moments import Year, step, total, valence
from charts.series import Series
from charts.sheet import half_line, spread
from charts.style import LIGHT, Locale
from charts.words import date_text, percent
from emotion.labels import NAMES

mpl.use("Agg")
_WIDTH = style.WIDTH_INCHES


def trend_picture(of: Series, locale: Locale, title: str, subtitle: str) -> Figure:
    """One's own shares over time, with the numbers of messages; to be closed by who has saved it."""
    shown = {place: bucket.shares for place, bucket in enumerate(of.buckets) if bucket.shares}
    last = max(shown)
    named = [emotion for emotion in style.PALETTE if shown[last][emotion] >= mood.NAMED]
    others = [emotion for emotion in reversed(tuple(style.PALETTE)) if of.counts[emotion] and emotion not in named]
    names = _WIDTH - 0.17 - (0.48 if locale == "ko" else 0.64)
    left, right, top, bottom = 0.68, names - 0.2, 0.98, 2.9
    figure = _figure(3.76 + 0.26 + (0.24 + keys.ROW if others else 0.14), title, subtitle)
    axes = _axes(figure, left, top, right, bottom)
    axes.set_xlim(*timeline.across(of))
    axes.set_ylim(0, 1)
    floor = dict.fromkeys(shown, 0.0)
    middles = {}
    for emotion, colour in style.PALETTE.items():
        heights = [shares[emotion] for shares in shown.values()]
        axes.bar(
            list(shown), heights, bottom=list(floor.values()), width=timeline.BAR, color=colour,
            edgecolor=LIGHT.background, linewidth=[0.7 if height else 0 for height in heights], clip_on=False, zorder=2,
        )  # fmt: skip
        middles[emotion] = bottom - (floor[last] + shown[last][emotion] / 2) * (bottom - top)
        floor = {place: low + shown[place][emotion] for place, low in floor.items()}
    for share in (0, 0.5, 1):
        axes.axhline(share, color=LIGHT.grid if share else LIGHT.hatch, linewidth=0.8, clip_on=False, zorder=1)
        line = bottom - share * (bottom - top) + half_line(11)
        _write(figure, percent(share, locale), left - 0.1, line, ha="right")
    lines = mood.settled([middles[emotion] for emotion in reversed(named)], 0.195, top, bottom)
    start, low, high = timeline.across(of)[0], *axes.get_xlim()
    for emotion, line in zip(reversed(named), lines, strict=True):
        begin = left + (last + timeline.BAR / 2 - start) / (high - low) * (right - left)
        path = [begin, max(begin, right), names - 0.06], [middles[emotion], middles[emotion], line]
        _line(figure, *path, style.PALETTE[emotion])
        _write(figure, NAMES[locale][emotion], names, line + half_line(11), LIGHT.ink)
    _counts(figure, of, locale, left, right)
    x = 0.17
    for emotion in others:
        corner = (x / _WIDTH, 1 - (4.26 + 0.07) / figure.get_figheight())
        size = (0.14 / _WIDTH, 0.14 / figure.get_figheight())
        figure.add_artist(Rectangle(corner, *size, facecolor=style.PALETTE[emotion], linewidth=0))
        x = _write(figure, NAMES[locale][emotion], x + 0.22, 4.26 + half_line(11)) + 0.26
    return figure


def mix_picture(of: Mix, locale: Locale, title: str, subtitle: str) -> Figure:
    """This week beside the last one; to be closed by who has saved it."""
    left, right = 0.17 + (0.68 if locale == "ko" else 0.84), _WIDTH - 0.17 - 0.86 - 0.52
    top, row = 0.96, 0.44
    bottom = top + row * len(of.rows)
    figure = _figure(bottom + 0.2 + 2 * keys.ROW, title, subtitle)
    axes = _axes(figure, left, top, right, bottom)
    longest = max(max(one.now, one.before) for one in of.rows)
    axes.set_xlim(0, longest)
    axes.set_ylim(len(of.rows) - 0.5, -0.5)
    for place, one in enumerate(of.rows):
        colour, middle = style.PALETTE[one.emotion], top + row * (place + 0.5)
        pale = mix.blended(colour, LIGHT.background, LIGHT.soft)
        for share, off, thick, fill, edge, ink in (
            (one.now, -0.0925, 0.155, colour, 0.0, LIGHT.ink),
            (one.before, 0.0925, 0.11, pale, 0.7, LIGHT.quiet_ink),
        ):
            axes.barh(
                place + off / row, share, thick / row, color=fill, edgecolor=colour, linewidth=edge if share else 0,
                clip_on=False,
            )  # fmt: skip
            at = left + share / longest * (right - left) + 0.07
            _write(figure, percent(share, locale), at, middle + off + half_line(11), ink)
        _write(figure, NAMES[locale][one.emotion], 0.17, middle + half_line(11), LIGHT.ink)
        said, ink = phrases.points(one, locale), LIGHT.ink if one.points else LIGHT.quiet_ink
        _write(figure, said, _WIDTH - 0.17, middle + half_line(11), ink, ha="right")
    line = bottom + 0.2
    fills = (LIGHT.count, mix.blended(LIGHT.count, LIGHT.background, LIGHT.soft))
    for side, name, fill in zip((of.now, of.before), phrases.WEEKS[locale], fills, strict=True):
        corner = (0.17 / _WIDTH, 1 - (line + 0.07) / figure.get_figheight())
        size = (0.14 / _WIDTH, 0.14 / figure.get_figheight())
        figure.add_artist(Rectangle(corner, *size, facecolor=fill, linewidth=0))
        _write(figure, f"{name} · {mix.dated(side, locale)}", 0.39, line + half_line(11))
        line += keys.ROW
    return figure


def year_picture(of: Year, locale: Locale, title: str, subtitle: str) -> Figure:
    """A year of days in two bands; to be closed by who has saved it."""
    cell, half = 0.21, (of.weeks + 1) // 2
    tops = (0.92 + 0.22, 0.92 + 0.22 + 7 * cell + 0.2 + 0.22)
    line = tops[1] + 7 * cell + 0.3
    figure = _figure(line + keys.ROW, title, subtitle)
    sides = dict(zip(of.days, keys.sides([total(c) for c in of.days.values()], cell * 0.92), strict=True))
    for band, top in enumerate(tops):
        weeks = min(half, of.weeks - band * half)
        axes = _axes(figure, 0.59, top, 0.59 + weeks * cell, top + 7 * cell)
        axes.set_xlim(-0.5, weeks - 0.5)
        axes.set_ylim(6.5, -0.5)
        monday = of.monday + timedelta(weeks=band * half)
        for number in range(weeks * 7):
            day = monday + timedelta(days=number)
            if of.first <= day <= of.last:
                counts = of.days.get(day)
                side = sides[day] if counts else keys.even(cell * 0.19)
                colour = LIGHT.scale[step(valence(counts))] if counts else LIGHT.hatch
                _square(axes, number // 7, number % 7, side / cell, colour)
        for row in (0, 2, 4):
            _write(figure, phrases.weekday_text(row, locale), 0.17, top + (row + 0.5) * cell + half_line(11))
        _months(figure, of, locale, monday, weeks, top, cell)
    _key(figure, locale, line, keys.even(cell * 0.92))
    return figure


def png(figure: Figure) -> bytes:
    """Saved by pyplot in full colour; the figure is closed."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=style.DPI)
    plt.close(figure)
    return buffer.getvalue()


def reduced(content: bytes) -> bytes:
    """To 128 colours and as small as Pillow makes it."""
    image = Image.open(BytesIO(content)).convert("RGB")
    small = BytesIO()
    image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, format="PNG", optimize=True)
    return small.getvalue()


def _figure(height: float, title: str, subtitle: str) -> Figure:
    whole = round(height * style.DPI) / style.DPI
    figure = plt.figure(figsize=(_WIDTH, whole), dpi=style.DPI, facecolor=LIGHT.background)
    _write(figure, title, 0.17, 0.39, LIGHT.ink, points=style.TITLE_POINTS)
    _write(figure, subtitle, 0.17, 0.68, points=style.SUBTITLE_POINTS)
    return figure


def _axes(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    height = figure.get_figheight()
    place = (left / _WIDTH, 1 - bottom / height, (right - left) / _WIDTH, (bottom - top) / height)
    axes = figure.add_axes(place)
    axes.axis("off")
    return axes


def _write(  # noqa: PLR0913 - what, where and how
    figure: Figure, said: str, x: float, line: float, ink: str = LIGHT.quiet_ink, *, ha: str = "left",
    points: float = 11,
) -> float:  # fmt: skip
    """The right end of what is written, in inches."""
    text = figure.text(
        x / _WIDTH, 1 - line / figure.get_figheight(), said, color=ink, ha=ha, va="baseline",
        fontproperties=style.font(points),
    )  # fmt: skip
    return x + float(text.get_window_extent().width) / style.DPI


def _line(figure: Figure, xs: list[float], lines: list[float], colour: str) -> None:
    height = figure.get_figheight()
    across, up = [x / _WIDTH for x in xs], [1 - line / height for line in lines]
    figure.add_artist(Line2D(across, up, color=colour, linewidth=1.2))


def _counts(figure: Figure, of: Series, locale: Locale, left: float, right: float) -> None:
    top, bottom = 3.22, 3.76
    axes = _axes(figure, left, top, right, bottom)
    totals = {place: bucket.total for place, bucket in enumerate(of.buckets) if bucket.total}
    size = 10 ** (len(str(max(totals.values()))) - 1)
    highest = next(step * size for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * size >= max(totals.values()))
    axes.set_xlim(*timeline.across(of))
    axes.set_ylim(0, highest)
    axes.bar(list(totals), list(totals.values()), width=timeline.BAR, color=LIGHT.count, clip_on=False, zorder=2)
    for tick in (0, highest):
        axes.axhline(tick, color=LIGHT.grid if tick else LIGHT.hatch, linewidth=0.8, clip_on=False, zorder=1)
        line = bottom - tick / highest * (bottom - top) + half_line(11)
        _write(figure, phrases.number(tick, locale), left - 0.1, line, ha="right")
    said = "일별 글 수" if locale == "ko" else "messages a day"
    _write(figure, said, right, top - 0.09, ha="right")
    texts = [date_text(bucket, locale) for bucket in of.buckets]
    places = [left + (place + 0.5) / len(texts) * (right - left) for place in range(len(texts))]
    widest = _width(figure, max(texts, key=len))
    for place in spread(places, [widest] * len(texts), 0.16):
        at = min(places[place], _WIDTH - 0.08 - widest / 2)
        _write(figure, texts[place], at, bottom + 0.22, ha="center")


def _width(figure: Figure, said: str) -> float:
    sample = figure.text(0, 0, said, fontproperties=style.font(11))
    width = float(sample.get_window_extent().width) / style.DPI
    sample.remove()
    return width


def _square(axes: Axes, column: float, row: float, side: float, colour: str) -> None:
    shape = Affine2D().scale(side).translate(column, row).transform_path(keys.SQUARE)
    axes.add_patch(PathPatch(shape, facecolor=colour, linewidth=0, clip_on=False))


def _months(figure: Figure, of: Year, locale: Locale, monday: date, weeks: int, top: float, cell: float) -> None:  # noqa: PLR0913, PLR0917 - a place on the paper
    dates = [monday + timedelta(days=number) for number in range(weeks * 7)]
    starts = [day for day in dates if of.first <= day <= of.last and (day.day == 1 or day == of.first)]
    lefts = [0.59 + ((day - monday).days // 7 + 0.04) * cell for day in starts]
    for day, left, right in zip(starts, lefts, [*lefts[1:], _WIDTH], strict=True):
        names = [phrases.month_text(day, locale, year=True)] if day.month == 1 else []
        for said in [*names, phrases.month_text(day, locale)]:
            text = figure.text(
                left / _WIDTH, 1 - (top - 0.09) / figure.get_figheight(), said, color=LIGHT.quiet_ink,
                fontproperties=style.font(11),
            )  # fmt: skip
            if left + text.get_window_extent().width / style.DPI + 0.07 <= right:
                break
            text.remove()


def _key(figure: Figure, locale: Locale, line: float, side: float) -> None:
    height = figure.get_figheight()
    axes = _axes(figure, 0, 0, _WIDTH, height)
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    few, many = ("적음", "글 많음") if locale == "ko" else ("few", "many messages")
    x = 0.17
    for before, after, sides, colours in (
        (keys.VERY_LOW[locale], keys.VERY_HIGH[locale], [side] * 5, LIGHT.scale),
        (few, many, [keys.even(0.21 * 0.92 * part) for part in (0.36, 0.6, 0.8, 1)], [LIGHT.scale[2]] * 4),
    ):
        x = _write(figure, before, x, line + half_line(11)) + 0.09
        room = max(sides) + 0.035
        for number, (one, colour) in enumerate(zip(sides, colours, strict=True)):
            _square(axes, x + room * (number + 0.5), line, one, colour)
        x = _write(figure, after, x + room * len(sides) + 0.07, line + half_line(11)) + 0.3
