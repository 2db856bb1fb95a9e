"""What is due now, by kind: each source is one SELECT over the state of the work.

Columns of each: kind, subject_id, occurrence, case_id, unit_id, user_id, started_at, due_at.
The same row comes out as long as the state asks for it; nothing is remembered here.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Interval,
    Select,
    String,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.cases.models import (
    Case,
    CaseConference,
    ConferenceAction,
    Plan,
    PlanActivity,
    Report,
)
from app.cases.models.care import Separation, SeparationState
from app.cases.models.plans import UNANSWERED, PlanState
from app.core import clock
from app.core.db import UtcDateTime
from app.deadlines.models import Deadline
from app.oversight.models import BreakGlass, ReadingQuestion
from app.referrals.enums import RUNNING, ProsecutionState, ReferralState, SentStage
from app.referrals.models import (
    Consent,
    ProsecutionRequest,
    Referral,
    ReferralDispute,
    RoomTask,
)
from app.register.models import GroupMembership
from app.reminders.models import PersonalReminder

END_OF_DAY = timedelta(hours=17)  # of office hours: a day's work is due by then
LONG_BEFORE = timedelta(days=30)  # the term of what has an end and no beginning
Source = Callable[[Any], Select[Any]]  # at this time, or at a parameter of the statement


def sources(now: datetime, kinds: Iterable[str] | None = None) -> list[Select[Any]]:
    """All, or those that have something of these kinds; what has no term yet is not due: it would
    stop all the others."""
    wanted = SOURCES.keys() if kinds is None else {_family(kind) for kind in kinds}
    return [
        found.where(
            found.selected_columns.started_at.is_not(None),
            found.selected_columns.due_at.is_not(None),
        )
        for found in (source(now) for kind, source in SOURCES.items() if kind in wanted)
    ]


def _family(kind: str) -> str:
    """`clock.T_EMERG` is one of the clocks."""
    return kind.partition(".")[0]


def due_row(
    kind: ColumnElement[Any] | str,
    subject: Any,
    *,
    started_at: Any,
    due_at: Any,
    case_id: Any = Case.id,
    unit_id: Any = Case.unit_id,
    user_id: Any = Case.owner_id,
) -> Select[Any]:
    """One source's columns. The occurrence is the end of the term: a later end asks anew."""
    due = cast(due_at, UtcDateTime)
    return select(
        (literal(kind, String) if isinstance(kind, str) else kind).label("kind"),
        subject.label("subject_id"),
        cast(func.floor(func.extract("epoch", due)), String).label("occurrence"),
        case_id.label("case_id"),
        unit_id.label("unit_id"),
        user_id.label("user_id"),
        cast(started_at, UtcDateTime).label("started_at"),
        due.label("due_at"),
    )


def _on(day: Any) -> ColumnElement[datetime]:
    """The end of office hours of a day in Vietnam."""
    local = cast(day, Date) + cast(literal(END_OF_DAY, Interval), Interval)
    return func.timezone(str(clock.LOCAL), local, type_=UtcDateTime)


def _hours(count: int) -> ColumnElement[Any]:
    return cast(literal(timedelta(hours=count), Interval), Interval)


def _before(due: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return due - cast(literal(LONG_BEFORE, Interval), Interval)


def clocks(_now: datetime) -> Select[Any]:
    """The legal clocks. Of a report that no commune has yet, who took it answers. To approve a plan
    is the Chair's. A separation ends when its decision says so, and after 15 days at the latest."""
    kind = literal("clock.", String) + Deadline.rule_key
    is_apart = (Deadline.rule_key == "T_SEP_MAX") & (Separation.state == SeparationState.DECIDED)
    owner = case((Case.unit_id.is_(None), Report.received_by_id), else_=Case.owner_id)
    return (
        due_row(
            kind,
            Deadline.id,
            started_at=Deadline.started_at,
            due_at=func.least(Deadline.effective_due_at, Separation.ends_at),
            unit_id=func.coalesce(Case.unit_id, Report.taken_by_unit_id),
            user_id=case((Deadline.rule_key != "T_APPROVE", owner), else_=None),
        )
        .join(Case, Case.id == Deadline.subject_id)
        .join(Report, Report.id == Case.report_id)
        .join(Separation, (Separation.case_id == Case.id) & is_apart, isouter=True)
        .where(Deadline.closed_at.is_(None), Case.is_ended.is_(False))
    )


def visits(_now: datetime) -> Select[Any]:
    return due_row(
        "visit", Case.id, started_at=_before(Case.next_visit_at), due_at=Case.next_visit_at
    ).where(Case.next_visit_at.is_not(None), Case.is_ended.is_(False))


def reviews(_now: datetime) -> Select[Any]:
    due = _on(Plan.review_on)
    return _approved(due_row("review", Plan.id, started_at=Plan.edited_at, due_at=due)).where(
        Plan.review_on.is_not(None)
    )


def activities(_now: datetime) -> Select[Any]:
    due, started = _on(PlanActivity.ends_on), _on(PlanActivity.starts_on)
    wanted = due_row("activity", PlanActivity.id, started_at=started, due_at=due)
    return _approved(wanted.join(Plan, Plan.id == PlanActivity.plan_id), joined=True).where(
        PlanActivity.state.in_(UNANSWERED)
    )


def _approved(wanted: Select[Any], *, joined: bool = False) -> Select[Any]:
    """Of the approved plan of the current cycle of an open case."""
    if not joined:
        wanted = wanted.select_from(Plan)
    return wanted.join(Case, (Case.id == Plan.case_id) & (Case.cycle == Plan.cycle)).where(
        Plan.state == PlanState.APPROVED, Case.is_ended.is_(False)
    )


def meeting_actions(_now: datetime) -> Select[Any]:
    due = _on(ConferenceAction.due_on)
    return (
        due_row("meeting_action", ConferenceAction.id, started_at=_before(due), due_at=due)
        .join(CaseConference, CaseConference.id == ConferenceAction.conference_id)
        .join(Case, Case.id == CaseConference.case_id)
        .where(
            ConferenceAction.due_on.is_not(None),
            ConferenceAction.done_at.is_(None),
            Case.is_ended.is_(False),
        )
    )


def checks_after(_now: datetime) -> Select[Any]:
    due = _on(Case.check_on)
    return due_row("check_after", Case.id, started_at=_before(due), due_at=due).where(
        Case.check_on.is_not(None)
    )


def consents(_now: datetime) -> Select[Any]:
    """Only those on which something still rests: asked of each consent by itself, not as EXISTS,
    for which all referrals with a consent would be read."""
    due = _on(Consent.until)
    used = (
        select(true())
        .where(
            Referral.consent_id == Consent.id, Referral.state.in_([*RUNNING, ReferralState.SENT])
        )
        .limit(1)
        .scalar_subquery()
    )
    return (
        due_row("consent_end", Consent.id, started_at=_before(due), due_at=due)
        .join(Case, Case.id == Consent.case_id)
        .where(Consent.until.is_not(None), Consent.withdrawn_at.is_(None), used.is_not(None))
    )


def certificates(_now: datetime) -> Select[Any]:
    due = _on(GroupMembership.expires_on)
    return (
        due_row("certificate_end", GroupMembership.id, started_at=_before(due), due_at=due)
        .join(Case, Case.id == GroupMembership.case_id)
        .where(
            GroupMembership.expires_on.is_not(None),
            GroupMembership.until.is_(None),
            Case.is_ended.is_(False),
        )
    )


def referrals_to_act(_now: datetime) -> Select[Any]:
    """The sender owes something: an answer, another unit, the end."""
    return (
        due_row(
            "referral_act",
            Referral.id,
            started_at=Referral.changed_at,
            due_at=case(  # the other side waits for an answer: by the clock of its question
                (
                    Referral.state == ReferralState.INFO_NEEDED,
                    func.coalesce(Referral.due_at, Referral.changed_at + _hours(24)),
                ),
                else_=Referral.changed_at + _hours(24),
            ),
        )
        .join(Case, Case.id == Referral.case_id)
        .where(Referral.sent_stage == SentStage.ACT, Case.is_ended.is_(False))
    )


def referrals_to_answer(_now: datetime) -> Select[Any]:
    return _received("referral_new", Referral.sent_at, Referral.accept_due_at).where(
        Referral.state.in_((ReferralState.SENT, ReferralState.OPENED))
    )


def referrals_in_service(_now: datetime) -> Select[Any]:
    started = func.coalesce(Referral.contacted_at, Referral.answered_at)
    return _received("referral_service", started, Referral.due_at).where(
        Referral.state.in_(RUNNING), Referral.due_at.is_not(None)
    )


def _received(kind: str, started_at: Any, due_at: Any) -> Select[Any]:
    """Of the unit that a referral went to; a body without an account is reached by nobody here."""
    return due_row(
        kind,
        Referral.id,
        started_at=started_at,
        due_at=due_at,
        case_id=Referral.case_id,
        unit_id=Referral.to_unit_id,
        user_id=Referral.officer_id,
    ).where(Referral.to_unit_id.is_not(None))


def room_tasks(_now: datetime) -> Select[Any]:
    due = _on(RoomTask.due_on)
    return due_row(
        "room_task",
        RoomTask.id,
        started_at=RoomTask.created_at,
        due_at=due,
        case_id=RoomTask.case_id,
        unit_id=RoomTask.to_unit_id,
        user_id=cast(null(), Uuid),
    ).where(RoomTask.done_at.is_(None))


def procuracies(_now: datetime) -> Select[Any]:
    """To be told at once of a request to prosecute that was signed, of an ended case as well."""
    signed = ProsecutionRequest.signed_at
    return (
        due_row("procuracy", ProsecutionRequest.id, started_at=signed, due_at=signed + _hours(4))
        .join(Case, Case.id == ProsecutionRequest.case_id)
        .where(
            ProsecutionRequest.state == ProsecutionState.SIGNED,
            ProsecutionRequest.informed_on.is_(None),
        )
    )


def disputes(_now: datetime) -> Select[Any]:
    return (
        due_row(
            "dispute",
            ReferralDispute.id,
            started_at=ReferralDispute.raised_at,
            due_at=ReferralDispute.due_at,
            unit_id=cast(null(), Uuid),
            user_id=cast(null(), Uuid),
        )
        .join(Referral, Referral.id == ReferralDispute.referral_id)
        .join(Case, Case.id == Referral.case_id)
        .where(ReferralDispute.decided_at.is_(None))
    )


def glasses(_now: datetime) -> Select[Any]:
    """Files that were opened in an emergency and wait for a supervisor; nobody of the unit does
    anything about it, so that its head is told and not asked."""
    return (
        due_row(
            "glass_review",
            BreakGlass.id,
            started_at=BreakGlass.since,
            due_at=Deadline.effective_due_at,
            unit_id=cast(null(), Uuid),
            user_id=cast(null(), Uuid),
        )
        .join(Case, Case.id == BreakGlass.case_id)
        .join(Deadline, (Deadline.subject_id == BreakGlass.id) & Deadline.closed_at.is_(None))
        .where(BreakGlass.decided_at.is_(None))
    )


def reading_questions(_now: datetime) -> Select[Any]:
    """Why one opened a file: asked whether or not the file is open to one still."""
    return due_row(
        "reading_question",
        ReadingQuestion.id,
        started_at=ReadingQuestion.asked_at,
        due_at=ReadingQuestion.due_at,
        case_id=cast(null(), Uuid),
        unit_id=cast(null(), Uuid),
        user_id=ReadingQuestion.user_id,
    ).where(ReadingQuestion.answered_at.is_(None))


def personal(_now: datetime) -> Select[Any]:
    return due_row(
        "personal",
        PersonalReminder.id,
        started_at=PersonalReminder.created_at,
        due_at=PersonalReminder.due_at,
        case_id=PersonalReminder.case_id,
        unit_id=cast(null(), Uuid),
        user_id=PersonalReminder.user_id,
    ).where(PersonalReminder.done_at.is_(None))


# By kind; packages above this one add theirs when they are wired.
SOURCES: dict[str, Source] = {
    "clock": clocks,
    "visit": visits,
    "review": reviews,
    "activity": activities,
    "meeting_action": meeting_actions,
    "check_after": checks_after,
    "consent_end": consents,
    "certificate_end": certificates,
    "referral_act": referrals_to_act,
    "referral_new": referrals_to_answer,
    "referral_service": referrals_in_service,
    "room_task": room_tasks,
    "procuracy": procuracies,
    "dispute": disputes,
    "glass_review": glasses,
    "reading_question": reading_questions,
    "personal": personal,
}
