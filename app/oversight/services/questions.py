"""Asking people why they opened a file: a few each week, or because a supervisor wants to know."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import Case
from app.core import clock
from app.core.crypto import keyring
from app.deadlines.calendar import add_working_days
from app.deadlines.services import changed_days
from app.oversight.models import OversightRun, ReadingDay, ReadingFinding, ReadingQuestion
from app.oversight.models.questions import NobodyToAsk
from app.oversight.rules import SampleRules, rules
from app.oversight.services.days import last_derived

WEEK, SAMPLE = timedelta(days=7), "questions"


class Opening(NamedTuple):
    """One file that one person opened in the week, on its first day of it."""

    user_id: uuid.UUID
    case_id: uuid.UUID
    unit_id: uuid.UUID
    relation: str
    day: date


def ask_of_week(session: Session, now: datetime) -> int:
    """The questions of the week that is over, once its last day was drawn from the log; returns how
    many. Two statements when there is nothing to do."""
    today = clock.local(now).date()
    monday = today - timedelta(days=today.weekday()) - WEEK
    last = last_derived(session)
    if last is None or last < monday + WEEK - timedelta(days=1):
        return 0
    if session.get(OversightRun, (SAMPLE, monday)) is not None:
        return 0
    chosen = list(_chosen(_openings(session, monday), monday, rules().sample))
    asked = _ask(session, chosen, monday, now)
    session.add(OversightRun(kind=SAMPLE, day=monday, at=now))
    session.flush()
    return asked


def _openings(session: Session, monday: date) -> Sequence[Opening]:
    """In a fixed order: the choice follows from it. What was opened in an emergency has been given
    a reason already."""
    rows = session.execute(
        select(
            ReadingDay.user_id,
            ReadingDay.case_id,
            ReadingDay.unit_id,
            ReadingDay.relation,
            ReadingDay.day,
        )
        .join(User, User.id == ReadingDay.user_id)
        .where(
            ReadingDay.day >= monday,
            ReadingDay.day < monday + WEEK,
            ReadingDay.relation.in_(rules().sample.weights),
            User.is_active,
        )
        .order_by(ReadingDay.user_id, ReadingDay.case_id, ReadingDay.day)
    )
    first: dict[tuple[uuid.UUID, uuid.UUID], Opening] = {}
    for row in rows:
        first.setdefault((row.user_id, row.case_id), Opening(*row))
    return list(first.values())


def _chosen(openings: Iterable[Opening], monday: date, wanted: SampleRules) -> Iterable[Opening]:
    """Nobody can know before which ones: the seed comes from the keyset."""
    by_unit: dict[uuid.UUID, list[Opening]] = defaultdict(list)
    for one in openings:
        by_unit[one.unit_id].append(one)
    for unit_id, of_unit in by_unit.items():
        seed = keyring().lookup("reading sample", f"{monday} {unit_id}").hex()
        yield from picked(of_unit, Random(seed), wanted)  # noqa: S311  # unguessable by its seed


def picked(openings: Sequence[Opening], rng: Random, wanted: SampleRules) -> list[Opening]:
    """At most `a_unit`, of one person at most `a_person`; the higher the weight the likelier."""
    drawn = sorted(
        openings, key=lambda one: rng.random() ** (1 / wanted.weights[one.relation]), reverse=True
    )
    of_person: dict[uuid.UUID, int] = defaultdict(int)
    found: list[Opening] = []
    for one in drawn:
        if len(found) == wanted.a_unit:
            break
        if of_person[one.user_id] < wanted.a_person:
            of_person[one.user_id] += 1
            found.append(one)
    return found


def _ask(session: Session, chosen: Sequence[Opening], monday: date, now: datetime) -> int:
    files = _files(session, {one.case_id for one in chosen})
    due = answer_due(session, now)
    for one in chosen:
        session.add(
            ReadingQuestion(
                key=files[one.case_id].child.key,
                week=monday,
                user_id=one.user_id,
                case_id=one.case_id,
                read_on=one.day,
                asked_at=now,
                due_at=due,
            )
        )
    session.flush()
    return len(chosen)


def _files(session: Session, case_ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Case]:
    with_child = joinedload(Case.child, innerjoin=True)
    found = session.scalars(select(Case).where(Case.id.in_(case_ids)).options(with_child))
    return {case.id: case for case in found.unique()}


def answer_due(session: Session, now: datetime) -> datetime:
    """The end of office hours of the last working day."""
    days = rules().sample.working_days
    return add_working_days(now, days, changed_days(session, now))


def ask_about(
    session: Session, *, actor: Actor, finding: ReadingFinding, now: datetime
) -> ReadingQuestion:
    """A supervisor asks the person of a finding; with it the finding was looked at.

    `finding` comes with its person and its file. Raises LookedAt, NobodyToAsk.
    """
    if finding.user is None:
        raise NobodyToAsk
    _lock(session, finding)
    finding.look(now=now)
    question = ReadingQuestion(
        key=finding.case.child.key if finding.case else finding.user.key,
        finding_id=finding.id,
        user_id=finding.user.id,
        case_id=finding.case_id,
        read_on=finding.day,
        asked_by=actor.id,
        asked_at=now,
        due_at=answer_due(session, now),
    )
    session.add(question)
    _record(session, actor, question, now, {"step": "asked", "user_id": question.user_id})
    session.flush()
    return question


def _lock(session: Session, row: ReadingFinding | ReadingQuestion) -> None:
    names = ["looked_at"] if isinstance(row, ReadingFinding) else ["answered_at", "seen_at"]
    session.refresh(row, [*names, "version"], with_for_update=True)


def answer_question(
    session: Session,
    *,
    actor: Actor,
    question: ReadingQuestion,
    answer: str,
    words: str | None,
    now: datetime,
) -> None:
    """Raises QuestionAnswered."""
    _lock(session, question)
    question.reply(answer, words, now=now)
    _record(session, actor, question, now, {"step": "answered", "answer": answer})
    session.flush()


def see_answer(session: Session, *, actor: Actor, question: ReadingQuestion, now: datetime) -> None:
    """A supervisor has seen the answer, or that there is none. Raises QuestionSeen."""
    _lock(session, question)
    question.see(by=actor.id, now=now)
    _record(session, actor, question, now, {"step": "seen", "user_id": question.user_id})
    session.flush()


def _record(
    session: Session,
    actor: Actor,
    question: ReadingQuestion,
    now: datetime,
    data: dict[str, object],
) -> None:
    record(
        session,
        actor,
        AuditAction.QUESTION_CHANGED,
        at=now,
        case_id=question.case_id,
        subject_id=question.id,
        data=data,
    )
