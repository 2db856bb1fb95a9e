"""The keeping and the erasure of one child, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.erasing import against
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.erasures import ErasureState
from app.cases.pages.links import link
from app.cases.queries.erasures import (
    ErasureView,
    HoldView,
    child_ids,
    count_visible,
    erasures_of,
    holds_of,
)
from app.cases.queries.pending import Pending
from app.cases.queries.retention import expiry_of
from app.web.filters import remaining, vn_date, vn_datetime
from app.web.words import _, _l

P = Permission
_STATES = {
    ErasureState.ASKED: ("warn", _l("Chờ người thứ hai")),
    ErasureState.AGREED: ("danger", _l("Đã đồng ý, chờ đến ngày xóa")),
    ErasureState.REFUSED: ("", _l("Không đồng ý")),
    ErasureState.WITHDRAWN: ("", _l("Đã rút")),
    ErasureState.STOPPED: ("", _l("Đã dừng")),
    ErasureState.DONE: ("ok", _l("Đã xóa")),
}
WHY = {
    "hold": _l("Hồ sơ được giữ theo pháp luật."),
    "open_case": _l("Trẻ em có hồ sơ đang mở."),
    "clock": _l("Có thời hạn đang chạy."),
    "check": _l("Còn lần kiểm tra sau khi đóng."),
    "referral": _l("Còn phiếu chuyển gửi chưa xong."),
    "group": _l("Trẻ em còn trong nhóm hoàn cảnh đặc biệt."),
    "people": _l("Một trong hai người quyết định không còn quyền hoặc bị chặn khỏi hồ sơ."),
    "withdrawn": _l("Người có quyền đã rút lại."),
}


@dataclass(frozen=True, slots=True)
class HoldLine:
    title: str
    about: str
    reason: str
    lifted: str
    is_standing: bool
    lift_url: str


@dataclass(frozen=True, slots=True)
class ErasureLine:
    title: str
    about: str
    reason: str
    answer: str
    tone: str
    word: str
    left: str
    decide_url: str
    withdraw_url: str


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """`expires`: when the time of keeping is over, "" while a case runs. `erased`: when and that it
    happened. `obstacles`: what stands against asking; the addresses are "" for what cannot be done.
    """

    expires: str
    erased: str
    obstacles: Sequence[str]
    cases: int
    holds: Sequence[HoldLine]
    erasures: Sequence[ErasureLine]
    hold_url: str
    ask_url: str


def erasure_page(session: Session, actor: Actor, case: Case, now: datetime) -> ErasurePage:
    """Seven statements at most."""
    ids = child_ids(session, case.child_id)
    views = erasures_of(session, case.child_id)
    key = case.child.key
    is_open = any(view.request.is_open for view in views)
    words = [] if key.is_destroyed else [str(one.text) for one in against(session, ids)]
    if not key.is_destroyed and count_visible(session, actor, ids.cases) != len(ids.cases):
        words.append(_("Trẻ em còn hồ sơ khác mà bạn không được xem: nhờ người giám sát của Sở."))
    expires = None if key.is_destroyed else expiry_of(session, ids.cases)
    may_ask = not (words or is_open or key.is_destroyed) and is_allowed(actor, P.ERASURE_ASK, case)
    may_hold = is_allowed(actor, P.HOLD_MANAGE, case) and not key.is_destroyed
    return ErasurePage(
        expires=vn_date(expires) if expires else "",
        erased=vn_datetime(key.destroyed_at) if key.destroyed_at else "",
        obstacles=words,
        cases=len(ids.cases),
        holds=[_hold(view, case, may_hold) for view in holds_of(session, ids.children)],
        erasures=[_erasure(view, case, actor, now) for view in views],
        hold_url=link("erasures.hold", case_id=case.id) if may_hold else "",
        ask_url=link("erasures.ask", case_id=case.id) if may_ask else "",
    )


def _hold(view: HoldView, case: Case, may_hold: bool) -> HoldLine:
    lifted = ""
    if view.until is not None:
        lifted = _(
            "Bỏ giữ %(when)s, %(who)s", when=vn_datetime(view.until), who=view.lifted_by_name
        )
        if view.lift_reason:
            lifted = f"{lifted}: {view.lift_reason}"
    is_standing = view.until is None
    return HoldLine(
        title=label_of("hold_grounds", view.ground),
        about=_("%(who)s, từ %(when)s", who=view.by_name, when=vn_datetime(view.since)),
        reason=view.reason or "",
        lifted=lifted,
        is_standing=is_standing,
        lift_url=link("erasures.lift", case_id=case.id, hold_id=view.id)
        if may_hold and is_standing
        else "",
    )


def _erasure(view: ErasureView, case: Case, actor: Actor, now: datetime) -> ErasureLine:
    request = view.request
    tone, word = _STATES[request.state]
    due = request.due_at if request.state is ErasureState.AGREED else None
    may_answer = request.state is ErasureState.ASKED and request.asked_by_id != actor.id
    return ErasureLine(
        title=label_of("erasure_grounds", request.ground),
        about="; ".join(_steps(view)),
        reason=request.reason or "",
        answer=request.answer or "",
        tone=tone,
        word=str(word),
        left=_("xóa lúc %(when)s, %(left)s", when=vn_datetime(due), left=remaining(due, now))
        if due
        else "",
        decide_url=link("erasures.decide", case_id=case.id, erasure_id=request.id)
        if may_answer and is_allowed(actor, P.ERASURE_DECIDE, case)
        else "",
        withdraw_url=link("erasures.withdraw", case_id=case.id, erasure_id=request.id)
        if request.is_open and is_allowed(actor, P.ERASURE_ASK, case)
        else "",
    )


def _steps(view: ErasureView) -> Iterable[str]:
    request = view.request
    yield _("%(who)s đề nghị %(when)s", who=view.asked_by, when=vn_datetime(request.asked_at))
    if view.decided_by and request.decided_at:
        yield _(
            "%(who)s trả lời %(when)s", who=view.decided_by, when=vn_datetime(request.decided_at)
        )
    if request.state is ErasureState.WITHDRAWN and view.ended_by and request.ended_at:
        yield _("%(who)s rút %(when)s", who=view.ended_by, when=vn_datetime(request.ended_at))
    if request.state is ErasureState.STOPPED:
        yield from (str(WHY[code]) for code in request.obstacles if code in WHY)
    if request.state is ErasureState.DONE and request.ended_at:
        yield _("đã xóa %(when)s", when=vn_datetime(request.ended_at))


def decide_page(view: ErasureView) -> dict[str, object]:
    """What the second person sees of the request."""
    request = view.request
    return {
        "request": request,
        "ground": label_of("erasure_grounds", request.ground),
        "asked": _("%(who)s, %(when)s", who=view.asked_by, when=vn_datetime(request.asked_at)),
        "state": str(_STATES[request.state][1]),
    }


def waiting_erasure(one: Pending) -> tuple[str, str, str]:
    """For the lists of decisions on the home pages."""
    return (
        _("Xóa dữ liệu của trẻ em: %(number)s", number=one.number),
        _(
            "%(who)s đề nghị: %(ground)s",
            who=one.by_name,
            ground=label_of("erasure_grounds", one.about).lower(),
        ),
        link("erasures.decide", case_id=one.case_id, erasure_id=one.id),
    )
