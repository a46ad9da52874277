"""The page as a new user sees it, in a real browser: what `make run` promises, done by hand.

With MAEUM_PICTURES=folder it leaves the screenshots there that the README shows (`make pictures`).
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Dialog, Page, async_playwright, expect

from bot.wiring import build
from handlers.process import socket_mode
from tests.journeys.conftest import Town, settings_for
from tests.localslack import ADMINISTRATOR, ALICE, JUNHO, local_slack, wait_for

_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
_SIZE: Final = {"width": 1240, "height": 860}


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    """A Chromium that is installed here; the test is left out where none is."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@pytest.mark.timeout(180)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to the garbage collector
async def test_a_new_user_does_in_the_page_what_the_readme_says(
    sqlite_url: str, talkative_log: object, tmp_path: Path
) -> None:
    """Opt in, write in Korean and English, mention the bot, ask for the graph, delete a person, be refused."""
    pictures = Path(os.environ.get("MAEUM_PICTURES") or tmp_path)
    async with _browser() as browser, local_slack(announce=True) as slack:
        settings = settings_for(slack, sqlite_url, {"data_dir": tmp_path})
        services = await build(settings)
        try:
            async with socket_mode(settings, services) as clock:
                town = Town(slack, services, settings, clock, talkative_log)  # type: ignore[arg-type]
                page = await browser.new_page(viewport=_SIZE, device_scale_factor=2)  # type: ignore[arg-type]
                await _walk(page, town, pictures)
        finally:
            await services.close()


async def _walk(page: Page, town: Town, pictures: Path) -> None:
    await page.goto(town.slack.workspace.url)
    await expect(page.locator("main .msg").first).to_contain_text("Maeum", timeout=10_000)  # the notice

    await _become(page, JUNHO)
    await _type(page, "/emotion on")
    await expect(page.locator("main")).to_contain_text("글은 저장하지 않아요")
    await _type(page, f"{town.mention} 오늘 발표 잘 끝나서 너무 기뻐요!")
    await wait_for(lambda: _labels(town, ["joy"]), "the Korean reading")
    await _open_thread(page, "오늘 발표")
    await page.screenshot(path=pictures / "page.ko.png")

    await _become(page, ALICE)
    await _type(page, "/emotion on")
    await wait_for(lambda: town.consents(ALICE), "Alice's consent")
    await _type(page, f"{town.mention} the release broke again and I am so frustrated")
    await wait_for(lambda: _count(town, 2), "the English reading")
    await _open_thread(page, "broke again")
    await page.screenshot(path=pictures / "page.png")

    await _type(page, "/emotion-graph me 7d")
    await expect(page.locator("main")).to_contain_text(re.compile("direct message", re.IGNORECASE))
    await page.locator(".sidebar-item", has_text="maeum").first.click()
    await expect(page.locator("main .file-image img").first).to_be_visible()
    await page.locator(".sidebar-item", has_text="general").first.click()

    await _type(page, f"/emotion-admin delete <@{JUNHO}>")
    await expect(page.locator("main")).to_contain_text("administrators and owners")
    assert len(await town.readings()) == 2

    page.on("dialog", _accept)
    await _become(page, ADMINISTRATOR)
    await _type(page, f"/emotion-admin delete <@{ALICE}>")
    await expect(page.locator(".modal")).to_be_visible()
    await page.locator(".modal-btn.primary").click()
    await wait_for(lambda: _count(town, 1), "the deletion")


async def _become(page: Page, user: str) -> None:
    await page.locator(".actas select").select_option(user)


async def _type(page: Page, words: str) -> None:
    composer = page.locator("main textarea.composer-input")
    await composer.fill(words)
    await composer.press("Enter")


async def _open_thread(page: Page, words: str) -> None:
    """Open the thread under that message, with the bot's reply in it."""
    await page.locator("main .msg", has_text=words).locator("button[class^=thread]").click()
    await expect(page.locator(".thread-pane .msg")).to_have_count(2)
    await page.mouse.move(0, 0)


async def _accept(dialog: Dialog) -> None:
    await dialog.accept()


async def _labels(town: Town, labels: list[str]) -> bool:
    return [reading["top_label"] for reading in await town.readings()] == labels


async def _count(town: Town, count: int) -> bool:
    return len(await town.readings()) == count
