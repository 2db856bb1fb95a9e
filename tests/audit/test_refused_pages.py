"""A form that comes back with errors shows the file again: that reading is on the log too."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.cases.models import SafetyMeasure
from app.people.models import Child
from tests.browser import Browser
from tests.cases.story import Story, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def refuse(browser: Browser, story: Story, endpoint: str, expect: int, **data: Any) -> None:
    """Post a form without reading its page first, as somebody who wants to leave no trace."""
    page = browser.sign_in(story.worker).get("auth.profile")
    token = page.select_one("[name=csrf_token]")
    assert token is not None
    key = "0192f7a4-6d5e-7c31-9b3a-5b8f1f6f2a10"
    sent = {"csrf_token": str(token["value"]), "idempotency_key": key, **data}
    address = {"people.edit": {"child_id": story.case.child_id}}
    ids = address.get(endpoint, {"case_id": story.case.id})
    browser.post(browser._url(endpoint, ids), sent, expect=expect)


@pytest.mark.parametrize(
    "endpoint",
    ["measures.new", "assessment.new", "owner.change", "intake.correct", "verification.new"],
)
def test_a_form_with_errors_leaves_the_event_of_its_reading(
    browser: Browser, session: Session, story: Story, endpoint: str
) -> None:
    refuse(browser, story, endpoint, 422)
    shown = ["people.duplicates_shown"] if endpoint == "verification.new" else []
    assert actions(session) == ["case.read", *shown]
    bodies = [json.loads(body) for body in session.scalars(select(AuditEvent.body))]
    assert {body["actor"] for body in bodies} == {str(story.worker.id)}
    assert session.scalars(select(SafetyMeasure)).all() == []


def test_a_stale_form_shows_what_others_saved_and_says_so_on_the_log(
    browser: Browser, session: Session, story: Story
) -> None:
    child = session.get_one(Child, story.case.child_id)
    browser.sign_in(story.worker).submit("people.edit", {"school": "Đoài"}, child_id=child.id)
    before = actions(session)
    refuse(browser, story, "people.edit", 409, version="1")
    assert browser.response is not None and "Đoài" in browser.response.text
    assert actions(session)[len(before) :] == ["child.read"]


def test_the_events_of_what_was_undone_are_not_kept(
    browser: Browser, session: Session, story: Story
) -> None:
    refuse(browser, story, "intake.correct", 422, category="abused", event_at="31/02/2026")
    assert "report.corrected" not in actions(session)


def test_without_the_event_the_page_does_not_leave(
    app: Flask,
    browser: Browser,
    story: Story,
    superuser: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    name = "Nguyễn Minh Anh"
    refuse(browser, story, "measures.new", 422)
    assert browser.response is not None and name in browser.response.text
    grant = "EXECUTE ON FUNCTION audit_append_all(jsonb)"
    with superuser.begin() as connection:
        connection.execute(text(f"REVOKE {grant} FROM vongtay_app"))
    try:
        refuse(browser, story, "measures.new", 500)
        assert name not in browser.response.text
    finally:
        with superuser.begin() as connection:
            connection.execute(text(f"GRANT {grant} TO vongtay_app"))
