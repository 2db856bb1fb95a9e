"""By which number what is due is called: a referral by its own, which says nothing of the case;
whoever was asked by another unit never reads the number of its case."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.auth.models import Unit
from app.cases.models import Case
from app.referrals.models import Referral
from app.referrals.models.referrals import PREFIX

OF_REFERRAL = ("referral_act", "referral_new", "referral_service")
TASK, SENT = "room_task", "referral_act"
DIGITS = 6
_Due, _Other = aliased(Referral), aliased(Unit)


def with_referral(found: Select[Any], kind: Any, subject_id: Any) -> Select[Any]:
    """Joined with the referral that is due, if it is one, and the unit it went to: for
    `number_of`, `unit_of` and `service_of`. Comes after the join with the case."""
    is_it = (_Due.id == subject_id) & kind.in_(OF_REFERRAL)
    return found.join(_Due, is_it, isouter=True).join(
        _Other, (_Other.id == _Due.to_unit_id) & (kind == SENT), isouter=True
    )


def number_of(kind: Any, unit_id: Any) -> ColumnElement[Any]:
    """CG-2026-000123 of a referral, HY-2026-000123 of all else. What another unit asked in the
    room of a case has the number of the referral that brought this unit there, or none."""
    is_case = or_(kind != TASK, unit_id == Case.unit_id)
    return case(
        (kind.in_(OF_REFERRAL), _numbered(_Due)), (is_case, Case.number), else_=_came_by(unit_id)
    ).label("number")


def unit_of() -> ColumnElement[Any]:
    """The short name of the unit that a referral went to, for its sender."""
    return _Other.short_name.label("other_unit")


def service_of(kind: Any) -> ColumnElement[Any]:
    """The code of what is asked with it, for its sender."""
    return case((kind == SENT, _Due.service)).label("service")


def _came_by(unit_id: Any) -> ColumnElement[Any]:
    latest = (
        select(_numbered(Referral))
        .select_from(Referral)
        .where(Referral.case_id == Case.id, Referral.to_unit_id == unit_id)
        .order_by(Referral.serial.desc())
        .limit(1)
    )
    return latest.scalar_subquery()


def _numbered(of: Any) -> ColumnElement[Any]:
    """As `Referral.number` writes it."""
    year = cast(func.extract("year", func.timezone("UTC", of.created_at)), String)
    serial = cast(of.serial, String)
    padded = func.lpad(serial, func.greatest(DIGITS, func.length(serial)), "0")
    return literal(f"{PREFIX}-", String) + year + literal("-", String) + padded
