"""The definitions as data: whole, versioned, and refused where they contradict themselves."""

from datetime import date
from pathlib import Path

import pytest

from app.indicators import definitions
from app.indicators.definitions import DATA, UnknownIndicator
from app.indicators.queries.axes import axis
from app.indicators.queries.sources import SOURCES
from app.reference.datafiles import ReferenceDataError

NOW = date(2026, 6, 30)
SHIPPED = (DATA / "indicators.v1.toml").read_text(encoding="utf-8")


def test_every_indicator_says_what_a_reader_needs() -> None:
    shipped = definitions.definitions(NOW)
    assert {"8a", "8b", "9"} <= set(shipped.indicators)
    assert {one.part for one in shipped.indicators.values()} == {"8a", "8b", "9", None}
    for one in shipped.indicators.values():
        assert one.source in SOURCES
        assert one.citation
        assert (one.denominator is None) is (one.denominator_source is None)


def test_every_table_has_its_axes() -> None:
    shipped = definitions.definitions(NOW)
    for code, table in shipped.tables.items():
        source = shipped.indicator_of(code).source
        for name in table.axes:
            categories = axis(name, source, shipped).categories
            assert len(categories) == len(set(categories)) > 1


def test_the_fourteen_groups_are_counted() -> None:
    shipped = definitions.definitions(NOW)
    assert len(axis("sc_group", "special", shipped).categories) == 14


def test_what_is_not_defined_is_not_counted() -> None:
    shipped = definitions.definitions(NOW)
    for ask in (shipped.table, shipped.indicator_of, shipped.indicator):
        with pytest.raises(UnknownIndicator):
            ask("special.name")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("from = 6\n", "from = 7\n", "leaves a gap"),
        ("child_below = 16", "child_below = 18", "do not end below"),
        ('"special.group_age"', '"special.group_sex"', "a code twice"),
        ('"special.commune"', '"abuse.communes"', "counts something else"),
        ('axes = ["sc_group", "given"] }', 'axes = ["name", "given"] }', "axes"),
        ('mark = "I"', 'mark = "X"', "mark"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace("version = 1\n", "version = 2\n", 1).replace(old, new, 1)
    (tmp_path / "indicators.v2.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=complaint):
        definitions.install(tmp_path)


def test_a_newer_version_holds_from_its_day(tmp_path: Path) -> None:
    text = SHIPPED.replace("version = 1\n", "version = 2\n", 1)
    text = text.replace("2026-01-01", "2028-01-01", 1).replace('target = "1.5"', 'target = "1.2"')
    (tmp_path / "indicators.v2.toml").write_text(text, encoding="utf-8")
    try:
        definitions.install(tmp_path)
        assert str(definitions.definitions(NOW).indicator("8a").target) == "1.5"
        assert str(definitions.definitions(date(2028, 1, 1)).indicator("8a").target) == "1.2"
        assert definitions.definitions_numbered(1).version == 1
    finally:
        definitions.install()
