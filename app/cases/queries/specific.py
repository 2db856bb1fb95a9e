"""Specific assessments of a case; the texts of closed sections are not read."""

import uuid
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, selectinload

from app.auth.models import User
from app.auth.permissions import Section
from app.cases.account import section_of_field
from app.cases.models import Case, InitialAssessment, Report, SpecificAssessment, SpecificText
from app.reference.library import library

FORM = "form03"
MOST = 12  # side by side; older ones stay in the timeline


class SpecificView(NamedTuple):
    """One assessment with its needs, who made it, and its texts by field (open sections only).
    `account`: the section of what is told of the event."""

    row: SpecificAssessment
    by_name: str
    account: Section
    texts: Mapping[str, str]


def specifics_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section], most: int = MOST
) -> list[SpecificView]:
    """The latest assessments, the newest first, in three statements; none for a closed section."""
    if Section.ASSESSMENT not in sections:
        return []
    return _views(session, _assessments(case_id).limit(most), sections)


def specific_of(
    session: Session, case_id: uuid.UUID, specific_id: uuid.UUID, *, sections: frozenset[Section]
) -> SpecificView | None:
    """One assessment of the case; None for one of another case or a closed section."""
    if Section.ASSESSMENT not in sections:
        return None
    wanted = _assessments(case_id).where(SpecificAssessment.id == specific_id)
    return next(iter(_views(session, wanted, sections)), None)


def latest_specific(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> SpecificView | None:
    return next(iter(specifics_of(session, case_id, sections=sections, most=1)), None)


def _assessments(case_id: uuid.UUID) -> Select[*tuple[SpecificAssessment, str, Section]]:
    return (
        select(SpecificAssessment, User.name, Report.account_section)
        .join(User, User.id == SpecificAssessment.by_id)
        .join(Case, Case.id == SpecificAssessment.case_id)
        .join(Report, Report.id == Case.report_id)
        .where(SpecificAssessment.case_id == case_id)
        .options(selectinload(SpecificAssessment.needs))
        .order_by(SpecificAssessment.happened_at.desc(), SpecificAssessment.id.desc())
    )


def _views(
    session: Session,
    wanted: Select[*tuple[SpecificAssessment, str, Section]],
    sections: frozenset[Section],
) -> list[SpecificView]:
    """Of one case, so that all have the same account."""
    rows = session.execute(wanted).unique().all()
    if not rows:
        return []
    texts: dict[uuid.UUID, dict[str, str]] = {row.id: {} for row, *_more in rows}
    for said in _open_texts(session, list(texts), opened_fields(sections, rows[0][2])):
        texts[said.assessment_id][said.field] = said.text or ""
    return [SpecificView(row, by, account, texts[row.id]) for row, by, account in rows]


def opened_fields(sections: frozenset[Section], account: Section) -> dict[tuple[int, str], Section]:
    """Which section opens a field is stated by the version of the form it was filled in, and of
    what is told of the event by the report: those that are open, as (version, field)."""
    found = {
        (form.version, field.name): section_of_field(field, account)
        for form in library().forms[FORM].files
        for field in form.fields
    }
    return {field: section for field, section in found.items() if section in sections}


def _open_texts(
    session: Session, ids: list[uuid.UUID], opened: Iterable[tuple[int, str]]
) -> list[SpecificText]:
    found = (
        select(SpecificText)
        .join(SpecificAssessment, SpecificAssessment.id == SpecificText.assessment_id)
        .where(
            SpecificText.assessment_id.in_(ids),
            tuple_(SpecificAssessment.form_version, SpecificText.field).in_(list(opened)),
        )
    )
    return list(session.scalars(found))


def initials_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[tuple[InitialAssessment, str]]:
    """The latest initial assessments with who made them, the newest first; without their needs."""
    if Section.ASSESSMENT not in sections:
        return []
    found = (
        select(InitialAssessment, User.name)
        .join(User, User.id == InitialAssessment.by_id)
        .where(InitialAssessment.case_id == case_id)
        .order_by(InitialAssessment.happened_at.desc(), InitialAssessment.id.desc())
        .limit(MOST)
    )
    return [(row, by_name) for row, by_name in session.execute(found)]
