"""The walk over the URL map: nothing is open by mistake, and addresses look alike."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import create_app
from app.auth.models import Role
from app.auth.permissions import FOR_ALL, GRANTS, Permission
from app.core.db import db
from config import Settings
from tests.browser import Browser
from tests.evidence import Evidence
from tests.matrix import Row, read_matrix
from tests.reviewed import check, check_anonymous, endpoints_with_methods, relations, rules
from tests.tiers import turn, wide
from tests.world import make_world

MATRIX = read_matrix()
TEXT_VARIABLES = {  # every other variable of an address is a UUID
    "admin.reference_list": {"key"},
    "admin.reference_form": {"key"},
    "auth.invitation": {"token"},
    "drafts.save": {"key"},
    "drafts.discard": {"key"},
    "indicator_board.enter": {"board_part", "board_year"},
    "indicator_board.part": {"board_part"},
    "indicator_board.path": {"board_part"},
    "outside_answers.code": {"link_token"},
    "reminder_feed.show": {"feed_token"},
    "reminder_rules.edit": {"reminder_kind"},
    "current_figures.export": {"current_period", "export_format"},
    "current_figures.period": {"current_period"},
    "current_figures.table": {"current_period", "table_code"},
    "releases.export": {"export_format"},
    "releases.table": {"table_code"},
    "indicators.show": {"code"},
    "quality.cases": {"kind"},
    "static": {"filename"},
}


def test_every_endpoint_declares_who_may_open_it(app: Flask) -> None:
    undeclared = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not (hasattr(view, "permission") or getattr(view, "is_public", False))
    ]
    assert undeclared == []


def test_an_undeclared_endpoint_is_refused(settings: Settings) -> None:
    """The positive control: a view whose author forgot the permission."""
    app = create_app(settings)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 403
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_words_are_kebab_case_and_ids_are_uuids(app: Flask) -> None:
    for rule in rules(app):
        for is_variable, part in _parts(rule):
            if is_variable:
                assert part in TEXT_VARIABLES.get(rule.endpoint, ()), f"{rule}: {part} is no uuid"
            else:
                assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(\.(csv|pdf|xlsx))?", part), (
                    f"{rule}: {part}"
                )


def _parts(rule: Rule) -> Iterator[tuple[bool, str]]:
    """The words of a rule, and its variables that are not UUIDs."""
    for part in rule.rule.strip("/").split("/"):
        variable = re.fullmatch(r"<(?:(\w+):)?(\w+)>(?:\.ics)?", part)
        if variable is None:
            if part:
                yield False, part
        elif variable[1] != "uuid":
            yield True, variable[2]


def test_every_role_has_a_line_in_the_permission_table() -> None:
    assert set(GRANTS) == set(Role)
    granted = frozenset().union(*GRANTS.values())
    assert granted | FOR_ALL == set(Permission)


def test_the_matrix_names_every_route_and_no_other(app: Flask) -> None:
    known = {f"{method} {endpoint}" for method, endpoint in endpoints_with_methods(app)}
    assert sorted(known - set(MATRIX)) == [], "routes without a reviewed row in tests/matrix.toml"
    assert sorted(set(MATRIX) - known) == [], "rows of tests/matrix.toml without a route"


def test_every_route_with_an_id_is_asked_for_a_foreign_one(app: Flask) -> None:
    with_ids = {
        f"{method} {rule.endpoint}"
        for rule in rules(app)
        if "<uuid:" in rule.rule
        for method in rule.methods or ()
    }
    rows = {name: row for name, row in MATRIX.items() if not row.is_public}
    assert sorted(name for name in with_ids & set(rows) if rows[name].foreign is None) == []


def _asked_together() -> dict[str, list[str]]:
    """The pages of one part of the program, which change nothing for each other, and each form by
    itself."""
    found: dict[str, list[str]] = {}
    for name in sorted(MATRIX):
        method, endpoint = name.split(" ")
        key = f"GET {endpoint.partition('.')[0]}" if method == "GET" else name
        found.setdefault(key, []).append(name)
    return found


TOGETHER = _asked_together()


@pytest.mark.parametrize("most", [1, pytest.param(99, marks=wide)])
@pytest.mark.parametrize("names", TOGETHER.values(), ids=TOGETHER)
def test_the_route_answers_whom_the_matrix_says(
    app: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    most: int,
    evidence: Evidence,
) -> None:
    """Of those who are answered, of those who are refused and of those from whom it is hidden one
    by turns, and in the wide run everybody."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    world = make_world(session)
    browser_of = cache(lambda role: Browser(app, session).sign_in(world.mine.users[role]))
    asked = 0
    for name in names:
        row = MATRIX[name]
        check_anonymous(app, session, world, name, row)
        roles = [] if row.is_public else _asking(row, sorted(MATRIX).index(name), most)
        for role in sorted(roles, key=list(Role).index):  # who may end an account comes last
            for relation in relations(row):
                check(app, browser_of(role), world, name, role, relation, row)
        asked += 1 + len(roles) * len(relations(row))
    evidence(
        "routes",
        "{wrong} of {asked:,} answers of {routes} routes otherwise than reviewed",
        wrong=0,
        asked=asked,
        routes=len(names),
    )


def _asking(row: Row, number: int, most: int) -> list[Role]:
    own = row.own or frozenset()
    kinds = (own - row.hidden, frozenset(Role) - own - row.hidden, row.hidden)
    return [role for kind in kinds if kind for role in turn(sorted(kind), number, most)]


def test_every_role_is_asked_in_the_short_run_and_all_for_each_route_in_the_wide_one() -> None:
    rows = [row for row in MATRIX.values() if not row.is_public]
    short = [_asking(row, number, 1) for number, row in enumerate(rows)]
    assert {role for roles in short for role in roles} == set(Role)
    assert all(set(_asking(row, number, 99)) == set(Role) for number, row in enumerate(rows))
