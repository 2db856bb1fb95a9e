"""What is done with children: searched for, and changed (`edit`)."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.core.crypto import keyring
from app.people import queries
from app.people.ages import age_at
from app.people.edit import CarerData, ChildData, edit_child, new_carer, write_child
from app.people.identifiers import case_number_of, doubts, national_id_of, phone_of
from app.people.models import Child
from app.people.queries import Person
from app.people.search_hooks import children_of_case

__all__ = ["CarerData", "ChildData", "edit_child", "new_carer", "search_people", "write_child"]

SHOWN = 20


class SearchKind(StrEnum):
    NAME = "name"
    NUMBER = "number"
    PHONE = "phone"
    CASE = "case"


# whose section a hit would tell from; a case number tells nothing that the list of reports does not
_SECTION = {
    SearchKind.NAME: Section.IDENTITY,
    SearchKind.NUMBER: Section.IDENTITY,
    SearchKind.PHONE: Section.CONTACT,
}


class Results(NamedTuple):
    kind: SearchKind
    people: Sequence[Person]
    has_more: bool
    is_closed: bool = False  # the reader's role may not search in this way


def search_people(session: Session, *, actor: Actor, term: str, now: datetime) -> Results:
    """At most SHOWN visible children by name, identity number, telephone or case number.

    A role searches only by what it may read: a hit would tell it what stands in a closed section.
    The log holds the kind of the search and whom it showed, never the term.
    """
    kind, value = _classified(term)
    is_closed = kind in _SECTION and _SECTION[kind] not in sections_of(actor)
    ids = [] if is_closed else _found(session, actor, kind, value)
    people = queries.people(session, actor, ids[:SHOWN])
    record(
        session,
        actor,
        AuditAction.PEOPLE_SEARCHED,
        at=now,
        data={"kind": kind, "children": [person.child_id for person in people]},
    )
    return Results(kind, people, has_more=len(ids) > SHOWN, is_closed=is_closed)


def _found(session: Session, actor: Actor, kind: SearchKind, value: str) -> Sequence[uuid.UUID]:
    """Ids of visible children, one more than are shown where there are more."""
    wanted = SHOWN + 1
    match kind:
        case SearchKind.CASE:
            return children_of_case(session, actor, value)
        case SearchKind.NUMBER:
            number = keyring().lookup("national_id", value)
            return queries.ids_by_number(session, actor, number, wanted)
        case SearchKind.PHONE:
            phone = keyring().lookup("phone", value)
            return queries.ids_by_phone(session, actor, phone, wanted)
        case SearchKind.NAME:
            return queries.ids_by_name(session, actor, value, wanted)


def _classified(term: str) -> tuple[SearchKind, str]:
    if case_number := case_number_of(term):
        return SearchKind.CASE, case_number
    if number := national_id_of(term):
        return SearchKind.NUMBER, number
    if phone := phone_of(term):
        return SearchKind.PHONE, phone
    return SearchKind.NAME, term


def note_reading(
    session: Session,
    *,
    actor: Actor,
    child_id: uuid.UUID,
    sections: frozenset[Section],
    now: datetime,
) -> None:
    """These sections of a child's data were shown."""
    record(
        session,
        actor,
        AuditAction.CHILD_READ,
        at=now,
        subject_id=child_id,
        sections=sections,
        data={"child_id": child_id},
    )


def doubts_about(child: Child, today: date) -> Iterator[str]:
    """What may be wrong though it can be saved: worth a second look."""
    if child.national_id:
        yield from doubts(child.national_id, sex=child.sex, birth_year=child.birth_year)
    age = age_at(child, today)
    if age is not None and age.years > 18:
        yield _("Theo ngày sinh, người này đã %(age)s tuổi. Hãy xem lại.", age=age.years)
