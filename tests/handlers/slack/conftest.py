import pytest

from bot.messages import Person
from bot.wiring import Services
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE
from tests.slack_api import TEAM


@pytest.fixture
async def read_before(services: Services, clock: Clock) -> None:
    """Alice opted in, and two of her messages were read."""
    person = Person(TEAM, ALICE)
    await services.consent.grant(person, "test")
    for _ in range(2):
        clock.advance(hours=1)
        await wrote(services.store, services.pseudonyms, person, clock())
