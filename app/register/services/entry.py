"""Children entered straight into the register, without typing Mẫu số 01 beside it.

    register_child(session, actor=…, data=EntryData(child=…, membership=…), now=…) -> Registered
    register_children(session, actor=…, data=[EntryData(…), …], now=…) -> [Registered, …]

The first is for a page, the second for an import of a commune's list, some hundred rows at a time:
rows of one kind are written together. Each row becomes a child, a report (category special
circumstances, channel "rà soát địa bàn"), the case in the hands of the actor's unit, and the
membership; nothing is committed. What keeps it cheap: the destination is the actor's own unit and
not looked up; the survey starts no clock (app/cases/data/case_clocks); the log is written once,
before the commit.

What it does not do: look for duplicates. The page and the import ask `people.duplicates` first.

A batch with a row that is refused (InvalidInput) writes nothing: a dry run calls `check_entry` for
each row. The fields that it names are those of MembershipData, and child_name and dob.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import UnitKind
from app.cases.enums import Category, EventKind
from app.cases.models import Case
from app.cases.report_data import ReportData, ReportedChild, ReportTexts
from app.cases.services.destination import Destination
from app.cases.services.intake import receive_reports
from app.core import clock
from app.core.dates import DatePrecision
from app.core.errors import DomainError, InvalidInput
from app.people.models import Child
from app.register.data_types import EntryData
from app.register.groups import AT_RISK
from app.register.models import GroupMembership
from app.register.rules import doubts
from app.register.services.checks import check_membership
from app.register.services.memberships import membership_row
from app.register.services.telling import tell

CHANNEL = "area_review"
CHILD_BELOW = 16


class NoCommune(DomainError):
    status = 403
    message = _l("Chỉ đơn vị của xã, phường ghi trẻ em vào danh sách của mình.")


@dataclass(frozen=True, slots=True)
class Registered:
    """What was created, and what may be missing in it (nothing of it is personal)."""

    case: Case
    child: Child
    membership: GroupMembership
    doubts: Sequence[LazyString]


def register_child(session: Session, *, actor: Actor, data: EntryData, now: datetime) -> Registered:
    """One child. Raises InvalidInput and NoCommune."""
    (registered,) = register_children(session, actor=actor, data=[data], now=now)
    return registered


def register_children(
    session: Session, *, actor: Actor, data: Sequence[EntryData], now: datetime
) -> list[Registered]:
    """Create child, report, case and membership of each, for the actor's own commune.

    The commune has seen the children itself, so that the cases count as verified. All are checked
    before the first is written. Raises InvalidInput and NoCommune.
    """
    if actor.commune_code is None or actor.unit_kind is not UnitKind.COMMUNE_PC:
        raise NoCommune
    today = clock.local(now).date()
    for one in data:
        check_entry(one, today=today)
    if not data:
        return []
    to = Destination(actor.commune_code, actor.unit_id, actor.unit_name, actor.id)
    reports = [_report(one, to.commune_code, now) for one in data]
    received = receive_reports(session, actor=actor, data=reports, to=to, is_verified=True, now=now)
    registered = []
    for entry, made in zip(data, received, strict=True):
        (case,), (child,) = made.cases, made.children
        membership = membership_row(actor, case, child.key, entry.membership, now)
        session.add(membership)
        tell(session, actor, case, membership, EventKind.GROUP_RECORDED, "recorded", now=now)
        registered.append(Registered(case, child, membership, list(doubts(membership, today))))
    session.flush()
    return registered


def check_entry(data: EntryData, *, today: date) -> None:
    """What `register_child` refuses, for a dry run: it writes nothing. Raises InvalidInput."""
    if not data.child.full_name:
        raise InvalidInput("child_name", _l("Ghi họ và tên trẻ em."))
    if data.child.dob is not None and data.child.dob.value > today:
        raise InvalidInput("dob", _l("Ngày sinh ở tương lai. Hãy xem lại."))
    if _is_grown(data.child, today):
        raise InvalidInput("dob", _l("Trẻ em là người dưới 16 tuổi. Hãy xem lại ngày sinh."))
    check_membership(data.membership, today=today, born=_first_day(data.child, today))


def _is_grown(child: ReportedChild, today: date) -> bool:
    """Surely 16 or older: a year of birth alone leaves the year in which one turns 16."""
    age = child.age_on(today)
    is_exact = child.dob is not None and child.dob.precision is DatePrecision.DAY
    return age is not None and age >= (CHILD_BELOW if is_exact else CHILD_BELOW + 1)


def _first_day(child: ReportedChild, today: date) -> date | None:
    """The first day on which the child may have been born; an estimate may be a year off."""
    if child.dob is not None:
        return child.dob.value
    year = child.birth_year(today)
    return None if year is None else date(year - 1, 1, 1)


def _report(data: EntryData, commune: str, now: datetime) -> ReportData:
    group = data.membership.group_code
    return ReportData(
        category=Category.SPECIAL_CIRCUMSTANCES,
        channel=CHANNEL,
        received_at=now,
        children=(replace(data.child, residence_commune=commune),),
        event_commune=commune,
        sc_groups=() if group == AT_RISK else (group,),
        texts=ReportTexts(child_condition=data.circumstances),
        parents=data.parents,
    )
