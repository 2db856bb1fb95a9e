"""Which row is the heading, and what each column is: proposed from its words, from what the unit
chose before, chosen by a person in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from app.documents.read_workbook import Cell, Outline, Sheet
from app.register.sheets.values import shown
from app.register.sheets.vocabulary import ImportsFile, key_of

IGNORED = ""
NAMES = ("full_name", "given_name")
_ALIKE = 88
_SAMPLES = 3
_UPPER_ENOUGH = 2  # so many known words make the row above a part of the heading


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: `place` counts from 0; `samples` stand below the heading, of which
    `own` is the lower row."""

    place: int
    heading: str
    own: str
    samples: tuple[str, ...]

    @property
    def key(self) -> str:
        """Under which the unit's choice is remembered."""
        return key_of(self.heading)

    @property
    def letter(self) -> str:
        return letter_of(self.place)


def letter_of(place: int) -> str:
    """0: A, 25: Z, 26: AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def likely_sheet(outline: Outline, known: ImportsFile) -> int:
    """The place of the sheet that looks most like a list of children."""

    def rank(place: int) -> tuple[int, int]:
        sheet = outline.sheets[place]
        best = max((_score(cells, known) for _n, cells in sheet.head), default=0)
        return (0 if sheet.is_hidden or sheet.is_empty else best + 1, -place)

    return max(range(len(outline.sheets)), key=rank)


def likely_heading(sheet: Sheet, known: ImportsFile) -> int:
    """The number of the row with the headings; of two rows of them the lower one."""
    if sheet.is_empty:
        return 1
    best = max(sheet.head, key=lambda row: (_score(row[1], known), -row[0]))
    below = dict(sheet.head).get(best[0] + 1)
    if below is not None and _continues(best[1], below, known):
        return best[0] + 1
    return best[0]


def _score(cells: Sequence[Cell], known: ImportsFile) -> int:
    return sum(isinstance(cell, str) and key_of(cell) in known.by_heading for cell in cells)


def _continues(upper: Sequence[Cell], lower: Sequence[Cell], known: ImportsFile) -> bool:
    """Words only, none under the name, each under a heading that goes on: a second row of it."""
    names = [p for p, c in enumerate(upper) if known.by_heading.get(key_of(shown(c))) in NAMES]
    filled = {p: c for p, c in enumerate(lower) if c is not None}

    def is_below(place: int) -> bool:
        above = _at(upper, place)
        if above is None or key_of(f"{shown(above)} {shown(filled[place])}") in known.by_heading:
            return True
        return place + 1 in filled and _at(upper, place + 1) is None

    is_free = filled and not set(names) & set(filled)
    return bool(is_free) and all(isinstance(filled[p], str) and is_below(p) for p in filled)


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def columns_of(sheet: Sheet, heading: int, known: ImportsFile) -> list[Column]:
    """The columns that have a heading or anything below it, for the row chosen as heading."""
    rows = dict(sheet.head)
    own = [shown(cell) for cell in rows.get(heading, [])]
    upper = _upper(rows.get(heading - 1, []), known)
    below = [c for number, c in sheet.head if number > heading and not are_numbers(c)]
    wide = max(len(own), len(upper) if upper else 0, *(len(c) for c in below), 0)
    found = []
    for place in range(wide):
        samples = [shown(c[place]) for c in below if place < len(c) and c[place] is not None]
        words = [upper[place] if place < len(upper) else "", own[place] if place < len(own) else ""]
        text = " ".join(dict.fromkeys(" ".join(w.split()) for w in words if w.strip()))
        if text or samples:
            below_it = tuple(sample[:80] for sample in samples[:_SAMPLES])
            found.append(Column(place, text[:200], words[1][:200], below_it))
    return found


def _upper(cells: Sequence[Cell], known: ImportsFile) -> list[str]:
    """The words of the row above, where it is a part of the heading: each goes on to the right
    until the next one."""
    if _score(cells, known) < _UPPER_ENOUGH:
        return []
    words, last = [], ""
    for cell in cells:
        last = shown(cell) or last
        words.append(last)
    return words


def proposed(
    columns: Sequence[Column], known: ImportsFile, remembered: Mapping[str, str]
) -> dict[int, str]:
    """The field of each column by its place; each field once, "" for a column that is not read."""
    chosen: dict[int, str] = {}
    for column in columns:
        field = remembered.get(column.key)
        if field is None:
            field = _by_words(column, known)
        taken = field in chosen.values()
        chosen[column.place] = IGNORED if taken or field not in known.by_code else field
    return chosen


def are_numbers(cells: Sequence[Cell]) -> bool:
    """The row in which a form numbers its columns: (1) (2) (3), or A B 1 2."""
    said = [shown(cell).strip("() ") for cell in cells if cell is not None]
    return len(said) > 1 and all(len(t) == 1 or (t.isdigit() and len(t) == 2) for t in said)


def _by_words(column: Column, known: ImportsFile) -> str:
    key = column.key
    if key in known.by_heading or not key:
        return known.by_heading.get(key, IGNORED)
    if (own := key_of(column.own)) in known.by_heading:
        return known.by_heading[own]
    if len(key) < 5:
        return IGNORED
    found = process.extractOne(key, list(known.by_heading), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return known.by_heading[found[0]] if found else IGNORED
