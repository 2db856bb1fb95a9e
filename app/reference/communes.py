"""The communes of the province, and where the communes before 1 July 2025 went."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from app.reference.collation import sort_key
from app.reference.datafiles import DataFile, ReferenceDataError, read_toml
from app.reference.library import DATA
from app.reference.names import search_key

TYPES = ("phường", "xã")


class UnknownCommune(KeyError):
    """No commune of the province has this code."""


class CommunesFile(DataFile):
    communes: str
    old_communes: str
    count: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Commune:
    code: str
    name: str
    type: str  # phường or xã

    @property
    def label(self) -> str:
        """“Phường Phố Hiến”: the same in both languages, as it stands on documents."""
        return f"{self.type.capitalize()} {self.name}"


@dataclass(frozen=True, slots=True)
class OldCommune:
    """A commune before the merger. One that was divided has a row for each part."""

    old_code: str
    old_name: str
    old_district: str
    old_province: str
    new_code: str
    merged: str  # whole or part

    @property
    def address(self) -> str:
        return f"{self.old_name}, {self.old_district}, {self.old_province}"


@dataclass(frozen=True)
class Communes:
    """Both lists, checked. `by_code` is in Vietnamese alphabetical order of the names."""

    by_code: Mapping[str, Commune]
    old: tuple[OldCommune, ...]

    @classmethod
    def load(cls, folder: Path) -> "Communes":
        about = read_toml(folder / "communes.toml", CommunesFile)
        current = [
            Commune(row["code"], row["name"], row["type"])
            for row in _rows(folder / about.communes, {"code", "name", "type"})
        ]
        former = [
            OldCommune(**row)
            for row in _rows(folder / about.old_communes, set(OldCommune.__slots__))
        ]
        by_code = {c.code: c for c in sorted(current, key=lambda c: sort_key(c.name))}
        _check(about, current, by_code, former)
        return cls(by_code, tuple(former))


def communes() -> tuple[Commune, ...]:
    """All communes, in Vietnamese alphabetical order."""
    return tuple(_communes().by_code.values())


def commune(code: str) -> Commune:
    """Raises UnknownCommune."""
    try:
        return _communes().by_code[code]
    except KeyError:
        raise UnknownCommune(code) from None


def commune_choices() -> list[tuple[str, str]]:
    """(code, name) for a form."""
    return [(row.code, row.label) for row in communes()]


def find_old(text: str) -> tuple[OldCommune, ...]:
    """The former communes of that name, with or without its type; marks and case play no part."""
    wanted = search_key(text)
    return tuple(row for row in _communes().old if wanted in _old_names(row))


def successors(old_code: str) -> tuple[Commune, ...]:
    """The communes that hold a former commune today: two where it was divided, none if unknown."""
    return tuple(commune(row.new_code) for row in _communes().old if row.old_code == old_code)


class Found(NamedTuple):
    """A commune of today that a text names; `old`: as the one before the merger."""

    commune: Commune
    old: OldCommune | None = None


def find_communes(text: str, district: str = "") -> tuple[Found, ...]:
    """Every commune of today that a text may mean: by its own name, or by that of a former commune
    that became a part of it. “Xã Hồng Nam, TP Hưng Yên” is read as commune and district.

    With a district the text speaks of before July 2025: its former communes come first.
    """
    names, districts = _parts(text)
    wanted = {_bare(part, _DISTRICT_WORDS) for part in (*districts, search_key(district)) if part}
    former = [f for name in names for f in _names()[1].get(name, ())]
    former = [f for f in former if not wanted or (f.old and _district(f.old) in wanted)]
    current = [f for name in names for f in _names()[0].get(name, ())]
    if wanted and former:
        return tuple(dict.fromkeys(former))
    return tuple(dict.fromkeys([*current, *former]))


_COMMUNE_WORDS = ("thi tran ", "phuong ", "xa ", "tt ", "p ", "x ")
_DISTRICT_WORDS = ("thanh pho ", "thi xa ", "huyen ", "tp ", "tx ", "h ")
_BETWEEN = re.compile(r"[,;/\n]+|\s[-–]\s")


def _parts(text: str) -> tuple[list[str], list[str]]:
    """(keys that may name a commune, keys that name a district) of a text."""
    keys = [search_key(part) for part in _BETWEEN.split(text)]
    districts = [key for key in keys if key.startswith(_DISTRICT_WORDS)]
    return [key for key in keys if key and key not in districts], districts


def _bare(key: str, words: tuple[str, ...]) -> str:
    return next((key.removeprefix(word) for word in words if key.startswith(word)), key)


def _district(old: OldCommune) -> str:
    return _bare(search_key(old.old_district), _DISTRICT_WORDS)


@cache
def _names() -> tuple[Mapping[str, list[Found]], Mapping[str, list[Found]]]:
    """Communes of today, and of before, by each way to write their names."""
    current: dict[str, list[Found]] = {}
    former: dict[str, list[Found]] = {}
    for one in communes():
        for key in _spellings(search_key(one.label), search_key(one.name)):
            current.setdefault(key, []).append(Found(one))
    for old in _communes().old:
        full = search_key(old.old_name)
        for key in _spellings(full, _bare(full, _COMMUNE_WORDS)):
            former.setdefault(key, []).append(Found(commune(old.new_code), old))
    return current, former


def _spellings(full: str, bare: str) -> set[str]:
    """“phuong le loi”, “p le loi” and “le loi”."""
    short = {"thi tran ": "tt ", "phuong ": "p ", "xa ": "x "}
    return {full, bare, *(s + bare for word, s in short.items() if full.startswith(word))}


@cache
def _communes() -> Communes:
    return Communes.load(DATA)


def _old_names(row: OldCommune) -> set[str]:
    """“xa lac dao” and “lac dao” (thị trấn has two words)."""
    full = search_key(row.old_name)
    short = full
    for kind in ("thi tran ", "phuong ", "xa "):
        short = short.removeprefix(kind)
    return {full, short}


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if set(reader.fieldnames or ()) != columns:
                raise ReferenceDataError(f"{path.name}: columns: must be {sorted(columns)}")
            rows = list(reader)
    except OSError as error:
        raise ReferenceDataError(f"{path.name}: {error}") from error
    for number, row in enumerate(rows, 2):
        if None in row or not all(row.values()):
            raise ReferenceDataError(f"{path.name}: line {number}: an empty or surplus column")
    return rows


def _check(
    about: CommunesFile,
    current: list[Commune],
    by_code: Mapping[str, Commune],
    former: list[OldCommune],
) -> None:
    if not len(by_code) == len(current) == about.count:
        raise ReferenceDataError(f"{about.communes}: code: {about.count} different codes expected")
    for row in current:
        if row.type not in TYPES:
            raise ReferenceDataError(f"{about.communes}: type: {row.code} has {row.type}")
    for old in former:
        if old.new_code not in by_code:
            raise ReferenceDataError(f"{about.old_communes}: new_code: {old.new_code} is unknown")
        if old.merged not in ("whole", "part"):
            raise ReferenceDataError(f"{about.old_communes}: merged: {old.old_code} {old.merged}")
