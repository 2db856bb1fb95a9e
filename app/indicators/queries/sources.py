"""What each indicator counts, as rows of facts: a column `unit` (of which the different ones are
counted) and a column for each axis. docs/counting-rules.md says the same in words."""

from calendar import monthrange
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true

from app.cases.enums import CaseState, Category
from app.core import clock
from app.indicators.definitions import IndicatorsFile
from app.indicators.models import (
    FactCase,
    FactClock,
    FactMembership,
    FactReferral,
    FactResidence,
    FactSubject,
    FactSupport,
)
from app.indicators.periods import Period
from app.indicators.queries.axes import GIVEN, KEPT, MISSED, NOT_GIVEN, UNKNOWN
from app.register.groups import AT_RISK

M, S, R, C, K, F, U = (
    FactMembership,
    FactSubject,
    FactResidence,
    FactCase,
    FactClock,
    FactReferral,
    FactSupport,
)
SERVICE = "service"  # the source of a support that somebody has to write down again
NOT_COUNTED = (CaseState.DUPLICATE.value, CaseState.OUT_OF_SCOPE.value)


@dataclass(frozen=True)
class Asked:
    """Of which period, by what was known at `known_at`, cut by which axes."""

    period: Period
    known_at: datetime
    definitions: IndicatorsFile
    axes: Collection[str]
    rule: str | None = None  # the legal clock


Rows = Any  # a Select whose columns go by their names


def special(asked: Asked) -> Rows:
    """Children in one of the 14 groups on the last day of the period, where they lived then."""
    return select(
        M.subject.label("unit"),
        M.group_code.label("sc_group"),
        *_child(asked, _age_by_year(asked), R.commune),
    ).where(*_in_group(asked))


def supported(asked: Asked) -> Rows:
    """Of these, who was cared for or supported on at least one day of the period; cut by whether
    they were, all of them."""
    given = (U.subject == M.subject, *_given(asked))
    if "given" in asked.axes:
        is_given = exists().where(*given)
        return special(asked).add_columns(case((is_given, GIVEN), else_=NOT_GIVEN).label("given"))
    if "support_kind" not in asked.axes:
        return special(asked).where(exists().where(*given))
    return special(asked).add_columns(U.kind.label("support_kind")).where(*given)


def abuse(asked: Asked) -> Rows:
    """Children with a confirmed abuse of the period; of several, the first gives age and home."""
    age = func.min(C.age).over(partition_by=C.subject)
    home = func.first_value(R.commune).over(partition_by=C.subject, order_by=C.event_on)
    return _abused(asked, C.subject, age, home)


def abuse_events(asked: Asked) -> Rows:
    """The events with at least one such child."""
    return _abused(asked, C.event, C.age, R.commune)


def cases(asked: Asked) -> Rows:
    """Cases received in the period; not what was a duplicate or out of scope."""
    return select(
        C.id.label("unit"),
        C.commune.label("case_commune"),
        C.category.label("category"),
        C.channel.label("channel"),
    ).where(
        C.received_on >= asked.period.start,
        C.received_on < asked.period.end,
        C.recorded_at <= asked.known_at,
        or_(C.state.not_in(NOT_COUNTED), C.refused_at > asked.known_at),
    )


def clocks(asked: Asked) -> Rows:
    """Clocks of one rule that fell due in the period and were asked for, kept or missed."""
    is_met = and_(K.met_at <= K.due_at, K.closed_at <= asked.known_at)
    return select(
        K.id.label("unit"), K.commune.label("case_commune"), _kept(is_met).label("kept")
    ).where(
        K.rule == asked.rule,
        K.due_on >= asked.period.start,
        K.due_on < asked.period.end,
        K.started_at <= asked.known_at,
        or_(~K.is_void, K.closed_at > asked.known_at),
        or_(is_met, K.due_at <= asked.known_at),
    )


def referrals(asked: Asked) -> Rows:
    """Referrals to be answered in the period, by whether they were in time."""
    is_answered = and_(F.answered_at <= F.due_at, F.answered_at <= asked.known_at)
    return select(
        F.id.label("unit"), F.commune.label("case_commune"), _kept(is_answered).label("kept")
    ).where(
        F.due_on >= asked.period.start,
        F.due_on < asked.period.end,
        F.sent_at <= asked.known_at,
        or_(F.recalled_at.is_(None), F.recalled_at > F.due_at, F.recalled_at > asked.known_at),
        or_(is_answered, F.due_at <= asked.known_at),
    )


SOURCES: dict[str, Callable[[Asked], Rows]] = {
    "special": special,
    "supported": supported,
    "abuse": abuse,
    "abuse_events": abuse_events,
    "cases": cases,
    "assessed_12h": clocks,
    "planned_5d": clocks,
    "approved_7d": clocks,
    "referrals": referrals,
}


def _child(asked: Asked, age: Any, home: Any) -> tuple[ColumnElement[Any], ...]:
    return (
        S.sex.label("sex"),
        _age_group(asked, age).label("age_group"),
        home.label("commune"),
    )


def _in_group(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    on, known = asked.period.last_day, asked.known_at
    return (
        M.group_code != AT_RISK,
        M.since <= on,
        or_(M.until.is_(None), M.until > on, M.ended_at > known),
        M.recorded_at <= known,
        *_lives(M.subject, on),
        _is_child(asked, _age_by_year(asked)),
    )


def _lives(subject: Any, on: Any) -> tuple[ColumnElement[bool], ...]:
    """Joins the child and where it lived on a day; who lived in another province is left out."""
    return S.subject == subject, R.subject == subject, R.since <= on, R.until > on


def _given(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    known = asked.known_at
    return (
        U.since < asked.period.end,
        or_(_goes_on(asked), U.until > asked.period.start, U.ended_at > known),
        U.recorded_at <= known,
        or_(U.struck_at.is_(None), U.struck_at > known),
    )


def _abused(asked: Asked, unit: Any, age: Any, home: Any) -> Rows:
    rows = select(
        unit.label("unit"),
        *_child(asked, age, home),
        C.setting.label("setting"),
        C.relation.label("relation"),
        C.event_commune.label("event_commune"),
    ).where(*_confirmed(asked), *_lives(C.subject, C.event_on))
    if "abuse_form" not in asked.axes:
        return rows
    form = func.jsonb_array_elements_text(C.forms).table_valued("value").lateral("form")
    return rows.add_columns(form.c.value.label("abuse_form")).join_from(
        C, form, true(), isouter=True
    )


def _confirmed(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    known = asked.known_at
    return (
        C.category == Category.ABUSED.value,
        C.event_on >= asked.period.start,
        C.event_on < asked.period.end,
        C.confirmed_at <= known,
        or_(C.refused_at.is_(None), C.refused_at > known),
        _is_child(asked, C.age),
    )


def _goes_on(asked: Asked) -> ColumnElement[bool]:
    """Without an end: what was decided until it is ended, a service for so many months after it
    began or was written down."""
    months = asked.definitions.open_service_months
    if months is None:
        return U.until.is_(None)
    edge = months_before(asked.period.start, months)
    noted = datetime.combine(edge + timedelta(days=1), time.min, clock.LOCAL)
    is_recent = or_(U.since > edge, U.recorded_at >= noted)
    return and_(U.until.is_(None), or_(U.source != SERVICE, is_recent))


def months_before(day: date, months: int) -> date:
    """The same day, or the last of a shorter month."""
    number = 12 * day.year + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _age_by_year(asked: Asked) -> ColumnElement[Any]:
    """The age reached in the year: only the year of birth stands in clear."""
    return asked.period.year - S.birth_year


def _is_child(asked: Asked, age: Any) -> ColumnElement[bool]:
    """Who is not known to be older: the age may be unknown."""
    return or_(age.is_(None), age < asked.definitions.child_below)


def _age_group(asked: Asked, age: Any) -> ColumnElement[str]:
    groups = asked.definitions.age_groups
    return case(
        *((age.between(group.first, group.last), group.code) for group in groups), else_=UNKNOWN
    )


def _kept(is_met: ColumnElement[bool]) -> ColumnElement[str]:
    return case((is_met, KEPT), else_=MISSED)
