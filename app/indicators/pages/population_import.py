"""What a workbook of the child population would change, in words, before anything counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.indicators.models import PopulationImport
from app.indicators.population_sheet import MOST_CHILDREN
from app.indicators.queries.population_pages import Counts, counts_of
from app.reference.communes import commune
from app.web.filters import number
from app.web.words import _

MOST_CHANGES = 10  # the doubtful ones are shown in any case


def _total(given: str, added: str) -> str:
    return _(
        "Cột Tổng số ghi %(given)s, cộng các cột tuổi được %(added)s.",
        given=number(int(given)),
        added=number(int(added)),
    )


def _whole(about: str) -> str:
    return _("%(about)s. Ghi số nguyên từ 0 đến %(most)s.", about=about, most=number(MOST_CHILDREN))


PROBLEMS: Mapping[str, Callable[[str], str]] = {
    "year": lambda about: _("Năm không đọc được: “%(about)s”.", about=about),
    "far": lambda about: _("Năm %(about)s không nhận: chỉ từ 2015 đến năm sau.", about=about),
    "commune": lambda about: _("Không có xã, phường này: “%(about)s”.", about=about),
    "mismatch": lambda about: _("Mã và tên không khớp: %(about)s.", about=about),
    "merged": lambda about: _(
        "Xã, phường này đã sáp nhập (%(about)s). Hãy cộng vào một dòng mang tên mới.", about=about
    ),
    "formula": lambda about: _(
        "%(about)s: công thức chưa có kết quả. Mở tệp bằng Excel, lưu lại, rồi gửi.", about=about
    ),
    "error": lambda about: _("%(about)s là lỗi của công thức. Hãy sửa trong tệp.", about=about),
    "empty": lambda about: _("Bỏ trống: %(about)s. Không có trẻ em nào thì ghi 0.", about=about),
    "number": _whole,
    "negative": _whole,  # of workbooks that were checked before these were one
    "large": _whole,
    "sum": lambda about: _("%(about)s. Ghi số nguyên, không có phần lẻ.", about=about),
    "total": lambda about: _total(*about.split(" ≠ ")),
    "twice": lambda about: _("Xã và năm này đã có ở dòng %(about)s.", about=about),
}


@dataclass(frozen=True)
class Change:
    """`standing`: what counts for the same year; `before`: for the year before; None where nothing
    was entered. `is_same`: nothing would change; `is_doubtful`: to be looked at once more."""

    label: str
    now: int
    standing: int | None
    before: int | None
    is_same: bool = False
    is_doubtful: bool = False

    @property
    def compared(self) -> int | None:
        return self.before if self.standing is None else self.standing

    @property
    def share(self) -> Decimal:
        """By how many percent it is more; 0 where there is nothing to compare with."""
        if not self.compared:
            return Decimal(0)
        return Decimal(100) * (self.now - self.compared) / self.compared

    @property
    def words(self) -> str:
        """+120 (+1,4%)."""
        if not self.compared:
            return _("chưa có để so")
        sign = "+" if self.now > self.compared else "-" if self.now < self.compared else ""
        difference, share = number(abs(self.now - self.compared)), number(abs(self.share), 1)
        return f"{sign}{difference} ({sign}{share}%)"


@dataclass(frozen=True)
class YearSum:
    """What a workbook says of a year: all its communes, and those that changed most."""

    year: int
    total: Change
    rows: Sequence[Change]

    @property
    def without(self) -> int:
        """Communes that had nothing the year before."""
        return sum(one.before is None for one in self.rows)

    @property
    def same(self) -> int:
        return sum(one.is_same for one in self.rows)

    @property
    def replaced(self) -> Change | None:
        """All numbers that another one stands for, as one."""
        rows = [one for one in self.rows if one.standing is not None and not one.is_same]
        standing = sum(one.standing or 0 for one in rows)
        return (
            Change(str(len(rows)), sum(one.now for one in rows), standing, None) if rows else None
        )

    @property
    def doubtful(self) -> int:
        return sum(one.is_doubtful for one in self.rows)

    @property
    def shown(self) -> Sequence[Change]:
        """The doubtful ones, then those that changed most."""
        known = [one for one in self.rows if one.compared is not None and not one.is_same]
        known.sort(key=lambda one: abs(one.share), reverse=True)
        doubtful = [one for one in self.rows if one.is_doubtful]
        return [*doubtful, *(one for one in known[:MOST_CHANGES] if not one.is_doubtful)]


@dataclass(frozen=True)
class ImportPage:
    """`wrong`: (row, what it calls its commune, what is wrong with it)."""

    wrong: Sequence[tuple[int, str, list[str]]]
    sums: Sequence[YearSum]

    @property
    def is_replacing(self) -> bool:
        return any(one.replaced for one in self.sums)

    @property
    def is_doubtful(self) -> bool:
        return any(one.doubtful for one in self.sums)

    @property
    def is_unchanged(self) -> bool:
        return all(row.is_same for one in self.sums for row in one.rows)


def import_page(session: Session, sent: PopulationImport) -> ImportPage:
    """One statement."""
    years = {row["year"] + back for row in sent.rows for back in (-1, 0)}
    return ImportPage(problem_lines(sent.problems), year_sums(sent.rows, counts_of(session, years)))


def year_sums(
    rows: Iterable[Mapping[str, Any]], known: Mapping[tuple[int, str], Counts]
) -> list[YearSum]:
    """`known`: what stands, by year and commune."""
    ordered = sorted(rows, key=lambda row: row["year"])
    return [
        _year_sum(year, [_change(row, known) for row in of_year])
        for year, of_year in groupby(ordered, key=lambda row: row["year"])
    ]


def _year_sum(year: int, rows: Sequence[Change]) -> YearSum:
    """Against the year before of the same communes."""
    whole = [one.before for one in rows if one.before is not None]
    before = sum(whole) if len(whole) == len(rows) else None
    return YearSum(year, Change(_("Tổng"), sum(one.now for one in rows), None, before), rows)


def _change(row: Mapping[str, Any], known: Mapping[tuple[int, str], Counts]) -> Change:
    year, code, counts = row["year"], row["commune"], row["counts"]
    standing, before = known.get((year, code)), known.get((year - 1, code))
    is_same = counts == standing
    return Change(
        commune(code).label,
        sum(counts.values()),
        _sum(standing),
        _sum(before),
        is_same=is_same,
        is_doubtful=not is_same and _is_doubtful(counts, before if standing is None else standing),
    )


def _is_doubtful(counts: Counts, compared: Counts | None) -> bool:
    """None at all, none any more of a sex and age, or more than a third away from what it was."""
    now = sum(counts.values())
    if not now or compared is None:
        return not now
    was = sum(compared.values())
    is_emptied = any(compared.get(key) and not number for key, number in counts.items())
    return is_emptied or 0 < was < 3 * abs(now - was)


def _sum(counts: Counts | None) -> int | None:
    return None if counts is None else sum(counts.values())


def problem_lines(problems: Sequence[Mapping[str, Any]]) -> list[tuple[int, str, list[str]]]:
    """(row, what it calls its commune, what is wrong with it)"""
    return [
        (row, name, [PROBLEMS[one["code"]](one["about"]) for one in of_row])
        for (row, name), of_row in groupby(
            problems, key=lambda one: (one["row"], one.get("name", ""))
        )
    ]
