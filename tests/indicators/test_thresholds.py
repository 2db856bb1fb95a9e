"""Up to which number counts are hidden: set by an administrator, never too low."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.core import clock
from app.core.db import db
from app.core.errors import StaleEdit
from app.indicators.models import CurrentTable, ReleaseTable, ThresholdChange
from app.indicators.models.releases import ReleaseOutdated
from app.indicators.protection.certificate import verify_certificate
from app.indicators.protection.rules import DATA, LOWEST, OWN, Thresholds, load, take_own
from app.indicators.queries.thresholds import use_thresholds
from app.indicators.services.current_tables import refresh
from app.indicators.services.releasing import approve_release, submit_release
from app.indicators.services.thresholds import NewThresholds, change_thresholds
from app.indicators.tables import TOTAL, Audience
from app.reference.datafiles import ReferenceDataError
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UserFactory
from tests.indicators.test_releases import (
    SHORT,
    Department,
    a_draft,
    department,  # noqa: F401
    published,
)

PAGE = "thresholds.index"
STRICT = {
    "agency_hide": "6", "public_hide": "10", "public_round": "9",
    "reason": "Công văn 12 của Sở Y tế",
}  # fmt: skip


@pytest.fixture(autouse=True)
def as_the_files_say() -> Iterator[None]:
    """What one test sets is not known to the process afterwards."""
    yield
    take_own(())


def change(browser: Browser, *, expect: int = 303, **changed: Any) -> BeautifulSoup:
    browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))
    return browser.submit(PAGE, {**STRICT, **changed}, expect=expect)


def test_an_administrator_sets_them_and_the_log_knows(browser: Browser, session: Session) -> None:
    change(browser)
    page = browser.follow()
    assert "1 đến 6" in page.text and STRICT["reason"] in page.text
    assert page.select_one("#agency_hide")["value"] == "6"  # type: ignore[index]
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "reference.changed")
    ).all()
    assert len(events) == 1 and "agency_hide=6" in events[0].body


def test_a_draft_of_other_thresholds_is_not_published(
    browser: Browser,
    session: Session,
    department: Department,  # noqa: F811
) -> None:
    draft, now = a_draft(session, department), clock.now()
    submit_release(session, actor=actor_of(department.drafter), release=draft, now=now)
    session.commit()
    change(browser)
    session.expire_all()
    with pytest.raises(ReleaseOutdated):
        approve_release(session, actor=actor_of(department.approver), release=draft, now=now)


@pytest.mark.parametrize(
    "bad",
    [
        {"agency_hide": "3"}, {"agency_hide": "11"}, {"public_hide": "6"}, {"public_hide": "21"},
        {"agency_hide": "9", "public_hide": "8"}, {"public_hide": "7", "public_round": "9"},
        {"public_round": "1"}, {"public_round": "4"}, {"agency_hide": "-4"}, {"reason": "x"},
    ],
)  # fmt: skip
def test_what_protects_too_little_or_cannot_be_is_refused(
    browser: Browser, session: Session, bad: dict[str, str]
) -> None:
    change(browser, expect=422, **bad)
    assert session.scalars(select(ThresholdChange)).all() == []


def test_a_data_file_below_what_must_be_hidden_is_refused(tmp_path: Path) -> None:
    text = (DATA / "disclosure.v1.toml").read_text(encoding="utf-8")
    text = text.replace("version = 1\n", "version = 2\n", 1)
    (tmp_path / "disclosure.v2.toml").write_text(text, encoding="utf-8")
    assert load(DATA, tmp_path).newest.version == 2
    weak = text.replace("hide_up_to = 4", "hide_up_to = 2").replace("width = 4", "width = 2")
    (tmp_path / "disclosure.v2.toml").write_text(weak, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match="below what must be hidden"):
        load(DATA, tmp_path)


def test_of_two_administrators_the_second_is_told(session: Session) -> None:
    actor = actor_of(UserFactory(role=Role.ADMINISTRATOR))
    wanted = NewThresholds(Thresholds(agency_hide=5, public_hide=9, public_round=5), "Thử nghiệm")
    change_thresholds(session, actor=actor, change=wanted, expected=0, now=clock.now())
    with pytest.raises(StaleEdit):
        change_thresholds(session, actor=actor, change=wanted, expected=0, now=clock.now())


def test_a_release_keeps_the_thresholds_it_was_made_with(
    session: Session,
    browser: Browser,
    department: Department,  # noqa: F811
) -> None:
    """What is current is protected anew, although the counts are the same."""
    release = published(session, department)
    refresh_year(department)
    assert versions(session) == {1}
    change(browser)
    refresh_year(department)
    session.expire_all()
    assert versions(session) == {OWN + 1}
    assert kept(session, release.id) == {1}
    current = session.scalars(
        select(CurrentTable).where(CurrentTable.audience == Audience.AGENCY)
    ).one()
    table = current.table
    assert table is not None
    shown = [cell.value for cell in table.cells.values() if cell.value]
    assert min(shown) > 6
    old = session.scalars(
        select(ReleaseTable).where(ReleaseTable.audience == Audience.AGENCY)
    ).one()
    assert old.table is not None
    verify_certificate(old.table)
    browser.sign_in(department.analyst)
    take_own(())  # as in a process that has not read them
    page = browser.get(
        "current_figures.table",
        current_period=str(department.year),
        table_code="special.age_sex",
    )
    assert "từ 1 đến 6" in page.text
    page = browser.get(
        "releases.table", release_id=release.id, table_code="special.age_sex", audience="agency"
    )
    assert "từ 1 đến 4" in page.text
    page = browser.get("releases.show", release_id=release.id, audience="agency")
    assert "số từ 1 đến 4" in page.text and "số từ 1 đến 6" not in page.text
    page = browser.get("current_figures.period", current_period=str(department.year))
    assert "số từ 1 đến 6" in page.text
    assert old.table[(TOTAL, TOTAL)].value == table[(TOTAL, TOTAL)].value


def test_what_the_process_knows_is_what_was_set(session: Session) -> None:
    use_thresholds(session)
    assert Thresholds(agency_hide=4, public_hide=7, public_round=5) == LOWEST


def refresh_year(department: Department) -> None:  # noqa: F811
    db.session.commit()
    begin = db.sessionmaker.begin
    refresh(now=clock.now(), begin=begin, periods=[department.year], codes=SHORT)


def versions(session: Session) -> set[int]:
    wanted = select(CurrentTable.content["rule_version"].as_integer())
    return set(session.scalars(wanted))


def kept(session: Session, release_id: Any) -> set[int]:
    wanted = select(ReleaseTable.content["rule_version"].as_integer())
    return set(session.scalars(wanted.where(ReleaseTable.release_id == release_id)))
