"""Attacks on reports of communes: pages left open, other communes' ids, two who answer at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core.db import db
from app.core.errors import DomainError
from app.indicators.models import PeriodicReport, PeriodicState
from app.indicators.queries.reports import newest_version
from app.indicators.services.reporting import accept_report, correct_report, return_report
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import TAN_HUNG, UnitFactory, UserFactory
from tests.indicators.test_reports import (  # noqa: F401
    NOW,
    STAFF,
    DraftData,
    Office,
    count,
    july,
    office,
    save,
    send,
    sent,
)

SECRET = "Lời chưa gửi của xã"
REASON = "Biểu 6 thiếu số"


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    return Browser(app, session)


def resend(session: Session, office: Office, words: str = "Bản sửa") -> None:  # noqa: F811
    """The commune corrects what it sent, and sends it again."""
    chair = actor_of(office.chair)
    correct_report(session, actor=chair, report=office.report, reason="Sai số", now=NOW)
    save(session, office, DraftData(words, None, None, STAFF))
    count(session, office)
    send(session, office)
    session.commit()


def test_what_was_not_read_is_not_accepted(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    sent(session, office)
    place = {"periodic_id": office.report.id}
    left_open = browser.sign_in(office.supervisor).get("periodic.show", **place)
    resend(session, office)
    page = browser.submit_page(left_open, {}, form="#accept-form", expect=409)
    assert "đã gửi bản mới" in page.select_one("[role=alert]").get_text()
    assert "Bản sửa" in page.get_text()
    assert office.report.state is PeriodicState.SUBMITTED
    browser.submit_page(page, {}, form="#accept-form")
    assert office.report.state is PeriodicState.ACCEPTED


def test_a_reason_is_of_the_version_that_was_read(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    """Wherever between the page and the reason the commune sent it again; the reason stays."""
    sent(session, office)
    place = {"periodic_id": office.report.id}
    left_open = browser.sign_in(office.supervisor).get("periodic.show", **place)
    resend(session, office)
    asked = browser.open(str(left_open.select_one("a[href*='/return']")["href"]))
    page = browser.submit_page(asked, {"reason": REASON}, expect=422)
    assert "đã gửi bản mới" in page.select_one(".error-summary").get_text()
    assert office.report.state is PeriodicState.SUBMITTED
    assert page.select_one("textarea").get_text(strip=True) == REASON
    browser.submit_page(page, {})
    assert office.report.state is PeriodicState.RETURNED


def test_of_two_who_answer_at_once_one_is_told(
    app: Flask,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    sent(session, office)
    seen, report_id, start = office.report.version, office.report.id, Barrier(2)
    supervisor = actor_of(office.supervisor)

    def answer(is_return: bool) -> str:
        with app.app_context(), db.sessionmaker.begin() as own:
            report = own.get_one(PeriodicReport, report_id)
            common = {"actor": supervisor, "report": report, "expected": seen, "now": NOW}
            start.wait(10)
            try:
                if is_return:
                    return_report(own, reason=REASON, **common)
                else:
                    accept_report(own, **common)
            except DomainError as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(answer, (True, False)))
    assert said == ["ReportNotSubmitted", "done"]
    session.expire_all()
    version = newest_version(session, office.report)
    assert version is not None
    is_returned = version.state is PeriodicState.RETURNED
    assert office.report.state is version.state
    assert (version.answer == REASON) is is_returned


@pytest.fixture
def elsewhere(session: Session) -> list[User]:
    """Everybody of another commune, and a supervisor whose area it is."""
    unit = UnitFactory(commune_code=TAN_HUNG)
    area = UnitFactory(doh=True, commune_code=TAN_HUNG)
    roles = (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.UNIT_LEAD, Role.INTAKE)
    made = [UserFactory(role=role, unit=unit) for role in roles]
    return [*made, UserFactory(role=Role.SUPERVISOR, unit=area)]


@pytest.mark.usefixtures("no_csrf")
def test_another_communes_report_is_nowhere(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
    elsewhere: list[User],
) -> None:
    sent(session, office)
    correct = actor_of(office.chair)
    correct_report(session, actor=correct, report=office.report, reason=SECRET, now=NOW)
    save(session, office, DraftData(SECRET, SECRET, SECRET, STAFF))
    session.commit()
    at = f"/indicators/reports/{office.report.id}"
    stale = {"results": "Của tôi", "version": "1", **STAFF}
    for user in elsewhere:
        browser.sign_in(user)
        for path in ("", "?number=1", "/draft", "/return", "/correct", "/report.pdf"):
            assert SECRET not in said(browser, "get", at + path)
        assert SECRET not in said(browser, "get", f"{at}/report.xlsx?number=1")
        for path in ("draft", "figures", "send", "accept", "return", "correct"):
            assert SECRET not in said(browser, "post", f"{at}/{path}", stale)
    session.refresh(office.report)
    assert office.report.state is PeriodicState.DRAFTED


def said(browser: Browser, method: str, path: str, data: dict[str, object] | None = None) -> str:
    answer = browser.client.open(path, method=method.upper(), data=data)
    assert answer.status_code in (403, 404), (path, answer.status_code)
    return answer.text


def test_a_correction_is_not_read_before_it_is_sent(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    """Neither its words, its reason nor its figures, whichever version the address names."""
    sent(session, office)
    chair = actor_of(office.chair)
    correct_report(session, actor=chair, report=office.report, reason=SECRET, now=NOW)
    save(session, office, DraftData(SECRET, None, None, STAFF))
    count(session, office)
    session.commit()
    place, paper = {"periodic_id": office.report.id}, {"sent_id": office.report.id}
    browser.sign_in(office.supervisor)
    for number in (None, 1, 2, 3):
        page = browser.get("periodic.show", number=number, **place)
        assert SECRET not in page.get_text() and "Bản 2" not in page.get_text()
    for number in (2, 3):
        browser.get("periodic.as_pdf", number=number, expect=404, **paper)
        browser.get("periodic.as_xlsx", number=number, expect=404, **paper)
    browser.get("periodic.index")
    send(session, office)
    session.commit()
    page = browser.get("periodic.show", **place)
    assert SECRET in page.get_text()


def ready_to_send(browser: Browser, session: Session, office: Office) -> BeautifulSoup:  # noqa: F811
    """The page of a report that the Chair may send."""
    save(session, office)
    count(session, office)
    session.commit()
    return browser.sign_in(office.chair).get("periodic.show", periodic_id=office.report.id)


@pytest.mark.usefixtures("no_csrf")
def test_a_worker_does_not_send(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    page = ready_to_send(browser, session, office)
    browser.sign_in(office.worker)
    assert (
        browser.get("periodic.show", periodic_id=office.report.id).select_one("#send-form") is None
    )
    browser.submit_page(page, {}, form="#send-form", expect=403)
    session.refresh(office.report)
    assert office.report.state is PeriodicState.DRAFTED


def test_a_double_click_sends_once(
    browser: Browser,
    session: Session,
    office: Office,  # noqa: F811
) -> None:
    page = ready_to_send(browser, session, office)
    for _ in range(2):
        browser.submit_page(page, {}, form="#send-form")
    assert (office.report.state, office.report.number) == (PeriodicState.SUBMITTED, 1)
