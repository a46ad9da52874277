"""`maeum admin …`: the same as in Slack, for whoever runs the bot, audited as `operator`."""

import asyncio
import contextlib
import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.consent import Consent
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.settings import SQLITE
from bot.store import audit
from tests.commands import maeum
from tests.conftest import opened
from tests.factories import KEY, TEAM, consenting, person, wrote
from tests.fakes import Clock
from tests.tampering import behind

ALICE, BOB = person(1), person(2)
Admin = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """DATA_DIR, with the key in its file."""
    folder = tmp_path / "data"
    folder.mkdir()
    key = folder / "text-hash.key"
    key.touch(0o600)
    key.write_text(KEY.hex())
    return folder


@pytest.fixture
def keyed(data: Path) -> Pseudonyms:
    """As the command will name people."""
    return Pseudonyms((data / "text-hash.key").read_text().encode())


@pytest.fixture
def admin(database_url: str, data: Path, tmp_path: Path, talkative_log: io.StringIO) -> Admin:  # noqa: ARG001 - put back
    """Runs `maeum admin …` in an empty folder."""
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(data), "TERM": "dumb", "NO_COLOR": "1", "LOG_LEVEL": "ERROR"}

    def run(*words: str, answer: str | None = None) -> Result:
        with contextlib.chdir(tmp_path):
            return CliRunner().invoke(app, ["admin", *words], input=answer, env=env, prog_name="maeum")

    return run


def lived(database_url: str, keyed: Pseudonyms, *, team: str = TEAM) -> None:
    """Alice and Bob opt in and write something, on three days."""

    async def live() -> None:
        clock = Clock()
        async with opened(database_url) as store:
            people = [type(ALICE)(team, one.user) for one in (ALICE, BOB)]
            await consenting(store, keyed, people, clock())
            for author in people:
                for _ in range(3):
                    clock.advance(minutes=1)
                    await wrote(store, keyed, author, clock())

    asyncio.run(live())


def holdings(database_url: str, keyed: Pseudonyms) -> list[int]:
    """How many readings of Alice and of Bob are stored."""

    async def look() -> list[int]:
        async with opened(database_url) as store:
            privacy = Privacy(store, keyed, Clock())
            return [(await privacy.holdings(one))["emotion_readings"] for one in (ALICE, BOB)]

    return asyncio.run(look())


def entries(database_url: str) -> Sequence[tuple[str, str]]:
    """Kind and role of every entry of the audit, oldest first."""

    async def look() -> Sequence[tuple[str, str]]:
        async with opened(database_url) as store, store.read() as session:
            return [(entry.action, entry.role) for entry in (await audit.latest(session, None))[::-1]]

    return asyncio.run(look())


def test_a_person_is_deleted_after_a_question(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """It says what kinds of things will go, then how much went, with a receipt that stands in the audit."""
    lived(database_url, keyed)
    done = admin("delete", ALICE.user, answer="y\n")
    assert done.exit_code == 0
    assert "emotion readings\n" in done.output.split("Delete it?")[0]
    assert "emotion readings: 3" in done.output
    assert re.search(r"Receipt: [0-9a-f-]{36}", done.output)
    assert holdings(database_url, keyed) == [0, 3]
    assert entries(database_url) == [("looked:erase", "operator"), ("erase:operator", "operator")]
    again = admin("delete", ALICE.user, "--yes")
    assert again.exit_code == 0
    assert "Nothing is stored" in again.output


@pytest.mark.parametrize("answer", ["n\n", "", "what\nn\n"])
def test_without_a_yes_nobody_is_deleted(database_url: str, admin: Admin, keyed: Pseudonyms, answer: str) -> None:
    """Also where there is nobody to answer."""
    lived(database_url, keyed)
    done = admin("delete", ALICE.user, answer=answer)
    assert done.exit_code == 1
    assert holdings(database_url, keyed) == [3, 3]


def test_what_is_no_member_id_is_said(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """Before anything is looked for; status 1, no stack trace."""
    lived(database_url, keyed)
    for member in ("alice", "@alice", "U", "C01GEN", "<@U01ALICE>", "u00000001", "U0; DROP"):
        done = admin("delete", member, "--yes")
        assert done.exit_code == 1
        assert "no member ID" in done.output
    assert entries(database_url) == []


def test_somebody_unknown_has_nothing_stored(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """Said so, with status 0: nothing is wrong. The look is audited, for that is an answer too."""
    lived(database_url, keyed)
    done = admin("delete", "U0NOBODY1", "--yes")
    assert done.exit_code == 0
    assert "Nothing is stored about U0NOBODY1" in done.output
    assert entries(database_url) == [("looked:erase", "operator")]


def test_the_rules_are_set_shown_and_audited(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """One after the other; `show` tells them all and whether the audit log is whole, and nothing about anybody."""
    lived(database_url, keyed)
    for words in (
        ("retention", "14"),
        ("minimum-people", "7"),
        ("channels", "C02", "G03"),
        ("scheduling", "members"),
        ("channels", "ALL"),
    ):
        assert admin(*words).exit_code == 0, words
    shown = admin("show").output
    assert "14 days" in shown
    assert "7 people" in shown
    assert "all that the bot is in" in shown
    assert "members" in shown
    assert "whole" in shown
    kinds = [kind for kind, role in entries(database_url) if role == "operator"]
    assert kinds == [
        "set:retention_days",
        "set:minimum_people",
        "set:reading_channels",
        "set:scheduling:members",
        "set:reading_channels",
    ]


def test_a_shorter_time_takes_effect_at_once(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """The readings are of a past November; a day is too short for them."""
    lived(database_url, keyed)
    done = admin("retention", "1")
    gone = re.search(r"(\d+) readings past their time", done.output)
    assert gone is not None
    assert int(gone[1]) == 6 - sum(holdings(database_url, keyed))


BAD: Final = {
    ("retention", "0"): "1 to 3650 days",
    ("retention", "-1"): "1 to 3650 days",
    ("retention", "a month"): "1 to 3650 days",
    ("retention", "9" * 30): "1 to 3650 days",
    ("minimum-people", "1"): "at least 3 people",
    ("minimum-people", "2.5"): "at least 3 people",
    ("channels", "general"): "by their IDs",
    ("channels", "all", "C02"): "by their IDs",
    ("scheduling", "everybody"): "creators, administrators or members",
    ("show", "--team", "nowhere"): "no workspace ID",
    ("audit", "--export", "log.txt"): ".csv or .json",
}


def test_bad_input_gets_a_sentence_and_changes_nothing(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """Status 1, and no stack trace."""
    lived(database_url, keyed)
    before = admin("show").output
    for words, said in BAD.items():
        done = admin(*words)
        assert done.exit_code == 1, words
        assert said in " ".join(done.output.split()), words
        assert "Traceback" not in done.output
    assert admin("show").output == before
    assert "cannot be written" in admin("audit", "--export", "no/such/folder/log.csv").output


def test_of_several_workspaces_one_must_be_named(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """The error lists them; a rule of one is none of the other."""
    lived(database_url, keyed)
    lived(database_url, keyed, team="T02OTHER")
    done = admin("retention", "9")
    assert done.exit_code == 1
    assert f"--team ({TEAM}, T02OTHER)" in done.output
    assert admin("retention", "9", "--team", "T02OTHER").exit_code == 0
    assert "30 days" in admin("show", "--team", TEAM).output
    assert "9 days" in admin("show", "--team", "T02OTHER").output


def test_where_nothing_is_stored_the_workspace_is_named(admin: Admin) -> None:
    """Rules can be set before the first person opts in."""
    assert "name it with --team" in admin("show").output
    assert admin("minimum-people", "6", "--team", TEAM).exit_code == 0
    assert "6 people" in admin("show").output


def test_the_audit_is_printed_exported_and_verified(
    database_url: str, admin: Admin, keyed: Pseudonyms, tmp_path: Path
) -> None:
    """The latest entries oldest first; the whole log as CSV and JSON; `verify` finds it whole."""
    lived(database_url, keyed)
    admin("delete", ALICE.user, "--yes")
    printed = admin("audit", "--last", "1").output.strip().splitlines()
    assert len(printed) == 1
    assert "looked:audit" in printed[0]
    for suffix in ("csv", "json"):
        assert admin("audit", "--export", f"log.{suffix}").exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "log.csv").read_bytes().decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["looked:erase", "erase:operator", "looked:audit", "exported:audit"]
    tree = json.loads((tmp_path / "log.json").read_bytes())["entries"]
    assert [entry["hash"] for entry in tree[:4]] == [row["hash"] for row in rows]
    done = admin("audit", "verify")
    assert (done.exit_code, done.output) == (0, "5 entries: whole.\n")


def test_a_log_that_is_not_whole_has_status_1_until_the_gap_is_accepted(
    database_url: str, admin: Admin, keyed: Pseudonyms
) -> None:
    """What was cut off, by whom nobody knows, is named; afterwards the log goes on."""
    lived(database_url, keyed)
    for days in ("7", "8", "9"):
        admin("retention", days)
    behind(database_url, "DELETE FROM audit_log WHERE id > 1")
    done = admin("audit", "verify")
    assert done.exit_code == 1
    assert "backup" in done.output
    assert "NOT whole" in admin("show").output
    assert admin("audit", "verify", "--accept").exit_code == 0
    assert admin("audit", "verify").exit_code == 0
    assert entries(database_url)[-1] == ("anchor:accepted", "operator")


def test_another_key_changes_nothing_and_makes_none(
    database_url: str, admin: Admin, keyed: Pseudonyms, data: Path
) -> None:
    """Under another key everybody would be somebody else: it is said, whether the key is missing or wrong."""
    lived(database_url, keyed)
    assert admin("show").exit_code == 0  # the key is now known to the database
    (data / "text-hash.key").write_text("z" * 64)
    assert "TEXT_HASH_KEY" in admin("delete", ALICE.user, "--yes").output
    (data / "text-hash.key").unlink()
    done = admin("delete", ALICE.user, "--yes")
    assert done.exit_code == 1
    assert "TEXT_HASH_KEY" in done.output
    assert not (data / "text-hash.key").exists()
    assert holdings(database_url, keyed) == [3, 3]


def test_a_withdrawn_person_can_still_be_deleted(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """Consent is no condition of being forgotten."""
    lived(database_url, keyed)

    async def withdraw() -> None:
        async with opened(database_url) as store:
            await Consent(store, keyed, Clock()).withdraw(ALICE, "test")

    asyncio.run(withdraw())
    assert admin("delete", ALICE.user, "--yes").exit_code == 0
    assert holdings(database_url, keyed) == [0, 3]


async def test_without_a_database_it_says_so_and_makes_none(tmp_path: Path, data: Path) -> None:
    """As a person starts it: a sentence, status 1, and no file."""
    env = {"DATA_DIR": str(data), "DATABASE_URL": f"{SQLITE}:///{tmp_path}/none.db"}
    async with maeum("admin", "show", folder=tmp_path, env=env) as running:
        assert await running.end() == 1
    assert "maeum db upgrade" in running.printed
    assert "Traceback" not in running.printed
    assert not (tmp_path / "none.db").exists()


async def test_help_names_every_verb(tmp_path: Path) -> None:
    """`maeum admin --help` and that of each verb."""
    async with maeum("admin", "--help", folder=tmp_path) as running:
        assert await running.end() == 0
    for verb in ("show", "delete", "retention", "minimum-people", "channels", "scheduling", "audit"):
        assert f" {verb} " in running.printed


def test_a_database_that_is_only_read_stays_as_it_was(database_url: str, admin: Admin, keyed: Pseudonyms) -> None:
    """`show` and `verify` write no entry."""
    lived(database_url, keyed)
    admin("show")
    admin("audit", "verify")
    assert entries(database_url) == []
