"""How one synthetic referral goes: each through the steps of the model itself, on a plain object,
because the rows are written at once."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.audit.actions import AuditAction
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.models import CaseEvent
from app.demo.mix import chance, pick
from app.demo.plot import Plot
from app.demo.referral_words import DONE, LINES, NOTES
from app.demo.tables import Ids, Key
from app.demo.units import Agency
from app.referrals.enums import OPEN, DisputeDecision, RecallReason, ReferralState, StepKind
from app.referrals.models import Referral, ReferralDispute, ReferralStep
from app.referrals.rules import UrgencyRule, rules
from app.referrals.services.history import EVENTS

PATHS = {"accept": 80, "decline": 9, "silent": 6, "recall": 5}
DECLINES = {
    "no_capacity": 40,
    "not_ours": 25,
    "age_sex": 10,
    "already_served": 15,
    "no_service": 10,
}
DISPUTED = "social_work"
OUTCOMES = {"met": 62, "partly": 24, "passed_on": 6, "not_found": 4, "refused": 3, "not_met": 1}
_STEPS = (
    *("send", "open", "ask", "reply", "accept", "decline", "contact", "deliver", "complete"),
    *("close", "recall", "expire", "dispute", "settle", "tell", "is_running", "is_asked"),
    *("_require", "_answer", "_end", "_become"),
)
Walk: Any = type("Walk", (), {name: vars(Referral)[name] for name in _STEPS} | {"is_open": True})


@dataclass
class Sent:
    """One referral while it is told. `row` holds the columns, and has the model's steps."""

    plot: Plot
    rng: Random
    ids: Ids
    key: Key
    row: Any
    to: Agency | None
    rule: UrgencyRule
    lane: str
    section: Section
    at: datetime = field(init=False)

    @property
    def until(self) -> datetime:
        """The present, or the end of the case: then what is open is taken back."""
        ended = self.plot.ended_at
        return min(ended, self.plot.teller.until) if ended else self.plot.teller.until

    def has_come(self, moment: datetime) -> bool:
        return moment <= self.until

    def due(self, term: str, start: datetime) -> datetime:
        found: datetime = getattr(self.rule, term).due(start, self.plot.teller.overrides)
        return found

    def after(self, start: datetime, due: datetime) -> datetime:
        """Most often in time, now and then late."""
        part = self.rng.uniform(0.06, 0.92) if chance(self.rng, 79) else self.rng.uniform(1.04, 2.2)
        return start + (due - start) * part

    def step(
        self, kind: StepKind, at: datetime, *, received: bool, note: str | None = None,
        **facts: Any,
    ) -> None:  # fmt: skip
        """In the history, on the timeline, on the log."""
        plot = self.plot
        office = plot.office
        by, unit = (office.worker_id, office.unit_id)
        if received and self.to is not None:
            by, unit = self.to.user_id, self.to.unit_id
        is_clock = kind in (StepKind.EXPIRED, StepKind.REMINDED)
        who: Any = None if is_clock or (received and self.to is None) else by
        kept = {name: value for name, value in facts.items() if value is not None}
        plot.teller.rows.add_sealed(
            ReferralStep, self.key, self.ids.at(at), referral_id=self.row.id, kind=kind,
            by_id=who, unit_id=unit if who else None, at=at, happened_at=at, facts=kept, note=note,
        )  # fmt: skip
        if kind in EVENTS:
            self._event(kind, at, who, unit if who else None, kept, note)
        data = {"step": kind.value, "state": self.row.state.value, "service": self.row.service}
        if who:
            plot.audit(AuditAction.REFERRAL_CHANGED, at, who, code=kept.get("code"), **data)

    def _event(
        self, kind: StepKind, at: datetime, by: uuid.UUID | None, unit: uuid.UUID | None,
        facts: Mapping[str, Any], note: str | None,
    ) -> None:  # fmt: skip
        row, plot = self.row, self.plot
        plot.last_event_at = max(at, plot.last_event_at)
        told = {"service": row.service, "to": self.to and self.to.short_name,
                "urgency": row.urgency.value, **facts}  # fmt: skip
        plot.teller.rows.add_sealed(
            CaseEvent, self.key, self.ids.at(at), case_id=plot.case_id, kind=EVENTS[kind],
            section=self.section, lane=self.lane, happened_at=at, typed_at=at, by_id=by,
            unit_id=unit, subject_id=row.id, note=note,
            facts={name: fact for name, fact in told.items() if fact is not None},
        )  # fmt: skip


def walk(sent: Sent, at: datetime) -> None:
    """From the sending as far as the present, or the end of the case, lets it come."""
    row, due = sent.row, sent.due("accept", at)
    expires = at + (due - at) * sent.rule.expire
    row.send(accept_due_at=due, expires_at=expires, tell_at=tell_at(sent, at, due, 0), now=at)
    sent.step(StepKind.SENT, at, received=False)
    path = pick(sent.rng, PATHS)
    answered = sent.after(at, due)
    _silence(sent, at, due, expires if path == "silent" else answered)
    if path == "silent":
        _expire(sent, expires)
    elif path == "recall":
        _recall(sent, answered, RecallReason.SENDER)
    elif path == "decline" and sent.has_come(answered):
        _decline(sent, at, answered)
    elif path == "accept":
        _help(sent, at, answered)
    if sent.plot.ended_at is not None and row.state in OPEN:
        _take_back(sent, sent.until, RecallReason.CASE_ENDED)
    write(sent)


def write(sent: Sent, **over: Any) -> None:
    columns = {**vars(sent.row), **over}
    row_id = columns.pop("id")
    sent.plot.teller.rows.add_sealed(Referral, sent.key, row_id, **columns)


def tell_at(sent: Sent, at: datetime, due: datetime, level: int) -> datetime | None:
    parts = sent.rule.unanswered
    return at + (due - at) * parts[level] if level < len(parts) else None


def _silence(sent: Sent, at: datetime, due: datetime, answered: datetime) -> None:
    """Who was told while nobody answered."""
    for level in (1, 2, 3):
        told = tell_at(sent, at, due, level - 1)
        if told is None or told >= answered or not sent.has_come(told):
            return
        sent.row.tell(level, tell_at(sent, at, due, level))
        sent.step(StepKind.REMINDED, told, received=False, level=level)


def _expire(sent: Sent, at: datetime) -> None:
    if sent.has_come(at):
        sent.row.expire(now=at)
        sent.step(StepKind.EXPIRED, at, received=False, code="expired")


def _recall(sent: Sent, at: datetime, why: RecallReason) -> None:
    if sent.has_come(at):
        _take_back(sent, at, why)


def _take_back(sent: Sent, at: datetime, why: RecallReason) -> None:
    sent.row.recall(why, now=at)
    if sent.row.access_id is not None:
        _grant(sent, sent.row.answered_at, at)
    code = "recalled" if why is RecallReason.SENDER else why.value
    note = LINES["recall"][0] if why is RecallReason.SENDER else None
    sent.step(StepKind.RECALLED, at, received=False, code=code, note=note)


def _see(sent: Sent, at: datetime, answered: datetime) -> None:
    opened = at + (answered - at) * sent.rng.uniform(0.1, 0.9)
    if sent.to is not None and sent.has_come(opened):
        sent.row.open(now=opened)
        sent.step(StepKind.OPENED, opened, received=True)


def _decline(sent: Sent, at: datetime, answered: datetime) -> None:
    _see(sent, at, answered)
    code = pick(sent.rng, DECLINES)
    suggested = UnitKind.SHELTER if code == "not_ours" else None
    sent.row.decline(code, suggested=suggested, by=sent.to and sent.to.user_id, now=answered)
    named = suggested and suggested.value
    note = NOTES[code]
    sent.step(StepKind.DECLINED, answered, received=True, note=note, code=code, suggested=named)
    noted = answered + timedelta(hours=sent.rng.randint(2, 60))
    if chance(sent.rng, 25):
        _dispute(sent, noted)
    elif sent.has_come(noted) and chance(sent.rng, 80):
        sent.row.close(now=noted)
        sent.step(StepKind.CLOSED, noted, received=False, code="closed")


def _dispute(sent: Sent, at: datetime) -> None:
    """Raised against a refusal; the Department of Health decides within two days. Only one of the
    last days still waits."""
    if not sent.has_come(at):
        return
    due, teller = at + timedelta(days=2), sent.plot.teller
    decided = at + (due - at) * Random(f"{sent.row.id}-dispute").uniform(0.3, 0.9)
    sent.row.dispute(due_at=due, now=at)
    sent.step(StepKind.DISPUTED, at, received=False, note=LINES["dispute"][0])
    columns: dict[str, Any] = {"version": 1}
    if decided <= teller.until:
        sent.row.settle(now=decided)
        columns = {
            "decision": DisputeDecision.STAND, "answer": LINES["decided"][0], "version": 2,
            "decided_by": teller.province.supervisor_id, "decided_at": decided,
        }  # fmt: skip
        _decided(sent, decided)
    teller.rows.add_sealed(
        ReferralDispute, sent.key, sent.ids.at(at), referral_id=sent.row.id, due_at=due,
        reason=LINES["dispute"][0], raised_by=sent.plot.office.worker_id, raised_at=at, **columns,
    )  # fmt: skip


def _decided(sent: Sent, at: datetime) -> None:
    plot, by = sent.plot, sent.plot.teller.province.supervisor_id
    facts, note = {"code": DisputeDecision.STAND.value}, LINES["decided"][0]
    plot.teller.rows.add_sealed(
        ReferralStep, sent.key, sent.ids.at(at), referral_id=sent.row.id, kind=StepKind.DECIDED,
        by_id=by, unit_id=None, at=at, happened_at=at, facts=facts, note=note,
    )  # fmt: skip


def _help(sent: Sent, at: datetime, answered: datetime) -> None:
    """Accepted, now and then after a question; met, helped, told, noted."""
    _see(sent, at, answered)
    if sent.to is not None and chance(sent.rng, 12):
        answered = _question(sent, at, answered)
    if not sent.has_come(answered) or sent.row.state is ReferralState.INFO_NEEDED:
        return
    by = sent.to.user_id if sent.to else None
    met_due = sent.due("contact", answered)
    access = sent.ids.at(answered)
    sent.row.accept(by=by, contact_due_at=met_due, access_id=access, now=answered)
    sent.step(StepKind.ACCEPTED, answered, received=True)
    done = _serve(sent, answered, met_due)
    if sent.row.state is ReferralState.COMPLETED and done is not None:
        _grant(sent, answered, done + timedelta(days=rules().access.days_after_completion))
        noted = done + timedelta(hours=sent.rng.randint(3, 90))
        if sent.has_come(noted) and chance(sent.rng, 82):
            sent.row.close(now=noted)
            sent.step(StepKind.CLOSED, noted, received=False, code="closed")
    elif sent.plot.ended_at is None:
        _grant(sent, answered, None)


def _question(sent: Sent, at: datetime, answered: datetime) -> datetime:
    """When it is answered after the question; the sender may not have replied yet."""
    asked, replied = at + (answered - at) * 0.92, answered + timedelta(hours=3)
    if not sent.has_come(asked):
        return answered
    sent.row.ask(now=asked)
    sent.step(StepKind.INFO_ASKED, asked, received=True, note=LINES["question"][0])
    if not sent.has_come(replied):
        return replied
    sent.row.reply(now=replied)
    sent.step(StepKind.INFO_ANSWERED, replied, received=False, note=LINES["reply"][0])
    return replied + timedelta(minutes=40)


def _serve(sent: Sent, start: datetime, met_due: datetime) -> datetime | None:
    """Met, helped, told; when the outcome was told, if it was."""
    met = sent.after(start, met_due)
    if not sent.has_come(met):
        return None
    due = sent.due("outcome", met)
    sent.row.contact(happened_at=met, outcome_due_at=due, now=met)
    sent.step(StepKind.CONTACTED, met, received=True)
    done = sent.after(met, due)
    helped = met + (done - met) * 0.6
    if sent.has_come(helped):
        sent.row.deliver(happened_at=helped, now=helped)
        note = sent.rng.choice(DONE.get(sent.row.service, DONE["other"]))
        sent.step(StepKind.DELIVERED, helped, received=True, note=note)
    if not sent.has_come(done):
        return None
    outcome = pick(sent.rng, OUTCOMES)
    sent.row.complete(outcome, now=done)
    sent.step(StepKind.COMPLETED, done, received=True, code=outcome, note=LINES["outcome"][0])
    return done


def _grant(sent: Sent, since: datetime, until: datetime | None) -> None:
    """The row that opened the packet; of a body outside it belonged to its link, which is gone."""
    plot, row = sent.plot, sent.row
    plot.teller.rows.add(
        CaseAccess, id=row.access_id, case_id=plot.case_id, child_id=plot.child.id,
        holder_id=row.to_unit_id or row.id, reason=AccessReason.REFERRAL, sections=row.sections,
        since=since, until=until,
    )  # fmt: skip


def _asks(sent: Sent, at: datetime) -> None:
    _see(sent, at, at + timedelta(minutes=30))
    _question(sent, at, sent.plot.teller.until - timedelta(minutes=20))


def _opens(sent: Sent, at: datetime) -> None:
    _see(sent, at, at + timedelta(minutes=50))


def _takes(sent: Sent, at: datetime) -> None:
    _help(sent, at, at + timedelta(minutes=25))


def _refuses(sent: Sent, at: datetime) -> None:
    """One unit says no, and the sender does not agree; the others have not looked yet."""
    if sent.row.service == DISPUTED:
        _see(sent, at, at + timedelta(minutes=25))
        sent.row.decline("no_capacity", suggested=None, by=sent.to and sent.to.user_id,
                         now=at + timedelta(minutes=25))  # fmt: skip
        sent.step(StepKind.DECLINED, at + timedelta(minutes=25), received=True,
                  note=NOTES["no_capacity"], code="no_capacity")  # fmt: skip
        _dispute(sent, at + timedelta(minutes=50))


def _waits(_sent: Sent, _at: datetime) -> None:
    """Nobody has looked yet."""


# what the accounts to try out find today
FRESH: tuple[Callable[[Sent, datetime], None], ...] = (_waits, _asks, _takes, _opens, _refuses)
