"""What is hidden of one period must not come out of others: nobody may subtract the half-year from
nine months and find three children."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from app.indicators.protection.certificate import verify_certificate
from app.indicators.protection.errors import CannotProtect
from app.indicators.protection.known import span_known
from app.indicators.protection.rules import disclosure_rules
from app.indicators.protection.spans import Span, between, span_of
from app.indicators.services.bundles import protect_all, related
from app.indicators.tables import Audience, Axis, Cell, CountTable, Place, ProtectedTable
from tests.indicators.attacker import SMALL, Attacker
from tests.indicators.random_tables import Child, counted
from tests.tiers import wide

FORM = Axis("abuse_form", ("sexual", "violence", "neglect"), is_partition=False)
CHANNEL = Axis("channel", ("hotline", "visit", "school", "police"))
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
PERIODS = ["2025", "2025-H1", "2025-H2", "2025-N1", *(f"2025-Q{n}" for n in range(1, 5)), *MONTHS]
JANUARY = 2025 * 12


def span(period: str) -> Span:
    found = span_of(period)
    assert found
    return found


class Year:
    """Cases by month, and the table of each period."""

    def __init__(self, lots: random.Random, axis: Axis, code: str) -> None:
        self.axis, self.code = axis, code
        most = lots.choice((4, 9, 20))
        self.months = [self._month(lots, lots.randint(0, most)) for _ in MONTHS]

    def _month(self, lots: random.Random, count: int) -> list[Child]:
        weights = [6, 3, 2, 1][: len(self.axis.categories)]
        most = 1 if self.axis.is_partition else 2
        return [(tuple({*lots.choices(self.axis.categories, weights, k=most)}),)
                for _ in range(count)]  # fmt: skip

    def table(self, period: str, through: str = "") -> CountTable:
        time = span(period).up_to(through)
        children = [one for month in range(time.start, time.end)
                    for one in self.months[month - JANUARY]]  # fmt: skip
        return replace(counted((self.axis,), children, self.code, period), through=through)


def published(year: Year, periods: Sequence[str], through: str = "") -> list[ProtectedTable]:
    """One after the other, each beside those before it."""
    found: list[ProtectedTable] = []
    for period in periods:
        made = protect_all([year.table(period, through)], found)
        found += [one.table for one in made if one.table is not None]
    return found


class Calculating:
    """Somebody who knows that every figure is a sum of months."""

    def __init__(self, tables: Sequence[ProtectedTable], axis: Axis) -> None:
        nothing = dict.fromkeys([(one,) for one in axis.places], Cell(None))
        months = [
            ProtectedTable("x.y", month, (axis,), nothing, Audience.AGENCY, 1, {})
            for month in MONTHS
        ]
        self.attacker = Attacker([*months, *tables])
        for number, table in enumerate(tables, len(months)):
            time = span_known(table)
            assert time
            for place in table.cells:
                parts = {self.attacker.cells[m - JANUARY, place]: 1.0
                         for m in range(time.start, time.end)}  # fmt: skip
                self.attacker.sums.append(({**parts, self.attacker.cells[number, place]: -1}, 0, 0))

    def interval(self, time: Span, place: Place) -> tuple[int, int]:
        parts = [self.attacker.cells[m - JANUARY, place] for m in range(time.start, time.end)]
        low = self.attacker._solve(dict.fromkeys(parts, 1.0))
        high = self.attacker._solve(dict.fromkeys(parts, -1.0))
        return round(low), -round(high)


def given_away(
    year: Year, tables: Sequence[ProtectedTable], audience: Audience
) -> Iterator[tuple[str, Place, int, tuple[int, int]]]:
    """Small figures that come out, whether a table is to hide them or nobody shows them."""
    seen = [one for one in tables if audience is Audience.AGENCY or one.audience is audience]
    attack, limit = Calculating(seen, year.axis), SMALL[audience]
    told = {one.period for one in seen}
    for period in PERIODS:
        for place, count in year.table(period).cells.items():
            if not 1 <= count <= limit:
                continue
            low, high = attack.interval(span(period), place)
            is_open = low > 0 if period not in told else low > 1 or high < limit
            if is_open and high - low < limit:
                yield period, place, count, (low, high)


ORDERS = {
    "as a year goes": [
        *MONTHS[:3], "2025-Q1", *MONTHS[3:6], "2025-Q2", "2025-H1", "2025-N1", "2025"
    ],
    "the whole first": ["2025", "2025-H1", "2025-H2", "2025-N1", "2025-Q3"],
    "nine months last": ["2025-H1", "2025-N1"],
    "two months beside their quarter": ["2025-Q4", "2025-10", "2025-11"],
    "halves, then quarters": ["2025-H1", "2025-Q1", "2025-H2", "2025-Q4", "2025"],
}  # fmt: skip
QUICK = ("nine months last", "two months beside their quarter")


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=wide) for n in (1, 2, 3))])
@pytest.mark.parametrize(
    "order", [order if order in QUICK else pytest.param(order, marks=wide) for order in ORDERS]
)
def test_periods_do_not_give_each_other_away(order: str, seed: int) -> None:
    for axis, code in ((FORM, "abuse_events.form"), (CHANNEL, "cases.channel")):
        year = Year(random.Random(seed), axis, code)
        tables = published(year, ORDERS[order])
        assert any(not cell.is_hidden for table in tables for cell in table.cells.values())
        for audience in Audience:
            assert list(given_away(year, tables, audience)) == []


def test_the_attack_finds_what_is_told_without_protection_beside_each_other() -> None:
    year = Year(random.Random(1), CHANNEL, "cases.channel")
    alone = [one.table for period in PERIODS for one in protect_all([year.table(period)])]
    tables = [one for one in alone if one is not None]
    assert list(given_away(year, tables, Audience.AGENCY)) != []


def test_the_quarter_between_six_and_nine_months_is_not_told() -> None:
    """Nobody shows it, and still it is three."""
    year = Year(random.Random(0), CHANNEL, "cases.channel")
    counts = (5, 5, 5, 5, 5, 5, 1, 1, 1, 5, 5, 5)
    year.months = [[(("hotline",),)] * n + [(("visit",),)] * 20 for n in counts]
    half, nine = year.table("2025-H1"), year.table("2025-N1")
    (first, _), (second, _) = protect_all([half]), protect_all([nine], open_tables(half))
    assert first.table and second.table
    assert first.table["hotline",].value == 30
    assert second.table["hotline",].is_hidden and second.table["_T",].value == 213


def open_tables(*counts: CountTable) -> list[ProtectedTable]:
    return [one.table for table in counts for one in protect_all([table]) if one.table]


def test_of_a_quarter_under_way_the_months_to_come_are_known_to_be_empty() -> None:
    """In November: the quarter is October and November; who knows two of them knows the third."""
    year = Year(random.Random(0), CHANNEL, "cases.channel")
    year.months[9] = [(("hotline",),)] * 2 + [(("visit",),)] * 30
    year.months[10] = [(("hotline",),)] * 9 + [(("visit",),)] * 30
    year.months[11] = []
    tables = published(year, ["2025-Q4", "2025-11", "2025-10"], through="2025-11")
    for audience in Audience:
        assert list(given_away(year, tables, audience)) == []
    quarter, month = tables[0], tables[2]
    assert quarter.through == "2025-11" and span_known(quarter) == Span(24309, 24311)
    assert "hidden" if month["hotline",].is_hidden else not quarter["hotline",].is_hidden


def test_certificates_hold_beside_other_periods() -> None:
    year = Year(random.Random(2), CHANNEL, "cases.channel")
    tables = published(year, ORDERS["the whole first"])
    rule = disclosure_rules().newest
    for number, table in enumerate(tables):
        before = [one for one in tables[:number] if one.period != table.period]
        same = [one for one in tables[:number] if one.period == table.period]
        verify_certificate(table, linked=list(related(table, [*before, *same])), rule=rule)


def test_a_table_beside_those_that_hang_together_with_it() -> None:
    year = Year(random.Random(3), CHANNEL, "cases.channel")
    half, other, whole = (open_tables(year.table(p))[0] for p in ("2025-H1", "2025-H2", "2025"))
    assert list(related(half, [other])) == []
    assert list(related(half, [other, whole])) == [other, whole]
    next_year = replace(whole, period="2026")
    assert next_year not in list(related(half, [other, whole, next_year]))


def test_the_times_that_periods_tell_of() -> None:
    spans = [span(one) for one in ("2025", "2025-H1", "2025-Q3", "2026-Q2")]
    assert [str(one) for one in between(spans)] == [
        "2025-01/2025-06", "2025-01/2025-09", "2025-01/2025-12", "2025-07/2025-09",
        "2025-07/2025-12", "2025-10/2025-12", "2026-04/2026-06",
    ]  # fmt: skip
    assert span_of("2025-04/2025-06") == span("2025-Q2") and span_of("2025-04/x") is None
    assert span("2025-Q4").up_to("2025-11") == span_of("2025-10/2025-11")
    assert span("2025-11").up_to("") == span("2025-11").up_to("2026-02") == span("2025-11")


def test_periods_that_are_none_are_refused() -> None:
    year = Year(random.Random(0), CHANNEL, "cases.channel")
    table = replace(year.table("2025-Q1"), period="lately")
    with pytest.raises(CannotProtect):
        list(related(table, open_tables(year.table("2025"))))
