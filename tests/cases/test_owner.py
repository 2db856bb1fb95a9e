"""Who is responsible: a worker takes what nobody has, the Chair assigns."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, User
from app.cases.enums import EventKind
from app.cases.models import CaseEvent
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import UserFactory

CHANGE = "owner.change"


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def colleague(story: Story) -> User:
    return UserFactory(unit=story.unit, name="Phạm Thị Mai")


def assigned(session: Session) -> list[tuple[object, bool]]:
    rows = session.scalars(
        select(CaseAccess)
        .where(CaseAccess.reason == AccessReason.ASSIGNED)
        .order_by(CaseAccess.since)
    )
    return [(row.holder_id, row.until is None) for row in rows]


def test_a_worker_takes_a_case_that_nobody_has(
    browser: Browser, session: Session, story: Story, colleague: User
) -> None:
    page = browser.sign_in(story.worker).get(CHANGE, case_id=story.case.id)
    offered = [str(field["value"]) for field in page.select("input[name=owner_id]")]
    assert offered == [str(story.worker.id)]
    browser.submit_page(page, {"owner_id": story.worker.id})
    assert story.case.owner_id == story.worker.id
    assert assigned(session) == [(story.worker.id, True)]
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.note) == (EventKind.ASSIGNED, story.worker.name)
    assert "case.assigned" in session.scalars(select(AuditEvent.action)).all()


def test_the_chair_assigns_within_the_unit_and_moves_it_on(
    browser: Browser, session: Session, story: Story, colleague: User
) -> None:
    gone = UserFactory(unit=story.unit, is_active=False)
    stranger = UserFactory()
    page = browser.sign_in(story.chair).get(CHANGE, case_id=story.case.id)
    offered = {str(field["value"]) for field in page.select("input[name=owner_id]")}
    assert offered == {str(story.worker.id), str(colleague.id)}
    for other in (gone, stranger, story.chair):
        browser.submit(CHANGE, {"owner_id": other.id}, case_id=story.case.id, expect=422)
    browser.submit(CHANGE, {"owner_id": story.worker.id}, case_id=story.case.id)
    browser.submit(CHANGE, {"owner_id": colleague.id}, case_id=story.case.id)
    assert story.case.owner_id == colleague.id
    assert assigned(session) == [(story.worker.id, False), (colleague.id, True)]


def test_who_is_responsible_already_is_told_apart_from_a_stranger(
    browser: Browser, session: Session, story: Story, colleague: User
) -> None:
    browser.sign_in(story.chair)
    browser.submit(CHANGE, {"owner_id": colleague.id}, case_id=story.case.id)
    page = browser.submit(CHANGE, {"owner_id": colleague.id}, case_id=story.case.id, expect=422)
    assert "Người này đang phụ trách hồ sơ. Chọn người khác." in page.text


def test_a_unit_of_one_worker_has_nobody_else_to_choose(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.owner_id = story.worker.id
    session.commit()
    page = browser.sign_in(story.chair).get(CHANGE, case_id=story.case.id)
    assert "Đơn vị không có người nào khác để giao hồ sơ." in page.text
    assert page.select("#owner-form") == []


def test_a_worker_does_not_take_a_colleagues_case(
    browser: Browser, session: Session, story: Story, colleague: User
) -> None:
    open_page = browser.sign_in(story.worker).get(CHANGE, case_id=story.case.id)
    story.case.owner_id = colleague.id
    session.commit()
    page = browser.submit_page(open_page, {"owner_id": story.worker.id}, expect=409)
    assert page.select_one(".conflict") is not None
    page = browser.get(CHANGE, case_id=story.case.id)
    assert "đã có người phụ trách" in page.text and page.select_one("#owner-form") is None
    assert story.case.owner_id == colleague.id


def test_the_slower_of_two_sees_who_took_it(
    browser: Browser, session: Session, story: Story, colleague: User
) -> None:
    stale = browser.sign_in(colleague).get(CHANGE, case_id=story.case.id)
    late = browser.client
    browser.sign_in(story.worker).submit(
        CHANGE, {"owner_id": story.worker.id}, case_id=story.case.id
    )
    browser.client = late
    page = browser.submit_page(stale, {"owner_id": colleague.id}, expect=409)
    told = page.select_one(".conflict")
    assert told is not None and story.worker.name in told.text
    assert story.case.owner_id == story.worker.id


@pytest.mark.parametrize(
    ("role", "in_unit", "status"),
    [
        (Role.CP_WORKER, True, 200),
        (Role.CP_WORKER, False, 404),
        (Role.COMMUNE_CHAIR, True, 200),
        (Role.SUPERVISOR, False, 403),
        (Role.ANALYST, True, 403),
    ],
)
def test_who_may_assign(
    browser: Browser, story: Story, role: Role, in_unit: bool, status: int
) -> None:
    user = UserFactory(role=role, **({"unit": story.unit} if in_unit else {}))
    browser.sign_in(user).get(CHANGE, case_id=story.case.id, expect=status)


def test_only_who_may_change_the_owner_is_offered_it(browser: Browser, session: Session) -> None:
    story = make_story(session)

    def offered(user: User) -> bool:
        page = browser.sign_in(user).get("cases.show", case_id=story.case.id)
        return page.select_one(".facts a") is not None

    assert offered(story.worker) and offered(story.chair)  # nobody has it yet
    story.case.owner_id = UserFactory(unit=story.unit).id
    session.commit()
    assert not offered(story.worker) and offered(story.chair)
