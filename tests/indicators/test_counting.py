"""Every table and figure can be counted, also of nothing."""

import pytest
from sqlalchemy.orm import Session

from app.indicators.definitions import definitions
from app.indicators.periods import Period
from app.indicators.queries.counting import count, figure
from app.indicators.tables import places_of

YEAR = Period.parse("2026")
SHIPPED = definitions(YEAR.last_day)


@pytest.mark.parametrize("code", sorted(SHIPPED.tables))
def test_an_empty_province_has_a_table_of_zeros(session: Session, code: str) -> None:
    table = count(session, code, YEAR)
    assert set(table.cells) == set(places_of(table.axes))
    assert set(table.cells.values()) == {0}


@pytest.mark.parametrize("code", sorted(SHIPPED.indicators))
@pytest.mark.parametrize("commune", [None, "12271"])
def test_an_empty_province_has_figures(session: Session, code: str, commune: str | None) -> None:
    found = figure(session, code, YEAR, commune)
    assert found.numerator == 0
    if SHIPPED.indicator(code).denominator_source == "population":
        assert found.denominator is None
        assert len(found.missing) == (104 if commune is None else 1)
