"""How long what is kept: one table, as data. Everything that deletes asks here."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.library import DATA

RECORDS = ("closed_case", "unfounded_report")  # of people: two of them decide
MACHINE = (
    *("drafts", "exports", "imports", "form_keys", "sign_in_attempts"),
    *("file_openings", "sessions", "outbox", "messages"),
)
LONGEST = 70  # years


class RetentionRule(BaseModel):
    """One kind. Of records: years after the child's majority and after the last case's end; of what
    the machine keeps: days or hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    years_after_majority: int = Field(default=0, ge=0, le=LONGEST)
    years_after_end: int = Field(default=0, ge=0, le=LONGEST)
    days: int = Field(default=0, ge=0, le=3650)
    hours: int = Field(default=0, ge=0, le=240)
    is_automatic: bool = False
    mark: str = Field(pattern=r"^[VMI]$")
    citation: str = Field(min_length=1)

    @model_validator(mode="after")
    def check_terms(self) -> Self:
        if self.is_automatic != (self.kind in MACHINE):
            raise ValueError("records of people are never deleted automatically, the rest always")
        if self.is_automatic and not self.period:
            raise ValueError("days or hours")
        if not self.is_automatic and not (self.years_after_end and self.kind in RECORDS):
            raise ValueError("a known kind, with years_after_end")
        return self

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours)


class RetentionRules(DataFile):
    """`erasure_wait_days`: from the second person's yes until it happens; until then it can be
    taken back."""

    erasure_wait_days: int = Field(ge=1, le=90)
    reason_length: int = Field(ge=10, le=200)
    ahead_months: int = Field(ge=1, le=60)
    rules: tuple[RetentionRule, ...]

    @model_validator(mode="after")
    def check_kinds(self) -> Self:
        if sorted(rule.kind for rule in self.rules) != sorted((*RECORDS, *MACHINE)):
            raise ValueError("one rule for each kind")
        return self

    @property
    def by_kind(self) -> Mapping[str, RetentionRule]:
        return {rule.kind: rule for rule in self.rules}

    @property
    def wait(self) -> timedelta:
        return timedelta(days=self.erasure_wait_days)


class _Process:
    """What this process has read."""

    files: Versions[RetentionRules] | None = None


def load(*folders: Path) -> Versions[RetentionRules]:
    """The `retention.v<n>.toml` of the folders. Raises ReferenceDataError."""
    found = read_versions(folders, RetentionRules, "retention.*")
    if "retention" not in found:
        raise ReferenceDataError("retention.v1.toml: no such data file")
    return found["retention"]


def install(extra: Path | None = None) -> Versions[RetentionRules]:
    """Read the rules now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files = files = load(*folders)
    return files


def retention_rules(at: date | None = None) -> RetentionRules:
    """In force on a day, or today."""
    return (_Process.files or install()).in_force(at or clock.today())


def kept_for(kind: str) -> timedelta:
    """How long the machine keeps what it needs for its own work."""
    return retention_rules().by_kind[kind].period
