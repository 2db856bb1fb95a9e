"""The directory of the synthetic province, its agreements, and the consents of some families.

The random numbers come from generators of its own, so that the rest of the province stays the
same for a seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.core import clock
from app.demo.mix import chance
from app.demo.plot import Plot
from app.demo.tables import Ids, Rows
from app.referrals.models import Agreement, Consent, ServiceOffer
from app.referrals.models.directory import CHILDHOOD
from app.referrals.offer_words import WEEK
from app.referrals.rules import OUTSIDE, ReferralRules, rules

WEEKDAYS = list(WEEK[:5])
EMERGENCY = frozenset({"emergency_care", "prophylaxis", "child_safety", "safe_shelter"})
# hours by kind of unit; what a kind does not count has no places
HOURS = {
    UnitKind.POLICE: (list(WEEK), time(7, 30), time(17)),
    UnitKind.HEALTH: (list(WEEK[:6]), time(7), time(16, 30)),
    UnitKind.SCHOOL: (list(WEEK[:6]), time(7), time(17)),
    UnitKind.SHELTER: (list(WEEK), None, None),
}
OFFICE = (WEEKDAYS, time(7, 30), time(17))
FORGETFUL = "legal_aid"  # whose places were said long ago
PLACES = {
    "psychology": (0, 6),
    "health_care": (3, 15),
    "safe_shelter": (0, 5),
    "social_work": (1, 8),
    "legal_aid": (2, 10),
    "return_to_school": (1, 6),
}
AGES = {
    UnitKind.SCHOOL: (6, 11),
    UnitKind.SHELTER: (0, 16),
}
NOTES = {
    "prophylaxis": "Đến cổng cấp cứu, hỏi điều dưỡng trực; không cần giấy giới thiệu.",
    "psychology": "Gọi hẹn trước; phòng tham vấn riêng, có đồ chơi.",
    "legal_aid": "Miễn phí cho mọi trẻ em. Luật sư đến tận xã khi cần.",
    "safe_shelter": "Gọi trước để có xe đón; nhận cả ban đêm.",
    "birth_papers": "Mang giấy chứng sinh nếu có; không có vẫn nhận.",
    "school_support": "Gặp giáo viên phụ trách công tác xã hội của trường.",
}
MAIN = ["identity", "contact", "event", "police_justice", "family"]
AGREEMENTS: tuple[tuple[str, str, list[UnitKind], list[str], int, int | None], ...] = (
    # title, number, parties, sections, signed days ago, days it lasts (from today; below 0: over)
    (
        "Quy chế phối hợp liên ngành về bảo vệ trẻ em cấp xã",
        "04/QCPH-SYT-CAT",
        [UnitKind.COMMUNE_PC, UnitKind.POLICE, UnitKind.DOH, UnitKind.HOTLINE],
        MAIN,
        410,
        None,
    ),
    (
        "Thỏa thuận tiếp nhận trẻ em bị xâm hại tại bệnh viện",
        "12/TT-SYT-BVSN",
        [UnitKind.COMMUNE_PC, UnitKind.HEALTH, UnitKind.POLICE, UnitKind.DOH],
        ["identity", "contact", "health"],
        330,
        35,
    ),
    (
        "Quy chế phối hợp với ngành giáo dục",
        "07/QCPH-SYT-SGDĐT",
        [UnitKind.COMMUNE_PC, UnitKind.SCHOOL, UnitKind.DOH],
        ["identity", "education"],
        900,
        -20,
    ),
    (
        "Thỏa thuận tiếp nhận trẻ em tại Trung tâm Công tác xã hội",
        "09/TT-SYT-TTCTXH",
        [UnitKind.COMMUNE_PC, UnitKind.SHELTER, UnitKind.DOH],
        ["identity", "contact", "family", "health"],
        200,
        540,
    ),
)
GIVERS = ("Trần Thị Mến", "Nguyễn Thị Hương", "Phạm Thị Là", "Đào Văn Quý", "Vũ Thị Thơm")
CONSENT_NOTES = (
    "Nói trước mặt chị Hội Phụ nữ; em gật đầu và nói muốn được giúp.",
    "Đã giải thích bằng lời dễ hiểu; gia đình hỏi lại hai lần rồi đồng ý.",
    "Em muốn chỉ cô giáo chủ nhiệm biết, không muốn bạn học biết.",
)


@dataclass(frozen=True)
class _Seat:
    """A unit, and who keeps its part of the directory."""

    unit: Unit
    keeper_id: Any


def fill_directory(session: Session, rows: Rows, *, seed: int, until: datetime) -> None:
    """What every unit offers, and the register of agreements; flushed by the caller."""
    rng = Random(f"{seed}-directory")
    ids, offered = Ids(rng), rules()
    for seat in _seats(session):
        for service in offered.offered(seat.unit.kind):
            _offer(rows, ids, rng, seat, service, until)
    _agreements(session, rows, ids, until)


def _seats(session: Session) -> Iterable[_Seat]:
    """The units in the order of their names; a lead before an officer keeps the directory."""
    order = (Role.UNIT_LEAD, Role.COMMUNE_CHAIR, *Role)
    keepers: dict[Any, tuple[int, str, Any]] = {}
    for user_id, unit_id, role, username in session.execute(
        select(User.id, User.unit_id, User.role, User.username)
    ):
        one = (order.index(role), username, user_id)
        keepers[unit_id] = min(keepers.get(unit_id, one), one)
    for unit in session.scalars(select(Unit).order_by(Unit.kind, Unit.commune_code, Unit.name)):
        if unit.id in keepers:
            yield _Seat(unit, keepers[unit.id][2])


def _offer(rows: Rows, ids: Ids, rng: Random, seat: _Seat, service: str, until: datetime) -> None:
    unit = seat.unit
    days, opens, closes = HOURS.get(unit.kind, OFFICE)
    low, high = PLACES.get(service, (0, 0))
    said_at = until - timedelta(hours=rng.randint(2, 24 * 5))
    if service == FORGETFUL:
        said_at -= timedelta(days=12)
    age_from, age_to = AGES.get(unit.kind, (0, CHILDHOOD))
    number = f"09{rng.randint(10, 89)} {rng.randint(100, 999)} {rng.randint(100, 999)}"
    is_counted = service in PLACES and unit.level is UnitLevel.PROVINCE
    rows.add(
        ServiceOffer,
        id=ids.at(said_at),
        unit_id=unit.id,
        service=service,
        age_from=age_from,
        age_to=age_to,
        sex=None,
        days=days,
        opens=opens,
        closes=closes,
        is_emergency=service in EMERGENCY,
        places=rng.randint(low, high) if is_counted else None,
        places_at=said_at if is_counted else None,
        communes=[],
        phone=number if service in EMERGENCY or chance(rng, 60) else unit.phone,
        note=NOTES.get(service),
        changed_by=seat.keeper_id,
        changed_at=said_at,
    )


def _agreements(session: Session, rows: Rows, ids: Ids, until: datetime) -> None:
    keeper = session.scalar(select(User.id).where(User.role == Role.SUPERVISOR).limit(1))
    today = clock.local(until).date()
    for title, number, parties, sections, ago, lasts in AGREEMENTS:
        at = until - timedelta(days=ago - 2)
        rows.add(
            Agreement,
            id=ids.at(at),
            title=title,
            number=number,
            parties=sorted(kind.value for kind in parties),
            sections=sorted(sections),
            signed_on=today - timedelta(days=ago),
            expires_on=None if lasts is None else today + timedelta(days=lasts),
            by_id=keeper,
            recorded_at=at,
        )


def tell_consent(story: Plot) -> None:
    """Of most families whose child got a plan; now and then it ran out, or was taken back."""
    rng = Random(f"{story.number}-consent")
    at = story.planned_at - timedelta(hours=rng.randint(2, 30))
    if at < story.opened_at or not story.is_past(at) or not chance(rng, 55):
        return
    t, ids, day = story.teller, Ids(rng), clock.local(at).date()
    row_id, giver = ids.at(at), _giver(story, rng)
    withdrawn_at = at + timedelta(days=rng.randint(3, 60))
    is_withdrawn = chance(rng, 6) and story.is_past(withdrawn_at)
    is_withdrawn = is_withdrawn and withdrawn_at < story.closing_at
    until = day + timedelta(days=rng.choice((90, 180, 365))) if chance(rng, 60) else None
    ended: dict[str, Any] = {}
    if is_withdrawn:
        ended = {"withdrawn_at": withdrawn_at, "withdrawn_by": story.office.worker_id,
                 "withdraw_reason": "Gia đình đã tự thu xếp, không muốn ai biết."}  # fmt: skip
    t.rows.add_sealed(
        Consent, story.child.key, row_id, case_id=story.case_id, giver=giver,
        name="Chính em" if giver == "child" else rng.choice(GIVERS),
        services=[], sections=_sections(rules(), rng), given_on=day, until=until,
        note=rng.choice(CONSENT_NOTES), by_id=story.office.worker_id, recorded_at=at, **ended,
    )  # fmt: skip
    _tell(story, EventKind.CONSENT_GIVEN, "recorded", at, row_id, giver, ids)
    if is_withdrawn:
        _tell(story, EventKind.CONSENT_WITHDRAWN, "withdrawn", withdrawn_at, row_id, giver, ids)


def _giver(story: Plot, rng: Random) -> str:
    """The child's own word from the age of the law; no suspected caregiver is asked."""
    if story.do_not_contact:
        return "guardian" if story.age < rules().access.own_consent_age else "child"
    return "parent" if story.age < rules().access.own_consent_age else rng.choice(("both", "child"))


def _sections(known: ReferralRules, rng: Random) -> list[str]:
    more = [section.value for section in known.packet(OUTSIDE).more]
    return sorted(["identity", *rng.sample(more, rng.randint(2, 5))])


def _tell(
    story: Plot, kind: EventKind, step: str, at: datetime, row_id: Any, giver: str, ids: Ids
) -> None:
    facts = {"giver": giver}
    story.event(kind, Section.FAMILY, at, subject=row_id, facts=facts, ids=ids)
    story.audit(
        AuditAction.CONSENT_CHANGED, at, story.office.worker_id,
        step=step, giver=giver, services=[], referrals=0,
    )  # fmt: skip
