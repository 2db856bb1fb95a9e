"""What agencies offer, how long they have, what they see: the rules of referrals, as data."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.auth.models import UnitKind
from app.auth.permissions import COMPARTMENTS, Section
from app.core import clock
from app.deadlines.calendar import Overrides, add_working_days
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.library import code_list
from app.reference.texts import Text
from app.referrals.enums import Urgency

DATA = Path(__file__).parent / "data"
OUTSIDE = "outside"  # the packet of an agency without an account
NEVER = frozenset({Section.INFORMANT, Section.SHELTER})  # in no packet, whatever a file says


# which part of a file the words about a service belong to
_SECTIONS = {
    "health": Section.HEALTH,
    "psychology": Section.HEALTH,
    "education": Section.EDUCATION,
    "legal": Section.POLICE_JUSTICE,
}


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Service(_Rule):
    """What one agency does for a child; its words are in the list `referral_services`. Codes:
    `domain` of needs, `intervention` of intervention_types, `support` of support_kinds."""

    domain: str
    intervention: str
    support: str
    kinds: tuple[UnitKind, ...] = Field(min_length=1)
    ask: Text | None = None  # the words with which a draft begins
    within_hours: int | None = None  # after the event; later it still goes, and it is said
    is_retired: bool = False

    @property
    def section(self) -> Section:
        """Who may read what was written about it."""
        return _SECTIONS.get(self.domain, Section.PLAN)


class PackageService(_Rule):
    """`first`: the kinds of units that are proposed before the others."""

    service: str
    urgency: Urgency
    first: tuple[UnitKind, ...] = ()


class Package(_Rule):
    """Services that belong together; `abuse`: the forms of abuse for which it is proposed;
    `ask_child`: the kinds of units of which the child is asked before they come to know."""

    label: Text
    note: Text | None = None
    abuse: tuple[str, ...] = ()
    ask_child: tuple[UnitKind, ...] = ()
    services: tuple[PackageService, ...] = Field(min_length=1)


class Term(_Rule):
    """How long something may take: wall hours day and night, or working days."""

    clock: Literal["wall", "working"]
    amount: int = Field(ge=1, le=1000)
    unit: Literal["hours", "days"]

    @model_validator(mode="after")
    def check_unit(self) -> Self:
        if self.clock == "working" and self.unit != "days":
            raise ValueError("a working clock counts days")
        return self

    def due(self, start: datetime, overrides: Overrides) -> datetime:
        """When the term that began at `start` (aware) is over, in UTC."""
        if self.clock == "working":
            return add_working_days(start, self.amount, overrides).astimezone(UTC)
        return start + timedelta(**{self.unit: self.amount})


class UrgencyRule(_Rule):
    """Terms to accept, to make the first contact, to tell the outcome. `unanswered`: parts of the
    first after which officer, lead and supervisor are told; after `expire` times it, it ends."""

    label: Text
    accept: Term
    contact: Term
    outcome: Term
    unanswered: tuple[float, float, float]
    expire: int = Field(ge=2)

    @model_validator(mode="after")
    def check_rising(self) -> Self:
        parts = (0.0, *self.unanswered, float(self.expire))
        if list(parts) != sorted(set(parts)):
            raise ValueError("unanswered: parts that rise, below expire")
        return self


class PacketRule(_Rule):
    default: tuple[Section, ...]
    more: tuple[Section, ...] = ()
    without_consent: tuple[Section, ...] = ()  # compartments that another ground opens too

    @model_validator(mode="after")
    def check_never(self) -> Self:
        if NEVER & {*self.default, *self.more}:
            raise ValueError(f"never in a packet: {sorted(NEVER)}")
        if COMPARTMENTS & {*self.default}:
            raise ValueError(f"never by default: {sorted(COMPARTMENTS)}")
        return self

    @property
    def allowed(self) -> tuple[Section, ...]:
        return (*self.default, *self.more)


class QuickRule(_Rule):
    """Where the child must be reached soon: sections that these services ask for by default too,
    at these urgencies, where the packet of the agency allows them."""

    services: tuple[str, ...]
    urgencies: tuple[Urgency, ...]
    sections: tuple[Section, ...]


class AccessRule(_Rule):
    days_after_completion: int = Field(ge=0, le=3650)
    link_days: int = Field(ge=1, le=60)
    link_tries: int = Field(ge=1, le=20)
    code_minutes: int = Field(ge=2, le=10)
    dispute_working_days: int = Field(ge=1, le=60)
    own_consent_age: int = Field(ge=0, le=18)


class FreshnessRule(_Rule):
    """After how many days a number of places is old news, and before how many an agreement that
    ends is told of."""

    places_days: int = Field(ge=1, le=365)
    agreement_days: int = Field(ge=1, le=365)


class ReferralRules(DataFile):
    services: dict[str, Service]
    packages: dict[str, Package]
    urgencies: dict[Urgency, UrgencyRule]
    packets: dict[str, PacketRule]
    quick: QuickRule | None = None
    access: AccessRule
    freshness: FreshnessRule

    @model_validator(mode="after")
    def check_names(self) -> Self:
        if set(self.urgencies) != set(Urgency):
            raise ValueError("urgencies: one rule for each")
        if set(self.packets) != {*UnitKind, OUTSIDE}:
            raise ValueError("packets: one for each kind of unit, and one for outside")
        if self.quick is not None and COMPARTMENTS & {*self.quick.sections}:
            raise ValueError(f"quick: never by default: {sorted(COMPARTMENTS)}")
        if self.quick is not None and {*self.quick.services} - self.services.keys():
            raise ValueError("quick: services of this file")
        for key, package in self.packages.items():
            unknown = {one.service for one in package.services} - self.services.keys()
            if unknown:
                raise ValueError(f"packages.{key}: no service {sorted(unknown)}")
        return self

    def offered(self, kind: UnitKind | None = None) -> dict[str, Service]:
        """The services that may be chosen now; those of one kind of unit."""
        return {
            key: service
            for key, service in self.services.items()
            if not service.is_retired and (kind is None or kind in service.kinds)
        }

    def shareable(self) -> tuple[Section, ...]:
        """The sections that may go to some agency at all, in the order of a file."""
        allowed = {section for rule in self.packets.values() for section in rule.allowed}
        return tuple(section for section in Section if section in allowed)

    def packet(self, kind: str) -> PacketRule:
        return self.packets[kind]

    def least(self, service: str, urgency: Urgency, kind: str | None) -> tuple[Section, ...]:
        """The sections that are ticked when a referral to this kind of unit is drafted; None: to a
        body without an account."""
        packet, quick = self.packet(kind or OUTSIDE), self.quick
        if quick is None or kind is None:
            return packet.default
        is_quick = service in quick.services and urgency in quick.urgencies
        more = [section for section in quick.sections if is_quick and section in packet.more]
        return (*packet.default, *more)

    def proposed(self, abuse: tuple[str, ...]) -> list[str]:
        """The packages, those for these forms of abuse first."""
        return sorted(self.packages, key=lambda key: not {*abuse} & {*self.packages[key].abuse})


class _Process:
    """What this process has read."""

    files: Versions[ReferralRules] | None = None


def load(*folders: Path) -> Versions[ReferralRules]:
    """The `referrals.v<n>.toml` of the folders. Raises ReferenceDataError, naming file and key."""
    found = read_versions(folders, ReferralRules, "referrals.*")
    if "referrals" not in found:
        raise ReferenceDataError("referrals.v1.toml: no such data file")
    for rules in found["referrals"].files:
        _check_codes(rules)
    return found["referrals"]


def _check_codes(rules: ReferralRules) -> None:
    lists = {"domain": "needs", "intervention": "intervention_types", "support": "support_kinds"}
    for key, service in rules.services.items():
        if key not in code_list("referral_services").by_code:
            raise ReferenceDataError(
                f"referrals.v{rules.version}.toml: services.{key}: not in referral_services"
            )
        for field, name in lists.items():
            if getattr(service, field) not in code_list(name).by_code:
                raise ReferenceDataError(
                    f"referrals.v{rules.version}.toml: services.{key}.{field}: not in {name}"
                )


def install(extra: Path | None = None) -> Versions[ReferralRules]:
    """Read the rules now, the administrator's folder included. Called once, at the start."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    _Process.files = files = load(*folders)
    return files


def rules(at: date | None = None) -> ReferralRules:
    """The rules in force today, or on a day."""
    return (_Process.files or install()).in_force(at or clock.today())


def rules_numbered(version: int) -> ReferralRules:
    """The rules a referral was sent under. Raises ReferenceDataError."""
    return (_Process.files or install()).numbered(version)
