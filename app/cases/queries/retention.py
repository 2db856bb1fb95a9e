"""When the time of keeping a child's records is over: how many when, and which cases."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.enums import CaseState
from app.cases.models import Case, ErasureRequest, LegalHold
from app.cases.policy import visible_to
from app.core.row_scope import across
from app.core.sealed import DataKey
from app.people.models import Child
from app.reference.retention import RetentionRule, retention_rules

UNFOUNDED = (CaseState.NOT_CONFIRMED, CaseState.OUT_OF_SCOPE, CaseState.DUPLICATE)
_ZONE = "Asia/Ho_Chi_Minh"


class Expiries(NamedTuple):
    """How many children of one kind in one month; `month` None: already over."""

    kind: str
    month: date | None
    children: int


@dataclass(frozen=True, slots=True)
class ExpiringCase:
    """The last case of a child whose time is over, or soon will be. No name: a list of numbers."""

    case_id: uuid.UUID
    number: str
    kind: str
    expires_on: date
    cases: int
    is_held: bool
    is_asked: bool


def expiry_of(session: Session, cases: Sequence[uuid.UUID]) -> date | None:
    """The day after which the records behind these cases need not be kept. None while one runs."""
    found = session.execute(
        select(func.max(_expires()), func.bool_and(Case.is_ended))
        .join(Child, Child.id == Case.child_id)
        .where(Case.id.in_(cases))
    ).one()
    return found[0] if found[1] else None


def expiry_counts(session: Session, *, today: date, until: date) -> list[Expiries]:
    """Of all children, by kind and month, up to `until`: numbers only, for who opens no file."""
    children = _children(select(Case)).subquery()
    is_over = children.c.expires_on <= today
    month = case((is_over, None), else_=cast(func.date_trunc("month", children.c.expires_on), Date))
    counts = (
        select(children.c.kind, month, func.count())
        .where(children.c.expires_on < until)
        .group_by(children.c.kind, month)
        .order_by(children.c.kind, month.nulls_first())
    )
    with across(session):
        return [Expiries(*row) for row in session.execute(counts)]


def expiring_cases(
    session: Session,
    actor: Actor,
    *,
    until: date,
    kind: str | None,
    after: uuid.UUID | None,
    limit: int,
) -> tuple[list[ExpiringCase], bool]:
    """The visible ones, the longest over first; and whether there are more. One statement."""
    children = _children(visible_to(actor)).subquery()
    rows = select(children, _held(children), _asked(children)).where(children.c.expires_on < until)
    if kind is not None:
        rows = rows.where(children.c.kind == kind)
    place = tuple_(children.c.expires_on, children.c.case_id)
    if after is not None:
        behind = select(children.c.expires_on, children.c.case_id).where(
            children.c.case_id == after
        )
        rows = rows.where(place > behind.scalar_subquery())
    rows = rows.order_by(children.c.expires_on, children.c.case_id).limit(limit + 1)
    found = [
        ExpiringCase(r.case_id, r.number, r.kind, r.expires_on, r.cases, r.is_held, r.is_asked)
        for r in session.execute(rows)
    ]
    return found[:limit], len(found) > limit


def _children(cases: Select[Case]) -> Select[Any]:
    """One row for each child whose cases have all ended and who is not erased: its last case."""
    last = aggregate_order_by(Case.id, Case.opened_at.desc(), Case.id.desc())
    number = aggregate_order_by(Case.number, Case.opened_at.desc(), Case.id.desc())
    is_case = func.bool_or(Case.state.not_in(UNFOUNDED))
    return (
        cases.join(Child, Child.id == Case.child_id)
        .join(DataKey, and_(DataKey.id == Child.key_id, DataKey.wrapped.is_not(None)))
        .with_only_columns(
            Case.child_id,
            func.array_agg(last)[1].label("case_id"),
            func.array_agg(number)[1].label("number"),
            func.max(_expires()).label("expires_on"),
            func.count().label("cases"),
            case((is_case, "closed_case"), else_="unfounded_report").label("kind"),
        )
        .group_by(Case.child_id)
        .having(func.bool_and(Case.is_ended))
    )


def _expires() -> ColumnElement[date]:
    """Of one case by the rules in force. Where no year of birth is known, the child counts as born
    when the report came in: kept too long rather than too short."""
    rules = retention_rules().by_kind
    return case(
        (Case.state.in_(UNFOUNDED), _by_rule(rules["unfounded_report"])),
        else_=_by_rule(rules["closed_case"]),
    )


def _by_rule(rule: RetentionRule) -> ColumnElement[date]:
    ended = cast(func.timezone(_ZONE, func.coalesce(Case.ended_at, Case.last_event_at)), Date)
    after_end = cast(ended + func.make_interval(rule.years_after_end), Date)
    if not rule.years_after_majority:
        return after_end
    grown = func.make_date(_born() + literal(18 + rule.years_after_majority, Integer), 12, 31)
    return func.greatest(after_end, grown)


def _born() -> ColumnElement[int]:
    opened = cast(extract("year", Case.opened_at), Integer)
    estimated = cast(extract("year", Child.estimated_on), Integer) - Child.estimated_age
    return func.coalesce(Child.birth_year, estimated, opened - Case.age_at_report, opened)


def _held(children: Subquery) -> ColumnElement[bool]:
    standing = (LegalHold.child_id == children.c.child_id) & LegalHold.until.is_(None)
    return select(LegalHold.id).where(standing).exists().label("is_held")


def _asked(children: Subquery) -> ColumnElement[bool]:
    running = (ErasureRequest.child_id == children.c.child_id) & ErasureRequest.ended_at.is_(None)
    return select(ErasureRequest.id).where(running).exists().label("is_asked")
