"""The plans of a case: as they stand and stood, what was decided, what waits for a decision."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import (
    Case,
    CaseEvent,
    Plan,
    PlanActivity,
    PlanDecision,
    PlanRevision,
    SpecificAssessment,
    SpecificNeed,
)
from app.cases.models.plans import PlanOutcome
from app.cases.plan_snapshot import EMPTY, Snapshot, differences, read_snapshot, snapshot_of
from app.cases.plan_words import PLAN_STATES, conflict_rows
from app.cases.queries.changes import who_when

# how urgent a domain is in a plan
_RANK = {RiskLevel.HIGH: 0, RiskLevel.MEDIUM: 1, RiskLevel.LOW: 2}


class DecisionView(NamedTuple):
    """A decision with who made it and who voided it by an edit."""

    row: PlanDecision
    by_name: str
    voided_name: str | None


class NeedView(NamedTuple):
    """A need of the newest specific assessment; `problem` is what the assessment says of it."""

    domain: str
    severity: RiskLevel
    problem: str | None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The plan of one cycle (None: none yet) and the cycles that have one. `names` are the people
    who drafted, edited last and submitted."""

    plan: Plan | None
    cycle: int
    cycles: tuple[int, ...]
    names: dict[uuid.UUID, str]
    decisions: Sequence[DecisionView]

    @property
    def last_decision(self) -> PlanDecision | None:
        return self.decisions[0].row if self.decisions else None

    @property
    def approval(self) -> PlanDecision | None:
        """The approval in force."""
        rows = (view.row for view in self.decisions)
        return next(
            (r for r in rows if r.outcome is PlanOutcome.APPROVED and r.voided_at is None), None
        )

    @property
    def is_running(self) -> bool:
        """Approved at least once: what becomes of its activities is recorded ever after."""
        return any(view.row.outcome is PlanOutcome.APPROVED for view in self.decisions)


def plan_file(
    session: Session, case: Case, *, sections: frozenset[Section], cycle: int | None = None
) -> PlanFile:
    """The plan of a cycle (by default the current one) with its decisions: five statements, two
    where there is none; nothing is read where plans are closed."""
    wanted = cycle or case.cycle
    if Section.PLAN not in sections:
        return PlanFile(None, wanted, (), {}, ())
    row = session.execute(_with_names(case.id, wanted)).one_or_none()
    if row is None:
        return PlanFile(None, wanted, tuple(session.scalars(_cycles(case.id))), {}, ())
    plan, cycles, *names = row
    people = (plan.drafted_by, plan.edited_by, plan.submitted_by)
    return PlanFile(
        plan=plan,
        cycle=wanted,
        cycles=tuple(cycles),
        names=dict(zip(people, names, strict=True)),
        decisions=decisions_of(session, plan_id=plan.id),
    )


def _cycles(case_id: uuid.UUID) -> Select[int]:
    return select(Plan.cycle).where(Plan.case_id == case_id).order_by(Plan.cycle)


def _with_names(case_id: uuid.UUID, cycle: int) -> Select[*tuple[Any, ...]]:
    """The plan, all cycles that have one, and the names of drafter, last editor, submitter."""
    drafter, editor, submitter = aliased(User), aliased(User), aliased(User)
    all_cycles = _cycles(case_id).subquery()
    cycles = select(func.array_agg(all_cycles.c.cycle)).scalar_subquery()
    return (
        select(Plan, cycles, drafter.name, editor.name, submitter.name)
        .join(drafter, drafter.id == Plan.drafted_by)
        .join(editor, editor.id == Plan.edited_by)
        .join(submitter, submitter.id == Plan.submitted_by, isouter=True)
        .where(Plan.case_id == case_id, Plan.cycle == cycle)
        .options(*_LISTS)
    )


def plan_head(session: Session, case_id: uuid.UUID, cycle: int) -> Plan | None:
    """The plan of a cycle without its lists: one statement."""
    wanted = select(Plan).where(Plan.case_id == case_id, Plan.cycle == cycle)
    return session.scalars(wanted).unique().one_or_none()


def plan_of(session: Session, case_id: uuid.UUID, cycle: int) -> Plan | None:
    """The plan of a cycle with its three lists: four statements."""
    wanted = select(Plan).where(Plan.case_id == case_id, Plan.cycle == cycle).options(*_LISTS)
    return session.scalars(wanted.execution_options(populate_existing=True)).unique().one_or_none()


_LISTS = (
    selectinload(Plan.problems),
    selectinload(Plan.goals),
    selectinload(Plan.activities)
    .joinedload(PlanActivity.responsible_unit)
    .load_only(Unit.id, Unit.name),
)


def decisions_of(session: Session, *, plan_id: uuid.UUID) -> list[DecisionView]:
    """What was decided on a plan, the newest first, in one statement."""
    rows = session.execute(
        _decisions()
        .where(PlanDecision.plan_id == plan_id)
        .order_by(PlanDecision.decided_at.desc(), PlanDecision.id.desc())
    )
    return [DecisionView(row[0], row[1], row[2]) for row in rows.unique()]


def decision_of(
    session: Session, case_id: uuid.UUID, decision_id: uuid.UUID, *, sections: frozenset[Section]
) -> DecisionView | None:
    """One decision of the case; None for one of another case or a closed section."""
    if Section.PLAN not in sections:
        return None
    row = session.execute(
        _decisions().where(PlanDecision.case_id == case_id, PlanDecision.id == decision_id)
    )
    found = row.unique().one_or_none()
    return found and DecisionView(found[0], found[1], found[2])


def _decisions() -> Select[PlanDecision, str, str]:
    voider = aliased(User)
    return (
        select(PlanDecision, User.name, voider.name)
        .join(User, User.id == PlanDecision.decided_by)
        .join(voider, voider.id == PlanDecision.voided_by, isouter=True)
    )


def last_decided(session: Session, plan_id: uuid.UUID) -> PlanDecision | None:
    """The newest decision on a plan."""
    newest = (
        select(PlanDecision)
        .where(PlanDecision.plan_id == plan_id)
        .order_by(PlanDecision.decided_at.desc(), PlanDecision.id.desc())
        .limit(1)
    )
    return session.scalars(newest).first()


def was_approved(session: Session, plan_id: uuid.UUID) -> bool:
    """Approved at least once, whatever became of it."""
    approved = select(PlanDecision.id).where(
        PlanDecision.plan_id == plan_id, PlanDecision.outcome == PlanOutcome.APPROVED
    )
    return session.scalar(approved.limit(1)) is not None


def activity_of(
    session: Session,
    case_id: uuid.UUID,
    activity_id: uuid.UUID,
    *,
    sections: frozenset[Section],
) -> PlanActivity | None:
    """An activity of the case, of any cycle; None for another case's or a closed section."""
    if Section.PLAN not in sections:
        return None
    wanted = (
        select(PlanActivity)
        .where(PlanActivity.case_id == case_id, PlanActivity.id == activity_id)
        .options(joinedload(PlanActivity.responsible_unit).load_only(Unit.id, Unit.name))
    )
    return session.scalars(wanted).unique().one_or_none()


def last_change_of(session: Session, case_id: uuid.UUID, activity_id: uuid.UUID) -> str:
    """Who changed the state of an activity last, and when, by the timeline."""
    row = session.execute(
        select(User.name, CaseEvent.typed_at)
        .join(User, User.id == CaseEvent.by_id, isouter=True)
        .where(CaseEvent.case_id == case_id, CaseEvent.subject_id == activity_id)
        .order_by(CaseEvent.typed_at.desc(), CaseEvent.id.desc())
        .limit(1)
    ).first()
    return who_when(row.name, row.typed_at) if row else ""


def newest_needs(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[NeedView]:
    """The needs of the newest specific assessment, the most serious first: one statement."""
    if Section.ASSESSMENT not in sections:
        return []
    newest = (
        select(SpecificAssessment.id)
        .where(SpecificAssessment.case_id == case_id)
        .order_by(SpecificAssessment.happened_at.desc(), SpecificAssessment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(SpecificNeed)
        .where(SpecificNeed.assessment_id == newest)
        .order_by(SpecificNeed.position)
    )
    needs = [NeedView(row.domain, row.severity, row.problem) for row in rows.unique()]
    return sorted(needs, key=lambda need: _RANK[need.severity])


def demanded_domains(needs: Sequence[NeedView]) -> list[str]:
    """The domains that demand a goal of the plan: rated Cao or Trung bình."""
    serious = (need.domain for need in needs if need.severity is not RiskLevel.LOW)
    return list(dict.fromkeys(serious))


def revision_before(session: Session, plan_id: uuid.UUID, version: int) -> Snapshot:
    """The plan as a page that was opened at this version showed it; empty where there was none."""
    shown = (
        select(PlanRevision)
        .where(PlanRevision.plan_id == plan_id, PlanRevision.version <= version)
        .order_by(PlanRevision.version.desc())
        .limit(1)
    )
    row = session.scalars(shown).first()
    return read_snapshot(row.snapshot) if row else EMPTY


def changes_of_plan(session: Session, plan: Plan, *, since: int) -> list[tuple[str, str, str]]:
    """Rows for StaleEdit: what others saved after the page that showed version `since`."""
    name = session.scalar(select(User.name).where(User.id == plan.edited_by))
    who = who_when(name, plan.edited_at)
    before = revision_before(session, plan.id, since)
    found = list(conflict_rows(differences(before, snapshot_of(plan)), who))
    return found or [(_("Trạng thái của kế hoạch"), str(PLAN_STATES[plan.state]), "")]


def units_to_choose(session: Session, case: Case) -> list[tuple[str, str]]:
    """(id, name) of the active units of the commune and of the province, and of those that a plan
    of the case names already."""
    near = Unit.is_active & (Unit.commune_code.is_(None) | (Unit.commune_code == case.commune_code))
    named = select(PlanActivity.responsible_unit_id).where(PlanActivity.case_id == case.id)
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(near | Unit.id.in_(named))
        .order_by(Unit.commune_code.is_(None), Unit.name)
    )
    return [(str(row.id), row.name) for row in rows]


def next_number(session: Session, unit_id: uuid.UUID, year: int) -> str:
    """The number proposed for the unit's next decision of the year: 05/QĐ-UBND."""
    last = session.scalar(
        select(func.max(PlanDecision.number_order)).where(
            PlanDecision.unit_id == unit_id, PlanDecision.number_year == year
        )
    )
    return f"{(last or 0) + 1:02d}/QĐ-UBND"
