"""The proof that goes with a protected table, and its examination by somebody else."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from app.indicators.protection.bounds import Examination, Name, Target, examine
from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import Known, known
from app.indicators.protection.rules import DisclosureRule, rule_numbered
from app.indicators.protection.solver import CAP, SOLVER
from app.indicators.protection.system import System, system_of
from app.indicators.tables import TOTAL, Mark, Place, ProtectedTable, places_of

Told: TypeAlias = Mapping[Name, tuple[int, int]]
NOTHING: Told = {}
PROVED = "proved"
REST = -1  # in place of the number of a table
UNSEEN = frozenset({"marks", "certificate"})
NO_BOUND = CAP // 10  # a figure that can be this large has no upper bound


@dataclass(frozen=True)
class View:
    """The tables, the new one first, as one system with what must stay possible in it."""

    tables: tuple[Known, ...]
    system: System
    targets: tuple[Target, ...]
    touching: frozenset[int]  # columns of which the new table may tell something

    def column(self, place: Place) -> int:
        """The column of a figure of the new table."""
        return self.system.columns[0, self.tables[0].key(place)]


def view_of(
    new: Known, linked: Sequence[Known], rule: DisclosureRule, told: Told = NOTHING
) -> View:
    """Of what the new table's audience knows: the public does not see tables of agencies. `told`:
    what the linked tables give away without the new one; it must not become narrower."""
    seen = (new, *_seen(new, linked))
    system = system_of(seen, rule)
    shown = shown_by(system, seen)
    wanted = [
        _as_told(replace(target, name=(number, *target.name)), told)
        for number, table in enumerate(seen)
        if table.audience is new.audience
        for target in _targets(system, table, system.layers[number], shown)
    ]
    if len(set(system.layers)) == 1:
        wanted += rounded_targets(system, new)
    wanted += [_as_told(target, told) for target in _rest_targets(system, new)]
    return View(seen, system, tuple(wanted), _told_of(system, new, rule))


def _seen(new: Known, linked: Sequence[Known]) -> list[Known]:
    """What tells the audience of the new table anything: to agencies the public's version of a
    table says nothing that their own does not."""
    if new.is_public:
        return [table for table in linked if table.is_public]
    own: dict[object, list[Known]] = defaultdict(list)
    for table in linked:
        if not table.is_public:
            own[table.universe, table.time, table.axes, table.where].append(table)
    return [
        table
        for table in linked
        if not table.is_public
        or not any(
            one.tells_all_of(table)
            for one in own[table.universe, table.time, table.axes, table.where]
        )
    ]


def _told_of(system: System, new: Known, rule: DisclosureRule) -> frozenset[int]:
    """Its own columns, and those of the same zeros."""
    twins = rule.twins
    names = [(0, key) for key in new.keys.values()]
    names += [(0, (twins[of], time, kept)) for _, (of, time, kept) in names if of in twins]
    return frozenset(system.columns[name] for name in names if name in system.columns)


def told_by(new: Known, linked: Sequence[Known], rule: DisclosureRule) -> Told:
    """Which figures come out too narrow although nothing of the new table is shown, and how far
    they stay open: of linked tables that contradict each other, or of what is not small in the new
    one. They are no reason to publish nothing any more."""
    marks = {
        place: Mark.COMPLEMENTARY if mark is Mark.OPEN else mark
        for place, mark in new.marks.items()
    }
    nothing = replace(new, cells=dict.fromkeys(new.cells), marks=marks, groups=())
    view = view_of(nothing, linked, rule)
    found = examine(view.system, view.targets, rule.solver_seconds, touching=view.touching)
    secret = {(0, place) for place, mark in marks.items() if mark is not Mark.COMPLEMENTARY}
    return {
        failure.target.name: (int(failure.low), int(failure.high))
        for failure in found.failures
        if failure.target.name and failure.target.name not in secret
    }


def _as_told(target: Target, told: Told) -> Target:
    if target.name not in told:
        return target
    low, high = told[target.name]
    return replace(target, low=low, high=high, width=min(target.width, high - low))


def shown_by(system: System, tables: Sequence[Known]) -> Counter[int]:
    """How many tables show each column: what another one of the same layer shows, too, is no secret
    any more."""
    return Counter(
        system.columns[layer, table.key(place)]
        for table, layer in zip(tables, system.layers, strict=True)
        for place, interval in table.cells.items()
        if interval is not None
    )


def _targets(system: System, table: Known, layer: int, shown: Counter[int]) -> Iterator[Target]:
    bounds = table.bounds

    def column(place: Place) -> int:
        return system.columns[layer, table.key(place)]

    def is_told(place: Place) -> bool:
        return shown[column(place)] > (table.cells[place] is not None)

    for place, interval in table.cells.items():
        if interval is not None or table.marks[place] is Mark.UNSAID or is_told(place):
            continue
        if table.marks[place] is Mark.PRIMARY:
            yield Target(column(place), 1, bounds.hide_up_to, bounds.width, (place,))
        else:
            yield Target(column(place), width=bounds.width, name=(place,))
    for place, axis in table.groups:
        total = (*place[:axis], TOTAL, *place[axis + 1 :])
        if not (is_told(total) and is_told(place)):
            difference = system.difference(column(total), column(place))
            yield Target(difference, high=bounds.group_slack, name=(place, axis))


def rounded_targets(system: System, new: Known) -> list[Target]:
    """Rounding must not be undone, neither. Between tables that contradict each other the least
    change takes every changed figure to an end of what it is rounded from: there it is asked of the
    new table alone."""
    width = new.bounds.open_width
    columns = {
        system.columns[0, new.key(place)] for place, interval in new.cells.items()
        if width and interval is not None and interval[0] < interval[1]
    }  # fmt: skip
    return [Target(c, width=width) for c in sorted(columns) if system.low[c] < system.high[c]]


def _rest_targets(system: System, new: Known) -> Iterator[Target]:
    """What no table shows must not come out as a small figure, neither: as the quarter that lies
    between what was told of the half-year and what was told of nine months."""
    small, width = new.bounds.hide_up_to, new.bounds.width
    for column, name in system.rests.items():
        least, most = system.rest_bounds.get(column, (0, CAP))
        if most > 0 and least <= small:
            yield Target(column, 0, width=width, name=(REST, name), is_rest=True, small=small)


def hash_of_shown(table: ProtectedTable) -> str:
    """Of what its readers see: not of the marks, which a reader of the hash could try out."""
    written = table.to_json()
    content = {name: part for name, part in written.items() if name not in UNSEEN}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def certificate_of(
    table: ProtectedTable, view: View, found: Examination, linked: Sequence[ProtectedTable]
) -> dict[str, Any]:
    """`cells`: of each hidden one the lowest and highest figure that were proved to be possible
    (None: without bound); whoever calculates cannot come to a narrower interval."""
    return {
        "rule_version": table.rule_version,
        "solver": SOLVER,
        "status": PROVED,
        "shown": hash_of_shown(table),
        "beside": [hash_of_shown(other) for other in linked],
        "groups": table.certificate["groups"],
        "intersections": table.certificate["intersections"],
        "cells": [[list(place), *_interval(view.column(place), found)] for place in table.hidden],
    }


def _interval(column: int, found: Examination) -> tuple[int, int | None]:
    high = int(found.high[column])
    return int(found.low[column]), None if high >= NO_BOUND else high


def verify_certificate(
    table: ProtectedTable,
    certificate: Mapping[str, Any] | None = None,
    *,
    linked: Sequence[ProtectedTable] = (),
    rule: DisclosureRule | None = None,
) -> None:
    """Solve again, from what is published and the certificate's own claims.

    Raises CannotProtect, saying what does not hold.
    """
    given = table.certificate if certificate is None else certificate
    _check_belonging(table, given, linked)
    rule = rule_of(table, rule)
    tables = [known(other, rule_of(other, rule)) for other in linked]
    shown = known(table, rule)
    found = _examined(view_of(shown, tables, rule), given, rule)
    if found.failures and tables:
        told = told_by(shown, tables, rule)
        found = _examined(view_of(shown, tables, rule, told), given, rule)
    if found.failures:
        raise CannotProtect(f"{table.code}: {len(found.failures)} figures are too narrow")


def _examined(view: View, given: Mapping[str, Any], rule: DisclosureRule) -> Examination:
    claims = [_claimed(view, tuple(place), low, high) for place, low, high in given["cells"]]
    targets = [*view.targets, *claims]
    return examine(view.system, targets, rule.solver_seconds, touching=view.touching)


def _claimed(view: View, place: Place, low: int, high: int | None) -> Target:
    return Target(view.column(place), low, NO_BOUND if high is None else high)


def _check_belonging(
    table: ProtectedTable, given: Mapping[str, Any], linked: Sequence[ProtectedTable]
) -> None:
    if given["shown"] != hash_of_shown(table) or given["rule_version"] != table.rule_version:
        raise CannotProtect(f"{table.code}: the certificate is of another table")
    if given["beside"] != [hash_of_shown(other) for other in linked]:
        raise CannotProtect(f"{table.code}: the certificate was made beside other tables")
    if [tuple(place) for place, _, _ in given["cells"]] != list(table.hidden):
        raise CannotProtect(f"{table.code}: the certificate leaves hidden figures out")
    if given["status"] != PROVED or set(table.cells) != set(places_of(table.axes)):
        raise CannotProtect(f"{table.code}: nothing was proved")


def rule_of(table: ProtectedTable, given: DisclosureRule | None) -> DisclosureRule:
    """The version that a table was made with."""
    if given is not None and given.version == table.rule_version:
        return given
    return rule_numbered(table.rule_version)
