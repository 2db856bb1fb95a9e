"""What the pages of the sending side read: a case's referrals, and what a draft may choose from."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.auth.models import Unit, UnitKind
from app.auth.permissions import Section
from app.cases.models import Case, CaseFile
from app.core.sealed import DataKey, open_field
from app.referrals.enums import OPEN
from app.referrals.models import Consent, Referral, ReferralFile

PAGE = 30
MOST_FILES = 40


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A document that may go with a referral, and the drafts with which it goes."""

    id: uuid.UUID
    section: Section
    title: str
    kind: str
    picked: frozenset[uuid.UUID]


def referrals_of(
    session: Session, case_id: uuid.UUID, *, before: uuid.UUID | None = None, limit: int = PAGE
) -> list[Referral]:
    """At most `limit` + 1 with the unit they went to, the newest first; drafts among them."""
    wanted = (
        select(Referral)
        .where(Referral.case_id == case_id)
        .options(joinedload(Referral.to_unit))
        .order_by(Referral.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        wanted = wanted.where(Referral.id < before)
    return list(session.scalars(wanted).unique())


def consents_of_case(session: Session, case_id: uuid.UUID) -> list[Consent]:
    """All of them, the newest first."""
    wanted = select(Consent).where(Consent.case_id == case_id).order_by(Consent.id.desc())
    return list(session.scalars(wanted).unique())


def was_referred(session: Session, case_id: uuid.UUID) -> bool:
    """Is something on its way, or was it ever?"""
    sent = select(Referral.id).where(Referral.case_id == case_id, Referral.sent_at.is_not(None))
    return session.scalar(select(sent.exists())) or False


def has_open(session: Session, case_id: uuid.UUID) -> bool:
    running = select(Referral.id).where(Referral.case_id == case_id, Referral.state.in_(OPEN))
    return session.scalar(select(running.exists())) or False


def units_of_kinds(session: Session, case: Case, kinds: Iterable[UnitKind]) -> Sequence[Unit]:
    """The active units that may do such work though the directory does not say so: of the commune
    and of the province; of another commune its People's Committee, which a family may move to."""
    near = or_(
        Unit.commune_code.is_(None),
        Unit.commune_code == case.commune_code,
        Unit.kind == UnitKind.COMMUNE_PC,
    )
    wanted = select(Unit).where(
        Unit.is_active, Unit.kind.in_(sorted(set(kinds))), near, Unit.id != case.unit_id
    )
    return session.scalars(wanted.order_by(Unit.name)).all()


def files_for(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    drafts: Sequence[uuid.UUID],
) -> list[FileChoice]:
    """The newest documents of open sections, and those already picked; one statement."""
    return [_choice(row) for row in session.execute(_files(case_id, sections, drafts))]


def _files(
    case_id: uuid.UUID, sections: frozenset[Section], drafts: Sequence[uuid.UUID]
) -> Select[*tuple[object, ...]]:
    picked = (
        select(func.array_agg(ReferralFile.referral_id))
        .where(ReferralFile.file_id == CaseFile.id, ReferralFile.referral_id.in_(drafts))
        .scalar_subquery()
    )
    return (
        select(
            CaseFile.id,
            CaseFile.section,
            CaseFile.kind,
            CaseFile.title_sealed,
            picked.label("picked"),
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == CaseFile.key_id)
        .where(
            CaseFile.case_id == case_id,
            CaseFile.removed_at.is_(None),
            CaseFile.section.in_(sorted(sections)),
        )
        .order_by(picked.is_(None), CaseFile.happened_at.desc(), CaseFile.id.desc())
        .limit(MOST_FILES)
    )


def _choice(row: Row[*tuple[object, ...]]) -> FileChoice:
    title = open_field(CaseFile, "title", row.id, (row.key_id, row.wrapped), row.title_sealed)
    return FileChoice(
        row.id, Section(row.section), title or "", row.kind, frozenset(row.picked or ())
    )
