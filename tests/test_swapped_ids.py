"""Ids of another unit in paths, queries, bodies and hidden fields: no word of its files comes out,
nothing of them changes, and no request fails in a way of ours."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.auth import access
from app.auth.models import Role
from app.cases.models import CaseNumber
from app.core import clock
from tests.browser import Browser, filled_in
from tests.canaries import Cage, fill
from tests.evidence import Evidence
from tests.factories import UnitFactory, UserFactory
from tests.matrix import read_matrix
from tests.test_bad_input import VALID
from tests.test_canaries import squeezed
from tests.test_guards import find_anything
from tests.unlocked import rows_unlocked
from tests.world import PROVINCE, Place, World, make_world

MATRIX = read_matrix()
LOCAL = tuple(role for role in Role if role not in PROVINCE)  # the others walk by themselves
ROUTES = sorted(name for name, row in MATRIX.items() if not row.is_public)
PAPERS = re.compile(r"\.(form0\d|.*pdf)")
SHORT, CHUNK, CHUNKS = 300, 500, 40
Request = tuple[str, str, dict[str, Any]]  # method, address, what is sent


@dataclass
class Sent:
    """What was sent and what came back."""

    requests: int = 0
    answered: int = 0
    leaks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note(self, request: Request, answer: TestResponse, cage: Cage) -> None:
        self.requests += 1
        self.answered += answer.status_code < 400
        said = f"{request[0]} {request[1]}: {answer.status_code}"
        if answer.status_code >= 500:
            self.errors.append(said)
        page = squeezed(answer)
        self.leaks += [f"{said} shows {one.where}" for one in cage.canaries if one.is_in(page)]


class Walker:
    """Somebody of each of these roles of `home`, who sends ids of `abroad`."""

    def __init__(
        self,
        app: Flask,
        session: Session,
        home: Place,
        abroad: Place,
        dice: random.Random,
        roles: Sequence[Role] = LOCAL,
    ) -> None:
        self.app, self.session, self.home, self.dice, self.roles = app, session, home, dice, roles
        self.ids = {name: value for name, value in abroad.ids.items() if isinstance(value, UUID)}
        self.foreign = [*self.ids.values(), abroad.unit.id, *(u.id for u in abroad.users.values())]
        self.names = sorted(self.ids)
        self.rules = {
            f"{method} {rule.endpoint}": rule
            for rule in app.url_map.iter_rules()
            for method in rule.methods or ()
        }
        self.browsers = {role: self._sign_in(role) for role in roles}
        self.forms: dict[tuple[str, Role], dict[str, Any]] = {}

    def _sign_in(self, role: Role) -> Browser:
        return Browser(self.app, self.session).sign_in(self.home.users[role])

    def walk(self, count: int, cage: Cage) -> Sent:
        sent = Sent()
        for _ in range(count):
            role, name = self.dice.choice(self.roles), self._route()
            request = self._request(name, role)
            sent.note(request, self._send(role, request), cage)
        return sent

    def _route(self) -> str:
        """Any; of papers few: they take time."""
        name = self.dice.choice(ROUTES)
        return self._route() if PAPERS.search(name) and self.dice.random() < 0.9 else name

    def _send(self, role: Role, request: Request) -> TestResponse:
        method, path, body = request
        browser = self.browsers[role]
        headers = {"HX-Request": "true"} if self.dice.random() < 0.2 else {}
        answer: TestResponse = browser._alone(
            browser.client.open, path, method=method, data=body, headers=headers
        )
        if answer.status_code in (401, 423) or (answer.location or "").startswith("/auth/"):
            self.browsers[role] = self._sign_in(role)  # it signed itself out, or locked the screen
        self.session.expire_all()
        return answer

    def _request(self, name: str, role: Role) -> Request:
        method = name.split(" ")[0]
        rule = self.rules[name]
        path = self._path(rule, name)
        if self.dice.random() < 0.4:
            path += "?" + "&".join(f"{one}={value}" for one, value in self._extra())
        return method, path, self._body(name, role) if method == "POST" else {}

    def _path(self, rule: Rule, name: str) -> str:
        """All ids foreign, or some of them: a foreign row in an own case, an own one in a foreign
        case; sometimes a foreign id of quite another kind."""
        own = {**self.home.ids, **MATRIX[name].address}
        share = self.dice.choice((1.0, 0.5))
        values = {}
        for one in sorted(rule.arguments):
            values[one] = own[one]
            if one in self.ids and self.dice.random() < share:
                values[one] = self.ids[one]
                if self.dice.random() < 0.1:
                    values[one] = self.dice.choice(self.foreign)
        return self.browsers[self.roles[0]]._url(rule.endpoint, values)

    def _extra(self) -> Iterator[tuple[str, UUID]]:
        for name in self.dice.sample(self.names, self.dice.randint(1, 3)):
            yield name, self.ids[name]

    def _body(self, name: str, role: Role) -> dict[str, Any]:
        """The form as the own page shows it, its ids changed for foreign ones and more added."""
        endpoint = name.split(" ")[1]
        body = {**self._form(name, role), **VALID.get(endpoint, {})}
        for one, value in body.items():
            if _is_id(value):
                body[one] = str(self.ids.get(one) or self.dice.choice(self.foreign))
        body |= {one: str(value) for one, value in self._extra()}
        return {**body, "idempotency_key": str(uuid4())}

    def _form(self, name: str, role: Role) -> dict[str, Any]:
        """Read once: what its hidden fields and choices hold stays what it was."""
        if (name, role) not in self.forms:
            rule = self.rules[name]
            known = {**self.home.ids, **MATRIX[name].address}
            browser = self.browsers[role]
            path = browser._url(rule.endpoint, {one: known[one] for one in rule.arguments})
            page = BeautifulSoup(browser._alone(browser.client.get, path).text, "lxml")
            found = page.select_one(f'main form[method=post][action="{path}"]') or page.select_one(
                "main form[method=post]:not(.draft-line)"
            )
            self.forms[name, role] = filled_in(found) if found else {}
        return self.forms[name, role]


def _is_id(value: object) -> bool:
    try:
        UUID(str(value[0] if isinstance(value, list) and value else value))
    except ValueError:
        return False
    return True


@pytest.fixture
def world(session: Session) -> World:
    world = make_world(session)
    above_those_of_factories = CaseNumber(year=clock.today().year, last=500_000)
    session.add(above_those_of_factories)
    session.commit()
    return world


@pytest.fixture
def cage(session: Session, world: World) -> Cage:
    """The canaries are in the case of the other unit."""
    return fill(session, world.theirs)


@pytest.fixture(autouse=True)
def answers_failures(app: Flask, no_csrf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a real server does, by a page."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def outsider(app: Flask, session: Session, world: World, seed: int) -> Walker:
    return Walker(app, session, world.mine, world.theirs, random.Random(seed))


@pytest.mark.parametrize(
    ("seed", "count"),
    [(0, SHORT), *(pytest.param(n, CHUNK, marks=pytest.mark.long) for n in range(1, CHUNKS + 1))],
)
def test_ids_of_another_unit_open_nothing(
    app: Flask,
    session: Session,
    world: World,
    cage: Cage,
    evidence: Evidence,
    seed: int,
    count: int,
) -> None:
    sent = outsider(app, session, world, seed).walk(count, cage)
    assert (sent.leaks, sent.errors) == ([], [])
    assert sent.answered > count / 20, "not all of it is refused at the door"
    evidence(
        "swapped-ids",
        "{leaks} leaks, {errors} failures in {requests:,} requests",
        leaks=0,
        errors=0,
        requests=sent.requests,
    )


@pytest.mark.wide
@pytest.mark.parametrize("is_at_home", [False, True])
def test_the_area_of_a_supervisor_ends_at_its_border(
    app: Flask, session: Session, world: World, is_at_home: bool
) -> None:
    """The control: the same walk where the file is of the area."""
    area = UnitFactory(doh=True, commune_code=world.theirs.unit.commune_code)
    supervisor = UserFactory(role=Role.SUPERVISOR, unit=area)
    home = replace(world.theirs, users={Role.SUPERVISOR: supervisor})
    abroad = world.theirs if is_at_home else world.mine
    cage = fill(session, abroad)
    walker = Walker(app, session, home, abroad, random.Random(0), [Role.SUPERVISOR])
    sent = walker.walk(SHORT, cage)
    assert (bool(sent.leaks), sent.errors) == (is_at_home, [])
    assert sent.answered > SHORT / 20


@pytest.mark.wide
@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR])
def test_who_works_on_no_case_reads_none(
    app: Flask, session: Session, world: World, cage: Cage, role: Role
) -> None:
    """Whatever id is sent, of any place."""
    walker = Walker(app, session, world.theirs, world.theirs, random.Random(0), [role])
    sent = walker.walk(SHORT, cage)
    assert (sent.leaks, sent.errors) == ([], [])
    assert sent.answered > SHORT / 20


def test_the_same_walk_at_home_finds_the_words(
    app: Flask, session: Session, world: World, cage: Cage
) -> None:
    """The control: sent by the unit whose file it is."""
    at_home = Walker(app, session, world.theirs, world.theirs, random.Random(0))
    assert at_home.walk(100, cage).leaks


def test_a_loading_without_its_guard_is_caught(
    app: Flask,
    session: Session,
    world: World,
    cage: Cage,
    superuser: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "find", find_anything)
    walker = outsider(app, session, world, 0)
    session.commit()
    with rows_unlocked(superuser):
        leaks = walker.walk(150, cage).leaks
        session.commit()
    assert leaks
