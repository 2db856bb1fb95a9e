"""What a review of Mẫu số 06 allows: a pure function of the ratings, the states and the form.

The rule is data: `closing` of the form's definition. Decree 56/2017, art. 30 cl. 1 b.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.cases.enums import RiskLevel
from app.cases.scoring import Score, UnratedItems, score_form
from app.reference.form_definition import ClosingRule, FormDefinition

FORM = "form06"


@dataclass(frozen=True, slots=True)
class Finding:
    """The score; which items of harm still speak of risk; which factors are not stable."""

    score: Score
    risks: tuple[str, ...]
    unstable: tuple[str, ...]

    @property
    def may_close(self) -> bool:
        return not self.risks and not self.unstable


def find(
    form: FormDefinition, answers: Mapping[str, RiskLevel], states: Mapping[str, str]
) -> Finding:
    """Raises UnratedItems for items without a rating and factors without a state."""
    missing = [item.code for item in form.items if item.code not in answers]
    missing += [state.code for state in form.states if state.code not in states]
    if missing:
        raise UnratedItems(missing)
    rule = closing_rule(form)
    return Finding(
        score=score_form(form, answers, life_threatening=False),
        risks=tuple(
            item.code for item in form.items_of("harm") if answers[item.code] not in rule.harm
        ),
        unstable=tuple(
            state.code for state in form.states if states[state.code] not in rule.states
        ),
    )


def closing_rule(form: FormDefinition) -> ClosingRule:
    """Raises KeyError for a form that does not lead to closing."""
    if form.closing is None:
        raise KeyError(form.number)
    return form.closing
