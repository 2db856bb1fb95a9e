"""The baseline and the yearly milestones of a part: the plan has none, the Department of Health
may set them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.queries.changes import who_when
from app.core.errors import InvalidInput, StaleEdit
from app.indicators.models import BoardPath
from app.indicators.plan24 import Part, plan
from app.indicators.queries.board import newest_path

_PLANNING = 2_508
OLDEST_BASELINE = 2010


@dataclass(frozen=True, slots=True)
class PathData:
    """`milestones`: value by year; both parts of the baseline or neither."""

    baseline_year: int | None
    baseline_value: Decimal | None
    source: str
    milestones: Mapping[int, Decimal] = field(default_factory=dict)


def milestone_years() -> range:
    """From the year the plan begins to the one before its target."""
    return range(plan().effective_from.year, plan().target_year)


def set_path(
    session: Session, *, actor: Actor, part: Part, data: PathData, expected: int, now: datetime
) -> BoardPath:
    """Raises InvalidInput; StaleEdit where another person set it meanwhile."""
    _check(part, data)
    place = list(plan().by_code).index(part.code)
    session.execute(select(func.pg_advisory_xact_lock(_PLANNING, place)))
    last = newest_path(session, part.code)
    version = last.version if last else 0
    if version != expected:
        raise StaleEdit(_theirs(session, last), version)
    saved = BoardPath(
        part=part.code,
        version=version + 1,
        baseline_year=data.baseline_year,
        baseline_value=data.baseline_value,
        milestones={str(year): str(value) for year, value in sorted(data.milestones.items())},
        source=data.source,
        typed_at=now,
        by_id=actor.id,
    )
    session.add(saved)
    session.flush()
    facts = {"step": "path", "part": part.code, "version": saved.version}
    record(session, actor, AuditAction.BOARD_CHANGED, at=now, subject_id=saved.id, data=facts)
    return saved


def _check(part: Part, data: PathData) -> None:
    if (data.baseline_year is None) != (data.baseline_value is None):
        missing = "baseline_year" if data.baseline_year is None else "baseline_value"
        raise InvalidInput(missing, _l("Ghi cả năm và giá trị của mốc gốc, hoặc bỏ trống cả hai."))
    last = plan().effective_from.year
    if data.baseline_year is not None and not OLDEST_BASELINE <= data.baseline_year <= last:
        words = _l("Năm của mốc gốc từ %(first)s đến %(last)s.", first=OLDEST_BASELINE, last=last)
        raise InvalidInput("baseline_year", words)
    if data.baseline_value is not None:
        _check_value(part, "baseline_value", data.baseline_value)
    if part.is_yearly and data.milestones:
        first = min(data.milestones)
        words = _l("Phần này tính mức giảm mỗi năm nên không có mốc từng năm.")
        raise InvalidInput(f"milestone_{first}", words)
    for year, value in data.milestones.items():
        if year not in milestone_years():
            raise InvalidInput("source", _l("Mốc nằm ngoài thời gian của kế hoạch."))
        _check_value(part, f"milestone_{year}", value)


def _check_value(part: Part, name: str, value: Decimal) -> None:
    if not 0 <= value <= part.most:
        raise InvalidInput(name, _l("Giá trị từ 0 đến %(most)s.", most=part.most))


def _theirs(session: Session, last: BoardPath | None) -> list[tuple[str, str, str]]:
    if last is None:
        return []
    name = session.scalar(select(User.name).where(User.id == last.by_id))
    who = who_when(name, last.typed_at)
    points = [last.baseline] if last.baseline else []
    shown = [f"{year}: {value}" for year, value in [*points, *last.milestone_values.items()]]
    return [
        (_("Mốc"), "; ".join(shown).replace(".", ",") or "–", who),
        (_("Nguồn"), last.source, who),
    ]
