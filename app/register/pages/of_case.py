"""The groups of one child over time, in words."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed, sections_of
from app.cases.enums import CaseState
from app.cases.groups import opens_all
from app.cases.models import Case
from app.cases.pages.links import link
from app.cases.pages.next_step import Action
from app.core import clock
from app.register.groups import label
from app.register.queries.of_case import (
    MembershipView,
    ReviewView,
    memberships_of,
    reported_groups,
    reviews_of,
)
from app.register.rules import doubts
from app.register.words import FIELDS, text_of
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Review:
    year: int
    verdict: str
    tone: str
    rows: Sequence[tuple[str, str]]
    foot: str


@dataclass(frozen=True, slots=True)
class Card:
    """One membership. `due_year` is set while its yearly review waits."""

    title: str
    span: str
    is_running: bool
    rows: Sequence[tuple[str, str]]
    doubts: Sequence[str]
    due_year: int | None
    primary: Action | None
    actions: Sequence[Action]
    reviews: Sequence[Review]
    elsewhere: Action | None


@dataclass(frozen=True, slots=True)
class CircumstancesPage:
    cards: Sequence[Card]
    reported: Sequence[tuple[str, str]]  # (label, the address that records it or "")
    record_url: str
    is_partial: bool


def circumstances_page(
    session: Session, *, actor: Actor, case: Case, now: datetime
) -> CircumstancesPage:
    """Three statements: the memberships, their reviews, the groups of the report."""
    sections, known = sections_of(actor), memberships_of(session, actor, case)
    by_membership: dict[uuid.UUID, list[ReviewView]] = {}
    for review in reviews_of(session, known):
        by_membership.setdefault(review.membership_id, []).append(review)
    reported = reported_groups(session, case, sections=sections)
    may_edit = is_allowed(actor, Permission.REGISTER_EDIT, case) and _is_kept(case)
    return CircumstancesPage(
        cards=[
            _card(one, by_membership.get(one.id, ()), case, may_edit=may_edit, now=now)
            for one in known
        ],
        reported=list(_reported(reported, known, case, may_edit=may_edit)),
        record_url=link("register.record", case_id=case.id) if may_edit else "",
        is_partial=not opens_all(sections),
    )


def _is_kept(case: Case) -> bool:
    """As services/checks.py, require_register."""
    return case.unit_id is not None and (not case.is_ended or case.state is CaseState.CLOSED)


def _reported(
    groups: Sequence[str], known: Sequence[MembershipView], case: Case, *, may_edit: bool
) -> Iterable[tuple[str, str]]:
    """The groups of the report that nobody recorded; by their number, for an address names none."""
    recorded = {one.group_code for one in known}
    for number, code in enumerate(groups):
        if code.partition(".")[0] not in recorded:
            url = link("register.record", case_id=case.id, reported=str(number))
            yield label(code), url if may_edit else ""


def _card(
    one: MembershipView,
    reviews: Sequence[ReviewView],
    case: Case,
    *,
    may_edit: bool,
    now: datetime,
) -> Card:
    today, is_here = clock.local(now).date(), one.case_id == case.id
    is_due = one.until is None and all(review.year != today.year for review in reviews)
    actions = list(_actions(one, case, is_due=is_due)) if may_edit and is_here else []
    elsewhere = _("Ghi trong hồ sơ %(number)s", number=one.case_number)
    url = link("register.of_case", case_id=one.case_id)
    return Card(
        title=label(one.group_code, one.sub_code),
        span=_span(one),
        is_running=one.until is None,
        rows=list(_rows(one)),
        doubts=[str(doubt) for doubt in doubts(one, today)] if one.until is None else [],
        due_year=today.year if is_due else None,
        primary=actions[0] if actions and is_due else None,
        actions=actions[1:] if is_due else actions,
        reviews=[_review(review) for review in reviews],
        elsewhere=None if is_here else Action(elsewhere, url),
    )


def _span(one: MembershipView) -> str:
    since = vn_date(one.since)
    if one.until is None:
        return _("Từ %(since)s đến nay", since=since)
    if one.until == one.since:
        return _("Ghi nhầm, không tính vào ngày nào")
    return _("Từ %(since)s, ra khỏi nhóm từ %(until)s", since=since, until=vn_date(one.until))


def _rows(one: MembershipView) -> Iterable[tuple[str, str]]:
    values: Mapping[str, str] = {
        "poverty": text_of("household_poverty", one.poverty),
        "evidence_kind": text_of("evidence_kinds", one.evidence_kind),
        "evidence_number": one.evidence_number or "",
        "issuer": one.issuer or "",
        "issued_on": vn_date(one.issued_on),
        "expires_on": vn_date(one.expires_on),
    }
    for name, value in values.items():
        if value:
            yield str(FIELDS[name]), value
    yield _("Người ghi"), f"{one.recorded_by}, {vn_date(one.recorded_at)}"
    if one.end_reason:
        yield _("Lý do ra khỏi nhóm"), text_of("group_end_reasons", one.end_reason)
        yield _("Người ghi ra khỏi nhóm"), one.ended_by or ""
    if one.end_note:
        yield _("Ghi rõ thêm"), one.end_note


def _actions(one: MembershipView, case: Case, *, is_due: bool) -> Iterable[Action]:
    ids = {"case_id": case.id, "membership_id": one.id}
    if is_due:
        yield Action(_("Rà soát năm nay"), link("register.review", **ids))
    yield Action(_("Sửa"), link("register.correct", **ids))
    if one.until is None:
        yield Action(_("Ra khỏi nhóm"), link("register.end", **ids))


def _review(review: ReviewView) -> Review:
    return Review(
        year=review.year,
        verdict=_("Còn thuộc nhóm") if review.is_still_in else _("Không còn thuộc nhóm"),
        tone="ok" if review.is_still_in else "",
        rows=list(_review_rows(review)),
        foot=f"{review.by_name}, {vn_date(review.happened_at)}",
    )


def _review_rows(review: ReviewView) -> Iterable[tuple[str, str]]:
    yield str(FIELDS["poverty"]), text_of("household_poverty", review.poverty)
    if review.has_changed:
        yield _("Hoàn cảnh"), _("có thay đổi")
    if review.needs:
        yield _("Cần hỗ trợ"), "; ".join(text_of("needs", code) for code in review.needs)
    if review.words:
        yield _("Tình hình"), review.words
