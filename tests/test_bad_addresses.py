"""No address gives a 5xx: hostile queries, paths, cookies and headers on every page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import UnicodeConverter
from werkzeug.test import TestResponse

from app.auth.login import cookie_name
from app.auth.models import Role
from tests.browser import Browser
from tests.hostile import VALUES
from tests.matrix import read_matrix
from tests.tiers import long, turn, wide
from tests.world import Relation, World, make_world

MATRIX = read_matrix()
GETS = sorted(
    name.removeprefix("GET ")
    for name in MATRIX
    if name.startswith("GET ")
    and name not in ("GET jobs.readyz", "GET backups.readyz")  # 503 where nothing runs
)
PARAMETERS = (
    "after", "limit", "before", "date", "day", "kind", "agency", "audit", "group", "user", "case",
    "risk", "state", "who", "commune", "show", "assessment", "next", "role", "unit", "v",
    "table", "at", "period", "year", "audience", "number",
)  # fmt: skip
ORDER = (Role.SUPERVISOR, Role.CP_WORKER, *Role)  # who opens a page, of those who may
QUERIES: tuple[str | bytes, ...] = (
    "%00", "%ED%A0%80", "%FF", "-1", "0", "abc", str(10**30), "1e9", "%2e%2e%2f", "2026-02-30",
    "9999-12-31", "0001-01-01", "99999999999999999.00000000-0000-0000-0000-000000000000",
    "1.00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000", "%C2%B2",
    "' OR 1=1 --", "<script>", "//evil.example", "https://evil.example", "\u202e", "HY-2026-000001",
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {"HX-Request": "true"},
    {"HX-Request": "\xff", "Accept-Language": "x" * 5_000},
    {"Accept-Language": "../../etc;q=abc,,;"},
    {"Accept-Encoding": "br;q=abc, gzip;;q=-1, \xff"},
    {"Range": "bytes=-1-99999999999999999999"},
    {"If-Modified-Since": "Thu, 99 Foo 9999 25:61:61 GMT", "If-None-Match": "W/"},
    {"Host": "evil.example:99999", "X-Forwarded-For": "\xff, ', <script>"},
    {"Sec-Fetch-Site": "\xff", "Origin": "null", "Referer": "\xff"},
    {"Content-Type": "\xff; boundary=", "Content-Length": "0"},
    {"Authorization": "Basic \xff", "Cookie": "=;;;\xff=\xff; vt=" + "x" * 3_000},
)


WORDS = ("\x00", "..", "a" * 3_000, "' OR 1=1 --", "\u202e", "_T", "0", "%00")


def parts_of(app: Flask, endpoint: str, world: World) -> tuple[dict[str, Any], list[str]]:
    """What stands in the address of a page, and which of it is a word: no id, no number."""
    row = MATRIX[f"GET {endpoint}"]
    ids = {**world.ids(Relation.OWN), **row.address}
    (rule,) = [r for r in app.url_map.iter_rules(endpoint) if "GET" in (r.methods or ())]
    words = [name for name in rule.arguments if type(rule._converters[name]) is UnicodeConverter]
    return {name: ids[name] for name in rule.arguments}, sorted(words)


def walk(app: Flask, session: Session) -> Iterator[tuple[Browser, str]]:
    """Every page, opened by somebody who may; the public ones by a stranger."""
    for browser, endpoint, world in readers(app, session):
        parts, _words = parts_of(app, endpoint, world)
        yield browser, browser._url(endpoint, parts)


def readers(app: Flask, session: Session) -> Iterator[tuple[Browser, str, World]]:
    world, browsers = make_world(session), {}
    for endpoint in GETS:
        own = MATRIX[f"GET {endpoint}"].own
        role = min(own, key=ORDER.index) if own else None
        if role not in browsers:
            browser = Browser(app, session)
            browsers[role] = browser.sign_in(world.mine.users[role]) if role else browser
        yield browsers[role], endpoint, world


def opened(browser: Browser, path: str, **kwargs: Any) -> TestResponse:
    answer: TestResponse = browser._alone(browser.client.get, path, **kwargs)
    assert answer.status_code < 500, f"{path}: {answer.status_code}"
    return answer


# One value for each page, by turns; more in the wide run, all in the long one.
HOW_MANY = pytest.mark.parametrize(
    "most", [1, pytest.param(6, marks=wide), pytest.param(99, marks=long)]
)


@pytest.mark.wide
@HOW_MANY
def test_no_query_breaks_a_page(app: Flask, session: Session, most: int) -> None:
    """Each hostile text in all parameters of the project at once."""
    for number, (browser, path) in enumerate(walk(app, session)):
        is_brief = path.endswith(".pdf") and most < len(QUERIES)  # paper takes time
        for value in turn(QUERIES, number, 1 if is_brief else most):
            opened(browser, f"{path}?" + "&".join(f"{name}={value}" for name in PARAMETERS))
        if not is_brief:
            opened(browser, f"{path}?" + urlencode({"after": "x" * 3_000, "%00[]": "1"}))


@pytest.mark.wide
@HOW_MANY
def test_no_header_breaks_a_page(app: Flask, session: Session, most: int) -> None:
    for number, (browser, path) in enumerate(walk(app, session)):
        for headers in turn(HEADERS, number, (most + 1) // 2) if not path.endswith(".pdf") else ():
            opened(browser, path, headers=headers)


# Pages that must not tell an address that is something from one that is nothing.
SAME_FOR_ALL = {"outside_answers.code"}


@HOW_MANY
@pytest.mark.parametrize(
    "role", [None, Role.CP_WORKER, pytest.param(Role.ADMINISTRATOR, marks=pytest.mark.wide)]
)
def test_no_path_breaks_the_application(
    app: Flask, session: Session, role: Role | None, most: int
) -> None:
    world, browser = make_world(session), Browser(app, session)
    if role:
        browser.sign_in(world.mine.users[role])
    parts = [
        quote(v if isinstance(v, str | bytes) else v[0], safe="") for v in VALUES.values() if v
    ]
    variable = [r for r in app.url_map.iter_rules() if r.arguments and "GET" in (r.methods or ())]
    for number, rule in enumerate(variable):
        odd = ["..", "%2e%2e%2f" * 5, "%ED%A0%80", "a" * 5_000]
        for part in [*turn(odd, number, most), *turn(parts, number, most)]:
            before, _, after = rule.rule.partition("<")
            status = opened(browser, before + part + after.partition(">")[2]).status_code
            assert status != 200 or rule.endpoint in SAME_FOR_ALL, (rule.endpoint, part)


@HOW_MANY
def test_no_word_in_a_path_breaks_a_page(app: Flask, session: Session, most: int) -> None:
    """Each word of an address in its turn, all else being right; to somebody who may read."""
    for browser, endpoint, world in readers(app, session):
        parts, words = parts_of(app, endpoint, world)
        for name in words:
            for value in WORDS[:most]:
                opened(browser, browser._url(endpoint, {**parts, name: value}))


@pytest.mark.parametrize("value", ["", "x", "\xff", "a" * 4_000, "' OR 1=1", "%00", "." * 50])
def test_no_cookie_breaks_a_page(app: Flask, session: Session, value: str) -> None:
    for name in (cookie_name_of(app), "vt-page", "vt-pending", "vt-device", "locale"):
        browser = Browser(app, session)
        browser.client.set_cookie(name, value)
        assert opened(browser, "/").status_code == 302
        assert opened(browser, "/auth/second-step").status_code < 500
        assert opened(browser, "/auth/sign-in").status_code == 200


def cookie_name_of(app: Flask) -> str:
    with app.test_request_context():
        return cookie_name()


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "HEAD", "X" * 40]
)
def test_no_method_breaks_the_application(app: Flask, session: Session, method: str) -> None:
    world = make_world(session)
    browser = Browser(app, session).sign_in(world.mine.users[Role.CP_WORKER])
    for path in ("/", "/cases/", f"/cases/{world.mine.ids['case_id']}", "/auth/sign-out", "/x"):
        answer = browser._alone(browser.client.open, path, method=method)
        assert answer.status_code < 500
        assert method == "HEAD" or answer.status_code in (404, 405)
