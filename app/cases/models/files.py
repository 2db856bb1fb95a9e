"""Documents of a case: whose they are, what they show, who may open them."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.permissions import Section
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow
from app.documents.models import StoredFile


class FileRemoved(DomainError):
    message = _l("Tài liệu này đã được gỡ khỏi hồ sơ.")


class CaseFile(SealedRow, Base):
    """A document in a case. `kind` is a code of `file_kinds`; `section` decides who may open it.

    `subject_id` is what it belongs to, for one the decision whose signed copy it is. A document
    that was taken out is no longer shown; its content stays until the child's data are erased.
    """

    __tablename__ = "case_files"
    __table_args__ = (Index("ix_case_files_case", "case_id", "happened_at", "id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_files.id"))
    file: Mapped[StoredFile] = relationship(lazy="raise")
    kind: Mapped[str]
    section: Mapped[Section]
    subject_id: Mapped[uuid.UUID | None]
    title_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    title = Sealed()
    happened_at: Mapped[datetime]  # when the photo was taken, the paper signed
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()

    def remove(self, *, by: uuid.UUID, reason: str, now: datetime) -> None:
        """Raises FileRemoved the second time."""
        if self.removed_at is not None:
            raise FileRemoved
        self.removed_at, self.removed_by, self.reason = now, by, reason
