"""The request to prosecute: drafted, signed, sent with its documents, the procuracy told, answered
(TTLT 01/2022, art. 8)."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.models import Role, UnitKind, UnitLevel, User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseEvent
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.referrals.enums import ProsecutionState, ReferralKind, ReferralState, ResultSource
from app.referrals.models import ProsecutionRequest, ProsecutionResult, Referral, ReferralFile
from app.referrals.models.prosecution import ProsecutionChanged
from app.referrals.services import prosecution
from app.referrals.services.sender import recall_referral
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.referrals.story import (
    WOUND,
    Agencies,
    accept,
    add_file,
    make_agencies,
    send,
    whole,
    whole_case,
)

FACTS = "Ngày 03/02 em kể bị sờ vào người nhiều lần"
PROCURACY = "Viện kiểm sát nhân dân khu vực 1"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


def typed(agencies: Agencies, **over: Any) -> dict[str, Any]:
    values = {"to_unit_id": str(agencies.police.id), "facts": FACTS, "procuracy": PROCURACY}
    return {**values, **over}


def draft(browser: Browser, agencies: Agencies, expect: int = 303, **over: Any) -> BeautifulSoup:
    browser.sign_in(agencies.worker)
    data = typed(agencies, **over)
    return browser.submit("prosecution.edit", data, expect=expect, case_id=agencies.case.id)


def submit(browser: Browser, agencies: Agencies) -> None:
    page = browser.sign_in(agencies.worker).get("prosecution.index", case_id=agencies.case.id)
    browser.submit_page(page, {}, form="#submit-request")


def sign(browser: Browser, agencies: Agencies, expect: int = 303, **over: Any) -> BeautifulSoup:
    browser.sign_in(agencies.story.chair)
    data = {"decision": "sign", **over}
    return browser.submit("prosecution.sign", data, expect=expect, case_id=agencies.case.id)


def signed(browser: Browser, session: Session, agencies: Agencies) -> ProsecutionRequest:
    draft(browser, agencies)
    submit(browser, agencies)
    sign(browser, agencies)
    return only(session)


def only(session: Session) -> ProsecutionRequest:
    return session.scalars(select(ProsecutionRequest)).unique().one()


def kinds(session: Session) -> list[EventKind]:
    return list(session.scalars(select(CaseEvent.kind)))


def day(offset: int = 0) -> str:
    return f"{clock.today() + timedelta(days=offset):%d/%m/%Y}"


def result_of(code: str, note: str = "", offset: int = 0) -> dict[str, Any]:
    return {"code": code, "decided_on": day(offset), "number": "12/QĐ-CSĐT", "note": note}


# --- drafted and signed


def test_signed_it_is_numbered_and_on_its_way_at_once(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    assert (request.number, request.state) == ("01/KN-UBND", ProsecutionState.SIGNED)
    referral = session.get_one(Referral, request.referral_id)
    assert (referral.kind, referral.service, referral.state) == (
        ReferralKind.PROSECUTION,
        "crime_report",
        ReferralState.SENT,
    )
    assert (referral.to_unit_id, referral.ground) == (agencies.police.id, "crime")
    assert {EventKind.PROSECUTION_SIGNED, EventKind.REFERRAL_SENT} <= set(kinds(session))
    page = browser.sign_in(agencies.worker).get("prosecution.index", case_id=agencies.case.id)
    assert "Báo Viện kiểm sát ngay" in page.text


def test_it_goes_although_the_police_already_have_a_report(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    send(session, agencies, "crime_report")
    assert signed(browser, session, agencies).referral_id is not None


def test_the_documents_go_along_with_their_sections(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    closed = add_file(session, agencies, Section.EDUCATION, WOUND)
    page = browser.sign_in(agencies.worker).get("prosecution.edit", case_id=agencies.case.id)
    offered = {str(box["value"]) for box in page.select("[name=file_ids]")}
    assert offered == {str(file.id)}, f"not {closed.id}: no packet of the police holds it"
    draft(browser, agencies, file_ids=[str(file.id)])
    submit(browser, agencies)
    sign(browser, agencies)
    referral = session.get_one(Referral, only(session).referral_id)
    assert set(referral.sections) == {"identity", "event", "police_justice", "health"}
    assert session.scalars(select(ReferralFile.file_id)).all() == [file.id]


def test_the_chair_gives_it_back_with_a_reason(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    draft(browser, agencies)
    submit(browser, agencies)
    sign(browser, agencies, 422, decision="return")
    sign(browser, agencies, decision="return", reason="Thiếu giờ xảy ra")
    page = browser.sign_in(agencies.worker).get("prosecution.index", case_id=agencies.case.id)
    assert "Thiếu giờ xảy ra" in page.text
    sign_page = browser.sign_in(agencies.story.chair)
    sign_page.get("prosecution.sign", case_id=agencies.case.id, expect=409)
    assert session.scalars(select(Referral.id)).all() == []


def test_the_worker_does_not_sign_nor_the_chair_draft(browser: Browser, agencies: Agencies) -> None:
    where = {"case_id": agencies.case.id}
    browser.sign_in(agencies.worker).get("prosecution.sign", expect=403, **where)
    browser.sign_in(agencies.story.chair).get("prosecution.edit", expect=403, **where)


def test_the_chair_signs_what_was_shown(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    """The worker changed the draft after the Chair opened it."""
    draft(browser, agencies)
    submit(browser, agencies)
    seen = only(session).version
    draft(browser, agencies, facts="Khác hẳn")
    submit(browser, agencies)
    with pytest.raises(StaleEdit):
        prosecution.sign_request(
            session,
            actor=actor_of(agencies.story.chair),
            case=whole_case(session, agencies),
            number="01/KN-UBND",
            version=seen,
            now=clock.now(),
        )


def test_two_workers_at_once_lose_nothing(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    browser.sign_in(agencies.worker)
    stale = browser.get("prosecution.edit", case_id=agencies.case.id)
    browser.submit("prosecution.edit", typed(agencies), case_id=agencies.case.id)
    page = browser.submit_page(stale, typed(agencies, facts="Chữ của người thứ hai"), expect=409)
    assert "Chữ của người thứ hai" in page.text
    assert only(session).facts == FACTS


def test_a_double_click_signs_once(browser: Browser, session: Session, agencies: Agencies) -> None:
    draft(browser, agencies)
    submit(browser, agencies)
    page = browser.sign_in(agencies.story.chair).get("prosecution.sign", case_id=agencies.case.id)
    for _ in range(2):
        browser.submit_page(page, {"decision": "sign"})
    assert len(session.scalars(select(Referral.id)).all()) == 1


@pytest.mark.parametrize("number", ["", "12", "12/QĐ-UBND", "Nguyễn Văn A"])
def test_a_number_is_a_number_of_its_kind(
    browser: Browser, agencies: Agencies, number: str
) -> None:
    draft(browser, agencies)
    submit(browser, agencies)
    page = sign(browser, agencies, 422, number=number)
    assert page.select_one('.error-summary a[href="#number"]') is not None


def test_a_number_is_given_once_a_year(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    signed(browser, session, agencies)
    draft(browser, agencies)
    submit(browser, agencies)
    page = sign(browser, agencies, 422, number="01/KN-UBND")
    assert "đã dùng" in page.text
    sign(browser, agencies, number="02/KN-UBND")


@pytest.mark.parametrize("field", ["to_unit_id", "facts", "procuracy"])
def test_what_is_missing_is_said_at_its_field(
    browser: Browser, session: Session, agencies: Agencies, field: str
) -> None:
    page = draft(browser, agencies, 422, **{field: ""})
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert session.scalars(select(ProsecutionRequest.id)).all() == []


def test_it_goes_to_the_police_and_nobody_else(session: Session, agencies: Agencies) -> None:
    data = prosecution.DraftText(agencies.hospital.id, FACTS, None, PROCURACY, ())
    with pytest.raises(InvalidInput, match="to_unit_id"):
        prosecution.save_request(
            session,
            actor=actor_of(agencies.worker),
            case=whole_case(session, agencies),
            data=data,
            now=clock.now(),
        )


def test_the_chair_finds_first_what_waits_for_the_signature(
    browser: Browser, agencies: Agencies
) -> None:
    draft(browser, agencies)
    chair = agencies.story.chair
    page = browser.sign_in(chair).get("home.index")
    assert "Kiến nghị khởi tố" not in page.text, "a draft is still the worker's"
    submit(browser, agencies)
    first = browser.sign_in(chair).get("home.index").select_one("#decisions li")
    assert first is not None and f"Kiến nghị khởi tố: {agencies.case.number}" in first.text
    assert agencies.worker.name in first.text and "trình ký" in first.text
    button = first.select_one("a.btn")
    assert button is not None
    browser.submit_page(browser.open(str(button["href"])), {"decision": "sign"})
    assert "Kiến nghị khởi tố" not in browser.get("home.index").text


def test_who_signs_sees_all_that_is_signed(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    draft(browser, agencies, suspect="Người hàng xóm", file_ids=[str(file.id)])
    submit(browser, agencies)
    where = {"case_id": agencies.case.id}
    summary = browser.get("prosecution.index", **where)
    page = browser.sign_in(agencies.story.chair).get("prosecution.sign", **where)
    for words in (FACTS, PROCURACY, "Người hàng xóm", agencies.police.name, file.title or "?"):
        assert words in page.text, words
        assert words in summary.text, words
    paper = next(a for a in page.select("main a") if "Xem bản thảo" in a.text)
    answer = browser._alone(browser.client.get, str(paper["href"]))
    assert "DỰ THẢO" in PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    # what belongs to one choice only stands with it
    assert page.select_one(".only-sign #number") and page.select_one(".only-return #reason")


def test_nobody_else_is_asked_to_sign(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    draft(browser, agencies)
    submit(browser, agencies)
    elsewhere = UserFactory(role=Role.COMMUNE_CHAIR)
    for other in (elsewhere, agencies.worker, agencies.story.supervisor):
        assert "Kiến nghị khởi tố" not in browser.sign_in(other).get("home.index").text


# --- the procuracy


def test_the_procuracy_is_told_once_in_writing(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    where = {"case_id": agencies.case.id, "prosecution_id": request.id}
    browser.sign_in(agencies.worker)
    for wrong in (
        {"informed_on": day(1), "number": "03/TB-UBND"},
        {"informed_on": day(-1), "number": "03/TB-UBND"},
        {"informed_on": day(), "number": "Nguyễn Văn A"},
    ):
        browser.submit("prosecution.procuracy", wrong, expect=422, **where)
    page = browser.get("prosecution.procuracy", **where)
    browser.submit_page(page, {"informed_on": day(), "number": "03/TB-UBND"})
    assert only(session).informed_number == "03/TB-UBND"
    assert EventKind.PROCURACY_INFORMED in kinds(session)
    with pytest.raises(ProsecutionChanged):
        prosecution.inform_procuracy(
            session,
            actor=actor_of(agencies.worker),
            case=whole_case(session, agencies),
            request=only(session),
            on=clock.today(),
            number="04/TB-UBND",
            now=clock.now(),
        )


def test_until_it_is_told_it_is_the_first_thing_of_the_day(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    draft(browser, agencies)
    submit(browser, agencies)
    case = {"case_id": agencies.case.id}
    waiting = browser.sign_in(agencies.story.chair).get("cases.show", **case)
    assert "Kiến nghị khởi tố chờ bạn ký" in waiting.text
    sign(browser, agencies)
    assert "chờ bạn ký" not in browser.get("cases.show", **case).text
    browser.sign_in(agencies.worker)
    assert "Báo Viện kiểm sát về 01/KN-UBND" in browser.get("cases.show", **case).text
    rows = browser.get("home.index").select(".rows li")
    first = next(row for row in rows if "Báo Viện kiểm sát về kiến nghị khởi tố" in row.text)
    assert first.select_one(".chip-warn") is not None
    button = first.select_one("a.btn")
    assert button is not None
    page = browser.open(str(button["href"]))
    browser.submit_page(page, {"informed_on": day(), "number": "03/TB-UBND"})
    for endpoint, where in (("home.index", {}), ("cases.show", case)):
        assert "Báo Viện kiểm sát về" not in browser.get(endpoint, **where).text


# --- the result


def _accepted(session: Session, request: ProsecutionRequest, by: User) -> Referral:
    return accept(session, session.get_one(Referral, request.referral_id), by)


def test_the_officer_records_the_result_and_the_request_is_answered(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    browser.sign_in(agencies.police_officer)
    where = {"received_id": request.referral_id}
    browser.get("prosecution.received_result", expect=409, **where)  # not accepted yet
    referral = _accepted(session, request, agencies.police_officer)
    browser.submit("prosecution.received_result", result_of("not_prosecuted"), expect=422, **where)
    data = result_of("not_prosecuted", "Không đủ chứng cứ")
    browser.submit("prosecution.received_result", data, **where)
    result = session.scalars(select(ProsecutionResult)).unique().one()
    assert (result.source, result.note) == (ResultSource.OFFICER, "Không đủ chứng cứ")
    assert session.get_one(Referral, referral.id).state is ReferralState.COMPLETED
    assert {EventKind.PROSECUTION_RESULT, EventKind.REFERRAL_COMPLETED} <= set(kinds(session))
    page = browser.sign_in(agencies.worker).get("prosecution.index", case_id=agencies.case.id)
    assert "Không đủ chứng cứ" in page.text and "cán bộ điều tra ghi" in page.text


def test_the_worker_records_it_from_a_letter_and_a_later_one_too(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    where = {"case_id": agencies.case.id, "prosecution_id": request.id}
    browser.sign_in(agencies.worker)
    for wrong in (result_of("prosecuted", offset=1), result_of("prosecuted", offset=-1)):
        browser.submit("prosecution.result", wrong, expect=422, **where)
    browser.submit("prosecution.result", result_of("suspended", "Chờ giám định"), **where)
    browser.submit("prosecution.result", result_of("prosecuted"), **where)
    codes = session.scalars(select(ProsecutionResult.code).order_by(ProsecutionResult.at)).all()
    assert codes == ["suspended", "prosecuted"]


def test_another_unit_records_nothing(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    _accepted(session, request, agencies.police_officer)
    where = {"received_id": request.referral_id}
    browser.sign_in(agencies.officer).get("prosecution.received_result", expect=404, **where)
    [other] = send(session, agencies, "health_care")
    accept(session, other, agencies.officer)
    where = {"received_id": other.id}
    browser.get("prosecution.received_result", expect=404, **where)


def test_the_police_read_the_facts_after_they_accepted(
    session: Session, browser: Browser, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    referral = session.get_one(Referral, request.referral_id)
    assert whole(session, referral, agencies.police_officer).reason == FACTS


# --- the paper


def test_the_paper_is_an_official_letter(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    where = f"/referrals/cases/{agencies.case.id}/prosecution/{request.id}/request.pdf"
    browser.sign_in(agencies.worker)
    answer = browser._alone(browser.client.get, where)
    printed = " ".join(
        " ".join(page.extract_text().split()) for page in PdfReader(BytesIO(answer.data)).pages
    )
    for words in ("KIẾN NGHỊ", "01/KN-UBND", "Công an thử", FACTS, PROCURACY, "01/2022/TTLT"):
        assert words in printed, words
    assert "DỰ THẢO" not in printed


def test_the_investigating_agency_of_the_province_is_addressed_by_its_own_name(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    name = "Cơ quan Cảnh sát điều tra Công an tỉnh"
    unit = UnitFactory(kind=UnitKind.POLICE, level=UnitLevel.PROVINCE, name=name, commune_code=None)
    draft(browser, agencies, to_unit_id=str(unit.id))
    path = f"/referrals/cases/{agencies.case.id}/prosecution/{only(session).id}/request.pdf"
    answer = browser._alone(browser.client.get, path)
    printed = " ".join(PdfReader(BytesIO(answer.data)).pages[0].extract_text().split())
    assert name in printed and "Cơ quan Cảnh sát điều tra, " not in printed


def test_a_draft_says_so(browser: Browser, session: Session, agencies: Agencies) -> None:
    draft(browser, agencies)
    path = f"/referrals/cases/{agencies.case.id}/prosecution/{only(session).id}/request.pdf"
    answer = browser._alone(browser.client.get, path)
    assert "DỰ THẢO" in PdfReader(BytesIO(answer.data)).pages[0].extract_text()


# --- what reaches the investigators


def _paper(browser: Browser, referral_id: Any, status: int = 200) -> str:
    answer = browser._alone(browser.client.get, f"/referrals/{referral_id}/prosecution.pdf")
    assert answer.status_code == status
    if status != 200:
        return ""
    pages = PdfReader(BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_investigators_know_it_from_an_ordinary_report_and_get_the_signed_letter(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    draft(browser, agencies, suspect="Người hàng xóm", file_ids=[str(file.id)])
    submit(browser, agencies)
    sign(browser, agencies)
    request = only(session)
    [other] = send(session, agencies, "child_safety")
    browser.sign_in(agencies.police_officer)
    inbox = browser.get("referrals.inbox")
    marked = [li for li in inbox.select(".cards > li") if "Kiến nghị khởi tố 01/KN-UBND" in li.text]
    assert [li["id"] for li in marked] == [f"r-{request.referral_id}"] and other.id
    closed = browser.get("referrals.show", referral_id=request.referral_id)
    assert "Kiến nghị khởi tố 01/KN-UBND" in closed.text
    for words in (FACTS, "Người hàng xóm", PROCURACY, str(file.title), "prosecution.pdf"):
        assert words not in str(closed), words
    _paper(browser, request.referral_id, 404)
    referral = _accepted(session, request, agencies.police_officer)
    shown = browser.get("referrals.show", referral_id=referral.id)
    letter = shown.select_one(".letter")
    assert (
        letter is not None and "Tải văn bản đã ký" in letter.text and str(file.title) in letter.text
    )
    printed = _paper(browser, referral.id)
    signer = agencies.story.chair.name
    for words in ("01/KN-UBND", FACTS, "Người hàng xóm", PROCURACY, str(file.title), signer):
        assert words in printed, words
    assert "DỰ THẢO" not in printed


def test_the_letter_closes_with_its_packet(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    referral = _accepted(session, request, agencies.police_officer)
    browser.sign_in(agencies.police_officer)
    assert FACTS in _paper(browser, referral.id)
    browser.sign_in(agencies.officer)
    _paper(browser, referral.id, 404)  # another agency
    browser.sign_in(agencies.police_officer)
    access = session.get_one(CaseAccess, referral.access_id)
    access.sections = [name for name in access.sections if name != "police_justice"]
    session.commit()
    _paper(browser, referral.id, 404)
    access.sections = [*access.sections, "police_justice"]
    session.commit()
    assert FACTS in _paper(browser, referral.id)
    sender = whole(session, session.get_one(Referral, referral.id), agencies.worker)
    recall_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=sender,
        reason="Nhầm nơi",
        now=clock.now(),
    )
    session.commit()
    _paper(browser, referral.id, 404)
    gone = browser.get("referrals.show", referral_id=referral.id)
    assert "KN-UBND" not in gone.text


def test_who_read_the_letter_stands_on_the_log(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    request = signed(browser, session, agencies)
    referral = _accepted(session, request, agencies.police_officer)
    browser.sign_in(agencies.police_officer)
    _paper(browser, referral.id)
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.actor_id == agencies.police_officer.id)
    )
    told = {event.action: json.loads(event.body) for event in events}
    printed, read = told[AuditAction.DOCUMENT_PRINTED], told[AuditAction.REFERRAL_READ]
    assert printed["data"]["document"] == "prosecution" and read["data"]["view"] == "paper"
    assert "police_justice" in printed["sections"] and "health" not in printed["sections"]
