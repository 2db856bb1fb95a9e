"""What Mẫu số 07 and the minutes of a hand-over say of the child and of who issues them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.auth.permissions import Section
from app.cases.models import Case
from app.documents.letterhead import Office
from app.people import fields
from app.people.models import Child, DobPrecision, Sex

S = Section


@dataclass(frozen=True, slots=True)
class ChildLines:
    """The child as a decision names it; None where the reader's sections do not open it."""

    name: str | None
    birth: str | None
    sex: Sex
    commune: str | None
    residence: str | None


def child_lines(case: Case, sections: frozenset[Section]) -> ChildLines | None:
    """Of a case that came with its child. Only what is open is unsealed."""
    if S.IDENTITY not in sections:
        return None
    child = case.child
    return ChildLines(
        name=child.full_name,
        birth=_birth(child),
        sex=child.sex,
        commune=child.residence_commune,
        residence=child.residence_text if S.CONTACT in sections else None,
    )


def office_of(session: Session, case: Case) -> Office | None:
    """The unit that works the case."""
    if case.unit_id is None:
        return None
    unit = select(Unit.name, Unit.kind, Unit.commune_code).where(Unit.id == case.unit_id)
    row = session.execute(unit).one()
    return Office(row.name, row.kind, row.commune_code)


def _birth(child: Child) -> str | None:
    born = fields.birth_of(child)
    if born is not None:
        return str(born)
    if child.dob_precision is DobPrecision.ESTIMATED and child.estimated_age is not None:
        return f"khoảng {child.estimated_age} tuổi"
    return None
