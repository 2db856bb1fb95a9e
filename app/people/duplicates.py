"""Is this child known already? Likely duplicates with a score and its reasons.

    likely_duplicates(session, actor=…, candidate=Candidate(full_name="…"), limit=5, now=…)
        -> list[Match]

All children are compared, also those outside the reader's scope. Of these only the unit that
knows the child leaves this module: no id, no name, no reason (`Match.is_visible` is False), and
whether it leaves depends on the name, the year of birth and the whole identity number alone: who
varies sex, date of birth, parents or commune and watches the line learns nothing. The same holds
for children whose identity the reader's role does not open (a desk's own reports). A page includes
`people/_duplicates.html` with `matches`; the fragment for htmx is POST `people.duplicates`, which
takes the fields of one child of the intake form under any prefix.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import Row, Select, case, false, func, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.core.crypto import keyring
from app.core.row_scope import across
from app.core.sealed import DataKey, open_field
from app.people import policy
from app.people.index import index_of
from app.people.known_to import communes_of_cases, whom_to_ask
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
TOLD_FROM = 60  # of a child not to be read of: the same name and year of birth, or the number
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
    """A child who may be the same. Outside the reader's scope only `unit_names` says anything.

    Where the reader may not know who the child is, `score` is only TOLD_FROM or STRONG.
    """

    child_id: uuid.UUID | None
    score: int
    reasons: tuple[Reason, ...]
    is_visible: bool
    unit_names: tuple[str, ...] = ()
    name: str | None = None  # None too where the reader's role opens no identity
    birth_year: int | None = None
    sex: Sex | None = None
    commune: str | None = None

    @property
    def is_strong(self) -> bool:
        return self.score >= STRONG

    @property
    def is_own_report(self) -> bool:
        """Of a report that the reader's unit took; who it is may not be read."""
        return self.is_visible and self.sex is None


@dataclass(frozen=True, slots=True)
class Known:
    """A child with such a name or number, and all that may decide whether a stranger is told."""

    child_id: uuid.UUID
    is_visible: bool
    birth_year: int | None
    has_same_number: bool
    alike: Alike | None

    def told(self, candidate: Candidate) -> int:
        """The score for who may not read of this child."""
        if self.has_same_number:
            return 100
        years = _years_between(self.birth_year, candidate.birth_year)
        near = WEIGHTS[Reason.BIRTH_YEAR] if years is not None and years <= 1 else 0
        reasons = _name_reasons(self.alike, candidate.full_name)
        return near + sum(WEIGHTS[reason] for reason in reasons)


@dataclass(frozen=True, slots=True)
class Scored:
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
    known = [k for k in _known(session, actor, candidate) if k.child_id != exclude]
    inside = _inside(session, actor, [k for k in known if k.is_visible], candidate)[:limit]
    told = _told([k for k in known if not k.is_visible], candidate)
    asked = whom_to_ask(session, [k.child_id for k in told], limit)
    shown = [*(match.child_id for match in inside), *asked]
    record(
        session,
        actor,
        AuditAction.DUPLICATES_SHOWN,
        at=now,
        data={"children": shown, "count": len(shown)},
    )
    return [*inside, *_outside(told, asked, candidate)]


def is_alike(session: Session, *, actor: Actor, candidate: Candidate, child_id: uuid.UUID) -> bool:
    """Whether this child, whom the actor sees, is alike enough to be shown."""
    known = [k for k in _known(session, actor, candidate) if k.child_id == child_id]
    return bool(_inside(session, actor, known, candidate))


def _known(session: Session, actor: Actor, candidate: Candidate) -> list[Known]:
    """The children with such a name, the closest first, and those with the same number."""
    with across(session):  # of those whom the actor may not see, no more than whom to ask is told
        return _known_to_anybody(session, actor, candidate)


def _known_to_anybody(session: Session, actor: Actor, candidate: Candidate) -> list[Known]:
    index = index_of(session)
    index.refresh(session)
    alike = {a.child_id: a for a in index.similar(candidate.full_name or "", _HOMONYMS)}
    number = number_hash(candidate)
    if not alike and number is None:
        return []
    same_number = Child.national_id_hash == number if number else false()
    visible = policy.visible_to(actor).with_only_columns(Child.id).correlate(None)
    rows = session.execute(
        select(
            Child.id,
            Child.id.in_(visible),
            Child.birth_year,
            func.coalesce(same_number, false()),
        )
        .join(DataKey, DataKey.id == Child.key_id)
        .where(or_(Child.id.in_(list(alike)), same_number))
        .where(DataKey.wrapped.is_not(None), Child.merged_into_id.is_(None))
    )
    known = [Known(*row, alike.get(row.id)) for row in rows]
    places = {child_id: place for place, child_id in enumerate(alike)}
    return sorted(known, key=lambda k: (places.get(k.child_id, -1), k.child_id))


def _told(known: Sequence[Known], candidate: Candidate) -> list[Known]:
    """Those alike enough to be told of to who may not know who they are, the best first."""
    enough = [k for k in known if k.told(candidate) >= TOLD_FROM]
    return sorted(enough, key=lambda k: -k.told(candidate))


def _step(known: Known, candidate: Candidate) -> int:
    return STRONG if known.told(candidate) >= STRONG else TOLD_FROM


def _inside(
    session: Session, actor: Actor, known: Sequence[Known], candidate: Candidate
) -> list[Match]:
    """Children the actor sees: compared in full only where the role opens their identity."""
    if Section.IDENTITY not in sections_of(actor):
        return [
            Match(k.child_id, _step(k, candidate), (), is_visible=True)
            for k in _told(known, candidate)
        ]
    return [match_of(scored) for scored in _scored(session, known, candidate)]


def match_of(scored: Scored) -> Match:
    row = scored.row
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


def _scored(session: Session, known: Sequence[Known], candidate: Candidate) -> list[Scored]:
    if not known:
        return []
    alike = {k.child_id: k.alike for k in known}
    number = number_hash(candidate)
    rows = session.execute(_closest(candidate, list(alike), number)).all()
    parents = _parents_of(session, [row.id for row in rows], candidate)
    scored = (score_of(row, candidate, alike[row.id], number, parents) for row in rows)
    return sorted((s for s in scored if s.score >= SHOWN_FROM), key=lambda s: -s.score)


def number_hash(candidate: Candidate) -> bytes | None:
    if not candidate.national_id:
        return None
    return keyring().lookup("national_id", candidate.national_id)


def _closest(
    candidate: Candidate, ids: Sequence[uuid.UUID], number: bytes | None
) -> Select[*tuple[Any, ...]]:
    """Of all homonyms those that agree best in what stands in clear: year, commune, sex."""
    agreement = (
        case((func.abs(Child.birth_year - (candidate.birth_year or 0)) <= 1, 2), else_=0)
        + case((Child.residence_commune == (candidate.commune or ""), 1), else_=0)
        - case((Child.sex.in_(_other_sex(candidate.sex)), 1), else_=0)
    )
    if number is not None:
        agreement += case((Child.national_id_hash == number, 10), else_=0)
    return (
        compared()
        .where(Child.id.in_(ids), Child.merged_into_id.is_(None))
        .order_by(agreement.desc(), Child.id.desc())
        .limit(_COMPARED)
    )


def compared() -> Select[*tuple[Any, ...]]:
    """What `score_of` looks at, of each child."""
    return select(
        Child.id,
        Child.full_name_sealed,
        Child.dob_sealed,
        Child.dob_precision,
        Child.birth_year,
        Child.sex,
        Child.residence_commune,
        Child.national_id_hash,
        communes_of_cases().label("worked_in"),
        DataKey.id.label("key_id"),
        DataKey.wrapped,
    ).join(DataKey, DataKey.id == Child.key_id)


def _parents_of(
    session: Session, ids: Sequence[uuid.UUID], candidate: Candidate
) -> dict[uuid.UUID, list[str]]:
    """None if there is nothing to compare."""
    return parent_keys(session, ids) if ids and any(candidate.parent_names) else {}


def parent_keys(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """The carers' names of these children, as search keys."""
    found: dict[uuid.UUID, list[str]] = {}
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


def score_of(
    row: Row[*tuple[Any, ...]],
    candidate: Candidate,
    alike: Alike | None,
    number: bytes | None,
    parents: Mapping[uuid.UUID, list[str]],
) -> Scored:
    years = _years_between(row.birth_year, candidate.birth_year)
    has_same_number = number is not None and row.national_id_hash == number
    has_same_dob = _has_same_dob(row, candidate)
    checks = {
        Reason.SAME_NUMBER: has_same_number,
        Reason.SAME_DOB: has_same_dob,
        Reason.BIRTH_YEAR: years is not None and years <= 1 and not has_same_dob,
        Reason.PARENT: _has_same_parent(parents.get(row.id, ()), candidate.parent_names),
        Reason.COMMUNE: _is_of_commune(row, candidate),
    }
    names = _name_reasons(alike, candidate.full_name)
    reasons = tuple(reason for reason in Reason if checks.get(reason) or reason in names)
    against = (years is not None and years > 3) + (row.sex in _other_sex(candidate.sex))
    total = sum(WEIGHTS[reason] for reason in reasons) - CONTRADICTION * against
    return Scored(row, 100 if has_same_number else max(0, min(100, total)), reasons)


def _name_reasons(alike: Alike | None, typed: str | None) -> tuple[Reason, ...]:
    """The one that tells how close the names are; none where only the number led here.

    Who types no mark at all has contradicted none: that is the name.
    """
    if alike is None:
        return ()
    if alike.closeness < 100:
        return (Reason.NAME_CLOSE,)
    is_same = alike.is_same or (typed or "").isascii()
    return (Reason.NAME_SAME if is_same else Reason.NAME_WITHOUT_MARKS,)


def _years_between(one: int | None, other: int | None) -> int | None:
    return abs(one - other) if one and other else None


def _has_same_dob(row: Row[*tuple[Any, ...]], candidate: Candidate) -> bool:
    if candidate.dob is None or row.dob_precision is not DobPrecision.DAY:
        return False
    return _open(row, "dob", row.dob_sealed) == candidate.dob.isoformat()


def _is_of_commune(row: Row[*tuple[Any, ...]], candidate: Candidate) -> bool:
    """The child lives there, or its case is of that commune: a report names the place of the event,
    which need not be the home."""
    known = {row.residence_commune, *(row.worked_in or ())}
    return candidate.commune is not None and candidate.commune in known


def _has_same_parent(known: Iterable[str], typed: Iterable[str]) -> bool:
    keys = [search_key(name) for name in typed if name and len(name.split()) > 1]
    return any(fuzz.ratio(one, other) >= _PARENT_CLOSE for one in known for other in keys)


def _other_sex(sex: Sex | None) -> tuple[Sex, ...]:
    return {Sex.MALE: (Sex.FEMALE,), Sex.FEMALE: (Sex.MALE,)}.get(sex or Sex.UNKNOWN, ())


def _open(row: Row[*tuple[Any, ...]], field: str, blob: bytes | None) -> str | None:
    return open_field(Child, field, row.id, (row.key_id, row.wrapped), blob)


def _outside(
    told: Sequence[Known], asked: Mapping[uuid.UUID, list[str]], candidate: Candidate
) -> list[Match]:
    """One line with the units that know such children: whom to ask, and nothing about the child."""
    if not asked:
        return []
    score = max(_step(k, candidate) for k in told if k.child_id in asked)
    names = sorted({name for units in asked.values() for name in units})
    return [Match(None, score, (), is_visible=False, unit_names=tuple(names))]
