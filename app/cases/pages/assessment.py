"""Mẫu số 02 in words: the result under the ratings, and what was assessed before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.enums import OverrideState, RiskLevel
from app.cases.forms.assessment import AssessmentForm
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.file import report_rows
from app.cases.pages.head import read_head
from app.cases.queries.assessment import AssessmentView, assessments_of
from app.cases.queries.file import report_of
from app.cases.scoring import UnratedItems
from app.cases.services.assessment import FORM, Conclusion, conclude, counts_of
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition
from app.reference.library import form_definition

Counts = dict[str, dict[str, int]]
CONCLUSIONS = {
    RiskLevel.HIGH: "conclusion_emergency",
    RiskLevel.MEDIUM: "conclusion_between",
    RiskLevel.LOW: "conclusion_no_emergency",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What follows from the ratings so far. `unrated` items still wait; `fault` contradicts.

    `kept` is the level that goes on counting where a lower one is concluded.
    """

    unrated: int = 0
    fault: LazyString | str = ""
    counts: Counts | None = None
    computed: RiskLevel | None = None
    wanted: RiskLevel | None = None
    is_emergency: bool = False
    is_lowered: bool = False
    kept: RiskLevel | None = None
    is_kept_emergency: bool = False
    reasons: tuple[str, ...] = ()
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One item with the texts of the version it was answered with."""

    group: str
    label: str
    rating: str
    text: str


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """One assessment as it was made; old versions of the form keep their own texts."""

    version: int
    happened_at: datetime
    typed_at: datetime
    by_name: str
    lines: tuple[RatedLine, ...]
    is_life_threatening: bool
    computed: RiskLevel
    wanted: RiskLevel
    final: RiskLevel
    is_emergency: bool
    comment: str | None
    state: OverrideState | None
    override_reason: str | None
    second_name: str | None
    second_at: datetime | None
    needs: tuple[tuple[str, str | None, str | None], ...]


def assessment_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    form: AssessmentForm,
    now: datetime,
) -> dict[str, Any]:
    """What the template of Mẫu số 02 needs."""
    found = assessments_of(session, case.id, sections=sections_of(actor))
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "definition": form.definition,
        "marks": form.marks(case, now),
        "result": result_of(form),
        "earlier": [assessment_record(view) for view in found],
        "report": tuple(report_rows(report_of(session, case, sections=sections_of(actor)))),
    }


def override_page(
    session: Session, *, actor: Actor, case: Case, view: AssessmentView, now: datetime
) -> dict[str, Any]:
    """What the template of the second signature needs."""
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "record": assessment_record(view),
        "assessment_id": view.row.id,
        "is_own": view.row.by_id == actor.id,
    }


def result_of(form: AssessmentForm) -> Result:
    """The computed level as the form stands now, complete or not."""
    try:
        data = form.state()
        conclusion = conclude(form.definition, data, form.held)
    except UnratedItems as error:
        return Result(unrated=len(error.codes))
    except InvalidInput as error:
        return Result(fault=error.text)
    score = conclusion.score
    return Result(
        counts=counts_of(score),
        computed=score.level,
        wanted=conclusion.wanted,
        is_emergency=score.is_emergency or data.is_emergency,
        is_lowered=conclusion.is_lowered,
        kept=conclusion.final,
        is_kept_emergency=conclusion.is_emergency,
        reasons=tuple(label_of("score_reasons", code) for code in score.reasons),
        conclusion=_conclusion_text(form.definition, conclusion),
    )


def assessment_record(view: AssessmentView) -> AssessmentRecord:
    row = view.row
    form = form_definition(FORM, version=row.form_version)
    return AssessmentRecord(
        version=row.form_version,
        happened_at=row.happened_at,
        typed_at=row.typed_at,
        by_name=view.by_name,
        lines=_lines(form, row.answers),
        is_life_threatening=row.is_life_threatening,
        computed=row.computed_level,
        wanted=row.wanted_level,
        final=row.final_level,
        is_emergency=row.is_emergency,
        comment=row.comment,
        state=row.override_state,
        override_reason=row.override_reason,
        second_name=view.second_name,
        second_at=row.second_at,
        needs=tuple((label_of("needs", n.need), n.service, n.provider) for n in row.needs),
    )


def _lines(form: FormDefinition, answers: dict[str, str]) -> tuple[RatedLine, ...]:
    return tuple(
        RatedLine(
            group=item.group,
            label=str(item.label),
            rating=label_of("ratings", answers[item.code]),
            text=str(getattr(item.levels, answers[item.code])),
        )
        for item in form.items
        if item.code in answers
    )


def _conclusion_text(form: FormDefinition, conclusion: Conclusion) -> str:
    """The official sentence of part 1.c that fits the computed result."""
    return form.document_text(CONCLUSIONS[conclusion.score.level])
