"""All assessments of a case: the risk over time, side by side, and each as it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.account import section_of_field
from app.cases.enums import RiskLevel
from app.cases.labels import label_of
from app.cases.lanes.steps import draw_steps
from app.cases.models import Case, InitialAssessment
from app.cases.pages.comparison import Comparison, compare_items, compare_needs
from app.cases.pages.links import link
from app.cases.pages.specific import text_groups
from app.cases.queries.specific import FORM, SpecificView, initials_of, specifics_of
from app.cases.risk import RiskStep, is_higher, risk_steps
from app.cases.services.assessment import FORM as INITIAL_FORM
from app.reference.library import code_list, form_definition
from app.web.filters import vn_date, vn_datetime
from app.web.words import _

P = Permission
LEVELS = (RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW)


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One point of the picture in words."""

    when: str
    form: str
    found: str
    counts: str


@dataclass(frozen=True, slots=True)
class RiskPicture:
    svg: Markup
    rows: tuple[PictureRow, ...]


@dataclass(frozen=True, slots=True)
class NeedLine:
    label: str
    severity: str
    problem: str
    demands_goal: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One assessment. `texts` are (heading, ((label, text), …)); `locked` are closed sections."""

    title: str
    happened: str
    typed: str
    by_name: str
    level: RiskLevel
    computed: str
    texts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    locked: tuple[str, ...]
    needs: tuple[NeedLine, ...]
    comment: str
    pdf: str


@dataclass(frozen=True, slots=True)
class SpecificList:
    """Everything of the page; `is_locked` leaves only that. `again` is where a level is lowered."""

    is_locked: bool
    new_url: str = ""
    again_url: str = ""
    kept: tuple[str, str] | None = None
    picture: RiskPicture | None = None
    comparisons: tuple[Comparison, ...] = ()
    cards: tuple[Card, ...] = ()
    initials: tuple[Card, ...] = ()


def specific_list(session: Session, *, actor: Actor, case: Case, now: datetime) -> SpecificList:
    """In at most six statements, and one more for each further kind of assessment."""
    sections = sections_of(actor)
    if Section.ASSESSMENT not in sections:
        return SpecificList(is_locked=True)
    specifics = specifics_of(session, case.id, sections=sections)
    initials = initials_of(session, case.id, sections=sections)
    steps = risk_steps(session, case.id)
    may_print = is_allowed(actor, P.DOCUMENT_PRINT, case)
    may_assess = is_allowed(actor, P.CASE_ASSESS, case) and not case.is_ended
    return SpecificList(
        is_locked=False,
        new_url=link("specific.new", case_id=case.id) if may_assess else "",
        again_url=link("assessment.new", case_id=case.id) if may_assess else "",
        kept=_kept(case, specifics),
        picture=_picture(steps, case.ended_at or now) if steps else None,
        comparisons=tuple(_comparisons(specifics, initials)),
        cards=tuple(_card(case, view, sections, may_print=may_print) for view in specifics),
        initials=tuple(_initial_card(case, *one, may_print=may_print) for one in initials),
    )


def _kept(case: Case, specifics: Sequence[SpecificView]) -> tuple[str, str] | None:
    """(found by the newest, what goes on counting) where the latter is graver."""
    if not specifics or case.risk_level is None or case.is_ended:
        return None
    found = specifics[0].row.final_level
    if not is_higher(case.risk_level, found):
        return None
    return _level(found).lower(), _level(case.risk_level).lower()


def _picture(steps: Sequence[RiskStep], until: datetime) -> RiskPicture:
    levels = code_list("risk_levels")
    names = {level: str(levels.by_code[level.value].short) for level in LEVELS}
    svg = draw_steps(
        steps,
        until=until,
        names=names,
        aria_label=_(
            "Mức nguy cơ của trẻ em từ %(first)s đến %(last)s; bảng số liệu ở dưới",
            first=vn_date(steps[0].point.at),
            last=vn_date(until),
        ),
    )
    rows = tuple(
        PictureRow(
            vn_datetime(step.point.at),
            str(step.point.form),
            names[step.point.level],
            names[step.counts],
        )
        for step in steps
    )
    return RiskPicture(svg, rows)


def _comparisons(
    specifics: Sequence[SpecificView], initials: Sequence[tuple[InitialAssessment, str]]
) -> list[Comparison]:
    """Those of one form against each other, since the forms do not ask the same."""
    found = []
    if specifics:
        assessed = [(view.row, view.by_name) for view in reversed(specifics)]
        form = form_definition(FORM)
        found += [
            compare_items(_("Đánh giá cụ thể (Mẫu số 03)"), form, assessed),
            compare_needs(form, assessed),
        ]
    if initials:
        title = _("Đánh giá ban đầu (Mẫu số 02)")
        found.append(compare_items(title, form_definition(INITIAL_FORM), initials[::-1]))
    return found


def _card(case: Case, view: SpecificView, sections: frozenset[Section], *, may_print: bool) -> Card:
    row = view.row
    form = form_definition(FORM, version=row.form_version)
    held = dict.fromkeys(section_of_field(one, view.account) for one in form.fields)
    address = link("specific.form03", case_id=case.id, specific_id=row.id) if may_print else ""
    domains = {line.needs[0]: str(line.label) for line in form.needs}
    texts = (
        (
            group.title,
            tuple((str(f.label), view.texts[f.name]) for f in group.fields if f.name in view.texts),
        )
        for group in text_groups(form)
    )
    return Card(
        title=_("Mẫu số 03"),
        happened=vn_datetime(row.happened_at),
        typed=vn_datetime(row.typed_at),
        by_name=view.by_name,
        level=row.final_level,
        computed=_level(row.computed_level),
        texts=tuple((title, said) for title, said in texts if said),
        locked=tuple(label_of("sections", one) for one in held if one not in sections),
        needs=tuple(
            NeedLine(
                domains.get(need.domain) or label_of("needs", need.domain),
                label_of("ratings", need.severity),
                need.problem or "",
                need.demands_goal,
            )
            for need in row.needs
        ),
        comment=row.comment or "",
        pdf=address,
    )


def _initial_card(case: Case, row: InitialAssessment, by_name: str, *, may_print: bool) -> Card:
    """Its answers stand in the comparison; all of it is printed, or shown on the form's page."""
    address = link("documents.form02", case_id=case.id, assessment=str(row.id))
    return Card(
        title=_("Mẫu số 02"),
        happened=vn_datetime(row.happened_at),
        typed=vn_datetime(row.typed_at),
        by_name=by_name,
        level=row.final_level,
        computed=_level(row.computed_level),
        texts=(),
        locked=(),
        needs=(),
        comment=row.comment or "",
        pdf=address if may_print else "",
    )


def _level(level: RiskLevel) -> str:
    return label_of("risk_levels", level)
