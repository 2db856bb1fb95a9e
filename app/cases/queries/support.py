"""What a child received: the records, the sums by source, and planned against done."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.auth.models import Unit, UnitLevel, User
from app.auth.permissions import Section
from app.cases.models import Case, Plan, PlanActivity, ServiceReceived
from app.cases.models.plans import ActivityState, PlanState
from app.core.sealed import DataKey, open_field

PAGE = 30
Key = tuple[date, uuid.UUID]
_LAST_DAY = func.coalesce(ServiceReceived.to_on, ServiceReceived.from_on)


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One record. `provider`: the unit of ours, or the words. `activity`: what was planned."""

    id: uuid.UUID
    service_type: str
    kind: str
    provider: str | None
    from_on: date
    to_on: date | None
    is_ongoing: bool
    quantity: int | None
    quantity_unit: str | None
    amount: int | None
    fund_source: str | None
    note: str | None
    activity: str | None
    is_planned: bool
    typed_at: datetime
    by_name: str
    struck_at: datetime | None
    struck_by: str | None
    strike_reason: str | None
    corrected_by: uuid.UUID | None

    @property
    def key(self) -> Key:
        return self.from_on, self.id


class SourceSum(NamedTuple):
    """What came from one source, and from when to when. `source` is None where none was named."""

    source: str | None
    records: int
    amount: int
    first_on: date
    last_on: date


class Delivered(NamedTuple):
    """What was delivered for one activity; for None without a plan."""

    activity_id: uuid.UUID | None
    records: int
    amount: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """One activity of the plan of this cycle."""

    id: uuid.UUID
    what: str | None
    service_type: str
    starts_on: date
    ends_on: date
    state: ActivityState
    plan_state: PlanState


class Choice(NamedTuple):
    """A row to choose in a form."""

    id: uuid.UUID
    words: str


def services_of(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    before: Key | None = None,
    limit: int = PAGE,
) -> list[ServiceView]:
    """At most `limit` + 1 records, the newest first, the struck ones too; none for a closed
    section."""
    if Section.PLAN not in sections:
        return []
    rows = _records().where(ServiceReceived.case_id == case_id)
    place = tuple_(ServiceReceived.from_on, ServiceReceived.id)
    if before:
        rows = rows.where(place < before)
    newest = ServiceReceived.from_on.desc(), ServiceReceived.id.desc()
    return [_view(row) for row in session.execute(rows.order_by(*newest).limit(limit + 1))]


def one_service(
    session: Session, service_id: uuid.UUID, *, sections: frozenset[Section]
) -> ServiceView | None:
    """One record as the list shows it; None for a closed section."""
    if Section.PLAN not in sections:
        return None
    row = session.execute(_records().where(ServiceReceived.id == service_id)).one_or_none()
    return _view(row) if row else None


def sums_by_source(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[SourceSum]:
    """The money of the standing records, the largest sum first."""
    if Section.PLAN not in sections:
        return []
    amount = func.coalesce(func.sum(ServiceReceived.amount), 0)
    rows = session.execute(
        select(
            ServiceReceived.fund_source,
            func.count(),
            amount,
            func.min(ServiceReceived.from_on),
            func.max(_LAST_DAY),
        )
        .where(
            ServiceReceived.case_id == case_id,
            ServiceReceived.struck_at.is_(None),
            ServiceReceived.amount.is_not(None),
        )
        .group_by(ServiceReceived.fund_source)
        .order_by(amount.desc(), ServiceReceived.fund_source)
    )
    return [SourceSum(row[0], row[1], int(row[2] or 0), row[3], row[4]) for row in rows]


def delivered_by_activity(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> dict[uuid.UUID | None, Delivered]:
    """The standing records of the case by the activity they were for."""
    if Section.PLAN not in sections:
        return {}
    rows = session.execute(
        select(
            ServiceReceived.activity_id,
            func.count(),
            func.coalesce(func.sum(ServiceReceived.amount), 0),
            func.max(_LAST_DAY),
        )
        .where(ServiceReceived.case_id == case_id, ServiceReceived.struck_at.is_(None))
        .group_by(ServiceReceived.activity_id)
    )
    return {row[0]: Delivered(row[0], row[1], int(row[2] or 0), row[3]) for row in rows}


def planned_activities(
    session: Session, case: Case, *, sections: frozenset[Section]
) -> list[Planned]:
    """The activities of the plan of this cycle, in its order."""
    if Section.PLAN not in sections:
        return []
    rows = session.execute(
        select(
            PlanActivity.id,
            PlanActivity.what_sealed,
            PlanActivity.service_type,
            PlanActivity.starts_on,
            PlanActivity.ends_on,
            PlanActivity.state,
            Plan.state.label("plan_state"),
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .join(DataKey, DataKey.id == PlanActivity.key_id)
        .where(Plan.case_id == case.id, Plan.cycle == case.cycle)
        .order_by(PlanActivity.position)
    )
    return [_planned(row) for row in rows]


def providers_for(session: Session, case: Case, keep: uuid.UUID | None = None) -> Sequence[Choice]:
    """The units that may have helped: those of the commune and of the province."""
    rows = session.execute(
        select(Unit.id, Unit.short_name)
        .where(
            or_(
                Unit.is_active
                & or_(Unit.commune_code == case.commune_code, Unit.level == UnitLevel.PROVINCE),
                Unit.id == keep,
            )
        )
        .order_by(Unit.level, Unit.short_name)
    )
    return [Choice(*row) for row in rows]


def service_in(session: Session, case: Case, service_id: uuid.UUID) -> ServiceReceived | None:
    """The record of this case with this id."""
    return session.scalars(
        select(ServiceReceived).where(
            ServiceReceived.id == service_id, ServiceReceived.case_id == case.id
        )
    ).one_or_none()


def _records() -> Select[*tuple[Any, ...]]:
    recorder, striker, newer = aliased(User), aliased(User), aliased(ServiceReceived)
    return (
        select(
            *ServiceReceived.__table__.columns,
            Unit.short_name.label("unit_name"),
            recorder.name.label("by_name"),
            striker.name.label("striker_name"),
            newer.id.label("newer_id"),
            PlanActivity.what_sealed,
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == ServiceReceived.key_id)
        .join(recorder, recorder.id == ServiceReceived.by_id)
        .join(striker, striker.id == ServiceReceived.struck_by, isouter=True)
        .join(newer, newer.corrects_id == ServiceReceived.id, isouter=True)
        .join(Unit, Unit.id == ServiceReceived.provider_unit_id, isouter=True)
        .join(PlanActivity, PlanActivity.id == ServiceReceived.activity_id, isouter=True)
    )


def _view(row: Row[*tuple[Any, ...]]) -> ServiceView:
    key = (row.key_id, row.wrapped)

    def opened(name: str) -> str | None:
        return open_field(ServiceReceived, name, row.id, key, getattr(row, f"{name}_sealed"))

    return ServiceView(
        id=row.id,
        service_type=row.service_type,
        kind=row.kind,
        provider=", ".join(filter(None, (row.unit_name, opened("provider")))) or None,
        from_on=row.from_on,
        to_on=row.to_on,
        is_ongoing=row.is_ongoing,
        quantity=row.quantity,
        quantity_unit=row.quantity_unit,
        amount=row.amount,
        fund_source=row.fund_source,
        note=opened("note"),
        activity=_activity_words(row, key),
        is_planned=row.activity_id is not None,
        typed_at=row.typed_at,
        by_name=row.by_name,
        struck_at=row.struck_at,
        struck_by=row.striker_name,
        strike_reason=opened("strike_reason"),
        corrected_by=row.newer_id,
    )


def _activity_words(row: Row[*tuple[Any, ...]], key: tuple[uuid.UUID, bytes | None]) -> str | None:
    """An activity is sealed under the child's key, as the record is."""
    if row.activity_id is None:
        return None
    return open_field(PlanActivity, "what", row.activity_id, key, row.what_sealed)


def _planned(row: Row[*tuple[Any, ...]]) -> Planned:
    key = (row.key_id, row.wrapped)
    return Planned(
        id=row.id,
        what=open_field(PlanActivity, "what", row.id, key, row.what_sealed),
        service_type=row.service_type,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
        plan_state=row.plan_state,
    )
