"""Mẫu số 02: the initial assessment, and the second signature under a lowered level."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import EventKind, OverrideState, RiskLevel
from app.cases.models import AssessmentNeed, Case, InitialAssessment
from app.cases.models.assessments import (
    NEWEST_FIRST,
    OverrideAlreadyDecided,
    OverrideSuperseded,
)
from app.cases.queries.changes import moment_words
from app.cases.scoring import Score, higher, is_lowered, score_form
from app.cases.services.editing import lock, lock_unchanged
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition

FORM = "form02"


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One row of part 2: a code of the list `needs`, what is provided, and by whom."""

    need: str
    service: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class AssessmentData:
    """What the officer states. `wanted_level` None: as computed. `is_emergency` only raises."""

    answers: Mapping[str, RiskLevel]
    happened_at: datetime
    is_life_threatening: bool = False
    wanted_level: RiskLevel | None = None
    is_emergency: bool = False
    override_reason: str | None = None
    comment: str | None = None
    needs: Sequence[NeedRow] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What counts in the case before this assessment; nothing yet by default."""

    level: RiskLevel | None = None
    is_emergency: bool = False

    @classmethod
    def of(cls, case: Case) -> "Held":
        return cls(case.risk_level, case.is_emergency)

    @property
    def can_be_lowered(self) -> bool:
        return self.is_emergency or self.level not in (None, RiskLevel.LOW)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from the answers and the officer's choice.

    `final` and `is_emergency` count now: what is less than computed, or less than what counts in
    the case, counts only after the second signature.
    """

    score: Score
    wanted: RiskLevel
    final: RiskLevel
    is_emergency: bool
    is_lowered: bool


def conclude(form: FormDefinition, data: AssessmentData, held: Held) -> Conclusion:
    """The level by the form's rule and the officer's choice (procedure 3.6).

    An emergency is always of the highest level. A further assessment lowers nothing by itself, else
    one person alone could take back what was found. Raises InvalidInput for a choice that
    contradicts itself, UnratedItems for an item without a rating.
    """
    result = score_form(form, data.answers, life_threatening=data.is_life_threatening)
    wanted = data.wanted_level or (RiskLevel.HIGH if data.is_emergency else result.level)
    if data.is_emergency and wanted is not RiskLevel.HIGH:
        raise InvalidInput(
            "wanted_level",
            _l("Trường hợp khẩn cấp luôn là nguy cơ cao. Hãy chọn lại một trong hai."),
        )
    is_emergency = result.is_emergency or data.is_emergency
    kept = higher(result.level, held.level)
    lowered = is_lowered(kept, wanted) or (held.is_emergency and not is_emergency)
    return Conclusion(
        score=result,
        wanted=wanted,
        final=kept if lowered else wanted,
        is_emergency=is_emergency or held.is_emergency,
        is_lowered=lowered,
    )


def assess(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    form: FormDefinition,
    data: AssessmentData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> InitialAssessment:
    """Record an assessment; a later one is a further row, and counts from now on, but for a level
    below the one that counts: that waits for the second signature.

    `case` comes with its child. Raises StaleEdit, CaseEnded, NotRoutedYet, InvalidInput.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    _check_time(case, data.happened_at, now)
    conclusion = conclude(form, data, Held.of(case))
    if conclusion.is_lowered and not data.override_reason:
        raise InvalidInput("override_reason", _l("Ghi lý do hạ mức nguy cơ."))
    assessment = _assessment(actor, case, form, data, conclusion, now)
    session.add(assessment)
    case.assess(conclusion.final, is_emergency=conclusion.is_emergency)
    _tell(session, actor, case, assessment, data, now)
    session.flush()
    return assessment


def decide_override(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    assessment: InitialAssessment,
    approved: bool,
    note: str | None,
    now: datetime,
) -> None:
    """The second signature under a lowered level, by another person.

    Raises OverrideAlreadyDecided (it tells who was faster), OwnOverride, OverrideSuperseded,
    CaseEnded.
    """
    lock(session, case)
    session.refresh(assessment, ["override_state", "second_by_id", "second_at", "version"])
    if assessment.override_state is not OverrideState.PENDING:
        raise _already_decided(session, assessment)
    case.require_open()
    if _newest_id(session, case) != assessment.id:
        raise OverrideSuperseded
    assessment.decide_override(by=actor.id, approved=approved, now=now)
    if approved:
        case.assess(assessment.final_level, is_emergency=assessment.is_emergency)
    _tell_decision(session, actor, case, assessment, note, now)
    session.flush()


def counts_of(result: Score) -> dict[str, Any]:
    return {"harm": result.harm_counts.as_dict(), "protect": result.protect_counts.as_dict()}


def _check_time(case: Case, happened_at: datetime, now: datetime) -> None:
    if happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    if happened_at < case.opened_at.replace(second=0, microsecond=0):
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi nhận tin báo."))


def _assessment(
    actor: Actor,
    case: Case,
    form: FormDefinition,
    data: AssessmentData,
    conclusion: Conclusion,
    now: datetime,
) -> InitialAssessment:
    key = case.child.key
    assessment = InitialAssessment(
        key=key,
        case_id=case.id,
        form_version=form.version,
        answers={code: level.value for code, level in data.answers.items()},
        is_life_threatening=data.is_life_threatening,
        counts=counts_of(conclusion.score),
        computed_level=conclusion.score.level,
        wanted_level=conclusion.wanted,
        final_level=conclusion.final,
        is_emergency=conclusion.is_emergency,
        comment=data.comment,
        override_reason=data.override_reason if conclusion.is_lowered else None,
        override_state=OverrideState.PENDING if conclusion.is_lowered else None,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
    assessment.needs = [
        AssessmentNeed(
            key=key, position=position, need=row.need, service=row.service, provider=row.provider
        )
        for position, row in enumerate(data.needs, start=1)
    ]
    return assessment


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    assessment: InitialAssessment,
    data: AssessmentData,
    now: datetime,
) -> None:
    common: dict[str, Any] = {
        "case": case,
        "key": case.child.key,
        "actor": actor,
        "section": Section.ASSESSMENT,
        "happened_at": data.happened_at,
        "now": now,
        "subject_id": assessment.id,
    }
    facts = {
        "level": assessment.final_level,
        "computed": assessment.computed_level,
        "counts": assessment.counts,
        "is_emergency": assessment.is_emergency,
        "form_version": assessment.form_version,
    }
    kind = EventKind.INITIAL_ASSESSMENT
    add_event(session, kind=kind, facts=facts, note=data.comment, **common)
    if assessment.override_state is OverrideState.PENDING:
        asked = {
            "level": assessment.wanted_level,
            "computed": assessment.computed_level,
            "held": assessment.final_level,
        }
        kind = EventKind.OVERRIDE_ASKED
        add_event(session, kind=kind, facts=asked, note=data.override_reason, **common)
    record(
        session,
        actor,
        AuditAction.CASE_ASSESSED,
        at=now,
        case_id=case.id,
        subject_id=assessment.id,
        data={
            "form": FORM,
            "version": assessment.form_version,
            "level": assessment.final_level,
            "override": assessment.override_state,
        },
    )


def _tell_decision(
    session: Session,
    actor: Actor,
    case: Case,
    assessment: InitialAssessment,
    note: str | None,
    now: datetime,
) -> None:
    facts = {
        "decision": assessment.override_state,
        "level": assessment.final_level,
        "computed": assessment.computed_level,
    }
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.OVERRIDE_DECIDED,
        section=Section.ASSESSMENT,
        happened_at=now,
        now=now,
        facts=facts,
        note=note,
        subject_id=assessment.id,
    )
    record(
        session,
        actor,
        AuditAction.RISK_OVERRIDE_DECIDED,
        at=now,
        case_id=case.id,
        subject_id=assessment.id,
        data={"decision": assessment.override_state, "level": assessment.final_level},
    )


def _newest_id(session: Session, case: Case) -> uuid.UUID | None:
    newest = (
        select(InitialAssessment.id)
        .where(InitialAssessment.case_id == case.id)
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )
    return session.scalar(newest)


def _already_decided(session: Session, assessment: InitialAssessment) -> OverrideAlreadyDecided:
    if assessment.second_at is None:
        return OverrideAlreadyDecided()
    name = session.scalar(select(User.name).where(User.id == assessment.second_by_id))
    return OverrideAlreadyDecided(name, moment_words(assessment.second_at))
