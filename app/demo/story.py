"""One synthetic case from its report to wherever it stands today."""

import uuid
from collections.abc import Iterable

from app.auth.grants import AccessReason, CaseAccess
from app.cases.enums import RISK_RANK, CaseState
from app.cases.models import Case
from app.core import clock
from app.deadlines.models import Deadline
from app.deadlines.rules import clock_rules, due_at
from app.demo import mix
from app.demo.care import tell_care
from app.demo.people import Person
from app.demo.referrals import tell_referrals
from app.demo.register import tell_groups
from app.demo.steps import Steps
from app.people.ages import years_between


class Story(Steps):
    """Tells the whole case."""

    def tell(self) -> tuple[uuid.UUID, Person]:
        """Write every row of the case; returns its id and its child."""
        families = self.teller.families
        self.child = families.child(
            sex=self.sex, age=self.age, commune=self.office.code, at=self.received_at
        )
        suspected = self.perpetrator if self.perpetrator in mix.CAREGIVERS else None
        self.do_not_contact = suspected is not None
        families.parents(self.child, self.received_at, suspected)
        self._tell_of_child()
        return self.case_id, self.child

    def continue_as(self, earlier: "Story") -> None:
        """Write every row of a further episode of the same child."""
        self.child, self.do_not_contact = earlier.child, earlier.do_not_contact
        self._tell_of_child()

    def _tell_of_child(self) -> None:
        self.report()
        self.work()
        tell_care(self)
        tell_groups(self, self.groups)
        tell_referrals(self)
        self._clocks()
        self._case()

    def _clocks(self) -> None:
        t = self.teller
        measured = self.assessed and self.is_past(self.measure_at) and self.measure_at
        planned = self.assessed and self.is_past(self.planned_at) and self.planned_at
        approved = planned and self.is_past(self.approved_at) and self.approved_at
        ended_early = self.ended_at if self.state is not CaseState.CLOSED else None
        met = {
            "T_ROUTE": self.typed_at,
            "T_EMERG": measured,
            "T_PLAN": planned,
            "T_APPROVE": approved,
        }
        rules = clock_rules(self.received_at.date())
        is_emergency = self.assessed is not None and self.assessed.is_emergency
        for key, moment in met.items():
            if key not in self.clocks and not (key == "T_EMERG" and is_emergency):
                continue
            rule = rules[key]
            due = due_at(rule, self.received_at, t.overrides)
            voided = ended_early if not moment else None
            t.rows.add(
                Deadline,
                id=t.ids.at(self.received_at),
                subject_id=self.case_id,
                subject_label=self.number,
                rule_key=key,
                rule_version=rule.version,
                unit_id=self.office.unit_id,
                commune_code=self.office.code,
                started_at=self.received_at,
                due_at=due,
                effective_due_at=due,
                met_at=moment or None,
                voided_at=voided,
                closed_at=moment or voided,
                miss_noted_at=max(due, self.received_at) if (moment or t.until) > due else None,
            )

    def _case(self) -> None:
        t = self.teller
        level = self.assessed.level if self.assessed else None
        opened = self.opened_at if self.is_past(self.opened_at) else None
        t.rows.add(
            Case,
            id=self.case_id,
            number=self.number,
            child_id=self.child.id,
            report_id=self.report_id,
            unit_id=self.office.unit_id,
            owner_id=None if t.rng.random() < 0.02 else self.office.worker_id,
            commune_code=self.office.code,
            category=self.category,
            abuse_forms=[self.form] if self.form else [],
            state=self.state,
            is_ended=self.ended_at is not None,
            risk_level=level,
            risk_rank=RISK_RANK[level],
            is_emergency=self.assessed is not None and self.assessed.is_emergency,
            do_not_contact=self.do_not_contact,
            age_at_report=self.age,
            age_at_event=self._age_at_event(),
            opened_at=self.received_at,
            first_opened_at=opened,
            last_event_at=min(self.last_event_at, t.until),
            ended_at=self.ended_at,
            next_visit_at=self.next_visit_at,
            cycle=self.cycle,
            previous_id=self.previous_id,
            check_on=self.check_on,
        )
        holders: Iterable[tuple[uuid.UUID, AccessReason]] = (
            (self.office.unit_id, AccessReason.UNIT_WORKS),
            (self.desk_unit, AccessReason.REPORTED),
        )
        for holder, reason in holders:
            t.rows.add(
                CaseAccess,
                id=t.ids.at(self.typed_at),
                case_id=self.case_id,
                child_id=self.child.id,
                holder_id=holder,
                reason=reason,
                since=self.received_at,
            )

    def _age_at_event(self) -> int | None:
        if self.event_at is None or not self.child.is_day_known:
            return None
        return years_between(self.child.born, clock.local(self.event_at).date())
