"""The tables of a report ("Biểu 1" to "Biểu 6") as grids: the page, the PDF and the workbook draw
the same ones, so that the same cells are hidden in each. What is added up here is added up of
figures that are shown: nothing hidden goes into a sum."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.indicators.pages.board_words import about, target_words
from app.indicators.pages.board_words import shown as board_value
from app.indicators.plan24 import Part, plan
from app.indicators.queries.axes import GIVEN, KEPT, LISTS, MISSED, UNKNOWN
from app.indicators.queries.report_counts import CLOCKS, LEFT, NEW, NOBODY, moves_code
from app.indicators.report_rules import ReportsFile, Schedule
from app.indicators.tables import TOTAL, ProtectedTable
from app.reference.communes import UnknownCommune, commune, communes
from app.reference.library import code_list
from app.web.words import _

_SEXES = ("male", "female")
Tables = Mapping[str, ProtectedTable]
Value = int | Decimal | str | None


@dataclass(frozen=True, slots=True)
class GridCell:
    """`value` None: hidden, or not known (`is_empty`). `is_kept_back`: for the own unit only."""

    value: Value
    is_empty: bool = False
    is_kept_back: bool = False

    @property
    def is_hidden(self) -> bool:
        return self.value is None and not self.is_empty

    @property
    def text(self) -> str:
        if self.value is None:
            return "" if self.is_empty else _("ẩn")
        return shown(self.value)


@dataclass(frozen=True, slots=True)
class GridRow:
    """`kind`: "total", "part" (a heading over the rows below), "" else."""

    label: str
    cells: tuple[GridCell, ...]
    kind: str = ""
    is_headline: bool = False  # compared with the period before, as totals are
    is_optional: bool = False  # left out where it is zero


@dataclass(frozen=True, slots=True)
class Grid:
    code: str
    title: str
    note: str
    head: tuple[str, ...]  # of the cells; the first column is the label's
    rows: tuple[GridRow, ...]
    first: str

    @property
    def has_hidden(self) -> bool:
        return any(cell.is_hidden or cell.is_kept_back for row in self.rows for cell in row.cells)


def shown(value: Value) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else value or ""


def grids(
    figures: Mapping[str, Any], rules: ReportsFile, schedule: Schedule, staff: Mapping[str, int]
) -> tuple[Grid, ...]:
    """Of what was counted and kept with a version (services/report_figures.py), every row."""
    tables = {code: ProtectedTable.from_json(one) for code, one in figures["tables"].items()}
    made = {
        "1": lambda: _population(figures["population"], schedule),
        "2": lambda: _special(tables),
        "3": lambda: _abuse(tables),
        "4": lambda: _work(tables),
        "5": lambda: _plan(figures.get("board") or []),
        "6": lambda: _staff(figures.get("staff"), rules, staff),
    }
    found = []
    for code in schedule.tables:
        first, head, rows = made[code]()
        texts = rules.tables[code]
        if rows:
            found.append(
                Grid(code, str(texts.title), str(texts.note), tuple(head), tuple(rows), first)
            )
    return tuple(found)


def beside(own: Sequence[Grid], sent: Sequence[Grid]) -> tuple[Grid, ...]:
    """The unit's own figures, marked where they do not leave it."""
    return tuple(
        replace(
            mine,
            rows=tuple(
                replace(
                    row,
                    cells=tuple(
                        replace(cell, is_kept_back=there.is_hidden)
                        for cell, there in zip(row.cells, other.cells, strict=True)
                    ),
                )
                for row, other in zip(mine.rows, theirs.rows, strict=True)
            ),
        )
        for mine, theirs in zip(own, sent, strict=True)
    )


def without_zeros(found: Sequence[Grid]) -> tuple[Grid, ...]:
    """Without the optional rows that are zero."""
    return tuple(
        replace(one, rows=tuple(row for row in one.rows if not _is_zero(row))) for one in found
    )


def _is_zero(row: GridRow) -> bool:
    return row.is_optional and row.cells[0].value == 0 and not row.cells[0].is_kept_back


Drawn = tuple[str, Sequence[str], Sequence[GridRow]]


def plus(*cells: GridCell) -> GridCell:
    """The sum, where each is shown."""
    values = [cell.value for cell in cells]
    if any(not isinstance(value, int) for value in values):
        return GridCell(None)
    return GridCell(sum(value for value in values if isinstance(value, int)))


def percent(part: GridCell, whole: GridCell) -> GridCell:
    """From figures that are shown; empty where there is nothing to divide by."""
    top, bottom = part.value, whole.value
    if not isinstance(top, int) or not isinstance(bottom, int):
        return GridCell(None)
    if not bottom:
        return GridCell(None, is_empty=True)
    rate = Decimal(100) * top / bottom
    return GridCell(rate.quantize(Decimal("0.1"), ROUND_HALF_UP))


def cell(table: ProtectedTable | None, *place: str) -> GridCell:
    """Of a table without axes the only one."""
    if table is None or place not in table.cells:
        return GridCell(None, is_empty=True)
    return GridCell(table[place].value)


def _of(tables: Tables, source: str, *place: str) -> GridCell:
    """A total is a table of its own."""
    if place[0] == TOTAL:
        return cell(tables.get(f"{source}.{source}_total"))
    return cell(tables.get(f"{source}.{source}"), *place)


def _population(rows: Iterable[Sequence[Any]], schedule: Schedule) -> Drawn:
    """By sex and age; of the province a row for each commune."""
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for code, sex, age, number in rows:
        counts.setdefault(code, {})[sex, age] = number
    ages = sorted({age for one in counts.values() for _sex, age in one}, key=_first_year)
    head = [_("Tổng"), _("Nam"), _("Nữ"), *(_("%(ages)s tuổi", ages=age) for age in ages)]
    codes = sorted(counts)
    if schedule.level.value == "province":
        codes = [one.code for one in communes()]
    made = [
        GridRow(_place(code), _people(counts[code], ages))
        if code in counts
        else GridRow(_place(code), tuple(GridCell(None, is_empty=True) for _one in head))
        for code in codes
    ]
    entered = [row for row in made if not row.cells[0].is_empty]
    if len(made) != 1:
        label = _("Tổng (%(n)s trên %(of)s xã, phường có số)", n=len(entered), of=len(made))
        if entered:
            sums = tuple(plus(*column) for column in zip(*(r.cells for r in entered), strict=True))
            made = [GridRow(label, sums, "total"), *made]
        else:
            made = []
    return _("Xã, phường"), head, made


def _people(counts: Mapping[tuple[str, str], int], ages: Sequence[str]) -> tuple[GridCell, ...]:
    def of(sex: str | None, age: str | None) -> GridCell:
        found = [n for (s, a), n in counts.items() if sex in (None, s) and age in (None, a)]
        return GridCell(sum(found))

    return (of(None, None), *(of(sex, None) for sex in _SEXES), *(of(None, age) for age in ages))


def _first_year(age: str) -> int:
    head = age.partition("-")[0]
    return int(head) if head.isdigit() else 99


def _place(code: str) -> str:
    try:
        return commune(code).label
    except UnknownCommune:
        return code


def _special(tables: Tables) -> Drawn:
    head = [
        _("Đầu kỳ"),
        _("Tăng"),
        _("Giảm"),
        _("Cuối kỳ"),
        _("Nam"),
        _("Nữ"),
        _("Được trợ giúp"),
        _("Tỷ lệ (phần trăm)"),
    ]
    groups = [item.code for item in code_list("sc_groups").children()]
    rows = [
        GridRow(_("Tổng số trẻ em"), _moves(tables, TOTAL), "total"),
        *(GridRow(code_list("sc_groups").label(code), _moves(tables, code)) for code in groups),
    ]
    return _("Nhóm"), head, rows


def _moves(tables: Tables, group: str) -> tuple[GridCell, ...]:
    moves, at_end = tables.get(moves_code(group)), tables.get("special.group_sex")
    end = cell(at_end, group, TOTAL)
    helped = cell(tables.get("supported.group_given"), group, GIVEN)
    return (
        cell(tables.get("special.group_sex_before"), group, TOTAL),
        cell(moves, TOTAL, NEW),
        cell(moves, TOTAL, LEFT),
        end,
        *(cell(at_end, group, sex) for sex in _SEXES),
        helped,
        percent(helped, end),
    )


def _abuse(tables: Tables) -> Drawn:
    head = [_("Tổng"), _("Nam"), _("Nữ")]
    forms = tables.get("abuse.abuse_form")
    children = cell(tables.get("abuse.abuse_total"))
    rows = [
        GridRow(_("Số vụ"), _alone(_of(tables, "abuse_events", TOTAL)), is_headline=True),
        GridRow(_("Số trẻ em bị xâm hại"), (children, *_by_sex(forms, TOTAL)[1:]), "total"),
        *_cut(forms, _("Theo hình thức"), "abuse_form"),
        *_cut(tables.get("abuse.abuse_age"), _("Theo tuổi khi xảy ra"), "age_group"),
        *_cut(tables.get("abuse.abuse_setting"), _("Theo môi trường xâm hại"), "setting"),
        *_cut(tables.get("abuse.abuse_relation"), _("Theo người gây ra"), "relation"),
        *_handled(tables),
    ]
    return _("Nội dung"), head, rows


def _alone(one: GridCell) -> tuple[GridCell, ...]:
    empty = GridCell(None, is_empty=True)
    return one, empty, empty


def _by_sex(table: ProtectedTable | None, code: str) -> tuple[GridCell, ...]:
    return tuple(cell(table, code, sex) for sex in (TOTAL, *_SEXES))


def _cut(table: ProtectedTable | None, title: str, axis: str) -> Iterator[GridRow]:
    """Categories; the unknown ones only where there are any."""
    if table is None:
        return
    yield GridRow(title, (), "part")
    for code in table.axes[0].categories:
        is_optional = code == UNKNOWN
        yield GridRow(_label(axis, code), _by_sex(table, code), is_optional=is_optional)


def _handled(tables: Tables) -> Iterator[GridRow]:
    agencies, referred = tables.get("abuse.abuse_handler"), tables.get("abuse.abuse_referred")
    if agencies is None:
        return
    yield GridRow(_("Cơ quan đã được chuyển gửi"), (), "part")
    for code in agencies.axes[0].categories:
        yield GridRow(_label("handler", code), _alone(cell(agencies, code)), is_optional=True)
    if referred is not None:
        nobody = _alone(cell(referred, NOBODY))
        yield GridRow(_label("handler", NOBODY), nobody, is_optional=True)


def _label(axis: str, code: str) -> str:
    if code == UNKNOWN:
        return _("Chưa rõ")
    if axis == "age_group":
        return _("%(ages)s tuổi", ages=code)
    if axis == "handler":
        if code == NOBODY:
            return _("Chưa chuyển gửi")
        return _("Nơi ngoài hệ thống") if code == "outside" else code_list("unit_kinds").label(code)
    return code_list(LISTS[axis]).label(code)  # type: ignore[index]


def _work(tables: Tables) -> Drawn:
    head = [_("Số"), _("Đúng hạn"), _("Quá hạn"), _("Đúng hạn (phần trăm)")]
    channels = tables.get("cases.cases_channel")
    names = {
        "assessed_12h": _("Đánh giá ban đầu trong 12 giờ"),
        "planned_5d": _("Lập kế hoạch trong 5 ngày làm việc"),
        "approved_7d": _("Phê duyệt kế hoạch trong 7 ngày làm việc"),
        "referrals": _("Phiếu chuyển gửi được trả lời"),
    }
    rows = [GridRow(_("Hồ sơ tiếp nhận"), _one(_of(tables, "cases", TOTAL)), "total")]
    if channels is not None:
        rows += [
            GridRow(
                _label("channel", code), _one(cell(channels, code)), is_optional=code == UNKNOWN
            )
            for code in channels.axes[0].categories
        ]
    rows.append(GridRow(_("Thời hạn đến hạn trong kỳ"), (), "part"))
    for code in CLOCKS:
        table = tables.get(f"{code}.{code}")
        of, kept = cell(table, TOTAL), cell(table, KEPT)
        rows.append(GridRow(names[code], (of, kept, cell(table, MISSED), percent(kept, of))))
    rows.append(GridRow(_("Biện pháp và kết quả"), (), "part"))
    for code, label in (
        ("separations", _("Tạm thời cách ly trẻ em")),
        ("care", _("Chăm sóc thay thế")),
        ("closed", _("Hồ sơ kết thúc trong kỳ")),
        ("open", _("Hồ sơ đang giải quyết cuối kỳ")),
    ):
        rows.append(GridRow(label, _one(cell(tables.get(f"{code}.{code}"))), is_headline=True))
    return _("Nội dung"), head, rows


def _one(found: GridCell) -> tuple[GridCell, ...]:
    empty = GridCell(None, is_empty=True)
    return found, empty, empty, empty


def _plan(rows: Iterable[Mapping[str, Any]]) -> Drawn:
    """The board of the 24, as it was when the figures were counted."""
    head = [_("Mục tiêu 2030"), _("Kết quả"), _("Năm")]
    made = []
    for row in rows:
        part = plan().by_code.get(row["part"])
        if part is None:
            continue
        value = row["value"] and _result(part, Decimal(row["value"]))
        is_empty = not value and not row["is_hidden"]
        year = str(row["year"]) if row["year"] else None
        cells = (
            GridCell(target_words(part)),
            GridCell(value or None, is_empty=is_empty),
            GridCell(year, is_empty=year is None),
        )
        made.append(GridRow(f"{part.code}. {part.name}", cells))
    return _("Chỉ tiêu"), head, made


def _result(part: Part, value: Decimal) -> str:
    """What releases tell was rounded for the public."""
    return (about if part.is_released and value else board_value)(value, part.unit)


def _staff(
    of_communes: Mapping[str, Any] | None, rules: ReportsFile, entered: Mapping[str, int]
) -> Drawn:
    values, label = entered, _("Nội dung")
    if of_communes is not None:
        values = of_communes["total"] if of_communes["communes"] else {}
        label = _("Nội dung (cộng từ %(n)s xã, phường đã gửi)", n=of_communes["communes"])
    rows = [
        GridRow(
            str(field.label),
            (GridCell(values.get(field.code), is_empty=field.code not in values),),
        )
        for field in rules.staff
    ]
    return label, [_("Số")], rows
