"""What was typed and not sent is kept for its author, sealed, and for nobody else."""

import uuid
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Draft
from app.cases.services.drafts import (
    FORGET_DRAFTS,
    MOST,
    LoadedDraft,
    drop_draft,
    load_draft,
    save_draft,
)
from app.core import clock
from app.core.db import db
from app.core.errors import KeyDestroyed
from app.jobs import runner
from app.jobs.registry import jobs
from app.reference.retention import kept_for
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.cases.story import make_story
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted

FORM = "#intake"


@pytest.fixture
def desk(session: Session) -> User:
    return UserFactory(role=Role.INTAKE, unit=UnitFactory(hotline=True))


def autosave(
    browser: Browser,
    data: dict[str, object],
    key: str = "",
    expect: int = 204,
    page: BeautifulSoup | None = None,
) -> str:
    """What the page's script sends: the form as it stands. The key of its draft."""
    form = (page or browser.get("intake.new")).select_one(FORM)
    assert form is not None
    filled = filled_in(form)
    sent = {k: v for k, v in (filled | data).items() if k != "idempotency_key"}
    key = key or str(filled["draft_key"])
    browser.post(f"/drafts/{key}", sent, expect=expect)
    return key


def open_draft(browser: Browser) -> BeautifulSoup:
    """A new page of the form, and from there the newest draft that it offers."""
    link = browser.get("intake.new").select_one("section[aria-labelledby=drafts-title] a")
    assert link is not None
    return browser.open(str(link["href"]))


def kept_of(session: Session, user: User, key: str) -> LoadedDraft | None:
    return load_draft(session, actor_of(user), "intake", uuid.UUID(key.removeprefix("intake-")))


def test_draft_is_restored_as_typed_and_gone_once_sent(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    typed = {
        "child_name": "Lê Thị Bưởi",
        "received_at": ["31/02/2026", "8h"],
        "est_age": "bảy",
        "abuse_forms": ["VIOLENCE", "NEGLECT"],
        "more_children-0-child_name": "Lê Văn Mận",
    }
    autosave(browser, typed)
    page = open_draft(browser)
    assert "Đã mở lại bản nháp" in page.text
    kept = filled_in(page.select_one(FORM))
    assert kept["child_name"] == "Lê Thị Bưởi"
    assert kept["received_at"] == ["31/02/2026", "8h"]
    assert kept["est_age"] == "bảy"
    assert kept["abuse_forms"] == ["VIOLENCE", "NEGLECT"]
    assert kept["more_children-0-child_name"] == "Lê Văn Mận"
    right = {
        "category": "abused",
        "channel": "phone",
        "est_age": "7",
        "received_at": [clock.local(clock.now()).strftime("%d/%m/%Y"), "00:00"],
    }
    browser.submit_page(page, right, form=FORM)
    assert session.scalar(select(func.count(Draft.id))) == 0
    assert "bản nháp" not in browser.get("intake.new").text.lower()


def test_two_forms_side_by_side_have_two_drafts(
    browser: Browser, session: Session, desk: User
) -> None:
    """Sending one, or what it saves, does nothing to the other."""
    browser.sign_in(desk)
    first, second = browser.get("intake.new"), browser.get("intake.new")
    key = autosave(browser, {"child_name": "Lê Thị Bưởi"}, page=first)
    autosave(browser, {"child_name": "Trần Văn Cam"}, page=second)
    offered = browser.get("intake.new").select("section[aria-labelledby=drafts-title] li")
    assert len(offered) == 2
    assert browser.get("intake.new").select_one("details[open] #drafts-title") is not None
    autosave(browser, {"child_name": "Vũ Thị Mận"})
    page = browser.get("intake.new")
    assert page.select_one("details:not([open]) #drafts-title") is not None  # the form is in sight
    browser.submit_page(page, {}, form=".draft-drop")
    whole = {
        "child_name": "Trần Văn Cam",
        "category": "abused",
        "channel": "phone",
        "received_at": [clock.local(clock.now()).strftime("%d/%m/%Y"), "00:00"],
    }
    browser.submit_page(second, whole, form=FORM)
    assert session.scalar(select(func.count(Draft.id))) == 1
    left = kept_of(session, desk, key)
    assert left is not None and left.fields["child_name"] == "Lê Thị Bưởi"
    assert filled_in(open_draft(browser).select_one(FORM))["child_name"] == "Lê Thị Bưởi"  # type: ignore[arg-type]


def test_a_draft_from_before_forms_had_drafts_of_their_own_is_still_offered(
    browser: Browser, session: Session, desk: User
) -> None:
    autosave(browser.sign_in(desk), {"child_name": "Lê Thị Bưởi"}, key="intake")
    page = open_draft(browser)
    assert "Đã mở lại bản nháp" in page.text and "Bưởi" in str(page.select_one(FORM))


def test_a_form_with_errors_keeps_its_draft(browser: Browser, session: Session, desk: User) -> None:
    browser.sign_in(desk)
    page = browser.get("intake.new")
    autosave(browser, {"child_name": "Lê Thị Bưởi"}, page=page)
    browser.submit_page(page, {}, form=FORM, expect=422)
    assert session.scalar(select(func.count(Draft.id))) == 1


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_refused_form_is_its_own_draft(
    browser: Browser, session: Session, desk: User, headers: dict[str, str]
) -> None:
    """Without a script, and before the first pause: the page may be closed now."""
    browser.sign_in(desk)
    form = browser.get("intake.new").select_one(FORM)
    sent = filled_in(form) | {"child_name": "Lê Thị Bưởi", "est_age": "bảy"}
    answer = browser.client.post("/cases/intake/new", data=sent, headers=headers)
    assert answer.status_code == 422
    page = open_draft(browser)
    assert "Đã mở lại bản nháp" in page.text
    kept = filled_in(page.select_one(FORM))
    assert (kept["child_name"], kept["est_age"]) == ("Lê Thị Bưởi", "bảy")


def test_a_stale_form_is_kept_as_a_draft(browser: Browser, session: Session) -> None:
    story = make_story(session)
    stale = browser.sign_in(story.worker).get("assessment.new", case_id=story.case.id)
    rated = {"H1": "HIGH", "H2": "HIGH", "P1": "LOW", "P2": "LOW"}
    browser.submit("assessment.new", rated, form="#assess-form", case_id=story.case.id)
    browser.submit_page(stale, rated | {"comment": "của tôi"}, form="#assess-form", expect=409)
    draft = load_draft(session, actor_of(story.worker), "assessment", story.case.id)
    assert draft is not None
    assert draft.fields["comment"] == "của tôi"


def test_a_report_that_may_be_known_is_kept_while_one_looks(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    day = clock.local(clock.now()).strftime("%d/%m/%Y")
    known = {
        "child_name": "Lê Thị Bưởi",
        "dob": ["05", "02", "2018"],
        "category": "abused",
        "channel": "phone",
        "received_at": [day, "00:00"],
    }
    browser.submit("intake.new", known, form=FORM)
    page = browser.submit("intake.new", known, form=FORM, expect=200)
    assert page.select_one("#alike-title") is not None
    draft = kept_of(session, desk, str(filled_in(page.select_one(FORM))["draft_key"]))  # type: ignore[arg-type]
    assert draft is not None
    assert draft.fields["child_name"] == "Lê Thị Bưởi"


def test_what_another_site_sends_is_no_draft(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    sent = filled_in(browser.get("intake.new").select_one(FORM)) | {"csrf_token": "x"}
    browser.post("/cases/intake/new", sent, expect=400)
    assert session.scalar(select(func.count(Draft.id))) == 0


def test_the_latest_state_replaces_the_earlier(
    browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    page = browser.get("intake.new")
    for name in ("Lê", "Lê Thị", "Lê Thị Bưởi"):
        key = autosave(browser, {"child_name": name}, page=page)
    assert session.scalar(select(func.count(Draft.id))) == 1
    draft = kept_of(session, desk, key)
    assert draft is not None
    assert draft.fields["child_name"] == "Lê Thị Bưởi"
    assert "csrf_token" not in draft.fields


def test_a_draft_is_its_authors_alone(browser: Browser, session: Session, desk: User) -> None:
    colleague = UserFactory(role=Role.INTAKE)
    key = autosave(browser.sign_in(desk), {"child_name": "Lê Thị Bưởi"})
    assert kept_of(session, colleague, key) is None
    page = browser.sign_in(colleague).open(f"/cases/intake/new?draft={key}")
    assert "Bưởi" not in page.text and not page.select("#drafts-title")


def test_a_draft_can_be_thrown_away(browser: Browser, session: Session, desk: User) -> None:
    browser.sign_in(desk)
    autosave(browser, {"child_name": "Lê Thị Bưởi"})
    browser.submit_page(open_draft(browser), {}, form=".draft-line")
    assert browser.location == "/cases/intake/new"
    assert "Bưởi" not in browser.follow().text


def test_a_waiting_draft_is_on_the_home_page_with_its_two_ways(
    browser: Browser, session: Session
) -> None:
    story = make_story(session)
    browser.sign_in(story.worker)
    autosave(browser, {"child_name": "Lê Thị Bưởi"})
    page = browser.get("assessment.new", case_id=story.case.id)
    sent = filled_in(page.select_one("#assess-form")) | {"comment": "Đang gõ"}
    browser.post(f"/drafts/assessment-{story.case.id}", sent, expect=204)
    card = browser.get("home.index").select_one("section[aria-labelledby=drafts-title]")
    assert card is not None
    assert "Bản nháp lúc" in card.text and story.case.number in card.text
    assert "Bưởi" not in card.text  # a list opens no draft
    for link in card.select("a"):
        assert "Đã mở lại bản nháp" in browser.open(str(link["href"])).text
    browser.submit_page(browser.get("home.index"), {}, form=".draft-drop")
    left = browser.follow().select_one("section[aria-labelledby=drafts-title]")
    assert left is not None and len(left.select("li")) == 1


def test_a_draft_of_a_case_out_of_sight_names_no_case(browser: Browser, session: Session) -> None:
    story, stranger = make_story(session), UserFactory(unit=UnitFactory())
    save_draft(
        session,
        actor=actor_of(stranger),
        form="assessment",
        subject_id=story.case.id,
        fields=[("comment", "x")],
        now=clock.now(),
    )
    session.commit()
    card = browser.sign_in(stranger).get("home.index").select_one("[aria-labelledby=drafts-title]")
    assert card is not None and not card.select("a") and story.case.number not in card.text


def test_a_draft_is_sealed_under_its_authors_key(
    browser: Browser, session: Session, desk: User, superuser: Engine
) -> None:
    autosave(browser.sign_in(desk), {"child_name": "Lê Thị Bưởi"})
    with superuser.connect() as connection:
        row = connection.execute(text("SELECT key_id, drafts::text AS dump FROM drafts")).one()
    assert row.key_id == desk.key_id
    assert "Bưởi".encode().hex() not in row.dump


def test_drafts_of_different_records_stand_side_by_side(session: Session, desk: User) -> None:
    actor, case_id, now = actor_of(desk), uuid.uuid4(), clock.now()
    for subject, value in ((None, "a"), (case_id, "b")):
        save_draft(
            session,
            actor=actor,
            form="assessment",
            subject_id=subject,
            fields=[("comment", value)],
            now=now,
        )
    found = load_draft(session, actor, "assessment", case_id)
    assert found is not None
    assert found.fields["comment"] == "b"
    drop_draft(session, actor, "assessment", case_id)
    assert load_draft(session, actor, "assessment", case_id) is None
    assert load_draft(session, actor, "assessment") is not None


def test_a_destroyed_key_leaves_no_draft(session: Session, desk: User) -> None:
    save_draft(
        session, actor=actor_of(desk), form="intake", subject_id=None, fields=[], now=clock.now()
    )
    session.flush()
    desk.key.wrapped = None
    session.flush()
    assert load_draft(session, actor_of(desk), "intake") is None
    with pytest.raises(KeyDestroyed):
        _ = desk.key.cipher


@pytest.mark.wide
def test_too_large_a_draft_is_refused(browser: Browser, session: Session, desk: User) -> None:
    browser.sign_in(desk)
    autosave(browser, {"child_condition": "a" * 1_000_001}, expect=413)
    autosave(browser, {"child_condition": "Trẻ kể lại. " * 250_000}, expect=413)  # never its half
    autosave(browser, {"child_condition": "ạ" * 7_000_000}, expect=413)
    assert session.scalar(select(func.count(Draft.id))) == 0


@pytest.mark.parametrize(
    "key", ["Intake", "in take", "intake-123", "a" * 41, "intake-../x", "xaa", "assessment"]
)
def test_a_place_that_is_none_is_not_found(
    browser: Browser, session: Session, desk: User, key: str
) -> None:
    browser.sign_in(desk)
    autosave(browser, {}, key=key, expect=404)


def test_a_record_of_another_unit_gives_nothing_away(browser: Browser, session: Session) -> None:
    """A key that names a record holds only what its author typed: the record is not read."""
    worker = UserFactory()
    browser.sign_in(worker)
    autosave(browser, {"child_name": "x"}, key=f"assessment-{uuid.uuid4()}")
    assert session.scalar(select(Draft.user_id)) == worker.id


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR, Role.SUPERVISOR])
def test_who_fills_in_no_form_keeps_no_draft(
    browser: Browser, session: Session, role: Role
) -> None:
    browser.sign_in(UserFactory(role=role, unit=UnitFactory(doh=True)))
    token = browser.get("auth.profile").select_one("input[name=csrf_token]")
    assert token is not None
    for key in ("intake", f"assessment-{uuid.uuid4()}"):
        browser.post(f"/drafts/{key}", {"csrf_token": token["value"], "b": "x"}, expect=404)
    assert session.scalar(select(func.count(Draft.id))) == 0


def keep(session: Session, user: User, at: datetime, subject: uuid.UUID | None = None) -> None:
    save_draft(
        session,
        actor=actor_of(user),
        form="assessment",
        subject_id=subject or uuid.uuid4(),
        fields=[("comment", "x")],
        now=at,
    )


def test_twenty_drafts_are_kept_and_of_a_further_one_the_oldest_goes(
    session: Session, desk: User
) -> None:
    start, first, colleague = clock.now(), uuid.uuid4(), UserFactory()
    keep(session, colleague, start - timedelta(days=1))
    keep(session, desk, start, first)
    for minute in range(1, MOST + 5):
        keep(session, desk, start + timedelta(minutes=minute))
    of_desk = select(func.count(Draft.id)).where(Draft.user_id == desk.id)
    assert session.scalar(of_desk) == MOST
    assert load_draft(session, actor_of(desk), "assessment", first) is None
    assert session.scalar(select(func.count(Draft.id))) == MOST + 1


def test_what_nobody_came_back_to_is_forgotten(app: Flask, session: Session, desk: User) -> None:
    now = clock.now()
    old, young = uuid.uuid4(), uuid.uuid4()
    keep(session, desk, now - kept_for("drafts") - timedelta(minutes=1), old)
    keep(session, desk, now - kept_for("drafts") + timedelta(hours=1), young)
    session.commit()
    assert runner.run(app, FORGET_DRAFTS)
    session.expire_all()
    assert load_draft(session, actor_of(desk), "assessment", old) is None
    assert load_draft(session, actor_of(desk), "assessment", young) is not None
    assert FORGET_DRAFTS in jobs()


def test_signed_out_saves_nothing(browser: Browser, session: Session, desk: User) -> None:
    browser.sign_in(desk)
    page = browser.get("intake.new")
    sent = filled_in(page.select_one(FORM))
    browser.client.delete_cookie("vt")
    browser.post("/drafts/intake", sent, expect=401)
    assert session.scalar(select(func.count(Draft.id))) == 0


def test_saving_costs_four_statements(
    app: Flask, browser: Browser, session: Session, desk: User
) -> None:
    browser.sign_in(desk)
    sent = filled_in(browser.get("intake.new").select_one(FORM))
    with counted(db.engine) as seen:
        browser.post("/drafts/intake", sent, expect=204)
    assert len(seen) == 4
