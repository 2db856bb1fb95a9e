"""Mẫu số 03: the specific assessment (Decree 56/2017, art. 27 cl. 1).

It may raise the level that counts, at once; a lower one comes from Mẫu số 02 or from a review.
"""

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
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import (
    Case,
    InitialAssessment,
    SpecificAssessment,
    SpecificNeed,
    SpecificText,
)
from app.cases.models.specific import GOAL_DEMANDED
from app.cases.queries.specific import FORM
from app.cases.risk import is_higher, risk_steps
from app.cases.scoring import Score, is_lowered, score_form
from app.cases.services.assessment import check_time, counts_of
from app.cases.services.editing import lock_unchanged
from app.cases.timeline import add_event
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition


@dataclass(frozen=True, slots=True)
class NeedData:
    """A domain (a code of the list `needs`) in which there is a problem."""

    domain: str
    severity: RiskLevel
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SpecificData:
    """What the officer states. `texts` by the names of the form's fields, the filled ones only.
    `wanted_level` None: as computed."""

    answers: Mapping[str, RiskLevel]
    happened_at: datetime
    texts: Mapping[str, str]
    needs: Sequence[NeedData] = ()
    wanted_level: RiskLevel | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What follows from the ratings and the officer's choice."""

    score: Score
    final: RiskLevel


def find(form: FormDefinition, data: SpecificData) -> Finding:
    """The level by the form's rule, or the higher one that the officer wants.

    Raises UnratedItems; InvalidInput for a level below the computed one.
    """
    result = score_form(form, data.answers, life_threatening=False)
    wanted = data.wanted_level or result.level
    if is_lowered(result.level, wanted):
        raise InvalidInput(
            "wanted_level",
            _l("Ở Mẫu số 03 chỉ được nâng mức. Muốn hạ mức, đánh giá lại theo Mẫu số 02."),
        )
    return Finding(result, wanted)


def assess_specifically(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    form: FormDefinition,
    data: SpecificData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> SpecificAssessment:
    """Record one more specific assessment; a graver level than the case's counts at once.

    `case` comes with its child. Raises StaleEdit, CaseEnded, NotRoutedYet, InvalidInput.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    check_time(case, data.happened_at, now)
    _check_initial(session, case)
    _check_needs(data.needs)
    made = _assessment(actor, case, form, data, now)
    session.add(made)
    session.flush()
    case.advance(CaseState.SPECIFIC_ASSESSED)
    _raise_risk(session, case)
    _tell(session, actor, case, made, data, now)
    session.flush()
    return made


def _check_initial(session: Session, case: Case) -> None:
    """The law's order: whether the child is in danger is asked first, within the twelve hours."""
    assessed = select(InitialAssessment.id).where(InitialAssessment.case_id == case.id).limit(1)
    if session.scalar(assessed) is None:
        raise InvalidInput("initial", _l("Cần đánh giá nguy cơ ban đầu (Mẫu số 02) trước."))


def _check_needs(needs: Sequence[NeedData]) -> None:
    for need in needs:
        if need.severity in GOAL_DEMANDED and not need.problem:
            raise InvalidInput(
                f"problem_{need.domain}", _l("Mức Cao hoặc Trung bình: ghi vấn đề của trẻ em.")
            )


def _raise_risk(session: Session, case: Case) -> None:
    """What counts by all assessments of the case, where that is graver than before."""
    counts = risk_steps(session, case.id)[-1].counts
    if is_higher(counts, case.risk_level):
        case.set_risk(counts)


def _assessment(
    actor: Actor, case: Case, form: FormDefinition, data: SpecificData, now: datetime
) -> SpecificAssessment:
    key, finding = case.child.key, find(form, data)
    made = SpecificAssessment(
        key=key,
        case_id=case.id,
        cycle=case.cycle,
        form_version=form.version,
        answers={code: level.value for code, level in data.answers.items()},
        counts=counts_of(finding.score),
        computed_level=finding.score.level,
        final_level=finding.final,
        comment=data.comment,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
    made.texts = [
        SpecificText(key=key, position=position, field=name, text=data.texts[name])
        for position, name in enumerate(form.by_name, start=1)
        if data.texts.get(name)
    ]
    made.needs = [
        SpecificNeed(
            key=key,
            position=position,
            domain=need.domain,
            severity=need.severity,
            problem=need.problem,
        )
        for position, need in enumerate(data.needs, start=1)
    ]
    return made


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    made: SpecificAssessment,
    data: SpecificData,
    now: datetime,
) -> None:
    facts: dict[str, Any] = {
        "level": made.final_level,
        "computed": made.computed_level,
        "case_level": case.risk_level,
        "counts": made.counts,
        "form_version": made.form_version,
        "goals": [need.domain for need in data.needs if need.severity in GOAL_DEMANDED],
    }
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.SPECIFIC_ASSESSMENT,
        section=Section.ASSESSMENT,
        happened_at=made.happened_at,
        now=now,
        facts=facts,
        note=data.comment,
        subject_id=made.id,
    )
    record(
        session,
        actor,
        AuditAction.CASE_ASSESSED,
        at=now,
        case_id=case.id,
        subject_id=made.id,
        data={"form": FORM, "version": made.form_version, "level": made.final_level},
    )
