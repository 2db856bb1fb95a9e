"""Specific assessments of a synthetic case: before the plan, and of some a second one that shows
what changed. Every random number comes from a generator of its own."""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, RiskLevel
from app.cases.models import SpecificAssessment, SpecificNeed, SpecificText
from app.cases.models.specific import GOAL_DEMANDED
from app.cases.risk import is_higher
from app.cases.scoring import Score, score
from app.core import clock
from app.demo.mix import chance
from app.demo.people import DATA
from app.demo.plot import Plot
from app.demo.tables import Ids
from app.reference.library import form_definition

TEXTS: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    (DATA / "specific.toml").read_text(encoding="utf-8")
)
ITEMS = ("H1", "H2", "H3", "H4", "H5", "P1", "P2", "P3", "P4", "P5")
LEVELS = list(RiskLevel)
# weights of HIGH, MEDIUM, LOW for harm by the level found before; for protection turned round
_HARM = {RiskLevel.HIGH: (5, 4, 1), RiskLevel.MEDIUM: (2, 5, 3), RiskLevel.LOW: (0, 3, 7)}
_SOFTER = {RiskLevel.HIGH: RiskLevel.MEDIUM, RiskLevel.MEDIUM: RiskLevel.LOW}


def version_on(at: datetime) -> int:
    """Of Mẫu số 03, on the day of the assessment."""
    return form_definition("form03", at=clock.local(at).date()).version


def tell_specific(plot: Plot) -> None:
    """Write the assessments that lie in the past; the case goes on to the next state."""
    if plot.assessed is None:
        return
    teller = _Assessor(plot)
    span = max(plot.planned_at - plot.assessed_at, timedelta(hours=6))
    at = plot.assessed_at + span * teller.rng.uniform(0.2, 0.7)
    if not plot.is_past(at):
        return
    level = plot.assessed.level
    teller.assess(at, "first", level)
    plot.state = CaseState.SPECIFIC_ASSESSED
    again = plot.approved_at + timedelta(days=teller.rng.randint(20, 45))
    if chance(teller.rng, 45) and plot.is_past(again) and again < plot.closing_at:
        softer = _SOFTER.get(level, level)
        teller.assess(again, "second", softer if chance(teller.rng, 80) else level)


@dataclass
class _Assessor:
    plot: Plot
    rng: Random = field(init=False)
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.plot.number}-specific")
        self.ids = Ids(self.rng)

    def assess(self, at: datetime, phase: str, like: RiskLevel) -> None:
        """One assessment about as grave as `like`, with its entry and its place on the log."""
        plot, rng = self.plot, self.rng
        ratings = rng.choices(LEVELS, _HARM[like], k=5) + rng.choices(
            LEVELS, _HARM[like][::-1], k=5
        )
        result = score(ratings[:5], ratings[5:], life_threatening=False)
        typed = min(at + timedelta(minutes=rng.choice((5, 20, 45, 300))), plot.teller.until)
        row_id = self.ids.at(at)
        plot.teller.rows.add_sealed(
            SpecificAssessment,
            plot.child.key,
            row_id,
            case_id=plot.case_id,
            cycle=1,
            form_version=version_on(at),
            answers=dict(zip(ITEMS, (level.value for level in ratings), strict=True)),
            counts=_counts(result),
            computed_level=result.level,
            final_level=result.level,
            happened_at=at,
            typed_at=typed,
            by_id=plot.office.worker_id,
        )
        self._texts(row_id, at, phase)
        goals = self._needs(row_id, at, like)
        if plot.assessed and is_higher(result.level, plot.assessed.level):
            plot.assessed = replace(plot.assessed, level=result.level)
        self._tell(row_id, at, typed, result, goals)

    def _texts(self, row_id: uuid.UUID, at: datetime, phase: str) -> None:
        for position, (name, sentences) in enumerate(TEXTS[phase].items(), start=1):
            self.plot.teller.rows.add_sealed(
                SpecificText,
                self.plot.child.key,
                self.ids.at(at),
                assessment_id=row_id,
                position=position,
                field=name,
                text=self.rng.choice(sentences),
            )
        self._closed_texts(row_id, at, len(TEXTS[phase]))

    def _closed_texts(self, row_id: uuid.UUID, at: datetime, after: int) -> None:
        """What stands in a compartment, from the version of the form on that has it."""
        said = Random(f"{self.plot.number}-closed")
        fields = {
            "hiv_state": "HIV" in self.plot.groups,
            "sexual_abuse_account": self.plot.form == "SEXUAL_ABUSE",
        }
        wanted = [name for name, is_told in fields.items() if is_told and version_on(at) > 1]
        for position, name in enumerate(wanted, start=after + 1):
            self.plot.teller.rows.add_sealed(
                SpecificText,
                self.plot.child.key,
                Ids(said).at(at),
                assessment_id=row_id,
                position=position,
                field=name,
                text=said.choice(TEXTS["closed"][name]),
            )

    def _needs(self, row_id: uuid.UUID, at: datetime, like: RiskLevel) -> list[str]:
        """Two to four domains; those that demand a goal are returned."""
        count = {RiskLevel.HIGH: 4, RiskLevel.MEDIUM: 3}.get(like, 2)
        goals = []
        for position, domain in enumerate(self.rng.sample(list(TEXTS["problem"]), count), start=1):
            severity = self.rng.choices(LEVELS, _HARM[like])[0]
            goals += [domain] if severity in GOAL_DEMANDED else []
            self.plot.teller.rows.add_sealed(
                SpecificNeed,
                self.plot.child.key,
                self.ids.at(at),
                assessment_id=row_id,
                position=position,
                domain=domain,
                severity=severity,
                problem=self.rng.choice(TEXTS["problem"][domain]),
            )
        return goals

    def _tell(
        self, row_id: uuid.UUID, at: datetime, typed: datetime, result: Score, goals: list[str]
    ) -> None:
        plot, level = self.plot, result.level.value
        counting = plot.assessed.level.value if plot.assessed else level
        facts = {
            "level": level,
            "computed": level,
            "case_level": counting,
            "counts": _counts(result),
            "form_version": version_on(at),
            "goals": goals,
        }
        plot.event(
            EventKind.SPECIFIC_ASSESSMENT, Section.ASSESSMENT, at,
            typed=typed, subject=row_id, facts=facts, ids=self.ids,
        )  # fmt: skip
        plot.audit(
            AuditAction.CASE_ASSESSED,
            typed,
            plot.office.worker_id,
            form="form03",
            version=version_on(at),
            level=level,
        )


def _counts(result: Score) -> dict[str, dict[str, int]]:
    return {"harm": result.harm_counts.as_dict(), "protect": result.protect_counts.as_dict()}
