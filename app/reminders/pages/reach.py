"""Which kinds of what is due can reach whom: the rows of one's choices."""

from collections.abc import Mapping

from app.auth.actor import Actor
from app.auth.models import Role
from app.auth.permissions import GRANTS, Permission
from app.auth.settings import settings
from app.reminders.queries.people import ROLES
from app.reminders.rules import Kind, ReminderRules, Whom, rules_of_file

_TAKERS = frozenset({Role.INTAKE, Role.CP_WORKER, Role.AGENCY_OFFICER, Role.UNIT_LEAD})
_BY_WHOM: Mapping[Whom, frozenset[Role]] = {
    **{whom: frozenset(roles) for whom, roles in ROLES.items()},
    Whom.OWNER: frozenset({Role.CP_WORKER}),
    Whom.SUPERVISOR: frozenset({Role.SUPERVISOR}),
    Whom.SELF: frozenset(role for role in Role if Permission.CASE_READ in GRANTS[role]),
}
_OWNERS: Mapping[str, frozenset[Role]] = {"clock.T_ROUTE": _TAKERS}  # whoever took the report


def kinds_for(role: Role, rules: ReminderRules) -> dict[str, Kind]:
    """In the order of the rules. What comes to somebody because all others are away is in none of
    them: the line of the rest is for it."""
    return {key: kind for key, kind in rules.kinds.items() if role in _reached(key, kind)}


def has_mail_for(actor: Actor) -> bool:
    """Is there a mail server, and anything that could be mailed to this role?"""
    return settings().mail_url is not None and bool(kinds_for(actor.role, rules_of_file()))


def _reached(key: str, kind: Kind) -> frozenset[Role]:
    whom = {one for step in kind.steps for one in step.whom}
    roles = frozenset[Role]().union(*(_BY_WHOM[one] for one in whom))
    return roles | _OWNERS.get(key, frozenset()) if Whom.OWNER in whom else roles
