"""Every page of every role, in each state that looks different: the list that axe goes through."""

import re
from collections import ChainMap
from datetime import timedelta

from sqlalchemy import text

from app.core import clock
from tests.stories import backup_pages as backups
from tests.stories import board_pages as board
from tests.stories import erasure_pages as erasures
from tests.stories import factor_pages as factors
from tests.stories import oversight_pages as oversight
from tests.stories import population_pages as population
from tests.stories import quality_pages as quality
from tests.stories import referral_pages as referrals
from tests.stories import release_pages as releases
from tests.stories import reminder_pages_answers as reminders
from tests.stories import reminder_pages_boards as reminder_boards
from tests.stories import reminder_pages_channels as channels
from tests.stories import report_pages as reports_sent
from tests.stories import whole_case as step
from tests.stories.look import LATE, STALE, Look, sent
from tests.stories.place import Place
from tests.stories.visitor import Visitor

ACCOUNT = (Look("/auth/profile"), Look("/auth/password"), sent("/auth/password"))
REPORTS = (
    Look("/cases/intake/new"), sent("/cases/intake/new"), Look("/cases/intake/mine"),
    Look("/cases/intake/{report}"), Look("/people/search"), sent("/people/search"),
    sent("/people/search", 200, q="Nguyễn"), sent("/people/search", 200, q="Không Ai Tên Thế"),
)  # fmt: skip
# The parts of a case, as the worker has them: a plan that runs, a separation, substitute care.
PARTS = (
    Look("/cases/{planned}"), Look("/cases/{planned}/specific-assessments"),
    Look("/cases/{planned}/specific-assessments/new"),
    sent("/cases/{planned}/specific-assessments/new"),
    Look("/cases/{case}/meetings/"), Look("/cases/{case}/meetings/new"),
    sent("/cases/{case}/meetings/new", **{"people-0-name": ""}),
    Look("/cases/{case}/meetings/{meeting}"),
    Look("/cases/{planned}/plan"), Look("/cases/{planned}/plan/edit"),
    sent("/cases/{planned}/plan/edit", **{"activities-0-ends_on": "31/02/2026"}),
    Look("/cases/{fresh}/plan"), Look("/cases/{fresh}/plan/edit"),
    Look("/cases/{planned}/plan/activities/{activity}"),
    sent("/cases/{planned}/plan/activities/{activity}", state="not_done", result=""),
    Look("/cases/{planned}/plan/activities/{activity}", 409, STALE, (("state", "planned"),)),
    Look("/cases/{separated}/care"), Look("/cases/{fresh}/care"),
    Look("/cases/{fresh}/care/separations/new"), sent("/cases/{fresh}/care/separations/new"),
    Look("/cases/{separated}/care/separations/{separation}/end"),
    sent("/cases/{separated}/care/separations/{separation}/end"),
    Look("/cases/{separated}/care/separations/{separation}/address"),
    Look("/cases/{separated}/care/separations/{separation}/shelter"),
    Look("/cases/{fresh}/care/placements/new"), sent("/cases/{fresh}/care/placements/new"),
    Look("/cases/{cared}/care/placements/{placement}/visits/new"),
    Look("/cases/{separated}/care/placements/{awaited}/hand-over"),
    Look("/cases/{served}/support"), Look("/cases/{served}/support/new"),
    sent("/cases/{served}/support/new"), Look("/cases/{served}/support/{service}/edit"),
    sent("/cases/{served}/support/{service}/edit", reason=""),
    Look("/cases/{served}/support/{service}/remove"),
    Look("/cases/{planned}/follow-up"), Look("/cases/{planned}/follow-up/new"),
    sent("/cases/{planned}/follow-up/new", safety="unsafe"),
    Look("/cases/{closed}/reviews"), Look("/cases/{planned}/reviews/new"),
    sent("/cases/{planned}/reviews/new"), Look("/cases/{closed}/reviews/check"),
    Look("/cases/{closed}/reviews/reopen"), sent("/cases/{closed}/reviews/reopen"),
    Look("/cases/{listed}/circumstances"), Look("/cases/{listed}/circumstances/new"),
    sent("/cases/{listed}/circumstances/new"),
    Look("/cases/{listed}/circumstances/{membership}/correct"),
    Look("/cases/{listed}/circumstances/{membership}/end"),
    Look("/cases/{listed}/circumstances/{membership}/review"),
    sent("/cases/{listed}/circumstances/{membership}/review"),
    Look("/cases/{case}/files/"), Look("/cases/{case}/files/new"), sent("/cases/{case}/files/new"),
    Look("/cases/{case}/files/{file}/remove"),
    Look("/cases/{case}/moves/"), Look("/cases/{case}/moves/transfer"),
    sent("/cases/{case}/moves/transfer"), Look("/cases/transfers"),
    Look("/cases/{abroad}/moves/{outside}/confirm"),
    sent("/cases/{abroad}/moves/{outside}/confirm"), Look("/cases/{abroad}/moves/"),
    Look("/exports/new?list=dossier&case={case}"), Look("/tasks/{task}"),
    Look("/register/"), Look("/register/stock"), Look("/register/new"), sent("/register/new"),
    Look("/saved-views/new"), sent("/saved-views/new"), Look("/saved-views/{view}"),
    Look("/exports/"), Look("/exports/{export}"), Look("/exports/new?risk=HIGH"),
    sent("/exports/new?risk=HIGH"), Look("/exports/new?list=register"),
    Look("/auth/confirm?next=/exports/new", then=LATE),
    Look("/register/imports/"), Look("/register/imports/new"), sent("/register/imports/new"),
    Look("/people/{child}/family"), sent("/people/{child}/family"), Look("/auth/absence"),
    sent("/auth/absence"), Look("/help"),
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
        *PARTS,
    ),
    "chair": (
        Look("/"), Look("/cases/"), Look("/cases/{case}"), Look("/cases/{case}/timeline"),
        Look("/cases/{fresh}/override/{override}"),
        sent("/cases/{fresh}/override/{override}"),
        Look("/cases/{case}/extensions/{extension}"),
        sent("/cases/{case}/extensions/{extension}"), Look("/cases/{case}/owner"),
        Look("/cases/{case}/measures/new"),
        Look("/people/{child}"), Look("/people/{child}/edit", 403), Look("/people/search"),
        Look("/cases/{submitted}/plan"), Look("/cases/{submitted}/plan/decide"),
        sent("/cases/{submitted}/plan/decide", decision="returned"),
        Look("/cases/{separated}/care"), Look("/cases/{fresh}/care/separations/at-once"),
        sent("/cases/{fresh}/care/separations/at-once"),
        Look("/cases/{separated}/care/separations/{separation}/extend"),
        sent("/cases/{separated}/care/separations/{separation}/extend"),
        Look("/cases/{separated}/care/separations/{separation}/cancel"),
        Look("/cases/{asking}/care/separations/{asked}/decide"),
        sent("/cases/{asking}/care/separations/{asked}/decide"),
        Look("/cases/{asking}/care/placements/{wished}/decide"),
        Look("/cases/{cared}/care/placements/{placement}/end"),
        Look("/cases/reassign"), sent("/cases/reassign"), Look("/cases/{case}/moves/denials/new"),
        sent("/cases/{case}/moves/denials/new"), Look("/register/"),
    ),
    "worker2": (
        Look("/"), Look("/cases/transfers"), Look("/cases/transfers/{offer}"),
        sent("/cases/transfers/{offer}"),
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
        Look("/people/{child}/merge"), sent("/people/{child}/merge"), Look("/register/stock"),
        Look("/cases/{planned}/plan"), Look("/cases/{case}/files/"),
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
        Look("/admin/jobs"), Look("/admin/visit-rules"), sent("/admin/visit-rules"),
        Look("/cases/{case}", 403),
    ),
}  # fmt: skip

_PARTS = (
    referrals, reminders, channels, reminder_boards, backups, erasures, factors, oversight, board,
    population, quality, releases, reports_sent,
)  # fmt: skip
for part in _PARTS:
    for role, looks in part.LOOKS.items():
        before = PAGES.get(role, ())
        # what asks for a fresh password comes before it is forgotten
        PAGES[role] = looks + before if part in (factors, oversight) else before + looks

# What axe sees by this list, as an Examiner calls it: (kind of page, is it with errors).
SEEN = {
    (re.sub(r"\{\w+\}", "…", look.path.partition("?")[0].lstrip("/")), look.status in (409, 422))
    for looks in PAGES.values()
    for look in looks
}

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
    "closed": f"""SELECT id AS closed FROM cases c WHERE unit_id = {_WORKER} AND state = 'closed'
        AND NOT EXISTS (SELECT 1 FROM cases n WHERE n.previous_id = c.id) LIMIT 1""",
    "planned": f"""SELECT c.id AS planned, a.id AS activity FROM cases c
        JOIN plans p ON p.case_id = c.id AND p.cycle = c.cycle AND p.state = 'approved'
        JOIN plan_activities a ON a.plan_id = p.id
        WHERE c.unit_id = {_WORKER} AND NOT c.is_ended ORDER BY a.position LIMIT 1""",
    "served": f"""SELECT c.id AS served, s.id AS service FROM services_received s
        JOIN cases c ON c.id = s.case_id
        WHERE c.unit_id = {_WORKER} AND NOT c.is_ended AND s.struck_at IS NULL LIMIT 1""",
    "listed": f"""SELECT c.id AS listed, m.id AS membership FROM group_memberships m
        JOIN cases c ON c.id = m.case_id
        WHERE c.unit_id = {_WORKER} AND m.until IS NULL ORDER BY c.is_ended LIMIT 1""",
    "cared": f"""SELECT c.id AS cared, p.id AS placement FROM care_placements p
        JOIN cases c ON c.id = p.case_id
        WHERE c.unit_id = {_WORKER} AND p.state = 'handed_over' LIMIT 1""",
    **{
        name: f"""SELECT id AS {name} FROM cases WHERE unit_id = {_WORKER}
            AND state = 'plan_submitted' ORDER BY opened_at LIMIT 1 OFFSET {number}"""
        for number, name in enumerate(("separated", "asking", "leaving", "abroad", "submitted"))
    },
    "export": f"SELECT id AS export FROM exports WHERE unit_id = {_WORKER} LIMIT 1",
    "foreign": f"SELECT id AS foreign FROM cases WHERE unit_id <> {_WORKER} LIMIT 1",
    "user": "SELECT id AS user, unit_id AS unit FROM users WHERE username = 'worker2'",
}
IDS = _IDS | oversight.IDS | reports_sent.IDS  # what the province has by itself

# After `set_the_scene`: what waits for another person.
_WAITING = {
    "override": "SELECT id AS override FROM initial_assessments WHERE override_state = 'pending'",
    "extension": "SELECT id AS extension FROM deadline_extensions WHERE decided_at IS NULL",
    "unrouted": f"""SELECT id AS unrouted FROM reports
        WHERE taken_by_unit_id = {_WORKER} AND routed_at IS NULL""",
    "separation": "SELECT id AS separation FROM separations WHERE case_id = '{separated}'",
    "asked": "SELECT id AS asked FROM separations WHERE case_id = '{asking}'",
    "awaited": "SELECT id AS awaited FROM care_placements WHERE case_id = '{separated}'",
    "wished": "SELECT id AS wished FROM care_placements WHERE case_id = '{asking}'",
    "offer": "SELECT id AS offer FROM case_transfers WHERE case_id = '{leaving}'",
    "outside": "SELECT id AS outside FROM case_transfers WHERE case_id = '{abroad}'",
    "meeting": "SELECT id AS meeting FROM case_conferences WHERE case_id = '{case}'",
    "file": "SELECT id AS file FROM case_files WHERE case_id = '{case}'",
    "task": "SELECT id AS task FROM tasks",
    "view": "SELECT id AS view FROM saved_views",
}
TAN_HUNG = "11977"  # where worker2 works


def set_the_scene(place: Place, worker: Visitor) -> dict[str, str]:
    """What the province lacks: a lowered level and a longer clock that wait for the Chair, a report
    without a commune, separations, transfers, a file; returns the ids that stand in the paths."""
    ids = ids_of(place, IDS)
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
    _add_parts(worker, {name: f"/cases/{found}" for name, found in ids.items()})
    waiting = {name: asked.format(**ids) for name, asked in _WAITING.items()}
    ids |= ids_of(place, waiting) | ids_of(place, referrals.IDS)
    ids |= referrals.set_referrals(place, worker.sign_out(), ids)
    asked = {name: words.format(**ids) for name, words in referrals.WAITING.items()}
    ids |= ids_of(place, asked)
    referrals.take_charge(worker, ids)
    reminders.set_due(place)
    shown = [ids_of(place, part.IDS) for part in (reminders, erasures, factors, board, releases)]
    return ids | dict(ChainMap(*shown))


def _add_parts(worker: Visitor, case: dict[str, str]) -> None:
    """Of the later steps, in cases of their own, by the worker and at last by the Chair."""
    for name in ("separated", "asking"):
        step.ask_separation(worker, case[name])
        step.ask_care(worker, case[name])
    step.call_meeting(worker, case["case"])
    step.add_photo(worker, case["case"])
    worker.go(f"{case['leaving']}/moves/transfer").choose(where="inside", commune=TAN_HUNG)
    worker.fill(reason="Gia đình đã chuyển nhà", note="Em cần đi học").send("#offer-form")
    worker.go(f"{case['abroad']}/moves/transfer").choose(where="outside", province="01")
    worker.fill(to_body="Ủy ban nhân dân phường Bạch Mai", reason="Về quê ngoại", note="Đã gọi")
    worker.send("#offer-form")
    worker.go("/saved-views/new?risk=HIGH").fill(name="Nguy cơ cao").send("#view-form")
    case_id = case["case"].rpartition("/")[2]
    worker.go(f"/exports/new?list=dossier&case={case_id}&closed=no")
    worker.fill(reason="Gửi Tòa án theo yêu cầu của Tòa").send("#export-form")
    worker.sign_out().sign_in("chair")
    step.decide_separation(worker, case["separated"])
    step.decide_care(worker, case["separated"])


def ids_of(place: Place, statements: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    with place.superuser.connect() as connection:
        for name, statement in statements.items():
            row = connection.execute(text(statement)).mappings().first()
            assert row is not None, f"the province has no {name}"
            found |= {key: str(value) for key, value in row.items()}
    return found
