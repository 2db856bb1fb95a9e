"""The rules of emergency openings, of readings that stand out, and of questions, as data."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.names import search_key

DATA = Path(__file__).parent / "data"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GlassRules(_Part):
    minutes: int = Field(ge=5, le=240)
    a_day: int = Field(ge=1, le=20)
    reason_length: int = Field(ge=10, le=200)
    reason_words: int = Field(ge=2, le=20)

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class PeerRules(_Part):
    times: float = Field(gt=1)
    files: int = Field(ge=2)
    days: int = Field(ge=7, le=366)


class ManyRules(_Part):
    persons: int = Field(ge=2)


class NightRules(_Part):
    starts: int = Field(ge=0, le=23)
    ends: int = Field(ge=0, le=23)
    on_duty: tuple[str, ...]
    left_out: tuple[str, ...]

    def covers(self, hour: int) -> bool:
        """An hour in Vietnam; the night may go over midnight."""
        if self.starts <= self.ends:
            return self.starts <= hour < self.ends
        return hour >= self.starts or hour < self.ends


class KinRules(_Part):
    """Surnames in any spelling."""

    close: tuple[str, ...]
    weak: tuple[str, ...]
    common: tuple[str, ...]

    def is_common(self, surname: str) -> bool:
        """`surname` as a search key."""
        return surname in {search_key(one) for one in self.common}


class UnusualRules(_Part):
    settle_minutes: int = Field(ge=0, le=720)
    days_at_once: int = Field(ge=1, le=31)
    days_kept: int = Field(ge=60)
    peers: PeerRules
    many: ManyRules
    night: NightRules
    kin: KinRules


class PaceWindow(_Part):
    minutes: int = Field(ge=1, le=1440)
    files: int = Field(ge=10)

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class PaceRules(_Part):
    """How many different files one person may open in each window."""

    windows: tuple[PaceWindow, ...] = Field(min_length=1)


class SampleRules(_Part):
    a_unit: int = Field(ge=0, le=50)
    a_person: int = Field(ge=1, le=10)
    working_days: int = Field(ge=1, le=30)
    to_look_at: tuple[str, ...]
    weights: Mapping[str, int]


class OversightRules(DataFile):
    mark: str = Field(pattern=r"^[VMI]$")
    break_glass: GlassRules
    unusual: UnusualRules
    pace: PaceRules
    sample: SampleRules


def rules() -> OversightRules:
    """Those in force today."""
    return _versions().in_force(clock.today())


@cache
def _versions() -> Versions[OversightRules]:
    """Raises ReferenceDataError."""
    found = read_versions([DATA], OversightRules, "oversight.*")
    if "oversight" not in found:
        raise ReferenceDataError("oversight.v1.toml: no such data file")
    return found["oversight"]
