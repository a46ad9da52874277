import asyncio
import unicodedata
from uuid import NAMESPACE_OID, uuid5

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from handlers.slack.identity import Me
from handlers.slack.people import Behind, People, Profile, profile
from tests.handlers.house import ALICE, BOSS, MINJI, until
from tests.slack_api import BOT, BOT_TOKEN, TEAM, SlackApi


@pytest.fixture
def people(slack: SlackApi) -> People:
    return People(AsyncWebClient(BOT_TOKEN, base_url=slack.url))


async def test_language_and_time_zone_come_from_slack(people: People) -> None:
    """A Korean locale is Korean, every other is English."""
    assert await people.profile(MINJI) == Profile("ko", "Asia/Seoul", teams=frozenset({TEAM}))
    assert await people.profile(ALICE) == Profile("en", "Europe/London", teams=frozenset({TEAM}))


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


async def test_a_name_is_found_in_whatever_form_it_is_typed(people: People, slack: SlackApi) -> None:
    """Hangul in parts and letters of full width are the same name."""
    slack.user("U1", name="jisu", profile={"display_name": unicodedata.normalize("NFD", "지수")})
    assert await people.named("지수") == ["U1"]
    assert await people.named("Ｊｉｓｕ") == ["U1"]


async def test_those_behind_pseudonyms_are_found_among_the_members(people: People, slack: SlackApi) -> None:
    """On every page; whoever left is told apart from them, and from whom Slack does not list."""
    slack.user("U1", deleted=True)
    slack.user("U2")
    pseudonyms = {user: uuid5(NAMESPACE_OID, user) for user in slack.users}
    wanted = {pseudonyms[user] for user in (ALICE, "U1", "U2")} | {uuid5(NAMESPACE_OID, "nobody")}
    found = await people.behind(wanted, lambda user: pseudonyms[user])
    assert found == Behind({pseudonyms[user]: user for user in (ALICE, "U2")}, {pseudonyms["U1"]})


async def test_half_a_list_of_people_is_none(people: People, slack: SlackApi) -> None:
    """Or somebody on a page that was refused would pass for one who left."""
    held = slack.hold("users.list")
    asking = asyncio.create_task(people.behind(set(), lambda _: uuid5(NAMESPACE_OID, "")))
    await until(lambda: slack.asked("users.list"))
    slack.refuse("users.list", "ratelimited")
    held.set()
    with pytest.raises(SlackTrouble, match="ratelimited"):
        await asking


US = Me(TEAM, BOT, None)
GRID = Me(TEAM, BOT, None, enterprise="E0OURS")


@pytest.mark.parametrize(
    ("me", "user", "said", "outside"),
    [
        (US, {"team_id": TEAM}, None, False),
        (US, {"team_id": TEAM, "is_restricted": True}, TEAM, False),
        (US, {"team_id": TEAM}, "T0OTHER", True),
        (US, {"team_id": "T0OTHER"}, None, True),
        (US, {"team_id": "T0OTHER"}, TEAM, True),
        (US, {"team_id": TEAM, "is_stranger": True}, None, True),
        (US, {}, None, False),
        (US, {}, "T0OTHER", True),
        (GRID, {"team_id": "T0SISTER", "enterprise_user": {"enterprise_id": "E0OURS"}}, "T0SISTER", False),
        (GRID, {"team_id": "T0SISTER", "enterprise_user": {"teams": [TEAM]}}, "E0OURS", False),
        (GRID, {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER"}}, None, True),
        (US, {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER"}}, None, True),
    ],
)
def test_who_belongs_to_another_organisation(
    me: Me,
    user: dict[str, object],
    said: str | None,
    outside: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """By Slack's word, by the workspaces of the account, and, where it says none, by what the event says."""
    assert profile(user).is_outsider(me, [said]) is outside
