"""Reviews, second cycles, closing, the check afterwards and reopening in the synthetic province.

All random choices come from a generator of the case's own, so that nothing else is told otherwise.
"""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from app.audit.actions import AuditAction
from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, Outcome, RiskLevel
from app.cases.models import Review
from app.cases.models.reviews import ClosingState, Proposal
from app.cases.reviewing import FORM, find
from app.cases.scoring import is_lowered
from app.cases.services.after_closing import CHANNEL
from app.core import clock
from app.core.dates import months_after
from app.deadlines.models import Deadline
from app.deadlines.rules import clock_rules, due_at
from app.demo.mix import chance
from app.demo.plot import Assessed, Plot, say
from app.demo.tables import Ids
from app.reference.library import form_definition

if TYPE_CHECKING:
    from app.demo.story import Story

_DEFINITION = form_definition(FORM, version=1)
_GOOD = {i.code: "LOW" if i.group == "harm" else "HIGH" for i in _DEFINITION.items}
_STABLE = {state.code: "stable" for state in _DEFINITION.states}
_NOT_YET: dict[Proposal, tuple[dict[str, str], dict[str, str]]] = {
    Proposal.CLOSE: ({}, {}),
    Proposal.CONTINUE: ({"H1": "MEDIUM", "P2": "MEDIUM"}, {"psychological": "not_stable"}),
    Proposal.NEW_CYCLE: (
        {"H2": "MEDIUM", "H3": "MEDIUM", "P1": "LOW", "P5": "MEDIUM"},
        {"psychological": "not_stable", "emotional": "not_stable"},
    ),
}
_CONCLUSIONS = {
    Proposal.CLOSE: "review_closing",
    Proposal.CONTINUE: "review_going_on",
    Proposal.NEW_CYCLE: "review_new_cycle",
}
_REOPENED_WITHIN = timedelta(days=120)
_ASKED_BEFORE = timedelta(days=25)


class Reviews:
    """Tells how one case whose plan was approved is reviewed."""

    def __init__(self, plot: Plot) -> None:
        self.plot, self.until = plot, plot.teller.until
        self.rng = Random(f"{plot.number}-reviews")
        self.ids = Ids(self.rng)
        self.span = plot.closing_at - plot.approved_at

    def before_closing(self) -> None:
        """Reviews while the plan is carried out; one that asks to close may wait for the Chair."""
        first = self.plot.approved_at + self.span * 0.4
        if first <= self.until and chance(self.rng, 22):
            self._second_cycle(first)
        elif first <= self.until and chance(self.rng, 50):
            self._review(first, Proposal.CONTINUE)
        is_near = self.until < self.plot.closing_at < self.until + _ASKED_BEFORE
        if is_near and self.plot.state is CaseState.IN_PROGRESS:
            asked_at = self.until - timedelta(hours=self.rng.randint(2, 40))
            self._ask_to_close(asked_at, ClosingState.PENDING)

    def closing(self) -> dict[str, Any]:
        """The review that led to the closing; returns what the entry of the closing says."""
        plot = self.plot
        check_on = months_after(clock.local(plot.closing_at).date(), 3)
        self._ask_to_close(
            plot.closing_at - timedelta(hours=30),
            ClosingState.AGREED,
            decided_by=plot.office.chair_id,
            decided_at=plot.closing_at,
            check_on=check_on,
        )
        facts = {"check_on": check_on.isoformat()}
        chair = plot.office.chair_id
        plot.audit(AuditAction.CLOSING_DECIDED, plot.closing_at, chair, decision="agreed", **facts)
        if plot.assessed:
            plot.assessed = Assessed(RiskLevel.LOW, plot.assessed.is_emergency)
        plot.check_on = check_on
        self._check()
        self._reopen()
        return facts

    def event(self, kind: EventKind, section: Section, at: datetime, **more: Any) -> None:
        self.plot.event(kind, section, at, ids=self.ids, **more)

    def _check(self) -> None:
        """The check after closing: done in most cases, overdue in some, not due in the others."""
        plot = self.plot
        seen_at = plot.closing_at + timedelta(days=self.rng.randint(84, 93))
        is_recent = seen_at > self.until - timedelta(days=40)
        if not plot.is_past(seen_at) or (is_recent and chance(self.rng, 40)):
            return
        words = say(self.rng, "check_safe")
        facts = {"is_safe": True}
        self.event(EventKind.CHECKED_AFTER, Section.ASSESSMENT, seen_at, facts=facts, note=words)
        plot.check_on = None

    def _reopen(self) -> None:
        """Some are reopened: lately, because the number of a further episode is a late one."""
        closed = self.plot.closing_at
        is_late = self.until - _REOPENED_WITHIN < closed < self.until - timedelta(days=9)
        if is_late and chance(self.rng, 30):
            self.plot.check_on = None
            self.plot.reopened_at = closed + (self.until - closed) * self.rng.uniform(0.2, 0.95)

    def _ask_to_close(self, at: datetime, state: ClosingState, **answer: Any) -> None:
        row_id = self._review(at, Proposal.CLOSE, closing_state=state, **answer)
        self.event(EventKind.CLOSING_ASKED, Section.PLAN, at, subject=row_id)
        self.plot.state = CaseState.REVIEW

    def _second_cycle(self, at: datetime) -> None:
        row_id = self._review(at, Proposal.NEW_CYCLE)
        plot = self.plot
        plot.cycle = 2
        self.event(EventKind.CYCLE_STARTED, Section.PLAN, at, subject=row_id, facts={"cycle": 2})
        plot.audit(AuditAction.CYCLE_STARTED, at, plot.office.worker_id, cycle=2)
        plot.state = CaseState.NEEDS_MEETING
        steps = (
            (EventKind.PLAN_SUBMITTED, "T_PLAN", CaseState.PLAN_SUBMITTED, plot.office.worker_id),
            (EventKind.PLAN_APPROVED, "T_APPROVE", CaseState.IN_PROGRESS, plot.office.chair_id),
        )
        done_at = at
        for kind, rule, state, by in steps:
            done_at += timedelta(days=self.rng.randint(1, 3))
            is_done = plot.is_past(done_at)
            self._clock(rule, at, done_at if is_done else None)
            if is_done:
                self.event(kind, Section.PLAN, done_at, by=by)
                plot.state = state

    def _clock(self, key: str, started: datetime, met: datetime | None) -> None:
        plot = self.plot
        rule = clock_rules(clock.local(started).date())[key]
        due = due_at(rule, started, plot.teller.overrides)
        plot.teller.rows.add(
            Deadline,
            id=self.ids.at(started),
            subject_id=plot.case_id,
            subject_label=plot.number,
            rule_key=key,
            rule_version=rule.version,
            cycle=plot.cycle,
            unit_id=plot.office.unit_id,
            commune_code=plot.office.code,
            started_at=started,
            due_at=due,
            effective_due_at=due,
            met_at=met,
            closed_at=met,
            miss_noted_at=due if (met or self.until) > due else None,
        )

    def _review(self, at: datetime, proposal: Proposal, **values: Any) -> uuid.UUID:
        plot, rng = self.plot, self.rng
        harm, states = _NOT_YET[proposal]
        answers, said = _GOOD | harm, _STABLE | states
        score = find(_DEFINITION, {c: RiskLevel(v) for c, v in answers.items()}, said).score
        counts = {"harm": score.harm_counts.as_dict(), "protect": score.protect_counts.as_dict()}
        if plot.assessed and is_lowered(score.level, plot.assessed.level):
            plot.assessed = Assessed(score.level, plot.assessed.is_emergency)
        row_id, words = self.ids.at(at), say(rng, _CONCLUSIONS[proposal])
        goes_on = proposal is Proposal.CONTINUE
        plot.teller.rows.add_sealed(
            Review,
            plot.child.key,
            row_id,
            case_id=plot.case_id,
            cycle=plot.cycle,
            form_version=_DEFINITION.version,
            answers=answers,
            counts=counts,
            computed_level=score.level,
            states=said,
            **{code: say(rng, f"review_{code}") for code in _STABLE if said[code] == "stable"},
            conclusion=words,
            proposal=proposal,
            next_on=months_after(clock.local(at).date(), 3) if goes_on else None,
            happened_at=at,
            typed_at=at,
            by_id=plot.office.worker_id,
            **values,
        )
        facts = {
            "level": score.level.value, "proposal": proposal.value, "counts": counts,
            "cycle": plot.cycle, "form_version": _DEFINITION.version,
        }  # fmt: skip
        self.event(
            EventKind.REVIEWED, Section.ASSESSMENT, at, subject=row_id, facts=facts, note=words
        )
        plot.audit(
            AuditAction.REVIEW_RECORDED, at, plot.office.worker_id,
            form=FORM, version=_DEFINITION.version, proposal=proposal.value, cycle=plot.cycle,
        )  # fmt: skip
        return row_id


def reopened(old: "Story", at: datetime, number: str) -> "Story":
    """The further episode of a closed case, told up to now with a generator of its own."""
    rng = Random(f"{old.number}-episode")
    ids = Ids(rng)
    teller = replace(old.teller, rng=rng, ids=ids)
    new = type(old)(teller, old.office, number, at)
    new.category, new.form, new.sex = old.category, old.form, old.sex
    new.perpetrator, new.outcome = old.perpetrator, Outcome.CONFIRMED
    new.age = old.age + (at - old.received_at).days // 365
    new.lane, new.desk_unit = UnitKind.COMMUNE_PC, old.office.unit_id
    new.desk_user = old.office.worker_id
    new.channel, new.previous_id = CHANNEL, old.case_id
    new.continue_as(old)
    reason = say(rng, "reopened")
    for plot, facts, words in (
        (old, {"next": number}, None),
        (new, {"previous": old.number}, reason),
    ):
        teller_of = Reviews(plot)
        teller_of.ids = ids
        more = {"facts": facts, "note": words, "tells_account": words is not None}
        teller_of.event(EventKind.REOPENED, Section.EVENT, at, **more)
    return new
