"""The plot of one synthetic case: what happened, when each step is taken, and who acts."""

import tomllib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.audit.actions import AuditAction
from app.audit.services import event_body
from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, Outcome, RiskLevel
from app.cases.models import CaseEvent
from app.deadlines.calendar import Overrides
from app.demo import mix
from app.demo.mix import chance, pick
from app.demo.people import DATA, Families, Person
from app.demo.tables import Ids, Rows
from app.demo.units import CommuneOffice, Province

TEXTS = tomllib.loads((DATA / "texts.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Teller:
    """Everything a story is told with. `until` is the present of the synthetic province."""

    rows: Rows
    ids: Ids
    rng: Random
    families: Families
    province: Province
    overrides: Overrides
    until: datetime
    audit: list[tuple[str, str]]


@dataclass
class Someone:
    """Who acts, as the log wants it."""

    id: uuid.UUID
    session_id: uuid.UUID | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Assessed:
    """What the initial assessment found."""

    level: RiskLevel
    is_emergency: bool


@dataclass
class Plot:
    """One case: its facts and moments, and the ways to put something on its timeline and its
    log."""

    teller: Teller
    office: CommuneOffice
    number: str
    received_at: datetime
    earlier: list[uuid.UUID] = field(default_factory=list)  # cases of this commune told before

    child: Person = field(init=False)
    state: CaseState = field(init=False, default=CaseState.RECEIVED)
    ended_at: datetime | None = field(init=False, default=None)
    assessed: Assessed | None = field(init=False, default=None)
    do_not_contact: bool = field(init=False, default=False)
    next_visit_at: datetime | None = field(init=False, default=None)
    cycle: int = field(init=False, default=1)
    check_on: date | None = field(init=False, default=None)
    reopened_at: datetime | None = field(init=False, default=None)
    channel: str = field(init=False, default="")  # any by default
    previous_id: uuid.UUID | None = field(init=False, default=None)
    event_at: datetime | None = field(init=False, default=None)
    groups: list[str] = field(init=False, default_factory=list)  # that the report named

    def __post_init__(self) -> None:
        self.case_id = self.teller.ids.at(self.received_at)
        self.last_event_at = self.received_at
        self._choose_facts()
        self._choose_moments()

    def _choose_facts(self) -> None:
        rng = self.teller.rng
        self.category = pick(rng, mix.CATEGORIES)
        abused = self.category == "abused"
        self.form = pick(rng, mix.ABUSE_FORMS) if abused else ""
        self.sex = "female" if chance(rng, mix.GIRLS.get(self.form, 48)) else "male"
        low, high = mix.AGES.get(self.form, (1, 15))
        self.age = rng.randint(low, high)
        self.perpetrator = pick(rng, mix.PERPETRATORS) if abused else None
        self.outcome = Outcome(pick(rng, mix.OUTCOMES))
        if self.outcome is Outcome.DUPLICATE and not self.earlier:
            self.outcome = Outcome.CONFIRMED
        desk = pick(rng, mix.DESKS)
        self.lane = {"commune": UnitKind.COMMUNE_PC, "police": UnitKind.POLICE}.get(
            desk, UnitKind.HOTLINE
        )
        here = {
            "commune": (self.office.unit_id, self.office.desk_id),
            "police": (self.office.police_unit_id, self.office.police_id),
        }
        self.desk_unit, self.desk_user = here.get(desk) or self.teller.province.desks[desk]
        if desk in ("health", "school"):
            self.lane = UnitKind(desk)

    def _choose_moments(self) -> None:
        rng, start = self.teller.rng, self.received_at
        late = chance(rng, 7)
        self.typed_at = start + timedelta(
            minutes=rng.randint(90, 400) if late else rng.randint(3, 28)
        )
        self.typed_at = min(self.typed_at, self.teller.until)
        self.opened_at = self.typed_at + timedelta(minutes=rng.randint(2, 90))
        hours = min(60.0, rng.lognormvariate(1.35, 0.75))  # median 3.9 h, some beyond the 12 h
        if chance(rng, 9) and start > self.teller.until - timedelta(days=30):
            hours = 24.0 * 400  # forgotten: still waiting, past every clock
        self.assessed_at = max(self.opened_at, start + timedelta(hours=hours))
        self.verified_at = self.opened_at + (self.assessed_at - self.opened_at) / 2
        self.measure_at = self.assessed_at + timedelta(minutes=rng.randint(10, 150))
        self.planned_at = start + timedelta(
            days=rng.choices((3, 4, 5, 6, 8, 11), (20, 30, 22, 15, 8, 5))[0]
        )
        self.approved_at = self.planned_at + timedelta(days=rng.choices((1, 2, 4), (50, 38, 12))[0])
        self.closing_at = self.approved_at + timedelta(days=rng.randint(45, 240))

    def is_past(self, moment: datetime) -> bool:
        return moment <= self.teller.until

    def ended_before(self, moment: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= moment

    def event(
        self,
        kind: EventKind,
        section: Section,
        at: datetime,
        *,
        typed: datetime | None = None,
        note: str | None = None,
        by_desk: bool = False,
        by: uuid.UUID | None = None,
        subject: uuid.UUID | None = None,
        facts: dict[str, Any] | None = None,
        ids: Ids | None = None,
        tells_account: bool = False,
    ) -> None:
        """Put one entry on the timeline, by the desk or by the commune. `ids`: of a part with a
        generator of its own."""
        self.last_event_at = max(typed or at, self.last_event_at)
        self.teller.rows.add_sealed(
            CaseEvent,
            self.child.key,
            (ids or self.teller.ids).at(at),
            case_id=self.case_id,
            kind=kind,
            section=section,
            lane=self.lane.value if by_desk else UnitKind.COMMUNE_PC.value,
            happened_at=at,
            typed_at=typed or at,
            by_id=self.desk_user if by_desk else by or self.office.worker_id,
            unit_id=self.desk_unit if by_desk else self.office.unit_id,
            subject_id=subject,
            facts=facts or {},
            note=note,
            tells_account=tells_account,
        )

    def audit(
        self,
        action: AuditAction,
        at: datetime,
        who: uuid.UUID,
        *,
        sections: Iterable[str] = (),
        **data: object,
    ) -> None:
        body = event_body(Someone(who), action, at, None, sections, "ok", data)
        self.teller.audit.append((str(self.case_id), body))


def say(rng: Random, kind: str) -> str:
    return str(rng.choice(TEXTS["text"][kind]))
