"""What cases add to the people package: edits on the timeline, cases in a search."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import CaseAccess, granted
from app.auth.permissions import sections_of
from app.cases.enums import EventKind
from app.cases.labels import STATES
from app.cases.models import Case
from app.cases.pages.links import link
from app.cases.policy import visible_to
from app.cases.services.editing import lock_all
from app.cases.timeline import add_event
from app.people.hooks import CHILD_EDITED, FieldChange
from app.people.models import Child
from app.people.search_hooks import CASE_DESCRIBERS, CASE_FINDERS, CaseLine


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
    for case in lock_all(session, select(Case).where(Case.child_id == child.id)):
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
    columns = (Case.id, Case.child_id, Case.number, Case.state)
    opens_files = bool(sections_of(actor))
    if opens_files:
        known = visible_to(actor).with_only_columns(*columns)
    else:
        known = select(*columns).where(Case.id.in_(granted(actor, CaseAccess.case_id)))
    rows = session.execute(
        known.where(Case.child_id.in_(children)).order_by(Case.opened_at.desc(), Case.id.desc())
    )
    lines: dict[uuid.UUID, list[CaseLine]] = {}
    for row in rows:
        url = link("cases.show", case_id=row.id) if opens_files else None
        line = CaseLine(row.number, url, str(STATES[row.state]))
        lines.setdefault(row.child_id, []).append(line)
    return lines


CHILD_EDITED.append(note_on_timeline)
CASE_FINDERS.append(children_with_number)
CASE_DESCRIBERS.append(cases_of)
