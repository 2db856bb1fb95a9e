"""From the rows of a sheet to children of the register: every row gets an answer, none is lost."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask_babel import force_locale

from app.core.dates import DatePrecision
from app.core.errors import InvalidInput
from app.documents.examine import Fault, FileRefused
from app.documents.read_workbook import COLUMNS, Cell, Table
from app.people.models import Sex
from app.reference.communes import Found, find_communes
from app.register.groups import AT_RISK, place_of
from app.register.rules import UNKNOWN, rule_of
from app.register.services.entry import check_entry
from app.register.sheets import values
from app.register.sheets.columns import are_numbers, letter_of
from app.register.sheets.group_words import group_codes, part_code
from app.register.sheets.rows_data import Remark, SheetRow, StagedMembership
from app.register.sheets.values import BadCell
from app.register.sheets.vocabulary import ImportsFile, key_of

T = TypeVar("T")
SHOWN = 300  # letters of a cell that are kept for the report
_SUMS = ("tong cong", "tong so", "nguoi lap", "lap bieu", "chu tich ubnd", "tm ui ban")
_SUM = ("tong", "cong")  # alone: both are family names too


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose for the whole sheet. `columns`: field by place (from 0)."""

    columns: Mapping[int, str]
    commune: str
    since: date
    group: str = ""


@dataclass(frozen=True, slots=True)
class ReadRow:
    row: SheetRow
    is_skipped: bool = False


def read_rows(table: Table, choices: Choices, known: ImportsFile, today: date) -> Iterator[ReadRow]:
    """Each row with what it says and what is wrong with it; rows that are no child are skipped.

    Raises FileRefused.
    """
    merged = _Merged(table, choices)
    with force_locale("vi"):
        for number, cells in table.rows:
            reader = _Reader(number, merged.filled(number, cells), choices, known, today)
            reader.row.notes += merged.notes(number)
            reader.row.faults += merged.faults(number)
            yield reader.read(is_title=merged.is_title(number, cells))


class _Merged:
    """Merged cells: a value over several rows is each row's; a row of one cell is a title."""

    def __init__(self, table: Table, choices: Choices) -> None:
        """Raises FileRefused for more of them than cells: in a real sheet none overlaps another."""
        self._mapped = {place: field for place, field in choices.columns.items() if field}
        self._down: dict[int, list[tuple[int, int, int, Cell]]] = {}
        self._across: dict[int, list[tuple[int, int]]] = {}
        rows = dict(table.rows)
        numbers, left_over = sorted(rows), len(rows) * COLUMNS
        for left, top, right, bottom in table.merged:
            if left >= COLUMNS:
                continue
            inside = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
            left_over -= len(inside)
            if left_over < 0:
                raise FileRefused(Fault.BOMB)
            if right > left:
                for number in inside:
                    self._across.setdefault(number, []).append((left, right))
            if bottom > top and left in self._mapped:
                cells = rows.get(top, [])
                value = cells[left] if left < len(cells) else None
                for number in inside:
                    if number > top:
                        self._down.setdefault(number, []).append((left, top, bottom, value))

    def filled(self, number: int, cells: Sequence[Cell]) -> list[Cell]:
        filled = list(cells)
        for place, _top, _bottom, value in self._down.get(number, ()):
            filled += [None] * (place + 1 - len(filled))
            filled[place] = value if filled[place] is None else filled[place]
        return filled

    def notes(self, number: int) -> list[Remark]:
        return [
            Remark(code="merged", field=self._mapped[p], column=letter_of(p), value=f"{top}–{end}")
            for p, top, end, value in self._down.get(number, ())
            if value is not None
        ]

    def faults(self, number: int) -> list[Remark]:
        """A cell that stands for several columns belongs to none of them for sure."""
        return [
            Remark(
                code="merged_across", field=self._mapped.get(left, ""), column=letter_of(left),
                value=f"{letter_of(left)}{number}:{letter_of(right)}{number}",
            )
            for left, right in self._across.get(number, ())
            if sum(place in self._mapped for place in range(left, right + 1)) > 1
        ]  # fmt: skip

    def is_title(self, number: int, cells: Sequence[Cell]) -> bool:
        return number in self._across and sum(cell is not None for cell in cells) <= 1


class _Reader:
    """One row, cell by cell."""

    def __init__(
        self, number: int, cells: Sequence[Cell], choices: Choices, known: ImportsFile, today: date
    ) -> None:
        self.choices, self.known, self.today = choices, known, today
        self.at: dict[str, tuple[str, Cell]] = {
            field: (letter_of(place), cells[place])
            for place, field in choices.columns.items()
            if field and place < len(cells) and cells[place] is not None
        }
        self.row = SheetRow(number=number)
        self.row.cells = {f: values.shown(cell)[:SHOWN] for f, (_l, cell) in self.at.items()}

    def read(self, *, is_title: bool) -> ReadRow:
        if (reason := self._no_child(is_title)) is not None:
            self.row.faults, self.row.notes = [], [Remark(code=reason)]
            return ReadRow(self.row, is_skipped=True)
        self._formulas()
        self._child()
        self._where()
        self._groups()
        if not self.row.faults:
            self._rules()
        return ReadRow(self.row)

    def _no_child(self, is_title: bool) -> str | None:
        """Why the row is no child: a title, a sum, the numbers of the columns, the example."""
        said = [values.shown(cell) for _letter, cell in self.at.values()]
        if key_of(self.row.cells.get("number", "")) == "vi du":
            return "example"
        if is_title:
            return "title"
        if are_numbers([cell for _letter, cell in self.at.values()]):
            return "column_numbers"
        name = " ".join(
            self.row.cells.get(f, "") for f in ("full_name", "family_name", "given_name")
        )
        others = [f for f in self.at if f not in ("number", "full_name")]
        keys = [key_of(text) for text in said[:2]]
        if len(self.at) < 4 and any(key.startswith(_SUMS) or key in _SUM for key in keys):
            return "sum"
        return "no_name" if not name.strip() and len(others) < 2 else None

    def _formulas(self) -> None:
        """What Excel computed last is taken, and said; where it kept nothing: a fault."""
        for field, (letter, cell) in list(self.at.items()):
            value = cell["f"] if isinstance(cell, dict) and "f" in cell else cell
            if isinstance(value, dict) and "e" in value:
                self._fault("excel_error", field, values.shown(value))
            elif value is not cell and value in (None, 0, ""):
                self._fault("formula", field)
            elif value is not cell:
                self.at[field] = (letter, value)
                self.row.notes.append(
                    Remark(
                        code="formula_taken", field=field, column=letter, value=values.shown(value)
                    )
                )
                continue
            else:
                continue
            del self.at[field]

    def _child(self) -> None:
        row = self.row
        row.full_name = self._name()
        self._birth()
        row.sex = self._sex()
        number, is_filled = self._get("national_id", values.national_id) or (None, False)
        row.national_id = number
        if is_filled:
            self._note("zeros", "national_id", number or "")
        row.ethnicity = self._get("ethnicity", values.ethnicity)
        for relation in ("father", "mother"):
            if parent := self._get(f"{relation}_name", values.name):
                row.parents[relation] = parent
        row.circumstances = (
            self._get("circumstances", lambda cell: values.words(cell, 10_000)) or None
        )

    def _name(self) -> str:
        whole = self._get("full_name", values.name) or ""
        parts = [self._get(f, values.name) or "" for f in ("family_name", "given_name")]
        name = whole or " ".join(part for part in parts if part)
        if name.isupper():  # as lists are often typed
            name = name.title()
        if not name and not any(f.field in ("full_name", "given_name") for f in self.row.faults):
            self._fault("name_missing", "full_name")
        return name

    def _birth(self) -> None:
        row = self.row
        for field, sex in (("dob", None), ("dob_male", Sex.MALE), ("dob_female", Sex.FEMALE)):
            found = self._get(field, values.day)
            if found is None:
                continue
            row.dob, row.precision = found.value, found.precision
            row.sex = sex or row.sex
            if found.precision is DatePrecision.YEAR:
                self._note("year_only", field, str(found))
        row.age = self._get("age", values.age)
        if row.dob is None and row.age is None and not row.faults:
            self._note("no_birth", "dob")

    def _sex(self) -> Sex:
        said = self._get("sex", lambda cell: values.sex(cell, self.known))
        marks = {
            sex
            for field, sex in (("male_mark", Sex.MALE), ("female_mark", Sex.FEMALE))
            if self._get(field, lambda cell: values.mark(cell, self.known))
        }
        if len(marks) > 1:
            self._fault("both_marks", "male_mark")
        return said or next(iter(marks), self.row.sex)

    def _where(self) -> None:
        """The commune must be the unit's own; a former name is kept with the address."""
        home = self._get("residence_text", lambda cell: values.line(cell, 500)) or ""
        text = self._get("commune", lambda cell: values.line(cell, 200)) or ""
        district = self._get("district", lambda cell: values.line(cell, 200)) or ""
        old = ""
        if text:
            found = find_communes(text, district)
            own = [one for one in found if one.commune.code == self.choices.commune]
            if not own:
                self._foreign(found, text, district)
            elif own[0].old is not None:
                old = own[0].old.address
                self._note("old_commune", "commune", f"{old} → {own[0].commune.label}")
        self.row.residence_text = ", ".join(part for part in (home, old) if part) or None

    def _foreign(self, found: Sequence[Found], text: str, district: str) -> None:
        said = ", ".join(part for part in (text, district) if part)
        if not found:
            self._fault("unknown_commune", "commune", said)
        else:
            names = sorted({one.commune.label for one in found})
            self._fault("other_commune", "commune", f"{said} → {' / '.join(names)}")

    def _groups(self) -> None:
        codes = self._codes()
        since = self._since()
        shared = self._shared()
        for code in codes:
            evidence = dict(shared)
            if evidence["evidence_kind"] is None and any(evidence.values()):
                evidence["evidence_kind"] = self._kind_for(code)
            poverty = self._poverty()
            self.row.memberships.append(
                StagedMembership(code=code, since=since, poverty=poverty, **evidence)
            )

    def _codes(self) -> list[str]:
        cell = self.at.get("group")
        found = self._get("group", lambda c: group_codes(values.line(c, 1000), self.known)) or []
        if cell is None and self.choices.group:
            found = [self.choices.group]
        elif cell is None:
            self._fault("group_missing", "group")
        part = self.at.get("part")
        if part is None or not found:
            return found
        groups = [c for c in found if c != AT_RISK and "." not in c]
        if len(groups) != 1:
            self._note("part_unused", "part", values.shown(part[1]))
            return found
        code = self._get("part", lambda c: part_code(values.line(c, 300), groups[0], self.known))
        return [code if one == groups[0] and code else one for one in found]

    def _since(self) -> date:
        found = self._get("since", values.day)
        if found is None:
            return self.choices.since
        if found.precision is not DatePrecision.DAY:
            self._note("since_from", "since", found.value.strftime("%d/%m/%Y"))
        return found.value

    def _poverty(self) -> str:
        said = self._get("poverty", lambda cell: values.code(cell, "poverty", self.known))
        for field, code in (("poor_mark", "poor"), ("near_poor_mark", "near_poor")):
            if said is None and self._get(field, lambda cell: values.mark(cell, self.known)):
                said = code
        return said or UNKNOWN

    def _shared(self) -> dict[str, Any]:
        return {
            "evidence_kind": self._get(
                "evidence_kind", lambda cell: values.code(cell, "evidence", self.known)
            ),
            "evidence_number": self._get("evidence_number", lambda c: values.line(c, 100)) or None,
            "issuer": self._get("issuer", lambda cell: values.line(cell, 200)) or None,
            "issued_on": self._whole_day("issued_on"),
            "expires_on": self._whole_day("expires_on"),
        }

    def _whole_day(self, field: str) -> date | None:
        found = self._get(field, values.day)
        return found.value if found else None

    def _kind_for(self, code: str) -> str:
        """A paper without its kind is the one that the group is usually shown by."""
        place = place_of(code)
        rule = rule_of(place.group, self.today) if place else None
        return rule.evidence[0] if rule and rule.evidence else "other"

    def _rules(self) -> None:
        """What the register itself refuses."""
        for entry in self.row.entries():
            try:
                check_entry(entry, today=self.today)
            except InvalidInput as refused:
                field = {"child_name": "full_name", "code": "group"}.get(
                    refused.field, refused.field
                )
                self._fault("rule", field, words=str(refused.text))

    def _get(self, field: str, read: Callable[[Cell], T]) -> T | None:
        """The value of a field; a cell that cannot be read is a fault of the row, told once."""
        if field not in self.at:
            return None
        try:
            return read(self.at[field][1])
        except BadCell as bad:
            self._fault(bad.code, field, bad.value, bad.words)
            del self.at[field]
            return None

    def _fault(self, code: str, field: str, value: str = "", words: str = "") -> None:
        letter = self.at[field][0] if field in self.at else self._letter(field)
        fault = Remark(code=code, field=field, column=letter, value=value, words=words)
        if fault not in self.row.faults:
            self.row.faults.append(fault)

    def _note(self, code: str, field: str, value: str = "") -> None:
        self.row.notes.append(
            Remark(code=code, field=field, column=self._letter(field), value=value)
        )

    def _letter(self, field: str) -> str:
        places = [place for place, one in self.choices.columns.items() if one == field]
        return letter_of(places[0]) if places else ""
