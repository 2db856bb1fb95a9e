"""The directory of services, kept by each unit's lead: what it offers, when, and places now.

Nothing here is about a child: the tables of the directory hold codes, hours and numbers.
"""

from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import Unit
from app.auth.queries import last_change
from app.core.errors import InvalidInput, StaleEdit
from app.reference.communes import UnknownCommune, commune
from app.referrals.models import ServiceOffer
from app.referrals.models.directory import CHILDHOOD
from app.referrals.offer_words import FIELDS, WEEK, service_label, shown
from app.referrals.rules import rules

MOST_PLACES = 999


@dataclass(frozen=True, slots=True)
class OfferData:
    """As the columns of ServiceOffer. Empty `communes`: the area of the unit."""

    age_from: int = 0
    age_to: int = CHILDHOOD
    sex: str | None = None
    days: tuple[str, ...] = ()
    opens: time | None = None
    closes: time | None = None
    is_emergency: bool = False
    places: int | None = None
    communes: tuple[str, ...] = ()
    phone: str | None = None
    note: str | None = None
    is_active: bool = True


def services_left(actor: Actor, offered: set[str]) -> list[str]:
    """What the actor's kind of unit may offer and does not yet."""
    return [code for code in rules().offered(actor.unit_kind) if code not in offered]


def add_offer(
    session: Session, *, actor: Actor, service: str, data: OfferData, now: datetime
) -> ServiceOffer:
    """One more service of the actor's unit. Raises InvalidInput."""
    # two at once: the second waits, and finds the service taken
    session.execute(select(Unit.id).where(Unit.id == actor.unit_id).with_for_update(key_share=True))
    known = select(ServiceOffer.service).where(ServiceOffer.unit_id == actor.unit_id)
    if service not in services_left(actor, {*session.scalars(known)}):
        raise InvalidInput("service", _l("Đơn vị bạn đã ghi việc này, hoặc không làm việc này."))
    _check(data)
    offer = ServiceOffer(
        unit_id=actor.unit_id,
        service=service,
        places_at=now if data.places is not None else None,
        changed_by=actor.id,
        changed_at=now,
        **_columns(data),
    )
    session.add(offer)
    session.flush()
    _record(session, actor, offer, "added", [], now)
    return offer


def change_offer(
    session: Session,
    *,
    actor: Actor,
    offer: ServiceOffer,
    data: OfferData,
    expected_version: int,
    now: datetime,
) -> None:
    """Raises InvalidInput, StaleEdit (what another person saved meanwhile)."""
    session.refresh(offer, with_for_update=True)
    wanted = _columns(data)
    changed = [name for name, value in wanted.items() if getattr(offer, name) != value]
    if offer.version != expected_version:
        raise _stale(session, offer, changed)
    _check(data)
    for name in changed:
        setattr(offer, name, wanted[name])
    if "places" in changed:
        offer.places_at = now if data.places is not None else None
    if changed:
        offer.changed_by, offer.changed_at = actor.id, now
        session.flush()
        _record(session, actor, offer, "changed", changed, now)


def say_places(
    session: Session,
    *,
    actor: Actor,
    offer: ServiceOffer,
    places: int,
    expected_version: int,
    now: datetime,
) -> None:
    """How many more children it can take at this moment; the same number again is news too.

    Raises InvalidInput, StaleEdit.
    """
    session.refresh(offer, with_for_update=True)
    if offer.version != expected_version:
        said = (service_label(offer.service), shown("places", offer.places))
        raise StaleEdit([(*said, last_change(session, offer.id))], offer.version)
    if not 0 <= places <= MOST_PLACES:
        raise InvalidInput("places", _l("Ghi một số từ 0 đến 999."))
    offer.places, offer.places_at = places, now
    offer.changed_by, offer.changed_at = actor.id, now
    session.flush()
    _record(session, actor, offer, "places", ["places"], now)


def _check(data: OfferData) -> None:
    if not 0 <= data.age_from <= data.age_to <= CHILDHOOD:
        raise InvalidInput("age_to", _l("Tuổi từ 0 đến 18, số sau không nhỏ hơn số trước."))
    if not data.days and not data.is_emergency:
        raise InvalidInput("days", _l("Chọn ít nhất một ngày, hoặc trực khẩn cấp ngày đêm."))
    if (data.opens is None) != (data.closes is None):
        raise InvalidInput("closes", _l("Ghi cả giờ mở và giờ đóng, hoặc bỏ trống cả hai."))
    if data.opens is not None and data.closes is not None and data.closes <= data.opens:
        raise InvalidInput(
            "closes", _l("Giờ đóng phải sau giờ mở trong cùng ngày. Qua đêm: chọn trực ngày đêm.")
        )
    if data.places is not None and not 0 <= data.places <= MOST_PLACES:
        raise InvalidInput("places", _l("Ghi một số từ 0 đến 999."))
    if not {*data.days} <= {*WEEK}:
        raise InvalidInput("days", _l("Có ngày không hợp lệ."))
    for code in data.communes:
        _check_commune(code)


def _check_commune(code: str) -> None:
    try:
        commune(code)
    except UnknownCommune:
        raise InvalidInput("communes", _l("Có xã, phường không hợp lệ.")) from None


def _columns(data: OfferData) -> dict[str, Any]:
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    return values | {"days": sorted(data.days), "communes": sorted(data.communes)}


def _stale(session: Session, offer: ServiceOffer, changed: list[str]) -> StaleEdit:
    who = last_change(session, offer.id)
    rows = [(str(FIELDS[one]), shown(one, getattr(offer, one)), who) for one in changed]
    return StaleEdit(rows, offer.version)


def _record(
    session: Session,
    actor: Actor,
    offer: ServiceOffer,
    step: str,
    changed: list[str],
    now: datetime,
) -> None:
    record(
        session,
        actor,
        AuditAction.DIRECTORY_CHANGED,
        at=now,
        subject_id=offer.id,
        data={"step": step, "service": offer.service, "fields": changed},
    )
