"""How many children live where: what indicators are divided by. Every version is kept."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id


class PopulationOrigin(StrEnum):
    TYPED = "typed"
    IMPORTED = "imported"
    SYNTHETIC = "synthetic"  # made up for the demonstration


class PopulationEntry(Base):
    """The children of one commune in one year, from one source. A correction is a further entry:
    the one before is `superseded_at` that moment and stays."""

    __tablename__ = "population_entries"
    __table_args__ = (
        Index(
            "uq_population_entries_current",
            "year",
            "commune_code",
            unique=True,
            postgresql_where="superseded_at IS NULL",
        ),
        Index("uq_population_entries_version", "year", "commune_code", "version", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    year: Mapped[int] = mapped_column(SmallInteger)
    commune_code: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    origin: Mapped[PopulationOrigin]
    source: Mapped[str]  # the document or the body the figures are from
    source_on: Mapped[date]  # to which day they refer
    reason: Mapped[str | None]  # why the entry before was corrected
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    counts: Mapped[list["PopulationCount"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="PopulationCount.age_group"
    )


class PopulationCount(Base):
    """Children of one sex and age group, of one entry."""

    __tablename__ = "population_counts"

    entry_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("population_entries.id"), primary_key=True
    )
    sex: Mapped[str] = mapped_column(primary_key=True)
    age_group: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class ImportState(StrEnum):
    CHECKED = "checked"
    DONE = "done"
    DROPPED = "dropped"


class PopulationImport(Base):
    """A workbook that was read and checked; nothing counts until somebody confirms it.

    `rows`: [{"row": 5, "year": 2026, "commune": "…", "counts": {"male|0-5": 812, …}, "version": 1},
    …], with the version that stood when it was checked (0: none);
    `problems`: [{"row": 7, "code": "total", …}, …]. No child is in it, only counts.
    """

    __tablename__ = "population_imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[ImportState] = mapped_column(default=ImportState.CHECKED)
    source: Mapped[str]
    source_on: Mapped[date]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
