"""Mẫu số 03 as a printed form: a document of the law is Vietnamese, whatever its reader chose."""

from app.auth.permissions import Section
from app.cases.account import section_of_field
from app.cases.enums import RiskLevel
from app.cases.models import Case, SpecificAssessment
from app.cases.pages.documents import (
    CLOSED,
    GROUPS,
    LEVELS,
    VI,
    Line,
    birth_line,
    conclusions,
    form_texts,
    moment_words,
    rated,
    totals,
)
from app.cases.pages.specific import text_groups
from app.cases.queries.documents import ChildView
from app.cases.queries.specific import FORM, SpecificView
from app.cases.scoring import score_form
from app.documents.letterhead import Office
from app.reference.form_definition import FormDefinition
from app.reference.library import code_list, form_definition

PrintedNeed = tuple[str, str, str, str | None]


def specific_document(
    view: SpecificView,
    child: ChildView | None,
    sections: frozenset[Section],
    *,
    proof: str,
    case: Case,
) -> dict[str, object]:
    """The context of templates/documents/form03.html; `case` comes with its unit."""
    row = view.row
    form = form_definition(FORM, version=row.form_version)
    answers = {code: RiskLevel(level) for code, level in row.answers.items()}
    score = score_form(form, answers, life_threatening=False)
    harm, protection = ([rated(i, answers) for i in form.items_of(group)] for group in GROUPS)
    levels = code_list("risk_levels")
    return {
        "title": f"{form.number} - {case.number}",
        "text": form_texts(form),
        "office": _office(case),
        "day": row.happened_at,
        "child": CLOSED if child is None else child.name,
        "birth": birth_line(child),
        "by": view.by_name,
        "moment": moment_words(row.happened_at),
        "groups": tuple(_groups(form, view, sections)),
        "closed": CLOSED,
        "levels": tuple(code_list("ratings").label(level.value, VI) for level in LEVELS),
        "harm": (harm, totals(score.harm_counts)),
        "protection": (protection, totals(score.protect_counts)),
        "conclusions": conclusions(form, score),
        "reasons": tuple(code_list("score_reasons").label(code, VI) for code in score.reasons),
        "computed": levels.label(row.computed_level.value, VI),
        "final": levels.label(row.final_level.value, VI),
        "comment": row.comment,
        "needs": _needs(form, row),
        "proof": proof,
    }


def _office(case: Case) -> Office | None:
    unit = case.unit
    return None if unit is None else Office(unit.name, unit.kind, unit.commune_code)


def _groups(
    form: FormDefinition, view: SpecificView, sections: frozenset[Section]
) -> list[tuple[str, list[Line]]]:
    """The information under its headings; of closed sections nothing was read."""
    return [
        (
            group.title,
            [
                Line(
                    label=field.label.in_locale(VI),
                    notes="",
                    value=view.texts.get(field.name),
                    is_closed=section_of_field(field, view.account) not in sections,
                    is_long=True,
                )
                for field in group.fields
            ],
        )
        for group in text_groups(form, VI)
    ]


def _needs(form: FormDefinition, row: SpecificAssessment) -> list[PrintedNeed]:
    """(number, domain, severity, problem): a domain without a problem is printed too."""
    known = {need.domain: need for need in row.needs}
    ratings, none = code_list("ratings"), form.document_text("no_problem", VI)
    printed: list[PrintedNeed] = []
    for line in form.needs:
        need, label = known.get(line.needs[0]), line.label.in_locale(VI)
        severity = none if need is None else ratings.label(need.severity.value, VI)
        printed.append((line.number, label, severity, need.problem if need else None))
    return printed
