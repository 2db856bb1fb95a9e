"""Tables counted from children drawn by lot, with every combination of axes the rule allows."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product

from app.indicators.tables import TOTAL, Axis, CountTable, places_of

Child = tuple[tuple[str, ...], ...]  # for each axis the categories that the child is in

NAMES = ("commune", "sex", "form", "age")


def some_axes(lots: random.Random, most: int = 3) -> tuple[Axis, ...]:
    count = lots.choice(range(1, most + 1))
    sizes = {1: (2, 9), 2: (2, 6), 3: (2, 4)}[count]
    overlapping = set(lots.sample(range(count), lots.choice((0, 0, 0, 1, 1, min(count, 2)))))
    return tuple(
        Axis(NAMES[n], tuple(f"{NAMES[n]}{c}" for c in range(lots.randint(*sizes))),
             n not in overlapping)
        for n in range(count)
    )  # fmt: skip


def some_children(
    lots: random.Random, axes: Sequence[Axis], count: int | None = None
) -> list[Child]:
    """Some categories are rare, as they are among children."""
    weights = [[lots.random() ** 3 + 0.01 for _ in axis.categories] for axis in axes]
    count = count or lots.choice((3, 8, 15, 30, 60, 120, 400))
    return [
        tuple(_some_of(lots, axis, w) for axis, w in zip(axes, weights, strict=True))
        for _ in range(count)
    ]


def _some_of(lots: random.Random, axis: Axis, weights: Sequence[float]) -> tuple[str, ...]:
    most = 1 if axis.is_partition else lots.choice((1, 1, 2))
    return tuple(sorted(set(lots.choices(axis.categories, weights, k=most))))


def counted(
    axes: tuple[Axis, ...], children: Iterable[Child], code: str = "abuse.random",
    period: str = "2026-H1",
) -> CountTable:  # fmt: skip
    cells: dict[tuple[str, ...], int] = defaultdict(int)
    for child in children:
        for place in product(*((*categories, TOTAL) for categories in child)):
            cells[place] += 1
    return CountTable(code, period, axes, {place: cells[place] for place in places_of(axes)})


def random_table(seed: int) -> CountTable:
    lots = random.Random(seed)
    axes = some_axes(lots)
    return counted(axes, some_children(lots, axes))
