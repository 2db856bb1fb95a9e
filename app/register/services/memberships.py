"""Recording, correcting and ending a child's membership in a group."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.enums import EventKind
from app.cases.groups import LIST
from app.cases.models import Case
from app.cases.services.editing import lock, lock_unchanged
from app.core import clock
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.people.models import Child, DobPrecision
from app.reference.library import code_list
from app.register.data_types import EndData, MembershipData
from app.register.groups import Place, narrower
from app.register.models import AlreadyInGroup, GroupMembership
from app.register.services.checks import check_end, check_membership, require_register
from app.register.services.telling import tell
from app.register.words import change_words, changed_fields

BY_MISTAKE = "by_mistake"


def record_membership(
    session: Session, *, actor: Actor, case: Case, data: MembershipData, now: datetime
) -> GroupMembership:
    """Record that the child of the case belongs to a group. `case` comes with its child.

    Raises InvalidInput, AlreadyInGroup, CaseEnded, NotRoutedYet.
    """
    lock(session, case)
    require_register(case)
    check_membership(data, today=clock.local(now).date(), born=_first_day(case.child))
    _check_running(session, case, data.place)
    membership = membership_row(actor, case, case.child.key, data, now)
    session.add(membership)
    tell(session, actor, case, membership, EventKind.GROUP_RECORDED, "recorded", now=now)
    session.flush()
    return membership


def correct_membership(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    data: MembershipData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> Sequence[str]:
    """Write what differs; the old words stay on the timeline. Returns the names of the fields.

    The part of the group may change, the group itself not: that is a membership of its own. Raises
    StaleEdit, InvalidInput, AlreadyInGroup, CaseEnded, NotRoutedYet.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    require_register(case)
    check_membership(data, today=clock.local(now).date(), born=_first_day(case.child))
    _check_correction(session, case, membership, data)
    fields = changed_fields(membership, data)
    if not fields:
        return fields
    note, before = change_words(membership, data, fields), membership.section
    for name in fields:
        setattr(membership, name, getattr(data, name))
    section = narrower(before, membership.section)
    facts = {"fields": list(fields)}
    tell(
        session, actor, case, membership, EventKind.GROUP_RECORDED, "corrected",
        now=now, section=section, facts=facts, note=note, fields=tuple(fields),
    )  # fmt: skip
    session.flush()
    return fields


def end_membership(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    data: EndData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> None:
    """The child is no longer in the group; what was recorded by mistake counts on no day.

    Raises StaleEdit, AlreadyEnded, InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    require_register(case)
    session.refresh(membership, ["until", "version"])
    check_end(data, since=membership.since, today=clock.local(now).date())
    end_now(session, actor, case, membership, data, now)
    session.flush()


def end_now(
    session: Session,
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    data: EndData,
    now: datetime,
) -> None:
    """For a locked case and data that were checked. Raises AlreadyEnded."""
    until = membership.since if data.reason == BY_MISTAKE else data.until
    membership.end(until, reason=data.reason, note=data.note, by=actor.id, now=now)
    facts = {"reason": data.reason, "until": until.isoformat()}
    tell(
        session, actor, case, membership, EventKind.GROUP_ENDED, "ended",
        now=now, facts=facts, note=data.note,
    )  # fmt: skip


def membership_row(
    actor: Actor, case: Case, key: DataKey, data: MembershipData, now: datetime
) -> GroupMembership:
    """The row of what was checked, sealed under the child's key."""
    return GroupMembership(
        key=key,
        child_id=case.child_id,
        case_id=case.id,
        group_code=data.group_code,
        sub_code=data.sub_code,
        list_version=code_list(LIST).version,
        since=data.since,
        poverty=data.poverty,
        evidence_kind=data.evidence_kind,
        evidence_number=data.evidence_number,
        issuer=data.issuer,
        issued_on=data.issued_on,
        expires_on=data.expires_on,
        recorded_by_id=actor.id,
        recorded_at=now,
    )


def _check_running(session: Session, case: Case, place: Place) -> None:
    """One running membership for each part, and none of the whole group beside one of a part.

    The child's row is locked: the child may have another case in other hands.
    """
    session.execute(select(Child.id).where(Child.id == case.child_id).with_for_update())
    running = session.scalars(
        select(GroupMembership.sub_code).where(
            GroupMembership.child_id == case.child_id,
            GroupMembership.group_code == place.group,
            GroupMembership.until.is_(None),
        )
    ).all()
    if running and (place.sub is None or place.sub in running or None in running):
        raise AlreadyInGroup


def _check_correction(
    session: Session, case: Case, membership: GroupMembership, data: MembershipData
) -> None:
    if data.group_code != membership.group_code:
        raise InvalidInput(
            "code",
            _l("Chỉ sửa được trong cùng một nhóm. Ghi nhầm nhóm: kết thúc lần ghi này, ghi lại."),
        )
    if membership.until is not None and data.since > membership.until:
        raise InvalidInput("since", _l("Ngày vào nhóm sau ngày ra khỏi nhóm."))
    if membership.until and data.issued_on and data.issued_on > membership.until:
        raise InvalidInput("issued_on", _l("Giấy tờ cấp sau ngày trẻ em ra khỏi nhóm."))
    if membership.until is None and data.sub_code not in (None, membership.sub_code):
        _check_other_part(session, case, membership, data.place)


def _check_other_part(
    session: Session, case: Case, membership: GroupMembership, place: Place
) -> None:
    other = select(GroupMembership.id).where(
        GroupMembership.child_id == case.child_id,
        GroupMembership.group_code == place.group,
        GroupMembership.sub_code == place.sub,
        GroupMembership.until.is_(None),
        GroupMembership.id != membership.id,
    )
    if session.scalar(other) is not None:
        raise AlreadyInGroup


def _first_day(child: Child) -> date | None:
    """The first day on which the child may have been born, as far as the record says."""
    if child.birth_year is None:
        return None
    is_guess = child.dob_precision is DobPrecision.ESTIMATED
    return date(child.birth_year - is_guess, 1, 1)
