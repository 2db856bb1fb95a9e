"""Every page of every role, in each state that looks different: the list that axe goes through."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from app.core import clock
from tests.stories.place import Place
from tests.stories.visitor import Visitor

SEND, STALE = "send", "stale"  # press the button of the page's form; with an old version


@dataclass(frozen=True)
class Look:
    """`path` may name ids of the province: {case}. `then`: what is done once the page is open."""

    path: str
    status: int = 200
    then: str = ""
    typed: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.path} {self.then} {self.status}"


def sent(path: str, status: int = 422, **typed: str) -> Look:
    return Look(path, status, SEND, tuple(typed.items()))


ACCOUNT = (Look("/auth/profile"), Look("/auth/password"), sent("/auth/password"))
REPORTS = (
    Look("/cases/intake/new"), sent("/cases/intake/new"), Look("/cases/intake/mine"),
    Look("/cases/intake/{report}"), Look("/people/search"), sent("/people/search"),
    sent("/people/search", 200, q="Nguyễn"), sent("/people/search", 200, q="Không Ai Tên Thế"),
)  # fmt: skip
RATED = {"H1": "HIGH", "H2": "HIGH", "P1": "LOW", "P2": "LOW"}

PAGES: dict[str, tuple[Look, ...]] = {
    "": (
        Look("/auth/sign-in"), sent("/auth/sign-in"),
        sent("/auth/sign-in", username="nobody", password="nothing"),
        Look("/nowhere", 404), Look("/auth/invitation/none", 410), Look("/auth/second-step", 410),
    ),
    "intake": (
        Look("/"), *REPORTS, Look("/cases/intake/{unrouted}"),
        Look("/cases/intake/{unrouted}/route"), sent("/cases/intake/{unrouted}/route"),
        *ACCOUNT, Look("/cases/", 403), Look("/nowhere", 404),
    ),
    "worker": (
        Look("/"), Look("/cases/"), Look("/cases/?show=ended"),
        Look("/cases/?who=unassigned&risk=LOW"),
        Look("/cases/clocks"), Look("/cases/clocks?state=soon"), Look("/cases/{case}"),
        Look("/cases/{case}/timeline"), Look("/cases/{case}/timeline?kind=documents"),
        Look("/cases/{fresh}"), Look("/cases/{ended}"),
        Look("/cases/{fresh}/verification"), sent("/cases/{fresh}/verification"),
        Look("/cases/{fresh}/verification", 409, STALE, (("outcome", "confirmed"),)),
        Look("/cases/{case}/initial-assessment"), sent("/cases/{fresh}/initial-assessment"),
        Look("/cases/{fresh}/initial-assessment", 409, STALE, tuple(RATED.items())),
        Look("/cases/{ended}/initial-assessment", 409),
        Look("/cases/{case}/measures/new"), sent("/cases/{case}/measures/new", performed_by=""),
        Look("/cases/{case}/clocks/{clock}/extension"),
        sent("/cases/{case}/clocks/{clock}/extension"),
        Look("/cases/{case}/owner"), Look("/cases/{case}/report/edit"),
        sent("/cases/{case}/report/edit", event_at="31/02/2026"),
        Look("/cases/{case}/informant"), sent("/cases/{case}/informant"),
        sent("/cases/{case}/informant", 200, reason="Cần hỏi lại nơi xảy ra"),
        Look("/people/{child}"), Look("/people/{child}/edit"),
        sent("/people/{child}/edit", 422, birth="31/02/2020"),
        Look("/people/{child}/edit", 409, STALE),
        Look("/cases/{foreign}", 404), Look("/audit/", 403), Look("/nowhere", 404), *REPORTS[:4],
    ),
    "chair": (
        Look("/"), Look("/cases/"), Look("/cases/{case}"), Look("/cases/{case}/timeline"),
        Look("/cases/{fresh}/override/{override}"),
        sent("/cases/{fresh}/override/{override}"),
        Look("/cases/{case}/extensions/{extension}"),
        sent("/cases/{case}/extensions/{extension}"), Look("/cases/{case}/owner"),
        sent("/cases/{case}/owner"), Look("/cases/{case}/measures/new"),
        Look("/people/{child}"), Look("/people/{child}/edit", 403), Look("/people/search"),
    ),
    "police": (Look("/"), *REPORTS[:3], Look("/people/search", 403)),
    "hospital_lead": (Look("/"), *REPORTS[:3], Look("/cases/", 403)),
    "supervisor": (
        Look("/"), Look("/cases/"), Look("/cases/clocks?state=missed"), Look("/cases/{case}"),
        Look("/cases/{case}/timeline"), Look("/cases/{case}/timeline?audit=1"),
        Look("/audit/"), Look("/audit/?group=denied"), Look("/audit/?case=HY-1999-000001"),
        Look("/audit/cases/{case}"), Look("/cases/{fresh}/override/{override}"),
        Look("/cases/{case}/extensions/{extension}"), Look("/cases/intake/{report}"),
        Look("/people/{child}"), sent("/people/search", 200, q="0912345678"),
    ),
    "analyst": (Look("/"), Look("/cases/", 403), *ACCOUNT[:1]),
    "admin": (
        Look("/"), Look("/admin/users"), Look("/admin/users?role=analyst"),
        Look("/admin/users/{user}"),
        Look("/admin/users/{user}/access"), Look("/admin/users/{user}/edit"),
        sent("/admin/users/{user}/edit", name=""),
        Look("/admin/users/{user}/edit", 409, STALE), Look("/admin/users/new"),
        sent("/admin/users/new"), Look("/admin/units"), Look("/admin/units/{unit}/edit"),
        Look("/admin/units/new"), sent("/admin/units/new"), Look("/admin/reference"),
        Look("/admin/reference/lists/needs"), Look("/admin/reference/forms/form01"),
        Look("/admin/calendar"), sent("/admin/calendar"), Look("/admin/system"),
        Look("/admin/jobs"),
        Look("/auth/enrol"), sent("/auth/enrol"), Look("/cases/{case}", 403),
    ),
}  # fmt: skip

_WORKER = "(SELECT unit_id FROM users WHERE username = 'worker')"
_IDS = {
    "case": f"""SELECT c.id AS case, c.child_id AS child, p.id AS clock, a.id AS other_clock
        FROM cases c JOIN deadlines p ON p.subject_id = c.id AND p.rule_key = 'T_PLAN'
        JOIN deadlines a ON a.subject_id = c.id AND a.rule_key = 'T_APPROVE'
        WHERE c.unit_id = {_WORKER} AND c.risk_level IS NOT NULL AND p.closed_at IS NULL
        AND p.effective_due_at > now() ORDER BY c.risk_rank, c.opened_at LIMIT 1""",
    "report": f"SELECT id AS report FROM reports WHERE taken_by_unit_id = {_WORKER} LIMIT 1",
    "fresh": f"""SELECT id AS fresh FROM cases WHERE unit_id = {_WORKER} AND NOT is_ended
        ORDER BY opened_at DESC LIMIT 1""",
    "ended": f"SELECT id AS ended FROM cases WHERE unit_id = {_WORKER} AND is_ended LIMIT 1",
    "foreign": f"SELECT id AS foreign FROM cases WHERE unit_id <> {_WORKER} LIMIT 1",
    "user": "SELECT id AS user, unit_id AS unit FROM users WHERE username = 'worker2'",
}


# After `set_the_scene`: what waits for another person.
_WAITING = {
    "override": "SELECT id AS override FROM initial_assessments WHERE override_state = 'pending'",
    "extension": "SELECT id AS extension FROM deadline_extensions WHERE decided_at IS NULL",
    "unrouted": f"""SELECT id AS unrouted FROM reports
        WHERE taken_by_unit_id = {_WORKER} AND routed_at IS NULL""",
}


def set_the_scene(place: Place, worker: Visitor) -> dict[str, str]:
    """A lowered level and a longer clock that wait for the Chair, and a report without a commune;
    returns the ids that stand in the paths."""
    ids = _ids_of(place, _IDS)
    worker.sign_in("worker").go(f"/cases/{ids['fresh']}/initial-assessment")
    worker.choose(**RATED, wanted_level="LOW").fill(override_reason="Đã ở với bà ngoại")
    worker.send("#assess-form")
    worker.go(f"/cases/{ids['case']}/clocks/{ids['other_clock']}/extension")
    later = (clock.today() + timedelta(days=16)).strftime("%d/%m/%Y")
    worker.fill(until=later, reason="Chờ kết quả giám định")
    worker.page.locator("#until-time").fill("17:00")
    worker.send("main form.form")
    worker.go("/cases/intake/new").choose(category="abused", channel="phone")
    worker.fill(child_condition="Khóc cả đêm").send("#intake")
    return ids | _ids_of(place, _WAITING)


def _ids_of(place: Place, statements: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    with place.superuser.connect() as connection:
        for name, statement in statements.items():
            row = connection.execute(text(statement)).mappings().first()
            assert row is not None, f"the province has no {name}"
            found |= {key: str(value) for key, value in row.items()}
    return found
