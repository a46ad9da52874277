"""What pictures over time share: where a bucket stands, its date, and below it how much was written."""

from typing import Final

from charts import words
from charts.phrases import number
from charts.series import Series
from charts.sheet import Box, Panel, Sheet, spread
from charts.style import Locale

BAR: Final = 0.8
"""Of a bucket's width."""
DATES: Final = 0.26
"""Inches that dates take below a panel."""
_FEWEST_SLOTS: Final = 3  # one bucket alone would fill the picture
_STEPS: Final = (1, 2, 3, 4, 5, 6, 8, 10)
_COUNTED: Final[dict[Locale, dict[str, str]]] = {
    "en": {"day": "messages a day", "week": "messages a week"},
    "ko": {"day": "일별 글 수", "week": "주별 글 수"},
}


def across(series: Series) -> tuple[float, float]:
    """From where to where a panel goes, in buckets: the first stands at 0."""
    slots = len(series.buckets)
    spare = max(0, _FEWEST_SLOTS - slots) / 2
    return -0.5 - spare, slots - 0.5 + spare


def counts(sheet: Sheet, series: Series, box: Box) -> Panel:
    """The numbers of messages as bars, on a scale that ends with a round number."""
    shown = [(place, bucket.total) for place, bucket in enumerate(series.buckets) if bucket.total]
    top = _round(max((total for _, total in shown), default=1))
    panel = sheet.panel(box, across(series), (0, top), "counts")
    for tick in (0, top):
        panel.rule(tick, colour=None if tick else sheet.theme.hatch)
        sheet.text(number(tick, sheet.locale), panel.box.left - 0.1, panel.down(tick), anchor="right", centred=True,
                   colour=sheet.theme.quiet_ink)  # fmt: skip
    said = _COUNTED[sheet.locale][series.unit]
    sheet.text(said, panel.box.right, panel.box.top - 0.09, anchor="right", colour=sheet.theme.quiet_ink)
    bars = [(place - BAR / 2, 0.0, BAR, float(total)) for place, total in shown]
    panel.bars(bars, "bars", facecolor=sheet.theme.count, zorder=2)
    return panel


def hidden(panel: Panel, series: Series) -> None:
    """Hatch the buckets that may not be shown."""
    panel.hatched([place - BAR / 2 for place, bucket in enumerate(series.buckets) if bucket.suppressed], BAR)


def dates(sheet: Sheet, panel: Panel, series: Series) -> None:
    """Under a panel: the last bucket's date always, then backwards at even steps, as many as have room."""
    texts = [words.date_text(bucket, sheet.locale) for bucket in series.buckets]
    line = panel.box.bottom + 0.22
    sample = sheet.text(max(texts, key=len), panel.box.left, line, colour=sheet.theme.quiet_ink, anchor="center")
    width = sheet.measured(sample)
    sample.remove()
    for place in spread([panel.across(place) for place in range(len(texts))], [width] * len(texts), 0.16):
        at = min(panel.across(place), sheet.width - 0.08 - width / 2)
        sheet.text(texts[place], at, line, anchor="center", colour=sheet.theme.quiet_ink, name="date")


def _round(highest: int) -> int:
    """The next number up that is easily read."""
    size = int(10 ** max(0, len(str(highest)) - 1))
    return next(step * size for step in _STEPS if step * size >= highest)
