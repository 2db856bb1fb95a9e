"""How many children were in each group on a day; one statement."""

from dataclasses import dataclass, field

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.register.groups import AT_RISK
from app.register.models import GroupMembership
from app.register.queries.filters import RegisterFilter, memberships_of_any_group

M = GroupMembership
_ALL, _GROUP = 3, 1  # what grouping() tells of a row: no column of both, the group alone


@dataclass(slots=True)
class Stock:
    """Children by group and by part; a child counts once in each, and once in `total`, which is the
    14 groups together. `at_risk` stands beside it."""

    total: int = 0
    at_risk: int = 0
    groups: dict[str, int] = field(default_factory=dict)
    subs: dict[str, int] = field(default_factory=dict)
    without_sub: dict[str, int] = field(default_factory=dict)  # by group: no part was recorded


def stock_on(session: Session, actor: Actor, wanted: RegisterFilter) -> Stock:
    """The stock on `wanted.on`, narrowed by commune, poverty and age; its group is not looked at.

    What the reader's sections close is in no number.
    """
    rows = (
        memberships_of_any_group(actor, wanted)
        .with_only_columns(M.child_id, M.group_code, M.sub_code)
        .subquery()
    )
    child, group, sub = rows.c.child_id, rows.c.group_code, rows.c.sub_code
    is_risk = (group == AT_RISK).label("is_risk")
    counted = select(
        is_risk, group, sub, func.grouping(group, sub), func.count(child.distinct())
    ).group_by(
        func.grouping_sets(tuple_(is_risk, group, sub), tuple_(is_risk, group), tuple_(is_risk))
    )
    stock = Stock()
    for risk, group_code, sub_code, level, count in session.execute(counted):
        _add(stock, risk, group_code, sub_code, level, count)
    return stock


def _add(stock: Stock, risk: bool, group: str, sub: str | None, level: int, count: int) -> None:
    if level == _ALL and risk:
        stock.at_risk = count
    elif level == _ALL:
        stock.total = count
    elif risk:
        return
    elif level == _GROUP:
        stock.groups[group] = count
    elif sub is None:
        stock.without_sub[group] = count
    else:
        stock.subs[sub] = count
