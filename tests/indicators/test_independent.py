"""What is published of 8a, 8b and 9 equals a count done independently from the raw records."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.cases.enums import CaseState
from app.cases.services.event_ages import fill_event_ages
from app.indicators.periods import Period
from app.indicators.queries.counting import count, figure
from app.indicators.services.deriving import rebuild
from app.indicators.tables import CountTable
from app.people.models import Child
from tests.factories import PHO_HIEN, TAN_HUNG, ReportFactory
from tests.indicators import raw
from tests.indicators.raw import Cells, Records
from tests.indicators.test_rules import Commune, at

PERIODS = [Period.parse(one) for one in "2024 2025 2026-H1 2026-Q3 2026-11 2026".split()]
Rows = Iterable[tuple[object, tuple[set[str], ...]]]


def of_table(table: CountTable) -> Cells:
    return {place: number for place, number in table.cells.items() if number}


def agree(session: Session, code: str, period: Period, rows: Rows) -> None:
    table = count(session, code, period)
    assert of_table(table) == raw.cells(rows, len(table.axes)), (code, period)


def test_children_in_special_circumstances(province: Session) -> None:
    found = raw.read(province)
    for period in PERIODS:
        _agree_on_special(province, found, period)


def _agree_on_special(province: Session, found: Records, period: Period) -> None:
    known = list(raw.special(found, period.last_day))
    ages = {child.id: _age(child.birth_year, period) for child, _, _ in known}
    agree(province, "special.group_sex", period, [(c.id, (g, {c.sex})) for c, g, _ in known])
    agree(province, "special.group_age", period, [(c.id, (g, {ages[c.id]})) for c, g, _ in known])
    agree(
        province, "special.age_sex", period, [(c.id, ({ages[c.id]}, {c.sex})) for c, _, _ in known]
    )
    agree(province, "special.commune", period, [(c.id, ({where},)) for c, _, where in known])
    agree(
        province,
        "special.commune_group_sex",
        period,
        [(c.id, ({where}, g, {c.sex})) for c, g, where in known],
    )
    assert figure(province, "8a", period).numerator == len(known) > 0


def _age(born: int | None, period: Period) -> str:
    return raw.age_group(None if born is None else period.year - born)


def test_those_of_them_who_are_supported(province: Session) -> None:
    found = raw.read(province)
    for period in PERIODS:
        _agree_on_supported(province, found, period)


def _agree_on_supported(
    province: Session, found: Records, period: Period, *, at_least: int = 1
) -> None:
    every = [
        (child, groups, commune, raw.helped(found, child, period.start, period.last_day))
        for child, groups, commune in raw.special(found, period.last_day)
    ]
    for code, places in (
        ("supported.group_given", [g for _, g, _, _ in every]),
        ("supported.sex_given", [{c.sex} for c, _, _, _ in every]),
        ("supported.commune_given", [{where} for _, _, where, _ in every]),
    ):
        rows = [
            (child.id, (place, {"given" if kinds else "not_given"}))
            for (child, _, _, kinds), place in zip(every, places, strict=True)
        ]
        agree(province, code, period, rows)
    known = [one for one in every if one[3]]
    agree(province, "supported.kind", period, [(c.id, (k,)) for c, _, _, k in known])
    agree(province, "supported.kind_sex", period, [(c.id, (k, {c.sex})) for c, _, _, k in known])
    both = figure(province, "8b", period)
    assert both.numerator == len(known) >= at_least
    assert both.denominator == figure(province, "8a", period).numerator


def test_abused_children_and_events(province: Session) -> None:
    found = raw.read(province)
    for period in PERIODS:
        _agree_on_abused(province, found, period)


def _agree_on_abused(province: Session, found: Records, period: Period) -> None:
    known = list(raw.abused(found, period.start, period.end))
    agree(
        province, "abuse.form_sex", period, [(a.child.id, (a.forms, {a.child.sex})) for a in known]
    )
    agree(
        province,
        "abuse.age_sex",
        period,
        [(a.child.id, ({raw.age_group(a.age)}, {a.child.sex})) for a in known],
    )
    agree(province, "abuse.setting", period, [(a.child.id, (a.settings,)) for a in known])
    agree(province, "abuse.relation", period, [(a.child.id, (a.relations,)) for a in known])
    agree(province, "abuse.commune", period, [(a.child.id, ({a.commune},)) for a in known])
    agree(province, "abuse.event_commune", period, [(a.child.id, (a.places,)) for a in known])
    assert figure(province, "9", period).numerator == len(known)
    events = {event: report for a in known for event, report in a.events.items()}
    assert figure(province, "abuse_events", period).numerator == len(events)
    for code, named in (
        ("abuse_events.setting", [one.abuse_setting for one in events.values()]),
        ("abuse_events.event_commune", [one.event_commune for one in events.values()]),
    ):
        rows = [(event, ({one or "unknown"},)) for event, one in zip(events, named, strict=True)]
        agree(province, code, period, rows)


def test_what_seldom_happens(session: Session) -> None:
    """Moved twice, back home, told late, of several communes, split, reopened."""
    here, there, third = (Commune(session, code) for code in (PHO_HIEN, TAN_HUNG, "12004"))
    _tell_of_moves(here, there, third)
    _tell_of_events(here, there)
    fill_event_ages(session)
    session.commit()
    rebuild(session)
    found = raw.read(session)
    for period in PERIODS:
        _agree_on_special(session, found, period)
        _agree_on_supported(session, found, period, at_least=0)
        _agree_on_abused(session, found, period)


def _tell_of_moves(here: Commune, there: Commune, third: Commune) -> None:
    since = date(2023, 5, 1)
    again, in_a_day, home = here.child(), here.child(), here.child(residence_noted_at=at(6, 1))
    case = here.special(again, since=since)
    here.move(case, there, at(2, 10))
    there.move(case, third, at(5, 10))
    here.abuse(again, on=at(11, 1))
    case = here.special(in_a_day, since=since)
    here.move(case, there, at(5, 10))
    there.move(case, third, at(5, 10) + timedelta(hours=3))
    here.move(here.special(home, since=since), there, at(2, 10))
    here.move(here.special(here.child(residence_commune="12271"), since=since), there, at(2, 10))
    _tell_of_returns(here, there, since)
    for typed_at in (at(5, 1, 2024), at(5, 1, 2025), at(5, 1)):
        service = here.service(here.special(here.child(), since=since), date(2023, 6, 1))
        service.is_ongoing, service.typed_at = True, typed_at


def _tell_of_returns(here: Commune, there: Commune, since: date) -> None:
    """From another province: told by a case, by the record, by both, by one that moves on."""
    by_case, by_record, by_both, moves_on, twice = (here.child() for _ in range(5))
    for child in (by_case, by_record, by_both, moves_on, twice):
        here.move(here.special(child, since=since), None, at(2, 10))
    there.abuse(by_case, on=at(5, 5))
    here.abuse(by_case, on=at(10, 5))
    by_record.residence_commune, by_record.residence_noted_at = there.code, at(6, 1)
    there.abuse(by_both, on=at(5, 5))
    by_both.residence_noted_at = at(8, 20)
    there.move(there.abuse(moves_on, on=at(4, 4)), here, at(11, 11))
    there.move(there.abuse(twice, on=at(4, 4)), None, at(6, 6))
    here.abuse(twice, on=at(11, 20), confirmed=False, state=CaseState.DUPLICATE, is_ended=True)


def _tell_of_events(here: Commune, there: Commune) -> None:
    told = {"user": here.worker, "received_at": at(2, 2), "typed_at": at(2, 2)}
    before = {"event_at": at(3, 1, 2025), "event_commune": there.code, "abuse_setting": "home"}
    late = here.child(dob="2009-12-05", birth_year=2009)
    here.abuse(late, on=at(2, 2), report=ReportFactory(**told, **before), age_at_report=16)
    nowhere = ReportFactory(**told, event_at=at(1, 20), event_commune=None)
    for commune in (here, there):
        commune.abuse(commune.child(), on=at(2, 2), report=nowhere)
    whole = ReportFactory(**told, **before)
    elsewhere = {"event_commune": here.code, "abuse_setting": "school", "split_from_id": whole.id}
    part = ReportFactory(**told, **elsewhere)
    closed = here.abuse(here.child(), on=at(2, 2), report=whole)
    here.abuse(here.child(), on=at(2, 2), report=part)
    further = ReportFactory(user=here.worker, received_at=at(9, 1), event_commune=here.code)
    child = here.session.get_one(Child, closed.child_id)
    here.abuse(child, on=at(9, 1), report=further, previous_id=closed.id)


def test_the_province_has_something_to_count(province: Session) -> None:
    """So that the comparisons above are no comparisons of nothing."""
    period = Period.parse("2026")
    for code in ("8a", "8b", "9", "received", "assessed_12h", "planned_5d", "referrals_answered"):
        assert figure(province, code, period).numerator > 0, code
    moved = {one.commune for one in raw.abused(raw.read(province), period.start, period.end)}
    assert len(moved) > 1
    assert period.last_day - timedelta(days=364) == period.start
