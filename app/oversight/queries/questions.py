"""Questions put to a person, and those whose answers a supervisor should see."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, String, cast, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.cases.models import Case
from app.cases.policy import visible_ids
from app.core.row_scope import number_of_case
from app.core.sealed import DataKey, open_field
from app.oversight.models import ReadingQuestion
from app.oversight.policy import own_questions, questions_of
from app.oversight.queries.findings import to_look_at

KIND = "reading_question"


class OwnQuestion(NamedTuple):
    """`is_open`: may the person still open the file?"""

    id: uuid.UUID
    case_id: uuid.UUID | None
    number: str | None
    read_on: date
    is_sample: bool
    due_at: datetime
    answer: str | None
    answered_at: datetime | None
    is_open: bool


class AskedLine(NamedTuple):
    id: uuid.UUID
    name: str
    unit: str
    case_id: uuid.UUID | None
    number: str | None
    read_on: date
    is_sample: bool
    due_at: datetime
    answer: str | None
    words: str | None
    answered_at: datetime | None
    seen_at: datetime | None


def of_today(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Unanswered: (kind, subject_id, case_id, number, read_on as text, due_at), for Today of
    workers and Chairs; of files that they may no longer open too."""
    return (
        own_questions(actor)
        .where(ReadingQuestion.answered_at.is_(None))
        .with_only_columns(
            literal(KIND).label("kind"),
            ReadingQuestion.id.label("subject_id"),
            ReadingQuestion.case_id.label("case_id"),
            number_of_case(ReadingQuestion.case_id).label("number"),
            cast(ReadingQuestion.read_on, String).label("service"),
            ReadingQuestion.due_at.label("due_at"),
        )
    )


def own_lines(
    session: Session, actor: Actor, *, after: tuple[datetime, uuid.UUID] | None, limit: int
) -> list[OwnQuestion]:
    """All that this person was asked, unanswered ones too, the newest first; `limit` + 1."""
    lines = _own(actor)
    if after is not None:
        place = tuple_(ReadingQuestion.due_at, ReadingQuestion.id)
        lines = lines.where(place < after)
    newest = lines.order_by(ReadingQuestion.due_at.desc(), ReadingQuestion.id.desc())
    return [OwnQuestion(*row) for row in session.execute(newest.limit(limit + 1))]


def own_question(session: Session, actor: Actor, question_id: uuid.UUID) -> OwnQuestion:
    row = session.execute(_own(actor).where(ReadingQuestion.id == question_id)).one()
    return OwnQuestion(*row)


def _own(actor: Actor) -> Select[*tuple[Any, ...]]:
    seen = visible_ids(actor)
    return own_questions(actor).with_only_columns(
        ReadingQuestion.id,
        ReadingQuestion.case_id,
        number_of_case(ReadingQuestion.case_id).label("number"),
        ReadingQuestion.read_on,
        ReadingQuestion.asked_by.is_(None),
        ReadingQuestion.due_at,
        ReadingQuestion.answer,
        ReadingQuestion.answered_at,
        func.coalesce(ReadingQuestion.case_id.in_(seen), False),
    )


def asked_lines(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    new: bool,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[AskedLine]:
    """Of the supervisor's area, the newest due first: those to be seen, or all; `limit` + 1."""
    asked = to_look_at(actor, now) if new else questions_of(actor)
    lines = (
        asked.join(User, User.id == ReadingQuestion.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .join(DataKey, DataKey.id == ReadingQuestion.key_id)
        .outerjoin(Case, Case.id == ReadingQuestion.case_id)
        .with_only_columns(
            ReadingQuestion.id,
            User.name,
            Unit.short_name,
            ReadingQuestion.case_id,
            Case.number,
            ReadingQuestion.read_on,
            ReadingQuestion.asked_by.is_(None).label("is_sample"),
            ReadingQuestion.due_at,
            ReadingQuestion.answer,
            ReadingQuestion.words_sealed,
            ReadingQuestion.answered_at,
            ReadingQuestion.seen_at,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
    )
    if after is not None:
        lines = lines.where(tuple_(ReadingQuestion.due_at, ReadingQuestion.id) < after)
    newest = lines.order_by(ReadingQuestion.due_at.desc(), ReadingQuestion.id.desc())
    return [_asked(row) for row in session.execute(newest.limit(limit + 1))]


def _asked(row: Any) -> AskedLine:
    key = (row.key_id, row.wrapped)
    words = open_field(ReadingQuestion, "words", row.id, key, row.words_sealed)
    return AskedLine(
        row.id,
        row.name,
        row.short_name,
        row.case_id,
        row.number,
        row.read_on,
        row.is_sample,
        row.due_at,
        row.answer,
        words,
        row.answered_at,
        row.seen_at,
    )


def asked_of_finding(session: Session, finding_id: uuid.UUID) -> uuid.UUID | None:
    return session.scalar(
        select(ReadingQuestion.id).where(ReadingQuestion.finding_id == finding_id)
    )
