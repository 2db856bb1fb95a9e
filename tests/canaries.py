"""A case with an unmistakable word in every sealed field, and what each word belongs to."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import EventKind, Outcome
from app.cases.models import (
    AssessmentNeed,
    Case,
    CaseEvent,
    Draft,
    Informant,
    InitialAssessment,
    Report,
    SafetyMeasure,
    SavedView,
    Verification,
)
from app.core import clock
from app.core.sealed import DataKey, Sealed, SealedRow
from app.deadlines.models import DeadlineExtension
from app.people.identifiers import national_id_of
from app.people.models import Carer, Child
from tests import parts
from tests.world import Place

S = Section
# The section that opens each sealed field of a case, or what says it of a row.
FIELDS: dict[type[SealedRow], dict[str, Any]] = {
    Child: {
        "full_name": S.IDENTITY, "aliases": S.IDENTITY, "dob": S.IDENTITY,
        "national_id": S.IDENTITY, "residence_text": S.CONTACT, "stay_text": S.CONTACT,
        "school": S.EDUCATION,
    },
    Carer: {
        "full_name": S.FAMILY, "occupation": S.FAMILY, "phone": S.CONTACT, "address": S.CONTACT,
    },
    Report: {
        "event_place": S.EVENT, "family_context": S.FAMILY, "current_caregiver": S.FAMILY,
        "child_location": S.CONTACT,
        **dict.fromkeys(
            ("child_condition", "likely_consequence", "prior_actions"),
            lambda report: report.account_section,
        ),
    },
    Informant: dict.fromkeys(("name", "phone", "address", "notes"), S.INFORMANT),
    Verification: {"reason": S.SEXUAL_ABUSE},
    InitialAssessment: {"comment": S.ASSESSMENT, "override_reason": S.ASSESSMENT},
    AssessmentNeed: {"service": S.ASSESSMENT, "provider": S.ASSESSMENT},
    SafetyMeasure: {"description": S.PLAN, "performed_by": S.PLAN},
    DeadlineExtension: {"reason": S.PLAN},
}  # fmt: skip
FIELDS |= parts.gathered("FIELDS")
# staff, one's own unsent words and names of views
NOT_OF_A_CASE = {User, Draft, SavedView, *parts.listed("NOT_OF_A_CASE")}
FORMATTED = {  # these have a form of their own: (as stored, as it may stand on a page)
    (Child, "dob"): ("2019-11-23", ("23/11/2019", "2019-11-23")),
    (Child, "national_id"): ("033219004321", ("033219004321",)),
    (Carer, "phone"): ("+84912009431", ("0912009431", "84912009431")),
    (Informant, "phone"): ("+84987005123", ("0987005123", "84987005123")),
    **parts.gathered("FORMATTED"),
}


@dataclass(frozen=True)
class Canary:
    """`spellings`: how it may stand on a page, blanks taken out."""

    where: str
    section: Section
    spellings: tuple[str, ...]

    def is_in(self, squeezed: str) -> bool:
        return any(spelling in squeezed for spelling in self.spellings)


@dataclass
class Cage:
    """The canaries of one case."""

    canaries: list[Canary] = field(default_factory=list)

    def word(self, where: str, section: Section) -> str:
        word = f"zq{len(self.canaries):02d}kanary"
        self.canaries.append(Canary(where, section, (word,)))
        return word

    def fill(self, row: Any) -> None:
        """A canary in each sealed field of this row."""
        for name, section in FIELDS[type(row)].items():
            where = f"{type(row).__name__}.{name}"
            if callable(section):  # a table whose rows belong to different sections
                section = section(row)
                where = f"{where} ({section})"
            stored, spellings = FORMATTED.get((type(row), name), ("", ()))
            if stored:
                self.canaries.append(Canary(where, section, spellings))
            setattr(row, name, stored or self.word(where, section))


def sealed_fields() -> set[tuple[type[SealedRow], str]]:
    """Every sealed attribute of the application's tables."""
    return {
        (table, name)
        for table in SealedRow.__subclasses__()
        for name, value in vars(table).items()
        if isinstance(value, Sealed)
    }


def fill(session: Session, place: Place, *, form: str = "SEXUAL_ABUSE") -> Cage:
    """Canaries in the case of this place, in everything that can be recorded of it."""
    cage, ids = Cage(), place.ids
    case = session.get_one(Case, ids["case_id"])
    report = session.get_one(Report, case.report_id)
    report.abuse_forms = case.abuse_forms = [form]
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    for row in (
        child,
        session.scalars(select(Carer).where(Carer.child_id == child.id)).unique().one(),
        report,
        session.get_one(InitialAssessment, ids["assessment_id"]),
        session.get_one(DeadlineExtension, ids["extension_id"]),
        *_new_rows(case, child.key, place),
        *(row for rows in parts.called("made", session, case) for row in rows),
        *(row for rows in parts.called("rows", session, place, case, child.key) for row in rows),
    ):
        cage.fill(row)
        session.add(row)
    for section in Section:
        session.add(_entry(case, child.key, section, cage.word(f"entry, {section}", section)))
    told = cage.word("entry of the account", report.account_section)
    session.add(_entry(case, child.key, S.EVENT, told, tells_account=True))
    assert national_id_of(child.national_id or ""), "the number must be one that can be searched"
    session.commit()
    return cage


def _new_rows(case: Case, key: DataKey, place: Place) -> list[Any]:
    by, now = place.users[Role.CP_WORKER].id, clock.now()
    return [
        Informant(key=DataKey.new(), report_id=case.report_id),
        Verification(
            key=key, case_id=case.id, outcome=Outcome.CONFIRMED, happened_at=now, typed_at=now,
            by_id=by,
        ),
        AssessmentNeed(
            key=key, assessment_id=place.ids["assessment_id"], position=1, need="safety"
        ),
        SafetyMeasure(
            key=key, case_id=case.id, kind="safe_shelter", started_at=now, typed_at=now,
            by_id=by,
        ),
    ]  # fmt: skip


def _entry(
    case: Case, key: DataKey, section: Section, note: str, *, tells_account: bool = False
) -> CaseEvent:
    now = clock.now()
    return CaseEvent(
        key=key, case_id=case.id, kind=EventKind.MEASURE, section=section, lane="commune_pc",
        happened_at=now, typed_at=now, facts={"kind": "safe_shelter"}, note=note,
        tells_account=tells_account,
    )  # fmt: skip
