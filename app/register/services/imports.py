"""What a person does with a spreadsheet: send it, choose its columns, decide about likely
duplicates, start the import, drop it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import UnitKind
from app.core.crypto import keyring
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.core.tasks import Task, ask
from app.documents.examine import Examined
from app.documents.models import FileChunk, StoredFile
from app.documents.read_workbook import Outline
from app.documents.vault import keep_file
from app.documents.workbook import XLSX
from app.reference.retention import kept_for
from app.register.models import (
    Decision,
    ImportMoved,
    ImportRow,
    ImportState,
    NothingToImport,
    RememberedColumn,
    RowState,
    SheetChoices,
    SheetImport,
)
from app.register.services.entry import NoCommune
from app.register.sheets.columns import Column
from app.register.sheets.vocabulary import vocabulary

CHECK, RUN = "register_check", "register_import"
S = ImportState
WITH_ROWS = (S.CHECKED, S.DONE)
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A workbook that was read once. `file_name` as the sender calls it; it is sealed."""

    content: bytes
    outline: Outline
    file_name: str


def begin_import(session: Session, *, actor: Actor, data: Upload, now: datetime) -> SheetImport:
    """Keep the workbook, sealed under a key of its own. Raises NoCommune."""
    if actor.commune_code is None or actor.unit_kind is not UnitKind.COMMUNE_PC:
        raise NoCommune
    key = DataKey.new()
    session.add(key)
    stored = keep_file(
        session,
        key=key,
        original=data.content,
        examined=Examined(XLSX, b""),  # it is read here and served to nobody
        by_id=actor.id,
        now=now,
    )
    sheet_import = SheetImport(
        key=key,
        unit_id=actor.unit_id,
        by_id=actor.id,
        commune_code=actor.commune_code,
        created_at=now,
        state=S.UPLOADED,
        file_name=data.file_name[:200],
        file_id=stored.id,
        outline=data.outline.model_dump_json(),
        counts={},
    )
    session.add(sheet_import)
    tell(session, actor, sheet_import, "uploaded", now, sha256=stored.sha256.hex())
    session.flush()
    return sheet_import


def remembered(session: Session, unit_id: uuid.UUID, columns: Iterable[Column]) -> dict[str, str]:
    """What the unit chose for these headings before, by their keys."""
    keys = {hash_of(column.key): column.key for column in columns if column.key}
    rows = session.execute(
        select(RememberedColumn.heading, RememberedColumn.field).where(
            RememberedColumn.unit_id == unit_id, RememberedColumn.heading.in_(keys)
        )
    )
    return {keys[heading]: field for heading, field in rows}


def hash_of(key: str) -> bytes:
    return keyring().lookup("import_heading", key)


def choose_columns(
    session: Session,
    *,
    actor: Actor,
    sheet_import: SheetImport,
    choices: SheetChoices,
    columns: Iterable[Column],
    now: datetime,
) -> Task:
    """Keep and remember what each column is, and have the sheet checked. Raises ImportMoved,
    InvalidInput."""
    _check(choices)
    lock_import(session, sheet_import)
    sheet_import.move(S.CHECKING, since=(S.UPLOADED, S.CHECKED))
    sheet_import.choices = choices.model_dump_json()
    sheet_import.fault = None
    _remember(session, actor, choices.columns, columns, now)
    return _ask(session, actor, sheet_import, CHECK, "asked", now)


def _check(choices: SheetChoices) -> None:
    fields = [field for field in choices.columns.values() if field]
    if not {"full_name", "given_name"} & set(fields):
        raise InvalidInput("columns", _l("Chọn cột họ và tên trẻ em."))
    if "group" not in fields and not choices.group:
        raise InvalidInput(
            "group", _l("Chọn cột nhóm, hoặc chọn nhóm chung cho mọi trẻ em trong bảng.")
        )
    labels = vocabulary().by_code
    twice = sorted({str(labels[field].label) for field in fields if fields.count(field) > 1})
    if twice:
        raise InvalidInput(
            "columns",
            _l(
                "Hai cột cùng chọn một mục: %(names)s. Chỉ giữ một cột, cột kia chọn Không đọc.",
                names=", ".join(twice),
            ),
        )


def _remember(
    session: Session,
    actor: Actor,
    chosen: Mapping[int, str],
    columns: Iterable[Column],
    now: datetime,
) -> None:
    rows = {
        hash_of(column.key): {
            "unit_id": actor.unit_id,
            "heading": hash_of(column.key),
            "field": chosen.get(column.place, ""),
            "chosen_at": now,
        }
        for column in columns
        if column.key
    }
    if not rows:
        return
    known = insert(RememberedColumn).values(list(rows.values()))
    session.execute(
        known.on_conflict_do_update(
            index_elements=["unit_id", "heading"],
            set_={"field": known.excluded.field, "chosen_at": known.excluded.chosen_at},
        )
    )


def decide(
    session: Session,
    *,
    actor: Actor,
    sheet_import: SheetImport,
    decision: Decision,
    row: ImportRow | None = None,
    child_id: uuid.UUID | None = None,
    case_id: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """About one row, or about all that wait for a decision: another child, or leave out. `SAME`
    names the child, of a row alone, with the case under which the group is recorded.

    Raises ImportMoved, InvalidInput.
    """
    lock_import(session, sheet_import)
    sheet_import.move(sheet_import.state, since=WITH_ROWS)
    is_same = decision is Decision.SAME
    if is_same and (row is None or child_id is None or case_id is None):
        raise InvalidInput("decision", _l("Chọn em nào là em này."))
    wanted = [ImportRow.import_id == sheet_import.id, ImportRow.state == RowState.ALIKE]
    wanted.append(ImportRow.decision.is_(None) if row is None else ImportRow.id == row.id)
    session.execute(
        update(ImportRow)
        .where(*wanted)
        .values(
            decision=decision,
            child_id=child_id if is_same else None,
            case_id=case_id if is_same else None,
        )
        .execution_options(synchronize_session=False)
    )
    count_rows(session, sheet_import)
    session.flush()


def start_import(
    session: Session, *, actor: Actor, sheet_import: SheetImport, now: datetime
) -> Task:
    """Have all that is ready imported. Raises ImportMoved the second time, NothingToImport."""
    lock_import(session, sheet_import)
    sheet_import.move(S.IMPORTING, since=WITH_ROWS)
    count_rows(session, sheet_import)
    if not importable(sheet_import.counts):
        raise NothingToImport
    return _ask(session, actor, sheet_import, RUN, "started", now)


def importable(counts: Mapping[str, int]) -> int:
    """Rows that an import would take now."""
    return sum(counts.get(name, 0) for name in ("ready", "alike_same", "alike_other"))


def cancel_import(
    session: Session, *, actor: Actor, sheet_import: SheetImport, now: datetime
) -> None:
    """Drop the workbook and its rows; what was imported stays. Raises ImportMoved."""
    lock_import(session, sheet_import)
    task = session.get(Task, sheet_import.task_id) if sheet_import.task_id else None
    if sheet_import.state is S.IMPORTING:
        raise ImportMoved
    since = (S.UPLOADED, S.CHECKING, S.CHECKED, S.DONE)
    was_imported = sheet_import.imported_at is not None
    sheet_import.move(S.FORGOTTEN if was_imported else S.CANCELLED, since=since)
    if task is not None and task.is_open:
        task.cancel(now=now)
    forget(session, [sheet_import])
    tell(session, actor, sheet_import, "cancelled", now)
    session.flush()


def forget_imports(session: Session, now: datetime) -> None:
    """Delete what was kept for as long as the data say: workbooks and rows."""
    old = (
        select(SheetImport)
        .where(SheetImport.created_at <= now - kept_for("imports"))
        .where(SheetImport.state.not_in((S.CANCELLED, S.FORGOTTEN)))
        .order_by(SheetImport.created_at)
        .limit(_AT_ONCE)
        .with_for_update(of=SheetImport, skip_locked=True, key_share=True)
    )
    found = list(session.scalars(old))
    for sheet_import in found:
        sheet_import.state = S.FORGOTTEN
    forget(session, found)


def forget(session: Session, imports: Iterable[SheetImport]) -> None:
    """The rows, the workbook and what was read of it; the counts stay."""
    imports = list(imports)
    for one in imports:
        one.file_name = None
    forget_workbooks(session, imports)
    session.execute(delete(ImportRow).where(ImportRow.import_id.in_([one.id for one in imports])))


def forget_workbooks(session: Session, imports: Iterable[SheetImport]) -> None:
    """All but the rows."""
    imports = list(imports)
    files = [one.file_id for one in imports if one.file_id is not None]
    for one in imports:
        one.file_id = one.outline = one.choices = None
    session.flush()
    session.execute(delete(FileChunk).where(FileChunk.file_id.in_(files)))
    session.execute(delete(StoredFile).where(StoredFile.id.in_(files)))


def lock_import(session: Session, sheet_import: SheetImport) -> None:
    """Take the row's lock and read it anew; work that ended without an end goes back a step."""
    session.refresh(sheet_import, with_for_update={"of": SheetImport, "key_share": True})
    task = session.get(Task, sheet_import.task_id) if sheet_import.task_id else None
    sheet_import.state = standing(sheet_import, task)


def standing(sheet_import: SheetImport, task: Task | None) -> ImportState:
    """Where an import stands; one whose work failed stands where it stood before."""
    if not sheet_import.is_at_work or (task is not None and task.is_open):
        return sheet_import.state
    if sheet_import.state is S.CHECKING:
        return S.UPLOADED
    return S.DONE if sheet_import.imported_at else S.CHECKED


def count_rows(session: Session, sheet_import: SheetImport) -> None:
    """Count the rows by state and decision into `counts`; what was imported stays in it."""
    session.flush()
    rows = session.execute(
        select(ImportRow.state, ImportRow.decision, func.count())
        .where(ImportRow.import_id == sheet_import.id)
        .group_by(ImportRow.state, ImportRow.decision)
    )
    counts = {k: n for k, n in sheet_import.counts.items() if k.startswith("imported")}
    for state, decision, count in rows:
        name = f"{state}_{decision}" if decision else str(state)
        counts[name] = counts.get(name, 0) + count
    sheet_import.counts = counts


def tell(
    session: Session,
    actor: Actor,
    sheet_import: SheetImport,
    step: str,
    now: datetime,
    **facts: object,
) -> None:
    """The log: a step of an import, with counts."""
    record(
        session,
        actor,
        AuditAction.IMPORT_CHANGED,
        at=now,
        subject_id=sheet_import.id,
        data={"step": step, "unit_id": sheet_import.unit_id, **facts},
    )


def _ask(
    session: Session, actor: Actor, sheet_import: SheetImport, kind: str, step: str, now: datetime
) -> Task:
    payload = {"import_id": str(sheet_import.id)}
    task = ask(session, kind, user_id=actor.id, payload=payload, now=now)
    sheet_import.task_id = task.id
    tell(session, actor, sheet_import, step, now, task=task.id)
    session.flush()
    return task
