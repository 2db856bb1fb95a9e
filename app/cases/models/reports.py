"""The report of Mẫu số 01, its informant in a compartment of its own, and its verification."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.account import section_of_account
from app.cases.enums import Category, Outcome
from app.core.db import Base
from app.core.sealed import NAME_BLOCK, Sealed, SealedRow


class Report(SealedRow, Base):
    """What was reported, once, about one or several children (one case each).

    `received_at` (when the information arrived) starts the legal clocks; `typed_at` is when it was
    entered.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_taken", "taken_by_unit_id", "received_at", "id"),
        Index("ix_reports_unrouted", "received_at", postgresql_where="routed_at IS NULL"),
        Index("ix_reports_groups", "sc_groups", postgresql_using="gin"),
        Index("ix_reports_split", "split_from_id", postgresql_where="split_from_id IS NOT NULL"),
        CheckConstraint(
            "account_section = 'sexual_abuse' OR NOT abuse_forms @> '[\"SEXUAL_ABUSE\"]'"
            " AND NOT sc_groups ?| array['SEX_ABUSE', 'SEX_ABUSE.1', 'SEX_ABUSE.2', 'SEX_ABUSE.3',"
            " 'SEX_ABUSE.4', 'SEX_ABUSE.5', 'EXPLOITED.2', 'EXPLOITED.3', 'EXPLOITED.4']",
            name="account_in_its_compartment",
        ),
    )

    form_version: Mapped[int] = mapped_column(SmallInteger)
    category: Mapped[Category]
    channel: Mapped[str]
    doc_no: Mapped[str | None]
    received_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    taken_by_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    taken_by_unit: Mapped[Unit] = relationship(lazy="raise", foreign_keys=taken_by_unit_id)
    received_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    received_by: Mapped[User] = relationship(lazy="raise", foreign_keys=received_by_id)
    event_commune: Mapped[str | None]
    event_place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    event_place = Sealed()
    event_at: Mapped[datetime | None]
    abuse_forms: Mapped[list[str]]
    account_section: Mapped[Section] = mapped_column(default=Section.EVENT)  # app.cases.account
    sc_groups: Mapped[list[str]] = mapped_column(default=list)  # the 14 groups, as far as reported
    abuse_setting: Mapped[str | None]
    perpetrator_relation: Mapped[str | None]
    is_present_danger: Mapped[bool] = mapped_column(default=False)
    is_caregiver_suspected: Mapped[bool] = mapped_column(default=False)
    child_condition_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    child_condition = Sealed()
    likely_consequence_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    likely_consequence = Sealed()
    family_context_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    family_context = Sealed()
    current_caregiver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    current_caregiver = Sealed()
    child_location_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    child_location = Sealed()
    prior_actions_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    prior_actions = Sealed()
    routed_at: Mapped[datetime | None]
    routed_to_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    # the codes of a report for the case of a child that was erased, where siblings keep the report
    split_from_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"))
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @validates("abuse_forms", "sc_groups", "account_section")
    def _decide_account(self, name: str, value: Any) -> Any:
        """The compartment follows forms and groups, and opens for nobody who sets it by hand."""
        named = {"abuse_forms": self.abuse_forms or (), "sc_groups": self.sc_groups or ()}
        if name == "account_section":
            return section_of_account(*named.values(), before=value)
        self.account_section = section_of_account(
            *{**named, name: value or ()}.values(), before=self.account_section
        )
        return value


class Informant(SealedRow, Base):
    """Who reported, only with consent, under a data key of its own (Decree 56/2017, art. 25)."""

    __tablename__ = "informants"

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reports.id"), unique=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed(NAME_BLOCK)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(32, is_words=False)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed()
    notes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    notes = Sealed()


class Verification(SealedRow, Base):
    """What the check of a report found (Decree 56/2017, art. 25.2)."""

    __tablename__ = "verifications"
    __table_args__ = (
        Index(
            "ix_verifications_duplicate",
            "duplicate_of_id",
            postgresql_where="duplicate_of_id IS NOT NULL",
        ),
    )

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    outcome: Mapped[Outcome]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed()
    duplicate_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    happened_at: Mapped[datetime]
    typed_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
