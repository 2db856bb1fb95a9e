"""Exports: a reason, at most so many, a second person, what may be seen now, a password, an end."""

import json
from datetime import timedelta
from io import BytesIO

import msoffcrypto
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, User, UserSession
from app.cases import exporting
from app.cases.exporting import rules
from app.cases.models import Case, Export
from app.cases.models.exports import ExportDecided, ExportState, OwnExport
from app.cases.services import exports as services
from app.cases.services.exports import Answer, forget_exports
from app.core import clock
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.core.tasks import Task, TaskState, run_waiting
from app.documents.models import FileChunk, StoredFile
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import (
    TAN_HUNG,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.parts.exports import an_export
from tests.register.people import in_group
from tests.sql import counted

REASON = "Đối chiếu với danh sách của trường tiểu học"


class Place:
    """A commune with one report for all its cases, two workers, its Chair; a supervisor."""

    def __init__(self) -> None:
        self.unit: Unit = UnitFactory()
        self.worker: User = UserFactory(unit=self.unit)
        self.other: User = UserFactory(unit=self.unit)
        self.chair: User = UserFactory(unit=self.unit, role=Role.COMMUNE_CHAIR)
        self.supervisor: User = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
        self.report = ReportFactory()
        self.cases: list[Case] = []

    def add(self, count: int, **child: object) -> list[Case]:
        new = [
            CaseFactory(
                worked_by=self.unit,
                of_child=ChildFactory(**child),
                of_report=self.report,
                owner_id=self.worker.id,
            )
            for _ in range(count)
        ]
        self.cases += new
        return new


@pytest.fixture
def place(session: Session) -> Place:
    made = Place()
    made.add(3)
    return made


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is one of more than four, a second person is asked beyond two."""
    small = rules().model_copy(update={"most_rows": 4, "alone_children": 2})
    monkeypatch.setattr(exporting, "_versions", lambda: _Only(small))


class _Only:
    def __init__(self, one: exporting.ExportRules) -> None:
        self.one = one

    def in_force(self, _at: object) -> exporting.ExportRules:
        return self.one


def ask(
    browser: Browser, user: User, *, expect: int = 303, reason: str = REASON, query: str = ""
) -> BeautifulSoup:
    page = browser.sign_in(user).open(f"/exports/new?{query}")
    return browser.submit_page(page, {"reason": reason}, form="#export-form", expect=expect)


def the(session: Session) -> Export:
    session.rollback()
    return session.scalars(select(Export)).unique().one()


def work(session: Session) -> Export:
    run_waiting(session, clock.now())
    return the(session)


def set_password(browser: Browser, export: Export) -> str:
    path = f"/exports/{export.id}"
    page = browser.submit_page(browser.open(path), {}, form="#password-form", expect=200)
    code = page.select_one("#export-password code")
    assert code is not None
    return code.text


def fetch(browser: Browser, export: Export, expect: int = 200) -> bytes:
    found = browser._alone(browser.client.get, f"/exports/{export.id}/download")
    assert found.status_code == expect
    if expect == 200:
        name = f'attachment; filename="{export.number}.xlsx"'
        assert found.headers["Content-Disposition"] == name
        assert found.headers["Cache-Control"] == "no-store"
    return bytes(found.data)


def table(locked: bytes, password: str) -> list[list[object]]:
    clear, found = BytesIO(), msoffcrypto.OfficeFile(BytesIO(locked))
    found.load_key(password=password, verify_password=True)
    found.decrypt(clear, verify_integrity=True)
    sheet = load_workbook(clear).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def exported(browser: Browser, session: Session) -> list[list[object]]:
    """The rest of the way of one that was agreed to: made, locked, fetched, opened."""
    export = work(session)
    assert export.made_at is not None
    password = set_password(browser, export)
    return table(fetch(browser, export), password)


def events(session: Session, action: str) -> list[AuditEvent]:
    session.rollback()
    found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return list(session.scalars(found))


def steps(session: Session) -> list[str]:
    return [json.loads(e.body)["data"]["step"] for e in events(session, "export.changed")]


def test_a_short_list_goes_the_whole_way(browser: Browser, session: Session, place: Place) -> None:
    place.cases[0].do_not_contact = True
    session.commit()
    page = browser.sign_in(place.worker).get("cases.index")
    link = page.select_one('a[href^="/exports/new"]')
    assert link is not None
    asked = browser.open(str(link["href"]))
    assert "3 trẻ em, 3 dòng" in asked.text and "Họ và tên" in asked.text
    browser.submit_page(asked, {"reason": REASON}, form="#export-form")
    assert "Đang chờ đến lượt" in browser.follow().text
    rows = exported(browser, session)
    export = the(session)
    assert str(rows[0][0]).startswith(f"BẢN XUẤT {export.number}, dành cho {place.worker.name}")
    assert REASON in str(rows[0][0]) and "Đang mở" in str(rows[1][0])
    titles, body = rows[4], rows[5:]
    assert titles[0] == "Hồ sơ" and titles[-1] == "Bản xuất"
    assert {str(row[0]) for row in body} == {case.number for case in place.cases}
    assert {row[1] for row in body} == {"Nguyễn Minh Anh"}
    assert sum("không liên hệ" in [str(cell) for cell in row] for row in body) == 1
    assert {row[-1] for row in body} == {export.number}


def test_each_child_and_each_step_is_on_the_log(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    fetch(browser, export)
    each = events(session, "cases.exported")
    assert {e.chain_id for e in each} == {case.id for case in place.cases}
    bodies = [json.loads(e.body) for e in each]
    assert {body["subject"] for body in bodies} == {str(case.child_id) for case in place.cases}
    assert {body["data"]["export"] for body in bodies} == {str(export.id)}
    assert {body["actor"] for body in bodies} == {str(place.worker.id)}
    assert steps(session) == ["asked", "made", "password"]
    assert len(events(session, "export.read")) == 1
    assert REASON not in " ".join(e.body for e in session.scalars(select(AuditEvent)))


@pytest.mark.parametrize("reason", ["", "   ", "Cần gấp", "x" * 501])
def test_a_real_reason_is_asked_for(
    browser: Browser, session: Session, place: Place, reason: str
) -> None:
    page = ask(browser, place.worker, reason=reason, expect=422)
    assert page.select_one('.error-summary a[href="#reason"]') is not None
    assert session.scalar(select(func.count()).select_from(Export)) == 0


@pytest.mark.usefixtures("few")
def test_too_long_a_list_is_refused_with_what_to_do(
    browser: Browser, session: Session, place: Place
) -> None:
    place.add(2)
    page = browser.sign_in(place.worker).open("/exports/new?risk=none")
    assert "dài hơn 4 dòng" in page.text and page.select_one("#export-form") is None
    back = page.find("a", string="Quay lại danh sách")
    assert back is not None and back["href"] == "/cases/?risk=none"
    data = services.ExportData("cases", "", REASON)
    with pytest.raises(InvalidInput):
        services.ask_export(session, actor=actor_of(place.worker), data=data, now=clock.now())


def test_the_rules_are_those_of_the_design() -> None:
    assert (rules().most_rows, rules().alone_children) == (500, 50)


@pytest.mark.wide
@pytest.mark.usefixtures("few")
def test_a_longer_list_waits_for_a_second_person(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    assert "chờ người thứ hai" in browser.follow().text
    export = the(session)
    assert export.state is ExportState.ASKED and export.task_id is None
    run_waiting(session, clock.now())
    home = browser.sign_in(place.chair).get("home.index")
    assert export.number in home.text and "3 trẻ em" in home.text
    page = browser.get("exports.decide", asked_id=export.id)
    assert REASON in page.text and place.worker.name in page.text and "Đang mở" in page.text
    assert "Nguyễn Minh Anh" not in page.text
    browser.submit_page(page, {"decision": "approved"}, form="#export-decision")
    browser.sign_in(place.worker)
    assert len(exported(browser, session)) == 5 + 3
    assert steps(session) == ["asked", "agreed", "made", "password"]
    assert place.chair.name in browser.get("exports.show", export_id=export.id).text


@pytest.mark.usefixtures("few")
def test_many_short_ones_are_no_way_around(
    browser: Browser, session: Session, place: Place
) -> None:
    now = clock.now()
    day = timedelta(hours=rules().alone_hours)
    an_export(session, place.worker, state=ExportState.AGREED, children=2, asked_at=now - day / 2)
    session.commit()
    for case in place.cases[1:]:
        case.owner_id = place.other.id
    session.commit()
    page = browser.sign_in(place.worker).open("/exports/new?who=mine")
    assert "Bạn đã tự xuất 2 trẻ em" in page.text and place.chair.name in page.text
    session.execute(update(Export).values(asked_at=now - day))
    session.commit()
    assert "Bạn đã tự xuất" not in browser.open("/exports/new?who=mine").text


@pytest.mark.usefixtures("few")
def test_nobody_agrees_to_their_own(browser: Browser, session: Session, place: Place) -> None:
    ask(browser, place.chair)
    export = the(session)
    browser.get("exports.decide", asked_id=export.id, expect=404)
    assert export.number not in browser.get("home.index").text
    answer = Answer(is_yes=True, note=None, children_seen=9)
    with pytest.raises(OwnExport):
        services.decide_export(
            session, actor=actor_of(place.chair), export=export, answer=answer, now=clock.now()
        )
    session.rollback()
    page = browser.sign_in(place.supervisor).get("exports.decide", asked_id=export.id)
    browser.submit_page(page, {"decision": "approved"}, form="#export-decision")
    assert work(session).made_at is not None


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("who", ["worker of the unit", "chair elsewhere", "supervisor elsewhere"])
def test_who_is_not_of_the_scope_does_not_see_it(
    browser: Browser, session: Session, place: Place, who: str
) -> None:
    ask(browser, place.worker)
    export, there = the(session), UnitFactory(commune_code=TAN_HUNG)
    user = {
        "worker of the unit": lambda: place.other,
        "chair elsewhere": lambda: UserFactory(unit=there, role=Role.COMMUNE_CHAIR),
        "supervisor elsewhere": lambda: UserFactory(unit=there, role=Role.SUPERVISOR),
    }[who]()
    status = 403 if user is place.other else 404
    browser.sign_in(user).get("exports.decide", asked_id=export.id, expect=status)
    browser.get("exports.show", export_id=export.id, expect=404)


def opened_by_chair(
    browser: Browser, session: Session, place: Place
) -> tuple[Export, BeautifulSoup]:
    """What the worker asked for, on the page where the Chair decides."""
    ask(browser, place.worker)
    export = the(session)
    return export, browser.sign_in(place.chair).get("exports.decide", asked_id=export.id)


@pytest.mark.usefixtures("few")
def test_a_refusal_says_why_and_makes_no_file(
    browser: Browser, session: Session, place: Place
) -> None:
    export, page = opened_by_chair(browser, session, place)
    form = "#export-decision"
    page = browser.submit_page(page, {"decision": "refused"}, form=form, expect=422)
    why = "Nhiều hơn mức cần cho việc này"
    browser.submit_page(page, {"decision": "refused", "note": why}, form=form)
    browser.get("exports.decide", asked_id=export.id)
    shown = browser.sign_in(place.worker).get("exports.show", export_id=export.id)
    assert why in shown.text and "Không được duyệt" in shown.text
    assert session.scalar(select(func.count()).select_from(Task)) == 0


@pytest.mark.usefixtures("few")
def test_two_answers_at_once_the_second_is_told(
    browser: Browser, session: Session, place: Place
) -> None:
    export, page = opened_by_chair(browser, session, place)
    other = Browser(browser._app, session).sign_in(place.supervisor)
    late = other.get("exports.decide", asked_id=export.id)
    browser.submit_page(page, {"decision": "approved"}, form="#export-decision")
    told = other.submit_page(late, {"decision": "approved"}, form="#export-decision", expect=409)
    assert str(ExportDecided.message) in told.text
    assert session.scalar(select(func.count()).select_from(Task)) == 1


@pytest.mark.usefixtures("few")
def test_a_list_that_grew_is_looked_at_again(
    browser: Browser, session: Session, place: Place
) -> None:
    _, page = opened_by_chair(browser, session, place)
    place.add(1)
    form = "#export-decision"
    page = browser.submit_page(page, {"decision": "approved"}, form=form, expect=422)
    assert "dài thêm" in page.text
    browser.submit_page(page, {"decision": "approved"}, form=form)
    assert the(session).children == 4


@pytest.mark.usefixtures("few")
def test_what_nobody_answers_lapses(browser: Browser, session: Session, place: Place) -> None:
    export, page = opened_by_chair(browser, session, place)
    export.asked_at -= timedelta(hours=rules().answer_hours)
    session.commit()
    browser.submit_page(page, {"decision": "approved"}, form="#export-decision", expect=409)
    assert export.number not in browser.get("home.index").text
    shown = browser.sign_in(place.worker).get("exports.show", export_id=export.id)
    assert "hết hiệu lực" in shown.text


CHANGES = {
    "disabled": {"is_active": False},
    "role": {"role": Role.COMMUNE_CHAIR},
    "unit": {},
}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_account_is_not_agreed_to(
    browser: Browser, session: Session, place: Place, change: str
) -> None:
    ask(browser, place.worker)
    export = the(session)
    changed(session, place, change)
    page = browser.sign_in(place.chair).get("exports.decide", asked_id=export.id)
    assert "chỉ còn từ chối được" in page.text
    form = "#export-decision"
    browser.submit_page(page, {"decision": "approved"}, form=form, expect=409)
    browser.submit_page(page, {"decision": "refused", "note": "Đã chuyển đơn vị"}, form=form)


def changed(session: Session, place: Place, change: str) -> None:
    for name, value in CHANGES[change].items():
        setattr(place.worker, name, value)
    if change == "unit":
        place.worker.unit_id = UnitFactory(commune_code=TAN_HUNG).id
    session.commit()


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_account_gets_no_file(
    browser: Browser, session: Session, place: Place, change: str
) -> None:
    ask(browser, place.worker)
    changed(session, place, change)
    export = work(session)
    task = session.get_one(Task, export.task_id)
    assert (task.state, task.error) == (TaskState.FAILED, "AskerChanged")
    assert export.made_at is None and events(session, "cases.exported") == []


@pytest.mark.parametrize("change", ["role", "unit"])
def test_a_file_that_is_there_is_closed_to_a_changed_account(
    browser: Browser, session: Session, place: Place, change: str
) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    changed(session, place, change)
    browser.sign_in(place.worker)
    fetch(browser, export, expect=404)
    browser.get("exports.show", export_id=export.id, expect=404)


def keep_out(place: Place, case: Case) -> None:
    """The worker, of a relative's case."""
    CaseDenialFactory(of_case=case, user_id=place.worker.id, by_id=place.chair.id)


def test_a_file_with_a_case_that_was_closed_to_its_owner_is_not_given_out(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    fetch(browser, export)
    keep_out(place, place.cases[0])
    fetch(browser, export, expect=409)
    assert len(events(session, "export.read")) == 1


def test_the_file_holds_what_may_be_seen_when_it_is_made(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    kept_out = place.cases[0]
    keep_out(place, kept_out)
    rows = exported(browser, session)
    numbers = {str(row[0]) for row in rows[5:]}
    assert kept_out.number not in numbers and len(numbers) == 2


def test_more_children_than_were_agreed_to_are_not_made(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    place.add(1)
    export = work(session)
    assert session.get_one(Task, export.task_id).error == "ListGrew"
    assert export.made_at is None and events(session, "cases.exported") == []
    shown = browser.get("exports.show", export_id=export.id)
    assert "dài thêm" in shown.text


def test_a_name_that_looks_like_a_formula_is_a_text(
    browser: Browser, session: Session, place: Place
) -> None:
    place.add(1, full_name="=cmd|' /C calc'!A0")
    ask(browser, place.worker)
    assert "=cmd|' /C calc'!A0" in [row[1] for row in exported(browser, session)[5:]]


def test_the_password_is_kept_nowhere_and_a_new_one_replaces_it(
    browser: Browser, session: Session, place: Place, superuser: Engine
) -> None:
    ask(browser, place.worker)
    export = work(session)
    fetch(browser, export, expect=409)  # first the password
    first = set_password(browser, export)
    one = fetch(browser, export)
    assert first not in browser.get("exports.show", export_id=export.id).text
    second = set_password(browser, export)
    two = fetch(browser, export)
    assert first != second and len(first) == 19
    assert table(one, first) == table(two, second)
    with superuser.connect() as connection:
        for name in ("exports", "tasks", "audit_events", "idempotency_keys", "stored_files"):
            rows = connection.exec_driver_sql(f"SELECT t::text FROM {name} t").scalars()
            assert not [row for row in rows if first in row or second in row]


def test_a_double_click_shows_the_password_of_the_file(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    export = work(session)
    page = browser.get("exports.show", export_id=export.id)
    shown = []
    for _ in range(2):
        answer = browser.submit_page(page, {}, form="#password-form", expect=200)
        code = answer.select_one("#export-password code")
        assert code is not None
        shown.append(code.text)
    assert shown[0] == shown[1]
    assert table(fetch(browser, export), shown[0])


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/exports/new"), ("get", "/exports/{}/download"), ("post", "/exports/{}/password")],
)
def test_all_of_it_asks_for_the_password_of_the_account_again(
    browser: Browser, session: Session, place: Place, method: str, path: str
) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    page = browser.get("exports.show", export_id=export.id)
    for one in session.scalars(select(UserSession)):
        one.confirmed_at -= timedelta(minutes=6)
    session.commit()
    if method == "post":
        asked = browser.submit_page(page, {}, form="#password-form", expect=403)
        assert asked.select_one("#step_up_password") is not None
        return
    browser.open(path.format(export.id), expect=303)
    assert browser.location is not None and "/auth/confirm?next=/exports/" in browser.location
    assert "download" not in browser.location


def test_nobody_else_gets_it(browser: Browser, session: Session, place: Place) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    for user in (place.other, place.chair, place.supervisor):
        browser.sign_in(user)
        fetch(browser, export, expect=404)
        browser.get("exports.show", export_id=export.id, expect=404)


def test_what_is_kept_is_sealed_and_removed_with_its_key(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    export = work(session)
    set_password(browser, export)
    stored = session.get_one(StoredFile, export.file_id)
    key_id, made = stored.key_id, export.made_at
    assert made is not None
    pieces = session.scalars(select(FileChunk.sealed)).all()
    assert pieces and not any(b"PK\x03\x04" in piece for piece in pieces)
    kept = timedelta(hours=rules().kept_hours)
    forget_exports(session, made + kept - timedelta(seconds=1))
    assert export.file_id is not None
    export.made_at = made - kept
    session.commit()
    fetch(browser, export, expect=410)
    forget_exports(session, clock.now())
    session.commit()
    assert session.scalar(select(func.count()).select_from(FileChunk)) == 0
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 0
    assert session.get_one(DataKey, key_id).wrapped is None
    assert the(session).reason == REASON
    assert "Đã xóa tệp" in browser.get("exports.show", export_id=export.id).text


def test_a_supervisor_exports_no_column_of_a_closed_section(
    browser: Browser, session: Session, place: Place
) -> None:
    in_group(session, place.cases[0], place.worker, "HIV")
    in_group(session, place.cases[1], place.worker, "ORPHAN.1")
    session.commit()
    ask(browser, place.supervisor, query="list=register")
    rows = exported(browser, session)
    text = str(rows)
    assert len(rows) == 5 + 1 and "HIV" not in text and place.cases[1].number in text


@pytest.mark.usefixtures("few")
def test_a_list_longer_by_confidential_groups_is_agreed_to_by_who_could_read_it(
    browser: Browser, session: Session, place: Place
) -> None:
    """Its length would tell a supervisor that there is somebody in such a group."""
    for case, code in zip(place.cases, ("HIV", "ORPHAN.1", "ORPHAN.2"), strict=True):
        in_group(session, case, place.worker, code)
    session.commit()
    page = browser.sign_in(place.worker).open("/exports/new?list=register")
    assert place.chair.name in page.text and place.supervisor.name not in page.text
    browser.submit_page(page, {"reason": REASON}, form="#export-form")
    export = the(session)
    browser.sign_in(place.supervisor).get("exports.decide", asked_id=export.id, expect=404)
    assert export.number not in browser.get("home.index").text
    page = browser.sign_in(place.chair).get("exports.decide", asked_id=export.id)
    browser.submit_page(page, {"decision": "approved"}, form="#export-decision")
    work(session)
    marked = {e.chain_id: json.loads(e.body)["sections"] for e in events(session, "cases.exported")}
    assert marked[place.cases[0].id] == ["hiv"]
    log = browser.sign_in(place.supervisor).open(f"/audit/?case={place.cases[0].number}")
    assert "Có trong bản xuất" not in log.text
    log = browser.open(f"/audit/cases/{place.cases[0].id}")
    assert "Có trong bản xuất" not in log.text
    log = browser.open(f"/audit/?case={place.cases[1].number}")
    assert "Có trong bản xuất" in log.text


@pytest.mark.usefixtures("few")
def test_where_nobody_could_agree_the_page_says_so(
    browser: Browser, session: Session, place: Place
) -> None:
    for case in place.cases:
        in_group(session, case, place.worker, "ORPHAN.1")
    session.commit()
    page = browser.sign_in(place.chair).open("/exports/new?list=register")
    assert "chưa có ai khác" in page.text and page.select_one("#export-form") is None


def test_the_register_exports_its_filter(browser: Browser, session: Session, place: Place) -> None:
    in_group(session, place.cases[0], place.worker, "ORPHAN.1", poverty="poor")
    in_group(session, place.cases[1], place.worker, "DISABILITY.2")
    session.commit()
    page = browser.sign_in(place.worker).open("/register/?group=ORPHAN")
    link = page.select_one('a[href^="/exports/new"]')
    assert link is not None and "group=ORPHAN" in str(link["href"])
    asked = browser.open(str(link["href"]))
    browser.submit_page(asked, {"reason": REASON}, form="#export-form")
    rows = exported(browser, session)
    assert [row[3] for row in rows[5:]] == [place.cases[0].number]
    assert "mồ côi" in str(rows[1][0]).lower()


@pytest.mark.parametrize("query", ["list=nothing", "list=", "who=zz&risk=%00&list=cases"])
def test_a_strange_address_is_no_trouble(
    browser: Browser, session: Session, place: Place, query: str
) -> None:
    status = 404 if query == "list=nothing" else 200
    browser.sign_in(place.worker).open(f"/exports/new?{query}", expect=status)


def test_an_empty_list_has_nothing_to_export(
    browser: Browser, session: Session, place: Place
) -> None:
    page = browser.sign_in(place.worker).open("/exports/new?risk=HIGH")
    assert "không có gì để xuất" in page.text and page.select_one("#export-form") is None


def test_ones_own_exports_page_by_page(browser: Browser, session: Session, place: Place) -> None:
    made = [an_export(session, place.worker, state=ExportState.AGREED) for _ in range(5)]
    an_export(session, place.other, state=ExportState.AGREED)
    session.commit()
    seen, path = [], "/exports/?limit=2"
    while path:
        page = browser.sign_in(place.worker).open(path)
        seen += [row.text for row in page.select("tbody th a")]
        older = page.select_one('a[rel="next"]')
        path = f"{older['href']}&limit=2" if older else ""
    assert seen == [one.number for one in reversed(made)]


def test_the_log_of_many_children_is_one_statement(
    browser: Browser, session: Session, place: Place
) -> None:
    ask(browser, place.worker)
    with counted(browser.engine) as few_rows:
        run_waiting(session, clock.now())
    session.rollback()
    place.add(12)
    ask(browser, place.worker)
    with counted(browser.engine) as many_rows:
        run_waiting(session, clock.now())
    assert len(events(session, "cases.exported")) == 3 + 15
    assert len(many_rows) == len(few_rows)
