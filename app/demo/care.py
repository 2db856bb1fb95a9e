"""Synthetic separations and substitute care: some run, some were extended, most are over.

The random numbers come from a generator of its own, so that the rest of the province stays the
same for a seed.
"""

import uuid
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import (
    CarePlacement,
    CareVisit,
    Separation,
    SeparationExtension,
    ShelterAddress,
)
from app.cases.models.care import CareState, SeparationState
from app.core import clock
from app.deadlines.models import Deadline
from app.deadlines.rules import clock_rules, due_at
from app.demo.mix import CAREGIVERS, chance
from app.demo.plot import Plot
from app.demo.tables import Ids, Key

LONGEST = timedelta(days=15)
GROUNDS = (
    "Trẻ bị đánh nhiều lần; người gây tổn hại vẫn sống cùng nhà.",
    "Người chăm sóc là đối tượng bị cho là gây tổn hại, chưa chấp nhận kế hoạch.",
    "Trẻ sợ hãi, không muốn về nhà; hàng xóm xác nhận còn nguy hiểm.",
)
CARERS = ("Vũ Thị Lụa", "Đỗ Thị Mến", "Phạm Văn Hiền", "Hoàng Thị Nhài")
KIN = ("bà ngoại", "bà nội", "bác ruột", "dì ruột")
PLACES = (
    ("relatives", "Nhà bà ngoại"),
    ("relatives", "Nhà bác ruột"),
    ("facility", "Khoa Nhi bệnh viện"),
    ("shelter", None),
)
SEEN = (
    "Trẻ ăn ngủ tốt, đã đi học lại, quấn quýt với người chăm sóc.",
    "Nhà sạch sẽ, trẻ có góc học tập; trẻ nói muốn gặp mẹ.",
)


def tell_care(story: Plot) -> None:
    """For a child in an emergency, most often with a suspected caregiver, once the measure was
    taken."""
    rng = Random(f"{story.number}-care")
    is_grave = story.assessed is not None and story.assessed.is_emergency
    if not is_grave or not story.is_past(story.measure_at):
        return
    age = story.teller.until - story.measure_at
    if not story.do_not_contact and not chance(rng, 85 if age < LONGEST else 45):
        return
    plot = copy(story)
    plot.teller = replace(story.teller, rng=rng, ids=Ids(rng))
    if age < timedelta(hours=30) and story.ended_at is None and chance(rng, 50):
        _ask(plot, rng)
        story.last_event_at = plot.last_event_at
        return
    ended_at = _separate(plot, rng)
    is_lasting = age < timedelta(days=200) and story.ended_at is None
    if ended_at is not None and chance(rng, 85 if is_lasting else 45):
        _place(plot, rng, ended_at)
    story.last_event_at = plot.last_event_at


def _ask(plot: Plot, rng: Random) -> None:
    """A proposal that waits for the Chair."""
    t, at = plot.teller, plot.measure_at
    row_id, ends = t.ids.at(at), at + timedelta(days=10)
    t.rows.add_sealed(
        Separation, plot.child.key, row_id, case_id=plot.case_id, form_version=1,
        state=SeparationState.PROPOSED, reason="harmed", carer_ids=[], from_whom=_suspect(plot),
        grounds=rng.choice(GROUNDS), place_kind="relatives", place_name="Nhà bà ngoại",
        carer_meanwhile=rng.choice(CARERS), started_at=at, first_ends_at=ends, ends_at=ends,
        is_longer_ordered=False, drafted_by=plot.office.worker_id, drafted_at=at,
        is_chair_alone=False,
    )  # fmt: skip
    facts = {"reason": "harmed", "ends_at": ends.isoformat()}
    _tell(plot, EventKind.SEPARATION_ASKED, at, row_id, facts)


def _separate(plot: Plot, rng: Random) -> datetime | None:
    """When it ended; None while it runs."""
    t, start = plot.teller, plot.measure_at
    first = start + timedelta(days=rng.choice((5, 7, 10)))
    is_extended = chance(rng, 40) and plot.is_past(first)
    ends = min(first + timedelta(days=4), start + LONGEST) if is_extended else first
    over_at = ends - timedelta(hours=rng.randint(1, 30))
    is_over = plot.is_past(over_at) or plot.ended_at is not None
    is_safe = chance(rng, 35)
    row_id, (kind, name) = t.ids.at(start), rng.choice(PLACES)
    ended: dict[str, Any] = {}
    if is_over:
        state = SeparationState.CANCELLED if is_safe else SeparationState.ENDED
        reason = "parents_safe" if is_safe else "returned"
        ended = {"ended_at": over_at, "end_reason": reason, "end_note": "Trẻ về với người thân.",
                 "ended_by": plot.office.worker_id, "end_typed_at": over_at}  # fmt: skip
    t.rows.add_sealed(
        Separation, plot.child.key, row_id,
        case_id=plot.case_id, form_version=1,
        state=state if is_over else SeparationState.DECIDED,
        reason=rng.choice(("harmed", "further_harm", "plan_refused")), carer_ids=[],
        from_whom=_suspect(plot), grounds=rng.choice(GROUNDS), place_kind=kind, place_name=name,
        carer_meanwhile=rng.choice(CARERS), started_at=start, first_ends_at=first, ends_at=ends,
        is_longer_ordered=False, drafted_by=plot.office.worker_id, drafted_at=start,
        is_chair_alone=False, number=f"{rng.randint(10, 480)}/QĐ-UBND",
        decision_on=clock.local(start).date(), decided_by=plot.office.chair_id, decided_at=start,
        **ended,
    )  # fmt: skip
    _address(plot, rng, row_id, start)
    facts = {"reason": "harmed", "ends_at": first.isoformat(), "place": kind}
    _tell(plot, EventKind.SEPARATION_STARTED, start, row_id, facts)
    if is_extended:
        _extend(plot, row_id, first - timedelta(hours=20), ends)
    if is_over:
        _tell(plot, EventKind.SEPARATION_ENDED, over_at, row_id, {"end": ended["end_reason"]})
    _clock(plot, "T_SEP_MAX", start, over_at if is_over else None)
    return over_at if is_over else None


def _suspect(plot: Plot) -> str:
    words = {"father": "Cha", "mother": "Mẹ", "stepfather": "Cha dượng", "stepmother": "Mẹ kế"}
    if plot.perpetrator not in CAREGIVERS:
        return "Cha, mẹ của trẻ"
    return f"{words[str(plot.perpetrator)]} của trẻ"


def _address(plot: Plot, rng: Random, separation_id: uuid.UUID, at: datetime) -> None:
    """In its compartment, under a key of its own."""
    t = plot.teller
    key = Key(t.ids.at(at))
    t.rows.add_key(key, at)
    t.rows.add_sealed(
        ShelterAddress, key, t.ids.at(at), separation_id=separation_id,
        address=f"Số {rng.randint(1, 90)}, thôn {rng.randint(1, 9)}",
        typed_by=plot.office.worker_id, typed_at=at,
    )  # fmt: skip


def _extend(plot: Plot, separation_id: uuid.UUID, at: datetime, until: datetime) -> None:
    t = plot.teller
    reason = "Chưa đánh giá xong khả năng bảo đảm an toàn của gia đình."
    t.rows.add_sealed(
        SeparationExtension, plot.child.key, t.ids.at(at), separation_id=separation_id,
        until=until, number=f"{t.rng.randint(10, 480)}/QĐ-UBND",
        decision_on=clock.local(at).date(), reason=reason, is_longer_ordered=False,
        decided_by=plot.office.chair_id, decided_at=at,
    )  # fmt: skip
    facts = {"reason": "harmed", "ends_at": until.isoformat()}
    _tell(plot, EventKind.SEPARATION_EXTENDED, at, separation_id, facts)


def _place(plot: Plot, rng: Random, decided_at: datetime) -> None:
    """From the separation into the care of relatives, or of a facility."""
    t, row_id = plot.teller, plot.teller.ids.at(decided_at)
    form = rng.choice(("relatives", "relatives", "non_relatives", "facility"))
    handed = decided_at + timedelta(days=rng.randint(2, 16))
    ended = handed + timedelta(days=rng.randint(150, 700))
    if plot.ended_at is not None:  # nothing runs on in a closed case
        handed, ended = min(handed, plot.ended_at), min(ended, plot.ended_at)
    is_handed = plot.is_past(handed)
    is_over = is_handed and plot.is_past(ended)
    who = "Cơ sở trợ giúp xã hội tỉnh" if form == "facility" else rng.choice(CARERS)
    due = due_at(clock_rules(decided_at.date())["T_HANDOVER"], decided_at, t.overrides)
    later: dict[str, Any] = {}
    if is_handed:
        later = {"handed_over_at": handed, "handover_present": "Cán bộ xã\nCông an xã",
                 "handover_note": "Kèm giấy khai sinh, sổ tiêm chủng, đồ dùng cá nhân.",
                 "handover_by": plot.office.worker_id, "handover_typed_at": handed}  # fmt: skip
    if is_over:
        later |= {"ended_on": clock.local(ended).date(), "end_reason": "family_reunited",
                  "next_place": "Về với mẹ", "ended_by": plot.office.chair_id,
                  "end_typed_at": ended}  # fmt: skip
    known = CareState.HANDED_OVER if is_handed else CareState.DECIDED
    t.rows.add_sealed(
        CarePlacement, plot.child.key, row_id, case_id=plot.case_id, form=form,
        state=CareState.ENDED if is_over else known, carer_name=who,
        relation=rng.choice(KIN) if form == "relatives" else None,
        phone=f"+8497{rng.randint(1_000_000, 9_999_999)}", address=f"Thôn {rng.randint(1, 9)}",
        grounds="Có điều kiện chăm sóc, trẻ đồng ý.", drafted_by=plot.office.worker_id,
        drafted_at=decided_at, number=f"{rng.randint(10, 480)}/QĐ-UBND",
        decision_on=clock.local(decided_at).date(), decided_by=plot.office.chair_id,
        decided_at=decided_at, handover_due_at=due, **later,
    )  # fmt: skip
    _tell(plot, EventKind.CARE_DECIDED, decided_at, row_id, {"form": form})
    _clock(plot, "T_HANDOVER", decided_at, handed if is_handed else None)
    if is_handed:
        _tell(plot, EventKind.CHILD_HANDED_OVER, handed, row_id, {"form": form})
        _visits(plot, rng, row_id, handed, min(ended, t.until))
    if is_over:
        _tell(plot, EventKind.CARE_ENDED, ended, row_id, {"form": form, "end": "family_reunited"})


def _visits(plot: Plot, rng: Random, row_id: uuid.UUID, begin: datetime, end: datetime) -> None:
    t, at = plot.teller, begin + timedelta(days=14)
    while at < end and at < begin + timedelta(days=70):
        note = rng.choice(SEEN)
        t.rows.add_sealed(
            CareVisit, plot.child.key, t.ids.at(at), placement_id=row_id, happened_at=at,
            typed_at=at, is_safe=True, note=note, by_id=plot.office.worker_id,
        )  # fmt: skip
        _tell(plot, EventKind.CARE_VISITED, at, row_id, {"is_safe": True}, note)
        at += timedelta(days=rng.randint(20, 35))


def _tell(
    plot: Plot,
    kind: EventKind,
    at: datetime,
    subject: uuid.UUID,
    facts: dict[str, Any],
    note: str | None = None,
) -> None:
    plot.event(kind, Section.PLAN, at, subject=subject, facts=facts, note=note)
    is_separation = kind.value.startswith("separation")
    action = AuditAction.SEPARATION_CHANGED if is_separation else AuditAction.CARE_CHANGED
    plot.audit(action, at, plot.office.worker_id, step=kind.value)


def _clock(plot: Plot, rule_key: str, start: datetime, met: datetime | None) -> None:
    t = plot.teller
    rule = clock_rules(start.date())[rule_key]
    due = due_at(rule, start, t.overrides)
    t.rows.add(
        Deadline, id=t.ids.at(start), subject_id=plot.case_id, subject_label=plot.number,
        rule_key=rule_key, rule_version=rule.version, unit_id=plot.office.unit_id,
        commune_code=plot.office.code, started_at=start, due_at=due, effective_due_at=due,
        met_at=met, closed_at=met,
        miss_noted_at=due if (met or t.until) > due else None,
    )  # fmt: skip
