"""A commune's spreadsheet on its way into the register: the file, what each column is, its rows."""

import uuid
from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class ImportState(StrEnum):
    UPLOADED = "uploaded"  # its columns wait to be chosen
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"  # kept_days are over


class RowState(StrEnum):
    ERROR = "error"
    ALIKE = "alike"  # a child known already may be the same: a person decides
    READY = "ready"
    KNOWN = "known"  # the child is in this group already
    SKIPPED = "skipped"  # no child: a title, a sum


class Decision(StrEnum):
    """About a row in state ALIKE."""

    SAME = "same"  # the group is recorded with the child known already
    OTHER = "other"
    LEAVE = "leave"


class ImportMoved(DomainError):
    """The import is not where this step begins: a second click, or somebody else."""

    message = _l("Lần nhập này đã sang bước khác. Hãy tải lại trang để xem.")


class NothingToImport(DomainError):
    message = _l("Chưa có dòng nào nhập được.")


class SheetChoices(BaseModel):
    """What was chosen for the workbook: sheet and heading by number, the field of each column."""

    sheet: int = 0
    heading: int = 1
    columns: dict[int, str] = {}
    since: date | None = None
    group: str = ""


class SheetImport(SealedRow, Base):
    """`outline` (documents.read_workbook.Outline) and `choices` (SheetChoices) are JSON texts.
    `counts` are rows by state and decision as last counted, and what was imported in all."""

    __tablename__ = "sheet_imports"
    __table_args__ = (Index("ix_sheet_imports_unit", "unit_id", "id"),)

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    commune_code: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    file_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_name = Sealed(NAME_BLOCK)
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    outline_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outline = Sealed(is_words=False)
    choices_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    choices = Sealed(is_words=False)
    task_id: Mapped[uuid.UUID | None]
    fault: Mapped[str | None]  # documents.examine.Fault: why the sheet could not be read
    counts: Mapped[dict[str, Any]]
    checked_at: Mapped[datetime | None]
    imported_at: Mapped[datetime | None]

    @property
    def chosen(self) -> SheetChoices:
        return SheetChoices.model_validate_json(self.choices) if self.choices else SheetChoices()

    @property
    def is_kept(self) -> bool:
        """Are its rows still here?"""
        return self.state not in (ImportState.CANCELLED, ImportState.FORGOTTEN)

    @property
    def is_at_work(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING)

    def move(self, to: ImportState, *, since: Collection[ImportState]) -> None:
        """Raises ImportMoved unless it stands at one of `since`; for a locked row."""
        if self.state not in since:
            raise ImportMoved
        self.state = to


class ImportRow(SealedRow, Base):
    """One row of the sheet, under the import's key; `content` is a SheetRow (register/sheets).

    `child_id`: the child it is, where it is known without doubt or was decided; a group is added to
    it under `case_id`.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_number", "import_id", "number", unique=True),
        Index("ix_import_rows_state", "import_id", "state", "number"),
    )

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sheet_imports.id"))
    number: Mapped[int]  # as Excel counts
    state: Mapped[RowState]
    decision: Mapped[Decision | None]
    child_id: Mapped[uuid.UUID | None]
    case_id: Mapped[uuid.UUID | None]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content = Sealed(is_words=False)


class RememberedColumn(Base):
    """What a unit chose for a heading. The heading is a keyed hash: it may have been a name."""

    __tablename__ = "import_columns"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    heading: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    field: Mapped[str]
    chosen_at: Mapped[datetime]
