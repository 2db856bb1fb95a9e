"""Who may open a file in an emergency, review it, see who read what, and be asked why."""

import uuid

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, raiseload

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import Unit, User
from app.auth.permissions import Permission, rule
from app.cases import policy as cases
from app.cases.models import Case
from app.oversight.models import BreakGlass, ReadingFinding, ReadingQuestion


def own_glasses(actor: Actor) -> Select[BreakGlass]:
    """What this person opened in an emergency."""
    return select(BreakGlass).where(BreakGlass.by_id == actor.id)


def glasses_of(actor: Actor) -> Select[BreakGlass]:
    """Those of a supervisor's area; never of a child from whom the supervisor is kept out."""
    return select(BreakGlass).where(BreakGlass.case_id.in_(_seen(actor)))


def glass_file(actor: Actor) -> Select[BreakGlass]:
    """One of them with its file and who opened it."""
    return glasses_of(actor).options(
        joinedload(BreakGlass.case, innerjoin=True).joinedload(Case.child, innerjoin=True),
        joinedload(BreakGlass.case, innerjoin=True).joinedload(Case.unit),
        joinedload(BreakGlass.by).load_only(User.name).options(raiseload(User.key)),
        joinedload(BreakGlass.unit),
    )


def findings_of(actor: Actor) -> Select[ReadingFinding]:
    """What stands out in a supervisor's area; what is about the supervisor is for another."""
    found = select(ReadingFinding).where(
        or_(ReadingFinding.user_id.is_(None), ReadingFinding.user_id != actor.id)
    )
    return found.where(_in_area(actor, ReadingFinding))


def finding_file(actor: Actor) -> Select[ReadingFinding]:
    return findings_of(actor).options(
        joinedload(ReadingFinding.case).joinedload(Case.child),
        joinedload(ReadingFinding.user),
    )


def own_questions(actor: Actor) -> Select[ReadingQuestion]:
    return select(ReadingQuestion).where(ReadingQuestion.user_id == actor.id)


def questions_of(actor: Actor) -> Select[ReadingQuestion]:
    """Of the people and files of a supervisor's area, but those put to the supervisor."""
    asked = select(ReadingQuestion).where(ReadingQuestion.user_id != actor.id)
    return asked.where(_in_area(actor, ReadingQuestion))


def _in_area(
    actor: Actor, table: type[ReadingFinding] | type[ReadingQuestion]
) -> ColumnElement[bool]:
    """About a file that the supervisor may open, or about a person of the area."""
    of_file = table.case_id.in_(_seen(actor))
    if actor.commune_code is None:
        return or_(table.case_id.is_(None), of_file)
    people = (
        select(User.id)
        .join(Unit, Unit.id == User.unit_id)
        .where(Unit.commune_code == actor.commune_code)
    )
    return or_(and_(table.case_id.is_(None), table.user_id.in_(people)), of_file)


def _seen(actor: Actor) -> Select[uuid.UUID]:
    return cases.visible_ids(actor)


@rule(Permission.BREAK_GLASS)
def can_end(actor: Actor, glass: BreakGlass) -> bool:
    return glass.by_id == actor.id


@rule(Permission.GLASS_REVIEW)
def can_review(actor: Actor, glass: BreakGlass) -> bool:
    """Another person than who opened it, in another role before."""
    return glass.by_id != actor.id


@rule(Permission.READINGS_SHOW)
def can_see_readers(actor: Actor, case: Case) -> bool:
    """Who works the case, and who supervises it; not who only opened it in an emergency."""
    works = case.unit_id is not None and case.unit_id == actor.unit_id
    return works or sees_whole_area(actor)


@rule(Permission.OVERSIGHT)
def can_look(actor: Actor, subject: ReadingFinding | ReadingQuestion) -> bool:
    return subject.user_id != actor.id


@rule(Permission.QUESTION_OWN)
def can_answer(actor: Actor, question: ReadingQuestion) -> bool:
    return question.user_id == actor.id
