"""What administrators have set for their workspace."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import WorkspaceRulesRow
from bot.store.upsert import insert_or_ignore, insert_or_replace


@dataclass(frozen=True, slots=True)
class StoredRules:
    """What is set; None where the environment decides."""

    retention_days: int | None = None
    minimum_people: int | None = None
    reading_channels: list[str] | None = None
    scheduling: str | None = None


async def of(session: AsyncSession, team: str) -> StoredRules:
    """The rules of a workspace; all None where nothing was ever set."""
    row = await session.get(WorkspaceRulesRow, team, populate_existing=True)
    return StoredRules() if row is None else _stored(row)


async def held(session: AsyncSession, team: str, now: datetime) -> StoredRules:
    """The rules of a workspace, which nobody else can change until this transaction ends.

    Of two changes at once the second waits here, and begins from what the first has set.
    """
    await insert_or_ignore(session, WorkspaceRulesRow, {"team_id": team, "time": now})  # a row that can be held
    query = select(WorkspaceRulesRow).where(WorkspaceRulesRow.team_id == team).with_for_update()
    return _stored((await session.scalars(query.execution_options(populate_existing=True))).one())


async def put(session: AsyncSession, team: str, rules: StoredRules, now: datetime) -> None:
    """Set the rules of a workspace, all at once."""
    await insert_or_replace(session, WorkspaceRulesRow, {"team_id": team, **asdict(rules), "time": now})


def _stored(row: WorkspaceRulesRow) -> StoredRules:
    return StoredRules(row.retention_days, row.minimum_people, row.reading_channels, row.scheduling)
