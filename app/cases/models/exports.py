"""Exports of lists of children: who asked and why, who agreed, and the file for a set time."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.models import Role
from app.cases.exporting import rules
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow


class ExportState(StrEnum):
    ASKED = "asked"  # waits for a second person
    AGREED = "agreed"
    REFUSED = "refused"


class ExportGone(DomainError):
    status = 410
    message = _l("Bản xuất này đã hết hạn giữ nên tệp đã được xóa. Hãy xuất lại.")


class ExportNotMade(DomainError):
    message = _l("Tệp chưa được làm xong. Hãy tải lại trang.")


class ExportUnlocked(DomainError):
    message = _l("Hãy đặt mật khẩu của tệp trước, rồi tải tệp.")


class ExportClosed(DomainError):
    message = _l("Có trẻ em trong tệp mà nay bạn không còn được xem hồ sơ. Hãy xuất lại.")


class ExportDecided(DomainError):
    message = _l("Đề nghị này đã có người trả lời. Tải lại trang để xem.")


class ExportLapsed(DomainError):
    message = _l("Đề nghị này để quá lâu không ai trả lời nên đã hết hiệu lực. Hãy đề nghị lại.")


class OwnExport(DomainError):
    message = _l("Người đề nghị không được tự duyệt. Cần một người khác duyệt.")


class Export(SealedRow, Base):
    """One export. Its words are sealed under the key of the person who asked.

    `unit_id`, `role`: what that person was when asking; whoever is something else by now gets
    nothing. `rows`, `children`: how long the list was when it was asked for, then when it was
    agreed to. `sections`: what the list of this person depends on. `case_ids`: the cases in the
    file. The file is sealed under a key of its own, which is destroyed with it.
    """

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_by", "by_id", "id"),
        Index("ix_exports_waiting", "asked_at", postgresql_where="state = 'asked'"),
        Index("ix_exports_kept", "made_at", postgresql_where="file_id IS NOT NULL"),
    )

    serial: Mapped[int] = mapped_column(Identity(), unique=True)
    kind: Mapped[str]
    query: Mapped[str]
    sections: Mapped[list[str]]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    role: Mapped[Role]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    rows: Mapped[int]
    children: Mapped[int]
    asked_at: Mapped[datetime]
    state: Mapped[ExportState]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tasks.id"))
    case_ids: Mapped[list[str]] = mapped_column(default=list)
    made_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]  # when the last password was made
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_files.id"))

    @property
    def number(self) -> str:
        return f"XUAT-{self.serial:06d}"

    def is_waiting(self, now: datetime) -> bool:
        return self.state is ExportState.ASKED and not self.is_lapsed(now)

    def is_lapsed(self, now: datetime) -> bool:
        return self.state is ExportState.ASKED and self.asked_at <= now - rules().answered_within

    def is_kept(self, now: datetime) -> bool:
        made = self.made_at
        return self.file_id is not None and made is not None and made > now - rules().kept

    def require_waiting(self, by_id: uuid.UUID, now: datetime) -> None:
        """Raises OwnExport, ExportDecided, ExportLapsed."""
        if by_id == self.by_id:
            raise OwnExport
        if self.state is not ExportState.ASKED:
            raise ExportDecided
        if self.is_lapsed(now):
            raise ExportLapsed

    def decide(self, state: ExportState, *, by_id: uuid.UUID, now: datetime) -> None:
        """By a second person. Raises OwnExport, ExportDecided, ExportLapsed."""
        self.require_waiting(by_id, now)
        self.state, self.decided_by, self.decided_at = state, by_id, now

    def require_file(self, now: datetime) -> uuid.UUID:
        """Raises ExportNotMade, ExportGone."""
        if self.made_at is None:
            raise ExportNotMade
        if self.file_id is None or not self.is_kept(now):
            raise ExportGone
        return self.file_id

    def require_locked(self, now: datetime) -> uuid.UUID:
        """The file with its password. Raises ExportNotMade, ExportGone, ExportUnlocked."""
        file_id = self.require_file(now)
        if self.locked_at is None:
            raise ExportUnlocked
        return file_id
