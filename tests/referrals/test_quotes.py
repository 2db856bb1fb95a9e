"""What is answered stands where it is answered: questions, replies, outcomes, reasons."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.referrals.enums import ReferralState, SentStage, Stage, Urgency
from app.referrals.models import Referral
from app.referrals.services import answers, requests, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.referrals.story import Agencies, accept, draft, make_agencies, send, whole

QUESTION = "Em có dị ứng thuốc nào không"
REPLY = "Em dị ứng penicillin, theo sổ khám"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    return Browser(app, session)


def _ask(browser: Browser, agencies: Agencies, one: Referral, step: str = "ask") -> None:
    browser.sign_in(agencies.officer)
    browser.submit(
        "referrals.show",
        {f"{step}-question": QUESTION},
        form=f"#{step}-form",
        referral_id=one.id,
    )


def _reply(browser: Browser, agencies: Agencies, one: Referral) -> None:
    page = browser.sign_in(agencies.worker).get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {"reply-answer": REPLY}, form="#reply-form")


def _quotes(browser: Browser, one: Referral) -> str:
    """Those above the form of the next step."""
    page = browser.get("referrals.show", referral_id=one.id)
    head = page.select_one("#now")
    assert head is None or not head.find_all_next("blockquote")
    return " ".join(quote.text for quote in page.select("blockquote"))


def test_a_question_stands_above_the_reply_and_the_reply_above_the_answer(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies)
    _ask(browser, agencies, one)
    assert QUESTION in _quotes(browser.sign_in(agencies.worker), one)
    assert QUESTION not in _quotes(browser.sign_in(agencies.story.supervisor), one)
    _reply(browser, agencies, one)
    assert REPLY not in _quotes(browser, one)  # the sender knows it
    card = browser.sign_in(agencies.officer).get("referrals.inbox").select_one(".cards > li")
    assert card is not None and "Nơi gửi đã trả lời" in card.text
    said = _quotes(browser, one)
    assert QUESTION in said and REPLY in said
    accept(session, one, agencies.officer)
    assert _quotes(browser, one) == ""
    assert "Nơi gửi đã trả lời" not in browser.get("referrals.inbox", stage="service").text


def test_while_the_sender_is_asked_the_clock_is_said_to_stand_still(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies)
    _ask(browser, agencies, one)
    page = browser.get("referrals.show", referral_id=one.id)
    clocks = page.select_one("[aria-labelledby=clocks-title]")
    assert clocks is not None and "đang dừng, chờ nơi gửi trả lời" in clocks.text
    assert "còn" not in clocks.text


def test_who_helps_may_ask_and_no_clock_stops(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies)
    due = accept(session, one, agencies.officer).contact_due_at
    _ask(browser, agencies, one, "inquire")
    found = whole(session, one, agencies.worker)
    assert (found.state, found.stage) == (ReferralState.ACCEPTED, Stage.SERVICE)
    assert (found.sent_stage, found.contact_due_at) == (SentStage.ACT, due)
    asked = browser.get("referrals.show", referral_id=one.id)
    assert asked.select_one("#inquire-form") is None, "one question at a time"
    listed = browser.sign_in(agencies.worker).get("referrals.sent")
    assert "Nơi nhận hỏi bạn" in listed.text and "Trả lời" in listed.select_one(".card-verb a").text
    assert QUESTION in _quotes(browser, one)
    found, now = whole(session, one, agencies.officer), clock.now()
    answers.record_contact(
        session, actor=actor_of(agencies.officer), referral=found, happened_at=now, note=None,
        now=now,
    )  # fmt: skip
    session.commit()
    assert whole(session, one, agencies.worker).is_asked, "the next step loses no question"
    _reply(browser, agencies, one)
    found = whole(session, one, agencies.worker)
    assert (found.state, found.sent_stage) == (ReferralState.IN_SERVICE, SentStage.SERVICE)
    assert REPLY in _quotes(browser.sign_in(agencies.officer), one)
    assert "Nơi gửi đã trả lời" in browser.get("referrals.inbox", stage="service").text


def test_a_reply_that_nobody_waits_for_is_refused(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies)
    _ask(browser, agencies, one)
    late = browser.sign_in(agencies.worker).get("referrals.show", referral_id=one.id)
    accept(session, one, agencies.officer)
    browser.submit_page(late, {"reply-answer": REPLY}, form="#reply-form", expect=409)


def test_outcome_and_refusal_stand_above_what_is_done_with_them(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    helped, refused = send(session, agencies, "health_care", "psychology")
    accept(session, helped, agencies.officer)
    actor, now = actor_of(agencies.officer), clock.now()
    answers.complete_referral(
        session, actor=actor, referral=whole(session, helped, agencies.officer), outcome="met",
        note="Vết thương đã lành hẳn", now=now,
    )  # fmt: skip
    answers.decline_referral(
        session, actor=actor, referral=whole(session, refused, agencies.officer),
        data=answers.Declined("no_capacity", "Hết giường từ sáng"), now=now,
    )  # fmt: skip
    session.commit()
    browser.sign_in(agencies.worker)
    assert "Vết thương đã lành hẳn" in _quotes(browser, helped)
    assert "Hết giường từ sáng" in _quotes(browser, refused)
    elsewhere = browser.get("referrals.resend", referral_id=refused.id)
    assert "Hết giường từ sáng" in elsewhere.select_one("blockquote").text
    browser.sign_in(agencies.story.supervisor)
    said = _quotes(browser, refused)
    assert "Hết chỗ" in said and "Hết giường" not in said


def test_before_the_answer_the_sender_is_a_call_away_and_what_opens_is_said(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    agencies.story.unit.phone = "0221 3504 766"
    session.commit()
    [one] = send(session, agencies)
    page = browser.sign_in(agencies.officer).get("referrals.show", referral_id=one.id)
    assert page.select_one("a[href='tel:02213504766']") is not None
    opens = "Khi nhận, các phần sẽ mở: Nhân thân, Nơi ở, liên hệ, Sức khỏe"
    assert opens in page.text and "Không gồm địa chỉ" not in page.text
    agencies.case.do_not_contact = True
    session.commit()
    page = browser.get("referrals.show", referral_id=one.id)
    assert opens not in page.text and "Không gồm địa chỉ, số điện thoại" in page.text


@pytest.mark.parametrize(
    ("service", "urgency", "forbidden", "goes"),
    [
        ("emergency_care", Urgency.EMERGENCY, False, True),
        ("child_safety", Urgency.URGENT, False, True),
        ("health_care", Urgency.ROUTINE, False, False),
        ("crime_report", Urgency.EMERGENCY, False, False),
        ("emergency_care", Urgency.EMERGENCY, True, False),
        ("safe_shelter", Urgency.EMERGENCY, False, False),  # nobody offers it: a body outside
    ],
)
def test_who_must_reach_the_child_soon_gets_the_address(
    session: Session,
    agencies: Agencies,
    service: str,
    urgency: Urgency,
    *,
    forbidden: bool,
    goes: bool,
) -> None:
    agencies.case.do_not_contact = forbidden
    session.commit()
    [one] = requests.drafts_of(session, draft(session, agencies, service, urgency=urgency))
    assert ("contact" in one.sections) is goes


def test_a_question_that_came_after_the_end_is_refused(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    page = browser.sign_in(agencies.officer).get("referrals.show", referral_id=one.id)
    sender.recall_referral(
        session, actor=actor_of(agencies.worker), referral=whole(session, one, agencies.worker),
        reason="Nhầm phiếu", now=clock.now(),
    )  # fmt: skip
    session.commit()
    late = {"inquire-question": QUESTION}
    assert QUESTION in browser.submit_page(page, late, form="#inquire-form", expect=409).text
