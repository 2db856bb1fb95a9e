"""What becomes readable does so one after the other: who publishes while another counts is not
missed, whatever the clocks say."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit
from app.core import clock
from app.core.db import db
from app.core.tasks import Task
from app.indicators.models import CurrentTable, PeriodicReport, Release, ReportVersion
from app.indicators.models.releases import ReleaseOutdated
from app.indicators.periods import Period
from app.indicators.protection.rules import Thresholds, take_own
from app.indicators.queries.reports import newest_version
from app.indicators.report_rules import ReportLevel
from app.indicators.services.current_tables import refresh
from app.indicators.services.publishing import prepare
from app.indicators.services.releasing import approve_release, ask_release, submit_release
from app.indicators.services.report_counting import keep_figures
from app.indicators.services.report_figures import count_figures, protect_figures
from app.indicators.services.reporting import (
    FiguresOutdated,
    OtherThresholds,
    correct_report,
    send_report,
)
from app.indicators.services.thresholds import NewThresholds, change_thresholds
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UserFactory
from tests.indicators.test_reports import (  # noqa: F401
    NOW,
    Office,
    children,
    july,
    office,
    save,
    send,
)

HALF = Period.parse("2026-H1")
GROUPS = "special.group_sex"
LATER = NOW + timedelta(seconds=1)


@pytest.fixture
def province(session: Session, office: Office) -> Office:  # noqa: F811
    """The Department of Health, which reports for the province; another supervisor approves."""
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 9, "ABANDONED", since=date(2025, 3, 1))
    of_province = select(PeriodicReport).where(PeriodicReport.level == ReportLevel.PROVINCE)
    report = session.scalars(of_province).one()
    unit = session.get_one(Unit, office.supervisor.unit_id)
    second = UserFactory(role=Role.SUPERVISOR, unit=unit)
    found = Office(unit, office.supervisor, second, office.supervisor, report)
    save(session, found)
    count(session, found)
    session.commit()
    return found


def count(session: Session, office: Office) -> None:  # noqa: F811
    """As the job, and of the report's many tables one."""
    known = count_figures(session, office.report, clock.now())
    few = replace(known, counts=[one for one in known.counts if one.code == GROUPS])
    actor, figures = actor_of(office.worker), protect_figures(few)
    keep_figures(session, actor=actor, report=office.report, figures=figures, now=clock.now())


def a_draft(session: Session, province: Office) -> Release:
    drafter = actor_of(province.worker)
    release = ask_release(session, actor=drafter, period=HALF, note=None, now=NOW)
    session.commit()
    return release


def counted(session: Session, release: Release) -> Release:
    """What the job does, a second after whatever else happens here."""
    prepare(release.id, now=LATER, begin=db.sessionmaker.begin, codes=frozenset({GROUPS}))
    session.expire_all()
    return release


@pytest.fixture
def other() -> Iterator[Session]:
    """Of another person's request, which is not over yet."""
    with db.sessionmaker() as session:
        yield session


def test_a_report_that_is_being_sent_while_a_release_is_counted_is_not_missed(
    session: Session, other: Session, province: Office
) -> None:
    release, sender = a_draft(session, province), actor_of(province.chair)
    report = other.get_one(PeriodicReport, province.report.id)
    send_report(other, actor=sender, report=report, expected=report.version, now=NOW)
    counted(session, release)
    other.commit()
    with pytest.raises(ReleaseOutdated):
        submit_release(session, actor=actor_of(province.worker), release=release, now=LATER)


def test_a_release_that_is_being_approved_while_a_report_is_counted_is_not_missed(
    session: Session, other: Session, province: Office
) -> None:
    release, drafter = counted(session, a_draft(session, province)), actor_of(province.worker)
    submit_release(session, actor=drafter, release=release, now=NOW)
    approver = actor_of(province.chair)
    session.commit()
    waiting = other.get_one(Release, release.id)
    approve_release(other, actor=approver, release=waiting, now=NOW)
    count(session, province)
    other.commit()
    with pytest.raises(FiguresOutdated):
        send(session, province)
    session.rollback()
    count(session, province)
    send(session, province)


def test_two_reports_of_a_commune_know_of_each_other(
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    """The half-year and its second quarter, both counted before one of them was sent."""
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    quarter = PeriodicReport(
        schedule="commune_quarter", rules_version=1, level=ReportLevel.COMMUNE,
        unit_id=office.unit.id, commune_code=office.unit.commune_code, period="2026-Q2",
        ends_on=office.report.ends_on, opened_at=NOW, due_at=office.report.due_at,
    )  # fmt: skip
    session.add(quarter)
    session.commit()
    of_quarter = Office(office.unit, office.worker, office.chair, office.supervisor, quarter)
    for one in (office, of_quarter):
        save(session, one)
        count(session, one)
    send(session, office)
    session.commit()
    with pytest.raises(FiguresOutdated):
        send(session, of_quarter)
    session.rollback()
    count(session, of_quarter)
    send(session, of_quarter)


def test_a_report_of_other_thresholds_is_not_sent(
    session: Session,
    browser: Browser,
    office: Office,  # noqa: F811
) -> None:
    """Who sends it is told what to do, and can; what is hidden in it is said by its own rule."""
    children(session, 20, "DISABILITY", since=date(2025, 3, 1))
    children(session, 5, "ORPHAN", since=date(2025, 3, 1))
    save(session, office)
    count(session, office)
    admin = actor_of(UserFactory(role=Role.ADMINISTRATOR))
    strict = Thresholds(agency_hide=6, public_hide=9, public_round=5)
    wanted = NewThresholds(strict, "Công văn 12")
    change_thresholds(session, actor=admin, change=wanted, expected=0, now=NOW)
    session.commit()
    place = {"periodic_id": office.report.id}
    try:
        page = browser.sign_in(office.chair).get("periodic.show", **place)
        answer = browser.submit_page(page, {}, form="form[action$='/send']", expect=409)
        assert "ngưỡng che số nhỏ đã đổi" in answer.text
        with pytest.raises(OtherThresholds):
            send(session, office)
        session.rollback()
        count(session, office)
        send(session, office)
        session.commit()
        page = browser.sign_in(office.supervisor).get("periodic.show", **place)
        assert [str(found) for found in re.findall("số từ 1 đến ([0-9]+)", page.text)] == ["6"]
        answer = browser.client.get(f"/indicators/reports/{office.report.id}/report.xlsx")
        cells = load_workbook(BytesIO(answer.data))["Biểu 2"]["A"]
        assert "số từ 1 đến 6" in str([cell.value for cell in cells[:6]])
    finally:
        take_own(())


@pytest.mark.parametrize("is_drafted", [True, False])
def test_what_stands_now_is_protected_beside_the_draft_of_the_provinces_report(
    session: Session, province: Office, is_drafted: bool
) -> None:
    """As it is sent: what came in since would else tell what was small in it. The control: without
    the draft other figures are hidden."""
    children(session, 3, "ORPHAN", since=date(2025, 3, 1))
    count(session, province)
    children(session, 3, "ORPHAN", since=date(2025, 4, 1))
    beside_the_draft = _marks_now(session)
    if is_drafted:
        send(session, province)
    else:
        session.execute(delete(ReportVersion))
    assert (_marks_now(session) == beside_the_draft) is is_drafted


def _marks_now(session: Session) -> list[Any]:
    session.execute(delete(CurrentTable))
    session.execute(delete(Task))  # nobody waits
    session.commit()
    codes, begin = frozenset({GROUPS}), db.sessionmaker.begin
    refresh(now=clock.now(), begin=begin, periods=[HALF], codes=codes)
    rows = session.scalars(select(CurrentTable).order_by(CurrentTable.audience))
    return [row.content["marks"] for row in rows if row.content]


def test_a_correction_is_counted_beside_what_it_corrects(
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    first = save(session, office)
    count(session, office)
    send(session, office)
    chair = actor_of(office.chair)
    correct_report(session, actor=chair, report=office.report, reason="Sai số", now=NOW)
    count(session, office)
    version = newest_version(session, office.report)
    assert version is not None and version.tables is not None
    assert version.tables["beside"] == [str(first.id)]
    send(session, office)
