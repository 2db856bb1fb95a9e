"""A child's groups: recorded with evidence, corrected, ended; what is refused and pointed out."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, CaseEvent, Report
from app.core import clock
from app.core.db import db
from app.register.data_types import MembershipData
from app.register.models import AlreadyInGroup, GroupMembership
from app.register.rules import doubts
from app.register.services.memberships import record_membership
from tests.actors import actor_of
from tests.browser import Browser, filled_in
from tests.factories import UserFactory
from tests.register.people import SINCE, Place, another_case, in_group, make_place, typed
from tests.sql import counted

DISABLED = {
    "code": "DISABILITY.2",
    "since": "01/03/2024",
    "poverty": "poor",
    "evidence_kind": "disability_certificate",
    "evidence_number": "12/GXN-UBND",
    "issuer": "UBND phường Phố Hiến",
    "issued_on": "01/03/2024",
    "expires_on": "01/03/2034",
}


@pytest.fixture
def place(session: Session) -> Place:
    return make_place()


def record(browser: Browser, place: Place, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    browser.sign_in(place.worker)
    return browser.submit("register.record", data, case_id=place.case.id, **more)


def only(session: Session) -> GroupMembership:
    membership = session.scalars(select(GroupMembership)).one()
    session.refresh(membership)
    return membership


def entries(session: Session) -> list[CaseEvent]:
    return list(session.scalars(select(CaseEvent).order_by(CaseEvent.id)).unique())


def logged(session: Session) -> list[str]:
    return [a for a in session.scalars(select(AuditEvent.action)) if a == "register.changed"]


def test_a_membership_is_recorded_with_its_evidence(
    browser: Browser, session: Session, place: Place
) -> None:
    record(browser, place, DISABLED)
    membership = only(session)
    assert (membership.group_code, membership.sub_code) == ("DISABILITY", "DISABILITY.2")
    assert (membership.since, membership.until, membership.poverty) == (SINCE, None, "poor")
    assert membership.evidence_number == "12/GXN-UBND"
    assert membership.issuer == "UBND phường Phố Hiến"
    assert (membership.issued_on, membership.expires_on) == (SINCE, date(2034, 3, 1))
    assert (membership.case_id, membership.recorded_by_id) == (place.case.id, place.worker.id)
    (entry,) = entries(session)
    assert (entry.kind, entry.section) == (EventKind.GROUP_RECORDED, Section.EVENT)
    assert entry.facts == {"group": "DISABILITY", "sub": "DISABILITY.2", "step": "recorded"}
    assert len(logged(session)) == 1
    page = browser.follow()
    assert "Trẻ em khuyết tật: Khuyết tật nặng" in page.text
    assert "12/GXN-UBND" in page.text and page.select(".doubt") == []
    log = browser.get("cases.timeline", case_id=place.case.id)
    assert "Ghi nhóm hoàn cảnh đặc biệt: Trẻ em khuyết tật" in log.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": None}, "code"),
        ({"code": "NO_SUCH"}, "code"),
        ({"since": "01/01/2999"}, "since"),
        ({"since": "01/01/2001"}, "since"),  # before the child was born
        ({"since": ""}, "since"),
        ({"expires_on": "01/02/2024"}, "expires_on"),  # a certificate dated after its end
        ({"issued_on": "01/01/2999"}, "issued_on"),
        ({"evidence_kind": None}, "evidence_kind"),  # a number of what?
        ({"evidence_kind": "forged"}, "evidence_kind"),
        ({"poverty": "forged"}, "poverty"),
        ({"code": "SERIOUS_ILLNESS.1", "poverty": "none"}, "poverty"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    browser: Browser, session: Session, place: Place, change: dict[str, Any], field: str
) -> None:
    page = record(browser, place, {**DISABLED, **change}, expect=422)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert filled_in(page.select_one("#record"))["issuer"] == "UBND phường Phố Hiến"  # type: ignore[arg-type]
    assert session.scalar(select(func.count()).select_from(GroupMembership)) == 0
    assert entries(session) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"code": "DISABILITY.1"}, "Chưa có căn cứ."),
        ({"code": "DISABILITY", "evidence_kind": "disability_certificate"}, "Chưa ghi nhóm nhỏ"),
        ({"code": "DISABILITY.1", "evidence_kind": "other"}, "Giấy xác nhận khuyết tật"),
        ({"code": "SERIOUS_ILLNESS.1", "evidence_kind": "medical_record"}, "cần ghi rõ"),
        (
            {
                "code": "DISABILITY.1",
                "evidence_kind": "disability_certificate",
                "expires_on": "01/05/2024",
            },
            "đã hết hạn",
        ),
    ],
)
def test_what_is_missing_is_pointed_out_and_not_refused(
    browser: Browser, session: Session, place: Place, data: dict[str, Any], said: str
) -> None:
    record(browser, place, {"since": "01/03/2024", **data})
    (doubt,) = browser.follow().select(".doubt")
    assert said in doubt.text


@pytest.mark.parametrize("poverty", ["poor", "near_poor"])
def test_a_serious_illness_counts_in_a_poor_or_near_poor_household(
    browser: Browser, place: Place, poverty: str
) -> None:
    record(browser, place, {"code": "SERIOUS_ILLNESS.1", "since": "01/03/2024", "poverty": poverty})


def test_the_risk_of_falling_into_a_group_is_a_membership_of_its_own(
    browser: Browser, session: Session, place: Place
) -> None:
    record(browser, place, {"code": "AT_RISK", "since": "01/03/2024"})
    membership = only(session)
    assert membership.is_at_risk and membership.section is Section.EVENT
    assert list(doubts(membership, clock.today())) == []
    assert "Có nguy cơ rơi vào hoàn cảnh đặc biệt" in browser.follow().text


@pytest.mark.parametrize(
    ("running", "new"),
    [
        ("DISABILITY.1", "DISABILITY.1"),
        ("DISABILITY", "DISABILITY.1"),
        ("DISABILITY.1", "DISABILITY"),
        ("HIV", "HIV"),
        ("AT_RISK", "AT_RISK"),
    ],
)
def test_a_child_is_in_a_group_once(
    browser: Browser, session: Session, place: Place, running: str, new: str
) -> None:
    in_group(session, place.case, place.worker, running)
    page = record(browser, place, {"code": new, "since": "01/03/2024"}, expect=409)
    assert "đang ở trong nhóm này rồi" in page.text


def test_several_groups_parts_and_a_second_time_after_the_end_are_possible(
    browser: Browser, session: Session, place: Place
) -> None:
    in_group(session, place.case, place.worker, "EXPLOITED.1")
    in_group(session, place.case, place.worker, "ORPHAN.1", until=date(2025, 1, 1))
    for code in ("EXPLOITED.5", "ORPHAN.1", "DISABILITY.3"):
        record(browser, place, {"code": code, "since": "01/02/2025"})
    assert session.scalar(select(func.count()).select_from(GroupMembership)) == 5


def test_two_cases_of_one_child_do_not_record_one_group_twice(
    app: Flask, session: Session, place: Place
) -> None:
    """The child's row is locked: the second waits, and then knows."""
    other = another_case(place.unit)
    other.child_id = place.case.child_id
    session.commit()
    actor, ids = actor_of(place.worker), (place.case.id, other.id)
    together, outcomes = Barrier(2), []

    def write(case_id: Any) -> None:
        with app.app_context(), db.sessionmaker() as own:
            case = own.get_one(Case, case_id)
            own.refresh(case, ["child"])
            together.wait()
            data = MembershipData("HIV", SINCE)
            try:
                record_membership(own, actor=actor, case=case, data=data, now=clock.now())
                own.commit()
                outcomes.append("written")
            except AlreadyInGroup:
                outcomes.append("refused")

    threads = [Thread(target=write, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "written"]


def test_a_double_click_records_one(browser: Browser, session: Session, place: Place) -> None:
    page = browser.sign_in(place.worker).get("register.record", case_id=place.case.id)
    for _ in range(2):
        browser.submit_page(page, DISABLED)
    assert session.scalar(select(func.count()).select_from(GroupMembership)) == 1


def test_the_groups_of_the_report_wait_for_evidence(
    browser: Browser, session: Session, place: Place
) -> None:
    session.get_one(Report, place.case.report_id).sc_groups = ["ORPHAN", "HIV"]
    session.commit()
    page = browser.sign_in(place.worker).get("register.of_case", case_id=place.case.id)
    waiting = page.select_one('[aria-labelledby="reported-title"]')
    assert waiting is not None and "chưa có căn cứ" in waiting.text
    links = [str(link["href"]) for link in waiting.select("a")]
    assert len(links) == 2 and "HIV" not in "".join(links), "an address names no group of a child"
    form = browser.open(links[1]).select_one("#record")
    assert form is not None and filled_in(form)["code"] == ["HIV"]
    browser.submit_page(browser.open(links[1]), {"since": "01/03/2024"})
    assert len(browser.follow().select('[aria-labelledby="reported-title"] a')) == 1


@pytest.mark.parametrize("number", ["9", "-1", "x", "²", "999999"])
def test_a_number_that_leads_to_no_group_prefills_nothing(
    browser: Browser, place: Place, number: str
) -> None:
    browser.sign_in(place.worker)
    page = browser.open(f"/cases/{place.case.id}/circumstances/new?reported={number}")
    assert filled_in(page.select_one("#record"))["code"] == [""]  # type: ignore[arg-type]


def test_a_correction_keeps_the_old_words_on_the_timeline(
    browser: Browser, session: Session, place: Place
) -> None:
    record(browser, place, DISABLED)
    ids = {"case_id": place.case.id, "membership_id": only(session).id}
    browser.submit(
        "register.correct", {"issuer": "UBND xã Tân Hưng", "code": "DISABILITY.1"}, **ids
    )
    membership = only(session)
    assert (membership.issuer, membership.sub_code) == ("UBND xã Tân Hưng", "DISABILITY.1")
    assert membership.evidence_number == "12/GXN-UBND"
    entry = entries(session)[-1]
    assert entry.facts["step"] == "corrected" and entry.facts["fields"] == ["sub_code", "issuer"]
    assert "UBND phường Phố Hiến → UBND xã Tân Hưng" in (entry.note or "")
    assert "Khuyết tật nặng → Khuyết tật đặc biệt nặng" in (entry.note or "")
    browser.submit("register.correct", {}, **ids)
    assert len(entries(session)) == 2, "nothing changed, nothing told"


def test_a_correction_stays_in_the_group(browser: Browser, session: Session, place: Place) -> None:
    record(browser, place, DISABLED)
    ids = {"case_id": place.case.id, "membership_id": only(session).id}
    page = browser.submit("register.correct", {"code": "ORPHAN.1"}, expect=422, **ids)
    assert page.select_one('.error-summary a[href="#code"]') is not None
    in_group(session, place.case, place.worker, "EXPLOITED.1")
    one = in_group(session, place.case, place.worker, "EXPLOITED.5")
    ids["membership_id"] = one.id
    browser.submit("register.correct", {"code": "EXPLOITED.1"}, expect=409, **ids)


def test_a_correction_agrees_with_the_end(browser: Browser, session: Session, place: Place) -> None:
    one = in_group(
        session, place.case, place.worker, "DISABILITY.1",
        until=date(2025, 1, 1), evidence_kind="other",
    )  # fmt: skip
    ids = {"case_id": place.case.id, "membership_id": one.id}
    browser.sign_in(place.worker)
    for change, field in (
        ({"since": "02/01/2025"}, "since"),
        ({"issued_on": "02/01/2025"}, "issued_on"),
    ):
        page = browser.submit("register.correct", change, expect=422, **ids)
        assert page.select_one(f'.error-summary a[href="#{field}"]') is not None


def test_a_child_leaves_a_group(browser: Browser, session: Session, place: Place) -> None:
    record(browser, place, DISABLED)
    ids = {"case_id": place.case.id, "membership_id": only(session).id}
    until = clock.today() - timedelta(days=3)
    end = {"until": typed(until), "reason": "improved", "note": "Đã phục hồi"}
    browser.submit("register.end", end, **ids)
    membership = only(session)
    assert (membership.until, membership.end_reason) == (until, "improved")
    assert (membership.ended_by_id, membership.end_note) == (place.worker.id, "Đã phục hồi")
    entry = entries(session)[-1]
    assert entry.kind is EventKind.GROUP_ENDED and entry.note == "Đã phục hồi"
    assert entry.facts["reason"] == "improved" and entry.facts["until"] == until.isoformat()
    browser.get("register.end", expect=409, **ids)
    log = browser.get("cases.timeline", case_id=place.case.id).text
    assert "Không còn hoàn cảnh đó." in log and f"Ra khỏi nhóm từ {typed(until)}." in log


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"until": "29/02/2024"}, "until"),
        ({"until": "01/01/2999"}, "until"),
        ({"until": ""}, "until"),
        ({"reason": None}, "reason"),
        ({"reason": "forged"}, "reason"),
        ({"reason": "other", "note": ""}, "note"),
    ],
)
def test_an_impossible_end_is_refused(
    browser: Browser, session: Session, place: Place, change: dict[str, Any], field: str
) -> None:
    one = in_group(session, place.case, place.worker, "DISABILITY.1")
    ids = {"case_id": place.case.id, "membership_id": one.id}
    browser.sign_in(place.worker)
    data = {"reason": "improved", **change}
    page = browser.submit("register.end", data, expect=422, **ids)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    assert only(session).until is None


def test_what_was_recorded_by_mistake_counts_on_no_day(
    browser: Browser, session: Session, place: Place
) -> None:
    one = in_group(session, place.case, place.worker, "DISABILITY.1")
    ids = {"case_id": place.case.id, "membership_id": one.id}
    browser.sign_in(place.worker).submit("register.end", {"reason": "by_mistake"}, **ids)
    assert only(session).until == SINCE
    assert "Ghi nhầm, không tính vào ngày nào" in browser.follow().text


def test_a_stale_page_keeps_what_was_typed(
    browser: Browser, session: Session, place: Place
) -> None:
    one = in_group(session, place.case, place.worker, "DISABILITY.1")
    ids = {"case_id": place.case.id, "membership_id": one.id}
    browser.sign_in(place.worker)
    stale = {name: browser.get(f"register.{name}", **ids) for name in ("correct", "end", "review")}
    browser.submit("register.correct", {"poverty": "poor"}, **ids)
    typed_words = {
        "correct": ("issuer", "UBND xã"),
        "end": ("note", "Đã khá"),
        "review": ("words", "Đi học"),
    }
    for name, page in stale.items():
        field, words = typed_words[name]
        more = {"reason": "improved"} if name == "end" else {"is_still_in": "yes"}
        more |= {"evidence_kind": "other"} if name == "correct" else {}
        again = browser.submit_page(page, {field: words, **more}, expect=409)
        kept = filled_in(again.select_one(f"#{name}"))  # type: ignore[arg-type]
        assert str(kept[field]).strip() == words
        assert "Ghi nhóm hoàn cảnh đặc biệt" in again.select_one(".conflict").text  # type: ignore[union-attr]
    assert only(session).until is None
    browser.submit_page(again, {})  # with the version the conflict showed, it goes through


def test_a_closed_case_keeps_its_groups_and_a_refused_one_does_not(
    browser: Browser, session: Session, place: Place
) -> None:
    place.case.is_ended, place.case.state = True, CaseState.CLOSED
    session.commit()
    record(browser, place, DISABLED)
    place.case.state = CaseState.NOT_CONFIRMED
    session.commit()
    record_page = browser.get("register.of_case", case_id=place.case.id)
    assert not record_page.select('main a[href*="circumstances/"]')
    browser.get("register.record", case_id=place.case.id, expect=409)


@pytest.mark.parametrize(
    ("role", "in_unit", "read", "edit"),
    [
        (Role.CP_WORKER, True, 200, 200),
        (Role.COMMUNE_CHAIR, True, 200, 403),
        (Role.CP_WORKER, False, 404, 404),
        (Role.SUPERVISOR, False, 200, 403),
        (Role.INTAKE, True, 403, 403),
    ],
)
def test_who_may(
    browser: Browser, place: Place, role: Role, in_unit: bool, read: int, edit: int
) -> None:
    user = UserFactory(role=role, **({"unit": place.unit} if in_unit else {}))
    browser.sign_in(user).get("register.of_case", case_id=place.case.id, expect=read)
    browser.get("register.record", case_id=place.case.id, expect=edit)


def test_a_membership_is_looked_up_within_its_case(
    browser: Browser, session: Session, place: Place
) -> None:
    other = another_case(place.unit)
    one = in_group(session, other, place.worker, "DISABILITY.1")
    browser.sign_in(place.worker)
    for name in ("correct", "end", "review"):
        browser.get(f"register.{name}", case_id=place.case.id, membership_id=one.id, expect=404)


def test_a_membership_of_the_childs_other_case_is_shown_where_that_case_is_seen(
    browser: Browser, session: Session, place: Place
) -> None:
    elsewhere = make_place("11977")
    elsewhere.case.child_id = place.case.child_id
    session.commit()
    in_group(session, elsewhere.case, elsewhere.worker, "ORPHAN.1")
    page = browser.sign_in(place.worker).get("register.of_case", case_id=place.case.id)
    assert "Chưa ghi nhóm nào" in page.text
    page = browser.sign_in(place.supervisor).get("register.of_case", case_id=place.case.id)
    assert f"Ghi trong hồ sơ {elsewhere.case.number}" in page.text


def test_the_pages_are_few_statements(browser: Browser, session: Session, place: Place) -> None:
    for code in ("DISABILITY.1", "ORPHAN.1", "HIV"):
        in_group(session, place.case, place.worker, code)
    browser.sign_in(place.worker).get("register.of_case", case_id=place.case.id)
    with counted(browser.engine) as seen:
        browser.get("register.of_case", case_id=place.case.id)
    assert len(seen) <= 8, "\n".join(seen)
    page = browser.get("register.record", case_id=place.case.id)
    with counted(browser.engine) as seen:
        browser.submit_page(page, {"code": "NO_SUPPORT.1", "since": "01/03/2024"})
    assert len(seen) <= 14, "\n".join(seen)
