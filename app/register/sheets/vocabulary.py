"""How communes call columns and write values, as data; and within which bounds a list is read."""

import unicodedata
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.library import code_list
from app.reference.names import search_key
from app.reference.retention import kept_for
from app.reference.texts import Text

DATA = Path(__file__).parent.parent / "data"
LISTS = {"sex": "sex", "poverty": "household_poverty", "evidence": "evidence_kinds"}


class SheetField(BaseModel):
    """What a column may be. Without `heading` it is no column of the template."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z_]+$")
    label: Text
    heading: str = ""
    headings: tuple[str, ...] = ()
    example: str = ""
    wide: int = 12


class ImportsFile(DataFile):
    most_rows: int = Field(ge=1, le=100_000)
    fields: tuple[SheetField, ...]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]

    @model_validator(mode="after")
    def check(self) -> Self:
        headings = [key_of(one) for field in self.fields for one in field.headings]
        if len(headings) != len(set(headings)):
            raise ValueError(f"fields: repeated headings {_repeated(headings)}")
        for name, words in self.words.items():
            keys = [key_of(one) for more in words.values() for one in more]
            if name != "part" and len(keys) != len(set(keys)):
                raise ValueError(f"words.{name}: repeated words {_repeated(keys)}")
        return self

    @property
    def kept_days(self) -> int:
        return kept_for("imports").days

    @cached_property
    def by_heading(self) -> Mapping[str, str]:
        return {key_of(one): f.code for f in self.fields for one in (*f.headings, f.heading) if one}

    @cached_property
    def by_code(self) -> Mapping[str, SheetField]:
        return {field.code: field for field in self.fields}

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Of each kind of words: code by the key of its word, the list's own texts among them."""
        return {name: self._codes(name) for name in self.words}

    def _codes(self, name: str) -> Mapping[str, str]:
        known = {key_of(w): code for code, more in self.words[name].items() for w in more}
        if name in LISTS:
            items = code_list(LISTS[name]).items
            known |= {key_of(one.label.vi): one.code for one in items if not one.is_retired}
        return known

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """Code of a group or a part by its words; official names with and without “Trẻ em”."""
        known: dict[str, str] = {}
        for item in code_list("sc_groups").items:
            if item.parent is None and not item.is_retired:
                name = key_of(item.label.vi)
                known |= {name: item.code, name.removeprefix("tre em "): item.code}
        for word, code in self.codes["group"].items():
            known |= {f"{start}{word}": code for start in ("", "tre em ", "tre ", "te ")}
        return known


def key_of(text: str) -> str:
    """As two people write the same word: without marks, case, punctuation and y for i."""
    return search_key(unicodedata.normalize("NFC", text))


def _repeated(keys: list[str]) -> list[str]:
    return sorted({key for key in keys if keys.count(key) > 1})


class _Process:
    """What this process has read."""

    files: Versions[ImportsFile] | None = None


def install(extra: Path | None = None) -> Versions[ImportsFile]:
    """Read the words now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, ImportsFile, "imports.*")
    if "imports" not in found:
        raise ReferenceDataError("imports.v1.toml: no such data file")
    _Process.files = files = found["imports"]
    return files


def vocabulary() -> ImportsFile:
    """The words in force today."""
    return (_Process.files or install()).in_force(clock.today())
