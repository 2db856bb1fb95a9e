"""What is hidden, what is refused, and what stays the same."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.indicators.protection.certificate import hash_of_shown, verify_certificate
from app.indicators.protection.engine import protect
from app.indicators.protection.errors import BrokenTable, CannotProtect
from app.indicators.protection.rates import RateState, rate
from app.indicators.protection.rules import Bounds, DisclosureRule, disclosure_rules
from app.indicators.protection.spans import span_of, tilings
from app.indicators.tables import (
    TOTAL,
    Audience,
    Axis,
    Cell,
    CountTable,
    Mark,
    ProtectedTable,
    places_of,
)
from tests.indicators.attacker import SMALL, Attacker
from tests.indicators.random_tables import counted, random_table

RULE = disclosure_rules().newest
SEX = Axis("sex", ("boy", "girl"))
COMMUNE = Axis("commune", ("A", "B", "C"))
AGE = Axis("age", ("0", "1", "2"))
SEEDS = st.integers(1_000, 100_000)
SLOW = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def row(axis: Axis, *counts: int, total: int | None = None, period: str = "2026-H1") -> CountTable:
    whole = sum(counts) if total is None else total
    cells = dict(zip(places_of((axis,)), (*counts, whole), strict=True))
    return CountTable("abuse.row", period, (axis,), cells)


def with_counts(counts: dict[tuple[str, str], int], *axes: Axis) -> CountTable:
    children = [
        tuple((category,) for category in place) for place, n in counts.items() for _ in range(n)
    ]
    return counted(axes, children)


def values(table: ProtectedTable) -> list[int | None]:
    return [cell.value for cell in table.cells.values()]


def test_a_small_figure_takes_another_one_along() -> None:
    shown = protect(row(COMMUNE, 3, 20, 40), Audience.AGENCY)
    assert values(shown) == [None, None, 40, 63]
    assert shown["A",].mark is Mark.PRIMARY and shown["B",].mark is Mark.COMPLEMENTARY
    assert shown.certificate["cells"] == [[["A"], 0, 23], [["B"], 0, 23]]


def test_the_public_sees_round_figures_and_less() -> None:
    shown = protect(row(COMMUNE, 6, 21, 43), Audience.PUBLIC)
    assert shown["A",].is_hidden
    assert all(value is None or value % 5 == 0 for value in values(shown))


def test_rounding_alone_can_protect_and_is_counted() -> None:
    """93 is shown as 95: the hidden figure lies between 1 and 12 for whoever calculates."""
    shown = protect(row(COMMUNE, 3, 50, 40), Audience.PUBLIC)
    assert values(shown) == [None, 50, 40, 95]


def test_rounding_is_not_undone() -> None:
    """Four times 8 and 32: had all been shown as 10, 10, 10, 10 and 30, each would be 8."""
    axis = Axis("commune", ("A", "B", "C", "D"))
    shown = protect(row(axis, 8, 8, 8, 8), Audience.PUBLIC)
    attacker = Attacker([shown])
    for place in shown.cells:
        low, high = attacker.interval(0, place)
        assert high > low


def test_the_hash_of_what_is_shown_does_not_tell_why_it_is_hidden() -> None:
    shown = protect(row(COMMUNE, 3, 20, 40), Audience.AGENCY)
    marks = list(Mark)[1:]
    others = [
        replace(shown, cells={**shown.cells, ("A",): Cell(None, one), ("B",): Cell(None, other)})
        for one in marks
        for other in marks
    ]
    assert {hash_of_shown(one) for one in others} == {shown.certificate["shown"]}
    assert hash_of_shown(replace(shown, period="2025-H1")) != shown.certificate["shown"]


def test_zero_stays_open() -> None:
    shown = protect(row(COMMUNE, 0, 20, 40), Audience.AGENCY)
    assert values(shown) == [0, 20, 40, 60]


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("girls", [3, 12, 40])
def test_that_all_children_of_a_commune_are_girls_is_hidden(audience: Audience, girls: int) -> None:
    """Nobody may be sure that a child of the commune is a girl: a boy must stay possible."""
    counts = {("A", "girl"): girls, ("B", "girl"): 30, ("B", "boy"): 25, ("C", "girl"): 40,
              ("C", "boy"): 50}  # fmt: skip
    shown = protect(with_counts(counts, COMMUNE, SEX), audience)
    assert shown["A", "girl"].is_hidden and shown["A", "boy"].is_hidden
    assert Attacker([shown]).interval(0, ("A", "boy"))[1] >= SMALL[audience]


def test_that_every_child_suffered_one_form_is_hidden_though_other_forms_add_up() -> None:
    form = Axis("form", ("sexual", "violence"), is_partition=False)
    shown = protect(row(form, 12, 5, total=12), Audience.AGENCY)
    assert shown["sexual",].is_hidden and shown["sexual",].mark is Mark.GROUP
    low, high = Attacker([shown]).interval(0, ("sexual",))
    assert low < 12 and high - low >= 4


def test_a_combination_that_cannot_occur_hides_nothing() -> None:
    """Everybody knows that it is 0: it is shown, and takes no part in hiding another."""
    zeros = ({"commune": "A", "sex": "boy"},)
    rule = RULE.model_copy(update={"structural_zeros": zeros})
    counts = {("A", "girl"): 20, ("B", "girl"): 30, ("B", "boy"): 25, ("C", "boy"): 9}
    shown = protect(with_counts(counts, COMMUNE, SEX), Audience.AGENCY, rule=rule)
    assert shown["A", "boy"].value == 0 and not shown["A", "girl"].is_hidden
    wrong = with_counts({**counts, ("A", "boy"): 1}, COMMUNE, SEX)
    with pytest.raises(BrokenTable, match="cannot occur"):
        protect(wrong, Audience.AGENCY, rule=rule)


def test_one_figure_alone() -> None:
    table = CountTable("abuse.all", "2026", (), {(): 3})
    assert protect(table, Audience.AGENCY)[()].is_hidden
    assert protect(replace(table, cells={(): 8}), Audience.PUBLIC)[()] == Cell(10)


def broken() -> dict[str, CountTable]:
    good = row(COMMUNE, 3, 20, 40)
    overlap = Axis("form", ("x", "y"), is_partition=False)
    return {
        "does not add up": row(COMMUNE, 3, 20, 40, total=64),
        "more in one than in all": row(overlap, 10, 2, total=9),
        "more in all than together": row(overlap, 10, 2, total=13),
        "negative": row(COMMUNE, -1, 20, 40),
        "too large": row(COMMUNE, 10**7, 20, 40),
        "missing": replace(good, cells={("A",): 3}),
        "twice": row(Axis("commune", ("A", "A", "B")), 3, 3, 5),
    }


@pytest.mark.parametrize("name", list(broken()))
def test_counts_that_contradict_each_other_are_not_published(name: str) -> None:
    with pytest.raises(BrokenTable):
        protect(broken()[name], Audience.AGENCY)


def test_four_axes_are_refused() -> None:
    axes = (COMMUNE, SEX, AGE, Axis("form", ("x", "y")))
    with pytest.raises(CannotProtect, match="axes"):
        protect(counted(axes, [(("A",), ("boy",), ("0",), ("x",))] * 30), Audience.AGENCY)


def test_what_is_not_solved_in_time_is_not_published() -> None:
    rule = RULE.model_copy(update={"solver_seconds": 0})
    table = next(t for t in map(random_table, range(100)) if len(t.axes) == 3)
    with pytest.raises(CannotProtect, match="solver"):
        protect(table, Audience.AGENCY, rule=rule)


def test_what_an_earlier_release_hid_stays_hidden() -> None:
    """One late entry makes 5 of 4; shown, it would tell that there were 4."""
    first = protect(row(COMMUNE, 4, 20, 40), Audience.AGENCY)
    second = protect(row(COMMUNE, 5, 20, 40), Audience.AGENCY, linked=[first])
    assert set(first.hidden) <= set(second.hidden)


def test_what_agencies_do_not_see_the_public_does_not() -> None:
    table = with_counts(
        {("A", "boy"): 3, ("A", "girl"): 20, ("B", "boy"): 30, ("B", "girl"): 40}, COMMUNE, SEX
    )
    agency = protect(table, Audience.AGENCY)
    public = protect(table, Audience.PUBLIC, linked=[agency])
    assert set(agency.hidden) <= set(public.hidden)
    verify_certificate(public, linked=[agency])


def test_a_shared_margin_is_one_figure() -> None:
    """By sex, and by sex and age: what one table hides the other does not show."""
    by_sex = replace(row(SEX, 3, 30), code="abuse.sex")
    both = with_counts({("0", "boy"): 3, ("0", "girl"): 10, ("1", "girl"): 20}, AGE, SEX)
    one = protect(by_sex, Audience.AGENCY)
    two = protect(both, Audience.AGENCY, linked=[one])
    for sex in ("boy", "girl"):
        assert one[sex,].is_hidden == two[TOTAL, sex].is_hidden


def test_where_nobody_says_how_periods_are_related_nothing_is_published() -> None:
    one = protect(replace(row(SEX, 20, 30), code="new.sex"), Audience.AGENCY)
    two = replace(row(SEX, 22, 33, period="2026-H2"), code="new.sex")
    assert protect(two, Audience.AGENCY)
    with pytest.raises(CannotProtect, match="periods"):
        protect(two, Audience.AGENCY, linked=[one])


def test_counts_of_one_day_are_the_same_in_a_quarter_and_a_half_year() -> None:
    quarter = protect(
        replace(row(COMMUNE, 3, 20, 40, period="2026-Q2"), code="special.x"), Audience.AGENCY
    )
    half = replace(row(COMMUNE, 3, 20, 40, period="2026-H1"), code="special.x")
    assert protect(half, Audience.AGENCY, linked=[quarter]).hidden == quarter.hidden


@SLOW
@given(SEEDS, st.sampled_from(list(Audience)))
def test_figures_are_open_or_hidden_but_never_wrong(seed: int, audience: Audience) -> None:
    table = random_table(seed)
    shown = protect(table, audience)
    for place, count in table.cells.items():
        value = shown[place].value
        if value is not None:
            assert value == (count if audience is Audience.AGENCY else round(count / 5) * 5)
            assert not 1 <= count <= SMALL[audience]
    verify_certificate(ProtectedTable.from_json(json.loads(json.dumps(shown.to_json()))))


@SLOW
@given(SEEDS, st.sampled_from(list(Audience)))
def test_protecting_again_hides_the_same(seed: int, audience: Audience) -> None:
    table = random_table(seed)
    once = protect(table, audience)
    assert protect(table, audience) == once
    assert protect(table, audience, linked=[once]).hidden == once.hidden


@SLOW
@given(SEEDS, st.sampled_from(list(Audience)), st.randoms(use_true_random=False))
def test_the_order_of_axes_and_categories_does_not_matter(
    seed: int, audience: Audience, lots: random.Random
) -> None:
    table = random_table(seed)
    order = lots.choice(list(permutations(range(len(table.axes)))))
    axes = tuple(table.axes[n] for n in order)
    mixed = [tuple(lots.sample(axis.categories, k=len(axis.categories))) for axis in axes]
    axes = tuple(replace(a, categories=names) for a, names in zip(axes, mixed, strict=True))
    cells = {tuple(place[n] for n in order): count for place, count in table.cells.items()}
    other = protect(replace(table, axes=axes, cells=cells), audience)
    expected = {tuple(place[n] for n in order) for place in protect(table, audience).hidden}
    assert set(other.hidden) == expected


def test_a_certificate_is_of_its_table_and_of_the_tables_beside_it() -> None:
    shown = protect(row(COMMUNE, 3, 20, 40), Audience.AGENCY)
    verify_certificate(shown)
    with pytest.raises(CannotProtect, match="beside"):
        verify_certificate(shown, linked=[shown])
    cells = [[["A"], 0, 63], [["B"], 0, 23]]  # more than is true
    with pytest.raises(CannotProtect, match="narrow"):
        verify_certificate(shown, {**shown.certificate, "cells": cells})
    with pytest.raises(CannotProtect, match="leaves"):
        verify_certificate(shown, {**shown.certificate, "cells": cells[:1]})


@given(st.integers(0, 10_000))
def test_a_rounded_figure_is_possible_for_its_count(count: int) -> None:
    bounds = RULE.public
    if count == 0 or count > bounds.hide_up_to:
        low, high = bounds.possible(bounds.shown(count))
        assert low <= count <= high and abs(bounds.shown(count) - count) <= 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"round_to": 10}, "odd"), ({"round_to": 9}, "rounded to 0"), ({"open_width": 5}, "smaller")],
)
def test_rules_that_do_not_protect_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Bounds.model_validate({**RULE.public.model_dump(), **changes})
    assert isinstance(RULE, DisclosureRule)


def test_periods_are_spans_of_months() -> None:
    half, quarters = span_of("2026-H1"), [span_of("2026-Q1"), span_of("2026-Q2")]
    assert half and list(tilings(half, [q for q in quarters if q])) == [tuple(quarters)]
    assert span_of("2026-02") < span_of("2026-03") and span_of("2026-13") is None
    year = span_of("2026")
    assert year and year.holds(half) and not half.holds(year)


def test_rates_come_from_protected_counts_only() -> None:
    assert rate(Cell(None, Mark.PRIMARY), 800).state is RateState.HIDDEN
    assert rate(Cell(20), Cell(None, Mark.GROUP)).state is RateState.HIDDEN
    assert rate(Cell(20), None).state is RateState.MISSING
    assert rate(Cell(0), 0).state is RateState.UNDEFINED
    found = rate(Cell(10), 800, round_to=5)
    assert (found.value, found.low, found.high) == (
        Decimal("1.25"),
        Decimal("1.00"),
        Decimal("1.50"),
    )
    of_two = rate(Cell(95), Cell(100), round_to=5)
    assert of_two.low == Decimal("91.18") and of_two.high == Decimal("98.98")
    assert rate(Cell(0), 800, round_to=5).high == 0


@pytest.mark.wide
def test_pages_do_not_load_the_solver() -> None:
    code = (
        "import sys, app.indicators.tables, app.indicators.protection.rates;"
        "sys.exit(bool({'highspy', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
