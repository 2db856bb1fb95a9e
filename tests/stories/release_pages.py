"""Releases in each state, their tables, what protects them, and the current figures."""

from tests.stories.look import Look, sent

_OUT, _WAITS = "/indicators/releases/{released}", "/indicators/releases/{waiting_release}"
_TABLE = "/tables/special.group_sex?audience=agency"

LOOKS: dict[str, tuple[Look, ...]] = {
    "supervisor": (
        Look("/indicators/releases/"), Look("/indicators/releases/new"),
        sent("/indicators/releases/new"), Look(_OUT), Look(f"{_OUT}?audience=agency"),
        Look(f"{_OUT}{_TABLE}"), Look(f"{_OUT}/protection"), Look(_WAITS),
        Look(f"{_WAITS}/drop"), sent(f"{_WAITS}/drop"),
        Look(f"{_OUT}/withdraw"), sent(f"{_OUT}/withdraw"), Look(f"{_OUT}/drop", 409),
        Look("/indicators/current/"),
    ),
    "analyst": (
        Look("/indicators/releases/"), Look(_OUT), Look(_WAITS, 404), Look("/indicators/current/"),
    ),
}  # fmt: skip
IDS = {
    "released": "SELECT id AS released FROM releases WHERE state = 'approved'"
    " ORDER BY number LIMIT 1",
    "waiting_release": "SELECT id AS waiting_release FROM releases"
    " WHERE state = 'submitted' LIMIT 1",
}
