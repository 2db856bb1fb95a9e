"""Which memberships a reader asks for: the filters of the list, and the same for the stock."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import sections_of
from app.cases.models import Case
from app.cases.policy import visible_to
from app.people.models import Child
from app.register.groups import AT_RISK
from app.register.models import GroupMembership, YearlyReview
from app.register.policy import is_open

M = GroupMembership
CHILD_BELOW = 16
# by the year of birth: (youngest, oldest) age reached in the year; whoever turns 16 counts as 15
BANDS = {"0-5": (0, 5), "6-10": (6, 10), "11-15": (11, CHILD_BELOW)}
GROWN, NO_AGE = "16", "none"


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What stands in the address: codes and a day. `group` "" is all 14 groups, and of what is due
    for review AT_RISK too. `sub` is a part of a group; `no_sub` asks for those without one."""

    on: date
    group: str = ""
    sub: str = ""
    no_sub: bool = False
    poverty: str = ""
    age: str = ""
    commune: str = ""
    is_due: bool = False


def memberships(actor: Actor, wanted: RegisterFilter) -> Select[*tuple[Any, ...]]:
    """The memberships asked for, joined with Case and Child; columns are the caller's."""
    rows = memberships_of_any_group(actor, wanted)
    if wanted.group:
        rows = rows.where(M.group_code == wanted.group)
    elif not wanted.is_due:
        rows = rows.where(M.group_code != AT_RISK)
    if wanted.sub:
        return rows.where(M.sub_code == wanted.sub)
    return rows.where(M.sub_code.is_(None)) if wanted.no_sub else rows


def visible_memberships(actor: Actor, on: date) -> Select[*tuple[Any, ...]]:
    """All memberships on a day, joined with Case and Child.

    Of cases whose file the reader may open; of an officer's unit only. A closed group is not there.
    """
    rows = (
        visible_to(actor)
        .join(M, M.case_id == Case.id)
        .join(Child, Child.id == M.child_id)
        .where(Child.merged_into_id.is_(None), is_open(sections_of(actor)))
        .where(M.since <= on, or_(M.until.is_(None), M.until > on))
    )
    if not sees_whole_area(actor):
        rows = rows.where(Case.unit_id == actor.unit_id)
    return rows


def memberships_of_any_group(actor: Actor, wanted: RegisterFilter) -> Select[*tuple[Any, ...]]:
    """As `memberships`, whatever `group` and `sub` say."""
    rows = visible_memberships(actor, wanted.on).where(_age(wanted))
    if wanted.poverty:
        rows = rows.where(M.poverty == wanted.poverty)
    if wanted.commune:
        rows = rows.where(Case.commune_code == wanted.commune)
    if wanted.is_due:
        rows = rows.where(~reviewed_in(wanted.on.year))
    return rows


def reviewed_in(year: int) -> ColumnElement[bool]:
    reviewed = select(YearlyReview.id).where(
        YearlyReview.membership_id == M.id, YearlyReview.year == year
    )
    return reviewed.exists()


def _age(wanted: RegisterFilter) -> ColumnElement[bool]:
    """Only the year of birth stands in clear. Whoever is surely 16 or older is no child any more
    and shown only when asked for."""
    born, year = Child.birth_year, wanted.on.year
    if wanted.age == GROWN:
        return born < year - CHILD_BELOW
    if wanted.age == NO_AGE:
        return born.is_(None)
    if wanted.age in BANDS:
        youngest, oldest = BANDS[wanted.age]
        return born.between(year - oldest, year - youngest)
    return or_(born.is_(None), born >= year - CHILD_BELOW)
