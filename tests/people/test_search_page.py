"""The search page: who finds whom, what it shows of them, and what the log keeps."""

import json
import unicodedata
import uuid
from collections.abc import Iterator, Sequence

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit, User
from app.cases.models import Case, Report
from app.core import clock
from app.core.crypto import keyring
from app.core.db import db
from app.people.models import Child
from app.people.search_hooks import CASE_DESCRIBERS, CASE_FINDERS, CaseLine
from tests.browser import Browser
from tests.factories import CarerFactory, CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.sql import counted


@pytest.fixture
def unit(session: Session) -> Unit:
    return UnitFactory()


@pytest.fixture
def worker(unit: Unit) -> User:
    return UserFactory(unit=unit)


@pytest.fixture
def supervisor(session: Session) -> User:
    return UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))


def child_of(unit: Unit, full_name: str = "Nguyễn Thị Ánh", **values: object) -> Child:
    child = ChildFactory(full_name=full_name, **values)
    CaseFactory(of_child=child, worked_by=unit)
    return child


def search(browser: Browser, term: str, expect: int = 200) -> BeautifulSoup:
    return browser.submit("people.search", {"q": term}, expect=expect, form="#search")


def shown(page: BeautifulSoup) -> list[str]:
    return [title.text.strip() for title in page.select(".rows .row-title")]


@pytest.mark.parametrize(
    "term",
    [
        "nguyen thi anh",
        "ÁNH nguyễn",
        unicodedata.normalize("NFD", "Nguyễn Thị Ánh"),
        "  anh\u200b ",
        "nguyen thi ahn",
    ],
)
def test_a_worker_finds_a_child_of_the_unit(
    browser: Browser, unit: Unit, worker: User, term: str
) -> None:
    child_of(unit)
    child_of(UnitFactory(), "Nguyễn Thị Ánh Xa")
    page = search(browser.sign_in(worker), term)
    assert shown(page) == ["Nguyễn Thị Ánh"]
    assert "Nữ, sinh năm 2017, Phường Phố Hiến" in page.select_one(".rows").text


def test_access_that_ended_finds_nothing(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    child_of(unit)
    session.scalars(select(CaseAccess)).one().until = clock.now()
    session.commit()
    page = search(browser.sign_in(worker), "anh")
    assert shown(page) == [] and page.select_one('a[href="/cases/intake/new"]')


def test_a_supervisor_finds_all_and_is_offered_no_new_report(
    browser: Browser, unit: Unit, supervisor: User
) -> None:
    child_of(unit)
    browser.sign_in(supervisor)
    assert shown(search(browser, "anh")) == ["Nguyễn Thị Ánh"]
    assert not search(browser, "zzzz").select('main a[href="/cases/intake/new"]')


@pytest.mark.parametrize("term", ["anh", "Nguyễn Thị Ánh", "033317001234", "0912345678"])
def test_a_desk_searches_by_nothing_but_the_case_number(
    browser: Browser, session: Session, unit: Unit, term: str
) -> None:
    """A hit by name would tell what the commune wrote into the file since: yes or no is enough."""
    desk = UserFactory(role=Role.INTAKE)
    number = keyring().lookup("national_id", "033317001234")
    child = child_of(unit, national_id="033317001234", national_id_hash=number)
    case = session.scalars(select(Case).where(Case.child_id == child.id)).one()
    report = session.get_one(Report, case.report_id)
    report.taken_by_unit_id = desk.unit_id
    session.add(
        CaseAccess(
            case_id=case.id,
            child_id=child.id,
            holder_id=desk.unit_id,
            reason=AccessReason.REPORTED,
            since=clock.now(),
        )
    )
    session.commit()
    page = search(browser.sign_in(desk), term)
    assert shown(page) == [] and "Vai trò của bạn chỉ tìm theo mã hồ sơ" in page.text
    page = search(browser, case.number)
    assert shown(page) == ["Trẻ em trong tin báo của đơn vị bạn"]
    results = page.select_one(".rows")
    assert "Nguyễn" not in results.text and "2017" not in results.text
    assert not results.select("a") and case.number in results.text


def test_by_identity_number(browser: Browser, unit: Unit, worker: User) -> None:
    number = keyring().lookup("national_id", "033317001234")
    child_of(unit, national_id="033317001234", national_id_hash=number)
    child_of(UnitFactory(), national_id="033317001234", national_id_hash=number)
    browser.sign_in(worker)
    assert shown(search(browser, "0333 1700 1234")) == ["Nguyễn Thị Ánh"]
    assert shown(search(browser, "033317001235")) == []


def test_by_telephone_of_a_carer(
    browser: Browser, unit: Unit, worker: User, supervisor: User
) -> None:
    phone = "+84912345678"
    CarerFactory(child=child_of(unit), phone=phone, phone_hash=keyring().lookup("phone", phone))
    browser.sign_in(worker)
    assert shown(search(browser, "0912 345 678")) == ["Nguyễn Thị Ánh"]
    assert shown(search(browser, "+84912345679")) == []
    page = search(browser.sign_in(supervisor), "0912345678")  # no section contact
    assert shown(page) == [] and "không tìm theo số điện thoại" in page.text


@pytest.fixture
def cases_known() -> Iterator[dict[uuid.UUID, str]]:
    """What app/cases registers, here with one case number for each child."""
    known: dict[uuid.UUID, str] = {}

    def find(session: Session, actor: Actor, number: str) -> Sequence[uuid.UUID]:
        return [child for child, known_number in known.items() if known_number == number]

    def describe(
        session: Session, actor: Actor, ids: Sequence[uuid.UUID]
    ) -> dict[uuid.UUID, list[CaseLine]]:
        return {i: [CaseLine(known[i], f"/cases/{i}", "Đang xác minh")] for i in ids if i in known}

    finders, describers = list(CASE_FINDERS), list(CASE_DESCRIBERS)
    CASE_FINDERS[:], CASE_DESCRIBERS[:] = [find], [describe]
    yield known
    CASE_FINDERS[:], CASE_DESCRIBERS[:] = finders, describers


def test_by_case_number(
    browser: Browser, unit: Unit, worker: User, cases_known: dict[uuid.UUID, str]
) -> None:
    child, hidden = child_of(unit), child_of(UnitFactory(), "Trần Xa")
    cases_known |= {child.id: "HY-2026-000123", hidden.id: "HY-2026-000124"}
    browser.sign_in(worker)
    page = search(browser, "hy-2026-123")
    assert shown(page) == ["Nguyễn Thị Ánh"]
    link = page.select_one(f'.rows a[href="/cases/{child.id}"]')
    assert link is not None and link.text == "HY-2026-000123"
    assert shown(search(browser, "HY-2026-000124")) == []


def test_twenty_and_a_hint(browser: Browser, unit: Unit, worker: User) -> None:
    for n in range(21):
        child_of(unit, f"Nguyễn Văn {'ABCDEGHIKLMNOPQRSTUVX'[n]}")
    browser.sign_in(worker)
    page = search(browser, "nguyen van")
    assert len(shown(page)) == 20 and "Thu hẹp tìm kiếm" in page.text
    assert len(shown(search(browser, "nguyen van a"))) == 20  # a stands in every name
    assert shown(search(browser, "nguyen van a"))[0] == "Nguyễn Văn A"


def test_the_log_knows_whom_not_what(
    browser: Browser, session: Session, unit: Unit, worker: User
) -> None:
    child = child_of(unit)
    search(browser.sign_in(worker), "Ánh")
    body = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "people.searched")
    ).one()
    assert json.loads(body)["data"] == {"kind": "name", "children": [str(child.id)]}
    assert 'nh"' not in body.replace(str(child.id), "").replace("name", "")


def test_nothing_personal_in_the_address(browser: Browser, unit: Unit, worker: User) -> None:
    child_of(unit)
    page = search(browser.sign_in(worker), "Ánh")
    assert browser.response is not None and browser.response.request.query_string == b""
    form = page.select_one("form#search")
    assert form is not None and form["method"] == "post"


def test_few_statements(browser: Browser, unit: Unit, worker: User, superuser: Engine) -> None:
    """One of them reads again into the index what was written since the oldest transaction that is
    open anywhere: here there is one, elsewhere it depends on the neighbours."""
    with superuser.connect() as other:
        other.exec_driver_sql("SELECT pg_current_xact_id()")
        for n in range(8):
            child_of(unit, f"Nguyễn Văn Ánh {n}")
        search(browser.sign_in(worker), "anh")
        page = browser.get("people.search")
        with counted(db.engine) as statements:
            browser.submit_page(page, {"q": "anh"}, form="#search", expect=200)
    assert len(statements) == 6, statements


@pytest.mark.parametrize(
    ("term", "status"),
    [("", 422), ("a\x00b", 422), ("x" * 3_000_000, 422), ("\u202eabc", 422), ("?!", 200)],
)
def test_bad_input(browser: Browser, worker: User, term: str, status: int) -> None:
    page = search(browser.sign_in(worker), term, expect=status)
    assert page.select_one("form#search")


def test_signed_out_and_roles_without_search(browser: Browser, session: Session) -> None:
    browser.sign_in(UserFactory(role=Role.ANALYST)).get("people.search", expect=403)
