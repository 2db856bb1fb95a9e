"""What cases add to the people package: edits on the timeline, cases in a search."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import CaseAccess, CaseDenial, granted
from app.auth.permissions import Section, sections_of
from app.cases.enums import EventKind
from app.cases.labels import STATES
from app.cases.models import Case
from app.cases.pages.links import link
from app.cases.policy import visible_to
from app.cases.services.editing import lock_all
from app.cases.services.event_ages import note_event_ages
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.people.hooks import CHILD_EDITED, FieldChange
from app.people.merging import MERGE_CHECKS, MOVERS
from app.people.models import Child
from app.people.search_hooks import CASE_DESCRIBERS, CASE_FINDERS, SIBLING_FINDERS, CaseLine
from app.web.words import _, _l


def note_on_timeline(
    session: Session,
    actor: Actor,
    child: Child,
    changes: Sequence[FieldChange],
    now: datetime,
) -> None:
    """One entry for each section that was changed, on every case of the child, ended or not: each
    file shows these data, and nowhere else would stand who changed them.

    Old and new words are sealed; who may not read a section sees a locked entry.
    """
    cases = lock_all(session, select(Case).where(Case.child_id == child.id))
    if any(change.field == "birth" for change in changes):
        note_event_ages(session, child, cases)
    for case in cases:
        for section in dict.fromkeys(change.section for change in changes):
            edited = [change for change in changes if change.section is section]
            words = {change.field: [change.old, change.new] for change in edited}
            add_event(
                session,
                case=case,
                key=child.key,
                actor=actor,
                kind=EventKind.CHILD_EDITED,
                section=section,
                happened_at=now,
                now=now,
                facts={"fields": list(words)},
                note=json.dumps(words, ensure_ascii=False),
                subject_id=child.id,
            )


def children_with_number(session: Session, actor: Actor, number: str) -> list[uuid.UUID]:
    """The child of the case with this number, if the actor may know of the case."""
    if sections_of(actor):
        known = visible_to(actor).with_only_columns(Case.child_id)
    else:
        known = select(Case.child_id).where(Case.id.in_(granted(actor, CaseAccess.case_id)))
    return list(session.scalars(known.where(Case.number == number)))


def cases_of(
    session: Session, actor: Actor, children: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[CaseLine]]:
    """The cases of the children found, newest first; a desk gets the state without the file."""
    columns = (Case.id, Case.child_id, Case.number, Case.state, Case.previous_id)
    opens_files = bool(sections_of(actor))
    if opens_files:
        known = visible_to(actor).with_only_columns(*columns)
    else:
        known = select(*columns).where(Case.id.in_(granted(actor, CaseAccess.case_id)))
    rows = session.execute(
        known.where(Case.child_id.in_(children)).order_by(Case.opened_at.desc(), Case.id.desc())
    )
    found = rows.all()
    numbers = {row.id: row.number for row in found}
    lines: dict[uuid.UUID, list[CaseLine]] = {}
    for row in found:
        url = link("cases.show", case_id=row.id) if opens_files else None
        state = str(STATES[row.state])
        if row.previous_id in numbers:
            state = _(
                "%(state)s, mở lại từ %(number)s", state=state, number=numbers[row.previous_id]
            )
        lines.setdefault(row.child_id, []).append(CaseLine(row.number, url, state))
    return lines


def siblings_of(session: Session, child_id: uuid.UUID) -> list[uuid.UUID]:
    """The other children of the reports that name this child, known to the reader or not."""
    own, other = aliased(Case), aliased(Case)
    rows = session.scalars(
        select(other.child_id)
        .join(own, own.report_id == other.report_id)
        .where(own.child_id == child_id, other.child_id != child_id)
        .distinct()
        .limit(20)
    )
    return list(rows)


def move_cases(
    session: Session,
    actor: Actor,
    from_id: uuid.UUID,
    to_id: uuid.UUID,
    ids: Sequence[uuid.UUID] | None,
    now: datetime,
) -> list[uuid.UUID]:
    """The cases of one record go on under another; all of them, or just these. Each timeline says
    so; its entries stay as they are."""
    wanted = select(Case).where(Case.child_id == from_id)
    if ids is not None:
        wanted = wanted.where(Case.id.in_(ids))
    cases = session.scalars(wanted.order_by(Case.id).with_for_update(of=Case)).all()
    child = session.scalars(select(Child).where(Child.id == to_id)).unique().one()
    kind = EventKind.RECORDS_MERGED if ids is None else EventKind.RECORDS_SEPARATED
    for case in cases:
        case.child_id = to_id
        add_event(
            session,
            case=case,
            key=child.key,
            actor=actor,
            kind=kind,
            section=Section.IDENTITY,
            happened_at=now,
            now=now,
            subject_id=to_id,
        )
    note_event_ages(session, child, cases)
    session.flush()
    return [case.id for case in cases]


def require_owners_stay(session: Session, kept_id: uuid.UUID, merged_id: uuid.UUID) -> None:
    """Who is kept out of one of two records is kept out of both once they are one; a case that they
    answer for would be nobody's. Raises InvalidInput("other")."""
    both = (kept_id, merged_id)
    kept_out = select(CaseDenial.user_id).where(
        CaseDenial.child_id.in_(both), CaseDenial.until.is_(None)
    )
    blind = select(Case.id).where(
        Case.child_id.in_(both), Case.is_ended.is_(False), Case.owner_id.in_(kept_out)
    )
    if session.scalar(blind.limit(1)) is not None:
        raise InvalidInput(
            "other",
            _l(
                "Người phụ trách hồ sơ của một em bị chặn khỏi hồ sơ của em kia: giao lại hồ sơ"
                " trước khi gộp."
            ),
        )


MERGE_CHECKS.append(require_owners_stay)
MOVERS["cases"] = move_cases
SIBLING_FINDERS.append(siblings_of)
CHILD_EDITED.append(note_on_timeline)
CASE_FINDERS.append(children_with_number)
CASE_DESCRIBERS.append(cases_of)
