"""What a child received, in words: planned against done, sums by source, the records."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.plans import ActivityState, PlanState
from app.cases.pages.links import link
from app.cases.queries import support as queries
from app.cases.queries.support import (
    PAGE,
    Choice,
    Delivered,
    Key,
    Planned,
    ServiceView,
    SourceSum,
)
from app.reference.library import code_list
from app.web.filters import vn_date, vn_datetime
from app.web.money import money_text
from app.web.words import _, _l

_STATES: Mapping[ActivityState, tuple[str, LazyString]] = {
    ActivityState.PLANNED: ("", _l("chưa làm")),
    ActivityState.DOING: ("go", _l("đang làm")),
    ActivityState.DONE: ("ok", _l("đã xong")),
    ActivityState.NOT_DONE: ("warn", _l("không làm được")),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One activity, and what was delivered for it. `tone` and `state` as a status."""

    what: str
    kind: str
    term: str
    tone: str
    state: str
    is_late: bool
    done: str
    last: str


@dataclass(frozen=True, slots=True)
class SumRow:
    source: str
    period: str
    records: str
    amount: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record. Of a struck one `struck` says by whom and why, and the links are empty."""

    anchor: str
    title: str
    what: str
    details: tuple[str, ...]
    note: str
    foot: str
    struck: str
    reason: str
    edit_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class SupportPage:
    is_open: bool  # may the reader see the section at all
    planned: Sequence[PlannedRow]
    plan_hint: str
    unplanned: str
    sums: Sequence[SumRow]
    total: str
    records: Sequence[Record]
    older: str
    is_first: bool
    new_url: str


def support_page(
    session: Session, case: Case, *, actor: Actor, today: date, before: Key | None
) -> SupportPage:
    """Four statements."""
    sections = sections_of(actor)
    may = not case.is_ended and is_allowed(actor, Permission.SERVICE_RECORD, case)
    records = queries.services_of(session, case.id, sections=sections, before=before)
    sums = queries.sums_by_source(session, case.id, sections=sections)
    done = queries.delivered_by_activity(session, case.id, sections=sections)
    planned = queries.planned_activities(session, case, sections=sections)
    return SupportPage(
        is_open=Section.PLAN in sections,
        planned=[_planned(one, done.get(one.id), today) for one in planned],
        plan_hint=_plan_hint(planned),
        unplanned=_delivered(_elsewhere(done, planned)),
        sums=[_sum(one) for one in sums],
        total=_money(sum(one.amount for one in sums)) if len(sums) > 1 else "",
        records=[record_of(one, case, may=may) for one in records[:PAGE]],
        older=_older(case, records),
        is_first=before is None,
        new_url=link("services.new", case_id=case.id) if may else "",
    )


def activity_choices(
    session: Session, case: Case, *, actor: Actor, keep: uuid.UUID | None = None
) -> list[Choice]:
    """The activities of the approved plan, those not yet done first; and the one to keep."""
    found = queries.planned_activities(session, case, sections=sections_of(actor))
    open_ones = [one for one in found if one.plan_state is PlanState.APPROVED or one.id == keep]
    ended = (ActivityState.DONE, ActivityState.NOT_DONE)
    ordered = sorted(open_ones, key=lambda one: one.state in ended)
    return [Choice(one.id, _activity_words(one)) for one in ordered]


def record_of(view: ServiceView, case: Case, *, may: bool) -> Record:
    """One record in words; `may`: the reader may correct it."""
    may = may and view.struck_at is None
    values = {"case_id": case.id, "service_id": view.id}
    return Record(
        anchor=f"s-{view.id}",
        title=_kind(view.kind),
        what=label_of("intervention_types", view.service_type),
        details=tuple(_details(view)),
        note=view.note or "",
        foot=_("%(who)s ghi lúc %(when)s", who=view.by_name, when=vn_datetime(view.typed_at)),
        struck=_struck(view),
        reason=view.strike_reason or "" if view.struck_at else "",
        edit_url=link("services.edit", **values) if may else "",
        remove_url=link("services.remove", **values) if may else "",
    )


def period(from_on: date, to_on: date | None, *, is_ongoing: bool = False) -> str:
    """05/02/2026; 05/02/2026 đến 07/02/2026; từ 05/02/2026, đang tiếp tục."""
    if is_ongoing and to_on is None:
        return _("từ %(day)s, đang tiếp tục", day=vn_date(from_on))
    if is_ongoing:
        return _("từ %(day)s, dự kiến đến %(until)s", day=vn_date(from_on), until=vn_date(to_on))
    if to_on is None or to_on == from_on:
        return vn_date(from_on)
    return _("%(day)s đến %(until)s", day=vn_date(from_on), until=vn_date(to_on))


def _details(view: ServiceView) -> Iterable[str]:
    yield period(view.from_on, view.to_on, is_ongoing=view.is_ongoing)
    if view.provider:
        yield view.provider
    if view.quantity is not None:
        yield quantity_words(view.quantity, view.quantity_unit)
    if view.amount is not None:
        source = label_of("fund_sources", view.fund_source)
        yield f"{_money(view.amount)} ({source})"
    elif view.fund_source:
        yield label_of("fund_sources", view.fund_source)
    if view.is_planned:
        yield _("Theo kế hoạch: %(what)s", what=view.activity or "…")
    else:
        yield _("Ngoài kế hoạch")


def quantity_words(quantity: int, unit: object) -> str:
    """10 buổi"""
    return f"{money_text(quantity)} {label_of('support_units', unit)}"


def _struck(view: ServiceView) -> str:
    if view.struck_at is None:
        return ""
    values = {"who": view.struck_by or "–", "when": vn_datetime(view.struck_at)}
    if view.corrected_by:
        return _("%(who)s đã sửa lúc %(when)s; bản mới ở trong danh sách này", **values)
    return _("%(who)s đã gạch bỏ lúc %(when)s", **values)


def _kind(code: str) -> str:
    known = code_list("support_kinds").by_code.get(code)
    return str(known.short or known.label) if known else code


def _planned(one: Planned, done: Delivered | None, today: date) -> PlannedRow:
    tone, words = _STATES[one.state]
    is_late = one.ends_on < today and one.state in (ActivityState.PLANNED, ActivityState.DOING)
    return PlannedRow(
        what=one.what or label_of("intervention_types", one.service_type),
        kind=label_of("intervention_types", one.service_type) if one.what else "",
        term=period(one.starts_on, one.ends_on),
        tone="danger" if is_late else tone,
        state=_("quá hạn, %(state)s", state=str(words)) if is_late else str(words),
        is_late=is_late,
        done=_delivered(done),
        last=_("lần cuối %(day)s", day=vn_date(done.last_on)) if done else "",
    )


def _delivered(done: Delivered | None) -> str:
    """3 lần ghi, 1.500.000 đồng; "" for nothing."""
    if done is None:
        return ""
    count = _("%(n)s lần ghi", n=done.records)
    return f"{count}, {_money(done.amount)}" if done.amount else count


def _elsewhere(
    done: Mapping[uuid.UUID | None, Delivered], planned: Iterable[Planned]
) -> Delivered | None:
    """What was delivered without an activity of this plan, earlier cycles included."""
    ours = {one.id for one in planned}
    rest = [one for activity, one in done.items() if activity not in ours]
    if not rest:
        return None
    return Delivered(
        None,
        sum(one.records for one in rest),
        sum(one.amount for one in rest),
        max(one.last_on for one in rest),
    )


def _plan_hint(planned: Sequence[Planned]) -> str:
    if not planned:
        return _("Chưa có kế hoạch với hoạt động cho chu kỳ này. Vẫn ghi được hỗ trợ đã nhận.")
    if planned[0].plan_state not in (PlanState.APPROVED, PlanState.ENDED):
        return _("Kế hoạch chưa được phê duyệt nên chưa gắn được hỗ trợ vào hoạt động.")
    return ""


def _sum(one: SourceSum) -> SumRow:
    return SumRow(
        source=label_of("fund_sources", one.source) if one.source else _("Chưa ghi nguồn"),
        period=period(one.first_on, one.last_on),
        records=_("%(n)s lần ghi", n=one.records),
        amount=_money(one.amount),
    )


def _money(amount: int) -> str:
    return _("%(amount)s đồng", amount=money_text(amount))


def _activity_words(one: Planned) -> str:
    what = one.what or label_of("intervention_types", one.service_type)
    return f"{what} ({_STATES[one.state][1]})"


def _older(case: Case, records: Sequence[ServiceView]) -> str:
    if len(records) <= PAGE:
        return ""
    base = link("services.index", case_id=case.id)
    return f"{base}?before={key_text(records[PAGE - 1].key)}#records"


def key_text(key: Key) -> str:
    return f"{key[0].isoformat()}.{key[1].hex}"


def read_key(text: str) -> Key | None:
    """The key of `key_text`; None for anything else."""
    day, _dot, row_id = text.partition(".")
    try:
        return date.fromisoformat(day), uuid.UUID(row_id)
    except ValueError:
        return None
