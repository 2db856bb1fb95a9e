"""What a report of sexual abuse tells is read in its compartment only, by whatever path."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import cast

import pytest
from pypdf import PdfReader
from sqlalchemy import CheckConstraint, Table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import SECTIONS, Section
from app.cases.account import ACCOUNT, section_of_account
from app.cases.enums import Category, EventKind
from app.cases.models import Case, Report
from app.cases.queries.documents import report_sheet
from app.cases.queries.events import LogFilter, entries
from app.cases.queries.file import report_of
from app.cases.report_data import ReportData, ReportedChild, ReportTexts
from app.cases.services.intake import receive_report
from app.core import clock
from app.reference.library import code_list
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import PHO_HIEN, ReportFactory, UnitFactory, UserFactory

TOLD, AFTERWARDS = "Em kể chuyện zqkanary", "Em kể thêm zqkanary"
SEXUAL, OTHER = ("SEXUAL_ABUSE", "NEGLECT"), ("VIOLENCE",)
CHECKED = {"outcome": "confirmed", "reason": "Đúng như em kể: zqkanary"}
PAGES = ("cases.show", "cases.timeline", "audit.case")


@pytest.fixture
def supervisor() -> User:
    return UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))


def reported(session: Session, forms: tuple[str, ...], *, told: str = TOLD) -> Case:
    """A case of a report that a police desk took in."""
    desk = UserFactory(role=Role.INTAKE, unit=UnitFactory(police=True))
    data = ReportData(
        category=Category.ABUSED,
        channel="phone",
        received_at=clock.now() - timedelta(hours=2),
        children=(ReportedChild(full_name="Lê Thị Bưởi"),),
        event_commune=PHO_HIEN,
        abuse_forms=forms,
        texts=ReportTexts(event_place="gần chợ Gạo", **dict.fromkeys(ACCOUNT, told)),
    )
    case = receive_report(session, actor=actor_of(desk), data=data, now=clock.now()).cases[0]
    session.commit()
    return case


def seen(browser: Browser, case: Case) -> Iterator[tuple[str, str]]:
    """What a supervisor can open of the case: pages with the log beside, and Mẫu số 01."""
    for name in PAGES:
        yield name, browser.get(name, case_id=case.id, audit=1).text
    paper = browser.client.get(f"/cases/{case.id}/documents/form01.pdf")
    yield "form01", "".join(page.extract_text() for page in PdfReader(BytesIO(paper.data)).pages)


def where(browser: Browser, case: Case, word: str = "zqkanary") -> list[str]:
    return [name for name, page in seen(browser, case) if word in page]


@pytest.mark.usefixtures("commune")
def test_a_supervisor_sees_that_it_is_closed_and_no_word(
    browser: Browser, session: Session, supervisor: User
) -> None:
    case = reported(session, SEXUAL)
    browser.sign_in(supervisor)
    pages = dict(seen(browser, case))
    assert not [name for name, page in pages.items() if "zqkanary" in page]
    assert "bạn không được xem phần này" in pages["cases.show"]
    paper = " ".join(pages["form01"].split())
    assert paper.count("(không thuộc phạm vi xem)") == len(ACCOUNT)
    assert "chợ Gạo" in pages["cases.show"], "where it was stays open: the report must be routed"


@pytest.mark.wide
@pytest.mark.usefixtures("commune")
def test_of_another_harm_and_to_who_works_the_case_it_is_open(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    """The positive control."""
    violence, sexual = reported(session, OTHER), reported(session, SEXUAL)
    assert where(browser.sign_in(supervisor), violence) == ["cases.show", "form01"]
    assert "zqkanary" in browser.sign_in(worker).get("cases.show", case_id=sexual.id).text
    page = browser.get("intake.correct", case_id=sexual.id)
    assert page.text.count("zqkanary") == len(ACCOUNT)


@pytest.mark.wide
def test_a_form_that_is_found_later_closes_what_was_told_and_corrected_before(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    case = reported(session, OTHER)
    browser.sign_in(worker).submit(
        "intake.correct", {"child_condition": AFTERWARDS}, case_id=case.id
    )
    assert "cases.timeline" in where(browser.sign_in(supervisor), case, "kể thêm")
    browser.sign_in(worker).submit("verification.new", CHECKED, case_id=case.id)
    browser.submit("intake.correct", {"abuse_forms": list(SEXUAL)}, case_id=case.id)
    assert where(browser.sign_in(supervisor), case) == []
    timeline = browser.get("cases.timeline", case_id=case.id, audit=1).text
    assert "Hình thức xâm hại" in timeline, "that the form was corrected is no secret"
    assert timeline.count("Lời kể: bạn không được xem phần này.") == 2
    assert "như em kể" in browser.sign_in(worker).get("cases.timeline", case_id=case.id).text


@pytest.mark.wide
def test_a_form_that_is_taken_back_opens_nothing(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    case = reported(session, SEXUAL)
    browser.sign_in(worker).submit("intake.correct", {"abuse_forms": list(OTHER)}, case_id=case.id)
    session.refresh(case)
    assert case.abuse_forms == list(OTHER)
    browser.submit("intake.correct", {"prior_actions": AFTERWARDS}, case_id=case.id)
    assert where(browser.sign_in(supervisor), case) == []


def test_the_forms_of_the_report_decide_and_nobody_opens_it_by_hand(session: Session) -> None:
    report = ReportFactory(abuse_forms=list(OTHER))
    assert report.account_section is Section.EVENT
    report.abuse_forms = [*report.abuse_forms, "SEXUAL_ABUSE"]
    assert report.account_section is Section.SEXUAL_ABUSE
    report.account_section = Section.EVENT
    assert report.account_section is Section.SEXUAL_ABUSE
    report.abuse_forms = list(OTHER)
    assert report.account_section is Section.SEXUAL_ABUSE
    named = {one.code for one in code_list("abuse_forms").items if one.compartment}
    assert named == {"SEXUAL_ABUSE"}, "the check of the table names the same"
    assert section_of_account(["NO_LONGER_IN_THE_LIST"]) is Section.EVENT


def test_the_groups_of_the_report_decide_as_well(session: Session) -> None:
    """One of the 14 groups tells of sexual abuse as a form does; HIV closes no account."""
    table = cast(Table, Report.__table__)
    check = next(c for c in table.constraints if str(c.name).endswith("account_in_its_compartment"))
    words = str(cast(CheckConstraint, check).sqltext)
    for one in code_list("sc_groups").items:
        report = ReportFactory(category="special_circumstances", abuse_forms=[])
        report.sc_groups = [one.code]
        is_closed = one.compartment == "sexual_abuse"
        assert (report.account_section is Section.SEXUAL_ABUSE) is is_closed
        assert (f"'{one.code}'" in words) is is_closed, "the check of the table names the same"


def test_the_table_refuses_a_report_of_it_that_is_open(session: Session) -> None:
    """Also to what is written past the model."""
    report = ReportFactory(abuse_forms=list(OTHER))
    session.commit()
    written = text("UPDATE reports SET abuse_forms = CAST(:forms AS jsonb) WHERE id = :id")
    with pytest.raises(IntegrityError, match="account_in_its_compartment"):
        session.execute(written, {"forms": json.dumps(SEXUAL), "id": report.id})
    session.rollback()


@pytest.mark.usefixtures("commune")
@pytest.mark.parametrize(
    ("forms", "opening"), [(SEXUAL, Section.SEXUAL_ABUSE), (OTHER, Section.EVENT)]
)
def test_one_section_opens_it_in_every_query(
    session: Session, forms: tuple[str, ...], opening: Section
) -> None:
    case = reported(session, forms)
    report = session.get_one(Report, case.report_id)
    report.child_condition = TOLD
    session.flush()
    for sections in (frozenset({one}) for one in Section):
        found = report_of(session, case, sections=sections).texts
        assert (set(found) & set(ACCOUNT) != set()) is (sections == {opening}), sections
        facts = report_sheet(session, case, sections=sections).facts
        assert any(facts.get(name) for name in ACCOUNT) is (sections == {opening}), sections


def test_in_an_emergency_it_is_closed_too(browser: Browser, session: Session, worker: User) -> None:
    case = reported(session, SEXUAL)
    browser.sign_in(worker).submit(
        "intake.correct", {"child_condition": AFTERWARDS}, case_id=case.id
    )
    guest = SECTIONS[Role.CP_WORKER] - {Section.HIV, Section.SEXUAL_ABUSE}
    assert not set(report_of(session, case, sections=guest).texts) & set(ACCOUNT)
    told = [
        entry
        for entry in entries(session, case.id, sections=guest, wanted=LogFilter())
        if entry.kind is EventKind.REPORT_CORRECTED
    ]
    assert [(one.note, one.is_note_closed, one.is_locked) for one in told] == [(None, True, False)]
