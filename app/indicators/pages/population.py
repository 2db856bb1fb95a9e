"""The pages of the child population, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from app.indicators.definitions import AgeGroup
from app.indicators.forms.population import SEX_WORDS, name_of
from app.indicators.queries.population_pages import Line, Version
from app.reference.communes import Commune, commune, communes
from app.web.filters import number
from app.web.words import _

MOST_CHANGES = 10


def _total(given: str, added: str) -> str:
    return _(
        "Cột Tổng số ghi %(given)s, cộng các cột tuổi được %(added)s.",
        given=number(int(given)),
        added=number(int(added)),
    )


PROBLEMS = {
    "year": lambda about: _("Năm không đọc được: “%(about)s”.", about=about),
    "far": lambda about: _("Năm %(about)s không nhận: chỉ từ 2015 đến năm sau.", about=about),
    "commune": lambda about: _("Không có xã, phường này: “%(about)s”.", about=about),
    "mismatch": lambda about: _("Mã và tên không khớp: %(about)s.", about=about),
    "merged": lambda about: _(
        "Xã, phường này đã sáp nhập (%(about)s). Hãy cộng vào một dòng mang tên mới.", about=about
    ),
    "empty": lambda about: _("Bỏ trống: %(about)s. Không có trẻ em nào thì ghi 0.", about=about),
    "number": lambda about: _("Không phải là số: %(about)s.", about=about),
    "negative": lambda about: _("Số âm: %(about)s.", about=about),
    "large": lambda about: _("Số quá lớn: %(about)s. Hãy xem lại.", about=about),
    "total": lambda about: _total(*about.split(" ≠ ")),
    "twice": lambda about: _("Xã và năm này đã có ở dòng %(about)s.", about=about),
}


@dataclass(frozen=True)
class YearPage:
    year: int
    rows: Sequence[tuple[Commune, Line | None]]

    @property
    def missing(self) -> int:
        return sum(line is None for _one, line in self.rows)

    @property
    def total(self) -> int:
        return sum(line.total for _one, line in self.rows if line)

    @property
    def is_synthetic(self) -> bool:
        return any(line and line.is_synthetic for _one, line in self.rows)


@dataclass(frozen=True)
class Change:
    """`before`: of the year before; None where nothing was entered for it."""

    label: str
    now: int
    before: int | None

    @property
    def share(self) -> Decimal | None:
        """By how many percent it is more."""
        if not self.before:
            return None
        return Decimal(100) * (self.now - self.before) / self.before

    @property
    def words(self) -> str:
        """+120 (+1,4%)."""
        if self.before is None or self.share is None:
            return _("chưa có để so")
        sign = "+" if self.now > self.before else "-" if self.now < self.before else ""
        difference, share = number(abs(self.now - self.before)), number(abs(self.share), 1)
        return f"{sign}{difference} ({sign}{share}%)"


@dataclass(frozen=True)
class YearSum:
    """What a workbook says of a year: all its communes, and those that changed most."""

    year: int
    communes: int
    total: Change
    without: int  # communes that had nothing the year before
    most: Sequence[Change]


def year_sums(
    rows: Sequence[Mapping[str, Any]], before: Mapping[tuple[int, str], int]
) -> list[YearSum]:
    """`before`: what stands, by year and commune."""
    ordered = sorted(rows, key=lambda row: row["year"])
    return [
        _year_sum(year, list(of_year), before)
        for year, of_year in groupby(ordered, key=lambda row: row["year"])
    ]


def _year_sum(
    year: int, rows: Sequence[Mapping[str, Any]], before: Mapping[tuple[int, str], int]
) -> YearSum:
    """Against the year before of the same communes."""
    changes = [
        Change(
            commune(row["commune"]).label,
            sum(row["counts"].values()),
            before.get((year - 1, row["commune"])),
        )
        for row in rows
    ]
    known = [one for one in changes if one.before is not None]
    known.sort(key=lambda one: abs(one.share or Decimal(0)), reverse=True)
    whole = sum(one.before or 0 for one in known) if len(known) == len(rows) else None
    total = Change(_("Tổng"), sum(one.now for one in changes), whole)
    return YearSum(year, len(rows), total, len(rows) - len(known), known[:MOST_CHANGES])


def year_page(year: int, lines: Mapping[str, Line]) -> YearPage:
    """What is missing first: that is what one comes for."""
    rows = [(one, lines.get(one.code)) for one in communes()]
    return YearPage(year, sorted(rows, key=lambda row: row[1] is not None))


def values_now(versions: Sequence[Version], groups: Sequence[AgeGroup]) -> dict[str, object]:
    """What stands now, for the fields of the form; nothing where nothing stands."""
    if not versions:
        return {}
    now = versions[0]
    counts: dict[str, object] = {
        name_of(sex, group): now.counts.get(f"{sex}|{group.code}")
        for sex in SEX_WORDS
        for group in groups
    }
    return {**counts, "source": now.source, "source_on": now.source_on}


def problem_lines(problems: Sequence[Mapping[str, Any]]) -> list[tuple[int, list[str]]]:
    """(row, what is wrong with it)"""
    return [
        (row, [str(PROBLEMS[one["code"]](one["about"])) for one in of_row])
        for row, of_row in groupby(problems, key=lambda one: one["row"])
    ]
