"""Two releases that were approved, and a draft of a further edition that waits for the second
person. Few tables: small provinces of the tests are loaded often."""

from contextlib import nullcontext
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.people import actor_of_user
from app.core import clock
from app.core.sealed import DataKey
from app.indicators.models import Release
from app.indicators.periods import Period, PeriodKind
from app.indicators.services.publishing import prepare
from app.indicators.services.releasing import approve_release, ask_release, submit_release

SECOND = "supervisor2"
SECOND_NAME = "Vũ Thị Hồng Minh"
CODES = frozenset(
    {
        *("special.group_sex", "special.age_sex", "special.commune"),
        *("supported.group_given", "supported.commune_given"),
        *("abuse.form_sex", "abuse.age_sex", "abuse.event_commune"),
        "cases.category",
    }
)
SINCE = timedelta(days=3)
WHY = "Bổ sung hồ sơ của năm trước ghi muộn và các bản ghi trùng đã gộp."


def tell_releases(session: Session, until: datetime) -> None:
    """As two supervisors would have made them; nothing without their accounts."""
    first = _actor(session, "supervisor")
    if first is None:
        return
    second = _second(session, first, until)
    day = clock.local(until - SINCE).date()  # a period is over for some days before it is released
    year = Period.containing(PeriodKind.YEAR, day).previous()
    half = Period.containing(PeriodKind.HALF, day).previous()
    for period in (year, half):
        at = _after(period, until)
        release = _release(session, period, at, first)
        if release is not None:
            approve_release(session, actor=second, release=release, now=at + timedelta(days=1))
    _release(session, year, until - timedelta(hours=20), first, WHY)


def _actor(session: Session, username: str) -> Actor | None:
    user_id = session.scalar(select(User.id).where(User.username == username))
    return actor_of_user(session, user_id) if user_id else None


def _second(session: Session, first: Actor, until: datetime) -> Actor:
    """A further supervisor of the same department."""
    like = session.get_one(User, first.id)
    key = DataKey.new()
    session.add(key)
    user = User(
        key=key,
        username=SECOND,
        name=SECOND_NAME,
        role=like.role,
        unit_id=like.unit_id,
        password_hash=like.password_hash,
        created_at=like.created_at,
    )
    session.add(user)
    session.flush()
    found = actor_of_user(session, user.id)
    if found is None:
        raise ValueError(SECOND)
    return found


def _after(period: Period, until: datetime) -> datetime:
    """Ten days after the period, if that has come."""
    at = datetime.combine(period.end, time(9), clock.LOCAL) + timedelta(days=10)
    return min(at.astimezone(UTC), until - timedelta(days=2))


def _release(
    session: Session, period: Period, at: datetime, by: Actor, note: str | None = None
) -> Release | None:
    """A draft that was submitted; None where none of its tables could be protected."""
    release = ask_release(session, actor=by, period=period, note=note, now=at)
    prepare(release.id, now=at, begin=lambda: nullcontext(session), codes=CODES)
    session.flush()
    if not release.is_open:
        return None
    submit_release(session, actor=by, release=release, now=at + timedelta(hours=1))
    return release
