import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from handlers.slack.people import People, Profile, profile
from tests.handlers.house import ALICE, BOSS, MINJI
from tests.slack_api import BOT_TOKEN, SlackApi


@pytest.fixture
def people(slack: SlackApi) -> People:
    return People(AsyncWebClient(BOT_TOKEN, base_url=slack.url))


async def test_language_and_time_zone_come_from_slack(people: People) -> None:
    """A Korean locale is Korean, every other is English."""
    assert await people.profile(MINJI) == Profile("ko", "Asia/Seoul")
    assert await people.profile(ALICE) == Profile("en", "Europe/London")


async def test_a_profile_is_asked_for_once_in_minutes(people: People, slack: SlackApi) -> None:
    """The second look costs no call, until the account changes."""
    await people.profile(ALICE)
    await people.profile(ALICE)
    assert len(slack.asked("users.info")) == 1
    people.forget(ALICE)
    await people.profile(ALICE)
    assert len(slack.asked("users.info")) == 2


async def test_a_role_is_always_asked_anew(people: People, slack: SlackApi) -> None:
    """Somebody who is no administrator any more is not one a moment later."""
    assert (await people.now(BOSS)).is_admin
    slack.users[BOSS]["is_admin"] = False
    assert not (await people.now(BOSS)).is_admin


async def test_without_slacks_word_people_are_addressed_in_english(people: People, slack: SlackApi) -> None:
    """A refused call costs the language, not the answer; a role is never guessed."""
    slack.refuse("users.info", "missing_scope", times=2)
    assert await people.profile(MINJI) == Profile()
    with pytest.raises(SlackTrouble, match="missing_scope"):
        await people.now(BOSS)


@pytest.mark.parametrize("role", ["is_admin", "is_owner", "is_primary_owner"])
def test_administrators_and_owners_administer(role: str) -> None:
    """Each of Slack's three roles does; a value that is not true does not."""
    assert profile({role: True}).is_admin
    assert not profile({role: "yes"}).is_admin


def test_a_time_zone_that_is_unknown_here_is_utc() -> None:
    """Whatever Slack says, the zone can be used."""
    assert profile({"tz": "Mars/Olympus"}).timezone == "UTC"
    assert profile({"tz": None, "locale": None}) == Profile()


async def test_names_are_found_on_every_page(people: People, slack: SlackApi) -> None:
    """By handle and by display name, in any case, those who left included, and all of those of one name."""
    slack.user("U1", name="kim", deleted=True)
    slack.user("U2", name="lee", profile={"display_name": "Kim"})
    assert await people.named("KIM") == ["U1", "U2"]
    assert await people.named("nobody") == []
