"""Everything a case page shows, in a few statements; closed sections are not read."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Text, bindparam, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.account import TEXTS
from app.cases.groups import closed_groups, opens_all
from app.cases.models import Case, InitialAssessment, Report
from app.cases.models.assessments import NEWEST_FIRST
from app.cases.queries.account import text_columns
from app.cases.queries.documents import NeedView, needs_of
from app.cases.queries.events import PAGE, Entry, LogFilter, entries, picture_entries
from app.core.sealed import DataKey, open_field
from app.deadlines.queries import ClockView, clocks_of
from app.people.models import Carer, Child

S = Section

_REPORT_FACTS: tuple[InstrumentedAttribute[Any], ...] = (
    Report.channel,
    Report.event_commune,
    Report.event_at,
    Report.abuse_forms,
    Report.abuse_setting,
    Report.perpetrator_relation,
    Report.is_present_danger,
    Report.is_caregiver_suspected,
)
# What upper packages read along with a file, each as one column that is correlated to Case: the
# section that opens it, and what makes it.
BESIDE: dict[str, tuple[Section, Callable[[], ColumnElement[Any]]]] = {}
_ASSESSMENT: tuple[InstrumentedAttribute[Any], ...] = (
    InitialAssessment.id,
    InitialAssessment.counts,
    InitialAssessment.is_life_threatening,
    InitialAssessment.computed_level,
    InitialAssessment.wanted_level,
    InitialAssessment.final_level,
    InitialAssessment.is_emergency,
    InitialAssessment.override_state,
    InitialAssessment.by_id,
    InitialAssessment.happened_at,
)


@dataclass(frozen=True, slots=True)
class CarerView:
    """A person around the child. The phone only with the section of contacts."""

    relation: str
    name: str | None
    birth_year: int | None
    occupation: str | None
    phone: str | None
    is_caregiver: bool
    is_suspected: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a reader with `sections` may know of a case.

    `head` has the columns of the child, unit, owner, report (`texts` are its opened words), the
    newest assessment (names prefixed `a_`) and BESIDE; a column of a closed section is missing from
    it.
    `log` is one page of the timeline, `picture` every entry.
    """

    case: Case
    sections: frozenset[Section]
    head: Row[*tuple[Any, ...]]
    child_name: str | None
    texts: dict[str, str]
    carers: Sequence[CarerView]
    needs: Sequence[NeedView]
    clocks: Sequence[ClockView]
    log: Sequence[Entry]
    has_more: bool
    picture: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report of a case alone, as far as its reader may know it; as in `CaseFile`."""

    case: Case
    sections: frozenset[Section]
    head: Row[*tuple[Any, ...]]
    texts: dict[str, str]


def report_of(session: Session, case: Case, *, sections: frozenset[Section]) -> ReportView:
    """One statement."""
    head = _head_of(session, case, _head(sections), sections)
    return ReportView(case=case, sections=sections, head=head, texts=_texts(head, sections))


def case_file(
    session: Session, case: Case, *, sections: frozenset[Section], wanted: LogFilter
) -> CaseFile:
    """The file of an authorised case: four statements, one more for the needs of an assessment, one
    more where its log has several pages."""
    head = _head_of(session, case, _whole_head(sections), sections)
    log, has_more, picture = _log(session, case.id, sections, wanted)
    is_assessed = S.ASSESSMENT in sections and head.a_id is not None
    return CaseFile(
        case=case,
        sections=sections,
        head=head,
        child_name=_child_name(head, sections),
        texts=_texts(head, sections),
        carers=_carers(session, head, sections),
        needs=needs_of(session, head.a_id, sections) if is_assessed else (),
        clocks=clocks_of(session, case.id),
        log=log,
        has_more=has_more,
        picture=picture,
    )


def _head_of(
    session: Session,
    case: Case,
    head: Select[*tuple[Any, ...]],
    sections: frozenset[Section],
) -> Row[*tuple[Any, ...]]:
    values = {"case_id": case.id, "confidential": closed_groups(sections)}
    return session.execute(head, values).one()


def _log(
    session: Session, case_id: uuid.UUID, sections: frozenset[Section], wanted: LogFilter
) -> tuple[Sequence[Entry], bool, Sequence[Entry]]:
    """(the page of the log, are there older ones, all entries for the picture).

    A short case is read once and filtered here; only a long one costs a second statement.
    """
    found = entries(session, case_id, sections=sections, wanted=LogFilter())
    if len(found) <= PAGE and wanted.is_plain:
        return [entry for entry in found if wanted.keeps(entry)], False, found
    picture = found
    if len(found) > PAGE:
        picture = picture_entries(session, case_id, sections=sections)
    if wanted != LogFilter():
        found = entries(session, case_id, sections=sections, wanted=wanted)
    return found[:PAGE], len(found) > PAGE, picture


@lru_cache(maxsize=64)
def _whole_head(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """With what upper packages put beside it."""
    opened = [(name, make) for name, (section, make) in BESIDE.items() if section in sections]
    return _head(sections).add_columns(*(make().label(name) for name, make in opened))


@lru_cache(maxsize=64)
def _head(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """Child, unit, owner, report and the newest assessment beside the case `:case_id`."""
    taken_by = aliased(Unit)
    assessment = _newest_assessment()
    columns: list[Any] = [
        Child.id.label("child_id"),
        Child.sex,
        Child.birth_year,
        DataKey.id.label("key_id"),
        DataKey.wrapped,
        Unit.short_name.label("unit_name"),
        User.name.label("owner_name"),
        taken_by.short_name.label("taken_by"),
        Report.id.label("report_id"),
        Report.received_at,
        Report.typed_at,
    ]
    if S.IDENTITY in sections:
        columns.append(Child.full_name_sealed)
    if S.EVENT in sections:
        columns += [*_REPORT_FACTS, _groups(sections)]
    columns += [Report.account_section, *text_columns(TEXTS, sections)]
    report_key = aliased(DataKey)
    columns += [report_key.id.label("report_key_id"), report_key.wrapped.label("report_wrapped")]
    if S.ASSESSMENT in sections:
        columns += [column.label(f"a_{column.key}") for column in assessment.c]
    return (
        select(*columns)
        .select_from(Case)
        .join(Child, Child.id == Case.child_id)
        .join(DataKey, DataKey.id == Child.key_id)
        .join(Report, Report.id == Case.report_id)
        .join(report_key, report_key.id == Report.key_id)
        .join(taken_by, taken_by.id == Report.taken_by_unit_id)
        .join(Unit, Unit.id == Case.unit_id, isouter=True)
        .join(User, User.id == Case.owner_id, isouter=True)
        .join(assessment, true(), isouter=True)
        .where(Case.id == bindparam("case_id"))
    )


def _groups(sections: frozenset[Section]) -> Any:
    """The reported groups; confidential ones leave the database only with their section."""
    if opens_all(sections):
        return Report.sc_groups
    confidential = bindparam("confidential", type_=ARRAY(Text))
    groups = Report.sc_groups.op("-", return_type=Report.sc_groups.type)(confidential)
    return groups.label("sc_groups")


def _newest_assessment() -> Any:
    return (
        select(*_ASSESSMENT)
        .where(InitialAssessment.case_id == Case.id)
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .correlate(Case)
        .lateral("assessment")
    )


def _child_name(head: Row[*tuple[Any, ...]], sections: frozenset[Section]) -> str | None:
    if S.IDENTITY not in sections:
        return None
    key = (head.key_id, head.wrapped)
    return open_field(Child, "full_name", head.child_id, key, head.full_name_sealed)


def _texts(head: Row[*tuple[Any, ...]], sections: frozenset[Section]) -> dict[str, str]:
    """The words of the report, opened; empty ones are left out."""
    key = (head.report_key_id, head.report_wrapped)
    opened = {
        name: open_field(Report, name, head.report_id, key, getattr(head, f"{name}_sealed"))
        for name in TEXTS
        if f"{name}_sealed" in head._fields
    }
    return {name: text for name, text in opened.items() if text}


@lru_cache(maxsize=64)
def _carers_of(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    """The people around the child `:child_id`."""
    columns: list[Any] = [
        Carer.id,
        Carer.relation,
        Carer.birth_year,
        Carer.is_caregiver,
        Carer.is_suspected,
        Carer.full_name_sealed,
        Carer.occupation_sealed,
    ]
    if S.CONTACT in sections:
        columns.append(Carer.phone_sealed)
    return select(*columns).where(Carer.child_id == bindparam("child_id")).order_by(Carer.id)


def _carers(
    session: Session, head: Row[*tuple[Any, ...]], sections: frozenset[Section]
) -> list[CarerView]:
    if S.FAMILY not in sections:
        return []
    rows = session.execute(_carers_of(sections), {"child_id": head.child_id})
    key = (head.key_id, head.wrapped)  # a carer is sealed under the child's key
    return [
        CarerView(
            relation=row.relation,
            name=open_field(Carer, "full_name", row.id, key, row.full_name_sealed),
            birth_year=row.birth_year,
            occupation=open_field(Carer, "occupation", row.id, key, row.occupation_sealed),
            phone=open_field(Carer, "phone", row.id, key, row.phone_sealed)
            if S.CONTACT in sections
            else None,
            is_caregiver=row.is_caregiver,
            is_suspected=row.is_suspected,
        )
        for row in rows
    ]
