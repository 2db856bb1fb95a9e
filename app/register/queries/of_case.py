"""The memberships of a case's child over time, and their yearly reviews."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section, sections_of
from app.cases.groups import closed_groups
from app.cases.models import Case, Report
from app.cases.policy import visible_to
from app.core.sealed import DataKey, open_field
from app.register.models import GroupMembership, YearlyReview
from app.register.policy import is_open

M = GroupMembership


@dataclass(frozen=True, slots=True)
class MembershipView:
    """One membership with its opened words; `case_number` is that under which it was recorded."""

    id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    group_code: str
    sub_code: str | None
    since: date
    until: date | None
    poverty: str
    evidence_kind: str | None
    evidence_number: str | None
    issuer: str | None
    issued_on: date | None
    expires_on: date | None
    recorded_at: datetime
    recorded_by: str
    end_reason: str | None
    end_note: str | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    membership_id: uuid.UUID
    year: int
    is_still_in: bool
    has_changed: bool
    needs: Sequence[str]
    poverty: str
    words: str | None
    happened_at: datetime
    by_name: str


def memberships_of(session: Session, actor: Actor, case: Case) -> list[MembershipView]:
    """All memberships of the child that the reader may know of, running ones first, then the
    newest. One statement; those under a case that the reader does not see are left out."""
    ended_by = aliased(User)
    rows = session.execute(
        visible_to(actor)
        .join(M, M.case_id == Case.id)
        .join(DataKey, DataKey.id == M.key_id)
        .join(User, User.id == M.recorded_by_id)
        .outerjoin(ended_by, ended_by.id == M.ended_by_id)
        .with_only_columns(
            *_COLUMNS,
            Case.number.label("case_number"),
            User.name.label("recorded_by"),
            ended_by.name.label("ended_by"),
            DataKey.wrapped,
        )
        .where(M.child_id == case.child_id, is_open(sections_of(actor)))
        .order_by(M.until.is_not(None), M.since.desc(), M.id.desc())
    )
    return [_view(row) for row in rows]


_COLUMNS = (
    M.id,
    M.case_id,
    M.key_id,
    M.group_code,
    M.sub_code,
    M.since,
    M.until,
    M.poverty,
    M.evidence_kind,
    M.evidence_number_sealed,
    M.issuer_sealed,
    M.issued_on,
    M.expires_on,
    M.recorded_at,
    M.end_reason,
    M.end_note_sealed,
)


def _view(row: Row[*tuple[Any, ...]]) -> MembershipView:
    key = (row.key_id, row.wrapped)

    def opened(name: str) -> str | None:
        return open_field(M, name, row.id, key, getattr(row, f"{name}_sealed"))

    return MembershipView(
        id=row.id,
        case_id=row.case_id,
        case_number=row.case_number,
        group_code=row.group_code,
        sub_code=row.sub_code,
        since=row.since,
        until=row.until,
        poverty=row.poverty,
        evidence_kind=row.evidence_kind,
        evidence_number=opened("evidence_number"),
        issuer=opened("issuer"),
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        end_reason=row.end_reason,
        end_note=opened("end_note"),
        ended_by=row.ended_by,
    )


def reviews_of(session: Session, memberships: Sequence[MembershipView]) -> list[ReviewView]:
    """The reviews of memberships that were read, the newest year first."""
    if not memberships:
        return []
    rows = session.execute(
        select(
            YearlyReview.id,
            YearlyReview.membership_id,
            YearlyReview.year,
            YearlyReview.is_still_in,
            YearlyReview.has_changed,
            YearlyReview.needs,
            YearlyReview.poverty,
            YearlyReview.words_sealed,
            YearlyReview.happened_at,
            User.name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(User, User.id == YearlyReview.by_id)
        .join(DataKey, DataKey.id == YearlyReview.key_id)
        .where(YearlyReview.membership_id.in_([one.id for one in memberships]))
        .order_by(YearlyReview.year.desc(), YearlyReview.id.desc())
    )
    return [_review(row) for row in rows]


def _review(row: Row[*tuple[Any, ...]]) -> ReviewView:
    key = (row.key_id, row.wrapped)
    return ReviewView(
        membership_id=row.membership_id,
        year=row.year,
        is_still_in=row.is_still_in,
        has_changed=row.has_changed,
        needs=row.needs,
        poverty=row.poverty,
        words=open_field(YearlyReview, "words", row.id, key, row.words_sealed),
        happened_at=row.happened_at,
        by_name=row.name,
    )


def membership_of(
    session: Session, case: Case, membership_id: uuid.UUID, *, sections: frozenset[Section]
) -> GroupMembership | None:
    """The membership recorded under this case, with its key; None where there is none to this
    reader."""
    wanted = select(M).where(M.id == membership_id, M.case_id == case.id, is_open(sections))
    return session.scalars(wanted).one_or_none()


def reported_groups(
    session: Session, case: Case, *, sections: frozenset[Section]
) -> tuple[str, ...]:
    """The groups that the report named, as far as the reader may know them."""
    if Section.EVENT not in sections:
        return ()
    groups = session.scalar(select(Report.sc_groups).where(Report.id == case.report_id)) or []
    hidden = closed_groups(sections)
    return tuple(code for code in groups if code not in hidden)
