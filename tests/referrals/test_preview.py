"""The preview shows what the receiver will see, made by what shows it to the receiver."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import clock
from app.referrals.models import Referral
from app.referrals.pages.packet import packet_page
from app.referrals.queries.packet import open_sections, packet_of
from tests.browser import Browser
from tests.referrals.story import (
    Agencies,
    accept,
    draft,
    fill,
    make_agencies,
    send,
    whole,
    whole_case,
)
from tests.sql import counted


@pytest.fixture
def agencies(session: Session) -> Agencies:
    made = make_agencies(session)
    child = whole_case(session, made).child
    child.full_name, child.address = "Trần Thị Canary", "Số 7 ngõ Canary"
    session.commit()
    return made


@pytest.fixture
def browser(app: Flask, session: Session, agencies: Agencies) -> Browser:
    return Browser(app, session).sign_in(agencies.worker)


def before_and_after(page: BeautifulSoup) -> tuple[str, str]:
    before, after = page.select(".before-after > .card")
    return before.text, after.text


def test_before_nothing_of_the_file_after_exactly_the_sections(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "school_support")
    fill(session, agencies, asked)
    before, after = before_and_after(browser.get("referrals.preview", request_id=asked.id))
    assert "Canary" not in before and "Công tác xã hội trường học" in before
    assert "Trần Thị Canary" in after and "Số 7" not in after
    assert "Sức khỏe" not in after


def test_what_was_shown_is_what_the_receiver_gets(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "health_care")
    fill(session, agencies, asked, sections=("identity", "contact"))
    page = browser.get("referrals.preview", request_id=asked.id)
    [sent] = send(session, agencies, "health_care", sections=("identity", "contact"))
    accept(session, sent, agencies.officer)
    found = whole(session, sent, agencies.officer)
    opened = open_sections(session, found, holder_id=agencies.hospital.id, now=clock.now())
    panels = packet_page(packet_of(session, found, opened)).panels
    shown = [one.text for one in page.select(".before-after > .card:last-child dd")]
    assert shown == [words for panel in panels for _label, words in panel.rows]


def test_do_not_contact_shows_no_address(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "health_care")
    fill(session, agencies, asked, sections=("identity", "contact"))
    agencies.case.do_not_contact = True
    session.commit()
    page = browser.get("referrals.preview", request_id=asked.id)
    assert "Số 7" not in page.text


def test_a_tab_for_each_and_none_of_another_request(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    asked = draft(session, agencies, "health_care", "crime_report")
    other = draft(session, agencies, "school_support")
    page = browser.get("referrals.preview", request_id=asked.id)
    assert len(page.select(".preview-tabs a")) == 2
    second = browser.open(str(page.select(".preview-tabs a")[1]["href"]))
    assert "Công an thử" in second.select_one(".preview-to").text
    foreign = session.scalars(select(Referral.id).where(Referral.request_id == other.id)).one()
    browser.get("referrals.preview", request_id=asked.id, draft=foreign, expect=404)


def test_it_stands_on_the_log(
    browser: Browser, session: Session, agencies: Agencies, superuser: Engine
) -> None:
    asked = draft(session, agencies, "health_care")
    browser.get("referrals.preview", request_id=asked.id)
    found = "SELECT body FROM audit_events ORDER BY seq DESC LIMIT 20"
    with superuser.connect() as connection:
        bodies = "".join(str(row[0]) for row in connection.exec_driver_sql(found))
    assert "referral.read" in bodies and "preview" in bodies


def test_it_takes_few_statements(browser: Browser, session: Session, agencies: Agencies) -> None:
    sections = ("identity", "health", "contact", "family", "event", "plan")
    asked = draft(session, agencies, "health_care")
    fill(session, agencies, asked, sections=sections)
    asked_id = asked.id
    browser.get("referrals.preview", request_id=asked_id)
    with counted(browser.engine) as seen:
        browser.get("referrals.preview", request_id=asked_id)
    assert len(seen) <= 12, "\n".join(seen)


def test_nothing_left_to_preview_leads_to_the_case(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    [sent] = send(session, agencies, "health_care")
    browser.get("referrals.preview", request_id=sent.request_id, expect=303)
    assert str(agencies.case.id) in str(browser.location)
