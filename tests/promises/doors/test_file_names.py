"""No name of a file is made of what somebody outside wrote: not of names, zones or languages, nor of a model's own."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.messages import Person
from bot.wiring import Services
from emotion import hub
from emotion.errors import ArtifactMissing
from emotion.versions import POINTER, Shelf, UnknownVersion
from tests.factories import consenting, every, wrote
from tests.handlers.house import ALICE, BOSS, Driver
from tests.slack_api import TEAM

OURS: Final = re.compile(r"maeum-[a-z]+(?:-[a-z]+)?-\d{4}-\d\d-\d\d(?:-\d{4}-\d\d-\d\d)?\.(?:png|csv|json)")
HOSTILE: Final = "../../etc/cron.d/x\x00\n\u202egnp.exe"


@pytest.mark.parametrize("locale", ["en-US", "ko-KR", "../../ko"])
async def test_every_file_that_is_sent_has_a_name_of_ours(driver: Driver, services: Services, locale: str) -> None:
    """A picture, an export, the audit: what kind it is, and dates."""
    traits = {"name": HOSTILE, "real_name": HOSTILE, "tz": HOSTILE, "profile": {"display_name": HOSTILE}}
    for user in (ALICE, BOSS):
        driver.slack.user(user, **traits, locale=locale, is_admin=user == BOSS)
    person = Person(TEAM, ALICE)
    await consenting(services.store, services.pseudonyms, [person], services.clock() - timedelta(days=3))
    for moment in every(timedelta(hours=5), services.clock() - timedelta(days=2), 8):
        await wrote(services.store, services.pseudonyms, person, moment)
    await driver.command("/emotion-graph", "me 7d")
    await driver.command("/emotion-graph", "diary")
    await driver.press("maeum_table", value=json.dumps({"of": "me", "kind": "year", "days": 7}))
    await driver.command("/emotion", "export")
    await driver.press("maeum_admin_export", user=BOSS)
    names = [args["filename"] for args in driver.slack.asked("files.getUploadURLExternal")]
    assert {Path(name).suffix for name in names} == {".png", ".csv", ".json"}
    assert len(names) == 7
    assert [name for name in names if not OURS.fullmatch(name)] == []


@pytest.mark.parametrize(
    "name", ["../outside", "/etc", "..", "", ".", "a/b", "a\\..\\b", "v1\n", "\u202ev1", "v1.json"]
)
def test_a_note_of_the_model_in_use_that_names_a_path_is_not_followed(tmp_path: Path, name: str) -> None:
    """Whoever can write the note still cannot have another folder served, or counts written elsewhere."""
    (tmp_path / "outside").mkdir()
    shelf = Shelf(tmp_path / "models")
    shelf.folder.mkdir()
    (shelf.folder / POINTER).write_text(json.dumps({"current": name, "previous": name, "shadow": name}), "utf-8")
    pointer = shelf.pointer()
    for there in (pointer.current, pointer.previous, pointer.shadow):
        assert there is not None
        with pytest.raises(UnknownVersion):
            shelf.place(there)


@pytest.mark.parametrize(
    "hub_id", ["../..", "a/..", "../b", "a/b/../../c", "/a/b", "a/b@c d", "a\\b/c", "a/b\n", "~/b", "a/b?x"]
)
def test_what_is_no_id_of_the_hub_is_not_asked_for(tmp_path: Path, hub_id: str) -> None:
    """And no folder is made for it."""

    def fetch(_: str, folder: Path, __: hub.Progress) -> Path:
        pytest.fail(f"asked for, into {folder}")

    shelf = Shelf(tmp_path / "models")
    with pytest.raises(ArtifactMissing):
        shelf.pull(hub_id, fetch=fetch)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hub_id", ["somebody/model", "somebody/model@../../x", "somebody/model@refs/pr/1"])
def test_a_download_lies_in_one_folder_whatever_it_is_called(tmp_path: Path, hub_id: str) -> None:
    """A revision may have slashes in it: not the folder."""
    asked = []

    def fetch(_: str, folder: Path, __: hub.Progress) -> Path:
        asked.append(folder)
        raise ArtifactMissing(folder, "not there")

    shelf = Shelf(tmp_path / "models")
    with pytest.raises(ArtifactMissing):
        shelf.pull(hub_id, fetch=fetch)
    assert [folder.resolve().parent for folder in asked] == [(shelf.folder / ".downloads").resolve()]
