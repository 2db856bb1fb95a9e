"""The draft of Mẫu số 07: what the worker, or in an emergency the Chair, states of a separation."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, UnitKind
from app.cases.labels import label_of
from app.cases.models import Case, Separation
from app.cases.models.care import SeparationState
from app.cases.services.care_rules import Order, check_happened, check_span
from app.cases.services.shelter import ShelterData, put_address
from app.core.errors import InvalidInput
from app.people.models import Carer
from app.reference.library import form_definition

FORM = "form07"
SHELTER = "shelter"  # of the list `separation_places`


@dataclass(frozen=True, slots=True)
class SeparationData:
    """The draft of Mẫu số 07. `carers`: ids of people around the child; `others`: in words."""

    reason: str
    carers: Sequence[uuid.UUID]
    others: str | None
    grounds: str
    place_kind: str
    place_unit: uuid.UUID | None
    place_name: str | None
    carer_meanwhile: str
    started_at: datetime
    ends_at: datetime
    order: Order | None = None
    shelter: ShelterData | None = None


def draft_separation(
    session: Session, actor: Actor, case: Case, data: SeparationData, now: datetime
) -> Separation:
    """The row of a draft, with its address in the compartment. Raises InvalidInput."""
    check_happened(case, data.started_at, now, "started_at")
    check_span(data.started_at, data.ends_at, data.order)
    carers = _carers(session, case, data)
    made = Separation(
        key=case.child.key,
        case_id=case.id,
        form_version=form_definition(FORM).version,
        state=SeparationState.PROPOSED,
        reason=data.reason,
        carer_ids=[str(carer.id) for carer in carers],
        from_whom=_from_whom(carers, data.others),
        grounds=data.grounds,
        place_kind=data.place_kind,
        place_unit_id=_shelter_unit(session, data),
        place_name=data.place_name,
        carer_meanwhile=data.carer_meanwhile,
        started_at=data.started_at,
        first_ends_at=data.ends_at,
        ends_at=data.ends_at,
        is_longer_ordered=data.order is not None,
        ordered_by=data.order and data.order.by,
        order_document=data.order and data.order.document,
        drafted_by=actor.id,
        drafted_at=now,
    )
    session.add(made)
    session.flush()
    if data.shelter is not None:
        put_address(session, actor=actor, separation=made, data=data.shelter, now=now)
    return made


def _carers(session: Session, case: Case, data: SeparationData) -> Sequence[Carer]:
    """Those chosen of the people around this child. Raises InvalidInput where nobody is named."""
    of_child = select(Carer).where(Carer.child_id == case.child_id, Carer.id.in_(data.carers))
    carers = session.scalars(of_child.order_by(Carer.id)).unique().all() if data.carers else []
    if not carers and not data.others:
        raise InvalidInput("carers", _l("Chọn hoặc ghi trẻ em được cách ly khỏi ai."))
    return carers


def _from_whom(carers: Sequence[Carer], others: str | None) -> str:
    known = [
        f"{carer.full_name or '?'} ({label_of('carer_relations', carer.relation).lower()})"
        for carer in carers
    ]
    return "; ".join([*known, *([others] if others else [])])


def _shelter_unit(session: Session, data: SeparationData) -> uuid.UUID | None:
    if data.place_kind != SHELTER or data.place_unit is None:
        return None
    shelters = select(Unit.id).where(Unit.id == data.place_unit, Unit.kind == UnitKind.SHELTER)
    return session.scalar(shelters)
