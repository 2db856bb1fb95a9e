"""What the sender should know of a need before asking for it: nothing here stops a sending."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auth.models import Unit
from app.cases.labels import agency_name, label_of
from app.referrals.queries.past import Past, last_outcome, last_refusal
from app.referrals.rules import Package, ReferralRules
from app.web.filters import vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Known:
    """Of the case: what was asked before, and when it happened as far as the reader may know."""

    rules: ReferralRules
    past: Sequence[Past]
    event_at: datetime | None
    now: datetime


def hints_of(
    known: Known, service: str, unit: Unit | None, package: Package | None
) -> Iterable[str]:
    """For one need, as it goes to this unit."""
    if late := late_words(known, service):
        yield late
    if done := done_words(known.past, service):
        yield done
    refused = last_refusal(known.past, service, unit.id if unit else None)
    if refused is not None and refused.at is not None:
        why = label_of("referral_declines", refused.decline_code or "")
        yield _(
            "Đơn vị này đã từ chối lúc %(when)s: %(why)s.", when=vn_datetime(refused.at), why=why
        )
    if unit is not None and package is not None and unit.kind in package.ask_child:
        yield _("Hỏi em trước: em có đồng ý để nơi này (%(kind)s) biết không?",
                kind=agency_name(unit.kind.value).lower())  # fmt: skip


def done_words(past: Sequence[Past], service: str) -> str:
    done = last_outcome(past, service)
    if done is None or done.at is None:
        return ""
    came = label_of("referral_outcomes", done.outcome_code or "")
    return _("Việc này đã có kết quả lúc %(when)s: %(came)s.", when=vn_datetime(done.at), came=came)


def late_words(known: Known, service: str) -> str:
    """Where the service has a time of its own after the event, and it is over."""
    hours = known.rules.services[service].within_hours
    if hours is None or known.event_at is None:
        return ""
    if known.now - known.event_at <= timedelta(hours=hours):
        return ""
    return _(
        "Đã quá %(hours)s giờ từ lúc xảy ra (%(when)s): vẫn khám, hỏi bác sĩ về dự phòng.",
        hours=hours,
        when=vn_datetime(known.event_at),
    )
