"""What pictures over time share."""

import pytest
from matplotlib.patches import PathPatch

from charts import timeline
from charts.series import Series
from charts.sheet import Box, Sheet
from charts.style import LIGHT, Locale
from charts.words import date_text
from tests.charts.factories import cell, channel, point, series
from tests.charts.looking import bars, named, said, texts

BOX = Box(0.7, 1, 6, 1.5)


def page(of: Series, locale: Locale = "en") -> Sheet:
    sheet = Sheet(theme=LIGHT, locale=locale)
    panel = timeline.counts(sheet, of, BOX)
    timeline.hidden(panel, of)
    timeline.dates(sheet, panel, of)
    return sheet


@pytest.mark.parametrize(("days", "ends"), [(1, (-1.5, 1.5)), (2, (-1.0, 2.0)), (3, (-0.5, 2.5)), (30, (-0.5, 29.5))])
def test_few_buckets_do_not_fill_the_picture(days: int, ends: tuple[float, float]) -> None:
    """One stands in the middle of the room that three have."""
    assert timeline.across(series([], days)) == ends


def test_counts_stand_on_a_scale_that_ends_with_a_round_number() -> None:
    """One bar a day on which something was written; thirteen messages are measured against twenty."""
    figure = page(series([point(0)] * 13 + [point(2)] * 4)).figure
    drawn = {round(left + width / 2, 6): height for left, _, width, height in bars(figure, "counts.bars")}
    assert drawn == {4: 4, 6: 13}
    assert said(figure, "text")[:3] == ["0", "20", "messages a day"]


def test_what_may_not_be_shown_is_hatched() -> None:
    """Those buckets and no others."""
    of = channel([cell(0), cell(3)])
    (mark,) = named(page(of).figure, "counts.suppressed")
    assert isinstance(mark, PathPatch)
    hatched = [round(left + width / 2) for left, _, width, _ in bars(page(of).figure, "counts.suppressed")]
    assert hatched == [place for place, bucket in enumerate(of.buckets) if bucket.suppressed]


@pytest.mark.parametrize("days", [1, 7, 30, 90])
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_the_last_date_always_stands_there(days: int, locale: Locale) -> None:
    """And none runs off the paper."""
    of = series([], days)
    sheet = page(of, locale)
    assert said(sheet.figure, "date")[-1] == date_text(of.buckets[-1], locale)
    for text in texts(sheet.figure):
        if text.get_gid() == "date":
            assert float(text.get_position()[0]) + sheet.measured(text) / 2 <= sheet.width
