"""A person's own last seven days, in numbers: for them alone."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.messages import Person, Viewer
from bot.pseudonyms import Pseudonyms
from bot.store import readings
from bot.store.base import Store
from charts.series import period
from emotion.labels import Emotion

DAYS: Final = 7


async def my_week(
    store: Store, pseudonyms: Pseudonyms, person: Person, viewer: Viewer, now: datetime
) -> Mapping[Emotion, int]:
    """How many of the person's own readings of the last seven dates name each emotion; empty where there are none.

    The dates are those of the viewer's time zone. The most frequent emotion comes first; of equals, in the order of
    the emotions.
    """
    start, end = period(DAYS, now=now, timezone=viewer.timezone)
    async with store.read() as session:
        felt = await readings.of_person(session, pseudonyms.person(person), start, end)
    counted = Counter(one.label for one in felt)
    order = list(Emotion)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], order.index(item[0]))))
