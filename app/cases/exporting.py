"""What can leave the house as a file, and the rules for it, as data.

    EXPORTS["cases"] = Exported(...)

Each kind (a list, the dossier of a case, the log of a case for a court, the log) adds itself; one
mechanism asks, has a second person agree, makes the file, locks it and hands it out. What is wanted
is kept as text of codes: the filter as it stands in the address of a list, or "case=" with an id.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask_babel import LazyString
from pydantic import Field
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, sections_of
from app.core import clock
from app.core.tasks import TaskRun
from app.documents.binding import PDF, lock_pdf
from app.documents.workbook import XLSX, lock_workbook
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.retention import kept_for

DATA = Path(__file__).parent / "data"
WITHOUT = "closed=no"  # of a whole file: without ExportRules.never_alone
Cell = str | int | date | None


class ExportRules(DataFile):
    mark: str = Field(pattern=r"^[VMI]$")
    most_rows: int = Field(ge=1, le=500)
    alone_children: int = Field(ge=0, le=50)
    alone_hours: int = Field(ge=1)
    whole_file_counts: int = Field(ge=1, le=51)
    never_alone: tuple[Section, ...]
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
    """`case_id`, `child_id`: None for what is about no case. `closed`: the row is there because of
    what only readers of these sections see."""

    case_id: uuid.UUID | None
    child_id: uuid.UUID | None
    cells: Sequence[Cell]
    closed: frozenset[Section] = frozenset()


class Format(NamedTuple):
    """`lock` encrypts a file with a password, and opens it again before it is given out."""

    media_type: str
    suffix: str
    lock: Callable[[bytes, str], bytes]


WORKBOOK = Format(XLSX, "xlsx", lock_workbook)
PAPER = Format(PDF, "pdf", lock_pdf)


class Made(NamedTuple):
    """A finished file, and whom it is about."""

    content: bytes
    rows: Sequence[ExportRow]


@dataclass(frozen=True, slots=True)
class Exported:
    """One kind of export. Its functions take what is wanted as text.

    `permission` opens what it is taken from; `may`: does it exist, and may this person take it
    away? `back`: the address of it. `clean`: as this person may ask, codes only. `filters`: the
    names of what narrows it, without values. `words`: what is wanted, as the person who asked would
    say it. `sections`: what rows and columns of this person depend on: whoever agrees must be able
    to open all of it. `contents`: the columns or parts that this
    person gets. `make`: as
    this person may see it at that moment. `is_whole_file`: everything about one child, so that it
    counts as many children of a list.
    """

    title: LazyString
    permission: Permission
    may: Callable[[Session, Actor, str], bool]
    back: Callable[[str], str]
    clean: Callable[[str, Actor], str]
    filters: Callable[[str, Actor], Sequence[str]]
    words: Callable[[Session, str, Actor], list[str]]
    sections: Callable[[str, Actor], frozenset[Section]]
    contents: Callable[[str, Actor], Sequence[str]]
    size: Callable[[Session, Actor, str, datetime], Size]
    make: Callable[[TaskRun, uuid.UUID, datetime], Made]
    format: Format = WORKBOOK
    is_whole_file: bool = False


EXPORTS: dict[str, Exported] = {}


def columns_of(columns: Sequence[Column], sections: frozenset[Section]) -> list[Column]:
    """Those that a reader of these sections gets."""
    return [one for one in columns if one.section is None or one.section in sections]


def titles_of(columns: Sequence[Column]) -> Callable[[str, Actor], list[str]]:
    """The `contents` of a spreadsheet with these columns."""
    return lambda _query, actor: [str(one.title) for one in columns_of(columns, sections_of(actor))]


def lighter(kind: str, query: str, actor: Actor) -> str:
    """The same without what nobody takes away alone; "" where there is nothing of it in it."""
    wanted = EXPORTS[kind]
    without = wanted.clean(f"{query}&{WITHOUT}", actor)
    return without if wanted.sections(without, actor) < wanted.sections(query, actor) else ""


def whole_files() -> list[str]:
    return [kind for kind, one in EXPORTS.items() if one.is_whole_file]


def case_in(query: str) -> uuid.UUID | None:
    """The case that a whole file is about."""
    try:
        return uuid.UUID(dict(parse_qsl(query[:200])).get("case", ""))
    except ValueError:
        return None


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
