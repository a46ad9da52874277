from collections.abc import AsyncIterator

import pytest

from bot.settings import Settings
from bot.wiring import Services
from handlers.http.app import asgi
from tests.handlers.house import Driver
from tests.handlers.http.web import Web, serving


@pytest.fixture
async def web(settings: Settings, services: Services, driver: Driver) -> AsyncIterator[Web]:
    """The HTTP door over the same house and the same Slack door as `driver`."""
    async for running in serving(asgi(settings, services, driver.door)):
        yield running
