"""Attacks through the one-time link: two links in one browser, two browsers at once, a page left
open, odd tokens."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.throttle import ADDRESS_BLOCK, bucket_of
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError
from app.core.logs import JsonFormatter
from app.referrals.enums import ReferralState
from app.referrals.models import OutsideLink, Referral, ReferralStep
from app.referrals.services import links
from tests.actors import actor_of
from tests.browser import Browser
from tests.referrals.story import Agencies, make_agencies, send, whole

_WHO: dict[str, object] = {"name": "Lê Thị Hoa", "phone": "0912 000 111"}
BODY = "Trung tâm thiện nguyện Ánh Dương"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


def linked(session: Session, agencies: Agencies, service: str) -> tuple[Referral, str, str]:
    """(the referral, the path of its link, its code)."""
    over = {"to_unit_id": None, "to_body": BODY, "sections": ("identity",)}
    [sent] = send(session, agencies, service, **over)
    made = links.make_link(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, sent, agencies.worker),
        now=clock.now(),
    )
    session.commit()
    return sent, f"/outside/{links.token_of(made.link.id)}", made.code


def enter(browser: Browser, path: str, code: str) -> None:
    browser.submit_page(browser.open(path), {"code": code})


def test_a_page_of_one_referral_answers_no_other_one(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    """One body helps two children; the links stand in two tabs of one browser."""
    first, first_path, first_code = linked(session, agencies, "health_care")
    second, second_path, second_code = linked(session, agencies, "psychology")
    browser = Browser(app, session)
    enter(browser, first_path, first_code)
    left_open = browser.follow()
    declining = browser.open(str(left_open.select_one('a[href^="/outside/decline"]')["href"]))
    enter(browser, second_path, second_code)
    browser.follow()
    browser.submit_page(left_open, _WHO, form='main form[action^="/outside/accept"]', expect=409)
    words = {"code": "no_capacity", "note": "Lời về em thứ nhất"}
    browser.submit_page(declining, words, expect=409)
    browser.open(str(left_open.select_one('a[href^="/outside/ask"]')["href"]), expect=409)
    session.expire_all()
    states = {session.get_one(Referral, one.id).state for one in (first, second)}
    assert states == {ReferralState.OPENED}
    assert "Lời về em thứ nhất" not in {
        step.note for step in session.scalars(select(ReferralStep)).unique()
    }


def test_two_browsers_with_the_right_code_at_once_and_one_is_let_in(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    _referral, path, code = linked(session, agencies, "health_care")
    token, now = path.rpartition("/")[2], clock.now()

    def attempt(number: int) -> bool:
        with app.app_context(), db.sessionmaker() as own:
            try:
                links.open_link(
                    own,
                    token=token,
                    code=code,
                    browser="",
                    bucket=bucket_of("one", f"10.0.0.{number}", door="outside"),
                    now=now,
                )
                own.commit()
            except DomainError:
                own.rollback()
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    assert session.scalars(select(OutsideLink.session_hash)).one() is not None


@pytest.mark.parametrize(
    "token", ["%00", "%ff%fe", "a" * 3000, "..%2f..", "referral%00", "%F0%9F%98%80", "A" * 43]
)
def test_an_odd_token_is_a_wrong_one(
    app: Flask, session: Session, agencies: Agencies, token: str
) -> None:
    browser = Browser(app, session)
    answer = browser._alone(browser.client.get, f"/outside/{token}")
    assert answer.status_code in (200, 400, 404)
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("code", ["\x00" * 8, "１２３４５６７８", "9" * 100_000, "12345678\u0301"])
def test_an_odd_code_is_a_wrong_one(
    app: Flask, session: Session, agencies: Agencies, code: str
) -> None:
    _referral, path, _right = linked(session, agencies, "health_care")
    browser = Browser(app, session)
    browser.submit_page(browser.open(path), {"code": code}, expect=422)


def test_the_link_of_another_case_s_referral_is_not_made_by_its_id(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    sent, _path, _code = linked(session, agencies, "health_care")
    for person, status in (
        (agencies.officer, 403),
        (agencies.story.supervisor, 403),
        (agencies.story.chair, 403),
    ):
        browser.sign_in(person)
        browser.get("outside.link", referral_id=sent.id, expect=status)
        browser.get("outside.slip", referral_id=sent.id, expect=status)


def test_left_the_old_page_does_nothing(app: Flask, session: Session, agencies: Agencies) -> None:
    sent, path, code = linked(session, agencies, "health_care")
    browser = Browser(app, session)
    enter(browser, path, code)
    page = browser.follow()
    assert browser._alone(browser.client.post, "/outside/leave").status_code == 200
    browser.submit_page(page, _WHO, form='main form[action^="/outside/accept"]', expect=410)
    assert session.get_one(Referral, sent.id).state is ReferralState.OPENED


def test_who_looks_at_the_address_uses_nothing_up(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    """A scanner of mail, a preview of a chat, a browser that fetches ahead."""
    sent, path, code = linked(session, agencies, "health_care")
    for _ in range(8):
        scanner = Browser(app, session)
        for method in ("HEAD", "GET", "OPTIONS"):
            answer = scanner._alone(scanner.client.open, path, method=method)
            assert answer.status_code == 200
        scanner.open("/outside/referral", expect=410)
    link = session.scalars(select(OutsideLink)).one()
    assert (link.tries, link.session_hash, link.opened_at) == (0, None, None)
    assert session.get_one(Referral, sent.id).state is ReferralState.SENT
    enter(Browser(app, session), path, code)


def test_the_code_of_one_link_opens_no_other(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    _first, first_path, first_code = linked(session, agencies, "health_care")
    _second, second_path, second_code = linked(session, agencies, "psychology")
    browser = Browser(app, session)
    for path, code in ((first_path, second_code), (second_path, first_code)):
        browser.submit_page(browser.open(path), {"code": code}, expect=422)
    browser.open("/outside/referral", expect=410)


def test_guesses_at_links_keep_nobody_of_the_house_from_signing_in(
    app: Flask, session: Session, agencies: Agencies
) -> None:
    """A hospital's people go out by one address; nor do those who mistype a password close the
    links to who sits beside them."""
    stranger, worker = Browser(app, session), Browser(app, session)
    for number in range(ADDRESS_BLOCK):
        path = f"/outside/{number:043d}"
        stranger.submit_page(stranger.open(path), {"code": "00000000"}, expect=422)
    stranger.submit_page(stranger.open(path), {"code": "00000000"}, expect=429)
    typed = {"username": agencies.worker.username, "password": "sai mật khẩu rồi nhé"}
    for number in range(ADDRESS_BLOCK):
        typed["username"] = f"nobody{number}"
        worker.submit("auth.sign_in", typed, expect=422)
    worker.submit("auth.sign_in", typed, expect=429)


def test_a_token_stands_in_no_log(
    app: Flask, session: Session, agencies: Agencies, caplog: pytest.LogCaptureFixture
) -> None:
    _referral, path, code = linked(session, agencies, "health_care")
    token, formatter = path.rpartition("/")[2], JsonFormatter()
    browser = Browser(app, session)
    with caplog.at_level(logging.DEBUG):
        browser.submit_page(browser.open(path), {"code": "00000000"}, expect=422)
        enter(browser, path, code)
        browser.follow()
    lines = [formatter.format(record) for record in caplog.records]
    assert lines
    events = session.scalars(select(AuditEvent.body)).all()
    assert not [one for one in (*lines, *map(str, events)) if token in one or code in one]
