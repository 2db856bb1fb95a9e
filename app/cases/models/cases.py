"""The case, who may see it and why, and its timeline."""

import uuid
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.enums import (
    ENDED,
    PATH,
    RISK_RANK,
    CaseState,
    Category,
    EventKind,
    Outcome,
    RiskLevel,
)
from app.cases.models.reports import Report
from app.core.db import Base
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.sealed import Sealed, SealedRow
from app.people.models import Child


class CaseEnded(DomainError):
    message = _l("Hồ sơ này đã kết thúc, không ghi thêm được.")


class NotClosed(DomainError):
    message = _l("Hồ sơ này chưa đóng.")


class NotRoutedYet(DomainError):
    message = _l("Tin báo này chưa được chuyển về xã, phường nào.")


class CaseNumber(Base):
    """The last number given in a year."""

    __tablename__ = "case_numbers"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Case(Base):
    """One child's file, opened by a report. `unit_id` is None until the report is routed."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_work", "is_ended", "risk_rank", "last_event_at", "id"),
        Index("ix_cases_unit_work", "unit_id", "is_ended", "risk_rank", "last_event_at", "id"),
        Index("ix_cases_opened", "opened_at", "id"),
        Index("ix_cases_unopened", "report_id", postgresql_where="first_opened_at IS NULL"),
        Index(
            "ix_cases_visits",
            "unit_id",
            "next_visit_at",
            postgresql_where="NOT is_ended AND next_visit_at IS NOT NULL",
        ),
        Index("ix_cases_abuse", "abuse_forms", postgresql_using="gin"),
        Index("ix_cases_checks", "unit_id", "check_on", postgresql_where="check_on IS NOT NULL"),
        Index("ix_cases_previous", "previous_id", postgresql_where="previous_id IS NOT NULL"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"), index=True)
    child: Mapped[Child] = relationship(lazy="raise")
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    report: Mapped[Report] = relationship(lazy="raise")
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    unit: Mapped[Unit | None] = relationship(lazy="raise")
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    owner: Mapped[User | None] = relationship(lazy="raise")
    commune_code: Mapped[str | None] = mapped_column(index=True)
    category: Mapped[Category]
    abuse_forms: Mapped[list[str]]
    state: Mapped[CaseState] = mapped_column(default=CaseState.RECEIVED)
    is_ended: Mapped[bool] = mapped_column(Boolean, default=False)
    risk_level: Mapped[RiskLevel | None]
    risk_rank: Mapped[int] = mapped_column(SmallInteger, default=RISK_RANK[None])
    is_emergency: Mapped[bool] = mapped_column(default=False)
    do_not_contact: Mapped[bool] = mapped_column(default=False)  # the caregiver is suspected
    age_at_report: Mapped[int | None] = mapped_column(SmallInteger)
    # where the days of birth and of the event are known exactly: services/event_ages.py
    age_at_event: Mapped[int | None] = mapped_column(SmallInteger)
    opened_at: Mapped[datetime]  # = the report's received_at
    first_opened_at: Mapped[datetime | None]  # when the commune first opened the file
    last_event_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    cycle: Mapped[int] = mapped_column(SmallInteger, default=1)  # of the plan
    previous_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))  # reopened
    next_visit_at: Mapped[datetime | None]  # when the next follow-up visit is due
    check_on: Mapped[date | None]  # after closing: the day to look again
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def require_open(self) -> None:
        """Raises CaseEnded or NotRoutedYet where nothing more may be recorded."""
        if self.is_ended:
            raise CaseEnded
        if self.unit_id is None:
            raise NotRoutedYet

    def require_closed(self) -> None:
        """Raises NotClosed for a case that runs, and for one that ended otherwise."""
        if self.state is not CaseState.CLOSED:
            raise NotClosed

    def verify(self, outcome: Outcome, *, now: datetime) -> None:
        self.require_open()
        if outcome is Outcome.CONFIRMED:
            if self.state is CaseState.RECEIVED:
                self.state = CaseState.VERIFYING
            return
        self.state, self.is_ended, self.ended_at = CaseState(outcome.value), True, now

    def assess(self, level: RiskLevel, *, is_emergency: bool) -> None:
        self.require_open()
        self.advance(CaseState.INITIAL_ASSESSED)
        self.set_risk(level)
        self.is_emergency = is_emergency

    def advance(self, state: CaseState) -> None:
        """Go on to a later step of the legal path; a step that is behind changes nothing.

        Raises CaseEnded or NotRoutedYet.
        """
        self.require_open()
        if PATH.index(state) > PATH.index(self.state):
            self.state = state

    def take_back_plan(self) -> None:
        """The plan was returned, or edited after its approval: it is being drafted again."""
        self.require_open()
        self.state = CaseState.PLAN_DRAFTED

    def take_back_closing(self) -> None:
        """The Chair does not agree to close: the work goes on."""
        self.require_open()
        self.state = CaseState.IN_PROGRESS

    def start_cycle(self) -> None:
        """A new plan cycle (Decree 56/2017, art. 30 cl. 1 c): drafting and approval again."""
        self.require_open()
        self.cycle += 1
        self.state = CaseState.NEEDS_MEETING

    def move(self, unit_id: uuid.UUID, owner_id: uuid.UUID, commune_code: str | None) -> None:
        """Another unit answers for the case from now on, with somebody responsible."""
        self.require_open()
        self.unit_id, self.owner_id, self.commune_code = unit_id, owner_id, commune_code

    def leave_province(self, *, now: datetime) -> None:
        """A body outside the province has taken it over."""
        self.require_open()
        self.state, self.is_ended, self.ended_at = CaseState.TRANSFERRED, True, now
        self.next_visit_at = None

    def close(self, *, now: datetime) -> None:
        """After a review that found both conditions true, and the Chair's confirmation."""
        self.require_open()
        self.state, self.is_ended, self.ended_at = CaseState.CLOSED, True, now
        self.next_visit_at = None

    def set_risk(self, level: RiskLevel) -> None:
        self.risk_level, self.risk_rank = level, RISK_RANK[level]

    @property
    def has_ended_state(self) -> bool:
        return self.state in ENDED


class CaseEvent(SealedRow, Base):
    """One entry of the timeline. `facts` holds codes, counts and ids; words are sealed in `note`.

    `lane` is the unit kind under which it is drawn, `section` decides who may read it.
    """

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_case", "case_id", "happened_at", "id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[EventKind]
    section: Mapped[Section]
    lane: Mapped[str]
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    subject_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed()
    # the note repeats what the report tells: opened by the section of that (app.cases.account)
    tells_account: Mapped[bool] = mapped_column(default=False)
