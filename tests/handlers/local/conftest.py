from collections.abc import AsyncIterator

import pytest

from tests.localslack import LocalSlack, local_slack


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with local_slack() as running:
        yield running
