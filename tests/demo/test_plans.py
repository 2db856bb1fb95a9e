"""The plans of the synthetic province: one for each case that got so far, whole and decided on."""

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.enums import CaseState
from app.cases.models import Case, Plan, PlanActivity, PlanDecision, PlanRevision
from app.cases.models.plans import ActivityState, PlanOutcome, PlanState
from app.cases.plan_snapshot import canonical, digest_of, snapshot_of
from app.cases.queries.plans import plan_of
from app.cases.services.plan_decisions import gaps_of
from app.reference.library import code_list
from tests.demo.province import UNTIL

PLANNED = {
    CaseState.PLAN_DRAFTED: {PlanState.RETURNED},
    CaseState.PLAN_SUBMITTED: {PlanState.SUBMITTED},
    CaseState.IN_PROGRESS: {PlanState.APPROVED},
    CaseState.REVIEW: {PlanState.APPROVED},
    CaseState.CLOSED: {PlanState.ENDED},
}


def test_every_case_that_got_so_far_has_its_plan_and_nothing_is_missing_in_it(
    province: Session,
) -> None:
    states = Counter()
    for case in province.scalars(select(Case)):
        plan = plan_of(province, case.id, 1)
        assert (plan is not None) == (case.state in PLANNED), case.state
        if plan is None:
            continue
        assert plan.state in PLANNED[case.state]
        assert gaps_of(plan, ()) == []
        assert plan.drafted_at < plan.submitted_at <= UNTIL
        states[plan.state] += 1
    assert states[PlanState.APPROVED] > 10 and states[PlanState.ENDED] > 50
    assert states[PlanState.SUBMITTED] > 0


@pytest.mark.wide
def test_decisions_keep_the_text_they_were_made_on(province: Session) -> None:
    approved = 0
    for decision in province.scalars(select(PlanDecision)).unique():
        assert decision.digest == digest_of(decision.snapshot or "")
        plan = province.get_one(Plan, decision.plan_id)
        now = plan_of(province, plan.case_id, 1)
        assert now is not None
        same = canonical(snapshot_of(now)) == decision.snapshot
        if decision.outcome is PlanOutcome.APPROVED:
            approved += 1
            assert decision.number and same == (decision.voided_at is None)
        elif plan.state is not PlanState.RETURNED:
            assert not same and decision.reason
        assert decision.decided_at <= UNTIL
    assert approved > 60


def test_what_was_saved_last_is_what_the_plan_says(province: Session) -> None:
    for plan in province.scalars(select(Plan)).unique().all():
        newest = (
            select(PlanRevision)
            .where(PlanRevision.plan_id == plan.id)
            .order_by(PlanRevision.version.desc())
        )
        row = province.scalars(newest).unique().first()
        now = plan_of(province, plan.case_id, 1)
        assert row is not None and now is not None
        assert row.snapshot == canonical(snapshot_of(now)) and row.version <= plan.version


def test_activities_stand_in_every_state_and_the_closed_ones_are_answered_for(
    province: Session,
) -> None:
    rows = province.execute(
        select(PlanActivity, Case.state).join(Case, Case.id == PlanActivity.case_id)
    ).unique()
    states, services = Counter(), code_list("intervention_types")
    for row, case_state in rows:
        states[row.state] += 1
        assert row.service_type in services
        if case_state is CaseState.CLOSED:
            assert row.state in (ActivityState.DONE, ActivityState.NOT_DONE)
        if row.state is ActivityState.NOT_DONE:
            assert row.result
        assert (row.done_on is not None) == (row.state is ActivityState.DONE)
    assert all(states[state] > 5 for state in ActivityState)
