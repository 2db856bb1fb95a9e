"""A contradiction of the case."""

from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.indicators.models import Contradiction, QualityFinding

WRITTEN = ("quality_findings", "completeness", "commune_outlines")


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    session.add(QualityFinding(kind=Contradiction.NO_FORM, case_id=case.id, found_at=clock.now()))
    session.flush()
    return {}
