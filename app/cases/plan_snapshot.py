"""A plan as plain data: what was decided on exactly which text, and what changed between two.

A snapshot holds what a plan says, never what became of its activities: their results are no edit.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.cases.models import Plan, PlanActivity, PlanGoal, PlanProblem

Snapshot = dict[str, Any]
Row = Mapping[str, Any]

PLAN_FIELDS = ("general_goal", "monitoring", "review_on")
LINE_FIELDS = ("domain", "text")
ACTIVITY_FIELDS = (
    *("domain", "service_type", "what", "responsible_unit", "responsible", "coordinating"),
    *("resources", "starts_on", "ends_on"),
)
PARTS: Mapping[str, tuple[str, ...]] = {
    "problems": LINE_FIELDS,
    "goals": LINE_FIELDS,
    "activities": ACTIVITY_FIELDS,
}
EMPTY: Snapshot = {**dict.fromkeys(PLAN_FIELDS), **{part: [] for part in PARTS}}


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"  # the rows of a part stand in another order


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `part` is "plan" or a key of PARTS; `number` is where the row stands (of a
    removed one: stood), from 1; `fields` names what differs, of a new row all that is filled in."""

    kind: ChangeKind
    part: str
    fields: tuple[FieldChange, ...] = ()
    number: int = 0
    row_id: str = ""


def snapshot_of(plan: Plan) -> Snapshot:
    """What the plan says now. Its three lists must be loaded, activities with their units, whose
    names are part of what is decided on."""
    return {
        "general_goal": plan.general_goal,
        "monitoring": plan.monitoring,
        "review_on": plan.review_on and plan.review_on.isoformat(),
        "problems": [_line(row) for row in plan.problems],
        "goals": [_line(row) for row in plan.goals],
        "activities": [_activity(row) for row in plan.activities],
    }


def canonical(snapshot: Snapshot) -> str:
    """The one spelling that is kept and that the digest covers."""
    return json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(text: str) -> bytes:
    """SHA-256 of a canonical snapshot."""
    return hashlib.sha256(text.encode()).digest()


def read_snapshot(text: str | None) -> Snapshot:
    """A kept snapshot; the empty plan where none was kept."""
    return {**EMPTY, **json.loads(text)} if text else EMPTY


def differences(old: Snapshot, new: Snapshot) -> list[Change]:
    """What stands in `new` and not in `old`, and the other way round, part by part."""
    found = tuple(_changed_fields(old, new, PLAN_FIELDS))
    changes = [Change(ChangeKind.CHANGED, "plan", found)] if found else []
    for part, fields in PARTS.items():
        changes += _part_changes(part, fields, old[part], new[part])
    return changes


def _part_changes(
    part: str, fields: tuple[str, ...], old: Sequence[Row], new: Sequence[Row]
) -> Iterator[Change]:
    before, after = ({row["id"]: row for row in rows} for rows in (old, new))
    for number, row in enumerate(new, start=1):
        known = before.get(row["id"])
        found = tuple(_changed_fields(known or {}, row, fields))
        if known is None:
            yield Change(ChangeKind.ADDED, part, found, number, row["id"])
        elif found:
            yield Change(ChangeKind.CHANGED, part, found, number, row["id"])
    for number, row in enumerate(old, start=1):
        if row["id"] not in after:
            found = tuple(_changed_fields(row, {}, fields))
            yield Change(ChangeKind.REMOVED, part, found, number, row["id"])
    if _order(old, after) != _order(new, before):
        yield Change(ChangeKind.MOVED, part)


def _order(rows: Sequence[Row], others: Mapping[str, Row]) -> list[str]:
    """The order of the rows that both have."""
    return [row["id"] for row in rows if row["id"] in others]


def _changed_fields(old: Row, new: Row, names: Sequence[str]) -> Iterator[FieldChange]:
    for name in names:
        if old.get(name) != new.get(name):
            yield FieldChange(name, old.get(name), new.get(name))


def _line(row: PlanProblem | PlanGoal) -> Row:
    return {"id": str(row.id), "domain": row.domain, "text": row.text}


def _activity(row: PlanActivity) -> Row:
    unit = row.responsible_unit
    return {
        "id": str(row.id),
        "domain": row.domain,
        "service_type": row.service_type,
        "what": row.what,
        "responsible_unit_id": unit and str(unit.id),
        "responsible_unit": unit and unit.name,
        "responsible": row.responsible,
        "coordinating": row.coordinating,
        "resources": row.resources,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }
