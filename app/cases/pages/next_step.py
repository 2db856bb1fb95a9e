"""What the law asks now, by when, and the button that does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission, is_allowed
from app.cases.enums import CaseState
from app.cases.labels import STATES
from app.cases.models import Case
from app.cases.pages import clocks as words
from app.cases.pages.links import link
from app.cases.pages.visits import visit_chip
from app.cases.paths import is_light
from app.deadlines.queries import ClockView
from app.web.filters import vn_date
from app.web.words import _, _l

P = Permission


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The panel: a title, what the law says, by when, and what this reader may do about it."""

    title: str
    text: str
    law: str = ""
    due: words.Chip | None = None
    primary: Action | None = None
    others: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing the law asks: its words, the permission it takes, the page that does it."""

    title: LazyString
    text: LazyString
    law: LazyString
    clock: str
    button: LazyString | None = None
    permission: Permission | None = None
    endpoint: str = ""


_ROUTE = _Step(
    _l("Chuyển tin báo về xã, phường"),
    _l("Tin báo chưa có Ủy ban nhân dân xã, phường nào nhận. Luật yêu cầu chuyển ngay."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 26 khoản 1"),
    words.ROUTE,
    _l("Chuyển tin báo"),
    P.REPORT_ROUTE,
    "intake.route",
)
_VERIFY = _Step(
    _l("Xác minh tin báo"),
    _l("Kiểm tra tin có đúng không và trẻ em có đang an toàn không, rồi đánh giá nguy cơ ngay."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 25 khoản 2"),
    words.EMERGENCY,
    _l("Ghi kết quả xác minh"),
    P.CASE_VERIFY,
    "verification.new",
)
_ASSESS = _Step(
    _l("Đánh giá nguy cơ ban đầu"),
    _l("Mẫu số 02 là căn cứ để áp dụng hay không áp dụng biện pháp khẩn cấp trong 12 giờ."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 26 khoản 2"),
    words.EMERGENCY,
    _l("Đánh giá (Mẫu số 02)"),
    P.CASE_ASSESS,
    "assessment.new",
)
_ACT = _Step(
    _l("Can thiệp khẩn cấp"),
    _l("Trẻ em trong tình trạng khẩn cấp: ghi biện pháp đã áp dụng, trong 12 giờ từ khi nhận tin."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 26 khoản 3, Điều 31"),
    words.EMERGENCY,
    _l("Ghi biện pháp"),
    P.MEASURE_RECORD,
    "measures.new",
)
_DECIDE = _Step(
    _l("Biện pháp, hoặc không cần biện pháp"),
    _l("Ghi biện pháp bảo đảm an toàn, hoặc ghi quyết định rằng không cần biện pháp khẩn cấp."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 26 khoản 3"),
    words.EMERGENCY,
    _l("Ghi biện pháp hoặc quyết định"),
    P.MEASURE_RECORD,
    "measures.new",
)
_SPECIFIC = _Step(
    _l("Thu thập thông tin, đánh giá cụ thể"),
    _l("Mẫu số 03: tình trạng của trẻ em, gia đình, khả năng bảo vệ; là căn cứ của kế hoạch."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 27 khoản 1"),
    words.PLAN,
    _l("Đánh giá cụ thể (Mẫu số 03)"),
    P.CASE_ASSESS,
    "specific.new",
)
_MEETING = _Step(
    _l("Họp xác định nhu cầu"),
    _l("Chủ tịch Ủy ban nhân dân chủ trì; biên bản là phần bắt buộc của hồ sơ."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 27 khoản 2"),
    words.PLAN,
    _l("Ghi cuộc họp"),
    P.MEETING_RECORD,
    "meetings.new",
)
_PLAN = _Step(
    _l("Lập và trình kế hoạch"),
    _l("Mẫu số 04: mục tiêu, hoạt động, ai làm, đến khi nào. Trình trong 05 ngày làm việc."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 28 khoản 1"),
    words.PLAN,
    _l("Lập kế hoạch (Mẫu số 04)"),
    P.PLAN_EDIT,
    "plans.show",
)
_APPROVE = _Step(
    _l("Phê duyệt kế hoạch"),
    _l("Kế hoạch đã trình. Chủ tịch Ủy ban nhân dân cấp xã ký quyết định (Mẫu số 05)."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 28"),
    words.APPROVE,
    _l("Xem và quyết định"),
    P.PLAN_DECIDE,
    "plans.decide",
)
_FOLLOW = _Step(
    _l("Thực hiện kế hoạch và theo dõi"),
    _l("Ghi mỗi lần thăm, mỗi hỗ trợ trẻ em nhận được. Rà soát (Mẫu số 06) trước khi đóng hồ sơ."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 29, Điều 30"),
    "",
    _l("Ghi lần theo dõi"),
    P.VISIT_RECORD,
    "follow_up.new",
)
_CLOSE = _Step(
    _l("Xác nhận đóng hồ sơ"),
    _l("Rà soát đề nghị đóng hồ sơ. Chủ tịch Ủy ban nhân dân cấp xã quyết định."),
    _l("Nghị định 56/2017/NĐ-CP, Điều 30 khoản 1"),
    "",
    _l("Xem và quyết định"),
    P.CLOSE_DECIDE,
    "reviews.decide",
)
_BY_STATE = {
    CaseState.INITIAL_ASSESSED: _SPECIFIC,
    CaseState.SPECIFIC_ASSESSED: _MEETING,
    CaseState.NEEDS_MEETING: _PLAN,
    CaseState.PLAN_DRAFTED: _PLAN,
    CaseState.PLAN_SUBMITTED: _APPROVE,
    CaseState.PLAN_APPROVED: _FOLLOW,
    CaseState.IN_PROGRESS: _FOLLOW,
    CaseState.REVIEW: _CLOSE,
}


def next_step(case: Case, clocks: Sequence[ClockView], *, actor: Actor, now: datetime) -> NextStep:
    """The first thing the law asks and that is not done."""
    if case.state is CaseState.CLOSED and case.check_on is not None:
        return _check_again(case, actor)
    if case.is_ended:
        return NextStep(
            _("Không còn việc phải làm"),
            _("Hồ sơ đã kết thúc: %(state)s.", state=str(STATES[case.state]).lower()),
        )
    step = _step(case, clocks)
    running = {view.rule_key: view for view in clocks if view.is_running}
    view = running.get(step.clock)
    return NextStep(
        title=str(step.title),
        text=str(step.text),
        law=str(step.law),
        due=words.chip(view, now) if view else _visit(step, case, now),
        primary=_primary(step, case, actor),
        others=tuple(_others(step, case, actor)),
    )


def _check_again(case: Case, actor: Actor) -> NextStep:
    """A closed case whose child is to be looked at once more."""
    may = is_allowed(actor, P.REVIEW_RECORD, case)
    url = _address("reviews.check", case) if may else ""
    return NextStep(
        title=_("Kiểm tra lại sau khi đóng"),
        text=_(
            "Hồ sơ đã đóng. Ngày %(day)s xem lại trẻ em có còn an toàn không.",
            day=vn_date(case.check_on),
        ),
        primary=Action(_("Ghi lần kiểm tra lại"), url) if url else None,
    )


# the shorter path: straight to the plan (data/case_clocks, `is_light`)
_BEFORE_PLAN = frozenset(
    {
        CaseState.VERIFYING,
        CaseState.INITIAL_ASSESSED,
        CaseState.SPECIFIC_ASSESSED,
        CaseState.NEEDS_MEETING,
    }
)


def _step(case: Case, clocks: Sequence[ClockView]) -> _Step:
    if case.unit_id is None:
        return _ROUTE
    if case.state is CaseState.RECEIVED:
        return _VERIFY
    if is_light(case, clocks):
        return _PLAN if case.state in _BEFORE_PLAN else _BY_STATE[case.state]
    if case.risk_level is None:
        return _ASSESS
    running = {view.rule_key for view in clocks if view.is_running}
    if words.EMERGENCY in running:
        return _ACT if case.is_emergency else _DECIDE
    return _BY_STATE.get(case.state, _SPECIFIC)


def _visit(step: _Step, case: Case, now: datetime) -> words.Chip | None:
    if step is _FOLLOW and case.next_visit_at is not None:
        return visit_chip(case.next_visit_at, now)
    return None


def _primary(step: _Step, case: Case, actor: Actor) -> Action | None:
    if step.permission is None:
        return None
    if not (
        has_permission(actor, step.permission)
        if step is _ROUTE
        else is_allowed(actor, step.permission, case)
    ):
        return None
    url = _address(step.endpoint, case)
    return Action(str(step.button), url) if url else None


def _others(step: _Step, case: Case, actor: Actor) -> list[Action]:
    """What else may be done now, quieter than the one thing that should be."""
    found = []
    if step is _VERIFY and is_allowed(actor, P.CASE_ASSESS, case):
        found.append(Action(_("Đánh giá ngay"), _address("assessment.new", case)))
    if step not in (_ROUTE, _VERIFY, _ASSESS) and is_allowed(actor, P.CASE_ASSESS, case):
        again = _("Đánh giá ban đầu (Mẫu số 02)") if case.risk_level is None else _("Đánh giá lại")
        found.append(Action(again, _address("assessment.new", case)))
    if step not in (_ROUTE, _ACT, _DECIDE) and is_allowed(actor, P.MEASURE_RECORD, case):
        found.append(Action(_("Ghi biện pháp"), _address("measures.new", case)))
    if (
        case.next_visit_at is not None
        and step is not _FOLLOW
        and is_allowed(actor, P.VISIT_RECORD, case)
    ):
        found.append(Action(_("Ghi lần theo dõi"), _address("follow_up.new", case)))
    if step is _FOLLOW and is_allowed(actor, P.SERVICE_RECORD, case):
        found.append(Action(_("Ghi hỗ trợ"), _address("services.new", case)))
    if step in (_ACT, _DECIDE) and is_allowed(actor, P.CASE_READ, case):
        found.append(Action(_("Tạm thời cách ly"), _address("care.index", case)))
    if step is _FOLLOW and is_allowed(actor, P.REVIEW_RECORD, case):
        found.append(Action(_("Rà soát (Mẫu số 06)"), _address("reviews.new", case)))
    if _may_refer(step, case) and is_allowed(actor, P.REFERRAL_SEND, case):
        urgent = _("Chuyển gửi ngay theo gói") if case.is_emergency else _("Chuyển gửi nhiều nơi")
        found.append(Action(urgent, _address("referrals.new", case)))
    return [action for action in found if action.url]


def _may_refer(step: _Step, case: Case) -> bool:
    """Once the risk is known, or the plan runs: other agencies can help."""
    return step is _FOLLOW or (case.risk_level is not None and step is not _CLOSE)


def _address(endpoint: str, case: Case) -> str:
    if endpoint == "intake.route":
        return link(endpoint, report_id=case.report_id)
    return link(endpoint, case_id=case.id)
