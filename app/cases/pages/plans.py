"""The plan in words: its board, its bar, goals by domain, decisions, and what to do next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.forms.plans import PlanMarks
from app.cases.labels import label_of
from app.cases.models import Case, Plan, PlanActivity
from app.cases.models.plans import UNANSWERED, ActivityState, PlanOutcome, PlanState
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.cases.pages.plan_bar import Share, bar_svg, shares
from app.cases.plan_words import ACTIVITY_STATES, OUTCOMES, PLAN_STATES, PLAN_TONES
from app.cases.queries.plans import (
    DecisionView,
    NeedView,
    PlanFile,
    demanded_domains,
    newest_needs,
    plan_file,
)
from app.cases.services.plan_decisions import gaps_of
from app.core import clock
from app.web.filters import vn_datetime
from app.web.words import _

P = Permission
_TONES = {
    ActivityState.PLANNED: "",
    ActivityState.DOING: "go",
    ActivityState.DONE: "ok",
    ActivityState.NOT_DONE: "",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One activity on the board. `late` and `slow` are words; `url` where it may be updated."""

    number: int
    what: str
    domain: str
    who: str
    period: str
    late: str
    slow: str
    done_on: str
    result: str
    url: str


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    tone: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class GoalGroup:
    """The problems and goals of one domain; `severity` by the newest specific assessment."""

    domain: str
    severity: str
    goals: tuple[str, ...]
    is_missing: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    title: str
    tone: str
    when: str
    by_name: str
    reason: str
    voided: str
    pdf: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: one thing, said in words; `submits` where the button sends the plan."""

    title: str
    text: str
    gaps: tuple[str, ...] = ()
    label: str = ""
    url: str = ""
    submits: bool = False
    edit_url: str = ""
    edit_label: str = ""


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What templates/plans/show.html lays out."""

    cycle: int
    tabs: tuple[tuple[str, str, None, bool], ...]
    state: str
    tone: str
    about: tuple[tuple[str, str], ...]
    step: Step | None
    problems: tuple[tuple[str, str], ...]
    general_goal: str
    goals: tuple[GoalGroup, ...]
    board: tuple[Column, ...]
    svg: Markup | str
    shares: Sequence[Share]
    monitoring: str
    decisions: tuple[DecisionLine, ...]
    prints: str


def show_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    form: PlanMarks,
    cycle: int | None,
    now: datetime,
) -> dict[str, Any]:
    """What the template of the plan needs."""
    sections = sections_of(actor)
    file = plan_file(session, case, sections=sections, cycle=cycle)
    needs = newest_needs(session, case.id, sections=sections)
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "is_locked": Section.PLAN not in sections,
        "page": plan_page(file, needs, actor=actor, case=case, today=clock.local(now).date()),
        "marks": form.marks_of(file.plan.version if file.plan else 0, now),
    }


def plan_page(
    file: PlanFile, needs: Sequence[NeedView], *, actor: Actor, case: Case, today: date
) -> PlanPage:
    plan, activities = file.plan, list(file.plan.activities) if file.plan else []
    may_update = _is_current(file, case) and is_allowed(actor, P.PLAN_EDIT, case)
    found = shares(activities, today) if activities else []
    return PlanPage(
        cycle=file.cycle,
        tabs=tuple(_tabs(file, case)),
        state=str(PLAN_STATES[plan.state]) if plan else _("Chưa có kế hoạch"),
        tone=PLAN_TONES[plan.state] if plan else "",
        about=tuple(about_plan(file)),
        step=_step(file, needs, actor, case),
        problems=tuple(_problems(plan)),
        general_goal=(plan.general_goal if plan else None) or "",
        goals=tuple(_goals(plan, needs)),
        board=tuple(_board(activities, today, is_running=file.is_running, may_update=may_update)),
        svg=bar_svg(found) if found else "",
        shares=found,
        monitoring=(plan.monitoring if plan else None) or "",
        decisions=tuple(decision_line(view, case) for view in file.decisions),
        prints=_form04(actor, case, file) if plan else "",
    )


def _is_current(file: PlanFile, case: Case) -> bool:
    return file.cycle == case.cycle and not case.is_ended


def _tabs(file: PlanFile, case: Case) -> Iterable[tuple[str, str, None, bool]]:
    """The cycles, where there is more than one."""
    known = sorted({*file.cycles, case.cycle})
    if len(known) < 2:
        return
    base = link("plans.show", case_id=case.id)
    for cycle in known:
        url = base if cycle == case.cycle else f"{base}?cycle={cycle}"
        yield _("Chu kỳ %(n)s", n=cycle), url, None, cycle == file.cycle


def about_plan(file: PlanFile) -> Iterable[tuple[str, str]]:
    plan = file.plan
    if plan is None:
        return
    yield _("Người lập"), f"{file.names[plan.drafted_by]}, {vn_datetime(plan.drafted_at)}"
    if plan.edited_at != plan.drafted_at:
        yield _("Sửa lần cuối"), f"{file.names[plan.edited_by]}, {vn_datetime(plan.edited_at)}"
    if plan.submitted_by and plan.submitted_at:
        yield _("Trình"), f"{file.names[plan.submitted_by]}, {vn_datetime(plan.submitted_at)}"
    if plan.review_on:
        yield _("Ngày rà soát"), f"{plan.review_on:%d/%m/%Y}"


def _step(file: PlanFile, needs: Sequence[NeedView], actor: Actor, case: Case) -> Step | None:
    """One thing to do, for the reader who may do it; None where the cycle is over."""
    if not _is_current(file, case) or case.unit_id is None:
        return None
    plan, edit_url = file.plan, ""
    if is_allowed(actor, P.PLAN_EDIT, case):
        edit_url = link("plans.edit", case_id=case.id)
    if plan is None:
        return _first_step(edit_url)
    if plan.state is PlanState.SUBMITTED:
        return _waiting_step(plan, actor, case, edit_url)
    if plan.state is PlanState.APPROVED:
        return Step(
            _("Thực hiện kế hoạch"),
            _("Ghi từng hoạt động khi bắt đầu, khi xong, hoặc vì sao không làm."),
            edit_url=edit_url,
            edit_label=_("Sửa kế hoạch (phải duyệt lại)"),
        )
    return _draft_step(plan, needs, edit_url)


def _first_step(edit_url: str) -> Step:
    text = _("Chu kỳ này chưa có kế hoạch. Trình trong 05 ngày làm việc (Điều 28).")
    return Step(_("Lập kế hoạch"), text, label=_("Lập kế hoạch (Mẫu số 04)"), url=edit_url)


def _waiting_step(plan: Plan, actor: Actor, case: Case, edit_url: str) -> Step:
    if is_allowed(actor, P.PLAN_DECIDE, case) and not plan.is_of(actor.id):
        url = link("plans.decide", case_id=case.id)
        text = _("Xem toàn văn và phần đã thay đổi, rồi phê duyệt hoặc trả lại.")
        return Step(_("Phê duyệt kế hoạch"), text, label=_("Xem và quyết định"), url=url)
    return Step(
        _("Chờ Chủ tịch quyết định"),
        _("Kế hoạch đã trình. Nếu sửa thì phải trình lại."),
        edit_url=edit_url,
        edit_label=_("Sửa kế hoạch (phải trình lại)"),
    )


def _draft_step(plan: Plan, needs: Sequence[NeedView], edit_url: str) -> Step:
    gaps = tuple(str(gap) for gap in gaps_of(plan, demanded_domains(needs)))
    title = _("Sửa và trình lại") if plan.state is PlanState.RETURNED else _("Trình kế hoạch")
    if gaps or not edit_url:
        text = _("Còn thiếu trước khi trình:") if gaps else _("Kế hoạch đang được lập.")
        label = _("Sửa kế hoạch")
        return Step(title, text, gaps, label=label if edit_url else "", url=edit_url)
    return Step(
        title,
        _("Kế hoạch đã đủ nội dung. Chủ tịch Ủy ban nhân dân cấp xã quyết định."),
        submits=True,
        edit_url=edit_url,
        edit_label=_("Sửa kế hoạch"),
    )


def _problems(plan: Plan | None) -> Iterable[tuple[str, str]]:
    for row in plan.problems if plan else ():
        yield label_of("needs", row.domain), row.text or ""


def _goals(plan: Plan | None, needs: Sequence[NeedView]) -> Iterator[GoalGroup]:
    """By domain; a domain that demands a goal stands there without one too."""
    rows = list(plan.goals) if plan else []
    severities = {need.domain: need.severity for need in needs}
    demanded = demanded_domains(needs)
    for domain in dict.fromkeys([*demanded, *(row.domain for row in rows)]):
        texts = tuple(row.text or "" for row in rows if row.domain == domain)
        level = severities.get(domain)
        yield GoalGroup(
            domain=label_of("needs", domain),
            severity=label_of("ratings", level.value) if level else "",
            goals=texts,
            is_missing=not texts,
        )


def _board(
    activities: Sequence[PlanActivity], today: date, *, is_running: bool, may_update: bool
) -> Iterable[Column]:
    """A column for each state; nothing is late before the plan was ever approved."""
    if not activities:
        return
    day = today if is_running else None
    for state, words in ACTIVITY_STATES.items():
        cards = tuple(
            _card(row, day, is_open=may_update and is_running)
            for row in activities
            if row.state is state
        )
        yield Column(str(words), _TONES[state], cards)


def _card(row: PlanActivity, today: date | None, *, is_open: bool) -> Card:
    is_late = today is not None and row.state in UNANSWERED and row.ends_on < today
    is_slow = (
        today is not None
        and not is_late
        and row.state is ActivityState.PLANNED
        and row.starts_on < today
    )
    url = link("plans.activity", case_id=row.case_id, activity_id=row.id) if is_open else ""
    return Card(
        number=row.position,
        what=row.what or "",
        domain=label_of("needs", row.domain),
        who=responsible_of(row),
        period=f"{row.starts_on:%d/%m/%Y} – {row.ends_on:%d/%m/%Y}",
        late=_("quá hạn %(n)s ngày", n=(today - row.ends_on).days) if today and is_late else "",
        slow=_("đáng lẽ đã bắt đầu") if is_slow else "",
        done_on=f"{row.done_on:%d/%m/%Y}" if row.done_on else "",
        result=row.result or "",
        url=url,
    )


def responsible_of(row: PlanActivity) -> str:
    """The unit, the words, or both."""
    unit = row.responsible_unit.name if row.responsible_unit else ""
    return "; ".join(part for part in (unit, row.responsible or "") if part)


def decision_line(view: DecisionView, case: Case) -> DecisionLine:
    row, is_approved = view.row, view.row.outcome is PlanOutcome.APPROVED
    title = str(OUTCOMES[row.outcome])
    voided = ""
    if row.voided_at:
        voided = _(
            "Mất hiệu lực: %(name)s sửa kế hoạch, %(when)s",
            name=view.voided_name or "",
            when=vn_datetime(row.voided_at),
        )
    return DecisionLine(
        title=f"{title}: {row.number}" if row.number else title,
        tone=("locked" if voided else "ok") if is_approved else "danger",
        when=vn_datetime(row.decided_at),
        by_name=view.by_name,
        reason=row.reason or "",
        voided=voided,
        pdf=link("plans.form05", case_id=case.id, decision_id=row.id) if is_approved else "",
    )


def _form04(actor: Actor, case: Case, file: PlanFile) -> str:
    if not is_allowed(actor, P.DOCUMENT_PRINT, case):
        return ""
    url = link("plans.form04", case_id=case.id)
    return url if file.cycle == case.cycle else f"{url}?cycle={file.cycle}"
