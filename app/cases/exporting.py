"""Lists that can be exported into a spreadsheet, and the rules for it, as data.

    LISTS["cases"] = ExportList(...)

Each list adds itself; one mechanism asks, has a second person agree, makes the file and hands it
out. A filter is kept as text of codes, as it stands in the address of its list.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from flask_babel import LazyString
from pydantic import Field
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section
from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.retention import kept_for

DATA = Path(__file__).parent / "data"
Cell = str | int | date | None


class ExportRules(DataFile):
    mark: str = Field(pattern=r"^[VMI]$")
    most_rows: int = Field(ge=1, le=500)
    alone_children: int = Field(ge=0, le=50)
    alone_hours: int = Field(ge=1)
    reason_length: int = Field(ge=1, le=200)
    answer_hours: int = Field(ge=1)

    @property
    def kept(self) -> timedelta:
        return kept_for("exports")

    @property
    def kept_hours(self) -> int:
        return int(self.kept / timedelta(hours=1))

    @property
    def answered_within(self) -> timedelta:
        return timedelta(hours=self.answer_hours)

    @property
    def alone_within(self) -> timedelta:
        return timedelta(hours=self.alone_hours)


@dataclass(frozen=True, slots=True)
class Size:
    """How long a list is now. `rows` beyond ExportRules.most_rows are counted as one more."""

    rows: int
    children: int


@dataclass(frozen=True, slots=True)
class Column:
    """Of readers of `section`; of everybody where that is None."""

    section: Section | None
    title: LazyString
    width: int  # characters


@dataclass(frozen=True, slots=True)
class ExportRow:
    """`is_closed`: the row is there because of what only readers of the section of health see."""

    case_id: uuid.UUID
    child_id: uuid.UUID
    cells: Sequence[Cell]
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class ExportList:
    """One list. `endpoint` shows it; `permission` opens it. Its functions take the filter as text.

    `clean`: as this person may ask, codes only. `filters`: the names of what narrows it, without
    values. `words`: the filter as the person who asked would say it. `sections`: what the rows and
    columns of this person depend on: whoever agrees must be able to open all of it. `rows`: in
    batches, as this person may see them at that moment.
    """

    title: LazyString
    endpoint: str
    permission: Permission
    clean: Callable[[str, Actor], str]
    filters: Callable[[str, Actor], Sequence[str]]
    words: Callable[[Session, str, Actor], list[str]]
    sections: Callable[[str, Actor], frozenset[Section]]
    columns: Sequence[Column]
    size: Callable[[Session, Actor, str, datetime], Size]
    rows: Callable[[Session, Actor, str, datetime], Iterable[Sequence[ExportRow]]]

    def columns_of(self, sections: frozenset[Section]) -> list[Column]:
        """Those that a reader of these sections gets."""
        return [one for one in self.columns if one.section is None or one.section in sections]


LISTS: dict[str, ExportList] = {}


def rules() -> ExportRules:
    """Those in force today."""
    return _versions().in_force(clock.today())


@cache
def _versions() -> Versions[ExportRules]:
    """Raises ReferenceDataError."""
    found = read_versions([DATA], ExportRules, "exports.*")
    if "exports" not in found:
        raise ReferenceDataError("exports.v1.toml: no such data file")
    return found["exports"]
