"""The case page as a user: head, next step, log, sections, statements, the first opening."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import EventKind, RiskLevel
from app.cases.labels import label_of
from app.cases.models import Case, Report
from app.core import clock
from app.core.db import db
from app.people.models import Carer
from tests.browser import Browser
from tests.cases.files import ADDRESS, FAMILY, IDENTITY, PHONE, WHERE, add_entry, assess, fill_file
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.sql import counted

STATEMENTS = 8  # session, case, head, log, carers, clocks, audit


@pytest.fixture
def story(session: Session) -> Story:
    story = make_story(session)
    fill_file(session, story)
    return story


def show(browser: Browser, story: Story, **more: object) -> str:
    """The text of the page as the browser last read it."""
    browser.get("cases.show", case_id=story.case.id, **more)
    assert browser.response is not None
    return browser.response.text


def test_the_head_says_who_what_and_by_when(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(session, story)
    page = browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    head = page.select_one(".head")
    assert head is not None
    assert IDENTITY in head.text and story.case.number in head.text
    assert "Nguy cơ cao" in head.text and "Tổn hại: 2 Cao." in head.text
    assert "Can thiệp khẩn cấp" in head.text and "còn" in head.text
    assert page.title is not None and IDENTITY not in page.title.text


def test_the_page_takes_few_statements(browser: Browser, session: Session, story: Story) -> None:
    for number in range(10):
        add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note=f"Thăm lần {number}")
    browser.sign_in(story.worker)
    show(browser, story)  # the first opening has a statement of its own
    case_id = story.case.id  # read by the test itself, before counting
    with counted(db.engine) as seen:
        browser.get("cases.show", case_id=case_id)
    assert len(seen) <= STATEMENTS, "\n".join(s[:90] for s in seen)


def test_ten_entries_more_cost_no_statement_more(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    show(browser, story)
    case_id = story.case.id
    with counted(db.engine) as before:
        browser.get("cases.show", case_id=case_id)
    for _ in range(10):
        add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note="Thăm")
    with counted(db.engine) as after:
        browser.get("cases.show", case_id=case_id)
    assert len(after) == len(before)


def test_the_first_opening_is_kept_once_and_is_no_edit(
    browser: Browser, session: Session, story: Story
) -> None:
    version = story.case.version
    show(browser.sign_in(story.supervisor), story)
    assert session.get_one(Case, story.case.id).first_opened_at is None
    show(browser.sign_in(story.worker), story)
    opened = session.get_one(Case, story.case.id).first_opened_at
    show(browser.sign_in(story.chair), story)
    case = session.get_one(Case, story.case.id)
    assert opened is not None and (case.first_opened_at, case.version) == (opened, version)
    events = select(func.count()).where(AuditEvent.action == "case.opened")
    assert session.scalar(events) == 1


def test_each_reading_is_on_the_log_with_its_sections(
    browser: Browser, session: Session, story: Story
) -> None:
    show(browser.sign_in(story.supervisor), story)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.read")).one()
    assert event.chain_id == story.case.id and event.actor_id == story.supervisor.id
    assert "police_justice" in event.body and "contact" not in event.body


def test_a_closed_section_is_shown_as_locked_and_nothing_of_it_leaks(
    browser: Browser, session: Session, story: Story
) -> None:
    add_entry(
        session, story.case, EventKind.NOTE, Section.HEALTH, lane="health", note="Canaryhealth"
    )
    text = show(browser.sign_in(story.supervisor), story)
    assert IDENTITY in text and FAMILY in text
    for canary in (PHONE, "912 345 678", ADDRESS, WHERE, "Canaryhealth"):
        assert canary not in text
    assert "Bạn không được xem nội dung này." in text and "Nội dung của Y tế" in text
    assert "Nơi ở, liên hệ" in text  # the chip of the closed section
    assert WHERE in show(browser.sign_in(story.worker), story)


def test_a_compartment_that_a_reason_opens_is_not_called_closed(
    browser: Browser, story: Story
) -> None:
    def card(user: User, title: str) -> str:
        page = browser.sign_in(user).get("cases.show", case_id=story.case.id)
        return " ".join(h.parent.text for h in page.select("h2") if h.text == title)  # type: ignore[union-attr]

    closed, apart = "Phần bạn không được xem", "Mở được khi ghi lý do"
    assert "Người cung cấp thông tin" in card(story.worker, apart)
    assert "Người cung cấp thông tin" not in card(story.worker, closed)
    assert "Người cung cấp thông tin" in card(story.chair, closed) + card(story.chair, apart)


def test_who_is_suspected_and_where_it_happened_stand_with_the_report(
    browser: Browser, session: Session, story: Story
) -> None:
    report = session.get_one(Report, story.case.report_id)
    report.perpetrator_relation, report.abuse_setting = "father", "home"
    session.commit()
    text = show(browser.sign_in(story.worker), story)
    for codes, code in (("perpetrator_relations", "father"), ("abuse_settings", "home")):
        assert label_of(codes, code) in text


def test_strangers_and_desks_get_no_page(browser: Browser, story: Story) -> None:
    browser.sign_in(UserFactory()).get("cases.show", case_id=story.case.id, expect=404)
    desk = UserFactory(unit=story.unit, role=Role.INTAKE)
    browser.sign_in(desk).get("cases.show", case_id=story.case.id, expect=403)
    browser.get("cases.timeline", case_id=story.case.id, expect=403)


def test_do_not_contact_stands_in_red(browser: Browser, session: Session, story: Story) -> None:
    browser.sign_in(story.worker)
    assert "Không liên hệ người chăm sóc" not in show(browser, story)
    story.case.do_not_contact = True
    session.commit()
    page = browser.get("cases.show", case_id=story.case.id)
    banner = page.select_one(".stop")
    assert banner is not None and "Không liên hệ người chăm sóc." in banner.text


def test_a_suspected_carer_has_no_telephone_on_the_page(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    assert "0912 345 678" in show(browser, story)
    carers = select(Carer).where(Carer.child_id == story.case.child_id)
    session.scalars(carers).one().is_suspected = True
    session.commit()
    text = show(browser, story)
    assert "0912 345 678" not in text and "không liên hệ" in text


def test_what_was_typed_late_shows_both_times(
    browser: Browser, session: Session, story: Story
) -> None:
    happened = story.received_at + timedelta(minutes=10)
    add_entry(
        session,
        story.case,
        EventKind.NOTE,
        Section.PLAN,
        happened_at=happened,
        typed_at=happened + timedelta(minutes=27),
    )
    text = show(browser.sign_in(story.worker), story)
    assert clock.local(happened).strftime("%H:%M") in text
    typed = clock.local(happened + timedelta(minutes=27)).strftime("%H:%M")
    assert f"ghi lúc {typed}, 27 phút sau khi diễn ra" in text


def test_what_was_typed_on_another_day_shows_the_day(
    browser: Browser, session: Session, story: Story
) -> None:
    """Across midnight here, an hour is not enough to know when."""
    evening = clock.local(story.received_at).replace(hour=23, minute=50) - timedelta(days=1)
    typed = evening + timedelta(minutes=27)
    add_entry(
        session,
        story.case,
        EventKind.NOTE,
        Section.PLAN,
        happened_at=evening,
        typed_at=typed,
    )
    text = show(browser.sign_in(story.worker), story)
    assert f"ghi lúc {typed:%H:%M} ngày {typed:%d/%m/%Y}, 27 phút sau khi diễn ra" in text


@pytest.mark.parametrize(
    ("level", "title", "endpoint"),
    [
        (None, "Xác minh tin báo", "/verification"),
        (RiskLevel.HIGH, "Can thiệp khẩn cấp", "/measures"),
        (RiskLevel.LOW, "Biện pháp, hoặc không cần biện pháp", "/measures"),
    ],
)
def test_the_next_step_has_the_button_that_does_it(
    browser: Browser,
    session: Session,
    story: Story,
    level: RiskLevel | None,
    title: str,
    endpoint: str,
) -> None:
    if level:
        assess(session, story, level)
    panel = browser.sign_in(story.worker).get("cases.show", case_id=story.case.id).select(".next")
    assert title in panel[0].text
    button = panel[0].select_one("a.btn-primary")
    assert button is not None and endpoint in str(button["href"])
    other = browser.sign_in(story.supervisor).get("cases.show", case_id=story.case.id)
    assert title in other.select(".next")[0].text and not other.select(".next a.btn-primary")


def test_filters_are_codes_and_keep_what_they_name(
    browser: Browser, session: Session, story: Story
) -> None:
    add_entry(session, story.case, EventKind.REPORT_RECEIVED, Section.EVENT, lane="hotline")
    add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note="Lần thăm thứ nhất")
    browser.sign_in(story.worker)
    assert "Lần thăm thứ nhất" in show(browser, story)
    assert "Lần thăm thứ nhất" not in show(browser, story, kind="documents")
    assert "Lần thăm thứ nhất" not in show(browser, story, agency="hotline")
    assert "Lần thăm thứ nhất" in show(browser, story, agency="commune_pc")
    assert "Lần thăm thứ nhất" in show(browser, story, kind="nonsense", agency="'--", before="x.y")


def test_a_long_log_is_read_by_pages_and_stays_small(
    browser: Browser, session: Session, story: Story
) -> None:
    for number in range(120):
        add_entry(
            session,
            story.case,
            EventKind.NOTE,
            Section.PLAN,
            note=f"Việc thứ {number:03d}.",
            happened_at=story.received_at + timedelta(seconds=number),
        )
    browser.sign_in(story.worker)
    seen: list[str] = []
    page = browser.get("cases.show", case_id=story.case.id)
    for _ in range(3):
        assert browser.response is not None and len(browser.response.data) < 100_000
        seen += [item.text for item in page.select(".log .said")]
        older = page.select_one("#log a[rel=next]")
        if older is not None:
            page = browser.open(str(older["href"]))
    assert older is None
    assert seen == [f"Việc thứ {number:03d}." for number in reversed(range(120))]
