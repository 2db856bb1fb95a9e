"""An administrator sets how often children are visited, from a day on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.enums import RiskLevel
from app.cases.models import VisitRuleChange
from app.cases.queries.changes import who_when
from app.cases.queries.follow_up import rule_changes
from app.cases.visit_rules import VisitRule, is_rising
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.core.ids import new_id

AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class RuleChange:
    levels: Mapping[RiskLevel, VisitRule]
    effective_from: date
    reason: str


def change_rules(
    session: Session, *, actor: Actor, change: RuleChange, expected: int, now: datetime
) -> None:
    """Add a change on top of the `expected` ones. Visits already planned keep their day.

    Raises StaleEdit with what another administrator set meanwhile, InvalidInput.
    """
    _check(change, clock.local(now).date())
    added = session.execute(
        insert(VisitRuleChange)
        .values(
            id=new_id(),
            number=expected + 1,
            effective_from=change.effective_from,
            levels={level.value: rule.model_dump() for level, rule in change.levels.items()},
            reason=change.reason,
            typed_at=now,
            by_id=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(VisitRuleChange.id)
    ).first()
    known = session.scalar(select(func.coalesce(func.max(VisitRuleChange.number), 0))) or 0
    if added is None or known != expected + 1:
        raise StaleEdit(_others(session, expected), known)
    record(
        session,
        actor,
        AuditAction.REFERENCE_CHANGED,
        at=now,
        data={
            "list": "visit_rules",
            "fields": [level.value for level in change.levels],
            "day": change.effective_from,
        },
    )


def _check(change: RuleChange, today: date) -> None:
    if not today <= change.effective_from <= today + AHEAD:
        raise InvalidInput("effective_from", _l("Chọn một ngày từ hôm nay đến 12 tháng tới."))
    if not is_rising(change.levels):
        raise InvalidInput(
            "high_first", _l("Nguy cơ cao hơn không thể được thăm thưa hơn nguy cơ thấp hơn.")
        )


def _others(session: Session, expected: int) -> list[tuple[str, str, str]]:
    """What was set beyond the `expected` changes, as the page of a conflict shows it."""
    return [
        (
            _("Áp dụng từ %(day)s", day=f"{one.effective_from:%d/%m/%Y}"),
            "; ".join(
                f"{level}: {rule['first_days']}, {rule['every_days']}"
                for level, rule in one.levels.items()
            ),
            who_when(one.by_name, one.typed_at),
        )
        for one in rule_changes(session)
        if one.number > expected
    ]
