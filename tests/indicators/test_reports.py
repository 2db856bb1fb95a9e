"""Reports from draft to acceptance, by those who write, send and receive them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, User
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.tasks import Task
from app.indicators.models import (
    FactCase,
    FactMembership,
    FactResidence,
    FactSubject,
    PeriodicReport,
    PeriodicState,
    PopulationCount,
    PopulationEntry,
    PopulationOrigin,
    Release,
    ReleaseState,
    ReportVersion,
)
from app.indicators.models.reports import NothingToSend, ReportNotDrafted, ReportNotSubmitted
from app.indicators.pages.report_compare import compare
from app.indicators.pages.report_files import printed_report, proof_line
from app.indicators.pages.report_one import tables_of
from app.indicators.pages.report_tables import Grid, GridCell, GridRow, grids
from app.indicators.pages.reports import AT_ONCE
from app.indicators.periods import Period
from app.indicators.protection.certificate import hash_of_shown
from app.indicators.queries.released import agency_tables
from app.indicators.queries.report_dues import report_dues
from app.indicators.queries.reports import newest_version
from app.indicators.report_rules import ReportLevel, ReportPeriod, report_rules
from app.indicators.services.current_tables import refresh
from app.indicators.services.report_counting import keep_figures
from app.indicators.services.report_figures import count_figures, protect_figures
from app.indicators.services.report_rows import make_reports
from app.indicators.services.report_words import check_words, names_somebody
from app.indicators.services.reporting import (
    DraftData,
    FiguresOutdated,
    PeriodRuns,
    ReportChanged,
    accept_report,
    correct_report,
    return_report,
    save_draft,
    send_report,
)
from app.indicators.tables import Audience, ProtectedTable
from app.reminders.models import Obligation
from app.reminders.queries.lists import View, counts, due_rows, unread
from app.reminders.services.passes import run_pass
from app.web.filters import vn_datetime
from tests.actors import actor_of
from tests.browser import Browser, read
from tests.factories import PHO_HIEN, TAN_HUNG, UnitFactory, UserFactory
from tests.indicators.figures import add_release

NOW = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)  # after the first half-year, before the deadline
STAFF = {one.code: 2 for one in report_rules().staff}
DATA = DraftData("Đã thăm các gia đình", "Thiếu xe", None, STAFF)


@dataclass
class Office:
    unit: Unit
    worker: User
    chair: User
    supervisor: User
    report: PeriodicReport


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def office(session: Session) -> Office:
    unit, doh = UnitFactory(commune_code=PHO_HIEN), UnitFactory(doh=True)
    users = [
        UserFactory(role=role, unit=doh if role is Role.SUPERVISOR else unit)
        for role in (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.SUPERVISOR)
    ]
    make_reports(session, NOW)
    session.commit()
    report = session.scalars(select(PeriodicReport).where(PeriodicReport.unit_id == unit.id)).one()
    return Office(unit, *users, report)


def save(session: Session, office: Office, data: DraftData = DATA) -> ReportVersion:
    return save_draft(
        session,
        actor=actor_of(office.worker),
        report=office.report,
        data=data,
        expected=office.report.version,
        now=clock.now(),
    )


def count(session: Session, office: Office) -> None:
    figures = protect_figures(count_figures(session, office.report, clock.now()))
    actor = actor_of(office.worker)
    keep_figures(session, actor=actor, report=office.report, figures=figures, now=clock.now())


def send(session: Session, office: Office) -> None:
    send_report(
        session,
        actor=actor_of(office.chair),
        report=office.report,
        expected=office.report.version,
        now=clock.now(),
    )


def accept(session: Session, office: Office) -> None:
    seen, by = office.report.version, actor_of(office.supervisor)
    accept_report(session, actor=by, report=office.report, expected=seen, now=NOW)


def give_back(session: Session, office: Office, reason: str = "Thiếu", now: datetime = NOW) -> None:
    seen, by = office.report.version, actor_of(office.supervisor)
    return_report(session, actor=by, report=office.report, expected=seen, reason=reason, now=now)


def sent(session: Session, office: Office) -> ReportVersion:
    version = save(session, office)
    count(session, office)
    send(session, office)
    session.commit()
    return version


def children(
    session: Session, number: int, group: str, *, since: date, until: date | None = None
) -> None:
    """In a group, girls and boys of 2017 who live in Phố Hiến."""
    for one in range(number):
        subject = f"{group}{since}{one}".encode()
        sex = "female" if one % 2 else "male"
        session.add(FactSubject(subject=subject, sex=sex, birth_year=2017))
        home = {"commune": PHO_HIEN, "since": date(2017, 1, 1), "until": date(2099, 1, 1)}
        session.add(FactResidence(subject=subject, **home))
        session.add(
            FactMembership(
                subject=subject,
                group_code=group,
                since=since,
                until=until,
                recorded_at=NOW - timedelta(days=300),
                ended_at=NOW - timedelta(days=30) if until else None,
            )
        )
    session.commit()


def grid(report: PeriodicReport, version: ReportVersion, code: str) -> dict[str, list[str]]:
    found = next(one for one in tables_of(report, version) if one.code == code)
    return {row.label: [cell.text for cell in row.cells] for row in found.rows}


def test_rows_appear_once_and_again_where_one_is_missing(session: Session, office: Office) -> None:
    assert office.report.schedule == "commune_half"
    assert (office.report.period, office.report.state) == ("2026-H1", PeriodicState.DRAFTED)
    local_due = clock.local(office.report.due_at)
    assert (local_due.date(), local_due.hour) == (date(2026, 7, 5), 17)
    assert make_reports(session, NOW) == 0
    session.delete(office.report)
    session.flush()
    assert make_reports(session, NOW) == 1


def test_the_province_owes_one_too(session: Session, office: Office) -> None:
    rows = session.scalars(
        select(PeriodicReport).where(PeriodicReport.level == ReportLevel.PROVINCE)
    ).all()
    assert [(one.schedule, one.unit_id) for one in rows] == [
        ("province_half", office.supervisor.unit_id)
    ]


@pytest.mark.parametrize(
    ("text", "start", "end", "before"),
    [
        ("2026-05", date(2026, 5, 1), date(2026, 6, 1), "2026-04"),
        ("2026-01", date(2026, 1, 1), date(2026, 2, 1), "2025-12"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1), "2025-Q4"),
        ("2026-H1", date(2026, 1, 1), date(2026, 7, 1), "2025-H1"),
        ("2026-N1", date(2026, 1, 1), date(2026, 10, 1), "2025-N1"),
        ("2026", date(2026, 1, 1), date(2027, 1, 1), "2025"),
    ],
)
def test_a_report_has_a_period_and_one_it_is_compared_with(
    text: str, start: date, end: date, before: str
) -> None:
    period = ReportPeriod.parse(text)
    assert (str(period), period.start, period.end) == (text, start, end)
    assert str(period.compared_with) == before


def test_the_final_report_is_asked_for_in_2030_only() -> None:
    final = report_rules().schedule("commune_final")
    found = list(final.periods(date(2026, 1, 1), date(2033, 1, 1)))
    assert [str(one) for one in found] == ["2030"]


def test_a_report_goes_from_draft_to_acceptance(session: Session, office: Office) -> None:
    version = sent(session, office)
    assert office.report.state is PeriodicState.SUBMITTED
    accept(session, office)
    session.commit()
    assert office.report.state is PeriodicState.ACCEPTED
    assert (version.sent_by, version.decided_by) == (office.chair.id, office.supervisor.id)
    steps = [
        json.loads(event.body)["data"]["step"]
        for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        if event.action == "indicators.report_changed"
    ]
    assert steps == ["saved", "counted", "submitted", "accepted"]


def test_nothing_is_answered_twice(session: Session, office: Office) -> None:
    sent(session, office)
    accept(session, office)
    with pytest.raises(ReportNotSubmitted):
        give_back(session, office)
    with pytest.raises(ReportNotDrafted):
        send(session, office)


def test_a_returned_report_comes_again_as_a_version(session: Session, office: Office) -> None:
    first = sent(session, office)
    reason = "Biểu 6 thiếu số"
    give_back(session, office, reason)
    with pytest.raises(NothingToSend):
        send(session, office)
    second = save(session, office)
    assert (first.number, second.number, second.tables) == (1, 2, None)
    assert (first.state, first.answer) == (PeriodicState.RETURNED, reason)
    count(session, office)
    send(session, office)
    assert office.report.state is PeriodicState.SUBMITTED
    assert not office.report.is_late(NOW + timedelta(days=90))  # the first sending counts


def test_a_correction_that_was_sent_has_its_own_day(
    session: Session, browser: Browser, office: Office
) -> None:
    sent(session, office)
    chair, later = actor_of(office.chair), NOW + timedelta(days=40)
    correct_report(session, actor=chair, report=office.report, reason="Sai số", now=NOW)
    correction = newest_version(session, office.report)
    assert correction is not None
    correction.sent_at, correction.state = later, PeriodicState.SUBMITTED
    session.commit()
    page = browser.sign_in(office.supervisor).get("periodic.show", periodic_id=office.report.id)
    assert f"; bản 2 gửi {vn_datetime(later)}" in page.select_one(".head .facts").text  # type: ignore[union-attr]
    listed = browser.get("periodic.index")
    assert (
        f"; bản 2 gửi {vn_datetime(later)}"
        in listed.select_one("#communes-title").parent.parent.text
    )  # type: ignore[union-attr]


def test_a_correction_leaves_what_was_sent(session: Session, office: Office) -> None:
    first = sent(session, office)
    frozen = json.dumps(first.tables)
    reason = "Ghi nhầm số cộng tác viên"
    actor = actor_of(office.chair)
    correct_report(session, actor=actor, report=office.report, reason=reason, now=NOW)
    second = save(session, office)
    assert (second.number, second.correction, second.results) == (2, reason, DATA.results)
    assert (first.state, json.dumps(first.tables)) == (PeriodicState.SUBMITTED, frozen)


def test_a_period_that_runs_is_not_sent(session: Session, office: Office) -> None:
    with time_machine.travel(datetime(2026, 6, 29, tzinfo=UTC)):
        save(session, office)
        count(session, office)
        with pytest.raises(PeriodRuns):
            send(session, office)


def test_what_changed_after_the_page_was_read_is_not_sent(session: Session, office: Office) -> None:
    save(session, office)
    count(session, office)
    seen = office.report.version
    save(session, office)
    chair = actor_of(office.chair)
    with pytest.raises(ReportChanged):
        send_report(session, actor=chair, report=office.report, expected=seen, now=NOW)


def test_who_sends_a_page_that_is_stale_stays_at_the_report(
    browser: Browser, session: Session, office: Office
) -> None:
    save(session, office)
    count(session, office)
    session.commit()
    place = {"periodic_id": office.report.id}
    stale = browser.sign_in(office.chair).get("periodic.show", **place)
    save(session, office)
    session.commit()
    page = browser.submit_page(stale, {}, form="#send-form", expect=409)
    assert "Báo cáo vừa được sửa" in page.select_one("[role=alert]").get_text()
    browser.submit_page(page, {}, form="#send-form")
    page = browser.submit_page(stale, {}, form="#send-form", expect=409)
    assert "Báo cáo này đã gửi" in page.select_one("[role=alert]").get_text()


def test_an_answer_from_above_is_noted_with_its_letter(
    browser: Browser, session: Session, office: Office
) -> None:
    of_province = select(PeriodicReport).where(PeriodicReport.level == ReportLevel.PROVINCE)
    report = session.scalars(of_province).one()
    director = Office(office.unit, office.supervisor, office.supervisor, office.supervisor, report)
    place, above = {"periodic_id": report.id}, "Ủy ban nhân dân tỉnh Hưng Yên / Bộ Y tế"
    sent(session, director)
    page = browser.sign_in(office.supervisor).get("periodic.show", **place)
    assert page.select_one("#decide-title").get_text() == f"Ghi trả lời của {above}"
    assert "Tiếp nhận" not in page.select_one("#accept-form").get_text()
    refused = browser.submit_page(
        page, {"note": "gọi 0912 345 678"}, form="#accept-form", expect=422
    )
    assert "số điện thoại" in refused.select_one(".error-summary").get_text()
    browser.submit_page(page, {"note": "125/BYT-BMTE ngày 05/02/2026"}, form="#accept-form")
    steps = browser.follow().select_one(".periodic-steps").get_text(" ")
    assert f"Ghi trả lời của {above}: đã tiếp nhận" in steps and "125/BYT-BMTE" in steps


def test_an_address_that_is_only_sent_to_leads_back_to_its_report(
    browser: Browser, session: Session, office: Office
) -> None:
    """It stays in the browser after a refusal."""
    browser.sign_in(office.supervisor)
    page = browser.open(f"/indicators/reports/{office.report.id}/accept", expect=405)
    (back, home) = page.select("main a.btn")
    assert (back["href"], home["href"]) == (f"/indicators/reports/{office.report.id}", "/")


def test_two_who_write_at_once_lose_nothing(
    browser: Browser, session: Session, office: Office
) -> None:
    place = {"periodic_id": office.report.id}
    browser.sign_in(office.worker).get("periodic.edit", **place)
    stale = str(office.report.version)
    save(session, office)
    session.commit()
    typed = {"results": "Bản của tôi", "version": stale, **STAFF}
    page = browser.submit("periodic.edit", typed, expect=409, **place)
    assert "Có người vừa lưu trước bạn" in page.get_text()
    assert "Bản của tôi" in page.get_text()
    assert "Đã thăm các gia đình" in page.get_text()


def test_who_writes_after_another_is_told_exactly_what_differs(
    browser: Browser, session: Session, office: Office
) -> None:
    """Of texts and of the numbers of table 6; not what both wrote, nor what both left empty."""
    place = {"periodic_id": office.report.id}
    browser.sign_in(office.worker).get("periodic.edit", **place)
    stale = str(office.report.version)
    save(session, office)
    session.commit()
    changed = next(iter(STAFF))
    words = {"results": DATA.results, "difficulties": DATA.difficulties}
    typed = {**words, **STAFF, changed: 3, "version": stale}
    page = browser.submit("periodic.edit", typed, expect=409, **place)
    label = next(str(one.label) for one in office.report.rules.staff if one.code == changed)
    rows = [
        [cell.get_text(strip=True) for cell in row.select("th, td")][:2]
        for row in page.select(".conflict tbody tr")
    ]
    assert rows == [[label, "2"]]
    foot = page.select_one(".foot p")
    assert foot is not None and foot.get_text(strip=True).startswith("Vòng Tay · ")
    page = browser.submit("periodic.edit", {**typed, "results": ""}, expect=409, **place)
    assert len(page.select(".conflict tbody tr")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Cháu có số 033317001234",
        "033 317 001 234",
        "gọi 0912 345 678",
        "0912.345.678",
        "+84912345678",
        "hồ sơ HY-2026-000123",
        "CMND 145123456",
    ],
)
def test_words_that_may_name_somebody_are_refused(text: str) -> None:
    assert names_somebody(text)
    with pytest.raises(InvalidInput):
        check_words("results", text)


@pytest.mark.parametrize(
    "text", ["Đã thăm 1.234 gia đình ngày 05/06/2026", "120 triệu đồng", "Tổng đài 111", "8.500 em"]
)
def test_other_numbers_are_words_like_any(text: str) -> None:
    assert not names_somebody(text)


def test_a_refused_text_stays_on_the_page(browser: Browser, office: Office) -> None:
    typed = {"results": "Mẹ cháu 0912345678", **STAFF}
    place = {"periodic_id": office.report.id}
    page = browser.sign_in(office.worker).submit("periodic.edit", typed, expect=422, **place)
    assert "Mẹ cháu 0912345678" in page.get_text()
    assert "số điện thoại" in page.select_one(".error-summary").get_text()


@pytest.mark.parametrize("staff", [{"full_time": "3"}, {"workers": "-1"}, {"workers": "1000000"}])
def test_numbers_of_staff_agree(browser: Browser, office: Office, staff: dict[str, str]) -> None:
    typed: dict[str, Any] = {"results": "Có", **STAFF, **staff}
    place = {"periodic_id": office.report.id}
    browser.sign_in(office.worker).submit("periodic.edit", typed, expect=422, **place)


def test_stock_and_flow_of_the_groups_agree(session: Session, office: Office) -> None:
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 10, "DISABILITY", since=date(2026, 2, 1))
    children(session, 12, "DISABILITY", since=date(2025, 4, 1), until=date(2026, 5, 1))
    children(session, 14, "ABANDONED", since=date(2025, 5, 1))
    version = sent(session, office)
    rows = grid(office.report, version, "2")
    assert rows["Trẻ em khuyết tật"][:6] == ["32", "10", "12", "30", "15", "15"]
    assert rows["Tổng số trẻ em"][:6] == ["46", "10", "12", "44", "22", "22"]


def test_another_communes_children_are_not_counted(session: Session, office: Office) -> None:
    children(session, 9, "DISABILITY", since=date(2025, 3, 1))
    office.report.commune_code = TAN_HUNG
    version = save(session, office)
    count(session, office)
    assert grid(office.report, version, "2")["Tổng số trẻ em"][3] == "0"


def test_small_figures_leave_hidden_and_stay_readable_at_home(
    browser: Browser, session: Session, office: Office
) -> None:
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 3, "ORPHAN", since=date(2025, 3, 1))
    version = sent(session, office)
    rows = grid(office.report, version, "2")
    assert rows["Trẻ em mồ côi cả cha và mẹ"][3] == "ẩn"
    place = {"periodic_id": office.report.id}
    at_home = browser.sign_in(office.chair).get("periodic.show", **place)
    row = at_home.find("th", string="Trẻ em mồ côi cả cha và mẹ").find_parent("tr")
    assert [cell.get_text().split()[0] for cell in row.select("td")][3] == "3*"
    received = browser.sign_in(office.supervisor).get("periodic.show", **place)
    row = received.find("th", string="Trẻ em mồ côi cả cha và mẹ").find_parent("tr")
    assert row.select("td")[3].get_text() == "ẩn"


def test_what_was_not_sent_is_neither_returned_nor_corrected(
    browser: Browser, session: Session, office: Office
) -> None:
    """Nobody is asked for a reason that would be refused."""
    save(session, office)
    session.commit()
    place = {"sent_id": office.report.id}
    browser.sign_in(office.supervisor).get("periodic.give_back", expect=409, **place)
    browser.sign_in(office.worker).get("periodic.correct", expect=409, **place)
    sent(session, office)
    browser.get("periodic.correct", **place)
    browser.sign_in(office.supervisor).get("periodic.give_back", **place)


@pytest.mark.wide
def test_a_single_group_with_hidden_figures_is_not_alone(session: Session, office: Office) -> None:
    """All children together are no more than the groups added up: that would tell its least."""
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 8, "ABANDONED", since=date(2025, 3, 1))
    children(session, 3, "ORPHAN", since=date(2025, 3, 1))
    rows = grid(office.report, sent(session, office), "2")
    hidden = [label for label, cells in rows.items() if cells[3] == "ẩn"]
    assert len(hidden) >= 2


def test_what_leaves_is_protected_beside_what_can_be_read_already(
    session: Session, office: Office
) -> None:
    """Current tables, and what the commune sent before: figures with a name in both are one."""
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 9, "ABANDONED", since=date(2025, 3, 1))
    half = Period.parse("2026-H1")
    codes = frozenset({"special.commune"})
    refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[half], codes=codes)
    first = sent(session, office)
    correct_report(
        session, actor=actor_of(office.chair), report=office.report, reason="Sai số",
        now=clock.now(),
    )  # fmt: skip
    count(session, office)
    version = newest_version(session, office.report)
    before, after = first.tables or {}, (version.tables if version else None) or {}
    known = {*after["tables"]["special.group_sex"]["certificate"]["beside"]}
    assert hash_of_shown(ProtectedTable.from_json(before["tables"]["special.group_sex"])) in known
    current = agency_tables(session, ["special"])
    assert {hash_of_shown(one) for one in current} <= known


def test_a_release_of_the_period_makes_a_draft_count_again(
    session: Session, office: Office
) -> None:
    save(session, office)
    count(session, office)
    now = clock.now()
    release = Release(
        period="2026-Q2", edition=1, asked_at=now, by_id=office.supervisor.id, beside=[],
        state=ReleaseState.APPROVED, number="CB-2026-01", known_at=now, prepared_at=now,
        approved_at=now + timedelta(seconds=1), approved_by=office.chair.id,
    )  # fmt: skip
    session.add(release)
    session.flush()
    with pytest.raises(FiguresOutdated):
        send(session, office)
    with time_machine.travel(NOW + timedelta(minutes=5)):
        count(session, office)
        send(session, office)


def test_table_5_takes_8a_8b_and_9_from_releases(session: Session, office: Office) -> None:
    """Of the newest edition, if it stands, what the public was told; nothing is counted for it."""
    public, agency, approved = Audience.PUBLIC, Audience.AGENCY, ReleaseState.APPROVED
    for edition, state in ((1, approved), (2, ReleaseState.WITHDRAWN), (3, approved)):
        told = {
            ("8a", public): (8455, 890_000, f"{3 - edition}.9500"),
            ("8a", agency): (8457, 890_000, f"{3 - edition}.9502"),
            ("8b", public): (40, None, None),
            ("8b", agency): (42, 62, "67.7419"),
            ("9", public): (0, 890_000, "0.0000"),
            ("9", agency): (0, 890_000, "0.0000"),
        }
        people = (office.supervisor, office.chair)
        release = add_release(session, *people, year=2025, told=told, edition=edition, state=state)
    assert table_5(session) == {
        "8a": ["khoảng 0,95%", "2025"],
        "8b": ["ẩn", "2025"],
        "9": ["0%", "2025"],
    }
    release.state = ReleaseState.WITHDRAWN
    session.flush()
    assert table_5(session) == {part: ["", ""] for part in ("8a", "8b", "9")}


def table_5(session: Session) -> dict[str, list[str]]:
    """What the province's report says of the parts that releases fill."""
    of_province = select(PeriodicReport).where(PeriodicReport.level == ReportLevel.PROVINCE)
    report = session.scalars(of_province).one()
    counted = count_figures(session, report, clock.now())
    made = grids({"tables": {}, **counted.shared}, report.rules, report.rule, {})
    rows = {row.label.split(".")[0]: row for one in made if one.code == "5" for row in one.rows}
    return {part: [cell.text for cell in rows[part].cells[1:]] for part in ("8a", "8b", "9")}


def test_paper_names_who_printed_it_and_has_no_empty_cell(
    app: Flask, session: Session, office: Office
) -> None:
    version = sent(session, office)
    session.refresh(office.report, ["unit"])
    with app.test_request_context():
        line = proof_line(office.report, version, "Lê Thị Hoa, Sở Y tế", NOW)
        context = printed_report(office.report, version, None, signer=None, proof=line)
        page = read(render_template("documents/periodic_report.html", **context))
    assert line.endswith(" · Lê Thị Hoa, Sở Y tế")
    cells = [cell.get_text(strip=True) for cell in page.select(".report-table td.figure")]
    assert "–" in cells and "" not in cells
    rows = [row.get_text() for row in page.select("tr.part")]
    assert "Theo môi trường xâm hại" in rows and "Theo nơi xảy ra" not in rows


@pytest.mark.parametrize(("level", "last"), [("commune", "Biểu 4"), ("province", "Biểu 5")])
def test_the_form_names_the_tables_that_this_report_has(
    browser: Browser, session: Session, office: Office, level: str, last: str
) -> None:
    report = session.scalars(select(PeriodicReport).where(PeriodicReport.level == level)).one()
    by = office.worker if level == "commune" else office.supervisor
    page = browser.sign_in(by).get("periodic.edit", periodic_id=report.id)
    assert f"Biểu 1 đến {last} hệ thống tự tính" in page.get_text()


def test_page_paper_and_workbook_hide_the_same(
    browser: Browser, session: Session, office: Office
) -> None:
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 3, "ORPHAN", since=date(2025, 3, 1))
    version = sent(session, office)
    browser.sign_in(office.supervisor).client.get("/")
    answer = browser.client.get(f"/indicators/reports/{office.report.id}/report.xlsx")
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.data))
    for one in tables_of(office.report, version):
        sheet = book[f"Biểu {one.code}"]
        cells = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows()}
        for row in one.rows:
            for shown, written in zip(row.cells, cells[row.label], strict=False):
                assert (written == "ẩn") is shown.is_hidden


def test_the_population_is_told_or_said_to_be_missing(session: Session, office: Office) -> None:
    version = save(session, office)
    count(session, office)
    assert "1" not in {one.code for one in tables_of(office.report, version)}
    entry = PopulationEntry(
        year=2026,
        commune_code=PHO_HIEN,
        version=1,
        origin=PopulationOrigin.TYPED,
        source="Công an phường",
        source_on=date(2026, 1, 1),
        at=NOW,
        counts=[
            PopulationCount(sex="male", age_group="0-5", count=700),
            PopulationCount(sex="female", age_group="6-12", count=900),
        ],
    )
    session.add(entry)
    session.commit()
    count(session, office)
    rows = grid(office.report, version, "1")
    assert list(rows.values()) == [["1.600", "700", "900", "700", "900"]]


@pytest.mark.wide
def test_abuse_is_told_by_events_and_children(session: Session, office: Office) -> None:
    children(session, 24, "SEX_ABUSE", since=date(2026, 3, 1))
    for one, subject in enumerate(session.scalars(select(FactSubject.subject)).all()):
        session.add(
            FactCase(
                subject=subject,
                event=f"e{one // 8}".encode(),
                category="abused",
                channel="phone",
                forms=["SEXUAL_ABUSE" if one < 12 else "VIOLENCE"],
                setting="home" if one % 3 else "school",
                commune=PHO_HIEN,
                event_commune=PHO_HIEN,
                event_on=date(2026, 3, 1),
                is_event_day_known=True,
                age=9,
                received_on=date(2026, 3, 2),
                recorded_at=NOW - timedelta(days=100),
                confirmed_on=date(2026, 3, 3),
                confirmed_at=NOW - timedelta(days=99),
                state="plan_active",
            )
        )
    session.commit()
    version = sent(session, office)
    rows = grid(office.report, version, "3")
    assert rows["Số trẻ em bị xâm hại"][0] == "24"
    assert rows["Số vụ"][0] == "ẩn"  # three
    own = json.loads(version.counts or "{}")["tables"]["abuse_events.abuse_events_total"]
    assert own["values"][-1] == 3
    assert grid(office.report, version, "4")["Hồ sơ tiếp nhận"][0] == "24"


def test_the_department_sees_who_is_late(
    browser: Browser, session: Session, office: Office
) -> None:
    late = NOW + timedelta(days=4)
    with time_machine.travel(late):
        page = browser.sign_in(office.supervisor).get("periodic.index")
        assert "Quá hạn" in page.get_text()
        page = browser.get("periodic.index", state="accepted")
        assert "Không có xã, phường nào ở tình trạng này" in page.get_text()


def test_a_hundred_communes_are_a_short_page_the_late_first(
    browser: Browser, session: Session, office: Office
) -> None:
    """The first ten who need somebody at once; who is done is folded; every one is there."""
    others = [UnitFactory(commune_code=TAN_HUNG) for _ in range(AT_ONCE + 3)]
    make_reports(session, NOW)
    accepted, waiting = (_of(session, one) for one in others[:2])
    accepted.first_sent_at = waiting.first_sent_at = NOW
    accepted.state, waiting.state = PeriodicState.ACCEPTED, PeriodicState.SUBMITTED
    session.commit()
    with time_machine.travel(NOW + timedelta(days=20)):
        page = browser.sign_in(office.supervisor).get("periodic.index")
        assert list(tiles(page).values()) == [str(AT_ONCE + 2), "1", "0", "0", "1"]
        shown = {one["aria-labelledby"]: unfolded(one) for one in page.select(".periodic-group")}
        late = ("group-late", AT_ONCE)
        assert list(shown.items()) == [late, ("group-submitted", 1), ("group-accepted", 0)]
        assert len(page.select(".periodic-group tbody tr")) == AT_ONCE + 4
        assert page.get_text().count("phải gửi trước") == 2  # once for all communes; the province's
        listed = browser.get("periodic.index", state="accepted")
        assert [unfolded(one) for one in listed.select(".periodic-group")] == [1]


def unfolded(part: Tag) -> int:
    return len(part.select(":scope > table tbody tr"))


def _of(session: Session, unit: Unit) -> PeriodicReport:
    return session.scalars(select(PeriodicReport).where(PeriodicReport.unit_id == unit.id)).one()


def test_of_many_periods_the_newest_stand_before_the_fold(
    browser: Browser, session: Session, office: Office
) -> None:
    for years in range(1, 6):
        make_reports(session, NOW + timedelta(days=365 * years))
    session.commit()
    page = browser.sign_in(office.supervisor).get("periodic.index")
    assert len(page.select(".periodic-tabs .count")) >= 6
    fold = page.select_one("details:has(.periodic-tabs)")
    assert fold is not None and not fold.has_attr("open")
    oldest = str(fold.select("a")[-1]["href"])
    assert browser.open(oldest).select_one("details[open] [aria-current=page]") is not None


def correct(session: Session, office: Office) -> None:
    actor = actor_of(office.chair)
    correct_report(session, actor=actor, report=office.report, reason="Sai số", now=clock.now())
    session.commit()


def tiles(page: BeautifulSoup) -> dict[str, str]:
    return {
        one.select_one(".tile-label").get_text(): one.select_one(".tile-value").get_text()
        for one in page.select(".tile")
    }


def test_what_is_corrected_was_sent_all_the_same(
    browser: Browser, session: Session, office: Office
) -> None:
    sent(session, office)
    accept(session, office)
    session.commit()
    with time_machine.travel(NOW + timedelta(days=60)):
        correct(session, office)
        page = browser.sign_in(office.supervisor).get("periodic.index")
        counts = tiles(page)
        assert (counts["đã tiếp nhận"], counts["chưa gửi, còn hạn"]) == ("1", "0")
        assert counts["quá hạn, chưa gửi"] == "0"
        assert page.select_one(".periodic-tabs .count").get_text() == "1/1"
        assert "Đang sửa bản đã tiếp nhận" in page.select_one(".periodic-list").get_text()
        shown = browser.get("periodic.show", periodic_id=office.report.id)
        assert "Đang sửa bản đã tiếp nhận" in shown.select_one(".head").get_text()
        assert not owed(session, office)


def test_what_was_returned_is_owed_a_week_later(session: Session, office: Office) -> None:
    sent(session, office)
    when = NOW + timedelta(days=30)
    give_back(session, office, now=when)
    assert owed(session, office) == [when + timedelta(days=7)]
    save(session, office)
    assert owed(session, office) == [when + timedelta(days=7)]


def owed(session: Session, office: Office) -> list[datetime]:
    rows = session.execute(report_dues(clock.now())).all()
    return [one.due_at for one in rows if one.subject_id == office.report.id]


def test_the_department_does_not_read_a_draft(
    browser: Browser, session: Session, office: Office
) -> None:
    save(session, office)
    session.commit()
    place = {"periodic_id": office.report.id}
    page = browser.sign_in(office.supervisor).get("periodic.show", **place)
    assert "Đã thăm các gia đình" not in page.get_text()
    assert "Đơn vị chưa gửi báo cáo này" in page.get_text()


def test_a_report_that_is_owed_is_due(session: Session, office: Office) -> None:
    due = session.execute(report_dues(NOW)).all()
    assert {one.subject_id for one in due} == set(session.scalars(select(PeriodicReport.id)))
    sent(session, office)
    left = session.execute(report_dues(NOW)).all()
    assert office.report.id not in {one.subject_id for one in left}


def test_a_reminder_names_the_unit_and_the_period(
    browser: Browser, session: Session, office: Office
) -> None:
    session.commit()
    late = NOW + timedelta(days=20)
    run_pass(db.sessionmaker, {}, late)
    with time_machine.travel(late):
        about = f"{office.unit.short_name}, 6 tháng đầu năm 2026"
        browser.sign_in(office.supervisor)
        page = browser.get("reminders.index")
        assert "1 xã, phường quá hạn chưa gửi báo cáo" in page.get_text()
        assert about not in page.get_text()  # that line stands for it
        reader = actor_of(office.supervisor)
        rows = due_rows(session, reader, View.TOLD, now=late, after=None, limit=30)
        assert counts(session, reader, late).of[View.TOLD] == len(rows)
        assert unread(session, reader, late) == 0
        one = session.scalars(
            select(Obligation).where(Obligation.subject_id == office.report.id)
        ).one()
        assert about in browser.get("reminders.show", obligation_id=one.id).get_text()
        page = browser.sign_in(office.chair).get("reminders.index").get_text()
        assert about in page and "chưa có người làm" not in page


def test_who_receives_reports_opens_the_late_ones_by_one_line(
    browser: Browser, session: Session, office: Office
) -> None:
    UnitFactory(commune_code=TAN_HUNG)
    make_reports(session, NOW)
    session.commit()
    with time_machine.travel(NOW + timedelta(days=20)):
        page = browser.sign_in(office.supervisor).get("reminders.index")
        line = page.find("b", string="2 xã, phường quá hạn chưa gửi báo cáo: 6 tháng đầu năm 2026")
        listed = browser.open(str(line.find_next("a")["href"]))
        assert len(listed.select("[aria-labelledby=communes-title] tbody tr")) == 2
        page = browser.sign_in(office.chair).get("reminders.index")
        assert "quá hạn chưa gửi báo cáo" not in page.get_text()


def test_a_draft_asks_for_its_figures_once(
    browser: Browser, session: Session, office: Office
) -> None:
    place = {"periodic_id": office.report.id}
    browser.sign_in(office.worker).submit(
        "periodic.edit", {"results": "Đã thăm", **STAFF}, expect=303, **place
    )
    page = browser.follow()
    assert "Số liệu đang được tính" in page.get_text()
    browser.submit("periodic.edit", {"results": "Đã thăm nữa", **STAFF}, expect=303, **place)
    assert len(session.scalars(select(Task)).all()) == 1


@pytest.mark.wide
def test_it_is_compared_with_the_same_half_of_the_year_before(
    browser: Browser, session: Session, office: Office
) -> None:
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 10, "DISABILITY", since=date(2026, 2, 1))
    children(session, 3, "ORPHAN", since=date(2026, 3, 1))
    report = office.report
    earlier = PeriodicReport(
        schedule=report.schedule,
        rules_version=1,
        level=report.level,
        unit_id=report.unit_id,
        commune_code=report.commune_code,
        period="2025-H1",
        ends_on=date(2025, 7, 1),
        opened_at=NOW,
        due_at=NOW,
        state=PeriodicState.DRAFTED,
        number=0,
        version=1,
    )
    session.add(earlier)
    session.flush()
    sent(session, Office(office.unit, office.worker, office.chair, office.supervisor, earlier))
    now, before = sent(session, office), newest_version(session, earlier)
    assert before is not None
    found = compare(tables_of(report, now), tables_of(earlier, before))
    told = {one.label: (one.now, one.before, one.difference, one.percent) for one in found}
    assert told["Hồ sơ tiếp nhận"] == ("0", "0", "0", "không tính được")
    hidden = {one.label for one in found if "ẩn" in (one.now, one.before)}
    assert hidden
    for one in found:
        if one.label in hidden:
            assert (one.difference, one.percent) == ("không tính được", "không tính được")
    page = browser.sign_in(office.supervisor).get("periodic.show", periodic_id=report.id)
    assert "So với kỳ trước" in page.get_text()


def test_where_there_is_nothing_to_compare_with_the_page_says_so(
    session: Session, browser: Browser, office: Office
) -> None:
    sent(session, office)
    page = browser.sign_in(office.supervisor).get("periodic.show", periodic_id=office.report.id)
    card = page.select_one("[aria-labelledby=compared-title]")
    assert card and "chưa gửi báo cáo 6 tháng đầu năm 2025" in card.get_text()


def test_an_increase_is_told_in_numbers_and_percent() -> None:
    def grids(number: int | None) -> list[Grid]:
        row = GridRow("Hồ sơ tiếp nhận", (GridCell(number),), "total")
        return [Grid("4", "", "", ("Số",), (row,), "")]

    up, down, hidden = (compare(grids(n), grids(20)) for n in (30, 15, None))
    assert (up[0].difference, up[0].percent, up[0].change) == ("+10", "+50,0%", "+10 (+50,0%)")
    assert (down[0].difference, down[0].percent) == ("-5", "-25,0%")
    assert (hidden[0].difference, hidden[0].percent) == ("không tính được", "không tính được")
    assert hidden[0].change == "không tính được"
