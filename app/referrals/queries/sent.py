"""What a unit sent, or for a supervisor what the area sent: a page of it, and the counts."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Row,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.models import Unit, UnitKind
from app.auth.permissions import Section, sections_of
from app.cases.models import Case
from app.core.sealed import DataKey, open_field
from app.people.models import Child
from app.referrals.enums import ReferralKind, ReferralState, SentStage, Urgency
from app.referrals.models import Referral
from app.referrals.numbers import Number, numbered
from app.referrals.policy import sent_of, words_open_to
from app.referrals.queries.order import MOST, NO_TIME, Key, bounded_counts, in_order, places
from app.referrals.rules import rules_numbered

TABS = (SentStage.ACT, SentStage.WAITING, SentStage.SERVICE, SentStage.DRAFT, SentStage.DONE)
# where no clock runs: a need that was declined today is not below results of last month
NEWEST_FIRST = frozenset({SentStage.ACT, SentStage.DRAFT, SentStage.DONE})
PRESSING = (SentStage.ACT, SentStage.WAITING)
MINE = "mine"


@dataclass(frozen=True, slots=True)
class SentFilter:
    """Codes only. A number looks in all tabs."""

    stage: SentStage = SentStage.ACT
    who: str = ""
    service: str = ""
    urgency: Urgency | None = None
    number: Number | None = None

    @property
    def active(self) -> list[str]:
        names = ("who", "service", "urgency", "number")
        return [name for name in names if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class SentRow:
    """One referral of the list. `to` is None for a body whose name this reader may not see; `name`
    is the child's, for who may know it."""

    id: uuid.UUID
    case_id: uuid.UUID
    request_id: uuid.UUID
    number: str
    case_number: str
    name: str | None
    service: str
    urgency: Urgency
    kind: ReferralKind
    state: ReferralState
    sent_stage: SentStage
    due_at: datetime | None
    sent_at: datetime | None
    decline_code: str | None
    suggested_kind: UnitKind | None
    outcome_code: str | None
    is_disputed: bool
    to: str | None
    sender: str

    @property
    def key(self) -> Key:
        return self.due_at or NO_TIME, self.id


def sent_rows(
    session: Session,
    actor: Actor,
    wanted: SentFilter,
    *,
    after: Key | None = None,
    limit: int,
) -> list[SentRow]:
    """At most `limit` + 1, what runs out first on top; two statements, as the inbox."""
    newest = wanted.stage in NEWEST_FIRST or wanted.number is not None
    chosen = places(_filtered(actor, wanted), newest=newest, after=after, most=limit + 1)
    ids = session.scalars(select(chosen.c.id)).all()
    rows = session.execute(_shown(_names(actor)), {"ids": ids})
    found = in_order(
        (_row(row, actor) for row in rows), lambda row: (row.due_at, row.id), newest=newest
    )
    return found[: limit + 1]


def sent_counts(session: Session, actor: Actor) -> dict[SentStage, int]:
    """Of each tab, at most MOST + 1; one statement."""
    own = _own(actor)
    lists = [own.where(Referral.sent_stage == stage) for stage in TABS]
    return dict(zip(TABS, bounded_counts(session, lists), strict=True))


class Pressing(NamedTuple):
    """What asks for something: of several alike of one child the first, and how many."""

    row: SentRow
    alike: int


class PressingList(NamedTuple):
    rows: list[Pressing]
    total: int  # of those that ask for something, at most MOST + 1


def pressing_sent(session: Session, actor: Actor, *, limit: int) -> PressingList:
    """Those of this person: emergencies that nobody took first, questions by their time, what else
    was refused, outcomes; then what waits the longest. Two statements."""
    waits = _filtered(actor, SentFilter(stage=SentStage.WAITING, who=MINE))
    chosen = places(waits, newest=False, after=None, most=limit)
    nothing = cast(null(), Uuid)
    waiting = select(chosen.c.id, nothing.label("case_id"), literal(_WAITS), chosen.c.moment)
    acts = select(_acts(actor).subquery())
    rows = session.execute(union_all(acts, waiting)).all()
    ordered = sorted(rows, key=_place)
    found = [row for row in ordered if row.rank != _WAITS]
    alike: dict[tuple[uuid.UUID, int], list[uuid.UUID]] = {}
    for row in found:
        alike.setdefault((row.case_id, row.rank), []).append(row.id)
    firsts = {ids[0]: len(ids) for ids in [*alike.values()][:limit]}
    left = limit - len(firsts)
    firsts |= {row.id: 1 for row in [row for row in ordered if row.rank == _WAITS][:left]}
    shown = session.execute(_shown(_names(actor)), {"ids": list(firsts)})
    known = {row.id: _row(row, actor) for row in shown}
    return PressingList([Pressing(known[one], n) for one, n in firsts.items()], len(found))


_WAITS = 9  # behind every rank of `_acts`


def _place(row: Row[Any]) -> tuple[int, bool, datetime, int]:
    """What has a time by its time; what has none, the newest first."""
    return row.rank, row.moment is None, row.moment or NO_TIME, -row.id.int


def _acts(actor: Actor) -> Select[*tuple[Any, ...]]:
    """(id, case_id, rank, moment), at most MOST + 1, the first on top."""
    refused = Referral.state.in_((ReferralState.DECLINED, ReferralState.EXPIRED))
    rank = case(
        (refused & (Referral.urgency == Urgency.EMERGENCY), 0),
        (refused, 2),
        (Referral.state == ReferralState.COMPLETED, 3),
        else_=1,  # a question
    ).label("rank")
    rows = _filtered(actor, SentFilter(stage=SentStage.ACT, who=MINE))
    return (
        rows.with_only_columns(Referral.id, Referral.case_id, rank, Referral.due_at.label("moment"))
        .order_by(rank, Referral.due_at.asc().nulls_last(), Referral.id.desc())
        .limit(MOST + 1)
    )


def _own(actor: Actor) -> Select[Referral]:
    """A supervisor follows the area, everybody else what their unit sent."""
    rows = sent_of(actor)
    return rows if sees_whole_area(actor) else rows.where(Referral.from_unit_id == actor.unit_id)


def _filtered(actor: Actor, wanted: SentFilter) -> Select[Referral]:
    rows = _own(actor)
    if wanted.number is not None:
        return rows.where(numbered(wanted.number))
    rows = rows.where(Referral.sent_stage == wanted.stage)
    if wanted.who == MINE:
        rows = rows.where(Referral.by_id == actor.id)
    if wanted.service:
        rows = rows.where(Referral.service == wanted.service)
    if wanted.urgency is not None:
        rows = rows.where(Referral.urgency == wanted.urgency)
    return rows


def _names(actor: Actor) -> bool:
    return Section.IDENTITY in sections_of(actor)


@lru_cache(maxsize=2)
def _shown(with_name: bool) -> Select[*tuple[Any, ...]]:
    """The referrals `:ids`."""
    to, sender = aliased(Unit), aliased(Unit)
    columns: list[Any] = [
        Referral.id, Referral.case_id, Referral.request_id, Referral.serial, Referral.created_at,
        Referral.service, Referral.urgency, Referral.kind, Referral.state, Referral.sent_stage,
        Referral.due_at,
        Referral.sent_at, Referral.decline_code, Referral.suggested_kind, Referral.outcome_code,
        Referral.is_disputed, Referral.rules_version, Referral.to_body_sealed,
        Case.number.label("case_number"), to.short_name.label("unit"),
        sender.short_name.label("sender"), DataKey.id.label("key_id"), DataKey.wrapped,
    ]  # fmt: skip
    if with_name:
        columns += [Child.id.label("child_id"), Child.full_name_sealed]
    return (
        select(*columns)
        .join(Case, Case.id == Referral.case_id)
        .join(Child, Child.id == Case.child_id)
        .join(DataKey, and_(DataKey.id == Child.key_id))
        .join(sender, sender.id == Referral.from_unit_id)
        .outerjoin(to, to.id == Referral.to_unit_id)
        .where(Referral.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )


def _row(row: Row[*tuple[Any, ...]], actor: Actor) -> SentRow:
    key = (row.key_id, row.wrapped)
    name = to = None
    if hasattr(row, "child_id"):
        name = open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
    section = rules_numbered(row.rules_version).services[row.service].section
    if row.to_body_sealed is not None and words_open_to(actor, section):
        to = open_field(Referral, "to_body", row.id, key, row.to_body_sealed)
    same = (
        *("id", "case_id", "request_id", "case_number", "service", "urgency", "state"),
        *("sent_stage", "due_at", "sent_at", "decline_code", "suggested_kind", "outcome_code"),
        *("is_disputed", "sender", "kind"),
    )
    return SentRow(
        **{field: getattr(row, field) for field in same},
        number=Referral.numbered(row.created_at, row.serial),
        name=name,
        to=row.unit or to,
    )
