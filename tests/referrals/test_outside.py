"""A body without an account: slip, one-time link, what it sees, and every wrong way in."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import CaseAccess
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.core import clock
from app.people.models import Child
from app.referrals.enums import ReferralState, StepKind
from app.referrals.errors import HasAccount, ReferralChanged
from app.referrals.models import OutsideLink, Referral
from app.referrals.queries.referral import steps_of
from app.referrals.rules import rules
from app.referrals.services import links, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import Cage
from tests.referrals.story import Agencies, make_agencies, send, whole

BODY = "Trung tâm thiện nguyện Ánh Dương"


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def referral(session: Session, agencies: Agencies) -> Referral:
    """Sent to a body without an account, with family beside identity."""
    over = {"to_unit_id": None, "to_body": BODY, "sections": ("identity", "family")}
    [sent] = send(session, agencies, "health_care", **over)
    return sent


Made = tuple[str, str]


def make(session: Session, agencies: Agencies, referral: Referral) -> Made:
    """(path of the link, its code)."""
    made = links.make_link(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, referral, agencies.worker),
        now=clock.now(),
    )
    session.commit()
    return f"/outside/{links.token_of(made.link.id)}", made.code


@pytest.fixture
def made(session: Session, agencies: Agencies, referral: Referral) -> Made:
    return make(session, agencies, referral)


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    return Browser(app, session)


@pytest.fixture
def outsider(app: Flask, session: Session) -> Browser:
    return Browser(app, session)


def enter(
    browser: Browser, made: Made, code: str | None = None, expect: int = 303
) -> BeautifulSoup:
    path, right = made
    data: dict[str, object] = {"code": code or right}
    return browser.submit_page(browser.open(path), data, expect=expect)


def shown(browser: Browser, expect: int = 200) -> BeautifulSoup:
    return browser.open("/outside/referral", expect=expect)


def press(browser: Browser, page: BeautifulSoup, action: str, expect: int = 303) -> BeautifulSoup:
    who = {"name": "Lê Thị Hoa, điều phối", "phone": "0912 000 111"}
    return browser.submit_page(page, who, form=f'main form[action^="{action}"]', expect=expect)


def step(browser: Browser, path: str, data: dict[str, object], expect: int = 303) -> BeautifulSoup:
    return browser.submit_page(browser.open(path), data, expect=expect)


def refused(session: Session) -> list[str]:
    """The outcomes of what was refused, oldest first."""
    events = session.scalars(
        select(AuditEvent.body)
        .where(AuditEvent.action == AuditAction.LINK_CHANGED, AuditEvent.outcome == "denied")
        .order_by(AuditEvent.id)
    )
    return [json.loads(body)["data"]["outcome"] for body in events]


# --- the whole way


def test_it_accepts_meets_helps_and_tells_the_outcome(
    session: Session, referral: Referral, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    page = outsider.follow()
    assert "Nguyễn" not in page.text, "before the answer no name"
    assert referral.number in page.text and "tuổi" in page.text
    press(outsider, page, "/outside/accept")
    page = outsider.follow()
    assert "Minh Anh" in page.text, "identity goes"
    when = clock.local(clock.now())
    moment = {"happened_at": [f"{when:%d/%m/%Y}", f"{when:%H:%M}"]}
    step(outsider, "/outside/contact", {**moment, "note": "Đã đến nhà"}, expect=303)
    step(outsider, "/outside/deliver", {**moment, "note": "Đã khám tại nhà"})
    step(outsider, "/outside/complete", {"outcome": "met", "note": "Em đã đỡ đau"})
    page = outsider.follow()
    assert "Em đã đỡ đau" in page.text and "Minh Anh" in page.text, "open for some days more"
    assert session.get_one(Referral, referral.id).state is ReferralState.COMPLETED
    kinds = set(session.scalars(select(CaseEvent.kind)))
    assert {
        EventKind.REFERRAL_OPENED,
        EventKind.REFERRAL_ACCEPTED,
        EventKind.REFERRAL_CONTACTED,
        EventKind.REFERRAL_DELIVERED,
        EventKind.REFERRAL_COMPLETED,
    } <= kinds
    assert session.scalar(select(CaseAccess.holder_id).where(CaseAccess.reason == "referral")) == (
        session.scalar(select(OutsideLink.id))
    )


def test_who_opens_a_file_says_who_they_are_and_the_link_lasts_until_the_work_is_due(
    session: Session, agencies: Agencies, referral: Referral, made: Made, outsider: Browser,
    browser: Browser,
) -> None:  # fmt: skip
    enter(outsider, made)
    page = outsider.follow()
    assert "dùng được đến" in page.text and "các phần sẽ mở: Nhân thân" in page.text
    nameless = outsider.submit_page(page, {}, form="#accept", expect=422)
    assert "Ghi họ tên" in nameless.text and "Minh Anh" not in nameless.text
    press(outsider, nameless, "/outside/accept")
    slip = browser.sign_in(agencies.worker).get("referrals.show", referral_id=referral.id)
    assert slip.text.count("Lê Thị Hoa, điều phối · 0912 000 111") == 2  # who it is, the history
    supervisor = browser.sign_in(agencies.story.supervisor)
    assert "Lê Thị Hoa" not in supervisor.get("referrals.show", referral_id=referral.id).text
    when = clock.local(clock.now())
    moment = {"happened_at": [f"{when:%d/%m/%Y}", f"{when:%H:%M}"]}
    step(outsider, "/outside/contact", {**moment, "note": "Đã đến nhà"})
    found = whole(session, referral, agencies.worker)
    link = session.scalars(select(OutsideLink)).one()
    assert found.outcome_due_at is not None and link.expires_at >= found.outcome_due_at
    step(outsider, "/outside/complete", {"outcome": "partly", "note": "Còn cần khám lại"})
    assert "Đáp ứng một phần" in shown(outsider).text


def test_until_a_link_or_a_slip_is_made_it_is_said_that_nobody_has_it(
    session: Session, agencies: Agencies, referral: Referral, browser: Browser
) -> None:
    browser.sign_in(agencies.worker)
    page = browser.get("referrals.show", referral_id=referral.id)
    assert "chưa đến tay họ" in page.select_one("#now").text and "Chưa giao" in page.text
    assert page.select_one("#now a.btn-primary")["href"].endswith(f"{referral.id}/link")
    assert "Chưa giao" in browser.get("referrals.of_case", case_id=agencies.case.id).text
    for _again in range(2):
        browser.client.get(f"/referrals/{referral.id}/slip.pdf")
    page = browser.get("referrals.show", referral_id=referral.id)
    assert "chưa đến tay họ" not in page.text and "Chưa giao" not in page.text
    assert page.text.count("In phiếu ") >= 1
    printed = [one.kind for one in steps_of(session, referral, with_words=False)]
    assert printed.count(StepKind.PRINTED) == 1


def test_it_asks_reads_the_answer_and_declines(
    session: Session, agencies: Agencies, referral: Referral, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    step(outsider, "/outside/ask", {"question": "Em có đi lại được không?"})
    sender.reply_information(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, referral, agencies.worker),
        answer="Em đi lại bình thường",
        now=clock.now(),
    )
    session.commit()
    assert "Em đi lại bình thường" in shown(outsider).text
    step(outsider, "/outside/decline", {"code": "not_ours", "note": "Không khám nhi"}, expect=422)
    step(outsider, "/outside/decline", {"code": "no_capacity", "note": "Hết chỗ"})
    assert session.get_one(Referral, referral.id).decline_code == "no_capacity"
    page = shown(outsider)
    assert page.select_one('form[action^="/outside/accept"]') is None
    assert "Em đi lại bình thường" not in page.text, "what was written closes with the answer"


def test_a_double_click_accepts_once(session: Session, made: Made, outsider: Browser) -> None:
    enter(outsider, made)
    page = outsider.follow()
    press(outsider, page, "/outside/accept")
    press(outsider, page, "/outside/accept")
    granted = select(CaseAccess.id).where(CaseAccess.reason == "referral")
    assert len(session.scalars(granted).all()) == 1


def test_a_form_without_its_token_does_nothing(
    session: Session, referral: Referral, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    page = outsider.follow()
    key = page.select_one('form[action^="/outside/accept"] [name=idempotency_key]')
    assert key is not None
    outsider.post("/outside/accept", {"idempotency_key": key["value"]}, expect=400)
    assert session.get_one(Referral, referral.id).state is ReferralState.OPENED


# --- wrong ways in


def bare(page: BeautifulSoup, path: str) -> str:
    """The page without what is new on each."""
    for token in page.select("[name=csrf_token]"):
        token["value"] = ""
    return str(page).replace(path, "/outside/x")


Spoil = Callable[[Session, OutsideLink, Referral, Agencies], None]


def _nothing(session: Session, link: OutsideLink, referral: Referral, agencies: Agencies) -> None:
    return None


def _expire(session: Session, link: OutsideLink, referral: Referral, agencies: Agencies) -> None:
    link.expires_at = clock.now() - timedelta(minutes=1)


def _end(session: Session, link: OutsideLink, referral: Referral, agencies: Agencies) -> None:
    link.ended_at = clock.now()


def _kill(session: Session, link: OutsideLink, referral: Referral, agencies: Agencies) -> None:
    link.tries = rules().access.link_tries


def _recall(session: Session, link: OutsideLink, referral: Referral, agencies: Agencies) -> None:
    sender.recall_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, referral, agencies.worker),
        reason="Gửi nhầm",
        now=clock.now(),
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(_expire, "dead"), (_end, "dead"), (_kill, "dead"), (_recall, "closed")],
)
def test_the_right_code_of_a_dead_link_is_answered_as_a_guess(
    app: Flask,
    session: Session,
    agencies: Agencies,
    referral: Referral,
    made: Made,
    spoil: Spoil,
    why: str,
) -> None:
    link = session.scalars(select(OutsideLink)).one()
    spoil(session, link, referral, agencies)
    session.commit()
    guessed = (f"/outside/{'A' * 43}", "12345678")
    right = made[1]
    one, other = Browser(app, session), Browser(app, session)
    first, second = enter(one, made, expect=422), enter(other, guessed, right, expect=422)
    assert bare(first, made[0]) == bare(second, guessed[0])
    assert bare(one.open(made[0]), made[0]) == bare(other.open(guessed[0]), guessed[0])
    shown(one, expect=410)
    assert refused(session) == [why, "guessed"]


def test_a_wrong_code_looks_as_a_guess_and_is_counted(
    app: Flask, session: Session, made: Made
) -> None:
    one, other = Browser(app, session), Browser(app, session)
    guessed = (f"/outside/{'A' * 43}", "")
    first, second = enter(one, made, "00000000", 422), enter(other, guessed, "00000000", 422)
    assert bare(first, made[0]) == bare(second, guessed[0])
    assert session.scalars(select(OutsideLink.tries)).one() == 1
    assert refused(session) == ["wrong_code", "guessed"]


def test_too_many_wrong_codes_kill_the_link(
    session: Session, made: Made, outsider: Browser
) -> None:
    most = rules().access.link_tries
    for _ in range(most):
        enter(outsider, made, "00000000", expect=422)
    with time_machine.travel(clock.now() + timedelta(hours=2)):  # no wait holds it back
        enter(outsider, made, expect=422)
    shown(outsider, expect=410)
    assert refused(session) == ["wrong_code"] * most + ["dead"]


def test_guesses_wait_whether_or_not_there_is_such_a_link(
    app: Flask, session: Session, made: Made
) -> None:
    for path in (made[0], f"/outside/{'B' * 43}"):
        browser = Browser(app, session)
        for _ in range(5):
            enter(browser, (path, ""), "00000000", expect=422)
        enter(browser, (path, ""), "00000000", expect=429)


def test_a_second_browser_is_refused_and_the_first_goes_on(
    app: Flask, session: Session, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    stranger = Browser(app, session)
    enter(stranger, made, expect=422)
    shown(stranger, expect=410)
    assert refused(session) == ["other_browser"]
    shown(outsider)


def test_the_code_is_asked_again_after_half_an_hour_in_the_same_browser(
    session: Session, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    shown(outsider)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        shown(outsider, expect=410)
        enter(outsider, made)
        shown(outsider)
        outsider._alone(outsider.client.post, "/outside/leave")
        shown(outsider, expect=410)
        enter(outsider, made)
    assert session.scalars(select(OutsideLink.tries)).one() == 0


def test_the_address_alone_and_a_forged_cookie_open_nothing(
    app: Flask, session: Session, made: Made, outsider: Browser
) -> None:
    outsider.open(made[0])
    shown(outsider, expect=410)
    outsider.client.set_cookie("vt-outside", "forged.value")
    shown(outsider, expect=410)


@pytest.mark.parametrize("spoil", [_expire, _end, _kill, _recall])
def test_what_ends_the_link_closes_the_open_page_at_once(
    session: Session,
    agencies: Agencies,
    referral: Referral,
    made: Made,
    outsider: Browser,
    spoil: Spoil,
) -> None:
    enter(outsider, made)
    page = outsider.follow()
    press(outsider, page, "/outside/accept")
    spoil(session, session.scalars(select(OutsideLink)).one(), referral, agencies)
    session.commit()
    assert "Minh Anh" not in shown(outsider, expect=410).text
    outsider.open("/outside/complete", expect=410)


def test_an_answer_to_a_recalled_referral_is_not_taken(
    session: Session, agencies: Agencies, referral: Referral, made: Made, outsider: Browser
) -> None:
    enter(outsider, made)
    page = outsider.follow()
    _recall(session, session.scalars(select(OutsideLink)).one(), referral, agencies)
    session.commit()
    press(outsider, page, "/outside/accept", expect=410)
    assert session.get_one(Referral, referral.id).state is ReferralState.RECALLED


def test_a_closed_packet_shows_no_word_of_it(
    session: Session, made: Made, outsider: Browser
) -> None:
    """The consent was withdrawn, or the days after the outcome are over."""
    enter(outsider, made)
    press(outsider, outsider.follow(), "/outside/accept")
    step(outsider, "/outside/complete", {"outcome": "met", "note": "Xong rồi"})
    access = session.scalars(select(CaseAccess).where(CaseAccess.reason == "referral")).one()
    access.until = clock.now()
    session.commit()
    page = shown(outsider)
    assert "Minh Anh" not in page.text and "Xong rồi" not in page.text


# --- the code lives for minutes


def test_a_code_opens_for_minutes_and_then_another_one_is_asked_for(
    browser: Browser,
    app: Flask,
    session: Session,
    agencies: Agencies,
    referral: Referral,
    made: Made,
    outsider: Browser,
) -> None:
    minutes = rules().access.code_minutes
    with time_machine.travel(clock.now() + timedelta(minutes=minutes, seconds=1)):
        enter(outsider, made, expect=422)
        assert refused(session) == ["late_code"]
        browser.sign_in(agencies.worker)
        page = browser.submit(
            "outside.link", {}, form="#code-form", expect=200, referral_id=referral.id
        )
        assert f"Mã mở được trong {minutes} phút." in page.text
        shown_code = page.select_one(".secret code")
        assert shown_code is not None
        code = shown_code.text.replace(" ", "")
        enter(outsider, made, expect=422)  # the old one
        enter(outsider, made, code)  # at the address that was printed before
        shown(outsider)
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        enter(outsider, made, code)  # the browser is known: its person knows the code
        enter(Browser(app, session), made, code, expect=422)


def test_there_is_no_new_code_without_a_link_that_runs(
    browser: Browser, session: Session, agencies: Agencies, referral: Referral
) -> None:
    whole_one = whole(session, referral, agencies.worker)
    with pytest.raises(ReferralChanged):
        links.renew_code(
            session, actor=actor_of(agencies.worker), referral=whole_one, now=clock.now()
        )
    page = browser.sign_in(agencies.worker).get("outside.link", referral_id=referral.id)
    assert page.select_one("#code-form") is None


# --- a new link


def test_a_new_link_ends_the_old_one_and_takes_the_packet_along(
    app: Flask,
    session: Session,
    agencies: Agencies,
    referral: Referral,
    made: Made,
    outsider: Browser,
) -> None:
    enter(outsider, made)
    press(outsider, outsider.follow(), "/outside/accept")
    again = make(session, agencies, referral)
    shown(outsider, expect=410)
    enter(outsider, made, expect=422)
    newcomer = Browser(app, session)
    enter(newcomer, again)
    assert "Minh Anh" in newcomer.follow().text


def test_the_code_is_shown_once_and_kept_nowhere(
    browser: Browser, session: Session, agencies: Agencies, referral: Referral, superuser: Engine
) -> None:
    browser.sign_in(agencies.worker)
    page = browser.submit(
        "outside.link", {}, form="#link-form", expect=200, referral_id=referral.id
    )
    shown_code = page.select_one(".secret code")
    assert shown_code is not None
    code = shown_code.text.replace(" ", "")
    assert re.fullmatch(r"\d{8}", code)
    assert browser.get("outside.link", referral_id=referral.id).select_one(".secret") is None
    tables = ("outside_links", "audit_events", "idempotency_keys", "referral_steps")
    with superuser.connect() as connection:
        for table in tables:
            rows = connection.scalars(text(f"SELECT t::text FROM {table} t")).all()
            assert not [row for row in rows if code in row], table
    token = links.token_of(session.scalars(select(OutsideLink.id)).one())
    enter(Browser(browser._app, session), (f"/outside/{token}", code))


def test_a_unit_with_an_account_and_an_ended_referral_have_no_link(
    session: Session, agencies: Agencies, referral: Referral
) -> None:
    [inside] = send(session, agencies, "psychology")
    with pytest.raises(HasAccount):
        make(session, agencies, inside)
    session.rollback()
    _recall(session, None, referral, agencies)  # type: ignore[arg-type]
    session.commit()
    with pytest.raises(ReferralChanged):
        make(session, agencies, referral)


# --- the slip


def slip_of(browser: Browser, referral: Referral, query: str = "") -> str:
    path = f"/referrals/{referral.id}/slip.pdf{query}"
    answer = browser._alone(browser.client.get, path)
    assert answer.mimetype == "application/pdf"
    pages = PdfReader(BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_slip_has_what_is_needed_and_no_name(
    browser: Browser, agencies: Agencies, referral: Referral, made: Made
) -> None:
    browser.sign_in(agencies.worker)
    printed = slip_of(browser, referral)
    assert "PHIẾU CHUYỂN GỬI" in printed and referral.number in printed and BODY in printed
    assert "Khám, chữa bệnh" in printed and "Gấp" in printed
    assert "Minh Anh" not in printed and made[1] not in printed
    assert made[0].rpartition("/")[2] in printed.replace(" ", "")
    assert "Minh Anh" in slip_of(browser, referral, "?named=1")


def test_no_name_on_the_slip_where_identity_does_not_go(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    over = {"to_unit_id": None, "to_body": BODY, "sections": ("family",)}
    [sent] = send(session, agencies, "health_care", **over)
    assert "Minh Anh" not in slip_of(browser.sign_in(agencies.worker), sent, "?named=1")


# --- nothing leaks


def test_no_word_of_the_file_but_the_granted_ones(
    session: Session, agencies: Agencies, referral: Referral, made: Made, outsider: Browser
) -> None:
    """Canaries in every section of the report and the child: before the answer none, after it
    those of identity and family."""
    cage, case_id = Cage(), agencies.case.id
    child = (
        session.scalars(
            select(Child).join(Case, Case.child_id == Child.id).where(Case.id == case_id)
        )
        .unique()
        .one()
    )
    cage.fill(child)
    session.commit()
    enter(outsider, made)
    page = outsider.follow()
    squeezed = re.sub(r"\s+", "", page.text)
    assert not [c.where for c in cage.canaries if c.is_in(squeezed)]
    press(outsider, page, "/outside/accept")
    page = outsider.follow()
    squeezed = re.sub(r"\s+", "", page.text)
    seen = {c.section.value for c in cage.canaries if c.is_in(squeezed)}
    assert seen == {"identity"}
    links_and_titles = [str(tag.get("href") or tag.get("action")) for tag in page.select("a, form")]
    links_and_titles.append(page.title.text if page.title else "")
    assert not [c.where for c in cage.canaries for one in links_and_titles if c.is_in(one)]


def test_headers_keep_the_address_to_itself(outsider: Browser, made: Made) -> None:
    outsider.open(made[0])
    assert outsider.response is not None
    headers = outsider.response.headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    enter(outsider, made)
    cookie = next(
        value for value in outsider.response.headers.getlist("Set-Cookie") if "outside" in value
    )
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
