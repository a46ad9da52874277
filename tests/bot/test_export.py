import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Table, Uuid, insert

from bot import export_words
from bot.consent import Consent
from bot.export import export
from bot.messages import Person, Place
from bot.pseudonyms import Pseudonyms
from bot.schedule_words import FRIDAYS
from bot.scheduling import Schedules
from bot.store import audit
from bot.store.base import Base, Instant, Store
from bot.store.erasure import PERSON_COLUMN, personal_tables
from emotion.labels import EMOTIONS, Emotion
from tests.factories import consenting, person, wrote
from tests.fakes import Clock

ALICE, MINJI = person(1), person(2)
MARKS = {ALICE: "of-alice", MINJI: "of-minji"}


async def exported(store: Store, pseudonyms: Pseudonyms, whose: Person, clock: Clock) -> tuple[dict[str, Any], bytes]:
    whole, table = await export(store, pseudonyms, whose, clock())
    return json.loads(whole.content.decode("utf-8")), table.content


def a_row(table: Table, pseudonyms: Pseudonyms, whose: Person, now: datetime) -> dict[str, Any]:
    """Something plausible in every column of a table with people in it."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name == PERSON_COLUMN:
            values[column.name] = pseudonyms.person(whose)
        elif isinstance(column.type, JSON):
            values[column.name] = {"joy": 1}
        elif isinstance(column.type, Uuid):
            values[column.name] = pseudonyms.person(Person(whose.team, f"{whose.user}:{table.name}"))
        elif isinstance(column.type, Instant):
            values[column.name] = now
        elif column.name == "top_label":
            values[column.name] = "joy"
        else:
            plain = {str: MARKS[whose], date: now.date(), int: int(whose.user[-1]), float: 0.5}
            values[column.name] = plain[column.type.python_type]
    return values


@pytest.fixture
async def full(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Store:
    """A row of Alice's and one of Minji's in every table with people in it."""
    async with store.begin() as session:
        await audit.append(session, audit.Entry("looked:erase", "administrator", {}, pseudonyms.person(ALICE)), clock())
        await audit.append(session, audit.Entry("looked:erase", "administrator", {}, pseudonyms.person(MINJI)), clock())
        for table in personal_tables():
            if table.name not in {"audit_actors", "reading_hours"}:  # they come with the audit and with the readings
                rows = [a_row(table, pseudonyms, one, clock()) for one in (ALICE, MINJI)]
                await session.execute(insert(table), rows)
    return store


async def test_every_table_with_people_in_it_is_exported(full: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Whatever tables there are: each is named, with the person's rows in every column but the pseudonym's."""
    whole, _ = await exported(full, pseudonyms, ALICE, clock)
    assert set(whole["data"]) == {table.name for table in Base.metadata.tables.values() if "user_id" in table.columns}
    for table in personal_tables():
        (row,) = whole["data"][table.name]
        assert set(row) == {column.name for column in table.columns} - {PERSON_COLUMN}


async def test_nobody_elses_data_is_exported(full: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """No value that only Minji's rows hold, and no pseudonym, is in either file of Alice's."""
    files = await export(full, pseudonyms, ALICE, clock())
    text = "\n".join(file.content.decode("utf-8-sig") for file in files)
    assert MARKS[ALICE] in text
    assert MARKS[MINJI] not in text
    for one in (ALICE, MINJI):
        assert str(pseudonyms.person(one)) not in text
        assert pseudonyms.person(one).hex not in text


async def test_times_are_utc_and_the_rest_is_readable(full: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """ISO 8601 with Z, whatever the column; Hangul stands as it is, indented."""
    files = await export(full, pseudonyms, ALICE, clock(), "ko")
    text = files[0].content.decode("utf-8")
    whole = json.loads(text)
    assert whole["exported_at"] == "2026-11-20T09:00:00Z"
    assert whole["data"]["emotion_readings"][0]["time"] == "2026-11-20T09:00:00Z"
    assert whole["data"]["cell_people"][0]["start"] == "2026-11-20"
    assert "글은 저장하지 않으므로" in text
    assert "\n  " in text


def test_every_column_is_explained_in_both_languages() -> None:
    """A new table or column cannot be forgotten: whoever exports it is told what it is."""
    for table in personal_tables():
        assert set(export_words.TABLES[table.name]) == {"en", "ko"}
        for column in table.columns:
            if column.name != PERSON_COLUMN:
                assert set(export_words.COLUMNS[column.name]) == {"en", "ko"}, f"{table.name}.{column.name}"
    columns = {column.name for table in personal_tables() for column in table.columns}
    assert set(export_words.COLUMNS) <= columns


async def test_the_explanation_names_the_columns_that_are_there(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Of tables without rows only the name."""
    await consenting(store, pseudonyms, [ALICE], clock())
    whole, _ = await exported(store, pseudonyms, ALICE, clock)
    assert set(whole["about"]["tables"]) == set(whole["data"])
    assert set(whole["about"]["columns"]) == {"people", "consent_receipts"}


async def test_readings_come_as_a_table_too(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Oldest first, with the seven probabilities, for a spreadsheet that takes UTF-8 by its mark."""
    await consenting(store, pseudonyms, [ALICE], clock() - timedelta(days=2))
    await wrote(store, pseudonyms, ALICE, clock() - timedelta(hours=1), label=Emotion.FEAR, place=Place.GROUP)
    await wrote(store, pseudonyms, ALICE, clock() - timedelta(hours=2))
    _, table = await exported(store, pseudonyms, ALICE, clock)
    assert table.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert [(row["time"], row["emotion"], row["place"]) for row in rows] == [
        ("2026-11-20T07:00:00Z", "joy", "channel"),
        ("2026-11-20T08:00:00Z", "fear", "group"),
    ]
    assert float(rows[1]["confidence"]) == float(rows[1]["fear"]) == pytest.approx(0.82)
    assert sum(float(rows[0][emotion]) for emotion in EMOTIONS) == pytest.approx(1)


async def test_no_cell_of_the_table_is_a_formula(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Even where a channel's id were one."""
    await consenting(store, pseudonyms, [ALICE], clock())
    await wrote(store, pseudonyms, ALICE, clock(), channel="=1+1")
    _, table = await exported(store, pseudonyms, ALICE, clock)
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert "'=1+1" in rows[1]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


async def test_file_names_are_ours_and_dated(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Nothing from outside stands in them."""
    await consenting(store, pseudonyms, [ALICE], clock())
    names = [file.name for file in await export(store, pseudonyms, ALICE, clock())]
    assert names == ["maeum-export-2026-11-20.json", "maeum-readings-2026-11-20.csv"]
    assert all(re.fullmatch(r"[a-z0-9-]+\.(json|csv)", name) for name in names)


async def test_of_whom_nothing_is_stored_there_is_no_file(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Others' data is no reason for one."""
    await consenting(store, pseudonyms, [MINJI], clock())
    assert await export(store, pseudonyms, ALICE, clock()) == ()


async def test_what_stays_after_a_withdrawal_is_exported(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """It is one's own until it is deleted."""
    consent = Consent(store, pseudonyms, clock)
    await consent.grant(ALICE, "command")
    await wrote(store, pseudonyms, ALICE, clock())
    await consent.withdraw(ALICE, "command")
    whole, _ = await exported(store, pseudonyms, ALICE, clock)
    assert len(whole["data"]["emotion_readings"]) == 1
    assert [row["act"] for row in whole["data"]["consent_receipts"]] == ["on", "off"]


async def test_it_says_when_ones_diary_comes(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """On which day, at what time, in which zone; it is called what it is, in both languages."""
    await consenting(store, pseudonyms, [ALICE], clock())
    await Schedules(store, pseudonyms, clock).set_diary(ALICE, "D01ALICE", FRIDAYS.spec("Asia/Seoul", "ko"))
    whole, _ = await exported(store, pseudonyms, ALICE, clock)
    (row,) = whole["data"]["schedules"]
    told = {name: row[name] for name in ("picture", "kind", "weekday", "hour", "minute", "timezone", "channel_id")}
    assert told == {
        "picture": "diary", "kind": "weekly", "weekday": 4, "hour": 17, "minute": 0, "timezone": "Asia/Seoul",
        "channel_id": "D01ALICE",
    }  # fmt: skip
    assert "when your diary comes" in whole["about"]["tables"]["schedules"]
    korean, _ = await export(store, pseudonyms, ALICE, clock(), "ko")
    assert "내 일기가 오는 때" in korean.content.decode()
