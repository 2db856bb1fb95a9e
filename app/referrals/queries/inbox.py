"""What came to a unit: a page of it, the counts of its tabs, what is new, who carries how much."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.grants import CaseAccess, kept_out_of
from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core.db import UtcDateTime
from app.core.sealed import DataKey, open_field
from app.people.models import Child
from app.referrals.enums import OPEN, RecallReason, ReferralState, Stage, Urgency
from app.referrals.models import ProsecutionRequest, Referral
from app.referrals.models.referrals import asks, with_no_contact
from app.referrals.numbers import Number, numbered
from app.referrals.policy import RECEIVERS, received_by
from app.referrals.queries.order import MOST, NO_TIME, Key, bounded_counts, in_order, places
from app.referrals.queries.packet import opens_to

TABS = (Stage.ANSWER, Stage.SERVICE, Stage.WAITING, Stage.DONE)
OPEN_TABS = (Stage.ANSWER, Stage.SERVICE, Stage.WAITING)
MINE, UNASSIGNED = "mine", "unassigned"
DEFAULT_LIMIT = 25


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Codes only. A number looks in all tabs."""

    stage: Stage = Stage.ANSWER
    who: str = ""
    service: str = ""
    urgency: Urgency | None = None
    number: Number | None = None

    @property
    def active(self) -> list[str]:
        """The names of the filters that narrow the tab."""
        names = ("who", "service", "urgency", "number")
        return [name for name in names if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One referral of the list. `name` and `case_number` only while its packet opens the identity
    to this unit."""

    id: uuid.UUID
    number: str
    service: str
    urgency: Urgency
    state: ReferralState
    stage: Stage
    age: int | None
    sex: str
    commune_code: str | None
    alerts: Sequence[str]
    due_at: datetime | None
    sent_at: datetime | None
    decline_code: str | None
    outcome_code: str | None
    recall_reason: RecallReason | None
    is_disputed: bool
    is_replied: bool  # the sender answered a question, and this side did nothing since
    sender: str
    officer: str | None
    letter: str | None  # the number of the request to prosecute that it brought
    name: str | None
    case_number: str | None

    @property
    def key(self) -> Key:
        return self.due_at or NO_TIME, self.id


class OfficerLoad(NamedTuple):
    """Somebody of the unit, and how many open referrals (at most MOST + 1) they answer for."""

    id: uuid.UUID
    name: str
    open: int


def inbox_rows(
    session: Session,
    actor: Actor,
    wanted: InboxFilter,
    *,
    after: Key | None = None,
    limit: int,
    now: datetime,
) -> list[InboxRow]:
    """At most `limit` + 1, what runs out first on top; two statements: which they are, read from
    the index, then just these with all that a card says."""
    newest = wanted.stage is Stage.DONE or wanted.number is not None
    found = _filtered(actor, wanted, now)
    chosen = places(found, newest=newest, after=after, most=limit + 1)
    ids = session.scalars(select(chosen.c.id)).all()
    rows = session.execute(_CARDS, {"ids": ids, "unit": actor.unit_id, "now": now})
    ordered = in_order(map(_row, rows), lambda row: (row.due_at, row.id), newest=newest)
    return ordered[: limit + 1]


def inbox_counts(session: Session, actor: Actor) -> dict[Stage, int]:
    """Of each tab, at most MOST + 1; one statement."""
    received = received_by(actor)
    lists = [received.where(Referral.stage == stage) for stage in TABS]
    return dict(zip(TABS, bounded_counts(session, lists), strict=True))


def newcomers(session: Session, actor: Actor, *, since: datetime) -> int:
    """How many came after that moment and wait for an answer, at most MOST + 1."""
    new = received_by(actor).where(Referral.sent_at > since, Referral.stage == Stage.ANSWER)
    return bounded_counts(session, [new])[0]


def unassigned(session: Session, actor: Actor) -> int:
    """The open ones for which nobody answers yet, at most MOST + 1."""
    nobodys = received_by(actor).where(Referral.officer_id.is_(None), Referral.stage.in_(OPEN_TABS))
    return bounded_counts(session, [nobodys])[0]


def officers(
    session: Session, unit_id: uuid.UUID, *, for_child: uuid.UUID | None = None
) -> list[OfficerLoad]:
    """The people of a unit who answer referrals, by name; without those who are kept out of
    `for_child`. One statement."""
    held = (
        select(literal(1).label("one"))
        .where(
            Referral.officer_id == User.id,
            Referral.to_unit_id == unit_id,
            Referral.stage.in_(OPEN_TABS),
        )
        .limit(MOST + 1)
        .correlate(User)
        .subquery()
        .lateral()
    )
    load = select(func.count()).select_from(held).correlate(User).scalar_subquery()
    people = (
        select(User.id, User.name, load)
        .where(User.unit_id == unit_id, User.role.in_(RECEIVERS), User.is_active)
        .order_by(User.name, User.id)
    )
    if for_child is not None:
        people = people.where(User.id.not_in(kept_out_of(for_child)))
    return [OfficerLoad(*row) for row in session.execute(people)]


def _filtered(actor: Actor, wanted: InboxFilter, now: datetime) -> Select[Referral]:
    """By the number of a case only what shows that number: it is part of an open packet."""
    rows = received_by(actor)
    if wanted.number is not None and wanted.number.serial is None:
        rows = rows.where(select(CaseAccess.id).where(_names_child(actor.unit_id, now)).exists())
    if wanted.number is not None:
        return rows.where(numbered(wanted.number))
    rows = rows.where(Referral.stage == wanted.stage)
    if wanted.who == MINE:
        rows = rows.where(Referral.officer_id == actor.id)
    elif wanted.who == UNASSIGNED:
        rows = rows.where(Referral.officer_id.is_(None))
    if wanted.service:
        rows = rows.where(Referral.service == wanted.service)
    if wanted.urgency is not None:
        rows = rows.where(Referral.urgency == wanted.urgency)
    return rows


def _names_child(unit_id: Any, now: Any) -> ColumnElement[bool]:
    """The row by which a referral's packet opens the identity to a unit at a moment."""
    opened = (CaseAccess.id == Referral.access_id) & opens_to(unit_id, now)
    return opened & CaseAccess.sections.contains([Section.IDENTITY.value])


def _cards() -> Select[*tuple[Any, ...]]:
    """The referrals `:ids` as `:unit` reads them `:now`. The child comes in by an open packet only:
    without one nothing of the file is read but that the caregiver must not be contacted."""
    officer, warned = aliased(User), aliased(Case)
    unit, now = bindparam("unit", type_=Uuid), bindparam("now", type_=UtcDateTime)
    is_running = Referral.state.in_(OPEN)  # as packet.open_sections
    letter = select(ProsecutionRequest.number).where(ProsecutionRequest.referral_id == Referral.id)
    # row by row: PostgreSQL would read all that ever opened to the unit, thinking it is one
    opened = select(CaseAccess.case_id).where(_names_child(unit, now)).limit(1).lateral("opened")
    return (
        select(
            Referral.id, Referral.serial, Referral.created_at, Referral.service, Referral.urgency,
            Referral.state, Referral.stage, Referral.age, Referral.sex, Referral.commune_code,
            Referral.alerts, warned.do_not_contact, Referral.due_at, Referral.sent_at,
            Referral.decline_code, Referral.outcome_code, Referral.recall_reason,
            Referral.is_disputed, Referral.asked_at, Referral.sent_stage,
            Unit.short_name.label("sender"), officer.name.label("officer"),
            letter.correlate(Referral).scalar_subquery().label("letter"),
            Case.number.label("case_number"), Child.id.label("child_id"), Child.full_name_sealed,
            DataKey.id.label("key_id"), DataKey.wrapped,
        )
        .join(Unit, Unit.id == Referral.from_unit_id)
        .join(warned, warned.id == Referral.case_id)
        .outerjoin(officer, officer.id == Referral.officer_id)
        .outerjoin(opened, true())
        .outerjoin(Case, (Case.id == opened.c.case_id) & ~(Case.is_ended & is_running))
        .outerjoin(Child, Child.id == Case.child_id)
        .outerjoin(DataKey, DataKey.id == Child.key_id)
        .where(Referral.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    )  # fmt: skip


_CARDS = _cards()


def _row(row: Row[*tuple[Any, ...]]) -> InboxRow:
    name = None
    if row.child_id is not None:
        key = (row.key_id, row.wrapped)
        name = open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
    taken = (
        *("serial", "created_at", "child_id", "full_name_sealed", "key_id", "wrapped"),
        *("alerts", "do_not_contact", "asked_at", "sent_stage"),
    )
    values = {field: value for field, value in row._mapping.items() if field not in taken}
    values["is_replied"] = row.asked_at is not None and not asks(row.state, row.sent_stage)
    values["alerts"] = with_no_contact(row.alerts, row.do_not_contact)
    return InboxRow(**values, number=Referral.numbered(row.created_at, row.serial), name=name)
