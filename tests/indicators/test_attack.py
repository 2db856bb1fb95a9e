"""Tables are protected and attacked: no hidden figure comes out narrower than the bound."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.indicators.protection.certificate import hash_of_shown, verify_certificate
from app.indicators.protection.engine import protect
from app.indicators.protection.errors import CannotProtect
from app.indicators.tables import Audience, Axis, Cell, CountTable, Mark, ProtectedTable
from tests.evidence import Evidence
from tests.indicators.attacker import SMALL, Attacker, narrow_cells
from tests.indicators.random_tables import counted, random_table, some_children
from tests.tiers import wide

AXES = (Axis("commune", ("A", "B", "C", "D")), Axis("sex", ("boy", "girl")))
AUDIENCES = tuple(Audience)


NARROWED = "{narrow} of {attacked:,} hidden figures of {tables} tables narrower than the bound"


def protected(seed: int) -> tuple[CountTable, ProtectedTable]:
    table = random_table(seed)
    return table, protect(table, AUDIENCES[seed % 2])


def check(tables: range, most: int = 1_000) -> int:
    """How many hidden figures were attacked: of each table at most `most`, drawn by lot."""
    attacked = 0
    for seed in tables:
        table, shown = protected(seed)
        attacker, small = Attacker([shown]), SMALL[shown.audience]
        places = random.Random(seed).sample(shown.hidden, min(most, len(shown.hidden)))
        for place in places:
            low, high = attacker.interval(0, place)
            assert high - low >= small, (seed, place)
            if 1 <= table.cells[place] <= small:  # all that the rule itself tells stays possible
                assert low <= 1 and high >= small, (seed, place)
        attacked += len(places)
    return attacked


def seeds(count: int, short: int) -> list[object]:
    """The first few in every run, the others in the wide one."""
    return [*range(short), *(pytest.param(seed, marks=wide) for seed in range(short, count))]


@pytest.mark.parametrize("part", seeds(5, 1))
def test_a_hundred_tables_withstand(part: int, evidence: Evidence) -> None:
    attacked = check(range(20 * part, 20 * part + 20), most=10)
    assert attacked > 80
    evidence("hidden-counts", NARROWED, narrow=0, attacked=attacked, tables=20)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(5))
def test_five_hundred_tables_withstand(part: int, evidence: Evidence) -> None:
    attacked = check(range(100 * part, 100 * part + 100))
    assert attacked > 500
    evidence("hidden-counts", NARROWED, narrow=0, attacked=attacked, tables=100)


def only_primary(table: CountTable, audience: Audience) -> ProtectedTable:
    cells = {
        place: Cell(None, Mark.PRIMARY) if 1 <= count <= SMALL[audience]
        else Cell(count if audience is Audience.AGENCY else (count + 2) // 5 * 5)
        for place, count in table.cells.items()
    }  # fmt: skip
    return ProtectedTable(table.code, table.period, table.axes, cells, audience, 1, {})


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_attack_breaks_tables_where_small_figures_alone_are_hidden(audience: Audience) -> None:
    tables = [only_primary(random_table(seed), audience) for seed in range(12)]
    broken = [bool(narrow_cells(Attacker([table]))) for table in tables]
    assert sum(broken) >= 3


def test_a_leak_is_found_by_the_attack_and_by_the_certificate() -> None:
    """One figure that was hidden for the sake of others is shown."""
    found = refused = leaks = 0
    for seed in range(0, 24, 2):
        table, shown = protected(seed)
        because = [p for p, cell in shown.cells.items() if cell.mark is Mark.COMPLEMENTARY]
        if not because:
            continue
        leaks += 1
        place = because[len(because) // 2]
        leaky = replace(shown, cells={**shown.cells, place: Cell(table.cells[place])})
        found += bool(narrow_cells(Attacker([leaky])))
        with pytest.raises(CannotProtect, match="another table"):
            verify_certificate(leaky)
        refused += is_refused(leaky)
    assert leaks >= 5 and found >= leaks / 2
    assert refused >= found


def is_refused(leaky: ProtectedTable) -> bool:
    """With a certificate forged for the leaky table."""
    from_attempt = only_claims(leaky)
    try:
        verify_certificate(from_attempt)
    except CannotProtect:
        return True
    return False


def only_claims(table: ProtectedTable) -> ProtectedTable:
    cells = [c for c in table.certificate["cells"] if tuple(c[0]) in set(table.hidden)]
    forged = {**table.certificate, "cells": cells, "shown": hash_of_shown(table)}
    return replace(table, certificate=forged)


def of_two(
    first: Sequence[tuple[int, tuple[str, ...]]], attacker: Attacker
) -> tuple[list[int], int]:
    *parts, whole = [attacker.cells[number, place] for number, place in first]
    return parts, whole


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("seed", seeds(6, 2))
def test_two_releases_of_one_period_withstand(audience: Audience, seed: int) -> None:
    """Nothing, one or two children are added and, sometimes, one is taken out (a merge)."""
    lots = random.Random(seed)
    children = some_children(lots, AXES, lots.choice((20, 40, 90)))
    later = children[seed % 2 :] + some_children(lots, AXES, 2)[: seed % 3]
    first = protect(counted(AXES, children), audience)
    second = protect(counted(AXES, later), audience, linked=[first])
    attacker = Attacker([second, first])
    places = list(first.cells)
    attacker.suppose_little_changed([(*of_two([(1, p), (0, p)], attacker), True) for p in places])
    assert not unless_shown(narrow_cells(attacker), [second, first])
    verify_certificate(second, linked=[first])


def unless_shown(found: list, tables: Sequence[ProtectedTable]) -> list:
    """Without figures that another release shows: nobody calculated them."""
    return [
        (number, place, interval) for number, place, interval in found
        if all(table[place].is_hidden for table in tables)
    ]  # fmt: skip


@pytest.mark.wide
@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("code", ["abuse_events.form_sex", "abuse.form_sex"])
@pytest.mark.parametrize("seed", seeds(3, 1))
def test_quarters_and_their_half_year_withstand(audience: Audience, code: str, seed: int) -> None:
    lots = random.Random(seed)
    one, two = some_children(lots, AXES, 30), some_children(lots, AXES, lots.choice((12, 40)))
    is_sum = code.startswith("abuse_events")
    again = [] if is_sum else one[:4]  # abused in both quarters, and one child of the half-year
    released: list[ProtectedTable] = []
    for period, children in (
        ("2026-Q1", one), ("2026-Q2", two + again), ("2026-H1", one + two),
    ):  # fmt: skip
        table = counted(AXES, children, code, period)
        released.append(protect(table, audience, linked=released))
    attacker = Attacker(released)
    attacker.suppose_little_changed(
        [(*of_two([(0, p), (1, p), (2, p)], attacker), is_sum) for p in released[0].cells]
    )
    assert narrow_cells(attacker) == []


def test_a_half_year_gives_away_a_quarter_that_was_released_by_itself() -> None:
    """The control: protected without the quarters beside it, it does."""
    lots = random.Random(1)
    one, two = some_children(lots, AXES, 30), some_children(lots, AXES, 40)
    periods = {"2026-Q1": one, "2026-Q2": two, "2026-H1": one + two}
    released = [
        protect(counted(AXES, children, "abuse_events.x", period), Audience.AGENCY)
        for period, children in periods.items()
    ]
    attacker = Attacker(released)
    attacker.suppose_little_changed(
        [(*of_two([(0, p), (1, p), (2, p)], attacker), True) for p in released[0].cells]
    )
    assert narrow_cells(attacker)
