"""Everything that whoever reads the tables knows, as bounds and rows over whole numbers.

Figures of several tables with the same key are one column, as long as that contradicts nothing
that was published. Where it does (a late entry, a merge), the later table lies in a layer of its
own; between layers the least change that explains everything is assumed, and no more: the
strongest guess somebody can make.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from math import ceil, inf
from operator import itemgetter
from typing import TypeAlias

import numpy as np

from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import Key, Known, end_of
from app.indicators.protection.relations import intersections, relations
from app.indicators.protection.rules import Balance, DisclosureRule, TimeKind
from app.indicators.protection.solver import CAP, Program, Rows
from app.indicators.protection.spans import Span, between, span_of, tilings
from app.indicators.tables import Place

TOLERANCE = 1e-6
Row: TypeAlias = tuple[list[tuple[int, int]], float, float]


@dataclass
class System:
    """Columns are counts (later: differences and slacks). `low`, `high`: what each may be."""

    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    columns: dict[tuple[int, Key], int] = field(default_factory=dict)
    layers: list[int] = field(default_factory=list)  # of each table
    differences: dict[tuple[int, int], int] = field(default_factory=dict)
    slacks: list[int] = field(default_factory=list)
    rests: dict[int, tuple[int, Key]] = field(default_factory=dict)  # what no table shows: its name
    rest_bounds: dict[int, tuple[int, int]] = field(default_factory=dict)  # as a row alone says
    is_contradictory: bool = False

    def new(self, low: int, high: int) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def column(self, layer: int, key: Key) -> int:
        place = layer, key
        if place not in self.columns:
            self.columns[place] = self.new(0, CAP)
        return self.columns[place]

    def difference(self, more: int, less: int) -> int:
        """A column for `more` - `less`, which is never negative."""
        pair = more, less
        if pair not in self.differences:
            self.differences[pair] = found = self.new(0, CAP)
            self.rows.add([(more, 1), (less, -1), (found, -1)], 0, 0)
        return self.differences[pair]

    def _slack(self) -> int:
        self.slacks.append(self.new(0, CAP))
        return self.slacks[-1]

    def narrow(self, column: int, low: int, high: int) -> None:
        self.low[column] = max(self.low[column], low)
        self.high[column] = min(self.high[column], high)
        self.is_contradictory |= self.low[column] > self.high[column]

    def add_loosely(self, terms: Sequence[tuple[int, int]], low: float, high: float) -> None:
        """A row that may be missed, at the price of a change."""
        more = [] if high == inf else [(self._slack(), -1)]
        less = [] if low == -inf else [(self._slack(), 1)]
        self.rows.add([*terms, *more, *less], low, high)

    def program(self, seconds: float, *, integer: bool = False) -> Program:
        return Program(self.low, self.high, self.rows, seconds=seconds, integer=integer)

    def is_possible(self, seconds: float) -> bool:
        if self.is_contradictory:
            return False
        return self.program(seconds).minimum(np.zeros(len(self.low))) is not None


def system_of(tables: Sequence[Known], rule: DisclosureRule) -> System:
    """The first table has the first layer; each further one the first that it fits into. Layers
    know nothing of each other meanwhile: whether one more fits is asked of its layer alone.

    Raises CannotProtect where nobody says how the periods of a universe are related.
    """
    _check_times(tables, rule)
    together = _layered(tables, [0] * len(tables), rule)
    if len(tables) == 1 or together.is_possible(rule.solver_seconds):  # then so is each part of it
        return together
    system = _layered(tables, layers := _layers(tables, rule), rule)
    if max(layers) > 0:
        _relate_layers(system, rule)
        _assume_least_change(system, rule.solver_seconds)
    return system


def _layers(tables: Sequence[Known], rule: DisclosureRule) -> list[int]:
    """Of each table the first layer that it fits into, after those that stand before it."""
    layers, waiting = [0] * len(tables), list(range(len(tables)))
    for layer in range(len(tables)):
        inside, waiting = _fitting(tables, waiting, rule)
        for number in inside:
            layers[number] = layer
        if not waiting:
            break
    return layers


def _fitting(
    tables: Sequence[Known], numbers: Sequence[int], rule: DisclosureRule
) -> tuple[list[int], list[int]]:
    """Those that stand beside each other, taken in order, and the others. Where many fit together
    so does each part of them: few questions find the next one that does not."""
    inside, others, left = list(numbers[:1]), list[int](), list(numbers[1:])

    def fit(count: int) -> bool:
        chosen = [tables[number] for number in (*inside, *left[:count])]
        return _layered(chosen, [0] * len(chosen), rule).is_possible(rule.solver_seconds)

    while left and not fit(len(left)):
        count = bisect_left(range(1, len(left)), True, key=lambda count: not fit(count))
        inside += left[:count]
        others.append(left[count])
        left = left[count + 1 :]
    return inside + left, others


def _check_times(tables: Sequence[Known], rule: DisclosureRule) -> None:
    seen: dict[str, str] = {}
    for table in tables:
        first = seen.setdefault(table.universe, table.time)
        if first != table.time and table.universe not in rule.times:
            raise CannotProtect(f"{table.universe}: the rule does not say how periods are related")


def _layered(tables: Sequence[Known], layers: Sequence[int], rule: DisclosureRule) -> System:
    """The tables that have a layer already, each in its layer."""
    system = System(layers=list(layers))
    for table, layer in zip(tables, layers, strict=False):
        _add_table(system, table, layer)
    for layer in set(layers):
        inside = [t for t, its in zip(tables, layers, strict=False) if its == layer]
        _add_slices(system, [*inside, *_add_rests(system, inside, layer, rule)], layer)
    _add_balances(system, rule)
    for layer in set(layers):
        columns = {place: at for place, at in system.columns.items() if place[0] == layer}
        _narrow_zeros(system, columns, rule)
        for terms, low, high in _rows_of_time(columns, rule):
            system.rows.add(terms, low, high)
            _bound_rests(system, terms, low, high)
    return system


def _add_table(system: System, table: Known, layer: int) -> None:
    columns: dict[Place, int] = {}
    for place, interval in table.cells.items():
        columns[place] = column = system.column(layer, table.key(place))
        if interval is not None:
            system.narrow(column, *interval)
    tied = chain(
        relations(table.axes), intersections(table.axes) if table.are_intersections else ()
    )
    for relation in tied:
        terms = [(columns[place], coefficient) for place, coefficient in relation.terms]
        system.rows.add(terms, relation.low, relation.high)

    for key, places in table.stocks():
        terms = [(columns[place], 1) for place in places]
        system.rows.add([*terms, (system.column(layer, key), -1)], 0, 0)


def _add_rests(
    system: System, tables: Sequence[Known], layer: int, rule: DisclosureRule
) -> list[Known]:
    """Of events: the times between those that tables tell of. What happened in the whole and in
    no part that is told happened then, in every place of a table, and adds up there too."""
    events = [t for t in tables if t.span and rule.times.get(t.universe) == "events"]
    told = {(table.universe, table.span, table.axes, table.where) for table in events}
    rests: dict[tuple[object, ...], Known] = {}
    for table in events:
        own = [one.span for one in events if one.span and one.universe == table.universe]
        for span in between(own):
            shape = table.universe, span, table.axes, table.where
            if table.span and table.span.holds(span) and shape not in told:
                rests.setdefault(shape, table.at(span))
    shown = set(system.columns)
    for rest in rests.values():
        _add_table(system, rest, layer)
        new = {(layer, key) for key in rest.keys.values()} - shown
        system.rests |= {system.columns[name]: name for name in sorted(new)}
    return list(rests.values())


def _add_slices(system: System, tables: Sequence[Known], layer: int) -> None:
    """A figure of one commune is no more than the same one of the province."""
    stocks = [table for table in tables if table.where and table.flow is None]
    for universe, time, kept in {table.key(place) for table in stocks for place in table.cells}:
        for axis in {axis for table in stocks for axis, _ in table.where}:
            whole = universe, time, tuple(one for one in kept if one[0] != axis)
            if whole != (universe, time, kept) and (layer, whole) in system.columns:
                column = system.columns[layer, (universe, time, kept)]
                system.rows.add([(column, 1), (system.columns[layer, whole], -1)], -inf, 0)


def _narrow_zeros(
    system: System, columns: Mapping[tuple[int, Key], int], rule: DisclosureRule
) -> None:
    """Where one universe shows that there is nobody, or somebody, so it is in the other."""
    for (layer, (universe, time, kept)), column in columns.items():
        other = columns.get((layer, (rule.same_zeros.get(universe, ""), time, kept)))
        if other is None:
            continue
        for shown, told in ((column, other), (other, column)):
            if system.high[shown] == 0:
                system.narrow(told, 0, 0)
            elif system.low[shown] > 0:
                system.narrow(told, 1, CAP)


def _bound_rests(system: System, terms: Sequence[tuple[int, int]], low: float, high: float) -> None:
    """What a row alone says of them, so that the solver need not be asked. Not their bounds in the
    system: hiding more of a table widens them."""
    if low != high:
        return
    for rest, coefficient in terms:
        if rest in system.rests and coefficient == 1:
            others = [(c, -n) for c, n in terms if c != rest]
            least = sum(n * (system.low[c] if n > 0 else system.high[c]) for c, n in others)
            most = sum(n * (system.high[c] if n > 0 else system.low[c]) for c, n in others)
            before = system.rest_bounds.get(rest, (0, CAP))
            system.rest_bounds[rest] = max(least, before[0]), min(most, before[1])


def _rows_of_time(columns: Mapping[tuple[int, Key], int], rule: DisclosureRule) -> Iterator[Row]:
    yield from _time_rows(columns, rule)
    yield from _balance_rows(columns, rule)


def _time_rows(columns: Mapping[tuple[int, Key], int], rule: DisclosureRule) -> Iterator[Row]:
    """How a figure of a half-year is tied to the same figure of its quarters."""
    for universe, by_span in _by_span(columns, rule):
        kind, spans = rule.times[universe], list(by_span)
        for whole, column in by_span.items():
            for part, its in by_span.items():
                if whole.holds(part) and (part.end == whole.end or kind != "since"):
                    yield [(its, 1), (column, -1)], -inf, 0
            for tiles in _made_of(whole, spans, kind):
                highest = 0 if kind == "events" else inf
                yield [*((by_span[tile], 1) for tile in tiles), (column, -1)], 0, highest


def _made_of(whole: Span, spans: Sequence[Span], kind: TimeKind) -> Iterator[tuple[Span, ...]]:
    """Of events the shortest parts: longer ones are made of shorter ones by a row of their own."""
    if kind == "events":
        return islice(tilings(whole, spans), 1)
    return tilings(whole, spans) if kind == "distinct" else iter(())


def _add_balances(system: System, rule: DisclosureRule) -> None:
    """What belongs to a stock that is told, although no table shows it: it is not negative, so that
    even two of four figures tell of the others; and the same stock ends several periods."""
    known = {key: layer for layer, key in reversed(_by_layer(system.columns))}
    for stock, balance in rule.balances.items():
        places = {kept for universe, _, kept in known if universe == stock}
        for (universe, time, kept), layer in list(known.items()):
            if universe not in (balance.more, balance.less) or kept not in places:
                continue
            for key in _balanced(stock, balance, time, kept):
                if key not in known:
                    known[key] = layer
                    system.column(layer, key)


def _balanced(
    stock: str, balance: Balance, time: str, kept: tuple[tuple[str, str], ...]
) -> dict[Key, int]:
    """The figures that add up to nothing, with their signs; none where the time is no period."""
    span = span_of(time)
    if span is None:
        return {}
    return {
        (stock, end_of(span.start), kept): 1,
        (balance.more, time, kept): 1,
        (balance.less, time, kept): -1,
        (stock, end_of(span.end), kept): -1,
    }


def _balance_rows(columns: Mapping[tuple[int, Key], int], rule: DisclosureRule) -> Iterator[Row]:
    """How a stock is tied to the same stock before, and to what happened in between."""
    lowest: dict[Key, int] = {}
    for layer, key in _by_layer(columns):
        lowest.setdefault(key, columns[layer, key])
    for stock, balance in rule.balances.items():
        for universe, time, kept in lowest:
            signs = _balanced(stock, balance, time, kept) if universe == balance.more else {}
            if signs and all(key in lowest for key in signs):
                yield [(lowest[key], sign) for key, sign in signs.items()], 0, 0


def _by_span(
    columns: Mapping[tuple[int, Key], int], rule: DisclosureRule
) -> Iterator[tuple[str, dict[Span, int]]]:
    """For each place of a universe its columns by period, of the lowest layer that has one."""
    found: dict[tuple[str, object], dict[Span, int]] = defaultdict(dict)
    for layer, key in _by_layer(columns):
        universe, time, place = key
        span = span_of(time)
        if span is not None and rule.times.get(universe, "date") not in ("date", "flow"):
            found[universe, place].setdefault(span, columns[layer, key])
    for (universe, _), by_span in found.items():
        if len(by_span) > 1:
            yield universe, by_span


def _by_layer(columns: Collection[tuple[int, Key]]) -> list[tuple[int, Key]]:
    """The lowest first; of a layer in the order in which they came."""
    return sorted(columns, key=itemgetter(0))


def _relate_layers(system: System, rule: DisclosureRule) -> None:
    """What would be equal had nothing changed may differ by a slack."""
    layer_of = {column: layer for (layer, _), column in system.columns.items()}
    first: dict[Key, int] = {}
    for layer, key in _by_layer(system.columns):
        column = system.columns[layer, key]
        if first.setdefault(key, column) != column:
            system.add_loosely([(first[key], 1), (column, -1)], 0, 0)
    for terms, low, high in list(_rows_of_time(system.columns, rule)):
        if len({layer_of[column] for column, _ in terms}) > 1:
            system.add_loosely(terms, low, high)


def _assume_least_change(system: System, seconds: float) -> None:
    costs = np.zeros(len(system.low))
    costs[system.slacks] = 1
    found = system.program(seconds).minimum(costs)
    if found is None:
        raise CannotProtect("the published tables contradict each other")
    least = ceil(float(found @ costs) - TOLERANCE)
    system.rows.add([(slack, 1) for slack in system.slacks], 0, least)
