"""What a referral opens to its receiver: read section by section, never more than was granted.

The only way by which a receiving side reaches what stands in a file. Page, slip, one-time link and
download all start from `open_sections`; what is not in it is not even read.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.auth.grants import AccessReason, CaseAccess
from app.auth.permissions import Section
from app.cases.groups import CLOSED
from app.cases.models import (
    Case,
    CaseFile,
    Plan,
    PlanActivity,
    SpecificAssessment,
    SpecificText,
)
from app.cases.models.plans import PlanState
from app.cases.queries.file import ReportView, report_of
from app.cases.queries.specific import opened_fields
from app.people.child_file import carers_of
from app.people.models import Carer
from app.referrals.models import ProsecutionRequest, Referral, ReferralFile
from app.referrals.queries.prosecution import request_behind
from app.referrals.rules import NEVER


@dataclass(frozen=True, slots=True)
class Packet:
    """The granted parts of a file as they are now. `texts`: what the newest specific assessment
    says, by section, as (field, form version, words)."""

    sections: frozenset[Section]
    case: Case
    report: ReportView | None = None
    carers: Sequence[Carer] = ()
    texts: Mapping[Section, Sequence[tuple[str, int, str]]] = field(default_factory=dict)
    activities: Sequence[PlanActivity] = ()
    files: Sequence[CaseFile] = ()


def open_sections(
    session: Session, referral: Referral, *, holder_id: uuid.UUID, now: datetime
) -> frozenset[Section]:
    """What is open to this holder at this moment; empty before the acceptance and after the end.

    Of a case that ended while help was still awaited nothing: what is open of it is taken back.

    `referral` comes with its case. One statement; none where nothing was ever opened.
    """
    if referral.access_id is None or (referral.is_open and referral.case.is_ended):
        return frozenset()
    granted = session.scalar(
        select(CaseAccess.sections).where(
            CaseAccess.id == referral.access_id,
            CaseAccess.case_id == referral.case_id,
            opens_to(holder_id, now),
        )
    )
    return shareable(referral.case, frozenset(Section(name) for name in granted or ()))


def opens_to(holder_id: uuid.UUID, now: datetime) -> ColumnElement[bool]:
    """The rows of access by which a packet is open to this holder at this moment."""
    return and_(
        CaseAccess.holder_id == holder_id,
        CaseAccess.reason == AccessReason.REFERRAL,
        CaseAccess.since <= now,
        or_(CaseAccess.until.is_(None), CaseAccess.until > now),
    )


def shareable(case: Case, sections: frozenset[Section]) -> frozenset[Section]:
    """Without what no packet may hold; without addresses and phones where nobody may contact the
    caregiver, whatever was granted before that was known."""
    closed = NEVER | {Section.CONTACT} if case.do_not_contact else NEVER
    return sections - closed


def packet_of(session: Session, referral: Referral, sections: frozenset[Section]) -> Packet:
    """The packet with exactly these sections: at most five statements. `referral` comes with its
    case and child."""
    case = referral.case
    if not sections:
        return Packet(sections, case)
    report = _report(session, case, sections)
    # where no report is read, no section of an account is open either
    account = report.head.account_section if report else Section.EVENT
    return Packet(
        sections=sections,
        case=case,
        report=report,
        carers=carers_of(session, case.child) if Section.FAMILY in sections else (),
        texts=_texts(session, case, opened_fields(sections, account)),
        activities=_activities(session, referral) if Section.PLAN in sections else (),
        files=files_of(session, referral, sections),
    )


# without both, nothing of the letter is shown: its words, and whom it is about
LETTER = frozenset({Section.IDENTITY, Section.POLICE_JUSTICE})


def letter_of(
    session: Session, referral: Referral, sections: frozenset[Section]
) -> ProsecutionRequest | None:
    """The signed request to prosecute that this referral brought, where its sections are open."""
    return request_behind(session, referral.id) if sections >= LETTER else None


def _report(session: Session, case: Case, sections: frozenset[Section]) -> ReportView | None:
    wanted = sections & {Section.EVENT, Section.FAMILY, Section.CONTACT, *CLOSED}
    if not wanted - (CLOSED - {Section.SEXUAL_ABUSE}):
        return None
    return report_of(session, case, sections=wanted)


def _texts(
    session: Session, case: Case, section_of: Mapping[tuple[int, str], Section]
) -> dict[Section, list[tuple[str, int, str]]]:
    """What the newest assessment says in these fields."""
    if not section_of:
        return {}
    newest = (
        select(SpecificAssessment.id)
        .where(SpecificAssessment.case_id == case.id)
        .order_by(SpecificAssessment.happened_at.desc(), SpecificAssessment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(SpecificText, SpecificAssessment.form_version)
        .join(SpecificAssessment, SpecificAssessment.id == SpecificText.assessment_id)
        .where(
            SpecificText.assessment_id == newest,
            tuple_(SpecificAssessment.form_version, SpecificText.field).in_(list(section_of)),
        )
        .order_by(SpecificText.position)
    ).unique()
    found: dict[Section, list[tuple[str, int, str]]] = {}
    for said, version in rows:
        section = section_of[version, said.field]
        found.setdefault(section, []).append((said.field, version, said.text or ""))
    return found


def _activities(session: Session, referral: Referral) -> list[PlanActivity]:
    """Of the approved plan of this cycle: all where the receiver may know of other agencies, else
    only those for which it is responsible itself."""
    case, own = referral.case, PlanActivity.responsible_unit_id == referral.to_unit_id
    if referral.to_unit_id is None:
        own = false()
    return list(
        session.scalars(
            select(PlanActivity)
            .join(Plan, Plan.id == PlanActivity.plan_id)
            .join(PlanActivity.key)
            .options(contains_eager(PlanActivity.key), joinedload(PlanActivity.responsible_unit))
            .where(
                PlanActivity.case_id == case.id,
                Plan.cycle == case.cycle,
                Plan.state == PlanState.APPROVED,
                true() if referral.tells_others else own,
            )
            .order_by(PlanActivity.position)
        )
    )


def files_of(session: Session, referral: Referral, sections: frozenset[Section]) -> list[CaseFile]:
    """The picked documents that stand in an open section and were not taken out of the file."""
    return list(
        session.scalars(
            select(CaseFile)
            .join(ReferralFile, ReferralFile.file_id == CaseFile.id)
            .options(joinedload(CaseFile.file, innerjoin=True))
            .where(
                ReferralFile.referral_id == referral.id,
                CaseFile.case_id == referral.case_id,
                CaseFile.section.in_(sorted(sections)),
                CaseFile.removed_at.is_(None),
            )
            .order_by(CaseFile.happened_at, CaseFile.id)
        )
    )
