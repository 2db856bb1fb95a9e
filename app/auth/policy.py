"""Rules about accounts: which roles a kind of unit has, and who may change whom."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.auth.actor import Actor
from app.auth.models import Role, Unit, UnitKind, User
from app.auth.permissions import Permission, rule

_AGENCY = frozenset({Role.INTAKE, Role.AGENCY_OFFICER, Role.UNIT_LEAD})

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
    UnitKind.DOH: frozenset(
        {Role.INTAKE, Role.UNIT_LEAD, Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR}
    ),
}


def managed_users(actor: Actor) -> Select[Any]:
    """Accounts hold no case data: an administrator sees all of them."""
    return select(User).options(joinedload(User.unit))


def managed_units(actor: Actor) -> Select[Any]:
    return select(Unit)


@rule(Permission.USERS_MANAGE)
def can_manage(actor: Actor, subject: object) -> bool:
    return isinstance(subject, User | Unit)
