"""From a commune's workbook to children of the register: pages, dry run, import, what stops it."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.cases.models import Case, CaseNumber
from app.core import clock
from app.core.tasks import Task, TaskState, run_waiting
from app.documents.models import FileChunk, StoredFile
from app.people.models import Carer, Child, Sex
from app.register.models import (
    GroupMembership,
    ImportRow,
    ImportState,
    RememberedColumn,
    RowState,
    SheetImport,
)
from app.register.services.imports import forget_imports
from config import Settings
from tests.browser import Browser
from tests.factories import CarerFactory, ChildFactory, UnitFactory, UserFactory
from tests.register.people import Place, another_case, in_group, make_place
from tests.register.workbooks import PLAIN, commune_list, sheet_of

GOOD = ("Đỗ Thị Mận", "05/02/2019", "Nữ", "Khuyết tật", "Lê Thị Lựu")
OTHER = ("Vũ Văn Ổi", "06/07/2018", "Nam", "Mồ côi", "Bùi Thị Na")


@pytest.fixture
def place(session: Session) -> Place:
    session.add(CaseNumber(year=clock.today().year, last=500_000))  # above those of factories
    return make_place()


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def send(
    browser: Browser, content: bytes, *, expect: int = 303, name: str = "ds.xlsx"
) -> BeautifulSoup:
    data = {"file": (BytesIO(content), name)}
    return browser.submit("imports.new", data, form="#import-upload", expect=expect)


def checked(browser: Browser, session: Session, content: bytes, **chosen: object) -> SheetImport:
    """Sent, its columns as proposed, and checked."""
    send(browser, content)
    browser.submit_page(browser.follow(), chosen, form="#import-columns")
    work(session)
    return newest(session)


def newest(session: Session) -> SheetImport:
    wanted = select(SheetImport).order_by(SheetImport.id.desc()).limit(1)
    return session.scalars(wanted).one()


def work(session: Session) -> None:
    """What the scheduler does."""
    session.commit()
    run_waiting(session, clock.now())
    session.expire_all()


def imported(browser: Browser, session: Session, one: SheetImport) -> SheetImport:
    browser.submit_page(browser.get("imports.show", import_id=one.id), {}, form="#import-run")
    work(session)
    return one


def states(session: Session, one: SheetImport) -> dict[int, str]:
    rows = select(ImportRow.number, ImportRow.state).where(ImportRow.import_id == one.id)
    return {number: str(state) for number, state in session.execute(rows)}


def test_a_real_list_becomes_children(browser: Browser, session: Session, place: Place) -> None:
    before = count(session, Child)
    browser.sign_in(place.worker)
    one = checked(browser, session, commune_list(30))
    assert one.counts == {"error": 3, "ready": 27, "skipped": 3}
    page = browser.get("imports.show", import_id=one.id)
    assert "Ô C13, Ngày sinh" in page.text and "Trẻ em lang thang" in page.text
    assert "Phường Hiến Nam" in browser.get("imports.show", import_id=one.id, show="ready").text
    assert count(session, Child) == before, "a dry run writes nothing"
    imported(browser, session, one)
    assert one.state is ImportState.DONE and one.counts["imported_children"] == 27
    assert count(session, Child) == before + 27
    child = session.scalars(select(Child).where(Child.national_id_hash.is_not(None))).first()
    assert child is not None and child.residence_commune == "11953"
    assert "Đã nhập 27 trẻ em mới" in browser.get("imports.show", import_id=one.id).text
    assert set(states(session, one).values()) == {RowState.ERROR}, "what was imported is gone"
    assert count(session, StoredFile) == count(session, FileChunk) == 0, "and the workbook"


@pytest.mark.wide
def test_each_child_has_what_the_row_says(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    imported(browser, session, one)
    membership = session.scalars(select(GroupMembership)).unique().one()
    child, case = (
        session.get_one(Child, membership.child_id),
        session.get_one(Case, membership.case_id),
    )
    assert (child.full_name, child.dob, child.sex) == ("Đỗ Thị Mận", "2019-02-05", Sex.FEMALE)
    assert session.scalars(select(Carer.full_name_sealed)).one()
    assert (case.unit_id, membership.group_code) == (place.unit.id, "DISABILITY")
    assert "Đỗ Thị Mận" in browser.get("register.of_case", case_id=case.id).text
    assert count(session, ImportRow) == count(session, StoredFile) == count(session, FileChunk) == 0
    assert one.outline is None and one.choices is None and one.file_name is None


@pytest.mark.wide
def test_the_same_workbook_again_doubles_nothing(
    browser: Browser, session: Session, place: Place
) -> None:
    """Also where the date of birth is a year, the number is missing, or there is neither parent."""
    rows = [
        GOOD,
        ("Vũ Văn Ổi", 2018, "Nam", "Mồ côi", None),
        ("Vũ Văn Na", None, None, "Mồ côi; KT nặng", None),
    ]
    browser.sign_in(place.worker)
    imported(browser, session, checked(browser, session, sheet_of(rows)))
    children, members = count(session, Child), count(session, GroupMembership)
    assert members == 4
    again = checked(browser, session, sheet_of([*rows, ("Bùi Văn Hồng", *OTHER[1:])]))
    assert states(session, again) == {2: "known", 3: "known", 4: "known", 5: "ready"}
    imported(browser, session, again)
    assert (count(session, Child), count(session, GroupMembership)) == (children + 1, members + 1)
    assert again.counts["imported_known"] == 3


@pytest.mark.wide
def test_a_child_who_is_there_gets_only_the_further_group(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    imported(browser, session, checked(browser, session, sheet_of([GOOD])))
    children = count(session, Child)
    more = checked(browser, session, sheet_of([(*GOOD[:3], "Mồ côi", GOOD[4])]))
    assert "chỉ ghi thêm nhóm" in browser.get("imports.show", import_id=more.id, show="ready").text
    imported(browser, session, more)
    assert count(session, Child) == children
    memberships = session.scalars(select(GroupMembership)).unique().all()
    assert {one.group_code for one in memberships} == {"DISABILITY", "ORPHAN"}
    assert len({(one.child_id, one.case_id) for one in memberships}) == 1


@pytest.mark.wide
def test_a_child_twice_in_the_sheet(browser: Browser, session: Session, place: Place) -> None:
    before = count(session, Child)
    browser.sign_in(place.worker)
    rows = [GOOD, GOOD, (*GOOD[:3], "Mồ côi", GOOD[4])]
    one = checked(browser, session, sheet_of(rows))
    assert states(session, one) == {2: "ready", 3: "known", 4: "ready"}
    assert "Lặp lại dòng 2" in browser.get("imports.show", import_id=one.id, show="known").text
    imported(browser, session, one)
    assert count(session, Child) == before + 1 and count(session, GroupMembership) == 2


NUMBERED = (*PLAIN, "Số định danh")
OWN, COPIED = (*GOOD, "033319000011"), (*OTHER, "033319000011")


@pytest.mark.wide
def test_a_number_copied_to_another_child_of_the_sheet_is_an_error(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([OWN, COPIED], NUMBERED))
    assert states(session, one) == {2: "ready", 3: "error"}
    assert "ở dòng 2 cho em có tên khác" in browser.get("imports.show", import_id=one.id).text


@pytest.mark.wide
def test_the_number_of_a_known_child_with_another_name_waits_for_a_decision(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    imported(browser, session, checked(browser, session, sheet_of([OWN], NUMBERED)))
    children = count(session, Child)
    renamed = ("do thi man", *OWN[1:])
    one = checked(browser, session, sheet_of([renamed], NUMBERED))
    assert states(session, one) == {2: "known"}, "the same name, written without marks"
    one = checked(browser, session, sheet_of([COPIED], NUMBERED))
    assert states(session, one) == {2: "alike"}
    decide(browser, one, "other")
    assert str(browser.location).endswith("#row-2")
    imported(browser, session, one)
    assert count(session, Child) == children + 1
    for row in (OWN, COPIED):
        again = checked(browser, session, sheet_of([row], NUMBERED))
        assert states(session, again) == {2: "known"}


@pytest.mark.wide
def test_what_was_recorded_after_the_dry_run_is_not_doubled(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    other = checked(browser, session, sheet_of([GOOD, OTHER]))
    imported(browser, session, one)
    children = count(session, Child)
    imported(browser, session, other)
    assert count(session, Child) == children + 1 and other.counts["imported_known"] == 1


def alike(browser: Browser, session: Session, place: Place) -> tuple[SheetImport, Child]:
    """Minh Anh of the place's case stands in the sheet with another mother."""
    child = session.get_one(Child, place.case.child_id)
    CarerFactory(child=child, full_name="Phạm Thị Xuân")
    row = ("Nguyễn Minh Anh", "05/03/2017", "Nữ", "Khuyết tật", "Lê Thị Hòa")
    browser.sign_in(place.worker)
    return checked(browser, session, sheet_of([row])), child


def decide(browser: Browser, one: SheetImport, value: str, *, expect: int = 303) -> None:
    page = browser.get("imports.show", import_id=one.id, show="alike")
    browser.submit_page(page, {"decision": value}, form=".import-rows form", expect=expect)


def test_a_likely_duplicate_waits_for_a_decision(
    browser: Browser, session: Session, place: Place
) -> None:
    one, child = alike(browser, session, place)
    assert states(session, one) == {2: "alike"}
    page = browser.get("imports.show", import_id=one.id)
    assert page.select_one("#import-run") is None, "nothing is imported undecided"
    assert place.case.number in page.text and "Là em này" in page.text
    decide(browser, one, str(child.id))
    before = count(session, Child)
    imported(browser, session, one)
    assert count(session, Child) == before
    membership = session.scalars(select(GroupMembership)).unique().one()
    assert (membership.child_id, membership.case_id) == (child.id, place.case.id)


@pytest.mark.wide
def test_another_child_and_left_out(browser: Browser, session: Session, place: Place) -> None:
    one, _child = alike(browser, session, place)
    before = count(session, Child)
    decide(browser, one, "leave")
    assert browser.get("imports.show", import_id=one.id).select_one("#import-run") is None
    decide(browser, one, "other")
    imported(browser, session, one)
    assert count(session, Child) == before + 1


def test_a_child_that_was_not_shown_cannot_be_chosen(
    browser: Browser, session: Session, place: Place
) -> None:
    one, _child = alike(browser, session, place)
    decide(browser, one, str(another_case(place.unit).child_id), expect=422)
    decide(browser, one, "anything", expect=422)


@pytest.mark.wide
def test_all_at_once(browser: Browser, session: Session, place: Place) -> None:
    rows = [
        ("Nguyễn Minh Anh", "05/03/2017", "Nữ", group, mother)
        for group, mother in (("Khuyết tật", "Trần Thị Tư"), ("Mồ côi", "Trần Thị Năm"))
    ]
    CarerFactory(child=session.get_one(Child, place.case.child_id), full_name="Phạm Thị Xuân")
    browser.sign_in(place.worker)
    one, before = checked(browser, session, sheet_of(rows)), count(session, Child)
    page = browser.get("imports.show", import_id=one.id)
    browser.submit_page(page, {"decision": "other"}, form="#decide-all")
    imported(browser, session, one)
    assert count(session, Child) == before + 2


def test_a_child_of_others_is_told_without_a_word_about_it(
    browser: Browser, session: Session, place: Place
) -> None:
    """By the number the row is held back; the unit to ask is named, nothing else."""
    other = make_place("11977")
    child = session.get_one(Child, other.case.child_id)
    from app.core.crypto import keyring  # noqa: PLC0415

    child.full_name, child.national_id = "Ngô Bảo Yên", "033319001234"
    child.national_id_hash = keyring().lookup("national_id", "033319001234")
    session.commit()
    browser.sign_in(place.worker)
    headings = (*PLAIN, "Số định danh")
    one = checked(browser, session, sheet_of([(*GOOD, "033319001234")], headings))
    assert states(session, one) == {2: "alike"}
    page = browser.get("imports.show", import_id=one.id)
    assert other.unit.name in page.text and "Bảo Yên" not in page.text
    assert str(child.id) not in str(page) and "Là em này" not in page.text


@pytest.mark.wide
def test_columns_are_remembered_by_the_unit(
    browser: Browser, session: Session, place: Place
) -> None:
    headings = ("Tên gọi của cháu", *PLAIN[1:])
    browser.sign_in(place.worker)
    send(browser, sheet_of([GOOD], headings))
    page = browser.follow()
    refused = browser.submit_page(page, {}, form="#import-columns", expect=422)
    assert "Chọn cột họ và tên trẻ em" in refused.text
    browser.submit_page(refused, {"column_0": "full_name"}, form="#import-columns")
    send(browser, sheet_of([OTHER], headings))
    assert browser.follow().select_one('#column_0 option[value="full_name"][selected]')
    browser.sign_in(make_place("11977").worker)
    send(browser, sheet_of([OTHER], headings))
    assert browser.follow().select_one('#column_0 option[value="full_name"][selected]') is None
    kept = session.scalars(select(RememberedColumn.heading)).all()
    assert len(kept) == 5 and all(b"ten" not in heading for heading in kept)


@pytest.mark.wide
def test_two_columns_for_one_thing_are_refused(browser: Browser, place: Place) -> None:
    browser.sign_in(place.worker)
    send(browser, sheet_of([GOOD]))
    page = browser.submit_page(
        browser.follow(), {"column_4": "full_name"}, form="#import-columns", expect=422
    )
    assert "Hai cột cùng chọn một mục" in page.text


@pytest.mark.wide
def test_a_sheet_without_a_child_says_so(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([("Tổng cộng", "", "", "", "")]))
    page = browser.get("imports.show", import_id=one.id)
    assert "Không dòng nào là trẻ em" in page.text
    assert page.select_one(".tabs [aria-current]") is not None


@pytest.mark.wide
def test_one_group_for_a_whole_sheet(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    send(browser, sheet_of([GOOD[:3]], PLAIN[:3]))
    chosen = {"group": "DISABILITY.1", "since": "01/03/2024"}
    browser.submit_page(browser.follow(), chosen, form="#import-columns")
    work(session)
    imported(browser, session, newest(session))
    membership = session.scalars(select(GroupMembership)).unique().one()
    assert (membership.sub_code, str(membership.since)) == ("DISABILITY.1", "2024-03-01")


@pytest.mark.wide
def test_another_sheet_and_another_heading(browser: Browser, place: Place) -> None:
    browser.sign_in(place.worker)
    send(browser, commune_list(5))
    address = browser.location
    assert "Kính gửi các thôn" in browser.open(f"{address}?sheet=0&heading=1").text
    assert browser.open(f"{address}?sheet=99&heading=x").select_one("#column_1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "rỗng"),
        (b"a,b\n1,2\n", "không phải bảng tính .xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls kiểu cũ"),
        (b"PK\x03\x04broken", "Không đọc được bảng tính này"),
    ],
)
def test_a_file_that_is_none_is_answered_at_the_field(
    browser: Browser, session: Session, place: Place, content: bytes, words: str
) -> None:
    page = send(browser.sign_in(place.worker), content, expect=422)
    assert words in page.text and page.select_one('.error-summary a[href="#file"]')
    assert count(session, SheetImport) == 0


@pytest.mark.wide
def test_another_file_sent_from_the_same_page_is_not_taken_for_the_first(
    browser: Browser, session: Session, place: Place
) -> None:
    """It would be lost without a word."""
    page = browser.sign_in(place.worker).get("imports.new")
    first, second = sheet_of([GOOD]), sheet_of([OTHER])
    for content, expect in ((first, 303), (first, 303), (second, 422)):
        data = {"file": (BytesIO(content), "ds.xlsx")}
        browser.submit_page(page, data, form="#import-upload", expect=expect)
    assert count(session, SheetImport) == 1


def test_a_double_click_imports_once(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    before, page = count(session, Child), browser.get("imports.show", import_id=one.id)
    stale = browser.get("imports.show", import_id=one.id)
    browser.submit_page(page, {}, form="#import-run")
    browser.submit_page(page, {}, form="#import-run")
    browser.submit_page(stale, {}, form="#import-run", expect=409)
    work(session)
    assert count(session, Child) == before + 1
    assert count(session, Task) == 2  # the check and the import


@pytest.mark.wide
def test_progress_is_shown_and_leads_to_the_report(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    send(browser, sheet_of([GOOD]))
    browser.submit_page(browser.follow(), {}, form="#import-columns")
    one = newest(session)
    page = browser.get("imports.show", import_id=one.id)
    assert page.select_one("#import-progress[hx-get] progress")
    work(session)
    answer = browser.client.get(f"/register/imports/{one.id}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/register/imports/{one.id}"


def test_dropping_an_import_leaves_nothing(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    page = browser.get("imports.show", import_id=one.id)
    browser.submit_page(page, {}, form="#import-cancel")
    assert (one.state, one.file_id) == (ImportState.CANCELLED, None)
    assert count(session, ImportRow) == count(session, FileChunk) == 0
    assert "Đã hủy lần nhập này" in browser.get("imports.show", import_id=one.id).text


def test_what_is_kept_is_deleted_in_time(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    forget_imports(session, clock.now() + timedelta(days=13))
    assert count(session, ImportRow) == 1
    forget_imports(session, clock.now() + timedelta(days=14))
    session.commit()
    assert (one.state, one.outline) == (ImportState.FORGOTTEN, None)
    assert count(session, ImportRow) == count(session, FileChunk) == 0


@pytest.mark.wide
def test_work_that_failed_can_be_done_again(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    browser.submit_page(browser.get("imports.show", import_id=one.id), {}, form="#import-run")
    values = {"state": TaskState.FAILED, "ended_at": clock.now()}
    session.execute(update(Task).where(Task.id == one.task_id).values(**values))
    session.commit()
    assert "bị dừng" in browser.get("imports.show", import_id=one.id).text
    before = count(session, Child)
    imported(browser, session, one)
    assert count(session, Child) == before + 1


@pytest.mark.wide
def test_too_many_rows_lead_back_with_words(
    browser: Browser, session: Session, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.register.sheets import vocabulary  # noqa: PLC0415

    few = vocabulary.vocabulary().model_copy(update={"most_rows": 1})
    monkeypatch.setattr("app.register.services.import_check.vocabulary", lambda: few)
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD, OTHER]))
    assert (one.state, one.fault) == (ImportState.UPLOADED, "rows")
    assert "nhiều dòng hơn mức cho phép" in browser.get("imports.show", import_id=one.id).text


@pytest.mark.wide
def test_others_have_no_part_in_it(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    browser.sign_in(make_place("11977").worker).get("imports.show", import_id=one.id, expect=404)
    browser.sign_in(place.chair).get("imports.index", expect=403)
    province = UserFactory(role=Role.CP_WORKER, unit=UnitFactory(doh=True))
    send(browser.sign_in(province), sheet_of([GOOD]), expect=403)


def test_nothing_personal_outside_the_seals(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD, OTHER]))
    for table in ("tasks", "audit_events", "sheet_imports", "import_rows", "import_columns"):
        for row in session.execute(text(f"SELECT * FROM {table}")):
            assert not re.search("Mận|Lựu|Ổi", " ".join(map(str, row))), table
            assert b"M\xe1\xba\xadn" not in b"".join(v for v in row if isinstance(v, bytes))
    imported(browser, session, one)
    steps = re.findall(r'"step":"(\w+)"', " ".join(session.scalars(select(AuditEvent.body))))
    assert sorted(s for s in steps if s != "recorded") == [
        "asked", "checked", "imported", "started", "uploaded",
    ]  # fmt: skip


@pytest.mark.wide
def test_the_rows_with_errors_as_a_workbook(
    browser: Browser, session: Session, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD, ("=1+1", 1, "x", "y", "z")]))
    answer = browser.client.get(f"/register/imports/{one.id}/errors.xlsx")
    assert answer.status_code == 200 and answer.data[:4] == b"PK\x03\x04"
    assert "ds" not in answer.headers["Content-Disposition"].replace("disposition", "")


PROGRAM = """
import sys
from app import create_app
from app.core import clock
from app.core.db import db
from app.core.tasks import run_waiting
from config import Settings
settings = Settings.model_validate_json(sys.stdin.read())
with create_app(settings).app_context(), db.sessionmaker() as session:
    run_waiting(session, clock.now())
"""


@pytest.mark.wide
@pytest.mark.real_time
def test_a_killed_import_leaves_nothing_and_goes_on_to_the_end(
    app: Flask, browser: Browser, session: Session, settings: Settings, place: Place
) -> None:
    browser.sign_in(place.worker)
    one = checked(browser, session, commune_list(700, wrong=False))
    browser.submit_page(browser.get("imports.show", import_id=one.id), {}, form="#import-run")
    before, members = count(session, Child), count(session, GroupMembership)
    given = settings.model_dump(mode="json") | {
        "secret_key": settings.secret_key.get_secret_value()
    }
    import json  # noqa: PLC0415

    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(given).encode())
    child.stdin.close()
    until = time.monotonic() + 60
    while time.monotonic() < until and not _done(session, one):
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    session.expire_all()
    assert 0 < _done(session, one) < 700, "it was killed in the middle"
    assert (count(session, Child), count(session, GroupMembership)) == (before, members)
    work(session)
    assert one.state is ImportState.DONE
    assert count(session, Child) == before + one.counts["imported_children"]


def _done(session: Session, one: SheetImport) -> int:
    session.rollback()
    return session.scalar(select(Task.done).where(Task.id == one.task_id)) or 0


@pytest.mark.wide
def test_a_running_group_that_was_recorded_by_hand_is_known(
    browser: Browser, session: Session, place: Place
) -> None:
    child = ChildFactory(full_name="Đỗ Thị Mận", dob="2019-02-05", birth_year=2019)
    case = another_case(place.unit, full_name="Đỗ Thị Mận", dob="2019-02-05", birth_year=2019)
    assert child.id != case.child_id
    in_group(session, case, place.worker, "DISABILITY.2")
    browser.sign_in(place.worker)
    one = checked(browser, session, sheet_of([GOOD]))
    assert states(session, one) == {2: "known"}


@pytest.mark.wide
def test_whoever_stops_the_check_does_not_wait_for_it(
    browser: Browser, session: Session, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropped while its rows are being judged: the work is undone, and nothing is left."""
    from app.core.tasks import TaskRun  # noqa: PLC0415

    browser.sign_in(place.worker)
    send(browser, sheet_of([GOOD]))
    browser.submit_page(browser.follow(), {}, form="#import-columns")
    one, going = newest(session), TaskRun.progress
    page, calls = browser.get("imports.show", import_id=one.id), list[int]()

    def stop_then_go_on(run: TaskRun, done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == 2:  # the rows are written, nothing is committed
            browser.submit_page(page, {}, form="#import-cancel")
        going(run, done, total)

    monkeypatch.setattr(TaskRun, "progress", stop_then_go_on)
    work(session)
    assert calls == [0, 1] and one.state is ImportState.CANCELLED
    assert count(session, ImportRow) == count(session, FileChunk) == 0
