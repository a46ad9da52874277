"""A made-up person's history, for pictures: busy weekdays, quiet weekends, good and bad months, a hard fortnight."""

import math
import random
from datetime import datetime, timedelta
from typing import Final

from charts.series import Point
from emotion.labels import Emotion

_A_DAY: Final = ((0, 1, 2, 3, 5, 6, 8, 11), (0, 0, 0, 1, 2))
"""How many messages a workday and a day of the weekend may have."""


def history(chance: random.Random, *, days: int, now: datetime) -> list[Point]:
    """The readings of the last days, from the latest back; the same chance gives the same ones."""
    points = []
    for back in range(days):
        day = now - timedelta(days=back)
        good = 0.5 + 0.5 * math.sin(2.0 + back / 34)
        hard = 2.5 if 9 <= back < 23 else 1.0
        weights = {
            Emotion.NEUTRAL: 28.0,
            Emotion.JOY: (8 + 46 * good) / hard,
            Emotion.SURPRISE: 7.0,
            Emotion.SADNESS: 13 * (1.25 - good) * hard,
            Emotion.FEAR: 8 * (1.25 - good) * hard,
            Emotion.ANGER: 12 * (1.25 - good) * hard,
            Emotion.DISGUST: 3.0,
        }
        count = chance.choice(_A_DAY[day.weekday() >= 5])
        midnight = day.replace(hour=0, minute=0, second=0)
        for label in chance.choices(list(weights), list(weights.values()), k=count):
            hour = min(15.0, max(-2.0, chance.gauss(5, 3)))  # in UTC: nine hours later in Seoul
            points.append(Point(midnight + timedelta(hours=hour), label))
    return [point for point in points if point.time <= now]
