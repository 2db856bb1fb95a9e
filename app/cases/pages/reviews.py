"""Reviews in words: what each found, what stands in the way of closing, the chain of episodes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.closing import obstacles
from app.cases.enums import CaseState, RiskLevel
from app.cases.forms.reviews import ClosingForm, ReviewForm
from app.cases.labels import STATES, label_of
from app.cases.models import Case
from app.cases.models.plans import ActivityState
from app.cases.models.reviews import ClosingState
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.cases.pages.next_step import Action
from app.cases.queries.changes import changes_since
from app.cases.queries.reviews import (
    Episode,
    ReviewView,
    asked_closing,
    checks_of,
    episodes_of,
    plan_progress,
    reviews_of,
)
from app.cases.reviewing import FORM, find
from app.cases.scoring import UnratedItems
from app.cases.services.assessment import counts_of
from app.cases.services.reviews import REVIEWABLE
from app.core import clock
from app.reference.form_definition import FormDefinition
from app.reference.library import form_definition
from app.web.words import _l

P = Permission
_JUST_AFTER = timedelta(microseconds=1)
CLOSING: Mapping[ClosingState, tuple[LazyString, str]] = {
    ClosingState.PENDING: (_l("chờ Chủ tịch quyết định"), "warn"),
    ClosingState.AGREED: (_l("Chủ tịch đã đồng ý đóng"), "ok"),
    ClosingState.REFUSED: (_l("Chủ tịch chưa đồng ý đóng"), "danger"),
    ClosingState.REPLACED: (_l("đã có lần rà soát mới hơn"), ""),
}
ACTIVITIES: Mapping[ActivityState, LazyString] = {
    ActivityState.DONE: _l("đã xong"),
    ActivityState.NOT_DONE: _l("không làm, đã nêu lý do"),
    ActivityState.DOING: _l("đang làm"),
    ActivityState.PLANNED: _l("chưa làm"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What follows from the form as far as filled in; `missing` answers still wait."""

    missing: int = 0
    counts: dict[str, dict[str, int]] | None = None
    level: RiskLevel | None = None
    reasons: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()

    @property
    def may_close(self) -> bool:
        return not (self.missing or self.risks or self.unstable)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One item with the texts of the version it was answered with."""

    group: str
    label: str
    rating: str
    text: str


@dataclass(frozen=True, slots=True)
class StateLine:
    """One factor. `is_locked`: the words are in a section that the reader does not open."""

    label: str
    state: str
    is_stable: bool
    words: str | None
    is_locked: bool


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One review as it was made; old versions of the form keep their own texts."""

    view: ReviewView
    lines: tuple[RatedLine, ...]
    states: tuple[StateLine, ...]
    proposal: str
    closing: str
    tone: str
    paper_url: str


@dataclass(frozen=True, slots=True)
class GateLine:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class EpisodeLine:
    number: str
    url: str
    state: str
    opened_at: datetime
    ended_at: datetime | None
    is_here: bool


def index_page(session: Session, *, actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    """What the template of all reviews needs."""
    sections = sections_of(actor)
    found = reviews_of(session, case.id, sections=sections)
    episodes = episodes_of(session, actor, case)
    is_closed = case.state is CaseState.CLOSED
    is_last = not episodes or episodes[-1].id == case.id
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "records": [review_record(view, case, actor) for view in found],
        "gate": gate(session, case) if case.state in REVIEWABLE else (),
        "asks": case.state in REVIEWABLE,
        "episodes": _episodes(episodes, case) if len(episodes) > 1 else (),
        "is_closed": is_closed,
        "checks": checks_of(session, case.id, sections=sections) if is_closed else (),
        "is_due": _is_due(case, clock.local(now).date()),
        "reopen_url": link("reviews.reopen", case_id=case.id)
        if is_closed and is_last and is_allowed(actor, P.CASE_REOPEN, case)
        else "",
        "actions": tuple(_actions(case, actor, found, is_last=is_last)),
    }


def new_page(
    session: Session, *, actor: Actor, case: Case, form: ReviewForm, now: datetime
) -> dict[str, Any]:
    """What the template of Mẫu số 06 needs."""
    found = reviews_of(session, case.id, sections=sections_of(actor))
    waiting = asked_closing(found)
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "definition": form.definition,
        "marks": form.marks(case, now),
        "result": result_of(form),
        "gate": gate(session, case),
        "replaces": waiting is not None and waiting.closing_state is ClosingState.PENDING,
    }


def decide_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    view: ReviewView,
    form: ClosingForm,
    now: datetime,
) -> dict[str, Any]:
    """What the template of the Chair's answer needs."""
    sections = sections_of(actor)
    after = view.typed_at + _JUST_AFTER
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "record": review_record(view, case, actor),
        "marks": form.marks(case, now),
        "gate": gate(session, case) if not case.is_ended else (),
        "progress": _progress(session, case, sections),
        "since": changes_since(session, case.id, since=after, sections=sections),
        "is_own": view.by_id == actor.id,
        "is_pending": view.closing_state is ClosingState.PENDING,
    }


def gate(session: Session, case: Case) -> tuple[GateLine, ...]:
    """Everything still open, each with the page where it is finished."""
    return tuple(
        GateLine(
            str(one.text),
            link(
                one.endpoint,
                case_id=case.id,
                **({one.variable: one.subject_id} if one.variable and one.subject_id else {}),
            ),
        )
        for one in obstacles(session, case)
    )


def result_of(form: ReviewForm) -> Result:
    """The totals and what the law allows, as the form stands now."""
    definition = form.definition
    try:
        finding = find(definition, form.answers(), form.states())
    except UnratedItems as error:
        return Result(missing=len(error.codes))
    return Result(
        counts=counts_of(finding.score),
        level=finding.score.level,
        reasons=tuple(label_of("score_reasons", code) for code in finding.score.reasons),
        risks=tuple(str(i.label) for i in definition.items if i.code in finding.risks),
        unstable=tuple(str(s.label) for s in definition.states if s.code in finding.unstable),
    )


def review_record(view: ReviewView, case: Case, actor: Actor) -> ReviewRecord:
    form = form_definition(FORM, version=view.form_version)
    closing, tone = CLOSING[view.closing_state] if view.closing_state else ("", "")
    may_print = is_allowed(actor, P.DOCUMENT_PRINT, case)
    return ReviewRecord(
        view=view,
        lines=tuple(_lines(form, view.answers)),
        states=tuple(_states(form, view)),
        proposal=label_of("review_proposals", view.proposal.value),
        closing=str(closing),
        tone=tone,
        paper_url=link("reviews.form06", case_id=case.id, review_id=view.id) if may_print else "",
    )


def _lines(form: FormDefinition, answers: Mapping[str, str]) -> Iterable[RatedLine]:
    for item in form.items:
        if item.code in answers:
            rating = answers[item.code]
            text = str(getattr(item.levels, rating))
            yield RatedLine(item.group, str(item.label), label_of("ratings", rating), text)


def _states(form: FormDefinition, view: ReviewView) -> Iterable[StateLine]:
    stable = form.closing.states if form.closing else ()
    for state in form.states:
        said = view.states.get(state.code, "")
        yield StateLine(
            label=str(state.label),
            state=label_of("stability", said),
            is_stable=said in stable,
            words=view.words.get(state.code),
            is_locked=state.code not in view.words,
        )


def _progress(
    session: Session, case: Case, sections: frozenset[Section]
) -> tuple[int, list[tuple[str, int]]] | None:
    """(how many activities, how many in each state); None for a closed section."""
    if Section.PLAN not in sections:
        return None
    counts = plan_progress(session, case)
    return sum(counts.values()), [(str(label), counts[s]) for s, label in ACTIVITIES.items()]


def _episodes(chain: Sequence[Episode], case: Case) -> tuple[EpisodeLine, ...]:
    return tuple(
        EpisodeLine(
            number=one.number,
            url=link("reviews.index", case_id=one.id),
            state=str(STATES[one.state]),
            opened_at=one.opened_at,
            ended_at=one.ended_at,
            is_here=one.id == case.id,
        )
        for one in chain
    )


def _is_due(case: Case, today: date) -> bool:
    return case.check_on is not None and case.check_on <= today


def _actions(
    case: Case, actor: Actor, found: Sequence[ReviewView], *, is_last: bool
) -> Iterable[Action]:
    """What this reader may do now, the main thing first."""
    waiting = any(view.closing_state is ClosingState.PENDING for view in found)
    wanted: list[tuple[bool, P, LazyString, str]] = [
        (waiting, P.CLOSE_DECIDE, _l("Xem và quyết định"), "reviews.decide"),
        (case.state in REVIEWABLE, P.REVIEW_RECORD, _l("Rà soát (Mẫu số 06)"), "reviews.new"),
    ]
    if case.state is CaseState.CLOSED:
        wanted = [
            (is_last, P.REVIEW_RECORD, _l("Ghi lần kiểm tra lại"), "reviews.check"),
        ]
    for is_asked, permission, label, endpoint in wanted:
        if is_asked and is_allowed(actor, permission, case):
            yield Action(str(label), link(endpoint, case_id=case.id))
