"""No word of a closed section, and nothing of a foreign case, comes out by any path."""

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile, is_zipfile

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.auth.models import Role
from app.auth.permissions import Section, sections_of
from app.cases.account import ACCOUNT
from app.core import embedded
from app.core.db import Base
from app.core.logs import JsonFormatter
from app.documents.workbook import XLSX
from tests import parts
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import FIELDS, NOT_OF_A_CASE, Cage, Canary, fill, sealed_fields
from tests.evidence import Evidence
from tests.matrix import read_matrix
from tests.tiers import short_for, wide
from tests.world import PROVINCE, World, make_world

MATRIX = read_matrix()
QUERIES = ("", "?audit=1", "?kind=done&agency=commune_pc", "?show=ended&who=mine&risk=HIGH")
READERS = (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.SUPERVISOR)
FILTERED = ("cases.", "audit.")
# Open to a reader, and yet not shown to each of them by these pages.
NOT_ON_EVERY_SCREEN = {
    "Child.national_id",  # masked but for whom may change it
    "DeadlineExtension.reason",  # for who decides
    "SafetyMeasure.description",  # repeated in the entry of the timeline
    "SafetyMeasure.performed_by",  # likewise, and on the form of measures
    "Verification.reason",  # likewise
    *parts.listed("NOT_ON_EVERY_SCREEN"),
}
ITS_PAGES = ("cases.show", "cases.timeline", "specific.index")
INTO_THE_FILE = (
    *("documents.", "cases.", "audit.", "people.", "assessment.", "measures.", "intake."),
    *parts.listed("INTO_THE_FILE"),
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def cage(session: Session, world: World) -> Cage:
    """The canaries are in the case of `world.mine`."""
    return fill(session, world.mine)


def squeezed(answer: TestResponse) -> str:
    """All text of a page, its code, of a PDF or of a workbook, without blanks."""
    reading = {"application/pdf": _text_of, XLSX: _cells_of}.get(answer.mimetype)
    return re.sub(r"\s+", "", reading(answer.data) if reading else answer.text)


def _text_of(pdf: bytes) -> str:
    """What is locked with a password is read as the bytes that it is."""
    reader = PdfReader(BytesIO(pdf))
    if reader.is_encrypted:
        return pdf.decode("latin-1")
    return "".join(page.extract_text() for page in reader.pages)


def _cells_of(workbook: bytes) -> str:
    """Every part of it: no word hides in one that no reader of cells looks at; as `_text_of`."""
    if not is_zipfile(BytesIO(workbook)):
        return workbook.decode("latin-1")
    with ZipFile(BytesIO(workbook)) as archive:
        return " ".join(archive.read(name).decode() for name in archive.namelist())


def walk(
    app: Flask, browser: Browser, ids: dict[str, object], *, papers: bool = True
) -> Iterator[tuple[str, TestResponse]]:
    """Everything GET opens; lists and timelines with filters too, forms as htmx asks for them.
    Papers take time."""
    rules = list(app.url_map.iter_rules())
    forms = {rule.rule for rule in rules if "POST" in (rule.methods or ())}
    for rule in rules:
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        path = _path(browser, rule, ids, "GET")
        is_paper = path.endswith(".pdf")
        if is_paper and not papers:
            continue
        is_filtered = rule.endpoint.startswith(FILTERED) and not is_paper
        for query in QUERIES if is_filtered else QUERIES[:1]:
            yield path + query, browser._alone(browser.client.get, path + query)
        if rule.rule in forms:
            fragment = {"HX-Request": "true"}
            yield f"{path} (htmx)", browser._alone(browser.client.get, path, headers=fragment)
    for path in chain.from_iterable(parts.called("further", ids)):
        yield path, browser._alone(browser.client.get, path)


def _path(browser: Browser, rule: Rule, ids: dict[str, object], method: str) -> str:
    known = {**ids, **MATRIX[f"{method} {rule.endpoint}"].address}
    return browser._url(rule.endpoint, {name: known[name] for name in rule.arguments})


def posts(
    app: Flask, browser: Browser, ids: dict[str, object]
) -> Iterator[tuple[str, TestResponse]]:
    """What is shown to whoever sends a form of a case with nothing in it, or a stale one."""
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not rule.endpoint.startswith(INTO_THE_FILE):
            continue
        path = _path(browser, rule, ids, "POST")
        for data in ({}, {"version": "1", "seen_at": "2020-01-01T00:00:00+00:00", "H1": "LOW"}):
            sent = {**data, "idempotency_key": str(uuid4())}
            yield f"POST {path}", browser._alone(browser.client.post, path, data=sent)


def searches(browser: Browser, terms: list[str]) -> Iterator[tuple[str, TestResponse]]:
    """Found by one open or closed field, a file may show nothing of another closed one."""
    for term in terms:
        yield "search", browser._alone(browser.client.post, "/people/search", data={"q": term})
    candidate = {"child_name": terms[0], "dob": "23/11/2019", "sex": "female"}
    for known in (candidate, {**candidate, "event_commune": "11953", "mother_name": "zq"}):
        yield "alike", browser._alone(browser.client.post, "/people/duplicates", data=known)


def everything(
    app: Flask, session: Session, world: World, cage: Cage, user: Any, *, papers: bool = True
) -> Iterator[tuple[str, str]]:
    """(where, all text) of whatever this user can bring the application to say of the case."""
    browser = Browser(app, session).sign_in(user)
    for path, answer in walk(app, browser, world.mine.ids, papers=papers):
        yield path, squeezed(answer)
    yield from answered(app, browser, world, cage)


def answered(app: Flask, browser: Browser, world: World, cage: Cage) -> Iterator[tuple[str, str]]:
    """What forms and searches say."""
    words = {c.where: c.spellings[0] for c in cage.canaries}
    for path, answer in posts(app, browser, world.mine.ids):
        yield path, squeezed(answer)
    terms = [words[name] for name in ("Child.full_name", "Child.national_id", "Carer.phone")]
    for path, answer in searches(browser, terms):
        yield path, without_terms(squeezed(answer), terms)


def without_terms(page: str, terms: list[str]) -> str:
    """The box shows again what was typed into it."""
    for term in terms:
        page = page.replace(f'value="{term}"', "")
    return page


def leaks(seen: Iterator[tuple[str, str]], closed: list[Canary]) -> set[tuple[str, str]]:
    return {(path, canary.where) for path, page in seen for canary in closed if canary.is_in(page)}


def test_every_sealed_field_has_a_canary() -> None:
    named = {(table, name) for table, names in FIELDS.items() for name in names}
    entries = {(table, name) for table, name in sealed_fields() if table.__name__ == "CaseEvent"}
    rest = {(table, name) for table, name in sealed_fields() if table not in NOT_OF_A_CASE}
    assert rest == named | entries


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("role", short_for([Role.SUPERVISOR]))
def test_no_role_sees_a_word_of_a_closed_section(
    app: Flask, session: Session, world: World, cage: Cage, role: Role, evidence: Evidence
) -> None:
    user = world.mine.users[role]
    opened = sections_of(actor_of(user))
    seen = list(everything(app, session, world, cage, user))
    closed = [canary for canary in cage.canaries if canary.section not in opened]
    assert closed, "the informant is closed to everybody"
    assert leaks(iter(seen), closed) == set()
    if role in READERS:
        unseen = {c.where for c in cage.canaries if not any(c.is_in(page) for _, page in seen)}
        assert unseen - {c.where for c in closed} <= NOT_ON_EVERY_SCREEN, "the positive control"
    evidence("closed-sections", "{leaks} words in {answers:,} answers", leaks=0, answers=len(seen))


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize(
    "role", short_for([Role.CP_WORKER], [role for role in Role if role not in PROVINCE])
)
def test_another_unit_gets_nothing_at_all(
    app: Flask, session: Session, world: World, cage: Cage, role: Role, evidence: Evidence
) -> None:
    browser = Browser(app, session).sign_in(world.theirs.users[role])
    pages = list(walk(app, browser, world.mine.ids))
    seen = [(path, squeezed(answer)) for path, answer in pages]
    seen += answered(app, browser, world, cage)
    assert leaks(iter(seen), cage.canaries) == set()
    for path, answer in pages:
        if str(world.mine.ids["case_id"]) in path:
            assert answer.status_code in (403, 404), path
    evidence("foreign-unit", "{leaks} words in {answers:,} answers", leaks=0, answers=len(seen))


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("papers", [False, pytest.param(True, marks=wide)])
def test_nothing_lies_about_in_the_database_or_the_log(
    app: Flask,
    session: Session,
    world: World,
    cage: Cage,
    superuser: Engine,
    caplog: pytest.LogCaptureFixture,
    papers: bool,
    server: embedded.DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
) -> None:
    """Every row of every table as text; every line of the log, after everybody looked around; what
    is left of temporary files, and in the wide run the files of the database themselves."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(JsonFormatter())
    for role in (Role.CP_WORKER, Role.SUPERVISOR) if papers else (Role.CP_WORKER,):
        browser = Browser(app, session).sign_in(world.mine.users[role])
        for _ in walk(app, browser, world.mine.ids, papers=papers and role is Role.CP_WORKER):
            pass  # what it answers is read elsewhere
        list(answered(app, browser, world, cage))
    assert "request.done" in caplog.text
    rows, log = all_rows(superuser), re.sub(r"\s+", "", caplog.text)
    assert world.mine.unit.name in rows, "the positive control: what is not sealed is found"
    for canary in cage.canaries:
        for spelling in canary.spellings:
            assert spelling not in log, canary.where
            assert spelling not in rows, canary.where
            assert spelling.encode().hex() not in rows, canary.where
    files = [*files_of(tmp_path), *(files_of(data_of(server)) if papers else ())]
    assert files_with(b"kanary", files) == []
    assert not papers or files_with(world.mine.unit.name.encode(), files), "the positive control"
    evidence(
        "at-rest",
        "{found} of {words} words in rows, log lines and {files:,} files",
        found=0,
        words=len(cage.canaries),
        files=len(files),
    )


def data_of(server: embedded.DatabaseUrls) -> Path:
    """Tables, write-ahead log, temporary files and log of the server."""
    return Path(str(make_url(server.superuser).query["host"]))


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def files_with(word: bytes, files: list[Path]) -> list[Path]:
    """A running server may have removed some of them meanwhile."""
    found = []
    for path in files:
        with suppress(FileNotFoundError):
            if word in path.read_bytes():
                found.append(path)
    return found


def all_rows(superuser: Engine) -> str:
    with superuser.connect() as connection:
        return "\n".join(
            row
            for table in Base.metadata.tables
            for row in connection.scalars(text(f"SELECT t::text FROM {table} t"))
        )


@pytest.mark.wide
def test_no_address_holds_a_word_of_the_file(
    app: Flask, session: Session, world: World, cage: Cage
) -> None:
    browser = Browser(app, session).sign_in(world.mine.users[Role.CP_WORKER])
    words = [c.spellings[0] for c in cage.canaries]
    for path, answer in walk(app, browser, world.mine.ids, papers=False):
        if answer.mimetype != "text/html":
            continue
        links = re.findall(r'(?:href|action|src|hx-post|data-draft-url)="([^"]*)"', answer.text)
        titles = re.findall(r"<title>(.*?)</title>", answer.text)
        assert not [one for one in (*links, *titles) for word in words if word in one], path


def test_the_account_of_another_harm_is_open_to_a_supervisor(
    app: Flask, session: Session, world: World
) -> None:
    """The positive control of the compartment: the same words, of a report of violence."""
    cage = fill(session, world.mine, form="VIOLENCE")
    browser = Browser(app, session).sign_in(world.mine.users[Role.SUPERVISOR])
    pages = [browser.get(name, case_id=world.mine.ids["case_id"]).text for name in ITS_PAGES]
    paper = browser.client.get(f"/cases/{world.mine.ids['case_id']}/documents/form01.pdf")
    shown = squeezed_text("".join(pages)) + squeezed(paper)
    names = (
        *("entry of the account", "SpecificText.text (event)"),
        *(f"Report.{name} (event)" for name in ACCOUNT),
    )
    told = [one for one in cage.canaries if one.where in names]
    assert len(told) == len(names)
    assert [one.where for one in told if not one.is_in(shown)] == []


def test_a_planted_leak_is_found(session: Session, cage: Cage) -> None:
    hidden = [c for c in cage.canaries if c.section is Section.INFORMANT]
    planted = iter([("here", squeezed_text(f"<p>{hidden[0].spellings[0]}</p>"))])
    assert leaks(planted, hidden) == {("here", hidden[0].where)}


def squeezed_text(page: str) -> str:
    return re.sub(r"\s+", "", page)
