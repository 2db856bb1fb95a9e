"""The Chair's page: the text to decide on, and what changed since the last decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.forms.plans import PlanMarks
from app.cases.models import Case
from app.cases.models.plans import PlanState
from app.cases.pages.head import read_head
from app.cases.pages.plans import about_plan, decision_line
from app.cases.plan_snapshot import (
    Snapshot,
    canonical,
    differences,
    digest_of,
    read_snapshot,
    snapshot_of,
)
from app.cases.plan_words import PLAN_STATES, Difference, difference, value_words
from app.cases.queries.plans import PlanFile


@dataclass(frozen=True, slots=True)
class SnapshotWords:
    """A snapshot as it stands on a page."""

    problems: tuple[tuple[str, str], ...]
    general_goal: str
    goals: tuple[tuple[str, str], ...]
    activities: tuple[dict[str, str], ...]
    monitoring: str
    review_on: str


def snapshot_words(snapshot: Snapshot) -> SnapshotWords:
    def lines(part: str) -> tuple[tuple[str, str], ...]:
        rows = snapshot[part]
        return tuple((value_words("domain", row["domain"]), row["text"] or "") for row in rows)

    return SnapshotWords(
        problems=lines("problems"),
        general_goal=snapshot["general_goal"] or "",
        goals=lines("goals"),
        activities=tuple(
            {name: value_words(name, value) for name, value in row.items()}
            for row in snapshot["activities"]
        ),
        monitoring=snapshot["monitoring"] or "",
        review_on=value_words("review_on", snapshot["review_on"]),
    )


def decide_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    file: PlanFile,
    form: PlanMarks,
    now: datetime,
) -> dict[str, Any]:
    """What the template of the decision needs: the text to decide on and what changed."""
    plan, last = file.plan, file.last_decision
    if plan is None:
        raise ValueError("a plan is needed")
    snapshot = snapshot_of(plan)
    found: list[Difference] = []
    if last:
        before = read_snapshot(last.snapshot)
        found = [difference(change) for change in differences(before, snapshot)]
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "plan": snapshot_words(snapshot),
        "digest": digest_of(canonical(snapshot)).hex(),
        "marks": form.marks_of(plan.version, now),
        "state": str(PLAN_STATES[plan.state]),
        "is_waiting": plan.state is PlanState.SUBMITTED and not case.is_ended,
        "is_own": plan.is_of(actor.id),
        "about": tuple(about_plan(file)),
        "last": decision_line(file.decisions[0], case) if last else None,
        "differences": found,
    }
