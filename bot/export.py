"""Everything that is stored about one person, as files for that person."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import export_words
from bot.messages import Locale, Person
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from bot.store.erasure import PERSON_COLUMN, personal_tables
from bot.store.tables import ReadingRow
from bot.tabular import csv_bytes
from emotion.labels import EMOTIONS

Rows = Sequence[Mapping[str, Any]]

_READINGS: Final = ReadingRow.__tablename__
_TIME: Final = "time"
_COLUMNS: Final = (
    "time",
    "emotion",
    "confidence",
    *EMOTIONS,
    "entropy",
    "language",
    "place",
    "channel",
    "message_ts",
    "model_version",
)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file, ready to be sent or written. Its content shows in no repr."""

    name: str
    """Of ours alone: letters, digits, hyphens and a dot, with the UTC date."""
    content: bytes = field(repr=False)


async def export(
    store: Store, pseudonyms: Pseudonyms, person: Person, now: datetime, locale: Locale = "en"
) -> Sequence[ExportedFile]:
    """A JSON file of all that is stored about the person, and a CSV file of their readings; no files where nothing is.

    The JSON file is UTF-8 and explains itself in the person's language. Every table with people in it is named in it,
    also an empty one; times are ISO 8601 in UTC. The pseudonym, which is the same in each row, is left out.
    """
    user_id = pseudonyms.person(person)
    async with store.read() as session:
        data = {table.name: await _rows(session, table, user_id) for table in personal_tables()}
    if not any(data.values()):
        return ()
    return await asyncio.to_thread(_files, data, now, locale)


async def _rows(session: AsyncSession, table: Table, user_id: UUID) -> Rows:
    columns = [column for column in table.columns if column.name != PERSON_COLUMN]
    order = [column for column in columns if column.name == _TIME] + list(table.primary_key)
    query = select(*columns).where(table.columns[PERSON_COLUMN] == user_id).order_by(*order)
    return [dict(row) for row in (await session.execute(query)).mappings()]


def _files(data: Mapping[str, Rows], now: datetime, locale: Locale) -> Sequence[ExportedFile]:
    day = now.astimezone(UTC).date().isoformat()
    whole = {"about": export_words.about(data, locale), "exported_at": now, "data": data}
    text = json.dumps(whole, default=_plain, ensure_ascii=False, indent=2)
    return (
        ExportedFile(f"maeum-export-{day}.json", text.encode()),
        ExportedFile(f"maeum-readings-{day}.csv", csv_bytes(_COLUMNS, map(_cells, data[_READINGS]))),
    )


def _cells(reading: Mapping[str, Any]) -> Sequence[object]:
    probs, meta = reading["probs"], reading["meta"]
    return (
        _plain(reading["time"]),
        reading["top_label"],
        reading["top_p"],
        *(probs.get(emotion.value) for emotion in EMOTIONS),
        reading["entropy"],
        meta.get("language"),
        meta.get("place"),
        reading["channel_id"],
        reading["message_ts"],
        reading["model_version"],
    )


def _plain(value: object) -> str:
    """A moment, a date or an identifier as JSON has it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    message = f"a {type(value).__name__} cannot be exported"
    raise TypeError(message)
