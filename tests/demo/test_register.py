"""The register of the synthetic province: groups in the published mix, some left, some reviewed."""

from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent
from app.core import clock
from app.deadlines.models import Deadline
from app.demo.load import Size, load
from app.register.data_types import MembershipData
from app.register.models import GroupMembership, YearlyReview
from app.register.services.checks import check_membership
from tests.demo.province import HASH, UNTIL


def test_the_register_is_told_with_the_cases(province: Session) -> None:
    known = province.scalars(select(GroupMembership)).unique().all()
    groups = Counter(one.group_code for one in known)
    assert groups.pop("AT_RISK")
    assert groups["DISABILITY"] > sum(groups.values()) / 3
    assert {one.until is None for one in known} == {True, False}
    today = clock.local(UNTIL).date()
    for one in known:
        check_membership(_as_typed(one), today=today)
        assert one.until is None or one.since < one.until <= today
    reviews = province.scalars(select(YearlyReview)).unique().all()
    assert len({review.year for review in reviews}) > 1
    assert max(review.happened_at for review in reviews) <= UNTIL
    _check_entries(province, {one.id: one for one in known})


def _as_typed(one: GroupMembership) -> MembershipData:
    return MembershipData(
        code=one.sub_code or one.group_code, since=one.since, poverty=one.poverty,
        evidence_kind=one.evidence_kind, evidence_number=one.evidence_number, issuer=one.issuer,
        issued_on=one.issued_on, expires_on=one.expires_on,
    )  # fmt: skip


def _check_entries(session: Session, known: dict[object, GroupMembership]) -> None:
    """Each entry stands in the section of its group."""
    kinds = (EventKind.GROUP_RECORDED, EventKind.GROUP_ENDED, EventKind.YEARLY_REVIEWED)
    entries = session.scalars(select(CaseEvent).where(CaseEvent.kind.in_(kinds))).unique().all()
    assert {entry.kind for entry in entries} == set(kinds)
    assert {entry.section for entry in entries} == {
        Section.EVENT,
        Section.HIV,
        Section.SEXUAL_ABUSE,
    }
    for entry in entries:
        assert entry.section is known[entry.subject_id].section


@pytest.mark.wide
def test_special_circumstances_without_danger_have_no_twelve_hours(fresh: Session) -> None:
    load(fresh, size=Size(200, 200, 2, reporting=0), seed=6, until=UNTIL, password_hash=HASH)
    emergency = select(Deadline.subject_id).where(Deadline.rule_key == "T_EMERG")
    without = fresh.scalars(select(Case.category).where(Case.id.not_in(emergency))).all()
    assert without and set(without) == {"special_circumstances"}
