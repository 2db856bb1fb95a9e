"""What was read of one row, as it is kept sealed until it is imported."""

import uuid
from datetime import date

from pydantic import BaseModel

from app.cases.report_data import ReportedChild, ReportedParent
from app.core.dates import DatePrecision, PartialDate
from app.people.models import Sex
from app.register.data_types import EntryData, MembershipData
from app.register.rules import UNKNOWN


class Remark(BaseModel):
    """Something about a cell: a code of pages/import_words.py, or `words` of the register's rule.

    `column` is its letter, `value` what stands there or what became of it.
    """

    code: str
    field: str = ""
    column: str = ""
    value: str = ""
    words: str = ""


class StagedMembership(BaseModel):
    code: str
    since: date
    poverty: str = UNKNOWN
    evidence_kind: str | None = None
    evidence_number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None

    def data(self) -> MembershipData:
        return MembershipData(**dict(self))


class StagedMatch(BaseModel):
    """A child known already who may be the same. `case_id`: the case under which a group can be
    recorded; of a child whom the reader may not see only `units` says anything."""

    child_id: uuid.UUID | None = None
    case_id: uuid.UUID | None = None
    number: str = ""
    score: int
    reasons: list[str] = []
    name: str = ""
    birth_year: int | None = None
    units: list[str] = []


class SheetRow(BaseModel):
    """One row. `cells`: what stood in each mapped column, so that nothing of it is lost."""

    number: int
    cells: dict[str, str] = {}
    full_name: str = ""
    dob: date | None = None
    precision: DatePrecision = DatePrecision.DAY
    age: int | None = None
    sex: Sex = Sex.UNKNOWN
    national_id: str | None = None
    ethnicity: str | None = None
    residence_text: str | None = None
    parents: dict[str, str] = {}
    circumstances: str | None = None
    memberships: list[StagedMembership] = []
    faults: list[Remark] = []
    notes: list[Remark] = []
    matches: list[StagedMatch] = []

    def child(self) -> ReportedChild:
        return ReportedChild(
            full_name=self.full_name or None,
            dob=PartialDate(self.dob, self.precision) if self.dob else None,
            estimated_age=None if self.dob else self.age,
            sex=self.sex,
            national_id=self.national_id,
            ethnicity=self.ethnicity,
            residence_text=self.residence_text,
        )

    def entries(self) -> list[EntryData]:
        """The child with each of its groups; the first one makes the case."""
        child = self.child()
        parents = tuple(ReportedParent(relation, n) for relation, n in self.parents.items())
        return [
            EntryData(child, one.data(), parents, self.circumstances) for one in self.memberships
        ]
