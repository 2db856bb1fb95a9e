"""Children of one household; two records of one child, merged and taken apart with all theirs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.core import clock
from app.people.links import ChildLink, ChildMerge
from app.people.models import Carer, Child
from tests.browser import Browser
from tests.cases.files import add_entry
from tests.cases.story import Story, make_story
from tests.factories import CarerFactory, CaseDenialFactory, CaseFactory, ChildFactory, UserFactory


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def another(session: Session, story: Story, **more: Any) -> Case:
    """A second case of the unit, with a child of its own."""
    child = ChildFactory(full_name="Nguyễn Minh Ánh")
    CarerFactory(child=child)
    made: Case = CaseFactory(worked_by=story.unit, of_child=child, **more)
    return made


def child_of(session: Session, case: Case) -> Child:
    return session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()


# --- one household


def test_two_children_are_linked_and_the_link_is_taken_back(
    browser: Browser, session: Session, story: Story
) -> None:
    other = another(session, story)
    where = {"child_id": story.case.child_id}
    browser.sign_in(story.worker)
    browser.submit("people.link", {"other": other.number, "kind": "sibling"}, **where)
    page = browser.get("people.child", **where)
    assert "Nguyễn Minh Ánh" in page.select_one("#family").text  # type: ignore[union-attr]
    theirs = browser.get("people.child", child_id=other.child_id)
    assert "Nguyễn Minh Anh" in theirs.select_one("#family").text  # type: ignore[union-attr]
    again = {"other": other.number, "kind": "household"}
    assert "đã được ghi" in browser.submit("people.link", again, expect=422, **where).text
    browser.submit_page(page, {}, form='#family form[action$="/end"]')
    family = browser.get("people.child", **where).select_one("#family")
    assert family is not None and "Nguyễn Minh Ánh" not in family.text
    assert session.scalars(select(ChildLink)).one().ended_by == story.worker.id


def test_the_other_children_of_a_report_and_of_a_telephone_are_shown(
    browser: Browser, session: Session, story: Story
) -> None:
    child = ChildFactory(full_name="Em Cùng Tin")
    CaseFactory(worked_by=story.unit, of_child=child, report_id=story.case.report_id)
    far = make_story(session)
    phone = b"the same telephone"
    for case in (story.case, far.case):
        carer = session.scalars(select(Carer).where(Carer.child_id == case.child_id)).unique().one()
        carer.phone_hash = phone
    session.commit()
    browser.sign_in(story.worker)
    family = browser.get("people.child", child_id=story.case.child_id).select_one("#family")
    assert family is not None
    assert "Em Cùng Tin" in family.text
    assert far.unit.name in family.text and "hãy hỏi đơn vị đó" in family.text
    assert "family_shown" in " ".join(session.scalars(select(AuditEvent.action)))


def test_a_child_out_of_sight_is_not_linked(
    browser: Browser, session: Session, story: Story
) -> None:
    far = make_story(session)
    browser.sign_in(story.worker)
    for number in (far.case.number, story.case.number, "HY-1999-000001", "không phải mã"):
        page = browser.submit(
            "people.link",
            {"other": number, "kind": "sibling"},
            child_id=story.case.child_id,
            expect=422,
        )
        assert page.select_one('.error-summary a[href="#other"]') is not None
    assert session.scalar(select(func.count()).select_from(ChildLink)) == 0


# --- one child, two records


def merge(browser: Browser, story: Story, other: Case, expect: int = 303, **more: Any) -> Any:
    data = {"other": other.number, "reason": "Cùng số định danh", "is_sure": "y", **more}
    browser.sign_in(story.worker)
    return browser.submit("people.merge", data, child_id=story.case.child_id, expect=expect)


def test_two_records_are_compared_before_they_become_one(
    browser: Browser, session: Session, story: Story
) -> None:
    other = another(session, story)
    page = merge(browser, story, other, is_sure=None, expect=422)
    assert "Nguyễn Minh Ánh" in page.text and "Nguyễn Minh Anh" in page.text
    assert session.scalar(select(func.count()).select_from(ChildMerge)) == 0


def test_a_merge_keeps_both_timelines_and_is_undone_exactly(
    browser: Browser, session: Session, story: Story
) -> None:
    other = another(session, story)
    old_child = other.child_id
    add_entry(session, other, EventKind.NOTE, Section.PLAN, note="Ghi trước khi gộp")
    merge(browser, story, other)
    assert session.get_one(Case, other.id).child_id == story.case.child_id
    merged = session.scalars(select(Child).where(Child.id == old_child)).unique().one()
    assert merged.merged_into_id == story.case.child_id
    kept = child_of(session, story.case)
    assert kept.aliases == "Nguyễn Minh Ánh"
    browser.get("people.child", child_id=old_child, expect=404)
    page = browser.get("people.child", child_id=kept.id)
    assert other.number in page.text and story.case.number in page.text
    text = browser.get("cases.show", case_id=other.id).text
    assert "Ghi trước khi gộp" in text and "Gộp hai bản ghi" in text
    access = session.scalars(select(CaseAccess.child_id).where(CaseAccess.case_id == other.id))
    assert set(access) == {kept.id}
    found = browser.submit("people.search", {"q": "Nguyễn Minh Ánh"}, expect=200)
    assert other.number in found.text

    page = browser.get("people.child", child_id=kept.id)
    browser.submit_page(page, {}, form='form[action$="/separate"]')
    assert session.get_one(Case, other.id).child_id == old_child
    assert "Ghi trước khi gộp" in browser.get("cases.show", case_id=other.id).text
    assert "Tách lại bản ghi" in browser.get("cases.show", case_id=other.id).text
    browser.get("people.child", child_id=old_child)
    done = session.scalars(select(AuditEvent.action)).all()
    assert "people.merged" in done and "people.separated" in done
    browser.submit_page(page, {}, form='form[action$="/separate"]')  # the same form again
    assert session.scalars(select(ChildMerge)).unique().one().separated_at is not None


def test_a_record_is_merged_once(browser: Browser, session: Session, story: Story) -> None:
    first, second = another(session, story), another(session, story)
    kept = story.case.child_id
    merge(browser, story, first)
    data = {"other": first.number, "reason": "Cũng là em ấy", "is_sure": "y"}
    browser.submit("people.merge", data, child_id=second.child_id)  # leads to the record kept
    pairs = session.execute(select(ChildMerge.kept_id, ChildMerge.merged_id)).all()
    assert (second.child_id, kept) in [tuple(pair) for pair in pairs]


def test_of_a_merge_only_its_own_cases_go_back(
    browser: Browser, session: Session, story: Story
) -> None:
    other = another(session, story)
    merge(browser, story, other)
    kept = child_of(session, story.case)
    later: Case = CaseFactory(
        worked_by=story.unit, of_child=kept, opened_at=clock.now() - timedelta(minutes=1)
    )
    page = browser.get("people.child", child_id=kept.id)
    browser.submit_page(page, {}, form='form[action$="/separate"]')
    assert session.get_one(Case, later.id).child_id == kept.id
    kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == later.id)).all()
    assert EventKind.RECORDS_SEPARATED not in kinds


def test_a_merge_leaves_no_case_in_the_hands_of_somebody_who_is_kept_out(
    browser: Browser, session: Session, story: Story
) -> None:
    aunt = UserFactory(unit=story.unit)
    other = another(session, story, owner_id=aunt.id)
    CaseDenialFactory(of_case=story.case, user_id=aunt.id, by_id=story.chair.id)
    browser.sign_in(story.worker)
    assert "giao lại hồ sơ trước khi gộp" in merge(browser, story, other, expect=422).text
    assert session.scalar(select(func.count()).select_from(ChildMerge)) == 0
    assert child_of(session, other).merged_into_id is None
    other.owner_id = story.worker.id
    session.commit()
    merge(browser, story, other)
