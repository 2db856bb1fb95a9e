"""The pages of keeping and erasing: what stands against it, the two people, what is about to
expire."""

from tests.stories.look import Look, sent

_HELD, _ASKED = "/cases/{held}/erasure", "/cases/{to_erase}/erasure"
_FREE = "/cases/{free}/erasure"

LOOKS: dict[str, tuple[Look, ...]] = {
    "supervisor": (
        Look(f"{_HELD}/"), Look(f"{_ASKED}/"), Look(f"{_FREE}/"),
        Look(f"{_HELD}/holds/{{hold}}/lift"), sent(f"{_HELD}/holds/{{hold}}/lift"),
        Look(f"{_FREE}/holds/new"), sent(f"{_FREE}/holds/new"),
        Look(f"{_FREE}/new"), sent(f"{_FREE}/new"),
        Look("/retention/"), Look("/retention/cases"),
    ),
    "chair": (
        Look(f"{_ASKED}/"), Look(f"{_ASKED}/{{erasure}}/decide"),
        sent(f"{_ASKED}/{{erasure}}/decide"),
    ),
    "admin": (Look("/retention/"),),
}  # fmt: skip

IDS = {
    "held": "SELECT id AS hold, case_id AS held FROM legal_holds WHERE until IS NULL LIMIT 1",
    "to_erase": """SELECT id AS erasure, case_id AS to_erase FROM erasure_requests
        WHERE state = 'asked' LIMIT 1""",
    "free": """SELECT case_id AS free FROM erasure_requests WHERE state = 'withdrawn' LIMIT 1""",
}
