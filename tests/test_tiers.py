"""No test is forgotten: each belongs to one tier, and every change runs all but the long ones."""

import re
from itertools import product
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from app.auth.models import Role
from tests.tiers import every, short_for, turn

ROOT = Path(__file__).parents[1]
TIERS = dict(
    re.findall(r'^    (""|--\w+)\) marks="(.+)" ;;$', (ROOT / "scripts/test.sh").read_text(), re.M)
)


def targets_of(ci: str) -> set[str]:
    return set(re.findall(r"^make (\S+)$", ci, re.M))


def test_ci_runs_all_but_the_long_tests() -> None:
    assert targets_of((ROOT / ".ci/run").read_text()) == {"test", "test-wide"}
    makefile = (ROOT / "Makefile").read_text()
    for option in ("", " --wide", " --long"):
        assert f"\n\t@bash scripts/test.sh{option}\n" in makefile


@pytest.mark.parametrize(
    "marks", [{"wide": w, "long": n, "browser": b} for w, n, b in product((True, False), repeat=3)]
)
def test_whatever_its_marks_a_test_is_in_one_tier(marks: dict[str, bool]) -> None:
    assert set(TIERS) == {'""', "--wide", "--long"}
    chosen = [
        option
        for option, marked in TIERS.items()
        if Expression.compile(marked).evaluate(lambda name, **_: marks[name])
    ]
    assert len(chosen) == 1
    assert (chosen == ["--long"]) is marks["long"]


def test_each_value_has_its_turn() -> None:
    assert [turn("abc", number, 1) for number in range(4)] == [["a"], ["b"], ["c"], ["a"]]
    assert turn("abc", 1, 2) == ["c", "a"]
    assert turn("abc", 5, 99) == ["a", "b", "c"]


def test_every_second_is_in_every_run() -> None:
    taken = every(2, "abcde")
    assert [one for one in taken if isinstance(one, str)] == ["a", "c", "e"]
    assert len(taken) == 5


def test_whoever_is_not_chosen_is_in_the_wide_run() -> None:
    roles = short_for([Role.INTAKE])
    wide = {one.values[0] for one in roles if not isinstance(one, Role)}
    assert {one for one in roles if isinstance(one, Role)} == {Role.INTAKE}
    assert wide == set(Role) - {Role.INTAKE}
