"""A signed request to prosecute of the case of each place, with a result."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.people.models import Child
from app.referrals.enums import ProsecutionState, ResultSource
from app.referrals.models import ProsecutionRequest, ProsecutionResult
from tests.browser import FIRST
from tests.factories import UnitFactory

S = Section
FIELDS = {
    ProsecutionRequest: dict.fromkeys(
        ("facts", "suspect", "procuracy", "returned"), S.POLICE_JUSTICE
    ),
    ProsecutionResult: {"note": S.POLICE_JUSTICE},
}
WRITTEN = ("prosecution_requests", "prosecution_results")
INTO_THE_FILE = ("prosecution.",)
NOT_ON_EVERY_SCREEN = {
    "ProsecutionRequest.suspect",  # on the paper
    "ProsecutionRequest.procuracy",  # once it was told, and on the paper
    "ProsecutionRequest.returned",  # of a draft that was given back
}
VALID: dict[str, Any] = {
    "prosecution.edit": {
        "to_unit_id": FIRST,
        "facts": "Em kể bị sờ vào người",
        "procuracy": "Viện kiểm sát nhân dân khu vực 1",
    },
    "prosecution.procuracy": {"number": "03/TB-UBND"},
}
FORM_FIELDS: dict[str, tuple[str, ...]] = {
    "prosecution.submit": ("idempotency_key",),
    "prosecution.sign": ("decision", "number", "reason", "version"),
    "prosecution.result": ("code", "decided_on", "number", "note"),
    "prosecution.received_result": ("code", "decided_on", "number", "note"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    worker, now = users[Role.CP_WORKER], clock.now()
    request = ProsecutionRequest(
        key=child.key,
        case_id=case.id,
        unit_id=case.unit_id,
        to_unit_id=UnitFactory(kind=UnitKind.POLICE, doh=True).id,
        form_version=1,
        state=ProsecutionState.SIGNED,
        drafted_by=worker.id,
        drafted_at=now,
        submitted_at=now,
        number="01/KN-UBND",
        number_year=now.year,
        number_order=1,
        signed_by=users[Role.COMMUNE_CHAIR].id,
        signed_at=now,
    )
    session.add(request)
    session.flush()
    session.add(
        ProsecutionResult(
            key=child.key,
            request_id=request.id,
            code="passed_on",
            decided_on=clock.today(),
            number="12/TB-CSĐT",
            source=ResultSource.LETTER,
            by_id=worker.id,
            at=now,
        )
    )
    session.flush()
    return {"prosecution_id": request.id}


def made(session: Session, case: Case) -> list[Any]:
    wanted = select(ProsecutionRequest).where(ProsecutionRequest.case_id == case.id)
    requests = session.scalars(wanted).unique().all()
    ids = [request.id for request in requests]
    results = select(ProsecutionResult).where(ProsecutionResult.request_id.in_(ids))
    return [*requests, *session.scalars(results).unique()]
