"""Is this child known already? Likely duplicates with a score and its reasons.

    likely_duplicates(session, actor=…, candidate=Candidate(full_name="…"), limit=5, now=…)
        -> list[Match]

All children are compared, also those outside the reader's scope. Of these only the unit that
knows the child leaves this module: no id, no name, no reason (`Match.is_visible` is False). A page
includes `people/_duplicates.html` with `matches`; the fragment for htmx is POST
`people.duplicates`, which takes the fields of one child of the intake form under any prefix.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Unit
from app.auth.permissions import Section, sections_of
from app.core.crypto import keyring
from app.core.sealed import DataKey, open_field
from app.people import policy
from app.people.index import index_of
from app.people.models import Carer, Child, DobPrecision, Sex
from app.people.name_store import Alike
from app.reference.names import search_key


class Reason(StrEnum):
    """Why two children may be one."""

    SAME_NUMBER = "same_number"
    NAME_SAME = "name_same"
    NAME_WITHOUT_MARKS = "name_without_marks"
    NAME_CLOSE = "name_close"
    SAME_DOB = "same_dob"
    BIRTH_YEAR = "birth_year"
    PARENT = "parent"
    COMMUNE = "commune"


# What each agreement is worth; the sum is the score, at most 100. With few surnames there are many
# homonyms: a name alone shows nobody, a name with one more agreement does.
WEIGHTS: Mapping[Reason, int] = {
    Reason.SAME_NUMBER: 100,
    Reason.NAME_SAME: 50,
    Reason.NAME_WITHOUT_MARKS: 45,
    Reason.NAME_CLOSE: 35,
    Reason.SAME_DOB: 35,
    Reason.BIRTH_YEAR: 15,
    Reason.PARENT: 25,
    Reason.COMMUNE: 10,
}
CONTRADICTION = 20  # taken off for another sex, and for years of birth more than three apart
SHOWN_FROM = 55
STRONG = 85  # the same name and date of birth, or as much
SHOWN_FROM_OUTSIDE = 65  # outside the reader's scope a name and one small agreement say too little
_HOMONYMS = 300
_COMPARED = 40
_PARENT_CLOSE = 90.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """The child that is being entered, as far as known. `dob` only where known to the day."""

    full_name: str | None = None
    birth_year: int | None = None
    dob: date | None = None
    sex: Sex | None = None
    parent_names: tuple[str, ...] = ()
    commune: str | None = None
    national_id: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A child who may be the same. Outside the reader's scope only `unit_names` says anything: even
    the score is only SHOWN_FROM_OUTSIDE or STRONG."""

    child_id: uuid.UUID | None
    score: int
    reasons: tuple[Reason, ...]
    is_visible: bool
    unit_names: tuple[str, ...] = ()
    name: str | None = None  # None too where the reader's role opens no identity
    birth_year: int | None = None
    sex: Sex | None = None
    commune: str | None = None


@dataclass(frozen=True, slots=True)
class _Scored:
    row: Row[*tuple[Any, ...]]
    score: int
    reasons: tuple[Reason, ...]


def likely_duplicates(
    session: Session,
    *,
    actor: Actor,
    candidate: Candidate,
    limit: int = 5,
    now: datetime,
    exclude: uuid.UUID | None = None,
) -> list[Match]:
    """The best matches, best first; those within the reader's scope stand before the others.

    The question is on the log even where nobody is alike: trying names is seen.
    """
    if not (candidate.full_name or candidate.national_id):
        return []
    scored = [s for s in _scored(session, candidate) if s.row.id != exclude]
    seen = _visible(session, actor, [s.row.id for s in scored])
    inside = [s for s in scored if s.row.id in seen]
    outside = [s for s in scored if s.row.id not in seen and s.score >= SHOWN_FROM_OUTSIDE]
    shown = [*inside, *outside][:limit]
    record(
        session,
        actor,
        AuditAction.DUPLICATES_SHOWN,
        at=now,
        data={"children": [s.row.id for s in shown], "count": len(shown)},
    )
    inside_shown = [s for s in shown if s.row.id in seen]
    return [
        *(_inside(s, sections_of(actor)) for s in inside_shown),
        *_outside(session, [s for s in shown if s.row.id not in seen]),
    ]


def _visible(session: Session, actor: Actor, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    if not ids:
        return set()
    visible = policy.visible_to(actor).with_only_columns(Child.id)
    return set(session.scalars(visible.where(Child.id.in_(ids))))


def _scored(session: Session, candidate: Candidate) -> list[_Scored]:
    index = index_of(session)
    index.refresh(session)
    alike = {a.child_id: a for a in index.similar(candidate.full_name or "", _HOMONYMS)}
    number = candidate.national_id and keyring().lookup("national_id", candidate.national_id)
    if not alike and not number:
        return []
    rows = session.execute(_closest(candidate, list(alike), number or None)).all()
    parents = _parent_keys(session, [row.id for row in rows], candidate)
    scored = (_score(row, candidate, alike.get(row.id), number, parents) for row in rows)
    return sorted((s for s in scored if s.score >= SHOWN_FROM), key=lambda s: -s.score)


def _closest(
    candidate: Candidate, ids: Sequence[uuid.UUID], number: bytes | None
) -> Select[*tuple[Any, ...]]:
    """Of all homonyms those that agree best in what stands in clear: year, commune, sex."""
    same_number = Child.national_id_hash == number if number else None
    agreement = (
        case((func.abs(Child.birth_year - (candidate.birth_year or 0)) <= 1, 2), else_=0)
        + case((Child.residence_commune == (candidate.commune or ""), 1), else_=0)
        - case((Child.sex.in_(_other_sex(candidate.sex)), 1), else_=0)
    )
    if same_number is not None:
        agreement += case((same_number, 10), else_=0)
    known = Child.id.in_(ids)
    return (
        select(
            Child.id,
            Child.full_name_sealed,
            Child.dob_sealed,
            Child.dob_precision,
            Child.birth_year,
            Child.sex,
            Child.residence_commune,
            Child.national_id_hash,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == Child.key_id)
        .where(known if same_number is None else or_(known, same_number))
        .where(DataKey.wrapped.is_not(None), Child.merged_into_id.is_(None))
        .order_by(agreement.desc(), Child.id.desc())
        .limit(_COMPARED)
    )


def _parent_keys(
    session: Session, ids: Sequence[uuid.UUID], candidate: Candidate
) -> dict[uuid.UUID, list[str]]:
    """The carers' names of these children, as search keys; none if there is nothing to compare."""
    found: dict[uuid.UUID, list[str]] = {}
    if not ids or not any(candidate.parent_names):
        return found
    rows = session.execute(
        select(Carer.id, Carer.child_id, Carer.full_name_sealed, DataKey.id, DataKey.wrapped)
        .join(DataKey, DataKey.id == Carer.key_id)
        .where(Carer.child_id.in_(ids))
    )
    for carer_id, child_id, blob, key_id, wrapped in rows:
        name = open_field(Carer, "full_name", carer_id, (key_id, wrapped), blob)
        if name:
            found.setdefault(child_id, []).append(search_key(name))
    return found


def _score(
    row: Row[*tuple[Any, ...]],
    candidate: Candidate,
    alike: Alike | None,
    number: bytes | str | None,
    parents: Mapping[uuid.UUID, list[str]],
) -> _Scored:
    checks = {
        Reason.SAME_NUMBER: bool(number) and row.national_id_hash == number,
        Reason.NAME_SAME: alike is not None and alike.is_same,
        Reason.NAME_WITHOUT_MARKS: alike is not None
        and not alike.is_same
        and alike.closeness == 100,
        Reason.NAME_CLOSE: alike is not None and alike.closeness < 100,
        Reason.SAME_DOB: _has_same_dob(row, candidate),
        Reason.PARENT: _has_same_parent(parents.get(row.id, ()), candidate.parent_names),
        Reason.COMMUNE: candidate.commune is not None
        and row.residence_commune == candidate.commune,
    }
    years = (
        abs(row.birth_year - candidate.birth_year)
        if row.birth_year and candidate.birth_year
        else None
    )
    checks[Reason.BIRTH_YEAR] = years is not None and years <= 1 and not checks[Reason.SAME_DOB]
    against = (years is not None and years > 3) + (row.sex in _other_sex(candidate.sex))
    reasons = tuple(reason for reason in Reason if checks[reason])
    total = sum(WEIGHTS[reason] for reason in reasons) - CONTRADICTION * against
    if checks[Reason.SAME_NUMBER]:
        total = 100
    return _Scored(row, max(0, min(100, total)), reasons)


def _has_same_dob(row: Row[*tuple[Any, ...]], candidate: Candidate) -> bool:
    if candidate.dob is None or row.dob_precision is not DobPrecision.DAY:
        return False
    return _open(row, "dob", row.dob_sealed) == candidate.dob.isoformat()


def _has_same_parent(known: Iterable[str], typed: Iterable[str]) -> bool:
    keys = [search_key(name) for name in typed if name and len(name.split()) > 1]
    return any(fuzz.ratio(one, other) >= _PARENT_CLOSE for one in known for other in keys)


def _other_sex(sex: Sex | None) -> tuple[Sex, ...]:
    return {Sex.MALE: (Sex.FEMALE,), Sex.FEMALE: (Sex.MALE,)}.get(sex or Sex.UNKNOWN, ())


def _open(row: Row[*tuple[Any, ...]], field: str, blob: bytes | None) -> str | None:
    return open_field(Child, field, row.id, (row.key_id, row.wrapped), blob)


def _inside(scored: _Scored, sections: frozenset[Section]) -> Match:
    row = scored.row
    if Section.IDENTITY not in sections:
        return Match(row.id, scored.score, (), is_visible=True)
    return Match(
        row.id,
        scored.score,
        scored.reasons,
        is_visible=True,
        name=_open(row, "full_name", row.full_name_sealed),
        birth_year=row.birth_year,
        sex=row.sex,
        commune=row.residence_commune,
    )


def _outside(session: Session, found: Sequence[_Scored]) -> list[Match]:
    """One line with the units that know such children: whom to ask, and nothing about the child."""
    if not found:
        return []
    score = STRONG if max(s.score for s in found) >= STRONG else SHOWN_FROM_OUTSIDE
    names = session.scalars(
        select(Unit.name)
        .join(CaseAccess, CaseAccess.holder_id == Unit.id)
        .where(
            CaseAccess.child_id.in_([s.row.id for s in found]),
            CaseAccess.reason == AccessReason.UNIT_WORKS,
            CaseAccess.until.is_(None),
        )
        .distinct()
        .order_by(Unit.name)
    ).all()
    if not names:
        return []
    return [Match(None, score, (), is_visible=False, unit_names=tuple(names))]
