"""An independent count: from the records themselves, in Python, a child after the other. It shares
no line with app.indicators but the shape of the result."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.cases.models import Case, Report, SafetyMeasure, ServiceReceived, Verification
from app.cases.models.care import CarePlacement, Separation
from app.cases.models.moves import CaseTransfer
from app.core.clock import LOCAL
from app.people.models import Child
from app.register.models import GroupMembership

ALL = "_T"
FOREVER = date(9999, 1, 1)
GROUPS = {  # of support: what each kind of work counts as
    "measure": "protection",
    "separation": "protection",
    "care": "care_nurture",
}
Cells = dict[tuple[str, ...], int]


@dataclass
class Records:
    """Everything of the database that is looked at."""

    children: dict[UUID, Child]
    cases: dict[UUID, list[Case]] = field(default_factory=lambda: defaultdict(list))
    every: dict[UUID, Case] = field(default_factory=dict)
    reports: dict[UUID, Report] = field(default_factory=dict)
    confirmed: set[UUID] = field(default_factory=set)
    groups: dict[UUID, list[GroupMembership]] = field(default_factory=lambda: defaultdict(list))
    support: dict[UUID, list[tuple[str, date, date]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    moves: dict[UUID, list[tuple[datetime, str | None, str | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def lives(self, child: Child, on: date) -> tuple[bool, str]:
        """(in the province?, commune)."""
        known = sorted(self.cases[child.id], key=lambda case: (case.opened_at, case.id))
        last = [case.commune_code for case in known if case.commune_code]
        home = child.residence_commune or (last[-1] if last else "unknown")
        moves = sorted(self.moves[child.id], key=lambda move: move[0])
        before = [move for move in moves if day_of(move[0]) <= on]
        if not moves:
            return True, home
        if not before:
            return True, moves[0][1] or "unknown"
        moved_at, _, went_to = before[-1]
        if went_to is None:
            return self._back_from_outside(child, moves[len(before) :], moved_at, on)
        passed = {commune for move in moves for commune in move[1:]}
        noted = child.residence_noted_at
        is_told_since = noted is not None and noted > moved_at
        is_elsewhere = child.residence_commune not in passed
        if child.residence_commune and before[-1] is moves[-1] and (is_told_since or is_elsewhere):
            return True, child.residence_commune
        return True, went_to

    def _back_from_outside(
        self,
        child: Child,
        later: list[tuple[datetime, str | None, str | None]],
        left_at: datetime,
        on: date,
    ) -> tuple[bool, str]:
        """Somebody who left is here again from the first day on which a commune takes up something
        new, or writes down where the child lives now."""
        new = [
            case
            for case in self.cases[child.id]
            if case.opened_at > left_at
            and case.commune_code
            and case.state.value not in ("not_confirmed", "duplicate", "out_of_scope")
        ]
        days = [day_of(case.opened_at) for case in new]
        noted = child.residence_noted_at
        is_noted = bool(child.residence_commune) and noted is not None and noted > left_at
        if is_noted and noted:
            days.append(day_of(noted))
        if not days or min(days) > on:
            return False, ""
        if later:
            return True, later[0][1] or "unknown"
        passed = {commune for move in self.moves[child.id] for commune in move[1:]}
        if child.residence_commune and (is_noted or child.residence_commune not in passed):
            return True, child.residence_commune
        return True, max(new, key=lambda case: case.opened_at).commune_code or "unknown"


def day_of(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date()


def read(session: Session) -> Records:
    children = session.scalars(select(Child).where(Child.merged_into_id.is_(None))).unique()
    found = Records({child.id: child for child in children})
    found.reports = {one.id: one for one in session.scalars(select(Report)).unique()}
    owner: dict[UUID, UUID] = {}
    for case in session.scalars(select(Case)).unique():
        found.cases[case.child_id].append(case)
        found.every[case.id] = case
        owner[case.id] = case.child_id
    for check in session.scalars(select(Verification)).unique():
        if check.outcome == "confirmed":
            found.confirmed.add(check.case_id)
    for one in session.scalars(select(GroupMembership)).unique():
        found.groups[one.child_id].append(one)
    for kind, case_id, first, last in _support(session):
        found.support[owner[case_id]].append((kind, first, last))
    _read_moves(session, found, owner)
    session.expunge_all()
    return found


def _support(session: Session) -> Iterator[tuple[str, UUID, date, date]]:
    """(kind, case, first day, last day)"""
    for one in session.scalars(select(ServiceReceived)).unique():
        if one.struck_at is None:
            last = one.to_on or (_a_year_from(one) if one.is_ongoing else one.from_on)
            yield one.kind, one.case_id, one.from_on, last
    for measure in session.scalars(select(SafetyMeasure)).unique():
        if not measure.is_none_needed:
            last = day_of(measure.ends_at) if measure.ends_at else FOREVER
            yield GROUPS["measure"], measure.case_id, day_of(measure.started_at), last
    for apart in session.scalars(select(Separation)).unique():
        if apart.state in ("decided", "ended", "cancelled"):
            last = day_of(apart.ended_at) if apart.ended_at else FOREVER
            yield GROUPS["separation"], apart.case_id, day_of(apart.started_at), last
    for care in session.scalars(select(CarePlacement)).unique():
        if care.handed_over_at is not None:
            last = care.ended_on or FOREVER
            yield GROUPS["care"], care.case_id, day_of(care.handed_over_at), last


def _a_year_from(service: ServiceReceived) -> date:
    """The last day on which a service counts of which nobody says when it ends: a year after it
    began, or after somebody wrote it down, if that was later."""
    day = max(service.from_on, day_of(service.typed_at))
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day) - timedelta(days=1)


def _read_moves(session: Session, found: Records, owner: dict[UUID, UUID]) -> None:
    area = {row.id: row.commune_code for row in session.execute(select(Unit.id, Unit.commune_code))}
    for move in session.scalars(select(CaseTransfer)).unique():
        if move.state != "accepted" or move.answered_at is None:
            continue
        came_from = area[move.from_unit_id]
        went_to = area[move.to_unit_id] if move.to_unit_id else None
        is_province = move.to_unit_id is not None and went_to is None
        if came_from not in (None, went_to) and not is_province:
            where = (move.answered_at, came_from, went_to)
            found.moves[owner[move.case_id]].append(where)


def age_group(age: int | None) -> str:
    if age is None or age < 0:
        return "unknown"
    return "0-5" if age <= 5 else "6-12" if age <= 12 else "13-15"


def special(found: Records, on: date) -> Iterator[tuple[Child, set[str], str]]:
    """(child, groups, commune) of those in special circumstances on a day."""
    for child in found.children.values():
        born = child.birth_year
        if born is not None and on.year - born >= 16:
            continue
        groups = {
            one.group_code
            for one in found.groups[child.id]
            if one.group_code != "AT_RISK"
            and one.since <= on
            and (one.until is None or one.until > on)
        }
        here, commune = found.lives(child, on)
        if groups and here:
            yield child, groups, commune


def helped(found: Records, child: Child, start: date, last: date) -> set[str]:
    kinds = found.support[child.id]
    return {kind for kind, first, until in kinds if first <= last and until >= start}


@dataclass
class Abused:
    child: Child
    commune: str
    age: int | None
    forms: set[str]
    settings: set[str]
    relations: set[str]
    places: set[str]
    events: dict[UUID, Report]


def abused(found: Records, start: date, end: date) -> Iterator[Abused]:
    for child in found.children.values():
        mine = sorted(
            (
                (_event_day(found, case), case.opened_at, case)
                for case in found.cases[child.id]
                if _is_counted(found, case, child, start, end)
            ),
            key=lambda one: one[:2],
        )
        if not mine:
            continue
        cases = [case for _, _, case in mine]
        reports = [_event(found, case) for case in cases]
        ages = [age for case in cases if (age := _age(found, case, child)) is not None]
        _, commune = found.lives(child, mine[0][0])
        yield Abused(
            child,
            commune,
            min(ages) if ages else None,
            {form for case in cases for form in case.abuse_forms} or {"unknown"},
            {report.abuse_setting or "unknown" for report in reports},
            {report.perpetrator_relation or "unknown" for report in reports},
            {report.event_commune or "unknown" for report in reports},
            {report.id: report for report in reports},
        )


def _is_counted(found: Records, case: Case, child: Child, start: date, end: date) -> bool:
    if case.category != "abused" or case.id not in found.confirmed:
        return False
    if case.state in ("not_confirmed", "duplicate", "out_of_scope"):
        return False
    age, day = _age(found, case, child), _event_day(found, case)
    here, _ = found.lives(child, day)
    return here and start <= day < end and (age is None or age < 16)


def _first(found: Records, case: Case) -> Case:
    """The case that told of the event first: a further episode that names no day of its own is of
    what the episode before it was about."""
    while case.previous_id is not None and _report(found, case).event_at is None:
        earlier = found.every[case.previous_id]
        if earlier.category != case.category:
            break
        case = earlier
    return case


def _report(found: Records, case: Case) -> Report:
    """The report as it was before it was split."""
    report = found.reports[case.report_id]
    return found.reports[report.split_from_id] if report.split_from_id else report


def _event(found: Records, case: Case) -> Report:
    """When, where and by whom it happened is told once an event."""
    return _report(found, _first(found, case))


def _event_day(found: Records, case: Case) -> date:
    report = _event(found, case)
    return day_of(report.event_at or report.received_at)


def _age(found: Records, case: Case, child: Child) -> int | None:
    report = _event(found, case)
    if report.event_at is not None and child.dob and child.dob_precision == "day":
        born, on = date.fromisoformat(child.dob), day_of(report.event_at)
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    by_year = _event_day(found, case).year - child.birth_year if child.birth_year else None
    known = [age for age in (_first(found, case).age_at_report, by_year) if age is not None]
    return min(known) if known and min(known) >= 0 else None


def cells(rows: Iterable[tuple[object, tuple[set[str], ...]]], width: int) -> Cells:
    """How many different units there are in each combination of categories and ALL."""
    units: dict[tuple[str, ...], set[object]] = defaultdict(set)
    for unit, places in rows:
        assert len(places) == width
        for place in product(*({*codes, ALL} for codes in places)):
            units[place].add(unit)
    return {place: len(found) for place, found in units.items()}


Cut = Callable[[Records, date, date], Cells]
