"""Finding a referral by what is written on a slip or in a mail: equality, never a part of it."""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from app.cases.models import Case
from app.referrals.models import Referral
from app.referrals.models.referrals import PREFIX

_OWN = re.compile(rf"{PREFIX}-([0-9]{{4}})-([0-9]{{6,9}})")
_OF_CASE = re.compile(r"HY-[0-9]{4}-[0-9]{6}")


class Number(NamedTuple):
    """`CG-2026-000123` of a referral, or `HY-2026-000123` of a case."""

    text: str
    serial: int | None
    year: int | None


def read_number(text: str) -> Number | None:
    """None for anything that is no whole number."""
    typed = re.sub(r"\s+", "", text).upper()
    if own := _OWN.fullmatch(typed):
        return Number(typed, int(own[2]), int(own[1]))
    return Number(typed, None, None) if _OF_CASE.fullmatch(typed) else None


def numbered(number: Number) -> ColumnElement[bool]:
    """The referral, or those of the case, with this number."""
    if number.serial is None:
        return Referral.case_id.in_(select(Case.id).where(Case.number == number.text))
    year = func.extract("year", Referral.created_at)
    return (Referral.serial == number.serial) & (year == number.year)
