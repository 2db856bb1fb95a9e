"""What the pages of imports read."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.core.sealed import DataKey, open_field
from app.core.tasks import Task
from app.people.known_to import whom_to_ask
from app.people.models import Child
from app.people.policy import visible_to
from app.register.models import Decision, ImportRow, ImportState, RowState, SheetImport
from app.register.services.imports import standing
from app.register.sheets.rows_data import Remark, SheetRow, StagedMatch

SHOWN = 25
# the tabs of the report: what is shown under each word
VIEWS: dict[str, ColumnElement[bool]] = {
    "errors": ImportRow.state == RowState.ERROR,
    "alike": ImportRow.state == RowState.ALIKE,
    "ready": ImportRow.state == RowState.READY,
    "known": ImportRow.state == RowState.KNOWN,
    "skipped": ImportRow.state == RowState.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class ListedImport:
    id: uuid.UUID
    state: ImportState
    file_name: str
    created_at: datetime
    by_name: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ShownRow:
    id: uuid.UUID
    state: RowState
    decision: Decision | None
    child_id: uuid.UUID | None
    row: SheetRow


def imports_of_unit(
    session: Session, actor: Actor, *, after: uuid.UUID | None, limit: int
) -> tuple[list[ListedImport], bool]:
    """(at most `limit` imports, the newest first; are there more). One statement."""
    wanted = (
        select(SheetImport, User.name, Task)
        .join(User, User.id == SheetImport.by_id)
        .outerjoin(Task, Task.id == SheetImport.task_id)
        .where(SheetImport.unit_id == actor.unit_id)
        .order_by(SheetImport.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        wanted = wanted.where(SheetImport.id < after)
    rows = session.execute(wanted).all()
    found = [
        ListedImport(
            one.id, standing(one, task), one.file_name or "", one.created_at, name, one.counts
        )
        for one, name, task in rows[:limit]
    ]
    return found, len(rows) > limit


def task_of(session: Session, sheet_import: SheetImport) -> Task | None:
    return session.get(Task, sheet_import.task_id) if sheet_import.task_id else None


def rows_of(
    session: Session,
    actor: Actor,
    sheet_import: SheetImport,
    *,
    view: str,
    after: int,
    limit: int,
) -> tuple[list[ShownRow], bool]:
    """(at most `limit` rows of one view in the order of the sheet, behind row `after`; are there
    more). Of the children known already what this reader may know now, not what the one who had
    the sheet checked knew then."""
    rows = session.execute(
        select(
            ImportRow.id, ImportRow.state, ImportRow.decision, ImportRow.child_id,
            ImportRow.content_sealed,
        )
        .where(and_(ImportRow.import_id == sheet_import.id, VIEWS[view], ImportRow.number > after))
        .order_by(ImportRow.number)
        .limit(limit + 1)
    ).all()  # fmt: skip
    shown = [_shown(sheet_import.key, row) for row in rows[:limit]]
    return _open_to(session, actor, shown), len(rows) > limit


def row_of(
    session: Session, actor: Actor, sheet_import: SheetImport, row_id: uuid.UUID
) -> ImportRow | None:
    """A row of this import, with its key; none that is closed to the reader (see `rows_of`)."""
    visible = visible_to(actor).with_only_columns(Child.id)
    wanted = select(ImportRow).where(ImportRow.id == row_id, ImportRow.import_id == sheet_import.id)
    is_open = or_(ImportRow.child_id.is_(None), ImportRow.child_id.in_(visible))
    return session.scalars(wanted.where(is_open)).one_or_none()


def matches_of(session: Session, actor: Actor, row: ImportRow) -> list[StagedMatch]:
    """Those whom this row may be, as `rows_of` shows them."""
    content = SheetRow.model_validate_json(row.content or '{"number": 0}')
    shown = ShownRow(row.id, row.state, row.decision, row.child_id, content)
    return _open_to(session, actor, [shown])[0].row.matches


def all_rows(
    session: Session, actor: Actor, sheet_import: SheetImport, view: str
) -> Sequence[ShownRow]:
    """All rows of one view: for the workbook of what is to be corrected."""
    rows, _more = rows_of(session, actor, sheet_import, view=view, after=0, limit=100_000)
    return rows


def _open_to(session: Session, actor: Actor, rows: list[ShownRow]) -> list[ShownRow]:
    """Whoever is kept out of a child, or whose unit gave its case away, reads no name and no number
    of it here; a row that is that child is closed."""
    ids = {m.child_id for one in rows for m in one.row.matches if m.child_id}
    ids |= {one.child_id for one in rows if one.child_id}
    if not ids:
        return rows
    visible = visible_to(actor).with_only_columns(Child.id).where(Child.id.in_(ids))
    closed = ids - set(session.scalars(visible))
    if not closed:
        return rows
    asked = whom_to_ask(session, list(closed), len(closed))
    return [_without(one, closed, asked) for one in rows]


def _without(
    one: ShownRow, closed: set[uuid.UUID], asked: Mapping[uuid.UUID, list[str]]
) -> ShownRow:
    if one.child_id in closed:
        row = SheetRow(number=one.row.number, notes=[Remark(code="closed")])
        return replace(one, child_id=None, row=row)
    matches = [
        StagedMatch(score=match.score, units=asked.get(match.child_id, []))
        if match.child_id in closed
        else match
        for match in one.row.matches
    ]
    kept = [match for match in matches if match.child_id or match.units]
    return replace(one, row=one.row.model_copy(update={"matches": kept}))


def _shown(key: DataKey, row: Row[*tuple[Any, ...]]) -> ShownRow:
    opened = open_field(ImportRow, "content", row.id, (key.id, key.wrapped), row.content_sealed)
    content = SheetRow.model_validate_json(opened or '{"number": 0}')
    return ShownRow(row.id, row.state, row.decision, row.child_id, content)
