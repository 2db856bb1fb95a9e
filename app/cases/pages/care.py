"""Separations and substitute care in words: what runs, what waits, what was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.care import CareState, SeparationState
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.cases.pages.next_step import Action
from app.cases.queries.care import (
    PlacementView,
    SeparationView,
    VisitView,
    placements_of,
    separations_of,
    suspected_names,
)
from app.cases.queries.measures import MeasureView, measures_of
from app.web.filters import phone, remaining, vn_date, vn_datetime
from app.web.words import _

P = Permission
DAY = timedelta(days=1)
LEGAL_DAYS = 15
NEAR, LAST = 12, 14  # the days on which somebody is told

Row = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A visit or an extension under its card."""

    text: str
    detail: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One separation or one care. `alarm` is what must not be overlooked; `tone` of app.css.

    `is_pressing`: its first action is what this reader should do now.
    """

    title: str
    state: str
    tone: str
    alarm: str
    rows: tuple[Row, ...]
    actions: tuple[Action, ...]
    is_pressing: bool
    lines_title: str = ""
    lines: tuple[Line, ...] = ()


def care_page(session: Session, *, actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    """The context of templates/care/index.html."""
    sections = sections_of(actor)
    separations = separations_of(session, case.id, sections=sections)
    placements = placements_of(session, case.id, sections=sections)
    hidden = suspected_names(session, case.child_id) if case.do_not_contact else frozenset()
    cards = [
        (_is_open(view.state), separation_card(view, case, actor, now)) for view in separations
    ]
    cards += [
        (_is_open(view.state), placement_card(view, case, actor, now, hidden))
        for view in placements
    ]
    return {
        "head": read_head(session, actor=actor, case=case, now=now),
        "running": sorted(
            (card for is_open, card in cards if is_open), key=lambda card: _TONES.index(card.tone)
        ),
        "past": [card for is_open, card in cards if not is_open],
        "actions": tuple(_new_actions(case, actor, separations, placements)),
        "measures": _measures(measures_of(session, case.id, sections=sections), now),
        "measures_url": link("measures.new", case_id=case.id)
        if is_allowed(actor, P.MEASURE_RECORD, case) and not case.is_ended
        else "",
    }


_TONES = ("danger", "warn", "go", "ok", "")  # the most pressing first


def _is_open(state: SeparationState | CareState) -> bool:
    return state.value in ("proposed", "decided", "handed_over")


def _new_actions(
    case: Case,
    actor: Actor,
    separations: Sequence[SeparationView],
    placements: Sequence[PlacementView],
) -> Iterable[Action]:
    """What may begin now: one separation at a time, and one proposal of a care."""
    if case.is_ended:
        return
    is_free = all(not _is_open(view.state) for view in separations)
    if is_free and is_allowed(actor, P.CARE_RECORD, case):
        yield Action(_("Đề nghị tạm thời cách ly"), _to("care.propose_separation", case))
    if is_free and is_allowed(actor, P.CARE_DECIDE, case):
        yield Action(_("Quyết định cách ly ngay"), _to("care.decide_at_once", case))
    waits = any(view.state is CareState.PROPOSED for view in placements)
    if not waits and is_allowed(actor, P.CARE_RECORD, case):
        yield Action(_("Đề nghị chăm sóc thay thế"), _to("care.propose_placement", case))


def _to(endpoint: str, case: Case) -> str:
    return link(endpoint, case_id=case.id)


# --- separations


def separation_card(view: SeparationView, case: Case, actor: Actor, now: datetime) -> Card:
    state, tone = _separation_state(view, now)
    loud, actions = alarm(view, now), tuple(_separation_actions(view, case, actor))
    may_act = is_allowed(actor, P.CARE_DECIDE, case)
    return Card(
        title=_("Tạm thời cách ly trẻ em"),
        state=state,
        tone=tone,
        alarm=loud,
        rows=tuple(separation_rows(view)),
        actions=actions,
        is_pressing=bool(loud) or (view.state is SeparationState.PROPOSED and may_act),
        lines_title=_("Gia hạn"),
        lines=tuple(
            Line(
                _("Đến %(when)s, quyết định %(number)s", when=vn_datetime(one.until),
                  number=one.number or ""),
                " · ".join(filter(None, (one.by_name, one.reason))),
            )
            for one in view.extensions
        ),
    )  # fmt: skip


def day_number(view: SeparationView, now: datetime) -> int:
    """Which day of the separation it is: the first day is 1."""
    return (now - view.started_at) // DAY + 1


def days_allowed(view: SeparationView) -> int:
    """15, or what an authority requires."""
    return max(LEGAL_DAYS, ceil((view.ends_at - view.started_at) / DAY))


def _separation_state(view: SeparationView, now: datetime) -> tuple[str, str]:
    if view.state is SeparationState.PROPOSED:
        return _("chờ Chủ tịch quyết định"), "warn"
    if view.state is SeparationState.DECIDED:
        words = _(
            "ngày %(day)s/%(days)s, %(left)s",
            day=day_number(view, now),
            days=days_allowed(view),
            left=remaining(view.ends_at, now),
        )
        return words, "danger" if now > view.ends_at else "warn" if alarm(view, now) else "go"
    ended = {
        SeparationState.REFUSED: _("không đồng ý"),
        SeparationState.CANCELLED: _("đã hủy bỏ: gia đình an toàn"),
    }
    return ended.get(view.state, _("đã kết thúc")), ""


def alarm(view: SeparationView, now: datetime) -> str:
    """What must be done before the term is over; from the 12th day on, and on the 14th again."""
    if view.state is not SeparationState.DECIDED:
        return ""
    left, day = view.ends_at - now, day_number(view, now)
    is_legal = days_allowed(view) == LEGAL_DAYS
    if left < timedelta(0):
        return _(
            "Đã quá thời hạn cách ly. Ghi kết thúc ngay, hoặc gia hạn theo yêu cầu của cơ quan"
            " có thẩm quyền."
        )
    if left <= DAY or (is_legal and day >= LAST):
        return _("Sắp hết thời hạn. Quyết định ngay trẻ em về đâu, với ai, có an toàn không.")
    if left <= 3 * DAY or (is_legal and day >= NEAR):
        return _("Đánh giá lại cha, mẹ, người chăm sóc và chuẩn bị kết thúc cách ly.")
    return ""


def separation_rows(view: SeparationView) -> Iterable[Row]:
    """The separation as a list of facts; never its address."""
    yield _("Trường hợp"), label_of("separation_reasons", view.reason)
    yield _("Cách ly khỏi"), view.from_whom
    yield _("Sự việc, căn cứ"), view.grounds
    yield _("Nơi ở"), _place(view)
    yield _("Người chăm sóc"), view.carer_meanwhile
    yield _("Từ"), vn_datetime(view.started_at)
    yield _("Đến"), vn_datetime(view.ends_at)
    if view.is_longer_ordered:
        words = ", ".join(filter(None, (view.ordered_by, view.order_document)))
        yield _("Yêu cầu lâu hơn 15 ngày"), words
    yield _("Người lập"), _who(view.drafted_name, view.drafted_at)
    if view.is_chair_alone:
        yield _("Lưu ý"), _("Chủ tịch tự lập và quyết định trong tình trạng khẩn cấp.")
    if view.number:
        yield _("Quyết định"), _decision(view.number, view)
    if view.decided_at:
        yield _("Người quyết định"), _who(view.decided_name, view.decided_at)
    if view.answer:
        yield _("Ý kiến của Chủ tịch"), view.answer
    if view.ended_at:
        yield _("Kết thúc lúc"), vn_datetime(view.ended_at)
        yield _("Vì"), label_of("separation_ends", view.end_reason)
        yield _("Ghi chú"), view.end_note


def _place(view: SeparationView) -> str:
    kind = label_of("separation_places", view.place_kind)
    names = ", ".join(filter(None, (view.place_unit, view.place_name)))
    return f"{kind}: {names}" if names else kind


def _decision(number: str, view: SeparationView | PlacementView) -> str:
    return _("%(number)s ngày %(day)s", number=number, day=vn_date(view.decision_on))


def _who(name: str | None, at: datetime) -> str:
    return f"{name or ''}, {vn_datetime(at)}"


def _separation_actions(view: SeparationView, case: Case, actor: Actor) -> Iterable[Action]:
    """The one thing to do first, then the rest, then what may be read."""

    def to(endpoint: str) -> str:
        return link(f"care.{endpoint}", case_id=case.id, separation_id=view.id)

    may_record = is_allowed(actor, P.CARE_RECORD, case) and not case.is_ended
    may_decide = is_allowed(actor, P.CARE_DECIDE, case) and not case.is_ended
    if view.state is SeparationState.PROPOSED and may_decide:
        yield Action(_("Xem và quyết định"), to("decide_separation"))
    if view.state is SeparationState.DECIDED:
        if may_decide:
            yield Action(_("Hủy bỏ: gia đình an toàn"), to("cancel_separation"))
            yield Action(_("Gia hạn"), to("extend_separation"))
        if may_record:
            yield Action(_("Ghi kết thúc"), to("end_separation"))
    if _is_open(view.state) and may_record:
        words = _("Sửa địa chỉ nơi ở") if view.has_address else _("Ghi địa chỉ nơi ở")
        yield Action(words, to("put_address"))
    if view.has_address and is_allowed(actor, P.SHELTER_READ, case):
        yield Action(_("Xem địa chỉ nơi ở"), to("shelter"))
    if view.state is not SeparationState.REFUSED and is_allowed(actor, P.DOCUMENT_PRINT, case):
        yield Action(_("Mẫu số 07 (PDF)"), to("form07"))


# --- substitute care


def placement_card(
    view: PlacementView, case: Case, actor: Actor, now: datetime, hidden: frozenset[str]
) -> Card:
    """`hidden`: names of suspected carers, whose phone and address are not shown."""
    state, tone, alarm = _placement_state(view, now)
    is_hidden = (view.carer_name or "").casefold() in hidden
    decides = view.state is CareState.PROPOSED
    needed = P.CARE_DECIDE if decides else P.CARE_RECORD
    return Card(
        title=_("Chăm sóc thay thế"),
        state=state,
        tone=tone,
        alarm=alarm,
        rows=tuple(placement_rows(view, is_hidden=is_hidden)),
        actions=tuple(_placement_actions(view, case, actor)),
        is_pressing=_is_open(view.state) and is_allowed(actor, needed, case),
        lines_title=_("Các lần thăm"),
        lines=tuple(_visit(one) for one in view.visits),
    )


def _placement_state(view: PlacementView, now: datetime) -> tuple[str, str, str]:
    """(words, tone, alarm)."""
    if view.state is CareState.PROPOSED:
        return _("chờ Chủ tịch quyết định"), "warn", ""
    if view.state is CareState.DECIDED and view.handover_due_at:
        left = remaining(view.handover_due_at, now)
        words = _("chờ giao, nhận trẻ em, %(left)s", left=left)
        if now > view.handover_due_at:
            return words, "danger", _("Đã quá 15 ngày làm việc mà trẻ em chưa được giao, nhận.")
        return words, "warn", ""
    if view.state is CareState.HANDED_OVER:
        if view.visits and not view.visits[0].is_safe:
            return (
                _("đang được chăm sóc thay thế"),
                "danger",
                _("Lần thăm gần nhất: trẻ em không an toàn. Đánh giá lại và bảo vệ trẻ em ngay."),
            )
        return _("đang được chăm sóc thay thế"), "ok", ""
    refused = view.state is CareState.REFUSED
    return (_("không đồng ý") if refused else _("đã chấm dứt")), "", ""


def placement_rows(view: PlacementView, *, is_hidden: bool = False) -> Iterable[Row]:
    yield _("Hình thức"), label_of("care_forms", view.form)
    yield _("Người, cơ sở nhận chăm sóc"), view.carer_name
    yield _("Quan hệ với trẻ em"), view.relation
    if view.phone and not is_hidden:
        yield _("Số điện thoại"), phone(view.phone)
    if view.address and not is_hidden:
        yield _("Địa chỉ"), view.address
    yield _("Lý do chọn"), view.grounds
    yield _("Người lập"), _who(view.drafted_name, view.drafted_at)
    if view.number:
        yield _("Quyết định"), _decision(view.number, view)
    if view.decided_at:
        yield _("Người quyết định"), _who(view.decided_name, view.decided_at)
    if view.answer:
        yield _("Ý kiến của Chủ tịch"), view.answer
    if view.handed_over_at:
        yield _("Giao, nhận lúc"), vn_datetime(view.handed_over_at)
        yield _("Ai có mặt"), view.handover_present
        yield _("Biên bản"), view.handover_note
    if view.ended_on:
        yield _("Chấm dứt từ ngày"), vn_date(view.ended_on)
        yield _("Vì"), label_of("care_ends", view.end_reason)
        yield _("Trẻ em chuyển đến"), view.next_place
        yield _("Ghi chú"), view.end_note


def _visit(one: VisitView) -> Line:
    words = _("an toàn") if one.is_safe else _("không an toàn")
    return Line(
        f"{vn_datetime(one.happened_at)}: {words}",
        " · ".join(filter(None, (one.by_name, one.note))),
        "" if one.is_safe else "s-bad",
    )


def _placement_actions(view: PlacementView, case: Case, actor: Actor) -> Iterable[Action]:
    def to(endpoint: str) -> str:
        return link(f"care.{endpoint}", case_id=case.id, placement_id=view.id)

    may_record = is_allowed(actor, P.CARE_RECORD, case) and not case.is_ended
    may_decide = is_allowed(actor, P.CARE_DECIDE, case) and not case.is_ended
    if view.state is CareState.PROPOSED and may_decide:
        yield Action(_("Xem và quyết định"), to("decide_placement"))
    if view.state is CareState.DECIDED and may_record:
        yield Action(_("Ghi giao, nhận trẻ em"), to("hand_over"))
    if view.state is CareState.HANDED_OVER and may_record:
        yield Action(_("Ghi lần thăm"), to("visit"))
    if view.state in (CareState.DECIDED, CareState.HANDED_OVER) and may_decide:
        yield Action(_("Chấm dứt"), to("end_placement"))
    if view.handed_over_at and is_allowed(actor, P.DOCUMENT_PRINT, case):
        yield Action(_("Biên bản giao, nhận (PDF)"), to("handover_minutes"))


def _measures(measures: Iterable[MeasureView], now: datetime) -> list[tuple[str, str, bool]]:
    """(what, since when and until when, whether it runs): emergency measures are recorded apart."""
    return [
        (
            label_of("safety_measures", one.kind),
            _("từ %(start)s đến %(end)s", start=vn_datetime(one.started_at),
              end=vn_datetime(one.ends_at) if one.ends_at else _("chưa rõ")),
            one.ends_at is not None and one.ends_at > now,
        )
        for one in measures
        if one.kind
    ]  # fmt: skip
