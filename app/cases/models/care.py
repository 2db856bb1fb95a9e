"""Temporary separation (Mẫu số 07), substitute care, and the shelter's address in a compartment."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import DomainError
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class SeparationState(StrEnum):
    PROPOSED = "proposed"
    DECIDED = "decided"  # it runs until it is ended or cancelled, whatever its end says
    REFUSED = "refused"
    ENDED = "ended"
    CANCELLED = "cancelled"  # parents or caregiver are assessed as safe (art. 32)


class CareState(StrEnum):
    PROPOSED = "proposed"
    DECIDED = "decided"  # waits for the hand-over of the child
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    ENDED = "ended"


class ProposalAnswered(DomainError):
    """The second to decide is told who was faster."""

    message: LazyString | str = _l("Đề nghị này đã được trả lời.")

    def __init__(self, by: str | None = None, at: str | None = None) -> None:
        super().__init__()
        if by:
            self.message = _l("Đề nghị này đã được trả lời bởi %(by)s, lúc %(at)s.", by=by, at=at)


class OwnProposal(DomainError):
    status = 403
    message = _l("Người lập đề nghị không được tự quyết định. Cần một người khác quyết định.")


class SeparationNotRunning(DomainError):
    message: LazyString | str = _l("Lần cách ly này không còn thực hiện.")

    def __init__(self, by: str | None = None, at: str | None = None) -> None:
        super().__init__()
        if by:
            self.message = _l("Lần cách ly này đã kết thúc: %(by)s ghi lúc %(at)s.", by=by, at=at)


class SeparationRuns(DomainError):
    message = _l("Hồ sơ đang có một lần tạm thời cách ly. Hãy kết thúc lần đó trước.")


class CareRuns(DomainError):
    message = _l("Trẻ em đang được chăm sóc thay thế. Hãy chấm dứt lần đó trước.")


class ProposalWaits(DomainError):
    message = _l("Hồ sơ đã có một đề nghị đang chờ Chủ tịch trả lời.")


class AlreadyHandedOver(DomainError):
    message = _l("Việc giao, nhận trẻ em đã được ghi.")


class CareNotRunning(DomainError):
    message = _l("Lần chăm sóc thay thế này không còn thực hiện.")


class Separation(SealedRow, Base):
    """One temporary separation of a child from parents or caregiver (Decree 56/2017, art. 32).

    `ends_at` is its end as it stands now, `first_ends_at` as it was decided first. The address of
    the place is never here: `ShelterAddress`.
    """

    __tablename__ = "separations"
    __table_args__ = (
        Index("ix_separations_case", "case_id", "started_at"),
        Index(
            "uq_separations_proposed", "case_id", unique=True, postgresql_where="state = 'proposed'"
        ),
        Index(
            "uq_separations_running", "case_id", unique=True, postgresql_where="state = 'decided'"
        ),
        Index("ix_separations_ends", "ends_at", postgresql_where="state = 'decided'"),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    form_version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[SeparationState] = mapped_column(default=SeparationState.PROPOSED)
    reason: Mapped[str]  # code list `separation_reasons`
    carer_ids: Mapped[list[str]] = mapped_column(default=list)
    from_whom_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    from_whom = Sealed()  # in words, as they were known then
    grounds_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    grounds = Sealed()
    place_kind: Mapped[str]  # code list `separation_places`
    place_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    place_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place_name = Sealed(NAME_BLOCK)
    carer_meanwhile_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    carer_meanwhile = Sealed(NAME_BLOCK)
    started_at: Mapped[datetime]
    first_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ordered_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ordered_by = Sealed(NAME_BLOCK)  # the authority that requires more than 15 days
    order_document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    order_document = Sealed(NAME_BLOCK)
    is_longer_ordered: Mapped[bool] = mapped_column(default=False)
    drafted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime]
    is_chair_alone: Mapped[bool] = mapped_column(default=False)  # drafted by who decided, at once
    number: Mapped[str | None]  # of Mẫu số 07: 12/QĐ-UBND
    decision_on: Mapped[date | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]  # code list `separation_ends`
    end_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    end_note = Sealed()
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    end_typed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def answered(
        self, state: SeparationState, *, by: uuid.UUID, answer: str | None, now: datetime
    ) -> None:
        """Raises ProposalAnswered the second time, OwnProposal for who drafted it."""
        if self.state is not SeparationState.PROPOSED:
            raise ProposalAnswered
        if by == self.drafted_by and not self.is_chair_alone:
            raise OwnProposal
        self.state, self.decided_by, self.decided_at, self.answer = state, by, now, answer

    def extend(self, until: datetime) -> None:
        """Raises SeparationNotRunning."""
        self.require_running()
        self.ends_at = until

    def end(
        self, state: SeparationState, *, at: datetime, reason: str, by: uuid.UUID, now: datetime
    ) -> None:
        """Raises SeparationNotRunning."""
        self.require_running()
        self.state, self.ended_at, self.end_reason = state, at, reason
        self.ended_by, self.end_typed_at = by, now

    def require_running(self) -> None:
        if self.state is not SeparationState.DECIDED:
            raise SeparationNotRunning


class SeparationExtension(SealedRow, Base):
    """A later end, decided by the Chair; 15 days in total unless an authority requires longer."""

    __tablename__ = "separation_extensions"

    separation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("separations.id"), index=True)
    until: Mapped[datetime]
    number: Mapped[str | None]
    decision_on: Mapped[date]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    is_longer_ordered: Mapped[bool] = mapped_column(default=False)
    ordered_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ordered_by = Sealed(NAME_BLOCK)
    order_document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    order_document = Sealed(NAME_BLOCK)
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]


class ShelterAddress(SealedRow, Base):
    """Where a child is kept safe: a compartment under a data key of its own, as the informant's.

    Opened only by services/shelter.py.
    """

    __tablename__ = "shelter_addresses"

    separation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("separations.id"), unique=True)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed()
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(32, is_words=False)
    typed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    typed_at: Mapped[datetime]


class CarePlacement(SealedRow, Base):
    """One substitute care (Decree 56/2017, art. 38 to 49): who, by which decision, from hand-over
    to end. `form` is a code of `care_forms`."""

    __tablename__ = "care_placements"
    __table_args__ = (
        Index("ix_care_placements_case", "case_id", "drafted_at"),
        Index(
            "uq_care_placements_proposed",
            "case_id",
            unique=True,
            postgresql_where="state = 'proposed'",
        ),
        Index(
            "uq_care_placements_running",
            "case_id",
            unique=True,
            postgresql_where="state IN ('decided', 'handed_over')",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    form: Mapped[str]
    state: Mapped[CareState] = mapped_column(default=CareState.PROPOSED)
    carer_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    carer_name = Sealed(NAME_BLOCK)
    relation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    relation = Sealed(NAME_BLOCK)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(32, is_words=False)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed()
    grounds_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    grounds = Sealed()
    drafted_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime]
    number: Mapped[str | None]
    decision_on: Mapped[date | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed()
    handover_due_at: Mapped[datetime | None]  # as T_HANDOVER was started
    handed_over_at: Mapped[datetime | None]
    handover_present_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    handover_present = Sealed()
    handover_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    handover_note = Sealed()
    handover_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    handover_typed_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]  # code list `care_ends`
    end_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    end_note = Sealed()
    next_place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    next_place = Sealed()  # where the child goes
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    end_typed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def answered(
        self, state: CareState, *, by: uuid.UUID, answer: str | None, now: datetime
    ) -> None:
        """Raises ProposalAnswered the second time, OwnProposal for who drafted it."""
        if self.state is not CareState.PROPOSED:
            raise ProposalAnswered
        if by == self.drafted_by:
            raise OwnProposal
        self.state, self.decided_by, self.decided_at, self.answer = state, by, now, answer

    def hand_over(self, *, at: datetime, by: uuid.UUID, now: datetime) -> None:
        """Raises AlreadyHandedOver, CareNotRunning."""
        if self.state is CareState.HANDED_OVER:
            raise AlreadyHandedOver
        if self.state is not CareState.DECIDED:
            raise CareNotRunning
        self.state, self.handed_over_at = CareState.HANDED_OVER, at
        self.handover_by, self.handover_typed_at = by, now

    def require_handed_over(self) -> None:
        if self.state is not CareState.HANDED_OVER:
            raise CareNotRunning

    def end(self, *, on: date, reason: str, by: uuid.UUID, now: datetime) -> None:
        """Raises CareNotRunning."""
        if self.state not in (CareState.DECIDED, CareState.HANDED_OVER):
            raise CareNotRunning
        self.state, self.ended_on, self.end_reason = CareState.ENDED, on, reason
        self.ended_by, self.end_typed_at = by, now


class CareVisit(SealedRow, Base):
    """A look at a child in substitute care: is it safe there?"""

    __tablename__ = "care_visits"
    __table_args__ = (Index("ix_care_visits_placement", "placement_id", "happened_at"),)

    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("care_placements.id"))
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    is_safe: Mapped[bool]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
