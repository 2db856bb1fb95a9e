"""What an import says of children whose file its reader may not open, and what it writes there."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.cases.models import Case
from app.core import clock
from app.core.crypto import keyring
from app.people.models import Child
from app.register.models import GroupMembership
from tests.browser import Browser, filled_in
from tests.factories import (
    CarerFactory,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.register.people import Place
from tests.register.test_import_flow import (
    GOOD,
    checked,
    count,
    decide,
    imported,
    place,
    states,
)
from tests.register.workbooks import PLAIN, sheet_of

__all__ = ["place"]
MINH_ANH = ("Nguyễn Minh Anh", "05/03/2017", "Nữ", "Khuyết tật", "Lê Thị Hòa")


def shut_out(place: Place, case: Case) -> None:
    """The worker of the place has a conflict of interest."""
    CaseDenialFactory(of_case=case, user_id=place.worker.id, by_id=place.chair.id)


@pytest.mark.wide
def test_who_is_kept_out_of_a_child_reads_nothing_of_it_in_a_colleagues_import(
    browser: Browser, session: Session, place: Place
) -> None:
    colleague = UserFactory(unit=place.unit)
    CarerFactory(child=session.get_one(Child, place.case.child_id), full_name="Phạm Thị Xuân")
    browser.sign_in(colleague)
    one = checked(browser, session, sheet_of([MINH_ANH]))
    assert place.case.number in browser.get("imports.show", import_id=one.id, show="alike").text
    shut_out(place, place.case)
    browser.sign_in(place.worker)
    page = browser.get("imports.show", import_id=one.id, show="alike")
    assert place.case.number not in page.text and str(place.case.child_id) not in str(page)
    decide(browser, one, str(place.case.child_id), expect=422)


@pytest.mark.wide
def test_a_row_that_is_a_closed_child_is_closed_and_writes_nothing(
    browser: Browser, session: Session, place: Place
) -> None:
    """Decided by a colleague, imported by who is kept out."""
    CarerFactory(child=session.get_one(Child, place.case.child_id), full_name="Phạm Thị Xuân")
    browser.sign_in(UserFactory(unit=place.unit))
    one = checked(browser, session, sheet_of([MINH_ANH]))
    decide(browser, one, str(place.case.child_id))
    before = browser.get("imports.show", import_id=one.id, show="alike")
    shut_out(place, place.case)
    browser.sign_in(place.worker)
    page = browser.get("imports.show", import_id=one.id, show="alike")
    address = str(before.select_one(".import-rows form")["action"])  # type: ignore[index]
    own = filled_in(page.select_one("#import-cancel"))  # type: ignore[arg-type]
    browser.post(address, {**own, "decision": "other"}, expect=404)
    assert "Lê Thị Hòa" not in page.text and "05/03/2017" not in page.text
    assert "không mở cho bạn" in page.text
    imported(browser, session, one)
    assert count(session, GroupMembership) == 0


@pytest.mark.wide
def test_a_group_of_a_child_in_other_hands_is_not_to_be_guessed(
    browser: Browser, session: Session, place: Place
) -> None:
    """Recorded since the dry run, gone to others since: the same answer whatever its groups."""
    browser.sign_in(place.worker)
    probes = [
        checked(browser, session, sheet_of([(*GOOD[:3], group, GOOD[4])]))
        for group in ("Mồ côi", "Khuyết tật")
    ]
    imported(browser, session, checked(browser, session, sheet_of([GOOD])))
    membership = session.scalars(select(GroupMembership)).unique().one()
    session.execute(
        update(CaseAccess).where(CaseAccess.case_id == membership.case_id).values(until=clock.now())
    )
    session.commit()
    for probe in probes:
        imported(browser, session, probe)
        assert states(session, probe) == {2: "error"}, "not told whether it is in the group"
    told = select(AuditEvent.body).where(AuditEvent.action == AuditAction.DUPLICATES_SHOWN)
    child = f'"children":["{membership.child_id}"]'
    assert sum(child in body.replace(" ", "") for body in session.scalars(told)) == 2


def test_a_list_of_names_tells_nobody_who_is_known_elsewhere(
    browser: Browser, session: Session, place: Place
) -> None:
    """By name and date of birth nothing is told; by the whole number, whom to ask."""
    number = "033319000123"
    child = ChildFactory(
        full_name=GOOD[0], dob="2019-02-05", birth_year=2019, national_id=number,
        national_id_hash=keyring().lookup("national_id", number),
    )  # fmt: skip
    theirs = UnitFactory()
    CaseFactory(worked_by=theirs, of_child=child)
    browser.sign_in(place.worker)
    headings = (*PLAIN, "Số định danh")
    for known, states_are in ((None, {2: "ready"}), (number, {2: "alike"})):
        one = checked(browser, session, sheet_of([(*GOOD, known)], headings))
        assert states(session, one) == states_are
        page = browser.get("imports.show", import_id=one.id)
        assert (theirs.name in page.text) is (known is not None)
