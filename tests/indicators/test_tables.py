"""Tables of counts as they are kept."""

import json

import pytest

from app.indicators.tables import (
    TOTAL,
    Audience,
    Axis,
    Cell,
    Mark,
    ProtectedTable,
    places_of,
)

AXES = (Axis("sex", ("boy", "girl")), Axis("abuse_form", ("sexual", "violence"), False))


def a_table() -> ProtectedTable:
    cells = {place: Cell(10) for place in places_of(AXES)}
    cells["girl", "sexual"] = Cell(None, Mark.PRIMARY)
    cells[TOTAL, "sexual"] = Cell(None, Mark.COMPLEMENTARY)
    return ProtectedTable(
        "abuse.sex_form", "2026-H1", AXES, cells, Audience.PUBLIC, 1, {"hidden": []}
    )


def test_a_table_is_the_same_after_it_was_kept() -> None:
    table = a_table()
    kept = ProtectedTable.from_json(json.loads(json.dumps(table.to_json())))
    assert kept == table
    assert kept.hidden == (("girl", "sexual"), (TOTAL, "sexual"))
    assert kept["boy", TOTAL] == Cell(10)


@pytest.mark.parametrize("part", ["values", "marks"])
def test_a_file_that_does_not_fit_its_axes_is_refused(part: str) -> None:
    kept = a_table().to_json()
    kept[part] = kept[part][:-1]
    with pytest.raises(ValueError, match="zip"):
        ProtectedTable.from_json(kept)


def test_a_table_without_axes_is_one_figure() -> None:
    assert list(places_of(())) == [()]
