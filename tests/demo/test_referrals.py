"""Referrals of the synthetic province: every state, in time and late, packets that closed."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import User
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.referrals.enums import ENDED, OPEN, SENT_STAGES, STAGES, ReferralState, SentStage, Stage
from app.referrals.models import Consent, Referral, ReferralDispute, ReferralStep
from app.referrals.rules import rules_numbered
from tests.demo.province import UNTIL


def test_every_state_is_there(province: Session) -> None:
    states = Counter(province.scalars(select(Referral.state)))
    assert set(states) == set(ReferralState), states
    assert states[ReferralState.CLOSED] > sum(states.values()) / 4


def test_tabs_and_clocks_follow_from_the_state(province: Session) -> None:
    for one in province.scalars(select(Referral)).unique():
        tabs = (STAGES[one.state], SENT_STAGES[one.state])
        if one.is_disputed:
            tabs = (Stage.WAITING, SentStage.WAITING)
        assert (one.stage, one.sent_stage) == tabs
        assert (one.due_at is not None) == (one.state in OPEN or one.is_disputed)
        assert one.changed_at <= UNTIL
        assert one.service in rules_numbered(one.rules_version).services


@pytest.mark.parametrize("username", ["hospital", "police", "school", "legalaid", "shelter"])
def test_who_tries_it_out_finds_something_in_every_tab(province: Session, username: str) -> None:
    unit = select(User.unit_id).where(User.username == username).scalar_subquery()
    tabs = Counter(province.scalars(select(Referral.stage).where(Referral.to_unit_id == unit)))
    assert set(tabs) - {Stage.NONE} == {Stage.ANSWER, Stage.SERVICE, Stage.WAITING, Stage.DONE}


def test_answers_come_in_time_and_late(province: Session) -> None:
    late = province.scalar(
        select(func.count()).where(Referral.answered_at > Referral.accept_due_at)
    )
    timely = province.scalar(
        select(func.count()).where(Referral.answered_at <= Referral.accept_due_at)
    )
    assert late and timely and timely > 2 * late


def test_a_packet_is_open_while_it_runs_and_closed_afterwards(province: Session) -> None:
    rows = province.execute(
        select(Referral.state, CaseAccess)
        .join(CaseAccess, CaseAccess.id == Referral.access_id)
        .where(CaseAccess.reason == AccessReason.REFERRAL)
    ).all()
    for state, access in rows:
        assert (access.until is None) == (state in OPEN), state
    assert any(access.until and access.until < UNTIL for _state, access in rows)
    given = province.scalar(select(func.count()).where(Referral.access_id.is_not(None)))
    assert given == len(rows)


def test_nothing_runs_on_in_an_ended_case(province: Session) -> None:
    running = select(Referral.id).join(Case).where(Case.is_ended, Referral.state.in_(OPEN))
    assert province.scalars(running).all() == []


def test_each_step_stands_in_the_history_and_on_the_timeline(province: Session) -> None:
    sent = select(func.count()).select_from(Referral).where(Referral.sent_at.is_not(None))
    told = select(func.count()).where(CaseEvent.kind == EventKind.REFERRAL_SENT)
    assert province.scalar(sent) == province.scalar(told)
    steps = Counter(province.scalars(select(ReferralStep.kind)))
    assert steps["sent"] == province.scalar(sent)
    ended = select(func.count()).where(Referral.state.in_(ENDED))
    assert province.scalar(ended)
    assert province.scalars(select(Consent.id)).first() is not None


def test_old_disagreements_are_decided_and_a_fresh_one_waits(province: Session) -> None:
    rows = province.scalars(select(ReferralDispute)).unique().all()
    waiting = [one for one in rows if one.decided_at is None]
    assert waiting and len(waiting) < len(rows)
    assert all(one.due_at > UNTIL for one in waiting)
    disputed = set(province.scalars(select(Referral.id).where(Referral.is_disputed)))
    assert disputed == {one.referral_id for one in waiting}
