"""An administrator sets up to which number counts are hidden."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.queries.changes import who_when
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.core.ids import new_id
from app.indicators.models import ThresholdChange
from app.indicators.protection.rules import HIGHEST, LOWEST, ROUNDINGS, Thresholds
from app.indicators.queries.thresholds import threshold_changes


@dataclass(frozen=True, slots=True)
class NewThresholds:
    thresholds: Thresholds
    reason: str


def change_thresholds(
    session: Session, *, actor: Actor, change: NewThresholds, expected: int, now: datetime
) -> None:
    """Add a change on top of the `expected` ones. What is current is protected anew within minutes;
    what was released keeps the rule it was made with.

    Raises StaleEdit with what another administrator set meanwhile, InvalidInput.
    """
    check_thresholds(change.thresholds)
    added = session.execute(
        insert(ThresholdChange)
        .values(
            id=new_id(),
            number=expected + 1,
            thresholds=change.thresholds.model_dump(),
            reason=change.reason,
            typed_at=now,
            by_id=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(ThresholdChange.id)
    ).first()
    known = session.scalar(select(func.coalesce(func.max(ThresholdChange.number), 0))) or 0
    if added is None or known != expected + 1:
        raise StaleEdit(_others(session, expected), known)
    said = {
        "list": "disclosure",
        "fields": [f"{name}={value}" for name, value in change.thresholds.model_dump().items()],
        "day": clock.local(now).date(),
    }
    record(session, actor, AuditAction.REFERENCE_CHANGED, at=now, data=said)


def check_thresholds(wanted: Thresholds) -> None:
    """Never less than the plan asks; not so much that nothing is left. Raises InvalidInput."""
    for name in ("agency_hide", "public_hide"):
        low, high = getattr(LOWEST, name), getattr(HIGHEST, name)
        if not low <= getattr(wanted, name) <= high:
            words = _l("Ghi một số từ %(low)s đến %(high)s.", low=low, high=high)
            raise InvalidInput(name, words)
    if wanted.public_hide < wanted.agency_hide:
        raise InvalidInput(
            "public_hide", _l("Số công khai không thể ẩn ít hơn số nội bộ các cơ quan.")
        )
    if wanted.public_round not in ROUNDINGS or wanted.public_round > wanted.public_hide:
        raise InvalidInput(
            "public_round", _l("Không thể làm tròn rộng hơn số được ẩn: số lớn hơn 0 sẽ thành 0.")
        )


def words_of(thresholds: Thresholds) -> str:
    words: str = _(
        "nội bộ ẩn 1 đến %(agency)s; công khai ẩn 1 đến %(public)s, làm tròn đến %(round)s",
        agency=thresholds.agency_hide,
        public=thresholds.public_hide,
        round=thresholds.public_round,
    )
    return words


def _others(session: Session, expected: int) -> list[tuple[str, str, str]]:
    """What was set beyond the `expected` changes, as the page of a conflict shows it."""
    return [
        (_("Ngưỡng ẩn số"), words_of(one.thresholds), who_when(one.by_name, one.typed_at))
        for one in threshold_changes(session)
        if one.number > expected
    ]
