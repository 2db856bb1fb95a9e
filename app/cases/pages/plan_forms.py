"""The pages on which a plan is edited and its activities are brought up to date."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.forms.plans import PlanForm, PlanMarks
from app.cases.labels import label_of
from app.cases.models import Case, PlanActivity
from app.cases.models.plans import PlanState
from app.cases.pages.head import read_head
from app.cases.pages.plans import responsible_of
from app.cases.queries.plans import plan_head
from app.reference.library import form_definition
from app.web.words import _


def edit_page(
    session: Session, *, actor: Actor, case: Case, form: PlanForm, now: datetime
) -> dict[str, Any]:
    """What the template of Mẫu số 04 needs."""
    plan = plan_head(session, case.id, case.cycle)
    texts = form_definition("form04").fields
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "marks": form.marks_of(plan.version if plan else 0, now),
        "is_new": plan is None,
        "is_approved": plan is not None and plan.state is PlanState.APPROVED,
        "is_submitted": plan is not None and plan.state is PlanState.SUBMITTED,
        "help": {field.name: str(field.help) for field in texts if field.help},
    }


def activity_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    row: PlanActivity,
    form: PlanMarks,
    now: datetime,
) -> dict[str, Any]:
    """What the template of one activity needs."""
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "activity_id": row.id,
        "marks": form.marks_of(row.version, now),
        "facts": (
            (_("Hoạt động"), row.what),
            (_("Lĩnh vực"), label_of("needs", row.domain)),
            (_("Loại dịch vụ"), label_of("intervention_types", row.service_type)),
            (_("Chịu trách nhiệm"), responsible_of(row)),
            (_("Phối hợp"), row.coordinating),
            (_("Nguồn lực, kinh phí"), row.resources),
            (_("Thời gian"), f"{row.starts_on:%d/%m/%Y} – {row.ends_on:%d/%m/%Y}"),
        ),
    }
