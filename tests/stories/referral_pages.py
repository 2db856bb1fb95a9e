"""The pages of referrals, of each side and in each state, and what the province lacks for them."""

from sqlalchemy import text

from tests.stories.look import STALE, Look, sent
from tests.stories.place import Place
from tests.stories.visitor import Visitor
from tests.stories.whole_case import day

_CASE = "/referrals/cases/{helped}"
_OFFERS, _AGREED = "/referrals/directory", "/referrals/agreements"
_DOORS = (  # of the outside: the door first, then what the code opens, then once it was accepted
    Look("/outside/referral", 410), Look("/outside/{token}"), sent("/outside/{token}"),
    sent("/outside/{token}", 200, code="{code}"), Look("/outside/ask"), sent("/outside/ask"),
    Look("/outside/decline"), sent("/outside/decline"),
    sent("/outside/referral", form="#accept"),
    sent("/outside/referral", 200, form="#accept", name="Lê Thị Hoa", phone="0912000111"),
    Look("/outside/contact"),
    sent("/outside/contact", happened_at="31/02/2026"), Look("/outside/deliver"),
    sent("/outside/deliver"), Look("/outside/complete"), sent("/outside/complete"),
)  # fmt: skip
_REQUEST = (
    Look("/referrals/cases/{planned}"), Look("/referrals/cases/{bare}"),
    Look("/referrals/cases/{planned}/new"), sent("/referrals/cases/{planned}/new"),
    Look("/referrals/requests/{request}"), sent("/referrals/requests/{request}"),
    Look("/referrals/requests/{request}/preview"),
    Look("/referrals/sent"), Look("/referrals/sent?stage=done"),
    Look("/referrals/sent?number=khong-co"),
)  # fmt: skip
_SENDER = (
    *(Look(f"/referrals/{{{state}}}") for state in ("waiting", "joined", "over")),
    Look("/referrals/{expired}"), Look("/referrals/{outside_one}"),
    sent("/referrals/{inquired}/reply", form="#reply-form"),
    sent("/referrals/{waiting}/recall", form="#recall-form", **{"recall-reason": ""}),
    Look("/referrals/{told}/close"),
    sent("/referrals/{refused}/dispute", form="#dispute-form", **{"dispute-reason": ""}),
    Look("/referrals/{waiting}/resend"), sent("/referrals/{waiting}/resend", form="#resend-form"),
    Look("/referrals/{outside_one}/link"),
    sent("/referrals/{outside_one}/link", 200, form="#link-form"),
)  # fmt: skip
_ROOM = (
    Look(f"{_CASE}/room"), Look("/referrals/cases/{bare}/room"),
    Look(f"{_CASE}/room/notes/new"), sent(f"{_CASE}/room/notes/new"),
    Look(f"{_CASE}/room/tasks/new"), sent(f"{_CASE}/room/tasks/new"),
    Look(f"{_CASE}/room/tasks/{{task_back}}"), sent(f"{_CASE}/room/tasks/{{task_back}}"),
)  # fmt: skip
_PROSECUTION = (
    *(Look(f"/referrals/cases/{{{case}}}/prosecution") for case in ("case", "submitted", "bare")),
    Look("/referrals/cases/{planned}/prosecution/draft"),
    sent("/referrals/cases/{planned}/prosecution/draft"),
    Look("/referrals/cases/{case}/prosecution/{charge}/procuracy"),
    sent("/referrals/cases/{case}/prosecution/{charge}/procuracy"),
    Look("/referrals/cases/{case}/prosecution/{charge}/result"),
    sent("/referrals/cases/{case}/prosecution/{charge}/result"),
)  # fmt: skip
_CONSENTS = (
    Look("/referrals/cases/{agreed}/consents/"), Look("/referrals/cases/{agreed}/consents/new"),
    sent("/referrals/cases/{agreed}/consents/new"),
    Look("/referrals/cases/{agreed}/consents/{consent}/withdraw"),
    sent("/referrals/cases/{agreed}/consents/{consent}/withdraw"),
)  # fmt: skip

LOOKS: dict[str, tuple[Look, ...]] = {
    "": _DOORS,
    "worker": (
        *_REQUEST, *_SENDER, *_ROOM, *_PROSECUTION, *_CONSENTS, Look("/referrals/inbox"),
        Look(f"{_OFFERS}/"), Look(f"{_OFFERS}/?service=psychology"),
        Look(f"{_OFFERS}/?service=psychology&age=1&sex=male"),
    ),
    "chair": (
        Look("/referrals/cases/{submitted}/prosecution/sign"),
        sent("/referrals/cases/{submitted}/prosecution/sign", decision="return"),
        Look("/referrals/cases/{submitted}/prosecution/sign", 409, STALE, (("decision", "sign"),)),
        Look(f"{_OFFERS}/mine"),
    ),
    "intake": (Look(f"{_OFFERS}/"),),
    "hospital": (
        Look("/"), Look("/referrals/inbox"), Look("/referrals/inbox?stage=service"),
        Look("/referrals/inbox?stage=done"), Look("/referrals/inbox?number=khong-co"),
        Look("/referrals/inbox?open={waiting}"),
        *(Look(f"/referrals/{{{state}}}") for state in ("inquired", "over", "recalled")),
        Look("/referrals/{waiting}/accept"),
        sent("/referrals/{waiting}/ask", form="#ask-form", **{"ask-question": ""}),
        sent("/referrals/{waiting}/decline", form="#decline-form", **{"decline-note": ""}),
        sent("/referrals/{joined}/inquire", form="#inquire-form", **{"inquire-question": ""}),
        Look("/referrals/{taken}/contact"),
        sent("/referrals/{taken}/contact", form="#contact-form",
             **{"contact-happened_at": "31/02/2026"}),
        Look("/referrals/{joined}/deliver"),
        sent("/referrals/{joined}/deliver", form="#deliver-form"),
        sent("/referrals/{joined}/complete", form="#complete-form", **{"complete-note": ""}),
        Look("/referrals/{waiting}/room", 409), Look("/referrals/{joined}/room"),
        Look("/referrals/{joined}/room/notes/new"),
        sent("/referrals/{joined}/room/notes/new"),
        Look("/referrals/{joined}/room/tasks/new"),
        sent("/referrals/{joined}/room/tasks/new"),
        Look("/referrals/{joined}/room/tasks/{task_given}"),
        sent("/referrals/{joined}/room/tasks/{task_given}"),
        Look("/referrals/{joined}/room/activities/{own_activity}"),
        sent("/referrals/{joined}/room/activities/{own_activity}", done_on="31/02/2026"),
    ),
    "hospital_lead": (
        Look("/referrals/{joined}/assign"), sent("/referrals/{waiting}/assign"),
        Look(f"{_OFFERS}/mine"), sent(f"{_OFFERS}/mine", form="{places}", places="-1"),
        Look(f"{_OFFERS}/new"), sent(f"{_OFFERS}/new"), Look(f"{_OFFERS}/{{own_offer}}/edit"),
        sent(f"{_OFFERS}/{{own_offer}}/edit", opens="25:99"),
        Look(f"{_OFFERS}/{{own_offer}}/edit", 409, STALE), Look("/referrals/measures/"),
    ),
    "police": (
        Look("/referrals/{charged_to}/prosecution-result"),
        sent("/referrals/{charged_to}/prosecution-result"), Look("/referrals/{charged_to}"),
    ),
    "supervisor": (
        Look(f"{_AGREED}/"), Look(f"{_AGREED}/new"), sent(f"{_AGREED}/new"),
        Look(f"{_AGREED}/{{agreement}}/edit"), sent(f"{_AGREED}/{{agreement}}/edit", title=""),
        Look(f"{_AGREED}/{{agreement}}/edit", 409, STALE),
        Look("/referrals/disputes"), Look("/referrals/disputes/{dispute}"),
        sent("/referrals/disputes/{dispute}"), Look("/referrals/sent"),
        Look("/referrals/measures/"), Look("/referrals/measures/list?what=declined"),
        Look("/referrals/{joined}"), Look(f"{_CASE}"), Look(f"{_CASE}/room"),
        Look("/referrals/cases/{case}/prosecution"),
    ),
}  # fmt: skip

_WORKER = "(SELECT unit_id FROM users WHERE username = 'worker')"


_TO_HOSPITAL = "AND r.to_unit_id = (SELECT unit_id FROM users WHERE username = 'hospital')"


def _referral(name: str, state: str, also: str = "AND r.to_unit_id IS NOT NULL") -> str:
    """Sent from the worker's commune, of a case that is open before one that is closed."""
    return f"""SELECT r.id AS {name} FROM referrals r JOIN cases c ON c.id = r.case_id
        WHERE c.unit_id = {_WORKER} AND r.state = '{state}' AND NOT r.is_disputed {also}
        ORDER BY c.is_ended, r.id LIMIT 1"""


IDS = {
    # an agency that is about to join, and an activity of the plan that will be its own
    "joined": f"""SELECT r.id AS joined, c.id AS helped, r.to_unit_id AS hospital,
        a.id AS own_activity FROM referrals r JOIN cases c ON c.id = r.case_id
        JOIN plans p ON p.case_id = c.id AND p.cycle = c.cycle AND p.state = 'approved'
        JOIN plan_activities a ON a.plan_id = p.id
        WHERE c.unit_id = {_WORKER} AND r.state IN ('sent', 'opened', 'info_needed')
        AND r.to_unit_id = (SELECT unit_id FROM users WHERE username = 'hospital')
        ORDER BY a.position LIMIT 1""",
    "outside_one": f"""SELECT r.id AS outside_one FROM referrals r
        JOIN cases c ON c.id = r.case_id
        WHERE c.unit_id = {_WORKER} AND r.to_unit_id IS NULL AND r.state = 'sent' LIMIT 1""",
    "agreed": f"""SELECT c.id AS agreed, k.id AS consent FROM consents k
        JOIN cases c ON c.id = k.case_id
        WHERE c.unit_id = {_WORKER} AND NOT c.is_ended AND k.withdrawn_at IS NULL LIMIT 1""",
    "bare": f"""SELECT c.id AS bare FROM cases c WHERE c.unit_id = {_WORKER}
        AND NOT EXISTS (SELECT 1 FROM referrals r WHERE r.case_id = c.id)
        ORDER BY c.is_ended LIMIT 1""",
    "agreement": "SELECT id AS agreement FROM agreements WHERE ended_at IS NULL LIMIT 1",
    "opened": _referral("opened", "opened", _TO_HOSPITAL),
    "dispute": f"""SELECT d.id AS dispute FROM referral_disputes d
        JOIN referrals r ON r.id = d.referral_id
        WHERE d.decided_at IS NULL AND r.from_unit_id = {_WORKER} LIMIT 1""",
    "police_unit": "SELECT unit_id AS police_unit FROM users WHERE username = 'police'",
    "own_offer": """SELECT id AS own_offer, '#places-' || id || ' .tap-other' AS places
        FROM service_offers WHERE places IS NOT NULL
        AND unit_id = (SELECT unit_id FROM users WHERE username = 'hospital') LIMIT 1""",
}
# After `set_referrals`.
WAITING = {
    "waiting": _referral("waiting", "sent", _TO_HOSPITAL),
    "inquired": _referral("inquired", "info_needed", _TO_HOSPITAL),
    "taken": _referral("taken", "accepted", _TO_HOSPITAL),
    "over": _referral("over", "closed", _TO_HOSPITAL),
    "recalled": _referral("recalled", "recalled", _TO_HOSPITAL),
    "told": _referral("told", "completed"),
    "refused": _referral("refused", "declined"),
    "expired": _referral("expired", "expired"),
    "task_given": """SELECT id AS task_given FROM room_tasks
        WHERE case_id = '{helped}' AND to_unit_id = '{hospital}'""",
    "task_back": """SELECT id AS task_back FROM room_tasks
        WHERE case_id = '{helped}' AND from_unit_id = '{hospital}'""",
    "charge": """SELECT id AS charge, referral_id AS charged_to FROM prosecution_requests
        WHERE case_id = '{case}'""",
}
# The hospital is asked with the plan, answers for one line of it, and forgot one of its services.
_CHANGES = (
    "UPDATE plan_activities SET responsible_unit_id = '{hospital}' WHERE id = '{own_activity}'",
    """UPDATE referrals SET sections = sections || '["plan"]'::jsonb WHERE id = '{joined}'""",
    """DELETE FROM service_offers WHERE unit_id = '{hospital}' AND id <> '{own_offer}'
        AND service = 'emergency_care'""",
)


def set_referrals(place: Place, visitor: Visitor, ids: dict[str, str]) -> dict[str, str]:
    """A request that waits, a question, a link, a room with work both ways, two requests to
    prosecute. The visitor is nobody at first. Returns what only the pages tell."""
    with place.superuser.begin() as connection:
        for change in _CHANGES:
            connection.execute(text(change.format(**ids)))
    visitor.sign_in("hospital").go(f"/referrals/{ids['joined']}").send("#accept-form")
    visitor.send("#contact-form")
    visitor.go(f"/referrals/{ids['opened']}").fill(**{"ask-question": "Em đã khám ở đâu chưa"})
    visitor.send("#ask-form")
    visitor.sign_out().sign_in("worker").go(f"/referrals/cases/{ids['planned']}/new")
    visitor.choose(services="birth_papers").choose(services="legal_aid").send("#needs-form")
    told = {"request": visitor.path.rpartition("/")[2]}
    visitor.go(f"/referrals/{ids['outside_one']}/link").send("#link-form")
    code, address = visitor.page.locator(".secret code").all_inner_texts()
    told |= {"code": code, "token": address.rpartition("/")[2]}
    _write_room(visitor, f"/referrals/cases/{ids['helped']}/room")
    for case in (ids["case"], ids["submitted"]):
        _draft(visitor, f"/referrals/cases/{case}/prosecution", ids["police_unit"])
    visitor.sign_out().sign_in("chair").go(f"/referrals/cases/{ids['case']}/prosecution/sign")
    visitor.choose(decision="sign").send("#step")
    visitor.sign_out().sign_in("hospital").go(f"/referrals/{ids['joined']}/room/tasks/new")
    _ask(visitor)
    visitor.sign_out()
    return told


def take_charge(visitor: Visitor, ids: dict[str, str]) -> None:
    """The police accept the request to prosecute."""
    visitor.sign_in("police").go(f"/referrals/{ids['charged_to']}").send("#accept-form")
    visitor.sign_out()


def _write_room(worker: Visitor, room: str) -> None:
    worker.go(f"{room}/notes/new").fill(text="Em đã đi học lại")
    worker.page.locator("main [name=unit_ids]").first.check()
    worker.send("#step")
    worker.go(f"{room}/tasks/new")
    _ask(worker)


def _ask(visitor: Visitor) -> None:
    visitor.page.locator("main [name=to_unit_id]").select_option(index=1)
    visitor.fill(what="Hẹn em khám lại", due_on=day(5)).send("#step")


def _draft(worker: Visitor, prosecution: str, to_unit: str) -> None:
    worker.go(f"{prosecution}/draft").page.locator("main [name=to_unit_id]").select_option(to_unit)
    worker.fill(facts="Em kể bị đánh nhiều lần", procuracy="Viện kiểm sát nhân dân khu vực 1")
    worker.send("#step")
    worker.press("Trình Chủ tịch ký", within="main")
