"""The administrator's pages: users, units, invitations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth import accounts, invitations
from app.auth.grants import AccessReason, CaseAccess
from app.auth.invitations import invite, token_of
from app.auth.models import Invitation, Role, Unit, UnitLevel, User, UserSession
from app.auth.services import PendingExpired, hold_sign_in, pending_user
from app.core import clock
from app.core.outbox import OutboxMessage
from tests.auth.conftest import PASSWORD
from tests.auth.test_sign_in import actions, sign_in
from tests.browser import Browser
from tests.factories import TAN_HUNG, CaseFactory, UnitFactory, UserFactory
from tests.sql import counted

Account = Callable[..., User]
NEW_PASSWORD = "mười hai con giáp ăn bánh đa"


@pytest.fixture
def commune(session: Session) -> Unit:
    unit: Unit = UnitFactory(name="Ủy ban nhân dân phường Phố Hiến", short_name="Phố Hiến")
    return unit


@pytest.fixture
def worker(account: Account, commune: Unit) -> User:
    return account(username="hoa.le", name="Lê Thị Hòa", unit=commune)


def new_user(commune: Unit, **changed: object) -> dict[str, object]:
    values = {
        "username": "an.nguyen",
        "name": "Nguyễn Thị An",
        "unit_id": str(commune.id),
        "role": "cp_worker",
    }
    return {**values, **changed}


def shown_link(page: BeautifulSoup) -> str:
    field = page.select_one("#link")
    assert field is not None, "no link on the page"
    return str(field["value"]).removeprefix("http://localhost")


def invited_link(as_admin: Browser, commune: Unit) -> str:
    as_admin.submit("admin.new_user", new_user(commune))
    return shown_link(as_admin.follow())


def test_an_invited_person_sets_a_password_and_signs_in(
    as_admin: Browser, commune: Unit, session: Session, app: object
) -> None:
    link = invited_link(as_admin, commune)
    person = Browser(as_admin._app, session)
    page = person.open(link)
    assert "an.nguyen" in page.text
    person.submit_page(page, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert person.location == "/auth/sign-in"
    sign_in(person, "an.nguyen", NEW_PASSWORD)
    assert actions(session) == [
        "users.changed",
        "users.invited",
        "auth.password_changed",
        "auth.signed_in",
    ]


def test_an_invitation_is_used_once(as_admin: Browser, commune: Unit, session: Session) -> None:
    link = invited_link(as_admin, commune)
    person = Browser(as_admin._app, session)
    page = person.open(link)
    person.submit_page(page, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    person.open(link, expect=410)
    person.submit_page(page, {"password": PASSWORD, "again": PASSWORD}, expect=410)
    sign_in(person, "an.nguyen", NEW_PASSWORD)


def test_an_invitation_ends_after_a_day(as_admin: Browser, commune: Unit, session: Session) -> None:
    link = invited_link(as_admin, commune)
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1), tick=False):
        Browser(as_admin._app, session).open(link, expect=410)


def test_a_newer_invitation_replaces_the_older(
    as_admin: Browser, commune: Unit, session: Session
) -> None:
    first = invited_link(as_admin, commune)
    page = as_admin.open(as_admin._last_path)
    as_admin.submit_page(page, {}, form="form[action$='/invite']")
    second = shown_link(as_admin.follow())
    person = Browser(as_admin._app, session)
    person.open(first, expect=410)
    person.open(second)


def test_a_weak_password_leaves_the_invitation_open(
    as_admin: Browser, commune: Unit, session: Session
) -> None:
    link = invited_link(as_admin, commune)
    person = Browser(as_admin._app, session)
    page = person.open(link)
    weak = "an.nguyen an.nguyen"
    person.submit_page(page, {"password": weak, "again": weak}, expect=422)
    person.submit_page(page, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é", "." * 5000])
def test_a_made_up_invitation_opens_nothing(browser: Browser, session: Session, token: str) -> None:
    browser.open(f"/auth/invitation/{token}", expect=410)


def test_the_link_is_shown_to_who_made_it_for_some_minutes(
    as_admin: Browser, admin: User, commune: Unit, session: Session
) -> None:
    invited_link(as_admin, commune)
    path = as_admin._last_path
    other = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True))
    page = Browser(as_admin._app, session).sign_in(other).open(path)
    assert page.select_one("#link") is None
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert as_admin.sign_in(admin).open(path).select_one("#link") is None


def test_the_database_holds_no_link(as_admin: Browser, commune: Unit, session: Session) -> None:
    link = invited_link(as_admin, commune)
    row = session.scalars(select(Invitation)).one()
    token = link.rpartition("/")[2]
    assert token == invitations.token_of(row.id)
    assert token.encode() not in row.token_hash
    assert session.scalars(select(OutboxMessage)).all() == []  # no mail is set up


def test_a_double_click_makes_one_user(as_admin: Browser, commune: Unit, session: Session) -> None:
    page = as_admin.get("admin.new_user")
    token = page.select_one("main input[name=csrf_token]")
    key = page.select_one("main input[name=idempotency_key]")
    assert token is not None
    assert key is not None
    sent = new_user(commune, csrf_token=token["value"], idempotency_key=key["value"])
    cookies = {name: as_admin.client.get_cookie(name) for name in ("vt", "vt-page")}

    def send(_: int) -> tuple[int, str | None]:
        client = as_admin._app.test_client()
        for name, cookie in cookies.items():
            assert cookie is not None
            client.set_cookie(name, cookie.value)
        answer = Context().run(client.post, "/admin/users/new", data=sent)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(send, range(20)))
    made = session.scalars(select(User).where(User.username == "an.nguyen")).one()
    assert answers == {(303, f"/admin/users/{made.id}")}
    assert len(session.scalars(select(Invitation)).all()) == 1
    assert actions(session).count("users.invited") == 1


def test_the_same_key_with_another_body_is_refused(as_admin: Browser, commune: Unit) -> None:
    page = as_admin.get("admin.new_user")
    as_admin.submit_page(page, new_user(commune))
    as_admin.submit_page(page, new_user(commune, username="other"), expect=422)


@pytest.mark.parametrize("key", ["", "x", "\x00", "1" * 400])
def test_a_form_without_its_key_is_refused(as_admin: Browser, commune: Unit, key: str) -> None:
    as_admin.submit("admin.new_user", new_user(commune, idempotency_key=key), expect=400)


def test_a_corrected_form_comes_with_the_same_key(as_admin: Browser, commune: Unit) -> None:
    page = as_admin.get("admin.new_user")
    as_admin.submit_page(page, new_user(commune, name=""), expect=422)
    as_admin.submit_page(page, new_user(commune))


BAD_USERS = [
    {"username": "An Nguyễn"},
    {"username": "a\x00b"},
    {"username": "x" * 41},
    {"username": "hoa.le"},
    {"username": "HOA.LE"},
    {"name": ""},
    {"name": "a\x00b"},
    {"name": "x" * 3000},
    {"name": "\u202eabc"},
    {"role": "god"},
    {"role": ""},
    {"role": "administrator"},  # a commune has none
    {"unit_id": ""},
    {"unit_id": "x"},
    {"unit_id": "0192f7a4-0000-7000-8000-000000000000"},
    {"email": "not an address"},
    {"email": "a@b.vn\r\nBcc: x@evil.example"},
]


@pytest.mark.parametrize("changed", BAD_USERS, ids=str)
def test_bad_users_get_the_form_back(
    as_admin: Browser, commune: Unit, worker: User, session: Session, changed: dict[str, object]
) -> None:
    page = as_admin.submit("admin.new_user", new_user(commune, **changed), expect=422)
    assert page.select(".error-summary a"), "no summary that leads to the field"
    assert len(session.scalars(select(User)).all()) == 2


def test_a_name_is_kept_composed(as_admin: Browser, commune: Unit, session: Session) -> None:
    as_admin.submit("admin.new_user", new_user(commune, name="  Nguyễn   Thị Ánh "))
    assert session.scalars(select(User.name).where(User.username == "an.nguyen")).one() == (
        "Nguyễn Thị Ánh"
    )


def test_another_role_ends_the_sessions(as_admin: Browser, worker: User, session: Session) -> None:
    theirs = Browser(as_admin._app, session).sign_in(worker)
    theirs.get("auth.profile")
    as_admin.submit("admin.edit_user", {"role": "commune_chair"}, user_id=worker.id)
    theirs.get("auth.profile", expect=302)
    session.refresh(worker)
    assert worker.role is Role.COMMUNE_CHAIR
    body = session.scalars(select(AuditEvent.body)).one()
    assert '"fields":["role"]' in body


def test_who_moves_to_another_unit_leaves_the_assigned_files_behind(
    as_admin: Browser, worker: User, session: Session
) -> None:
    UserFactory(role=Role.COMMUNE_CHAIR, unit_id=worker.unit_id)
    case = CaseFactory()  # of another unit, but this person is assigned to it
    mine = CaseAccess(
        case_id=case.id,
        child_id=case.child_id,
        holder_id=worker.id,
        reason=AccessReason.ASSIGNED,
        since=case.opened_at,
    )
    session.add(mine)
    session.commit()
    Browser(as_admin._app, session).sign_in(worker).get("cases.show", case_id=case.id)
    as_admin.submit("admin.edit_user", {"name": "Lê Thị Hoa"}, user_id=worker.id)
    Browser(as_admin._app, session).sign_in(worker).get("cases.show", case_id=case.id)
    elsewhere = UnitFactory(commune_code=TAN_HUNG)
    as_admin.submit("admin.edit_user", {"unit_id": str(elsewhere.id)}, user_id=worker.id)
    theirs = Browser(as_admin._app, session).sign_in(worker)
    theirs.get("cases.show", case_id=case.id, expect=404)
    theirs.get("people.child", child_id=case.child_id, expect=404)
    session.refresh(mine)
    assert mine.until is not None


def test_another_name_leaves_the_sessions(
    as_admin: Browser, worker: User, session: Session
) -> None:
    theirs = Browser(as_admin._app, session).sign_in(worker)
    as_admin.submit("admin.edit_user", {"name": "Lê Thị Hoa"}, user_id=worker.id)
    theirs.get("auth.profile")


def test_the_username_is_not_changed_by_a_forged_form(
    as_admin: Browser, worker: User, session: Session
) -> None:
    as_admin.submit(
        "admin.edit_user",
        {"username": "other", "password_hash": "x", "is_active": "", "name": "Lê Thị Hoa"},
        user_id=worker.id,
    )
    session.refresh(worker)
    assert (worker.username, worker.is_active) == ("hoa.le", True)
    assert worker.password_hash != "x"


def test_the_second_editor_sees_what_the_first_saved(
    as_admin: Browser, worker: User, session: Session
) -> None:
    stale = as_admin.get("admin.edit_user", user_id=worker.id)
    as_admin.submit("admin.edit_user", {"name": "Lê Thị Hoa"}, user_id=worker.id)
    page = as_admin.submit_page(stale, {"name": "Lê Thị Hoài"}, expect=409)
    conflict = page.select_one(".conflict")
    assert conflict is not None
    assert "Lê Thị Hoa" in conflict.text
    field = page.select_one("#name")
    assert field is not None
    assert field["value"] == "Lê Thị Hoài"
    as_admin.submit_page(page, {})
    session.refresh(worker)
    assert worker.name == "Lê Thị Hoài"


def test_a_disabled_user_is_out_at_once_and_stays_out(
    as_admin: Browser, worker: User, session: Session
) -> None:
    UserFactory(role=Role.COMMUNE_CHAIR, unit_id=worker.unit_id)
    theirs = Browser(as_admin._app, session).sign_in(worker)
    theirs.get("auth.profile")
    page = as_admin.get("admin.user", user_id=worker.id)
    as_admin.submit_page(page, {}, form="form[action$='/disable']")
    theirs.get("auth.profile", expect=302)
    sign_in(theirs, "hoa.le", expect=422)
    as_admin.submit_page(as_admin.follow(), {}, form="form[action$='/enable']")
    sign_in(theirs, "hoa.le")
    assert "users.disabled" in actions(session)


def test_a_reset_ends_password_and_sessions(
    as_admin: Browser, worker: User, session: Session
) -> None:
    theirs = Browser(as_admin._app, session).sign_in(worker)
    page = as_admin.get("admin.user", user_id=worker.id)
    as_admin.submit_page(page, {}, form="form[action$='/reset']")
    link = shown_link(as_admin.follow())
    theirs.get("auth.profile", expect=302)
    sign_in(theirs, "hoa.le", expect=422)
    page = theirs.open(link)
    theirs.submit_page(page, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    sign_in(theirs, "hoa.le", NEW_PASSWORD)


def test_nobody_closes_or_changes_the_own_account(
    as_admin: Browser, admin: User, session: Session
) -> None:
    token = as_admin.get("auth.profile").select_one("input[name=csrf_token]")
    assert token is not None
    for step in ("disable", "reset"):
        sent = {"csrf_token": token["value"], "idempotency_key": str(uuid4())}
        as_admin.post(f"/admin/users/{admin.id}/{step}", sent, expect=409)
    page = as_admin.get("admin.edit_user", user_id=admin.id)
    as_admin.submit_page(page, {"role": "supervisor"}, expect=409)
    session.refresh(admin)
    assert (admin.is_active, admin.role) == (True, Role.ADMINISTRATOR)


def test_the_last_administrator_stays(admin: User, session: Session) -> None:
    with pytest.raises(accounts.LastAdministrator):
        accounts.disable_user(session, None, admin, now=clock.now())
    other = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True))
    accounts.disable_user(session, None, admin, now=clock.now())
    session.flush()
    with pytest.raises(accounts.LastAdministrator):
        accounts.disable_user(session, None, other, now=clock.now())


def test_somebody_in_a_commune_still_opens_what_is_sent_there(
    as_admin: Browser, session: Session, commune: Unit, worker: User
) -> None:
    """The last worker or Chair is neither locked nor moved away; a desk does not count."""
    UserFactory(role=Role.INTAKE, unit=commune)
    page = as_admin.get("admin.user", user_id=worker.id)
    page = as_admin.submit_page(page, {}, form="form[action$='/disable']", expect=409)
    assert "Hãy mời người khác của đơn vị trước" in page.text
    as_admin.submit("admin.edit_user", {"role": "intake"}, user_id=worker.id, expect=409)
    chair = UserFactory(role=Role.COMMUNE_CHAIR, unit=commune)
    as_admin.submit("admin.edit_user", {"role": "intake"}, user_id=worker.id)
    with pytest.raises(accounts.LastOfUnit):
        accounts.disable_user(session, None, chair, now=clock.now())


def test_a_unit_with_open_cases_is_neither_locked_nor_left(
    as_admin: Browser, session: Session, worker: User, admin: User
) -> None:
    province = UnitFactory(commune_code=None, level=UnitLevel.PROVINCE)
    last = UserFactory(unit=province)
    case = CaseFactory(worked_by=province)
    with pytest.raises(accounts.LastOfUnit):
        accounts.disable_user(session, None, last, now=clock.now())
    session.rollback()
    page = as_admin.submit("admin.edit_unit", {"is_active": None}, unit_id=province.id, expect=422)
    assert "1 hồ sơ đang mở" in page.text
    case.is_ended = True
    session.commit()
    accounts.disable_user(session, None, last, now=clock.now())
    assert not last.is_active


def test_two_administrators_cannot_disable_each_other_at_once(
    as_admin: Browser, admin: User, session: Session
) -> None:
    other = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True))
    second = Browser(as_admin._app, session).sign_in(other)
    pages = [
        (as_admin, as_admin.get("admin.user", user_id=other.id)),
        (second, second.get("admin.user", user_id=admin.id)),
    ]

    def send(pair: tuple[Browser, BeautifulSoup]) -> int:
        browser, page = pair
        form = page.select_one("form[action$='/disable']")
        assert form is not None
        token = form.select_one("input[name=csrf_token]")
        assert token is not None
        data = {"csrf_token": token["value"]}
        return int(Context().run(browser.client.post, form["action"], data=data).status_code)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(send, pages))
    active = select(User).where(User.role == Role.ADMINISTRATOR, User.is_active)
    assert len(session.scalars(active).all()) == 1


def test_what_a_user_sees_is_told_in_numbers(
    as_admin: Browser, worker: User, commune: Unit, session: Session
) -> None:
    case = CaseFactory(worked_by=commune)
    page = as_admin.get("admin.user_access", user_id=worker.id)
    tile = page.select_one(".tile")
    assert tile is not None
    assert "1" in tile.text
    assert case.number not in page.text
    assert "Xem người cung cấp thông tin" in page.text
    assert "Phố Hiến" in page.text


def test_a_list_is_filtered_and_paged(as_admin: Browser, commune: Unit) -> None:
    for number in range(5):
        UserFactory(username=f"u{number}", unit=commune)
    page = as_admin.get("admin.users", unit=commune.id, limit=2)
    seen = []
    for _ in range(3):
        seen += [link.text for link in page.select("tbody th a")]
        further = page.select_one("a[rel=next]")
        if further is None:
            break
        page = as_admin.open(str(further["href"]))
    assert seen == ["u0", "u1", "u2", "u3", "u4"]


@pytest.mark.parametrize(
    "query", ["after=x", "limit=0", "limit=x", "limit=-1", "role=god", "unit=1"]
)
def test_a_strange_address_shows_a_list(as_admin: Browser, query: str) -> None:
    as_admin.open(f"/admin/users?{query}")
    as_admin.open(f"/admin/units?{query}")


def test_users_are_found_by_name(as_admin: Browser, worker: User) -> None:
    for typed, count in (("hoa", 1), ("Lê Thị", 1), ("%", 0), ("_", 0), ("zzz", 0)):
        page = as_admin.submit("admin.users", {"q": typed}, form="#user-search", expect=200)
        assert len(page.select("tbody tr")) == count, typed


def test_pages_take_few_statements(as_admin: Browser, worker: User) -> None:
    for number in range(30):
        UserFactory(username=f"u{number}", unit_id=worker.unit_id)
    for path in ("/admin/users", "/admin/units", f"/admin/users/{worker.id}", "/admin/system"):
        with counted(as_admin.engine) as seen:
            as_admin.open(path)
        assert len(seen) <= 4, (path, seen)


def unit_values(**changed: object) -> dict[str, object]:
    values = {
        "name": "Công an phường Phố Hiến",
        "short_name": "CA Phố Hiến",
        "kind": "police",
        "level": "commune",
        "commune_code": "11953",
    }
    return {**values, **changed}


def test_a_unit_is_added_and_edited(as_admin: Browser, session: Session) -> None:
    as_admin.submit("admin.new_unit", unit_values())
    unit = session.scalars(select(Unit).where(Unit.short_name == "CA Phố Hiến")).one()
    as_admin.submit("admin.edit_unit", {"phone": "0221 3 862 113"}, unit_id=unit.id)
    session.refresh(unit)
    assert unit.phone == "0221 3 862 113"
    assert actions(session) == ["units.changed", "units.changed"]


def test_a_deactivated_unit_is_out_at_once(
    app: Flask, session: Session, as_admin: Browser, commune: Unit, worker: User
) -> None:
    inside = Browser(app, session).sign_in(worker)
    invited = token_of(invite(session, worker, created_by=None, now=clock.now(), by_mail=False).id)
    session.commit()
    inside.get("home.index")
    as_admin.submit("admin.edit_unit", {"is_active": None}, unit_id=commune.id)
    inside.get("home.index", expect=302)
    assert session.scalars(
        select(UserSession.ended_at).where(UserSession.user_id == worker.id)
    ).one()
    outside = Browser(app, session)
    right = {"username": worker.username, "password": PASSWORD}
    outside.submit("auth.sign_in", right, expect=422)
    outside.get("auth.invitation", token=invited, expect=410)


def test_also_a_session_that_was_overlooked_reads_nothing(
    session: Session, browser: Browser, commune: Unit, worker: User
) -> None:
    browser.sign_in(worker).get("home.index")
    commune.is_active = False
    session.commit()
    browser.get("home.index", expect=302)


def test_a_sign_in_that_waits_for_its_code_ends_with_the_unit(
    session: Session, commune: Unit, worker: User
) -> None:
    token = hold_sign_in(session, worker, now=clock.now())
    assert pending_user(session, token, clock.now()) == worker
    commune.is_active = False
    session.flush()
    with pytest.raises(PendingExpired):
        pending_user(session, token, clock.now())


@pytest.mark.parametrize(
    ("change", "ends"),
    [({"commune_code": TAN_HUNG}, True), ({"level": "province"}, True), ({"phone": "111"}, False)],
)
def test_what_decides_over_access_ends_the_sessions(
    app: Flask,
    session: Session,
    as_admin: Browser,
    commune: Unit,
    worker: User,
    change: dict[str, str],
    ends: bool,
) -> None:
    inside = Browser(app, session).sign_in(worker)
    as_admin.submit("admin.edit_unit", change, unit_id=commune.id)
    inside.get("home.index", expect=302 if ends else 200)


def test_a_kind_that_does_not_know_the_roles_of_its_people_is_refused(
    session: Session, as_admin: Browser, commune: Unit, worker: User
) -> None:
    page = as_admin.submit("admin.edit_unit", {"kind": "school"}, unit_id=commune.id, expect=422)
    assert "Người làm công tác bảo vệ trẻ em" in page.select_one(".error-summary").text
    worker.role = Role.INTAKE
    session.commit()
    as_admin.submit("admin.edit_unit", {"kind": "school"}, unit_id=commune.id)
    session.refresh(commune)
    assert commune.kind == "school"


def test_nobody_locks_the_own_unit(as_admin: Browser, admin: User) -> None:
    page = as_admin.submit(
        "admin.edit_unit", {"is_active": None}, unit_id=admin.unit_id, expect=422
    )
    assert "đơn vị của chính mình" in page.select_one(".error-summary").text


def test_the_second_editor_of_a_unit_loses_nothing(as_admin: Browser, commune: Unit) -> None:
    stale = as_admin.get("admin.edit_unit", unit_id=commune.id)
    as_admin.submit("admin.edit_unit", {"short_name": "PH"}, unit_id=commune.id)
    page = as_admin.submit_page(stale, {"short_name": "P. Hiến"}, expect=409)
    field = page.select_one("#short_name")
    assert field is not None
    assert field["value"] == "P. Hiến"
    as_admin.submit_page(page, {})


BAD_UNITS = [
    {"name": ""},
    {"name": "x" * 300},
    {"name": "Sở\x00Y tế"},
    {"kind": "army"},
    {"level": "planet"},
    {"commune_code": ""},
    {"commune_code": "99999"},
    {"phone": "call me"},
    {"name": "Ủy ban nhân dân phường Phố Hiến"},
]


@pytest.mark.parametrize("changed", BAD_UNITS, ids=str)
def test_bad_units_get_the_form_back(
    as_admin: Browser, commune: Unit, session: Session, changed: dict[str, object]
) -> None:
    page = as_admin.submit("admin.new_unit", unit_values(**changed), expect=422)
    assert page.select(".error-summary a")


def test_reference_pages_name_version_and_citation(as_admin: Browser) -> None:
    page = as_admin.get("admin.reference")
    assert "56/2017/NĐ-CP" in page.text
    for link in page.select("main tbody th a"):
        as_admin.open(str(link["href"]))
    as_admin.open("/admin/reference/lists/no-such", expect=404)


def test_the_system_page_counts_events(as_admin: Browser, session: Session) -> None:
    as_admin.submit("admin.new_unit", unit_values())
    page = as_admin.get("admin.system")
    tiles = {tile.text.strip() for tile in page.select(".tile")}
    assert "1sự kiện trong nhật ký" in tiles
