"""A report becomes a numbered case at the commune of the event (Mẫu số 01)."""

import json
import threading
import unicodedata
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit, User
from app.cases.enums import CaseState, Category, EventKind
from app.cases.models import Case, CaseEvent, Informant, Report
from app.cases.queries.intake import WaitsFor, reports_of_today, unrouted_reports
from app.cases.report_data import ReportData, ReportedChild, ReportedParent, ReportTexts
from app.cases.services.intake import receive_report
from app.cases.services.routing import ReportAlreadyRouted, route_report
from app.core import clock
from app.core.db import db
from app.core.sealed import DataKey
from app.deadlines.models import Deadline
from app.people.models import Carer, Child, DobPrecision, Sex
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.story import forget_drafts
from tests.factories import (
    PHO_HIEN,
    TAN_HUNG,
    CaseFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.sql import counted

NEW = {"category": "abused", "channel": "phone", "child_name": "Lê Thị Bưởi"}
FORM = "#intake"


@pytest.fixture
def commune(session: Session) -> Unit:
    """With a Chair, who can open what is sent there."""
    unit: Unit = UnitFactory(name="UBND phường Phố Hiến", commune_code=PHO_HIEN)
    UserFactory(role=Role.COMMUNE_CHAIR, unit=unit)
    return unit


@pytest.fixture
def worker(commune: Unit) -> User:
    return UserFactory(unit=commune)


@pytest.fixture
def desk(session: Session) -> User:
    return UserFactory(role=Role.INTAKE, unit=UnitFactory(hotline=True, name="Tổng đài 111"))


def one(session: Session, model: type) -> Any:
    return session.scalars(select(model)).unique().one()


def report(browser: Browser, expect: int = 303, **data: object) -> Any:
    return browser.submit("intake.new", NEW | data, form=FORM, expect=expect)


def errors_of(page: Any) -> str:
    return " ".join(tag.text for tag in page.select(".error-summary"))


# --- the story through the pages


def test_report_reaches_the_commune_at_once(
    browser: Browser, session: Session, commune: Unit, worker: User, desk: User
) -> None:
    report(
        browser.sign_in(desk),
        event_commune=PHO_HIEN,
        child_condition="Có vết bầm ở tay",
        is_present_danger="y",
        is_caregiver_suspected="y",
        abuse_forms=["VIOLENCE", "NEGLECT"],
        dob=["05", "03", "2019"],
        sex="female",
    )
    case = one(session, Case)
    assert case.number == f"HY-{clock.today().year}-000001"
    assert (case.unit_id, case.owner_id, case.commune_code) == (commune.id, worker.id, PHO_HIEN)
    assert case.state is CaseState.RECEIVED
    assert case.abuse_forms == ["VIOLENCE", "NEGLECT"]
    assert case.do_not_contact
    child = one(session, Child)
    assert (child.full_name, child.dob, child.birth_year) == ("Lê Thị Bưởi", "2019-03-05", 2019)
    page = browser.follow()
    assert case.number in page.h1.text
    assert "UBND phường Phố Hiến" in page.text
    assert "Bưởi" not in page.text
    assert "bầm" not in page.text


def test_worker_of_the_commune_sees_the_case_and_another_does_not(
    session: Session, commune: Unit, worker: User, desk: User
) -> None:
    received = receive(session, desk, event_commune=PHO_HIEN)
    holders = {(row.holder_id, row.reason) for row in session.scalars(select(CaseAccess)).unique()}
    assert holders == {
        (commune.id, AccessReason.UNIT_WORKS),
        (desk.unit_id, AccessReason.REPORTED),
    }
    assert received.destination is not None


def test_the_clocks_run_from_receipt_not_from_typing(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    received_at = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=20)
    there = clock.local(received_at)
    report(
        browser.sign_in(desk),
        event_commune=PHO_HIEN,
        received_at=[there.strftime("%d/%m/%Y"), there.strftime("%H:%M")],
    )
    clocks = {c.rule_key: c for c in session.scalars(select(Deadline))}
    assert set(clocks) == {"T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE"}
    assert {c.started_at for c in clocks.values()} == {received_at}
    assert clocks["T_EMERG"].due_at == received_at + timedelta(hours=12)
    assert clocks["T_ROUTE"].met_at is not None
    assert clocks["T_EMERG"].met_at is None
    assert clocks["T_EMERG"].subject_label == one(session, Case).number


def test_several_children_become_several_cases_with_consecutive_numbers(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    browser.sign_in(desk)
    page = report(browser, expect=200, add_child="1")
    page = browser.submit_page(page, {"add_child": "1"}, form=FORM, expect=200)
    assert "error-summary" not in str(page)
    browser.submit_page(
        page,
        {
            "more_children-0-child_name": "Lê Văn Mận",
            "more_children-0-sex": "male",
            "more_children-1-est_age": "4",
            "event_commune": PHO_HIEN,
        },
        form=FORM,
    )
    cases = session.scalars(select(Case).order_by(Case.number)).all()
    assert [case.number[-6:] for case in cases] == ["000001", "000002", "000003"]
    assert len({case.report_id for case in cases}) == 1
    children = {c.id: c for c in session.scalars(select(Child)).unique()}
    first, second, third = (children[case.child_id] for case in cases)
    assert (first.full_name, second.full_name) == ("Lê Thị Bưởi", "Lê Văn Mận")
    assert (third.full_name, third.estimated_age) == (None, 4)
    assert len({child.key_id for child in children.values()}) == 3
    heading = browser.follow().h1.text
    assert "000001" in heading
    assert "000003" in heading


def test_a_blank_further_child_is_passed_over(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    page = report(browser.sign_in(desk), expect=200, add_child="1")
    browser.submit_page(page, {}, form=FORM)
    assert len(session.scalars(select(Case)).all()) == 1


# --- what is unknown, what is wrong


def test_least_that_the_law_asks_for(browser: Browser, session: Session, desk: User) -> None:
    report(browser.sign_in(desk), child_name="", child_condition="Khóc cả đêm")
    child = one(session, Child)
    assert (child.full_name, child.sex, child.dob_precision) == (
        None,
        Sex.UNKNOWN,
        DobPrecision.UNKNOWN,
    )
    assert one(session, Case).unit_id is None


def test_an_empty_report_is_asked_for_one_fact(
    browser: Browser, session: Session, desk: User
) -> None:
    page = report(browser.sign_in(desk), expect=422, child_name="")
    assert "ít nhất một điều" in errors_of(page)
    assert session.scalar(select(func.count(Report.id))) == 0


def _days_from_now(days: int) -> str:
    return (clock.today() + timedelta(days=days)).strftime("%d/%m/%Y")


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"received_at": [_days_from_now(1), "08:00"]}, "tương lai"),
    ({"received_at": ["31/02/2026", "08:00"]}, "không có trong lịch"),
    ({"received_at": ["01/01/1950", "08:00"]}, "quá xa"),
    ({"received_at": ["", ""]}, "Ghi ngày và giờ"),
    ({"dob": _days_from_now(3)}, "sau ngày nhận tin"),
    ({"dob": "05/03/2019", "est_age": "2"}, "không khớp"),
    ({"est_age": "121"}, "từ 0 đến 120"),
    ({"est_age": "9" * 40}, "quá lớn"),
    ({"est_age": "-1"}, "từ 0 đến 120"),
    ({"event_at": [_days_from_now(1), "08:00"]}, "sau lúc nhận tin"),
    ({"channel": "pigeon"}, "Nhận thông tin"),
    ({"event_commune": "99999"}, "Xã, phường"),
    ({"abuse_forms": ["NONSENSE"]}, "Hình thức"),
    ({"child_name": "Lê\x00Thị"}, "ký tự điều khiển"),
    ({"child_name": "A" * 201}, "Tối đa 200"),
    ({"child_condition": "a" * 100_000}, "đang có 100000"),
    ({"child_condition": "a" * 3_000_000}, "chỉ còn phần đầu"),
    ({"child_condition": "Trẻ kể lại. " * 250_000}, "chỉ còn phần đầu"),
    *(
        ({"doc_no": typed}, "ví dụ 05/BC-UBND")
        for typed in ("Nguyễn Thị Ánh", "TreLeThiMai", "05/NguyenThiAnhDuong", "BC-UBND", "05/")
    ),
)


def test_what_cannot_be_is_said_at_the_field_and_nothing_is_lost(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    for data, said in WRONG:
        page = report(browser, expect=422, **({"event_place": "gần chợ Gạo"} | data))
        assert said in errors_of(page), str(data)[:200]
        assert page.select_one(".error, .has-error") is not None
        kept = filled_in(page.select_one(FORM))
        assert kept["event_place"] == "gần chợ Gạo"
        assert kept["category"] == "abused"
        shown, typed = str(kept["child_condition"]).strip(), data.get("child_condition", "")
        assert shown == typed or (len(shown) > 10_000 and typed.startswith(shown))
        _nothing_is_written(session)
        forget_drafts(session)


def _nothing_is_written(session: Session) -> None:
    for model in (Report, Case, Child, DataKey):
        owned = select(func.count(model.id))
        if model is DataKey:
            owned = owned.where(DataKey.id.not_in(select(User.key_id)))
        assert session.scalar(owned) == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("5", "5"),
        ("05/BC-UBND", "05/BC-UBND"),
        ("123/2026/QĐ-SLĐTBXH", "123/2026/QĐ-SLĐTBXH"),
        (" 05 / bc-ubnd ", "05/BC-UBND"),
        ("", None),
    ],
)
def test_the_number_of_a_document_is_a_number_and_a_sign(
    browser: Browser, session: Session, desk: User, typed: str, kept: str | None
) -> None:
    report(browser.sign_in(desk), doc_no=typed)
    assert one(session, Report).doc_no == kept


def test_someone_of_sixteen_is_recorded_with_a_warning(
    browser: Browser, session: Session, desk: User
) -> None:
    report(browser.sign_in(desk), est_age="19")
    assert one(session, Case).age_at_report == 19
    assert "dưới 16 tuổi" in browser.follow().text


def test_any_unicode_spelling_is_one_name(browser: Browser, session: Session, desk: User) -> None:
    report(browser.sign_in(desk), child_name=unicodedata.normalize("NFD", "Nguyễn Thị Ánh"))
    assert one(session, Child).full_name == "Nguyễn Thị Ánh"


def test_a_report_without_a_moment_arrives_now(
    browser: Browser, session: Session, desk: User
) -> None:
    report(browser.sign_in(desk), received_at=None)
    assert clock.now() - one(session, Report).received_at < timedelta(minutes=1)


# --- who may, and what stays secret


@pytest.mark.parametrize("role", [Role.COMMUNE_CHAIR, Role.SUPERVISOR, Role.ANALYST])
def test_who_takes_no_reports_is_refused(browser: Browser, session: Session, role: Role) -> None:
    browser.sign_in(UserFactory(role=role)).get("intake.new", expect=403)


def test_informant_is_kept_apart_and_only_with_consent(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    refused = report(browser, expect=422, reporter_name="Trần Văn Báo", reporter_phone="0912345678")
    assert "đồng ý cho ghi tên" in errors_of(refused)
    assert "Trần Văn Báo" in str(refused)  # kept for whoever has only forgotten the mark
    report(browser, reporter_name="", reporter_phone="")  # the draft had kept them
    assert session.scalar(select(func.count(Informant.id))) == 0
    report(
        browser,
        child_name="Ngô Thị Cam",
        reporter_consents="y",
        reporter_name="Trần Văn Báo",
        reporter_phone="0912345678",
    )
    informant = one(session, Informant)
    assert informant.name == "Trần Văn Báo"
    others = set(session.scalars(select(Child.key_id).union(select(Report.key_id))))
    assert informant.key_id not in others


def test_parents_stand_with_the_child_and_a_suspect_is_marked(
    browser: Browser, session: Session, desk: User
) -> None:
    report(
        browser.sign_in(desk),
        father_name="Lê Văn Cha",
        father_age="40",
        father_occupation="thợ xây",
        perpetrator_relation="father",
        is_caregiver_suspected="y",
        mother_name="Phạm Thị Mẹ",
        current_caregiver="bà Pham Thi Me",
    )
    carers = {carer.relation: carer for carer in session.scalars(select(Carer)).unique()}
    father, mother = carers["father"], carers["mother"]
    assert (father.full_name, father.occupation) == ("Lê Văn Cha", "thợ xây")
    assert (father.is_suspected, father.is_caregiver) == (True, True)
    assert (mother.is_suspected, mother.is_caregiver) == (False, True)
    assert father.birth_year == clock.today().year - 40


def test_nothing_typed_stands_in_clear(
    browser: Browser, session: Session, commune: Unit, desk: User, superuser: Engine
) -> None:
    report(
        browser.sign_in(desk),
        event_commune=PHO_HIEN,
        event_place="số 7 ngõ Hạnh Phúc",
        child_condition="vết bầm tím",
        mother_name="Phạm Thị Mẹ",
        reporter_consents="y",
        reporter_name="Trần Văn Báo",
    )
    location = str(browser.location)
    browser.follow()
    tables = ("reports", "children", "carers", "cases", "case_events", "informants", "deadlines")
    with superuser.connect() as connection:
        dump = " ".join(
            str(row)
            for table in (*tables, "audit_events", "idempotency_keys", "case_access")
            for row in connection.execute(text(f"SELECT {table}::text FROM {table}"))
        )
    for typed in ("Bưởi", "Hạnh Phúc", "bầm", "Phạm", "Báo"):
        assert typed not in dump
        assert typed.encode().hex() not in dump
        assert typed not in location


def test_the_log_says_what_happened_in_the_cases_chain(
    session: Session, commune: Unit, desk: User
) -> None:
    received = receive(session, desk, event_commune=PHO_HIEN)
    session.commit()
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.chain_id == received.cases[0].id)
    ).all()
    bodies = [
        json.loads(event.body) if isinstance(event.body, str) else event.body for event in events
    ]
    assert {body["action"] for body in bodies} == {"report.received", "report.routed"}


def test_timeline_starts_with_receipt_and_routing(
    session: Session, commune: Unit, desk: User
) -> None:
    receive(session, desk, event_commune=PHO_HIEN)
    session.commit()
    events = {event.kind: event for event in session.scalars(select(CaseEvent)).unique()}
    assert set(events) == {EventKind.REPORT_RECEIVED, EventKind.ROUTED}
    assert events[EventKind.REPORT_RECEIVED].happened_at < events[EventKind.ROUTED].happened_at
    assert events[EventKind.ROUTED].facts["unit_id"] == str(commune.id)


# --- sent twice


def test_twenty_clicks_make_one_report(
    app: Flask, browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    page = browser.sign_in(desk).get("intake.new")
    sent = {
        **filled_in(page.select_one(FORM)),
        **NEW,
        "event_commune": PHO_HIEN,
    }
    cookies = [f"{c.key}={c.value}" for c in browser.client._cookies.values()]
    answers: list[tuple[int, str | None]] = []

    def click() -> None:
        client = app.test_client(use_cookies=False)
        answer = client.post("/cases/intake/new", data=sent, headers={"Cookie": "; ".join(cookies)})
        answers.append((answer.status_code, answer.location))

    run_together([click] * 20)
    assert {status for status, _ in answers} == {303}
    assert len({location for _, location in answers}) == 1
    assert session.scalar(select(func.count(Report.id))) == 1
    assert session.scalar(select(func.count(Child.id))) == 1


def run_together(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_numbers_of_desks_that_send_together_have_no_gap(
    app: Flask, session: Session, commune: Unit, desk: User
) -> None:
    actor = actor_of(desk)

    def send() -> None:
        with app.app_context(), db.sessionmaker.begin() as own:
            receive_report(own, actor=actor, data=report_data(), now=clock.now())

    run_together([send] * 8)
    numbers = session.scalars(select(Case.number).order_by(Case.number)).all()
    assert [int(number[-6:]) for number in numbers] == list(range(1, 9))


def test_a_likely_duplicate_is_shown_once_and_never_blocks(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    report(browser, dob="05/03/2019")
    page = report(browser, expect=200, dob="05/03/2019", child_condition="lần thứ hai")
    assert session.scalar(select(func.count(Report.id))) == 1
    assert "Chưa gửi" in page.text
    kept = filled_in(page.select_one(FORM))
    assert str(kept["child_condition"]).strip() == "lần thứ hai"
    browser.submit_page(page, {"confirm_new": "y"}, form=FORM)
    assert session.scalar(select(func.count(Report.id))) == 2


# --- routing


def test_unrouted_report_waits_with_the_desk_until_someone_passes_it_on(
    browser: Browser, session: Session, commune: Unit, worker: User, desk: User
) -> None:
    report(browser.sign_in(desk))
    page = browser.follow()
    assert "Chưa chuyển" in page.text
    found = one(session, Report)
    browser.submit("intake.route", {"event_commune": PHO_HIEN}, report_id=found.id)
    assert "UBND phường Phố Hiến" in browser.follow().text
    case = one(session, Case)
    assert (case.unit_id, case.owner_id) == (commune.id, worker.id)
    clocks = {c.rule_key: c for c in session.scalars(select(Deadline))}
    assert clocks["T_ROUTE"].met_at is not None
    assert {c.unit_id for c in clocks.values()} == {commune.id}
    reasons = set(session.scalars(select(CaseAccess.reason)))
    assert reasons == {AccessReason.REPORTED, AccessReason.UNIT_WORKS}


def test_supervisor_routes_what_a_desk_left_lying(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    received = receive(session, desk, texts=ReportTexts(event_place="gần chợ Gạo"))
    session.commit()
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    browser.sign_in(supervisor)
    page = browser.get("intake.route", report_id=received.report.id)
    assert "gần chợ Gạo" in page.text
    browser.submit_page(page, {"event_commune": PHO_HIEN})
    assert one(session, Case).unit_id == commune.id


def test_another_desk_neither_follows_nor_routes_the_report(
    browser: Browser, session: Session, desk: User
) -> None:
    received = receive(session, desk)
    session.commit()
    browser.sign_in(UserFactory(role=Role.INTAKE, unit=UnitFactory(police=True)))
    for endpoint in ("intake.received", "intake.route"):
        browser.get(endpoint, report_id=received.report.id, expect=404)
    assert not browser.get("intake.mine").select(".rows li")


def test_the_second_to_route_is_told_who_was_first(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    UserFactory(unit=UnitFactory(name="UBND xã Tân Hưng", commune_code=TAN_HUNG))
    received = receive(session, desk)
    session.commit()
    stale = browser.sign_in(desk).get("intake.route", report_id=received.report.id)
    browser.submit("intake.route", {"event_commune": TAN_HUNG}, report_id=received.report.id)
    page = browser.submit_page(stale, {"event_commune": PHO_HIEN}, expect=409)
    assert desk.name in page.text
    assert "UBND xã Tân Hưng" in page.text
    assert one(session, Case).commune_code == TAN_HUNG


def test_of_two_who_route_together_one_wins(
    app: Flask, session: Session, commune: Unit, desk: User
) -> None:
    UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
    received = receive(session, desk)
    session.commit()
    actor, results = actor_of(desk), list[str]()

    def pass_on(code: str) -> None:
        with app.app_context(), db.sessionmaker() as own:
            mine = own.get_one(Report, received.report.id)
            try:
                route_report(own, actor=actor, report=mine, commune_code=code, now=clock.now())
                own.commit()
                results.append("routed")
            except ReportAlreadyRouted:
                own.rollback()
                results.append("refused")

    run_together([lambda: pass_on(PHO_HIEN), lambda: pass_on(TAN_HUNG)])
    assert sorted(results) == ["refused", "routed"]
    events = session.scalars(select(CaseEvent.kind)).all()
    assert events.count(EventKind.ROUTED) == 1


def test_a_commune_without_a_unit_is_said_at_the_field(
    browser: Browser, session: Session, desk: User
) -> None:
    received = receive(session, desk)
    session.commit()
    browser.sign_in(desk)
    page = browser.submit(
        "intake.route", {"event_commune": TAN_HUNG}, report_id=received.report.id, expect=422
    )
    assert "chưa có ai nhận được" in errors_of(page)
    assert one(session, Report).routed_at is None


@pytest.mark.parametrize("left", ["nobody", "a desk", "who was locked"])
def test_a_report_for_a_commune_where_nobody_opens_files_stays_in_sight(
    browser: Browser, session: Session, desk: User, left: str
) -> None:
    """It is not called passed on; it waits with the desk and with who supervises the commune."""
    unit = UnitFactory(commune_code=TAN_HUNG)
    if left != "nobody":
        role = Role.INTAKE if left == "a desk" else Role.COMMUNE_CHAIR
        UserFactory(unit=unit, role=role, is_active=left == "a desk")
    report(browser.sign_in(desk), event_commune=TAN_HUNG)
    assert "Gọi thẳng cho xã, phường đã ghi" in browser.follow().text
    found = one(session, Report)
    assert (found.routed_at, found.event_commune) == (None, TAN_HUNG)
    route = session.scalars(select(Deadline).where(Deadline.rule_key == "T_ROUTE")).one()
    assert route.met_at is None
    browser.submit("intake.route", {"event_commune": TAN_HUNG}, report_id=found.id, expect=422)
    browser.sign_in(UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True)))
    assert "chưa có ai mở được hồ sơ" in browser.get("home.index").text
    chair = UserFactory(unit=unit, role=Role.COMMUNE_CHAIR)
    browser.submit("intake.route", {"event_commune": TAN_HUNG}, report_id=found.id)
    assert one(session, Case).unit_id == chair.unit_id


def test_alarm_for_what_does_not_move(session: Session, commune: Unit, desk: User) -> None:
    actor, now = actor_of(desk), clock.now()
    receive(session, desk, received_at=now - timedelta(minutes=35))
    receive(session, desk, received_at=now - timedelta(minutes=5))
    routed = receive(session, desk, event_commune=PHO_HIEN, now=now - timedelta(minutes=61))
    fresh = receive(session, desk, event_commune=PHO_HIEN, now=now - timedelta(minutes=3))
    opened = receive(session, desk, event_commune=PHO_HIEN, now=now - timedelta(minutes=90))
    opened.cases[0].first_opened_at = now
    session.flush()
    waiting = unrouted_reports(session, actor, now)
    assert [(w.waits_for, w.minutes, w.is_alarm, w.is_missed) for w in waiting] == [
        (WaitsFor.OPENING, 61, True, True),
        (WaitsFor.ROUTE, 35, True, False),
        (WaitsFor.ROUTE, 5, False, False),
    ]
    assert waiting[0].report.id == routed.report.id
    assert fresh.report.id not in {w.report.id for w in waiting}


# --- lists, and what they cost


def test_list_pages_by_key_and_shows_state_only(
    browser: Browser, session: Session, commune: Unit, desk: User
) -> None:
    start = clock.now() - timedelta(days=9)
    for hour in range(3):
        receive(session, desk, received_at=start + timedelta(hours=hour), now=clock.now())
    session.commit()
    browser.sign_in(desk)
    first = browser.open("/cases/intake/mine?limit=2")
    assert [a.text[-6:] for a in first.select(".row-title")] == ["000003", "000002"]
    older = first.select_one("a[rel=next]")
    assert older is not None
    second = browser.open(f"{older['href']}&limit=2")
    assert [a.text[-6:] for a in second.select(".row-title")] == ["000001"]
    assert "Bưởi" not in first.text


def test_today_is_the_day_in_vietnam(session: Session, desk: User) -> None:
    noon = clock.local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    midnight = noon.replace(hour=0)
    receive(session, desk, received_at=midnight - timedelta(minutes=1), now=noon)
    today = receive(session, desk, received_at=midnight, now=noon)
    assert [r.id for r in reports_of_today(session, actor_of(desk), noon)] == [today.report.id]


def test_pages_cost_few_statements(
    app: Flask, browser: Browser, session: Session, commune: Unit, worker: User, desk: User
) -> None:
    browser.sign_in(desk)
    with counted(db.engine) as seen:
        page = browser.get("intake.new")
    assert len(seen) <= 2
    with counted(db.engine) as seen:
        browser.submit_page(
            page, NEW | {"event_commune": PHO_HIEN, "mother_name": "Trần Thị A"}, form=FORM
        )
    assert len(seen) <= 17, "\n".join(seen)
    for path in (browser.location, "/cases/intake/mine"):
        with counted(db.engine) as seen:
            browser.open(str(path))
        assert len(seen) <= 6


# --- helpers


def report_data(**changes: Any) -> ReportData:
    values: dict[str, Any] = {
        "category": Category.ABUSED,
        "channel": "phone",
        "received_at": clock.now() - timedelta(minutes=10),
        "children": (ReportedChild(full_name="Lê Thị Bưởi", sex=Sex.FEMALE),),
        "event_commune": PHO_HIEN,
        "parents": (ReportedParent("mother", full_name="Trần Thị A"),),
    }
    return ReportData(**(values | changes))


def receive(session: Session, desk: User, *, now: Any = None, **changes: Any) -> Any:
    data = report_data(**({"event_commune": None} | changes))
    if now is not None and "received_at" not in changes:
        data = report_data(**({"event_commune": None, "received_at": now} | changes))
    result = receive_report(session, actor=actor_of(desk), data=data, now=now or clock.now())
    assert uuid.UUID(str(result.report.id))
    return result


def test_a_page_behind_another_units_report_says_nothing_about_it(
    browser: Browser, session: Session, desk: User
) -> None:
    """Its place among one's own reports would tell when it was received."""
    now = clock.now()
    elsewhere = UserFactory(role=Role.INTAKE, unit=UnitFactory(hotline=True))
    foreign = ReportFactory(user=elsewhere, received_at=now - timedelta(hours=3))
    CaseFactory(of_report=foreign)
    own = [
        ReportFactory(user=desk, received_at=now - timedelta(hours=hours)) for hours in (1, 2, 4, 5)
    ]
    numbers = [CaseFactory(of_report=report).number for report in own]
    browser.sign_in(desk)
    page = browser.open(f"/cases/intake/mine?after={own[1].id}").text
    assert [number in page for number in numbers] == [False, False, True, True]
    page = browser.open(f"/cases/intake/mine?after={foreign.id}").text
    assert [number in page for number in numbers] == [False] * 4


def test_children_whom_a_colleague_entered_are_no_reports_of_the_day(
    session: Session, desk: User
) -> None:
    now = clock.now()
    colleague = UserFactory(unit=session.get_one(Unit, desk.unit_id))
    own, entered, told = (receive(session, one) for one in (desk, colleague, colleague))
    own.report.channel = entered.report.channel = "area_review"
    session.flush()
    found = {one.id for one in reports_of_today(session, actor_of(desk), now)}
    assert found == {own.report.id, told.report.id}
