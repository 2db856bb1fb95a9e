"""Mẫu số 06: the review of a plan, and what follows from its proposal (Decree 56/2017, art. 30)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import Case, Plan, Review
from app.cases.models.plans import PlanState
from app.cases.models.reviews import ClosingState, Proposal
from app.cases.queries.reviews import newest_review_at, plan_approved_at, risk_found_since
from app.cases.reviewing import FORM, Finding, find
from app.cases.scoring import is_lowered
from app.cases.services.assessment import counts_of
from app.cases.services.editing import lock_unchanged
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import DomainError, InvalidInput
from app.deadlines.services import start_clocks
from app.reference.form_definition import FormDefinition

REVIEWABLE = frozenset({CaseState.PLAN_APPROVED, CaseState.IN_PROGRESS, CaseState.REVIEW})
CLOCKS = ("T_PLAN", "T_APPROVE")  # of a new cycle


class NothingToReview(DomainError):
    message = _l("Chưa có kế hoạch được phê duyệt nên chưa rà soát được.")


@dataclass(frozen=True, slots=True)
class ReviewData:
    """What the officer states: by item a rating, by factor a state (code of `stability`) and words.

    `next_on` counts where the plan goes on.
    """

    answers: Mapping[str, RiskLevel]
    states: Mapping[str, str]
    words: Mapping[str, str | None]
    conclusion: str
    proposal: Proposal
    happened_at: datetime
    next_on: date | None = None


def record_review(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    form: FormDefinition,
    data: ReviewData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> Review:
    """Record a review and do what it proposes, as far as the officer may; only the Chair closes.

    A proposal to close that still waits is replaced. `case` comes with its child. Raises StaleEdit,
    CaseEnded, NotRoutedYet, NothingToReview, InvalidInput, UnratedItems.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    require_reviewable(case)
    _check_dates(session, case, data, now)
    finding = find(form, data.answers, data.states)
    if data.proposal is Proposal.CLOSE:
        _check_closing(session, case, finding, data)
    _replace_pending(session, case, now)
    review = _review(actor, case, form, data, finding, now)
    session.add(review)
    _raise_risk(case, finding.score.level)
    _tell(session, actor, case, review, now)
    _follow(session, actor, case, review, now)
    session.flush()
    return review


def require_reviewable(case: Case) -> None:
    """Raises CaseEnded, NotRoutedYet, or NothingToReview before a plan was approved."""
    case.require_open()
    if case.state not in REVIEWABLE:
        raise NothingToReview


def end_plan(session: Session, case: Case) -> None:
    """The plan of the case's cycle is over: reviewed and closed, or followed by another."""
    of_cycle = select(Plan).where(Plan.case_id == case.id, Plan.cycle == case.cycle)
    plan = session.scalars(of_cycle.with_for_update()).first()
    if plan is not None:
        plan.state = PlanState.ENDED


def _check_dates(session: Session, case: Case, data: ReviewData, now: datetime) -> None:
    approved = plan_approved_at(session, case) or case.opened_at
    newest = newest_review_at(session, case.id)
    if data.happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    if data.happened_at < approved.replace(second=0, microsecond=0):
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi kế hoạch được phê duyệt."))
    if newest and data.happened_at < newest.replace(second=0, microsecond=0):
        raise InvalidInput("happened_at", _l("Thời điểm này trước lần rà soát gần nhất."))
    if data.proposal is not Proposal.CONTINUE:
        return
    if data.next_on is None:
        raise InvalidInput("next_on", _l("Ghi ngày rà soát lại."))
    if data.next_on <= clock.local(now).date():
        raise InvalidInput("next_on", _l("Ngày rà soát lại phải sau hôm nay."))


def _check_closing(session: Session, case: Case, finding: Finding, data: ReviewData) -> None:
    """Raises InvalidInput("proposal") that says what stands in the way."""
    if not finding.may_close:
        raise InvalidInput(
            "proposal",
            _l(
                "Chưa đề xuất đóng được: trẻ em còn nguy cơ, hoặc chưa ổn định cả bốn yếu tố"
                " (Điều 30)."
            ),
        )
    if risk_found_since(session, case.id, data.happened_at):
        raise InvalidInput(
            "proposal", _l("Đã có đánh giá mới hơn cho thấy còn nguy cơ. Hãy rà soát lại.")
        )
    still_open = [str(one.text) for one in obstacles(session, case)]
    if still_open:
        raise InvalidInput(
            "proposal", _l("Còn phải xong trước khi đóng: %(list)s.", list="; ".join(still_open))
        )


def _replace_pending(session: Session, case: Case, now: datetime) -> None:
    """Written before the new review: at most one of a case waits for the Chair."""
    waiting = select(Review).where(
        Review.case_id == case.id, Review.closing_state == ClosingState.PENDING
    )
    for review in session.scalars(waiting):
        review.replace(now=now)
        session.flush()
    if case.state is CaseState.REVIEW:
        case.take_back_closing()


def _raise_risk(case: Case, level: RiskLevel) -> None:
    """A higher level counts at once; a lower one only when the Chair agrees to close."""
    if case.risk_level is None or is_lowered(level, case.risk_level):
        case.set_risk(level)


def _review(
    actor: Actor,
    case: Case,
    form: FormDefinition,
    data: ReviewData,
    finding: Finding,
    now: datetime,
) -> Review:
    is_closing = data.proposal is Proposal.CLOSE
    review = Review(
        key=case.child.key,
        case_id=case.id,
        cycle=case.cycle,
        form_version=form.version,
        answers={code: level.value for code, level in data.answers.items()},
        counts=counts_of(finding.score),
        computed_level=finding.score.level,
        states=dict(data.states),
        conclusion=data.conclusion,
        proposal=data.proposal,
        next_on=data.next_on if data.proposal is Proposal.CONTINUE else None,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
        closing_state=ClosingState.PENDING if is_closing else None,
    )
    for state in form.states:  # each factor has a sealed column of its name
        setattr(review, state.code, data.words.get(state.code))
    return review


def _tell(session: Session, actor: Actor, case: Case, review: Review, now: datetime) -> None:
    """On the timeline with the conclusion; the words of each factor stay in the form."""
    facts: dict[str, Any] = {
        "level": review.computed_level,
        "proposal": review.proposal,
        "counts": review.counts,
        "cycle": review.cycle,
        "form_version": review.form_version,
    }
    if review.next_on:
        facts["next_on"] = review.next_on.isoformat()
    _event(session, actor, case, review, EventKind.REVIEWED, facts, now, note=review.conclusion)
    record(
        session,
        actor,
        AuditAction.REVIEW_RECORDED,
        at=now,
        case_id=case.id,
        subject_id=review.id,
        data={
            "form": FORM,
            "version": review.form_version,
            "proposal": review.proposal,
            "cycle": review.cycle,
        },
    )


def _follow(session: Session, actor: Actor, case: Case, review: Review, now: datetime) -> None:
    match review.proposal:
        case Proposal.CLOSE:
            case.advance(CaseState.REVIEW)
            _event(session, actor, case, review, EventKind.CLOSING_ASKED, {}, now)
        case Proposal.CONTINUE:
            case.advance(CaseState.IN_PROGRESS)
        case Proposal.NEW_CYCLE:
            _start_cycle(session, actor, case, review, now)


def _start_cycle(session: Session, actor: Actor, case: Case, review: Review, now: datetime) -> None:
    """Drafting and approval again, with their clocks from the moment of the review."""
    end_plan(session, case)
    case.start_cycle()
    start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=CLOCKS,
        started_at=review.happened_at,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=now,
        cycle=case.cycle,
    )
    facts = {"cycle": case.cycle}
    _event(session, actor, case, review, EventKind.CYCLE_STARTED, facts, now)
    record(
        session,
        actor,
        AuditAction.CYCLE_STARTED,
        at=now,
        case_id=case.id,
        subject_id=review.id,
        data=facts,
    )


def _event(
    session: Session,
    actor: Actor,
    case: Case,
    review: Review,
    kind: EventKind,
    facts: dict[str, Any],
    now: datetime,
    note: str | None = None,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.ASSESSMENT if kind is EventKind.REVIEWED else Section.PLAN,
        happened_at=review.happened_at,
        now=now,
        facts=facts,
        note=note,
        subject_id=review.id,
    )
