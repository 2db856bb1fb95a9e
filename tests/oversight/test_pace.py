"""A program that opens file after file is made to wait; people at work, and danger, are not."""

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit, User
from app.cases.models import Case, Report, SafetyMeasure
from app.core import clock
from app.oversight import rules as oversight_rules
from app.oversight.models import FileOpening, ReadingFinding
from app.oversight.rules import PaceRules, PaceWindow
from app.oversight.services import pace
from app.oversight.services.pace import forget_openings
from tests.browser import FORM, Browser, filled_in
from tests.factories import PHO_HIEN, CaseFactory, UnitFactory, UserFactory

AT = "2026-09-14 10:00 +0700"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten files in ten minutes, fifteen in an hour: as in the data, with smaller numbers."""
    narrow = PaceRules(windows=(PaceWindow(minutes=10, files=10), PaceWindow(minutes=60, files=15)))
    known = oversight_rules.rules()
    monkeypatch.setattr(pace, "rules", lambda: known.model_copy(update={"pace": narrow}))


def cases_of(session: Session, commune: Unit, count: int) -> list[Case]:
    made = [CaseFactory(worked_by=commune) for _ in range(count)]
    session.commit()
    return made


def test_the_file_after_so_many_others_has_to_wait(
    browser: Browser, session: Session, commune: Unit, worker: User
) -> None:
    with time_machine.travel(AT, tick=False) as time:
        cases = cases_of(session, commune, 16)
        browser.sign_in(worker)
        for case in cases[:10]:
            browser.get("cases.show", case_id=case.id)
            time.shift(timedelta(seconds=20))
        page = browser.get("cases.show", case_id=cases[10].id, expect=429)
        assert browser.response is not None
        wait = int(browser.response.headers["Retry-After"])
        assert wait == 600 - 200, "until the first of the ten is ten minutes ago"
        assert "Bạn đã mở rất nhiều hồ sơ" in page.text and "Chờ 7 phút" in page.text
        browser.get("people.child", child_id=cases[10].child_id, expect=429)
        browser.get("cases.show", case_id=cases[3].id)  # one of those of late
        time.shift(timedelta(seconds=wait + 1))
        browser.sign_in(worker).get("cases.show", case_id=cases[10].id)
        time.shift(timedelta(minutes=10))
        browser.sign_in(worker)
        for case in cases[11:15]:
            browser.get("cases.show", case_id=case.id)
        browser.get("cases.show", case_id=cases[15].id, expect=429)  # the sixteenth of the hour
        time.shift(timedelta(minutes=45))
        browser.sign_in(worker).get("cases.show", case_id=cases[15].id)


def test_who_waits_is_told_of_and_the_supervisor_sees_it_at_once(
    browser: Browser, session: Session, commune: Unit, worker: User
) -> None:
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    cases = cases_of(session, commune, 11)
    browser.sign_in(worker)
    for case in cases[:10]:
        browser.get("cases.show", case_id=case.id)
    for _ in range(3):
        browser.get("cases.show", case_id=cases[10].id, expect=429)
    found = session.scalars(select(ReadingFinding)).one()
    assert (found.kind, found.user_id, found.case_id) == ("too_fast", worker.id, None)
    assert found.facts == {"files": 10, "minutes": 60} and found.day == clock.today()
    denied = select(AuditEvent.body).where(AuditEvent.outcome == "denied")
    bodies = [json.loads(body)["data"] for body in session.scalars(denied)]
    assert [one["status"] for one in bodies] == [429] * 3
    page = browser.sign_in(supervisor).get("readings.index")
    assert "Mở hồ sơ quá nhanh" in page.text
    page = browser.get("readings.show", finding_id=found.id)
    assert "10 hồ sơ khác nhau trong 60 phút." in page.text


def test_danger_never_waits(
    browser: Browser, session: Session, commune: Unit, worker: User
) -> None:
    """A report, the own files, a file opened in an emergency, and what is being recorded."""
    cases = cases_of(session, commune, 12)
    own = CaseFactory(worked_by=commune, owner_id=worker.id)
    foreign = CaseFactory(worked_by=UnitFactory(commune_code="11977"))
    now = clock.now()
    session.add(
        CaseAccess(
            case_id=foreign.id, child_id=foreign.child_id, holder_id=worker.id,
            reason=AccessReason.BREAK_GLASS, since=now, until=now + timedelta(hours=1),
        )
    )  # fmt: skip
    session.commit()
    browser.sign_in(worker)
    form = browser.get("measures.new", case_id=cases[11].id)
    for case in cases[:9]:
        browser.get("cases.show", case_id=case.id)
    browser.get("cases.show", case_id=cases[10].id, expect=429)
    for one in (own, foreign):
        browser.get("cases.show", case_id=one.id)
    browser.get("people.child", child_id=own.child_id)
    browser.submit_page(form, {"kind": "safe_shelter", "performed_by": "Công an phường"})
    reports = select(func.count()).select_from(Report)
    before = session.scalar(reports)
    browser.submit(
        "intake.new",
        {
            "category": "abused", "channel": "phone", "child_condition": "Khóc cả đêm",
            "event_commune": PHO_HIEN, "est_age": "7",
        },
    )  # fmt: skip
    assert session.scalar(reports) == (before or 0) + 1


def send_to(
    browser: Browser, form: BeautifulSoup, case: Case, expect: int, **typed: str
) -> BeautifulSoup:
    """The form of measures of one file, sent to another file: as a program would."""
    found = form.select_one(FORM)
    assert found is not None
    fields = {**filled_in(found), "idempotency_key": str(uuid.uuid4()), **typed}
    return browser.post(f"/cases/{case.id}/measures/new", fields, expect=expect)


def test_a_form_that_comes_back_counts_and_never_waits(
    browser: Browser, session: Session, commune: Unit, worker: User
) -> None:
    """Empty forms show the head of file after file: they count as openings, and are told of; what
    is sent is recorded all the same, and what was typed comes back."""
    cases = cases_of(session, commune, 14)
    form = browser.sign_in(worker).get("measures.new", case_id=cases[0].id)
    for case in cases[1:10]:
        assert case.number in send_to(browser, form, case, 422).text, "the head is shown"
    opened = select(func.count()).select_from(FileOpening)
    assert session.scalar(opened) == 10
    assert session.scalar(select(ReadingFinding)) is None, "the tenth has room"
    browser.get("cases.show", case_id=cases[10].id, expect=429)
    session.execute(delete(ReadingFinding))
    session.commit()
    page = send_to(browser, form, cases[11], 422, performed_by="Công an phường")
    assert "Công an phường" in page.text
    assert session.scalars(select(ReadingFinding.kind)).all() == ["too_fast"]
    send_to(browser, form, cases[12], 303, kind="safe_shelter", performed_by="Công an phường")
    made = session.scalars(select(SafetyMeasure)).unique().one()
    assert made.case_id == cases[12].id
    assert session.scalar(opened) == 12, "the one that was sent counts too"


def test_each_person_has_a_pace_of_their_own_and_openings_are_forgotten(
    browser: Browser, session: Session, commune: Unit, worker: User
) -> None:
    cases = cases_of(session, commune, 11)
    for case in cases[:10]:
        browser.sign_in(worker).get("cases.show", case_id=case.id)
    browser.sign_in(UserFactory(unit=commune)).get("cases.show", case_id=cases[10].id)
    assert session.scalar(select(func.count()).select_from(FileOpening)) == 11
    forget_openings(session, clock.now() + timedelta(hours=23))
    assert session.scalar(select(func.count()).select_from(FileOpening)) == 11
    forget_openings(session, clock.now() + timedelta(hours=25))
    assert session.scalar(select(func.count()).select_from(FileOpening)) == 0


def test_the_windows_are_beyond_what_a_person_reads() -> None:
    """The positive control of the numbers: nobody at work meets them."""
    for window in oversight_rules.rules().pace.windows:
        assert window.minutes * 60 / window.files <= 20, "more than a file in twenty seconds"
