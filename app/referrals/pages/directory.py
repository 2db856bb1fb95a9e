"""The directory in words: the search with its filters, the cards, the page of a unit's lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.labels import kind_label
from app.auth.permissions import Permission, has_permission
from app.cases.pages.list_filters import Box
from app.core import clock
from app.deadlines.calendar import is_working_day
from app.reference.communes import commune_choices
from app.referrals.forms.offers import PlacesForm
from app.referrals.models import ServiceOffer
from app.referrals.models.directory import CHILDHOOD
from app.referrals.offer_words import (
    DAYS_INSIDE,
    area_words,
    hours_words,
    places_words,
    service_label,
    whom_words,
)
from app.referrals.queries.directory import Candidate, Search, offers_of_unit, search
from app.referrals.rules import rules
from app.referrals.services.clocks import calendar
from app.referrals.services.directory import MOST_PLACES, services_left
from app.web.filters import dial, duration, phone
from app.web.words import _

EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class OfferCard:
    """One service of one unit, in words. `tone` and `icon` are of `state`: open or closed now."""

    offer: ServiceOffer
    service: str
    state: str
    tone: str
    hours: str
    whom: str
    places: str
    places_tone: str
    said: str
    is_old_news: bool
    phone: str
    dial: str

    @property
    def note(self) -> str | None:
        return self.offer.note


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card of the search: with the unit and where it serves."""

    card: OfferCard
    unit: str
    kind: str
    area: str


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card of the unit's own page, with the form of its places."""

    card: OfferCard
    form: PlacesForm
    version: int
    taps: tuple[int, ...]


def read_search(args: Mapping[str, str], actor: Actor) -> Search:
    """What an address asks for; what is no code is not asked. Near is the reader's own commune
    where the address names none."""
    offered = rules().offered()
    service, age, sex = args.get("service", ""), args.get("age", ""), args.get("sex", "")
    return Search(
        services=(service,) if service in offered else tuple(offered),
        commune_code=_commune(args.get("commune", ""), actor),
        age=int(age) if age in _ages() else None,
        sex=sex if sex in ("female", "male") else None,
        is_open=args.get("open") == "1",
        has_places=args.get("places") == "1",
    )


def _commune(asked: str, actor: Actor) -> str | None:
    if asked == EVERYWHERE:
        return None
    known = {code for code, _label in commune_choices()}
    return asked if asked in known else actor.commune_code


def _ages() -> tuple[str, ...]:
    return tuple(str(age) for age in range(CHILDHOOD))


def search_page(
    session: Session, *, actor: Actor, asked: Search, now: datetime
) -> dict[str, object]:
    """What the page of the search shows; two statements."""
    found = search(session, asked, now=now)
    today = clock.local(now).date()
    is_holiday = today.isoweekday() <= 5 and not is_working_day(today, calendar(session, now))
    return {
        "asked": asked,
        "boxes": tuple(_boxes(asked)),
        "cards": [_found_card(one, now) for one in found.offers],
        "is_more": found.is_more,
        "is_holiday": is_holiday,
        "is_narrow": asked.is_open or asked.has_places or asked.age is not None or bool(asked.sex),
        "may_edit": has_permission(actor, Permission.DIRECTORY_EDIT),
    }


def _boxes(asked: Search) -> Iterable[Box]:
    chosen = asked.services[0] if len(asked.services) == 1 else ""
    services = [("", _("Mọi việc")), *((code, service_label(code)) for code in rules().offered())]
    yield Box("service", _("Cần việc gì"), _options(services, chosen))
    communes = [(EVERYWHERE, _("Cả tỉnh")), *commune_choices()]
    place = asked.commune_code or EVERYWHERE
    yield Box("commune", _("Ở xã, phường"), _options(communes, place))
    ages = [("", _("Mọi tuổi")), *((age, _("%(n)s tuổi", n=age)) for age in _ages())]
    yield Box(
        "age", _("Tuổi của trẻ em"), _options(ages, "" if asked.age is None else str(asked.age))
    )
    sexes = [("", _("Nam hoặc nữ")), ("female", _("Nữ")), ("male", _("Nam"))]
    yield Box("sex", _("Giới tính"), _options(sexes, asked.sex or ""))


def _options(pairs: Iterable[tuple[str, object]], chosen: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((code, str(words), code == chosen) for code, words in pairs)


def _found_card(one: Candidate, now: datetime) -> FoundCard:
    return FoundCard(
        card=offer_card(one.offer, now, phone_of_unit=one.unit.phone),
        unit=one.unit.name,
        kind=kind_label(one.unit.kind),
        area=area_words(one.offer.communes, one.unit.commune_code),
    )


def offer_card(
    offer: ServiceOffer, now: datetime, *, phone_of_unit: str | None = None
) -> OfferCard:
    state, tone = _state(offer, now)
    number = offer.phone or phone_of_unit or ""
    is_old = is_old_news(offer, now)
    return OfferCard(
        offer=offer,
        service=service_label(offer.service),
        state=state,
        tone=tone,
        hours=_hours(offer),
        whom=whom_words(offer),
        places=places_words(offer.places),
        places_tone="danger" if offer.is_full else "warn" if is_old else "",
        said=_said(offer, now),
        is_old_news=is_old,
        phone=phone(number),
        dial=dial(number),
    )


def _hours(offer: ServiceOffer) -> str:
    hours = hours_words(offer.days, offer.opens, offer.closes)
    return _("Giờ thường: %(hours)s", hours=hours) if hours and offer.is_emergency else hours


def is_old_news(offer: ServiceOffer, now: datetime) -> bool:
    """A number of places said too long ago to count on."""
    days = timedelta(days=rules().freshness.places_days)
    return offer.places is not None and (offer.places_at is None or now - offer.places_at > days)


def _said(offer: ServiceOffer, now: datetime) -> str:
    if offer.places is None or offer.places_at is None:
        return ""
    return _("cập nhật %(span)s trước", span=duration(now - offer.places_at))


def _state(offer: ServiceOffer, now: datetime) -> tuple[str, str]:
    """Open now or closed until when, with its tone."""
    local = clock.local(now)
    if not offer.is_active:
        return _("Đã ngừng nhận"), ""
    if offer.is_emergency:
        return _("Trực khẩn cấp ngày đêm"), "ok"
    if not offer.is_open_at(local.isoweekday(), local.time()):
        return _("Đang đóng cửa, %(when)s", when=_opens_again(offer, local)), "warn"
    if offer.closes is None:
        return _("Đang mở cửa cả ngày"), "ok"
    return _("Đang mở cửa, đến %(time)s", time=offer.closes.strftime("%H:%M")), "ok"


def _opens_again(offer: ServiceOffer, local: datetime) -> str:
    next_at = next_opening(offer, local)
    if next_at is None:
        return _("chưa rõ khi nào mở lại")
    hour = next_at.strftime("%H:%M")
    if next_at.date() == local.date():
        return _("mở lại lúc %(time)s hôm nay", time=hour)
    if next_at.date() == local.date() + timedelta(days=1):
        return _("mở lại lúc %(time)s ngày mai", time=hour)
    return _("mở lại lúc %(time)s %(day)s", time=hour, day=_day(next_at.date()))


def _day(day: date) -> str:
    return f"{DAYS_INSIDE[str(day.isoweekday())]} {day.strftime('%d/%m')}"


def next_opening(offer: ServiceOffer, local: datetime) -> datetime | None:
    """When the hours begin next, on a clock in Vietnam; None without days."""
    begin = offer.opens or time()
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        at = datetime.combine(day, begin, clock.LOCAL)
        if str(day.isoweekday()) in offer.days and at > local:
            return at
    return None


def own_page(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    refused: tuple[ServiceOffer, PlacesForm] | None = None,
) -> dict[str, object]:
    """The page of the unit's own offers; `refused` is the form of places that could not be kept."""
    offers = offers_of_unit(session, actor.unit_id)
    left = services_left(actor, {offer.service for offer in offers})
    return {
        "cards": [_own_card(offer, now, refused) for offer in offers],
        "unit_name": actor.unit_name,
        "can_add": bool(left),
        "offers_any": bool(rules().offered(actor.unit_kind)),
        "places_days": rules().freshness.places_days,
        "conflict": refused[1].conflict if refused else None,
    }


def _own_card(
    offer: ServiceOffer, now: datetime, refused: tuple[ServiceOffer, PlacesForm] | None
) -> OwnCard:
    form = refused[1] if refused and refused[0].id == offer.id else PlacesForm(formdata=None)
    return OwnCard(offer_card(offer, now), form, offer.version, _taps(offer.places))


def _taps(places: int | None) -> tuple[int, ...]:
    """The numbers of the buttons: none left, one fewer, the same, one more."""
    if places is None:
        return (0, 1)
    near = {0, places - 1, places, places + 1}
    return tuple(sorted(number for number in near if 0 <= number <= MOST_PLACES))
