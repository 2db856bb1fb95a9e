"""Consents of a family on the pages of its case, and what ends when they are taken back."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseEvent, CaseFile
from app.core import clock
from app.referrals.enums import ReferralState
from app.referrals.models import Consent, Referral
from app.referrals.queries.consents import consents_of_case
from app.referrals.queries.packet import open_sections
from app.referrals.services.consents import ConsentData, record_consent
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.test_files import add as add_photo
from tests.referrals.story import Agencies, accept, make_agencies, send, whole, whole_case

VN = "%d/%m/%Y"
TYPED = {"giver": "both", "name": "Trần Thị Mến", "sections": ["identity", "health"]}


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


def given(session: Session, agencies: Agencies, **more: Any) -> Consent:
    values: dict[str, Any] = {
        "giver": "both", "name": "Trần Thị Mến", "services": (), "sections": ("identity", "health"),
        "given_on": clock.today(), **more,
    }  # fmt: skip
    made = record_consent(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        data=ConsentData(**values),
        now=clock.now(),
    )
    session.commit()
    return made


def words(page: BeautifulSoup) -> str:
    return " ".join(page.select_one("main").text.split())  # type: ignore[union-attr]


def record(
    browser: Browser, agencies: Agencies, typed: dict[str, Any], **more: Any
) -> BeautifulSoup:
    browser.sign_in(agencies.worker)
    return browser.submit("consents.new", {**TYPED, **typed}, case_id=agencies.case.id, **more)


def test_it_is_recorded_shown_and_on_the_timeline(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    record(browser, agencies, {"note": "Em gật đầu", "scope": "some", "services": ["psychology"]})
    made = session.scalars(select(Consent)).unique().one()
    assert (made.name, made.services, made.note) == ("Trần Thị Mến", ["psychology"], "Em gật đầu")
    page = words(browser.follow())
    assert "Trần Thị Mến" in page and "Tham vấn, trị liệu tâm lý" in page and "Em gật đầu" in page
    assert "Còn hiệu lực, đến khi rút lại" in page
    assert "Chưa có phiếu nào dựa vào" in page
    event = session.scalars(select(CaseEvent)).unique().one()
    assert (event.kind, event.section) == (EventKind.CONSENT_GIVEN, Section.FAMILY)


def test_services_that_were_ticked_and_then_hidden_do_not_count(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    record(browser, agencies, {"scope": "all", "services": ["psychology"]})
    assert session.scalars(select(Consent)).unique().one().services == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"giver": None}, "giver"),
        ({"name": ""}, "name"),
        ({"sections": None}, "sections"),
        ({"sections": ["shelter"]}, "sections"),
        ({"scope": "some"}, "services"),
        ({"given_on": (clock.today() + timedelta(days=1)).strftime(VN)}, "given_on"),
        ({"until": (clock.today() - timedelta(days=1)).strftime(VN)}, "until"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    browser: Browser, session: Session, agencies: Agencies, typed: dict[str, Any], field: str
) -> None:
    page = record(browser, agencies, {"note": "Giữ lại", **typed}, expect=422)
    assert page.select(f'.error-summary a[href="#{field}"]')
    assert "Giữ lại" in words(page)
    assert session.scalars(select(Consent)).unique().all() == []


@pytest.mark.parametrize("giver", ["parent", "both"])
def test_a_caregiver_nobody_may_contact_is_not_asked(
    browser: Browser, session: Session, agencies: Agencies, giver: str
) -> None:
    agencies.case.do_not_contact = True
    session.commit()
    page = record(browser, agencies, {"giver": giver}, expect=422)
    assert page.select('.error-summary a[href="#giver"]')


def test_below_seven_the_childs_word_alone_is_no_consent(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    child = whole_case(session, agencies).child
    child.dob = (clock.today() - timedelta(days=6 * 365)).isoformat()
    session.commit()
    page = record(browser, agencies, {"giver": "child"}, expect=422)
    assert "chưa đủ 7 tuổi" in words(page)
    record(browser, agencies, {"giver": "parent"})


def test_from_seven_a_parents_word_alone_is_marked(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    given(session, agencies, giver="parent")
    browser.sign_in(agencies.worker)
    page = browser.get("consents.index", case_id=agencies.case.id)
    assert "cần thêm lời đồng ý của chính em" in words(page)
    consent = session.scalars(select(Consent)).unique().one()
    consent.giver = "child"
    session.commit()
    page = browser.get("consents.index", case_id=agencies.case.id)
    assert "Điều 24 cần cả cha, mẹ hoặc người giám hộ" in words(page)
    consent.giver = "both"
    session.commit()
    page = browser.get("consents.index", case_id=agencies.case.id)
    assert not page.select("li.offer .s-wait")


def test_its_document_is_one_of_the_case(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    add_photo(browser, agencies.story)
    file = session.scalars(select(CaseFile)).unique().one()
    page = browser.sign_in(agencies.worker).get("consents.new", case_id=agencies.case.id)
    offered = {str(one["value"]) for one in page.select("#file_id option")}
    assert offered == {"", str(file.id)}
    record(browser, agencies, {"file_id": str(file.id)})
    assert (file.title or "") in words(browser.follow())
    stranger = "0191e2a0-0000-7000-8000-000000000000"
    record(browser, agencies, {"file_id": stranger}, expect=422)


def test_expired_and_withdrawn_ones_are_shown_as_such(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    expired = given(session, agencies, name="Người cũ")
    expired.until = clock.today() - timedelta(days=2)
    withdrawn = given(session, agencies, name="Người khác")
    withdrawn.withdraw(by=agencies.worker.id, reason="Đổi ý rồi", now=clock.now())
    session.commit()
    browser.sign_in(agencies.worker)
    page = words(browser.get("consents.index", case_id=agencies.case.id))
    assert "Chưa có sự đồng ý nào còn hiệu lực" in page
    assert "Đã hết hạn ngày" in page and "Đã rút lại ngày" in page and "Đổi ý rồi" in page


def rest_on(session: Session, agencies: Agencies, consent: Consent) -> list[Referral]:
    over = {"ground": "consent", "consent_id": consent.id, "sections": ("identity", "health")}
    return [
        *send(session, agencies, "health_care", **over),
        *send(session, agencies, "psychology", **over),
    ]


def test_taken_back_all_that_rests_on_it_ends_at_once(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    consent = given(session, agencies)
    waiting, accepted = rest_on(session, agencies, consent)
    accept(session, accepted, agencies.officer)
    [untouched] = send(session, agencies, "emergency_care")
    browser.sign_in(agencies.worker)
    ids = {"case_id": agencies.case.id, "consent_id": consent.id}
    page = browser.get("consents.withdraw", **ids)
    shown = words(page)
    assert waiting.number in shown and accepted.number in shown
    assert untouched.number not in shown
    browser.submit_page(page, {"reason": "Mẹ em đổi ý"})
    assert waiting.state is accepted.state is ReferralState.RECALLED
    assert untouched.state is ReferralState.SENT
    received = whole(session, accepted, agencies.officer)
    holder, now = agencies.hospital.id, clock.now()
    assert open_sections(session, received, holder_id=holder, now=now) == frozenset()
    assert "2 phiếu chuyển gửi được thu hồi" in words(browser.follow())
    kinds = session.scalars(select(CaseEvent.kind)).all()
    assert kinds.count(EventKind.CONSENT_WITHDRAWN) == 1


def test_what_was_taken_back_is_not_taken_back_again(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    consent = given(session, agencies)
    ids = {"case_id": agencies.case.id, "consent_id": consent.id}
    stale = browser.sign_in(agencies.worker).get("consents.withdraw", **ids)
    again = browser.get("consents.withdraw", **ids)
    browser.submit_page(stale, {"reason": "Mẹ em đổi ý"})
    browser.submit_page(stale, {"reason": "Mẹ em đổi ý"})  # a double click
    browser.submit_page(again, {"reason": "Lần nữa"}, expect=409)
    browser.get("consents.withdraw", **ids, expect=409)
    assert consent.withdraw_reason == "Mẹ em đổi ý"


def test_a_reason_is_asked_for(browser: Browser, session: Session, agencies: Agencies) -> None:
    consent = given(session, agencies)
    ids = {"case_id": agencies.case.id, "consent_id": consent.id}
    browser.sign_in(agencies.worker).submit("consents.withdraw", {}, expect=422, **ids)
    assert consent.withdrawn_at is None


def test_a_consent_of_another_case_is_not_found(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    consent = given(session, make_agencies(session))
    browser.sign_in(agencies.worker).get(
        "consents.withdraw", case_id=agencies.case.id, consent_id=consent.id, expect=404
    )


def test_an_ended_case_takes_no_consent_but_lets_one_be_taken_back(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    consent = given(session, agencies)
    agencies.case.is_ended = True
    session.commit()
    case_id = agencies.case.id
    browser.sign_in(agencies.worker).get("consents.new", case_id=case_id, expect=409)
    ids = {"case_id": case_id, "consent_id": consent.id}
    browser.submit("consents.withdraw", {"reason": "Gia đình đổi ý"}, **ids)
    assert consent.withdrawn_at is not None


def test_words_of_a_closed_section_are_not_even_read(session: Session, agencies: Agencies) -> None:
    given(session, agencies, note="Lời em nói")
    [closed] = consents_of_case(session, agencies.case.id, sections=frozenset({Section.PLAN}))
    assert (closed.name, closed.note, closed.giver) == (None, None, "both")
    [opened] = consents_of_case(session, agencies.case.id, sections=frozenset({Section.FAMILY}))
    assert (opened.name, opened.note) == ("Trần Thị Mến", "Lời em nói")


def test_a_supervisor_reads_and_records_nothing(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    given(session, agencies)
    page = browser.sign_in(agencies.story.supervisor).get(
        "consents.index", case_id=agencies.case.id
    )
    assert "Trần Thị Mến" in words(page)
    assert not page.select('a[href*="/withdraw"]') and not page.select('a[href$="/new"]')
