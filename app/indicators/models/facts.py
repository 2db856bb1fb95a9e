"""Facts: what happened to whom, without who it was. Derived by SQL (services/deriving.py) from the
records, never edited; a rebuild gives the same rows.

`subject` is a keyed hash of the child's id (services/subjects.py): it tells two children apart and
leads to neither. No name, number, day of birth or word of anybody is here. What became known when
(`recorded_at`, …) makes it possible to count as of an earlier day.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class FactChange(Base):
    """A child of which something changed since its facts were derived; filled by triggers."""

    __tablename__ = "fact_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    child_id: Mapped[uuid.UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class FactSubject(Base):
    """One child. Sex `unknown` and a year of birth that is None stay so."""

    __tablename__ = "fact_subjects"

    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sex: Mapped[str]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)


class FactResidence(Base):
    """Where a child lived from the day `since` until before `until`; the times join up."""

    __tablename__ = "fact_residences"
    __table_args__ = (Index("ix_fact_residences_subject", "subject", "since"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    commune: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date]


class FactMembership(Base):
    """A child's time in one group (a code of `sc_groups`, or AT_RISK)."""

    __tablename__ = "fact_memberships"
    __table_args__ = (
        Index("ix_fact_memberships_subject", "subject"),
        Index("ix_fact_memberships_since", "since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    group_code: Mapped[str]
    sub_code: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]  # the first day after
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # when the end was recorded


class FactSupport(Base):
    """Care, support or protection that a child received, on the days from `since` until before
    `until` (None: it goes on). `kind` is a code of `support_kinds`."""

    __tablename__ = "fact_supports"
    __table_args__ = (
        Index("ix_fact_supports_subject", "subject"),
        Index("ix_fact_supports_since", "since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str]  # service, measure, separation, care
    kind: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # when the end was recorded
    struck_at: Mapped[datetime | None]  # it was recorded in error


class FactCase(Base):
    """One case: a child's share in one event. `event` is a keyed hash of the report that tells of
    it, which may be about several children and episodes: setting, relation, commune and day of the
    event are of that report; `event_on` is the day of the event or, unknown, of that report."""

    __tablename__ = "fact_cases"
    __table_args__ = (
        Index("ix_fact_cases_subject", "subject"),
        Index("ix_fact_cases_event_on", "event_on"),
        Index("ix_fact_cases_received_on", "received_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    event: Mapped[bytes] = mapped_column(LargeBinary)
    category: Mapped[str]
    channel: Mapped[str]
    forms: Mapped[list[str]]  # codes of `abuse_forms`
    setting: Mapped[str | None]
    relation: Mapped[str | None]
    commune: Mapped[str | None]  # that answers for the case
    event_commune: Mapped[str | None]
    event_on: Mapped[date]
    is_event_day_known: Mapped[bool]
    age: Mapped[int | None] = mapped_column(SmallInteger)  # at the event, as far as known
    received_on: Mapped[date]
    recorded_at: Mapped[datetime]
    confirmed_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]  # when that was recorded
    refused_at: Mapped[datetime | None]  # not confirmed, a duplicate, out of scope: when recorded
    state: Mapped[str]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class FactClock(Base):
    """One legal clock of a case: kept where it was met by `due_at`."""

    __tablename__ = "fact_clocks"
    __table_args__ = (
        Index("ix_fact_clocks_subject", "subject"),
        Index("ix_fact_clocks_due_on", "rule", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    rule: Mapped[str]
    commune: Mapped[str | None]
    due_on: Mapped[date]  # the day of `due_at` here
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    met_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # when it was recorded that it is met or void
    is_void: Mapped[bool]


class FactReferral(Base):
    """One referral to an agency, and when it answered."""

    __tablename__ = "fact_referrals"
    __table_args__ = (
        Index("ix_fact_referrals_subject", "subject"),
        Index("ix_fact_referrals_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    service: Mapped[str]
    urgency: Mapped[str]
    to_kind: Mapped[str]  # kind of the unit, or "outside"
    commune: Mapped[str | None]
    sent_on: Mapped[date]
    due_on: Mapped[date]  # the day by which it is to be answered
    sent_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
