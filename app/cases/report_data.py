"""What a report of Mẫu số 01 says, as the form hands it to the services."""

from dataclasses import dataclass, field
from datetime import date, datetime

from app.cases.enums import Category
from app.core.dates import DatePrecision, PartialDate
from app.people.ages import years_between
from app.people.models import DobPrecision, Sex


@dataclass(frozen=True, slots=True)
class ReportedChild:
    """One child as far as known. An estimated age counts only without a date of birth.

    What follows `sex` is no part of Mẫu số 01: the register and its import know it.
    """

    full_name: str | None = None
    dob: PartialDate | None = None
    estimated_age: int | None = None
    sex: Sex = Sex.UNKNOWN
    national_id: str | None = None  # 12 digits
    ethnicity: str | None = None
    residence_commune: str | None = None
    residence_text: str | None = None

    @property
    def dob_precision(self) -> DobPrecision:
        if self.dob is not None:
            return DobPrecision(self.dob.precision.value)
        return DobPrecision.UNKNOWN if self.estimated_age is None else DobPrecision.ESTIMATED

    def birth_year(self, day: date) -> int | None:
        """The year of birth; of an estimated age on `day`, the likely one."""
        if self.dob is not None:
            return self.dob.value.year
        return None if self.estimated_age is None else day.year - self.estimated_age

    def age_on(self, day: date) -> int | None:
        """Full years on `day`; of a year of birth alone, the age reached in that year."""
        if self.dob is None:
            return self.estimated_age
        if self.dob.precision is DatePrecision.YEAR:
            return day.year - self.dob.value.year
        return years_between(self.dob.value, day)


@dataclass(frozen=True, slots=True)
class ReportedParent:
    """Father or mother; `relation` is a code of the list `carer_relations`."""

    relation: str
    full_name: str | None = None
    age: int | None = None
    occupation: str | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.full_name or self.age is not None or self.occupation)


@dataclass(frozen=True, slots=True)
class ReportedInformant:
    """Who reported. It exists only with consent."""

    name: str | None = None
    phone: str | None = None
    address: str | None = None
    notes: str | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.name or self.phone or self.address or self.notes)


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The narratives, all sealed."""

    event_place: str | None = None
    child_condition: str | None = None
    likely_consequence: str | None = None
    family_context: str | None = None
    current_caregiver: str | None = None
    child_location: str | None = None
    prior_actions: str | None = None


@dataclass(frozen=True, slots=True)
class ReportData:
    """One report about one or several children."""

    category: Category
    channel: str
    received_at: datetime
    children: tuple[ReportedChild, ...]
    form_version: int = 1
    doc_no: str | None = None
    event_commune: str | None = None
    event_at: datetime | None = None
    abuse_forms: tuple[str, ...] = ()
    sc_groups: tuple[str, ...] = ()
    abuse_setting: str | None = None
    perpetrator_relation: str | None = None
    is_present_danger: bool = False
    is_caregiver_suspected: bool = False
    texts: ReportTexts = field(default_factory=ReportTexts)
    parents: tuple[ReportedParent, ...] = ()
    informant: ReportedInformant | None = None
