"""Where a report goes: the People's Committee of the event's commune (Decree 56, art. 26.1)."""

import uuid
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, UnitKind, User
from app.auth.policy import OPEN_FILES

NOBODY_THERE = _l(
    "Xã, phường này chưa có ai nhận được trong hệ thống (chưa có đơn vị, hoặc mọi tài khoản đã bị"
    " khóa). Hãy gọi thẳng cho Ủy ban nhân dân ở đó và báo người quản trị."
)


@dataclass(frozen=True, slots=True)
class Destination:
    """The unit of a commune; `owner_id` where it has exactly one child-protection worker."""

    commune_code: str
    unit_id: uuid.UUID
    unit_name: str
    owner_id: uuid.UUID | None


_SERVING = (
    select(
        Unit.id,
        Unit.name,
        func.array_agg(User.id).filter(User.role == Role.CP_WORKER).label("workers"),
    )
    .join(User, and_(User.unit_id == Unit.id, User.role.in_(OPEN_FILES), User.is_active))
    .where(
        Unit.kind == UnitKind.COMMUNE_PC,
        Unit.commune_code == bindparam("commune"),
        Unit.is_active,
    )
    .group_by(Unit.id)
    .order_by(Unit.id)
    .limit(1)
)


_OF_PROVINCE = (
    select(Unit.id, Unit.name)
    .where(
        Unit.is_active,
        Unit.commune_code.is_(None),
        select(User.id)
        .where(User.unit_id == Unit.id, User.role == Role.CP_WORKER, User.is_active)
        .exists(),
    )
    .order_by(Unit.name)
)


def province_units(session: Session) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of the units of the province that can answer for a case: they have at least one
    child-protection worker."""
    return [(row.id, row.name) for row in session.execute(_OF_PROVINCE)]


def destination_of(session: Session, commune_code: str | None) -> Destination | None:
    """None without a commune, or where no active unit serves it with somebody who can open the
    file: a report nobody there can read stays in sight where it was taken."""
    if commune_code is None:
        return None
    row = session.execute(_SERVING, {"commune": commune_code}).first()
    if row is None:
        return None
    owner_id = row.workers[0] if row.workers and len(row.workers) == 1 else None
    return Destination(commune_code, row.id, row.name, owner_id)
