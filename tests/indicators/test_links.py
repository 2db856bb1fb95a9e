"""Figures of different kinds that are tied to each other: what one hides another may not tell."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.indicators.periods import Period
from app.indicators.protection.engine import protect
from app.indicators.protection.rules import disclosure_rules
from app.indicators.queries.report_counts import (
    HANDLERS,
    NOBODY,
    REFERRED,
    Counting,
    count_all,
    tally,
)
from app.indicators.services.bundles import Outcome, protect_all
from app.indicators.services.report_figures import protected
from app.indicators.tables import TOTAL, Audience, Axis, CountTable, Place, ProtectedTable

SETTINGS = ("home", "school", "care_facility", "workplace", "online", "other", "unknown")
CATEGORY = Axis("category", ("a", "b", "c", "d"))
HOME = ("home",)


def one(code: str, period: str, count: int) -> CountTable:
    return CountTable(code, period, (), {(): count})


def settings(code: str, *counts: int) -> CountTable:
    rows = [
        (f"{name}{n}", name)
        for name, count in zip(SETTINGS, counts, strict=False)
        for n in range(count)
    ]
    axis = Axis("setting", SETTINGS, is_partition=code.startswith("abuse_events"))
    return tally(code, "2026-Q2", (axis,), rows)


def zeros(table: ProtectedTable, truth: CountTable) -> set[Place]:
    """Those hidden although nobody is there, so that somebody stays possible."""
    return {place for place in table.hidden if truth.cells[place] == 0}


@pytest.mark.parametrize("children", [7, 12, 20, 60])
@pytest.mark.parametrize("order", [1, -1])
def test_events_do_not_tell_that_all_children_were_abused_in_one_place(
    children: int, order: int
) -> None:
    """A place without events has no children: both tables leave the same place possible."""
    counts = [settings(code, children) for code in ("abuse.setting", "abuse_events.setting")]
    made = protect_all(counts[::order])
    for audience in Audience:
        tables = [one.table for one in made if one.audience is audience and one.table]
        assert len(tables) == 2
        both = set.intersection(*(zeros(table, counts[0]) for table in tables))
        assert both, "some other place must be possible in each"
        assert all(table[HOME].is_hidden for table in tables)


def test_zeros_are_named_in_the_rule() -> None:
    rule = disclosure_rules().newest
    assert rule.family("abuse_events") == rule.family("abuse")
    assert rule.family("cases") == rule.family("closed") == rule.family("open") == "open"
    assert rule.family("special") == rule.family("moves") != rule.family("referrals")


def test_what_is_open_does_not_follow_from_what_was_received_and_closed() -> None:
    """12 open before, 9 received and 18 closed: 3."""
    before = protected(ends("2026-Q1", is_open=12, closed=9, received=20))
    is_open, closed, received = protected(ends("2026-Q2", is_open=3, closed=18, received=9), before)
    assert is_open[()].is_hidden
    assert closed[()].is_hidden or received[()].is_hidden


def test_nor_from_two_periods_of_which_one_goes_on_longer() -> None:
    """Six months and nine: the three between were received and closed, too."""
    first = protected(ends("2026-H1", is_open=12, closed=15, received=20))
    second = ends("2026-N1", is_open=3, closed=33, received=29)
    is_open, closed, received = protected(second, first)
    assert is_open[()].is_hidden
    assert closed[()].is_hidden or received[()].is_hidden


def test_one_report_alone_tells_no_lower_bound() -> None:
    """15 received and 12 open: at least 3 were closed, since none is less than none before."""
    is_open, closed, received = protected(ends("2026-Q1", is_open=12, closed=3, received=15))
    assert closed[()].is_hidden
    assert is_open[()].is_hidden or received[()].is_hidden


def test_nor_do_two_reports_that_begin_on_the_same_day() -> None:
    """10 received, none closed, 10 open: none was open before. Then 16 received, 13 open."""
    first = protected(ends("2026-H1", is_open=10, closed=0, received=10))
    is_open, closed, received = protected(ends("2026-N1", is_open=13, closed=3, received=16), first)
    assert closed[()].is_hidden
    assert is_open[()].is_hidden or received[()].is_hidden


def test_what_was_closed_comes_first_where_what_was_received_is_known() -> None:
    """A current table shows what was received: what is open would tell what was closed."""
    place = Axis("case_commune", ("11953", "11980", "11983"))
    where, counts = (("case_commune", "11953"),), (("11953", 16), ("11980", 9), ("11983", 12))
    rows = [(f"{code}{n}", code) for code, count in counts for n in range(count)]
    current = [protect(tally("cases.commune", "2026-N1", (place,), rows), Audience.AGENCY)]
    assert current[0]["11953",].value == 16
    before = ends("2026-H1", is_open=10, closed=0, received=10)
    first = protected([replace(one, where=where) for one in before])
    after = ends("2026-N1", is_open=13, closed=3, received=16)
    second = [replace(one, where=where) for one in after]
    is_open, closed, received = protected(second, [*first, *current])
    assert is_open[()].is_hidden and closed[()].is_hidden
    assert received[()].value == 16
    assert is_open.rule_version, "it is protected, not left out"


def ends(period: str, *, is_open: int, closed: int, received: int) -> list[CountTable]:
    return [
        one("open.open", period, is_open),
        one("closed.closed", period, closed),
        one("cases.cases_total", period, received),
    ]


def test_a_report_counts_what_is_open_before_what_tells_it(session: Session) -> None:
    counting = Counting(session, Period.parse("2026-Q1"), "2026-Q1", None, clock.now())
    first = [table.code for table in count_all(counting) if not table.axes]
    assert first[:2] == ["open.open", "closed.closed"]
    assert "cases.cases_total" in first


def referred(alone: int, police: int) -> list[CountTable]:
    rows = [(f"alone{n}", NOBODY) for n in range(alone)] + [(f"sent{n}", "yes")
                                                            for n in range(police)]  # fmt: skip
    sent = [(f"sent{n}", "police") for n in range(police)]
    return [
        one("abuse.abuse_total", "2026-Q2", alone + police),
        tally("abuse.abuse_referred", "2026-Q2", (REFERRED,), rows),
        tally("abuse.abuse_handler", "2026-Q2", (HANDLERS,), sent, (("referred", "yes"),)),
    ]


@pytest.mark.parametrize(("alone", "police"), [(9, 1), (7, 3), (30, 2), (2, 30)])
def test_who_was_referred_does_not_follow_from_who_was_not(alone: int, police: int) -> None:
    total, parts, agencies = protected(referred(alone, police))
    assert (parts[NOBODY,].is_hidden and parts["yes",].is_hidden) or total[()].is_hidden
    if police <= 4:
        assert agencies["police",].is_hidden and agencies[TOTAL,].is_hidden


def test_rounding_is_not_undone_beside_an_edition_that_contradicts() -> None:
    """Four times 8 are shown as 10, their sum as 30: then each is 8."""

    def table(*counts: int) -> CountTable:
        rows = [(f"{code}{n}", code) for code, count in zip(CATEGORY.categories, counts,
                strict=True) for n in range(count)]  # fmt: skip
        return tally("cases.category", "2026-Q2", (CATEGORY,), rows)

    first = [one.table for one in protect_all([table(8, 8, 8, 40)]) if one.table]
    second = protect_all([table(8, 8, 8, 8)], first)
    public = next(one.table for one in second if one.audience is Audience.PUBLIC)
    assert public is None or any(cell.is_hidden for cell in public.cells.values())


def communes(*counts: int) -> CountTable:
    axis = Axis("commune", tuple(f"c{n}" for n in range(len(counts))))
    rows = [(f"{n}-{child}", f"c{n}") for n, count in enumerate(counts) for child in range(count)]
    return tally("special.commune", "2026-Q2", (axis,), rows)


def test_what_was_hidden_for_others_is_hidden_again() -> None:
    """A child of the fourth commune is taken out. Hidden in place of the third, whose figure is the
    same as the day before, it would tell the three children of the first one."""
    yesterday, today = communes(3, 40, 7, 8, 50), communes(3, 40, 7, 6, 50)
    first = agencies(protect_all([yesterday]))
    alone, after = agencies(protect_all([today])), agencies(protect_all([today], before=[first]))
    assert first["c2",].is_hidden and not first["c3",].is_hidden
    assert not alone["c2",].is_hidden and alone["c3",].is_hidden
    assert after["c2",].is_hidden and not after["c3",].is_hidden


def agencies(made: Sequence[Outcome]) -> ProtectedTable:
    return next(one.table for one in made if one.audience is Audience.AGENCY and one.table)
