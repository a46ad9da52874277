"""The Home tab: a person sees and decides about themselves, and nobody else sees or changes anything of theirs."""

import aiohttp

from tests.journeys.conftest import Town
from tests.localslack import ADMINISTRATOR, ALICE, DIEGO, GENERAL, JUNHO, PRIYA, Json, wait_for


async def test_a_person_decides_everything_in_it(town: Town) -> None:
    """On, what is stored and the week in bars, a pause and its end, off: each act shows at once and has its receipt."""
    await town.slack.open_home(JUNHO)
    await wait_for(lambda: town.slack.home(JUNHO), "the App Home")
    await town.slack.press_home(JUNHO, "maeum_on")
    await wait_for(lambda: town.consents(JUNHO), "the consent")
    await town.say(JUNHO, "내일 심사 결과가 나온다니 너무 떨리고 무서워요")
    await town.slack.open_home(JUNHO)
    await _home_says(town, JUNHO, "감정 1건")
    await _home_says(town, JUNHO, "두려움 100%  ▇")
    await town.slack.press_home(JUNHO, "maeum_pause_week")
    await _home_says(town, JUNHO, "까지 *멈춰* 있어요")
    await town.slack.press_home(JUNHO, "maeum_on")
    await _home_says(town, JUNHO, "*켜져* 있어요")
    await _home_says(town, JUNHO, "홈 탭에서 켜셨어요")
    await town.slack.press_home(JUNHO, "maeum_off")
    await _home_says(town, JUNHO, "*꺼져* 있어요")
    assert [receipt.act for receipt in (await town.services.consent.status(town.person(JUNHO))).receipts] == [
        "on",
        "pause",
        "on",
        "off",
    ]


async def test_deleting_is_asked_first_and_then_complete(town: Town) -> None:
    """The dialog closed deletes nothing; confirmed, everything goes, the tab shows it, and the receipt comes."""
    await town.opt_in(ALICE, JUNHO)
    await town.say(ALICE, "What a wonderful surprise, thank you all!")
    await town.say(JUNHO, "오늘은 기분이 좋아요")
    await town.slack.open_home(ALICE)
    await _home_says(town, ALICE, "1 reading")
    await town.slack.press_home(ALICE, "maeum_forget")
    await wait_for(town.slack.modal, "the question")
    await town.slack.close_modal(ALICE)
    await town.rest()
    assert len(await town.readings()) == 2
    await town.slack.press_home(ALICE, "maeum_forget")
    await wait_for(town.slack.modal, "the question again")
    await town.slack.submit(ALICE)
    await _home_says(town, ALICE, "Nothing of yours is stored")
    direct = await town.slack.direct(ALICE)
    (receipt,) = await town.replies(1, direct)
    assert "Receipt" in receipt["text"]
    assert str(town.services.pseudonyms.person(town.person(ALICE))) not in await town.everything_stored()
    assert len(await town.readings()) == 1


async def test_somebody_elses_dialog_deletes_nobody_but_whoever_sends_it(town: Town) -> None:
    """Even an administrator who sends Alice's question deletes their own data, and Alice's stays."""
    await town.opt_in(ALICE, ADMINISTRATOR)
    await town.say(ALICE, "What a wonderful surprise, thank you all!")
    await town.say(ADMINISTRATOR, "오늘은 기분이 좋아요")
    await town.slack.command(ALICE, GENERAL, "/emotion delete")
    await wait_for(town.slack.modal, "Alice's question")
    await town.slack.submit(ADMINISTRATOR)
    await wait_for(lambda: _is_forgotten(town, ADMINISTRATOR), "the sender's own deletion")
    (left,) = await town.readings()
    assert left["user_id"] == town.services.pseudonyms.person(town.person(ALICE))
    assert await town.consents(ALICE)


async def test_an_export_comes_as_two_files_that_only_the_person_can_see(town: Town) -> None:
    """In their own direct message, with what is stored; they are remembered, to be deleted with the person."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "What a wonderful surprise, thank you all!")
    await town.slack.command(ALICE, GENERAL, "/emotion export")
    await town.whisper(ALICE, after=1)
    direct = await town.slack.direct(ALICE)
    files = [file for message in await town.slack.messages(direct) for file in message.get("files") or ()]
    assert sorted(file["name"].split("-")[1] for file in files) == ["export", "readings"]
    whole = next(file for file in files if file["name"].endswith(".json"))
    content = await _content(town, whole)
    assert '"top_label": "' in content
    assert "wonderful" not in content
    assert [message for message in await town.slack.messages(GENERAL) if message.get("files")] == []
    async with town.services.store.read() as session:
        held = await session.connection()
        rows = await held.exec_driver_sql("SELECT file_id FROM sent_files ORDER BY file_id")
        assert [row[0] for row in rows] == sorted(file["id"] for file in files)


async def test_nobody_else_sees_or_takes_along_what_is_a_persons(town: Town) -> None:
    """Another member, the administrator, a guest and somebody of another organisation each get their own: nothing."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "What a wonderful surprise, thank you all!")
    await town.slack.person(DIEGO, is_restricted=True, is_ultra_restricted=True)
    await town.slack.person(PRIYA, is_stranger=True, team_id="T0OTHER")
    for user in (JUNHO, ADMINISTRATOR, DIEGO, PRIYA):
        await town.slack.command(user, GENERAL, f"/emotion export <@{ALICE}>")
        await town.slack.command(user, GENERAL, "/emotion export")
        await town.slack.command(user, GENERAL, "/emotion delete")
        said = [await town.whisper(user, after=number) for number in range(3)]
        assert all("joy" not in str(one) and "1 reading" not in str(one) for one in said)
        await town.slack.open_home(user)
        shown = str(await wait_for(lambda user=user: town.slack.home(user), "the App Home"))  # type: ignore[misc]
        assert "1 reading" not in shown
        assert "▇" not in shown
    assert await town.slack.calls("files.completeUploadExternal") == []
    assert await town.slack.modal() is None
    assert len(await town.readings()) == 1
    assert await town.consents(ALICE)


async def test_a_guest_decides_like_everybody_and_somebody_from_elsewhere_cannot_opt_in(town: Town) -> None:
    """In the Home tab: the guest is offered the switch, who belongs to another organisation is told why not."""
    await town.slack.person(DIEGO, is_restricted=True)
    await town.slack.person(PRIYA, is_stranger=True, team_id="T0OTHER")
    await town.slack.open_home(DIEGO)
    await wait_for(lambda: town.slack.home(DIEGO), "the guest's App Home")
    await town.slack.press_home(DIEGO, "maeum_on")
    await wait_for(lambda: town.consents(DIEGO), "the guest's consent")
    await town.slack.open_home(PRIYA)
    await _home_says(town, PRIYA, "people of this workspace's own organisation")
    assert "maeum_on" not in str(await town.slack.home(PRIYA))


async def _home_says(town: Town, user: str, words: str) -> None:
    async def shown() -> bool:
        return words in str(await town.slack.home(user))

    await wait_for(shown, f"{words!r} in the App Home")


async def _is_forgotten(town: Town, user: str) -> bool:
    return not any((await town.services.privacy.holdings(town.person(user))).values())


async def _content(town: Town, file: Json) -> str:
    headers = {"Authorization": f"Bearer {town.slack.workspace.bot_token}"}
    async with aiohttp.ClientSession() as session, session.get(file["url_private"], headers=headers) as answer:
        return await answer.text("utf-8")
