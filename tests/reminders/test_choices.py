"""How one wants to be reminded: what is offered, what is kept, and what then leaves."""

import json
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.models import Role, User, UserSession
from app.cases.models import Case
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, StaleEdit
from app.core.sealed import DataKey
from app.people.models import Child
from app.reminders.models import Channel, DeliveryState, Message, PersonalReminder, ReminderChoice
from app.reminders.rules import rules_of_file
from app.reminders.services.choices import Wishes, wishes_of
from app.reminders.services.messages import Letter
from app.reminders.services.own_choices import (
    ChoiceData,
    change_choice,
    choice_of,
    renew_feed,
)
from app.reminders.services.passes import run_pass
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import CaseFactory, ChildFactory, UnitFactory, UserFactory
from tests.reminders.story import wants_mail

PAGE = "reminder_choices.index"
ASKED = "form[action$='/reminders/choices/mail']"
LIMITS = rules_of_file().limits


@pytest.fixture
def worker(session: Session) -> User:
    return UserFactory(email="canbo@example.vn")


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the operator had set a gateway for SMS."""
    known = app.extensions["settings"]
    monkeypatch.setitem(
        app.extensions, "settings", known.model_copy(update={"sms_url": "https://sms.example.vn"})
    )


def wishes(session: Session, user: User) -> Wishes:
    session.rollback()
    return wishes_of(session, [user.id], LIMITS)[user.id]


def save(session: Session, user: User, **over: object) -> list[str]:
    choice = choice_of(session, user.id)
    data = {
        "channels": {"*": ["mail"]}, "digest_hour": 7, "quiet_from": 21, "quiet_to": 6, **over,
    }  # fmt: skip
    changed = change_choice(
        session,
        actor=actor_of(user),
        data=ChoiceData(**data),  # type: ignore[arg-type]
        expected_version=choice.version if choice else 0,
        now=clock.now(),
    )
    session.commit()
    return changed


def rows(page: BeautifulSoup) -> list[str]:
    return [str(cell.text) for cell in page.select(".ways tbody th")]


@pytest.mark.parametrize(
    ("role", "seen", "unseen"),
    [
        (Role.CP_WORKER, "Thăm trẻ em theo kế hoạch", "Bất đồng chuyển gửi chờ quyết định"),
        (Role.SUPERVISOR, "Bất đồng chuyển gửi chờ quyết định", "Việc giao tại cuộc họp"),
        (Role.AGENCY_OFFICER, "Việc cơ quan khác nhờ", "Phê duyệt kế hoạch"),
        (Role.COMMUNE_CHAIR, "Phê duyệt kế hoạch", "Giấy tờ của trẻ em sắp hết hạn"),
    ],
)
def test_each_role_chooses_for_what_can_reach_it(
    browser: Browser, session: Session, role: Role, seen: str, unseen: str
) -> None:
    page = browser.sign_in(UserFactory(role=role)).get(PAGE)
    assert seen in rows(page) and unseen not in rows(page)
    assert rows(page)[-1] == "Mọi việc khác"


@pytest.fixture
def post_office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the operator had set a mail server."""
    known = app.extensions["settings"]
    monkeypatch.setitem(
        app.extensions, "settings", known.model_copy(update={"mail_url": SecretStr("smtp://a")})
    )


def test_nothing_is_mailed_that_was_not_asked_for_but_danger(
    session: Session, worker: User
) -> None:
    mine = wishes(session, worker)
    assert mine.of("visit", is_urgent=False) == []
    assert mine.of("clock.T_EMERG", is_urgent=True) == [Channel.MAIL]


@pytest.mark.usefixtures("post_office")
@pytest.mark.parametrize(
    "role", [Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.SUPERVISOR, Role.INTAKE, Role.UNIT_LEAD]
)
@pytest.mark.parametrize(("answer", "chosen"), [("1", [Channel.MAIL]), ("0", [])])
def test_one_is_asked_until_one_answers(
    browser: Browser, session: Session, role: Role, answer: str, chosen: list[Channel]
) -> None:
    user = UserFactory(role=role, email="canbo@example.vn")
    browser.sign_in(user)
    pages = ["reminders.index"]
    if role not in (Role.COMMUNE_CHAIR, Role.SUPERVISOR):
        pages.append("home.index")
    asking = [browser.get(page) for page in pages]
    assert all(page.select_one(ASKED) for page in asking)
    browser.submit_page(asking[-1], {"wants": answer}, form=ASKED)
    assert wishes(session, user).of("visit", is_urgent=False) == chosen
    assert not any(browser.get(page).select_one(ASKED) for page in pages)
    ticked = browser.get(PAGE).select("[name=mail][checked]")
    assert bool(ticked) is bool(chosen)


@pytest.mark.usefixtures("post_office")
def test_who_chose_or_has_no_address_is_not_asked(
    browser: Browser, session: Session, worker: User
) -> None:
    page = browser.sign_in(worker).get("home.index")
    save(session, worker, channels={"visit": ["mail"]})
    browser.submit_page(page, {"wants": "0"}, form=ASKED)  # an old page
    assert wishes(session, worker).of("visit", is_urgent=False) == [Channel.MAIL]
    assert browser.get("home.index").select_one(ASKED) is None
    assert browser.sign_in(UserFactory(email=None)).get("home.index").select_one(ASKED) is None


def test_without_a_mail_server_nobody_is_asked(browser: Browser, worker: User) -> None:
    assert browser.sign_in(worker).get("home.index").select_one(ASKED) is None


@pytest.mark.usefixtures("post_office")
def test_an_address_for_the_calendar_is_no_answer(
    browser: Browser, session: Session, worker: User
) -> None:
    renew_feed(session, actor=actor_of(worker), now=clock.now())
    session.commit()
    assert browser.sign_in(worker).get("home.index").select_one(ASKED) is not None


def test_danger_is_not_to_be_chosen(browser: Browser, worker: User) -> None:
    page = browser.sign_in(worker).get(PAGE)
    always = page.select_one(".always")
    assert always is not None and "Can thiệp khẩn cấp trong 12 giờ" in always.text
    assert "Can thiệp khẩn cấp trong 12 giờ" not in rows(page)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_who_is_never_reminded_chooses_nothing(browser: Browser, role: Role) -> None:
    page = browser.sign_in(UserFactory(role=role)).get(PAGE)
    assert page.select_one("main form") is None and "không có việc nào" in page.text


def test_what_was_chosen_is_kept_and_counts(
    browser: Browser, session: Session, worker: User
) -> None:
    browser.sign_in(worker)
    chosen = {"mail": ["visit"], "digest_hour": "17", "quiet_from": "20", "quiet_to": "7"}
    browser.submit(PAGE, chosen)
    page = browser.follow()
    checked = {str(one["value"]) for one in page.select("[name=mail][checked]")}
    assert checked == {"visit"} and "Đã lưu" in page.text
    mine = wishes(session, worker)
    assert (mine.digest_hour, mine.quiet_from, mine.quiet_to) == (17, 20, 7)
    assert mine.of("visit", is_urgent=False) == [Channel.MAIL]
    assert mine.of("review", is_urgent=False) == [] == mine.of("unheard of", is_urgent=False)
    assert mine.of("clock.T_EMERG", is_urgent=True) == [Channel.MAIL]


def test_the_log_has_the_names_of_what_changed_and_no_value(session: Session, worker: User) -> None:
    assert save(session, worker, has_phone=True, phone="0912 345 678") == [
        *("channels", "digest_hour", "quiet_from", "quiet_to", "phone"),
    ]
    assert save(session, worker, digest_hour=9) == ["digest_hour"]
    assert save(session, worker, digest_hour=9) == []
    kept = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == AuditAction.REMINDER_CHOICE_CHANGED)
        .order_by(AuditEvent.id)
    ).all()
    bodies = [json.loads(event.body)["data"] for event in kept]
    assert len(bodies) == 2 and bodies[1] == {"fields": ["digest_hour"]}
    assert "345678" not in repr(bodies)


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("typed", "number"),
    [("0912 345 678", "+84912345678"), ("+84 35-123.4567", "+84351234567"), ("", None)],
)
def test_a_number_is_kept_as_a_gateway_wants_it_and_sealed(
    browser: Browser, session: Session, worker: User, typed: str, number: str | None
) -> None:
    browser.sign_in(worker).submit(PAGE, {"phone": typed, "sms": ["visit"]})
    choice = session.scalars(select(ReminderChoice)).one()
    assert choice.phone == number
    stored = session.execute(text("SELECT reminder_choices::text FROM reminder_choices")).scalar()
    assert "912345678" not in str(stored)
    assert wishes(session, worker).of("visit", is_urgent=False) == ([Channel.SMS] if number else [])


@pytest.mark.usefixtures("gateway")
def test_another_number_asks_who_sits_here_and_other_choices_do_not(
    browser: Browser, session: Session, worker: User
) -> None:
    browser.sign_in(worker).submit(PAGE, {"phone": "0912 345 678", "sms": ["visit"]})
    session.execute(update(UserSession).values(confirmed_at=clock.now() - timedelta(minutes=6)))
    session.commit()
    browser.submit(PAGE, {"digest_hour": "17"})
    asked = browser.submit(PAGE, {"phone": "0987 654 321"}, expect=403)
    assert asked.select_one("#confirm-form") is not None
    assert session.scalars(select(ReminderChoice)).one().phone == "+84912345678"


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    "typed",
    [
        "12345",
        "0221 3861 113",
        "+1 202 555 0100",
        "0912345678\nBcc: x@y.vn",
        "０９１２３４５６７８x",
    ],
)
def test_what_is_no_mobile_number_is_refused_and_stays_typed(
    browser: Browser, session: Session, worker: User, typed: str
) -> None:
    page = browser.sign_in(worker).submit(PAGE, {"phone": typed}, expect=422)
    field = page.select_one("[name=phone]")
    assert field is not None and field["value"] and page.select_one("#phone-error")
    assert session.scalars(select(ReminderChoice)).all() == []


def test_without_a_gateway_nobody_is_asked_and_what_was_said_stays(
    browser: Browser, session: Session, worker: User
) -> None:
    save(session, worker, has_phone=True, phone="0912345678", channels={"visit": ["sms"]})
    page = browser.sign_in(worker).get(PAGE)
    assert page.select_one("[name=phone]") is None and page.select_one("[name=sms]") is None
    browser.submit(PAGE, {"mail": ["visit"]})
    choice = session.scalars(select(ReminderChoice)).one()
    assert choice.phone == "+84912345678" and sorted(choice.channels["visit"]) == ["mail", "sms"]


def test_two_tabs_the_second_sees_what_the_first_saved(
    browser: Browser, session: Session, worker: User
) -> None:
    stale = browser.sign_in(worker).get(PAGE)
    browser.submit(PAGE, {"digest_hour": "17"})
    page = browser.submit_page(stale, {"digest_hour": "9"}, expect=409)
    assert "17:00" in page.select_one(".conflict").text  # type: ignore[union-attr]
    chosen = page.select_one("[name=digest_hour] option[selected]")
    assert chosen is not None and chosen["value"] == "9"
    browser.submit_page(page, {})
    assert session.scalars(select(ReminderChoice.digest_hour)).one() == 9


def test_a_service_refuses_a_stale_version_and_a_number_of_nobody(
    session: Session, worker: User
) -> None:
    data = ChoiceData({}, 7, 21, 6, has_phone=True, phone="1")
    now, actor = clock.now(), actor_of(worker)
    with pytest.raises(InvalidInput):
        change_choice(session, actor=actor, data=data, expected_version=0, now=now)
    with pytest.raises(StaleEdit):
        change_choice(
            session, actor=actor, data=ChoiceData({}, 7, 21, 6), expected_version=3, now=now
        )


def test_a_double_click_saves_once(browser: Browser, session: Session, worker: User) -> None:
    page = browser.sign_in(worker).get(PAGE)
    browser.submit_page(page, {"digest_hour": "17"})
    browser.submit_page(page, {"digest_hour": "17"})
    assert session.scalars(select(ReminderChoice.version)).one() == 2


@pytest.mark.parametrize("field", ["digest_hour", "quiet_from", "mail"])
def test_what_the_page_does_not_offer_is_refused(
    browser: Browser, session: Session, worker: User, field: str
) -> None:
    browser.sign_in(worker).submit(PAGE, {field: "24"}, expect=422)
    assert session.scalars(select(ReminderChoice)).all() == []


@pytest.mark.parametrize(
    ("quiet", "hour", "expected"),
    [
        ((21, 6), 22, 6), ((21, 6), 5, 6), ((21, 6), 6, None), ((21, 6), 20, None),
        ((12, 14), 13, 14), ((12, 14), 14, None), ((0, 0), 3, None), ((7, 7), 7, None),
    ],
)  # fmt: skip
def test_quiet_hours(quiet: tuple[int, int], hour: int, expected: int | None) -> None:
    """Two equal hours are no quiet time; danger comes at any hour."""
    mine = Wishes({}, 7, *quiet, has_mail=True, has_phone=True, has_push=False)
    now = clock.local(clock.now()).replace(hour=hour, minute=30)
    after = mine.send_after(Channel.SMS, now, is_urgent=False)
    if expected is None:
        assert after == now
    else:
        assert clock.local(after).hour == expected and timedelta(0) < after - now < timedelta(1)
    assert mine.send_after(Channel.SMS, now, is_urgent=True) == now


def set_for(session: Session, user: User, case: Case, due_at: datetime) -> None:
    key = session.scalars(select(DataKey).join(Child).where(Child.id == case.child_id)).one()
    session.add(
        PersonalReminder(
            key=key, case_id=case.id, user_id=user.id, text="Gọi cho trường",
            created_at=due_at - timedelta(days=1), due_at=due_at,
        )
    )  # fmt: skip
    session.commit()


@pytest.mark.wide
@pytest.mark.parametrize(("hour", "leaves"), [(14, 14), (22, 6), (5, 6)])
def test_what_one_set_for_oneself_is_mailed_at_its_time_and_the_digest_stays_where_it_is(
    session: Session, hour: int, leaves: int
) -> None:
    """Quiet hours hold. What waits for the digest of seven does not go along."""
    start = (clock.local(clock.now()) + timedelta(days=2)).replace(hour=hour, minute=10, second=0)
    unit = UnitFactory()
    worker = UserFactory(unit=unit, email="canbo@example.vn")
    wants_mail(session, worker)
    case = CaseFactory(worked_by=unit, of_child=ChildFactory(), owner_id=worker.id)
    set_for(session, worker, case, start)
    case.next_visit_at = start - timedelta(minutes=5)
    session.commit()
    sent: list[tuple[int, set[str]]] = []
    for step in range(27):
        now = start + timedelta(hours=step) - timedelta(minutes=0 if step == 0 else 5)

        def carry(_session: Session, letter: Letter, now: datetime = now) -> None:
            sent.append((clock.local(now).hour, {line.kind for line in letter.lines}))

        run_pass(db.sessionmaker, {Channel.MAIL: carry}, now)
    assert sent[0] == (leaves, {"personal"})
    assert [hour for hour, kinds in sent if "visit" in kinds] == [7], sent
    assert sum("personal" in kinds for _hour, kinds in sent) == 1


def test_steps_that_an_administrator_sets_leave_it_at_its_time() -> None:
    kind = rules_of_file().kind("personal")
    changed = kind.with_steps([{"before": 1, "whom": ["self"]}])
    assert changed.at_once and changed.steps != kind.steps and changed.words == kind.words


def a_mail(session: Session, user: User, state: DeliveryState, error: str | None = None) -> None:
    now = clock.now()
    session.add(
        Message(
            user_id=user.id, channel=Channel.MAIL, is_urgent=False, state=state, attempts=1,
            created_at=now, try_at=now, error=error,
        )
    )  # fmt: skip
    session.commit()


def test_a_refused_address_is_said_until_a_mail_was_taken(
    browser: Browser, session: Session, worker: User
) -> None:
    browser.sign_in(worker)
    a_mail(session, worker, DeliveryState.DEAD, "data 554")
    assert "bị từ chối" not in browser.get(PAGE).text
    a_mail(session, worker, DeliveryState.DEAD, "rcpt 550")
    text_now = browser.get(PAGE).text
    assert "bị từ chối" in text_now and "Báo người quản trị" in text_now
    a_mail(session, worker, DeliveryState.SENT)
    assert "bị từ chối" not in browser.get(PAGE).text


def test_the_account_page_leads_here(browser: Browser, worker: User) -> None:
    page = browser.sign_in(worker).get("auth.profile")
    assert len(page.select("a[href='/reminders/choices']")) == 2
