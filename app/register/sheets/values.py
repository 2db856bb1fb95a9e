"""One cell: the value that its writer meant, or why it cannot be told."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from app.core.dates import DatePrecision, PartialDate
from app.people.identifiers import national_id_of
from app.people.models import Sex
from app.reference.library import code_list
from app.register.sheets.vocabulary import ImportsFile, key_of
from app.web.cleaning import clean_line, clean_text, forbidden
from app.web.dates import parse_partial, split_partial

_EPOCH = date(1899, 12, 30)  # Excel's day 0
_SERIALS = range(20_000, 60_000)  # 1954 to 2064
_YEARS = range(1900, 2101)
_TIME_AFTER = re.compile(r"\s+00:00(:00)?$")
_YEAR_WORDS = re.compile(r"^(?:sinh\s+)?(?:năm|nam|sn|khoảng)\s*[:.]?\s*([0-9]{4})$", re.IGNORECASE)
_POWER = re.compile(r"^[0-9]+[.,]?[0-9]*[eE]\+?[0-9]+$")


class BadCell(Exception):  # errors state the fact
    """`code` says why; `value` what is to be named with it; `words` where a rule has its own."""

    def __init__(self, code: str, value: str = "", words: str = "") -> None:
        super().__init__(code)
        self.code, self.value, self.words = code, value, words


def shown(cell: Any) -> str:
    """The cell as a person reads it."""
    if isinstance(cell, dict):
        if "f" in cell:
            return shown(cell["f"])
        return _day_shown(str(cell.get("d", cell.get("e", ""))))
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(clean_text(str(cell)))


def _day_shown(iso: str) -> str:
    try:
        return datetime.fromisoformat(iso).strftime("%d/%m/%Y")
    except ValueError:
        return iso


def line(cell: Any, most: int) -> str:
    """One line of text. Raises BadCell."""
    text = str(clean_line(shown(cell)))
    return _checked(text, most)


def words(cell: Any, most: int) -> str:
    """A text of several lines. Raises BadCell."""
    return _checked(shown(cell), most)


def _checked(text: str, most: int) -> str:
    if reason := forbidden(text):
        raise BadCell("characters", words=reason)
    if len(text) > most:
        raise BadCell("too_long", str(most))
    return text


def name(cell: Any) -> str:
    """A person's name. Raises BadCell."""
    if isinstance(cell, bool | int | float) or (isinstance(cell, dict) and "d" in cell):
        raise BadCell("not_a_name", shown(cell))
    text = line(cell, 200)
    if text and not any(letter.isalpha() for letter in text):
        raise BadCell("not_a_name", text)
    return text


def day(cell: Any) -> PartialDate | None:
    """A date, a month or a year, however Excel keeps it. Raises BadCell."""
    if isinstance(cell, dict):
        return _of_iso(str(cell.get("d", "")), shown(cell))
    if isinstance(cell, bool):
        raise BadCell("date", shown(cell))
    if isinstance(cell, int | float):
        return _of_number(cell)
    text = _TIME_AFTER.sub("", line(cell, 200))
    if not text:
        return None
    if found := _YEAR_WORDS.match(text):
        text = found[1]
    if text.isascii() and text.isdigit() and len(text) in (5, 7):
        return _of_number(int(text))
    try:
        return parse_partial(*split_partial(text))
    except ValueError as error:
        raise BadCell("date", text, str(error)) from None


def _of_iso(iso: str, text: str) -> PartialDate:
    try:
        found = datetime.fromisoformat(iso).date()
    except ValueError:
        raise BadCell("date", text) from None
    if found.year not in _YEARS:
        raise BadCell("date", text)
    return PartialDate(found)


def _of_number(number: float) -> PartialDate:
    """A year, Excel's count of days, or a date typed without separators (5022017)."""
    whole = int(number)
    if whole == number and whole in _YEARS:
        return PartialDate(date(whole, 1, 1), DatePrecision.YEAR)
    if whole in _SERIALS:
        return PartialDate(_EPOCH + timedelta(days=whole))
    text = str(whole).zfill(8)
    if whole == number and len(text) == 8:
        try:
            return parse_partial(text[:2], text[2:4], text[4:])
        except ValueError as error:
            raise BadCell("date", text, str(error)) from None
    raise BadCell("date", shown(number))


def age(cell: Any) -> int | None:
    """Whole years. Raises BadCell."""
    text = key_of(line(cell, 40)).removesuffix("tuoi").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 130):
        raise BadCell("age", shown(cell))
    return int(text)


def national_id(cell: Any) -> tuple[str | None, bool]:
    """(the 12 digits, were zeros put in front that Excel had dropped?). Raises BadCell."""
    text = line(cell, 40).lstrip("'")
    if not text:
        return None, False
    if _POWER.match(text):
        raise BadCell("number_cut", text)
    if text.isascii() and text.isdigit() and len(text) in (10, 11):
        return text.zfill(12), True
    found = national_id_of(text)
    if found is None:
        raise BadCell("national_id", text)
    return found, False


def code(cell: Any, name: str, known: ImportsFile) -> str | None:
    """A code of the list by its word. Raises BadCell."""
    text = line(cell, 200)
    if not text:
        return None
    found = known.codes[name].get(key_of(text))
    if found is None:
        raise BadCell(f"unknown_{name}", text)
    return found


def sex(cell: Any, known: ImportsFile) -> Sex | None:
    found = code(cell, "sex", known)
    return Sex(found) if found else None


def mark(cell: Any, known: ImportsFile) -> bool:
    """Is it ticked? Raises BadCell for a word that is neither."""
    if isinstance(cell, bool):
        return cell
    text = line(cell, 200)
    if not text:
        return False
    key = key_of(text)
    found = known.codes["mark"].get(key) if key else "yes"
    if found is None:
        raise BadCell("mark", text)
    return found == "yes"


def ethnicity(cell: Any) -> str | None:
    """A code of `ethnic_groups`. Raises BadCell."""
    text = line(cell, 100)
    if not text:
        return None
    key = key_of(text).removeprefix("dan toc ")
    for item in code_list("ethnic_groups").items:
        if key in (item.code, key_of(item.label.vi)):
            return item.code
    raise BadCell("unknown_ethnicity", text)
