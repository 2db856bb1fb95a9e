"""The pages of what is due: the list, one thing and its answers, the reminders of a case."""

from tests.stories.look import Look, sent
from tests.stories.place import Place

_ONE = "/reminders/{due}"
LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look("/reminders/"), Look("/reminders/?tab=unit"), Look("/reminders/?tab=later"),
        Look(_ONE), sent(f"{_ONE}?answer=later", form="#later-form"),
        sent(f"{_ONE}?answer=not_needed", form="#drop-form"),
        Look(f"{_ONE}?answer=hand_over"),
        Look("/cases/{case}/reminders"), sent("/cases/{case}/reminders", text=""),
    ),
    "chair": (Look("/reminders/"), Look("/reminders/?tab=unit")),
    "intake": (Look("/reminders/"),),
    "hospital": (Look("/reminders/"),),
    "supervisor": (Look("/reminders/"),),
}  # fmt: skip
_WORKER = "(SELECT unit_id FROM users WHERE username = 'worker')"
# After `set_due`.
IDS = {
    "due": f"""SELECT o.id AS due FROM obligations o JOIN cases c ON c.id = o.case_id
        WHERE c.unit_id = {_WORKER} AND o.kind = 'clock.T_PLAN' AND o.closed_at IS NULL
        ORDER BY o.due_at LIMIT 1""",
}


def set_due(place: Place) -> None:
    """One pass: what is due is found, and told."""
    place.flask("reminders", "run").check_returncode()
