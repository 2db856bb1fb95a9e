"""The workbook of the child population: its columns, what each row says, and what is wrong with it.

A row is a commune and a year; a number for each sex and age group, and their total.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter

from app.documents.read_workbook import Sheet, Table
from app.indicators.definitions import AgeGroup
from app.reference.communes import communes, find_communes
from app.reference.names import search_key

SEXES = {"male": "Nam", "female": "Nữ"}
YEAR, CODE, NAME, TOTAL = "Năm", "Mã xã", "Xã, phường", "Tổng số"
SHEET = "Dân số trẻ em"
FIRST_YEAR = 2015
LONGEST = 9  # digits
MOST_CHILDREN = 200_000  # in one commune, sex and age group: more is a slip of the hand
_GROUPED = re.compile(r"[0-9]{1,3}([.,  ][0-9]{3})+")


@dataclass
class PopulationRow:
    """`name`: what it calls its commune; `problems`: codes, each with the words it is about."""

    row: int
    name: str = ""
    year: int | None = None
    commune: str | None = None
    counts: dict[str, int] = field(default_factory=dict)  # by "male|0-5"
    problems: list[tuple[str, str]] = field(default_factory=list)


def years(today: date) -> range:
    """Of which the population may be entered and seen: up to the next one."""
    return range(FIRST_YEAR, today.year + 2)


def heading(sex: str, group: AgeGroup) -> str:
    return f"{SEXES[sex]} {group.first}-{group.last} tuổi"


def cells_of(groups: Sequence[AgeGroup]) -> dict[str, str]:
    """The heading of each count, by "male|0-5"."""
    return {f"{sex}|{one.code}": heading(sex, one) for sex in SEXES for one in groups}


def columns_in(sheet: Sheet, groups: Sequence[AgeGroup]) -> tuple[int, dict[str, int]] | None:
    """(row of the headings, the place of each by its key), or None where a heading is missing."""
    wanted = [YEAR, CODE, NAME, *cells_of(groups).values(), TOTAL]
    for number, cells in sheet.head:
        places = {search_key(str(cell)): at for at, cell in enumerate(cells) if cell}
        if all(search_key(title) in places for title in wanted):
            return number, {title: places[search_key(title)] for title in wanted}
    return None


def read_rows(
    table: Table, places: dict[str, int], groups: Sequence[AgeGroup], today: date
) -> Iterator[PopulationRow]:
    """Every row with a number, with what is wrong with it. The template names every commune: who
    has the numbers of some fills in theirs."""
    seen: dict[tuple[int, str], int] = {}
    for number, cells in table.rows:
        given = {title: cells[at] if at < len(cells) else None for title, at in places.items()}
        if not _is_filled(given, groups):
            continue
        row = _read(number, given, groups, today)
        if row.year is not None and row.commune is not None:
            first = seen.setdefault((row.year, row.commune), number)
            if first != number:
                row.problems.append(("twice", str(first)))
        yield row


def _is_filled(given: dict[str, Any], groups: Sequence[AgeGroup]) -> bool:
    """Something stands where a number of children belongs; a sum of nothing is nothing."""
    counts = [given[title] not in (None, "") for title in cells_of(groups).values()]
    return any(counts) or _text(given[TOTAL]) not in ("", "0")


def template_workbook(groups: Sequence[AgeGroup], year: int) -> bytes:
    """Every commune of today, to be filled in."""
    into = BytesIO()
    book = xlsxwriter.Workbook(into, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    titles = [YEAR, CODE, NAME, *cells_of(groups).values(), TOTAL]
    for place, title in enumerate(titles):
        page.write_string(0, place, title, bold)
        page.set_column(place, place, 26 if title == NAME else 10)
    for line, one in enumerate(communes(), 1):
        page.write_number(line, 0, year)
        page.write_string(line, 1, one.code)
        page.write_string(line, 2, one.label)
    page.freeze_panes(1, 3)
    book.close()
    return into.getvalue()


def _read(
    number: int, given: dict[str, Any], groups: Sequence[AgeGroup], today: date
) -> PopulationRow:
    row = PopulationRow(number)
    row.year = _year(row, given[YEAR], today)
    code, name = _text(given[CODE]), _text(given[NAME])
    row.name = name or {one.code: one.label for one in communes()}.get(code, code)
    row.commune = _commune(row, code, name)
    for key, title in cells_of(groups).items():
        count = _number(row, title, given[title])
        if count is not None:
            row.counts[key] = count
    total = _number(row, TOTAL, given[TOTAL])
    whole = sum(row.counts.values())
    if total is not None and len(row.counts) == len(cells_of(groups)) and total != whole:
        row.problems.append(("total", f"{total} ≠ {whole}"))
    return row


def _year(row: PopulationRow, cell: Any, today: date) -> int | None:
    if _has_no_result(row, YEAR, cell):
        return None
    text = _text(cell)
    is_year = text.isascii() and text.isdigit() and len(text) == len("2026")
    if is_year and int(text) in years(today):
        return int(text)
    row.problems.append(("far" if is_year else "year", text))
    return None


def _commune(row: PopulationRow, code: str, name: str) -> str | None:
    """By its code; without one, by its name. Both must mean the same commune of today."""
    known = {one.code: one.label for one in communes()}
    if code and code not in known:
        row.problems.append(("commune", code))
        return None
    found = find_communes(name) if name else ()
    today = {one.commune.code for one in found if one.old is None}
    if code and (not name or code in today):
        return code
    if found and not today:
        now = ", ".join(sorted({one.commune.label for one in found}))
        row.problems.append(("merged", f"{name} → {now}"))
    elif code and found:
        row.problems.append(("mismatch", f"{code} ({known[code]}) ≠ {name}"))
    elif not code and len(today) == 1:
        return today.pop()
    else:
        row.problems.append(("commune", name))
    return None


def _number(row: PopulationRow, title: str, cell: Any) -> int | None:
    """A whole number from 0, also with separated thousands; else what is wrong is noted."""
    if _has_no_result(row, title, cell):
        return None
    text = _text(cell)
    if not text:
        row.problems.append(("empty", title))
        return None
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[.,  ]", "", text)
    is_whole = text.isascii() and text.isdigit() and len(text) <= LONGEST
    if is_whole and (title == TOTAL or int(text) <= MOST_CHILDREN):
        return int(text)
    row.problems.append(("sum" if title == TOTAL else "number", f"{title}: {text[:40]}"))
    return None


def _has_no_result(row: PopulationRow, title: str, cell: Any) -> bool:
    """A formula that was never calculated, or went wrong, which is noted."""
    is_formula = isinstance(cell, dict) and "f" in cell
    value = cell["f"] if is_formula else cell
    if isinstance(value, dict) and "e" in value:
        row.problems.append(("error", f"{title}: {value['e']}"))
    elif is_formula and value is None:
        row.problems.append(("formula", title))
    else:
        return False
    return True


def _text(cell: Any) -> str:
    """What stands in a cell as text; a formula by its value, a whole number without its dot."""
    while isinstance(cell, dict):
        cell = next(iter(cell.values()))
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
