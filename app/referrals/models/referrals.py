"""One request of a case, and the referral to each agency with its states and clocks."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core.db import Base
from app.core.ids import new_id
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow
from app.referrals.enums import (
    OPEN,
    RUNNING,
    SENT_STAGES,
    STAGES,
    UNANSWERED,
    RecallReason,
    ReferralKind,
    ReferralState,
    SentStage,
    Stage,
    Urgency,
)
from app.referrals.errors import (
    DisputePending,
    ReferralChanged,
    ReferralLapsed,
    ReferralRecalled,
)
from app.referrals.models.consents import Consent

PREFIX = "CG"
UNMET = frozenset({"partly", "not_met"})  # of referral_outcomes: the child needs more
NO_CONTACT = "do_not_contact"  # of safety_alerts


def with_no_contact(alerts: Sequence[str], is_forbidden: bool) -> list[str]:
    """These alerts, and the one that no receiver may miss, however late it became known."""
    return sorted({*alerts, NO_CONTACT}) if is_forbidden else list(alerts)


def asks(state: ReferralState, sent_stage: SentStage) -> bool:
    """Who helps already may ask too, and goes on meanwhile: only the sender's tab tells it."""
    return state is ReferralState.INFO_NEEDED or (state in RUNNING and sent_stage is SentStage.ACT)


class ReferralRequest(Base):
    """What was asked for a child in one go; a referral to each agency belongs to it."""

    __tablename__ = "referral_requests"
    __table_args__ = (Index("ix_referral_requests_case", "case_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case] = relationship(lazy="raise")
    package: Mapped[str | None]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Referral(SealedRow, Base):
    """One need of a child, put to one unit (`to_unit_id`), or to a body without an account
    (`to_body`). In clear: codes, times, age, sex and commune; words are sealed under the child's
    key.

    `stage`, `sent_stage`, `due_at` follow from the state: the tab on each side, and when the next
    step is due. `access_id` is the row that opens the packet. `sections` is what was granted.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_inbox", "to_unit_id", "stage", "due_at", "id"),
        Index("ix_referrals_sent", "from_unit_id", "sent_stage", "due_at", "id"),
        Index("ix_referrals_case", "case_id", "id"),
        Index("ix_referrals_request", "request_id", "id"),
        Index("ix_referrals_officer", "officer_id", "stage", "due_at", "id"),
        Index(
            "ix_referrals_unassigned",
            "to_unit_id",
            "stage",
            "due_at",
            "id",
            postgresql_where="officer_id IS NULL",
        ),
        Index("ix_referrals_news", "to_unit_id", "sent_at"),
        Index("ix_referrals_area", "sent_stage", "due_at", "id"),
        Index("ix_referrals_sent_at", "sent_at", postgresql_where="sent_at IS NOT NULL"),
        Index("ix_referrals_silence", "tell_at", postgresql_where="tell_at IS NOT NULL"),
        Index("ix_referrals_consent", "consent_id", postgresql_where="consent_id IS NOT NULL"),
        Index("uq_referrals_previous", "previous_id", unique=True),
    )

    serial: Mapped[int] = mapped_column(Identity(), unique=True)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral_requests.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    case: Mapped[Case] = relationship(lazy="raise")
    kind: Mapped[ReferralKind] = mapped_column(default=ReferralKind.SERVICE)
    rules_version: Mapped[int] = mapped_column(SmallInteger)
    service: Mapped[str]  # of the rules' services
    urgency: Mapped[Urgency]
    state: Mapped[ReferralState] = mapped_column(default=ReferralState.DRAFT)
    stage: Mapped[Stage] = mapped_column(default=Stage.NONE)
    sent_stage: Mapped[SentStage] = mapped_column(default=SentStage.DRAFT)
    # the two sides
    from_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    from_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=[from_unit_id])
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User] = relationship(lazy="raise", foreign_keys=[by_id])
    to_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    to_unit: Mapped[Unit | None] = relationship(lazy="raise", foreign_keys=[to_unit_id])
    to_body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    to_body = Sealed(NAME_BLOCK)
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    officer: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[officer_id])
    activity_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("plan_activities.id", ondelete="SET NULL"), index=True
    )
    previous_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    # what is seen before the answer
    age: Mapped[int | None] = mapped_column(SmallInteger)
    sex: Mapped[str]
    commune_code: Mapped[str | None]
    alerts: Mapped[list[str]] = mapped_column(default=list)  # of safety_alerts
    # the packet
    sections: Mapped[list[str]] = mapped_column(default=list)
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()  # what is asked of the unit, and why
    ground: Mapped[str | None]  # of referral_grounds
    ground_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ground_reason = Sealed()
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consents.id"))
    consent: Mapped[Consent | None] = relationship(lazy="raise")
    tells_others: Mapped[bool] = mapped_column(default=False)  # that other agencies are involved
    access_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_access.id"))
    # when, and the clocks
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # a question of the receiver, until its own next step
    answered_at: Mapped[datetime | None]  # accepted or declined
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    contacted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    accept_due_at: Mapped[datetime | None]
    contact_due_at: Mapped[datetime | None]
    outcome_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # of the step that is next
    expires_at: Mapped[datetime | None]  # unanswered until then
    told_level: Mapped[int] = mapped_column(SmallInteger, default=0)  # 1 officer, 2 lead, 3 above
    tell_at: Mapped[datetime | None]  # when the next one is told, or it expires unanswered
    # what came of it
    decline_code: Mapped[str | None]
    suggested_kind: Mapped[UnitKind | None]  # “not ours”: whose it is
    outcome_code: Mapped[str | None]
    recall_reason: Mapped[RecallReason | None]
    is_disputed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def number(self) -> str:
        """CG-2026-000123: on slips, in mails and lists; says nothing of the child."""
        return self.numbered(self.created_at, self.serial)

    @staticmethod
    def numbered(created_at: datetime, serial: int) -> str:
        """The number of a referral that was read by columns."""
        return f"{PREFIX}-{created_at.year}-{serial:06d}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def may_be_sent_on(self) -> bool:
        """The need may still go to another unit: nobody took it, or it was not wholly met."""
        is_left = self.state in UNANSWERED or self.state in (
            ReferralState.DECLINED,
            ReferralState.EXPIRED,
        )
        is_unmet = self.state is ReferralState.COMPLETED and self.outcome_code in UNMET
        return (is_left or is_unmet) and self.sent_stage is not SentStage.DONE

    @property
    def is_asked(self) -> bool:
        """A question of the receiver waits for the sender."""
        return asks(self.state, self.sent_stage)

    def alerts_now(self) -> list[str]:
        """What was said at the sending, and that nobody may contact the caregiver as soon as the
        file says so. Comes with its case."""
        return with_no_contact(self.alerts, self.case.do_not_contact)

    def granted(self) -> frozenset[Section]:
        return frozenset(Section(name) for name in self.sections)

    def require_unanswered(self) -> None:
        """Raises ReferralChanged."""
        self._require(UNANSWERED)

    def require_running(self) -> None:
        """Raises ReferralChanged."""
        self._require(RUNNING)

    def send(
        self, *, accept_due_at: datetime, expires_at: datetime, tell_at: datetime, now: datetime
    ) -> None:
        """Raises ReferralChanged."""
        self._require({ReferralState.DRAFT})
        self.sent_at, self.accept_due_at = now, accept_due_at
        self.expires_at, self.tell_at = expires_at, tell_at
        self._become(ReferralState.SENT, now, due_at=accept_due_at)

    def open(self, *, now: datetime) -> bool:
        """The receiving side saw it. True the first time."""
        if self.state is not ReferralState.SENT:
            return False
        self.opened_at = self.opened_at or now
        self._become(ReferralState.OPENED, now, due_at=self.accept_due_at)
        return True

    def ask(self, *, now: datetime) -> None:
        """The receiver needs to know more before it can answer. Raises ReferralChanged."""
        self._require({ReferralState.SENT, ReferralState.OPENED})
        self.opened_at = self.opened_at or now
        self.asked_at, self.tell_at = now, self.expires_at
        self._become(ReferralState.INFO_NEEDED, now, due_at=self.accept_due_at)

    def inquire(self, *, now: datetime) -> None:
        """The receiver, who helps already, needs to know more; no clock stops. Raises
        ReferralChanged."""
        self.require_running()
        self.asked_at = self.changed_at = now
        self.sent_stage = SentStage.ACT

    def reply(self, *, now: datetime) -> None:
        """The sender has answered: a receiver that waited gets back the time on its clock.

        Raises ReferralChanged.
        """
        if self.is_running and self.is_asked:
            self.sent_stage, self.changed_at = SENT_STAGES[self.state], now
            return
        self._require({ReferralState.INFO_NEEDED})
        waited = now - self.asked_at if self.asked_at else timedelta()
        for clock in ("accept_due_at", "expires_at"):
            if (before := getattr(self, clock)) is not None:
                setattr(self, clock, before + waited)
        self._become(ReferralState.OPENED, now, due_at=self.accept_due_at)

    def accept(
        self, *, by: uuid.UUID | None, contact_due_at: datetime, access_id: uuid.UUID, now: datetime
    ) -> None:
        """`by` is None for a body without an account. Raises ReferralChanged."""
        self._require(UNANSWERED)
        self._answer(by, now)
        self.contact_due_at, self.access_id = contact_due_at, access_id
        self.officer_id = self.officer_id or by
        self._become(ReferralState.ACCEPTED, now, due_at=contact_due_at)

    def decline(
        self, code: str, *, suggested: UnitKind | None, by: uuid.UUID | None, now: datetime
    ) -> None:
        """Raises ReferralChanged."""
        self._require(UNANSWERED)
        self._answer(by, now)
        self.decline_code, self.suggested_kind = code, suggested
        self._end(ReferralState.DECLINED, now)

    def contact(self, *, happened_at: datetime, outcome_due_at: datetime, now: datetime) -> None:
        """The first contact with the child. Raises ReferralChanged."""
        self._require({ReferralState.ACCEPTED})
        self.contacted_at, self.outcome_due_at = happened_at, outcome_due_at
        self._become(ReferralState.IN_SERVICE, now, due_at=outcome_due_at)

    def deliver(self, *, happened_at: datetime, now: datetime) -> None:
        """A service was given; there may be several. Raises ReferralChanged."""
        self._require({ReferralState.IN_SERVICE, ReferralState.DELIVERED})
        self.delivered_at = self.delivered_at or happened_at
        self._become(ReferralState.DELIVERED, now, due_at=self.outcome_due_at)

    def complete(self, outcome: str, *, now: datetime) -> None:
        """Raises ReferralChanged."""
        self._require(RUNNING)
        self.outcome_code, self.completed_at = outcome, now
        self._end(ReferralState.COMPLETED, now)

    def close(self, *, now: datetime) -> None:
        """The sender has taken note of what came of it. Raises ReferralChanged, DisputePending."""
        self._require({ReferralState.COMPLETED, ReferralState.DECLINED, ReferralState.EXPIRED})
        if self.is_disputed:
            raise DisputePending
        self._become(ReferralState.CLOSED, now, due_at=None)

    def recall(self, reason: RecallReason, *, now: datetime) -> None:
        """The sender takes it back. Raises ReferralChanged."""
        self._require(OPEN)
        self.recall_reason = reason
        self._end(ReferralState.RECALLED, now)

    def expire(self, *, now: datetime) -> None:
        """Nobody answered. Raises ReferralChanged."""
        self._require(UNANSWERED)
        self._end(ReferralState.EXPIRED, now)

    def answer_again(self, *, accept_due_at: datetime, expires_at: datetime, now: datetime) -> None:
        """A supervisor decided that this unit is to answer once more. Raises ReferralChanged."""
        self._require({ReferralState.DECLINED, ReferralState.EXPIRED})
        self.answered_at = self.answered_by = self.decline_code = self.suggested_kind = None
        self.ended_at, self.told_level, self.tell_at = None, 0, accept_due_at
        self.accept_due_at, self.expires_at = accept_due_at, expires_at
        self._become(ReferralState.SENT, now, due_at=accept_due_at)

    def mark_resent(self, *, now: datetime) -> None:
        """The need went to another unit; what is still open here is taken back."""
        if self.is_open:
            self.recall(RecallReason.RESENT, now=now)
        self.stage, self.sent_stage = Stage.DONE, SentStage.DONE
        self.due_at, self.changed_at = None, now

    def dispute(self, *, due_at: datetime, now: datetime) -> None:
        """Both sides wait for a decision. Raises DisputePending, ReferralChanged."""
        if self.is_disputed:
            raise DisputePending
        refused = self.state in {ReferralState.DECLINED, ReferralState.EXPIRED}
        if not refused or self.sent_stage is SentStage.DONE:
            raise ReferralChanged
        self.is_disputed, self.due_at, self.changed_at = True, due_at, now
        self.stage, self.sent_stage = Stage.WAITING, SentStage.WAITING

    def settle(self, *, now: datetime) -> None:
        """It was decided: the sender goes on, unless the need went to another unit meanwhile."""
        self.is_disputed, self.due_at, self.changed_at = False, None, now
        self.stage = STAGES[self.state]
        if self.sent_stage is not SentStage.DONE:
            self.sent_stage = SENT_STAGES[self.state]

    def tell(self, level: int, next_at: datetime | None) -> None:
        """Somebody was told; without a next one it ends at `expires_at`."""
        self.told_level, self.tell_at = level, next_at or self.expires_at

    def _require(self, states: frozenset[ReferralState] | set[ReferralState]) -> None:
        if self.state in states:
            return
        if self.state is ReferralState.RECALLED:
            raise ReferralRecalled
        if self.state is ReferralState.EXPIRED:
            raise ReferralLapsed
        raise ReferralChanged

    def _answer(self, by: uuid.UUID | None, now: datetime) -> None:
        self.opened_at = self.opened_at or now
        self.answered_at, self.answered_by, self.tell_at = now, by, None

    def _end(self, state: ReferralState, now: datetime) -> None:
        self.ended_at, self.tell_at = now, None
        self._become(state, now, due_at=None)

    def _become(self, state: ReferralState, now: datetime, *, due_at: datetime | None) -> None:
        still_asked = self.is_running and self.is_asked and state in RUNNING
        self.state, self.changed_at, self.due_at = state, now, due_at
        self.stage, self.sent_stage = STAGES[state], SENT_STAGES[state]
        if still_asked:
            self.sent_stage = SentStage.ACT
        elif state not in (ReferralState.INFO_NEEDED, ReferralState.OPENED):
            self.asked_at = None
