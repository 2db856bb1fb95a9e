"""Which readings of one day stand out. Pure: rules as data, readings in, findings out.

Each finding is a reason to look again, no reproach: most have an ordinary explanation.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.auth.models import Role
from app.oversight.rules import UnusualRules

NO_RELATION, SEARCHED, ABOVE_PEERS = "no_relation", "searched", "above_peers"
SAME_SURNAME, OWN_COMMUNE = "same_surname", "own_commune"
OFF_HOURS, MANY_READERS = "off_hours", "many_readers"
TOO_FAST = "too_fast"  # found at once (services/pace.py), not at the end of the day
NO_RELATIONS = ("break_glass", "other")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one person opened of one file on the day.

    `surname`, `child_surname`: as search keys, of the child only where they must be compared.
    `is_searched`: the person searched for the child on the same day.
    """

    user_id: uuid.UUID
    case_id: uuid.UUID
    role: Role
    unit_kind: str
    relation: str
    times: int = 1
    at_night: int = 0
    surname: str = ""
    child_surname: str = ""
    reader_commune: str | None = None
    child_commune: str | None = None
    is_searched: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    user_id: uuid.UUID | None
    case_id: uuid.UUID | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def standing_out(
    readings: Sequence[Reading], medians: Mapping[Role, float], rules: UnusualRules
) -> list[Found]:
    """At most one of a kind for a person, a file, or a person with a file. `medians`: files a day
    of each role, of late."""
    return [
        *without_relation(readings),
        *related(readings, rules),
        *above_peers(readings, medians, rules),
        *off_hours(readings, rules),
        *many_readers(readings, rules),
    ]


def without_relation(readings: Iterable[Reading]) -> Iterable[Found]:
    for one in readings:
        facts = {"relation": one.relation, "times": one.times}
        if one.relation in NO_RELATIONS:
            yield Found(NO_RELATION, one.user_id, one.case_id, facts)
        elif one.relation == "supervises" and one.is_searched:
            yield Found(SEARCHED, one.user_id, one.case_id, facts)


def related(readings: Iterable[Reading], rules: UnusualRules) -> Iterable[Found]:
    """Only the code is kept: no name, and not which surname."""
    for one in readings:
        if one.relation in rules.kin.close:
            continue
        is_weak, facts = one.relation in rules.kin.weak, {"relation": one.relation}
        is_same = bool(one.surname) and one.surname == one.child_surname
        if is_same and (is_weak or not rules.kin.is_common(one.surname)):
            yield Found(SAME_SURNAME, one.user_id, one.case_id, facts)
        is_near = one.reader_commune is not None and one.reader_commune == one.child_commune
        if is_near and is_weak:
            yield Found(OWN_COMMUNE, one.user_id, one.case_id, facts)


def above_peers(
    readings: Iterable[Reading], medians: Mapping[Role, float], rules: UnusualRules
) -> Iterable[Found]:
    files: dict[tuple[uuid.UUID, Role], set[uuid.UUID]] = defaultdict(set)
    for one in readings:
        files[one.user_id, one.role].add(one.case_id)
    for (user_id, role), opened in files.items():
        median, count = medians.get(role, 0.0), len(opened)
        if count >= rules.peers.files and count > rules.peers.times * median:
            yield Found(ABOVE_PEERS, user_id, None, {"files": count, "median": round(median, 1)})


def off_hours(readings: Iterable[Reading], rules: UnusualRules) -> Iterable[Found]:
    night: dict[uuid.UUID, int] = defaultdict(int)
    for one in readings:
        is_work = one.unit_kind in rules.night.on_duty or one.relation in rules.night.left_out
        if one.at_night and not is_work:
            night[one.user_id] += 1
    for user_id, files in night.items():
        yield Found(OFF_HOURS, user_id, None, {"files": files})


def many_readers(readings: Iterable[Reading], rules: UnusualRules) -> Iterable[Found]:
    people: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for one in readings:
        people[one.case_id].add(one.user_id)
    for case_id, readers in people.items():
        if len(readers) >= rules.many.persons:
            yield Found(MANY_READERS, None, case_id, {"persons": len(readers)})
