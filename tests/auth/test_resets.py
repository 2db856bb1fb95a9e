"""A lost phone: one person asks, another agrees, and only then anything changes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth import resets
from app.auth.factor_models import (
    Check,
    FactorReset,
    OwnReset,
    Passkey,
    RecoveryCode,
    ResetAlreadyDecided,
)
from app.auth.models import Invitation, Role, User, UserSession
from app.core import clock
from app.core.outbox import OutboxMessage
from tests.actors import actor_of
from tests.auth.test_passkeys import add, token_of
from tests.auth.test_second_factor import with_factor
from tests.auth.test_sign_in import sign_in
from tests.auth.test_step_up import let_time_pass
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory

Account = Callable[..., User]


@pytest.fixture
def lost(account: Account, session: Session, app: object) -> User:
    """A worker who had everything, and lost the phone."""
    user = with_factor(session, account(username="mat.may", email="mat.may@example.vn"))
    browser = Browser(app, session)  # type: ignore[arg-type]
    sign_in(browser, "mat.may")
    add(browser)
    page = browser.get("auth.recovery_codes")
    browser.submit_page(page, {}, form="#codes-form", expect=200)
    return user


@pytest.fixture
def second(browser: Browser, session: Session) -> Browser:
    """Another person with the right: a supervisor."""
    other = Browser(browser._app, session)
    return other.sign_in(UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True)))


def ask(browser: Browser, user: User, *, expect: int = 303) -> None:
    browser.submit("admin.ask_reset", {"checked": "called"}, user_id=user.id, expect=expect)


def decide(browser: Browser, decision: str, *, expect: int = 303) -> None:
    page = browser.get("admin.resets_waiting")
    form = "form[action$='/decide']"
    browser.submit_page(page, {"decision": decision}, form=form, expect=expect)


def left(session: Session, user: User) -> tuple[int, int, bool, bool]:
    session.expire_all()
    return (
        len(session.scalars(select(Passkey).where(Passkey.user_id == user.id)).all()),
        len(session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user.id)).all()),
        user.totp_secret_sealed is not None,
        user.password_hash is not None,
    )


def test_two_people_and_then_an_invitation(
    as_admin: Browser, admin: User, second: Browser, lost: User, session: Session
) -> None:
    ask(as_admin, lost)
    assert left(session, lost) == (1, 10, True, True), "nothing changes yet"
    assert "Chờ người khác duyệt" in as_admin.get("admin.resets_waiting").text
    page = second.get("admin.resets_waiting")
    assert lost.name in page.text and "Gọi lại số điện thoại" in page.text
    decide(second, "approve")
    assert left(session, lost) == (0, 0, False, False)
    assert all(
        one.ended_at for one in session.scalars(select(UserSession)) if one.user_id == lost.id
    )
    invitation = session.scalars(select(Invitation).where(Invitation.user_id == lost.id)).one()
    assert invitation.created_by == admin.id
    assert as_admin.get("admin.user", user_id=lost.id).select_one("#link") is not None
    events = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert {"users.reset_asked", "users.reset_decided", "users.invited"} <= set(events)


def test_who_asked_does_not_agree(as_admin: Browser, lost: User, session: Session) -> None:
    ask(as_admin, lost)
    page = as_admin.get("admin.resets_waiting")
    assert page.select_one("form[action$='/decide']") is None
    reset = session.scalars(select(FactorReset.id)).one()
    form = as_admin.get("admin.user", user_id=lost.id)
    key = form.select_one("input[name=idempotency_key]")
    assert key is not None
    data = {"csrf_token": token_of(page), "idempotency_key": key["value"], "decision": "approve"}
    as_admin.post(f"/admin/factor-resets/{reset}/decide", data, expect=409)
    assert left(session, lost) == (1, 10, True, True)


def test_whom_it_concerns_neither_asks_nor_agrees(
    as_admin: Browser, admin: User, second: Browser, session: Session
) -> None:
    ask(as_admin, admin, expect=409)
    supervisor = session.scalars(select(User).where(User.role == Role.SUPERVISOR)).one()
    ask(as_admin, supervisor)
    reset = session.scalars(select(FactorReset)).one()
    with pytest.raises(OwnReset):
        reset.decide(supervisor.id, approve=True, now=clock.now())
    assert second.get("admin.resets_waiting").select_one("form[action$='/decide']") is None


def test_refused_leaves_everything(
    as_admin: Browser, second: Browser, lost: User, session: Session
) -> None:
    ask(as_admin, lost)
    decide(second, "refuse")
    assert left(session, lost) == (1, 10, True, True)
    assert "Không có yêu cầu nào" in second.get("admin.resets_waiting").text
    ask(as_admin, lost)  # may be asked again


def test_it_is_answered_once_and_within_a_day(
    as_admin: Browser, second: Browser, lost: User, session: Session
) -> None:
    ask(as_admin, lost)
    ask(as_admin, lost, expect=409)
    page = second.get("admin.resets_waiting")
    form = "form[action$='/decide']"
    second.submit_page(page, {"decision": "refuse"}, form=form)
    other = {"decision": "approve", "idempotency_key": "018f0000-0000-7000-8000-000000000001"}
    second.submit_page(page, other, form=form, expect=409)
    assert left(session, lost) == (1, 10, True, True)


def test_after_a_day_it_waits_no_longer(
    as_admin: Browser, admin: User, second: Browser, lost: User, session: Session
) -> None:
    asked = {"user": lost, "checked": Check.LEAD, "now": clock.now()}
    reset = resets.ask_reset(session, actor=actor_of(admin), **asked)  # type: ignore[arg-type]
    session.commit()
    supervisor = session.scalars(select(User.id).where(User.role == Role.SUPERVISOR)).one()
    later = clock.now() + timedelta(hours=24, seconds=1)
    assert resets.waiting_resets(session, later) == []
    with pytest.raises(ResetAlreadyDecided):
        reset.decide(supervisor, approve=True, now=later)


def test_asking_and_agreeing_need_the_password_again(
    as_admin: Browser, second: Browser, lost: User, session: Session
) -> None:
    ask(as_admin, lost)
    page = second.get("admin.resets_waiting")
    let_time_pass(session)
    as_admin.get("admin.ask_reset", user_id=lost.id, expect=303)
    form = "form[action$='/decide']"
    second.submit_page(page, {"decision": "approve"}, form=form, expect=403)
    assert left(session, lost) == (1, 10, True, True)


def test_who_may_answer_and_whom_it_concerns_are_told(
    as_admin: Browser, lost: User, session: Session
) -> None:
    other = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True), email="hai@example.vn")
    ask(as_admin, lost)
    told = {
        (m.payload["user_id"], m.payload["notice"]) for m in session.scalars(select(OutboxMessage))
    }
    assert {(str(lost.id), "reset_asked"), (str(other.id), "reset_waiting")} <= told
