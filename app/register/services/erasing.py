"""What the register adds to the erasure of a child: it leaves its groups first; rows of kept
spreadsheets go, and with them the workbook they stand in."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.cases.erasing import AGAINST, FORGET, ChildIds, Destroyed, Obstacle
from app.core.sealed import DataKey, open_field
from app.register.models import GroupMembership, ImportRow, RowState, SheetImport
from app.register.services.imports import forget_workbooks


def running_groups(session: Session, ids: ChildIds) -> Iterable[Obstacle]:
    running = select(func.count()).where(
        GroupMembership.child_id.in_(ids.children), GroupMembership.until.is_(None)
    )
    if count := session.scalar(running):
        yield Obstacle("group", _l("Trẻ em còn trong %(n)s nhóm hoàn cảnh đặc biệt.", n=count))


def forget_rows(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """Rows that are the child's, and those that were found to be alike: they repeat its name."""
    of_child = or_(
        ImportRow.child_id.in_(ids.children),
        ImportRow.case_id.in_(ids.cases),
        ImportRow.id.in_(_alike(session, ids)),
    )
    with_child = select(SheetImport).where(
        SheetImport.id.in_(select(ImportRow.import_id).where(of_child))
    )
    imports = session.scalars(with_child.with_for_update(of=SheetImport)).unique().all()
    files = sum(one.file_id is not None for one in imports)
    forget_workbooks(session, imports)
    session.execute(delete(ImportRow).where(of_child))
    return Destroyed(files=files)


def _alike(session: Session, ids: ChildIds) -> list[uuid.UUID]:
    """Whom a row is alike stands among its sealed words. Spreadsheets are kept for days only."""
    rows = session.execute(
        select(ImportRow.id, ImportRow.content_sealed, DataKey.id.label("key"), DataKey.wrapped)
        .join(DataKey, DataKey.id == ImportRow.key_id)
        .where(ImportRow.state == RowState.ALIKE)
    )
    children = {str(one) for one in ids.children}
    found = []
    for row in rows:
        key = (row.key, row.wrapped)
        words = open_field(ImportRow, "content", row.id, key, row.content_sealed)
        matches = json.loads(words or "{}").get("matches") or ()
        if any(match.get("child_id") in children for match in matches):
            found.append(row.id)
    return found


AGAINST.append(running_groups)
FORGET.append(forget_rows)
