"""The directory of services: who can do this, near here, now; kept by each unit's lead."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.auth.permissions import GRANTS, Permission
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.referrals.models import ServiceOffer
from app.referrals.offer_words import days_words, hours_words
from app.referrals.pages.directory import is_old_news, next_opening
from app.referrals.queries.directory import MOST, Search, Wanted, candidates, search
from app.referrals.services.directory import OfferData, add_offer, change_offer, say_places
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import PHO_HIEN, TAN_HUNG, UnitFactory, UserFactory
from tests.referrals.story import EVERY_DAY, make_offer
from tests.sql import counted

OFFICE = {"days": ["1", "2", "3", "4", "5"], "opens": time(7, 30), "closes": time(17)}
# a Wednesday, 10:00 in Vietnam
WEDNESDAY = datetime(2026, 11, 25, 3, tzinfo=UTC)
NIGHT = datetime(2026, 11, 25, 15, tzinfo=UTC)
DATA = OfferData(days=("1", "2"), opens=time(8), closes=time(16), places=3)


@pytest.fixture
def hospital(session: Session) -> Unit:
    made: Unit = UnitFactory(
        kind=UnitKind.HEALTH, level=UnitLevel.PROVINCE, commune_code=None, name="Bệnh viện thử"
    )
    return made


@pytest.fixture
def lead(session: Session, hospital: Unit) -> User:
    made: User = UserFactory(unit=hospital, role=Role.UNIT_LEAD)
    return made


@pytest.fixture
def worker(session: Session) -> User:
    made: User = UserFactory(unit=UnitFactory())
    return made


def offer(session: Session, unit: Unit, by: User, service: str, **more: Any) -> ServiceOffer:
    made = make_offer(unit, service, by, **{"is_emergency": False, **more})
    session.add(made)
    session.commit()
    return made


def words(page: BeautifulSoup) -> str:
    return " ".join(page.select_one("main").text.split())  # type: ignore[union-attr]


def events(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "directory.changed").order_by(AuditEvent.id)
    )
    return [json.loads(row.body)["data"] for row in rows]


# --- the search


def test_near_is_the_readers_own_commune_until_another_is_asked_for(
    browser: Browser, session: Session, lead: User, worker: User
) -> None:
    for code, name in ((PHO_HIEN, "Công an gần"), (TAN_HUNG, "Công an xa")):
        police = UnitFactory(kind=UnitKind.POLICE, name=name, commune_code=code)
        offer(session, police, lead, "child_safety", phone="0221 3861 113", is_emergency=True)
    browser.sign_in(worker)
    near = browser.get("directory.index", service="child_safety")
    assert "Công an gần" in words(near) and "Công an xa" not in words(near)
    assert near.select_one('a[href="tel:02213861113"]') is not None
    assert "Trực khẩn cấp ngày đêm" in words(near)
    assert "Công an xa" in words(browser.get("directory.index", commune="all"))


def test_it_says_whether_a_unit_is_open_and_when_it_opens_again(
    browser: Browser, session: Session, hospital: Unit, lead: User, worker: User
) -> None:
    offer(session, hospital, lead, "psychology", **OFFICE)
    with time_machine.travel(WEDNESDAY, tick=False):
        page = browser.sign_in(worker).get("directory.index")
        assert "Đang mở cửa, đến 17:00" in words(page)
    with time_machine.travel(NIGHT, tick=False):
        browser.sign_in(worker)
        assert "mở lại lúc 07:30 ngày mai" in words(browser.get("directory.index"))
        assert "Chưa có đơn vị nào khớp" in words(browser.get("directory.index", open="1"))


def test_a_holiday_is_told_of(
    browser: Browser, session: Session, hospital: Unit, lead: User, worker: User
) -> None:
    offer(session, hospital, lead, "psychology", **OFFICE)
    with time_machine.travel(datetime(2027, 1, 1, 3, tzinfo=UTC), tick=False):
        page = browser.sign_in(worker).get("directory.index")
    assert "Hôm nay là ngày nghỉ" in words(page)


def test_places_are_shown_with_when_they_were_said(
    browser: Browser, session: Session, hospital: Unit, lead: User, worker: User
) -> None:
    said = clock.now() - timedelta(days=9)
    offer(session, hospital, lead, "psychology", places=4, places_at=said)
    page = words(browser.sign_in(worker).get("directory.index"))
    assert "Còn nhận 4 em" in page and "cập nhật 9 ngày trước" in page
    assert "Đã lâu, hãy gọi hỏi trước." in page


def test_the_empty_answer_says_what_to_do(browser: Browser, worker: User) -> None:
    page = browser.sign_in(worker).get("directory.index", service="legal_aid", age="3")
    wider = page.select_one('.empty-state a[href*="commune=all"]')
    assert wider is not None and "service=legal_aid" in str(wider["href"])
    nothing = browser.get("directory.index", commune="all")
    assert nothing.select_one('.empty-state a[href="tel:111"]') is not None


def test_what_no_address_should_hold_is_not_asked(browser: Browser, worker: User) -> None:
    browser.sign_in(worker)
    for asked in ({"service": "x' OR 1"}, {"age": "999"}, {"commune": "\x00"}, {"sex": "<b>"}):
        browser.get("directory.index", **asked)


@pytest.mark.parametrize("at", [WEDNESDAY, NIGHT])
def test_it_orders_and_filters_as_the_proposal_of_a_request_does(
    session: Session, lead: User, at: datetime
) -> None:
    kinds = (
        {"is_emergency": True},
        {**OFFICE, "places": 0},
        {**OFFICE, "places": 2},
        {**OFFICE, "days": ["6", "7"]},
        {"opens": time(20), "closes": time(23, 30)},
        {"age_from": 10, "age_to": 12},
        {"sex": "male"},
        {"communes": [TAN_HUNG]},
        {"communes": [PHO_HIEN, TAN_HUNG]},
        {"is_active": False},
    )
    for i, more in enumerate(kinds):
        place = PHO_HIEN if i % 2 else None
        offer(
            session, UnitFactory(name=f"Đơn vị {i}", commune_code=place), lead, "psychology", **more
        )
    wanted = Wanted(PHO_HIEN, 8, "female")
    proposed = candidates(session, ["psychology"], wanted, now=at)["psychology"]
    fitting = [one for one in proposed if one.fits]
    asked = Search(("psychology",), PHO_HIEN, 8, "female")
    found = search(session, asked, now=at).offers
    assert [one.unit.name for one in found] == [one.unit.name for one in fitting]
    only_open = Search(("psychology",), PHO_HIEN, 8, "female", is_open=True, has_places=True)
    kept = {one.offer.id for one in search(session, only_open, now=at).offers}
    assert kept == {one.offer.id for one in fitting if one.is_open and not one.is_full}
    assert 0 < len(kept) < len(fitting)


def test_of_many_the_best_are_shown_in_as_many_statements(
    browser: Browser, session: Session, lead: User, worker: User
) -> None:
    browser.sign_in(worker)
    browser.get("directory.index")
    with counted(browser.engine) as few:
        browser.get("directory.index")
    for i in range(MOST + 5):
        offer(session, UnitFactory(name=f"Đơn vị {i:02}"), lead, "psychology")
    with counted(browser.engine) as many:
        page = browser.get("directory.index")
    assert len(page.select("li.offer")) == MOST
    assert "Còn nữa." in words(page)
    assert len(many) == len(few)


# --- words


@given(st.sets(st.sampled_from(EVERY_DAY), min_size=1), st.integers(0, 7 * 24 * 60))
def test_it_is_open_when_it_said_it_would_open_again(days: set[str], minutes: int) -> None:
    one = ServiceOffer(days=sorted(days), opens=time(7, 30), closes=time(17), is_emergency=False)
    local = clock.local(WEDNESDAY) + timedelta(minutes=minutes)
    again = next_opening(one, local)
    assert again is not None and again > local
    assert one.is_open_at(again.isoweekday(), again.time())
    before = again - timedelta(minutes=1)
    assert not one.is_open_at(before.isoweekday(), before.time())


def test_days_and_hours_read_as_people_say_them(app: object) -> None:
    assert days_words(["1", "2", "3", "4", "5"]) == "Thứ Hai đến thứ Sáu"
    assert days_words(["1", "3"]) == "Thứ Hai, thứ Tư"
    assert days_words(EVERY_DAY) == "Mọi ngày"
    assert hours_words(["7"], time(7, 30), time(11)) == "Chủ nhật, 07:30 đến 11:00"
    assert hours_words([], None, None) == ""


def test_a_number_that_was_never_said_is_old_news(session: Session) -> None:
    now = clock.now()
    assert is_old_news(ServiceOffer(places=3, places_at=None), now)
    assert not is_old_news(ServiceOffer(places=3, places_at=now - timedelta(days=6)), now)
    assert not is_old_news(ServiceOffer(places=None, places_at=None), now)


# --- what a lead keeps


def test_a_lead_adds_what_the_kind_of_unit_may_offer_and_is_found(
    browser: Browser, session: Session, lead: User, worker: User
) -> None:
    page = browser.sign_in(lead).get("directory.new")
    offered = {str(one["value"]) for one in page.select("#service option") if one["value"]}
    assert offered == {"emergency_care", "prophylaxis", "health_care", "psychology"}
    browser.submit_page(
        page,
        {
            "service": "psychology",
            "opens": "7h30",
            "closes": "17",
            "places": "5",
            "note": "Hẹn trước",
        },
    )
    made = session.scalars(select(ServiceOffer)).one()
    assert (made.opens, made.closes, made.places) == (time(7, 30), time(17), 5)
    assert made.places_at is not None and made.unit_id == lead.unit_id
    assert events(session) == [{"step": "added", "service": "psychology", "fields": []}]
    left = browser.get("directory.new").select("#service option")
    assert "psychology" not in {str(one["value"]) for one in left}
    assert "Hẹn trước" in words(browser.sign_in(worker).get("directory.index"))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"age_from": "12", "age_to": "6"}, "age_to"),
        ({"days": None}, "days"),
        ({"opens": "17:00", "closes": "08:00"}, "closes"),
        ({"opens": "08:00", "closes": ""}, "closes"),
        ({"opens": "25:00", "closes": "26"}, "opens"),
        ({"places": "-1"}, "places"),
        ({"places": "1000"}, "places"),
        ({"age_to": "19"}, "age_to"),
        ({"phone": "gọi cô Hà"}, "phone"),
        ({"communes": ["00000"]}, "communes"),
        ({"service": "crime_report"}, "service"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    browser: Browser, session: Session, lead: User, typed: dict[str, Any], field: str
) -> None:
    browser.sign_in(lead)
    data = {"service": "psychology", "note": "Giữ lại", **typed}
    page = browser.submit("directory.new", data, expect=422)
    assert page.select(f'.error-summary a[href="#{field}"]')
    assert "Giữ lại" in words(page)
    assert session.scalars(select(ServiceOffer)).all() == []


def test_day_and_night_needs_no_days(session: Session, lead: User) -> None:
    data = OfferData(is_emergency=True)
    made = add_offer(
        session, actor=actor_of(lead), service="psychology", data=data, now=clock.now()
    )
    assert made.is_open_at(3, time(3))


def test_the_same_service_twice_is_refused(session: Session, lead: User) -> None:
    actor, now = actor_of(lead), clock.now()
    add_offer(session, actor=actor, service="psychology", data=DATA, now=now)
    with pytest.raises(InvalidInput) as refused:
        add_offer(session, actor=actor, service="psychology", data=DATA, now=now)
    assert refused.value.field == "service"


def test_an_edit_writes_the_names_of_what_changed_and_nothing_else(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(session, hospital, lead, "psychology", places=3, places_at=clock.now())
    before = one.places_at
    browser.sign_in(lead).submit(
        "directory.edit", {"note": "Cổng sau", "is_active": None}, offer_id=one.id
    )
    assert (one.note, one.is_active, one.places_at) == ("Cổng sau", False, before)
    assert events(session)[-1] == {
        "step": "changed",
        "service": "psychology",
        "fields": ["note", "is_active"],
    }


def test_what_was_stopped_is_found_no_more_and_can_begin_again(
    browser: Browser, session: Session, hospital: Unit, lead: User, worker: User
) -> None:
    one = offer(session, hospital, lead, "psychology", is_active=False)
    assert not browser.sign_in(worker).get("directory.index").select("li.offer")
    mine = browser.sign_in(lead).get("directory.mine")
    assert "Đã ngừng nhận" in words(mine) and not mine.select("form.places")
    browser.submit("directory.edit", {"is_active": "y"}, offer_id=one.id)
    assert browser.sign_in(worker).get("directory.index").select("li.offer")


def test_two_leads_at_once_the_second_sees_and_loses_nothing(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(session, hospital, lead, "psychology")
    stale = browser.sign_in(lead).get("directory.edit", offer_id=one.id)
    browser.submit("directory.edit", {"phone": "0221 3111 111"}, offer_id=one.id)
    page = browser.submit_page(stale, {"phone": "0221 3222 222"}, expect=409)
    assert "0221 3111 111" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert page.select_one("#phone")["value"] == "0221 3222 222"  # type: ignore[index]
    browser.submit_page(page, {})
    assert one.phone == "0221 3222 222"


def tap(browser: Browser, page: BeautifulSoup, one: ServiceOffer, **sent: Any) -> BeautifulSoup:
    return browser.submit_page(page, sent, form=f"#places-{one.id}", expect=sent.pop("expect", 303))


def test_one_tap_says_the_places_of_now(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(
        session, hospital, lead, "psychology", places=3, places_at=clock.now() - timedelta(days=20)
    )
    page = browser.sign_in(lead).get("directory.mine")
    taps = [str(button["value"]) for button in page.select(".taps button")]
    assert taps == ["0", "2", "3", "4"]
    tap(browser, page, one, tap="3")  # still the same, and yet news
    assert browser.location is not None and browser.location.endswith(f"#offer-{one.id}")
    assert one.places == 3 and one.places_at is not None
    assert clock.now() - one.places_at < timedelta(minutes=1)
    assert events(session)[-1]["step"] == "places"
    tap(browser, browser.get("directory.mine"), one, places="11")
    assert one.places == 11


def test_a_tap_on_an_old_page_is_told_and_kept(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(session, hospital, lead, "psychology", places=3, places_at=clock.now())
    stale = browser.sign_in(lead).get("directory.mine")
    tap(browser, browser.get("directory.mine"), one, tap="0")
    page = browser.submit_page(stale, {"tap": "4"}, form=f"#places-{one.id}", expect=409)
    told = page.select_one(".conflict").text  # type: ignore[union-attr]
    assert "Tham vấn, trị liệu tâm lý" in told and "Hết chỗ" in told
    assert page.select_one(f"#number-{one.id}")["value"] == "4"  # type: ignore[index]
    assert one.places == 0
    browser.submit_page(page, {}, form=f"#places-{one.id}")
    assert one.places == 4


@pytest.mark.parametrize("sent", [{}, {"places": "-3"}, {"places": "rất nhiều"}, {"tap": "5000"}])
def test_no_number_is_no_news(
    browser: Browser, session: Session, hospital: Unit, lead: User, sent: dict[str, str]
) -> None:
    one = offer(session, hospital, lead, "psychology", places=3)
    page = browser.sign_in(lead).get("directory.mine")
    answer = browser.submit_page(page, dict(sent), form=f"#places-{one.id}", expect=422)
    assert answer.select(".tap-other .error") and one.places == 3


def test_a_double_tap_is_one(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(session, hospital, lead, "psychology", places=3)
    page = browser.sign_in(lead).get("directory.mine")
    tap(browser, page, one, tap="2")
    tap(browser, page, one, tap="2")
    assert [event["step"] for event in events(session)] == ["places"]


def test_services_guard_the_version(session: Session, hospital: Unit, lead: User) -> None:
    one, actor, now = offer(session, hospital, lead, "psychology"), actor_of(lead), clock.now()
    say_places(session, actor=actor, offer=one, places=1, expected_version=1, now=now)
    with pytest.raises(StaleEdit):
        say_places(session, actor=actor, offer=one, places=2, expected_version=1, now=now)
    with pytest.raises(StaleEdit):
        change_offer(session, actor=actor, offer=one, data=DATA, expected_version=1, now=now)


def test_another_units_offer_is_hidden(
    browser: Browser, session: Session, hospital: Unit, lead: User
) -> None:
    one = offer(session, hospital, lead, "psychology")
    other = UserFactory(unit=UnitFactory(kind=UnitKind.HEALTH), role=Role.UNIT_LEAD)
    browser.sign_in(other).get("directory.edit", offer_id=one.id, expect=404)


def test_a_unit_that_offers_nothing_is_told_so(browser: Browser, session: Session) -> None:
    lead = UserFactory(unit=UnitFactory(doh=True), role=Role.UNIT_LEAD)
    page = browser.sign_in(lead).get("directory.mine")
    assert "Loại đơn vị của bạn không nhận chuyển gửi" in words(page)
    browser.get("directory.new", expect=303)
    assert browser.location is not None and browser.location.endswith("/mine")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_the_directory_finds_it_in_the_menu(
    browser: Browser, session: Session, role: Role
) -> None:
    user = UserFactory(unit=UnitFactory(kind=UnitKind.HEALTH), role=role)
    page = browser.sign_in(user).get("auth.profile")
    entries = {str(one["href"]) for one in page.select(".bar-nav a")}
    assert ("/referrals/directory/" in entries) is (Permission.DIRECTORY_READ in GRANTS[role])
