"""Summaries of several lives, from nobody's to a very talkative one's, for the tests of every picture."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest
from matplotlib.figure import Figure

from charts.diary import diary
from charts.mix import mix
from charts.mood import mood
from charts.series import Point
from charts.style import Locale, Theme
from charts.summary import Summary, summary
from charts.valence import valence
from charts.week import week
from charts.year import year
from emotion.labels import EMOTIONS, Emotion
from tests.charts.factories import NOW, SEOUL
from tests.charts.samples import history

LIVES = ("nothing", "one", "twelve", "one day", "one feeling", "a year", "a hundred thousand")
every_life = pytest.mark.parametrize("life", LIVES)


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the pictures, of a whole summary."""

    name: str
    draw: Callable[[Summary, Locale, Theme], Figure]


def _with(name: str, draw: Callable[..., Figure], part: Callable[[Summary], object]) -> Picture:
    def drawn(of: Summary, locale: Locale, theme: Theme) -> Figure:
        return draw(part(of), locale=locale, theme=theme, title="마음의 기분 · Mood", subtitle="2026년 – Nov 20")

    return Picture(name, drawn)


PICTURES = (
    _with("trend", mood, lambda of: of.curve.series),
    _with("valence", valence, lambda of: of.curve),
    _with("week", week, lambda of: of.week),
    _with("year", year, lambda of: of.year),
    _with("mix", mix, lambda of: of.mix),
    _with("diary", diary, lambda of: of),
)
every_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)


def points(life: str) -> list[Point]:
    """The readings of a life, up to a Friday evening in Seoul."""
    chance = random.Random(20261120)  # noqa: S311 - sample data, not a secret
    whole = history(chance, days=400, now=NOW)
    if life == "one":
        return [Point(NOW - timedelta(hours=3), Emotion.FEAR)]
    if life == "twelve":
        return whole[:12]
    if life == "one day":
        return [Point(NOW - timedelta(minutes=7 * n), chance.choice(EMOTIONS)) for n in range(20)]
    if life == "one feeling":
        return [Point(point.time, Emotion.JOY) for point in whole]
    if life == "a hundred thousand":
        minutes = 360 * 24 * 60
        return [Point(NOW - timedelta(minutes=minutes * chance.random()), one) for one in EMOTIONS * 14286]
    return whole if life == "a year" else []


@cache
def of(life: str) -> Summary:
    """The page of a life."""
    return summary(points(life), now=NOW, timezone=SEOUL)
