"""What forms and imports hand to the services of the register."""

from dataclasses import dataclass
from datetime import date, datetime

from app.cases.report_data import ReportedChild, ReportedParent
from app.register.groups import Place, place_of
from app.register.rules import UNKNOWN


@dataclass(frozen=True, slots=True)
class MembershipData:
    """A membership as typed. `code` is a group, a part of one, or AT_RISK (register/groups.py);
    `poverty` and `evidence_kind` are codes of `household_poverty` and `evidence_kinds`."""

    code: str
    since: date
    poverty: str = UNKNOWN
    evidence_kind: str | None = None
    evidence_number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None

    @property
    def place(self) -> Place:
        """Of a code that was checked; an unknown one is a group of its own."""
        return place_of(self.code) or Place(self.code)

    @property
    def group_code(self) -> str:
        return self.place.group

    @property
    def sub_code(self) -> str | None:
        return self.place.sub


@dataclass(frozen=True, slots=True)
class EndData:
    """`until` is the first day on which the child is no longer in the group; `reason` a code of
    `group_end_reasons`."""

    until: date
    reason: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewData:
    """What a yearly review found. `needs` are codes of the list `needs`; `end_reason` where the
    child is no longer in the group."""

    happened_at: datetime
    is_still_in: bool
    has_changed: bool
    poverty: str
    needs: tuple[str, ...] = ()
    words: str | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class EntryData:
    """A child entered straight into the register. `circumstances` is told as the child's condition
    in the report. The child's own `residence_commune` is set by the service."""

    child: ReportedChild
    membership: MembershipData
    parents: tuple[ReportedParent, ...] = ()
    circumstances: str | None = None
