"""The rules people argue about, one by one: docs/counting-rules.md names these tests."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit, User
from app.cases.enums import CaseState, Category, Outcome
from app.cases.models import Case, CaseNumber, Report, SafetyMeasure, ServiceReceived, Verification
from app.cases.models.moves import CaseTransfer, TransferState
from app.cases.services.care_rules import start_next
from app.cases.services.repeats import pass_on
from app.core import clock
from app.core.sealed import DataKey
from app.deadlines.models import Deadline
from app.deadlines.services import meet, void_all
from app.indicators.models import PopulationCount, PopulationEntry, PopulationOrigin
from app.indicators.periods import Period, PeriodKind
from app.indicators.queries.counting import count, figure
from app.indicators.services.bundles import protect_all
from app.indicators.services.deriving import rebuild, work_off
from app.indicators.tables import TOTAL
from app.people.merging import merge_children
from app.people.models import Child, Sex
from app.reference.communes import communes
from app.register.models import GroupMembership
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import (
    PHO_HIEN,
    TAN_HUNG,
    CaseFactory,
    ChildFactory,
    ReportFactory,
    UnitFactory,
    UserFactory,
)
from tests.register.people import in_group

RULES = Path(__file__).parent.parent.parent / "docs" / "counting-rules.md"
YEAR = Period.parse("2026")


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 3, tzinfo=UTC)


class Commune:
    """A commune's unit and its worker, and what happens to children there."""

    def __init__(self, session: Session, code: str = PHO_HIEN) -> None:
        self.session, self.code = session, code
        self.unit: Unit = UnitFactory(commune_code=code)
        self.worker: User = UserFactory(unit=self.unit)

    def child(self, **about: Any) -> Child:
        made: Child = ChildFactory(**{"residence_commune": self.code, **about})
        return made

    def special(self, child: Child, code: str = "DISABILITY", **about: Any) -> Case:
        case: Case = CaseFactory(
            worked_by=self.unit,
            of_child=child,
            category=Category.SPECIAL_CIRCUMSTANCES,
            abuse_forms=[],
            opened_at=at(1, 5),
        )
        in_group(self.session, case, self.worker, code, **about)
        return case

    def abuse(
        self, child: Child, *, on: datetime, report: Any = None, confirmed: bool = True, **more: Any
    ) -> Case:
        report = report or ReportFactory(
            user=self.worker, received_at=on, typed_at=on, event_at=on, event_commune=self.code
        )
        case: Case = CaseFactory(
            worked_by=self.unit, of_child=child, of_report=report, opened_at=on, **more
        )
        if confirmed:
            self.confirm(case, on + timedelta(days=1))
        return case

    def confirm(self, case: Case, when: datetime) -> None:
        self.add(
            Verification(
                key=self.key(case),
                case_id=case.id,
                outcome=Outcome.CONFIRMED,
                happened_at=when,
                typed_at=when,
                by_id=self.worker.id,
            )
        )

    def service(self, case: Case, first: date, last: date | None = None) -> ServiceReceived:
        service = ServiceReceived(
            key=self.key(case),
            case_id=case.id,
            child_id=case.child_id,
            service_type="support",
            kind="health",
            from_on=first,
            to_on=last,
            happened_at=at(1, 1),
            typed_at=at(1, 1),
            by_id=self.worker.id,
        )
        self.add(service)
        return service

    def move(self, case: Case, to: "Commune | None", when: datetime) -> None:
        moved = CaseTransfer(
            key=self.key(case),
            case_id=case.id,
            from_unit_id=self.unit.id,
            to_unit_id=to.unit.id if to else None,
            state=TransferState.ACCEPTED,
            offered_by=self.worker.id,
            offered_at=when,
            answered_at=when,
        )
        self.add(moved)

    def key(self, case: Case) -> DataKey:
        return self.session.get_one(Child, case.child_id).key

    def add(self, row: object) -> None:
        self.session.add(row)
        self.session.commit()


@pytest.fixture
def here(session: Session) -> Commune:
    return Commune(session)


@pytest.fixture
def there(session: Session) -> Commune:
    return Commune(session, TAN_HUNG)


def derive(session: Session) -> None:
    work_off(session, clock.now())
    session.commit()


def number(
    session: Session, code: str, period: Period = YEAR, commune: str | None = None, **more: Any
) -> int:
    derive(session)
    return figure(session, code, period, commune, **more).numerator


def cells(session: Session, code: str, period: Period = YEAR) -> dict[tuple[str, ...], int]:
    derive(session)
    return {place: n for place, n in count(session, code, period).cells.items() if n}


def test_moved_during_the_year(session: Session, here: Commune, there: Commune) -> None:
    case = here.special(here.child(), since=date(2026, 1, 10))
    gone = here.special(here.child(), since=date(2026, 1, 10))
    here.move(case, there, at(5, 20))
    here.move(gone, None, at(8, 1))
    quarters = [Period.parse(f"2026-Q{part}") for part in (1, 2, 3)]
    assert [number(session, "8a", one, PHO_HIEN) for one in quarters] == [2, 1, 0]
    assert [number(session, "8a", one, TAN_HUNG) for one in quarters] == [0, 1, 1]
    assert [number(session, "8a", one) for one in quarters] == [2, 2, 1]


def test_moved_during_the_year_and_the_record_says_where(
    session: Session, here: Commune, there: Commune
) -> None:
    """After the last move an updated record counts more than the commune that took the case."""
    child = here.child()
    here.move(here.special(child, since=date(2026, 1, 10)), there, at(5, 20))
    child.residence_commune = "12271"
    session.commit()
    assert cells(session, "special.commune") == {("12271",): 1, (TOTAL,): 1}
    assert number(session, "8a", Period.parse("2026-Q1"), PHO_HIEN) == 1


def test_moved_twice_during_the_year(session: Session, here: Commune, there: Commune) -> None:
    """The record still says where the child lived at first: the communes that took the case know
    better."""
    third = Commune(session, "12004")
    child = here.child()
    case = here.special(child, since=date(2026, 1, 10))
    here.move(case, there, at(2, 10))
    there.move(case, third, at(5, 10))
    here.abuse(child, on=at(11, 1))
    lived = {
        period: cells(session, "special.commune", Period.parse(period))
        for period in ("2026-01", "2026-Q1", "2026-Q2", "2026")
    }
    assert lived == {
        "2026-01": {(PHO_HIEN,): 1, (TOTAL,): 1},
        "2026-Q1": {(TAN_HUNG,): 1, (TOTAL,): 1},
        "2026-Q2": {("12004",): 1, (TOTAL,): 1},
        "2026": {("12004",): 1, (TOTAL,): 1},
    }
    assert cells(session, "abuse.commune") == {("12004",): 1, (TOTAL,): 1}
    child.residence_commune = TAN_HUNG  # as it was between the two moves
    session.commit()
    assert number(session, "8a", YEAR, "12004") == 1


def test_moved_twice_in_one_day(session: Session, here: Commune, there: Commune) -> None:
    third = Commune(session, "12004")
    case = here.special(here.child(), since=date(2026, 1, 10))
    here.move(case, there, at(5, 10))
    there.move(case, third, at(5, 10) + timedelta(hours=3))
    before, after = Period.parse("2026-Q1"), Period.parse("2026-Q2")
    assert cells(session, "special.commune", before) == {(PHO_HIEN,): 1, (TOTAL,): 1}
    assert cells(session, "special.commune", after) == {("12004",): 1, (TOTAL,): 1}


def test_moved_and_back_home(
    session: Session, browser: Browser, here: Commune, there: Commune
) -> None:
    """Whoever works the case writes down that the child lives where it lived before."""
    child = here.child()
    case = here.special(child, since=date(2026, 1, 10))
    here.move(case, there, at(2, 10))
    assert number(session, "8a", YEAR, TAN_HUNG) == 1
    browser.sign_in(here.worker)
    for commune in (TAN_HUNG, PHO_HIEN):
        browser.submit("people.edit", {"residence_commune": commune}, child_id=child.id)
        assert cells(session, "special.commune") == {(commune,): 1, (TOTAL,): 1}


def test_back_from_another_province(session: Session, here: Commune, there: Commune) -> None:
    """Counted again from a further case, or from when the record names a commune again; a report
    that comes to nothing brings nobody back."""
    reported, noted, gone = (here.child() for _ in range(3))
    for child in (reported, noted, gone):
        here.move(here.special(child, since=date(2026, 1, 10)), None, at(2, 10))
    periods = [Period.parse(one) for one in ("2026-01", "2026-Q1", "2026-Q2", "2026-Q3", "2026")]
    assert [number(session, "8a", one) for one in periods] == [3, 0, 0, 0, 0]
    told = there.abuse(reported, on=at(5, 5))
    there.abuse(gone, on=at(5, 5), confirmed=False, state=CaseState.OUT_OF_SCOPE, is_ended=True)
    noted.residence_commune, noted.residence_noted_at = TAN_HUNG, at(8, 8)
    session.commit()
    assert [number(session, "8a", one) for one in periods] == [3, 0, 1, 2, 2]
    assert [number(session, "8a", one, TAN_HUNG) for one in periods] == [0, 0, 1, 2, 2]
    assert number(session, "9") == 1
    there.move(told, here, at(7, 1))
    lived = [number(session, "8a", one, TAN_HUNG) for one in periods]
    assert lived == [0, 0, 1, 1, 1]
    here.move(told, None, at(10, 1))
    assert [number(session, "8a", one) for one in periods] == [3, 0, 1, 2, 1]


def test_in_two_groups_at_once(session: Session, here: Commune) -> None:
    child = here.child()
    here.special(child, "DISABILITY")
    here.special(child, "ORPHAN")
    here.special(child, "AT_RISK")
    found = cells(session, "special.group_sex")
    assert found["DISABILITY", TOTAL] == found["ORPHAN", TOTAL] == found[TOTAL, TOTAL] == 1
    assert {group for group, _ in found} == {"DISABILITY", "ORPHAN", TOTAL}
    here.special(here.child(), "AT_RISK")
    assert number(session, "8a") == 1


def test_confirmed_when(session: Session, here: Commune) -> None:
    case = here.abuse(here.child(), on=at(12, 28, 2025), confirmed=False)
    before = Period.parse("2025")
    assert (number(session, "9", before), number(session, "9")) == (0, 0)
    here.confirm(case, at(1, 8))
    assert (number(session, "9", before), number(session, "9")) == (1, 0)
    known = {"known_at": at(1, 5)}
    assert number(session, "9", before, **known) == 0
    for state in (CaseState.NOT_CONFIRMED, CaseState.DUPLICATE, CaseState.OUT_OF_SCOPE):
        case.state, case.is_ended, case.ended_at = state, True, at(2, 1)
        session.commit()
        assert number(session, "9", before) == 0
        assert number(session, "9", before, known_at=at(1, 20)) == 1  # so it was known then


def test_what_was_refused_confirmed_and_refused_again_counts_in_between(
    session: Session, here: Commune
) -> None:
    """Nobody knew yet, on 20 January, that the case would be closed as a duplicate."""
    case = here.abuse(here.child(), on=at(12, 28, 2025), confirmed=False)
    for outcome, when in ((Outcome.DUPLICATE, at(1, 5)), (Outcome.CONFIRMED, at(1, 8))):
        here.add(
            Verification(
                key=here.key(case), case_id=case.id, outcome=outcome, happened_at=when,
                typed_at=when, by_id=here.worker.id,
            )
        )  # fmt: skip
    case.state, case.is_ended, case.ended_at = CaseState.DUPLICATE, True, at(2, 1)
    session.commit()
    for code in ("9", "received"):
        period = Period.parse("2025")
        assert number(session, code, period, known_at=at(1, 20)) == 1, code
        assert number(session, code, period) == 0, code


def test_residence_or_event_commune(session: Session, here: Commune, there: Commune) -> None:
    here.abuse(there.child(), on=at(4, 1))  # it lives there, it happened here
    assert cells(session, "abuse.commune") == {(TAN_HUNG,): 1, (TOTAL,): 1}
    assert cells(session, "abuse.event_commune") == {(PHO_HIEN,): 1, (TOTAL,): 1}
    assert number(session, "9", YEAR, TAN_HUNG) == 1
    assert number(session, "9", YEAR, PHO_HIEN) == 0


@pytest.mark.parametrize(("born", "counted"), [(2010, 0), (2011, 1), (2009, 0)])
def test_turned_16(session: Session, here: Commune, born: int, counted: int) -> None:
    here.special(here.child(birth_year=born), since=date(2025, 1, 1))
    assert number(session, "8a") == counted
    assert number(session, "8a", Period.parse("2026-01")) == counted  # the whole year alike
    assert number(session, "8a", Period.parse("2025")) == (1 if born > 2009 else 0)


@pytest.mark.parametrize(("age", "counted"), [(15, 1), (16, 0), (None, 1)])
def test_turned_16_before_it_happened(
    session: Session, here: Commune, age: int | None, counted: int
) -> None:
    """Born in 2010 or unknown: the age at the report is exact and counts for 9."""
    born = 2010 if age == 16 else 2011
    here.abuse(here.child(birth_year=born), on=at(4, 1), age_at_report=age)
    assert number(session, "9") == counted


def test_fifteen_when_it_happened_and_sixteen_when_told(
    session: Session, browser: Browser, here: Commune
) -> None:
    """Told on pages a year late; whether the child was 15 follows what is corrected later."""
    today = clock.today()
    happened, turned = today - timedelta(days=400), today - timedelta(days=200)
    year = Period.containing(PeriodKind.YEAR, happened)
    typed = {
        "category": "abused",
        "channel": "phone",
        "child_name": "Lê Thị Bưởi",
        "dob": [f"{turned.day:02}", f"{turned.month:02}", str(turned.year - 16)],
        "event_commune": here.code,
        "event_at": [happened.strftime("%d/%m/%Y"), "10:00"],
        "abuse_forms": ["VIOLENCE"],
    }
    browser.sign_in(here.worker).submit("intake.new", typed, form="#intake")
    case = session.scalars(select(Case)).unique().one()
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=case.id)
    assert (case.age_at_report, case.age_at_event) == (16, 15)
    assert number(session, "9", year) == 1
    older = {"birth": ["01", "01", str(happened.year - 16)]}
    browser.submit("people.edit", older, child_id=case.child_id)
    assert number(session, "9", year) == 0
    earlier = date(happened.year - 1, 12, 31)
    at_fifteen = {"event_at": [earlier.strftime("%d/%m/%Y"), "10:00"]}
    browser.submit("intake.correct", at_fifteen, case_id=case.id)
    assert number(session, "9", Period.containing(PeriodKind.YEAR, earlier)) == 1
    browser.submit("intake.correct", {"event_at": ["", ""]}, case_id=case.id)
    session.refresh(case)
    assert case.age_at_event is None


def test_ages_of_cases_from_before(session: Session, app: Flask, here: Commune) -> None:
    child = here.child(dob="2009-12-05", birth_year=2009)
    told = at(2, 2)
    report = ReportFactory(
        user=here.worker,
        received_at=told,
        typed_at=told,
        event_at=at(3, 1, 2025),
        event_commune=here.code,
    )
    here.abuse(child, on=told, report=report, age_at_report=16)
    here.abuse(here.child(dob=None, dob_precision="year"), on=told)
    session.commit()
    before = Period.parse("2025")
    assert number(session, "9", before) == 0
    done = app.test_cli_runner().invoke(args=["indicators", "ages"])
    assert (done.exit_code, done.output.split()[0]) == (0, "1")
    assert number(session, "9", before) == 1


def test_ages_of_a_record_that_becomes_one_with_another(session: Session, here: Commune) -> None:
    """Its cases are of the child whose day of birth is known."""
    known = here.child(dob="2010-12-05", birth_year=2010)
    unknown = here.child(dob=None, dob_precision="unknown", birth_year=None)
    case = here.abuse(unknown, on=at(4, 1), age_at_report=16)
    here.abuse(known, on=at(1, 5, 2025))
    session.commit()
    assert number(session, "9") == 0
    merge_children(
        session,
        actor=actor_of(here.worker),
        kept=known,
        merged_id=unknown.id,
        reason="Cùng một trẻ em",
        now=clock.now(),
    )
    session.commit()
    assert (case.child_id, case.age_at_event) == (known.id, 15)
    assert number(session, "9") == 1


def test_unknown_sex_or_birth_year(session: Session, here: Commune) -> None:
    here.special(here.child(sex=Sex.UNKNOWN, birth_year=None))
    here.special(here.child(sex=Sex.MALE, birth_year=2031))  # an error is no reason to forget it
    found = cells(session, "special.age_sex")
    assert found["unknown", "unknown"] == found["unknown", "male"] == 1
    assert found["unknown", TOTAL] == found[TOTAL, TOTAL] == 2
    here.abuse(here.child(birth_year=None), on=at(4, 1))
    assert cells(session, "abuse.age_sex")["unknown", TOTAL] == 1


def test_an_erased_child(session: Session, here: Commune) -> None:
    child = here.child()
    here.special(child)
    here.abuse(child, on=at(4, 1))
    before = cells(session, "special.group_sex"), cells(session, "abuse.form_sex")
    child.key.destroy(now=clock.now())
    child.national_id_hash = None
    session.commit()
    rebuild(session)
    assert (cells(session, "special.group_sex"), cells(session, "abuse.form_sex")) == before


def test_merged_duplicates(session: Session, here: Commune) -> None:
    kept, merged = here.child(), here.child()
    here.special(kept)
    here.special(merged)
    assert number(session, "8a") == 2
    merged.merged_into_id = kept.id
    session.commit()
    assert number(session, "8a") == 1
    merged.merged_into_id = None
    session.commit()
    assert number(session, "8a") == 2


def test_late_entries(session: Session, here: Commune) -> None:
    """Recorded in March of what held since last year: it is of last year's figure too."""
    last = Period.parse("2025")
    case = here.special(here.child(), since=date(2025, 6, 1))
    of_case = select(GroupMembership).where(GroupMembership.case_id == case.id)
    session.scalars(of_case).unique().one().recorded_at = at(3, 10)
    session.commit()
    assert number(session, "8a", last) == number(session, "8a") == 1
    assert number(session, "8a", last, known_at=at(3, 1)) == 0


def test_supported_at_least_one_day(session: Session, here: Commune) -> None:
    case = here.special(here.child())
    assert number(session, "8b") == 0
    service = here.service(case, date(2025, 11, 1), date(2026, 1, 1))
    assert number(session, "8b", Period.parse("2026-01")) == 1
    assert number(session, "8b", Period.parse("2026-02")) == 0
    assert cells(session, "supported.kind") == {("health",): 1, (TOTAL,): 1}
    service.struck_at = at(2, 1)
    session.commit()
    assert number(session, "8b") == 0
    measure = SafetyMeasure(
        key=here.key(case),
        case_id=case.id,
        kind="other",
        started_at=at(5, 1),
        typed_at=at(5, 1),
        by_id=here.worker.id,
    )
    here.add(measure)
    assert cells(session, "supported.kind") == {("protection",): 1, (TOTAL,): 1}
    other = here.child()
    here.service(here.abuse(other, on=at(4, 1)), date(2026, 5, 1))  # in none of the 14 groups
    assert number(session, "8b") == 1


def test_a_service_without_an_end_counts_for_a_year(session: Session, here: Commune) -> None:
    """After it began or was written down, whichever is later; written down again, for another one.
    What was decided goes on until it is ended."""
    case = here.special(here.child(birth_year=2020), since=date(2023, 1, 1))
    service = here.service(case, date(2023, 5, 10))
    service.is_ongoing, service.typed_at = True, at(2, 10, 2024)
    session.commit()
    months = [Period.parse(one) for one in ("2023-04", "2023-05", "2025-02", "2025-03")]
    assert [number(session, "8b", one) for one in months] == [0, 1, 1, 0]
    again = here.service(case, date(2025, 3, 20))
    again.is_ongoing, again.typed_at = True, at(3, 20, 2025)
    session.commit()
    months = [Period.parse(one) for one in ("2025-03", "2026-03", "2026-04", "2026")]
    assert [number(session, "8b", one) for one in months] == [1, 1, 0, 1]
    measure = SafetyMeasure(
        key=here.key(case), case_id=case.id, kind="other", started_at=at(4, 1, 2023),
        typed_at=at(4, 1, 2023), by_id=here.worker.id,
    )  # fmt: skip
    here.add(measure)
    assert number(session, "8b", Period.parse("2026-04")) == 1


def test_one_child_of_several_events(session: Session, here: Commune) -> None:
    child, sibling = here.child(birth_year=2013), here.child(birth_year=2020)
    first = here.abuse(child, on=at(2, 1), age_at_report=12)
    here.abuse(child, on=at(9, 1), age_at_report=13, abuse_forms=["NEGLECT", "VIOLENCE"])
    here.abuse(sibling, on=at(2, 1), report=session.get_one(Report, first.report_id))
    assert number(session, "9") == 2
    assert number(session, "abuse_events") == 2
    found = cells(session, "abuse.form_sex")
    assert (found["VIOLENCE", TOTAL], found["NEGLECT", TOTAL], found[TOTAL, TOTAL]) == (2, 1, 2)
    assert cells(session, "abuse.age_sex")["6-12", TOTAL] == 2


@pytest.fixture
def closed(session: Session, here: Commune, there: Commune) -> Case:
    """A case of last year that happened elsewhere, and is closed."""
    on = at(6, 2, 2025)
    report = ReportFactory(
        user=here.worker,
        received_at=on,
        typed_at=on,
        event_at=at(6, 1, 2025),
        event_commune=there.code,
        abuse_setting="home",
    )
    case = here.abuse(here.child(), on=on, report=report)
    case.state, case.is_ended, case.ended_at = CaseState.CLOSED, True, at(9, 1, 2025)
    session.merge(CaseNumber(year=clock.today().year, last=500_000))  # above those of factories
    session.commit()
    return case


def reopen(browser: Browser, here: Commune, case: Case, **typed: Any) -> Case:
    """As the worker does it on pages: reopened, and found to be founded."""
    browser.sign_in(here.worker)
    browser.submit("reviews.reopen", {"reason": "Có tin mới", **typed}, case_id=case.id)
    wanted = select(Case).where(Case.previous_id == case.id)
    episode = here.session.scalars(wanted).unique().one()
    browser.submit("verification.new", {"outcome": "confirmed"}, case_id=episode.id)
    return episode


def test_reopened_is_the_same_event(
    session: Session, browser: Browser, here: Commune, there: Commune, closed: Case
) -> None:
    episode = reopen(browser, here, closed)
    before, now = Period.parse("2025"), Period.containing(PeriodKind.YEAR, clock.today())
    assert [number(session, "9", one) for one in (before, now)] == [1, 0]
    assert [number(session, "abuse_events", one) for one in (before, now)] == [1, 0]
    for code in ("abuse.event_commune", "abuse_events.event_commune"):
        assert cells(session, code, before) == {(there.code,): 1, (TOTAL,): 1}
    assert cells(session, "abuse_events.setting", before) == {("home",): 1, (TOTAL,): 1}
    assert number(session, "received", now) == 1  # a case of its own it is
    happened = {"event_at": ["02/01/2026", "10:00"]}
    browser.submit("intake.correct", happened, case_id=episode.id)
    assert [number(session, "9", one) for one in (before, YEAR)] == [1, 1]
    assert cells(session, "abuse_events.event_commune") == {(here.code,): 1, (TOTAL,): 1}


def test_reopened_for_what_happened_since(
    session: Session, browser: Browser, here: Commune, closed: Case
) -> None:
    day = clock.today() - timedelta(days=1)
    reopen(browser, here, closed, event_at=[day.strftime("%d/%m/%Y"), "10:00"])
    assert number(session, "9", Period.parse("2025")) == 1
    year = Period.containing(PeriodKind.YEAR, day)
    assert (number(session, "9", year), number(session, "abuse_events", year)) == (1, 1)


def test_reopened_and_found_to_be_of_another_kind(
    session: Session, browser: Browser, here: Commune, closed: Case
) -> None:
    """What was no abuse is no day of one."""
    report = session.get_one(Report, closed.report_id)
    closed.category = report.category = Category.SPECIAL_CIRCUMSTANCES
    session.commit()
    episode = reopen(browser, here, closed)
    abused = {"category": "abused", "abuse_forms": ["VIOLENCE"]}
    browser.submit("intake.correct", abused, case_id=episode.id)
    year = Period.containing(PeriodKind.YEAR, clock.today())
    assert [number(session, "9", one) for one in (Period.parse("2025"), year)] == [0, 1]


def test_one_event_has_one_place(session: Session, here: Commune, there: Commune) -> None:
    """Two children of two communes, and a report that was split for one that was erased."""
    told = {"user": here.worker, "received_at": at(4, 2), "typed_at": at(4, 2)}
    nowhere = ReportFactory(**told, event_at=at(4, 1), event_commune=None, abuse_setting="home")
    here.abuse(here.child(), on=at(4, 2), report=nowhere)
    there.abuse(there.child(), on=at(4, 2), report=nowhere)
    whole = ReportFactory(**told, event_at=at(5, 1), event_commune=PHO_HIEN, abuse_setting="home")
    part = ReportFactory(
        **told,
        event_at=at(8, 1),
        event_commune=TAN_HUNG,
        abuse_setting="school",
        split_from_id=whole.id,
    )
    for report in (whole, part):
        here.abuse(here.child(), on=at(4, 2), report=report)
    axes = ("event_commune", "setting", "form")
    assert {axis: cells(session, f"abuse_events.{axis}") for axis in axes} == {
        "event_commune": {("unknown",): 1, (PHO_HIEN,): 1, (TOTAL,): 2},
        "setting": {("home",): 2, (TOTAL,): 2},
        "form": {("VIOLENCE",): 2, (TOTAL,): 2},
    }
    assert cells(session, "abuse.event_commune") == {("unknown",): 2, (PHO_HIEN,): 2, (TOTAL,): 4}
    for code in ("abuse_events.event_commune", "abuse_events.setting"):
        table = count(session, code, YEAR)
        assert [one.problem for one in protect_all([table])] == [None, None]
    whole.abuse_setting = "school"  # corrected: of every child of the event
    session.commit()
    assert cells(session, "abuse.setting") == {("home",): 2, ("school",): 2, (TOTAL,): 4}


def test_clocks_kept(session: Session, here: Commune) -> None:
    case = here.abuse(here.child(), on=at(4, 1))
    due = at(4, 2)
    for cycle, (met, void) in enumerate(
        [(due, None), (due + timedelta(hours=1), None), (None, None), (None, at(4, 1))], 1
    ):
        here.add(
            Deadline(
                subject_id=case.id,
                subject_label=case.number,
                rule_key="T_EMERG",
                rule_version=1,
                cycle=cycle,
                commune_code=PHO_HIEN,
                started_at=at(4, 1),
                due_at=due,
                effective_due_at=due,
                met_at=met,
                voided_at=void,
                closed_at=met or void,
            )
        )
    derive(session)
    found = figure(session, "assessed_12h", Period.parse("2026-04"), PHO_HIEN)
    assert (found.numerator, found.denominator) == (1, 3)
    assert figure(session, "assessed_12h", Period.parse("2026-05")).denominator == 0
    early = figure(session, "assessed_12h", Period.parse("2026-04"), known_at=at(4, 1))
    assert (early.numerator, early.denominator) == (0, 0)  # nothing was due yet


@pytest.mark.parametrize(("hours", "kept"), [(11, 1), (13, 0)])
@pytest.mark.parametrize("was_asked", [True, False])
def test_danger_passed_to_the_original(
    session: Session, here: Commune, there: Commune, hours: int, kept: int, was_asked: bool
) -> None:
    """Found to be a duplicate two days later. Where the original's own clock runs, it is that."""
    began, now, april = at(4, 1), at(4, 3), Period.parse("2026-04")
    child = here.child()
    repeat = here.abuse(child, on=began, confirmed=False)
    original = there.abuse(child, on=began)
    for case in (repeat, original) if was_asked else (repeat,):
        start_next(session, case, "T_EMERG", started_at=began, now=began)
    session.commit()
    session.refresh(original, ["child"])
    pass_on(session, actor=actor_of(there.worker), case=repeat, other=original, now=now)
    void_all(session, subject_id=repeat.id, now=now)
    done = began + timedelta(hours=hours)
    meet(session, subject_id=original.id, rule_key="T_EMERG", happened_at=done, now=now)
    session.commit()
    derive(session)
    found = figure(session, "assessed_12h", april, TAN_HUNG)
    assert (found.numerator, found.denominator) == (kept, 1)
    assert figure(session, "assessed_12h", april).denominator == 1


def test_a_missing_denominator(session: Session, here: Commune) -> None:
    here.special(here.child())
    derive(session)
    assert figure(session, "8a", YEAR).denominator is None
    for one in communes():
        _enter(session, one.code, 1_000)
    assert figure(session, "8a", YEAR).denominator == 104_000
    assert figure(session, "8a", YEAR, PHO_HIEN).denominator == 1_000
    known = figure(session, "8a", YEAR, known_at=at(1, 1))
    assert (known.denominator, len(known.missing)) == (None, 104)


def _enter(session: Session, commune: str, children: int) -> None:
    entry = PopulationEntry(
        year=2026,
        commune_code=commune,
        version=1,
        origin=PopulationOrigin.TYPED,
        source="Sở Y tế",
        source_on=date(2026, 1, 1),
        at=at(2, 1),
        counts=[PopulationCount(sex="male", age_group="0-5", count=children)],
    )
    session.add(entry)
    session.commit()


def test_every_rule_of_the_document_has_its_test() -> None:
    named = set(re.findall(r"`(test_\w+)`", RULES.read_text(encoding="utf-8")))
    assert len(named) == 18
    assert named <= set(globals())
