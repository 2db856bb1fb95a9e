"""Which test belongs where. Three tiers; CI runs the first two for every change (`.ci/run`).

- **short** (`make test`, no mark): everything that proves a rule once, and quickly: with the checks
  it shall take no more than eight minutes on two quiet cores. A sweep over pages, roles and hostile
  values has a fixed sample here, the same in every run: each page, each role, each value, every
  fourth form, but not each combination. Of many kills, a few; of stories in the browser, the main
  one. What takes a second or more and has no smaller form is wide, where something quicker
  proves the main of it.
- **wide** (`make test-wide`): the same sweeps with every role and many values, axe on each state of
  each page at both widths, the longest stories, and what takes many seconds of processes being
  started, killed and restored: restores of whole databases, two first starts at once.
- **long** (`make test-long`, by hand and at night): every value in every field, hundreds of random
  grants, hundreds of kills.

A sample is taken by turns, never by chance: one that fails fails again. A sweep's positive control
is in the same tier as its sample.
"""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import TypeVar

import pytest

from app.auth.models import Role

T = TypeVar("T")
wide, long = pytest.mark.wide, pytest.mark.long


def turn(values: Sequence[T], number: int, most: int) -> list[T]:
    """`most` of the values for page number `number`, all where there are no more."""
    if most >= len(values):
        return list(values)
    return list(islice(cycle(values), most * number, most * (number + 1)))


def every(number: int, values: Sequence[T]) -> list[object]:
    """Values as parameters of a test: the first of so many in every run, the rest in the wide
    one."""
    return [
        value if place % number == 0 else pytest.param(value, marks=wide)
        for place, value in enumerate(values)
    ]


def short_for(chosen: Iterable[Role], everybody: Iterable[Role] = Role) -> list[object]:
    """Roles as parameters of a test: the chosen ones in every run, the others in the wide one."""
    short = set(chosen)
    return [role if role in short else pytest.param(role, marks=wide) for role in everybody]
