"""What is read about children: by columns for lists, by sections for one file."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.core.sealed import DataKey, open_field
from app.people import policy
from app.people.index import NameIndex, index_of
from app.people.models import Carer, Child, Sex
from app.people.search_hooks import CaseLine, cases_of_children


class Person(NamedTuple):
    """A child as a line of a list. Without the section identity only the cases say anything."""

    child_id: uuid.UUID
    name: str | None
    birth_year: int | None
    sex: Sex | None
    commune: str | None
    cases: Sequence[CaseLine]


def ids_by_name(session: Session, actor: Actor, words: str, limit: int) -> list[uuid.UUID]:
    """Visible children whose name answers to `words`, best first."""
    index: NameIndex = index_of(session)
    visible = index.refresh(session, policy.visible_ids(actor))
    return [hit.child_id for hit in index.find(words, visible, limit)]


def ids_by_number(
    session: Session, actor: Actor, number_hash: bytes, limit: int
) -> list[uuid.UUID]:
    """Visible children with this identity number (as its keyed hash)."""
    visible = policy.visible_to(actor).with_only_columns(Child.id)
    return list(session.scalars(visible.where(Child.national_id_hash == number_hash).limit(limit)))


def ids_by_phone(session: Session, actor: Actor, phone_hash: bytes, limit: int) -> list[uuid.UUID]:
    """Visible children one of whose carers has this telephone number (as its keyed hash)."""
    carers = select(Carer.child_id).where(Carer.phone_hash == phone_hash)
    visible = policy.visible_to(actor).with_only_columns(Child.id)
    return list(session.scalars(visible.where(Child.id.in_(carers)).limit(limit)))


def people(session: Session, actor: Actor, ids: Sequence[uuid.UUID]) -> list[Person]:
    """The visible ones of these children in the given order, with the cases of each."""
    if not ids:
        return []
    rows = {row.id: row for row in session.execute(_lines(actor, ids))}
    kept = [child_id for child_id in ids if child_id in rows]
    cases = cases_of_children(session, actor, kept)
    if Section.IDENTITY not in sections_of(actor):
        return [Person(i, None, None, None, None, cases.get(i, ())) for i in kept]
    return [_person(rows[child_id], cases.get(child_id, ())) for child_id in kept]


def _lines(actor: Actor, ids: Sequence[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    return (
        policy.visible_to(actor)
        .with_only_columns(
            Child.id,
            Child.full_name_sealed,
            Child.birth_year,
            Child.sex,
            Child.residence_commune,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == Child.key_id)
        .where(Child.id.in_(ids))
    )


def _person(row: Row[*tuple[Any, ...]], cases: Sequence[CaseLine]) -> Person:
    key = (row.key_id, row.wrapped)
    name = open_field(Child, "full_name", row.id, key, row.full_name_sealed)
    return Person(row.id, name, row.birth_year, row.sex, row.residence_commune, cases)
