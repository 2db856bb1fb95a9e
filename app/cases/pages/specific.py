"""Mẫu số 03 in words: the form's page, and the result under the ratings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.enums import RiskLevel
from app.cases.forms.specific import SpecificForm, domains, text_fields
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.specific import GOAL_DEMANDED
from app.cases.pages.assessment import CONCLUSIONS, Counts
from app.cases.pages.head import read_head
from app.cases.queries.specific import SpecificView, latest_specific
from app.cases.risk import is_higher
from app.cases.scoring import UnratedItems
from app.cases.services.assessment import counts_of
from app.cases.services.specific import Finding, find
from app.core import clock
from app.core.errors import InvalidInput
from app.reference.form_definition import FormDefinition, FormField
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class FoundNow:
    """What follows from the ratings so far. `unrated` items still wait; `fault` contradicts.

    `kept` is the case's level where that is graver; `goals` are the domains that demand a goal.
    """

    unrated: int = 0
    fault: LazyString | str = ""
    counts: Counts | None = None
    computed: RiskLevel | None = None
    final: RiskLevel | None = None
    kept: RiskLevel | None = None
    reasons: tuple[str, ...] = ()
    conclusion: str = ""
    goals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastTime:
    """What the last assessment said, to be seen beside each field; nothing is copied unseen."""

    title: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    ratings: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextGroup:
    """The fields of one part of the paper, under its heading."""

    number: str
    title: str
    fields: tuple[FormField, ...]


def specific_page(
    session: Session, *, actor: Actor, case: Case, form: SpecificForm
) -> dict[str, Any]:
    """What the template of Mẫu số 03 needs; an earlier text that was asked for is filled in."""
    last = latest_specific(session, case.id, sections=sections_of(actor))
    if form.wanted_again and last is not None:
        form.use_again(last.texts)
    now = clock.now()
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "definition": form.definition,
        "groups": text_groups(form.definition),
        "domains": domains(form.definition),
        "marks": form.marks(case, now),
        "result": found_now(form, case),
        "last": _last_time(form.definition, last),
    }


def text_groups(definition: FormDefinition, locale: str | None = None) -> tuple[TextGroup, ...]:
    """The parts of the information in words, in the order of the paper."""
    numbers = dict.fromkeys(field.number for field in text_fields(definition))
    return tuple(
        TextGroup(
            number,
            definition.document_text(f"part_{number}", locale),
            tuple(f for f in text_fields(definition) if f.number == number),
        )
        for number in numbers
    )


def found_now(form: SpecificForm, case: Case) -> FoundNow:
    """The computed level as the form stands now, complete or not."""
    state = form.state()
    goals = tuple(
        label_of("needs", need.domain) for need in state.needs if need.severity in GOAL_DEMANDED
    )
    try:
        found = find(form.definition, state)
    except UnratedItems as error:
        return FoundNow(unrated=len(error.codes), goals=goals)
    except InvalidInput as error:
        return FoundNow(fault=error.text, goals=goals)
    return FoundNow(
        counts=counts_of(found.score),
        computed=found.score.level,
        final=found.final,
        kept=_kept(case, found),
        reasons=tuple(label_of("score_reasons", code) for code in found.score.reasons),
        conclusion=form.definition.document_text(CONCLUSIONS[found.score.level]),
        goals=goals,
    )


def _kept(case: Case, found: Finding) -> RiskLevel | None:
    level = case.risk_level
    return level if level is not None and is_higher(level, found.final) else None


def _last_time(definition: FormDefinition, last: SpecificView | None) -> LastTime:
    if last is None:
        return LastTime()
    row = last.row
    return LastTime(
        title=_("Lần trước, %(day)s", day=vn_date(row.happened_at)),
        texts=last.texts,
        ratings={code: label_of("ratings", level) for code, level in row.answers.items()},
        severities={domain: _("Không có vấn đề") for domain in domains(definition)}
        | {need.domain: label_of("ratings", need.severity) for need in row.needs},
        problems={need.domain: need.problem for need in row.needs if need.problem},
    )
