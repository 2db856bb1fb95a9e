"""Reading the audit log for supervisors: by filters, and for one case."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, false, func, not_, or_, select, union_all
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.labels import GROUPS
from app.audit.models import AuditCheckpoint, AuditEvent, AuditHead
from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.auth.permissions import Section, sections_of
from app.cases.groups import CLOSED
from app.cases.models import Case

PAGE = 50
COUNTED = 10_000  # more events than this since the last checkpoint are not counted

# what a case's own timeline shows already
_MIRRORED = frozenset(
    {
        AuditAction.REPORT_RECEIVED,
        AuditAction.REPORT_ROUTED,
        AuditAction.REPORT_CORRECTED,
        AuditAction.CHILD_CHANGED,
        AuditAction.CASE_ASSIGNED,
        AuditAction.CASE_VERIFIED,
        AuditAction.CASE_ASSESSED,
        AuditAction.RISK_OVERRIDE_DECIDED,
        AuditAction.MEASURE_RECORDED,
        AuditAction.EXTENSION_ASKED,
        AuditAction.EXTENSION_DECIDED,
        AuditAction.REGISTER_CHANGED,
        AuditAction.GLASS_BROKEN,
    }
)
# A change in a confidential group, and an export of such children, is on the log and in its chain,
# but shown to no reader without that section: that there was one in this case would give it away.
_GIVING_AWAY = (AuditAction.REGISTER_CHANGED.value, AuditAction.CASES_EXPORTED.value)
_CLOSED_CHANGES = {section: f'%"sections":["{section}"]%' for section in sorted(CLOSED)}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the supervisor asked to see: codes, a user name, a case number, a day."""

    group: str = ""
    username: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One event of the log with the names that make it readable."""

    id: int
    at: datetime
    action: str
    outcome: str
    data: dict[str, Any]
    sections: tuple[str, ...]
    who: str | None
    unit: str | None
    case_id: uuid.UUID | None
    number: str | None
    child_id: uuid.UUID | None


class Proof(NamedTuple):
    """What the chain of a case can prove: its length, the hash at its head, the last signature."""

    events: int
    head: bytes | None
    signed_at: datetime | None


class LogState(NamedTuple):
    """The last signed checkpoint and how much came since, counted to COUNTED + 1."""

    signed_at: datetime | None
    signed_events: int
    since: int


def audit_events(session: Session, actor: Actor, wanted: AuditFilter) -> list[Trace]:
    """At most 51 events of the actor's area, the newest first."""
    events = _wanted(actor, wanted).order_by(AuditEvent.id.desc()).limit(PAGE + 1)
    return _read(session, events)


def count_events(
    session: Session, actor: Actor, wanted: AuditFilter, *, most: int
) -> tuple[int, int]:
    """(events, children in them), counted to `most` + 1 events."""
    found = _wanted(actor, wanted).with_only_columns(AuditEvent.id, Case.child_id)
    some = found.limit(most + 1).subquery()
    counts = select(func.count(some.c.id.distinct()), func.count(some.c.child_id.distinct()))
    events, children = session.execute(counts).one()
    return events, children


def _wanted(actor: Actor, wanted: AuditFilter) -> Select[*tuple[Any, ...]]:
    events = _traces()
    events = events.where(_gives_nothing_away(sections_of(actor)))
    if actor.commune_code is not None:
        events = events.where(_of_area(actor.commune_code))
    if wanted.group in GROUPS:
        events = events.where(AuditEvent.action.in_(_codes(GROUPS[wanted.group][1])))
    if wanted.username:
        chosen = select(User.id).where(User.username == wanted.username).scalar_subquery()
        events = events.where(AuditEvent.actor_id == chosen)
    if wanted.number:
        events = events.where(AuditEvent.id.in_(_of_case(wanted.number)))
    if wanted.since is not None and wanted.until is not None:
        events = events.where(AuditEvent.at >= wanted.since, AuditEvent.at < wanted.until)
    if wanted.before_id is not None:
        events = events.where(AuditEvent.id < wanted.before_id)
    return events


def case_traces(
    session: Session, case: Case, *, before: datetime | None, group: str = "", limit: int = PAGE
) -> list[Trace]:
    """Who read, printed or was refused this case, its child or its report, the newest first.

    For readers without the confidential sections, as all of the log are.
    """
    events = _traces().where(
        _gives_nothing_away(frozenset()),
        or_(
            AuditEvent.chain_id == case.id,
            AuditEvent.subject_id.in_((case.id, case.child_id, case.report_id)),
        ),
        AuditEvent.action.not_in(_codes(_MIRRORED)),
    )
    if group in GROUPS:
        events = events.where(AuditEvent.action.in_(_codes(GROUPS[group][1])))
    if before is not None:
        events = events.where(AuditEvent.at < before)
    newest = events.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit + 1)
    return _read(session, newest)


def _gives_nothing_away(sections: frozenset[Section]) -> Any:
    closed = (
        AuditEvent.body.like(words)
        for section, words in _CLOSED_CHANGES.items()
        if section not in sections
    )
    return or_(AuditEvent.action.not_in(_GIVING_AWAY), not_(or_(false(), *closed)))


def chain_proof(session: Session, case_id: uuid.UUID) -> Proof:
    signed = select(func.max(AuditCheckpoint.at)).scalar_subquery()
    head = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain_id == case_id).subquery()
    row = session.execute(
        select(signed, head.c.seq, head.c.hash).select_from(
            select(1).subquery().outerjoin(head, head.c.seq.is_not(None))
        )
    ).one()
    return Proof(row[1] or 0, row[2], row[0])


def log_state(session: Session) -> LogState:
    last = (
        select(AuditCheckpoint.at, AuditCheckpoint.event_count, AuditCheckpoint.last_event_id)
        .order_by(AuditCheckpoint.id.desc())
        .limit(1)
    )
    row = session.execute(last).first()
    newer = select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(COUNTED + 1)
    if row:
        newer = newer.where(AuditEvent.id > row.last_event_id)
    count = session.scalar(select(func.count()).select_from(newer.subquery())) or 0
    return LogState(row.at, row.event_count, count) if row else LogState(None, 0, count)


def _traces() -> Select[*tuple[Any, ...]]:
    return (
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.action,
            AuditEvent.outcome,
            AuditEvent.body,
            User.name,
            Unit.short_name,
            Case.id.label("case_id"),
            Case.number,
            Case.child_id,
        )
        .join(User, User.id == AuditEvent.actor_id, isouter=True)
        .join(Unit, Unit.id == User.unit_id, isouter=True)
        .join(
            Case,
            or_(Case.id == AuditEvent.chain_id, Case.id == AuditEvent.subject_id),
            isouter=True,
        )
    )


def _of_case(number: str) -> Any:
    """The events of one case by its two indexes: an OR of both would read the log backwards."""
    this = Case.number == number
    one, child, report = (
        select(column).where(this).scalar_subquery()
        for column in (Case.id, Case.child_id, Case.report_id)
    )
    return union_all(
        select(AuditEvent.id).where(AuditEvent.chain_id == one),
        select(AuditEvent.id).where(AuditEvent.subject_id.in_((one, child, report))),
    )


def _of_area(code: str) -> Any:
    """Events of a commune's cases, and what its people did."""
    people = select(User.id).join(Unit, Unit.id == User.unit_id).where(Unit.commune_code == code)
    return or_(Case.commune_code == code, AuditEvent.actor_id.in_(people))


def _codes(actions: Iterable[AuditAction]) -> list[str]:
    return sorted(action.value for action in actions)


def _read(session: Session, events: Select[*tuple[Any, ...]]) -> list[Trace]:
    return [_trace(row) for row in session.execute(events)]


def _trace(row: Row[*tuple[Any, ...]]) -> Trace:
    body = json.loads(row.body)
    return Trace(
        id=row.id,
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        data=body["data"],
        sections=tuple(body["sections"]),
        who=row.name,
        unit=row.short_name,
        case_id=row.case_id,
        number=row.number,
        child_id=row.child_id,
    )
