"""The pages of the child population, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.indicators.definitions import AgeGroup
from app.indicators.forms.population import SEX_WORDS, name_of
from app.indicators.queries.population_pages import Line, Version
from app.reference.communes import Commune, communes
from app.web.words import _

PROBLEMS = {
    "year": lambda about: _("Năm không đọc được: “%(about)s”.", about=about),
    "far": lambda about: _("Năm %(about)s không nhận: chỉ từ 2015 đến năm sau.", about=about),
    "commune": lambda about: _("Không có xã, phường này: “%(about)s”.", about=about),
    "merged": lambda about: _(
        "Xã, phường này đã sáp nhập (%(about)s). Hãy cộng vào một dòng mang tên mới.", about=about
    ),
    "empty": lambda about: _("Bỏ trống: %(about)s. Không có trẻ em nào thì ghi 0.", about=about),
    "number": lambda about: _("Không phải là số: %(about)s.", about=about),
    "negative": lambda about: _("Số âm: %(about)s.", about=about),
    "large": lambda about: _("Số quá lớn: %(about)s. Hãy xem lại.", about=about),
    "total": lambda about: _("Tổng số không khớp: %(about)s.", about=about),
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
