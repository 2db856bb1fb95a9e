"""Reading the thresholds that administrators set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core import clock
from app.indicators.models import ThresholdChange
from app.indicators.protection.rules import Thresholds, take_own


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """A change as the page shows it."""

    number: int
    thresholds: Thresholds
    reason: str
    typed_at: datetime
    by_name: str


def threshold_changes(session: Session) -> Sequence[ThresholdView]:
    """Every change, the newest first. They are few: an administrator types each."""
    wanted = select(ThresholdChange, User.name).join(User, User.id == ThresholdChange.by_id)
    return [
        ThresholdView(one.number, Thresholds(**one.thresholds), one.reason, one.typed_at, name)
        for one, name in session.execute(wanted.order_by(ThresholdChange.number.desc()))
    ]


def own_thresholds(session: Session) -> list[tuple[int, date, Thresholds]]:
    """(number, day, thresholds) in their order."""
    wanted = select(ThresholdChange).order_by(ThresholdChange.number)
    return [
        (one.number, clock.local(one.typed_at).date(), Thresholds(**one.thresholds))
        for one in session.scalars(wanted)
    ]


def use_thresholds(session: Session) -> None:
    """Before anything is protected, or the rule in force is told: as they stand now."""
    take_own(own_thresholds(session))
