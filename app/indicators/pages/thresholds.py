"""The page of the thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.indicators.protection.rules import (
    HIGHEST,
    LOWEST,
    Thresholds,
    disclosure_rules,
    thresholds_of,
)
from app.indicators.queries.thresholds import ThresholdView, threshold_changes, use_thresholds


@dataclass(frozen=True, slots=True)
class ThresholdsPage:
    now: Thresholds
    lowest: Thresholds
    highest: Thresholds
    citation: str
    changes: Sequence[ThresholdView]

    @property
    def number(self) -> int:
        return self.changes[0].number if self.changes else 0


def thresholds_page(session: Session) -> ThresholdsPage:
    """Two statements."""
    use_thresholds(session)
    rule = disclosure_rules().newest
    changes = threshold_changes(session)
    return ThresholdsPage(thresholds_of(rule), LOWEST, HIGHEST, rule.citation, changes)
