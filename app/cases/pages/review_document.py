"""The printed Mẫu số 06 in words: a document of the law is Vietnamese."""

from collections.abc import Iterable

from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import Case
from app.cases.models.reviews import ClosingState
from app.cases.pages.documents import (
    CLOSED,
    LEVELS,
    VI,
    age_words,
    birth_words,
    form_texts,
    moment_words,
    rated,
    totals,
)
from app.cases.queries.review_paper import ReviewSheet
from app.cases.reviewing import FORM, Finding, find
from app.reference.form_definition import FormDefinition
from app.reference.library import code_list, form_definition
from app.web.filters import vn_date

_ANSWERS = {
    ClosingState.PENDING: "Đang chờ Chủ tịch quyết định.",
    ClosingState.AGREED: "Đồng ý kết thúc kế hoạch, đóng hồ sơ.",
    ClosingState.REFUSED: "Chưa đồng ý đóng hồ sơ; tiếp tục thực hiện kế hoạch.",
    ClosingState.REPLACED: "Không còn hiệu lực: đã có lần rà soát mới hơn.",
}


def review_document(
    sheet: ReviewSheet, sections: frozenset[Section], *, proof: str, case: Case
) -> dict[str, object]:
    """The context of templates/documents/form06.html."""
    review, child = sheet.review, sheet.child
    form = form_definition(FORM, version=review.form_version)
    answers = {code: RiskLevel(level) for code, level in review.answers.items()}
    finding = find(form, answers, review.states)
    groups = {
        "harm": ([rated(i, answers) for i in form.items_of("harm")], finding.score.harm_counts),
        "protection": (
            [rated(i, answers) for i in form.items_of("protection")],
            finding.score.protect_counts,
        ),
    }
    return {
        "title": f"{form.number} - {case.number}",
        "text": form_texts(form),
        "office": sheet.office,
        "day": review.happened_at,
        "child": CLOSED if child is None else child.name,
        "birth": CLOSED if child is None else birth_words(child) or age_words(child),
        "by": review.by_name,
        "moment": moment_words(review.happened_at),
        "levels": tuple(code_list("ratings").label(level.value, VI) for level in LEVELS),
        **{name: (items, totals(counts)) for name, (items, counts) in groups.items()},
        "states": tuple(_states(form, sheet)),
        "conclusions": _conclusions(form, finding),
        "level": code_list("risk_levels").label(review.level.value, VI),
        "conclusion": review.words.get("conclusion"),
        "proposals": tuple(code_list("review_proposals").choices(VI)),
        "proposal": review.proposal.value,
        "next_on": vn_date(review.next_on),
        "answer": _ANSWERS[review.closing_state] if review.closing_state else None,
        "refusal": review.words.get("refusal") if Section.PLAN in sections else None,
        "check_on": vn_date(review.check_on),
        "chair": review.decided_name,
        "proof": proof,
    }


def _states(form: FormDefinition, sheet: ReviewSheet) -> Iterable[tuple[str, str, str | None]]:
    """(factor, its state, the words) of each; closed words are said to be closed."""
    for state in form.states:
        said = code_list("stability").label(sheet.review.states[state.code], VI)
        yield state.label.in_locale(VI), said, sheet.review.words.get(state.code, CLOSED)


def _conclusions(form: FormDefinition, finding: Finding) -> tuple[tuple[bool, str], ...]:
    """The ticked one follows from the ratings and states alone."""
    by_key = (
        ("conclusion_no_risk", finding.may_close),
        ("conclusion_risk", not finding.may_close),
    )
    return tuple((is_so, form.document_text(key, VI)) for key, is_so in by_key)
