"""Synthetic referrals: answered in time and late, refused, taken back, left unanswered, completed.

The random numbers come from a generator of each case's own.
"""

import uuid
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.demo.mix import chance
from app.demo.plot import Plot
from app.demo.referral_walk import FRESH, Sent, Walk, tell_at, walk, write
from app.demo.referral_words import ASKED, DRAFTED, LINES, OUTSIDE_NAMES
from app.demo.tables import Ids
from app.demo.units import FEATURED
from app.referrals.enums import (
    ReferralState,
    SentStage,
    Stage,
    StepKind,
    Urgency,
)
from app.referrals.models import (
    Consent,
    ReferralRequest,
)
from app.referrals.rules import OUTSIDE, ReferralRules, rules

PACKAGES = {
    "SEXUAL_ABUSE": "sexual_abuse",
    "VIOLENCE": "violence",
    "EXPLOITATION": "violence",
    "TRAFFICKING": "violence",
    "NEGLECT": "shelter",
    "ABANDONMENT": "shelter",
}
ELSEWHERE = 22  # per cent of the cases of other communes that were referred
FRESH_SERVICES = ("health_care", "child_safety", "return_to_school", "legal_aid", "social_work")
MOST_FRESH = 8  # cases


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
        walk(_sent(plot, rng, request_id, service, urgency, at, consent, now_rules), at)


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
            accept_due_at=due, expires_at=expires, tell_at=tell_at(sent, at, due, 0), now=at
        )
        sent.step(StepKind.SENT, at, received=False)
        FRESH[how](sent, at)
        write(sent)


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
) -> Sent:  # fmt: skip
    """Drafted, with the unit that does this here; without one a body outside, by name."""
    offered, t = now_rules.services[service], plot.teller
    to = next((a for kind in offered.kinds if (a := t.province.agency(kind, plot.office))), None)
    packet = now_rules.packet(to.kind if to else OUTSIDE)
    row = Walk()
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
    return Sent(
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
        write(sent, reason=None, ground=None, ground_reason=None, created_at=at)
