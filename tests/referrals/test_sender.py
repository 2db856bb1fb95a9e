"""The sending side: each step, each refusal, the disagreement and its decision."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, UnitKind
from app.cases.models import Case
from app.core import clock
from app.referrals.enums import ReferralState, SentStage, Stage, StepKind
from app.referrals.errors import DisputePending, ReferralChanged
from app.referrals.models import Referral, ReferralDispute, ServiceOffer
from app.referrals.services import answers, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UserFactory
from tests.referrals.story import (
    REASON,
    Agencies,
    _unit,
    accept,
    make_agencies,
    make_offer,
    send,
    whole,
)
from tests.referrals.test_answers import audited, state, steps
from tests.referrals.test_inbox import name_of, shown

S = ReferralState
LONG = "Em cần được khám ngay hôm nay"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def browser(app: Flask, session: Session, agencies: Agencies) -> Browser:
    return Browser(app, session).sign_in(agencies.worker)


def second_hospital(session: Session, agencies: Agencies, **offer: object) -> Unit:
    unit = _unit(UnitKind.HEALTH, "Bệnh viện hai")
    session.add(make_offer(unit, "health_care", agencies.lead, **offer))
    session.commit()
    return unit


def declined(session: Session, agencies: Agencies, *services: str) -> Referral:
    [one] = send(session, agencies, *services)
    answers.decline_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        data=answers.Declined("no_capacity", "Hết giường từ sáng"),
        now=clock.now(),
    )
    session.commit()
    return one


def test_the_sender_sees_the_words_and_what_is_open_until_when(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    assert REASON in page.text and name_of(session, agencies) in page.text
    assert "Chưa mở" in page.text and state(session, one) is S.SENT
    accept(session, one, agencies.officer)
    assert "Đang mở cho đến khi xong việc" in browser.get("referrals.show", referral_id=one.id).text
    answers.complete_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        outcome="met",
        note="Đã khỏi",
        now=clock.now(),
    )
    session.commit()
    page = browser.get("referrals.show", referral_id=one.id)
    assert "tự đóng" in page.text and "Đã khỏi" in page.text


def test_a_supervisor_follows_without_the_words_of_a_closed_section(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    [crime] = send(session, agencies, "crime_report", reason="Bố em đánh em nhiều lần")
    browser.sign_in(agencies.story.supervisor)
    text = browser.get("referrals.show", referral_id=one.id).text
    assert REASON not in text and "Hết giường từ sáng" not in text
    assert "Hết chỗ, không đủ người" in text and "bạn không mở được phần này" in text
    text = browser.get("referrals.show", referral_id=crime.id).text
    assert "Bố em đánh em" in text  # police and justice are open to this role
    page = browser.get("referrals.sent", stage="act")
    assert shown(page) == [one.number] and agencies.story.unit.short_name in page.text
    browser.get("referrals.recall", referral_id=one.id, expect=403)


def test_the_tabs_mirror_the_other_side(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies, "health_care")
    two, three = send(session, agencies, "psychology", "crime_report")
    accept(session, three, agencies.police_officer)
    assert shown(browser.get("referrals.sent")) == [one.number]
    waiting = browser.get("referrals.sent", stage="waiting")
    assert shown(waiting) == [two.number] and "Trả lời: còn 23 giờ" in " ".join(
        waiting.text.split()
    )
    assert shown(browser.get("referrals.sent", stage="service")) == [three.number]
    card = browser.get("referrals.sent").select_one(".cards > li")
    assert card is not None
    assert card.select_one(".card-verb a")["href"] == f"/referrals/{one.id}/resend"  # type: ignore[index]
    stranger = UserFactory(unit=agencies.police, role=Role.CP_WORKER)
    session.commit()
    assert shown(browser.sign_in(stranger).get("referrals.sent")) == []
    browser.get("referrals.recall", referral_id=one.id, expect=404)


def test_a_question_is_answered_and_the_clock_gets_its_time_back(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    asked_at = clock.now() - timedelta(hours=2)
    answers.ask_information(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        question="Em bao nhiêu cân?",
        now=asked_at,
    )
    session.commit()
    due = session.get_one(Referral, one.id).accept_due_at
    assert due is not None
    page = browser.get("referrals.show", referral_id=one.id)
    assert "Em bao nhiêu cân?" in page.text
    browser.submit_page(page, {"reply-answer": "Khoảng 20 cân"}, form="#reply-form")
    found = session.get_one(Referral, one.id)
    assert found.state is S.OPENED
    assert found.accept_due_at and found.accept_due_at >= due + timedelta(hours=2)
    again = browser.submit_page(
        page,
        {
            "reply-answer": "Khoảng 21 cân",
            "idempotency_key": "00000000-0000-4000-8000-00000000000a",
        },
        form="#reply-form",
        expect=409,
    )
    assert "Khoảng 21 cân" in again.text
    assert audited(session, "referral.changed", outcome="refused")  # type: ignore[arg-type]


def test_recalled_the_other_side_sees_nothing_from_the_next_request_on(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    name = name_of(session, agencies)
    browser.sign_in(agencies.officer)
    assert name in browser.get("referrals.show", referral_id=one.id).text
    browser.sign_in(agencies.worker)
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {"recall-reason": "Em đã về với mẹ"}, form="#recall-form")
    browser.sign_in(agencies.officer)
    text = browser.get("referrals.show", referral_id=one.id).text
    for hidden in (name, REASON, "Em đã về với mẹ", "Trẻ em gái"):
        assert hidden not in text
    assert "không còn mở cho đơn vị bạn" in text


def test_sent_to_another_in_one_click_and_the_history_stays(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, there = declined(session, agencies), second_hospital(session, agencies)
    page = browser.get("referrals.resend", referral_id=one.id)
    places = page.select(".place-list > li")
    assert [place.select_one("b").text for place in places] == ["Bệnh viện hai"]  # type: ignore[union-attr]
    browser.submit_page(page, {}, form=".place-list form")
    again = session.scalars(select(Referral).where(Referral.previous_id == one.id)).unique().one()
    assert (again.to_unit_id, again.state, again.reason) == (there.id, S.SENT, REASON)
    old = session.get_one(Referral, one.id)
    assert (old.state, old.sent_stage, old.stage) == (S.DECLINED, SentStage.DONE, Stage.DONE)
    assert one.number in browser.follow().text
    assert again.number in browser.get("referrals.show", referral_id=one.id).text
    browser.get("referrals.resend", referral_id=one.id, expect=409)
    assert steps(session, one)[-1] is StepKind.RESENT


def test_of_a_case_that_ended_nothing_is_sent_on(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    session.get_one(Case, one.case_id).is_ended = True
    session.commit()
    text = browser.get("referrals.show", referral_id=one.id).text
    assert "Gửi cho đơn vị khác" not in text and "Kết thúc phiếu" in text


def test_what_is_still_open_is_taken_back_when_it_goes_elsewhere(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    second_hospital(session, agencies)
    page = browser.get("referrals.resend", referral_id=one.id)
    assert "thu hồi cùng lúc" in page.text
    browser.submit_page(page, {}, form=".place-list form")
    assert state(session, one) is S.RECALLED
    text = browser.sign_in(agencies.officer).get("referrals.show", referral_id=one.id).text
    assert "Đã gửi cho đơn vị khác" in text and "Bệnh viện hai" not in text


def test_a_warning_stands_beside_the_unit_and_may_be_overruled(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, there = declined(session, agencies), second_hospital(session, agencies)
    page = browser.get("referrals.resend", referral_id=one.id)
    session.scalars(select(ServiceOffer).where(ServiceOffer.unit_id == there.id)).one().places = 0
    session.commit()
    again = browser.submit_page(page, {}, form=".place-list form", expect=422)
    assert "hết chỗ" in again.text and "Vẫn gửi đến đây" in again.text
    assert state(session, one) is S.DECLINED
    assert not session.scalars(select(Referral).where(Referral.previous_id == one.id)).all()
    browser.submit_page(again, {}, form=".place-list form")
    assert session.scalars(select(Referral).where(Referral.previous_id == one.id)).unique().one()


def test_nowhere_and_the_same_unit_are_refused(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    page = browser.get("referrals.resend", referral_id=one.id)
    assert "không còn đơn vị nào khác" in page.text
    again = browser.submit_page(page, {"to_body": ""}, form="#resend-form", expect=422)
    assert "Chọn đơn vị nhận" in again.text
    same: dict[str, object] = {"to_unit_id": str(agencies.hospital.id)}
    again = browser.submit_page(page, same, form="#resend-form", expect=422)
    assert "đơn vị vừa nhận phiếu" in again.text
    browser.submit_page(page, {"to_body": "Bệnh viện Nhi"}, form="#resend-form")
    assert "Bệnh viện Nhi" in browser.follow().text


def test_a_disagreement_is_decided_in_time_and_recorded(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {"dispute-reason": LONG}, form="#dispute-form")
    shown_now = browser.follow()
    assert "Sở Y tế quyết định" in shown_now.text and not shown_now.select_one("#close-form")
    browser.sign_in(agencies.story.supervisor)
    listed = browser.get("referrals.disputes")
    assert one.number in listed.text and "còn" in listed.text
    dispute = session.scalars(select(ReferralDispute)).unique().one()
    decide = browser.get("referrals.decide", dispute_id=dispute.id)
    assert LONG not in decide.text and "bạn không mở được phần này" in decide.text
    browser.submit_page(decide, {"decision": "answer_again"}, form="#decide-form", expect=422)
    typed: dict[str, object] = {
        "decision": "answer_again",
        "answer": "Bệnh viện phải bố trí giường",
    }
    browser.submit_page(decide, typed, form="#decide-form")
    found = session.get_one(Referral, one.id)
    assert (found.state, found.stage, found.is_disputed) == (S.SENT, Stage.ANSWER, False)
    text = browser.sign_in(agencies.officer).get("referrals.show", referral_id=one.id).text
    assert "Bệnh viện phải bố trí giường" in text and LONG not in text
    browser.sign_in(agencies.story.supervisor)
    token = browser.get("referrals.disputes").select_one("input[name=csrf_token]")
    second = {**typed, "decision": "stand", "csrf_token": token["value"]}  # type: ignore[index]
    second["idempotency_key"] = "00000000-0000-4000-8000-00000000000b"  # the stale page
    again = browser.submit_page(decide, second, form="#decide-form", expect=409)
    assert "đã được quyết định" in again.text
    assert "Vừa quyết định" in browser.get("referrals.disputes").text


def test_the_supervisor_finds_it_on_the_first_page(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {"dispute-reason": LONG}, form="#dispute-form")
    home = browser.sign_in(agencies.story.supervisor).get("home.index")
    [first] = home.select("#decisions li")
    assert f"Bất đồng: {one.number}" in first.text and LONG not in first.text
    tile = home.select_one('.tile[href="#decisions"] .tile-value')
    assert tile is not None and tile.text == "1"
    button = first.select_one("a.btn-primary")
    assert button is not None and one.number in browser.open(str(button["href"])).text


def test_while_a_decision_is_awaited_nothing_is_closed_but_the_need_may_go_elsewhere(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one = declined(session, agencies)
    second_hospital(session, agencies)
    actor, now = actor_of(agencies.worker), clock.now()
    found = whole(session, one, agencies.worker)
    sender.raise_dispute(session, actor=actor, referral=found, reason=LONG, now=now)
    session.commit()
    found = whole(session, one, agencies.worker)
    with pytest.raises(DisputePending):
        sender.close_referral(session, actor=actor, referral=found, note=None, now=now)
    session.rollback()
    found = whole(session, one, agencies.worker)
    with pytest.raises(DisputePending):
        sender.raise_dispute(session, actor=actor, referral=found, reason=LONG, now=now)
    session.rollback()
    page = browser.get("referrals.resend", referral_id=one.id)
    browser.submit_page(page, {}, form=".place-list form")
    dispute = session.scalars(select(ReferralDispute)).unique().one()
    browser.sign_in(agencies.story.supervisor)
    decide = browser.get("referrals.decide", dispute_id=dispute.id)
    assert not decide.select_one("input[value=answer_again]")
    typed: dict[str, object] = {"decision": "stand", "answer": "Đã có nơi khác nhận"}
    browser.submit_page(decide, typed, form="#decide-form")
    settled = session.get_one(Referral, one.id)
    assert (settled.stage, settled.sent_stage) == (Stage.DONE, SentStage.DONE)


def test_closed_when_the_outcome_was_read(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    answers.complete_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        outcome="met",
        note="Đã khỏi",
        now=clock.now(),
    )
    session.commit()
    assert shown(browser.get("referrals.sent")) == [one.number]
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {}, form="#close-form")
    assert state(session, one) is S.CLOSED
    browser.submit_page(page, {}, form="#close-form")  # a double click goes where the first led
    found = whole(session, one, agencies.worker)
    with pytest.raises(ReferralChanged):
        sender.close_referral(
            session, actor=actor_of(agencies.worker), referral=found, note=None, now=clock.now()
        )


@pytest.mark.parametrize(("outcome", "goes_on"), [("partly", True), ("met", False)])
def test_a_need_that_was_met_in_part_goes_on_to_another(
    session: Session, agencies: Agencies, browser: Browser, outcome: str, *, goes_on: bool
) -> None:
    [one], there = send(session, agencies), second_hospital(session, agencies)
    accept(session, one, agencies.officer)
    found = whole(session, one, agencies.officer)
    answers.complete_referral(
        session, actor=actor_of(agencies.officer), referral=found, outcome=outcome,
        note="Đã băng bó, cần chuyên khoa", now=clock.now(),
    )  # fmt: skip
    session.commit()
    page = browser.get("referrals.show", referral_id=one.id)
    onward = page.select_one("#now a[href$=resend]")
    assert (onward is not None) is goes_on
    if not goes_on:
        browser.get("referrals.resend", referral_id=one.id, expect=409)
        return
    browser.submit_page(browser.open(str(onward["href"])), {}, form=".place-list form")  # type: ignore[index]
    again = session.scalars(select(Referral).where(Referral.previous_id == one.id)).unique().one()
    assert (again.to_unit_id, again.state) == (there.id, S.SENT)
    old = session.get_one(Referral, one.id)
    assert (old.state, old.sent_stage) == (S.COMPLETED, SentStage.DONE)


def test_what_was_declined_today_is_above_older_results(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """Where no clock runs; a question that waits stays on top of both."""
    [old] = send(session, agencies, "psychology")
    accept(session, old, agencies.officer)
    done = whole(session, old, agencies.officer)
    actor, now = actor_of(agencies.officer), clock.now()
    answers.complete_referral(
        session, actor=actor, referral=done, outcome="met", note="Đã khỏi", now=now
    )
    session.commit()
    [asked] = send(session, agencies, "emergency_care")
    asking = whole(session, asked, agencies.officer)
    answers.ask_information(session, actor=actor, referral=asking, question="Ở đâu?", now=now)
    session.commit()
    new = declined(session, agencies, "health_care")
    page = browser.get("referrals.sent", stage="act")
    assert shown(page) == [asked.number, new.number, old.number]
    rest = browser.get("referrals.sent", stage="act", limit=2).select_one("a[rel=next]")
    assert rest is not None
    assert shown(browser.open(str(rest["href"]))) == [old.number]


def test_the_log_says_which_step_of_which_need(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """Also to a supervisor, to whom the words of health are closed."""
    declined(session, agencies, "health_care")
    browser.sign_in(agencies.story.supervisor)
    path = f"/cases/{agencies.case.id}/timeline?audit=1"
    log = " ".join(browser.open(path).text.split())
    assert "Gửi phiếu. Khám, chữa bệnh" in log and "Hết chỗ, không đủ người." in log
    assert "Từ chối. Khám, chữa bệnh" in log and "Hết giường từ sáng" not in log
