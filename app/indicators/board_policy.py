"""Who enters, confirms and plans what on the board of the 24 indicators."""

from sqlalchemy import Select, select

from app.auth.actor import Actor
from app.auth.models import UnitKind
from app.auth.permissions import Permission, is_allowed, rule
from app.indicators.models import BoardValue
from app.indicators.models.board import ValueState
from app.indicators.plan24 import Department, Part, plan

OVERSEER = UnitKind.DOH  # the plan, IV.1: sums up, may return what any department entered


def department_of(actor: Actor) -> Department | None:
    return plan().department_of(actor.unit_kind, actor.unit_level)


def oversees(actor: Actor) -> bool:
    return actor.unit_kind is OVERSEER


def may_enter(actor: Actor, part: Part) -> bool:
    """Parts of the own department; what releases fill, nobody enters."""
    own = department_of(actor)
    return own is not None and own.code == part.department and not part.is_released


def may_decide(actor: Actor, part: Part) -> bool:
    return oversees(actor) or may_enter(actor, part)


def values_of(actor: Actor) -> Select[BoardValue]:
    """Whoever reads the board reads each value with its source."""
    return select(BoardValue)


@rule(Permission.BOARD_READ)
def can_read(actor: Actor, value: BoardValue) -> bool:
    """Its evidence; of what nobody confirmed, as its page, by who may."""
    return value.state is ValueState.CONFIRMED or is_allowed(actor, Permission.BOARD_ENTER, value)


@rule(Permission.BOARD_ENTER)
def can_decide(actor: Actor, subject: BoardValue | Part) -> bool:
    """A part: to enter its values. A value: to confirm or to return it."""
    if isinstance(subject, Part):
        return may_enter(actor, subject)
    part = plan().by_code.get(subject.part)
    return part is not None and may_decide(actor, part)
