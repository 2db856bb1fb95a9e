"""A report that repeats a case: what it may point to, and what of it goes on there."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases import policy
from app.cases.enums import EventKind, Outcome
from app.cases.models import Case, Report
from app.cases.paths import EMERGENCY
from app.cases.queries.repeats import repeats_of
from app.cases.services.care_rules import running_clock, start_next
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.deadlines.models import Deadline
from app.people.child_file import carers_of
from app.people.duplicates import Candidate, is_alike
from app.people.identifiers import case_number_of
from app.people.models import DobPrecision


class RepeatsUnheard(InvalidInput):
    """Reports point to this case: with it nobody works them any more."""

    def __init__(self, numbers: str) -> None:
        super().__init__(
            "heard_repeats",
            _l(
                "Có tin báo đã ghi là trùng với hồ sơ này: %(numbers)s. Kết thúc hồ sơ thì không"
                " còn ai xử lý các tin đó. Hãy xem từng tin, rồi đánh dấu ô này.",
                numbers=numbers,
            ),
        )


def repeated_case(session: Session, actor: Actor, case: Case, typed: str) -> Case:
    """The case that this one repeats, with its child: visible, another one, still worked, and of
    the same child or of one who is alike.

    Raises InvalidInput("duplicate_of").
    """
    number = case_number_of(typed)
    if number == case.number:
        raise InvalidInput("duplicate_of", _l("Đây là mã của chính hồ sơ này."))
    seen = policy.visible_to(actor).options(joinedload(Case.child, innerjoin=True))
    other = session.scalar(seen.where(Case.number == number)) if number else None
    if other is None:
        raise InvalidInput(
            "duplicate_of", _l("Không thấy hồ sơ có mã này trong phạm vi của bạn. Hãy xem lại mã.")
        )
    if other.is_ended:
        raise InvalidInput(
            "duplicate_of",
            _l(
                "Hồ sơ đó đã kết thúc, không còn ai xử lý. Hãy ghi mã của hồ sơ gốc đang mở. Nếu"
                " không có, tin này là một hồ sơ mới: ghi Có căn cứ và làm tiếp ở đây."
            ),
        )
    if other.child_id != case.child_id and not _is_alike(session, actor, case, other):
        raise InvalidInput(
            "duplicate_of",
            _l(
                "Trẻ em trong hồ sơ đó không giống trẻ em trong tin này. Nếu là một em: sửa họ tên,"
                " ngày sinh ở Thông tin về trẻ em, hoặc gộp hai bản ghi, rồi ghi lại. Nếu là em"
                " khác: tin này là một hồ sơ riêng."
            ),
        )
    return other


def _is_alike(session: Session, actor: Actor, case: Case, other: Case) -> bool:
    candidate = candidate_of(session, case, sections_of(actor))
    return is_alike(session, actor=actor, candidate=candidate, child_id=other.child_id)


def candidate_of(session: Session, case: Case, sections: frozenset[Section]) -> Candidate:
    """The child of this case, as far as these sections tell who it is."""
    child = case.child
    parents = carers_of(session, child) if Section.FAMILY in sections else []
    is_known_day = child.dob is not None and child.dob_precision is DobPrecision.DAY
    return Candidate(
        full_name=child.full_name,
        birth_year=child.birth_year,
        dob=date.fromisoformat(child.dob) if is_known_day and child.dob else None,
        sex=child.sex,
        parent_names=tuple(carer.full_name for carer in parents if carer.full_name),
        commune=case.commune_code,
        national_id=child.national_id,
    )


def require_heard(session: Session, case: Case, outcome: Outcome, *, is_heard: bool) -> None:
    """Before a locked case ends without having been worked. A duplicate takes the reports that
    point to it along. Raises RepeatsUnheard."""
    if is_heard or outcome not in (Outcome.NOT_CONFIRMED, Outcome.OUT_OF_SCOPE):
        return
    if repeats := repeats_of(session, case.id):
        raise RepeatsUnheard(", ".join(one.number for one in repeats))


def pass_on(session: Session, *, actor: Actor, case: Case, other: Case, now: datetime) -> None:
    """`case` repeats `other`, both locked: its report stands on the timeline there, and so does
    the clock of its danger. Before the clocks of `case` are stopped."""
    report = session.get_one(Report, case.report_id)
    danger = _danger_to_pass(session, case, other, report)
    if danger is not None:
        start_next(session, other, EMERGENCY, started_at=danger.started_at, now=now)
    add_event(
        session,
        case=other,
        key=other.child.key,
        actor=actor,
        kind=EventKind.REPORT_RECEIVED,
        section=Section.EVENT,
        happened_at=max(report.received_at, other.opened_at),
        now=now,
        facts={
            "channel": report.channel,
            "repeated_by": [case.number, *(one.number for one in repeats_of(session, case.id))],
            "is_danger": danger is not None or report.is_present_danger,
        },
        subject_id=report.id,
    )


def _danger_to_pass(session: Session, case: Case, other: Case, report: Report) -> Deadline | None:
    """The unanswered clock of danger that the other case has to answer too: the report told of
    present danger (or one that was passed on to it did), or nobody was ever asked there."""
    clock = running_clock(session, case, EMERGENCY)
    if clock is None or running_clock(session, other, EMERGENCY) is not None:
        return None
    asked = select(func.count()).where(
        Deadline.subject_id == other.id, Deadline.rule_key == EMERGENCY
    )
    told = report.is_present_danger or clock.cycle > 1
    return clock if told or not session.scalar(asked) else None
