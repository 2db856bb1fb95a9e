"""The receiving side: each answer, each refusal, what is seen before and after."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import AccessReason, CaseAccess
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseEvent, CaseFile, ServiceReceived
from app.core import clock
from app.documents.examine import Examined
from app.documents.vault import keep_file
from app.referrals.enums import ReferralState, StepKind
from app.referrals.models import Consent, Referral, ReferralFile, ReferralStep
from app.referrals.services import answers, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.test_at_once import ready
from tests.evidence import Evidence
from tests.factories import UserFactory
from tests.parts.files import blank_pdf
from tests.referrals.story import (
    REASON,
    Agencies,
    accept,
    make_agencies,
    send,
    whole,
)
from tests.referrals.test_inbox import name_of
from tests.tiers import wide

S = ReferralState
ACCEPT, ASK, DECLINE = "#accept-form", "#ask-form", "#decline-form"
LONG = "Chưa rõ em có dị ứng thuốc nào không"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def browser(app: Flask, session: Session, agencies: Agencies) -> Browser:
    return Browser(app, session).sign_in(agencies.officer)


def state(session: Session, referral: Referral) -> ReferralState:
    session.rollback()
    return session.get_one(Referral, referral.id).state


def steps(session: Session, referral: Referral) -> list[StepKind]:
    session.rollback()
    wanted = select(ReferralStep.kind).where(ReferralStep.referral_id == referral.id)
    return list(session.scalars(wanted.order_by(ReferralStep.at, ReferralStep.id)))


def audited(session: Session, action: AuditAction, **body: object) -> list[dict[str, object]]:
    session.rollback()
    told = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    found = session.scalars(told)
    bodies = [json.loads(event.body) for event in found]
    return [one for one in bodies if body.items() <= one.items()]


def recall(session: Session, agencies: Agencies, referral: Referral) -> None:
    sender.recall_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, referral, agencies.worker),
        reason="Đã có nơi khác",
        now=clock.now(),
    )
    session.commit()


def test_the_first_look_is_told_and_shows_no_word_of_the_file(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id).select_one("main")
    assert page is not None
    for hidden in (name_of(session, agencies), agencies.case.number, REASON):
        assert hidden not in page.text
    assert "Khi nhận, các phần sẽ mở" in page.text and "Trẻ em" in page.text
    assert state(session, one) is S.OPENED
    browser.get("referrals.show", referral_id=one.id)
    assert steps(session, one) == [StepKind.SENT, StepKind.OPENED]
    reads = audited(session, AuditAction.REFERRAL_READ)
    assert len(reads) == 2 and reads[0]["sections"] == []


def test_accepted_it_opens_the_granted_sections_only(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies, sections=("identity",))
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {}, form=ACCEPT)
    main = browser.follow().select_one("main")
    assert main is not None
    assert name_of(session, agencies) in main.text and REASON in main.text
    assert main.select_one("#panel-identity") and not main.select_one("#panel-health")
    assert main.select_one("#contact-form") and not main.select_one(ACCEPT)
    assert state(session, one) is S.ACCEPTED
    read = audited(session, AuditAction.REFERRAL_READ)[-1]
    assert read["sections"] == ["identity"] and read["data"]["view"] == "received"  # type: ignore[index]


@pytest.mark.parametrize("many", [15, pytest.param(50, marks=wide)])
def test_however_many_accept_at_once_one_wins(
    app: Flask,
    session: Session,
    superuser: Engine,
    agencies: Agencies,
    evidence: Evidence,
    many: int,
) -> None:
    [one] = send(session, agencies)
    officers = [
        UserFactory(unit=agencies.hospital, role=agencies.officer.role) for _ in range(many)
    ]
    session.commit()
    sends: list[Callable[[], object]] = []
    for officer in officers:
        browser = Browser(app, session).sign_in(officer)
        sends.append(_ready(browser, one))
    with ThreadPoolExecutor(12) as pool:  # no more than connections; the rest come as they can
        with superuser.begin() as holder:
            holder.exec_driver_sql("SELECT 1 FROM cases FOR UPDATE")
            waiting = [pool.submit(send_one) for send_one in sends]
        given = [one.result() for one in waiting]
    statuses = Counter(answer.status_code for answer in given)  # type: ignore[attr-defined]
    assert statuses == {303: 1, 409: many - 1}
    found = session.get_one(Referral, one.id, populate_existing=True)
    winner = next(user for user in officers if user.id == found.answered_by)
    losers = [answer for answer in given if answer.status_code == 409]  # type: ignore[attr-defined]
    assert all(f"{winner.name} đã trả lời trước bạn" in a.text for a in losers)  # type: ignore[attr-defined]
    assert steps(session, one).count(StepKind.ACCEPTED) == 1
    rows = select(func.count()).where(CaseAccess.reason == AccessReason.REFERRAL)
    assert session.scalar(rows) == 1
    refused = audited(session, AuditAction.REFERRAL_CHANGED, outcome="refused")
    assert len(refused) == many - 1 and refused[0]["data"]["step"] == "accept"  # type: ignore[index]
    evidence("one-wins", "{won} of {sent} won, the rest were told who", won=1, sent=many)


def _ready(browser: Browser, one: Referral) -> Callable[[], object]:
    page = browser.get("referrals.show", referral_id=one.id)
    form = page.select_one(ACCEPT)
    assert form is not None
    body = {str(f["name"]): str(f.get("value", "")) for f in form.select("input[name]")}
    path, client = str(form["action"]), browser.client
    return lambda: browser._alone(client.post, path, data=body)


def test_a_double_click_accepts_once(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    browser.submit_page(page, {}, form=ACCEPT)
    browser.submit_page(page, {}, form=ACCEPT)
    assert steps(session, one).count(StepKind.ACCEPTED) == 1


def test_a_question_stops_the_clock_and_the_reply_is_read_before_the_answer(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    refused = browser.submit_page(page, {"ask-question": "?"}, form=ASK, expect=422)
    assert refused.select_one(".step-now #ask-form .error-summary")
    browser.submit_page(page, {"ask-question": LONG}, form=ASK)
    assert state(session, one) is S.INFO_NEEDED
    sender.reply_information(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, one, agencies.worker),
        answer="Không dị ứng",
        now=clock.now(),
    )
    session.commit()
    text = browser.get("referrals.show", referral_id=one.id).text
    assert LONG in text and "Không dị ứng" in text and REASON not in text


def test_declined_with_its_reason_and_whose_it_is(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    typed: dict[str, object] = {"decline-code": "not_ours", "decline-note": "Việc của công an xã"}
    page = browser.get("referrals.decline", received_id=one.id)
    again = browser.submit_page(page, typed, form=DECLINE, expect=422)
    assert "cơ quan có thẩm quyền" in again.text and "Việc của công an xã" in again.text
    browser.submit_page(page, {**typed, "decline-suggested": "police"}, form=DECLINE)
    found = session.get_one(Referral, one.id)
    assert (found.state, found.decline_code, found.suggested_kind) == (
        S.DECLINED,
        "not_ours",
        "police",
    )
    shown = browser.follow()
    assert "nội dung không mở" in shown.text and "Việc của công an xã" not in shown.text


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        (ACCEPT, {}),
        (ASK, {"ask-question": LONG}),
        (DECLINE, {"decline-code": "no_capacity", "decline-note": LONG}),
    ],
)
def test_an_answer_to_a_recalled_one_is_refused_and_what_was_typed_stays(
    session: Session, agencies: Agencies, browser: Browser, form: str, typed: dict[str, object]
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    recall(session, agencies, one)
    again = browser.submit_page(page, typed, form=form, expect=409)
    assert "Nơi gửi đã thu hồi phiếu này" in again.text
    assert (LONG in again.text) is (form != ACCEPT)
    assert "Trẻ em gái" not in again.text
    assert audited(session, AuditAction.REFERRAL_CHANGED, outcome="refused")
    assert state(session, one) is S.RECALLED


def test_an_answer_that_came_second_names_the_first(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    page = browser.get("referrals.show", referral_id=one.id)
    accept(session, one, agencies.colleague)
    typed: dict[str, object] = {"decline-code": "no_capacity", "decline-note": LONG}
    again = browser.submit_page(page, typed, form=DECLINE, expect=409)
    assert f"{agencies.colleague.name} đã trả lời trước bạn" in again.text
    assert LONG in again.text


def test_a_consent_that_ended_accepts_nothing(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    consent = Consent(
        key=one.key, case_id=one.case_id, giver="both", services=[], sections=one.sections,
        given_on=clock.today(), by_id=agencies.worker.id, recorded_at=clock.now(),
        withdrawn_at=clock.now(),
    )  # fmt: skip
    session.add(consent)
    session.flush()
    session.get_one(Referral, one.id).consent_id = consent.id
    session.commit()
    page = browser.get("referrals.show", referral_id=one.id)
    again = browser.submit_page(page, {}, form=ACCEPT, expect=409)
    assert "đã được rút lại" in again.text
    assert session.scalar(select(func.count()).where(CaseAccess.reason == "referral")) == 0


def test_help_is_recorded_step_by_step_and_the_outcome_is_on_the_timeline(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    browser.submit("referrals.contact", {"contact-note": ""}, form="#contact-form",
                   received_id=one.id)  # fmt: skip
    assert state(session, one) is S.IN_SERVICE
    typed: dict[str, object] = {"deliver-note": "Băng bó, chụp phim", "deliver-quantity": "1"}
    page = browser.get("referrals.show", referral_id=one.id)
    again = browser.submit_page(page, typed, form="#deliver-form", expect=422)
    assert "cả số lượng và đơn vị tính" in again.text
    facts = again.select_one("#referral .facts-list")
    assert facts is not None and "Đang giúp" in facts.text  # not what was undone
    assert state(session, one) is S.IN_SERVICE
    assert session.scalar(select(func.count()).select_from(ServiceReceived)) == 0
    browser.submit_page(page, {"deliver-note": "Băng bó, chụp phim"}, form="#deliver-form")
    assert state(session, one) is S.DELIVERED
    service = session.scalars(select(ServiceReceived)).unique().one()
    assert service.provider_unit_id == agencies.hospital.id
    typed: dict[str, object] = {"complete-outcome": "met", "complete-note": "Vết thương đã lành"}
    browser.submit("referrals.complete", typed, form="#complete-form", received_id=one.id)
    session.rollback()
    event = session.scalars(
        select(CaseEvent).where(CaseEvent.kind == EventKind.REFERRAL_COMPLETED)
    ).unique().one()  # fmt: skip
    assert event.note == "Vết thương đã lành" and event.facts["code"] == "met"
    text = browser.get("referrals.show", referral_id=one.id).text
    assert name_of(session, agencies) in text  # for the days after the outcome


def test_what_was_typed_late_shows_both_times(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    found = session.get_one(Referral, one.id)
    found.sent_at = clock.now() - timedelta(hours=9)
    session.commit()
    answers.record_contact(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        happened_at=clock.now() - timedelta(hours=3),
        note="Gặp tại nhà",
        now=clock.now(),
    )
    session.commit()
    history = browser.get("referrals.show", referral_id=one.id).select_one(".history")
    assert history is not None and "ghi lúc" in history.text
    assert agencies.officer.name in history.text


def test_the_minute_of_sending_is_not_before_it(session: Session, agencies: Agencies) -> None:
    """Times are typed to the minute."""
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    found = whole(session, one, agencies.officer)
    assert found.sent_at is not None
    answers.record_contact(
        session,
        actor=actor_of(agencies.officer),
        referral=found,
        happened_at=found.sent_at.replace(second=0, microsecond=0),
        note=None,
        now=clock.now(),
    )
    assert found.state is S.IN_SERVICE


def test_a_lead_assigns_with_the_load_in_sight(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, two = send(session, agencies, "health_care", "psychology")
    accept(session, one, agencies.officer)
    browser.get("referrals.assign", received_id=two.id, expect=403)
    browser.sign_in(agencies.lead)
    page = browser.get("referrals.assign", received_id=two.id)
    assert f"{agencies.officer.name} (1 phiếu đang mở)" in page.text
    typed: dict[str, object] = {"officer_id": str(agencies.police_officer.id)}
    browser.submit_page(page, typed, form="#assign-form", expect=422)
    page = browser.get("referrals.assign", received_id=two.id)
    browser.submit_page(page, {"officer_id": str(agencies.colleague.id)}, form="#assign-form")
    assert agencies.colleague.name in browser.follow().text
    recall(session, agencies, two)
    page = browser.submit_page(page, {"officer_id": str(agencies.lead.id),
                                      "idempotency_key": "00000000-0000-4000-8000-000000000001"},
                               form="#assign-form", expect=409)  # fmt: skip
    assert "thu hồi" in page.text


def test_a_picked_document_is_read_while_its_section_is_open(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    files = [_file(session, agencies, one, section) for section in (Section.HEALTH, Section.EVENT)]
    other = _file(session, agencies, one, Section.HEALTH)
    session.add_all(ReferralFile(referral_id=one.id, file_id=file.id) for file in files)
    session.commit()
    where: dict[str, Any] = {"received_id": one.id, "packet_file_id": files[0].id}
    browser.get("referrals.file", expect=404, **where)
    accept(session, one, agencies.officer)
    browser.get("referrals.file", **where)
    assert browser.response is not None and browser.response.data == b"served"
    assert audited(session, AuditAction.FILE_READ)
    for closed in (files[1], other):  # of a section that was not granted; not picked
        browser.get("referrals.file", expect=404, received_id=one.id, packet_file_id=closed.id)
    recall(session, agencies, one)
    browser.get("referrals.file", expect=404, **where)
    browser.sign_in(agencies.police_officer).get("referrals.file", expect=404, **where)


def _file(session: Session, agencies: Agencies, one: Referral, section: Section) -> CaseFile:
    now = clock.now()
    stored = keep_file(
        session,
        key=one.key,
        original=blank_pdf(),
        examined=Examined("application/pdf", b"served"),
        by_id=agencies.worker.id,
        now=now,
    )
    file = CaseFile(
        key=one.key, case_id=one.case_id, file_id=stored.id, kind="photo", section=section,
        title="Ảnh", happened_at=now, typed_at=now, by_id=agencies.worker.id,
    )  # fmt: skip
    session.add(file)
    session.flush()
    return file


def test_other_agencies_are_named_by_kind_where_allowed(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [crime] = send(session, agencies, "crime_report", reason="Bố em đánh em")
    accept(session, crime, agencies.police_officer)
    [told] = send(session, agencies, "health_care", tells_others=True)
    [silent] = send(session, agencies, "psychology")
    for one in (told, silent):
        accept(session, one, agencies.officer)
    text = browser.get("referrals.show", referral_id=told.id).text
    assert "Cơ quan khác cũng đang giúp" in text and "Công an" in text
    assert "Bố em đánh em" not in text and crime.number not in text
    text = browser.get("referrals.show", referral_id=silent.id).text
    assert "Cơ quan khác cũng đang giúp" not in text


def test_beside_the_list_it_is_a_panel_and_leads_back_to_the_list(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    listed = browser.get("referrals.inbox")
    link = listed.select_one(".on-desk[hx-get]")
    assert link is not None
    answer = browser._alone(browser.client.get, str(link["hx-get"]), headers={"HX-Request": "true"})
    assert "<html" not in answer.text and 'id="referral"' in answer.text
    assert answer.headers["Vary"].find("HX-Request") >= 0
    assert f"stage=answer&amp;open={one.id}" in answer.text
    foreign = browser._alone(
        browser.client.get, f"/referrals/{one.id}?back=//evil.example/x",
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert "evil" not in foreign.text


def test_ready_forms_are_those_of_the_page(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    """The page of one step is the page of the referral with that form."""
    [one] = send(session, agencies)
    browser = Browser(app, session).sign_in(agencies.officer)
    sent = ready(browser, "referrals.accept", {}, received_id=one.id)()
    assert sent.status_code == 303 and state(session, one) is S.ACCEPTED
