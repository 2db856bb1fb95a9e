"""Who answers for a case, where it was offered, who is kept out: in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.enums import RiskLevel
from app.cases.labels import STATES as CASE_STATES
from app.cases.labels import label_of
from app.cases.models import Case, CaseTransfer
from app.cases.models.moves import TransferState
from app.cases.pages.clocks import Chip
from app.cases.pages.home import Todo
from app.cases.pages.links import link
from app.cases.queries.home import PRESSING
from app.cases.queries.moves import DenialView, HandOver, TransferView
from app.cases.services.owner import can_reassign
from app.deadlines.queries import ClockView
from app.web.filters import remaining, vn_date, vn_datetime
from app.web.words import _, _l

P = Permission
_RISKS: dict[RiskLevel | None, tuple[str, str]] = {
    RiskLevel.HIGH: ("danger", "alert-triangle"),
    RiskLevel.MEDIUM: ("warn", "alert-circle"),
    RiskLevel.LOW: ("ok", "shield-check"),
}
_STATES = {
    TransferState.OFFERED: ("warn", _l("chờ trả lời")),
    TransferState.ACCEPTED: ("ok", _l("đã nhận")),
    TransferState.DECLINED: ("danger", _l("không nhận")),
    TransferState.WITHDRAWN: ("", _l("đã rút")),
}


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One offer. The addresses are "" for what this reader may not do (any more)."""

    title: str
    about: str
    reason: str
    note: str
    answer: str
    tone: str
    word: str
    withdraw_url: str
    confirm_url: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What came of an offer of the reader's unit. `url`: of its case, while it is here."""

    words: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class DenialLine:
    name: str
    about: str
    reason: str
    is_running: bool
    end_url: str


@dataclass(frozen=True, slots=True)
class MovesPage:
    owner: str
    deputy: str
    transfers: tuple[TransferLine, ...]
    denials: tuple[DenialLine, ...]
    owner_url: str
    offer_url: str
    deny_url: str
    keeping_url: str


def coming(rows: Iterable[HandOver]) -> list[Todo]:
    """Cases that wait for the answer of the reader's unit: the first thing to do."""
    return [_coming(one) for one in rows if one.is_incoming]


def _coming(one: HandOver) -> Todo:
    url = link("moves.answer", offered_id=one.id)
    about = [_("từ %(unit)s", unit=one.other)]
    if one.age is not None:
        about.append(_("%(n)s tuổi", n=one.age))
    return Todo(
        case_id=one.case_id,
        rank=(PRESSING, False, one.risk_level is not RiskLevel.HIGH, False, one.at),
        what=_("Hồ sơ chuyển đến: %(number)s", number=one.number),
        url=url,
        why=" · ".join(about),
        chip=_risk_chip(one.risk_level),
        action=_("Xem, trả lời"),
        action_url=url,
    )


def _risk_chip(level: RiskLevel | None) -> Chip:
    tone, icon = _RISKS.get(level, ("", "help-circle"))
    words = label_of("risk_levels", level.value) if level else _("Chưa đánh giá nguy cơ")
    return Chip(tone, icon, words, "", _("chờ bạn trả lời"))


def offered_rows(case: Case, clocks: Iterable[ClockView], now: datetime) -> list[tuple[str, str]]:
    """What the unit that is asked may know before it accepts: no name, no words of the file."""
    level, age = case.risk_level, case.age_at_report
    rows = [
        (_("Tuổi khi tiếp nhận"), _("%(n)s tuổi", n=age) if age is not None else _("chưa rõ")),
        (_("Nguy cơ"), label_of("risk_levels", level.value) if level else _("chưa đánh giá")),
        (_("Bước"), str(CASE_STATES[case.state])),
    ]
    return [*rows, *(_clock(view, now) for view in clocks if view.is_running)]


def _clock(view: ClockView, now: datetime) -> tuple[str, str]:
    due = view.effective_due_at
    left = _("%(left)s, hạn %(when)s", left=remaining(due, now), when=vn_datetime(due))
    return str(view.label), left


def gone(rows: Iterable[HandOver]) -> list[HandedOver]:
    """What other units answered to the reader's."""
    return [_gone(one) for one in rows if not one.is_incoming]


def _gone(one: HandOver) -> HandedOver:
    said = {"unit": one.other, "number": one.number, "when": vn_datetime(one.at)}
    if one.state is TransferState.ACCEPTED:
        return HandedOver(_("%(unit)s đã nhận %(number)s lúc %(when)s.", **said), "ok", "")
    if one.state is TransferState.DECLINED:
        words = _("%(unit)s không nhận %(number)s lúc %(when)s.", **said)
        return HandedOver(words, "danger", link("moves.index", case_id=one.case_id))
    words = _("%(number)s: chờ %(unit)s trả lời từ %(when)s.", **said)
    return HandedOver(words, "warn", link("moves.index", case_id=one.case_id))


def moves_page(
    case: Case,
    *,
    actor: Actor,
    transfers: Iterable[TransferView],
    denials: Iterable[DenialView],
    deputy: tuple[str, date] | None,
) -> MovesPage:
    here = {"case_id": case.id}
    may_move = not case.is_ended and is_allowed(actor, P.CASE_TRANSFER, case)
    lines = tuple(_transfer(view, case, actor, may_move=may_move) for view in transfers)
    is_pending = any(line.tone == "warn" for line in lines)
    may_deny = is_allowed(actor, P.DENIAL_MANAGE, case)
    may_assign = not case.is_ended and is_allowed(actor, P.CASE_ASSIGN, case)
    may_change = may_assign and (case.owner_id is None or can_reassign(actor))
    return MovesPage(
        owner=case.owner.name if case.owner else "",
        deputy=_("%(name)s làm thay đến hết ngày %(day)s", name=deputy[0], day=vn_date(deputy[1]))
        if deputy
        else "",
        transfers=lines,
        denials=tuple(_denial(view, case) for view in denials) if may_deny else (),
        owner_url=link("owner.change", **here) if may_change else "",
        offer_url=link("moves.offer", **here) if may_move and not is_pending else "",
        deny_url=link("moves.deny", **here) if may_deny else "",
        keeping_url=link("erasures.index", **here)
        if is_allowed(actor, P.ERASURE_ASK, case)
        else "",
    )


def _transfer(view: TransferView, case: Case, actor: Actor, *, may_move: bool) -> TransferLine:
    row, is_open = view.row, view.row.state is TransferState.OFFERED
    tone, word = _STATES[row.state]
    where = {"case_id": case.id, "transfer_id": row.id}
    is_read = Section.EVENT in sections_of(actor)
    return TransferLine(
        title=_(
            "%(a)s chuyển đến %(b)s",
            a=view.from_unit,
            b=view.to_unit or _outside(row, is_read=is_read),
        ),
        about=_about(view),
        reason=(row.reason or "") if is_read else "",
        note=(row.note or "") if is_read else "",
        answer=(row.answer or "") if is_read else "",
        tone=tone,
        word=str(word),
        withdraw_url=link("moves.withdraw", **where) if may_move and is_open else "",
        confirm_url=link("moves.confirm", **where)
        if may_move and is_open and row.to_unit_id is None
        else "",
    )


def _outside(row: CaseTransfer, *, is_read: bool) -> str:
    """The body, as far as it may be read, and its province."""
    body = (row.to_body if is_read else None) or _("ngoài tỉnh")
    return f"{body}, {label_of('provinces', row.to_province)}" if row.to_province else body


def _about(view: TransferView) -> str:
    row = view.row
    words = _(
        "%(name)s đề nghị lúc %(when)s", name=view.offered_by, when=vn_datetime(row.offered_at)
    )
    if row.receipt_on:
        day = vn_date(row.receipt_on)
        received = _("văn bản tiếp nhận số %(n)s ngày %(day)s", n=row.receipt_number, day=day)
        words = f"{words} · {received}"
    if row.answered_at and view.answered_by:
        by = {"name": view.answered_by, "when": vn_datetime(row.answered_at)}
        answered = (
            _("%(name)s ghi lúc %(when)s", **by)
            if row.to_unit_id is None
            else _("%(name)s trả lời lúc %(when)s", **by)
        )
        return f"{words} · {answered}"
    return words


def _denial(view: DenialView, case: Case) -> DenialLine:
    row = view.row
    about = _(
        "%(unit)s · %(name)s chặn từ %(when)s",
        unit=view.unit,
        name=view.by_name,
        when=vn_datetime(row.since),
    )
    if row.until:
        about = f"{about} · " + _("bỏ chặn lúc %(when)s", when=vn_datetime(row.until))
    running = row.until is None
    return DenialLine(
        name=view.name,
        about=about,
        reason=row.reason or "",
        is_running=running,
        end_url=link("moves.allow", case_id=case.id, denial_id=view.id) if running else "",
    )
