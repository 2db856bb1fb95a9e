"""Of each place: a separation that runs, and a child in substitute care."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import (
    CarePlacement,
    CareVisit,
    Case,
    Separation,
    SeparationExtension,
    ShelterAddress,
)
from app.cases.models.care import CareState, SeparationState
from app.core import clock
from app.core.sealed import DataKey
from app.people.models import Child

S = Section
_SEPARATION = (
    *("from_whom", "grounds", "place_name", "carer_meanwhile", "ordered_by", "order_document"),
    *("answer", "end_note"),
)
_PLACEMENT = (
    *("carer_name", "relation", "grounds", "answer", "handover_present", "handover_note"),
    *("end_note", "next_place"),
)
FIELDS = {
    Separation: dict.fromkeys(_SEPARATION, S.PLAN),
    SeparationExtension: dict.fromkeys(("reason", "ordered_by", "order_document"), S.PLAN),
    ShelterAddress: dict.fromkeys(("address", "phone"), S.SHELTER),
    CarePlacement: {**dict.fromkeys(_PLACEMENT, S.PLAN), "phone": S.CONTACT, "address": S.CONTACT},
    CareVisit: {"note": S.PLAN},
}
# of what runs: shown once it is over; of an extension: printed nowhere, it stands in the decision
NOT_ON_EVERY_SCREEN = {
    *("Separation.end_note", "Separation.ordered_by", "Separation.order_document"),
    *("SeparationExtension.ordered_by", "SeparationExtension.order_document"),
    *("CarePlacement.end_note", "CarePlacement.next_place"),
}
WRITTEN = (
    *("separations", "separation_extensions", "shelter_addresses", "care_placements"),
    *("care_visits", "data_keys"),
)
INTO_THE_FILE = ("care.",)
_NUMBER = {"number": "12/QĐ-UBND"}
VALID = {
    "care.extend_separation": {
        **_NUMBER,
        "ends_at": [(clock.today() + timedelta(days=6)).strftime("%d/%m/%Y"), "08:00"],
        "reason": "Chờ kết quả đánh giá gia đình",
    },
    "care.cancel_separation": {"note": "Đã đánh giá, gia đình bảo đảm an toàn"},
    "care.end_separation": {"reason": "returned", "note": "Về với mẹ"},
    "care.put_address": {"address": "Số 5, ngõ 3"},
    "care.propose_placement": {
        "form_of_care": "relatives",
        "carer_name": "Vũ Thị Lụa",
        "grounds": "Bà ngoại, có điều kiện chăm sóc",
    },
    "care.visit": {"safety": "safe", "note": "Cháu ăn ngủ tốt"},
    "care.end_placement": {"reason": "family_reunited", "next_place": "Về với mẹ"},
}


# what runs was decided already, and a child is handed over once
FORM_FIELDS = {
    "care.decide_separation": (
        *("decision", "number", "decision_on", "started_at", "ends_at", "note", "version"),
        "seen_at",
    ),
    "care.decide_placement": ("decision", "number", "decision_on", "note", "version", "seen_at"),
    "care.hand_over": ("happened_at", "present", "note"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    worker, chair = users[Role.CP_WORKER], users[Role.COMMUNE_CHAIR]
    running = _separation(child.key, case, worker, chair)
    placed = _placement(child.key, case, worker, chair)
    session.add_all([running, placed])
    session.flush()
    session.add_all(
        [
            ShelterAddress(
                key=DataKey.new(), separation_id=running.id, typed_by=worker.id,
                typed_at=clock.now(),
            ),
            SeparationExtension(
                key=child.key, separation_id=running.id, until=running.ends_at,
                decision_on=clock.today(), decided_by=chair.id, decided_at=clock.now(),
            ),
            CareVisit(
                key=child.key, placement_id=placed.id, happened_at=case.opened_at, is_safe=True,
                typed_at=clock.now(), by_id=worker.id,
            ),
        ]
    )  # fmt: skip
    return {"separation_id": running.id, "placement_id": placed.id}


def made(session: Session, case: Case) -> list[Any]:
    """The rows of what runs; and those that hang on them."""
    separation = (
        session.scalars(
            select(Separation).where(
                Separation.case_id == case.id, Separation.state == SeparationState.DECIDED
            )
        )
        .unique()
        .one()
    )
    placement = (
        session.scalars(
            select(CarePlacement).where(
                CarePlacement.case_id == case.id, CarePlacement.state == CareState.HANDED_OVER
            )
        )
        .unique()
        .one()
    )
    under = [(t, separation.id) for t in (ShelterAddress, SeparationExtension)]
    found = [
        session.scalars(select(t).where(t.separation_id == i)).unique().one() for t, i in under
    ]
    visits = select(CareVisit).where(CareVisit.placement_id == placement.id)
    return [separation, placement, *found, session.scalars(visits).unique().one()]


def _separation(key: DataKey, case: Case, worker: User, chair: User) -> Separation:
    now, ends_at = clock.now(), case.opened_at + timedelta(days=3)
    return Separation(
        key=key, case_id=case.id, form_version=1, reason="harmed", place_kind="relatives",
        carer_ids=[], started_at=case.opened_at, first_ends_at=ends_at, ends_at=ends_at,
        drafted_by=worker.id, drafted_at=now, state=SeparationState.DECIDED, number="1/QĐ-UBND",
        decision_on=clock.today(), decided_by=chair.id, decided_at=now, is_longer_ordered=False,
        is_chair_alone=False,
    )  # fmt: skip


def _placement(key: DataKey, case: Case, worker: User, chair: User) -> CarePlacement:
    now = clock.now()
    return CarePlacement(
        key=key, case_id=case.id, form="relatives", drafted_by=worker.id, drafted_at=now,
        state=CareState.HANDED_OVER, number="2/QĐ-UBND", decision_on=clock.today(),
        decided_by=chair.id, decided_at=now, handed_over_at=case.opened_at,
    )  # fmt: skip
