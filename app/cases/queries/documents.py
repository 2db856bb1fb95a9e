"""What the printed forms say, with the section of each field; closed sections are not read."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.audit.models import AuditCheckpoint
from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.account import ACCOUNT
from app.cases.enums import OverrideState, RiskLevel
from app.cases.models import AssessmentNeed, Case, InitialAssessment, Report
from app.cases.models.assessments import NEWEST_FIRST
from app.cases.queries.account import text_columns
from app.core.sealed import DataKey, SealedRow, open_field
from app.documents.letterhead import Office
from app.people.models import Carer, Child, DobPrecision, Sex
from app.reference.form_definition import FormDefinition
from app.reference.library import form_definition

S = Section

# the texts of the report that stand on the form; what we ask beyond it is not printed
_PRINTED = ("event_place", *ACCOUNT, "family_context", "current_caregiver")
_OFFICE: tuple[Any, ...] = (Unit.name.label("unit"), Unit.kind, Unit.commune_code)


@dataclass(frozen=True, slots=True)
class ChildView:
    """The child, as far as known. `dob` is an ISO date of which `dob_precision` counts."""

    name: str | None
    dob: str | None
    dob_precision: DobPrecision
    birth_year: int | None
    estimated_age: int | None
    sex: Sex


@dataclass(frozen=True, slots=True)
class ParentView:
    name: str | None
    birth_year: int | None
    occupation: str | None


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """Mẫu số 01 about one child. Nothing is read of the informant, whoever prints.

    `facts` are the report's codes and texts by field name; those of closed sections are missing.
    `child` and `parents` (by relation) are None where their section is closed.
    """

    form: FormDefinition
    office: Office
    received_by: str
    typed_at: datetime
    other_children: int
    account: Section
    facts: Mapping[str, Any]
    child: ChildView | None
    parents: Mapping[str, ParentView] | None


@dataclass(frozen=True, slots=True)
class NeedView:
    """One need. Service and provider only with the section of measures and plans."""

    need: str
    service: str | None
    provider: str | None


@dataclass(frozen=True, slots=True)
class AssessmentSheet:
    """Mẫu số 02. `child` is None where the section of identity is closed."""

    form: FormDefinition
    office: Office | None
    child: ChildView | None
    answers: Mapping[str, RiskLevel]
    is_life_threatening: bool
    computed_level: RiskLevel
    wanted_level: RiskLevel
    final_level: RiskLevel
    is_emergency: bool
    comment: str | None
    override_state: OverrideState | None
    override_reason: str | None
    second_by: str | None
    second_at: datetime | None
    happened_at: datetime
    by: str
    needs: Sequence[NeedView]


@dataclass(frozen=True, slots=True)
class Seal:
    """The newest signed checkpoint of the audit log, to be kept on paper too."""

    at: datetime
    size: int
    root: bytes


def report_sheet(session: Session, case: Case, *, sections: frozenset[Section]) -> ReportSheet:
    """The report of an authorised case: at most three statements."""
    row = session.execute(_report(sections).where(Report.id == case.report_id)).one()
    return ReportSheet(
        form=form_definition("form01", version=row.form_version),
        office=Office(row.unit, row.kind, row.commune_code),
        received_by=row.received_by,
        typed_at=row.typed_at,
        other_children=row.children - 1,
        account=row.account_section,
        facts=_facts(row, sections),
        child=child_view(session, case, sections),
        parents=_parents(session, case, sections),
    )


def assessment_sheet(
    session: Session,
    case: Case,
    *,
    sections: frozenset[Section],
    assessment_id: uuid.UUID | None = None,
) -> AssessmentSheet | None:
    """One assessment of an authorised case, or its newest: at most three statements.

    None where there is none, or where the section of assessments is closed.
    """
    if S.ASSESSMENT not in sections:
        return None
    found = _assessment().where(InitialAssessment.case_id == case.id)
    if assessment_id is not None:
        found = found.where(InitialAssessment.id == assessment_id)
    row = session.execute(found).first()
    if row is None:
        return None
    return AssessmentSheet(
        form=form_definition("form02", version=row.form_version),
        office=None if row.unit is None else Office(row.unit, row.kind, row.commune_code),
        child=child_view(session, case, sections),
        answers={code: RiskLevel(level) for code, level in row.answers.items()},
        **{name: getattr(row, name) for name in _COPIED},
        comment=_open(InitialAssessment, "comment", row),
        override_reason=_open(InitialAssessment, "override_reason", row),
        needs=needs_of(session, row.row_id, sections),
    )


def newest_seal(session: Session) -> Seal | None:
    newest = select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1)
    found = session.scalars(newest).first()
    return None if found is None else Seal(found.at, found.event_count, found.root)


def _report(sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    of_report = aliased(Case)
    children = select(func.count()).where(of_report.report_id == Report.id).scalar_subquery()
    columns: list[Any] = [
        *_row_with_key(Report),
        *_OFFICE,
        User.name.label("received_by"),
        children.label("children"),
        Report.form_version,
        Report.typed_at,
    ]
    if S.EVENT in sections:
        columns += [Report.category, Report.channel, Report.doc_no, Report.received_at]
        columns.append(Report.event_commune)
    columns += [Report.account_section, *text_columns(_PRINTED, sections)]
    return (
        select(*columns)
        .select_from(Report)
        .join(DataKey, DataKey.id == Report.key_id)
        .join(Unit, Unit.id == Report.taken_by_unit_id)
        .join(User, User.id == Report.received_by_id)
    )


def _facts(row: Row[*tuple[Any, ...]], sections: frozenset[Section]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if S.EVENT in sections:
        plain = ("category", "channel", "doc_no", "received_at", "event_commune")
        facts |= {name: getattr(row, name) for name in plain}
    read = (name for name in _PRINTED if f"{name}_sealed" in row._fields)
    return facts | {name: _open(Report, name, row) for name in read}


def child_view(session: Session, case: Case, sections: frozenset[Section]) -> ChildView | None:
    if S.IDENTITY not in sections:
        return None
    plain = (Child.dob_precision, Child.birth_year, Child.estimated_age, Child.sex)
    columns = (*_row_with_key(Child), *plain, *_sealed(Child, ("full_name", "dob")))
    of_case = select(*columns).join(DataKey, DataKey.id == Child.key_id)
    row = session.execute(of_case.where(Child.id == case.child_id)).one()
    return ChildView(
        name=_open(Child, "full_name", row),
        dob=_open(Child, "dob", row),
        dob_precision=row.dob_precision,
        birth_year=row.birth_year,
        estimated_age=row.estimated_age,
        sex=row.sex,
    )


def _parents(
    session: Session, case: Case, sections: frozenset[Section]
) -> dict[str, ParentView] | None:
    """The first father and the first mother of the child."""
    if S.FAMILY not in sections:
        return None
    columns = (*_row_with_key(Carer), Carer.relation, Carer.birth_year)
    rows = session.execute(
        select(*columns, *_sealed(Carer, ("full_name", "occupation")))
        .join(DataKey, DataKey.id == Carer.key_id)
        .where(Carer.child_id == case.child_id, Carer.relation.in_(("father", "mother")))
        .order_by(Carer.id.desc())
    )
    return {
        row.relation: ParentView(
            _open(Carer, "full_name", row), row.birth_year, _open(Carer, "occupation", row)
        )
        for row in rows
    }


_COPIED = (
    *("is_life_threatening", "computed_level", "wanted_level", "final_level", "is_emergency"),
    *("override_state", "second_by", "second_at", "happened_at", "by"),
)


def _assessment() -> Select[*tuple[Any, ...]]:
    second, assessed = aliased(User), InitialAssessment
    plain = (
        assessed.form_version,
        assessed.answers,
        assessed.is_life_threatening,
        assessed.computed_level,
        assessed.wanted_level,
    )
    columns: list[Any] = [
        *(
            *_row_with_key(assessed),
            *_OFFICE,
            *plain,
            assessed.final_level,
            assessed.is_emergency,
            assessed.override_state,
        ),
        *(
            assessed.second_at,
            assessed.happened_at,
            User.name.label("by"),
            second.name.label("second_by"),
        ),
        *_sealed(assessed, ("comment", "override_reason")),
    ]
    return (
        select(*columns)
        .select_from(assessed)
        .join(DataKey, DataKey.id == assessed.key_id)
        .join(Case, Case.id == assessed.case_id)
        .join(User, User.id == assessed.by_id)
        .join(Unit, Unit.id == Case.unit_id, isouter=True)
        .join(second, second.id == assessed.second_by_id, isouter=True)
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )


def needs_of(
    session: Session, assessment_id: uuid.UUID, sections: frozenset[Section]
) -> list[NeedView]:
    """Part 2 of one Mẫu số 02, in its order."""
    columns: list[Any] = [*_row_with_key(AssessmentNeed), AssessmentNeed.need]
    if S.PLAN in sections:
        columns += _sealed(AssessmentNeed, ("service", "provider"))
    rows = session.execute(
        select(*columns)
        .join(DataKey, DataKey.id == AssessmentNeed.key_id)
        .where(AssessmentNeed.assessment_id == assessment_id)
        .order_by(AssessmentNeed.position)
    )
    if S.PLAN not in sections:
        return [NeedView(row.need, None, None) for row in rows]
    return [
        NeedView(
            row.need, _open(AssessmentNeed, "service", row), _open(AssessmentNeed, "provider", row)
        )
        for row in rows
    ]


def _row_with_key(table: type[SealedRow]) -> list[Any]:
    return [table.id.label("row_id"), DataKey.id.label("key_id"), DataKey.wrapped]


def _sealed(table: type[SealedRow], names: Iterable[str]) -> list[Any]:
    return [getattr(table, f"{name}_sealed") for name in names]


def _open(table: type[SealedRow], name: str, row: Row[*tuple[Any, ...]]) -> str | None:
    key = (row.key_id, row.wrapped)
    return open_field(table, name, row.row_id, key, getattr(row, f"{name}_sealed"))
