"""What the full timeline of a case shows."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.models import Case, CaseEvent, Report
from app.cases.queries.audit import Proof, Trace, case_traces, chain_proof
from app.cases.queries.events import PAGE, Entry, LogFilter, entries, picture_entries
from app.core.sealed import DataKey, open_field
from app.deadlines.queries import ClockView, clocks_of
from app.people.models import Child


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries (one more than a page where there are older ones), and every entry for the
    picture; `traces` and `proof` only with the audit switch."""

    child_name: str | None
    received_at: datetime
    lanes: frozenset[str]
    entries: Sequence[Entry]
    picture: Sequence[Entry]
    clocks: Sequence[ClockView]
    traces: Sequence[Trace] = ()
    proof: Proof | None = None


def timeline(
    session: Session,
    case: Case,
    *,
    sections: frozenset[Section],
    wanted: LogFilter,
    with_audit: bool,
    group: str = "",
) -> Timeline:
    """Three statements, two more with the audit switch; one more for the picture of a long case.

    `group` of the audit (reads, changes, denials, …) narrows what the audit switch adds.
    """
    name, received_at, lanes = case_line(session, case.id, sections)
    found = entries(session, case.id, sections=sections, wanted=wanted)
    drawn: Sequence[Entry] = found
    if len(found) > PAGE or wanted != LogFilter():
        drawn = picture_entries(session, case.id, sections=sections)
    if group not in ("", "changes"):
        found = []  # what was done is none of these
    clocks = clocks_of(session, case.id)
    if not with_audit:
        return Timeline(name, received_at, lanes, found, drawn, clocks)
    before = wanted.before[0] if wanted.before else wanted.until
    is_filtered = bool(wanted.kind or wanted.agency)
    return Timeline(
        name,
        received_at,
        lanes,
        found,
        drawn,
        clocks,
        traces=() if is_filtered else case_traces(session, case, before=before, group=group),
        proof=chain_proof(session, case.id),
    )


def received_at(session: Session, case_id: uuid.UUID) -> datetime:
    """When the report of this case arrived."""
    of_case = select(Report.received_at).join(Case, Case.report_id == Report.id)
    return session.execute(of_case.where(Case.id == case_id)).scalar_one()


def case_line(
    session: Session, case_id: uuid.UUID, sections: frozenset[Section]
) -> tuple[str | None, datetime, frozenset[str]]:
    """The child's name, when the report arrived, and which agencies have entries."""
    lanes = (
        select(func.array_agg(CaseEvent.lane.distinct()))
        .where(CaseEvent.case_id == case_id)
        .scalar_subquery()
    )
    row = session.execute(
        select(
            Child.id,
            Child.full_name_sealed,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
            Report.received_at,
            lanes.label("lanes"),
        )
        .select_from(Case)
        .join(Child, Child.id == Case.child_id)
        .join(DataKey, DataKey.id == Child.key_id)
        .join(Report, Report.id == Case.report_id)
        .where(Case.id == case_id)
    ).one()
    name = None
    if Section.IDENTITY in sections:
        key = (row.key_id, row.wrapped)
        name = open_field(Child, "full_name", row.id, key, row.full_name_sealed)
    return name, row.received_at, frozenset(row.lanes or ())
