"""The register of agreements: what is in force, and which shares none of them covers."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role, UnitKind, User
from app.core import clock
from app.referrals.errors import AgreementEnded
from app.referrals.models import Agreement
from app.referrals.queries.agreements import gap, uncovered
from app.referrals.services.agreements import end_agreement
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted

K = UnitKind
TODAY = clock.today()
VN = "%d/%m/%Y"
TYPED = {
    "title": "Quy chế phối hợp liên ngành",
    "number": "15/QCPH-SYT-CAT",
    "parties": ["commune_pc", "police"],
    "sections": ["identity", "event"],
    "signed_on": TODAY.strftime(VN),
}


@pytest.fixture
def supervisor(session: Session) -> User:
    made: User = UserFactory(unit=UnitFactory(doh=True), role=Role.SUPERVISOR)
    return made


def agreement(session: Session, by: User, **more: Any) -> Agreement:
    values = {
        "title": "Quy chế thử", "number": "01/QCPH", "parties": ["commune_pc", "health"],
        "sections": ["identity", "health"], "signed_on": TODAY - timedelta(days=100), **more,
    }  # fmt: skip
    made = Agreement(by_id=by.id, recorded_at=clock.now(), **values)
    session.add(made)
    session.commit()
    return made


def words(page: BeautifulSoup) -> str:
    return " ".join(page.select_one("main").text.split())  # type: ignore[union-attr]


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


@pytest.mark.parametrize(
    ("more", "is_open"),
    [
        ({}, False),
        ({"expires_on": days(0)}, False),  # its last day
        ({"expires_on": days(-1)}, True),
        ({"signed_on": days(1)}, True),
        ({"ended_at": clock.now()}, True),
        ({"parties": ["commune_pc", "police"]}, True),
        ({"sections": ["identity"]}, True),
    ],
)
def test_a_share_is_covered_by_what_is_in_force_between_both_for_all_sections(
    session: Session, supervisor: User, more: dict[str, Any], is_open: bool
) -> None:
    agreement(session, supervisor, **more)
    kinds = (K.COMMUNE_PC, K.HEALTH)
    assert gap(session, kinds, ["identity", "health"], TODAY) is is_open


def test_two_agreements_cover_together_and_many_shares_take_one_statement(
    session: Session, supervisor: User
) -> None:
    agreement(session, supervisor, sections=["identity"])
    agreement(session, supervisor, sections=["health"])
    shares = [
        (K.COMMUNE_PC, K.HEALTH, ["identity", "health"]),
        (K.HEALTH, K.COMMUNE_PC, ["health"]),
        (K.COMMUNE_PC, K.HEALTH, ["identity", "event"]),
        (K.COMMUNE_PC, K.SCHOOL, []),
    ]
    with counted(session.get_bind()) as executed:
        assert uncovered(session, shares, TODAY) == [False, False, True, True]
    assert len(executed) == 1
    with counted(session.get_bind()) as executed:
        assert uncovered(session, [], TODAY) == []
    assert executed == []


def test_the_register_says_what_ends_soon_what_is_over_and_what_is_missing(
    browser: Browser, session: Session, supervisor: User
) -> None:
    agreement(session, supervisor, number="ENDS", expires_on=days(30))
    agreement(session, supervisor, number="LASTS", expires_on=days(300))
    agreement(session, supervisor, number="OVER", expires_on=days(-3))
    page = browser.sign_in(supervisor).get("agreements.index")
    text = words(page)
    assert "Sắp hết hiệu lực" in text and "còn 30 ngày" in text
    assert "Đã hết hiệu lực" in text
    assert text.index("ENDS") < text.index("LASTS") < text.index("OVER")
    missing = [one.b.text for one in page.select("section.card .refs li") if one.b]
    assert "Công an" in missing and "Bệnh viện, trạm y tế" not in missing


def test_an_empty_register_says_what_to_do(browser: Browser, supervisor: User) -> None:
    page = browser.sign_in(supervisor).get("agreements.index")
    assert page.select_one('.empty-state a[href$="/agreements/new"]') is not None


def test_it_is_recorded_and_on_the_log(
    browser: Browser, session: Session, supervisor: User
) -> None:
    browser.sign_in(supervisor).submit("agreements.new", TYPED)
    made = session.scalars(select(Agreement)).one()
    assert (made.number, made.parties) == ("15/QCPH-SYT-CAT", ["commune_pc", "police"])
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "referral.agreement_changed")
    ).one()
    assert json.loads(event.body)["data"] == {
        "step": "recorded",
        "parties": ["commune_pc", "police"],
    }


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"parties": ["police"]}, "parties"),
        ({"parties": None}, "parties"),
        ({"sections": None}, "sections"),
        ({"sections": ["informant"]}, "sections"),
        ({"signed_on": days(1).strftime(VN)}, "signed_on"),
        ({"expires_on": days(-1).strftime(VN)}, "expires_on"),
        ({"number": ""}, "number"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    browser: Browser, session: Session, supervisor: User, typed: dict[str, Any], field: str
) -> None:
    browser.sign_in(supervisor)
    page = browser.submit("agreements.new", {**TYPED, **typed}, expect=422)
    assert page.select(f'.error-summary a[href="#{field}"]')
    assert page.select_one("#title")["value"] == TYPED["title"]  # type: ignore[index]
    assert session.scalars(select(Agreement)).all() == []


def test_a_newer_version_is_a_row_of_its_own(
    browser: Browser, session: Session, supervisor: User
) -> None:
    old = agreement(session, supervisor)
    browser.sign_in(supervisor).submit(
        "agreements.edit", {"number": "02/QCPH"}, agreement_id=old.id
    )
    new = session.scalars(select(Agreement).where(Agreement.id != old.id)).one()
    assert (new.number, new.parties, new.ended_at) == ("02/QCPH", old.parties, None)
    assert old.number == "01/QCPH" and old.ended_at is not None


def test_two_who_renew_at_once_the_second_is_told_and_keeps_what_was_typed(
    browser: Browser, session: Session, supervisor: User
) -> None:
    old = agreement(session, supervisor)
    stale = browser.sign_in(supervisor).get("agreements.edit", agreement_id=old.id)
    browser.submit("agreements.edit", {"number": "02/QCPH"}, agreement_id=old.id)
    page = browser.submit_page(stale, {"number": "03/QCPH"}, expect=409)
    assert "đã có bản mới" in page.select_one(".conflict").text  # type: ignore[union-attr]
    assert page.select_one("#number")["value"] == "03/QCPH"  # type: ignore[index]
    assert len(session.scalars(select(Agreement)).all()) == 2
    browser.get("agreements.edit", agreement_id=old.id, expect=409)


def test_it_ends_once(browser: Browser, session: Session, supervisor: User) -> None:
    old = agreement(session, supervisor)
    page = browser.sign_in(supervisor).get("agreements.index")
    browser.submit_page(page, {}, form=f'form[action$="{old.id}/end"]')
    assert old.ended_at is not None
    assert "Đã chấm dứt" in words(browser.get("agreements.index"))
    with pytest.raises(AgreementEnded):
        end_agreement(session, actor=actor_of(supervisor), agreement=old, now=clock.now())
