"""What stands out in a supervisor's area, and what became of it."""

import uuid
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.auth.permissions import Section, sections_of
from app.cases.models import Case
from app.cases.policy import visible_ids
from app.cases.queries.pending import asked
from app.core import clock
from app.core.db import NIL, UtcDateTime
from app.core.sealed import DataKey, open_field
from app.oversight.models import FindingLook, ReadingDay, ReadingFinding, ReadingQuestion
from app.oversight.policy import findings_of, own_questions, questions_of
from app.oversight.rules import rules

NEWS = "readings"
COUNTED = 100  # more new ones than this are not counted


class FindingLine(NamedTuple):
    id: uuid.UUID
    day: date
    kind: str
    facts: dict[str, Any]
    name: str | None
    unit: str | None
    number: str | None
    looked_at: datetime | None


class LookView(NamedTuple):
    """What was noted; None where it is about a section that the reader has not."""

    by_name: str
    at: datetime
    note: str | None


class DayLine(NamedTuple):
    """A file that the person of a finding opened on that day."""

    case_id: uuid.UUID
    number: str
    relation: str
    times: int
    at_night: int
    first_at: datetime
    last_at: datetime


class FindingFacts(NamedTuple):
    """All that the page of one finding says. `readers`: (name and unit, relation) of a file's."""

    opened: list[DayLine]
    readers: list[tuple[str, str]]
    look: LookView | None
    unit: str  # of the person


def finding_lines(
    session: Session,
    actor: Actor,
    *,
    new: bool,
    kind: str,
    after: tuple[date, uuid.UUID] | None,
    limit: int,
) -> list[FindingLine]:
    """At most `limit` + 1, the newest day first."""
    found = findings_of(actor)
    if new:
        found = found.where(ReadingFinding.looked_at.is_(None))
    if kind:
        found = found.where(ReadingFinding.kind == kind)
    place = tuple_(ReadingFinding.day, ReadingFinding.id)
    if after is not None:
        found = found.where(place < after)
    rows = session.execute(
        _with_names(found)
        .order_by(ReadingFinding.day.desc(), ReadingFinding.id.desc())
        .limit(limit + 1)
    )
    return [FindingLine(*row) for row in rows]


def _with_names(found: Select[ReadingFinding]) -> Select[*tuple[Any, ...]]:
    return (
        found.outerjoin(User, User.id == ReadingFinding.user_id)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .outerjoin(Case, Case.id == ReadingFinding.case_id)
        .with_only_columns(
            ReadingFinding.id,
            ReadingFinding.day,
            ReadingFinding.kind,
            ReadingFinding.facts,
            User.name,
            Unit.short_name,
            Case.number,
            ReadingFinding.looked_at,
        )
    )


def finding_facts(
    session: Session, actor: Actor, finding: ReadingFinding, limit: int
) -> FindingFacts:
    """Three statements."""
    unit = ""
    if finding.user is not None:
        named = select(Unit.short_name).where(Unit.id == finding.user.unit_id)
        unit = session.scalars(named).one()
    is_of_file = finding.user_id is None
    return FindingFacts(
        opened=[] if is_of_file else day_of(session, actor, finding, limit),
        readers=readers_of_day(session, finding, limit) if is_of_file else [],
        look=look_of(session, actor, finding.id),
        unit=unit,
    )


def look_of(session: Session, actor: Actor, finding_id: uuid.UUID) -> LookView | None:
    row = session.execute(
        select(
            FindingLook.id,
            FindingLook.at,
            FindingLook.note_sealed,
            User.name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(User, User.id == FindingLook.by_id)
        .join(DataKey, DataKey.id == FindingLook.key_id)
        .where(FindingLook.finding_id == finding_id)
    ).first()
    if row is None:
        return None
    key = (row.key_id, row.wrapped)
    is_open = Section.EVENT in sections_of(actor)
    note = open_field(FindingLook, "note", row.id, key, row.note_sealed) if is_open else None
    return LookView(row.name, row.at, note)


def day_of(session: Session, actor: Actor, finding: ReadingFinding, limit: int) -> list[DayLine]:
    """What was opened on the day of the finding: by its person, or of its file."""
    seen = visible_ids(actor)
    lines = (
        select(
            ReadingDay.case_id,
            Case.number,
            ReadingDay.relation,
            ReadingDay.times,
            ReadingDay.at_night,
            ReadingDay.first_at,
            ReadingDay.last_at,
        )
        .join(Case, Case.id == ReadingDay.case_id)
        .where(ReadingDay.day == finding.day, Case.id.in_(seen))
    )
    if finding.user_id is not None:
        lines = lines.where(ReadingDay.user_id == finding.user_id)
    if finding.case_id is not None:
        lines = lines.where(ReadingDay.case_id == finding.case_id)
    rows = session.execute(lines.order_by(ReadingDay.first_at).limit(limit))
    return [DayLine(*row) for row in rows]


def readers_of_day(session: Session, finding: ReadingFinding, limit: int) -> list[tuple[str, str]]:
    """(name and unit, relation) of who opened the file of a finding on its day."""
    rows = session.execute(
        select(User.name, Unit.short_name, ReadingDay.relation)
        .join(User, User.id == ReadingDay.user_id)
        .join(Unit, Unit.id == ReadingDay.unit_id)
        .where(ReadingDay.day == finding.day, ReadingDay.case_id == finding.case_id)
        .order_by(User.name)
        .limit(limit)
    )
    return [(f"{name}, {unit}", relation) for name, unit, relation in rows]


def news(actor: Actor) -> Select[Any]:
    """How much is new for a supervisor, each counted to COUNTED; nothing where nothing is. As a
    part of cases' `queries/pending` ASKED."""
    now = clock.now()
    new = findings_of(actor).where(ReadingFinding.looked_at.is_(None))
    own = own_questions(actor).where(ReadingQuestion.answered_at.is_(None))
    counts = {
        "findings": _counted(new.with_only_columns(ReadingFinding.id)),
        "answers": _counted(to_look_at(actor, now).with_only_columns(ReadingQuestion.id)),
        "own": _counted(own.with_only_columns(ReadingQuestion.id)),
    }
    found = select(*(count.label(name) for name, count in counts.items())).subquery()
    said = {name: found.c[name] for name in counts}
    total = found.c.findings + found.c.answers + found.c.own
    return select(*asked(NEWS, literal(NIL), literal(now, UtcDateTime), **said)).where(total > 0)


def _counted(found: Select[Any]) -> ScalarSelect[int]:
    few = found.limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def to_look_at(actor: Actor, now: datetime) -> Select[ReadingQuestion]:
    """Questions without an answer in time, and answers that a supervisor should see."""
    late = ReadingQuestion.answered_at.is_(None) & (ReadingQuestion.due_at < now)
    telling = ReadingQuestion.answer.in_(rules().sample.to_look_at)
    asked = ReadingQuestion.asked_by.is_not(None) & ReadingQuestion.answered_at.is_not(None)
    return questions_of(actor).where(ReadingQuestion.seen_at.is_(None), late | telling | asked)
