"""The statements that find each contradiction: cases, from what stands in clear."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Date, Select, and_, cast, extract, func, select
from sqlalchemy.orm import aliased

from app.cases.enums import CaseState, Category
from app.cases.models import Case, Report, Review, ServiceReceived
from app.cases.models.reviews import ClosingState
from app.indicators.models import Contradiction
from app.people.models import Child
from app.register.models import GroupMembership

ZONE = "Asia/Ho_Chi_Minh"
_LAST_YEAR_OF_GROUPS = 16  # in the calendar year of the sixteenth birthday one may still be in
_UNCOUNTED = (CaseState.NOT_CONFIRMED, CaseState.OUT_OF_SCOPE, CaseState.DUPLICATE)
_UNCHECKED = (CaseState.RECEIVED, *_UNCOUNTED)


def _born_after() -> ColumnElement[bool]:
    happened = func.coalesce(Report.event_at, Report.received_at)
    return (
        select(Child.id)
        .join(Report, Report.id == Case.report_id)
        .where(
            Child.id == Case.child_id,
            Child.birth_year > extract("year", func.timezone(ZONE, happened)),
        )
        .exists()
    )


def _supported_before() -> ColumnElement[bool]:
    """Under the first case of a child: what came before belongs to no file."""
    received = cast(func.timezone(ZONE, Case.opened_at), Date)
    service = (
        select(ServiceReceived.id)
        .where(
            ServiceReceived.case_id == Case.id,
            ServiceReceived.struck_at.is_(None),
            ServiceReceived.from_on < received,
        )
        .exists()
    )
    return and_(Case.previous_id.is_(None), service)


def _closed_unreviewed() -> ColumnElement[bool]:
    agreed = (
        select(Review.id)
        .where(Review.case_id == Case.id, Review.closing_state == ClosingState.AGREED)
        .exists()
    )
    return and_(Case.state == CaseState.CLOSED, ~agreed)


def _same_child() -> ColumnElement[bool]:
    other = aliased(Child)
    return (
        select(Child.id)
        .join(other, and_(other.national_id_hash == Child.national_id_hash, other.id != Child.id))
        .where(
            Child.id == Case.child_id,
            Child.merged_into_id.is_(None),
            other.merged_into_id.is_(None),
        )
        .exists()
    )


def _past_childhood() -> ColumnElement[bool]:
    this_year = extract("year", func.timezone(ZONE, func.now()))
    return (
        select(GroupMembership.id)
        .join(Child, Child.id == GroupMembership.child_id)
        .where(
            GroupMembership.case_id == Case.id,
            GroupMembership.until.is_(None),
            Child.birth_year + _LAST_YEAR_OF_GROUPS < this_year,
        )
        .exists()
    )


def _ended_before() -> ColumnElement[bool]:
    return (
        select(GroupMembership.id)
        .where(GroupMembership.case_id == Case.id, GroupMembership.until < GroupMembership.since)
        .exists()
    )


def _no_form() -> ColumnElement[bool]:
    return and_(
        Case.category == Category.ABUSED,
        func.jsonb_array_length(Case.abuse_forms) == 0,
        Case.state.not_in(_UNCHECKED),
    )


CONDITIONS: Mapping[Contradiction, ColumnElement[bool]] = {
    Contradiction.BORN_AFTER: _born_after(),
    Contradiction.SUPPORTED_BEFORE: _supported_before(),
    Contradiction.CLOSED_UNREVIEWED: _closed_unreviewed(),
    Contradiction.SAME_CHILD: _same_child(),
    Contradiction.PAST_CHILDHOOD: _past_childhood(),
    Contradiction.ENDED_BEFORE: _ended_before(),
    Contradiction.NO_FORM: _no_form(),
}


def contradicting(kind: Contradiction) -> Select[Case]:
    """The cases that contradict themselves so. A duplicate of another case counts nowhere."""
    return select(Case).where(CONDITIONS[kind], Case.state.not_in(_UNCOUNTED))
