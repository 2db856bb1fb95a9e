"""How long the protection of 104 communes x 5 groups x sex takes, with every margin."""

import random
import time
from itertools import product

from app.indicators.protection.certificate import verify_certificate
from app.indicators.protection.engine import protect
from app.indicators.tables import TOTAL, Audience, Axis, CountTable, places_of

COMMUNES, GOAL_SECONDS = 104, 10.0
MEANS = {
    "g1": 60.0,
    "g2": 22.0,
    "g3": 8.0,
    "g4": 2.0,
    "g5": 0.7,
}  # children of a group in a commune


def a_province(*, is_partition: bool, seed: int = 1) -> CountTable:
    """Groups of a province in their usual shares. Not a partition: a tenth of each is in two."""
    lots = random.Random(seed)
    communes = tuple(f"c{number:03}" for number in range(COMMUNES))
    axes = (
        Axis("commune", communes), Axis("sc_group", tuple(MEANS), is_partition),
        Axis("sex", ("boy", "girl")),
    )  # fmt: skip
    cells = dict.fromkeys(places_of(axes), 0)
    for commune, (group, mean), sex in product(communes, MEANS.items(), axes[2].categories):
        expected = mean * lots.uniform(0.4, 1.8) / 2
        count = max(0, round(lots.gauss(expected, expected**0.5)))
        distinct = count if is_partition or group == "g1" else count - count // 10
        for place in product((commune, TOTAL), (group, TOTAL), (sex, TOTAL)):
            cells[place] += distinct if place[1] == TOTAL else count
    return CountTable("special.commune_group_sex", "2026-H1", axes, cells)


def measure() -> dict[str, float]:
    """Seconds of each audience and kind of axis, and the share of figures that is hidden."""
    found = {}
    for is_partition, audience in product((True, False), Audience):
        table, began = a_province(is_partition=is_partition), time.monotonic()
        shown = protect(table, audience)
        name = f"{audience} {'partition' if is_partition else 'overlapping'}"
        found[f"{name} seconds"] = round(time.monotonic() - began, 2)
        verify_certificate(shown)
        found[f"{name} hidden"] = round(len(shown.hidden) / len(shown.cells), 3)
    return found


def missed(found: dict[str, float]) -> list[str]:
    slow = {n: v for n, v in found.items() if n.endswith("seconds") and v > GOAL_SECONDS}
    return [f"protection, {name}: {value} s" for name, value in slow.items()]


if __name__ == "__main__":
    print(measure())
