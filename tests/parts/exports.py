"""Lists that were exported: one of the worker of each place that is ready, one that waits."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.exporting import ExportRow, Made
from app.cases.models import Case, Export
from app.cases.models.exports import ExportState
from app.cases.services.exports import keep_export
from app.core import clock
from app.documents.workbook import Sheet, make_workbook
from tests.actors import actor_of

FIELDS = {Export: {"reason": Section.PLAN, "answer": Section.PLAN}}
NOT_ON_EVERY_SCREEN = {
    "Export.reason",  # for who asked, and who answers
    "Export.answer",
}
WRITTEN = ("exports", "tasks")
INTO_THE_FILE = ("exports.",)
VALID = {
    "exports.new": {"reason": "Đối chiếu với danh sách của trường"},
    "exports.decide": {"decision": "approved"},
}
FORM_FIELDS = {
    "auth.confirm": ("password", "code", "next"),
    "exports.password": ("idempotency_key",),
}
_SHEET = Sheet("XUAT", "an", ("BẢN XUẤT",), "XUAT", "XUAT", "Bản xuất", [("Hồ sơ", 16)])


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker = users[Role.CP_WORKER]
    ready = an_export(session, worker, state=ExportState.AGREED)
    rows = [ExportRow(case.id, case.child_id, [case.number])]
    xlsx = make_workbook(_SHEET, [row.cells for row in rows])
    made = Made(xlsx, rows)
    keep_export(session, export=ready, asker=actor_of(worker), made=made, now=clock.now())
    waiting = an_export(session, worker, state=ExportState.ASKED)
    return {"export_id": ready.id, "asked_id": waiting.id}


def an_export(session: Session, user: User, **values: Any) -> Export:
    """Of the list of cases, to one child, asked for now."""
    export = Export(
        key=user.key,
        **{
            "kind": "cases",
            "query": "",
            "sections": ["event", "identity"],
            "by_id": user.id,
            "unit_id": user.unit_id,
            "role": user.role,
            "reason": "Đối chiếu với danh sách của trường",
            "rows": 1,
            "children": 1,
            "asked_at": clock.now(),
            **values,
        },
    )
    session.add(export)
    session.flush()
    return export


def made(session: Session, case: Case) -> list[Any]:
    return list(session.scalars(select(Export).where(Export.unit_id == case.unit_id)).unique())
