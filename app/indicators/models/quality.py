"""What in the records contradicts itself, and how complete they are: derived by a job."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Contradiction(StrEnum):
    """Why a figure that counts this case may be wrong."""

    BORN_AFTER = "born_after"  # born after the year of the event
    SUPPORTED_BEFORE = "supported_before"  # supported under this case before it was received
    CLOSED_UNREVIEWED = "closed_unreviewed"  # closed without a review that was agreed to
    SAME_CHILD = "same_child"  # another child has the same identity number
    PAST_CHILDHOOD = "past_childhood"  # in a group of children after the year of becoming 16
    ENDED_BEFORE = "ended_before"  # out of a group before being in it
    NO_FORM = "no_form"  # abuse was confirmed, its form is not said


class Field(StrEnum):
    """What figures are cut by, and may be unknown."""

    SEX = "sex"
    BIRTH_YEAR = "birth_year"
    RESIDENCE = "residence"
    EVENT_COMMUNE = "event_commune"
    SETTING = "setting"  # of abuse
    RELATION = "relation"  # of who abused


class QualityFinding(Base):
    """One contradiction of one case, as the last pass found it. No identity, no detail."""

    __tablename__ = "quality_findings"
    __table_args__ = (Index("ix_quality_findings_case", "case_id"),)

    kind: Mapped[Contradiction] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    found_at: Mapped[datetime]


class Completeness(Base):
    """Of the cases of one commune received in the last year: in how many a field is known. A case
    that no commune has yet counts under ""."""

    __tablename__ = "completeness"

    commune_code: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[Field] = mapped_column(primary_key=True)
    known: Mapped[int]
    of_all: Mapped[int]
    counted_at: Mapped[datetime]
