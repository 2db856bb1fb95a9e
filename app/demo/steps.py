"""The steps of one synthetic case: reported, verified, assessed, made safe, planned, closed."""

import uuid
from datetime import datetime, timedelta

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.account import section_of_account
from app.cases.enums import CaseState, Category, EventKind, Outcome, OverrideState, RiskLevel
from app.cases.models import (
    AssessmentNeed,
    Informant,
    InitialAssessment,
    Report,
    SafetyMeasure,
    Verification,
)
from app.cases.paths import clocks_of_report
from app.cases.scoring import score
from app.demo import mix
from app.demo.conferences import tell_conference
from app.demo.follow_up import tell_follow_up
from app.demo.mix import chance, pick
from app.demo.plans import tell_plan
from app.demo.plot import TEXTS, Assessed, Plot, say
from app.demo.referrals_directory import tell_consent
from app.demo.reviews import Reviews
from app.demo.specific import tell_specific
from app.demo.tables import Key


class Steps(Plot):
    """Writes the rows of each step that lies in the past."""

    def report(self) -> None:
        t, rng = self.teller, self.teller.rng
        key = Key(t.ids.at(self.received_at))
        t.rows.add_key(key, self.typed_at)
        self.report_id = t.ids.at(self.received_at)
        is_special = self.category == "special_circumstances"
        self.groups = [pick(rng, mix.SC_GROUPS)] if is_special else []
        t.rows.add_sealed(
            Report,
            key,
            self.report_id,
            form_version=1,
            category=self.category,
            channel=self.channel or pick(rng, mix.CHANNELS),
            received_at=self.received_at,
            typed_at=self.typed_at,
            taken_by_unit_id=self.desk_unit,
            received_by_id=self.desk_user,
            event_commune=self.office.code,
            event_place=say(rng, "place"),
            event_at=self._happened(hours_before=rng.randint(2, 90)),
            abuse_forms=[self.form] if self.form else [],
            account_section=section_of_account([self.form], self.groups),
            sc_groups=self.groups,
            abuse_setting=pick(rng, mix.SETTINGS) if self.form else None,
            perpetrator_relation=self.perpetrator,
            is_present_danger=self._draw_danger(),
            is_caregiver_suspected=self.do_not_contact,
            child_condition=rng.choice(TEXTS["condition"][self.form or self.category]),
            likely_consequence=say(rng, "consequence"),
            family_context=say(rng, "family"),
            current_caregiver=say(rng, "caregiver"),
            prior_actions=say(rng, "prior"),
            routed_at=self.typed_at,
            routed_to_unit_id=self.office.unit_id,
        )
        if chance(rng, 35):
            self._informant()
        self.clocks = clocks_of_report(
            Category(self.category),
            channel="",
            is_present_danger=self.is_present_danger,
            day=self.received_at.date(),
        )
        self._tell_report()

    def _happened(self, hours_before: int) -> datetime | None:
        """When the event of the report was; a further episode is about what happened before."""
        if self.previous_id is None:
            self.event_at = self.received_at - timedelta(hours=hours_before)
        return self.event_at

    def _tell_report(self) -> None:
        self.event(
            EventKind.REPORT_RECEIVED,
            Section.EVENT,
            self.received_at,
            typed=self.typed_at,
            by_desk=True,
        )
        self.event(
            EventKind.ROUTED,
            Section.EVENT,
            self.typed_at,
            by_desk=True,
            facts={"commune": self.office.code},
        )
        for action, more in (
            (AuditAction.REPORT_RECEIVED, {}),
            (AuditAction.REPORT_ROUTED, {"commune": self.office.code}),
        ):
            self.audit(action, self.typed_at, self.desk_user, **more)

    def _draw_danger(self) -> bool:
        self.is_present_danger = chance(self.teller.rng, 22)
        return self.is_present_danger

    def _informant(self) -> None:
        t = self.teller
        key = Key(t.ids.at(self.typed_at))
        t.rows.add_key(key, self.typed_at)
        t.rows.add_sealed(
            Informant,
            key,
            t.ids.at(self.typed_at),
            report_id=self.report_id,
            name=t.families.names.adult("female"),
            phone=f"+8498{t.rng.randint(1_000_000, 9_999_999)}",
        )

    def work(self) -> None:
        if not self.is_past(self.opened_at):
            return
        self.audit(AuditAction.CASE_READ, self.opened_at, self.office.worker_id)
        if self.is_past(self.verified_at):
            self._verify()
        if self.ended_at is None and self.is_past(self.assessed_at):
            self._assess()
            if self.is_past(self.measure_at):
                self._measure()
            tell_specific(self)
        if self.ended_at is None and self.assessed and self.is_past(self.planned_at):
            self._later()
            tell_plan(self)
            tell_consent(self)

    def _verify(self) -> None:
        t, rng = self.teller, self.teller.rng
        texts = {Outcome.CONFIRMED: "verified", Outcome.OUT_OF_SCOPE: "scope"}
        reason = say(rng, texts.get(self.outcome, "unfounded"))
        twin = rng.choice(self.earlier) if self.outcome is Outcome.DUPLICATE else None
        t.rows.add_sealed(
            Verification,
            self.child.key,
            t.ids.at(self.verified_at),
            case_id=self.case_id,
            outcome=self.outcome,
            reason=reason,
            duplicate_of_id=twin,
            happened_at=self.verified_at,
            typed_at=self.verified_at,
            by_id=self.office.worker_id,
        )
        self.event(
            EventKind.VERIFIED,
            Section.EVENT,
            self.verified_at,
            note=reason,
            facts={"outcome": self.outcome.value},
            tells_account=True,
        )
        self.audit(
            AuditAction.CASE_VERIFIED,
            self.verified_at,
            self.office.worker_id,
            outcome=self.outcome.value,
        )
        if self.outcome is Outcome.CONFIRMED:
            self.state = CaseState.VERIFYING
        else:
            self.state, self.ended_at = CaseState(self.outcome.value), self.verified_at

    def _assess(self) -> None:
        t, rng = self.teller, self.teller.rng
        serious = 3 if self.form in ("SEXUAL_ABUSE", "TRAFFICKING", "VIOLENCE") else 1
        levels = list(RiskLevel)
        harm = rng.choices(levels, (serious, 2, 2), k=2)
        protect = rng.choices(levels, (1, 2, 3 if serious == 3 else 1), k=2)
        result = score(harm, protect, life_threatening=False)
        typed = self.assessed_at + timedelta(minutes=rng.choice((0, 4, 12, 35, 240)))
        typed = min(typed, t.until)
        counts = {
            "harm": {level.value: harm.count(level) for level in levels},
            "protect": {level.value: protect.count(level) for level in levels},
        }
        level = result.level
        row_id = t.ids.at(self.assessed_at)
        answers = dict(
            zip(("H1", "H2", "P1", "P2"), (x.value for x in (*harm, *protect)), strict=True)
        )
        final = self._assessment_row(row_id, typed, answers, counts, level, result.is_emergency)
        self.assessed = Assessed(final, result.is_emergency)
        self.state = CaseState.INITIAL_ASSESSED
        facts = {
            "level": level.value, "computed": level.value, "counts": counts,
            "is_emergency": result.is_emergency, "form_version": 1,
        }  # fmt: skip
        self.event(
            EventKind.INITIAL_ASSESSMENT, Section.ASSESSMENT, self.assessed_at, typed=typed,
            subject=row_id, facts=facts,
        )  # fmt: skip
        self.audit(
            AuditAction.CASE_ASSESSED, typed, self.office.worker_id,
            form="form02", version=1, level=level.value,
        )  # fmt: skip

    def _assessment_row(
        self, row_id: uuid.UUID, typed: datetime, answers: dict[str, str],
        counts: dict[str, dict[str, int]], level: RiskLevel, emergency: bool,
    ) -> RiskLevel:  # fmt: skip
        """The assessment with its needs; now and then a lower level, signed by the Chair later."""
        t, rng = self.teller, self.teller.rng
        wants_lower = level is not RiskLevel.LOW and chance(rng, 4)
        signed_at = self.assessed_at + timedelta(days=1)
        is_signed = wants_lower and self.is_past(signed_at)
        final = RiskLevel.LOW if is_signed else level
        asked = OverrideState.APPROVED if is_signed else OverrideState.PENDING
        t.rows.add_sealed(
            InitialAssessment,
            self.child.key,
            row_id,
            case_id=self.case_id,
            form_version=1,
            answers=answers,
            is_life_threatening=False,
            counts=counts,
            computed_level=level,
            wanted_level=RiskLevel.LOW if wants_lower else level,
            final_level=final,
            is_emergency=emergency,
            override_state=asked if wants_lower else None,
            second_by_id=self.office.chair_id if is_signed else None,
            second_at=signed_at if is_signed else None,
            override_reason="Trẻ đã chuyển về ở với ông bà ngoại, an toàn."
            if wants_lower
            else None,
            happened_at=self.assessed_at,
            typed_at=typed,
            by_id=self.office.worker_id,
        )
        for position, need in enumerate(rng.sample(("safety", "health", "psychology"), 2)):
            t.rows.add_sealed(
                AssessmentNeed,
                self.child.key,
                t.ids.at(self.assessed_at),
                assessment_id=row_id,
                position=position,
                need=need,
                service=say(rng, "service"),
                provider=say(rng, "performer"),
            )
        return final

    def _measure(self) -> None:
        t, rng = self.teller, self.teller.rng
        needed = self.assessed is not None and self.assessed.is_emergency
        text = say(rng, "measure" if needed else "none_needed")
        kind = rng.choice(("isolation", "medical_care", "police_protection", "safe_shelter"))
        row_id = t.ids.at(self.measure_at)
        t.rows.add_sealed(
            SafetyMeasure,
            self.child.key,
            row_id,
            case_id=self.case_id,
            is_none_needed=not needed,
            kind=kind if needed else None,
            description=text,
            performed_by=say(rng, "performer") if needed else None,
            started_at=self.measure_at,
            ends_at=self.measure_at + timedelta(days=15)
            if kind == "isolation" and needed
            else None,
            typed_at=self.measure_at,
            by_id=self.office.worker_id,
        )
        event = EventKind.MEASURE if needed else EventKind.NO_MEASURE_NEEDED
        facts = {"kind": kind} if needed else {}
        self.event(event, Section.PLAN, self.measure_at, note=text, subject=row_id, facts=facts)
        self.audit(AuditAction.MEASURE_RECORDED, self.measure_at, self.office.worker_id)

    def _later(self) -> None:
        rng = self.teller.rng
        tell_conference(self, max(self.measure_at, self.planned_at - timedelta(days=1)))
        self.event(EventKind.PLAN_SUBMITTED, Section.PLAN, self.planned_at, note=say(rng, "plan"))
        self.state = CaseState.PLAN_SUBMITTED
        if not self.is_past(self.approved_at):
            return
        self.event(EventKind.PLAN_APPROVED, Section.PLAN, self.approved_at, by=self.office.chair_id)
        self.audit(AuditAction.CASE_READ, self.approved_at, self.office.chair_id)
        self.state = CaseState.IN_PROGRESS
        self.next_visit_at = tell_follow_up(self)
        reviews = Reviews(self)
        reviews.before_closing()
        if self.is_past(self.closing_at):
            self._close(reviews)

    def _close(self, reviews: Reviews) -> None:
        note, facts = say(self.teller.rng, "closed"), reviews.closing()
        self.event(
            EventKind.CLOSED, Section.PLAN, self.closing_at, by=self.office.chair_id, note=note,
            facts=facts,
        )  # fmt: skip
        self.state, self.ended_at = CaseState.CLOSED, self.closing_at
