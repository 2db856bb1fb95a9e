"""The full timeline, and the audit switch that only a supervisor has."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.hooks import note_on_timeline
from app.cases.models import CaseEvent
from app.core import clock
from app.core.db import db
from app.people.hooks import FieldChange
from app.people.models import Child
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.files import add_entry, fill_file
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.sql import counted


@pytest.fixture
def story(session: Session) -> Story:
    story = make_story(session)
    fill_file(session, story)
    return story


def read(browser: Browser, story: Story, user: User, **more: object) -> str:
    browser.sign_in(user).get("cases.timeline", case_id=story.case.id, **more)
    assert browser.response is not None
    return browser.response.text


def edit(session: Session, story: Story, *changes: FieldChange) -> None:
    """What the people package tells after an edit, told by the worker."""
    child = session.get_one(Child, story.case.child_id)
    note_on_timeline(session, actor_of(story.worker), child, changes, clock.now())
    session.commit()


NAME = FieldChange("full_name", Section.IDENTITY, "Nguyễn Văn Cũ", "Nguyễn Văn Mới")
STAY = FieldChange("stay_text", Section.CONTACT, "Canaryold", "Canarynew")


def test_old_and_new_are_shown_to_a_supervisor_who_may_read_them(
    browser: Browser, session: Session, story: Story
) -> None:
    edit(session, story, NAME, STAY)
    plain = read(browser, story, story.worker)
    assert "Sửa thông tin về trẻ em" in plain and "Nguyễn Văn Cũ" not in plain
    audit = read(browser, story, story.supervisor, audit=1)
    assert "Họ và tên: Nguyễn Văn Cũ → Nguyễn Văn Mới" in audit
    assert "Canaryold" not in audit and "Canarynew" not in audit
    assert "Bạn không được xem nội dung này." in audit


def test_an_edit_after_the_end_is_told_too(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.state, story.case.is_ended = CaseState.CLOSED, True
    session.commit()
    browser.sign_in(story.worker).submit(
        "people.edit", {"full_name": "Nguyễn Văn Mới"}, child_id=story.case.child_id
    )
    kinds = select(CaseEvent.kind).where(CaseEvent.case_id == story.case.id)
    assert session.scalars(kinds).all() == [EventKind.CHILD_EDITED]
    assert "→ Nguyễn Văn Mới" in read(browser, story, story.supervisor, audit=1)
    page = browser.get("audit.case", case_id=story.case.id)
    assert "Sửa thông tin về trẻ em" in page.select_one("main").text  # type: ignore[union-attr]


def test_the_switch_is_the_supervisors_alone(browser: Browser, story: Story) -> None:
    text = read(browser, story, story.worker, audit=1)
    assert "Chế độ kiểm tra" not in text and "Chuỗi kiểm tra" not in text
    assert "Xem hồ sơ" not in text
    assert "Chế độ kiểm tra" in read(browser, story, story.supervisor)
    browser.sign_in(story.worker).get("audit.case", case_id=story.case.id, expect=403)


def test_the_audit_shows_reads_denials_and_the_chain(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    stranger = UserFactory(name="Người Tò Mò")
    browser.sign_in(stranger).get("cases.show", case_id=story.case.id, expect=404)
    page = browser.sign_in(story.supervisor).get("audit.case", case_id=story.case.id)
    log = page.select_one("main").text  # type: ignore[union-attr]
    assert story.worker.name in log and "Xem hồ sơ" in log
    assert "Người Tò Mò" in log and "Bị từ chối" in log
    count = len(
        session.scalars(select(AuditEvent).where(AuditEvent.chain_id == story.case.id)).all()
    )
    assert "Chuỗi kiểm tra của hồ sơ" in log and count > 2
    assert "Luật yêu cầu và thực tế" in log and "Can thiệp khẩn cấp" in log


def test_reading_the_log_is_on_the_log(browser: Browser, session: Session, story: Story) -> None:
    read(browser, story, story.supervisor, audit=1)
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["case.read", "audit.read"]


@pytest.mark.parametrize("with_audit", [False, True])
def test_pages_of_the_timeline_lose_nothing(
    browser: Browser, session: Session, story: Story, with_audit: bool
) -> None:
    for number in range(120):
        add_entry(
            session,
            story.case,
            EventKind.NOTE,
            Section.PLAN,
            note=f"Việc thứ {number:03d}.",
            happened_at=story.received_at + timedelta(minutes=number // 4),
        )
    more = {"audit": 1} if with_audit else {}
    browser.sign_in(story.supervisor)
    page = browser.get("cases.timeline", case_id=story.case.id, **more)
    seen: list[str] = []
    while True:
        seen += [item.text for item in page.select(".log .said")]
        older = page.select_one("a[rel=next]")
        if older is None:
            break
        page = browser.open(str(older["href"]))
    assert sorted(seen) == [f"Việc thứ {number:03d}." for number in range(120)]


def test_one_may_jump_to_a_day(browser: Browser, session: Session, story: Story) -> None:
    old = clock.now() - timedelta(days=40)
    add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note="Việc cũ", happened_at=old)
    add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note="Việc mới")
    day = clock.local(old).strftime("%d/%m/%Y")
    text = read(browser, story, story.worker, date=day)
    assert "Việc cũ" in text and "Việc mới" not in text
    assert "Việc mới" in read(browser, story, story.worker, date="31/02/2026")


@pytest.mark.parametrize(("more", "most"), [({}, 6), ({"audit": 1}, 8)])
def test_statements(
    browser: Browser, session: Session, story: Story, more: dict[str, object], most: int
) -> None:
    case_id = story.case.id
    read(browser, story, story.supervisor, **more)
    with counted(db.engine) as seen:
        browser.get("cases.timeline", case_id=case_id, **more)
    assert len(seen) <= most, "\n".join(statement[:90] for statement in seen)
