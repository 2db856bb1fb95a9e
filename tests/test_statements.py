"""No page asks the database more than twelve times, nor oftener when there is more to show."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.reminders.models import ReminderChoice
from tests.browser import Browser
from tests.canaries import fill
from tests.factories import CarerFactory, CaseFactory, ChildFactory, ReportFactory, UserFactory
from tests.matrix import read_matrix
from tests.sql import counted
from tests.tiers import short_for, wide
from tests.world import Place, Relation, World, make_world

MATRIX = read_matrix()
MOST = 12


@pytest.fixture(autouse=True)
def still(session: Session) -> Iterator[None]:
    """However slow the machine: a session that was last seen a minute ago is written again."""
    with time_machine.travel(clock.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def writer(superuser: Engine) -> Iterator[None]:
    """Somebody who writes all the time. The index of names reads again what was written since the
    oldest transaction that is open anywhere on the server, in other databases too: which one that
    is must not depend on what the other worker does meanwhile."""
    with superuser.connect() as connection:
        connection.exec_driver_sql("SELECT pg_current_xact_id()")
        yield


@pytest.fixture
def world(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> World:
    """Whose users have a mailbox and did not say yet whether they want to be mailed."""
    world = make_world(session)
    fill(session, world.mine)
    _another_case(world.mine)
    session.execute(update(User).values(email="canbo@example.vn"))
    session.execute(update(ReminderChoice).values(channels={}))
    session.commit()
    known = app.extensions["settings"]
    monkeypatch.setitem(
        app.extensions, "settings", known.model_copy(update={"mail_url": SecretStr("smtp://a")})
    )
    return world


def _another_case(place: Place) -> None:
    worker = UserFactory(unit=place.unit)
    child = ChildFactory(residence_commune=place.unit.commune_code)
    CarerFactory(child=child)
    CarerFactory(child=child, relation="father")
    report = ReportFactory(taken_by_unit_id=place.unit.id, received_by_id=worker.id)
    CaseFactory(worked_by=place.unit, of_child=child, of_report=report, owner_id=worker.id)


def addresses(
    app: Flask, browser: Browser, world: World, role: Role, method: str
) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of all that answers this role. Of those who print, one: paper takes time."""
    for rule in app.url_map.iter_rules():
        row = MATRIX.get(f"{method} {rule.endpoint}")
        if method not in (rule.methods or ()) or row is None or role not in (row.own or ()):
            continue
        if rule.rule.endswith(".pdf") and role is not _printer(row.own):
            continue
        ids = {**world.ids(Relation.OWN), **row.address}
        yield rule.endpoint, browser._url(rule.endpoint, {n: ids[n] for n in rule.arguments})


def _printer(roles: frozenset[Role]) -> Role:
    return Role.CP_WORKER if Role.CP_WORKER in roles else min(roles)


@pytest.mark.timeout(600)  # every page, four times
@pytest.mark.parametrize(
    ("role", "papers"),
    [(Role.CP_WORKER, False), *(pytest.param(role, True, marks=wide) for role in Role)],
)
def test_a_page_takes_few_statements(
    app: Flask, session: Session, world: World, role: Role, papers: bool
) -> None:
    browser = Browser(app, session).sign_in(world.mine.users[role])
    found = addresses(app, browser, world, role, "GET")
    pages = {endpoint: path for endpoint, path in found if papers or not path.endswith(".pdf")}
    few = {endpoint: statements(browser, path, again=True) for endpoint, path in pages.items()}
    for _ in range(6):
        _another_case(world.mine)
    for endpoint, path in pages.items():
        many = statements(browser, path, again=False)
        assert len(many) <= MOST, f"{endpoint}: {len(many)}\n" + "\n".join(many)
        assert len(many) <= len(few[endpoint]), f"{endpoint}: more rows, more statements"


def statements(browser: Browser, path: str, *, again: bool) -> list[str]:
    """Of the second opening, `again`: what a process keeps is kept from the first one on."""
    if again:
        browser._alone(browser.client.get, path)
    with counted(browser.engine) as seen:
        answer = browser._alone(browser.client.get, path)
    assert answer.status_code in (200, 204, 302, 303, 404, 409)
    return seen


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("role", short_for([Role.CP_WORKER]))
def test_a_refused_form_takes_few_statements(
    app: Flask, session: Session, world: World, role: Role
) -> None:
    """Sent empty, a form is shown again with what is wrong."""
    browser = Browser(app, session)
    for endpoint, path in addresses(app, browser, world, role, "POST"):
        browser.sign_in(world.mine.users[role])
        sent = {"idempotency_key": str(uuid4()), "q": "Nguyễn"}
        with counted(browser.engine) as seen:
            browser._alone(browser.client.post, path, data=sent)
        assert len(seen) <= MOST, f"{endpoint}: {len(seen)}\n" + "\n".join(seen)


def test_statements_are_counted(app: Flask, session: Session, world: World) -> None:
    """The positive control: a statement for each row is seen."""
    browser = Browser(app, session)
    with counted(browser.engine) as seen, browser.engine.connect() as connection:
        for _ in range(MOST + 1):
            connection.exec_driver_sql("SELECT 1")
    assert len(seen) == MOST + 1
