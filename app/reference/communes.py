"""The communes of the province, and where the communes before 1 July 2025 went."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
