"""The specific assessment of each place: a text of every section, and a need."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.account import section_of_field
from app.cases.enums import RiskLevel
from app.cases.models import Case, Report, SpecificAssessment, SpecificNeed, SpecificText
from app.core.sealed import DataKey
from app.people.models import Child
from app.reference.library import form_definition

S = Section
TEXTS = (
    *("physical_state", "hiv_state", "emotional_state", "event_account", "sexual_abuse_account"),
    "family_context",
)
ITEMS = ("H1", "H2", "H3", "H4", "H5", "P1", "P2", "P3", "P4", "P5")
DOMAINS = (
    *("safety", "health", "psychology", "care"),
    *("education", "legal", "integration", "family"),
)


def section_of_text(row: SpecificText) -> Section:
    """Of a row that is stored; what is told of the event follows the report of its case."""
    session = object_session(row)
    assert session is not None
    account = session.scalars(
        select(Report.account_section)
        .join(Case, Case.report_id == Report.id)
        .join(SpecificAssessment, SpecificAssessment.case_id == Case.id)
        .where(SpecificAssessment.id == row.assessment_id)
    ).one()
    return section_of_field(form_definition("form03", version=2).field(row.field), account)


FIELDS = {
    SpecificAssessment: {"comment": S.ASSESSMENT},
    SpecificText: {"text": section_of_text},
    SpecificNeed: {"problem": S.ASSESSMENT},
}
WRITTEN = ("specific_assessments", "specific_texts", "specific_needs")
INTO_THE_FILE = ("specific.",)
ANSWERS = {
    **dict.fromkeys(ITEMS[:5], "LOW"),
    **dict.fromkeys(ITEMS[5:], "HIGH"),
    **{f"need_{domain}": "none" for domain in DOMAINS},
}
VALID = {"specific.new": ANSWERS}
FORM_FIELDS = {"specific.preview": ("H1", "P5", "wanted_level", "need_safety", "problem_safety")}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    """Of a level that contradicts no lower level asked for in the initial assessment."""
    key = session.get_one(Child, case.child_id).key
    made = assessment(case, key, users[Role.CP_WORKER].id)
    session.add(made)
    session.flush()
    add_texts(session, made, dict.fromkeys(TEXTS, "Đã hỏi."))
    need = {"domain": "safety", "severity": RiskLevel.HIGH, "problem": "Chưa có chỗ ở an toàn."}
    session.add(SpecificNeed(key=key, assessment_id=made.id, position=1, **need))
    session.flush()
    return {"specific_id": made.id}


def with_texts(session: Session, case: Case, by: User, texts: dict[str, str]) -> None:
    """An assessment of the case that says this."""
    made = assessment(case, session.get_one(Child, case.child_id).key, by.id)
    session.add(made)
    session.flush()
    add_texts(session, made, texts)
    session.commit()


def add_texts(session: Session, made: SpecificAssessment, texts: dict[str, str]) -> None:
    for position, (name, text) in enumerate(texts.items()):
        session.add(
            SpecificText(
                key=made.key, assessment_id=made.id, position=position, field=name, text=text
            )
        )


def assessment(case: Case, key: DataKey, by_id: Any) -> SpecificAssessment:
    return SpecificAssessment(
        key=key,
        case_id=case.id,
        cycle=1,
        form_version=2,
        answers={code: "MEDIUM" if code[0] == "H" else "HIGH" for code in ITEMS},
        counts={"harm": {"MEDIUM": 5}, "protect": {"HIGH": 5}},
        computed_level=RiskLevel.MEDIUM,
        final_level=RiskLevel.MEDIUM,
        happened_at=case.opened_at,
        typed_at=case.opened_at,
        by_id=by_id,
    )


def made(session: Session, case: Case) -> list[Any]:
    mine = SpecificAssessment.case_id == case.id
    of_mine = select(SpecificAssessment.id).where(mine)
    return [
        *session.scalars(select(SpecificAssessment).where(mine)),
        *session.scalars(select(SpecificText).where(SpecificText.assessment_id.in_(of_mine))),
        *session.scalars(select(SpecificNeed).where(SpecificNeed.assessment_id.in_(of_mine))),
    ]
