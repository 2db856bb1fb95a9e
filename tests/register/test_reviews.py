"""The yearly review: due each calendar year, and what it changes."""

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseEvent
from app.core import clock
from app.register.models import GroupMembership, YearlyReview
from app.register.queries.listing import list_children
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.register.people import SINCE, Place, in_group, make_place, today, typed

STILL = {"is_still_in": "yes", "poverty": "near_poor", "needs": ["education", "health"]}


@pytest.fixture
def place(session: Session) -> Place:
    return make_place()


@pytest.fixture
def membership(session: Session, place: Place) -> GroupMembership:
    return in_group(session, place.case, place.worker, "DISABILITY.1", poverty="poor")


def review(
    browser: Browser, place: Place, one: GroupMembership, data: dict[str, Any], **more: Any
) -> BeautifulSoup:
    browser.sign_in(place.worker)
    ids = {"case_id": place.case.id, "membership_id": one.id}
    return browser.submit("register.review", data, **ids, **more)


def due(session: Session, place: Place, on: date | None = None) -> int:
    wanted = today(is_due=True, **({"on": on} if on else {}))
    return len(list_children(session, actor_of(place.worker), wanted=wanted)[0])


def test_a_review_is_recorded_once_a_year(
    browser: Browser, session: Session, place: Place, membership: GroupMembership
) -> None:
    assert due(session, place) == 1
    words = {"has_changed": "y", "words": "Đã đi học lại"}
    review(browser, place, membership, {**STILL, **words})
    made = session.scalars(select(YearlyReview)).one()
    assert (made.year, made.is_still_in, made.has_changed) == (clock.today().year, True, True)
    assert sorted(made.needs) == ["education", "health"]
    assert (made.poverty, made.words) == ("near_poor", "Đã đi học lại")
    session.refresh(membership)
    assert membership.poverty == "near_poor" and membership.until is None
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.section) == (EventKind.YEARLY_REVIEWED, Section.EVENT)
    assert event.facts["year"] == clock.today().year and event.note == "Đã đi học lại"
    assert due(session, place) == 0
    page = browser.follow()
    assert "đã rà soát năm nay" in page.text and "Đã đi học lại" in page.text
    review(browser, place, membership, STILL, expect=409)


def test_it_is_due_again_next_year(
    browser: Browser, session: Session, place: Place, membership: GroupMembership
) -> None:
    review(browser, place, membership, STILL)
    assert due(session, place, date(clock.today().year + 1, 1, 1)) == 1
    assert due(session, place, date(clock.today().year - 1, 12, 31)) == 1


def test_a_review_that_happened_last_year_belongs_to_last_year(
    browser: Browser, session: Session, place: Place, membership: GroupMembership
) -> None:
    last = date(clock.today().year - 1, 12, 31)
    review(browser, place, membership, {**STILL, "happened_at": [typed(last), "23:30"]})
    assert session.scalars(select(YearlyReview.year)).one() == last.year
    assert due(session, place) == 1
    review(browser, place, membership, STILL)


def test_a_child_who_is_no_longer_in_the_group_leaves_it(
    browser: Browser, session: Session, place: Place, membership: GroupMembership
) -> None:
    day = clock.today() - timedelta(days=1)
    gone = {"is_still_in": "no", "end_reason": "moved_away", "poverty": "poor"}
    review(browser, place, membership, {**gone, "happened_at": [typed(day), "09:00"]})
    session.refresh(membership)
    assert (membership.until, membership.end_reason) == (day, "moved_away")
    kinds = session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert kinds == [EventKind.YEARLY_REVIEWED, EventKind.GROUP_ENDED]
    ids = {"case_id": place.case.id, "membership_id": membership.id}
    browser.get("register.review", expect=409, **ids)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"is_still_in": None}, "is_still_in"),
        ({"is_still_in": "no"}, "end_reason"),
        ({"is_still_in": "no", "end_reason": "forged"}, "end_reason"),
        ({"is_still_in": "no", "end_reason": "other", "words": ""}, "words"),
        ({"has_changed": "y", "words": ""}, "words"),
        ({"poverty": "forged"}, "poverty"),
        ({"needs": ["forged"]}, "needs"),
        ({"happened_at": ["01/01/2999", "09:00"]}, "happened_at"),
        ({"happened_at": ["29/02/2024", "09:00"]}, "happened_at"),
        ({"happened_at": ["", ""]}, "happened_at"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    browser: Browser,
    session: Session,
    place: Place,
    membership: GroupMembership,
    change: dict[str, Any],
    field: str,
) -> None:
    data = {**STILL, "words": "Vẫn ở với bà", **change}
    page = review(browser, place, membership, data, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert filled_in(page.select_one("#review"))["words"].strip() == data["words"]  # type: ignore[union-attr,arg-type]
    assert session.scalars(select(YearlyReview)).unique().all() == []
    session.refresh(membership)
    assert membership.until is None and membership.since == SINCE


def test_a_double_click_reviews_once(
    browser: Browser, session: Session, place: Place, membership: GroupMembership
) -> None:
    ids = {"case_id": place.case.id, "membership_id": membership.id}
    page = browser.sign_in(place.worker).get("register.review", **ids)
    for _ in range(2):
        browser.submit_page(page, STILL)
    assert len(session.scalars(select(YearlyReview)).unique().all()) == 1
