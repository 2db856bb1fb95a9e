"""What the children of the synthetic province received, and how they were visited."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import EventKind, RiskLevel
from app.cases.models import FollowUp, PlannedVisit, ServiceReceived
from app.cases.models.follow_ups import FollowUpKind, Safety
from app.cases.visit_rules import next_visit, rules_of_file
from app.core import clock
from app.demo.mix import chance
from app.demo.plot import Plot, say
from app.demo.tables import Ids

MOST_VISITS = 4  # of one case: the last ones before today or before it was closed
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gift:
    """One kind of support: its codes, what it costs at least and at most (thousand dong)."""

    kind: str
    service_type: str
    provider: str
    note: str
    thousands: tuple[int, int] = (0, 0)
    sources: tuple[str, ...] = ()
    quantity: tuple[int, str] | None = None


_STATE, _GIVERS = ("state_budget",), ("community", "enterprise")
GIFTS = (
    Gift("health", "care_recovery", "Trạm Y tế", "Khám sức khỏe tổng quát."),
    Gift("health", "care_recovery", "Bệnh viện Sản Nhi", "Điều trị.", (800, 6_000), _STATE),
    Gift(
        "psychological",
        "care_recovery",
        "Trung tâm Công tác xã hội",
        "Tư vấn tâm lý cho trẻ.",
        quantity=(4, "session"),
    ),
    Gift("allowance", "reintegration", "UBND xã", "Trợ cấp đột xuất.", (1_000, 3_000), _STATE),
    Gift(
        "allowance",
        "reintegration",
        "Quỹ Bảo trợ trẻ em tỉnh",
        "Hỗ trợ một lần.",
        (2_000, 5_000),
        ("child_fund",),
    ),
    Gift("education", "reintegration", "Nhà trường", "Miễn học phí, tặng sách vở."),
    Gift("education", "reintegration", "Hội Khuyến học", "Học bổng.", (500, 2_000), _GIVERS),
    Gift("in_kind", "reintegration", "Hội Phụ nữ xã", "Quần áo, đồ dùng.", quantity=(2, "set")),
    Gift("legal", "legal_support", "Trung tâm Trợ giúp pháp lý", "Tư vấn cho gia đình."),
    Gift("family_support", "family_guidance", "Hội Phụ nữ xã", "Hướng dẫn cha mẹ nuôi dạy con."),
)
UNSAFE = "Người bị cho là gây tổn hại đã quay lại gần nơi trẻ ở."


def tell_follow_up(plot: Plot, activities: Sequence[uuid.UUID] = ()) -> datetime | None:
    """Services and visits from the approval until today or until the case is closed.

    `activities`: of the plan, for which what was received was. Returns when the next visit is due.
    Its random numbers are its own, so that other parts of the case do not change with it.
    """
    with _own_numbers(plot):
        _services(plot, activities)
        return _visits(plot)


@contextmanager
def _own_numbers(plot: Plot) -> Iterator[None]:
    teller = plot.teller
    rng = Random(f"{plot.number}-follow-up-{plot.received_at.isoformat()}")
    plot.teller = replace(teller, rng=rng, ids=Ids(rng))
    try:
        yield
    finally:
        plot.teller = teller


def _end(plot: Plot) -> datetime:
    return min(plot.closing_at, plot.teller.until)


def _services(plot: Plot, activities: Sequence[uuid.UUID]) -> None:
    rng, end = plot.teller.rng, _end(plot)
    span = (end - plot.approved_at).total_seconds()
    for gift in rng.sample(GIFTS, rng.choices((0, 1, 2, 3), (15, 30, 35, 20))[0]):
        at = plot.approved_at + timedelta(seconds=rng.random() * span)
        activity = rng.choice(activities) if activities and chance(rng, 70) else None
        if at < end - _DAY:
            _service(plot, gift, at, activity)


def _service(plot: Plot, gift: Gift, at: datetime, activity: uuid.UUID | None) -> None:
    t, rng = plot.teller, plot.teller.rng
    day = clock.local(at).date()
    noon = datetime.combine(day, time(12), clock.LOCAL).astimezone(UTC)
    amount = rng.randrange(*gift.thousands, 100) * 1_000 if gift.sources else None
    source = rng.choice(gift.sources) if gift.sources else None
    row_id = t.ids.at(noon)
    t.rows.add_sealed(
        ServiceReceived,
        plot.child.key,
        row_id,
        case_id=plot.case_id,
        child_id=plot.child.id,
        activity_id=activity,
        service_type=gift.service_type,
        kind=gift.kind,
        provider=gift.provider,
        from_on=day,
        quantity=gift.quantity[0] if gift.quantity else None,
        quantity_unit=gift.quantity[1] if gift.quantity else None,
        amount=amount,
        fund_source=source,
        note=gift.note,
        happened_at=noon,
        typed_at=noon,
        by_id=plot.office.worker_id,
    )
    facts = {
        "kind": gift.kind, "service_type": gift.service_type, "from": day.isoformat(),
        "amount": amount, "source": source,
    }  # fmt: skip
    plot.event(
        EventKind.SERVICE_RECEIVED,
        Section.PLAN,
        noon,
        note=f"{gift.provider}\n{gift.note}",
        subject=row_id,
        facts={name: value for name, value in facts.items() if value is not None},
    )
    who = plot.office.worker_id
    plot.audit(
        AuditAction.SERVICE_RECORDED, noon, who, kind=gift.kind, source=source, step="recorded"
    )


def _visits(plot: Plot) -> datetime | None:
    """The chain of visits: most in time, some late, and now and then one that nobody made."""
    t, rng, end = plot.teller, plot.teller.rng, _end(plot)
    level = plot.assessed.level if plot.assessed else RiskLevel.MEDIUM
    rule = rules_of_file(clock.local(t.until).date()).levels[level]
    since, done = max(plot.approved_at, end - MOST_VISITS * rule.every_days * _DAY), None
    while True:
        due = next_visit(rule, since=since, last_done=done)
        counted_from = done or since
        days_late = rng.choices((0, 2, 5, 400), (80, 10, 5, 5))[0]
        latest = due + days_late * _DAY
        at = latest - timedelta(hours=rng.randint(6, 15))
        if at <= counted_from or at >= end:
            _planned(plot, level, counted_from, due)
            return None if plot.is_past(plot.closing_at) else due
        follow_up = _visit(plot, at, due)
        _planned(plot, level, counted_from, due, at, follow_up)
        done = at


def _planned(
    plot: Plot,
    level: RiskLevel,
    since: datetime,
    due: datetime,
    done: datetime | None = None,
    follow_up: uuid.UUID | None = None,
) -> None:
    plot.teller.rows.add(
        PlannedVisit,
        id=plot.teller.ids.at(since),
        case_id=plot.case_id,
        level=level,
        since=since,
        due_at=due,
        planned_at=since,
        done_at=done,
        follow_up_id=follow_up,
        closed_at=done,
    )


def _visit(plot: Plot, at: datetime, due: datetime) -> uuid.UUID:
    t, rng = plot.teller, plot.teller.rng
    safety = Safety(rng.choices(("safe", "unclear", "unsafe"), (90, 7, 3))[0])
    kind = FollowUpKind.SUPERVISION if chance(rng, 15) else FollowUpKind.VISIT
    words = UNSAFE if safety is Safety.UNSAFE else None
    note, row_id = say(rng, "visit"), t.ids.at(at)
    t.rows.add_sealed(
        FollowUp,
        plot.child.key,
        row_id,
        case_id=plot.case_id,
        kind=kind,
        safety=safety,
        safety_words=words,
        is_child_seen=True,
        note=note,
        planned_for=due,
        happened_at=at,
        typed_at=at,
        by_id=plot.office.worker_id,
    )
    plot.event(
        EventKind.FOLLOW_UP,
        Section.PLAN,
        at,
        note="\n".join(filter(None, (words, note))),
        subject=row_id,
        facts={
            "type": kind.value,
            "safety": safety.value,
            "is_child_seen": True,
            "planned_for": due.isoformat(),
        },
    )
    plot.audit(
        AuditAction.FOLLOW_UP_RECORDED,
        at,
        plot.office.worker_id,
        kind=kind.value,
        safety=safety.value,
        planned=True,
    )
    return row_id
