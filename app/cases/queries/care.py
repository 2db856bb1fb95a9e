"""Separations and substitute care of a case: four statements, and nothing of a closed section."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.orm import Session, aliased

from app.auth.models import Unit, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import (
    CarePlacement,
    CareVisit,
    Separation,
    SeparationExtension,
    ShelterAddress,
)
from app.cases.models.care import CareState, SeparationState
from app.core.sealed import DataKey, SealedRow, open_field
from app.people.models import Carer

S = Section


@dataclass(frozen=True, slots=True)
class ExtensionView:
    until: datetime
    number: str | None
    decision_on: date
    reason: str | None
    ordered_by: str | None
    order_document: str | None
    by_name: str


@dataclass(frozen=True, slots=True)
class SeparationView:
    """One separation; `has_address` says only whether the compartment holds something."""

    id: uuid.UUID
    form_version: int
    state: SeparationState
    reason: str
    from_whom: str | None
    grounds: str | None
    place_kind: str
    place_unit: str | None
    place_name: str | None
    carer_meanwhile: str | None
    has_address: bool
    started_at: datetime
    first_ends_at: datetime
    ends_at: datetime
    is_longer_ordered: bool
    ordered_by: str | None
    order_document: str | None
    drafted_by: uuid.UUID
    drafted_name: str
    drafted_at: datetime
    is_chair_alone: bool
    number: str | None
    decision_on: date | None
    decided_name: str | None
    decided_at: datetime | None
    answer: str | None
    ended_at: datetime | None
    end_reason: str | None
    end_note: str | None
    ended_name: str | None
    extensions: Sequence[ExtensionView]


@dataclass(frozen=True, slots=True)
class VisitView:
    happened_at: datetime
    typed_at: datetime
    is_safe: bool
    note: str | None
    by_name: str


@dataclass(frozen=True, slots=True)
class PlacementView:
    """One substitute care; phone and address only with the section of contacts."""

    id: uuid.UUID
    form: str
    state: CareState
    carer_name: str | None
    relation: str | None
    phone: str | None
    address: str | None
    grounds: str | None
    drafted_by: uuid.UUID
    drafted_name: str
    drafted_at: datetime
    number: str | None
    decision_on: date | None
    decided_name: str | None
    decided_at: datetime | None
    answer: str | None
    handover_due_at: datetime | None
    handed_over_at: datetime | None
    handover_present: str | None
    handover_note: str | None
    ended_on: date | None
    end_reason: str | None
    end_note: str | None
    next_place: str | None
    visits: Sequence[VisitView]


def separations_of(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    only: uuid.UUID | None = None,
) -> list[SeparationView]:
    """The separations of a case, the newest first, with their extensions: two statements."""
    if S.PLAN not in sections:
        return []
    wanted = _separations().where(Separation.case_id == case_id)
    if only is not None:
        wanted = wanted.where(Separation.id == only)
    rows = session.execute(wanted).all()
    extensions = _extensions(session, [row.row_id for row in rows])
    return [_separation(row, extensions.get(row.row_id, ())) for row in rows]


def placements_of(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    only: uuid.UUID | None = None,
) -> list[PlacementView]:
    """The substitute cares of a case, the newest first, with their visits: two statements."""
    if S.PLAN not in sections:
        return []
    wanted = _placements(sections).where(CarePlacement.case_id == case_id)
    if only is not None:
        wanted = wanted.where(CarePlacement.id == only)
    rows = session.execute(wanted).all()
    visits = _visits(session, [row.row_id for row in rows])
    return [_placement(row, sections, visits.get(row.row_id, ())) for row in rows]


def separation_of(
    session: Session, case_id: uuid.UUID, separation_id: uuid.UUID
) -> Separation | None:
    """The row itself, of this case only."""
    one = select(Separation).where(Separation.case_id == case_id, Separation.id == separation_id)
    return session.scalars(one).unique().one_or_none()


def placement_of(
    session: Session, case_id: uuid.UUID, placement_id: uuid.UUID
) -> CarePlacement | None:
    """The row itself, of this case only."""
    one = select(CarePlacement).where(
        CarePlacement.case_id == case_id, CarePlacement.id == placement_id
    )
    return session.scalars(one).unique().one_or_none()


def carers_to_choose(
    session: Session, child_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[tuple[uuid.UUID, str, str | None]]:
    """(id, relation, name) of the people around a child. No phone and no address is read."""
    if S.FAMILY not in sections:
        return []
    rows = session.execute(
        select(*_key_of(Carer), Carer.relation, Carer.full_name_sealed)
        .join(DataKey, DataKey.id == Carer.key_id)
        .where(Carer.child_id == child_id)
        .order_by(Carer.id)
    )
    return [(row.row_id, row.relation, _open(Carer, "full_name", row)) for row in rows]


def suspected_names(session: Session, child_id: uuid.UUID) -> frozenset[str]:
    """The names, in small letters, of those said to have harmed the child: for who hides them."""
    rows = session.execute(
        select(*_key_of(Carer), Carer.full_name_sealed)
        .join(DataKey, DataKey.id == Carer.key_id)
        .where(Carer.child_id == child_id, Carer.is_suspected)
    )
    names = (_open(Carer, "full_name", row) for row in rows)
    return frozenset(name.casefold() for name in names if name)


def shelters(session: Session) -> list[tuple[str, str]]:
    """(id, name) of the active shelters of the province."""
    active = select(Unit.id, Unit.name).where(Unit.kind == UnitKind.SHELTER, Unit.is_active)
    return [(str(row.id), row.name) for row in session.execute(active.order_by(Unit.name))]


_SEPARATION_TEXTS = (
    *("from_whom", "grounds", "place_name", "carer_meanwhile", "ordered_by", "order_document"),
    *("answer", "end_note"),
)
_SEPARATION_FACTS = (
    *("form_version", "state", "reason", "place_kind", "started_at", "first_ends_at", "ends_at"),
    *("is_longer_ordered", "drafted_by", "drafted_at", "is_chair_alone", "number"),
    *("decision_on", "decided_at", "ended_at", "end_reason"),
)
_NAMES = ("place_unit", "has_address", "drafted_name", "decided_name", "ended_name")


def _separations() -> Select[*tuple[Any, ...]]:
    drafter, decider, ender = aliased(User), aliased(User), aliased(User)
    has_address = exists().where(ShelterAddress.separation_id == Separation.id)
    return (
        select(
            *_key_of(Separation),
            *(getattr(Separation, name) for name in _SEPARATION_FACTS),
            *_sealed(Separation, _SEPARATION_TEXTS),
            Unit.name.label("place_unit"),
            has_address.label("has_address"),
            drafter.name.label("drafted_name"),
            decider.name.label("decided_name"),
            ender.name.label("ended_name"),
        )
        .join(DataKey, DataKey.id == Separation.key_id)
        .join(drafter, drafter.id == Separation.drafted_by)
        .join(Unit, Unit.id == Separation.place_unit_id, isouter=True)
        .join(decider, decider.id == Separation.decided_by, isouter=True)
        .join(ender, ender.id == Separation.ended_by, isouter=True)
        .order_by(Separation.drafted_at.desc(), Separation.id.desc())
    )


def _separation(row: Row[*tuple[Any, ...]], extensions: Sequence[ExtensionView]) -> SeparationView:
    values: dict[str, Any] = {name: getattr(row, name) for name in (*_SEPARATION_FACTS, *_NAMES)}
    values |= {name: _open(Separation, name, row) for name in _SEPARATION_TEXTS}
    return SeparationView(id=row.row_id, extensions=extensions, **values)


def _extensions(
    session: Session, separations: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[ExtensionView]]:
    table = SeparationExtension
    texts = ("reason", "ordered_by", "order_document")
    facts = (table.separation_id, table.until, table.number, table.decision_on)
    rows = session.execute(
        select(*_key_of(table), *facts, *_sealed(table, texts), User.name)
        .join(DataKey, DataKey.id == table.key_id)
        .join(User, User.id == table.decided_by)
        .where(table.separation_id.in_(separations))
        .order_by(table.decided_at, table.id)
    )
    found: dict[uuid.UUID, list[ExtensionView]] = {}
    for row in rows:
        view = ExtensionView(
            until=row.until,
            number=row.number,
            decision_on=row.decision_on,
            **{name: _open(table, name, row) for name in texts},
            by_name=row.name,
        )
        found.setdefault(row.separation_id, []).append(view)
    return found


_PLACEMENT_TEXTS = (
    *("carer_name", "relation", "grounds", "answer", "handover_present", "handover_note"),
    *("end_note", "next_place"),
)
_CONTACTS = ("phone", "address")
_PLACEMENT_FACTS = (
    *("form", "state", "drafted_by", "drafted_at", "number", "decision_on", "decided_at"),
    *("handover_due_at", "handed_over_at", "ended_on", "end_reason"),
)


def _placements(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    drafter, decider = aliased(User), aliased(User)
    contacts = _CONTACTS if S.CONTACT in sections else ()
    return (
        select(
            *_key_of(CarePlacement),
            *(getattr(CarePlacement, name) for name in _PLACEMENT_FACTS),
            *_sealed(CarePlacement, (*_PLACEMENT_TEXTS, *contacts)),
            drafter.name.label("drafted_name"),
            decider.name.label("decided_name"),
        )
        .join(DataKey, DataKey.id == CarePlacement.key_id)
        .join(drafter, drafter.id == CarePlacement.drafted_by)
        .join(decider, decider.id == CarePlacement.decided_by, isouter=True)
        .order_by(CarePlacement.drafted_at.desc(), CarePlacement.id.desc())
    )


def _placement(
    row: Row[*tuple[Any, ...]], sections: frozenset[Section], visits: Sequence[VisitView]
) -> PlacementView:
    contacts = _CONTACTS if S.CONTACT in sections else ()
    plain = (*_PLACEMENT_FACTS, "drafted_name", "decided_name")
    values: dict[str, Any] = {**dict.fromkeys(_CONTACTS), **{n: getattr(row, n) for n in plain}}
    texts = (*_PLACEMENT_TEXTS, *contacts)
    values |= {name: _open(CarePlacement, name, row) for name in texts}
    return PlacementView(id=row.row_id, visits=visits, **values)


def _visits(session: Session, placements: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[VisitView]]:
    table = CareVisit
    facts = (table.placement_id, table.happened_at, table.typed_at, table.is_safe)
    rows = session.execute(
        select(*_key_of(table), *facts, table.note_sealed, User.name)
        .join(DataKey, DataKey.id == table.key_id)
        .join(User, User.id == table.by_id)
        .where(table.placement_id.in_(placements))
        .order_by(table.happened_at.desc(), table.id.desc())
    )
    found: dict[uuid.UUID, list[VisitView]] = {}
    for row in rows:
        note = _open(table, "note", row)
        view = VisitView(row.happened_at, row.typed_at, row.is_safe, note, row.name)
        found.setdefault(row.placement_id, []).append(view)
    return found


def _key_of(table: type[SealedRow]) -> list[Any]:
    return [table.id.label("row_id"), DataKey.id.label("key_id"), DataKey.wrapped]


def _sealed(table: type[SealedRow], names: Iterable[str]) -> list[Any]:
    return [getattr(table, f"{name}_sealed") for name in names]


def _open(table: type[SealedRow], name: str, row: Row[*tuple[Any, ...]]) -> str | None:
    key = (row.key_id, row.wrapped)
    return open_field(table, name, row.row_id, key, getattr(row, f"{name}_sealed"))
