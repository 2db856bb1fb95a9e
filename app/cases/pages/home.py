"""The home pages in words."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.enums import CaseState
from app.cases.labels import label_of, lowering_words
from app.cases.models.care import CareState, SeparationState
from app.cases.pages import clocks as clock_words
from app.cases.pages.clocks import EMERGENCY, Chip
from app.cases.pages.links import link
from app.cases.pages.list_filters import commune_label
from app.cases.pages.visits import visit_chip
from app.cases.queries.assessment import PendingOverride
from app.cases.queries.care_home import OpenPlacement, OpenSeparation
from app.cases.queries.home import Load, TodayCase, Urgency, urgency
from app.cases.queries.measures import EndingMeasure
from app.cases.queries.moves import TRANSFER
from app.cases.queries.pending import CLOSING, PLAN, Asked, Pending
from app.deadlines.queries import ClockCount, ExtensionView
from app.web.filters import remaining, vn_datetime
from app.web.words import _, _l

TODAY_ROWS = 7
LOADS_SHOWN = 10
VISIT = "follow_up.new"


@dataclass(frozen=True, slots=True)
class Todo:
    """One row of Today: what, why, how long is left, one action. `rank` sorts it among others."""

    case_id: uuid.UUID
    rank: Urgency
    what: str
    url: str
    why: str
    chip: Chip | None
    action: str
    action_url: str
    is_in_danger: bool = False
    later_url: str = ""  # where one says why it cannot be done now


@dataclass(frozen=True, slots=True)
class More:
    """What an upper package adds to Today: its first rows, and how many it has in all."""

    rows: Sequence[Todo]
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that waits; `when` it was asked for, "" where `why` says the time."""

    what: str
    why: str
    when: str
    url: str
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Tile:
    value: int
    label: str
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class LoadLine:
    commune: str
    cases: int
    weight: int
    unassigned: int
    url: str


def todos(
    cases: Sequence[TodayCase], more: Iterable[More], *, actor: Actor, now: datetime
) -> tuple[list[Todo], int]:
    """(at most seven rows, how many more wait): of cases, and what upper packages add, by how long
    is left."""
    found = list(more)
    rows = [_todo(one, actor, now) for one in cases[:TODAY_ROWS]]
    rows += [row for part in found for row in part.rows]
    shown = sorted(rows, key=lambda row: row.rank)[:TODAY_ROWS]
    return shown, len(cases) + sum(part.total for part in found) - len(shown)


def _todo(one: TodayCase, actor: Actor, now: datetime) -> Todo:
    """One row; whoever may not do what the law asks gets the file to follow it."""
    why, action, endpoint = _ask(one)
    chip = _chip(one, endpoint, now)
    url = link("cases.show", case_id=one.id)
    if endpoint and not has_permission(actor, _NEEDS[endpoint]):
        action, endpoint = _OPEN, ""
    return Todo(
        case_id=one.id,
        rank=urgency(one, now=now),
        what=one.name or _("Chưa rõ tên"),
        url=url,
        why=f"{one.number}: {why}",
        chip=chip,
        action=str(action),
        action_url=(link(endpoint, case_id=one.id) if endpoint else "") or url,
        is_in_danger=clock_words.is_in_danger(one.reported_danger, one.clocks),
        later_url=link("case_reminders.index", case_id=one.id),
    )


_OPEN = _l("Mở hồ sơ")
_NEEDS = {
    "verification.new": Permission.CASE_VERIFY,
    "assessment.new": Permission.CASE_ASSESS,
    "measures.new": Permission.MEASURE_RECORD,
    VISIT: Permission.VISIT_RECORD,
}


def _chip(one: TodayCase, endpoint: str, now: datetime) -> Chip | None:
    """How long is left for what the row asks."""
    if endpoint == VISIT and one.visit_at is not None:
        return visit_chip(one.visit_at, now)
    return clock_words.chip(one.clock, now) if one.clock else None


def _ask(one: TodayCase) -> tuple[LazyString, LazyString, str]:
    """(why, what to press, which page does it): the first thing the law asks of this case."""
    is_emergency_open = one.clock is not None and one.clock.rule_key == EMERGENCY
    if one.is_new:
        return _l("tin báo mới, chưa ai mở"), _OPEN, ""
    if one.state is CaseState.RECEIVED:
        return _l("cần xác minh tin báo"), _l("Xác minh"), "verification.new"
    if not one.is_assessed:
        return _l("cần đánh giá nguy cơ (Mẫu số 02)"), _l("Đánh giá"), "assessment.new"
    if is_emergency_open and one.is_emergency:
        return _l("khẩn cấp, cần có biện pháp"), _l("Ghi biện pháp"), "measures.new"
    if is_emergency_open:
        return _l("cần biện pháp hoặc quyết định không cần"), _l("Quyết định"), "measures.new"
    if one.visit_at is not None and _is_before_clock(one):
        return _l("đến lúc thăm trẻ em"), _l("Ghi lần thăm"), VISIT
    return _l("đến bước tiếp theo của kế hoạch"), _OPEN, ""


def _is_before_clock(one: TodayCase) -> bool:
    if one.clock is None or one.visit_at is None:
        return True
    return one.visit_at <= one.clock.effective_due_at


def overrides(pending: Iterable[PendingOverride], actor_id: uuid.UUID) -> list[Waiting]:
    """Lowered levels that wait for the second signature."""
    return [
        Waiting(
            what=_("Chữ ký thứ hai: %(number)s", number=one.number),
            why=_(
                "%(who)s đề nghị hạ mức: %(change)s",
                who=one.by_name,
                change=lowering_words(one.held_level.value, one.wanted_level.value),
            ),
            when=vn_datetime(one.asked_at),
            url=link(
                "assessment.decide_override", case_id=one.case_id, assessment_id=one.assessment_id
            ),
            may_decide=one.by_id != actor_id,
        )
        for one in pending
    ]


def signatures(rows: Iterable[Pending], actor_id: uuid.UUID, kinds: Sequence[str]) -> list[Waiting]:
    """What was asked for, of these kinds."""
    return [_signature(one, actor_id) for one in rows if one.kind in kinds]


def _signature(one: Pending, actor_id: uuid.UUID) -> Waiting:
    what, why, url = SIGNATURES[one.kind](one)
    return Waiting(what, why, vn_datetime(one.at), url, may_decide=actor_id not in one.barred)


def _transfer(one: Pending) -> tuple[str, str, str]:
    return (
        _("Hồ sơ chuyển đến: %(number)s", number=one.number),
        _("%(unit)s đề nghị đơn vị bạn nhận", unit=one.by_name),
        link("moves.answer", offered_id=one.id),
    )


def _closing(one: Pending) -> tuple[str, str, str]:
    return (
        _("Đóng hồ sơ: %(number)s", number=one.number),
        _("%(who)s rà soát và đề nghị đóng", who=one.by_name),
        link("reviews.decide", case_id=one.case_id),
    )


def _plan(one: Pending) -> tuple[str, str, str]:
    return (
        _("Kế hoạch: %(number)s", number=one.number),
        _("%(who)s trình kế hoạch hỗ trợ, can thiệp", who=one.by_name)
        if one.cycle == 1
        else _("%(who)s trình kế hoạch của chu kỳ %(n)s", who=one.by_name, n=one.cycle),
        link("plans.decide", case_id=one.case_id),
    )


# (what, why, where it is decided) by kind of queries/pending; upper packages add theirs
SIGNATURES: dict[str, Callable[[Pending], tuple[str, str, str]]] = {
    TRANSFER: _transfer,
    CLOSING: _closing,
    PLAN: _plan,
}


# what upper packages ask of a supervisor, in words, by kind of queries/pending ASKED
ASKED_WORDS: dict[str, Callable[[Asked, Actor], Waiting]] = {}


def asked(rows: Iterable[Asked], actor: Actor) -> list[Waiting]:
    return [ASKED_WORDS[one.kind](one, actor) for one in rows]


def extensions(pending: Iterable[ExtensionView], actor_id: uuid.UUID) -> list[Waiting]:
    """Requests for more time."""
    return [
        Waiting(
            what=_("Gia hạn: %(number)s", number=one.subject_label),
            why=_(
                "%(who)s xin thêm thời gian cho: %(step)s, đến %(until)s",
                who=one.asked_by_name,
                step=str(one.rule.short).lower(),
                until=vn_datetime(one.until),
            ),
            when=vn_datetime(one.asked_at),
            url=link("extensions.decide", case_id=one.subject_id, extension_id=one.id),
            may_decide=one.asked_by != actor_id,
        )
        for one in pending
    ]


def ending(measures: Iterable[EndingMeasure], now: datetime) -> list[Waiting]:
    """Measures about to end."""
    return [
        Waiting(
            what=label_of("safety_measures", one.kind) if one.kind else one.number,
            why=one.number,
            when=remaining(one.ends_at, now) if one.ends_at else "",
            url=link("cases.show", case_id=one.case_id),
            may_decide=False,
        )
        for one in measures
    ]


def care_proposals(
    separations: Iterable[OpenSeparation], placements: Iterable[OpenPlacement], actor_id: uuid.UUID
) -> list[Waiting]:
    """Separations, then substitute cares, that wait for the Chair's decision."""
    asked: list[tuple[str, str, OpenSeparation | OpenPlacement]] = [
        (_("Tạm thời cách ly: %(number)s", number=one.number), _decide_url(one), one)
        for one in separations
        if one.state is SeparationState.PROPOSED
    ]
    asked += [
        (_("Chăm sóc thay thế: %(number)s", number=two.number), _decide_url(two), two)
        for two in placements
        if two.state is CareState.PROPOSED
    ]
    return [
        Waiting(
            what=what,
            why=_("%(who)s đề nghị", who=one.drafted_name),
            when=vn_datetime(one.drafted_at),
            url=url,
            may_decide=one.drafted_by != actor_id,
        )
        for what, url, one in asked
    ]


def _decide_url(one: OpenSeparation | OpenPlacement) -> str:
    if isinstance(one, OpenSeparation):
        return link("care.decide_separation", case_id=one.case_id, separation_id=one.id)
    return link("care.decide_placement", case_id=one.case_id, placement_id=one.id)


def care_ending(
    separations: Iterable[OpenSeparation], placements: Iterable[OpenPlacement], now: datetime
) -> list[Waiting]:
    """Separations about to end or past their end, and hand-overs that wait, by what is due."""
    due: list[tuple[datetime, str, OpenSeparation | OpenPlacement]] = [
        (one.ends_at, _("Tạm thời cách ly"), one)
        for one in separations
        if one.state is SeparationState.DECIDED
    ]
    due += [
        (two.handover_due_at, _("Chờ giao, nhận trẻ em"), two)
        for two in placements
        if two.state is CareState.DECIDED and two.handover_due_at
    ]
    return [
        Waiting(
            what=what,
            why=one.number,
            when=remaining(moment, now),
            url=link("care.index", case_id=one.case_id),
            may_decide=False,
        )
        for moment, what, one in sorted(due, key=lambda row: row[0])
    ]


def clock_tiles(counts: Sequence[ClockCount]) -> list[Tile]:
    """The figures of the clocks; each opens its list, zero is shown."""
    missed = sum(count.missed for count in counts)
    soon = sum(count.due_soon for count in counts)
    return [
        Tile(missed, _("thời hạn đã quá"), _clocks_url("missed"), "danger" if missed else "ok"),
        Tile(soon, _("hết hạn trong 24 giờ"), _clocks_url("soon"), "warn" if soon else "ok"),
    ]


def supervisor_tiles(
    counts: Sequence[ClockCount],
    loads: Sequence[Load],
    reports: Sequence[object],
    decisions: Sequence[Waiting],
) -> list[Tile]:
    """What a supervisor looks at first."""
    own = sum(one.may_decide for one in decisions)
    return [
        *clock_tiles(counts),
        unassigned_tile(loads),
        Tile(len(reports), _("tin báo đang chờ"), "#reports", "warn" if reports else "ok"),
        Tile(own, _("việc chờ quyết định"), "#decisions", "warn" if own else "ok"),
    ]


def load_lines(loads: Sequence[Load]) -> list[LoadLine]:
    base = link("cases.index")
    return [
        LoadLine(
            commune=commune_label(load.commune_code) or _("Chưa chuyển về xã, phường"),
            cases=load.cases,
            weight=load.weight,
            unassigned=load.unassigned,
            url=f"{base}?commune={load.commune_code}" if load.commune_code else base,
        )
        for load in loads[:LOADS_SHOWN]
    ]


def unassigned_tile(loads: Iterable[Load]) -> Tile:
    count = sum(load.unassigned for load in loads)
    url = f"{link('cases.index')}?who=unassigned"
    return Tile(count, _("hồ sơ chưa có người phụ trách"), url, "warn" if count else "ok")


def _clocks_url(state: str) -> str:
    return f"{link('cases.clocks')}?state={state}"
