"""Filters of the list of cases and the views that people keep of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Absence, Role, Unit, User
from app.cases.enums import RISK_RANK, RiskLevel
from app.cases.models import Case, Report, SavedView
from app.cases.services.saved_views import MOST
from app.core import clock
from app.core.db import db
from app.deadlines import services as clocks
from tests.browser import Browser
from tests.factories import TAN_HUNG, CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.sql import counted


@pytest.fixture
def worker(session: Session) -> User:
    return UserFactory(unit=UnitFactory())


def a_case(session: Session, worker: User, **values: Any) -> Case:
    groups, level = values.pop("groups", None), values.pop("level", None)
    unit = session.get_one(Unit, worker.unit_id)
    values |= {"risk_level": level, "risk_rank": RISK_RANK[level]}
    case: Case = CaseFactory(worked_by=unit, **values)
    if groups:
        session.get_one(Report, case.report_id).sc_groups = groups
        session.commit()
    return case


def with_clock(session: Session, worker: User, hours_ago: float, **values: Any) -> Case:
    """A case whose emergency measure is due 12 hours after its report."""
    case = a_case(session, worker, **values)
    clocks.start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=("T_EMERG",),
        started_at=clock.now() - timedelta(hours=hours_ago),
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=clock.now(),
    )
    session.commit()
    return case


def numbers(page: BeautifulSoup) -> set[str]:
    return {str(row.text).split(" ")[0] for row in page.select("tbody th small:first-of-type")}


def shown(browser: Browser, **query: object) -> set[str]:
    return numbers(browser.get("cases.index", **query))


def chips(page: BeautifulSoup) -> list[str]:
    return [" ".join(chip.text.split()) for chip in page.select(".filter-chips ul .filter-chip")]


# --- filters


def test_by_the_clock(browser: Browser, session: Session, worker: User) -> None:
    missed, soon = with_clock(session, worker, 20), with_clock(session, worker, 2)
    none = a_case(session, worker)
    done = with_clock(session, worker, 20)
    clocks.void_all(session, subject_id=done.id, now=clock.now())
    session.commit()
    browser.sign_in(worker)
    assert shown(browser, clock="missed") == {missed.number}
    assert shown(browser, clock="soon") == {soon.number}
    assert shown(browser, clock="none") == {none.number, done.number}
    assert len(shown(browser, clock="nonsense")) == 4


def test_by_silence_and_by_the_visit_that_is_overdue(
    browser: Browser, session: Session, worker: User
) -> None:
    now = clock.now()
    old = a_case(session, worker, last_event_at=now - timedelta(days=31))
    mid = a_case(session, worker, last_event_at=now - timedelta(days=15))
    late = a_case(session, worker, next_visit_at=now - timedelta(hours=1))
    a_case(session, worker, next_visit_at=now + timedelta(hours=1))
    browser.sign_in(worker)
    assert shown(browser, silence=30) == {old.number}
    assert shown(browser, silence=14) == shown(browser, silence=7) == {old.number, mid.number}
    assert len(shown(browser, silence=8)) == 4  # no choice of ours: no filter
    assert shown(browser, visit="late") == {late.number}


def test_by_group_with_its_sub_groups_and_by_form_of_abuse(
    browser: Browser, session: Session, worker: User
) -> None:
    whole = a_case(session, worker, groups=["ORPHAN"])
    part = a_case(session, worker, groups=["ORPHAN.3", "DISABILITY"], abuse_forms=["NEGLECT"])
    a_case(session, worker, groups=["DISABILITY"])
    browser.sign_in(worker)
    assert shown(browser, group="ORPHAN") == {whole.number, part.number}
    assert shown(browser, abuse="NEGLECT") == {part.number}
    assert shown(browser, group="ORPHAN", abuse="VIOLENCE") == {whole.number}


def test_a_confidential_group_is_neither_offered_nor_answered_without_its_section(
    browser: Browser, session: Session, worker: User
) -> None:
    ill = a_case(session, worker, groups=["HIV"])
    led = a_case(session, worker, groups=["EXPLOITED.2"])
    plain = a_case(session, worker, groups=["EXPLOITED"])
    page = browser.sign_in(worker).get("cases.index", group="HIV")
    assert numbers(page) == {ill.number} and page.select("option[value=HIV]")
    assert shown(browser, group="EXPLOITED") == {led.number, plain.number}
    supervisor = UserFactory(unit=UnitFactory(doh=True), role=Role.SUPERVISOR)
    page = browser.sign_in(supervisor).get("cases.index", group="HIV")
    assert not page.select("option[value=HIV]") and chips(page) == []
    assert numbers(page) == {ill.number, led.number, plain.number}  # as without the filter
    assert shown(browser, group="EXPLOITED") == {plain.number}  # its closed sub-group is not told


def test_the_log_names_filters_but_not_what_they_say_of_the_children(
    browser: Browser, session: Session, worker: User
) -> None:
    a_case(session, worker, groups=["HIV"])
    browser.sign_in(worker).get("cases.index", group="HIV", clock="none")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "cases.listed")).one()
    assert json.loads(event.body)["data"]["filters"] == ["clock", "group"]
    assert "HIV" not in str(event.body)


def test_by_who_is_responsible_also_for_those_one_answers_for(
    browser: Browser, session: Session, worker: User
) -> None:
    away = UserFactory(unit=session.get_one(Unit, worker.unit_id), name="Đỗ Thị Vắng")
    today = clock.today()
    session.add(
        Absence(
            user_id=away.id,
            deputy_id=worker.id,
            since_on=today,
            until_on=today,
            by_id=away.id,
            created_at=clock.now(),
        )
    )
    theirs, mine = (
        a_case(session, worker, owner_id=away.id),
        a_case(session, worker, owner_id=worker.id),
    )
    a_case(session, worker)
    page = browser.sign_in(worker).get("cases.index", who=away.id)
    assert numbers(page) == {theirs.number} and chips(page) == ["Bỏ điều kiện Đỗ Thị Vắng"]
    assert shown(browser, who="mine") == {theirs.number, mine.number}


def test_the_commune_is_the_supervisors_choice(
    browser: Browser, session: Session, worker: User
) -> None:
    here = a_case(session, worker)
    CaseFactory(worked_by=UnitFactory(commune_code=TAN_HUNG), of_child=ChildFactory())
    assert not browser.sign_in(worker).get("cases.index").select("select[name=commune]")
    supervisor = UserFactory(unit=UnitFactory(doh=True), role=Role.SUPERVISOR)
    page = browser.sign_in(supervisor).get("cases.index", commune=here.commune_code)
    assert numbers(page) == {here.number} and page.select("select[name=commune] option[selected]")


def test_a_chip_takes_its_filter_out_and_pages_keep_them_all(
    browser: Browser, session: Session, worker: User
) -> None:
    for _ in range(3):
        a_case(session, worker, level=RiskLevel.HIGH)
    other = a_case(session, worker)
    browser.sign_in(worker)
    page = browser.get("cases.index", risk="HIGH", clock="none", limit=2)
    assert chips(page) == [
        "Bỏ điều kiện Nguy cơ cao",
        "Bỏ điều kiện Không thời hạn nào đang chạy",
    ]
    further = page.select_one("a[rel=next]")
    assert further and len(numbers(browser.open(str(further["href"])))) == 1
    chip = page.select_one(".filter-chips ul .filter-chip")
    assert chip
    page = browser.open(str(chip["href"]).replace("limit=2", "limit=50"))
    assert other.number in numbers(page) and len(chips(page)) == 1


def test_an_empty_list_says_which_filter_to_take_out(
    browser: Browser, session: Session, worker: User
) -> None:
    a_case(session, worker, level=RiskLevel.HIGH)
    browser.sign_in(worker)
    page = browser.get("cases.index", risk="HIGH", silence=30)
    helping = [chip.text for chip in page.select(".empty-state .filter-chip")]
    assert len(helping) == 1 and "Chưa cập nhật từ 30 ngày" in helping[0]
    page = browser.get("cases.index", risk="LOW", silence=30)
    assert not page.select(".empty-state .filter-chip")
    assert "Bỏ hết điều kiện lọc" in page.text


def test_few_statements_with_every_filter_on(
    browser: Browser, session: Session, worker: User
) -> None:
    a_case(session, worker)
    everything = {
        "who": "mine",
        "risk": "HIGH",
        "state": "received",
        "clock": "missed",
        "visit": "late",
        "silence": "30",
        "group": "ORPHAN",
        "abuse": "NEGLECT",
    }
    browser.sign_in(worker).get("cases.index", **everything)
    with counted(db.engine) as seen:
        browser.get("cases.index", **everything)
    assert len(seen) <= 7, "\n".join(statement[:90] for statement in seen)


# --- kept views


def keep(browser: Browser, name: str, expect: int = 303, **query: object) -> BeautifulSoup:
    page = browser.get("cases.index", **query)
    link = page.select_one('a[href*="/saved-views/new"]')
    assert link
    return browser.submit_page(browser.open(str(link["href"])), {"name": name}, expect=expect)


def views(page: BeautifulSoup) -> list[str]:
    return [tab.text for tab in page.select(".tabs-views a") if not tab.select("svg")]


def test_a_view_is_kept_opened_renamed_and_dropped(
    browser: Browser, session: Session, worker: User
) -> None:
    late = with_clock(session, worker, 20)
    a_case(session, worker)
    browser.sign_in(worker)
    keep(browser, "Quá hạn", clock="missed")
    page = browser.get("cases.index")
    assert views(page) == ["Quá hạn"] and not page.select(".tabs-views .on")
    tab = page.select_one(".tabs-views a")
    assert tab
    page = browser.open(str(tab["href"]))
    assert numbers(page) == {late.number} and page.select(".tabs-views .on")
    assert not page.select('a[href*="/saved-views/new"]')  # it is kept already
    view = session.scalars(select(SavedView)).unique().one()
    browser.submit("views.edit", {"name": "Việc gấp"}, form="#view-form", view_id=view.id)
    assert views(browser.get("cases.index")) == ["Việc gấp"]
    browser.submit_page(browser.get("views.edit", view_id=view.id), {}, form="#delete-form")
    assert views(browser.get("cases.index")) == []


def test_a_view_is_ones_own_and_its_name_is_sealed(
    browser: Browser, session: Session, superuser: Engine, worker: User
) -> None:
    browser.sign_in(worker)
    keep(browser, "Theo dõi riêng", risk="HIGH")
    view = session.scalars(select(SavedView)).unique().one()
    with superuser.connect() as connection:
        row = connection.execute(text("SELECT v::text FROM saved_views v")).scalar_one()
    assert "risk=HIGH" in row and "riêng" not in row
    browser.sign_in(UserFactory(unit=session.get_one(Unit, worker.unit_id)))
    assert views(browser.get("cases.index")) == []
    browser.get("views.edit", view_id=view.id, expect=404)


def test_a_view_holds_only_codes_of_filters(
    browser: Browser, session: Session, worker: User
) -> None:
    browser.sign_in(worker)
    page = browser.get("views.new", risk="HIGH", x="<script>", group="nothing")
    browser.submit_page(page, {"name": "a", "query": "risk=LOW&name=Anh&group=%3Cb%3E&after=1"})
    assert session.scalars(select(SavedView)).unique().one().query == "risk=LOW"


def test_a_name_is_needed_and_twenty_views_are_the_most(
    browser: Browser, session: Session, worker: User
) -> None:
    browser.sign_in(worker)
    assert "Đặt một tên" in keep(browser, "  ", risk="HIGH", expect=422).text
    assert "risk=HIGH" in str(keep(browser, "x" * 41, risk="HIGH", expect=422))
    for number in range(MOST):
        session.add(
            SavedView(
                key=worker.key,
                user_id=worker.id,
                name=f"Xem {number}",
                query="risk=LOW",
                position=number + 1,
                created_at=clock.now(),
            )
        )
    session.commit()
    assert "nhiều nhất" in keep(browser, "Một nữa", risk="HIGH", expect=422).text
    assert len(views(browser.get("cases.index"))) == MOST
