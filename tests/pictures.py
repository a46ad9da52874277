"""Draws the graphs that the READMEs show, from a made-up team: `python -m tests.pictures FOLDER`."""

import random
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.disclosure import Calendar, publishable
from bot.messages import Locale
from charts.mood import mood
from charts.render import png
from charts.series import monday, of_cells
from charts.style import LIGHT
from charts.words import period_text
from emotion.labels import Emotion
from tests.gallery import pictures

_NOW: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_DAYS: Final = 30
_PEOPLE: Final = 8
_ZONE: Final = "Asia/Seoul"
_TITLES: Final[dict[Locale, str]] = {"en": "Feelings in #general, last 30 days", "ko": "최근 30일 #general의 감정"}
_ENDS: Final[dict[Locale, str]] = {"en": ".png", "ko": ".ko.png"}
_FROM_THE_GALLERY: Final = ("valence", "diary")
_WEIGHTS: Final = {
    Emotion.NEUTRAL: 36,
    Emotion.JOY: 30,
    Emotion.SURPRISE: 8,
    Emotion.SADNESS: 9,
    Emotion.FEAR: 6,
    Emotion.ANGER: 8,
    Emotion.DISGUST: 2,
}


def history(chance: random.Random) -> dict[date, dict[str, Counter[Emotion]]]:
    """A month of eight people by day in Seoul: busy weekdays, quiet weekends, a hard second week."""
    days: dict[date, dict[str, Counter[Emotion]]] = {}
    for back in range(_DAYS):
        day = _NOW - timedelta(days=back)
        weekend = day.weekday() >= 5
        weights = dict(_WEIGHTS)
        if 14 <= back < 21:
            weights[Emotion.ANGER] *= 3
            weights[Emotion.FEAR] *= 3
        for person in range(_PEOPLE):
            count = chance.choice((0, 0, 0, 0, 1)) if weekend else chance.choice((0, 1, 2, 2, 3))
            for label in chance.choices(list(weights), list(weights.values()), k=count):
                moment = day - timedelta(minutes=chance.randrange(480))
                people = days.setdefault(moment.astimezone(ZoneInfo(_ZONE)).date(), {})
                people.setdefault(f"person {person}", Counter())[label] += 1
    return days


def main(folder: Path) -> None:
    """Write a channel's month and, from the gallery, its mood and a person's diary: one PNG a language."""
    written = history(random.Random(20261120))  # noqa: S311 - a drawing, not a secret
    calendar = Calendar.of(_DAYS, _ZONE, _NOW, retention_days=365)
    cells = [
        cell
        for week in calendar.weeks
        for cell in publishable(
            week, [], {day: parts for day, parts in written.items() if monday(day) == week}, lambda _: 5, whole=True
        )
    ]
    series = of_cells(cells, first=calendar.first, last=calendar.last, timezone=_ZONE, minimum_people=5)
    for locale, end in _ENDS.items():
        figure = mood(series, locale=locale, title=_TITLES[locale], subtitle=period_text(series, locale))
        (folder / f"graph{end}").write_bytes(png(figure))
    for shown in pictures():
        if shown.name in _FROM_THE_GALLERY:
            for locale, end in _ENDS.items():
                (folder / f"{shown.name}{end}").write_bytes(png(shown.draw(locale, LIGHT)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
