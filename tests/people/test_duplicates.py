"""Likely duplicates: scores with reasons inside the reader's scope, outside it only whom to ask."""

import json
import uuid
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, Unit
from app.core import clock
from app.core.crypto import keyring
from app.core.db import db
from app.people.duplicates import (
    STRONG,
    TOLD_FROM,
    WEIGHTS,
    Candidate,
    Match,
    Reason,
    likely_duplicates,
)
from app.people.models import Child, Sex
from tests.browser import Browser
from tests.factories import (
    PHO_HIEN,
    TAN_HUNG,
    CarerFactory,
    CaseFactory,
    ChildFactory,
    UnitFactory,
    UserFactory,
)
from tests.people.test_visibility import actor_of
from tests.sql import counted

NUMBER = "033317001234"
KNOWN = Candidate(full_name="Nguyễn Minh Anh", birth_year=2017, commune=PHO_HIEN, sex=Sex.FEMALE)


@pytest.fixture
def unit(session: Session) -> Unit:
    return UnitFactory(name="UBND phường Phố Hiến")


@pytest.fixture
def worker(unit: Unit) -> Actor:
    return actor_of(unit, Role.CP_WORKER)


def known_child(unit: Unit, **values: object) -> Child:
    child = ChildFactory(**values)
    CaseFactory(of_child=child, worked_by=unit)
    return child


def matches(session: Session, actor: Actor, candidate: Candidate) -> list[Match]:
    found = likely_duplicates(session, actor=actor, candidate=candidate, now=clock.now())
    session.rollback()
    return found


def test_the_same_child(session: Session, unit: Unit, worker: Actor) -> None:
    child = known_child(unit)
    CarerFactory(child=child, full_name="Lê Thị Hòa")
    candidate = Candidate(
        full_name="Nguyễn Minh Anh",
        birth_year=2017,
        dob=date(2017, 3, 5),
        parent_names=("Lê Thị Hoà",),
        commune=PHO_HIEN,
    )
    (match,) = matches(session, worker, candidate)
    assert (match.child_id, match.name, match.score) == (child.id, "Nguyễn Minh Anh", 100)
    assert set(match.reasons) == {
        Reason.NAME_SAME,
        Reason.SAME_DOB,
        Reason.PARENT,
        Reason.COMMUNE,
    }


@pytest.mark.parametrize(
    ("candidate", "reasons"),
    [
        (
            Candidate(full_name="Nguyễn Minh Ánh", birth_year=2018),
            {"name_without_marks", "birth_year"},
        ),
        (
            Candidate(full_name="Nguyễn Minh Amh", birth_year=2016, commune=PHO_HIEN),
            {"name_close", "birth_year", "commune"},
        ),
        (
            Candidate(full_name="nguyen minh anh", commune=PHO_HIEN),
            {"name_same", "commune"},
        ),
        (Candidate(national_id=NUMBER), {"same_number"}),
        (Candidate(full_name="Trần Văn Khác", national_id=NUMBER), {"same_number"}),
    ],
)
def test_reasons_add_up(
    session: Session, unit: Unit, worker: Actor, candidate: Candidate, reasons: set[str]
) -> None:
    number = keyring().lookup("national_id", NUMBER)
    known_child(unit, national_id=NUMBER, national_id_hash=number)
    (match,) = matches(session, worker, candidate)
    assert set(match.reasons) == reasons
    assert match.score == min(100, sum(WEIGHTS[Reason(reason)] for reason in reasons))


def test_the_commune_of_a_case_counts_as_that_of_the_child(
    session: Session, unit: Unit, worker: Actor
) -> None:
    """A report names the place of the event; the child may live elsewhere."""
    known_child(unit, residence_commune=TAN_HUNG)
    candidate = Candidate(full_name="Nguyễn Minh Anh", birth_year=2018, commune=PHO_HIEN)
    (match,) = matches(session, worker, candidate)
    assert Reason.COMMUNE in match.reasons


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(),
        Candidate(full_name="Nguyễn Minh Anh"),  # one of many of this name
        Candidate(full_name="Nguyễn Minh Anh", birth_year=2005, commune=PHO_HIEN),
        Candidate(full_name="Nguyễn Minh Anh", birth_year=2017, sex=Sex.MALE),
        Candidate(full_name="Trần Văn Bình", birth_year=2017, commune=PHO_HIEN),
        Candidate(national_id="033317009999"),
    ],
)
def test_too_little_in_common(
    session: Session, unit: Unit, worker: Actor, candidate: Candidate
) -> None:
    known_child(unit)
    assert matches(session, worker, candidate) == []


def test_outside_the_scope_only_whom_to_ask(session: Session, worker: Actor) -> None:
    known_child(UnitFactory(name="UBND xã Tân Hưng"), residence_commune=PHO_HIEN)
    (match,) = matches(session, worker, KNOWN)
    assert match == Match(None, TOLD_FROM, (), is_visible=False, unit_names=("UBND xã Tân Hưng",))


def test_outside_the_scope_the_same_number_is_told(session: Session, worker: Actor) -> None:
    number = keyring().lookup("national_id", NUMBER)
    known_child(UnitFactory(), national_id=NUMBER, national_id_hash=number)
    asked = Candidate(full_name="Trần Văn Khác", national_id=NUMBER)
    assert [match.score for match in matches(session, worker, asked)] == [STRONG]


PROBES = [
    {"sex": Sex.FEMALE},
    {"sex": Sex.MALE},
    {"dob": date(2017, 3, 5)},
    {"dob": date(2017, 3, 6)},
    {"parent_names": ("Lê Thị Hòa",)},
    {"parent_names": ("Trần Thị Lan",)},
    {"commune": PHO_HIEN},
    {"commune": TAN_HUNG},
    {"national_id": "033317009999"},
]


@pytest.mark.parametrize("name", ["Nguyễn Minh Anh", "nguyen minh anh", "Nguyễn Minh Amh"])
@pytest.mark.parametrize("year", [None, 2014, 2016, 2017, 2018, 2019])
def test_outside_the_scope_nothing_is_learnt_by_varying_the_question(
    session: Session, worker: Actor, name: str, year: int | None
) -> None:
    """Whether the line appears follows from the name and the year of birth alone."""
    child = known_child(UnitFactory())
    CarerFactory(child=child, full_name="Lê Thị Hòa")
    plain = matches(session, worker, Candidate(full_name=name, birth_year=year))
    for probe in PROBES:
        asked = Candidate(full_name=name, birth_year=year, **probe)
        assert matches(session, worker, asked) == plain, probe
    assert bool(plain) == (name != "Nguyễn Minh Amh" and year in (2016, 2017, 2018))


def test_outside_the_scope_namesakes_do_not_crowd_each_other_out(
    session: Session, worker: Actor
) -> None:
    """Not even among sixty namesakes of the same year does commune or sex decide who is told of."""
    known_child(UnitFactory(name="UBND xã Tân Hưng"), residence_commune=TAN_HUNG, sex=Sex.MALE)
    for _ in range(60):
        ChildFactory()
    plain = matches(session, worker, Candidate(full_name="Nguyễn Minh Anh", birth_year=2017))
    assert [match.unit_names for match in plain] == [("UBND xã Tân Hưng",)]
    for probe in PROBES:
        asked = Candidate(full_name="Nguyễn Minh Anh", birth_year=2017, **probe)
        assert matches(session, worker, asked) == plain, probe


def test_what_a_desk_reported_is_compared_as_if_outside(session: Session) -> None:
    """The file of its report grew without the desk: it must not be read back by guesses."""
    unit = UnitFactory(hotline=True)
    child = ChildFactory()
    CarerFactory(child=child, full_name="Lê Thị Hòa")
    case = CaseFactory(of_child=child)
    from_desk(session, unit.id, case.id, child.id)
    desk = actor_of(unit, Role.INTAKE)
    plain = [Match(child.id, TOLD_FROM, (), is_visible=True)]
    for probe in ({}, *PROBES):
        asked = Candidate(full_name="Nguyễn Minh Anh", birth_year=2017, **probe)
        assert matches(session, desk, asked) == plain, probe
        asked = Candidate(full_name="Nguyễn Minh Anh", **probe)
        assert matches(session, desk, asked) == [], probe


def test_of_many_namesakes_the_right_one(session: Session, unit: Unit, worker: Actor) -> None:
    for _ in range(60):
        ChildFactory(birth_year=2009, dob="2009-01-01", residence_commune=TAN_HUNG)
    child = known_child(unit)
    for _ in range(60):
        ChildFactory(birth_year=2009, dob="2009-01-01", residence_commune=TAN_HUNG)
    assert [match.child_id for match in matches(session, worker, KNOWN)] == [child.id]


def test_the_fragment_of_the_intake_form(browser: Browser, session: Session, unit: Unit) -> None:
    child = known_child(unit)
    known_child(UnitFactory(name="UBND xã Tân Hưng"), full_name="Nguyễn Minh Anh")
    browser.sign_in(UserFactory(unit=unit))
    form = {
        "csrf_token": token(browser),
        "children-0-child_name": "Nguyễn Minh Anh",
        "children-0-dob": ["5", "3", "2017"],
        "children-0-sex": "female",
        "children-0-residence_commune": PHO_HIEN,
    }
    with counted(db.engine) as statements:
        page = browser.post("/people/duplicates", form, expect=200)
    assert len(statements) <= 8
    assert page.select_one(f'a[href="/people/{child.id}"]').text == "Nguyễn Minh Anh"
    assert "ngày sinh" in page.text and "giống 95/100" in page.text
    assert "đã được biết ở UBND xã Tân Hưng: hãy hỏi đơn vị đó" in page.text
    body = session.scalars(
        select(AuditEvent.body).where(AuditEvent.action == "people.duplicates_shown")
    ).one()
    assert len(json.loads(body)["data"]["children"]) == 2 and "Anh" not in body


def test_a_desk_gets_no_data_of_what_it_reported(browser: Browser, session: Session) -> None:
    desk = UserFactory(role=Role.INTAKE)
    case = CaseFactory(of_child=ChildFactory(full_name="Nguyễn Minh Ánh"))
    from_desk(session, desk.unit_id, case.id, case.child_id)
    browser.sign_in(desk)
    form = {"csrf_token": token(browser), "child_name": "Nguyễn Minh Anh", "dob": "2017"}
    page = browser.post("/people/duplicates", form, expect=200)
    assert "Trẻ em trong tin báo của đơn vị bạn" in page.text
    assert "Ánh" not in page.text and "/100" not in page.text and not page.select("a")


def test_half_typed_values_are_passed_over(browser: Browser, unit: Unit) -> None:
    known_child(unit)
    browser.sign_in(UserFactory(unit=unit))
    form = {
        "csrf_token": token(browser),
        "child_name": "Nguyễn Minh Anh",
        "dob": ["31", "2", "2017"],
        "est_age": "chín",
        "sex": "?",
        "residence_commune": PHO_HIEN,
    }
    assert "Nguyễn Minh Anh" in browser.post("/people/duplicates", form, expect=200).text


@pytest.mark.parametrize(
    "typed",
    [
        {"residence_commune": "\x00"},
        {"child_name": "Nguyễn Minh Anh\x00"},
        {"mother_name": "Lê " + "a" * 300_000, "national_id": NUMBER},
        {"child_name": "Nguyễn Minh Anh " + "a" * 300_000},
        {"national_id": "0" * 300_000},
        {"dob": ["1" * 5000, "1", "2017"], "est_age": "9" * 5000},
    ],
)
def test_what_no_form_would_keep_is_passed_over(
    browser: Browser, unit: Unit, typed: dict[str, object]
) -> None:
    known_child(unit)
    browser.sign_in(UserFactory(unit=unit))
    form = {
        "csrf_token": token(browser),
        "child_name": "Nguyễn Minh Anh",
        "event_commune": PHO_HIEN,
        **typed,
    }
    browser.post("/people/duplicates", form, expect=200)


def test_a_name_that_nobody_has_was_asked_for_all_the_same(
    browser: Browser, session: Session, unit: Unit
) -> None:
    """Who tries names one by one is seen, hit or miss; the log keeps no name."""
    known_child(unit)
    browser.sign_in(UserFactory(role=Role.AGENCY_OFFICER))
    form = {"csrf_token": str(browser.get("auth.profile").select_one("[name=csrf_token]")["value"])}
    for name in ("Trần Văn Không", "Nguyễn Minh Anh"):  # nobody; not alike enough
        browser.post("/people/duplicates", {**form, "child_name": name}, expect=200)
    browser.post("/people/duplicates", {**form, "child_name": ""}, expect=200)  # asks nothing
    shown = select(AuditEvent.body).where(AuditEvent.action == "people.duplicates_shown")
    found = [json.loads(body)["data"] for body in session.scalars(shown)]
    assert found == [{"children": [], "count": 0}] * 2


def token(browser: Browser) -> str:
    return str(browser.get("people.search").select_one("[name=csrf_token]")["value"])


def from_desk(
    session: Session, unit_id: uuid.UUID, case_id: uuid.UUID, child_id: uuid.UUID
) -> None:
    session.add(
        CaseAccess(
            case_id=case_id,
            child_id=child_id,
            holder_id=unit_id,
            reason=AccessReason.REPORTED,
            since=clock.now(),
        )
    )
    session.commit()
