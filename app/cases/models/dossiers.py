"""The complete dossier of a case as one PDF: who asked for it and why, and the file for one day."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models.cases import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow
from app.reference.retention import kept_for


class DossierGone(DomainError):
    status = 410
    message = _l("Bản hồ sơ này đã hết thời gian giữ nên không còn nữa. Hãy lập bản mới.")


class Dossier(SealedRow, Base):
    """One dossier that was asked for. Its id is that of the task that makes it.

    `file_id` is there from when it is made until it is a day old; the row itself stays, because it
    says why the dossier was wanted.
    """

    __tablename__ = "dossiers"
    __table_args__ = (
        Index("ix_dossiers_case", "case_id"),
        Index("ix_dossiers_kept", "made_at", postgresql_where="file_id IS NOT NULL"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case] = relationship(lazy="raise")
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    ordered_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_files.id"))

    def require_kept(self, now: datetime) -> uuid.UUID:
        """The file. Raises DossierGone."""
        if (
            self.file_id is None
            or self.made_at is None
            or self.made_at <= now - kept_for("dossiers")
        ):
            raise DossierGone
        return self.file_id
