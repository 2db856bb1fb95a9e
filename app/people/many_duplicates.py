"""Likely duplicates of many children at once: a list of thousands that comes in.

    likely_duplicates_of_many(session, actor=…, candidates=[…], now=…) -> a list[Match] for each

The comparison and the scores are those of `people.duplicates`; some hundred candidates take five
statements, and one event on the log. Of children outside the reader's scope a list tells only by
the whole identity number: a list of guessed names must not tell who is known to the system.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.core.sealed import DataKey
from app.people import policy
from app.people.duplicates import (
    STRONG,
    Candidate,
    Known,
    Match,
    Scored,
    compared,
    match_of,
    number_hash,
    parent_keys,
    score_of,
)
from app.people.index import index_of
from app.people.known_to import whom_to_ask
from app.people.models import Child
from app.people.name_store import Alike

_HOMONYMS = 60  # of each name
_UNITS = 3
_APART = 3  # years of birth further apart contradict

Alikes = Mapping[str, Mapping[uuid.UUID, Alike]]


def likely_duplicates_of_many(
    session: Session,
    *,
    actor: Actor,
    candidates: Sequence[Candidate],
    shown_from: int,
    limit: int = 3,
    now: datetime,
) -> list[list[Match]]:
    """For each candidate the best matches within the actor's scope that reach `shown_from`, then a
    line about those outside it. Nothing for an actor whose role opens no identity."""
    if Section.IDENTITY not in sections_of(actor):
        return [[] for _ in candidates]
    known = _known_to_each(session, actor, candidates)
    inside = _inside(session, candidates, known, shown_from, limit)
    told = [[one for one in ones if one.has_same_number and not one.is_visible] for ones in known]
    asked = whom_to_ask(session, [k.child_id for ks in told for k in ks], len(candidates) * _UNITS)
    children = {m.child_id for matches in inside for m in matches} | set(asked)
    data = {"children": sorted(map(str, children)), "count": len(children)}
    record(session, actor, AuditAction.DUPLICATES_SHOWN, at=now, data=data)
    return [[*matches, *_outside(ks, asked)] for matches, ks in zip(inside, told, strict=True)]


def _known_to_each(
    session: Session, actor: Actor, candidates: Sequence[Candidate]
) -> list[list[Known]]:
    """The children with such a name or number, for each candidate."""
    alikes = _alikes(session, candidates)
    numbers = [number_hash(candidate) for candidate in candidates]
    ids = {child_id for found in alikes.values() for child_id in found}
    visible = policy.visible_to(actor).with_only_columns(Child.id).correlate(None)
    rows = session.execute(
        select(
            Child.id, Child.id.in_(visible).label("is_visible"), Child.birth_year,
            Child.national_id_hash,
        )
        .join(DataKey, DataKey.id == Child.key_id)
        .where(or_(Child.id.in_(ids), Child.national_id_hash.in_({n for n in numbers if n})))
        .where(DataKey.wrapped.is_not(None), Child.merged_into_id.is_(None))
    ).all()  # fmt: skip
    by_id = {row.id: row for row in rows}
    by_number: dict[bytes, list[uuid.UUID]] = {}
    for row in rows:
        if row.national_id_hash:
            by_number.setdefault(row.national_id_hash, []).append(row.id)
    found = []
    for candidate, number in zip(candidates, numbers, strict=True):
        alike = alikes.get(candidate.full_name or "", {})
        same = by_number.get(number, []) if number else []
        found.append([_known(by_id[i], number, alike) for i in {*alike, *same} if i in by_id])
    return found


def _alikes(session: Session, candidates: Sequence[Candidate]) -> Alikes:
    """By name: the children whose name is the same or spelled alike."""
    index = index_of(session)
    index.refresh(session)
    names = {candidate.full_name for candidate in candidates if candidate.full_name}
    return {name: {a.child_id: a for a in index.similar(name, _HOMONYMS)} for name in names}


def _known(
    row: Row[*tuple[Any, ...]], number: bytes | None, alike: Mapping[uuid.UUID, Alike]
) -> Known:
    has_same = number is not None and row.national_id_hash == number
    return Known(row.id, row.is_visible, row.birth_year, has_same, alike.get(row.id))


def _inside(
    session: Session,
    candidates: Sequence[Candidate],
    known: Sequence[Sequence[Known]],
    shown_from: int,
    limit: int,
) -> list[list[Match]]:
    """The best of those the actor sees, compared in full."""
    near = [
        [k for k in ks if k.is_visible and _may_be(k, candidate)]
        for candidate, ks in zip(candidates, known, strict=True)
    ]
    ids = list({k.child_id for ks in near for k in ks})
    if not ids:
        return [[] for _ in candidates]
    rows = {row.id: row for row in session.execute(compared().where(Child.id.in_(ids)))}
    parents = parent_keys(session, ids)
    found = []
    for candidate, ks in zip(candidates, near, strict=True):
        number = number_hash(candidate)
        scored = [
            score_of(rows[k.child_id], candidate, k.alike, number, parents)
            for k in ks
            if k.child_id in rows
        ]
        best = sorted((s for s in scored if s.score >= shown_from), key=_order)
        found.append([match_of(one) for one in best[:limit]])
    return found


def _may_be(known: Known, candidate: Candidate) -> bool:
    if known.has_same_number or not (known.birth_year and candidate.birth_year):
        return True
    return abs(known.birth_year - candidate.birth_year) <= _APART


def _order(scored: Scored) -> tuple[int, uuid.UUID]:
    return -scored.score, scored.row.id


def _outside(told: Sequence[Known], asked: Mapping[uuid.UUID, list[str]]) -> list[Match]:
    """One line with the units that know a child of this number."""
    names = sorted({name for known in told for name in asked.get(known.child_id, ())})[:_UNITS]
    return [Match(None, STRONG, (), is_visible=False, unit_names=tuple(names))] if names else []
