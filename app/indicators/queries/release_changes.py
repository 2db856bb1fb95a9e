"""Why a figure is not what it was in the edition before. From true counts: for jobs, not pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import except_, func, select
from sqlalchemy.orm import Session

from app.indicators.definitions import Indicator, definitions
from app.indicators.periods import Period
from app.indicators.protection.rules import Bounds, disclosure_rules
from app.indicators.queries.sources import SOURCES, Asked
from app.indicators.tables import Audience


@dataclass(frozen=True, slots=True)
class Changes:
    """Of one indicator, in its units. `late`: counted now because it was recorded later. `ended`:
    counted then, and an end or a refusal was recorded since. `revised`: by how much the count of
    then itself changed, as records of one child were merged, corrected or erased (None: what was
    released then was hidden)."""

    late: int
    ended: int
    revised: int | None


def changes_since(
    session: Session,
    period: Period,
    *,
    then: datetime,
    now: datetime,
    totals: Mapping[str, int | None],
) -> dict[str, dict[str, Any]]:
    """By indicator and audience what may be said; `totals` are the figures that were released then
    for the agencies. An indicator of which nothing changed is left out."""
    rules, found = definitions(period.last_day), {}
    for code, indicator in rules.indicators.items():
        if indicator.is_clock or code not in totals:
            continue
        changes = _changes(session, indicator, period, then, now, totals[code])
        if changes != Changes(0, 0, 0):
            found[code] = {one.value: _said(changes, one) for one in Audience}
    return found


def _changes(
    session: Session,
    indicator: Indicator,
    period: Period,
    then: datetime,
    now: datetime,
    released: int | None,
) -> Changes:
    rules = definitions(period.last_day)
    units = [
        select(
            SOURCES[indicator.source](Asked(period, known, rules, frozenset())).subquery().c.unit
        ).distinct()
        for known in (now, then)
    ]
    counted = [
        select(func.count()).select_from(one.subquery()).scalar_subquery()
        for one in (except_(*units), except_(*reversed(units)), units[1])
    ]
    late, ended, before = session.execute(select(*counted)).one()
    return Changes(late, ended, None if released is None else before - released)


def _said(changes: Changes, audience: Audience) -> dict[str, Any]:
    """Each kind by its number, where none is small; else only that there are changes."""
    bounds = disclosure_rules().newest.bounds(audience)
    numbers = [changes.late, changes.ended, changes.revised]
    if not all(_may_be_said(number, bounds) for number in numbers):
        return {"is_small": True}
    rounded = {
        kind: (1 if number >= 0 else -1) * bounds.shown(abs(number))
        for kind, number in asdict(changes).items()
    }
    return {"is_small": False, **rounded}


def _may_be_said(number: int | None, bounds: Bounds) -> bool:
    return number is not None and (number == 0 or abs(number) > bounds.hide_up_to)


def only_between_shown(
    changes: Mapping[str, Mapping[str, Any]], shown: Collection[tuple[str, Audience]]
) -> dict[str, dict[str, Any]]:
    """Numbers only where an audience sees the figure of this edition and that of the one before:
    else what is hidden of one follows from the other."""
    return {
        code: {
            audience: said if (code, Audience(audience)) in shown else {"is_small": True}
            for audience, said in by_audience.items()
        }
        for code, by_audience in changes.items()
    }


def kinds(said: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
    """(kind, number) of what is not nothing."""
    return [(kind, said[kind]) for kind in ("late", "ended", "revised") if said.get(kind)]
