"""Figures as files for other systems. Each takes the protected cells as they are, so that the same
ones are hidden everywhere; each says of which release it is, by which definitions."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

from app.documents.workbook import XLSX
from app.indicators.definitions import Indicator
from app.indicators.dhis2 import mapping
from app.indicators.pages.cards import titled
from app.indicators.pages.figure_rates import HIDDEN, MEASURES, MISSING, WITHHELD, FigureLine
from app.indicators.pages.figure_sheets import figures_xlsx
from app.indicators.pages.figure_source import Source
from app.indicators.pages.table_words import axis_words, category_words, table_title
from app.indicators.periods import Period, PeriodKind
from app.indicators.tables import Axis, Cell, Place, ProtectedTable, places_of
from app.web.words import _

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_COLUMNS = (
    *("release", "state", "edition", "period", "audience", "known_at"),
    *("table", "title", "unit", "method", "definitions_version", "citation"),
    *("axis_1", "category_1", "label_1", "axis_2", "category_2", "label_2"),
    *("axis_3", "category_3", "label_3", "value", "mark"),
    *("indicator", *MEASURES, "per", "note"),
)
_AXES = 3
_NO_FIGURE = ("",) * (2 + len(MEASURES))
_PLACE = ("dataElement", "period", "orgUnit", "categoryOptionCombo")  # where DHIS2 keeps a value
_WHY = {HIDDEN: "ẩn", MISSING: "chưa có dân số"}


@dataclass(frozen=True, slots=True)
class FileKind:
    make: Callable[[Source], bytes]
    media_type: str
    ending: str


def figures_csv(source: Source) -> bytes:
    """A row for each indicator, of the province and of each commune, without a table, one for each
    cell, and one without an axis for each table that is withheld; UTF-8 with its mark, so that
    Excel reads Vietnamese."""
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in _all_rows(source):
        writer.writerow([_inert(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _all_rows(source: Source) -> Iterator[Sequence[str | int]]:
    for code, line in (*source.lines, *source.commune_lines):
        yield _row_of_figure(source, code, line)
    for table in source.tables:
        yield from _rows(source, table)
    for one in source.withheld:
        head = _head(source, one.code, one.title, source.rules.indicator_of(one.code))
        yield (*head, *_words_of([]), "", WITHHELD, *_NO_FIGURE, one.why)


def _row_of_figure(source: Source, code: str, line: FigureLine) -> Sequence[str | int]:
    """`value` stays empty: it is a sum of no cells. Numbers are as programs read them."""
    values = ("" if value is None else str(value) for value in line.values.values())
    mark = line.marks.get("rate") or line.marks.get("numerator", "")
    per = line.indicator.per or ""
    head = _head(source, "", titled(line.indicator), line.indicator)
    axes = [("commune", line.commune)] if line.commune else []
    return (*head, *_words_of(axes), "", mark, code, *values, per, "")


def _head(source: Source, table: str, title: str, indicator: Indicator) -> Sequence[str | int]:
    return (
        *(source.number or "", source.kind, source.edition or ""),
        *(str(source.period), source.audience.value, source.at.isoformat(timespec="seconds")),
        *(table, title, indicator.unit),
        *(str(indicator.method), source.rules.version, indicator.citation),
    )


def _rows(source: Source, table: ProtectedTable) -> Iterator[Sequence[str | int]]:
    title = table_title(table.code, source.rules)
    head = _head(source, table.code, title, source.rules.indicator_of(table.code))
    for place in places_of(table.axes):
        cell = table[place]
        value = ("", HIDDEN) if cell.value is None else (cell.value, "")
        axes = list(zip((axis.code for axis in table.axes), place, strict=True))
        yield (*head, *_words_of(axes), *value, *_NO_FIGURE, "")


def _words_of(place: Sequence[tuple[str, str]]) -> Iterator[str]:
    """(axis, category) in the columns of all axes."""
    for axis, category in place:
        yield from (axis, category, category_words(axis, category))
    yield from ("",) * 3 * (_AXES - len(place))


def _inert(cell: str | int) -> str | int:
    """A text that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def figures_jsonstat(source: Source) -> bytes:
    """JSON-stat 2.0: a dataset, or of several tables a collection of datasets."""
    datasets = [_dataset(source, table) for table in source.tables]
    datasets = [*_figures_datasets(source), *datasets]
    withheld = _withheld(source)
    if len(datasets) == 1:
        only = datasets[0]
        return _json({**only, "extension": {**only["extension"], **withheld}})
    collection = {
        "version": "2.0",
        "class": "collection",
        "label": source.name,
        "updated": source.at.isoformat(timespec="seconds"),
        "link": {"item": datasets},
        "extension": {**_about(source), **withheld},
    }
    return _json(collection)


def _withheld(source: Source) -> dict[str, Any]:
    """Tables that are not among the datasets."""
    found = [{"table": one.code, "label": one.title, "reason": one.why} for one in source.withheld]
    return {"withheld": found} if found else {}


def _dataset(source: Source, table: ProtectedTable) -> dict[str, Any]:
    cells = [table[place] for place in places_of(table.axes)]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": table_title(table.code, source.rules),
        "source": source.name,
        "updated": source.at.isoformat(timespec="seconds"),
        "note": [f"{label}: {words}" for label, words in source.definitions_of(table)],
        "id": [*(axis.code for axis in table.axes), "period"],
        "size": [*(len(axis.places) for axis in table.axes), 1],
        "role": {"time": ["period"]},
        "dimension": {
            **{axis.code: _dimension(axis) for axis in table.axes},
            "period": _period_dimension(source),
        },
        "value": [cell.value for cell in cells],
        "status": {str(at): HIDDEN for at, cell in enumerate(cells) if cell.is_hidden},
        "extension": {**_about(source), "table": table.code, **_hidden_label()},
    }


def _figures_datasets(source: Source) -> Iterator[dict[str, Any]]:
    """Of each indicator its counts and rates, for the province and for each commune."""
    if source.lines:
        yield _figures_dataset(source, _("Chỉ tiêu của toàn tỉnh"), source.lines)
    if source.commune_lines:
        yield _figures_dataset(source, _("Chỉ tiêu của từng xã, phường"), source.commune_lines)


def _figures_dataset(
    source: Source, label: str, lines: Sequence[tuple[str, FigureLine]]
) -> dict[str, Any]:
    """`lines`: all of the province, or all of communes in the same order for each indicator."""
    values = [line.values[one] for _, line in lines for one in MEASURES]
    marks = [line.marks.get(one) for _, line in lines for one in MEASURES]
    titles = {code: titled(line.indicator) for code, line in lines}
    places = {
        line.commune: category_words("commune", line.commune) for _, line in lines if line.commune
    }
    by_place = {"commune": _category_dimension("commune", places)} if places else {}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": label,
        "source": source.name,
        "updated": source.at.isoformat(timespec="seconds"),
        "id": ["indicator", *by_place, "measure", "period"],
        "size": [len(titles), *([len(places)] if places else []), len(MEASURES), 1],
        "role": {"time": ["period"], "metric": ["measure"]},
        "dimension": {
            "indicator": {"category": {"index": list(titles), "label": titles}},
            **by_place,
            "measure": {"category": {"index": list(MEASURES)}},
            "period": _period_dimension(source),
        },
        "value": [float(one) if isinstance(one, Decimal) else one for one in values],
        "status": {str(at): mark for at, mark in enumerate(marks) if mark},
        "extension": {
            **_about(source),
            "per": {code: line.indicator.per for code, line in lines if line.indicator.per},
            "status": {"label": _WHY},
        },
    }


def _period_dimension(source: Source) -> dict[str, Any]:
    period = str(source.period)
    label = {period: str(source.period.label)}
    return {"label": _("kỳ"), "category": {"index": [period], "label": label}}


def _dimension(axis: Axis) -> dict[str, Any]:
    labels = {category: category_words(axis.code, category) for category in axis.places}
    return _category_dimension(axis.code, labels)


def _category_dimension(axis: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"label": axis_words(axis), "category": {"index": list(labels), "label": labels}}


def _hidden_label() -> dict[str, Any]:
    return {"status": {"label": {HIDDEN: "ẩn"}}}


def _about(source: Source) -> dict[str, Any]:
    return {
        "release": source.number,
        "state": source.kind,
        "edition": source.edition,
        "period": str(source.period),
        "audience": source.audience.value,
        "definitions_version": source.rules.version,
        "citation": source.rules.citation,
    }


def figures_dhis2(source: Source) -> bytes:
    """`dataValueSets`. A hidden cell comes without value and with a comment that says so; what an
    earlier edition gave and this one does not is deleted, as all that was withdrawn."""
    names = mapping()
    body: dict[str, Any] = {
        "dataSet": names.data_set,
        "dataElementIdScheme": names.id_scheme,
        "orgUnitIdScheme": names.id_scheme,
        "categoryOptionComboIdScheme": names.id_scheme,
        "dataSetIdScheme": names.id_scheme,
        "period": dhis2_period(source.period),
        "completeDate": source.at.date().isoformat(),
        "dataValues": _values_since(source),
    }
    return _json(body)


def _values_since(source: Source) -> list[Mapping[str, Any]]:
    """Its values, and what takes those of earlier editions out of their place."""
    found = {_place_of(one): one for one in _values(source)}
    for earlier in source.earlier:
        for one in _values(earlier):
            key = _place_of(one)
            here = found.get(key) or {**dict(zip(_PLACE, key, strict=True)), "comment": WITHHELD}
            if "value" in one and "value" not in here:
                found[key] = {**here, "deleted": True}
    return list(found.values())


def _place_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value[name] for name in _PLACE)


def _values(source: Source) -> Iterator[Mapping[str, Any]]:
    names = mapping()
    comment = ", ".join(
        part for part in (source.kind, source.number or "", str(source.rules.version)) if part
    )
    for table in source.tables:
        element = names.data_elements.get(table.code)
        for place in places_of(table.axes) if element is not None else ():
            yield _value(source, table, place, str(element), comment)
    yield from _figure_values(source, comment)
    yield from _withheld_values(source, comment)


def _value(
    source: Source, table: ProtectedTable, place: Place, element: str, comment: str
) -> Mapping[str, Any]:
    names, cell = mapping(), table[place]
    return {
        "dataElement": element,
        "period": dhis2_period(source.period),
        "orgUnit": names.org_unit(table, place),
        "categoryOptionCombo": names.combo(table, place),
        **_shown(cell, comment),
        **({"deleted": True} if source.is_withdrawn else {}),
    }


def _figure_values(source: Source, comment: str) -> Iterator[Mapping[str, Any]]:
    """Of the indicators that the mapping names, for the province and for each commune. Between
    which values the rate of rounded counts lies is said in the comment."""
    names = mapping()
    for code, line in (*source.lines, *source.commune_lines):
        for measure, element in names.figures.get(code, {}).items():
            mark, value = line.marks.get(measure), line.values[measure]
            low, high = line.values["rate_low"], line.values["rate_high"]
            span = f"{low}–{high}; " if measure == "rate" and low != high else ""
            words = f"{mark}: {_WHY[mark]}; " if mark else span
            yield {
                "dataElement": element,
                "period": dhis2_period(source.period),
                "orgUnit": names.unit(line.commune),
                "categoryOptionCombo": names.default_combo,
                **({} if value is None else {"value": str(value)}),
                "comment": words + comment,
                **({"deleted": True} if source.is_withdrawn else {}),
            }


def _withheld_values(source: Source, comment: str) -> Iterator[Mapping[str, Any]]:
    """Of each withheld table that the mapping names its total, without value, and why."""
    names = mapping()
    for one in source.withheld:
        if one.code in names.data_elements:
            yield {
                "dataElement": names.data_elements[one.code],
                "period": dhis2_period(source.period),
                "orgUnit": names.province,
                "categoryOptionCombo": names.default_combo,
                "comment": f"{WITHHELD}: {one.why} {comment}",
                **({"deleted": True} if source.is_withdrawn else {}),
            }


def _shown(cell: Cell, comment: str) -> dict[str, str]:
    if cell.value is None:
        return {"comment": f"{HIDDEN}: ẩn; {comment}"}
    return {"value": str(cell.value), "comment": comment}


def dhis2_period(period: Period) -> str:
    """2026, 2026S1, 2026Q2 or 202605."""
    match period.kind:
        case PeriodKind.YEAR:
            return str(period.year)
        case PeriodKind.HALF:
            return f"{period.year}S{period.part}"
        case PeriodKind.QUARTER:
            return f"{period.year}Q{period.part}"
        case _:
            return f"{period.year}{period.part:02d}"


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


DHIS2 = "dhis2"
FILES: Mapping[str, FileKind] = {
    "csv": FileKind(figures_csv, "text/csv; charset=utf-8", "csv"),
    "xlsx": FileKind(figures_xlsx, XLSX, "xlsx"),
    "json-stat": FileKind(figures_jsonstat, "application/json", "json"),
    DHIS2: FileKind(figures_dhis2, "application/json", "dhis2.json"),
}
