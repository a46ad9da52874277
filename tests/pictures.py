"""Draws the graphs that the READMEs show, from a made-up team: `python -m tests.pictures FOLDER`."""

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.messages import Locale
from charts.mood import mood
from charts.render import png
from charts.series import Point, bucketed, period
from charts.words import period_text
from emotion.labels import Emotion

_NOW: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_DAYS: Final = 30
_PEOPLE: Final = 8
_TITLES: Final[dict[Locale, str]] = {"en": "Feelings in #general, last 30 days", "ko": "최근 30일 #general의 감정"}
_WEIGHTS: Final = {
    Emotion.NEUTRAL: 36,
    Emotion.JOY: 30,
    Emotion.SURPRISE: 8,
    Emotion.SADNESS: 9,
    Emotion.FEAR: 6,
    Emotion.ANGER: 8,
    Emotion.DISGUST: 2,
}


def history(chance: random.Random) -> list[Point]:
    """A month of eight people: busy weekdays, quiet weekends, a hard second week."""
    points = []
    for back in range(_DAYS):
        day = _NOW - timedelta(days=back)
        weekend = day.weekday() >= 5
        weights = dict(_WEIGHTS)
        if 14 <= back < 21:
            weights[Emotion.ANGER] *= 3
            weights[Emotion.FEAR] *= 3
        for person in range(_PEOPLE):
            count = chance.choice((0, 0, 0, 0, 1)) if weekend else chance.choice((0, 1, 2, 2, 3))
            labels = chance.choices(list(weights), list(weights.values()), k=count)
            points += [Point(day - timedelta(minutes=chance.randrange(480)), f"person {person}", x) for x in labels]
    return points


def main(folder: Path) -> None:
    """Write one PNG a language."""
    points = history(random.Random(20261120))  # noqa: S311 - a drawing, not a secret
    start, end = period(_DAYS, now=_NOW, timezone="Asia/Seoul")
    series = bucketed(points, start=start, end=end, timezone="Asia/Seoul", minimum_people=5)
    names: dict[Locale, str] = {"en": "graph.png", "ko": "graph.ko.png"}
    for locale, name in names.items():
        figure = mood(series, locale=locale, title=_TITLES[locale], subtitle=period_text(series, locale))
        (folder / name).write_bytes(png(figure))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
