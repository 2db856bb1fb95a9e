"""The service directory: what a unit offers, to whom, when, and how many places it has now."""

import uuid
from datetime import datetime, time

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import Unit
from app.core.db import Base
from app.core.ids import new_id

CHILDHOOD = 18


class ServiceOffer(Base):
    """One service of one unit. `days` are ISO weekdays ("1" is Monday); no hours: all day.

    `communes`: where it serves; empty means the area of its unit (a province's unit: everywhere).
    `places` is how many more children it can take now; None: it does not count. Nothing personal.
    """

    __tablename__ = "service_offers"
    __table_args__ = (
        Index("ix_service_offers_service", "service", "is_active"),
        Index("uq_service_offers_unit", "unit_id", "service", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit: Mapped[Unit] = relationship(lazy="raise")
    service: Mapped[str]
    age_from: Mapped[int] = mapped_column(SmallInteger, default=0)
    age_to: Mapped[int] = mapped_column(SmallInteger, default=CHILDHOOD)
    sex: Mapped[str | None]  # only for girls or boys
    days: Mapped[list[str]]
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    is_emergency: Mapped[bool] = mapped_column(default=False)  # day and night
    places: Mapped[int | None] = mapped_column(SmallInteger)
    places_at: Mapped[datetime | None]
    communes: Mapped[list[str]] = mapped_column(default=list)
    phone: Mapped[str | None]  # of who is on duty
    note: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def is_open_at(self, weekday: int, at: time) -> bool:
        """`weekday` as ISO (Monday 1), `at` in Vietnam's time."""
        if self.is_emergency:
            return True
        if str(weekday) not in self.days:
            return False
        return (self.opens is None or self.opens <= at) and (
            self.closes is None or at < self.closes
        )

    @property
    def is_full(self) -> bool:
        return self.places is not None and self.places <= 0

    def serves(self, age: int | None, sex: str | None) -> bool:
        """An unknown age or sex is not turned away."""
        fits_age = age is None or self.age_from <= age <= self.age_to
        return fits_age and (self.sex is None or sex in (None, "unknown", self.sex))
