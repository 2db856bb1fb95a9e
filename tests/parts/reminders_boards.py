"""Rules of reminders in the tests' world: the kind whose steps an address names."""

from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Case

STEPS: dict[str, Any] = {"steps-0-when": "before", "steps-0-amount": "40"}
SEEN = "b40:owner:0;p1:owner:0;a24:chair:1;a96:supervisor:1"  # as the form tells its steps


def add(_session: Session, _place: Any, _case: Case, _users: Any) -> dict[str, object]:
    return {"reminder_kind": "visit"}


VALID = {
    "reminder_rules.edit": {**STEPS, "seen": SEEN, "save": "1", "reason": "Công văn 12 Sở Y tế"},
}
WRITTEN = ("reminder_rule_changes",)
