"""Groups in special circumstances: what the form takes, and who sees the confidential ones."""

import json
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent, Report
from app.cases.queries.events import LogFilter
from app.cases.queries.file import case_file
from app.core.db import db
from app.reference.library import code_list
from tests.browser import Browser, filled_in
from tests.factories import PHO_HIEN, UnitFactory, UserFactory
from tests.sql import counted

NEW = {
    "category": "special_circumstances",
    "channel": "phone",
    "child_name": "Lê Thị Bưởi",
    "event_commune": PHO_HIEN,
}
OPEN, HIDDEN = "Trẻ em khuyết tật", "nhiễm HIV"
MAY_LACK = "có thể còn nhóm bạn không được xem"


@pytest.fixture
def worker(session: Session) -> User:
    return UserFactory(unit=UnitFactory(commune_code=PHO_HIEN))


@pytest.fixture
def supervisor(session: Session) -> User:
    return UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))


def reported(browser: Browser, session: Session, worker: User, *groups: str) -> Case:
    browser.sign_in(worker)
    browser.submit("intake.new", NEW | {"sc_groups": list(groups)}, form="#intake")
    return session.scalars(select(Case)).unique().one()


def report_of(session: Session) -> Report:
    report = session.scalars(select(Report)).unique().one()
    session.refresh(report)
    return report


def corrected(session: Session) -> dict[Section, dict[str, Any]]:
    """What the log keeps of corrections, by section."""
    found = select(CaseEvent).where(CaseEvent.kind == EventKind.REPORT_CORRECTED)
    return {e.section: json.loads(e.note or "") for e in session.scalars(found).unique()}


def read(browser: Browser, endpoint: str, **values: object) -> str:
    browser.get(endpoint, **values)
    assert browser.response is not None
    return browser.response.text


def test_the_form_offers_the_main_groups_and_the_worker_sees_what_was_chosen(
    browser: Browser, session: Session, worker: User
) -> None:
    page = browser.sign_in(worker).get("intake.new")
    offered = [box["value"] for box in page.select("input[name=sc_groups]")]
    assert offered == [code.code for code in code_list("sc_groups").children()]
    assert len(offered) == 14
    case = reported(browser, session, worker, "DISABILITY", "HIV")
    assert report_of(session).sc_groups == ["DISABILITY", "HIV"]
    text = read(browser, "cases.show", case_id=case.id)
    assert OPEN in text and "Trẻ em nhiễm HIV/AIDS" in text and MAY_LACK not in text


def test_no_group_is_asked_for(browser: Browser, session: Session, worker: User) -> None:
    case = reported(browser, session, worker)
    assert report_of(session).sc_groups == []
    assert "Nhóm hoàn cảnh đặc biệt" not in read(browser, "cases.show", case_id=case.id)


@pytest.mark.parametrize("code", ["NO_SUCH", "ORPHAN.1", ""])
def test_an_unknown_code_and_a_sub_group_are_refused(
    browser: Browser, session: Session, worker: User, code: str
) -> None:
    browser.sign_in(worker)
    groups = {"sc_groups": ["DISABILITY", code]}
    page = browser.submit("intake.new", NEW | groups, form="#intake", expect=422)
    assert "Nhóm hoàn cảnh" in page.select_one(".error-summary").text
    assert not session.scalars(select(Report)).unique().all()
    assert "DISABILITY" in filled_in(page.select_one("#intake"))["sc_groups"]


def test_without_its_compartment_a_confidential_group_is_nowhere(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY", "HIV")
    browser.submit("intake.correct", {"sc_groups": ["DISABILITY", "ORPHAN"]}, case_id=case.id)
    browser.submit("intake.correct", {"sc_groups": ["ORPHAN", "HIV"]}, case_id=case.id)
    worker_reads = read(browser, "cases.show", case_id=case.id)
    assert "HIV" in worker_reads and "mồ côi" in worker_reads
    browser.sign_in(supervisor)
    shown = read(browser, "cases.show", case_id=case.id)
    assert "mồ côi" in shown and MAY_LACK in shown and "Bạn không được xem" in shown
    history = read(browser, "cases.timeline", case_id=case.id, audit=1)
    assert f"Nhóm hoàn cảnh đặc biệt: {OPEN} → " in history
    pages = [
        shown,
        history,
        read(browser, "cases.timeline", case_id=case.id),
        read(browser, "cases.timeline", case_id=case.id, kind="changes"),
        read(browser, "audit.case", case_id=case.id),
        read(browser, "cases.index"),
        read(browser, "home.index"),
    ]
    assert not [page for page in pages if HIDDEN in page]
    browser.get("intake.correct", case_id=case.id, expect=403)


def test_nothing_tells_whether_a_confidential_group_is_there(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    """The row of the report is the same with and without one."""
    case = reported(browser, session, worker, "HIV")
    browser.sign_in(supervisor)

    def row() -> list[str]:
        page = browser.get("cases.show", case_id=case.id)
        found = page.select(".facts-list > div")
        return [one.dd.text for one in found if "Nhóm hoàn cảnh" in one.dt.text]

    with_it = row()
    report_of(session).sc_groups = []
    session.commit()
    assert row() == with_it == [MAY_LACK]


def test_confidential_groups_are_not_loaded_without_their_compartment(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY", "SEX_ABUSE", "HIV")

    def loaded(*sections: Section) -> object:
        file = case_file(session, case, sections=frozenset(sections), wanted=LogFilter())
        return file.head._mapping.get("sc_groups")

    every = (Section.EVENT, Section.HIV, Section.SEXUAL_ABUSE)
    assert loaded(*every) == ["DISABILITY", "SEX_ABUSE", "HIV"]
    assert loaded(Section.EVENT, Section.HIV) == ["DISABILITY", "HIV"]
    assert loaded(Section.EVENT) == ["DISABILITY"]
    assert loaded(Section.HIV) is None


def test_a_correction_tells_each_section_its_own_groups(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY")
    browser.submit("intake.correct", {"sc_groups": ["HIV", "DISABILITY"]}, case_id=case.id)
    assert corrected(session) == {Section.HIV: {"sc_groups": [[], ["HIV"]]}}
    assert "HIV" not in str([e.facts for e in session.scalars(select(CaseEvent)).unique()])


def test_a_correction_of_both_kinds_has_two_entries(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY", "HIV")
    browser.submit("intake.correct", {"sc_groups": ["ORPHAN"]}, case_id=case.id)
    assert corrected(session) == {
        Section.EVENT: {"sc_groups": [["DISABILITY"], ["ORPHAN"]]},
        Section.HIV: {"sc_groups": [["HIV"], []]},
    }
    browser.submit("intake.correct", {"sc_groups": ["NO_SUCH"]}, case_id=case.id, expect=422)


def test_a_correction_keeps_a_sub_group_and_minds_no_order(
    browser: Browser, session: Session, worker: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY")
    report_of(session).sc_groups = ["EXPLOITED.2", "DISABILITY"]
    session.commit()
    browser.submit("intake.correct", {}, case_id=case.id)
    assert report_of(session).sc_groups == ["EXPLOITED.2", "DISABILITY"]
    assert corrected(session) == {}


@pytest.mark.wide
def test_the_official_form_has_no_place_for_groups(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    case = reported(browser, session, worker, "DISABILITY", "HIV")
    for reader in (worker, supervisor):
        path = f"/cases/{case.id}/documents/form01.pdf"
        pages = PdfReader(BytesIO(browser.sign_in(reader).client.get(path).data)).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert "TRẺ EM CÓ HOÀN CẢNH ĐẶC BIỆT" in text
        assert HIDDEN not in text and OPEN not in text


def test_groups_cost_no_statement(
    browser: Browser, session: Session, worker: User, supervisor: User
) -> None:
    case_id = reported(browser, session, worker).id
    for reader in (worker, supervisor):
        browser.sign_in(reader).get("cases.show", case_id=case_id)
        seen = []
        for groups in ([], ["DISABILITY", "HIV", "ORPHAN"]):
            report_of(session).sc_groups = groups
            session.commit()
            with counted(db.engine) as statements:
                browser.get("cases.show", case_id=case_id)
            seen.append(len(statements))
        assert seen[0] == seen[1] <= 7
