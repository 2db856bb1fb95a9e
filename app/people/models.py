"""Children and the people around them."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.sealed import NAME_BLOCK, TEXT_BLOCK, Sealed, SealedRow


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class DobPrecision(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ESTIMATED = "estimated"  # from `estimated_age` on `estimated_on`
    UNKNOWN = "unknown"


class Child(SealedRow, Base):
    """A child as far as known. In clear: year of birth, sex, communes, codes; all else is sealed.

    `changed_xid` is set by a trigger at each write; the name index of every worker follows it.
    """

    __tablename__ = "children"
    __table_args__ = (
        Index(
            "ix_children_merged", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"
        ),
    )

    full_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    full_name = Sealed(NAME_BLOCK)
    aliases_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    aliases = Sealed(NAME_BLOCK)
    dob_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # ISO date; day or month may be 01
    dob = Sealed(32, is_words=False)
    dob_precision: Mapped[DobPrecision] = mapped_column(default=DobPrecision.UNKNOWN)
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    estimated_age: Mapped[int | None] = mapped_column(SmallInteger)
    estimated_on: Mapped[date | None]
    sex: Mapped[Sex] = mapped_column(default=Sex.UNKNOWN)
    national_id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    national_id = Sealed(32, is_words=False)
    national_id_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    ethnicity: Mapped[str | None]
    residence_commune: Mapped[str | None] = mapped_column(index=True)
    residence_noted_at: Mapped[datetime | None]  # when the commune was last changed by hand
    residence_text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    residence_text = Sealed(TEXT_BLOCK)
    stay_commune: Mapped[str | None]
    stay_text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    stay_text = Sealed(TEXT_BLOCK)
    school_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    school = Sealed(TEXT_BLOCK)
    created_at: Mapped[datetime]
    changed_xid: Mapped[int] = mapped_column(
        BIGINT, server_default=text("0"), index=True, insert_default=0
    )
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("children.id"))
    version: Mapped[int] = mapped_column(default=1)
    carers: Mapped[list["Carer"]] = relationship(
        lazy="raise", back_populates="child", order_by="Carer.id"
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Carer(SealedRow, Base):
    """A parent or another person around the child, with the relation to the child."""

    __tablename__ = "carers"
    __table_args__ = (Index("ix_carers_phone_hash", "phone_hash"),)

    child_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("children.id"), index=True)
    child: Mapped[Child] = relationship(lazy="raise", back_populates="carers")
    relation: Mapped[str]  # code list `carer_relations`: father, mother, …
    full_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    full_name = Sealed(NAME_BLOCK)
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    occupation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    occupation = Sealed(NAME_BLOCK)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(32, is_words=False)
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed(TEXT_BLOCK)
    is_caregiver: Mapped[bool] = mapped_column(default=False)
    is_suspected: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
