"""Reports: the lists, one in each state, what is drafted, returned, corrected."""

from tests.stories.look import Look, sent

_LIST = "/indicators/reports"

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look(_LIST), Look(_LIST + "/{own_report}"), Look(_LIST + "/{own_report}/correct"),
        sent(_LIST + "/{own_report}/correct", reason=""),
    ),
    "chair": (Look(_LIST + "/{own_report}"),),
    "supervisor": (
        Look(_LIST), Look(_LIST + "?state=late"), Look(_LIST + "/{waiting_report}"),
        Look(_LIST + "/{waiting_report}/return"),
        sent(_LIST + "/{waiting_report}/return", reason=""),
        Look(_LIST + "/{province_report}"), Look(_LIST + "/{province_report}/draft"),
    ),
}  # fmt: skip
_OWN = (
    "SELECT r.id AS own_report FROM periodic_reports r JOIN users u ON u.unit_id = r.unit_id"
    " WHERE u.username = 'worker' AND r.state IN ('submitted', 'accepted')"
    " ORDER BY r.ends_on DESC LIMIT 1"
)
IDS = {
    "own_report": _OWN,
    "waiting_report": "SELECT id AS waiting_report FROM periodic_reports"
    " WHERE state = 'submitted' LIMIT 1",
    "province_report": "SELECT r.id AS province_report FROM periodic_reports r JOIN users u"
    " ON u.unit_id = r.unit_id WHERE u.username = 'supervisor' AND r.level = 'province'"
    " ORDER BY r.ends_on DESC LIMIT 1",
}
