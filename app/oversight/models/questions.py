"""“Why did you open this file?”: of the weekly sample, or asked by a supervisor."""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import User
from app.cases.models import Case
from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import Sealed, SealedRow


class QuestionAnswered(DomainError):
    message = _l("Câu hỏi này đã được trả lời rồi.")


class QuestionSeen(DomainError):
    message = _l("Người khác vừa ghi đã xem. Tải lại trang để xem.")


class NobodyToAsk(DomainError):
    message = _l("Mục này không về một người nào để hỏi.")


class ReadingQuestion(SealedRow, Base):
    """Of one person about one file on one day; about the day as a whole where `case_id` is None.

    `week`: the Monday of the sampled week. `asked_by`: the supervisor who asked, None for the
    sample. The words of the answer are sealed under the child's key, without a file under the
    person's own.
    """

    __tablename__ = "reading_questions"
    __table_args__ = (
        Index(
            "uq_reading_questions_week",
            "week",
            "user_id",
            "case_id",
            unique=True,
            postgresql_where="week IS NOT NULL",
        ),
        Index("uq_reading_questions_finding", "finding_id", unique=True),
        Index("ix_reading_questions_own", "user_id", "due_at"),
        Index("ix_reading_questions_unseen", "due_at", postgresql_where="seen_at IS NULL"),
    )

    week: Mapped[date | None]
    finding_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reading_findings.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="raise", foreign_keys=[user_id])
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case | None] = relationship(lazy="raise")
    read_on: Mapped[date]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer: Mapped[str | None]  # of `reading_answers`
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed()
    answered_at: Mapped[datetime | None]
    seen_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def reply(self, answer: str, words: str | None, *, now: datetime) -> None:
        """Late answers count too. Raises QuestionAnswered the second time."""
        if self.answered_at is not None:
            raise QuestionAnswered
        self.answer, self.words, self.answered_at = answer, words, now

    def see(self, *, by: uuid.UUID, now: datetime) -> None:
        """Raises QuestionSeen the second time."""
        if self.seen_at is not None:
            raise QuestionSeen
        self.seen_by, self.seen_at = by, now
