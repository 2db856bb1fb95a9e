"""Drawing from the log who opened which file on each day that is over: once a day, and only that
day's part of the log."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, UnitKind, User
from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from app.core.sealed import DataKey, open_field
from app.oversight.models import OversightRun, ReadingDay, ReadingFinding
from app.oversight.queries.readings import CHILD_SHOWN, OPENED, start_of
from app.oversight.queries.relations import CLOSEST, Reader, Relations
from app.oversight.rules import UnusualRules, rules
from app.oversight.standing_out import Found, Reading, standing_out
from app.people.models import Child
from app.reference.names import search_key, split_name

READINGS = "readings"
ONE_DAY = timedelta(days=1)
_SEARCHES = 20_000  # of supervisors on one day
_AT_ONCE = 2_000


class Seen(NamedTuple):
    """One person and one file on one day, drawn from the log."""

    user_id: uuid.UUID
    case_id: uuid.UUID
    times: int
    at_night: int
    first_at: datetime
    last_at: datetime


class Person(NamedTuple):
    name: str
    reader: Reader
    unit_kind: UnitKind
    commune: str | None


class ChildOf(NamedTuple):
    """The child of a file: what is compared with the reader."""

    child_id: uuid.UUID
    commune: str | None
    sealed: tuple[uuid.UUID, bytes | None, bytes | None]  # key, wrapped, name


def derive_readings(session: Session, now: datetime) -> int:
    """Every day that is over and was not looked at yet, a few at a time; returns how many.

    A day once done is not done again; a row that is there already stays. One statement when there
    is nothing to do.
    """
    wanted = rules().unusual
    done = list(_days_to_do(session, now, wanted))
    for day in done:
        _derive_day(session, day, now, wanted)
        session.add(OversightRun(kind=READINGS, day=day, at=now))
        session.flush()
    if done:
        oldest = done[-1] - timedelta(days=wanted.days_kept)
        session.execute(delete(ReadingDay).where(ReadingDay.day < oldest))
    return len(done)


def last_derived(session: Session) -> date | None:
    return session.scalar(select(func.max(OversightRun.day)).where(OversightRun.kind == READINGS))


def _days_to_do(session: Session, now: datetime, wanted: UnusualRules) -> Iterable[date]:
    settled = clock.local(now - timedelta(minutes=wanted.settle_minutes)).date() - ONE_DAY
    last = last_derived(session)
    first = last + ONE_DAY if last else settled - (wanted.days_at_once - 1) * ONE_DAY
    for number in range(min(wanted.days_at_once, (settled - first).days + 1)):
        yield first + number * ONE_DAY


def _derive_day(session: Session, day: date, now: datetime, wanted: UnusualRules) -> None:
    since, until = start_of(day), start_of(day + ONE_DAY)
    people = _people(session)
    seen = _merged(
        [
            *_of_files(session, since, until, wanted),
            *_of_children(session, since, until, wanted, people),
        ]
    )
    known = [one for one in seen if one.user_id in people]
    relations = Relations(session, {one.case_id for one in known})
    rows = [_row(day, one, people[one.user_id], relations) for one in known]
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        session.execute(insert(ReadingDay).values(part).on_conflict_do_nothing())
    readings = _readings(session, rows, people, since, until, wanted)
    found = standing_out(readings, medians(session, day, wanted), wanted)
    _keep(session, day, found, now)


def _people(session: Session) -> Mapping[uuid.UUID, Person]:
    rows = session.execute(
        select(User.id, User.name, User.unit_id, User.role, Unit.kind, Unit.commune_code).join(
            Unit, Unit.id == User.unit_id
        )
    )
    return {
        row.id: Person(row.name, Reader(row.id, row.unit_id, row.role), row.kind, row.commune_code)
        for row in rows
    }


def _of_day(since: datetime, until: datetime, wanted: UnusualRules) -> Select[*tuple[Any, ...]]:
    """Counts of each reader; the range of times is read by its own small index."""
    hour = func.extract("hour", func.timezone(str(clock.LOCAL), AuditEvent.at))
    is_night = hour.in_([hour for hour in range(24) if wanted.night.covers(hour)])
    return select(
        AuditEvent.actor_id,
        func.count().label("times"),
        func.count().filter(is_night).label("at_night"),
        func.min(AuditEvent.at).label("first_at"),
        func.max(AuditEvent.at).label("last_at"),
    ).where(AuditEvent.at >= since, AuditEvent.at < until, AuditEvent.actor_id.is_not(None))


def _of_files(
    session: Session, since: datetime, until: datetime, wanted: UnusualRules
) -> Iterable[Seen]:
    rows = session.execute(
        _of_day(since, until, wanted)
        .add_columns(Case.id.label("case_id"))
        .join(Case, Case.id == AuditEvent.chain_id)
        .where(AuditEvent.action.in_(OPENED))
        .group_by(AuditEvent.actor_id, Case.id)
    )
    return [_seen(row, row.case_id) for row in rows]


def _of_children(
    session: Session,
    since: datetime,
    until: datetime,
    wanted: UnusualRules,
    people: Mapping[uuid.UUID, Person],
) -> Iterable[Seen]:
    """The page of a child counts as the file of it to which the reader is closest."""
    rows = session.execute(
        _of_day(since, until, wanted)
        .add_columns(AuditEvent.subject_id.label("child_id"))
        .where(AuditEvent.action == CHILD_SHOWN, AuditEvent.subject_id.is_not(None))
        .group_by(AuditEvent.actor_id, AuditEvent.subject_id)
    ).all()
    files: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    wanted_children = {row.child_id for row in rows}
    for child_id, case_id in session.execute(
        select(Case.child_id, Case.id).where(Case.child_id.in_(wanted_children)).order_by(Case.id)
    ):
        files[child_id].append(case_id)
    relations = Relations(session, {case for cases in files.values() for case in cases})
    for row in rows:
        person, cases = people.get(row.actor_id), files.get(row.child_id)
        if person is None or not cases:
            continue
        closest = min(
            cases,
            key=lambda case: CLOSEST.index(  # used at once
                relations.of(case, person.reader, row.first_at, row.last_at)
            ),
        )
        yield _seen(row, closest)


def _seen(row: Row[*tuple[Any, ...]], case_id: uuid.UUID) -> Seen:
    return Seen(row.actor_id, case_id, row.times, row.at_night, row.first_at, row.last_at)


def _merged(seen: Iterable[Seen]) -> list[Seen]:
    """One for each person and file."""
    found: dict[tuple[uuid.UUID, uuid.UUID], Seen] = {}
    for one in seen:
        key = (one.user_id, one.case_id)
        other = found.get(key)
        found[key] = one if other is None else _together(one, other)
    return list(found.values())


def _together(one: Seen, other: Seen) -> Seen:
    return one._replace(
        times=one.times + other.times,
        at_night=one.at_night + other.at_night,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
    )


def _row(day: date, one: Seen, person: Person, relations: Relations) -> dict[str, Any]:
    return {
        "id": new_id(),
        "day": day,
        "user_id": one.user_id,
        "case_id": one.case_id,
        "unit_id": person.reader.unit_id,
        "role": person.reader.role,
        "relation": relations.of(one.case_id, person.reader, one.first_at, one.last_at),
        "times": one.times,
        "at_night": one.at_night,
        "first_at": one.first_at,
        "last_at": one.last_at,
    }


def _readings(
    session: Session,
    rows: Sequence[Mapping[str, Any]],
    people: Mapping[uuid.UUID, Person],
    since: datetime,
    until: datetime,
    wanted: UnusualRules,
) -> list[Reading]:
    compared = {row["case_id"] for row in rows if row["relation"] not in wanted.kin.close}
    children = _children(session, compared)
    surnames = {case_id: _surname(child) for case_id, child in children.items()}
    searched = _searched(session, since, until)
    return [
        _reading(row, people[row["user_id"]], children.get(row["case_id"]), surnames, searched)
        for row in rows
    ]


def _reading(
    row: Mapping[str, Any],
    person: Person,
    child: ChildOf | None,
    surnames: Mapping[uuid.UUID, str],
    searched: Mapping[uuid.UUID, set[str]],
) -> Reading:
    return Reading(
        user_id=row["user_id"],
        case_id=row["case_id"],
        role=row["role"],
        unit_kind=person.unit_kind.value,
        relation=row["relation"],
        times=row["times"],
        at_night=row["at_night"],
        surname=search_key(split_name(person.name).family),
        child_surname=surnames.get(row["case_id"], ""),
        reader_commune=person.commune,
        child_commune=child.commune if child else None,
        is_searched=child is not None
        and str(child.child_id) in searched.get(row["user_id"], set()),
    )


def _children(session: Session, case_ids: set[uuid.UUID]) -> dict[uuid.UUID, ChildOf]:
    rows = session.execute(
        select(
            Case.id,
            Child.id.label("child_id"),
            Child.residence_commune,
            Child.full_name_sealed,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(Child, Child.id == Case.child_id)
        .join(DataKey, DataKey.id == Child.key_id)
        .where(Case.id.in_(case_ids))
    )
    return {
        row.id: ChildOf(
            row.child_id, row.residence_commune, (row.key_id, row.wrapped, row.full_name_sealed)
        )
        for row in rows
    }


def _surname(child: ChildOf) -> str:
    """Opened in memory, compared, and forgotten."""
    key_id, wrapped, blob = child.sealed
    name = open_field(Child, "full_name", child.child_id, (key_id, wrapped), blob)
    return search_key(split_name(name).family) if name else ""


def _searched(session: Session, since: datetime, until: datetime) -> dict[uuid.UUID, set[str]]:
    """The children that each supervisor's searches showed on the day."""
    bodies = session.execute(
        select(AuditEvent.actor_id, AuditEvent.body)
        .join(User, User.id == AuditEvent.actor_id)
        .where(
            AuditEvent.at >= since,
            AuditEvent.at < until,
            AuditEvent.action == AuditAction.PEOPLE_SEARCHED.value,
            User.role == Role.SUPERVISOR,
        )
        .limit(_SEARCHES)
    )
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    for actor_id, body in bodies:
        if actor_id is not None:
            found[actor_id].update(json.loads(body)["data"].get("children") or ())
    return found


def medians(session: Session, day: date, wanted: UnusualRules) -> dict[Role, float]:
    """How many files people of each role open on a day on which they open any, of late."""
    a_day = (
        select(ReadingDay.role, func.count().label("files"))
        .where(ReadingDay.day > day - timedelta(days=wanted.peers.days), ReadingDay.day <= day)
        .group_by(ReadingDay.role, ReadingDay.user_id, ReadingDay.day)
        .subquery()
    )
    median = func.percentile_cont(0.5).within_group(a_day.c.files)
    rows = session.execute(select(a_day.c.role, median).group_by(a_day.c.role))
    return {role: float(value) for role, value in rows}


def _keep(session: Session, day: date, found: Sequence[Found], now: datetime) -> None:
    rows = [
        {
            "id": new_id(),
            "day": day,
            "kind": one.kind,
            "user_id": one.user_id,
            "case_id": one.case_id,
            "facts": dict(one.facts),
            "found_at": now,
            "version": 1,
        }
        for one in found
    ]
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        session.execute(insert(ReadingFinding).values(part).on_conflict_do_nothing())
