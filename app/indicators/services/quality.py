"""Contradictions and completeness are found anew; what was mended is gone with the next pass."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.cases.enums import CaseState, Category
from app.cases.models import Case, Report
from app.indicators.models import Completeness, Contradiction, Field, QualityFinding
from app.indicators.queries.contradictions import contradicting
from app.people.models import Child, Sex

WINDOW = timedelta(days=365)
_UNCOUNTED = (CaseState.NOT_CONFIRMED, CaseState.OUT_OF_SCOPE, CaseState.DUPLICATE)
_OF_CHILD: Mapping[Field, ColumnElement[bool]] = {
    Field.SEX: Child.sex != Sex.UNKNOWN,
    Field.BIRTH_YEAR: Child.birth_year.is_not(None),
    Field.RESIDENCE: Child.residence_commune.is_not(None),
}
_OF_ABUSE: Mapping[Field, ColumnElement[bool]] = {
    Field.EVENT_COMMUNE: Report.event_commune.is_not(None),
    Field.SETTING: Report.abuse_setting.is_not(None),
    Field.RELATION: Report.perpetrator_relation.is_not(None),
}


def refresh_quality(session: Session, now: datetime) -> None:
    """The work of a job. Two statements for each contradiction, and two for completeness."""
    for kind in Contradiction:
        _refresh(session, kind, now)
    session.execute(delete(Completeness))
    session.execute(
        insert(Completeness).from_select(
            ["commune_code", "field", "known", "of_all", "counted_at"], _counted(now)
        )
    )


def _refresh(session: Session, kind: Contradiction, now: datetime) -> None:
    found = contradicting(kind).with_only_columns(Case.id)
    session.execute(
        delete(QualityFinding).where(
            QualityFinding.kind == kind, QualityFinding.case_id.not_in(found)
        )
    )
    rows = contradicting(kind).with_only_columns(literal(kind), Case.id, literal(now))
    session.execute(
        upsert(QualityFinding)
        .from_select(["kind", "case_id", "found_at"], rows)
        .on_conflict_do_nothing()
    )


def _counted(now: datetime) -> CompoundSelect[Any]:
    """(commune, field, known, of how many, now): what says how abuse happened is asked of abuse."""
    commune = func.coalesce(Case.commune_code, "")
    cases = (
        select(commune)
        .select_from(Case)
        .join(Child, Child.id == Case.child_id)
        .join(Report, Report.id == Case.report_id)
        .where(Case.opened_at > now - WINDOW, Case.state.not_in(_UNCOUNTED))
        .group_by(commune)
    )
    of_abuse = cases.where(Case.category == Category.ABUSED)
    asked = [(cases, field, known) for field, known in _OF_CHILD.items()]
    asked += [(of_abuse, field, known) for field, known in _OF_ABUSE.items()]
    return union_all(
        *(
            wanted.add_columns(
                literal(field), func.count().filter(known), func.count(), literal(now)
            )
            for wanted, field, known in asked
        )
    )
