"""The plan of one synthetic case: drafted, perhaps returned, approved, carried out.

All chance comes from a generator of its own, so that the rest of the province stays as it is.
"""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.models import (
    Plan,
    PlanActivity,
    PlanDecision,
    PlanGoal,
    PlanProblem,
    PlanRevision,
)
from app.cases.models.plans import ActivityState, PlanOutcome, PlanState
from app.cases.plan_snapshot import Snapshot, canonical, digest_of
from app.core import clock
from app.demo.people import DATA
from app.demo.plot import Plot
from app.demo.tables import Ids
from app.demo.units import FEATURED

TEXTS: Mapping[str, Any] = tomllib.loads((DATA / "plans.toml").read_text(encoding="utf-8"))
RETURNED_AFTER, AGAIN_AFTER = timedelta(hours=5), timedelta(hours=20)
REVISED_AFTER = timedelta(days=12)
OTHERS = ("health", "psychology", "education", "family", "legal")


@dataclass
class PlanOfPlot:
    """Writes the plan of a case that was submitted at `plot.planned_at`; `state` is where it
    stands at the present of the province."""

    plot: Plot
    rng: Random = field(init=False)
    ids: Ids = field(init=False)
    state: PlanState = field(init=False, default=PlanState.SUBMITTED)

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.plot.number}-plan")
        self.ids = Ids(self.rng)
        planned = self.plot.planned_at
        self.id = self.ids.at(planned)
        self.drafted_at = planned - timedelta(hours=self.rng.randint(2, 8))
        self.is_returned = self.rng.random() < 0.25
        self.domains = ("safety", *self.rng.sample(OTHERS, self.rng.choice((1, 2, 2, 3))))
        self.snapshot = self._snapshot()
        # as it was submitted the first time: without its last activity
        shorter = self.snapshot["activities"][:-1]
        self.earlier: Snapshot = {**self.snapshot, "activities": shorter}

    def tell(self) -> PlanState:
        """Write everything that lies in the past. The case's own entries stand already."""
        plot, text = self.plot, canonical(self.snapshot)
        submitted_at, version = plot.planned_at, 2
        if self.is_returned and plot.is_past(plot.planned_at + RETURNED_AFTER):
            submitted_at, version = self._return()
        if plot.is_past(plot.approved_at):
            submitted_at, version = self._approve(text, submitted_at, version)
        self._plan(submitted_at, version)
        self._revisions(text)
        for row in self.snapshot["activities"]:
            self._activity(row)
        return self.state

    def _approve(self, text: str, submitted_at: datetime, version: int) -> tuple[datetime, int]:
        """Approved; now and then edited and submitted again later, which voids the approval."""
        plot, revised_at = self.plot, self.plot.approved_at + REVISED_AFTER
        is_closed = plot.state is CaseState.CLOSED
        share = 0.5 if plot.office.code in FEATURED else 0.1  # so that a demo Chair sees some
        is_revised = not is_closed and self.rng.random() < share and plot.is_past(revised_at)
        void = {"voided_by": plot.office.worker_id, "voided_at": revised_at} if is_revised else {}
        outcome = PlanOutcome.APPROVED
        self._decide(outcome, text, plot.approved_at, submitted_at, version, void=void)
        if not is_revised:
            self.state = PlanState.ENDED if is_closed else PlanState.APPROVED
            return submitted_at, version + 1
        monitoring = f"{self.snapshot['monitoring']} {TEXTS['revised']}"
        self.snapshot = {**self.snapshot, "monitoring": monitoring}
        self._revision(canonical(self.snapshot), version + 2, revised_at)
        worker, again_at = plot.office.worker_id, revised_at + timedelta(minutes=30)
        self._event(EventKind.PLAN_VOIDED, revised_at, worker, {"cycle": 1})
        self._event(
            EventKind.PLAN_SUBMITTED, min(again_at, plot.teller.until), worker, {"cycle": 1}
        )
        return min(again_at, plot.teller.until), version + 3

    def _snapshot(self) -> Snapshot:
        """What the plan says in the end."""
        today = clock.local(self.plot.approved_at).date()
        rows = [(domain, TEXTS["domain"][domain]) for domain in self.domains]
        return {
            "general_goal": self.rng.choice(TEXTS["general"]),
            "monitoring": self.rng.choice(TEXTS["monitoring"]),
            "review_on": (today + timedelta(days=90)).isoformat(),
            "problems": [self._line(domain, said["problem"]) for domain, said in rows],
            "goals": [self._line(domain, said["goal"]) for domain, said in rows],
            "activities": [
                self._row(domain, one, today) for domain, said in rows for one in said["activities"]
            ],
        }

    def _line(self, domain: str, texts: list[str]) -> dict[str, Any]:
        row_id = self.ids.at(self.drafted_at)
        return {"id": str(row_id), "domain": domain, "text": self.rng.choice(texts)}

    def _row(self, domain: str, said: Mapping[str, str], today: date) -> dict[str, Any]:
        starts = today + timedelta(days=self.rng.randint(0, 10))
        return {
            "id": str(self.ids.at(self.drafted_at)),
            "domain": domain,
            "service_type": said["service"],
            "what": said["what"],
            "responsible_unit_id": None,
            "responsible_unit": None,
            "responsible": said["who"],
            "coordinating": said["with"],
            "resources": said["resources"],
            "starts_on": starts.isoformat(),
            "ends_on": (starts + timedelta(days=self.rng.randint(7, 60))).isoformat(),
        }

    def _return(self) -> tuple[datetime, int]:
        """Returned once; (when it was submitted last, its version then)."""
        plot, text = self.plot, canonical(self.earlier)
        returned_at, again_at = (plot.planned_at + d for d in (RETURNED_AFTER, AGAIN_AFTER))
        reason = self.rng.choice(TEXTS["returned"])
        self._decide(PlanOutcome.RETURNED, text, returned_at, plot.planned_at, 2, reason)
        self._event(EventKind.PLAN_RETURNED, returned_at, self.plot.office.chair_id, {}, reason)
        if not plot.is_past(again_at):
            self.state = PlanState.RETURNED
            return plot.planned_at, 3
        counts = {"goals": len(self.domains), "activities": len(self.snapshot["activities"])}
        self._event(EventKind.PLAN_SUBMITTED, again_at, plot.office.worker_id, counts)
        return again_at, 5

    def _plan(self, submitted_at: datetime, version: int) -> None:
        plot, worker = self.plot, self.plot.office.worker_id
        is_first = self.is_returned and not plot.is_past(plot.planned_at + AGAIN_AFTER)
        self.snapshot = snapshot = self.earlier if is_first else self.snapshot
        edited_at = submitted_at - timedelta(minutes=30)
        plot.teller.rows.add_sealed(
            Plan, plot.child.key, self.id, case_id=plot.case_id, cycle=1, form_version=1,
            state=self.state, general_goal=snapshot["general_goal"],
            monitoring=snapshot["monitoring"],
            review_on=date.fromisoformat(snapshot["review_on"]),
            drafted_by=worker, drafted_at=self.drafted_at, edited_by=worker,
            edited_at=max(edited_at, self.drafted_at), submitted_by=worker,
            submitted_at=submitted_at, version=version,
        )  # fmt: skip
        for model, part in ((PlanProblem, "problems"), (PlanGoal, "goals")):
            for position, row in enumerate(snapshot[part], start=1):
                plot.teller.rows.add_sealed(
                    model, plot.child.key, uuid.UUID(row["id"]), plan_id=self.id,
                    position=position, domain=row["domain"], text=row["text"],
                )  # fmt: skip
        self._event(EventKind.PLAN_DRAFTED, self.drafted_at, worker, {"cycle": 1})

    def _revisions(self, text: str) -> None:
        """One for each text that was saved."""
        first = canonical(self.earlier) if self.is_returned else text
        self._revision(first, 1, self.drafted_at)
        again_at = self.plot.planned_at + AGAIN_AFTER
        if self.is_returned and self.plot.is_past(again_at):
            self._revision(text, 4, again_at)

    def _revision(self, text: str, version: int, at: datetime) -> None:
        plot = self.plot
        plot.teller.rows.add_sealed(
            PlanRevision, plot.child.key, self.ids.at(at), plan_id=self.id, version=version,
            snapshot=text, by_id=plot.office.worker_id, at=at,
        )  # fmt: skip

    def _decide(
        self, outcome: PlanOutcome, text: str, at: datetime, submitted_at: datetime, version: int,
        reason: str | None = None, void: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        plot, number = self.plot, {}
        if outcome is PlanOutcome.APPROVED:
            number = self._number(clock.local(at).year)
        row_id, digest = self.ids.at(at), digest_of(text)
        plot.teller.rows.add_sealed(
            PlanDecision, plot.child.key, row_id, plan_id=self.id, case_id=plot.case_id,
            outcome=outcome, unit_id=plot.office.unit_id, reason=reason, snapshot=text,
            digest=digest, plan_version=version, decided_by=plot.office.chair_id, decided_at=at,
            facts={"cycle": 1, "form_version": 1, "submitted_at": submitted_at.isoformat()},
            **number, **void,
        )  # fmt: skip
        plot.audit(
            AuditAction.PLAN_DECIDED, at, plot.office.chair_id, decision=outcome,
            number=number.get("number"), cycle=1, digest=digest.hex(),
        )  # fmt: skip

    def _number(self, year: int) -> dict[str, Any]:
        """The office's next number of the year."""
        given = self.plot.office.decisions
        given[year] = order = given.get(year, 0) + 1
        return {
            "number": f"{order:02d}/QĐ-UBND",
            "number_year": year,
            "number_order": order,
        }

    def _activity(self, row: dict[str, Any]) -> None:
        plot, starts, ends = self.plot, *(
            date.fromisoformat(row[name]) for name in ("starts_on", "ends_on")
        )  # fmt: skip
        state = self._state_of(starts, ends)
        done_on = min(ends, self._last_day()) if state is ActivityState.DONE else None
        result = self.rng.choice(TEXTS[state.value]) if state.value in TEXTS else None
        position = self.snapshot["activities"].index(row) + 1
        copied = {
            name: row[name]
            for name in ("domain", "service_type", "what", "responsible", "coordinating")
        }
        plot.teller.rows.add_sealed(
            PlanActivity, plot.child.key, uuid.UUID(row["id"]), plan_id=self.id,
            case_id=plot.case_id, position=position, resources=row["resources"], starts_on=starts,
            ends_on=ends, state=state, done_on=done_on, result=result, **copied,
        )  # fmt: skip
        if done_on is not None:
            facts = {
                "state": state.value, "domain": row["domain"], "position": position,
                "service_type": row["service_type"], "done_on": done_on.isoformat(),
            }  # fmt: skip
            self._event(
                EventKind.ACTIVITY_CHANGED, self._on(done_on), plot.office.worker_id, facts, result
            )

    def _last_day(self) -> date:
        """Of what can have been done: today, or the day of closing."""
        last = min(self.plot.closing_at, self.plot.teller.until)
        return clock.local(last).date()

    def _state_of(self, starts: date, ends: date) -> ActivityState:
        if not self.plot.is_past(self.plot.approved_at):
            return ActivityState.PLANNED
        luck, today = self.rng.random(), self._last_day()
        if self.state is PlanState.ENDED:
            is_done = luck < 0.9 and starts <= today
            return ActivityState.DONE if is_done else ActivityState.NOT_DONE
        if ends < today:
            if luck < 0.82:
                return ActivityState.DONE
            return ActivityState.NOT_DONE if luck < 0.9 else ActivityState.DOING
        if starts <= today and luck < 0.8:
            return ActivityState.DOING
        return ActivityState.PLANNED

    def _on(self, day: date) -> datetime:
        """A moment of the day that lies between approval and present."""
        noon = datetime.combine(day, datetime.min.time(), tzinfo=clock.LOCAL) + timedelta(hours=12)
        latest = min(self.plot.closing_at, self.plot.teller.until)
        return max(self.plot.approved_at, min(noon.astimezone(latest.tzinfo), latest))

    def _event(
        self, kind: EventKind, at: datetime, by: uuid.UUID, facts: dict[str, Any],
        note: str | None = None,
    ) -> None:  # fmt: skip
        self.plot.event(
            kind, Section.PLAN, at, by=by, subject=self.id, facts=facts, note=note, ids=self.ids
        )


def tell_plan(plot: Plot) -> None:
    """The plan of a case whose later steps were told; the case stands where the plan does."""
    state = PlanOfPlot(plot).tell()
    if state is PlanState.RETURNED:
        plot.state = CaseState.PLAN_DRAFTED
    elif state is PlanState.SUBMITTED:
        plot.state = CaseState.PLAN_SUBMITTED
