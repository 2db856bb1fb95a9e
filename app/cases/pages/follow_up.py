"""Following a child up, in words: planned and done visits in one list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask_babel import LazyString
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.follow_ups import Safety, VisitState
from app.cases.pages.clocks import Chip
from app.cases.pages.links import key_text, link
from app.cases.pages.next_step import Action
from app.cases.pages.visits import days_late, left_words, visit_chip
from app.cases.queries import follow_up as queries
from app.cases.queries.follow_up import PAGE, DoneView, Key, PlannedView, RulesInForce
from app.cases.services.follow_up import level_of
from app.core import clock
from app.reference.library import code_list
from app.web.filters import vn_date, vn_datetime
from app.web.words import _, _l

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAFETY = {Safety.SAFE: "ok", Safety.UNSAFE: "danger", Safety.UNCLEAR: "warn"}
_PLANNED: Mapping[VisitState, tuple[str, LazyString]] = {
    VisitState.PLANNED: ("go", _l("Sắp đến")),
    VisitState.MISSED: ("danger", _l("Đã lỡ, chưa ai gặp trẻ em")),
    VisitState.MOVED: ("", _l("Đã đổi lịch")),
    VisitState.VOID: ("", _l("Hồ sơ đã kết thúc trước ngày này")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a follow-up that was done, or a visit that nobody made (`is_missed` or not yet)."""

    key: Key
    title: str
    tone: str
    state: str
    details: tuple[str, ...]
    words: tuple[str, ...] = ()
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    is_open: bool  # may the reader see the section at all
    chip: Chip | None
    rule: str
    lines: Sequence[Line]
    older: str
    is_first: bool
    new_url: str
    alarm: str  # the child was not safe the last time
    actions: tuple[Action, ...]


def follow_up_page(
    session: Session, case: Case, *, actor: Actor, now: datetime, before: Key | None
) -> FollowUpPage:
    """Four statements."""
    sections = sections_of(actor)
    may = not case.is_ended and is_allowed(actor, Permission.VISIT_RECORD, case)
    lines = _lines(session, case, sections, before, now)
    newest = queries.newest_safety(session, case, sections=sections)
    is_unsafe = newest is not None and newest[0] is Safety.UNSAFE and not case.is_ended
    is_due = case.next_visit_at is not None and not case.is_ended
    rules = queries.rules_in_force(session, clock.local(now).date())
    return FollowUpPage(
        is_open=Section.PLAN in sections,
        chip=visit_chip(case.next_visit_at, now) if is_due and case.next_visit_at else None,
        rule=rule_words(case, rules),
        lines=lines[:PAGE],
        older=_older(case, lines),
        is_first=before is None,
        new_url=link("follow_up.new", case_id=case.id) if may else "",
        alarm=vn_datetime(newest[1]) if is_unsafe and newest else "",
        actions=tuple(unsafe_actions(case, actor)) if is_unsafe else (),
    )


def rule_words(case: Case, rules: RulesInForce) -> str:
    """How often the rules ask to see this child."""
    rule = rules.levels[level_of(case)]
    return _(
        "%(level)s: lần đầu trong %(first)s ngày, sau đó mỗi %(every)s ngày một lần.",
        level=label_of("risk_levels", level_of(case).value),
        first=rule.first_days,
        every=rule.every_days,
    )


def unsafe_actions(case: Case, actor: Actor) -> Iterable[Action]:
    """What the law asks when a child is not safe, as far as this reader may do it."""
    if is_allowed(actor, Permission.CASE_ASSESS, case):
        url = link("assessment.new", case_id=case.id)
        yield Action(_("Đánh giá lại nguy cơ (Mẫu số 02)"), url)
    if is_allowed(actor, Permission.MEASURE_RECORD, case):
        yield Action(_("Ghi biện pháp khẩn cấp"), link("measures.new", case_id=case.id))


def unsafe_notice(case: Case, actor: Actor) -> Markup:
    """For the notice after an answer "not safe"."""
    links = Markup(" · ").join(
        Markup('<a href="{}">{}</a>').format(action.url, action.label)
        for action in unsafe_actions(case, actor)
    )
    words = _(
        "Trẻ em không an toàn. Luật yêu cầu đánh giá lại nguy cơ ngay, và biện pháp khẩn cấp trong"
        " 12 giờ khi trẻ em có nguy cơ bị tổn hại (Nghị định 56/2017/NĐ-CP, Điều 26, 31)."
    )
    return Markup("{} {}").format(words, links)


def _lines(
    session: Session, case: Case, sections: frozenset[Section], before: Key | None, now: datetime
) -> list[Line]:
    """One page of both kinds, the newest first; one more where there are older ones."""
    wanted = {"sections": sections, "before": before}
    done = queries.done_follow_ups(session, case.id, **wanted)  # type: ignore[arg-type]
    planned = queries.unanswered_visits(session, case.id, **wanted)  # type: ignore[arg-type]
    until = case.ended_at or now
    found = [_done(view) for view in done]
    found += [_planned(view, is_ended=case.is_ended, until=until, now=now) for view in planned]
    return sorted(found, key=lambda line: line.key, reverse=True)[: PAGE + 1]


def _done(view: DoneView) -> Line:
    details = [vn_datetime(view.happened_at), view.by_name]
    seen = _("đã gặp trẻ em") if view.is_child_seen else _("không gặp trực tiếp trẻ em")
    details.append(seen)
    if view.planned_for is not None:
        details.append(_answered(view.planned_for, view.happened_at))
    if view.next_on is not None:
        details.append(_("hẹn lần tới %(day)s", day=vn_date(view.next_on)))
    return Line(
        key=view.key,
        title=_short("follow_up_kinds", view.kind.value),
        tone=_SAFETY[view.safety],
        state=label_of("child_safety", view.safety.value),
        details=tuple(details),
        words=tuple(filter(None, (view.safety_words, view.note))),
    )


def _answered(due: datetime, done: datetime) -> str:
    late = days_late(due, done)
    if late:
        return _("hạn %(day)s, muộn %(n)s ngày", day=vn_date(due), n=late)
    return _("hạn %(day)s, đúng hạn", day=vn_date(due))


def _planned(view: PlannedView, *, is_ended: bool, until: datetime, now: datetime) -> Line:
    state = view.state(until)
    if state is VisitState.PLANNED and is_ended:
        state = VisitState.VOID
    tone, words = _PLANNED[state]
    details = [_("hạn %(day)s", day=vn_date(view.due_at))]
    if state is VisitState.MISSED:
        details.append(_("trễ %(n)s ngày", n=days_late(view.due_at, until)))
    elif state is VisitState.PLANNED:
        details.append(left_words(view.due_at, now))
    details.append(label_of("risk_levels", view.level.value))
    return Line(
        key=view.key,
        title=_("Thăm trẻ em theo kế hoạch"),
        tone=tone,
        state=str(words),
        details=tuple(details),
        is_missed=state is VisitState.MISSED,
    )


def _short(codes: str, code: str) -> str:
    known = code_list(codes).by_code.get(code)
    return str(known.short or known.label) if known else code


def _older(case: Case, lines: Sequence[Line]) -> str:
    if len(lines) <= PAGE:
        return ""
    moment, row_id = lines[PAGE - 1].key
    return f"{link('follow_up.index', case_id=case.id)}?before={key_text(moment, row_id)}"


def read_key(text: str) -> Key | None:
    """The key of links.key_text; None for anything else."""
    micros, _dot, row_id = text.partition(".")
    if not (micros.isascii() and micros.isdigit() and len(micros) < 18):
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), UUID(row_id)
    except (ValueError, OverflowError):
        return None
