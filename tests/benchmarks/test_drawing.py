"""The table of the drawing benchmark, from times that were not measured, and that both ways draw the same."""

import pytest

from charts.render import png
from charts.sheet import Sheet
from charts.style import DARK, LIGHT
from tests.benchmarks import usual
from tests.benchmarks.drawing import Job, Times, both, jobs, same, table

MEASURED = [
    Times("mix", ours=[0.02, 0.01, 0.03], full=[0.08, 0.06, 0.07], small=[0.2, 0.1, 0.3]),
    Times("year", ours=[0.04], full=[0.5], small=[0.6]),
]


def test_the_table_by_hand() -> None:
    """Minima and medians in milliseconds; ratios of medians."""
    head, rule, mix, year = table(MEASURED).splitlines()
    assert {line.count("|") for line in (head, rule, mix, year)} == {10}
    assert mix == "| mix | 10.0 | 20.0 | 60.0 | 70.0 | 3.5 | 100.0 | 200.0 | 10.0 |"
    assert year == "| year | 40.0 | 40.0 | 500.0 | 500.0 | 12.5 | 600.0 | 600.0 | 15.0 |"


@pytest.mark.parametrize("day", [0, 41])
def test_both_ways_draw_the_same_picture(day: int) -> None:
    """But for the edges of letters, which stand up to half a pixel apart."""
    for job in jobs(day):
        assert same(job.ours(), usual.reduced(job.theirs())) >= 0.99, job.name


def test_other_pictures_are_told_apart() -> None:
    """Another size, and another ground."""
    light, dark, tall = (
        png(Sheet(theme=theme, locale="ko").end(height)) for theme, height in ((LIGHT, 1), (DARK, 1), (LIGHT, 2))
    )
    assert (same(light, light), same(light, dark), same(light, tall)) == (1, 0, 0)


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_either_way_may_begin(first: str) -> None:
    """Seconds and file of each come back in their place, whichever was drawn first."""
    began: list[str] = []

    def way(name: str) -> bytes:
        began.append(name)
        return name.encode()

    (ours, content), (theirs, saved) = both(
        Job("a picture", lambda: way("ours"), lambda: way("theirs")), ours_first=first == "ours"
    )
    assert (content, saved) == (b"ours", b"theirs")
    assert min(ours, theirs) >= 0
    assert began[0] == first
    assert sorted(began) == ["ours", "theirs"]
