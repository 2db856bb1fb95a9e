"""Who offers a service for this child, near here, now: the directory as a search."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, joinedload

from app.auth.models import Unit
from app.core import clock
from app.referrals.models import ServiceOffer

MOST = 40  # cards of one search


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom and where: codes and numbers only."""

    commune_code: str | None
    age: int | None
    sex: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that offers the service here, with what speaks against it now."""

    offer: ServiceOffer
    unit: Unit
    is_open: bool
    fits: bool

    @property
    def is_full(self) -> bool:
        return self.offer.is_full

    @property
    def is_ready(self) -> bool:
        """It fits the child and has room: nothing to warn of."""
        return self.fits and not self.is_full


@dataclass(frozen=True, slots=True)
class Search:
    """Who can do this, near here, now. No services: none is asked for; `is_open`, `has_places`:
    only those that are so."""

    services: tuple[str, ...]
    commune_code: str | None = None
    age: int | None = None
    sex: str | None = None
    is_open: bool = False
    has_places: bool = False

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.commune_code, self.age, self.sex)


@dataclass(frozen=True, slots=True)
class Found:
    """At most MOST of those that answer a search, the best first."""

    offers: Sequence[Candidate]
    is_more: bool


def search(session: Session, asked: Search, *, now: datetime) -> Found:
    """As `candidates` orders them, but only those that fit; one statement, whatever is stored."""
    found = _offers(asked.services, asked.commune_code)
    if asked.age is not None:
        found = found.where(ServiceOffer.age_from <= asked.age, ServiceOffer.age_to >= asked.age)
    if asked.sex is not None:
        found = found.where(or_(ServiceOffer.sex.is_(None), ServiceOffer.sex == asked.sex))
    is_open, is_full = _open_at(now), func.coalesce(ServiceOffer.places <= 0, False)
    if asked.is_open:
        found = found.where(is_open)
    if asked.has_places:
        found = found.where(~is_full)
    is_near = func.coalesce(Unit.commune_code == asked.commune_code, False)
    order = (is_full, is_open.desc(), is_near.desc(), Unit.name, ServiceOffer.service)
    rows = session.scalars(found.order_by(*order, ServiceOffer.id).limit(MOST + 1)).all()
    return Found([_candidate(one, asked.wanted, now) for one in rows[:MOST]], len(rows) > MOST)


def offers_of_unit(session: Session, unit_id: uuid.UUID) -> list[ServiceOffer]:
    """Everything a unit has entered, what it has stopped too; one statement."""
    own = select(ServiceOffer).where(ServiceOffer.unit_id == unit_id)
    return list(session.scalars(own.order_by(ServiceOffer.is_active.desc(), ServiceOffer.service)))


def candidates(
    session: Session, services: Iterable[str], wanted: Wanted, *, now: datetime
) -> dict[str, list[Candidate]]:
    """The units for each service, the best first; one statement."""
    codes = sorted(set(services))
    rows = session.scalars(_offers(codes, wanted.commune_code)) if codes else ()
    found: dict[str, list[Candidate]] = {code: [] for code in codes}
    for offer in rows:
        found[offer.service].append(_candidate(offer, wanted, now))
    for several in found.values():
        several.sort(key=lambda one: _order(one, wanted))
    return found


def offer_of(session: Session, *, unit_id: uuid.UUID, service: str) -> ServiceOffer | None:
    """What a unit says of one service; None where it does not offer it (any more)."""
    return session.scalars(
        select(ServiceOffer).where(
            ServiceOffer.unit_id == unit_id, ServiceOffer.service == service, ServiceOffer.is_active
        )
    ).one_or_none()


def _offers(services: Sequence[str], commune_code: str | None) -> Select[ServiceOffer]:
    anywhere = ServiceOffer.communes == cast([], JSONB)
    serves = or_(
        ServiceOffer.communes.contains([commune_code]),
        anywhere & or_(Unit.commune_code.is_(None), Unit.commune_code == commune_code),
    )
    wanted = (
        select(ServiceOffer)
        .join(Unit, Unit.id == ServiceOffer.unit_id)
        .options(joinedload(ServiceOffer.unit, innerjoin=True))
        .where(ServiceOffer.service.in_(services), ServiceOffer.is_active, Unit.is_active)
    )
    return wanted if commune_code is None else wanted.where(serves)


def _open_at(now: datetime) -> ColumnElement[bool]:
    """As ServiceOffer.is_open_at."""
    local = clock.local(now)
    at = local.time().replace(tzinfo=None)
    return or_(
        ServiceOffer.is_emergency,
        and_(
            ServiceOffer.days.contains([str(local.isoweekday())]),
            or_(ServiceOffer.opens.is_(None), ServiceOffer.opens <= at),
            or_(ServiceOffer.closes.is_(None), ServiceOffer.closes > at),
        ),
    )


def _candidate(offer: ServiceOffer, wanted: Wanted, now: datetime) -> Candidate:
    local = clock.local(now)
    return Candidate(
        offer=offer,
        unit=offer.unit,
        is_open=offer.is_open_at(local.isoweekday(), local.time()),
        fits=offer.serves(wanted.age, wanted.sex),
    )


def _order(one: Candidate, wanted: Wanted) -> tuple[bool, bool, bool, bool, str]:
    is_near = wanted.commune_code is not None and one.unit.commune_code == wanted.commune_code
    return (not one.fits, one.is_full, not one.is_open, not is_near, one.unit.name)
