"""The clocks and the history of a referral in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cases.labels import agency_name, label_of
from app.referrals.enums import ENDED, ReferralState, StepKind
from app.referrals.models import Referral
from app.referrals.queries.referral import StepView
from app.referrals.words import DECISIONS, RECALLS, STEPS, TOLD
from app.web.filters import duration, remaining, vn_datetime
from app.web.words import _

LATE_TYPED = timedelta(minutes=15)  # what was typed later than that shows both times


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One term: when it is over, and whether it was kept."""

    title: str
    due: str
    said: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Who did what, when; `typed` where it was recorded later than it happened."""

    title: str
    when: str
    typed: str
    by: str
    details: tuple[str, ...]
    note: str


def clock_lines(referral: Referral, now: datetime) -> list[ClockLine]:
    """To accept, to meet the child, to tell the outcome: those that have begun."""
    terms = (
        (_("Trả lời"), referral.accept_due_at, referral.answered_at),
        (_("Gặp trẻ em lần đầu"), referral.contact_due_at, referral.contacted_at),
        (_("Báo kết quả"), referral.outcome_due_at, referral.completed_at),
    )
    if referral.state is ReferralState.INFO_NEEDED and referral.accept_due_at is not None:
        return [_stopped(_("Trả lời"), referral.accept_due_at)]
    return [
        _clock(title, due, met, is_over=referral.state in ENDED, now=now)
        for title, due, met in terms
        if due is not None
    ]


def _stopped(title: str, due: datetime) -> ClockLine:
    """While the sender is asked: the time until the answer is given back."""
    said = _("đang dừng, chờ nơi gửi trả lời")
    return ClockLine(title, vn_datetime(due), said, "warn", "clock")


def _clock(
    title: str, due: datetime, met: datetime | None, *, is_over: bool, now: datetime
) -> ClockLine:
    if met is not None and met <= due:
        said, tone, icon = _("đúng hạn, %(when)s", when=vn_datetime(met)), "ok", "circle-check"
    elif met is not None:
        late = duration(met - due)
        said = _("muộn %(span)s, %(when)s", span=late, when=vn_datetime(met))
        tone, icon = "danger", "alarm"
    elif is_over:
        said, tone, icon = _("không còn phải làm"), "", "circle"
    else:
        said = remaining(due, now)
        tone, icon = ("danger", "alarm") if due < now else ("go", "clock")
    return ClockLine(title, vn_datetime(due), said, tone, icon)


def history_lines(
    steps: Iterable[StepView],
    *,
    hides: frozenset[StepKind] = frozenset(),
    silent: frozenset[StepKind] = frozenset(),
) -> list[HistoryLine]:
    """`hides`: the steps that are no business of this side; `silent`: whose words are not."""
    return [_line(step, step.kind not in silent) for step in steps if step.kind not in hides]


def _line(step: StepView, is_heard: bool) -> HistoryLine:
    late = step.at - step.happened_at > LATE_TYPED
    return HistoryLine(
        title=str(STEPS[step.kind]),
        when=vn_datetime(step.happened_at),
        typed=vn_datetime(step.at) if late else "",
        by=", ".join(filter(None, (step.by, step.unit))),
        details=tuple(_details(step)),
        note=(step.note or "") if is_heard else "",
    )


def _details(step: StepView) -> Sequence[str]:
    code, facts = str(step.facts.get("code") or ""), step.facts
    said: list[str] = []
    if step.kind is StepKind.DECLINED:
        said.append(label_of("referral_declines", code))
        if suggested := facts.get("suggested"):
            said.append(_("Thuộc: %(whose)s", whose=agency_name(str(suggested))))
    elif step.kind is StepKind.COMPLETED:
        said.append(label_of("referral_outcomes", code))
    elif step.kind is StepKind.DELIVERED and facts.get("quantity"):
        unit = label_of("support_units", facts.get("unit"))
        said.append(f"{facts['quantity']} {unit}")
    elif step.kind is StepKind.REMINDED:
        said.append(str(TOLD.get(int(str(facts.get("level", 0))), "")))
    elif step.kind is StepKind.DECIDED:
        said += [str(words) for known, words in DECISIONS.items() if known == code]
    elif step.kind is StepKind.RECALLED:
        said += [str(words) for known, words in RECALLS.items() if known == code]
    return [words for words in said if words]
