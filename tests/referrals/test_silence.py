"""Nobody answers: officer, lead and supervisor are told in turn, then it ends by itself."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.closing import obstacles
from app.cases.enums import EventKind
from app.cases.models import CaseEvent
from app.core import clock
from app.referrals.enums import RecallReason, ReferralState, SentStage, StepKind
from app.referrals.models import Referral, ReferralStep
from app.referrals.services import answers, sender
from app.referrals.services.silence import follow_silence
from tests.actors import actor_of
from tests.referrals.story import Agencies, accept, make_agencies, send, whole, whole_case


def steps(session: Session, referral: Referral) -> list[StepKind]:
    return list(
        session.scalars(
            select(ReferralStep.kind)
            .where(ReferralStep.referral_id == referral.id)
            .order_by(ReferralStep.at, ReferralStep.id)
        )
    )


def passes(session: Session, *moments: datetime) -> None:
    for moment in moments:
        follow_silence(session, moment)
        session.commit()


def test_each_level_is_told_once_and_then_it_expires(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    assert sent.sent_at is not None
    levels = []
    for hours in (11, 12, 12.1, 24, 25, 36, 37):  # urgent: 24 hours, told at half, all, half more
        passes(session, sent.sent_at + timedelta(hours=hours))
        levels.append(session.get_one(Referral, sent.id).told_level)
    assert levels == [0, 1, 1, 2, 2, 3, 3]
    passes(session, sent.sent_at + timedelta(hours=240))
    ended = session.get_one(Referral, sent.id)
    assert (ended.state, ended.sent_stage) == (ReferralState.EXPIRED, SentStage.ACT)
    assert steps(session, sent) == [
        StepKind.SENT,
        *[StepKind.REMINDED] * 3,
        StepKind.EXPIRED,
    ]


def test_a_scheduler_that_was_away_makes_it_up_without_a_storm(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    assert sent.sent_at is not None
    late = sent.sent_at + timedelta(hours=50)
    passes(session, late, late, late, late)
    assert steps(session, sent) == [StepKind.SENT, *[StepKind.REMINDED] * 3]


def test_an_answer_ends_the_telling(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    passes(session, clock.now() + timedelta(days=30))
    assert session.get_one(Referral, sent.id).state is ReferralState.ACCEPTED


def test_while_the_sender_owes_an_answer_the_receiver_is_not_told(session: Session) -> None:
    """And its clock gets back the time that it waited."""
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    asked = whole(session, sent, agencies.officer)
    due = asked.accept_due_at
    answers.ask_information(
        session, actor=actor_of(agencies.officer), referral=asked, question="?", now=clock.now()
    )
    session.commit()
    passes(session, clock.now() + timedelta(hours=30))
    assert session.get_one(Referral, sent.id).told_level == 0
    with time_machine.travel(clock.now() + timedelta(hours=5)):
        again = whole(session, sent, agencies.worker)
        sender.reply_information(
            session, actor=actor_of(agencies.worker), referral=again, answer="!", now=clock.now()
        )
        session.commit()
    assert due is not None and again.accept_due_at is not None
    waited = again.accept_due_at - due
    assert timedelta(hours=4.9) < waited < timedelta(hours=5.1)
    assert again.state is ReferralState.OPENED


def test_a_case_that_ended_takes_its_open_referrals_back(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    whole_case(session, agencies).is_ended = True
    session.commit()
    passes(session, clock.now())
    ended = session.get_one(Referral, sent.id)
    assert (ended.state, ended.recall_reason) == (ReferralState.RECALLED, RecallReason.CASE_ENDED)


@pytest.mark.parametrize("accepted", [False, True])
def test_a_case_with_an_open_referral_does_not_close(session: Session, accepted: bool) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    if accepted:
        accept(session, sent, agencies.officer)
    found = obstacles(session, whole_case(session, agencies))
    assert any("1 phiếu chuyển gửi" in str(one.text) for one in found)
    _finish(session, agencies, sent)
    found = obstacles(session, whole_case(session, agencies))
    assert not any("phiếu chuyển gửi" in str(one.text) for one in found)


def _finish(session: Session, agencies: Agencies, sent: Referral) -> None:
    sender.recall_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, sent, agencies.worker),
        reason="Không còn cần",
        now=clock.now(),
    )
    session.commit()
    of_it = select(CaseEvent.kind).where(CaseEvent.subject_id == sent.id)
    kinds = session.scalars(of_it.order_by(CaseEvent.id)).all()
    assert kinds[-1] is EventKind.REFERRAL_ENDED
