"""The audit log, for those who look after a workspace."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.administration import AuditLog, as_csv, as_json, explained
from bot.anchor import Anchor
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.rules import RuleChange, Rules
from bot.store.audit import Verdict
from bot.store.base import Store
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, person, wrote
from tests.fakes import Clock
from tests.tampering import behind


@pytest.fixture
def anchor(database_url: str, tmp_path: Path, pseudonyms: Pseudonyms) -> Anchor:
    return Anchor.of(make_url(database_url), tmp_path, pseudonyms.seal)


async def lived(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Everything that is audited happens once."""
    await consenting(store, pseudonyms, [person(1), person(2)], clock())
    for author in (person(1), person(2)):
        clock.advance(minutes=1)
        await wrote(store, pseudonyms, author, clock(), channel=CHANNEL)
    privacy = Privacy(store, pseudonyms, clock)
    rules = Rules(store, pseudonyms, clock, retention_days=30, minimum_people=5)
    await privacy.refuse(person(3), "erase")
    await privacy.note(person(4), "looked:erase")
    await privacy.erase(person(1), actor=person(4), reason="administrator")
    await rules.change(TEAM, RuleChange(7, 9, ["C01SECRET"], "members"), person(4))
    clock.advance(days=8)
    await privacy.retain(30)
    await privacy.erase(person(2), actor=None, reason="operator")


async def test_the_log_holds_no_content_and_nobody(
    database_url: str, anchor: Anchor, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Walked through everything that was ever written: kinds, roles, tables and numbers, and nothing that names."""
    async with opened(database_url, anchor) as store:
        await lived(store, pseudonyms, clock)
        log = AuditLog(store, anchor, clock)
        entries = await log.latest()
        assert len(entries) >= 9
        for written in (repr(entries), as_csv(entries).decode("utf-8-sig"), as_json(entries).decode()):
            for number in range(1, 5):
                user, pseudonym = person(number).user, pseudonyms.person(person(number))
                assert user not in written
                assert str(pseudonym) not in written
                assert pseudonym.hex not in written
            for content in (CHANNEL, "SECRET", "joy", "a sentence", pseudonyms.text_hash("a sentence")):
                assert content not in written
        for entry in entries:
            assert set(entry.counts) <= {*_tables(), "from", "to", "channels"}
            assert all(isinstance(count, int) for count in entry.counts.values())


def _tables() -> set[str]:
    from bot.store.base import Base  # noqa: PLC0415 - used here alone

    return set(Base.metadata.tables)


async def test_the_json_can_be_verified_by_what_it_says_of_itself(
    database_url: str, anchor: Anchor, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Somebody with the file alone goes through the chain; the table has the same entries."""
    async with opened(database_url, anchor) as store:
        await lived(store, pseudonyms, clock)
        entries = (await AuditLog(store, anchor, clock).latest())[::-1]
    exported = json.loads(as_json(entries))["entries"]
    previous = "0" * 64
    for entry in exported:
        content = [
            previous,
            entry["time"],
            entry["action"],
            entry["role"],
            entry["receipt"].replace("-", ""),
            sorted(entry["counts"].items()),
        ]
        assert entry["previous_hash"] == previous
        previous = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
        assert entry["hash"] == previous
    rows = list(csv.DictReader(io.StringIO(as_csv(entries).decode("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [entry["hash"] for entry in exported]
    assert [json.loads(row["counts"]) for row in rows] == [entry["counts"] for entry in exported]


async def test_a_gap_is_explained_accepted_once_and_then_the_log_goes_on(
    database_url: str, anchor: Anchor, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The sentence names both ends; after the acceptance the log is whole, and an entry tells of the gap."""
    async with opened(database_url, anchor) as store:
        await lived(store, pseudonyms, clock)
        log = AuditLog(store, anchor, clock)
        assert explained(await log.verify()) == []
        newest = (await log.latest(1))[0].id
        behind(database_url, "DELETE FROM audit_actors WHERE audit_id > 2", "DELETE FROM audit_log WHERE id > 2")
        said = " ".join(explained(await log.verify()))
        assert f"ends at entry 2, and the anchor knows entry {newest}" in said
        assert "backup" in said
        assert "--accept" in said
        for _ in range(2):
            assert (await log.accept()).whole
        (entry,) = [entry for entry in await log.latest() if entry.action == "anchor:accepted"]
        assert entry.role == "operator"
        assert dict(entry.counts) == {"newest": 2, "anchored": newest}
        (note,) = explained(await log.verify())
        assert f"begun at entry {entry.id}" in note


async def test_an_altered_entry_cannot_be_accepted(
    database_url: str, anchor: Anchor, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """It stays visible, and nothing is written about it."""
    async with opened(database_url, anchor) as store:
        await lived(store, pseudonyms, clock)
        behind(database_url, "UPDATE audit_log SET action = 'retain' WHERE id = 1")
        log = AuditLog(store, anchor, clock)
        assert not (await log.accept()).whole
        assert (await log.verify()).broken == 1
        assert "Entry 1 is not what was written" in explained(await log.verify())[0]
        assert "anchor:accepted" not in {entry.action for entry in await log.latest()}


@pytest.mark.parametrize("state", ["lost", "other", "missing", "damaged"])
def test_every_trouble_has_a_sentence_and_a_way_out(state: str) -> None:
    """Whatever is found is said in words."""
    verdict = Verdict(3, 3, None, state, None)  # type: ignore[arg-type]  # one of its literals
    assert not verdict.whole
    trouble, way_out = explained(verdict)
    assert len(trouble) > 40
    assert "--accept" in way_out
