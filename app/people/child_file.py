"""The page of one child: only what the reader's sections open is read and unsealed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, raiseload

from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.people import fields
from app.people.ages import Age, age_at
from app.people.models import Carer, Child
from app.people.search_hooks import CaseLine, cases_of_children
from app.web.filters import mask_id

TITLES: dict[Section, LazyString] = {
    Section.IDENTITY: _l("Nhân thân"),
    Section.CONTACT: _l("Nơi ở và liên hệ"),
    Section.EDUCATION: _l("Học tập"),
    Section.FAMILY: _l("Gia đình, người chăm sóc"),
}


@dataclass(frozen=True, slots=True)
class Panel:
    title: LazyString
    rows: Sequence[tuple[LazyString, str]]


@dataclass(frozen=True, slots=True)
class CarerCard:
    title: str
    is_suspected: bool
    rows: Sequence[tuple[LazyString, str]]


@dataclass(frozen=True, slots=True)
class ChildFile:
    """What one reader may see of one child; None and empty where a section is closed."""

    child_id: uuid.UUID
    name: str | None
    sex: str
    age: Age | None
    panels: Sequence[Panel]
    carers: Sequence[CarerCard] | None
    closed: Sequence[LazyString]
    cases: Sequence[CaseLine]
    sections: frozenset[Section]


def child_file(session: Session, actor: Actor, child: Child, today: date) -> ChildFile:
    """Two statements: the carers (if family is open), and the cases."""
    sections = sections_of(actor) & TITLES.keys()
    has_identity = Section.IDENTITY in sections
    return ChildFile(
        child_id=child.id,
        name=child.full_name if has_identity else None,
        sex=fields.sex_label(child.sex) if has_identity else "",
        age=age_at(child, today) if has_identity else None,
        panels=[
            _panel(child, section) for section in TITLES if section in sections - {Section.FAMILY}
        ],
        carers=_carer_cards(session, child, sections) if Section.FAMILY in sections else None,
        closed=[title for section, title in TITLES.items() if section not in sections],
        cases=cases_of_children(session, actor, [child.id]).get(child.id, ()),
        sections=sections,
    )


def carers_of(session: Session, child: Child) -> list[Carer]:
    """The carers, oldest entry first, under the child's key that is loaded already."""
    return list(
        session.scalars(
            select(Carer)
            .join(Carer.key)
            .options(contains_eager(Carer.key), raiseload(Carer.child))
            .where(Carer.child_id == child.id)
            .order_by(Carer.id)
        )
    )


def _panel(child: Child, section: Section) -> Panel:
    known = fields.readable(fields.CHILD, child, frozenset({section}))
    rows = [
        (field.label, mask_id(words) if field.name == "national_id" else words)
        for field, words in known
        if field.name != "full_name"
    ]
    return Panel(TITLES[section], rows)


def _carer_cards(session: Session, child: Child, sections: frozenset[Section]) -> list[CarerCard]:
    return [
        CarerCard(
            title=f"{fields.relation_label(carer.relation)}: {carer.full_name or '?'}",
            is_suspected=carer.is_suspected,
            rows=[
                (field.label, words)
                for field, words in fields.readable(fields.CARER, carer, sections)
                if field.name not in ("relation", "full_name", "is_suspected")
                and (words or field.name != "is_caregiver")
            ],
        )
        for carer in carers_of(session, child)
    ]
