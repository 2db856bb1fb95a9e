"""Children in special circumstances: their groups, some left, some reviewed each year.

The random numbers come from a generator of each case's own, so that other parts stay as they are.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.core import clock
from app.demo import mix
from app.demo.mix import chance, pick
from app.demo.plot import Plot
from app.demo.tables import Ids
from app.reference.library import code_list
from app.register.groups import AT_RISK, section_of
from app.register.models import GroupMembership, YearlyReview
from app.register.rules import rule_of

POVERTY = {"poor": 30, "near_poor": 26, "none": 36, "unknown": 8}
END_REASONS = {"improved": 60, "moved_away": 30, "turned_16": 10}
EVIDENCE = {"commune_confirmation": 60, "decision": 25, "other": 15}
FROM_ABUSE = {  # the groups that a confirmed case of abuse leads to
    "SEXUAL_ABUSE": "SEX_ABUSE",
    "VIOLENCE": "VIOLENCE_HARM",
    "EXPLOITATION": "EXPLOITED",
    "TRAFFICKING": "TRAFFICKED",
    "ABANDONMENT": "ABANDONED",
}
NEEDS = ("care", "health", "education", "psychology", "family")
WORDS = (
    "Sức khỏe ổn định, đang học đúng lớp. Gia đình vẫn khó khăn.",
    "Ở với ông bà, được nhận trợ cấp hằng tháng. Cần sách vở đầu năm học.",
    "Đã được tập phục hồi chức năng tại trạm y tế, đi lại khá hơn.",
    "Mẹ đi làm xa, em ở với bác. Học yếu, cần người kèm.",
)
_OUT = (
    CaseState.RECEIVED, CaseState.NOT_CONFIRMED, CaseState.DUPLICATE, CaseState.OUT_OF_SCOPE,
)  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """One membership as it was written."""

    id: UUID
    group: str
    sub: str | None
    poverty: str
    recorded: datetime
    ended: datetime | None

    @property
    def section(self) -> Section:
        return section_of(self.group, self.sub)


def tell_groups(plot: Plot, groups: list[str]) -> None:
    """The memberships of a confirmed case, as far as they lie in the past; a reopened one has those
    of its first episode."""
    if plot.state not in _OUT and plot.previous_id is None:
        _Register(plot).tell(groups)


class _Register:
    def __init__(self, plot: Plot) -> None:
        self.plot, self.rows = plot, plot.teller.rows
        self.rng = Random(f"{plot.number}-register")
        self.ids = Ids(self.rng)

    def tell(self, groups: list[str]) -> None:
        rng = self.rng
        if groups and chance(rng, 92):  # the rest still waits for evidence
            self._member(groups[0])
            if chance(rng, 6):
                self._member("NO_SUPPORT" if groups[0] != "NO_SUPPORT" else "DISABILITY")
        elif self.plot.category.startswith("risk") and chance(rng, 22):
            self._member(AT_RISK)
        elif self.plot.form in FROM_ABUSE and chance(rng, 3):
            self._member(FROM_ABUSE[self.plot.form])
        elif not groups and chance(rng, 30):  # a disability, say, that the report did not name
            self._member(pick(rng, mix.SC_GROUPS))

    def _member(self, group: str) -> None:
        recorded = self.plot.verified_at + timedelta(hours=self.rng.randint(1, 60))
        if not self.plot.is_past(recorded):
            return
        since, ended = self._since(recorded), self._ended(recorded)
        told = _Told(
            self.ids.at(recorded), group, self._part(group), self._poverty(group), recorded, ended
        )
        self._write(told, since)
        self._event(told, EventKind.GROUP_RECORDED, "recorded", recorded, {})
        self._reviews(told)

    def _write(self, told: _Told, since: date) -> None:
        end: dict[str, Any] = {}
        if told.ended is not None:
            end = {
                "until": clock.local(told.ended).date(),
                "ended_at": told.ended,
                "ended_by_id": self.plot.office.worker_id,
                "end_reason": pick(self.rng, END_REASONS),
            }
        self.rows.add_sealed(
            GroupMembership,
            self.plot.child.key,
            told.id,
            child_id=self.plot.child.id,
            case_id=self.plot.case_id,
            group_code=told.group,
            sub_code=told.sub,
            list_version=1,
            since=since,
            poverty=told.poverty,
            recorded_by_id=self.plot.office.worker_id,
            recorded_at=told.recorded,
            **self._evidence(told.group, since),
            **end,
        )
        if told.ended is not None:
            facts = {"reason": end["end_reason"], "until": end["until"].isoformat()}
            self._event(told, EventKind.GROUP_ENDED, "ended", told.ended, facts)

    def _since(self, recorded: datetime) -> date:
        """Some time before it was recorded, and after the child was born."""
        longest = max(30, self.plot.age * 365 - 60)
        return clock.local(recorded).date() - timedelta(
            days=self.rng.randint(5, min(longest, 1500))
        )

    def _ended(self, recorded: datetime) -> datetime | None:
        ended = recorded + timedelta(days=self.rng.randint(60, 700))
        return ended if chance(self.rng, 15) and self.plot.is_past(ended) else None

    def _part(self, group: str) -> str | None:
        parts = [] if group == AT_RISK else [c.code for c in code_list("sc_groups").children(group)]
        return self.rng.choice(parts) if parts and chance(self.rng, 93) else None

    def _poverty(self, group: str) -> str:
        rule = rule_of(group, self.plot.received_at.date())
        return self.rng.choice(rule.poverty) if rule and rule.poverty else pick(self.rng, POVERTY)

    def _evidence(self, group: str, since: date) -> dict[str, Any]:
        rng = self.rng
        if group == AT_RISK or not chance(rng, 88):
            return {}
        rule = rule_of(group, since)
        kind = rng.choice(rule.evidence) if rule and rule.evidence else pick(rng, EVIDENCE)
        years = rng.choice((0, 0, 2, 5))
        return {
            "evidence_kind": kind,
            "evidence_number": f"{rng.randint(3, 420)}/{since.year}",
            "issuer": f"UBND {self.plot.office.name}",
            "issued_on": since,
            "expires_on": since + timedelta(days=365 * years) if years else None,
        }

    def _reviews(self, told: _Told) -> None:
        """Each autumn from the year after; the present year's is done for some."""
        last = clock.local(self.plot.teller.until).year
        for year in range(clock.local(told.recorded).year, last + 1):
            at = datetime(year, 10, self.rng.randint(1, 28), 2, 30, tzinfo=told.recorded.tzinfo)
            is_running = told.ended is None or at < told.ended
            is_done = chance(self.rng, 55 if year == last else 94)
            if told.recorded < at and is_running and is_done and self.plot.is_past(at):
                self._review(told, year, at)

    def _review(self, told: _Told, year: int, at: datetime) -> None:
        words, has_changed = self.rng.choice(WORDS), chance(self.rng, 25)
        self.rows.add_sealed(
            YearlyReview,
            self.plot.child.key,
            self.ids.at(at),
            child_id=self.plot.child.id,
            membership_id=told.id,
            case_id=self.plot.case_id,
            year=year,
            is_still_in=True,
            has_changed=has_changed,
            needs=self.rng.sample(NEEDS, self.rng.randint(1, 2)),
            poverty=told.poverty,
            words=words,
            happened_at=at,
            typed_at=at,
            by_id=self.plot.office.worker_id,
        )
        facts = {"year": year, "is_still_in": True, "has_changed": has_changed}
        self._event(told, EventKind.YEARLY_REVIEWED, "reviewed", at, facts, note=words)

    def _event(
        self,
        told: _Told,
        kind: EventKind,
        step: str,
        at: datetime,
        facts: dict[str, Any],
        note: str | None = None,
    ) -> None:
        plot, section = self.plot, told.section
        known = {"group": told.group, "sub": told.sub, "step": step, **facts}
        facts = {name: value for name, value in known.items() if value}
        plot.event(kind, section, at, note=note, subject=told.id, facts=facts, ids=self.ids)
        plot.audit(
            AuditAction.REGISTER_CHANGED,
            at,
            plot.office.worker_id,
            sections=() if section is Section.EVENT else (section,),
            step=step,
            child_id=plot.child.id,
        )
