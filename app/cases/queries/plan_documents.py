"""What the printed Mẫu số 04 and 05 say; closed sections are not read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.models import Case, PlanDecision
from app.cases.models.plans import PlanOutcome
from app.cases.plan_snapshot import Snapshot, digest_of, read_snapshot, snapshot_of
from app.cases.queries.documents import ChildView, child_view
from app.cases.queries.plans import plan_file
from app.core.errors import KeyDestroyed
from app.documents.letterhead import Office
from app.reference.form_definition import FormDefinition
from app.reference.library import form_definition


class AlteredSnapshot(ValueError):
    """A kept snapshot is not the text that was decided on: its digest differs."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an activity: a state code, the day it was done, words."""

    state: str
    done_on: date | None
    text: str | None


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """Mẫu số 04 as the plan stands. `results` by the id of the activity. `approved_by` names the
    Chair of an approval in force. `child` is None where the section of identity is closed."""

    form: FormDefinition
    office: Office | None
    child: ChildView | None
    cycle: int
    snapshot: Snapshot
    results: Mapping[str, Result]
    drafted_by: str
    edited_at: datetime
    approved_by: str | None
    number: str | None


@dataclass(frozen=True, slots=True)
class DecisionSheet:
    """Mẫu số 05: an approval with the text that was approved, in force or voided since."""

    form: FormDefinition
    plan_form: FormDefinition
    office: Office
    child: ChildView | None
    cycle: int
    snapshot: Snapshot
    number: str
    decided_at: datetime
    decided_by: str
    submitted_at: datetime | None
    voided_at: datetime | None


def plan_sheet(
    session: Session, case: Case, *, sections: frozenset[Section], cycle: int | None = None
) -> PlanSheet | None:
    """The plan of a cycle (by default the current one); None where there is none, or where plans
    are closed."""
    file = plan_file(session, case, sections=sections, cycle=cycle)
    plan = file.plan
    if plan is None:
        return None
    approval = next((v for v in file.decisions if v.row is file.approval), None)
    unit = case.unit
    return PlanSheet(
        form=form_definition("form04", version=plan.form_version),
        office=Office(unit.name, unit.kind, unit.commune_code) if unit else None,
        child=child_view(session, case, sections),
        cycle=plan.cycle,
        snapshot=snapshot_of(plan),
        results={
            str(row.id): Result(row.state.value, row.done_on, row.result) for row in plan.activities
        },
        drafted_by=file.names[plan.drafted_by],
        edited_at=plan.edited_at,
        approved_by=approval and approval.by_name,
        number=approval and approval.row.number,
    )


def decision_sheet(
    session: Session, case: Case, decision_id: uuid.UUID, *, sections: frozenset[Section]
) -> DecisionSheet | None:
    """An approval of the case; None for a plan that was returned, of another case, or closed.

    Raises AlteredSnapshot, KeyDestroyed.
    """
    if Section.PLAN not in sections:
        return None
    row = session.execute(
        select(PlanDecision, User.name, Unit)
        .join(User, User.id == PlanDecision.decided_by)
        .join(Unit, Unit.id == PlanDecision.unit_id)
        .where(
            PlanDecision.case_id == case.id,
            PlanDecision.id == decision_id,
            PlanDecision.outcome == PlanOutcome.APPROVED,
        )
    )
    found = row.unique().one_or_none()
    return found and _decision_sheet(session, case, sections, *found)


def _decision_sheet(
    session: Session,
    case: Case,
    sections: frozenset[Section],
    decision: PlanDecision,
    name: str,
    unit: Unit,
) -> DecisionSheet:
    if decision.key.is_destroyed:
        raise KeyDestroyed
    text = decision.snapshot or ""
    if digest_of(text) != decision.digest:
        raise AlteredSnapshot(decision.id)
    submitted_at = decision.facts.get("submitted_at")
    return DecisionSheet(
        form=form_definition("form05", at=decision.decided_at.date()),
        plan_form=form_definition("form04", version=decision.facts.get("form_version")),
        office=Office(unit.name, unit.kind, unit.commune_code),
        child=child_view(session, case, sections),
        cycle=decision.facts.get("cycle", 1),
        snapshot=read_snapshot(text),
        number=decision.number or "",
        decided_at=decision.decided_at,
        decided_by=name,
        submitted_at=datetime.fromisoformat(submitted_at) if submitted_at else None,
        voided_at=decision.voided_at,
    )
