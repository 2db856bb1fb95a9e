"""A child entered straight into the register: everything in one step, or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import UnitKind
from app.auth.permissions import sections_of
from app.cases.enums import CaseState, Category, EventKind
from app.cases.models import Case, CaseEvent, CaseNumber, Report
from app.cases.queries.home import cases_of_today
from app.cases.queries.intake import unrouted_reports
from app.cases.report_data import ReportedChild
from app.core import clock
from app.core.dates import DatePrecision, PartialDate
from app.core.db import db
from app.core.errors import InvalidInput
from app.deadlines.models import Deadline
from app.people.models import Carer, Child, Sex
from app.register.data_types import EntryData, MembershipData
from app.register.models import GroupMembership
from app.register.services.entry import (
    NoCommune,
    check_entry,
    register_child,
    register_children,
)
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.factories import PHO_HIEN, UnitFactory, UserFactory
from tests.register.people import SINCE, Place, in_group, make_place
from tests.sql import counted

TYPED = {
    "child_name": "Đỗ Thị Mận",
    "sex": "female",
    "dob": ["05", "02", "2019"],
    "national_id": "033319001234",
    "ethnicity": "02",
    "residence_text": "Thôn Đông",
    "mother_name": "Lê Thị Lựu",
    "code": "DISABILITY.2",
    "since": "05/02/2024",
    "poverty": "poor",
    "circumstances": "Ở với bà ngoại",
}
MAN = ReportedChild("Đỗ Thị Mận", PartialDate(date(2019, 2, 5)), sex=Sex.FEMALE)
ENTRY = EntryData(MAN, MembershipData("DISABILITY.2", SINCE, "poor"))


@pytest.fixture
def place(session: Session) -> Place:
    session.add(CaseNumber(year=clock.today().year, last=500_000))  # above those of factories
    return make_place()


def newest(session: Session) -> Case:
    return session.scalars(select(Case).order_by(Case.opened_at.desc()).limit(1)).unique().one()


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_one_form_makes_child_report_case_and_membership(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker).submit("register.new", TYPED, form="#entry")
    case = newest(session)
    child, report = session.get_one(Child, case.child_id), session.get_one(Report, case.report_id)
    assert (child.full_name, child.dob, child.sex) == ("Đỗ Thị Mận", "2019-02-05", Sex.FEMALE)
    assert (child.national_id, child.ethnicity) == ("033319001234", "02")
    assert child.national_id_hash is not None
    assert (child.residence_commune, child.residence_text) == (PHO_HIEN, "Thôn Đông")
    carer = session.scalars(select(Carer).where(Carer.child_id == child.id)).unique().one()
    assert (carer.relation, carer.full_name) == ("mother", "Lê Thị Lựu")
    assert (report.category, report.channel) == (Category.SPECIAL_CIRCUMSTANCES, "area_review")
    assert (report.sc_groups, report.child_condition) == (["DISABILITY"], "Ở với bà ngoại")
    assert (case.unit_id, case.owner_id) == (place.unit.id, place.worker.id)
    assert case.state is CaseState.VERIFYING and case.first_opened_at is not None
    membership = session.scalars(select(GroupMembership)).one()
    assert (membership.child_id, membership.sub_code) == (child.id, "DISABILITY.2")
    access = session.scalars(select(CaseAccess).where(CaseAccess.case_id == case.id)).one()
    assert (access.holder_id, access.reason) == (place.unit.id, AccessReason.UNIT_WORKS)
    kinds = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert kinds[-1] is EventKind.GROUP_RECORDED and EventKind.REPORT_RECEIVED in kinds
    assert "Đỗ Thị Mận" in browser.follow().text
    page = browser.get("cases.show", case_id=case.id)
    assert "Rà soát địa bàn" in page.text and "Lập và trình kế hoạch" in page.text


def test_a_survey_starts_no_clock(session: Session, place: Place) -> None:
    made = register_child(session, actor=actor_of(place.worker), data=ENTRY, now=clock.now())
    session.commit()
    clocks = select(Deadline).where(Deadline.subject_id == made.case.id)
    assert session.scalars(clocks).all() == []
    assert [str(doubt) for doubt in made.doubts] == ["Chưa có căn cứ."]


def test_the_new_case_is_no_alarm_on_a_home_page(session: Session, place: Place) -> None:
    """What the commune's own worker entered waits for nobody to open or verify it."""
    place.case.is_ended = True
    made = register_child(session, actor=actor_of(place.worker), data=ENTRY, now=clock.now())
    session.commit()
    later, actor = clock.now() + timedelta(hours=2), actor_of(place.worker)

    def pressing() -> tuple[int, int]:
        cases = cases_of_today(session, actor, sections=sections_of(actor), now=later)
        return len(cases), len(unrouted_reports(session, actor_of(place.supervisor), later))

    assert pressing() == (0, 0)
    made.case.state, made.case.first_opened_at = CaseState.RECEIVED, None
    session.commit()
    assert pressing() == (1, 1), "the positive control"


def test_a_child_known_already_is_shown_first(
    browser: Browser, session: Session, place: Place
) -> None:
    before = count(session, Case)
    same = {**TYPED, "child_name": "Nguyễn Minh Anh", "dob": ["05", "03", "2017"]}
    page = browser.sign_in(place.worker).submit("register.new", same, form="#entry", expect=200)
    assert "có thể trẻ em này đã có hồ sơ" in page.text
    assert count(session, Case) == before
    assert filled_in(page.select_one("#entry"))["residence_text"] == "Thôn Đông"  # type: ignore[arg-type]
    browser.submit_page(page, {"confirm_new": "y"}, form="#entry")
    assert count(session, Case) == before + 1


def test_a_double_click_enters_one_child(browser: Browser, session: Session, place: Place) -> None:
    page, before = browser.sign_in(place.worker).get("register.new"), count(session, Case)
    for _ in range(2):
        browser.submit_page(page, TYPED, form="#entry")
    assert count(session, Case) == before + 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"child_name": ""}, "child_name"),
        ({"dob": ["05", "02", "2999"]}, "dob"),
        ({"dob": ["05", "02", "2001"]}, "dob"),
        ({"dob": ["", "", ""], "est_age": "17"}, "dob"),
        ({"national_id": "123"}, "national_id"),
        ({"code": "SERIOUS_ILLNESS.1", "poverty": "none"}, "poverty"),
        ({"since": "01/01/2018"}, "since"),
        ({"code": None}, "code"),
    ],
)
def test_what_is_refused_creates_nothing(
    browser: Browser, session: Session, place: Place, change: dict[str, Any], field: str
) -> None:
    before = [count(session, table) for table in (Child, Report, Case)]
    data = {**TYPED, **change}
    page = browser.sign_in(place.worker).submit("register.new", data, form="#entry", expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert [count(session, table) for table in (Child, Report, Case)] == before
    assert filled_in(page.select_one("#entry"))["mother_name"] == "Lê Thị Lựu"  # type: ignore[arg-type]


def test_only_a_commune_has_a_register_to_enter_into(session: Session) -> None:
    for unit in (UnitFactory(doh=True), UnitFactory(kind=UnitKind.POLICE)):
        actor = actor_of(UserFactory(unit=unit))
        with pytest.raises(NoCommune):
            register_child(session, actor=actor, data=ENTRY, now=clock.now())


@pytest.mark.parametrize(
    ("born", "is_child"),
    [
        (PartialDate(date(2010, 11, 24)), True),
        (PartialDate(date(2010, 11, 23)), False),  # sixteen today
        (PartialDate(date(2010, 1, 1), DatePrecision.YEAR), True),  # perhaps not yet
        (PartialDate(date(2009, 1, 1), DatePrecision.YEAR), False),
    ],
)
def test_a_child_is_younger_than_sixteen(born: PartialDate, is_child: bool) -> None:
    data = EntryData(ReportedChild("Đỗ Thị Mận", born), MembershipData("ORPHAN.1", SINCE))
    if is_child:
        check_entry(data, today=date(2026, 11, 23))
        return
    with pytest.raises(InvalidInput) as refused:
        check_entry(data, today=date(2026, 11, 23))
    assert refused.value.field == "dob"


def test_a_risk_is_no_group_of_the_report(session: Session, place: Place) -> None:
    data = EntryData(MAN, MembershipData("AT_RISK", SINCE))
    made = register_child(session, actor=actor_of(place.worker), data=data, now=clock.now())
    assert session.get_one(Report, made.case.report_id).sc_groups == []
    assert made.doubts == []


def test_many_children_take_as_many_statements_as_one(session: Session, place: Place) -> None:
    """Ten thousand rows of an import in a minute leave six milliseconds for each."""
    actor, taken = actor_of(place.worker), []
    register_child(session, actor=actor, data=ENTRY, now=clock.now())
    for rows in (1, 20):
        with counted(db.engine) as seen:
            made = register_children(session, actor=actor, data=[ENTRY] * rows, now=clock.now())
        taken.append(len(seen))
        assert len({one.case.number for one in made}) == rows
    assert taken[0] == taken[1] <= 7, "\n".join(seen)


def test_a_batch_with_a_bad_row_writes_nothing(session: Session, place: Place) -> None:
    bad = EntryData(MAN, MembershipData("NO_SUCH", SINCE))
    before, actor = count(session, Child), actor_of(place.worker)
    with pytest.raises(InvalidInput):
        register_children(session, actor=actor, data=[ENTRY, bad], now=clock.now())
    assert count(session, Child) == before
    assert register_children(session, actor=actor, data=[], now=clock.now()) == []


def test_what_was_entered_stands_in_the_list(
    browser: Browser, session: Session, place: Place
) -> None:
    in_group(session, place.case, place.worker, "ORPHAN.1")
    browser.sign_in(place.worker).submit("register.new", TYPED, form="#entry")
    lines = browser.get("register.index").select("tbody tr")
    assert ["Đỗ Thị Mận" in line.text for line in lines] == [True, False]
