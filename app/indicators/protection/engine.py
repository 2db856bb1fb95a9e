"""Protect a table: hide, prove, hide more where the proof fails, and publish nothing else."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.indicators.protection.bounds import Examination, Failure, examine
from app.indicators.protection.certificate import (
    Told,
    View,
    certificate_of,
    hash_of_shown,
    rounded_targets,
    rule_of,
    shown_by,
    told_by,
    view_of,
)
from app.indicators.protection.choose import Choice
from app.indicators.protection.errors import BrokenTable, CannotProtect
from app.indicators.protection.known import Known, check_counts, is_structural, known
from app.indicators.protection.primary import first_marks, hidden_before, price
from app.indicators.protection.relations import intersections, lines
from app.indicators.protection.rules import DisclosureRule, disclosure_rules
from app.indicators.protection.solver import CAP
from app.indicators.tables import (
    TOTAL,
    Audience,
    Cell,
    CountTable,
    Mark,
    Place,
    ProtectedTable,
    places_of,
)

MOST_AXES = 3
ROUNDS = 40
PREFERRED = 0.2  # of its price, for what was hidden before
SHARE_UNPROVED = 10  # where few of many failures need more hidden, the next look is thorough
FIRST_ROUNDS = 8  # in which the total of all stays open
CHEAP_ROUNDS = 25  # afterwards whole lines are hidden, so that it comes to an end


def protect(
    table: CountTable,
    audience: Audience,
    *,
    linked: Sequence[ProtectedTable] = (),
    rule: DisclosureRule | None = None,
    again: Collection[Place] = (),
) -> ProtectedTable:
    """The table as `audience` may see it, with the proof. `again`: what is hidden for the sake of
    others rather than anything else, as it was before.

    `linked`: every published table that tells of the same children, as earlier releases, quarters
    of this half-year, other breakdowns, and the agencies' version where this is the public's. What
    agencies see is protected first: then the public's tables tell them nothing new.

    Raises CannotProtect: then nothing is published.
    """
    rule = rule or disclosure_rules().newest
    if len(table.axes) > MOST_AXES:
        raise CannotProtect(f"{table.code}: more than {MOST_AXES} axes are not protected")
    check_counts(table, rule)
    if max(table.cells.values()) >= CAP:
        raise BrokenTable(f"{table.code}: more children than there can be")
    ordered, order = in_order(table)
    tables = tuple(known(other, rule_of(other, rule)) for other in linked)
    preferred = frozenset(tuple(place[n] for n in order) for place in again)
    attempt = Attempt(ordered, audience, rule, tables, preferred)
    view, found = attempt.until_proved()
    bare = attempt.as_table()
    certificate = certificate_of(bare, view, found, linked)
    return _as_given(table, order, bare, certificate)


def in_order(table: CountTable) -> tuple[CountTable, tuple[int, ...]]:
    """Axes and categories by their codes, so that the same is hidden in whatever order they come.
    Second: which axis of the table stands at each place."""
    order = tuple(sorted(range(len(table.axes)), key=lambda number: table.axes[number].code))
    axes = tuple(
        replace(table.axes[number], categories=tuple(sorted(table.axes[number].categories)))
        for number in order
    )
    cells = {tuple(place[n] for n in order): count for place, count in table.cells.items()}
    return replace(table, axes=axes, cells={p: cells[p] for p in places_of(axes)}), order


def _as_given(
    table: CountTable, order: tuple[int, ...], bare: ProtectedTable, certificate: dict[str, Any]
) -> ProtectedTable:
    """With axes and categories in the order of the table."""
    back = {tuple(p[n] for n in order): p for p in places_of(table.axes)}
    intervals = {tuple(place): rest for place, *rest in certificate["cells"]}
    cells = {p: bare[tuple(p[n] for n in order)] for p in places_of(table.axes)}
    certificate["groups"] = [[list(back[tuple(p)]), axis] for p, axis in certificate["groups"]]
    found = replace(bare, axes=table.axes, cells=cells, certificate=certificate)
    certificate["cells"] = [[list(p), *intervals[tuple(p[n] for n in order)]] for p in found.hidden]
    certificate["shown"] = hash_of_shown(found)
    return found


class Attempt:
    """A table on its way: `marks` say what is hidden so far."""

    def __init__(
        self, table: CountTable, audience: Audience, rule: DisclosureRule,
        linked: Sequence[Known], preferred: Collection[Place] = (),
    ) -> None:  # fmt: skip
        self.preferred = preferred
        self.table, self.audience, self.rule, self.linked = table, audience, rule, linked
        self.bounds = rule.bounds(audience)
        self.intersect = all(r.holds(table.cells) for r in intersections(table.axes))
        self.told: Told | None = None  # nobody has asked yet
        self._begin()

    def _begin(self) -> None:
        self.marks, self.groups = first_marks(self.table, self.audience, self.rule)
        self._hide(hidden_before(self._known(), self.linked, self.rule))
        for _turn in range(CHEAP_ROUNDS if self.bounds.open_width else 0):
            if not self._undone_alone():
                break

    def _undone_alone(self) -> int:
        """How many are hidden because the table itself tells what others were rounded from."""
        view = view_of(self._known(), (), self.rule)
        found = examine(
            view.system,
            rounded_targets(view.system, view.tables[0]),
            self.rule.solver_seconds,
            touching=view.touching,
        )
        columns = self._can_hide(view, also_total=True)
        return self._hide_cheaply(view, found.failures, columns) if found.failures else 0

    def until_proved(self) -> tuple[View, Examination]:
        """Raises CannotProtect where even hiding everything does not help, but for what the linked
        tables tell without this one."""
        try:
            return self._proved(also_total=False)
        except CannotProtect:
            self._begin()
            return self._proved(also_total=True)

    def _proved(self, *, also_total: bool) -> tuple[View, Examination]:
        is_final = False
        for turn in range(ROUNDS if also_total else FIRST_ROUNDS):
            view, found = self._examined(is_final=is_final)
            if turn == 0 and any(failure.target.name[:1] != (0,) for failure in found.failures):
                self._learn_what_is_told()
                view, found = self._examined(is_final=is_final)
            if not found.failures:
                return view, found
            columns = self._can_hide(view, also_total=also_total) if turn < CHEAP_ROUNDS else {}
            if more := self._hide_cheaply(view, found.failures, columns):
                is_final = more * SHARE_UNPROVED < len(found.failures)
            elif not is_final:
                is_final = True
            elif not also_total or not self._hide_lines(view, found.failures):
                break
        raise CannotProtect(f"{self.table.code} {self.table.period}: no pattern protects it")

    def _learn_what_is_told(self) -> None:
        if self.told is None:
            self.told = told_by(self._known(), self.linked, self.rule) if self.linked else {}

    def _examined(self, *, is_final: bool) -> tuple[View, Examination]:
        view = view_of(self._known(), self.linked, self.rule, self.told or {})
        seconds = self.rule.solver_seconds
        found = examine(
            view.system, view.targets, seconds, touching=view.touching, is_final=is_final
        )
        return view, found

    def as_table(self) -> ProtectedTable:
        codes = [axis.code for axis in self.table.axes]
        return ProtectedTable(
            code=self.table.code,
            period=self.table.period,
            axes=self.table.axes,
            cells={place: self._cell(place) for place in self.table.cells},
            audience=self.audience,
            rule_version=self.rule.version,
            where=self.table.where,
            through=self.table.through,
            certificate={
                "groups": [[list(place), codes[axis]] for place, axis in self.groups],
                "intersections": self.intersect,
            },
        )

    def _cell(self, place: Place) -> Cell:
        mark = self.marks[place]
        is_open = mark is Mark.OPEN
        return Cell(self.bounds.shown(self.table.cells[place]) if is_open else None, mark)

    def _known(self) -> Known:
        return known(self.as_table(), self.rule)

    def _hide(self, places: Iterable[Place]) -> None:
        for place in places:
            if self.marks[place] is Mark.OPEN:
                self.marks[place] = Mark.COMPLEMENTARY

    def _can_hide(self, view: View, *, also_total: bool) -> dict[int, Place]:
        """What is open, and not known from elsewhere, by column. Rates are made from the total of
        all: it goes last."""
        total = (TOTAL,) * len(self.table.axes)
        shown = shown_by(view.system, view.tables)
        return {
            view.column(place): place
            for place, mark in self.marks.items()
            if mark is Mark.OPEN and shown[view.column(place)] == 1
            and not is_structural(self.table.axes, place, self.rule)
            and (also_total or place != total)
        }  # fmt: skip

    def _hide_cheaply(
        self, view: View, failures: Sequence[Failure], columns: Mapping[int, Place]
    ) -> int:
        """How many more are hidden now, of these columns."""
        if not columns:
            return 0
        prices = {c: self._price(p) for c, p in columns.items()}
        choice = Choice(view.system, prices, self.rule.solver_seconds)
        more = [columns[column] for column in choice.open_up(failures)]
        self._hide(more)
        return len(more)

    def _price(self, place: Place) -> float:
        found = price(place, self.table.cells[place], self.rule)
        return found * PREFERRED if place in self.preferred else found

    def _hide_lines(self, view: View, failures: Sequence[Failure]) -> bool:
        """Whole lines through what fails; everything, where what fails is in no such line."""
        self._learn_what_is_told()
        can_hide = set(self._can_hide(view, also_total=True).values())
        failed = {failure.target.column for failure in failures}
        found: set[Place] = set()
        for line in lines(self.table.axes):
            cells = {line.total, *line.parts}
            if any(view.column(place) in failed for place in cells):
                found |= cells & can_hide
        self._hide(found or can_hide)
        return bool(can_hide)
