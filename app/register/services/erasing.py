"""What the register adds to the erasure of a child: it leaves its groups first; rows of kept
spreadsheets go, and with them the workbook they stand in."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.cases.erasing import AGAINST, FORGET, ChildIds, Destroyed, Obstacle
from app.register.models import GroupMembership, ImportRow, SheetImport
from app.register.services.imports import forget_workbooks


def running_groups(session: Session, ids: ChildIds) -> Iterable[Obstacle]:
    running = select(func.count()).where(
        GroupMembership.child_id.in_(ids.children), GroupMembership.until.is_(None)
    )
    if count := session.scalar(running):
        yield Obstacle("group", _l("Trẻ em còn trong %(n)s nhóm hoàn cảnh đặc biệt.", n=count))


def forget_rows(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    of_child = or_(ImportRow.child_id.in_(ids.children), ImportRow.case_id.in_(ids.cases))
    with_child = select(SheetImport).where(
        SheetImport.id.in_(select(ImportRow.import_id).where(of_child))
    )
    imports = session.scalars(with_child.with_for_update(of=SheetImport)).unique().all()
    files = sum(one.file_id is not None for one in imports)
    forget_workbooks(session, imports)
    session.execute(delete(ImportRow).where(of_child))
    return Destroyed(files=files)


AGAINST.append(running_groups)
FORGET.append(forget_rows)
