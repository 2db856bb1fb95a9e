"""One table as its readers know it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from app.indicators.protection.errors import BrokenTable
from app.indicators.protection.relations import relations
from app.indicators.protection.rules import Bounds, DisclosureRule, Flow, Part
from app.indicators.protection.spans import Span, span_of
from app.indicators.tables import (
    TOTAL,
    Audience,
    Axis,
    CountTable,
    Mark,
    Place,
    ProtectedTable,
    Where,
    places_of,
)

Interval: TypeAlias = tuple[int, int]
# Universe, time, and the categories that are no totals, in order: the same key, the same figure.
Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
Group: TypeAlias = tuple[Place, int]  # the full category, and the number of the axis of its line


@dataclass(frozen=True)
class Known:
    """`cells`: lowest and highest count behind an open figure, None for a hidden one."""

    universe: str
    span: Span | None  # that of its period, as far as it had begun
    axes: tuple[Axis, ...]
    cells: Mapping[Place, Interval | None]
    marks: Mapping[Place, Mark]
    groups: tuple[Group, ...]
    audience: Audience
    bounds: Bounds
    are_intersections: bool  # of two overlapping axes: who is in both
    time: str  # the span, or the day on which what is counted on a day was counted
    part: Part | None = None  # it counts some of the children of another universe
    whole_time: str = ""  # of that universe
    where: Where = ()
    flow: Flow | None = None  # it tells the change of another universe

    @property
    def is_public(self) -> bool:
        return self.audience is Audience.PUBLIC

    def tells_all_of(self, other: "Known") -> bool:
        """Whether its figures, of the same places, are as narrow as those of the other."""
        return all(
            interval is None
            or ((own := self.cells[place]) is not None
                and interval[0] <= own[0] and own[1] <= interval[1])
            for place, interval in other.cells.items()
        )  # fmt: skip

    def at(self, span: Span) -> "Known":
        """The same figures of another time of which nothing is said. Made once."""
        if span not in self._elsewhere:
            nothing = dict.fromkeys(self.cells)
            self._elsewhere[span] = replace(
                self, span=span, time=str(span), cells=nothing, groups=()
            )
        return self._elsewhere[span]

    @cached_property
    def _elsewhere(self) -> dict[Span, "Known"]:
        return {}

    def key(self, place: Place) -> Key:
        return self.keys[place]

    @cached_property
    def keys(self) -> Mapping[Place, Key]:
        """Of every figure, made once: a system is made of a table many times."""
        return {place: self._key_at(place) for place in self.cells}

    def _key_at(self, place: Place) -> Key:
        named = zip(self.axes, place, strict=True)
        said = ((axis.code, category) for axis, category in named if category != TOTAL)
        kept = sorted((*said, *self.where))
        return self._key(kept) if self.part is None else self._key_of_part(self.part, kept)

    def stocks(self) -> Iterator[tuple[Key, tuple[Place, ...]]]:
        """Of a flow: each figure of the other universe, before and after, and what makes it up."""
        if self.flow is None or self.span is None:
            return
        number = [axis.code for axis in self.axes].index(self.flow.axis)
        for place in self.cells:
            if place[number] != TOTAL:
                continue
            kept = self.key(place)[2]
            for month, parts in (
                (self.span.start, self.flow.start),
                (self.span.end, self.flow.end),
            ):
                made = tuple((*place[:number], one, *place[number + 1 :]) for one in parts)
                yield (self.flow.of, end_of(month), kept), made

    def _key(self, kept: list[tuple[str, str]]) -> Key:
        return self.universe, self.time, tuple(kept)

    def _key_of_part(self, part: Part, kept: list[tuple[str, str]]) -> Key:
        """With the axis that tells who is counted: its total is the figure of the whole universe,
        and those who are left over grow fewer where the others grow more."""
        said = dict(kept).get(part.axis)
        if said is not None:
            name = self.universe if said == part.category else f"{self.universe}: {said}"
            return name, self.time, tuple(kept)
        if any(axis.code == part.axis for axis in self.axes):
            return part.of, self.whole_time, tuple(kept)
        return self._key(sorted([*kept, (part.axis, part.category)]))


def universe_of(code: str) -> str:
    return code.split(".", 1)[0]


def span_known(table: CountTable | ProtectedTable) -> Span | None:
    """That of its period, as far as it had begun when it was counted; None where it is none."""
    span = span_of(table.period)
    return span.up_to(table.through) if span else None


def _time_of(universe: str, table: ProtectedTable, rule: DisclosureRule) -> str:
    span = span_known(table)
    if span is None:
        return table.period
    return end_of(span.end) if rule.times.get(universe) == "date" else str(span)


def end_of(month: int) -> str:
    """The time of a stock: of the day before a month begins."""
    return f"end {month}"


def known(table: ProtectedTable, rule: DisclosureRule) -> Known:
    """`rule`: the version that the table was made with."""
    bounds, universe = rule.bounds(table.audience), universe_of(table.code)
    part = rule.within.get(universe)
    codes = [axis.code for axis in table.axes]
    cells: dict[Place, Interval | None] = {}
    for place, cell in table.cells.items():
        if is_structural(table.axes, place, rule):
            cells[place] = 0, 0
        else:
            cells[place] = None if cell.value is None else bounds.possible(cell.value)
    return Known(
        universe=universe,
        span=span_known(table),
        axes=table.axes,
        cells=cells,
        marks={place: cell.mark for place, cell in table.cells.items()},
        groups=tuple(
            (tuple(place), codes.index(axis)) for place, axis in table.certificate.get("groups", ())
        ),
        audience=table.audience,
        bounds=bounds,
        are_intersections=bool(table.certificate.get("intersections")),
        time=_time_of(universe, table, rule),
        part=part,
        whole_time=_time_of(part.of, table, rule) if part else "",
        where=table.where,
        flow=rule.flows.get(universe),
    )


def is_structural(axes: tuple[Axis, ...], place: Place, rule: DisclosureRule) -> bool:
    """Whether nobody can be counted here by definition, as everybody may know."""
    here = {axis.code: category for axis, category in zip(axes, place, strict=True)}
    return any(
        all(here.get(axis) == category for axis, category in zero.items())
        for zero in rule.structural_zeros
    )


def check_counts(table: CountTable, rule: DisclosureRule) -> None:
    """Raises BrokenTable where a count is missing, impossible or does not add up."""
    if set(table.cells) != set(places_of(table.axes)):
        raise BrokenTable(f"{table.code}: counts are missing or outside the axes")
    if any(len(set(axis.categories)) != len(axis.categories) for axis in table.axes):
        raise BrokenTable(f"{table.code}: a category stands twice")
    if any(count < 0 for count in table.cells.values()):
        raise BrokenTable(f"{table.code}: a negative count")
    if not all(relation.holds(table.cells) for relation in relations(table.axes)):
        raise BrokenTable(f"{table.code}: categories do not add up to their total")
    for place, count in table.cells.items():
        if count and is_structural(table.axes, place, rule):
            raise BrokenTable(f"{table.code}: a count in a combination that cannot occur")
