"""A spreadsheet that the worker of each place sent and had checked: a row waits for a decision."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey
from app.documents.read_workbook import Outline, Sheet
from app.register.models import ImportRow, ImportState, RowState, SheetChoices, SheetImport
from app.register.sheets.rows_data import Remark, SheetRow, StagedMatch

# a list names children with their groups, the confidential ones too
FIELDS = {
    SheetImport: dict.fromkeys(("file_name", "outline", "choices"), Section.HEALTH),
    ImportRow: {"content": Section.HEALTH},
}
_CHOICES = SheetChoices(columns={0: "full_name", 1: "group"}, group="ORPHAN")


def _outline(name: str) -> str:
    head = [(1, ["Họ và tên", "Nhóm"]), (2, [name, "Mồ côi"])]
    return Outline(sheets=[Sheet(name="DS", head=head, columns=2)]).model_dump_json()


def _with_error(name: str) -> SheetRow:
    return SheetRow(number=2, full_name=name, faults=[Remark(code="date", value="31/02")])


# the words are in the place that is filled with canaries, and in no other
FORMATTED = {
    (SheetImport, "outline"): (_outline("zqoutlinecanary"), ("zqoutlinecanary",)),
    (SheetImport, "choices"): (_CHOICES.model_dump_json(), ("zqnoword",)),
    (ImportRow, "content"): (_with_error("zqrowcanary").model_dump_json(), ("zqrowcanary",)),
}
NOT_ON_EVERY_SCREEN = {  # for who may import
    "SheetImport.file_name",
    "SheetImport.outline",
    "SheetImport.choices",
    "ImportRow.content",
}
WRITTEN = ("sheet_imports", "import_rows", "import_columns", "stored_files", "file_chunks", "tasks")
VALID = {"imports.columns": {"column_0": "full_name", "column_1": "group"}}
FORM_FIELDS = {
    "imports.decide_row": ("decision", "after", "show"),
    "imports.decide_all": ("decision",),
    "imports.run": ("idempotency_key",),
    "imports.cancel": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    key, now = DataKey.new(), clock.now()
    sheet_import = SheetImport(
        key=key,
        unit_id=place.unit.id,
        by_id=users[Role.CP_WORKER].id,
        commune_code=place.unit.commune_code,
        created_at=now,
        state=ImportState.CHECKED,
        file_name="ds.xlsx",
        outline=_outline("Lê Văn Mận"),
        choices=_CHOICES.model_dump_json(),
        counts={"error": 1, "alike": 1},
        checked_at=now,
    )
    session.add(sheet_import)
    session.flush()
    match = StagedMatch(child_id=case.child_id, case_id=case.id, score=75, name="Minh Anh")
    rows = [
        _row(key, sheet_import, RowState.ALIKE, SheetRow(number=3, matches=[match])),
        _row(key, sheet_import, RowState.ERROR, _with_error("Lê Văn Mận")),
    ]
    session.add_all(rows)
    session.flush()
    return {"import_id": sheet_import.id, "row_id": rows[0].id}


def _row(key: DataKey, sheet_import: SheetImport, state: RowState, content: SheetRow) -> ImportRow:
    return ImportRow(
        key=key,
        import_id=sheet_import.id,
        number=content.number,
        state=state,
        content=content.model_dump_json(),
    )


def made(session: Session, case: Case) -> list[Any]:
    """The spreadsheet of the case's unit and its row with an error."""
    imports = select(SheetImport).where(SheetImport.unit_id == case.unit_id)
    found = list(session.scalars(imports).unique())
    ids = [one.id for one in found]
    rows = select(ImportRow).where(ImportRow.import_id.in_(ids), ImportRow.state == RowState.ERROR)
    return [*found, *session.scalars(rows).unique()]
