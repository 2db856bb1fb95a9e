"""To a reader without its compartment a confidential membership is not there at all."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.permissions import Section
from app.cases.models import CaseEvent, Report
from app.register.models import GroupMembership
from app.register.queries.listing import list_children
from app.register.queries.stock import stock_on
from tests.actors import actor_of
from tests.browser import Browser
from tests.register.people import Place, another_case, in_group, make_place, today

CLOSED = ("HIV", "SEX_ABUSE.4", "EXPLOITED.2", "NO_LONGER_IN_THE_LIST")
WORDS = ("HIV", "SEX_ABUSE", "xâm hại tình dục", "khiêu dâm", "dâm ô", "NO_LONGER")


@pytest.fixture
def place(session: Session) -> Place:
    return make_place()


def pages(browser: Browser, place: Place) -> dict[str, str]:
    """Everything of the register and of the case that a supervisor can open, without what differs
    at each opening."""
    case_id = place.case.id
    addresses: list[tuple[str, dict[str, Any]]] = [
        ("register.of_case", {"case_id": case_id}),
        ("register.index", {}),
        ("register.index", {"due": 1}),
        ("register.index", {"group": "AT_RISK"}),
        ("register.index", {"group": "HIV"}),
        ("register.stock", {}),
        ("cases.timeline", {"case_id": case_id, "kind": "changes"}),
        ("audit.case", {"case_id": case_id}),
    ]
    found = {}
    for endpoint, values in addresses:
        browser.get(endpoint, **values)
        assert browser.response is not None
        text = re.sub(r'name="csrf_token" value="[^"]*"', "", browser.response.text)
        found[f"{endpoint} {values.keys() - {'case_id'}} {values.get('group')}"] = text
    return found


def of_register(found: dict[str, str]) -> dict[str, str]:
    return {where: text for where, text in found.items() if where.startswith("register")}


@pytest.mark.parametrize("code", CLOSED)
def test_the_register_reads_the_same_with_and_without_it(
    browser: Browser, session: Session, place: Place, code: str
) -> None:
    in_group(session, place.case, place.worker, "DISABILITY.1")
    in_group(session, another_case(place.unit), place.worker, "ORPHAN.1")
    browser.sign_in(place.supervisor)
    before = of_register(pages(browser, place))
    in_group(session, place.case, place.worker, code)
    in_group(session, another_case(place.unit), place.worker, code)
    after = of_register(pages(browser, place))
    assert after == before
    assert "chỉ gồm các nhóm mà bạn được xem" in after["register.stock set() None"]


def test_who_may_read_health_sees_it(browser: Browser, session: Session, place: Place) -> None:
    """The positive control."""
    in_group(session, place.case, place.worker, "HIV", evidence_number="Canary 17")
    for reader in (place.worker, place.chair):
        page = browser.sign_in(reader).get("register.of_case", case_id=place.case.id)
        assert "Trẻ em nhiễm HIV/AIDS" in page.text and "Canary 17" in page.text
        assert "chỉ gồm các nhóm" not in page.text
        assert "HIV" in browser.get("register.index").text
        assert stock_on(session, actor_of(reader), today()).groups == {"HIV": 1}
    assert stock_on(session, actor_of(place.supervisor), today()).total == 0
    assert list_children(session, actor_of(place.supervisor), wanted=today()) == ([], False)


def test_what_was_done_with_it_stands_in_its_compartment(
    browser: Browser, session: Session, place: Place
) -> None:
    """Recorded, corrected, reviewed and ended: no word of it reaches a supervisor."""
    case_id = place.case.id
    browser.sign_in(place.worker)
    browser.submit("register.record", {"code": "HIV", "since": "01/03/2024"}, case_id=case_id)
    one = session.scalars(select(GroupMembership)).one()
    ids = {"case_id": case_id, "membership_id": one.id}
    browser.submit("register.correct", {"evidence_kind": "medical_record"}, **ids)
    browser.submit("register.review", {"is_still_in": "yes", "poverty": "poor"}, **ids)
    browser.submit("register.end", {"reason": "by_mistake"}, **ids)
    assert set(session.scalars(select(CaseEvent.section))) == {Section.HIV}
    browser.sign_in(place.supervisor)
    for where, text in pages(browser, place).items():
        if "Nhóm" in where or where.startswith("register.index"):
            text = text.split("<main", 1)[1]
        assert not [word for word in WORDS if word in text], where
    log = browser.get("audit.index").text
    assert "Sửa danh sách hoàn cảnh đặc biệt" not in log
    bodies = session.scalars(select(AuditEvent.body)).all()
    assert sum("register.changed" in body for body in bodies) == 4, "it is on the log"
    assert not [body for body in bodies if '"HIV"' in body]


def test_a_change_in_an_open_group_is_shown_in_the_log(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    data = {"code": "ORPHAN.1", "since": "01/03/2024"}
    browser.submit("register.record", data, case_id=place.case.id)
    assert (
        "Sửa danh sách hoàn cảnh đặc biệt"
        in browser.sign_in(place.supervisor).get("audit.index").text
    )


def test_a_part_that_becomes_confidential_is_told_in_its_compartment_only(
    browser: Browser, session: Session, place: Place
) -> None:
    one = in_group(session, place.case, place.worker, "EXPLOITED.1")
    ids = {"case_id": place.case.id, "membership_id": one.id}
    browser.sign_in(place.worker).submit("register.correct", {"code": "EXPLOITED.2"}, **ids)
    browser.submit("register.correct", {"code": "EXPLOITED.1"}, **ids)
    assert session.scalars(select(CaseEvent.section)).all() == [
        Section.SEXUAL_ABUSE,
        Section.SEXUAL_ABUSE,
    ]


def test_the_log_of_a_list_holds_children_and_no_group(
    browser: Browser, session: Session, place: Place
) -> None:
    one = in_group(session, place.case, place.worker, "HIV")
    browser.sign_in(place.worker).get("register.index", group="HIV", poverty="unknown")
    (body,) = [b for b in session.scalars(select(AuditEvent.body)) if "register.listed" in b]
    assert str(one.child_id) in body and "HIV" not in body
    assert '"filters":"group poverty"' in body


def test_the_groups_of_the_report_that_are_closed_are_no_hint(
    browser: Browser, session: Session, place: Place
) -> None:
    session.get_one(Report, place.case.report_id).sc_groups = ["HIV"]
    session.commit()
    page = browser.sign_in(place.supervisor).get("register.of_case", case_id=place.case.id)
    assert "chưa có căn cứ" not in page.text and "HIV" not in page.text
