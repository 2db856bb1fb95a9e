"""More time for a clock of a case, as a user."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.cases.enums import EventKind
from app.cases.models import CaseEvent
from app.cases.queries.extensions import pending_extensions
from app.core import clock
from app.deadlines.models import ClockState, DeadlineExtension
from app.deadlines.queries import ClockView, clocks_of
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseDenialFactory, UserFactory

ASK, DECIDE = "extensions.ask", "extensions.decide"


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def clock_named(session: Session, story: Story, key: str = "T_PLAN") -> ClockView:
    return next(view for view in clocks_of(session, story.case.id) if view.rule_key == key)


def later(view: ClockView, days: int = 3) -> list[str]:
    moment = clock.local(view.effective_due_at + timedelta(days=days))
    return [moment.strftime("%d/%m/%Y"), moment.strftime("%H:%M")]


def ask(browser: Browser, session: Session, story: Story, **changes: Any) -> DeadlineExtension:
    view = clock_named(session, story)
    data = {"until": later(view), "reason": "Gia đình đi vắng", **changes}
    place = {"case_id": story.case.id, "deadline_id": view.id}
    browser.sign_in(story.worker).submit(ASK, data, **place)
    return session.scalars(select(DeadlineExtension)).one()


def place(story: Story, extension: DeadlineExtension) -> dict[str, Any]:
    return {"case_id": story.case.id, "extension_id": extension.id}


def test_asked_by_the_worker_and_approved_by_the_chair(
    browser: Browser, session: Session, story: Story
) -> None:
    before = clock_named(session, story)
    extension = ask(browser, session, story)
    (waiting,) = pending_extensions(session, actor_of(story.chair))
    assert (waiting.id, waiting.reason) == (extension.id, "Gia đình đi vắng")
    page = browser.sign_in(story.chair).get(DECIDE, **place(story, extension))
    assert "Gia đình đi vắng" in page.text and story.worker.name in page.text
    browser.submit_page(page, {"decision": "approved"})
    after = clock_named(session, story)
    assert (after.due_at, after.effective_due_at) == (before.due_at, extension.until)
    assert after.state(before.due_at + timedelta(hours=1)) is ClockState.EXTENDED
    events = session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()
    assert [event.kind for event in events] == [
        EventKind.EXTENSION_ASKED,
        EventKind.EXTENSION_DECIDED,
    ]
    assert events[1].facts["decision"] == "approved" and events[0].facts["rule"] == "T_PLAN"
    actions = session.scalars(select(AuditEvent.action)).all()
    assert {"deadline.extension_asked", "deadline.extension_decided"} <= set(actions)
    assert list(pending_extensions(session, actor_of(story.chair))) == []


def test_a_refusal_says_why_and_leaves_the_clock(
    browser: Browser, session: Session, story: Story
) -> None:
    extension = ask(browser, session, story)
    browser.sign_in(story.supervisor)
    browser.submit(DECIDE, {"decision": "refused"}, expect=422, **place(story, extension))
    refusal = {"decision": "refused", "note": "Làm được trong hạn"}
    browser.submit(DECIDE, refusal, **place(story, extension))
    view = clock_named(session, story)
    assert view.extended_to is None and view.pending_id is None
    last = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert last is not None and last.note == "Làm được trong hạn"


def test_the_second_answer_is_told_who_was_faster(
    browser: Browser, session: Session, story: Story
) -> None:
    extension = ask(browser, session, story)
    stale = browser.sign_in(story.supervisor).get(DECIDE, **place(story, extension))
    late = browser.client
    browser.sign_in(story.chair).submit(DECIDE, {"decision": "approved"}, **place(story, extension))
    browser.client = late
    page = browser.submit_page(stale, {"decision": "refused", "note": "x"}, expect=409)
    assert page.h1 is not None and story.chair.name in page.h1.text
    page = browser.get(DECIDE, **place(story, extension))
    assert "Đã đồng ý gia hạn." in page.text and page.select_one("#extension-decision") is None


def test_after_the_time_ran_out_only_a_refusal_is_possible(
    browser: Browser, session: Session, story: Story
) -> None:
    extension = ask(browser, session, story)
    late = clock_named(session, story).due_at + timedelta(hours=1)
    with time_machine.travel(late):
        page = browser.sign_in(story.chair).get(DECIDE, **place(story, extension))
        assert "chỉ còn từ chối" in page.select_one(".notice-warn").text  # type: ignore[union-attr]
        yes = {"decision": "approved", "note": "Đã gọi điện"}
        page = browser.submit_page(page, yes, expect=422)
        assert page.select_one('.error-summary a[href="#decision"]') is not None
        assert page.select_one("textarea[name=note]").text.strip() == "Đã gọi điện"  # type: ignore[union-attr]
        assert clock_named(session, story).state(late) is ClockState.MISSED
        browser.submit_page(page, {"decision": "refused", "note": "Muộn"})
        view = clock_named(session, story)
        assert (view.state(late), view.extended_to) == (ClockState.MISSED, None)


def test_the_twelve_hours_offer_no_form(browser: Browser, session: Session, story: Story) -> None:
    view = clock_named(session, story, "T_EMERG")
    browser.sign_in(story.worker)
    page = browser.get(ASK, case_id=story.case.id, deadline_id=view.id)
    assert "không cho gia hạn" in page.text and page.select_one("#extension-form") is None
    plan = browser.get(ASK, case_id=story.case.id, deadline_id=clock_named(session, story).id)
    forged = plan.select_one("#extension-form")
    assert forged is not None
    forged["action"] = str(forged["action"]).replace(
        str(clock_named(session, story).id), str(view.id)
    )
    data = {"until": later(view), "reason": "x"}
    browser.submit_page(plan, data, form="#extension-form", expect=409)
    assert session.scalars(select(DeadlineExtension)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"days": -9}, "until"), ({"days": 4000}, "until"), ({"reason": ""}, "reason")],
)
def test_refused_requests_keep_what_was_typed(
    browser: Browser, session: Session, story: Story, changes: dict[str, Any], field: str
) -> None:
    view = clock_named(session, story)
    data = {"until": later(view, changes.get("days", 3)), "reason": "Lý do dài", **changes}
    data.pop("days", None)
    browser.sign_in(story.worker)
    page = browser.submit(ASK, data, expect=422, case_id=story.case.id, deadline_id=view.id)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert page.select_one("textarea[name=reason]").text.strip() == data["reason"]  # type: ignore[union-attr]


def test_one_request_at_a_time(browser: Browser, session: Session, story: Story) -> None:
    view = clock_named(session, story)
    page = browser.sign_in(story.worker).get(ASK, case_id=story.case.id, deadline_id=view.id)
    ask(browser, session, story)
    again = browser.get(ASK, case_id=story.case.id, deadline_id=view.id)
    assert "chờ trả lời" in again.text and again.select_one("#extension-form") is None
    token = again.select_one("input[name=csrf_token]")
    assert token is not None
    data = {"until": later(view), "reason": "Lần hai", "csrf_token": token["value"]}
    browser.submit_page(page, data, expect=409)


def test_clocks_and_requests_are_found_through_their_own_case_only(
    browser: Browser, session: Session, story: Story
) -> None:
    other = make_story(session)
    view = clock_named(session, story)
    extension = ask(browser, session, story)
    browser.sign_in(other.worker)
    browser.get(ASK, case_id=other.case.id, deadline_id=view.id, expect=404)
    browser.get(ASK, case_id=story.case.id, deadline_id=view.id, expect=404)
    browser.sign_in(story.supervisor)
    browser.get(DECIDE, case_id=other.case.id, extension_id=extension.id, expect=404)
    browser.sign_in(story.worker).get(DECIDE, expect=403, **place(story, extension))
    assert list(pending_extensions(session, actor_of(UserFactory()))) == []
    assert len(pending_extensions(session, actor_of(story.supervisor))) == 1


def test_a_request_is_not_shown_to_who_is_kept_out_of_the_case(
    browser: Browser, session: Session, story: Story
) -> None:
    ask(browser, session, story)
    for role in (story.chair, story.supervisor):
        assert story.case.number in browser.sign_in(role).get("home.index").text
        CaseDenialFactory(of_case=story.case, user_id=role.id, by_id=story.worker.id)
        page = browser.sign_in(role).get("home.index")
        assert story.case.number not in page.text and str(story.case.id) not in str(page)
