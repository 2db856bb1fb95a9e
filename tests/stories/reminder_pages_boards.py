"""The rules of reminders, the calendar, the board of clocks, whether reminders help."""

from tests.stories.look import Look, sent

_RULE = "/admin/reminders/visit"
_CHANGED = {"steps-0-amount": "40", "reason": "Theo công văn"}

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look("/reminders/calendar"), Look("/reminders/calendar?view=week&who=unit"),
        Look("/reminders/calendar?view=day"), Look("/reminders/calendar?on=31/02/2026"),
    ),
    "hospital": (Look("/reminders/calendar?view=week"),),
    "supervisor": (
        Look("/reports/clocks"), Look("/reports/clocks?by=worker"), Look("/reports/clocks/list"),
        Look("/admin/reminders/use"),
    ),
    "admin": (
        Look("/admin/reminders"), Look(_RULE), sent(_RULE, reason=""),
        sent(_RULE, 200, **_CHANGED), Look("/admin/reminders/use"),
    ),
}  # fmt: skip
