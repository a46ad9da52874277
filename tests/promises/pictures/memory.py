"""A channel in memory: the rule of `bot.disclosure` without a database, and reporters that break it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain

from bot.disclosure import Calendar, Cell, Minimum, Parts, added, changeable, due, is_safe, joined
from bot.pictures import Look, reach_shared
from charts.series import Point, Series, Unit, bucketed, each_cell, of_cells, period
from emotion.labels import Emotion
from tests.promises.pictures.life import MINIMUM, RETENTION, Acted, Asked, Deleted, Edited, Event, Ruled, Written

Atom = tuple[int, object, Emotion, int]
"""One unit of what a person contributed: the person, to what, as what, and which of several."""
Planner = Callable[[Calendar, Sequence[Cell], Mapping[date, Parts], Minimum], Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of an answer, as the attacker keeps it, and (what the attacker does not see) whose messages it is of."""

    name: tuple[date, date]
    counts: Mapping[Emotion, int]
    atoms: frozenset[Atom]


@dataclass
class Kept:
    """A message that was read."""

    person: int
    time: datetime
    label: Emotion


@dataclass
class Channel:
    """The state of one channel, and what its pictures show."""

    planner: Planner = due
    since: dict[int, datetime] = field(default_factory=dict)
    """Who consents, and from when on."""
    messages: dict[int, Kept] = field(default_factory=dict)
    cells: dict[tuple[date, Unit], Cell] = field(default_factory=dict)
    timezone: str | None = None
    minimum: int = MINIMUM
    retention: int = RETENTION
    changed: datetime | None = None
    met: Counter[str] = field(default_factory=Counter)
    """What has come about, so that a test can tell whether it tried anything."""

    def happen(self, now: datetime, event: Event) -> None:
        """Let anything happen but a question."""
        match event:
            case Written(number, person, time, label) if self.covers(person, time):
                self.messages[number] = Kept(person, time, label)
            case Edited(number, label) if number in self.messages:
                kept = self.messages.pop(number)
                if self.covers(kept.person, kept.time):
                    self.messages[number] = replace(kept, label=label)
            case Deleted(number):
                self.messages.pop(number, None)
            case Ruled(minimum, retention):
                new = minimum or self.minimum, retention or self.retention
                if new != (self.minimum, self.retention):
                    (self.minimum, self.retention), self.changed = new, now
            case Acted(act, person):
                self._act(act, person, now)
            case _:
                pass

    def covers(self, person: int, time: datetime) -> bool:
        """Whether the person consents to the reading of what they wrote then."""
        return person in self.since and time.replace(microsecond=0) >= self.since[person]

    def ask(self, now: datetime, asked: Asked) -> Series | None:
        """What the picture shows; None where the answer is that too few people wrote."""
        self.timezone = self.timezone or asked.timezone
        reach = reach_shared(Look(asked.kind), asked.days)
        calendar = Calendar.of(reach, self.timezone, now, self.retention)
        standing = [cell for cell in self.standing() if calendar.weeks[0] <= cell.start <= calendar.last]
        written = {day: self._parts(calendar.span(day)) for day in changeable(calendar, standing)}
        for cell in self.planner(calendar, standing, written, Minimum(self.minimum, MINIMUM, self.changed)):
            self.cells[cell.start, cell.unit] = cell
            self.met[f"published a {cell.unit}"] += 1
            self.met["grew"] += cell.version > 1
        self._visible = [cell for cell in self.visible() if calendar.keeps(cell.start)]
        counted, first = (each_cell, calendar.earliest) if asked.kind == "year" else (of_cells, calendar.first)
        series = counted(
            self._visible,
            first=first,
            last=calendar.last,
            timezone=self.timezone,
            minimum_people=self.minimum,
        )
        return series if series.shown else None

    def bars(self, series: Series) -> Iterable[Bar]:
        """The bars of the latest answer."""
        for bucket in series.shown:
            name = bucket.start.date(), bucket.last_date
            inside = [cell for cell in self._visible if name[0] <= cell.start <= name[1]]
            shown = (atoms((cell.start, cell.unit), cell.parts) for cell in inside)
            yield Bar(name, bucket.counts or {}, frozenset(chain.from_iterable(shown)))

    def standing(self) -> Iterable[Cell]:
        """What was published."""
        return self.cells.values()

    def visible(self) -> Iterable[Cell]:
        """What of it may be shown now."""
        return [cell for cell in self.cells.values() if self._may_show(cell)]

    def _act(self, act: str, person: int, now: datetime) -> None:
        if act == "on":
            self.since.setdefault(person, now)
        if act in {"off", "erase"}:
            self.since.pop(person, None)
        if act == "erase":
            self.messages = {number: kept for number, kept in self.messages.items() if kept.person != person}
            self._withdraw(key for key, cell in self.cells.items() if person in cell.parts)
        if act == "expire":
            before = now - timedelta(days=self.retention)
            self.messages = {number: kept for number, kept in self.messages.items() if kept.time >= before}
            self._withdraw(key for key in self.cells if key[0] < before.date())

    def _withdraw(self, keys: Iterable[tuple[date, Unit]]) -> None:
        for key in list(keys):
            self.met["withdrew"] += not self.cells[key].withdrawn
            self.cells[key] = replace(self.cells[key], parts={}, withdrawn=True)

    def _parts(self, span: tuple[datetime, datetime]) -> Parts:
        found: dict[int, Counter[Emotion]] = {}
        for kept in self.messages.values():
            if span[0] <= kept.time < span[1] and kept.person in self.since:
                found.setdefault(kept.person, Counter())[kept.label] += 1
        return found

    def _may_show(self, cell: Cell) -> bool:
        fits = not cell.withdrawn and len(cell.parts) >= self.minimum and self.since.keys() >= set(cell.parts)
        self.met["hid"] += not fits
        return fits


def atoms(what: object, parts: Mapping[int, Mapping[Emotion, int]]) -> Iterable[Atom]:
    """All that people contributed to something."""
    for person, tally in parts.items():
        for label, count in tally.items():
            for which in range(count):
                yield person, what, label, which


class Exact(Channel):
    """A reporter that counts anew each time, in the viewer's zone, and hides bars of fewer than five: no more."""

    def ask(self, now: datetime, asked: Asked) -> Series | None:
        """Everybody's messages of the period who consents now."""
        start, end = period(asked.days, now=now, timezone=asked.timezone)
        self._counted = {number: replace(kept) for number, kept in self.messages.items() if kept.person in self.since}
        points = [Point(kept.time, kept.label) for kept in self._counted.values()]
        series = bucketed(points, start=start, end=end, timezone=asked.timezone)
        self._inside = {
            (bucket.start.date(), bucket.last_date): [
                (number, kept) for number, kept in self._counted.items() if bucket.start <= kept.time < bucket.end
            ]
            for bucket in series.shown
        }
        return series

    def bars(self, series: Series) -> Iterable[Bar]:
        """The bars that have enough people."""
        for bucket in series.shown:
            name = bucket.start.date(), bucket.last_date
            inside = self._inside[name]
            if len({kept.person for _, kept in inside}) >= self.minimum:
                atoms = frozenset((kept.person, number, kept.label, 0) for number, kept in inside)
                yield Bar(name, bucket.counts or {}, atoms)


def grows_freely(
    calendar: Calendar, standing: Sequence[Cell], written: Mapping[date, Parts], minimum: Minimum
) -> Sequence[Cell]:
    """Publishes as the rule says, but lets a published cell grow by whatever came."""
    found = {(cell.start, cell.unit): cell for cell in due(calendar, standing, written, minimum)}
    for cell in standing:
        days = [parts for day, parts in written.items() if cell.start <= day < cell.end]
        more = added(joined(days), cell.parts)
        if more and not cell.withdrawn:
            found[cell.start, cell.unit] = replace(cell, parts=joined([cell.parts, more]), version=cell.version + 1)
    return list(found.values())


class Forgetful(Channel):
    """Does not remember what was withdrawn, and publishes it anew without whoever is gone."""

    def standing(self) -> Iterable[Cell]:
        """As if the others had never been."""
        return [cell for cell in self.cells.values() if not cell.withdrawn]


class Thinning(Channel):
    """Takes who opted out away from a cell, and goes on to show the rest of it."""

    def visible(self) -> Iterable[Cell]:
        """Everything that has enough people left."""
        for cell in self.cells.values():
            parts = {person: tally for person, tally in cell.parts.items() if person in self.since}
            if len(parts) >= self.minimum:
                yield replace(cell, parts=parts)


def counts_heads_only(
    calendar: Calendar, standing: Sequence[Cell], written: Mapping[date, Parts], minimum: Minimum
) -> Sequence[Cell]:
    """Asks how many people wrote, and not whether one of them wrote nearly all of it."""
    have = {cell.start for cell in standing}
    even = {day: {person: Counter({Emotion.JOY: 1}) for person in parts} for day, parts in written.items()}
    return [
        Cell(day, "day", joined([parts]))
        for day, parts in written.items()
        if day not in have and is_safe(even[day], minimum.of(calendar.begins(day)))
    ]
