"""Attacks on the work of referrals: at once, after a move, to the wrong place, twice."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role, Unit, User
from app.cases.models import Case, ServiceReceived
from app.cases.models.plans import PlanState
from app.cases.services.editing import CaseMoved
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.referrals.enums import ReferralState, Urgency
from app.referrals.models import ProsecutionRequest, Referral, RoomTask
from app.referrals.models.prosecution import OwnProsecution
from app.referrals.policy import referral_file
from app.referrals.services import answers, links, prosecution, requests, room, sender
from app.referrals.services.checks import NotReady
from app.referrals.services.sender import NotSentOn
from app.referrals.services.silence import follow_silence
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.plan_story import activity_in, approved, plan_in
from tests.factories import TAN_HUNG, CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.referrals.story import (
    Agencies,
    accept,
    draft,
    make_agencies,
    move,
    send,
    whole,
    whole_case,
    whole_request,
)

FACTS = "Em kể bị đánh nhiều lần"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


# --- locks


def test_the_job_waits_for_cases_in_the_order_that_everybody_keeps(
    app: Flask, session: Session, agencies: Agencies, superuser: Engine
) -> None:
    """Else it holds one case and waits for another, whose holder (many ticked at once) waits for
    it."""
    other = CaseFactory(worked_by=agencies.story.unit, of_child=ChildFactory())
    two = replace(agencies, story=replace(agencies.story, case=other))
    [first], [second] = send(session, agencies, "health_care"), send(session, two, "health_care")
    assert first.case_id < second.case_id
    now = clock.now() + timedelta(days=3)
    first.tell_at, second.tell_at = now - timedelta(hours=1), now - timedelta(hours=2)
    session.commit()
    low, high = first.case_id, second.case_id

    def job() -> int:
        with app.app_context(), db.sessionmaker.begin() as own:
            return follow_silence(own, now)

    with db.sessionmaker.begin() as ticking, ThreadPoolExecutor(1) as pool:
        ticking.execute(select(Case.id).where(Case.id == low).with_for_update(key_share=True))
        running = pool.submit(job)
        wait_until_somebody_waits(superuser)
        free = select(Case.id).where(Case.id == high).with_for_update(key_share=True, nowait=True)
        is_free = ticking.scalar(free) == high
        ticking.rollback()
        assert running.result(timeout=20) == 2
    assert is_free


def wait_until_somebody_waits(superuser: Engine) -> None:
    for _ in range(400):
        with superuser.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_accept_and_decline_at_once_and_exactly_one_wins(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    [sent] = send(session, agencies, "health_care")
    officer = actor_of(agencies.officer)
    referral_id = sent.id

    def attempt(who: Any, step: Callable[[Session, Referral], None]) -> bool:
        with app.app_context(), db.sessionmaker() as own:
            wanted = referral_file(who).where(Referral.id == referral_id)
            found = own.scalars(wanted).unique().one()
            try:
                step(own, found)
                own.commit()
            except DomainError:
                own.rollback()
                return False
            return True

    now = clock.now()
    refused = answers.Declined("no_capacity", "Hết giường")
    steps = [
        (officer, lambda s, r: answers.accept_referral(s, actor=officer, referral=r, now=now)),
        (
            officer,
            lambda s, r: answers.decline_referral(
                s, actor=officer, referral=r, data=refused, now=now
            ),
        ),
    ] * 3
    with ThreadPoolExecutor(6) as pool:
        won = [one.result() for one in [pool.submit(attempt, *step) for step in steps]]
    assert won.count(True) == 1
    session.expire_all()
    state = session.get_one(Referral, referral_id).state
    opened = session.scalars(select(CaseAccess.id).where(CaseAccess.reason == "referral")).all()
    assert len(opened) == (1 if state is ReferralState.ACCEPTED else 0)


# --- after a move


@pytest.mark.parametrize("step", ["recall", "resend", "link"])
def test_who_lost_the_case_a_moment_ago_takes_no_step(
    session: Session, agencies: Agencies, step: str
) -> None:
    """Their page was loaded, and their right looked at, before the move."""
    there = UnitFactory(commune_code=TAN_HUNG).id
    to = sender.Elsewhere(agencies.hospital.id)
    [sent] = send(session, agencies, "health_care", to_unit_id=None, to_body="Trạm xa")
    actor, now = actor_of(agencies.worker), clock.now()
    old = whole(session, sent, agencies.worker)
    with db.sessionmaker.begin() as other:
        other.execute(
            text("UPDATE cases SET unit_id = :unit, version = version + 1 WHERE id = :id"),
            {"unit": there, "id": old.case_id},
        )
    steps: dict[str, Callable[[], object]] = {
        "recall": lambda: sender.recall_referral(
            session, actor=actor, referral=old, reason="Nhầm nơi", now=now
        ),
        "resend": lambda: sender.resend_referral(
            session, actor=actor, referral=old, to=to, accepts_warnings=True, now=now
        ),
        "link": lambda: links.make_link(session, actor=actor, referral=old, now=now),
    }
    with pytest.raises(CaseMoved):
        steps[step]()


def test_what_the_old_unit_was_to_do_is_the_new_unit_s_task(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """A task of nobody is done by nobody."""
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    case = whole(session, sent, agencies.officer).case
    for to in (agencies.story.unit.id, agencies.hospital.id):
        by = agencies.officer if to == agencies.story.unit.id else agencies.worker
        data = room.TaskData(to, "Đưa em đi khám", clock.today())
        room.give_task(session, actor=actor_of(by), case=case, data=data, now=clock.now())
    session.commit()
    receiver = move(session, agencies)
    units = set(session.scalars(select(RoomTask.to_unit_id)))
    assert units == {receiver.unit_id, agencies.hospital.id}
    page = browser.sign_in(receiver).get("room.of_case", case_id=agencies.case.id)
    assert "Đưa em đi khám" in page.text


def test_the_new_unit_signs_a_request_to_prosecute_of_its_own(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """Not under the head and in the numbers of the unit that had the case before."""
    drafted(session, agencies)
    receiver = move(session, agencies)
    assert session.scalars(select(ProsecutionRequest.unit_id)).one() == receiver.unit_id
    there = session.get_one(Unit, receiver.unit_id)
    chair = UserFactory(unit=there, role=Role.COMMUNE_CHAIR)
    where = {"case_id": agencies.case.id}
    browser.sign_in(receiver)
    page = browser.get("prosecution.index", **where)
    browser.submit_page(page, {}, form="#submit-request")
    browser.sign_in(chair).submit("prosecution.sign", {"decision": "sign"}, **where)
    made = session.scalars(select(ProsecutionRequest)).unique().one()
    assert (made.number, made.unit_id) == ("01/KN-UBND", receiver.unit_id)


def drafted(session: Session, agencies: Agencies) -> ProsecutionRequest:
    made = prosecution.save_request(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        data=prosecution.DraftText(agencies.police.id, FACTS, None, "Viện kiểm sát", ()),
        now=clock.now(),
    )
    session.commit()
    return made


# --- the request to prosecute


def test_nobody_signs_what_they_drafted_themselves(session: Session, agencies: Agencies) -> None:
    """A worker who became Chair meanwhile."""
    drafted(session, agencies)
    case = whole_case(session, agencies)
    prosecution.submit_request(session, actor=actor_of(agencies.worker), case=case, now=clock.now())
    session.commit()
    session.get_one(User, agencies.worker.id).role = Role.COMMUNE_CHAIR
    session.commit()
    version = session.scalars(select(ProsecutionRequest.version)).one()
    with pytest.raises(OwnProsecution):
        prosecution.sign_request(
            session,
            actor=actor_of(agencies.worker),
            case=whole_case(session, agencies),
            number="01/KN-UBND",
            version=version,
            now=clock.now(),
        )
    session.rollback()
    assert session.scalars(select(Referral.id)).all() == []


def test_a_signed_request_goes_to_whom_it_names_and_nobody_else(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    drafted(session, agencies)
    prosecution.submit_request(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        now=clock.now(),
    )
    session.commit()
    chair = agencies.story.chair
    browser.sign_in(chair)
    browser.submit("prosecution.sign", {"decision": "sign"}, case_id=agencies.case.id)
    referral = session.scalars(select(Referral)).unique().one()
    with pytest.raises(NotSentOn):
        sender.resend_referral(
            session,
            actor=actor_of(agencies.worker),
            referral=whole(session, referral, agencies.worker),
            to=sender.Elsewhere(None, "Văn phòng luật sư"),
            accepts_warnings=True,
            now=clock.now(),
        )
    session.rollback()
    page = browser.sign_in(agencies.worker).get("referrals.show", referral_id=referral.id)
    assert "/resend" not in str(page)
    browser.get("referrals.resend", referral_id=referral.id, expect=409)


# --- the wrong place


def test_a_kind_of_agency_that_does_no_such_work_is_refused(
    session: Session, agencies: Agencies
) -> None:
    """By an id typed into a hidden field: what was written for a hospital is no school's."""
    [sent] = send(session, agencies, "health_care")
    for unit in (agencies.school, agencies.police, agencies.story.supervisor):
        with pytest.raises(NotReady):
            sender.resend_referral(
                session,
                actor=actor_of(agencies.worker),
                referral=whole(session, sent, agencies.worker),
                to=sender.Elsewhere(getattr(unit, "unit_id", unit.id)),
                accepts_warnings=True,
                now=clock.now(),
            )
        session.rollback()


# --- the log


def test_an_attempt_that_came_too_late_is_on_the_log_once(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [sent] = send(session, agencies, "health_care")
    browser.sign_in(agencies.officer)
    page = browser.get("referrals.show", referral_id=sent.id)
    recalled = whole(session, sent, agencies.worker)
    actor = actor_of(agencies.worker)
    sender.recall_referral(
        session, actor=actor, referral=recalled, reason="Nhầm nơi", now=clock.now()
    )
    session.commit()
    browser.submit_page(page, {}, form='form[action$="/accept"]', expect=409)
    tried = session.scalars(
        select(AuditEvent.action).where(
            AuditEvent.outcome.in_(("refused", "denied")),
            AuditEvent.actor_id == agencies.officer.id,
        )
    ).all()
    assert len(tried) == 1, tried


# --- many


def test_no_request_grows_beyond_what_its_page_can_show(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """Added one by one; a page that cannot be opened any more has lost every draft."""
    made = draft(session, agencies, "health_care")
    whole_one = whole_request(session, agencies, made)
    requests.add_drafts(
        session,
        actor=actor_of(agencies.worker),
        request=whole_one,
        case=whole_one.case,
        needs=[requests.Need("psychology", Urgency.ROUTINE)] * 11,
        now=clock.now(),
    )
    session.commit()
    page = browser.sign_in(agencies.worker).get("referrals.request", request_id=made.id)
    more = {"action": "add", "add_service": "health_care"}
    answer = browser.submit_page(page, more, expect=422)
    assert "Nhiều nhất 12 việc" in answer.text
    page = browser.get("referrals.request", request_id=made.id)
    assert len(page.select('input[name$="draft_id"]')) == 12


# --- a plan that changes meanwhile


def test_help_is_told_though_the_plan_is_being_changed(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """The officer cannot know, and what was done for the child must not be lost."""
    approved(browser, agencies.story)
    [sent] = send(session, agencies, "health_care")
    session.get_one(Referral, sent.id).activity_id = activity_in(session).id
    session.commit()
    accept(session, sent, agencies.officer)
    plan_in(session).state = PlanState.DRAFT
    session.commit()
    browser.sign_in(agencies.officer)
    page = browser.get("referrals.show", referral_id=sent.id)
    form = 'form[action$="/deliver"]'
    browser.submit_page(page, {"deliver-note": "Đã băng vết thương"}, form=form)
    assert session.get_one(Referral, sent.id).state is ReferralState.DELIVERED
    assert session.scalars(select(ServiceReceived.activity_id)).all() == [None]
