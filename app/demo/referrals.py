"""Synthetic referrals: answered in time and late, refused, taken back, left unanswered, completed.

Each goes through the steps of the model itself, on a plain object, because the rows are written by
COPY. The random numbers come from a generator of each case's own.
"""

import uuid
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.audit.actions import AuditAction
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import CaseEvent
from app.demo.mix import chance, pick
from app.demo.plot import Plot
from app.demo.referral_words import ASKED, DONE, DRAFTED, LINES, NOTES, OUTSIDE_NAMES
from app.demo.tables import Ids, Key
from app.demo.units import FEATURED, Agency
from app.referrals.enums import (
    RecallReason,
    ReferralState,
    SentStage,
    Stage,
    StepKind,
    Urgency,
)
from app.referrals.models import (
    Consent,
    Referral,
    ReferralDispute,
    ReferralRequest,
    ReferralStep,
)
from app.referrals.rules import OUTSIDE, ReferralRules, UrgencyRule, rules
from app.referrals.services.history import EVENTS

PACKAGES = {
    "SEXUAL_ABUSE": "sexual_abuse",
    "VIOLENCE": "violence",
    "EXPLOITATION": "violence",
    "TRAFFICKING": "violence",
    "NEGLECT": "shelter",
    "ABANDONMENT": "shelter",
}
PATHS = {"accept": 80, "decline": 9, "silent": 6, "recall": 5}
DECLINES = {
    "no_capacity": 40,
    "not_ours": 25,
    "age_sex": 10,
    "already_served": 15,
    "no_service": 10,
}
OUTCOMES = {"met": 62, "partly": 24, "passed_on": 6, "not_found": 4, "refused": 3, "not_met": 1}
ELSEWHERE = 22  # per cent of the cases of other communes that were referred
FRESH_SERVICES = ("health_care", "child_safety", "return_to_school", "legal_aid", "social_work")
MOST_FRESH = 8  # cases
_STEPS = (
    *("send", "open", "ask", "reply", "accept", "decline", "contact", "deliver", "complete"),
    *("close", "recall", "expire", "tell", "_require", "_answer", "_end", "_become"),
)
_Walk: Any = type("_Walk", (), {name: vars(Referral)[name] for name in _STEPS} | {"is_open": True})


@dataclass
class _Sent:
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


def tell_referrals(story: Plot) -> None:
    """For a child that was assessed: sent soon after the first measure."""
    rng = Random(f"{story.number}-referrals")
    sent_at = story.measure_at + timedelta(minutes=rng.randint(10, 90))
    is_here = story.office.code in FEATURED
    if story.assessed is None or not story.is_past(sent_at) or story.ended_before(sent_at):
        return
    if not chance(rng, 78 if is_here else ELSEWHERE):
        return
    plot = copy(story)
    plot.teller = replace(story.teller, rng=rng, ids=Ids(rng))
    _request(plot, rng, sent_at)
    planned_at = story.approved_at + timedelta(hours=rng.randint(2, 30))
    goes_home = is_here and story.is_past(planned_at) and not story.ended_before(planned_at)
    if goes_home and chance(rng, 45):
        _request(plot, rng, planned_at, "reintegration")
    if story.office.code == FEATURED[0] and story.ended_at is None:
        _fresh(plot, rng)
    recent = story.teller.until - sent_at < timedelta(days=40)
    if is_here and recent and story.ended_at is None and chance(rng, 40):
        _drafts(plot, rng)
    story.last_event_at = plot.last_event_at


def _request(plot: Plot, rng: Random, at: datetime, package: str = "") -> None:
    now_rules = rules(at.date())
    chosen = package or PACKAGES.get(plot.form, "reintegration")
    services = [(one.service, one.urgency) for one in now_rules.packages[chosen].services]
    wanted = services if chance(rng, 35) else rng.sample(services, min(len(services), 3))
    request_id = plot.teller.ids.at(at)
    plot.teller.rows.add(
        ReferralRequest, id=request_id, case_id=plot.case_id, package=chosen,
        by_id=plot.office.worker_id, created_at=at - timedelta(minutes=8), sent_at=at, version=2,
    )  # fmt: skip
    consent = _consent(plot, rng, at) if chance(rng, 45) and not plot.do_not_contact else None
    for service, urgency in wanted:
        _walk(_sent(plot, rng, request_id, service, urgency, at, consent, now_rules), at)


def _fresh(plot: Plot, rng: Random) -> None:
    """Of today, so that the accounts to try out find something in every tab of their inbox."""
    told = plot.teller.province.fresh
    how = len(told) % len(FRESH)
    if len(told) >= MOST_FRESH:
        return
    told.append(plot.case_id)
    at = plot.teller.until - timedelta(minutes=rng.randint(70, 200))
    request_id, now_rules = plot.teller.ids.at(at), rules()
    plot.teller.rows.add(
        ReferralRequest, id=request_id, case_id=plot.case_id, package=None,
        by_id=plot.office.worker_id, created_at=at - timedelta(minutes=8), sent_at=at, version=2,
    )  # fmt: skip
    for service in FRESH_SERVICES:
        sent = _sent(plot, rng, request_id, service, Urgency.URGENT, at, None, now_rules)
        due = sent.due("accept", at)
        expires = at + (due - at) * sent.rule.expire
        sent.row.send(
            accept_due_at=due, expires_at=expires, tell_at=_tell(sent, at, due, 0), now=at
        )
        sent.step(StepKind.SENT, at, received=False)
        FRESH[how](sent, at)
        _write(sent)


def _asks(sent: _Sent, at: datetime) -> None:
    _see(sent, at, at + timedelta(minutes=30))
    _question(sent, at, sent.plot.teller.until - timedelta(minutes=20))


def _opens(sent: _Sent, at: datetime) -> None:
    _see(sent, at, at + timedelta(minutes=50))


def _takes(sent: _Sent, at: datetime) -> None:
    _help(sent, at, at + timedelta(minutes=25))


def _waits(_sent: _Sent, _at: datetime) -> None:
    """Nobody has looked yet."""


def plot_now(sent: _Sent) -> datetime:
    return sent.plot.teller.until


def _consent(plot: Plot, rng: Random, at: datetime) -> uuid.UUID:
    row_id = plot.teller.ids.at(at)
    open_sections = sorted(set(Section) - {Section.INFORMANT, Section.SHELTER})
    plot.teller.rows.add_sealed(
        Consent, plot.child.key, row_id, case_id=plot.case_id, giver="both",
        name=rng.choice(LINES["giver"]), services=[], sections=[s.value for s in open_sections],
        given_on=at.date() - timedelta(days=1), until=at.date() + timedelta(days=365),
        by_id=plot.office.worker_id, recorded_at=at - timedelta(minutes=30),
    )  # fmt: skip
    return row_id


def _sent(
    plot: Plot, rng: Random, request_id: uuid.UUID, service: str, urgency: Urgency, at: datetime,
    consent: uuid.UUID | None, now_rules: ReferralRules,
) -> _Sent:  # fmt: skip
    """Drafted, with the unit that does this here; without one a body outside, by name."""
    offered, t = now_rules.services[service], plot.teller
    to = next((a for kind in offered.kinds if (a := t.province.agency(kind, plot.office))), None)
    packet = now_rules.packet(to.kind if to else OUTSIDE)
    row = _Walk()
    vars(row).update(
        id=t.ids.at(at), request_id=request_id, case_id=plot.case_id, kind="service",
        rules_version=now_rules.version, service=service, urgency=urgency,
        state=ReferralState.DRAFT, stage=Stage.NONE, sent_stage=SentStage.DRAFT,
        from_unit_id=plot.office.unit_id, by_id=plot.office.worker_id,
        to_unit_id=to.unit_id if to else None,
        to_body=None if to else OUTSIDE_NAMES[offered.kinds[0].value], officer_id=None,
        activity_id=None, previous_id=None, age=plot.age, sex=plot.sex,
        commune_code=plot.office.code, alerts=_alerts(plot),
        sections=[section.value for section in packet.default],
        reason=rng.choice(ASKED[service]), ground="consent" if consent else "duty",
        ground_reason=None if consent else LINES["duty"][0], consent_id=consent,
        tells_others=chance(rng, 60), access_id=None, created_at=at - timedelta(minutes=8),
        sent_at=None, opened_at=None, asked_at=None, answered_at=None, answered_by=None,
        contacted_at=None, delivered_at=None, completed_at=None, ended_at=None,
        changed_at=at, accept_due_at=None, contact_due_at=None, outcome_due_at=None, due_at=None,
        expires_at=None, told_level=0, tell_at=None, decline_code=None, suggested_kind=None,
        outcome_code=None, recall_reason=None, is_disputed=False, version=1,
    )  # fmt: skip
    return _Sent(
        plot=plot, rng=rng, ids=t.ids, key=plot.child.key, row=row, to=to,
        rule=now_rules.urgencies[urgency], lane=offered.kinds[0].value, section=offered.section,
    )  # fmt: skip


def _alerts(plot: Plot) -> list[str]:
    assessed = plot.assessed
    known = {
        "do_not_contact": plot.do_not_contact,
        "in_danger": assessed is not None and assessed.is_emergency,
        "high_risk": assessed is not None and assessed.level is RiskLevel.HIGH,
    }
    return [code for code, is_so in known.items() if is_so]


def _walk(sent: _Sent, at: datetime) -> None:
    """From the sending as far as the present, or the end of the case, lets it come."""
    row, due = sent.row, sent.due("accept", at)
    expires = at + (due - at) * sent.rule.expire
    row.send(accept_due_at=due, expires_at=expires, tell_at=_tell(sent, at, due, 0), now=at)
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
    if sent.plot.ended_at is not None and row.state in _STILL_OPEN:
        _take_back(sent, sent.until, RecallReason.CASE_ENDED)
    _write(sent)


def _write(sent: _Sent, **over: Any) -> None:
    columns = {**vars(sent.row), **over}
    row_id = columns.pop("id")
    sent.plot.teller.rows.add_sealed(Referral, sent.key, row_id, **columns)


_STILL_OPEN = frozenset(
    {
        *(ReferralState.SENT, ReferralState.OPENED, ReferralState.INFO_NEEDED),
        *(ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.DELIVERED),
    }
)


def _tell(sent: _Sent, at: datetime, due: datetime, level: int) -> datetime | None:
    parts = sent.rule.unanswered
    return at + (due - at) * parts[level] if level < len(parts) else None


def _silence(sent: _Sent, at: datetime, due: datetime, answered: datetime) -> None:
    """Who was told while nobody answered."""
    for level in (1, 2, 3):
        told = _tell(sent, at, due, level - 1)
        if told is None or told >= answered or not sent.has_come(told):
            return
        sent.row.tell(level, _tell(sent, at, due, level))
        sent.step(StepKind.REMINDED, told, received=False, level=level)


def _expire(sent: _Sent, at: datetime) -> None:
    if sent.has_come(at):
        sent.row.expire(now=at)
        sent.step(StepKind.EXPIRED, at, received=False, code="expired")


def _recall(sent: _Sent, at: datetime, why: RecallReason) -> None:
    if sent.has_come(at):
        _take_back(sent, at, why)


def _take_back(sent: _Sent, at: datetime, why: RecallReason) -> None:
    sent.row.recall(why, now=at)
    if sent.row.access_id is not None:
        _grant(sent, sent.row.answered_at, at)
    code = "recalled" if why is RecallReason.SENDER else why.value
    note = LINES["recall"][0] if why is RecallReason.SENDER else None
    sent.step(StepKind.RECALLED, at, received=False, code=code, note=note)


def _see(sent: _Sent, at: datetime, answered: datetime) -> None:
    opened = at + (answered - at) * sent.rng.uniform(0.1, 0.9)
    if sent.to is not None and sent.has_come(opened):
        sent.row.open(now=opened)
        sent.step(StepKind.OPENED, opened, received=True)


def _decline(sent: _Sent, at: datetime, answered: datetime) -> None:
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


def _dispute(sent: _Sent, at: datetime) -> None:
    """Raised against a refusal; it waits for the Department of Health."""
    if not sent.has_come(at):
        return
    sent.row.is_disputed, sent.row.changed_at = True, at
    sent.plot.teller.rows.add_sealed(
        ReferralDispute, sent.key, sent.ids.at(at), referral_id=sent.row.id,
        reason=LINES["dispute"][0], raised_by=sent.plot.office.worker_id, raised_at=at,
        due_at=at + timedelta(days=2), version=1,
    )  # fmt: skip
    sent.step(StepKind.DISPUTED, at, received=False, note=LINES["dispute"][0])


def _help(sent: _Sent, at: datetime, answered: datetime) -> None:
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


def _question(sent: _Sent, at: datetime, answered: datetime) -> datetime:
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


def _serve(sent: _Sent, start: datetime, met_due: datetime) -> datetime | None:
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


def _grant(sent: _Sent, since: datetime, until: datetime | None) -> None:
    """The row that opened the packet; of a body outside it belonged to its link, which is gone."""
    plot, row = sent.plot, sent.row
    plot.teller.rows.add(
        CaseAccess, id=row.access_id, case_id=plot.case_id, child_id=plot.child.id,
        holder_id=row.to_unit_id or row.id, reason=AccessReason.REFERRAL, sections=row.sections,
        since=since, until=until,
    )  # fmt: skip


def _drafts(plot: Plot, rng: Random) -> None:
    """What was begun and waits to be sent."""
    at = plot.teller.until - timedelta(minutes=rng.randint(20, 600))
    request_id, now_rules = plot.teller.ids.at(at), rules()
    plot.teller.rows.add(
        ReferralRequest, id=request_id, case_id=plot.case_id, package=None,
        by_id=plot.office.worker_id, created_at=at, sent_at=None, version=1,
    )  # fmt: skip
    for service in DRAFTED:
        sent = _sent(plot, rng, request_id, service, Urgency.ROUTINE, at, None, now_rules)
        _write(sent, reason=None, ground=None, ground_reason=None, created_at=at)


FRESH = (_waits, _asks, _takes, _opens)
