"""The child's page and its form: what is shown to whom, saved, refused, and never lost."""

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.actor import Actor
from app.auth.models import Role, Unit, User
from app.core.crypto import keyring
from app.core.db import db
from app.people.hooks import CHILD_EDITED, FieldChange
from app.people.models import Carer, Child, DobPrecision, Sex
from tests.browser import Browser
from tests.factories import (
    TAN_HUNG,
    CarerFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.sql import counted


@pytest.fixture
def unit(session: Session) -> Unit:
    return UnitFactory()


@pytest.fixture
def child(unit: Unit) -> Child:
    child = ChildFactory(
        full_name="Nguyễn Minh Anh",
        national_id="033317001234",
        national_id_hash=keyring().lookup("national_id", "033317001234"),
        residence_text="Thôn Đoài, xóm 3",
        school="Trường Tiểu học Lê Lợi",
    )
    CaseFactory(of_child=child, worked_by=unit)
    CarerFactory(child=child, full_name="Lê Thị Hòa", phone="+84912345678", address="Chợ Gạo")
    return child


@pytest.fixture
def worker(unit: Unit) -> User:
    return UserFactory(unit=unit, name="Trần Thu Hà")


def save(
    browser: Browser, child: Child, data: dict[str, object], expect: int = 303
) -> BeautifulSoup:
    return browser.submit("people.edit", data, child_id=child.id, expect=expect)


def errors(page: BeautifulSoup) -> str:
    return " ".join(error.text for error in page.select(".error-summary li"))


# the page


def test_a_worker_reads_the_whole_page(browser: Browser, child: Child, worker: User) -> None:
    page = browser.sign_in(worker).get("people.child", child_id=child.id)
    for text in ("Nguyễn Minh Anh", "05/03/2017", "033•••••1234", "0912 345 678", "Thôn Đoài"):
        assert text in page.text
    assert "033317001234" not in page.text


def test_closed_sections_are_left_out(browser: Browser, session: Session, child: Child) -> None:
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    page = browser.sign_in(supervisor).get("people.child", child_id=child.id)
    assert "Nguyễn Minh Anh" in page.text and "Lê Thị Hòa" in page.text
    for text in ("345 678", "Thôn Đoài", "Chợ Gạo", "Lê Lợi", "Sửa thông tin"):
        assert text not in page.text
    assert "Bạn không được xem phần này" in page.text
    body = session.scalars(select(AuditEvent.body).where(AuditEvent.action == "child.read")).one()
    assert json.loads(body)["sections"] == ["family", "identity"]
    browser.get("people.edit", child_id=child.id, expect=403)


def test_children_of_others_do_not_exist(browser: Browser, child: Child) -> None:
    browser.sign_in(UserFactory())
    browser.get("people.child", child_id=child.id, expect=404)
    browser.get("people.edit", child_id=child.id, expect=404)


def test_few_statements(browser: Browser, child: Child, worker: User) -> None:
    child_id = child.id
    browser.sign_in(worker).get("people.child", child_id=child_id)
    with counted(db.engine) as statements:
        browser.get("people.child", child_id=child_id)
    assert len(statements) <= 10, statements
    page = browser.get("people.edit", child_id=child_id)
    with counted(db.engine) as statements:
        browser.submit_page(page, {"full_name": "Nguyễn Minh Ánh"})
    assert len(statements) <= 13, statements


# saving


def test_what_was_typed_is_kept(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    typed = {
        "full_name": "Nguye\u0302\u0303n Minh A\u0301nh",
        "aliases": "Bống",
        "birth": ["", "4", "2016"],
        "sex": "unknown",
        "national_id": "034 216 001 234",
        "ethnicity": "06",
        "residence_commune": TAN_HUNG,
        "stay_text": "Nhà bà ngoại",
        "carers-0-phone": "0987 654 321",
        "carers-0-is_suspected": "y",
    }
    save(browser.sign_in(worker), child, typed)
    kept = session.get_one(Child, child.id)
    assert (kept.full_name, kept.aliases) == ("Nguyễn Minh Ánh", "Bống")
    assert (kept.dob, kept.dob_precision, kept.birth_year) == (
        "2016-04-01",
        DobPrecision.MONTH,
        2016,
    )
    assert (kept.sex, kept.ethnicity, kept.residence_commune) == (Sex.UNKNOWN, "06", TAN_HUNG)
    assert kept.national_id_hash == keyring().lookup("national_id", "034216001234")
    carer = session.scalars(select(Carer)).one()
    assert (carer.phone, carer.is_suspected) == ("+84987654321", True)
    assert carer.phone_hash == keyring().lookup("phone", "+84987654321")
    assert carer.full_name == "Lê Thị Hòa"


def test_an_estimate_keeps_its_day(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    browser.sign_in(worker)
    save(browser, child, {"birth": ["", "", ""], "estimated_age": "9"})
    kept = session.get_one(Child, child.id)
    assert kept.dob is None and kept.estimated_on is not None
    assert kept.birth_year == kept.estimated_on.year - 9
    kept.estimated_on = date(2024, 1, 1)
    session.commit()
    save(browser, child, {"aliases": "Tí"})
    assert session.get_one(Child, child.id).estimated_on == date(2024, 1, 1)


def test_carers_come_and_go(browser: Browser, session: Session, child: Child, worker: User) -> None:
    browser.sign_in(worker)
    page = browser.get("people.edit", child_id=child.id)
    page = browser.submit_page(page, {"add_carer": "1"}, expect=200)
    browser.submit_page(
        page, {"carers-1-relation": "father", "carers-1-full_name": "Nguyễn Văn Ba"}
    )
    named = select(Carer.relation).order_by(Carer.id)
    assert session.scalars(named).all() == ["mother", "father"]
    page = browser.get("people.edit", child_id=child.id)
    page = browser.submit_page(page, {"remove_carer": "0"}, expect=200)
    browser.submit_page(page, {})
    assert session.scalars(named).all() == ["father"]


def test_a_blank_carer_is_nobody(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    page = browser.sign_in(worker).get("people.edit", child_id=child.id)
    page = browser.submit_page(page, {"add_carer": "1"}, expect=200)
    browser.submit_page(page, {"carers-1-relation": "father"})
    assert len(session.scalars(select(Carer)).all()) == 1


def test_the_log_names_fields_only(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    save(browser.sign_in(worker), child, {"full_name": "Trần Bảo Châu", "carers-0-address": "Bến"})
    body = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "child.changed")
    ).one()
    assert json.loads(body)["data"] == {"fields": ["full_name", "carers_contact"], "version": 2}


@pytest.fixture
def heard() -> Iterator[list[FieldChange]]:
    """What a package above hears of changes."""
    heard: list[FieldChange] = []

    def listen(
        session: Session, actor: Actor, child: Child, changes: Sequence[FieldChange], now: datetime
    ) -> None:
        heard.extend(changes)

    CHILD_EDITED.append(listen)
    yield heard
    CHILD_EDITED.remove(listen)


def test_listeners_hear_old_and_new(
    browser: Browser, child: Child, worker: User, heard: list[FieldChange]
) -> None:
    save(browser.sign_in(worker), child, {"birth": ["", "", "2016"], "school": None})
    assert [(c.field, c.section.value, c.old, c.new) for c in heard] == [
        ("birth", "identity", "05/03/2017", "2016"),
        ("school", "education", "Trường Tiểu học Lê Lợi", ""),
    ]


def test_two_carers_are_one_change(
    browser: Browser, child: Child, worker: User, heard: list[FieldChange]
) -> None:
    CarerFactory(child=child, relation="father", full_name="Nguyễn Văn Ba")
    typed: dict[str, object] = {"carers-0-full_name": "Lê Thị Hoa", "carers-1-occupation": "Thợ"}
    save(browser.sign_in(worker), child, typed)
    assert [(c.field, c.old, c.new) for c in heard] == [
        ("carers", "Mẹ, Lê Thị Hòa\nCha, Nguyễn Văn Ba", "Mẹ, Lê Thị Hoa\nCha, Nguyễn Văn Ba, Thợ")
    ]


def test_saving_nothing_changes_nothing(
    browser: Browser, session: Session, child: Child, worker: User, heard: list[FieldChange]
) -> None:
    save(browser.sign_in(worker), child, {})
    assert session.get_one(Child, child.id).version == 1 and heard == []
    assert "Không có gì thay đổi" in browser.follow().text


# doubtful, wrong, hostile


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"national_id": "005317001234"}, "không có trong danh mục mã tỉnh"),
        ({"national_id": "033217001234"}, "không khớp với giới tính"),
        ({"national_id": "033316001234"}, "năm sinh 2016"),
        ({"birth": ["", "", "2001"]}, "Hãy xem lại"),
    ],
)
def test_doubts_are_said_and_saved(
    browser: Browser, child: Child, worker: User, data: dict[str, object], said: str
) -> None:
    save(browser.sign_in(worker), child, data)
    assert said in browser.follow().select_one("#notices").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"birth": ["1", "1", "2099"]}, "Ngày sinh ở tương lai"),
        ({"birth": ["1", "1", "1989"]}, "trước 1990"),
        ({"birth": ["31", "2", "2017"]}, "không có trong lịch"),
        ({"birth": ["5", "", "2017"]}, "Ghi tháng"),
        ({"estimated_age": "9"}, "bỏ trống tuổi ước lượng"),
        ({"birth": "", "estimated_age": "99"}, "từ 0 đến 25"),
        ({"national_id": "12345"}, "12 chữ số"),
        ({"sex": "other"}, "Giới tính"),
        ({"residence_commune": "99999"}, "thường trú"),
        ({"full_name": "Anh\x00"}, "ký tự điều khiển"),
        ({"full_name": "A" * 201}, "Tối đa 200"),
        ({"residence_text": "x" * 3_000_000}, "1000"),
        ({"carers-0-phone": "12"}, "10 chữ số"),
        ({"carers-0-birth_year": "85"}, "bốn chữ số"),
        ({"carers-0-carer_id": "x"}, "tải lại trang"),
    ],
)
def test_wrong_values_are_refused_and_kept_on_the_page(
    browser: Browser,
    session: Session,
    child: Child,
    worker: User,
    data: dict[str, object],
    said: str,
) -> None:
    page = save(browser.sign_in(worker), child, {**data, "aliases": "Bống"}, expect=422)
    assert said in errors(page)
    assert page.select_one("[name=aliases]")["value"] == "Bống"
    assert session.get_one(Child, child.id).version == 1


def test_a_carer_of_another_child_is_out_of_reach(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    other = CarerFactory(full_name="Người khác")
    typed = {"carers-0-carer_id": str(other.id), "carers-0-full_name": "Đổi tên"}
    page = save(browser.sign_in(worker), child, typed, expect=422)
    assert "không thuộc hồ sơ" in errors(page)
    assert session.get_one(Carer, other.id).full_name == "Người khác"
    assert len(session.scalars(select(Carer).where(Carer.child_id == child.id)).all()) == 1


def test_two_people_at_once(
    app: Flask, browser: Browser, session: Session, unit: Unit, child: Child, worker: User
) -> None:
    """The second sees what the first changed, who and when, keeps the own text, and may save it."""
    stale = browser.sign_in(worker).get("people.edit", child_id=child.id)
    other = Browser(app, session).sign_in(UserFactory(unit=unit, name="Phạm Văn Bình"))
    save(other, child, {"school": "Trường Tân Hưng", "carers-0-full_name": "Lê Thị Hoa"})
    page = browser.submit_page(stale, {"full_name": "Nguyễn Minh Ánh"}, expect=409)
    conflict = page.select_one(".conflict")
    assert conflict is not None
    rows = [[cell.text for cell in row.select("th, td")] for row in conflict.select("tbody tr")]
    assert [row[:2] for row in rows] == [
        ["Trường, lớp", "Trường Tân Hưng"],
        ["Cha, mẹ, người chăm sóc", "Mẹ, Lê Thị Hoa"],
    ]
    assert all(row[2].startswith("Phạm Văn Bình, ") for row in rows)
    assert page.select_one("[name=full_name]")["value"] == "Nguyễn Minh Ánh"
    browser.submit_page(page, {})
    assert session.get_one(Child, child.id).full_name == "Nguyễn Minh Ánh"


def test_an_error_does_not_hide_a_conflict(
    app: Flask, browser: Browser, session: Session, unit: Unit, child: Child, worker: User
) -> None:
    """Correcting an error of a stale page still meets the other's change."""
    stale = browser.sign_in(worker).get("people.edit", child_id=child.id)
    other = Browser(app, session).sign_in(UserFactory(unit=unit))
    save(other, child, {"school": "Trường Tân Hưng"})
    page = browser.submit_page(stale, {"national_id": "1"}, expect=422)
    browser.submit_page(page, {"national_id": ""}, expect=409)


def test_a_double_click_saves_once(
    browser: Browser, session: Session, child: Child, worker: User
) -> None:
    page = browser.sign_in(worker).get("people.edit", child_id=child.id)
    typed: dict[str, object] = {"full_name": "Nguyễn Minh Ánh"}
    browser.submit_page(page, typed)
    browser.submit_page(page, typed)
    assert session.get_one(Child, child.id).version == 2


def test_a_missing_version_is_a_conflict(browser: Browser, child: Child, worker: User) -> None:
    save(browser.sign_in(worker), child, {"version": None}, expect=409)


def test_foreign_ids_in_the_address(browser: Browser, worker: User) -> None:
    browser.sign_in(worker).get("people.child", child_id=uuid.uuid4(), expect=404)
