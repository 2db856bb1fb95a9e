"""The page of the rules: each kind in sentences, what changed, and what a change would send."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.cases.pages.links import link
from app.reminders.channels.texts import body_of, short_of, subject_of
from app.reminders.pages.rule_words import WHOM, sentence
from app.reminders.pages.words import kind_words
from app.reminders.queries.numbers import OF_REFERRAL
from app.reminders.queries.preview import AHEAD, Preview, preview
from app.reminders.queries.rules import MOST_CHANGES, RuleChange, rule_changes
from app.reminders.rules import Kind, ReminderRules, Step, may_tell, read_steps, rules_of_file
from app.reminders.services.messages import Letter, Line
from app.web.filters import vn_datetime

SAMPLE, SAMPLE_REFERRAL = "HY-2026-000123", "CG-2026-000123"


@dataclass(frozen=True, slots=True)
class KindLine:
    """`is_changed`: otherwise than the data file says."""

    words: str
    url: str
    is_urgent: bool
    is_changed: bool
    steps: list[str]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One kind that a change set; `back_url` opens the form with the steps from before it."""

    kind: str
    steps: list[str]
    reason: str
    who: str
    when: str
    back_url: str


@dataclass(frozen=True, slots=True)
class RuleOfKind:
    """What the page of one kind is made of."""

    key: str
    kind: Kind
    number: int  # of the newest change
    changes: Sequence[RuleChange]

    @property
    def words(self) -> str:
        return kind_words(self.key)

    @property
    def whom(self) -> tuple[Any, ...]:
        return may_tell(self.key)


@dataclass(frozen=True, slots=True)
class PreviewWords:
    """`lines`: (whom, at once now and then, in the week now and then, not told)."""

    open: int
    days: int
    lines: list[tuple[str, int, int, int, int, int]]
    settled: int
    subject: str
    body: str
    short: str


def rules_page(session: Session) -> dict[str, Any]:
    """One statement."""
    changes = rule_changes(session)
    rules = _in_force(changes)
    file = rules_of_file()
    return {
        "kinds": [
            KindLine(
                words=str(kind.words),
                url=link("reminder_rules.edit", reminder_kind=key),
                is_urgent=kind.is_urgent,
                is_changed=kind.steps != file.kind(key).steps,
                steps=[sentence(step) for step in kind.steps],
            )
            for key, kind in rules.kinds.items()
        ],
        "history": history(changes),
        "citation": file.citation,
        "use_url": link("reminder_use.index"),
    }


def rule_of_kind(session: Session, key: str) -> RuleOfKind:
    """Raises KeyError."""
    changes = rule_changes(session)
    number = changes[0].number if changes else 0
    return RuleOfKind(key, _in_force(changes).kind(key), number, changes)


def history(changes: Sequence[RuleChange], only: str = "") -> list[ChangeLine]:
    """What each change set, kind by kind, the newest first."""
    earlier: list[Mapping[str, Any]] = [*(one.steps for one in changes[1:]), {}]
    return [
        ChangeLine(
            kind=kind_words(key),
            steps=[sentence(step) for step in _steps(one.steps, key)],
            reason=one.reason,
            who=one.by_name,
            when=vn_datetime(one.typed_at),
            back_url=f"{link('reminder_rules.edit', reminder_kind=key)}?before={one.number}",
        )
        for one, before in zip(changes[:MOST_CHANGES], earlier, strict=False)
        for key in sorted({*one.steps, *before})
        if one.steps.get(key) != before.get(key)
        and key in rules_of_file().kinds
        and only in ("", key)
    ]


def preview_words(
    session: Session, rule: RuleOfKind, steps: Sequence[Step], *, base_url: str, now: datetime
) -> PreviewWords:
    found: Preview = preview(session, rule.key, old=rule.kind.steps, new=steps, now=now)
    letter = _sample(rule, now)
    return PreviewWords(
        open=found.open,
        days=AHEAD.days,
        lines=[
            (str(WHOM[one.whom]), one.now, one.new_now, one.then, one.new_then, one.settled)
            for one in found.told
        ],
        settled=max((one.settled for one in found.told), default=0),
        subject=subject_of(letter),
        body=body_of(letter, base_url),
        short=short_of(letter, base_url),
    )


def _sample(rule: RuleOfKind, now: datetime) -> Letter:
    number = SAMPLE_REFERRAL if rule.key in OF_REFERRAL else SAMPLE
    line = Line(uuid.UUID(int=0), rule.key, number, now + timedelta(days=1))
    return Letter(uuid.UUID(int=0), uuid.UUID(int=0), rule.kind.is_urgent, (line,), now)


def _in_force(changes: Sequence[RuleChange]) -> ReminderRules:
    return rules_of_file().changed(changes[0].steps if changes else {})


def _steps(stored: Mapping[str, Any], key: str) -> tuple[Step, ...]:
    return read_steps(stored[key]) if key in stored else rules_of_file().kind(key).steps
