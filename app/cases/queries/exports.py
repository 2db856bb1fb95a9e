"""Exports as their owners and those who agree to them see them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Role, Unit, User
from app.auth.permissions import GRANTS, SECTIONS, Permission, Section
from app.cases.exporting import rules, whole_files
from app.cases.models import Export
from app.cases.models.exports import ExportState
from app.cases.policy import exports_to_decide, own_exports
from app.core.tasks import Task, TaskState

NAMES = 5
_DECIDERS = [role for role in Role if Permission.EXPORT_DECIDE in GRANTS[role]]


class OwnExportRow(NamedTuple):
    """`task`, `error`: how the making stands; None before anybody agreed."""

    export: Export
    decided_by: str | None
    task: TaskState | None
    error: str | None


class PendingExport(NamedTuple):
    """One that waits for a second person; its words are not read for a list."""

    id: uuid.UUID
    serial: int
    kind: str
    children: int
    asked_at: datetime
    by_name: str


def own_exports_page(
    session: Session, actor: Actor, *, after: uuid.UUID | None, limit: int
) -> tuple[list[OwnExportRow], bool]:
    """(at most `limit` of the person's exports, the newest first; are there more)."""
    rows = _with_state(own_exports(actor)).order_by(Export.id.desc()).limit(limit + 1)
    if after is not None:
        rows = rows.where(Export.id < after)
    found = [OwnExportRow(*row) for row in session.execute(rows)]
    return found[:limit], len(found) > limit


def export_state(session: Session, export: Export) -> OwnExportRow:
    row = session.execute(_with_state(select(Export).where(Export.id == export.id))).one()
    return OwnExportRow(*row)


def _with_state(exports: Select[Export]) -> Select[Export, str, TaskState, str]:
    return (
        exports.join(User, User.id == Export.decided_by, isouter=True)
        .join(Task, Task.id == Export.task_id, isouter=True)
        .add_columns(User.name, Task.state, Task.error)
    )


def pending_exports(
    session: Session, actor: Actor, *, now: datetime, limit: int = 50
) -> list[PendingExport]:
    """What waits for this actor's answer, the longest waiting first."""
    rows = (
        exports_to_decide(actor)
        .join(User, User.id == Export.by_id)
        .with_only_columns(
            *(Export.id, Export.serial, Export.kind, Export.children, Export.asked_at, User.name)
        )
        .where(Export.state == ExportState.ASKED, Export.asked_at > now - rules().answered_within)
        .order_by(Export.asked_at, Export.id)
        .limit(limit)
    )
    return [PendingExport(*row) for row in session.execute(rows)]


def children_alone(session: Session, by_id: uuid.UUID, now: datetime) -> int:
    """How many children this person exported of late without a second person; a whole file counts
    as several."""
    counts = case((Export.kind.in_(whole_files()), rules().whole_file_counts), else_=1)
    total = select(func.coalesce(func.sum(Export.children * counts), 0)).where(
        Export.by_id == by_id,
        Export.state == ExportState.AGREED,
        Export.decided_by.is_(None),
        Export.asked_at > now - rules().alone_within,
    )
    return session.scalar(total) or 0


def names_of_deciders(
    session: Session, actor: Actor, sections: frozenset[Section]
) -> Sequence[str]:
    """Who could agree to an export of this person, at most NAMES of them: as in
    `exports_to_decide`."""
    roles = [role for role in _DECIDERS if sections <= SECTIONS[role]]
    people = (
        select(User.name)
        .join(Unit, Unit.id == User.unit_id)
        .where(User.is_active, Unit.is_active, User.id != actor.id, User.role.in_(roles))
        .where(or_(*_reach(actor)))
        .order_by(User.name)
        .limit(NAMES)
    )
    return session.scalars(people).all()


def _reach(actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Of the same unit; a supervisor of the whole province, or of the unit's commune."""
    area: ColumnElement[bool] = Unit.commune_code.is_(None)
    if actor.commune_code is not None:
        area = or_(area, Unit.commune_code == actor.commune_code)
    return User.unit_id == actor.unit_id, and_(User.role == Role.SUPERVISOR, area)
