"""The needs meeting (Decree 56/2017, art. 27 cl. 2): who was there, what was said and decided."""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class ConferenceHeld(DomainError):
    message = _l("Biên bản của cuộc họp này đã lập, không chuyển lại thành lịch họp được.")


class ActionAnswered(DomainError):
    message = _l("Việc này đã được ghi là xong.")


class CaseConference(SealedRow, Base):
    """A meeting: called (with invitations and what agencies say before it), then held.

    The minutes are a mandatory part of the dossier (art. 28 cl. 2).
    """

    __tablename__ = "case_conferences"
    __table_args__ = (Index("ix_case_conferences_case", "case_id", "happened_at"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    cycle: Mapped[int] = mapped_column(SmallInteger)
    happened_at: Mapped[datetime]  # when it is called for, or was held
    held_at: Mapped[datetime | None]  # when the minutes were first recorded; None: only called
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place = Sealed()
    situation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    situation = Sealed()  # what was presented
    child_view_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    child_view = Sealed()
    child_represented_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    child_represented_by = Sealed(NAME_BLOCK)
    family_view_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    family_view = Sealed()
    decisions_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decisions = Sealed()
    dissent_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    dissent = Sealed()
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    typed_at: Mapped[datetime]
    people: Mapped[list["ConferencePerson"]] = relationship(
        lazy="raise", order_by="ConferencePerson.position", cascade="all, delete-orphan"
    )
    actions: Mapped[list["ConferenceAction"]] = relationship(
        lazy="raise", order_by="ConferenceAction.position", cascade="all, delete-orphan"
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    def hold(self, *, is_held: bool, now: datetime) -> None:
        """The minutes are there. Raises ConferenceHeld for a meeting that would be undone."""
        if self.is_held and not is_held:
            raise ConferenceHeld
        if is_held and self.held_at is None:
            self.held_at = now


class ConferencePerson(SealedRow, Base):
    """Somebody invited: in which capacity (code list `conference_roles`), from where, whether
    there, and what their agency said before the meeting."""

    __tablename__ = "conference_people"

    conference_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("case_conferences.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    role: Mapped[str]
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed(NAME_BLOCK)
    agency_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    agency = Sealed(NAME_BLOCK)
    is_present: Mapped[bool] = mapped_column(default=False)
    input_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    input = Sealed()


class ConferenceAction(SealedRow, Base):
    """Something to do that the meeting gave to a unit and a person, until a day."""

    __tablename__ = "conference_actions"

    conference_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("case_conferences.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    what_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    what = Sealed()
    unit_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    unit = Sealed(NAME_BLOCK)
    owner_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    owner = Sealed(NAME_BLOCK)
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))

    def finish(self, *, by: uuid.UUID, now: datetime) -> None:
        """Raises ActionAnswered the second time."""
        if self.done_at is not None:
            raise ActionAnswered
        self.done_at, self.done_by = now, by
