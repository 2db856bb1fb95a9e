"""Who is reminded of what, when: as data, with the changes an administrator made."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.texts import Text

log = logging.getLogger("vongtay.reminders")
DATA = Path(__file__).parent / "data"
MOST_STEPS = 6
ANEW = "@"  # in an occurrence of the ledger: told again, to a unit that has it since then
FURTHEST = 24 * 366  # hours from the end of a term
OF_AGENCIES = frozenset({"referral_new", "referral_service", "room_task", "board_values"})


class Whom(StrEnum):
    OWNER = "owner"  # who answers for the case; the deputy while they are away
    UNIT = "unit"  # the workers of the unit
    CHAIR = "chair"
    LEAD = "lead"
    HEAD = "head"  # Chair or lead of the unit that works the case
    OFFICER = "officer"  # of the unit a referral went to
    SUPERVISOR = "supervisor"
    SELF = "self"


class Step(BaseModel):
    """When, and whom. `part` of the term, or hours before or after its end: exactly one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: float | None = Field(default=None, ge=0, le=3)
    before: int | None = Field(default=None, ge=1, le=FURTHEST)
    after: int | None = Field(default=None, ge=1, le=FURTHEST)
    whom: tuple[Whom, ...] = Field(min_length=1)
    escalates: bool = False

    @model_validator(mode="after")
    def check_when(self) -> Self:
        if sum(value is not None for value in (self.part, self.before, self.after)) != 1:
            raise ValueError("one of part, before, after")
        return self

    @property
    def place(self) -> tuple[float, int]:
        """(part of the term, offset in seconds): start + term x part + offset."""
        if self.part is not None:
            return self.part, 0
        return 1.0, 3600 * ((self.after or 0) - (self.before or 0))

    @property
    def key(self) -> str:
        """The occurrence it stands for in the ledger: p0.5, b24, a48."""
        if self.part is not None:
            return f"p{self.part:g}"
        return f"b{self.before}" if self.before else f"a{self.after}"

    def at(self, started_at: datetime, due_at: datetime) -> datetime:
        part, offset = self.place
        return started_at + (due_at - started_at) * part + timedelta(seconds=offset)


class Kind(BaseModel):
    """One kind of obligation. `words` stand in messages: nothing of a child is in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Text
    is_urgent: bool = False
    at_once: bool = False  # no danger, but of no use with the next digest
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)

    @model_validator(mode="after")
    def check_steps(self) -> Self:
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise ValueError("two steps at the same time")
        return self

    def passed(
        self, started_at: datetime, due_at: datetime, *, after: datetime, until: datetime
    ) -> list[Step]:
        """The steps whose time lies in (after, until], in the order of time."""
        return [step for at, step in self.timed(started_at, due_at) if after < at <= until]

    def next_at(
        self, started_at: datetime, due_at: datetime, *, after: datetime
    ) -> datetime | None:
        return next((at for at, _ in self.timed(started_at, due_at) if at > after), None)

    def timed(self, started_at: datetime, due_at: datetime) -> list[tuple[datetime, Step]]:
        moments = [(step.at(started_at, due_at), step) for step in self.steps]
        return sorted(moments, key=lambda one: one[0])

    def with_steps(self, stored: Iterable[Mapping[str, Any]]) -> "Kind":
        """With other steps; as it is where they are none."""
        try:
            steps = read_steps(stored)
            return Kind.model_validate({**self.model_dump(exclude={"steps"}), "steps": steps})
        except (TypeError, ValueError):
            log.exception("reminder.unreadable_steps")
            return self


class Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    snoozes: int = Field(ge=1, le=20)
    digest_hour: int = Field(ge=0, le=23)
    quiet_from: int = Field(ge=0, le=23)
    quiet_to: int = Field(ge=0, le=23)


class ReminderRules(DataFile):
    kinds: dict[str, Kind] = Field(min_length=1)
    limits: Limits

    def changed(self, steps: object) -> "ReminderRules":
        """With the steps that an administrator set for some kinds, {kind: [step, …]}; unknown kinds
        are left out, and what cannot be read leaves the file as it is."""
        if not isinstance(steps, Mapping):
            log.error("reminder.unreadable_rules")
            return self
        kinds = {
            key: kind.with_steps(steps[key]) if key in steps else kind
            for key, kind in self.kinds.items()
        }
        return self.model_copy(update={"kinds": kinds})

    def kind(self, key: str) -> Kind:
        """Raises KeyError for a kind that no rule knows."""
        return self.kinds[key]


def read_steps(stored: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Raises pydantic.ValidationError."""
    return tuple(Step.model_validate(dict(one)) for one in stored)


def written(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """As `read_steps` reads them again."""
    return [step.model_dump(mode="json", exclude_defaults=True) for step in steps]


def may_tell(key: str) -> tuple[Whom, ...]:
    """Whom steps of this kind may name: what one set for oneself is told to nobody else, a
    referral's receiver has officers and a lead, a case has an owner and a Chair."""
    if key in ("personal", "reading_question"):
        return (Whom.SELF,)
    if key == "dispute":
        return (Whom.SUPERVISOR,)
    if key == "glass_review":
        return (Whom.HEAD, Whom.SUPERVISOR)
    if key in OF_AGENCIES:
        return (Whom.OFFICER, Whom.LEAD, Whom.SUPERVISOR)
    return (Whom.OWNER, Whom.UNIT, Whom.CHAIR, Whom.SUPERVISOR)


class _Process:
    """What this process has read."""

    files: Versions[ReminderRules] | None = None


def load(*folders: Path) -> Versions[ReminderRules]:
    """The `reminders.v<n>.toml` of the folders. Raises ReferenceDataError, naming file and key."""
    found = read_versions(folders, ReminderRules, "reminders.*")
    if "reminders" not in found:
        raise ReferenceDataError("reminders.v1.toml: no such data file")
    return found["reminders"]


def install(extra: Path | None = None) -> Versions[ReminderRules]:
    """Read the rules now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files = files = load(*folders)
    return files


def rules_of_file(at: date | None = None) -> ReminderRules:
    """The data file in force. What an administrator set comes before it (queries/rules.py)."""
    return (_Process.files or install()).in_force(at or clock.today())
