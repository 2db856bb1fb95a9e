"""The numbers that reports alone have (cases that are open or ended, care, separations, events):
those of the communes, of the province and of current tables tell of no small one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.core import clock
from app.core.db import db
from app.core.sealed import DataKey
from app.indicators.models import FactCase, PeriodicState, ReportVersion
from app.indicators.queries.released import agency_tables
from app.indicators.services.current_tables import refresh
from app.indicators.services.report_figures import count_figures, protect_figures, read_tables
from app.indicators.tables import ProtectedTable
from tests.factories import UnitFactory, UserFactory
from tests.indicators.figures import LONG_AGO, add_children, add_support, subject
from tests.indicators.test_release_attack import YEAR, a_report

LARGE, SMALL, OTHER = "12271", "11977", "12025"
ENDS = ("open.open", "closed.closed", "cases.cases_total")
CARE = ("care.care",)


@pytest.fixture
def supervisor(session: Session) -> User:
    return UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))


def add_care(session: Session, count: int, commune: str, name: str = "") -> None:
    """Children for whom a family was found in the year."""
    made = add_children(session, count, group="ORPHAN", commune=commune, name=f"care{name}")
    add_support(session, made, kind="kinship", since=YEAR.start + timedelta(days=60), source="care")
    session.commit()


def add_cases(session: Session, commune: str, *, is_open: int = 0, ended: int = 0) -> None:
    """All of them received in the year."""
    day = YEAR.start + timedelta(days=40)
    row = {
        "category": "unsupported", "channel": "phone", "forms": [], "commune": commune,
        "event_commune": commune, "event_on": day, "is_event_day_known": True, "age": 9,
        "received_on": day, "recorded_at": LONG_AGO, "state": "plan_active",
    }  # fmt: skip
    end = {"state": "closed", "ended_on": day + timedelta(days=40), "ended_at": LONG_AGO}
    for number in range(is_open + ended):
        its = subject(f"case {commune} {number}")
        said = end if number < ended else {}
        session.execute(insert(FactCase).values(subject=its, event=its, **row | said))
    session.commit()


def reported(
    session: Session, commune: str | None, by: User, codes: tuple[str, ...], *, is_sent: bool = True
) -> dict[str, int | None]:
    """What a report shows of these tables, once it is drafted, or sent."""
    unit = UnitFactory(commune_code=commune) if commune else session.get_one(Unit, by.unit_id)
    session.add(report := a_report(unit, commune))
    session.flush()
    now, counted = clock.now(), count_figures(session, report, clock.now())
    kept = [one for one in counted.counts if one.code in codes]
    figures = protect_figures(replace(counted, counts=kept))
    session.add(key := DataKey.new())
    told = {"sent_at": now, "sent_by": by.id, "state": PeriodicState.SUBMITTED}
    version = ReportVersion(
        key=key, report_id=report.id, number=1, staff={}, tables=figures.sent, counted_at=now,
        typed_at=now, by_id=by.id, **told if is_sent else {"state": PeriodicState.DRAFTED},
    )  # fmt: skip
    session.add(version)
    session.commit()
    return {code: one[()].value for code, one in read_tables(figures.sent).items()}


def current_cases(session: Session) -> ProtectedTable:
    codes = frozenset({"cases.commune"})
    refresh(now=clock.now(), begin=db.sessionmaker.begin, periods=[YEAR], codes=codes)
    session.rollback()
    (table,) = agency_tables(session, ["cases"])
    return table


def test_the_province_less_one_commune_is_not_the_other(session: Session, supervisor: User) -> None:
    """Seven children were placed, five of them in one commune."""
    add_care(session, 5, LARGE)
    add_care(session, 2, SMALL)
    shown = [reported(session, one, supervisor, CARE)["care.care"] for one in (LARGE, SMALL, None)]
    assert shown == [5, None, None]


@pytest.mark.parametrize("is_sent", [True, False])
def test_nor_where_the_province_was_first(
    session: Session, supervisor: User, is_sent: bool
) -> None:
    """The commune that is more than a few hides how many, for the sake of the other."""
    add_care(session, 5, LARGE)
    add_care(session, 2, SMALL)
    small = reported(session, SMALL, supervisor, CARE, is_sent=is_sent)
    province = reported(session, None, supervisor, CARE, is_sent=is_sent)
    large = reported(session, LARGE, supervisor, CARE)
    assert [one["care.care"] for one in (small, province, large)] == [None, 7, None]


def test_a_number_that_is_another_one_by_now_hides_nothing(
    session: Session, supervisor: User
) -> None:
    add_care(session, 5, LARGE)
    add_care(session, 2, SMALL)
    for commune in (LARGE, SMALL):
        reported(session, commune, supervisor, CARE)
    add_care(session, 1, LARGE, "late")
    assert reported(session, None, supervisor, CARE)["care.care"] == 8


def test_what_ended_does_not_follow_neither(session: Session, supervisor: User) -> None:
    add_cases(session, LARGE, is_open=9, ended=6)
    add_cases(session, SMALL, is_open=12, ended=3)
    communes = [reported(session, one, supervisor, ENDS) for one in (LARGE, SMALL)]
    assert [one["closed.closed"] for one in communes] == [6, None]
    assert reported(session, None, supervisor, ENDS)["closed.closed"] is None


def test_what_ended_in_a_commune_has_no_lower_bound(session: Session, supervisor: User) -> None:
    """A current table shows what was received; the province's number would tell that no more than
    twelve are open there."""
    add_cases(session, LARGE, is_open=9, ended=6)
    add_cases(session, SMALL, is_open=12, ended=3)
    assert not any(cell.is_hidden for cell in current_cases(session).cells.values())
    communes = [reported(session, one, supervisor, ENDS) for one in (LARGE, SMALL)]
    assert communes[1] == {"open.open": None, "closed.closed": None, "cases.cases_total": 15}
    shown = reported(session, None, supervisor, ENDS)
    assert shown == {"open.open": None, "closed.closed": None, "cases.cases_total": 30}


def test_a_current_table_knows_what_a_report_shows_as_open(
    session: Session, supervisor: User
) -> None:
    """13 are open, as the report says; were 16 received, three had ended."""
    add_cases(session, LARGE, is_open=13, ended=3)
    add_cases(session, SMALL, is_open=9)
    add_cases(session, OTHER, is_open=12)
    shown = reported(session, LARGE, supervisor, ENDS)
    assert shown == {"open.open": 13, "closed.closed": None, "cases.cases_total": None}
    table = current_cases(session)
    assert table[LARGE,].is_hidden
    assert not all(cell.is_hidden for cell in table.cells.values())
