"""A list of codes with their texts, as one data file states it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.reference.datafiles import DataFile
from app.reference.texts import Text


class UnknownCode(KeyError):
    """The list has no such code."""


class Code(BaseModel):
    """One code. `mark`: V seen in a source, M from memory, I our proposal (docs/guide).

    A retired code is offered no more; records that hold it keep its text. `compartment`: the
    section that alone opens the code; `is_confidential` without one: as what is of health.
    `is_emergency` measures answer T_EMERG.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9_]+(\.[0-9]+)?$")
    label: Text
    short: Text | None = None
    help: Text | None = None
    parent: str | None = None
    letter: str = ""
    article: str = ""
    mark: str = Field(default="I", pattern=r"^[VMI]$")
    is_retired: bool = False
    is_confidential: bool = False
    compartment: str = Field(default="", pattern=r"^(|hiv|sexual_abuse)$")
    is_emergency: bool = False


class CodeList(DataFile):
    title: Text
    items: tuple[Code, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_codes(self) -> Self:
        if len(self.by_code) != len(self.items):
            codes = [item.code for item in self.items]
            raise ValueError(f"repeated codes {sorted({c for c in codes if codes.count(c) > 1})}")
        for item in self.items:
            if item.parent is not None and item.parent not in self.by_code:
                raise ValueError(f"{item.code}: its parent {item.parent} is not in the list")
        return self

    @cached_property
    def by_code(self) -> dict[str, Code]:
        return {item.code: item for item in self.items}

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that may be chosen now, sub-codes included, in the order of the file."""
        return tuple(item.code for item in self.items if not item.is_retired)

    def __contains__(self, code: object) -> bool:
        """May it be chosen now? (A retired code still has a label.)"""
        return code in self.by_code and not self.by_code[str(code)].is_retired

    def get(self, code: str) -> Code:
        """Raises UnknownCode."""
        try:
            return self.by_code[code]
        except KeyError:
            raise UnknownCode(code) from None

    def label(self, code: str, locale: str | None = None) -> str:
        """The text of a code, also of a retired one. Raises UnknownCode."""
        return self.get(code).label.in_locale(locale)

    def choices(
        self,
        locale: str | None = None,
        *,
        parent: str | None = None,
        keep: str | None = None,
    ) -> list[tuple[str, str]]:
        """(code, text) for a form: top level, or the sub-codes of `parent`.

        `keep` is the code a record already has: it stays in the list though it may be retired.
        """
        return [
            (item.code, item.label.in_locale(locale))
            for item in self.children(parent)
            if not item.is_retired or item.code == keep
        ]

    def children(self, parent: str | None = None) -> Iterator[Code]:
        """The codes directly under `parent`; the top level without one."""
        return (item for item in self.items if item.parent == parent)
