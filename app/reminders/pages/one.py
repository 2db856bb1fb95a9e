"""One obligation in words: what is due, who was told and is told next, what was answered."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission, is_allowed
from app.cases.pages.clocks import Chip
from app.cases.pages.links import link
from app.core import clock
from app.deadlines.rules import clock_rules
from app.referrals.models.referrals import PREFIX
from app.reminders.models import Obligation
from app.reminders.pages.of_units import OF_UNITS, of_units
from app.reminders.pages.words import (
    asked_words,
    chip_of,
    doer_words,
    kind_words,
    snoozed_words,
    step_words,
    way_to,
    whom_words,
)
from app.reminders.policy import (
    ASKED,
    PERSONAL,
    does_it,
    is_own_reminder,
    may_drop,
    may_hand_over,
    may_put_off,
)
from app.reminders.queries.lists import names_of, still_due
from app.reminders.queries.one import (
    About,
    Answered,
    Told,
    about,
    answers_of,
    newer_of,
    task_of,
    told_of,
    words_of,
)
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import ReminderRules
from app.reminders.services.answers import HANDED_OVER, LATER, NOT_NEEDED, NOTED, REFUSED
from app.web.filters import vn_datetime
from app.web.words import _, _l

_SAID: Mapping[str, LazyString] = {
    LATER: _l("Để sau"),
    NOT_NEEDED: _l("Không cần làm"),
    REFUSED: _l("Không đồng ý: vẫn phải làm"),
    HANDED_OVER: _l("Giao cho đồng nghiệp"),
    NOTED: _l("Đã biết, sẽ theo dõi"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of what was told or answered."""

    what: str
    when: str
    detail: str


@dataclass(frozen=True, slots=True)
class OnePage:
    """`may`: which answers stand open: later, not_needed, hand_over, decide, noted, done."""

    id: uuid.UUID
    title: str
    rows: tuple[tuple[str, str], ...]
    case_url: str
    chip: Chip | None
    is_over: bool
    is_waived: bool
    newer_url: str  # the same thing with a later end
    newer_due: str
    action: str
    action_url: str
    extend_url: str
    refuse_url: str
    told: tuple[Said, ...]
    coming: tuple[Said, ...]
    answered: tuple[Said, ...]
    pending: Answered | None
    may: frozenset[str]
    is_legal: bool
    needs_agreement: bool
    asks_longer: bool
    later_hint: str


def one_page(session: Session, actor: Actor, obligation: Obligation, *, now: datetime) -> OnePage:
    """At most nine statements, ten of what is of a unit."""
    rules, known = rules_in_force(session), about(session, obligation)
    told = told_of(session, obligation.id)
    answers = answers_of(session, actor, obligation)
    is_due = obligation.what in still_due(session, [obligation], now)
    is_over = obligation.closed_at is not None or not is_due
    pending = next((one for one in answers if one.is_pending), None)
    names = names_of(session, actor, [obligation.case_id])
    words = words_of(session, actor, obligation)
    task = task_of(session, actor, obligation)
    task = task or of_units(session, [obligation]).get(obligation.subject_id)
    newer = newer_of(session, obligation) if is_over and obligation.waived_at is None else None
    action, url = way_to(
        actor,
        obligation.kind,
        subject_id=obligation.subject_id,
        case_id=obligation.case_id,
        report_id=known.report_id,
    )
    case_id = obligation.case_id
    name = names.get(case_id) if case_id else None
    return OnePage(
        id=obligation.id,
        title=kind_words(obligation.kind, rules),
        rows=tuple(_rows(obligation, (words, task), known, name)),
        case_url=link("cases.show", case_id=case_id) if case_id in names and case_id else "",
        chip=None if is_over else chip_of(obligation.kind, obligation.due_at, now),
        is_over=is_over,
        is_waived=obligation.waived_at is not None,
        newer_url=link("reminders.show", obligation_id=newer[0]) if newer else "",
        newer_due=vn_datetime(newer[1]) if newer else "",
        action=action,
        action_url=url,
        extend_url="" if is_over else _extend_url(actor, obligation, now),
        refuse_url="" if is_over else _refuse_url(actor, obligation),
        told=tuple(_told(told)),
        coming=() if is_over else tuple(_coming(obligation, rules, now)),
        answered=tuple(_answered(answers)),
        pending=pending,
        may=frozenset() if is_over else frozenset(_may(actor, obligation, pending, told)),
        is_legal=obligation.is_legal,
        needs_agreement=obligation.needs_agreement,
        asks_longer=obligation.snoozes >= rules.limits.snoozes,
        later_hint=_later_hint(obligation, now),
    )


def _rows(
    one: Obligation, written: tuple[str | None, str | None], known: About, name: str | None
) -> Iterable[tuple[str, str]]:
    """`written`: what one wrote for oneself; what the plan, minutes or a room say, or of which unit
    it is."""
    words, task = written
    if words:
        yield _("Bạn đã ghi"), words
    if task:
        yield _("Nội dung"), task
    if known.number:
        is_referral = known.number.startswith(PREFIX)
        numbered = (known.number, name, *asked_words(known.other_unit, known.service))
        yield _("Phiếu") if is_referral else _("Hồ sơ"), ", ".join(filter(None, numbered))
    yield _("Hạn"), vn_datetime(one.due_at)
    if one.kind not in OF_UNITS:
        yield _("Người làm"), doer_words(one.kind, known.who) or _("chưa có ai")
    if one.snoozes:
        until = one.snoozed_until
        is_put_off = until is not None and one.closed_at is None
        again = _("nhắc lại lúc %(when)s", when=vn_datetime(until)) if until and is_put_off else ""
        yield _("Để sau"), ", ".join(filter(None, (snoozed_words(one.snoozes), again)))


def _may(
    actor: Actor, one: Obligation, pending: Answered | None, told: Sequence[Told]
) -> Iterable[str]:
    mine = does_it(actor, one)
    if is_own_reminder(actor, one):
        yield "done"
    if may_put_off(actor, one):
        yield "later"
    if may_drop(actor, one) and one.kind != PERSONAL and pending is None:
        yield "not_needed"
    if may_hand_over(actor, one):
        yield "hand_over"
    is_other = pending is not None and pending.by_id != actor.id
    if is_other and is_allowed(actor, Permission.REMINDER_DECIDE, one):
        yield "decide"
    if not mine and told:
        yield "noted"


def _extend_url(actor: Actor, one: Obligation, now: datetime) -> str:
    """More time for a clock of the law is another thing than putting a reminder off."""
    rule = clock_rules(clock.local(now).date()).get(one.kind.removeprefix("clock."))
    is_possible = one.is_legal and rule is not None and rule.is_extendable and one.due_at > now
    may_ask = does_it(actor, one) and has_permission(actor, Permission.EXTENSION_ASK)
    if not (is_possible and may_ask and one.case_id):
        return ""
    return link("extensions.ask", case_id=one.case_id, deadline_id=one.subject_id)


def _later_hint(one: Obligation, now: datetime) -> str:
    """As policy's `snoozed_at_most`."""
    if one.due_at <= now and (one.is_legal or one.kind in ASKED):
        return _("Việc đã quá hạn: chỉ để sau nhiều nhất 24 giờ.")
    if one.is_legal:
        return _("Nhiều nhất 14 ngày. Không quá thời hạn của luật.")
    if one.kind in ASKED:
        return _("Nhiều nhất 14 ngày. Không quá hạn của phiếu.")
    return _("Nhiều nhất 14 ngày.")


def _refuse_url(actor: Actor, one: Obligation) -> str:
    """What a unit was asked is refused with a reason, not left undone."""
    is_asked = one.kind in ASKED and does_it(actor, one)
    if not (is_asked and has_permission(actor, Permission.REFERRAL_READ)):
        return ""
    return link("referrals.show", referral_id=one.subject_id)


def _told(told: Sequence[Told]) -> Iterable[Said]:
    """One line for each step, with everybody who was told."""
    for (occurrence, at), people in groupby(told, key=lambda one: (one.occurrence, one.at)):
        who = [f"{one.name} ({_('đã xem')})" if one.read_at else one.name for one in people]
        yield Said(step_words(occurrence), vn_datetime(at), ", ".join(who))


def _coming(one: Obligation, rules: ReminderRules, now: datetime) -> Iterable[Said]:
    if one.snoozed_until is not None and one.snoozed_until > now:
        yield Said(_("nhắc lại"), vn_datetime(one.snoozed_until), _("người đã để sau"))
    kind = rules.kinds.get(one.kind)
    steps = kind.timed(one.started_at, one.due_at) if kind else []
    for at, step in steps:
        if at > now:
            yield Said(step_words(step.key), vn_datetime(at), whom_words(step.whom))


def _answered(answers: Sequence[Answered]) -> Iterable[Said]:
    for one in answers:
        parts = [
            one.by_name,
            _("đến %(when)s", when=vn_datetime(one.until)) if one.until else "",
            _("cho %(who)s", who=one.to_name) if one.to_name else "",
            _("lý do: %(why)s", why=one.reason) if one.reason else "",
            _verdict(one),
        ]
        what = _("Đề nghị không làm") if one.is_pending else str(_SAID.get(one.answer, one.answer))
        yield Said(what, vn_datetime(one.at), " · ".join(filter(None, parts)))


def _verdict(one: Answered) -> str:
    if one.decided_name is None:
        return _("đang chờ người khác đồng ý") if one.is_pending else ""
    when = vn_datetime(one.decided_at) if one.decided_at else ""
    if one.is_approved:
        return _("%(who)s đã đồng ý lúc %(when)s", who=one.decided_name, when=when)
    return _("%(who)s không đồng ý lúc %(when)s", who=one.decided_name, when=when)
