"""The referrals of one case: each with its state, the other side's clock and what came of it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.core import clock
from app.referrals.enums import ReferralState
from app.referrals.models import Consent, Referral
from app.referrals.pages.lines import not_handed_over, state_mark
from app.referrals.pages.room_news import case_news, room_words
from app.referrals.pages.terms import Due, next_due
from app.referrals.policy import words_open_to
from app.referrals.queries.outside import handed_over
from app.referrals.queries.requests import PAGE, consents_of_case, referrals_of
from app.referrals.rules import rules_numbered
from app.referrals.words import RECALLS
from app.web.filters import vn_date, vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Line:
    """One referral; `url` is "" where there is no page for it."""

    number: str
    service: str
    to: str
    state: str
    tone: str
    icon: str
    due: Due | None
    came_of_it: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was asked in one go. `url` leads to drafts that wait."""

    title: str
    lines: tuple[Line, ...]
    drafts: int
    url: str


def case_page(
    session: Session, *, actor: Actor, case: Case, before: uuid.UUID | None, now: datetime
) -> dict[str, Any]:
    """Three statements beside the head."""
    found = referrals_of(session, case.id, before=before)
    may_send = not case.is_ended and is_allowed(actor, Permission.REFERRAL_SEND, case)
    shows_consents = Section.FAMILY in sections_of(actor)
    consents = consents_of_case(session, case.id) if shows_consents else []
    return {
        "head": read_head(session, actor=actor, case=case, now=now),
        "case": case,
        "groups": list(_groups(actor, found[:PAGE], may_send, _waiting(session, found[:PAGE]))),
        "is_first": before is None,
        "older": _older(case, found),
        "consents": [_consent(one, now) for one in consents],
        "shows_consents": shows_consents,
        "consents_url": link("consents.index", case_id=case.id),
        "room_words": room_words(case_news(session, actor, case, now)),
        "room_url": link("room.of_case", case_id=case.id),
        "prosecution_url": link("prosecution.index", case_id=case.id),
        "new_url": link("referrals.new", case_id=case.id) if may_send else "",
    }


def _waiting(session: Session, found: Sequence[Referral]) -> frozenset[uuid.UUID]:
    """Those that nobody has handed over to a body without an account; a statement where any may be
    so."""
    sent = [one.id for one in found if not one.to_unit_id and one.state is ReferralState.SENT]
    return frozenset(sent) - handed_over(session, sent) if sent else frozenset()


def _groups(
    actor: Actor, found: Sequence[Referral], may_send: bool, waiting: frozenset[uuid.UUID]
) -> Iterable[Group]:
    for request_id, several in groupby(found, key=lambda one: one.request_id):
        rows = sorted(several, key=lambda one: one.id)
        drafts = [one for one in rows if one.state is ReferralState.DRAFT]
        sent = next((one.sent_at for one in rows if one.sent_at), None)
        when = vn_datetime(sent or rows[0].created_at)
        yield Group(
            title=_("Gửi lúc %(when)s", when=when) if sent else _("Soạn lúc %(when)s", when=when),
            lines=tuple(_line(actor, one, one.id in waiting) for one in rows),
            drafts=len(drafts),
            url=link("referrals.request", request_id=request_id) if drafts and may_send else "",
        )


def _line(actor: Actor, one: Referral, is_waiting: bool) -> Line:
    state, tone, icon = not_handed_over() if is_waiting else state_mark(one.state)
    is_draft = one.state is ReferralState.DRAFT
    return Line(
        number=one.number,
        service=label_of("referral_services", one.service),
        to=receiver_name(actor, one),
        state=state,
        tone=tone,
        icon=icon,
        due=next_due(one),
        came_of_it=_came_of_it(one),
        url="" if is_draft else link("referrals.show", referral_id=one.id),
    )


def receiver_name(actor: Actor, one: Referral) -> str:
    """A body without an account by its name only for who may read what is written there."""
    if one.to_unit is not None:
        return one.to_unit.name
    section = rules_numbered(one.rules_version).services[one.service].section
    own = one.to_body if words_open_to(actor, section) else None
    return own or (_("Cơ quan ngoài hệ thống") if one.to_body_sealed else _("chưa chọn nơi nhận"))


def _came_of_it(one: Referral) -> str:
    if one.outcome_code:
        return label_of("referral_outcomes", one.outcome_code)
    if one.decline_code:
        return label_of("referral_declines", one.decline_code)
    return str(RECALLS[one.recall_reason]) if one.recall_reason else ""


def _consent(one: Consent, now: datetime) -> tuple[str, str, str]:
    """(words, state, tone)"""
    giver, day = label_of("consent_givers", one.giver), vn_date(one.given_on)
    words = _("%(giver)s, ngày %(day)s", giver=giver, day=day)
    if one.withdrawn_at is not None:
        return words, _("đã rút lại"), "danger"
    if not one.is_valid(clock.local(now).date()):
        return words, _("đã hết hạn"), "warn"
    until = _("đến hết %(until)s", until=vn_date(one.until)) if one.until else _("còn hiệu lực")
    return words, until, "ok"


def _older(case: Case, found: Sequence[Referral]) -> str:
    if len(found) <= PAGE:
        return ""
    return f"{link('referrals.of_case', case_id=case.id)}?before={found[PAGE - 1].id}"
