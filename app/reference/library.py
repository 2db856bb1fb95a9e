"""All reference data of the process: read once, checked as a whole, never changed afterwards.

`code_list` and `form_definition` are what the other packages use. An administrator adds a newer
version of a file in the folder given to `install` (docs/guide/du-lieu-danh-muc.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from app.core import clock
from app.reference.code_list import CodeList
from app.reference.datafiles import (
    DataFile,
    ReferenceDataError,
    Versions,
    read_versions,
)
from app.reference.form_definition import FormDefinition

DATA = Path(__file__).parent / "data"

F = TypeVar("F", bound=DataFile)


@dataclass(frozen=True)
class Library:
    lists: Mapping[str, Versions[CodeList]]
    forms: Mapping[str, Versions[FormDefinition]]

    @classmethod
    def load(cls, *folders: Path) -> "Library":
        """The `lists` and `forms` of the folders. Raises ReferenceDataError for the first fault."""
        library = cls(
            read_versions([folder / "lists" for folder in folders], CodeList),
            read_versions([folder / "forms" for folder in folders], FormDefinition),
        )
        for fault in _faults(library):
            raise ReferenceDataError(fault)
        return library

    def code_list(
        self, key: str, *, at: date | None = None, version: int | None = None
    ) -> CodeList:
        return _choose(_known(self.lists, key), at, version)

    def form_definition(
        self, key: str, *, at: date | None = None, version: int | None = None
    ) -> FormDefinition:
        return _choose(_known(self.forms, key), at, version)


class _Process:
    """What this process has read."""

    library: Library | None = None


def install(extra: Path | None = None) -> Library:
    """Read everything now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key: better no start than a wrong text.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.library = loaded = Library.load(*folders)
    return loaded


def library() -> Library:
    """The library of this process; the shipped one where nothing was installed."""
    return _Process.library or install()


def code_list(key: str, *, at: date | None = None, version: int | None = None) -> CodeList:
    """The list in force (today, or on `at`), or the given version. Raises ReferenceDataError."""
    return library().code_list(key, at=at, version=version)


def form_definition(
    key: str, *, at: date | None = None, version: int | None = None
) -> FormDefinition:
    """The form in force (today, or on `at`), or the version an old record was made with."""
    return library().form_definition(key, at=at, version=version)


def _known(files: Mapping[str, Versions[F]], key: str) -> Versions[F]:
    if key not in files:
        raise ReferenceDataError(f"{key}: no such data file; known are {', '.join(sorted(files))}")
    return files[key]


def _choose(versions: Versions[F], at: date | None, version: int | None) -> F:
    if version is not None:
        return versions.numbered(version)
    return versions.in_force(at or clock.today())


def _faults(library: Library) -> Iterator[str]:
    """What no single file can know: codes that vanished, and names that lead nowhere."""
    for key, lists in library.lists.items():
        for older, newer in zip(lists.files, lists.files[1:], strict=False):
            for code in older.by_code.keys() - newer.by_code.keys():
                yield f"{key}.v{newer.version}.toml: items: {code} is missing; retire it instead"
    for key, forms in library.forms.items():
        for form in forms.files:
            yield from (
                f"{key}.v{form.version}.toml: {fault}" for fault in _form_faults(library, form)
            )


def _form_faults(library: Library, form: FormDefinition) -> Iterator[str]:
    sections = _known(library.lists, "sections").newest
    needs = _known(library.lists, "needs").newest
    for field in form.fields:
        if field.code_list is not None and field.code_list not in library.lists:
            yield f"fields.{field.name}.code_list: no list {field.code_list}"
        if field.section not in sections.by_code:
            yield f"fields.{field.name}.section: no section {field.section}"
    known = library.lists["stability"].newest if "stability" in library.lists else ()
    for code in form.closing.states if form.closing else ():
        if code not in known:
            yield f"closing.states: no state {code}"
    for state in form.states:
        if state.section not in sections.by_code:
            yield f"states.{state.code}.section: no section {state.section}"
    for row in form.needs:
        for need in row.needs:
            if need not in needs.by_code:
                yield f"needs.{row.number}.needs: no need {need}"
