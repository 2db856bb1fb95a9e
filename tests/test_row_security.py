"""The wall behind the filters: what the database itself shows of a child, and to whom."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask, request
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth import login
from app.auth.actor import Actor
from app.auth.grants import read_as
from app.auth.models import Role, User
from app.cases import policy
from app.cases.models import Case, Draft, Export, Informant, Report
from app.core import clock
from app.core.db import Base, db
from app.core.ids import new_id
from app.core.row_scope import HOUSE, as_house, say_who_reads
from app.core.sealed import DataKey
from app.deadlines.services import start_clocks
from app.documents.models import FileChunk
from app.indicators.models import BoardValue
from app.oversight.models import BreakGlass
from app.people import policy as people_policy
from app.people.models import Child
from app.reminders.models import Obligation
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.fire import fire
from app.reminders.services.scan import scan
from config import Settings
from tests.actors import actor_of
from tests.browser import Browser
from tests.evidence import Evidence
from tests.factories import (
    TAN_HUNG,
    CaseDenialFactory,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.oversight.test_glass import Place, opened
from tests.parts.reminders_answers import an_obligation
from tests.test_canaries import walk
from tests.tiers import wide
from tests.world import Relation, World, make_world

# Not behind the wall, and why nothing of a child is read there.
OPEN_TABLES = {
    "accounts, units, their means of signing in, what they chose": {
        "absences", "factor_resets", "import_columns", "invitations", "known_browsers",
        "passkey_challenges", "passkeys", "pending_sign_ins", "push_subscriptions",
        "recovery_codes", "reminder_choices", "saved_views", "sign_in_attempts", "units",
        "user_sessions", "users",
    },
    "rules, calendars, directories, agreements": {
        "agreements", "calendar_days", "commune_outlines", "reminder_rule_changes",
        "service_offers", "threshold_changes", "visit_rule_changes",
    },
    "the log: codes and ids in chains that are read whole to be verified": {
        "audit_checkpoints", "audit_events", "audit_heads",
    },
    "who may see what: ids, which the wall itself asks": {"case_access", "case_denials"},
    "who read what, of which what stands out is drawn: ids": {
        "file_openings", "finding_looks", "reading_days", "reading_findings",
    },
    "figures without identity, releases and reports of them": {
        "board_paths", "board_values", "completeness", "current_tables", "fact_cases",
        "fact_changes", "fact_clocks", "fact_memberships", "fact_referrals", "fact_residences",
        "fact_subjects", "fact_supports", "periodic_report_versions", "periodic_reports",
        "population_counts", "population_entries", "population_imports", "release_figures",
        "release_tables", "releases",
    },
    "work of the program: no words of a file": {
        "backup_runs", "case_numbers", "data_keys", "deliveries", "idempotency_keys",
        "job_leases", "messages", "outbox", "oversight_runs", "tasks",
    },
}  # fmt: skip
OPEN = frozenset().union(*OPEN_TABLES.values())
BEHIND = sorted(set(Base.metadata.tables) - OPEN)
SCOPE = text("SELECT current_setting('vt.scope', true)")
READERS = (Role.CP_WORKER, Role.COMMUNE_CHAIR)
# what differs from one answer to the next: tokens of forms, moments, sizes, places of a picture
_CHANGING = re.compile(
    r'<input[^>]*type="hidden"[^>]*>|nonce="[^"]*"|<svg.*?</svg>|\d\d:\d\d|\b[0-9a-f]{16}\b', re.S
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def said_nothing(settings: Settings) -> Iterator[Engine]:
    """Connections of our role in whose transactions nobody said who reads."""
    engine = create_engine(settings.database_url or "")
    yield engine
    engine.dispose()


def keys(session: Session, table: str) -> set[object]:
    """Of every row that is shown, without any filter."""
    return set(session.execute(select(*Base.metadata.tables[table].primary_key)))


def shown(session: Session, actor: Actor) -> dict[str, set[object]]:
    """By table, the rows that this reader is shown without any filter."""
    session.rollback()
    read_as(session, actor)
    found = {table: keys(session, table) for table in BEHIND}
    session.rollback()
    return found


def test_each_table_is_behind_the_wall_or_holds_nothing_of_a_child(superuser: Engine) -> None:
    assert set(Base.metadata.tables) >= OPEN, "a table that is no more"
    with superuser.connect() as connection:
        walled = connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity"))
        assert sorted(walled) == BEHIND


def test_nothing_said_nothing_shown(session: Session, world: World, said_nothing: Engine) -> None:
    filled = {table for table in BEHIND if keys(session, table)}
    assert len(filled) > len(BEHIND) * 0.9
    with Session(said_nothing) as other:
        other.execute(text("SET LOCAL vt.scope = ''"))
        assert {table for table in BEHIND if keys(other, table)} == set()
        assert other.scalars(select(Case.id)).all() == []


def test_a_statement_without_its_filter_finds_nothing_of_others(
    session: Session, world: World, evidence: Evidence
) -> None:
    """Two communes, each file with a row of every kind: what one is shown the other is not."""
    rows, both = 0, of_the_board(session)
    for role in (role for role in Role if role is not Role.SUPERVISOR):
        mine, theirs = (
            shown(session, actor_of(place.users[role])) for place in (world.mine, world.theirs)
        )
        for table in BEHIND:
            assert not (mine[table] & theirs[table]) - both.get(table, set()), (role, table)
            rows += len(mine[table])
        if role in (Role.ANALYST, Role.ADMINISTRATOR):
            assert {t for t in BEHIND if mine[t] - both.get(t, set())} <= OWN_WORK
    evidence(
        "row-security",
        "{leaks} rows of others in {tables} tables, {rows:,} rows of their own",
        leaks=0,
        tables=len(BEHIND),
        rows=rows,
    )


@pytest.mark.parametrize("role", [*READERS, Role.SUPERVISOR])
def test_a_reader_is_shown_every_row_of_the_files_that_the_filter_opens(
    session: Session, world: World, role: Role
) -> None:
    actor = actor_of(world.mine.users[role])
    files = list(session.scalars(policy.visible_to(actor).with_only_columns(Case.id)))
    tables = {name: Base.metadata.tables[name] for name in BEHIND if name not in PERSONAL}
    of_files = {
        name: set(session.execute(select(*table.primary_key).where(table.c.case_id.in_(files))))
        for name, table in tables.items()
        if "case_id" in table.c
    }
    found = shown(session, actor)
    assert len(of_files) > 30
    assert {name for name, rows in of_files.items() if not rows <= found[name]} == set()
    if role is Role.SUPERVISOR:
        every = {table: keys(session, table) for table in BEHIND}
        assert {t for t in BEHIND if found[t] != every[t]} <= COMPARTMENTS, "of a whole province"


# no supervisor's: what is one's own; who told, and where a child is sheltered
COMPARTMENTS = {"drafts", "personal_reminders", "informants", "shelter_addresses"}
PERSONAL = {"personal_reminders", "reading_questions"}  # each is of one person
OWN_WORK = {"drafts", "stored_files", "file_chunks", "exports"}


def of_the_board(session: Session) -> dict[str, set[object]]:
    """The evidence that departments add to the values of the 24: everybody's, and of no child."""
    files = select(BoardValue.file_id).where(BoardValue.file_id.is_not(None))
    chunks = select(FileChunk.id).where(FileChunk.file_id.in_(files))
    return {
        "stored_files": {(one,) for one in session.scalars(files)},
        "file_chunks": {(one,) for one in session.scalars(chunks)},
    }


def test_who_is_kept_out_is_so_where_it_was_not_said(session: Session) -> None:
    unit = UnitFactory()
    worker = UserFactory(role=Role.CP_WORKER, unit=unit)
    hidden, shown = CaseFactory(worked_by=unit), CaseFactory(worked_by=unit)
    CaseDenialFactory(of_case=hidden, user_id=worker.id, by_id=worker.id)
    only = {shown.id}
    who = {"user": worker.id, "unit": unit.id, "role": worker.role, "commune": None}
    session.commit()
    say_who_reads(session, now=clock.now(), **who)
    assert set(session.scalars(select(Case.id))) == only


def test_a_page_whose_filter_was_removed_opens_no_more(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it would, without the wall."""
    own, foreign = (world.ids(relation)["case_id"] for relation in Relation)
    browser.sign_in(world.mine.users[Role.CP_WORKER])
    monkeypatch.setattr(policy, "visible_to", lambda _actor: select(Case))
    browser.open(f"/cases/{own}/initial-assessment", expect=200)
    browser.open(f"/cases/{foreign}/initial-assessment", expect=404)
    with without_wall(monkeypatch):  # only the rule of the object stands there then
        browser.open(f"/cases/{foreign}/initial-assessment", expect=403)


@contextmanager
def without_wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(login, "_LOOK_UP", login._LOOK_UP.params(scope=HOUSE))
        yield


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\s<>=\"]+", _CHANGING.sub("", text)))


@pytest.mark.parametrize(
    ("age", "seen"), [(timedelta(0), "reader"), (login.IDLE, ""), (login.ABSOLUTE, "")]
)
def test_a_cookie_says_who_reads_only_while_its_session_runs(
    app: Flask, session: Session, age: timedelta, seen: str
) -> None:
    opened_at = clock.now() - age
    token, _ = login.open_session(
        session, user_id=UserFactory().id, now=opened_at, has_second_factor=True
    )
    session.commit()
    cookie = {"Cookie": f"{login.cookie_name()}={token}"}
    with app.test_request_context("/sign-in", headers=cookie):
        assert bool(login.load_actor(request)) is bool(seen)
        assert (db.session.scalar(SCOPE) or "") == seen


def test_who_opens_a_page_of_somebody_outside_reads_it_whoever_is_signed_in(
    app: Flask, session: Session
) -> None:
    token, _ = login.open_session(
        session, user_id=UserFactory().id, now=clock.now(), has_second_factor=True
    )
    session.commit()
    cookie = {"Cookie": f"{login.cookie_name()}={token}"}
    with app.test_request_context("/sign-in", headers=cookie):
        as_house(db.session)
        assert login.load_actor(request)
        assert db.session.scalar(SCOPE) == HOUSE


@wide
@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("role", list(Role))
def test_no_page_lacks_a_word_for_the_wall(
    app: Flask, browser: Browser, session: Session, world: World, role: Role, relation: Relation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Behind right filters nobody notices it."""
    browser.sign_in(world.mine.users[role])
    assert lacking(app, browser, world.ids(relation), monkeypatch) == {}


def lacking(
    app: Flask, browser: Browser, ids: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> dict[str, set[str]]:
    """By page, the words that are there without the wall, before and after, and not with it. Not
    of the log, which grows with each page that is read."""
    with without_wall(monkeypatch):
        before = dict(_pages(app, browser, ids))
    lacks = {path: before[path] - known for path, known in _pages(app, browser, ids)}
    with without_wall(monkeypatch):
        found = {
            path: missing & _words_of(browser._alone(browser.client.get, path))
            for path, missing in lacks.items()
            if missing and not path.endswith("(htmx)") and not path.startswith("/audit/")
        }
    return {path: missing for path, missing in found.items() if missing}


def _pages(app: Flask, browser: Browser, ids: dict[str, object]) -> Iterator[tuple[str, set[str]]]:
    for path, answer in walk(app, browser, ids, papers=False):
        yield path, _words_of(answer)


def _words_of(answer: TestResponse) -> set[str]:
    status, kind = answer.status_code, answer.mimetype
    return {str(status)} | (words(answer.text) if kind == "text/html" else set())


def supervisor_of_a_part(world: World, kind: str) -> User:
    """Of one commune, or kept out of a child of no concern: not everything is shown at once."""
    if kind == "of a commune":
        unit = UnitFactory(doh=True, commune_code=world.mine.unit.commune_code)
        return UserFactory(role=Role.SUPERVISOR, unit=unit)
    supervisor, chair = (world.mine.users[role] for role in (Role.SUPERVISOR, Role.COMMUNE_CHAIR))
    CaseDenialFactory(of_case=CaseFactory(), user_id=supervisor.id, by_id=chair.id)
    return supervisor


PARTS = ("of a commune", "kept out of another child")


@wide
@pytest.mark.parametrize("kind", PARTS)
def test_no_page_lacks_a_word_of_the_part_that_one_supervises(
    app: Flask, browser: Browser, session: Session, world: World, kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    browser.sign_in(supervisor_of_a_part(world, kind))
    assert lacking(app, browser, world.mine.ids, monkeypatch) == {}


@pytest.mark.parametrize("kind", PARTS)
def test_an_emergency_opening_is_reviewed_by_whoever_supervises_a_part(
    browser: Browser, session: Session, world: World, kind: str
) -> None:
    browser.sign_in(supervisor_of_a_part(world, kind))
    glass = world.mine.ids["glass_id"]
    assert session.get(BreakGlass, glass) is not None
    browser.open(f"/break-glass/{glass}/review", expect=200)
    assert f"/break-glass/{glass}/review" in str(browser.open("/break-glass/", expect=200))


def test_a_report_of_the_area_is_followed_wherever_its_case_is_worked(
    browser: Browser, session: Session, world: World
) -> None:
    mine, theirs = world.mine.unit, world.theirs.unit
    now = clock.now()
    report = ReportFactory(
        event_commune=mine.commune_code, routed_at=now, routed_to_unit_id=theirs.id
    )
    case = CaseFactory(worked_by=theirs, of_report=report, commune_code=theirs.commune_code)
    start_clocks(
        session, subject_id=case.id, subject_label=case.number, rule_keys=["T_ROUTE", "T_EMERG"],
        started_at=now, unit_id=theirs.id, commune_code=theirs.commune_code or "", now=now,
    )  # fmt: skip
    session.commit()
    browser.sign_in(supervisor_of_a_part(world, "of a commune"))
    assert case.number in str(browser.get("intake.mine"))
    assert case.number in str(browser.open(f"/cases/intake/{report.id}", expect=200))
    browser.open(f"/cases/{case.id}", expect=404)


def test_the_head_of_the_unit_is_told_of_an_emergency_opening(
    browser: Browser, session: Session
) -> None:
    place = Place()
    opened(session, place)
    rules, now = rules_in_force(session), clock.now()
    scan(session, rules, now)
    fire(session, rules, now)
    session.commit()
    page = browser.sign_in(place.chair).get("reminders.index", tab="told")
    assert place.case.number in page.text


@pytest.mark.parametrize("table", sorted(COMPARTMENTS))
def test_a_compartment_is_shown_to_whose_it_is_alone(
    session: Session, world: World, table: str
) -> None:
    for place in (world.mine, world.theirs):
        case, worker = session.get_one(Case, place.ids["case_id"]), place.users[Role.CP_WORKER]
        who = Informant(key=DataKey.new(), report_id=case.report_id, name="Người báo tin")
        session.add_all([who, Draft(key=DataKey.new(), user_id=worker.id, form="of nothing",
                                    body="{}", saved_at=clock.now())])  # fmt: skip
    session.commit()
    of_unit = {"informants": {Role.CP_WORKER},
               "shelter_addresses": {Role.CP_WORKER, Role.COMMUNE_CHAIR}}  # fmt: skip
    for role in Role:
        actor = actor_of(world.mine.users[role])
        rows = shown(session, actor)[table]
        if table in of_unit:
            assert bool(rows) == (role in of_unit[table]), role
            assert not rows or rows < keys(session, table), "those of the other commune are not"
        else:
            own = Base.metadata.tables[table]
            mine = select(*own.primary_key).where(own.c.user_id == actor.id)
            assert rows == set(session.execute(mine)), role


def test_what_is_due_elsewhere_is_not_shown_to_who_supervises_a_commune(
    session: Session, world: World
) -> None:
    there = UnitFactory(commune_code=TAN_HUNG)
    assert there.commune_code != world.mine.unit.commune_code
    elsewhere = CaseFactory(worked_by=there)
    session.add_all(
        an_obligation(case, world.mine.users[Role.CP_WORKER], "visit", new_id(), now, now)
        for now in (clock.now(),)
        for case in (session.get_one(Case, world.mine.ids["case_id"]), elsewhere)
    )
    session.commit()
    supervisor, hidden = actor_of(supervisor_of_a_part(world, "of a commune")), elsewhere.id
    session.commit()
    read_as(session, supervisor)
    due = set(session.scalars(select(Obligation.case_id).where(Obligation.kind == "visit")))
    assert world.mine.ids["case_id"] in due and hidden not in due


def test_who_took_a_report_is_shown_nobody_who_told(session: Session, world: World) -> None:
    desk = world.mine.users[Role.INTAKE]
    report = ReportFactory(taken_by_unit_id=world.mine.unit.id, received_by_id=desk.id)
    CaseFactory(worked_by=world.theirs.unit, of_report=report)
    session.add(Informant(key=DataKey.new(), report_id=report.id, name="Người báo tin"))
    session.commit()
    for role in (Role.INTAKE, Role.CP_WORKER):
        read_as(session, actor_of(world.mine.users[role]))
        assert session.get(Report, report.id) is not None
        assert (
            session.scalars(select(Informant).where(Informant.report_id == report.id)).all() == []
        )
        session.rollback()
    read_as(session, actor_of(world.theirs.users[Role.CP_WORKER]))
    assert (
        len(session.scalars(select(Informant).where(Informant.report_id == report.id)).all()) == 1
    )


def test_what_was_exported_is_read_by_who_asked(session: Session, world: World) -> None:
    asked = session.scalars(select(Export).where(Export.file_id.is_not(None))).all()
    assert asked
    for by, file in [(one.by_id, one.file_id) for one in asked]:
        for user in (one for one in world.mine.users.values() if one.role is not Role.SUPERVISOR):
            read_as(session, actor_of(user))
            shown = session.scalar(select(FileChunk.id).where(FileChunk.file_id == file).limit(1))
            assert (shown is not None) == (user.id == by), user.role
            session.rollback()


def test_a_search_whose_filter_was_removed_finds_nobody_more(
    browser: Browser, session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = ChildFactory(full_name="Phạm Bí Mật")
    CaseFactory(worked_by=world.theirs.unit, of_child=child)
    session.commit()
    link = f"/people/{child.id}"
    monkeypatch.setattr(people_policy, "visible_to", lambda _actor: select(Child))
    monkeypatch.setattr(people_policy, "visible_ids", lambda _actor: None)
    browser.sign_in(world.mine.users[Role.CP_WORKER])
    asked = {"q": "Phạm Bí Mật"}
    assert link not in str(browser.submit("people.search", asked, expect=200))
    with without_wall(monkeypatch):
        assert link in str(browser.submit("people.search", asked, expect=200))
