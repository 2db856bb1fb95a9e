"""What tests/matrix.toml says of a route, asked of the application."""

from collections.abc import Iterator

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.auth.models import Role
from tests.browser import Browser
from tests.matrix import Row
from tests.world import Relation, World

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ANSWERED = frozenset({200, 204, 302, 303, 400, 409, 410, 422})  # the rest of the work is the view's


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def endpoints_with_methods(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in rules(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.endpoint


def relations(row: Row) -> tuple[Relation, ...]:
    """The objects that a route has, the foreign one first: it changes nothing."""
    return (Relation.FOREIGN, Relation.OWN) if row.foreign is not None else (Relation.OWN,)


def check(
    app: Flask,
    browser: Browser,
    world: World,
    name: str,
    role: Role,
    relation: Relation,
    row: Row,
) -> None:
    """`browser` is signed in as somebody of this role."""
    answer = send(app, browser, world, name, relation, row)
    said = expected(row, role, relation)
    assert answer.status_code in said, (
        f"{name}, {role}, {relation}: {answer.status_code}, not in {sorted(said)}"
    )


def check_anonymous(app: Flask, session: Session, world: World, name: str, row: Row) -> None:
    method, endpoint = name.split(" ")
    answer = send(app, Browser(app, session), world, name, Relation.OWN, row)
    if row.is_public:
        silent = {503, 404} if endpoint == "jobs.metrics" else {503}  # 404: no token is set
        assert answer.status_code in ANSWERED | silent
        return
    assert answer.status_code == (401 if method in UNSAFE else 302)
    if method not in UNSAFE:
        assert answer.location.startswith("/auth/sign-in")


def expected(row: Row, role: Role, relation: Relation) -> frozenset[int]:
    assert row.own is not None
    if role in row.hidden:
        return frozenset({404})
    if role not in row.own:
        return frozenset({403})
    if relation is Relation.FOREIGN and role not in (row.foreign or ()):
        return frozenset({404})
    return ANSWERED


def send(
    app: Flask,
    browser: Browser,
    world: World,
    name: str,
    relation: Relation,
    row: Row,
    data: dict[str, str] | None = None,
) -> TestResponse:
    method, endpoint = name.split(" ")
    (rule,) = [r for r in rules(app) if r.endpoint == endpoint and method in (r.methods or ())]
    ids = {**world.ids(relation), **row.address}
    missing = rule.arguments - set(ids)
    assert not missing, f"tests/world.py makes no {missing}, and the matrix row gives none"
    path = browser._url(endpoint, {name: ids[name] for name in rule.arguments})
    return browser._alone(browser.client.open, path, method=method, data=data)
