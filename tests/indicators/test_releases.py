"""Releases from draft to withdrawal: frozen, approved by another person, explained, and the same
cells hidden wherever they are shown."""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from re import findall
from threading import Event
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.indicators.definitions import definitions
from app.indicators.dhis2 import mapping
from app.indicators.models import (
    CurrentTable,
    FactMembership,
    FactSubject,
    PopulationCount,
    PopulationEntry,
    PopulationOrigin,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.models.releases import OwnRelease, ReleaseMoved, ReleaseOutdated
from app.indicators.pages.cards import Figure as FigureOf
from app.indicators.pages.figure_files import dhis2_period
from app.indicators.pages.figure_rates import figure_lines
from app.indicators.pages.figure_source import rules_of
from app.indicators.pages.release_gaps import why_none
from app.indicators.pages.releases import size_words
from app.indicators.pages.table_words import table_title
from app.indicators.periods import Period
from app.indicators.protection.certificate import hash_of_shown
from app.indicators.protection.rules import Thresholds
from app.indicators.queries.board_releases import released_values
from app.indicators.queries.protected import protected_figures
from app.indicators.queries.released import (
    TableSize,
    figures_of,
    released_figures,
    shown_or_not,
    tables_of,
)
from app.indicators.queries.shown import approved_release
from app.indicators.services import releasing
from app.indicators.services.bundles import protect_all
from app.indicators.services.current_tables import refresh
from app.indicators.services.publishing import prepare, work_off
from app.indicators.services.thresholds import NewThresholds, change_thresholds
from app.indicators.tables import TOTAL, Audience, Axis, CountTable, places_of
from app.reference.communes import communes
from app.web.filters import vn_date
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.indicators.figures import add_children, add_support
from tests.sql import counted

CODES = frozenset({"special.group_sex", "special.age_sex", "special.commune"})
SHORT = frozenset({"special.age_sex"})
CLOCKS = ("assessed_12h.commune_kept", "cases.category")


class Department:
    """Two supervisors and an analyst, and a year that is over."""

    def __init__(self) -> None:
        doh = UnitFactory(doh=True)
        self.drafter: User = UserFactory(role=Role.SUPERVISOR, unit=doh)
        self.approver: User = UserFactory(role=Role.SUPERVISOR, unit=doh)
        self.analyst: User = UserFactory(role=Role.ANALYST, unit=doh)
        self.year = Period.parse(str(clock.today().year - 1))


@pytest.fixture
def department(session: Session) -> Department:
    found = Department()
    add_children(session, 23, group="DISABILITY", sex="male")
    add_children(session, 31, group="DISABILITY", sex="female", commune="11977")
    add_children(session, 3, group="ORPHAN", sex="male", born=2020)
    add_children(session, 12, group="ORPHAN", sex="female", born=2020)
    add_children(session, 2, group="ABANDONED", sex="female", commune="11977", born=2020)
    session.commit()
    return found


def prepared(session: Session, release: Release, codes: frozenset[str] = CODES) -> Release:
    """What the job does with it."""
    session.commit()
    prepare(release.id, now=clock.now(), begin=db.sessionmaker.begin, codes=codes)
    session.expire_all()
    return release


def a_draft(
    session: Session,
    department: Department,
    period: Period | None = None,
    note: str | None = None,
    codes: frozenset[str] = SHORT,
) -> Release:
    return prepared(session, asked(session, department, period, note), codes)


def asked(
    session: Session, department: Department, period: Period | None = None, note: str | None = None
) -> Release:
    return releasing.ask_release(
        session,
        actor=actor_of(department.drafter),
        period=period or department.year,
        note=note,
        now=clock.now(),
    )


def published(
    session: Session, department: Department, *, note: str | None = None,
    codes: frozenset[str] = SHORT,
) -> Release:  # fmt: skip
    return approved(session, department, a_draft(session, department, note=note, codes=codes))


def approved(session: Session, department: Department, release: Release) -> Release:
    now = clock.now()
    releasing.submit_release(session, actor=actor_of(department.drafter), release=release, now=now)
    releasing.approve_release(
        session, actor=actor_of(department.approver), release=release, now=now
    )
    session.commit()
    return release


def waiting_at_home(browser: Browser) -> list[str | None]:
    """Where each release that waits is approved; None for who made it, who is not told that it
    waits for them."""
    page = browser.get("home.index")
    rows = page.select("#decisions li")
    told = page.select_one("#decisions .count").get_text(strip=True)  # type: ignore[union-attr]
    assert int(told) == sum(one.select_one("a") is not None for one in rows)
    assert f"{told} việc chờ quyết định" in " ".join(page.get_text(" ").split())
    buttons = [one.select_one("a") for one in rows if "Bản công bố chờ duyệt" in one.get_text()]
    return [str(one["href"]) if one else None for one in buttons]


def test_from_a_draft_to_a_release_by_two_people(
    session: Session, browser: Browser, department: Department
) -> None:
    browser.sign_in(department.drafter)
    browser.submit("releases.new", {"period": str(department.year)})
    page = browser.follow()
    assert "Máy đang đếm" in page.text
    release = prepared(session, session.scalars(select(Release)).one())
    page = browser.get("releases.show", release_id=release.id)
    assert "Bản nháp" in page.text
    browser.submit_page(page, {}, form="form[action$='/submit']")
    page = browser.follow()
    assert "cần một người khác duyệt" in page.text
    assert page.select("form[action$='/approve']") == []
    assert waiting_at_home(browser) == [None]

    browser.sign_in(department.analyst).get("releases.show", release_id=release.id, expect=404)

    browser.sign_in(department.approver)
    page = browser.open(str(waiting_at_home(browser)[0]))
    browser.submit_page(page, {}, form="form[action$='/approve']")
    browser.submit_page(page, {}, form="form[action$='/approve']")  # a double click
    number = f"CB-{clock.today().year}-01"
    assert number in browser.follow().text
    assert waiting_at_home(browser) == []
    session.refresh(release)
    assert (release.state, release.number) == (ReleaseState.APPROVED, number)
    steps = select(AuditEvent).where(AuditEvent.action == "indicators.release_changed")
    steps = steps.order_by(AuditEvent.id)
    assert [json.loads(e.body)["data"]["step"] for e in session.scalars(steps)] == [
        "asked", "submitted", "approved",
    ]  # fmt: skip

    page = browser.sign_in(department.analyst).get("releases.show", release_id=release.id)
    assert page.select("form[action$='/submit']") == []
    found = released_figures(session, department.year.year)
    assert found["8a"].numerator == 71
    assert (found["8a"].value, found["8a"].missing) == (None, 104)
    assert released_values(session, clock.today().year) == {}  # without a population, no rate
    public = released_figures(session, department.year.year, Audience.PUBLIC)
    assert public["8a"].numerator == 70


def test_the_drafter_does_not_approve(session: Session, department: Department) -> None:
    release = a_draft(session, department)
    actor, now = actor_of(department.drafter), clock.now()
    releasing.submit_release(session, actor=actor, release=release, now=now)
    with pytest.raises(OwnRelease):
        releasing.approve_release(session, actor=actor, release=release, now=now)


def test_of_two_who_approve_one_is_told(
    session: Session, browser: Browser, department: Department
) -> None:
    release = a_draft(session, department)
    now = clock.now()
    releasing.submit_release(session, actor=actor_of(department.drafter), release=release, now=now)
    session.commit()
    page = browser.sign_in(department.approver).get("releases.show", release_id=release.id)
    other = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    session.commit()
    releasing.approve_release(session, actor=actor_of(other), release=release, now=now)
    session.commit()
    answer = browser.submit_page(page, {}, form="form[action$='/approve']", expect=409)
    assert "đã sang bước khác" in answer.text
    assert session.scalar(select(func.count()).select_from(Release)) == 1


def test_a_period_has_one_draft_at_a_time(
    session: Session, browser: Browser, department: Department
) -> None:
    a_draft(session, department)
    browser.sign_in(department.approver)
    page = browser.submit("releases.new", {"period": str(department.year)}, expect=422)
    assert "đang có một bản chưa duyệt" in page.text


def test_a_period_that_is_not_over_is_refused(session: Session, department: Department) -> None:
    this_year = Period.parse(str(clock.today().year))
    with pytest.raises(InvalidInput):
        releasing.ask_release(
            session, actor=actor_of(department.drafter), period=this_year, note=None,
            now=clock.now(),
        )  # fmt: skip


def test_a_further_edition_says_what_is_different(
    session: Session, browser: Browser, department: Department
) -> None:
    first = published(session, department, codes=CODES)
    browser.sign_in(department.drafter)
    page = browser.submit("releases.new", {"period": str(department.year)}, expect=422)
    assert "Ghi vì sao cần bản mới" in page.text
    later = clock.now() + timedelta(seconds=1)
    add_children(session, 9, group="DISABILITY", recorded_at=later, name="late")
    session.execute(
        update(FactMembership)
        .where(FactMembership.subject.in_(_some(session, 6)))
        .values(until=department.year.start, ended_at=later)
    )
    session.commit()
    browser.submit(
        "releases.new", {"period": str(department.year), "note": "Bổ sung hồ sơ ghi muộn"}
    )
    second = session.scalars(select(Release).where(Release.base_id == first.id)).one()
    session.commit()
    prepare(second.id, now=later + timedelta(seconds=1), begin=db.sessionmaker.begin, codes=CODES)
    session.expire_all()
    page = browser.get("releases.show", release_id=second.id, audience="agency")
    said = page.select_one("#changes-title").parent.text  # type: ignore[union-attr]
    assert "8a. Trẻ em có hoàn cảnh đặc biệt: từ 71 thành 74 trẻ em; " in said
    assert "9 ghi muộn" in said
    assert "6 không còn tính" in said
    public = browser.get("releases.show", release_id=second.id)
    said = public.select_one("#changes-title").parent.text  # type: ignore[union-attr]
    assert "từ khoảng 70 thành khoảng 75 trẻ em" in said  # rounded
    assert "ít đến mức" in said


def test_who_approves_is_told_which_tables_a_further_edition_loses_and_readers_why(
    session: Session, browser: Browser, department: Department
) -> None:
    first = published(session, department, codes=SHORT | {"special.group_sex"})
    actor, now = actor_of(department.drafter), clock.now()
    second = releasing.ask_release(
        session, actor=actor, period=department.year, note="Bổ sung", now=now
    )
    lost = "Trẻ em có hoàn cảnh đặc biệt, theo nhóm hoàn cảnh và giới tính"
    for audience in Audience:
        session.add(
            ReleaseTable(
                release_id=second.id, code="special.group_sex", audience=audience,
                problem="CannotProtect",
            )
        )  # fmt: skip
    prepared(session, second, SHORT)
    releasing.submit_release(session, actor=actor, release=second, now=now)
    session.commit()
    page = browser.sign_in(department.approver).get("releases.show", release_id=second.id)
    card = page.select_one("[aria-labelledby=next-title]")
    assert card and "1 bảng mà lần trước có sẽ không còn số nào" in card.text
    assert [one.text for one in card.select("li")] == [lost]
    browser.submit_page(page, {}, form="form[action$='/approve']")
    page = browser.sign_in(department.analyst).get("releases.show", release_id=second.id)
    assert "Bản này không có số nào của 1 bảng mà lần trước có" in page.text
    page = browser.get("releases.protection", release_id=second.id)
    why = {row.th.text: row.select("td")[-1].text for row in page.select(".rel-proof tbody tr")}  # type: ignore[union-attr]
    assert "Không tìm được cách ẩn nào" in why[lost]
    assert "quá nhiều ô" in why[table_title("special.commune_group_sex", rules_of(second))]
    page = browser.get("releases.protection", release_id=second.id)
    assert "chỉ ghi khoảng hẹp nhất" in page.text
    page = browser.get("releases.show", release_id=first.id)
    assert "mà lần trước có" not in page.text
    states = [page.select_one(".head-state").text.strip()]  # type: ignore[union-attr]
    lines = browser.get("releases.index").select("[aria-labelledby=out-title] li .status")
    states += [one.text.strip() for one in lines]
    assert states == ["Đã được thay", "Đã công bố", "Đã được thay"]


def test_what_is_hidden_now_does_not_follow_from_what_was_shown_and_what_ended(
    session: Session, browser: Browser, department: Department
) -> None:
    """71 were shown, 68 do not count any more: three are left."""
    first = published(session, department)
    later = clock.now() + timedelta(seconds=1)
    gone = select(FactMembership.id).order_by(FactMembership.id).limit(68)
    session.execute(
        update(FactMembership)
        .where(FactMembership.id.in_(gone.scalar_subquery()))
        .values(until=department.year.start, ended_at=later)
    )
    actor, note = actor_of(department.drafter), "Sửa hồ sơ ghi nhầm"
    second = releasing.ask_release(
        session, actor=actor, period=department.year, note=note, now=later
    )
    session.commit()
    prepare(second.id, now=later + timedelta(seconds=1), begin=db.sessionmaker.begin, codes=SHORT)
    session.expire_all()
    assert second.base_id == first.id and second.changes
    assert second.changes["8a"] == {one.value: {"is_small": True} for one in Audience}
    browser.sign_in(department.drafter)
    page = browser.get("releases.show", release_id=second.id, audience="agency")
    assert "68" not in page.select_one("#changes-title").parent.text  # type: ignore[union-attr]


def test_a_table_of_which_every_cell_is_hidden_is_said_to_be_without_figures(
    session: Session, department: Department
) -> None:
    release = published(session, department)
    row = session.scalars(select(ReleaseTable).limit(1)).one()
    assert row.content and row.certificate
    assert why_none(row) == ""
    marks = "C" * len(row.content["marks"])
    hidden = ReleaseTable(content={**row.content, "marks": marks}, certificate=row.certificate)
    assert why_none(hidden).startswith("Ẩn hết")
    assert size_words(TableSize(row.code, 6, 6, 1)).startswith("Ẩn hết")
    assert all(shown_or_not(session, [release.id])[release.id].values())


def test_the_page_says_what_an_earlier_edition_gives_away(
    session: Session,
    browser: Browser,
    department: Department,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = published(session, department)
    wanted = select(ReleaseTable).where(ReleaseTable.audience == Audience.PUBLIC)
    row = session.scalars(wanted).one()
    assert row.certificate
    place, low, _high = row.certificate["cells"][0]
    told = {**row.certificate, "cells": [[place, low, low], *row.certificate["cells"][1:]]}
    other = ReleaseTable(code=row.code, audience=row.audience, certificate=told)
    monkeypatch.setattr("app.indicators.pages.figure_table.tables_of", lambda *_args: [other])
    browser.sign_in(department.analyst)
    page = browser.get("releases.protection", release_id=release.id)
    assert "Đã chứng minh, trừ 1 số mà bản trước đã cho biết" in page.text


@pytest.mark.wide
def test_earlier_periods_are_protected_anew_by_other_thresholds_and_once_a_day(
    session: Session, department: Department
) -> None:
    earlier = Period.parse(str(department.year.year - 3))
    begin, now = db.sessionmaker.begin, clock.now()

    def kept() -> CurrentTable:
        session.expire_all()
        wanted = select(CurrentTable).where(
            CurrentTable.period == str(earlier), CurrentTable.audience == Audience.AGENCY
        )
        return session.scalars(wanted).one()

    refresh(now=now, begin=begin, periods=[earlier], codes=SHORT)
    first = kept().checked_at
    refresh(now=now + timedelta(minutes=1), begin=begin, codes=SHORT)
    assert kept().checked_at == first, "looked at already today"
    refresh(now=now + timedelta(days=1), begin=begin, codes=SHORT)
    assert kept().checked_at == now + timedelta(days=1)
    wanted = NewThresholds(
        Thresholds(agency_hide=9, public_hide=9, public_round=5), "Thận trọng hơn"
    )
    actor = actor_of(UserFactory(role=Role.ADMINISTRATOR))
    change_thresholds(session, actor=actor, change=wanted, expected=0, now=clock.now())
    session.commit()
    refresh(now=now + timedelta(days=1, minutes=1), begin=begin, codes=SHORT)
    table = kept().table
    assert table is not None and table.rule_version > 1_000


def _some(session: Session, count: int) -> list[bytes]:
    wanted = select(FactMembership.subject).where(FactMembership.group_code == "DISABILITY")
    return list(session.scalars(wanted.order_by(FactMembership.id).limit(count)))


def proofs(session: Session, release: Release) -> dict[tuple[str, Audience], dict[str, Any]]:
    """The certificates of its tables."""
    rows = session.scalars(select(ReleaseTable).where(ReleaseTable.release_id == release.id))
    return {(row.code, row.audience): row.certificate or {} for row in rows}


def test_few_changes_are_not_told_by_kind(
    session: Session, browser: Browser, department: Department
) -> None:
    first = published(session, department)
    add_children(session, 2, group="DISABILITY", recorded_at=clock.now(), name="late")
    second = a_draft(session, department, note="Bổ sung")
    assert second.base_id == first.id
    for key, before in proofs(session, first).items():
        assert before["shown"] in proofs(session, second)[key]["beside"]
    assert second.changes == {"8a": {"agency": {"is_small": True}, "public": {"is_small": True}}}


@pytest.mark.parametrize(("one", "other"), [("", "-H2"), ("-Q1", "-Q2"), ("-Q1", "-Q4")])
def test_a_draft_beside_which_another_was_published_is_done_again(
    session: Session, department: Department, one: str, other: str
) -> None:
    year = a_draft(session, department, Period.parse(f"{department.year}{one}"))
    half = a_draft(session, department, Period.parse(f"{department.year}{other}"))
    drafter, approver = actor_of(department.drafter), actor_of(department.approver)
    now = clock.now()
    for release in (year, half):
        releasing.submit_release(session, actor=drafter, release=release, now=now)
    releasing.approve_release(session, actor=approver, release=half, now=now)
    with pytest.raises(ReleaseOutdated):
        releasing.approve_release(session, actor=approver, release=year, now=now)


@pytest.mark.parametrize("step", ["submit", "approve"])
def test_a_refused_step_leaves_the_draft_in_sight_with_why_and_what_can_be_done(
    session: Session, browser: Browser, department: Department, step: str
) -> None:
    drafts = [a_draft(session, department, Period.parse(f"{department.year}-Q{n}")) for n in (1, 2)]
    drafter, approver, now = (
        actor_of(department.drafter),
        actor_of(department.approver),
        clock.now(),
    )
    for release in drafts[:1] if step == "submit" else drafts:
        releasing.submit_release(session, actor=drafter, release=release, now=now)
    session.commit()
    browser.sign_in(department.drafter if step == "submit" else department.approver)
    page = browser.get("releases.show", release_id=drafts[1].id)
    releasing.approve_release(session, actor=approver, release=drafts[0], now=now)
    session.commit()
    answer = browser.submit_page(page, {}, form=f"form[action$='/{step}']", expect=409)
    assert str(ReleaseOutdated.message) in answer.text
    session.refresh(drafts[1])
    assert drafts[1].state is (ReleaseState.DRAFTED if step == "submit" else ReleaseState.SUBMITTED)
    with counted(browser.engine) as seen:
        page = browser.get("releases.show", release_id=drafts[1].id)  # and whenever it is opened
    assert len(seen) < 12, seen
    for shown in (answer, page):
        assert [one.text for one in shown.select("main .btn-primary")] == ["Đếm lại"]
        assert shown.select(f"form[action$='/{step}']") == []
    browser.submit_page(answer, {}, form="form[action$='/again']")
    assert "Máy đang đếm" in browser.follow().text
    session.refresh(drafts[1])
    assert drafts[1].state is ReleaseState.DROPPED
    anew = session.scalars(select(Release).where(Release.state == ReleaseState.ASKED)).one()
    assert (anew.period, anew.note) == (drafts[1].period, drafts[1].note)
    page = browser.get("releases.show", release_id=drafts[1].id)
    assert "nên đã đếm lại thành bản khác" in page.text


def test_nobody_changes_what_was_released(
    session: Session, superuser: Engine, department: Department
) -> None:
    published(session, department)
    for statement in (
        "UPDATE release_tables SET content = '{}'",
        "DELETE FROM release_tables",
        "TRUNCATE release_figures",
        "UPDATE release_figures SET numerator = 1",
        "DELETE FROM releases",
        "UPDATE releases SET number = 'CB-2020-01'",
        "UPDATE releases SET state = 'drafted'",
        "UPDATE releases SET note = 'x'",
        "INSERT INTO release_figures SELECT release_id, 'x', audience, part, year, numerator,"
        " denominator, value, is_hidden, missing FROM release_figures",
    ):
        with superuser.connect() as connection, pytest.raises(DBAPIError, match="released|over"):
            connection.execute(text(statement))


def test_what_is_withdrawn_stays_in_sight(
    session: Session, browser: Browser, department: Department
) -> None:
    release = published(session, department)
    number = release.number
    browser.sign_in(department.approver)
    form = {"reason": "Một xã nộp nhầm sổ theo dõi."}
    browser.submit("releases.withdraw", form, release_id=release.id)
    page = browser.follow()
    assert "Bản này đã rút" in page.text
    assert "Một xã nộp nhầm sổ theo dõi." in page.text
    assert str(number) in page.text
    browser.get("releases.export", release_id=release.id, export_format="csv")
    assert browser.response is not None
    assert "withdrawn" in browser.response.text
    assert released_figures(session, department.year.year) == {}
    with pytest.raises(ReleaseMoved):
        releasing.withdraw_release(
            session, actor=actor_of(department.drafter), release=release, reason="x",
            now=clock.now(),
        )  # fmt: skip


def test_after_a_withdrawal_nothing_stands_until_another_is_approved(
    session: Session, browser: Browser, department: Department
) -> None:
    """The edition before does not come back: neither on pages nor on the board nor for programs."""
    period = str(department.year)
    for one in communes():
        session.add(
            PopulationEntry(
                year=department.year.year,
                commune_code=one.code,
                version=1,
                origin="typed",
                source="x",
                source_on=date(2025, 1, 1),
                at=clock.now(),
                counts=[PopulationCount(sex="male", age_group="0-5", count=1_000)],
            )
        )
    first = published(session, department)
    add_children(session, 40, group="DISABILITY", name="late")
    second = published(session, department, note="Bổ sung")
    assert stands(session, department.year) == second.number
    browser.sign_in(department.approver)
    browser.submit("releases.withdraw", {"reason": "Nhầm sổ theo dõi."}, release_id=second.id)
    assert stands(session, department.year) is None
    page = browser.get("indicators.show", code="8a", period=period)
    assert str(first.number) not in page.text
    page = browser.get("releases.show", release_id=first.id)
    assert f"Bản mới hơn của kỳ này đã rút: {second.number}." in page.text
    assert f"có bản mới hơn, đã rút: {second.number}" in browser.get("releases.index").text
    third = published(session, department, note="Đã sửa")
    assert stands(session, department.year) == third.number
    corrected = f"Bản công bố {third.number}, lần 3 ngày {vn_date(third.approved_at)}"
    assert corrected in browser.get("indicators.show", code="8a", period=period).text
    assert corrected in browser.get("indicators.index", period=period).text
    assert corrected in browser.get("indicator_board.part", board_part="8a").text
    page = browser.get("releases.show", release_id=first.id)
    assert f"Kỳ này có bản mới hơn: {third.number}." in page.text
    browser.submit("releases.withdraw", {"reason": "Đã có bản mới."}, release_id=first.id)
    assert stands(session, department.year) == third.number


def stands(session: Session, period: Period) -> str | None:
    """The number of the release that all who read figures of the period agree upon."""
    session.expire_all()
    release = approved_release(session, str(period))
    number = release.number if release else None
    board = {value.source for years in released_values(session, period.year).values()
             for value in years.values()}  # fmt: skip
    assert {one.split(",")[0] for one in board} == ({f"Bản công bố {number}"} if number else set())
    told = protected_figures(session, period)
    assert (told["source"].split(",")[0] if told else None) == (
        f"release {number}" if number else None
    )
    assert bool(released_figures(session, period.year)) is bool(number)
    return number


def test_a_dropped_draft_has_no_number_and_no_files(
    session: Session, browser: Browser, department: Department
) -> None:
    release = a_draft(session, department)
    browser.sign_in(department.drafter)
    browser.get("releases.export", release_id=release.id, export_format="csv", expect=409)
    browser.submit("releases.drop", {"reason": "Sai kỳ"}, release_id=release.id)
    page = browser.get("releases.show", release_id=release.id)
    assert "Sai kỳ" in page.text
    browser.get("releases.drop", release_id=release.id, expect=409)


Cells = dict[str, int | None]


def taken_out(browser: Browser, **values: object) -> bytes:
    """A file of a release."""
    answer = browser._alone(browser.client.get, browser._url("releases.export", values))
    assert answer.status_code == 200
    content: bytes = answer.data
    return content


@pytest.mark.parametrize("audience", list(Audience))
def test_the_same_cells_are_hidden_on_the_page_and_in_every_file(
    session: Session, browser: Browser, department: Department, audience: Audience
) -> None:
    release = published(session, department, codes=CODES)
    browser.sign_in(department.analyst)
    hidden = 0
    for code in CODES:
        row = session.get_one(
            ReleaseTable, {"release_id": release.id, "code": code, "audience": audience}
        )
        table = row.table
        assert table is not None
        wanted = {"|".join(place): cell.value for place, cell in table.cells.items()}
        address = {"release_id": release.id, "audience": audience.value}
        page = browser.get("releases.table", table_code=code, **address)
        shown = _page_cells(page)
        assert shown == wanted
        for kind, read in readers(audience).items():
            content = taken_out(browser, export_format=kind, table=code, **address)
            assert read(content, wanted, shown) == wanted, kind
        hidden += sum(value is None for value in wanted.values())
    assert hidden


def _page_cells(page: BeautifulSoup) -> Cells:
    return {
        str(cell["data-place"]): _shown(cell.text.strip()) for cell in page.select("[data-place]")
    }


def _shown(words: str) -> int | None:
    return None if words == "ẩn" else int(words.replace(".", ""))


def _from_csv(content: bytes, _wanted: Cells, _shown: Cells) -> Cells:
    found: Cells = {}
    for row in csv.DictReader(StringIO(content.decode("utf-8-sig"))):
        if not row["table"]:
            continue  # a rate of a commune
        place = [row[f"category_{n}"] for n in (1, 2, 3) if row[f"axis_{n}"]]
        assert (row["mark"] == "c") is (row["value"] == "")
        assert row["release"].startswith("CB-") or row["state"] == "current"
        found["|".join(place)] = int(row["value"]) if row["value"] else None
    return found


def _from_xlsx(content: bytes, _wanted: Cells, shown: Cells) -> Cells:
    """The sheet has rows and columns as the page has; rates of communes stand before it."""
    sheet = load_workbook(BytesIO(content)).worksheets[-1]
    rows = [[cell.value for cell in row[1:]] for row in sheet.iter_rows()]
    values = [
        None if value == "ẩn" else value
        for row in rows
        for value in row
        if value == "ẩn" or isinstance(value, int)
    ]
    return dict(zip(shown, values, strict=True))


def _from_jsonstat(content: bytes, _wanted: Cells, _shown: Cells) -> Cells:
    data = json.loads(content)
    if data["class"] == "collection":
        _rates, data = data["link"]["item"]
    assert (data["version"], data["class"]) == ("2.0", "dataset")
    axes = [data["dimension"][one]["category"]["index"] for one in data["id"][:-1]]
    places = [()]
    for axis in axes:
        places = [(*place, one) for place in places for one in axis]
    hidden = {int(at) for at, mark in data["status"].items() if mark == "c"}
    assert hidden == {at for at, value in enumerate(data["value"]) if value is None}
    return {"|".join(place): value for place, value in zip(places, data["value"], strict=True)}


def _from_dhis2(content: bytes, wanted: Cells, _shown: Cells) -> Cells:
    """One data value for each cell, in their order; a hidden one without value. Rates of communes
    are elements of their own."""
    rates = {element for names in mapping().figures.values() for element in names.values()}
    given = json.loads(content)["dataValues"]
    values = [one for one in given if one["dataElement"] not in rates]
    keys = {(one["orgUnit"], one["categoryOptionCombo"]) for one in values}
    assert len(keys) == len(values) == len(wanted)
    assert all(one["comment"].startswith("c:") for one in values if "value" not in one)
    found = [int(one["value"]) if "value" in one else None for one in values]
    return dict(zip(wanted, found, strict=True))


Reader = Callable[[bytes, Cells, Cells], Cells]
READERS: Mapping[str, Reader] = {
    "csv": _from_csv,
    "xlsx": _from_xlsx,
    "json-stat": _from_jsonstat,
    "dhis2": _from_dhis2,
}


def with_rates(session: Session, department: Department, *, supported: int = 40) -> Release:
    """Of 8a, of which the population is known, and of 8b."""
    children = session.scalars(select(FactSubject.subject).order_by(FactSubject.subject)).all()
    add_support(session, list(children[:supported]), since=department.year.start)
    for one in communes():
        session.add(
            PopulationEntry(
                year=department.year.year, commune_code=one.code, version=1, at=clock.now(),
                origin=PopulationOrigin.TYPED, source="Chi cục", source_on=department.year.start,
                counts=[PopulationCount(sex="male", age_group="0-5", count=70)],
            )
        )  # fmt: skip
    session.commit()
    return published(session, department, codes=CODES | {"supported.sex_given", *CLOCKS})


@pytest.mark.parametrize("audience", list(Audience))
def test_every_file_of_a_whole_release_has_counts_and_rates_of_the_indicators(
    session: Session, browser: Browser, department: Department, audience: Audience
) -> None:
    """As they were frozen with it; hidden, and without a population, where the page says so."""
    release = with_rates(session, department)
    wanted = {
        row.code: (row.numerator, row.denominator, row.value)
        for row in figures_of(session, release.id)
        if row.audience is audience
    }
    assert any(None in one for one in wanted.values()) and any(one[2] for one in wanted.values())
    address = {"release_id": release.id, "audience": audience.value}
    browser.sign_in(department.analyst)
    csv_file = taken_out(browser, export_format="csv", **address).decode("utf-8-sig")
    rows = csv.DictReader(StringIO(csv_file))
    lines = [row for row in rows if not row["table"] and not row["axis_1"]]
    assert {row["indicator"]: _three(row) for row in lines} == wanted
    rates = [row for row in lines if row["per"] and row["denominator"] != "0"]
    assert rates and all((row["mark"] in ("c", "m")) is (row["rate"] == "") for row in rates)
    data = json.loads(taken_out(browser, export_format="json-stat", **address))
    told = data["link"]["item"][0]
    codes, width = told["dimension"]["indicator"]["category"]["index"], told["size"][1]
    for at, code in enumerate(codes):
        above, below, value = wanted[code]
        found = told["value"][at * width : (at + 1) * width]
        assert found[:3] == [above, below, None if value is None else float(value)]
        if value is not None:
            assert found[3] <= found[2] <= found[4]
    assert set(codes) == set(wanted)
    book = load_workbook(BytesIO(taken_out(browser, export_format="xlsx", **address)))
    rows = [[cell.value for cell in row] for row in book["Chỉ tiêu"].iter_rows(min_row=5)]
    assert [row[1] for row in rows] == [
        "ẩn" if wanted[code][0] is None else wanted[code][0] for code in codes
    ]
    assert {row[0].split(".")[0] for row in rows if row[3]} >= {"8a", "8b"}
    _check_sheets(book, is_public=audience is Audience.PUBLIC)


def _check_sheets(book: Workbook, *, is_public: bool) -> None:
    """Named in words; the first row stays in sight; what is rounded says so."""
    names = book.sheetnames
    assert "1. 8a theo nhóm" in names[3] and not any("_" in name for name in names)
    assert all(len(name) <= 31 for name in names)
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"A2"}
    formats = {
        cell.number_format
        for row in book["Chỉ tiêu"].iter_rows(min_row=5, min_col=2, max_col=2)
        for cell in row
        if isinstance(cell.value, int) and cell.value
    }
    assert formats == ({'"khoảng "#,##0'} if is_public else {"#,##0"})


def _three(row: Mapping[str, str]) -> tuple[int | None, int | None, Decimal | None]:
    above, below, value = (row[one] or None for one in ("numerator", "denominator", "rate"))
    return above and int(above), below and int(below), value and Decimal(value)  # type: ignore[return-value]


def test_the_ends_of_a_rate_are_rounded_away_from_it() -> None:
    """Of 75 children, rounded to 5, in 891,463: 73 to 77."""
    rules = definitions(date(2026, 12, 31))
    figure = FigureOf(numerator=75, denominator=891_463, missing=0, round_to=5)
    (_, line), *_ = figure_lines(rules, {"8a": figure})
    low, high = line.values["rate_low"], line.values["rate_high"]
    assert (low, high) == (Decimal("0.0081"), Decimal("0.0087"))
    assert low <= Decimal(7300) / 891_463 and Decimal(7700) / 891_463 <= high


def test_dhis2_gets_the_rates_that_its_mapping_names(
    session: Session, browser: Browser, department: Department
) -> None:
    release = with_rates(session, department, supported=69)
    wanted = {
        row.code: row for row in figures_of(session, release.id) if row.audience is Audience.PUBLIC
    }
    browser.sign_in(department.analyst)
    sent = json.loads(taken_out(browser, release_id=release.id, export_format="dhis2"))
    of_all = [one for one in sent["dataValues"] if one["orgUnit"] == mapping().province]
    by_element = {one["dataElement"]: one for one in of_all}
    for code, elements in mapping().figures.items():
        if code in wanted:
            found = by_element[elements["rate"]]
            value = wanted[code].value
            assert found.get("value") == (None if value is None else str(value))
            assert value is not None or found["comment"][:2] in ("c:", "m:")
    assert "VT_8B_RATE" in by_element


def test_there_is_no_such_table(session: Session, browser: Browser, department: Department) -> None:
    release, period = published(session, department), str(department.year)
    browser.sign_in(department.analyst)
    for code in ("\x00", "special.nothing", "special.age_sex\x00", "../special.age_sex"):
        for endpoint, values in (
            ("releases.table", {"release_id": release.id, "table_code": code}),
            ("releases.export", {"release_id": release.id, "export_format": "csv", "table": code}),
            ("current_figures.table", {"current_period": period, "table_code": code}),
            (
                "current_figures.export",
                {"current_period": period, "export_format": "csv", "table": code},
            ),
        ):
            browser.get(endpoint, **values, expect=404)


def readers(audience: Audience, *, is_released: bool = True) -> Mapping[str, Reader]:
    """DHIS2 gets what is public of a release, and nothing else."""
    if is_released and audience is Audience.PUBLIC:
        return READERS
    return {kind: read for kind, read in READERS.items() if kind != "dhis2"}


def offered(page: BeautifulSoup) -> list[str]:
    return [one.get_text(strip=True) for one in page.select("#files-title ~ .actions a")]


def test_dhis2_takes_what_is_public_of_the_release_that_stands(
    session: Session, browser: Browser, department: Department
) -> None:
    first = published(session, department)
    address = {"release_id": first.id, "export_format": "dhis2"}
    browser.sign_in(department.analyst)
    assert "DHIS2" in offered(browser.get("releases.show", release_id=first.id))
    page = browser.get("releases.show", release_id=first.id, audience="agency")
    assert "DHIS2" not in offered(page)
    page = browser.get("releases.export", audience="agency", expect=409, **address)
    assert "ghi đè lên số đã công bố" in page.get_text()
    add_children(session, 20, group="DISABILITY", name="late")
    second = published(session, department, note="Ghi muộn")
    browser.get("releases.export", expect=409, **address)
    sent = json.loads(taken_out(browser, release_id=second.id, export_format="dhis2"))
    assert sent["dataValues"] and not any("deleted" in one for one in sent["dataValues"])


def test_dhis2_is_told_to_delete_what_was_withdrawn(
    session: Session, browser: Browser, department: Department
) -> None:
    first = published(session, department)
    second = published(session, department, note="Sửa")
    actor, now = actor_of(department.drafter), clock.now()
    releasing.withdraw_release(session, actor=actor, release=second, reason="Sai", now=now)
    session.commit()
    browser.sign_in(department.analyst)
    browser.get("releases.export", release_id=first.id, export_format="dhis2", expect=409)
    assert "DHIS2, xóa số đã gửi" in offered(browser.get("releases.show", release_id=second.id))
    sent = json.loads(taken_out(browser, release_id=second.id, export_format="dhis2"))
    assert sent["dataValues"] and all(one["deleted"] for one in sent["dataValues"])


def test_dhis2_gets_nothing_that_is_not_published(
    session: Session, browser: Browser, department: Department
) -> None:
    begin = db.sessionmaker.begin
    refresh(now=clock.now(), begin=begin, periods=[department.year], codes=SHORT)
    place = {"current_period": str(department.year)}
    page = browser.sign_in(department.analyst).get("current_figures.period", **place)
    assert offered(page) == ["CSV", "Excel (XLSX)", "JSON-stat 2.0"]
    browser.get("current_figures.export", export_format="dhis2", expect=409, **place)


def test_an_export_is_logged_and_the_certificate_names_no_reason(
    session: Session, browser: Browser, department: Department
) -> None:
    release = published(session, department, codes=CODES)
    browser.sign_in(department.analyst)
    page = browser.get("releases.protection", release_id=release.id)
    assert "Đã chứng minh" in page.text
    browser.get("releases.certificate", release_id=release.id)
    assert browser.response is not None
    tables = browser.response.json["tables"]  # type: ignore[index]
    assert {one["status"] for one in tables} == {"proved"}
    assert {name for one in tables for name in one} == {
        "code", "audience", "status", "rule_version", "solver", "shown", "beside", "hidden",
        "narrowest", "told_before",
    }  # fmt: skip
    of_public = [row.table for row in tables_of(session, release.id, Audience.PUBLIC)]
    hashes = {hash_of_shown(table) for table in of_public if table is not None}
    assert set(findall(r"[0-9a-f]{20,}", browser.response.text)) == hashes
    assert max(one["beside"] for one in tables) >= len(CODES)
    taken_out(browser, release_id=release.id, export_format="xlsx")
    logged = select(AuditEvent).where(AuditEvent.action == "indicators.exported")
    logged = logged.order_by(AuditEvent.id)
    formats = [json.loads(one.body)["data"]["format"] for one in session.scalars(logged)]
    assert formats == ["certificate", "xlsx"]


def test_current_tables_are_made_anew_only_where_something_changed(
    session: Session, browser: Browser, department: Department
) -> None:
    def renew() -> int:
        found = refresh(
            now=clock.now(), begin=db.sessionmaker.begin, periods=[department.year], codes=SHORT
        )
        session.expire_all()
        return found

    assert renew() == 1
    assert renew() == 0
    row = session.scalars(select(CurrentTable)).one()
    table = row.table
    assert table is not None and row.audience is Audience.AGENCY  # nobody else reads it
    assert table[TOTAL, TOTAL].value == 71
    add_children(session, 10, group="DISABILITY", name="more")
    session.commit()
    assert renew() == 1
    browser.sign_in(department.analyst)
    page = browser.get(
        "current_figures.table", current_period=str(department.year), table_code="special.age_sex"
    )
    assert _page_cells(page)["_T|_T"] == 81
    assert "CHƯA công bố" in page.text
    page = browser.get("current_figures.index")
    assert "Trẻ em có hoàn cảnh đặc biệt, theo nhóm tuổi và giới tính" in page.text
    browser.get("current_figures.export", current_period=str(department.year), export_format="csv")
    assert browser.response is not None
    assert ",current," in browser.response.text


@pytest.mark.parametrize("is_published", [True, False])
def test_what_stands_now_is_protected_beside_a_draft_as_beside_the_release_it_becomes(
    session: Session, department: Department, is_published: bool
) -> None:
    """Children were entered after the draft was counted, and a figure is no longer small: shown, it
    would tell what it was in the draft. The control: without the draft other figures are hidden."""
    draft = a_draft(session, department)
    add_children(session, 3, group="ORPHAN", sex="male", born=2020, name="late")
    beside_the_draft = _marks_now(session, department)
    now, drafter = clock.now(), actor_of(department.drafter)
    if is_published:
        approver = actor_of(department.approver)
        releasing.submit_release(session, actor=drafter, release=draft, now=now)
        releasing.approve_release(session, actor=approver, release=draft, now=now)
    else:
        releasing.drop_release(session, actor=drafter, release=draft, reason="Thử", now=now)
    assert (_marks_now(session, department) == beside_the_draft) is is_published


def _marks_now(session: Session, department: Department) -> list[object]:
    session.execute(delete(CurrentTable))
    session.commit()
    refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[department.year], codes=SHORT)
    rows = session.scalars(select(CurrentTable).order_by(CurrentTable.audience))
    return [row.content["marks"] for row in rows if row.content]


def told_to_end(monkeypatch: pytest.MonkeyPatch, module: str) -> Event:
    """What a module looks at between two pieces of work; set."""
    told = Event()
    told.set()
    monkeypatch.setattr(f"app.indicators.services.{module}.STOPPING", told)
    return told


def test_a_process_that_is_told_to_end_protects_no_further_period(
    session: Session, department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = told_to_end(monkeypatch, "current_tables")
    begin, periods = db.sessionmaker.begin, [department.year, department.year.previous()]
    assert refresh(now=clock.now(), begin=begin, periods=periods, codes=SHORT) == 1
    told.clear()
    assert refresh(now=clock.now(), begin=begin, periods=periods, codes=SHORT) == 1


def test_a_process_that_is_told_to_end_leaves_what_is_asked_to_the_next(
    session: Session, department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_to_end(monkeypatch, "bundles")
    actor, now = actor_of(department.drafter), clock.now()
    asked = releasing.ask_release(session, actor=actor, period=department.year, note=None, now=now)
    session.commit()
    work_off(session, now)
    session.refresh(asked)
    assert asked.state is ReleaseState.ASKED
    assert session.scalars(select(CurrentTable)).all() == []


def test_what_cannot_be_protected_is_not_shown() -> None:
    axes = tuple(Axis(code, ("a", "b")) for code in ("sex", "setting", "relation", "channel"))
    cells = {place: 10 * 2 ** sum(one == TOTAL for one in place) for place in places_of(axes)}
    outcomes = protect_all([CountTable("cases.four", "2025", axes, cells)])
    assert [(one.table, one.problem) for one in outcomes] == [(None, "CannotProtect")] * 2


@pytest.mark.parametrize(
    ("period", "written"),
    [("2026", "2026"), ("2026-H1", "2026S1"), ("2026-Q3", "2026Q3"), ("2026-05", "202605")],
)
def test_periods_of_dhis2(period: str, written: str) -> None:
    assert dhis2_period(Period.parse(period)) == written


def test_figures_of_a_release_are_of_protected_counts(
    session: Session, department: Department
) -> None:
    published(session, department)
    for row in session.scalars(select(ReleaseFigure)):
        assert row.code == "8a"
        assert not row.is_hidden


def test_the_command_line_prints_what_was_released(
    app: Flask, session: Session, department: Department
) -> None:
    release = published(session, department)
    words = ["indicators", "compute", "--year", str(department.year), "--json"]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["protected"] is True
    assert str(release.number) in found["source"]
    assert found["figures"]["8a"]["numerator"] == 71
    past = app.test_cli_runner().invoke(args=[*words, "--as-of", "2025-06-30"])
    assert past.exit_code == 1
    assert "--internal" in past.output


@pytest.mark.parametrize("role", [Role.CP_WORKER, Role.INTAKE, Role.ADMINISTRATOR])
def test_others_do_not_reach_releases(
    session: Session, browser: Browser, department: Department, role: Role
) -> None:
    release = published(session, department)
    user = UserFactory(role=role)
    session.commit()
    browser.sign_in(user).get("releases.show", release_id=release.id, expect=403)
