"""Rules about accounts: which roles a kind of unit has, and who may change whom."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.auth.actor import Actor
from app.auth.factor_models import FactorReset
from app.auth.models import Absence, Role, Unit, UnitKind, User
from app.auth.permissions import Permission, rule

_AGENCY = frozenset({Role.INTAKE, Role.AGENCY_OFFICER, Role.UNIT_LEAD})
_DEPARTMENT = frozenset({Role.AGENCY_OFFICER, Role.UNIT_LEAD})

ROLES_OF: dict[UnitKind, frozenset[Role]] = {
    UnitKind.COMMUNE_PC: frozenset(
        {Role.INTAKE, Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.UNIT_LEAD}
    ),
    UnitKind.POLICE: _AGENCY,
    UnitKind.HEALTH: _AGENCY,
    UnitKind.SCHOOL: _AGENCY,
    UnitKind.LEGAL_AID: _AGENCY,
    UnitKind.SHELTER: _AGENCY,
    UnitKind.HOTLINE: frozenset({Role.INTAKE, Role.UNIT_LEAD}),
    UnitKind.EDUCATION: _DEPARTMENT,
    UnitKind.JUSTICE: _DEPARTMENT,
    UnitKind.CULTURE: _DEPARTMENT,
    UnitKind.DOH: frozenset(
        {Role.INTAKE, Role.UNIT_LEAD, Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR}
    ),
}


# who opens the file of a report that came to the unit, and works it or gives it on
OPEN_FILES = frozenset({Role.CP_WORKER, Role.COMMUNE_CHAIR})

_PASSKEY_ROLES = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})
_PASSKEY_UNITS = frozenset({UnitKind.POLICE, UnitKind.LEGAL_AID})


def needs_passkey(role: Role, kind: UnitKind) -> bool:
    """Must they have a factor that no false page can take from them? Who manages accounts, who
    sees the whole province, police and justice."""
    return role in _PASSKEY_ROLES or kind in _PASSKEY_UNITS


def managed_users(actor: Actor) -> Select[Any]:
    """Accounts hold no case data: an administrator sees all of them."""
    return select(User).options(joinedload(User.unit))


def managed_units(actor: Actor) -> Select[Any]:
    return select(Unit)


def open_resets(actor: Actor) -> Select[Any]:
    """Every reset that was asked for, whoever is to answer: what is over is answered with 409."""
    return select(FactorReset)


def absences_of(actor: Actor) -> Select[Any]:
    """Those of the unit that were not cancelled."""
    of_unit = select(User.id).where(User.unit_id == actor.unit_id)
    return select(Absence).where(Absence.user_id.in_(of_unit), Absence.cancelled_at.is_(None))


@rule(Permission.ABSENCE_NOTE)
def can_note_absence(actor: Actor, absence: Absence) -> bool:
    """The own one; a Chair that of any worker."""
    return actor.role is Role.COMMUNE_CHAIR or absence.user_id == actor.id


@rule(Permission.USERS_MANAGE)
def can_manage(actor: Actor, subject: object) -> bool:
    return isinstance(subject, User | Unit)


@rule(Permission.RESET_DECIDE)
def can_decide_reset(actor: Actor, subject: object) -> bool:
    return isinstance(subject, FactorReset)
