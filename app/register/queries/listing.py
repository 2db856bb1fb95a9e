"""The list of the register: one row for each child, with its groups on a day; two statements."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases.models import Case
from app.core.sealed import DataKey, open_field
from app.people.ages import Age, age_at
from app.people.models import Child, DobPrecision, Sex
from app.register.models import GroupMembership
from app.register.queries.filters import (
    RegisterFilter,
    memberships,
    reviewed_in,
    visible_memberships,
)

M = GroupMembership
DEFAULT_LIMIT = 25


@dataclass(frozen=True, slots=True)
class ListedMembership:
    """As `rules.Facts` wants it, with what the list shows."""

    id: uuid.UUID
    case_id: uuid.UUID
    group_code: str
    sub_code: str | None
    since: date
    poverty: str
    evidence_kind: str | None
    expires_on: date | None
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One child. Name and age only with the section of identity."""

    child_id: uuid.UUID
    name: str | None
    age: Age | None
    sex: Sex | None
    commune_code: str | None
    case_id: uuid.UUID
    case_number: str
    memberships: list[ListedMembership] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Birth:
    dob: str | None
    dob_precision: DobPrecision
    birth_year: int | None
    estimated_age: int | None
    estimated_on: date | None


def list_children(
    session: Session,
    actor: Actor,
    *,
    wanted: RegisterFilter,
    after: uuid.UUID | None = None,
    limit: int = DEFAULT_LIMIT,
) -> tuple[list[RegisterRow], bool]:
    """(at most `limit` children in the order in which they were recorded, the newest first; are
    there more). Each shows all its open groups of that day, not only the one asked for."""
    page = memberships(actor, wanted).with_only_columns(M.child_id).group_by(M.child_id)
    if after is not None:
        page = page.where(M.child_id < after)
    ids = session.scalars(page.order_by(M.child_id.desc()).limit(limit + 1)).all()
    return _children(session, actor, wanted, ids[:limit]), len(ids) > limit


def count_children(session: Session, actor: Actor, *, wanted: RegisterFilter, most: int) -> int:
    """How many children the list has for this actor; of more than `most` no more are counted than
    one. One statement."""
    found = memberships(actor, wanted).with_only_columns(M.child_id).group_by(M.child_id)
    some = found.limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _children(
    session: Session, actor: Actor, wanted: RegisterFilter, ids: Sequence[uuid.UUID]
) -> list[RegisterRow]:
    if not ids:
        return []
    found: dict[uuid.UUID, RegisterRow] = {}
    sections = sections_of(actor)
    for row in session.execute(_rows(actor, wanted.on, ids, sections)):
        if row.child_id not in found:
            found[row.child_id] = _child(row, wanted.on, sections)
        found[row.child_id].memberships.append(_membership(row))
    return [found[child_id] for child_id in ids]


def _rows(
    actor: Actor, on: date, ids: Sequence[uuid.UUID], sections: frozenset[Section]
) -> Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        *(M.id, M.child_id, M.case_id, M.group_code, M.sub_code, M.since, M.poverty),
        *(M.evidence_kind, M.expires_on, Case.number, Case.commune_code),
        reviewed_in(on.year).label("is_reviewed"),
    ]
    rows = visible_memberships(actor, on).where(M.child_id.in_(ids))
    if Section.IDENTITY in sections:
        columns += [Child.full_name_sealed, Child.dob_sealed, Child.dob_precision, Child.sex]
        columns += [Child.birth_year, Child.estimated_age, Child.estimated_on]
        columns += [DataKey.id.label("key_id"), DataKey.wrapped]
        rows = rows.join(DataKey, DataKey.id == Child.key_id)
    return rows.with_only_columns(*columns).order_by(M.since.desc(), M.id.desc())


def _child(row: Row[*tuple[Any, ...]], on: date, sections: frozenset[Section]) -> RegisterRow:
    """Of several cases of a child the one of its newest membership leads."""
    is_known = Section.IDENTITY in sections
    return RegisterRow(
        child_id=row.child_id,
        name=_opened(row, "full_name") if is_known else None,
        age=_age(row, on) if is_known else None,
        sex=row.sex if is_known else None,
        commune_code=row.commune_code,
        case_id=row.case_id,
        case_number=row.number,
    )


def _opened(row: Row[*tuple[Any, ...]], name: str) -> str | None:
    key = (row.key_id, row.wrapped)
    return open_field(Child, name, row.child_id, key, getattr(row, f"{name}_sealed"))


def _age(row: Row[*tuple[Any, ...]], on: date) -> Age | None:
    birth = _Birth(
        _opened(row, "dob"), row.dob_precision, row.birth_year, row.estimated_age, row.estimated_on
    )
    return age_at(birth, on)


def _membership(row: Row[*tuple[Any, ...]]) -> ListedMembership:
    return ListedMembership(
        id=row.id,
        case_id=row.case_id,
        group_code=row.group_code,
        sub_code=row.sub_code,
        since=row.since,
        poverty=row.poverty,
        evidence_kind=row.evidence_kind,
        expires_on=row.expires_on,
        is_reviewed=row.is_reviewed,
    )
