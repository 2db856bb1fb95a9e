"""Versioned data files: how they are read and checked, and which version is in force on a day.

A file `<key>.v<version>.toml` states its version, its citation and the day from which it holds.
A changed circular is a further file; the older one stays, for the records that were made with it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_FILE_NAME = re.compile(r"(?P<key>[a-z0-9_]+)\.v(?P<version>[0-9]+)\.toml")


class ReferenceDataError(Exception):
    """A data file cannot be used; the message names the file and the key."""


class DataFile(BaseModel):
    """What every data file states about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    citation: str = Field(min_length=1)
    effective_from: date
    note: str = ""


F = TypeVar("F", bound=DataFile)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Versions(Generic[F]):
    """All versions of one file, in the order in which they came into force."""

    key: str
    files: tuple[F, ...]

    @property
    def newest(self) -> F:
        return self.files[-1]

    def in_force(self, at: date) -> F:
        """The version in force on `at`; before the first one, the first."""
        current = [file for file in self.files if file.effective_from <= at]
        return current[-1] if current else self.files[0]

    def numbered(self, version: int) -> F:
        """The version a record was made with. Raises ReferenceDataError where it is missing."""
        for file in self.files:
            if file.version == version:
                return file
        raise ReferenceDataError(f"{self.key}: there is no version {version}")


def read_toml(path: Path, model: type[M]) -> M:
    """The file as a `model`. Raises ReferenceDataError, naming file and key."""
    try:
        text = path.read_text(encoding="utf-8")
        return model.model_validate(tomllib.loads(unicodedata.normalize("NFC", text)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReferenceDataError(f"{path.name}: {error}") from error
    except ValidationError as error:
        lines = [
            f"{path.name}: {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}"
            for e in error.errors()
        ]
        raise ReferenceDataError("\n".join(lines)) from None


def read_versions(
    folders: Sequence[Path], model: type[F], pattern: str = "*.toml"
) -> Mapping[str, Versions[F]]:
    """Every `<key>.v<version>.toml` of the folders, by key. A later folder adds versions."""
    found: dict[str, dict[int, F]] = {}
    for key, version, path in _named_files(folders, pattern):
        file = read_toml(path, model)
        if file.version != version:
            raise ReferenceDataError(f"{path.name}: version: the file name says {version}")
        if version in found.setdefault(key, {}):
            raise ReferenceDataError(f"{path.name}: version: a second file of this version")
        found[key][version] = file
    return {key: _in_order(key, files) for key, files in found.items()}


def _named_files(folders: Sequence[Path], pattern: str) -> Iterator[tuple[str, int, Path]]:
    for folder in folders:
        for path in sorted(folder.glob(pattern)):
            match = _FILE_NAME.fullmatch(path.name)
            if match is None:
                raise ReferenceDataError(f"{path.name}: the name is not <key>.v<version>.toml")
            yield match["key"], int(match["version"]), path


def _in_order(key: str, files: Mapping[int, F]) -> Versions[F]:
    return Versions(
        key,
        tuple(sorted(files.values(), key=lambda file: (file.effective_from, file.version))),
    )
