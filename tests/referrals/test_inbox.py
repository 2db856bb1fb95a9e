"""What a unit sees of what came to it: the list, its tabs and filters, the first page."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.auth.grants import CaseDenial
from app.auth.models import UserSession
from app.core import clock
from app.people.models import Child
from app.referrals.enums import ReferralState, SentStage, Stage, StepKind, Urgency
from app.referrals.models import Referral, ReferralStep
from app.referrals.numbers import read_number
from app.referrals.queries.inbox import InboxFilter, _filtered, officers
from app.referrals.queries.order import places
from app.referrals.services import answers, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UserFactory
from tests.referrals.story import Agencies, accept, make_agencies, send, whole
from tests.sql import counted

KINDS = ("health_care", "psychology", "emergency_care", "prophylaxis")
MOST = 12


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


@pytest.fixture
def browser(app: Flask, session: Session, agencies: Agencies) -> Browser:
    return Browser(app, session).sign_in(agencies.officer)


def name_of(session: Session, agencies: Agencies) -> str:
    child = session.scalars(select(Child).where(Child.id == agencies.case.child_id)).unique().one()
    assert child.full_name
    return child.full_name


def numbers(page: BeautifulSoup) -> list[str]:
    return re.findall(r"CG-\d{4}-\d{6}", " ".join(one.text for one in page.select(".cards > li p")))


def shown(page: BeautifulSoup) -> list[str]:
    """The numbers of the cards, each once, in their order."""
    return list(dict.fromkeys(numbers(page)))


def listed(session: Session) -> list[AuditEvent]:
    session.rollback()
    of_lists = select(AuditEvent).where(AuditEvent.action == AuditAction.REFERRALS_LISTED)
    return list(session.scalars(of_lists.order_by(AuditEvent.id)))


def test_a_card_says_who_what_how_long_and_one_verb(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    agencies.case.do_not_contact = True
    session.commit()
    [one] = send(session, agencies)
    page = browser.get("referrals.inbox")
    [card] = page.select(".cards > li")
    assert one.number in card.text and "Trẻ em" in card.text
    assert "Không liên hệ với người chăm sóc" in card.select_one(".tag-alarm").text  # type: ignore[union-attr]
    assert "Trả lời: còn 23 giờ" in " ".join(card.text.split())
    assert agencies.story.unit.short_name in card.text
    assert name_of(session, agencies) not in page.text
    assert agencies.case.number not in page.text
    verbs = {link.contents[0] for link in card.select(".card-verb a")}
    assert verbs == {"Trả lời"}


def test_the_name_stands_there_only_while_the_packet_is_open(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    name = name_of(session, agencies)
    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    assert name in browser.get("referrals.inbox", stage="service").text
    [school] = send(session, agencies, "school_support", sections=())
    accept(session, school, agencies.teacher)
    closed = browser.sign_in(agencies.teacher).get("referrals.inbox", stage="service").text
    assert school.number in closed and name not in closed
    found = whole(session, one, agencies.worker)
    actor = actor_of(agencies.worker)
    sender.recall_referral(session, actor=actor, referral=found, reason="Nhầm", now=clock.now())
    session.commit()
    page = browser.sign_in(agencies.officer).get("referrals.inbox", stage="done")
    assert one.number in page.text and name not in page.text
    assert "Trẻ em" not in page.select_one(".card-who a").text  # type: ignore[union-attr]
    assert "Nơi gửi thu hồi" in page.text


def test_what_runs_out_first_is_on_top_and_pages_follow_each_other(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    sent = send(session, agencies, *KINDS)
    for n, one in enumerate(reversed(sent)):
        session.get_one(Referral, one.id).due_at = clock.now() + timedelta(hours=n - 1)
    session.commit()
    expected = [one.number for one in reversed(sent)]
    page = browser.get("referrals.inbox")
    assert shown(page) == expected
    assert "quá hạn" in page.select_one(".card-time").text  # type: ignore[union-attr]
    seen: list[str] = []
    page = browser.get("referrals.inbox", limit=1)
    while link := page.select_one(".pager [rel=next]"):
        seen += shown(page)
        page = browser.open(str(link["href"]))
    assert seen + shown(page) == expected


def test_pages_of_what_is_done_follow_each_other_newest_first(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    sent = send(session, agencies, *KINDS)
    for one in sent:
        found, actor = whole(session, one, agencies.officer), actor_of(agencies.officer)
        data = answers.Declined("no_capacity", "Hết giường")
        answers.decline_referral(session, actor=actor, referral=found, data=data, now=clock.now())
    session.commit()
    seen: list[str] = []
    page = browser.get("referrals.inbox", stage="done", limit=3)
    seen += shown(page)
    page = browser.open(str(page.select_one(".pager [rel=next]")["href"]))  # type: ignore[index]
    assert seen + shown(page) == sorted((one.number for one in sent), reverse=True)


def test_tabs_count_and_filters_narrow(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, two, *_rest = send(session, agencies, *KINDS)
    accept(session, one, agencies.officer)
    page = browser.get("referrals.inbox")
    assert [tab.text for tab in page.select(".tabs .count")] == ["3", "1", "0", "0"]
    narrowed = browser.get("referrals.inbox", service="psychology")
    assert shown(narrowed) == [two.number]
    assert shown(browser.get("referrals.inbox", stage="service", who="mine")) == [one.number]
    assert shown(browser.get("referrals.inbox", stage="service", who="unassigned")) == []
    assert len(shown(browser.get("referrals.inbox", urgency="urgent"))) == 3
    empty = browser.get("referrals.inbox", urgency="emergency")
    assert "Không có phiếu nào khớp" in empty.text


def test_a_number_finds_by_equality_only(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, two = send(session, agencies, "health_care", "psychology")
    accept(session, one, agencies.officer)
    assert shown(browser.get("referrals.inbox", number=one.number)) == [one.number]
    by_case = browser.get("referrals.inbox", number=agencies.case.number.lower())
    assert shown(by_case) == [one.number], f"not {two.number}, whose packet is closed"
    part = browser.get("referrals.inbox", number=one.number[:-1])
    assert "không phải số phiếu" in part.text
    other = browser.get("referrals.inbox", number="CG-1999-" + one.number[-6:])
    assert shown(other) == [] and "Không có phiếu nào mang số này" in other.text
    [crime] = send(session, agencies, "crime_report")
    assert shown(browser.get("referrals.inbox", number=crime.number)) == []


@pytest.mark.parametrize(
    "typed",
    ["", "CG-2026-1", "CG-2026-0000000001", "HY-2026-12", "%", "CG-２０２６-000001", "x" * 99],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


def test_garbage_in_the_address_is_no_filter(browser: Browser) -> None:
    browser.get(
        "referrals.inbox", stage="zzz", who="x", service="x", urgency="x", after="9.x", limit="-1",
        open="x",
    )  # fmt: skip


def test_another_unit_and_who_is_kept_out_see_nothing(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    session.add(
        CaseDenial(
            key=one.key, case_id=one.case_id, child_id=agencies.case.child_id,
            user_id=agencies.colleague.id, reason="Họ hàng", since=clock.now(),
            by_id=agencies.worker.id,
        )
    )  # fmt: skip
    session.commit()
    for reader in (agencies.colleague, agencies.police_officer, agencies.story.supervisor):
        page = browser.sign_in(reader).get("referrals.inbox")
        assert one.number not in page.text
        assert [tab.text for tab in page.select(".tabs .count")] == ["0", "0", "0", "0"]
    browser.sign_in(agencies.colleague)
    browser.get("referrals.show", referral_id=one.id, expect=404)
    browser.get("referrals.accept", received_id=one.id, expect=404)
    people = officers(session, agencies.hospital.id, for_child=agencies.case.child_id)
    assert agencies.colleague.name not in [one.name for one in people]


def test_every_list_is_on_the_log(session: Session, agencies: Agencies, browser: Browser) -> None:
    [one] = send(session, agencies)
    browser.get("referrals.inbox", service="health_care")
    [event] = listed(session)
    body = json.loads(event.body)
    assert body["data"]["referrals"] == [str(one.id)]
    assert body["data"]["filters"] == ["answer", "service"]
    browser.get("home.index")
    browser.sign_in(agencies.worker).get("referrals.sent")
    browser.get("home.index")
    assert len(listed(session)) == 4


def test_ticked_ones_are_seen_in_one_step(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    sent = send(session, agencies, *KINDS)
    [foreign] = send(session, agencies, "crime_report")
    page = browser.get("referrals.inbox")
    ids = [str(one.id) for one in (*sent[:3], foreign)]
    ticks = {"referral": [*ids, "x", ids[0]]}
    with counted(browser.engine) as few:
        browser.submit_page(page, {"referral": ids[:1]}, form="#ticked")
    with counted(browser.engine) as many:
        browser.submit_page(browser.get("referrals.inbox"), ticks, form="#ticked")
    assert "2 phiếu" in browser.follow().text
    states = {one.id: session.get_one(Referral, one.id).state for one in (*sent, foreign)}
    assert [states[one.id] for one in sent] == [*[ReferralState.OPENED] * 3, ReferralState.SENT]
    assert states[foreign.id] is ReferralState.SENT
    opened = select(ReferralStep).where(ReferralStep.kind == StepKind.OPENED)
    assert len(session.scalars(opened).unique().all()) == 3
    assert len(many) <= len(few) + 8  # of the list read between; not one for each
    again = browser.get("referrals.inbox")
    browser.submit_page(again, ticks, form="#ticked")  # as from a stale page
    assert "Chưa chọn phiếu nào chưa xem" in browser.follow().text


def test_an_open_list_is_told_what_came(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    page = browser.get("referrals.inbox")
    news = str(page.select_one("#news")["hx-get"])  # type: ignore[index]
    assert browser.open(news, expect=204).text == ""
    with time_machine.travel(clock.now() + timedelta(seconds=2)):
        send(session, agencies, "health_care", "psychology")
        send(session, agencies, "crime_report")  # for the police
        assert "Có 2 phiếu mới" in browser.open(news).text
    browser.open(urlsplit(news).path, expect=204)
    browser.open(f"{urlsplit(news).path}?since=x", expect=204)


def test_asking_for_news_does_not_keep_a_session_awake(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    seen = session.scalars(select(UserSession.last_seen_at)).all()
    later = clock.now() + timedelta(minutes=5)
    with time_machine.travel(later):
        browser.get("referrals.inbox_news", expect=204)
        assert session.scalars(select(UserSession.last_seen_at)).all() == seen
        browser.get("referrals.inbox")
        session.rollback()
        assert max(session.scalars(select(UserSession.last_seen_at))) >= later


def test_the_first_page_of_an_agency_is_its_inbox(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    one, _two = send(session, agencies, "health_care", "psychology")
    home = browser.get("home.index")
    assert one.number in home.text and "Báo tin" in home.text
    assert "Ai đang lo" not in home.text
    accept(session, one, agencies.officer)
    lead = browser.sign_in(agencies.lead).get("home.index")
    assert "1 phiếu chưa giao cho ai" in lead.text
    rows = {row.select_one("th").text: row.select_one("td").text  # type: ignore[union-attr]
            for row in lead.select("[aria-labelledby=loads-title] tbody tr")}  # fmt: skip
    assert rows[agencies.officer.name] == "1" and rows[agencies.colleague.name] == "0"


def test_a_worker_s_today_has_the_other_side_s_clock(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    _one, two, *_rest = send(session, agencies, *KINDS, "crime_report", "school_support")
    answers.decline_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, two, agencies.officer),
        data=answers.Declined("no_service", "Không có khoa này"),
        now=clock.now(),
    )
    session.commit()
    home = browser.sign_in(agencies.worker).get("home.index")
    rows = home.select("#sent-referrals .rows > li")
    assert len(rows) == 5
    assert "Từ chối" in rows[0].text and "Gửi nơi khác" in rows[0].text
    assert "Trả lời: còn" in rows[1].text
    colleague = UserFactory(unit=agencies.story.unit)
    session.commit()
    assert not browser.sign_in(colleague).get("home.index").select("#sent-referrals")


def test_today_tells_first_of_an_emergency_that_nobody_took_and_a_child_once(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    asked = send(session, agencies, *KINDS)
    [urgent] = send(session, agencies, "child_safety", urgency=Urgency.EMERGENCY)
    [school] = send(session, agencies, "school_support")
    now = clock.now()
    for one in asked:
        found = whole(session, one, agencies.officer)
        actor = actor_of(agencies.officer)
        answers.ask_information(
            session, actor=actor, referral=found, question="Em mấy tuổi", now=now
        )
    for one, by in ((urgent, agencies.police_officer), (school, agencies.teacher)):
        found, why = whole(session, one, by), answers.Declined("no_capacity", "Không đủ người")
        answers.decline_referral(session, actor=actor_of(by), referral=found, data=why, now=now)
    session.commit()
    home = browser.sign_in(agencies.worker).get("home.index")
    rows = [" ".join(row.text.split()) for row in home.select("#sent-referrals .rows > li")]
    assert len(rows) == 3
    assert "Công an thử" in rows[0] and "Từ chối" in rows[0]
    assert "4 câu hỏi" in rows[1] and "Trường thử" in rows[2]
    assert "Tất cả (6)" in home.select_one("#sent-referrals").text  # type: ignore[union-attr]


@pytest.mark.wide
def test_pages_take_few_statements_however_much_there_is(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    def counts() -> list[int]:
        found = []
        for reader, pages in (
            (agencies.lead, ("home.index", "referrals.inbox")),
            (agencies.worker, ("home.index", "referrals.sent")),
        ):
            browser.sign_in(reader)
            for endpoint in pages:
                for stage in ("answer", "service", "act", "waiting"):
                    browser.get(endpoint, stage=stage)
                    with counted(browser.engine) as seen:
                        browser.get(endpoint, stage=stage)
                    found.append(len(seen))
        return found

    [one] = send(session, agencies)
    accept(session, one, agencies.officer)
    few = counts()
    more = send(session, agencies, *KINDS[1:], "crime_report", "school_support")
    accept(session, more[0], agencies.officer)
    many = counts()
    assert max(many) <= MOST
    assert many == few


def test_the_list_reads_no_further_than_its_page(
    session: Session, agencies: Agencies, superuser: Engine
) -> None:
    """Two thousand referrals of one unit: an index gives the first page, nothing is sorted."""
    [one] = send(session, agencies)
    columns = ", ".join(
        f'"{column.name}"' for column in Referral.__table__.columns
        if column.name not in ("id", "serial", "due_at", "previous_id")
    )  # fmt: skip
    session.execute(
        text(
            f"INSERT INTO referrals (id, due_at, {columns})"
            f" SELECT gen_random_uuid(), due_at + n * interval '1 minute', {columns}"
            " FROM referrals, generate_series(1, 2000) AS n WHERE id = :id"
        ),
        {"id": one.id},
    )
    session.commit()
    with superuser.begin() as connection:  # as soon after such a load
        connection.exec_driver_sql("ANALYZE referrals")
    for way in ("seqscan", "bitmapscan"):  # a small table is read whole gladly
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    rows = _filtered(actor_of(agencies.officer), InboxFilter(), clock.now())
    chosen = places(rows, newest=False, after=None, most=26)
    compiled = select(chosen).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN (ANALYZE, TIMING OFF) {compiled}")))
    assert "ix_referrals_inbox" in plan
    assert "Sort Key: referrals.due_at" not in plan
    read = [int(rows) for rows in re.findall(r"actual rows=(\d+)", plan)]
    assert max(read) <= 60, plan


def test_a_disputed_one_waits_on_both_sides(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    answers.decline_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=whole(session, one, agencies.officer),
        data=answers.Declined("no_capacity", "Hết giường"),
        now=clock.now(),
    )
    sender.raise_dispute(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, one, agencies.worker),
        reason="Em cần khám hôm nay",
        now=clock.now(),
    )
    session.commit()
    found = session.get_one(Referral, one.id)
    assert (found.stage, found.sent_stage) == (Stage.WAITING, SentStage.WAITING)
    card = browser.get("referrals.inbox", stage="waiting").select_one(".cards > li")
    assert card is not None and "Sở Y tế quyết định" in card.text


def test_a_count_says_no_more_than_ninety_nine(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [one] = send(session, agencies)
    columns = ", ".join(
        f'"{column.name}"' for column in Referral.__table__.columns
        if column.name not in ("id", "serial", "previous_id")
    )  # fmt: skip
    session.execute(
        text(
            f"INSERT INTO referrals (id, {columns}) SELECT gen_random_uuid(), {columns}"
            " FROM referrals, generate_series(1, 120) WHERE id = :id"
        ),
        {"id": one.id},
    )
    session.commit()
    page = browser.get("referrals.inbox")
    assert page.select_one(".tabs .count").text == "99+"  # type: ignore[union-attr]
    assert len(page.select(".cards > li")) == 25
