"""One page, one send, several agencies: as the worker meets it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import UnitKind
from app.cases.models import Draft, PlanActivity, Report
from app.core import clock
from app.referrals.enums import ReferralState, Urgency
from app.referrals.models import (
    Agreement,
    Consent,
    Referral,
    ReferralFile,
    ReferralRequest,
    ServiceOffer,
)
from app.referrals.services import answers, requests
from tests.actors import actor_of
from tests.browser import Browser
from tests.referrals.story import (
    DUTY,
    REASON,
    Agencies,
    accept,
    draft,
    make_agencies,
    make_offer,
    send,
    whole,
    whole_case,
    whole_request,
)
from tests.sql import counted

SIX = (
    *("prophylaxis", "crime_report", "child_safety"),
    *("psychology", "school_support", "emergency_care"),
)
GROUND = {"ground": "duty", "ground_reason": DUTY}


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def browser(app: Flask, session: Session, agencies: Agencies) -> Browser:
    return Browser(app, session).sign_in(agencies.worker)


def asked_of(page: BeautifulSoup, **more: Any) -> dict[str, Any]:
    """The words of every draft on a page, and the ground for all."""
    words = {str(one["name"]): REASON for one in page.select("textarea[name$=-reason]")}
    return {**words, **GROUND, "accepts_warnings": "y", **more}


def referrals(session: Session) -> list[Referral]:
    return list(session.scalars(select(Referral).order_by(Referral.id)).unique())


# --- what the child needs


def test_ticked_needs_become_drafts_with_their_urgency(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    case = agencies.case.id
    ticked = {"services": ["health_care", "crime_report"], "urgency_crime_report": "emergency"}
    browser.submit("referrals.new", ticked, case_id=case)
    page = browser.follow()
    assert [one.text for one in page.select(".leaf h2")] == [
        "1Khám, chữa bệnh, phục hồi chức năng",
        "2Tiếp nhận tố giác, xác minh, giám định",
    ]
    hospital, police = referrals(session)
    assert hospital.to_unit_id == agencies.hospital.id
    assert police.urgency is Urgency.EMERGENCY


def test_a_package_is_one_tap(browser: Browser, session: Session, agencies: Agencies) -> None:
    agencies.case.abuse_forms = ["SEXUAL_ABUSE"]
    session.commit()
    page = browser.get("referrals.new", case_id=agencies.case.id)
    assert "tình dục" in page.select_one(".pack-fits .pack-title").text
    browser.submit_page(page, {"package": "sexual_abuse"})
    made = {one.service: one.urgency for one in referrals(session)}
    assert made["prophylaxis"] is Urgency.EMERGENCY and made["school_support"] is Urgency.ROUTINE
    assert len(made) == 6
    assert session.scalars(select(ReferralRequest.package)).one() == "sexual_abuse"


def test_a_package_asks_for_nothing_twice(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    draft(session, agencies, "prophylaxis")
    page = browser.get("referrals.new", case_id=agencies.case.id)
    assert "đang có phiếu" in page.text
    browser.submit_page(page, {"package": "sexual_abuse"})
    services = [one.service for one in referrals(session)]
    assert services.count("prophylaxis") == 1 and len(services) == 6


def test_nothing_ticked_is_said_at_the_list(browser: Browser, agencies: Agencies) -> None:
    page = browser.submit("referrals.new", {}, case_id=agencies.case.id, expect=422)
    assert "ít nhất một việc" in page.select_one(".error-summary").text


def test_a_service_that_is_none_is_refused(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    bad = {"services": ["magic"]}
    browser.submit("referrals.new", bad, case_id=agencies.case.id, expect=422)
    assert referrals(session) == []


# --- one page for all


def _page(browser: Browser, session: Session, agencies: Agencies, *services: str) -> Any:
    asked = draft(session, agencies, *(services or ("health_care",)))
    return browser.get("referrals.request", request_id=asked.id)


def test_six_leave_in_one_transaction(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, *SIX)
    with counted(browser.engine) as seen:
        browser.submit_page(page, asked_of(page, action="send"))
    assert [one.state for one in referrals(session)] == [ReferralState.SENT] * 6
    assert len(seen) <= 40, "\n".join(seen)
    assert "Đã gửi 6 phiếu" in browser.follow().text


def test_a_double_click_sends_once(browser: Browser, session: Session, agencies: Agencies) -> None:
    page = _page(browser, session, agencies)
    for _again in range(2):
        browser.submit_page(page, asked_of(page, action="send"))
    assert len(referrals(session)) == 1


def test_what_is_missing_stands_at_its_field_and_nothing_is_lost(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "health_care", "crime_report")
    assert "tố giác" in page.select_one("[name=drafts-1-reason]").text, "what is usually asked"
    typed = {"drafts-0-reason": "Khám vết bỏng ở tay", "drafts-1-reason": "", "action": "send"}
    refused = browser.submit_page(page, typed, expect=422)
    said = refused.select_one(".error-summary").text
    assert "Phiếu 2. Bạn nhờ đơn vị làm gì: Ghi rõ" in said and "Căn cứ chia sẻ" in said
    assert refused.select_one("[name=drafts-0-reason]").text.strip() == "Khám vết bỏng ở tay"
    assert {one.state for one in referrals(session)} == {ReferralState.DRAFT}
    again = browser.get("referrals.request", request_id=referrals(session)[0].request_id)
    assert again.select_one("[name=drafts-0-reason]").text.strip() == "Khám vết bỏng ở tay"


def test_a_refused_send_stands_on_the_log(
    browser: Browser, session: Session, agencies: Agencies, superuser: Any
) -> None:
    page = _page(browser, session, agencies)
    before = _denials(superuser)
    browser.submit_page(page, {"action": "send"}, expect=422)
    assert _denials(superuser) == before + 1


def _denials(superuser: Any) -> int:
    with superuser.connect() as connection:
        found = "SELECT count(*) FROM audit_events WHERE body::jsonb ->> 'action' = 'auth.denied'"
        return int(connection.exec_driver_sql(found).scalar_one())


def test_a_full_unit_is_shown_with_another_and_one_tick_sends_all_the_same(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "health_care")
    _cover(session, agencies)
    page = browser.get("referrals.request", request_id=asked.id)
    assert page.select(".leaf-warn") == [] and page.select("[name=accepts_warnings]") == []
    _fill_up(session, agencies)
    page = browser.get("referrals.request", request_id=asked.id)
    assert "hết chỗ" in page.select_one(".leaf-warn").text
    bare = asked_of(page, action="send", accepts_warnings=None)
    refused = browser.submit_page(page, bare, expect=422)
    assert "Đọc các lưu ý" in refused.select_one(".error-summary").text
    browser.submit_page(refused, {"action": "send", "accepts_warnings": "y"})
    assert [one.state for one in referrals(session)] == [ReferralState.SENT]


def test_notes_are_asked_to_be_read_only_where_nothing_else_is_to_be_mended(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    own = {"drafts-0-ground": "danger", "drafts-0-ground_reason": "", "accepts_warnings": None}
    refused = browser.submit_page(page, asked_of(page, action="send", **own), expect=422)
    said = refused.select_one(".error-summary").text
    assert "Ghi lý do chia sẻ" in said and "Đọc các lưu ý" not in said


def _fill_up(session: Session, agencies: Agencies) -> None:
    from_hospital = "UPDATE service_offers SET places = 0 WHERE unit_id = %s"
    session.connection().exec_driver_sql(from_hospital, (agencies.hospital.id,))
    session.commit()


def _cover(session: Session, agencies: Agencies) -> None:
    sections = ["identity", "health", "contact", "event", "police_justice"]
    session.add(
        Agreement(
            title="Quy chế phối hợp", number="01/QCPH", parties=list(UnitKind),
            sections=sections, signed_on=clock.today(), by_id=agencies.worker.id,
            recorded_at=clock.now(),
        )
    )  # fmt: skip
    session.commit()


def test_a_share_that_no_agreement_covers_is_warned_of(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    assert "quy chế phối hợp" in page.select_one("aside .leaf-warn").text
    _cover(session, agencies)
    asked = referrals(session)[0].request_id
    assert browser.get("referrals.request", request_id=asked).select(".leaf-warn") == []


def test_two_at_once_the_second_keeps_what_was_typed(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    browser.submit_page(page, {"drafts-0-reason": "Lời của người thứ nhất", "action": "save"})
    second = dict(asked_of(page, action="send"), idempotency_key=str(uuid4()))
    stale = browser.submit_page(page, second, expect=409)
    assert "Có người vừa lưu trước bạn" in stale.text
    assert stale.select_one("[name=drafts-0-reason]").text.strip() == REASON
    assert referrals(session)[0].state is ReferralState.DRAFT
    browser.submit_page(stale, {"action": "send"})
    assert referrals(session)[0].state is ReferralState.SENT


def test_sent_by_a_colleague_meanwhile(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    browser.submit_page(page, asked_of(page, action="send"))
    late = dict(asked_of(page, action="save"), idempotency_key=str(uuid4()))
    browser.submit_page(page, late, expect=409)


def test_the_ground_for_all_fills_every_card_and_one_may_have_its_own(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "health_care", "crime_report")
    own = {"drafts-1-ground": "crime", "drafts-1-ground_reason": "Tố giác hành vi xâm hại"}
    browser.submit_page(page, asked_of(page, action="save", **own))
    hospital, police = referrals(session)
    assert (hospital.ground, police.ground) == ("duty", "crime")
    shown = browser.follow()
    assert shown.select_one("[name=ground][checked]")["value"] == "duty"
    assert shown.select_one("[name=drafts-0-ground] option[selected]")["value"] == ""
    assert shown.select_one("[name=drafts-1-ground] option[selected]")["value"] == "crime"


def test_a_consent_is_chosen_once_and_says_where_it_does_not_reach(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    consent = Consent(
        key=whole_case(session, agencies).child.key, case_id=agencies.case.id, giver="both",
        services=["health_care"], sections=["identity", "health"], given_on=clock.today(),
        by_id=agencies.worker.id, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(consent)
    session.commit()
    page = _page(browser, session, agencies, "health_care", "crime_report")
    ticked = {"drafts-0-sections": ["identity", "health"]}
    chosen = {"ground": "consent", "consent": str(consent.id), "action": "send", **ticked}
    refused = browser.submit_page(page, asked_of(page, **chosen), expect=422)
    assert "không gồm việc này" in refused.select_one("#leaf-" + str(referrals(session)[1].id)).text
    assert (
        "không gồm việc này"
        not in refused.select_one("#leaf-" + str(referrals(session)[0].id)).text
    )


def test_a_consent_says_what_it_covers_and_what_the_child_asks(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    wish = "Em muốn chỉ cô giáo chủ nhiệm biết"
    consent = Consent(
        key=whole_case(session, agencies).child.key, case_id=agencies.case.id, giver="both",
        services=[], sections=["identity"], given_on=clock.today(), note=wish,
        by_id=agencies.worker.id, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(consent)
    session.commit()
    page = _page(browser, session, agencies, "school_support", "health_care")
    said = page.select_one("aside .when-consent")
    assert "Gồm: Nhân thân; mọi việc" in said.text and wish in said.text
    chosen = said.select_one("option[selected]")
    assert chosen["value"] == str(consent.id) and "không gồm đủ phiếu 2" in chosen.text
    refused = browser.submit_page(
        page, asked_of(page, ground="consent", ground_reason="", action="send"), expect=422
    )
    summary = refused.select_one(".error-summary").text
    assert "Phiếu 2. " in summary and "không gồm: Nơi ở, liên hệ, Sức khỏe" in summary


def test_only_sections_of_its_kind_are_offered_and_the_least_is_ticked(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "school_support")
    offered = {str(one["value"]) for one in page.select("[name=drafts-0-sections]")}
    ticked = {str(one["value"]) for one in page.select("[name=drafts-0-sections][checked]")}
    assert offered == {"identity", "education", "contact", "plan"}
    assert ticked == {"identity"}


def test_what_a_kind_of_agency_never_gets_is_refused(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "school_support")
    health = asked_of(page, action="send", **{"drafts-0-sections": ["identity", "health"]})
    refused = browser.submit_page(page, health, expect=422)
    assert "không được gửi cho loại cơ quan này" in refused.text
    assert not refused.select("[name=drafts-0-sections][value=health]")
    browser.submit_page(page, {**health, "action": "save", "idempotency_key": str(uuid4())})
    assert referrals(session)[0].sections == ["identity"]


def test_do_not_contact_blocks_the_contact_with_its_reason(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    agencies.case.do_not_contact = True
    session.commit()
    page = _page(browser, session, agencies)
    assert not page.select("[name=drafts-0-sections][value=contact]")
    assert "không liên hệ người chăm sóc" in page.select_one(".blocked").text
    assert "Không liên hệ" in page.select_one(".alerts-fixed").text
    assert not page.select("[name=alerts][value=do_not_contact]")


def test_a_body_outside_is_named_in_words(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "legal_aid")
    assert page.select_one("[name=drafts-0-unit][checked]")["value"] == "outside"
    nameless = asked_of(page, action="send")
    assert "ghi tên cơ quan" in browser.submit_page(page, nameless, expect=422).text
    named = asked_of(page, action="send", **{"drafts-0-body": "Văn phòng luật sư Sao Mai"})
    browser.submit_page(page, {**named, "idempotency_key": str(uuid4())})
    [one] = referrals(session)
    assert (one.to_unit_id, one.to_body) == (None, "Văn phòng luật sư Sao Mai")


def test_a_unit_that_the_directory_does_not_name_may_be_chosen(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "psychology")
    other = {"drafts-0-unit": "other", "drafts-0-other": str(agencies.school.id)}
    browser.submit_page(page, asked_of(page, action="save", **other))
    shown = browser.follow()
    assert referrals(session)[0].to_unit_id == agencies.school.id
    assert "Danh bạ không ghi" in shown.select_one(".leaf-warn").text


def test_a_unit_that_is_not_offered_is_refused(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    for wrong in (str(agencies.story.unit.id), str(uuid4()), "nonsense"):
        bad = asked_of(page, **{"drafts-0-unit": wrong, "idempotency_key": str(uuid4())})
        browser.submit_page(page, bad, expect=422)
    assert referrals(session)[0].to_unit_id == agencies.hospital.id


def test_a_need_is_added_and_what_was_typed_is_kept(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    more = {"add_service": "school_support", "action": "add"}
    browser.submit_page(page, asked_of(page, **more))
    assert len(browser.follow().select(".leaf")) == 2
    first, second = referrals(session)
    assert (first.reason, second.service) == (REASON, "school_support")
    page = browser.get("referrals.request", request_id=first.request_id)
    none = browser.submit_page(page, {"action": "add"}, expect=422)
    assert "Chọn việc cần thêm" in none.text


def test_a_draft_is_dropped_and_the_others_keep_what_was_typed(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "health_care", "crime_report")
    first, second = referrals(session)
    button = page.select_one(f"#leaf-{second.id} [formaction]")
    page.select_one("#request-form")["action"] = button["formaction"]
    browser.submit_page(page, {"drafts-0-reason": "Khám vết bỏng"})
    assert [(one.id, one.reason) for one in referrals(session)] == [(first.id, "Khám vết bỏng")]
    browser.post(str(button["formaction"]), _bare(page), expect=404)


def _bare(page: BeautifulSoup) -> dict[str, Any]:
    token = page.select_one("#request-form [name=csrf_token]")["value"]
    return {"csrf_token": token, "idempotency_key": str(uuid4())}


def test_a_stale_page_does_not_bring_back_a_dropped_draft(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "health_care", "crime_report")
    drop = page.select(".leaf [formaction]")[1]["formaction"]
    browser.post(str(drop), _bare(page))
    browser.submit_page(page, asked_of(page, action="send"))
    assert [one.service for one in referrals(session)] == ["health_care"]


def test_the_last_draft_dropped_leads_back_to_the_case(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    browser.post(str(page.select_one(".leaf [formaction]")["formaction"]), _bare(page))
    browser.follow(expect=303)
    assert browser.follow().select_one("h1").text == "Chuyển gửi"


def test_a_saved_page_needs_no_personal_draft(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    browser.submit_page(page, {"drafts-0-reason": REASON, "action": "send"}, expect=422)
    assert session.scalars(select(Draft.form)).all() == ["referral"]
    browser.submit_page(page, {**asked_of(page, action="save"), "idempotency_key": str(uuid4())})
    assert session.scalars(select(Draft.form)).all() == []


# --- the case's own page


def test_the_page_of_the_case_shows_states_and_the_other_sides_clock(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies, "health_care", "crime_report")
    browser.submit_page(page, asked_of(page, action="send"))
    shown = browser.follow()
    assert [one.text.strip() for one in shown.select(".rows .status")] == ["Đã gửi", "Đã gửi"]
    assert len(shown.select(".rows [data-due]")) == 2
    assert "Bệnh viện thử" in shown.text


def test_drafts_wait_on_the_page_of_the_case(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    empty = browser.get("referrals.of_case", case_id=agencies.case.id)
    assert "Chưa chuyển gửi đến nơi nào" in empty.text
    asked = draft(session, agencies, "health_care")
    shown = browser.get("referrals.of_case", case_id=agencies.case.id)
    assert shown.select_one(".leaf-wait a")["href"].endswith(str(asked.id))


def test_a_supervisor_reads_states_and_no_name_of_a_body_outside(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "psychology")
    [one] = referrals(session)
    one.to_unit_id, one.to_body = None, "Phòng khám Bình An"
    session.commit()
    page = Browser(app, session).sign_in(agencies.story.supervisor)
    shown = page.get("referrals.of_case", case_id=agencies.case.id)
    assert "Tham vấn" in shown.text and "Bình An" not in shown.text
    assert not shown.select("a[href*=new]")
    page.get("referrals.request", request_id=asked.id, expect=403)


def test_an_ended_case_starts_nothing(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    agencies.case.is_ended = True
    session.commit()
    browser.get("referrals.new", case_id=agencies.case.id, expect=409)
    assert not browser.get("referrals.of_case", case_id=agencies.case.id).select("a[href*=new]")


def test_six_cards_take_few_statements_and_stay_small(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, *SIX).id
    browser.get("referrals.request", request_id=asked)
    with counted(browser.engine) as seen:
        browser.get("referrals.request", request_id=asked)
    assert len(seen) <= 12, "\n".join(seen)
    assert len(browser.response.data) < 100_000, "a phone on a slow line"


def test_a_file_goes_only_where_it_was_picked(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    page = _page(browser, session, agencies)
    bad = asked_of(page, **{"drafts-0-files": str(uuid4())})
    browser.submit_page(page, bad, expect=422)
    assert session.scalars(select(ReferralFile)).all() == []
    assert session.scalars(select(PlanActivity)).all() == []


# --- what was before


def _outcome(session: Session, agencies: Agencies, service: str) -> Referral:
    [one] = send(session, agencies, service)
    accept(session, one, agencies.officer)
    answers.complete_referral(
        session, actor=actor_of(agencies.officer), referral=whole(session, one, agencies.officer),
        outcome="met", note="Đã khám", now=clock.now(),
    )  # fmt: skip
    session.commit()
    return one


def test_a_package_counts_what_is_missing_and_says_what_was_done(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    draft(session, agencies, "crime_report", "child_safety")
    _outcome(session, agencies, "prophylaxis")
    page = browser.get("referrals.new", case_id=agencies.case.id)
    [pack] = [one for one in page.select(".pack") if one.select("[value=sexual_abuse]")]
    assert "Soạn 4 phiếu còn thiếu" in pack.text
    said = [line.text for line in pack.select("li")]
    assert "đã có kết quả" in said[0] and "Đang có phiếu" in said[1]


def test_a_slip_says_that_it_was_done_or_that_this_unit_declined(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    _outcome(session, agencies, "prophylaxis")
    [refused] = send(session, agencies, "health_care")
    answers.decline_referral(
        session, actor=actor_of(agencies.officer),
        referral=whole(session, refused, agencies.officer),
        data=answers.Declined("no_capacity", "Hết giường"), now=clock.now(),
    )  # fmt: skip
    session.commit()
    page = _page(browser, session, agencies, "prophylaxis", "health_care", "psychology")
    said = [" ".join(hint.text for hint in leaf.select(".leaf-hint"))
            for leaf in page.select(".leaf")]  # fmt: skip
    assert "đã có kết quả lúc" in said[0]
    assert "Đơn vị này đã từ chối lúc" in said[1] and "Hết chỗ" in said[1]
    assert said[2] == ""


def test_after_72_hours_the_exam_still_goes_and_it_is_said(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    report = session.get_one(Report, agencies.case.report_id)
    report.event_at = clock.now() - timedelta(hours=71)
    session.commit()
    page = _page(browser, session, agencies, "prophylaxis")
    assert page.select(".leaf-hint") == []
    report.event_at = clock.now() - timedelta(hours=73)
    session.commit()
    asked = referrals(session)[0].request_id
    page = browser.get("referrals.request", request_id=asked)
    assert "Đã quá 72 giờ từ lúc xảy ra" in page.select_one(".leaf-hint").text
    new = browser.get("referrals.new", case_id=agencies.case.id)
    assert "Đã quá 72 giờ" not in new.select_one(".pack").text, "a slip runs already"


def test_therapy_after_sexual_abuse_goes_first_to_who_is_not_her_school(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    session.add(make_offer(agencies.school, "psychology", agencies.teacher))
    session.commit()
    near = draft(session, agencies, "psychology")
    assert referrals(session)[0].to_unit_id == agencies.school.id, "the nearest, else"
    requests.drop_draft(
        session,
        request=whole_request(session, agencies, near),
        referral_id=referrals(session)[0].id,
    )
    session.commit()
    page = browser.get("referrals.new", case_id=agencies.case.id)
    browser.submit_page(page, {"package": "sexual_abuse"})
    to = {one.service: one.to_unit_id for one in referrals(session)}
    assert to["psychology"] == agencies.hospital.id
    shown = {leaf.select_one("h2").text[1:]: leaf.text for leaf in browser.follow().select(".leaf")}
    asks = [name for name, text in shown.items() if "em có đồng ý để nơi này" in text]
    assert len(asks) == 1 and "trường" in shown[asks[0]].lower()


def test_an_old_number_of_places_is_no_promise(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [offer] = session.scalars(select(ServiceOffer).where(ServiceOffer.service == "health_care"))
    offer.places, offer.places_at = 8, clock.now() - timedelta(hours=1)
    session.commit()
    page = _page(browser, session, agencies)
    assert page.select_one(".leaf-facts .status-ok:-soup-contains('còn 8 chỗ')")
    offer.places_at = clock.now() - timedelta(days=13)
    session.commit()
    page = browser.get("referrals.request", request_id=referrals(session)[0].request_id)
    stale = page.select_one(".leaf-facts .status-warn")
    assert "còn 8 chỗ, ghi 13 ngày trước: hãy gọi hỏi" in stale.text


def test_a_lead_who_declined_for_want_of_places_is_led_to_the_directory(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [one] = send(session, agencies, "health_care")
    answers.decline_referral(
        session, actor=actor_of(agencies.lead), referral=whole(session, one, agencies.lead),
        data=answers.Declined("no_capacity", "Hết giường"), now=clock.now(),
    )  # fmt: skip
    session.commit()
    places = "a[href='/referrals/directory/mine']"
    shown = browser.sign_in(agencies.lead).get("referrals.show", referral_id=one.id)
    assert shown.select_one(f".ways {places}") is not None
    shown = browser.sign_in(agencies.officer).get("referrals.show", referral_id=one.id)
    assert shown.select_one(f".ways {places}") is None
