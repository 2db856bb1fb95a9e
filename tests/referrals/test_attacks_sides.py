"""Attacks on what each side of a referral may know: what a list, a paper or a search gives away."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import Outcome
from app.cases.models import Case, CaseFile
from app.core import clock
from app.referrals import policy
from app.referrals.enums import ReferralState
from app.referrals.models import ProsecutionRequest, Referral, ReferralFile
from app.referrals.services import answers, prosecution, sender
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import TAN_HUNG, CaseDenialFactory, UnitFactory, UserFactory
from tests.referrals.story import (
    WOUND,
    Agencies,
    accept,
    add_file,
    draft,
    make_agencies,
    send,
    whole,
    whole_case,
)


@pytest.fixture
def agencies(session: Session) -> Agencies:
    return make_agencies(session)


def forbid_contact(session: Session, agencies: Agencies) -> None:
    """The caregiver turns out to be the suspect: the report was corrected."""
    session.get_one(Case, agencies.case.id).do_not_contact = True
    session.commit()


# --- a number as an oracle


@pytest.mark.parametrize("state", ["sent", "recalled"])
def test_a_case_number_finds_nothing_for_whom_its_packet_is_closed(
    session: Session, agencies: Agencies, browser: Browser, state: str
) -> None:
    """Which referral belongs to which case is said by the packet only: numbers can be counted
    through."""
    [sent] = send(session, agencies, "health_care")
    if state == "recalled":
        found = accept(session, sent, agencies.officer)
        found = whole(session, found, agencies.worker)
        actor, now = actor_of(agencies.worker), clock.now()
        sender.recall_referral(session, actor=actor, referral=found, reason="Nhầm", now=now)
        session.commit()
    browser.sign_in(agencies.officer)
    page = browser.get("referrals.inbox", number=agencies.case.number)
    assert sent.number not in page.text
    assert sent.number in browser.get("referrals.inbox", number=sent.number).text


def test_a_case_number_finds_the_referral_whose_packet_is_open(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    page = browser.sign_in(agencies.officer).get("referrals.inbox", number=agencies.case.number)
    assert sent.number in page.text


# --- "do not contact the caregiver", said after the sending


def test_an_alert_that_came_later_is_seen_before_and_after_the_answer(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [sent] = send(session, agencies, "health_care", sections=("identity", "contact"))
    warning = "Không liên hệ"
    browser.sign_in(agencies.officer)
    assert warning not in browser.get("referrals.show", referral_id=sent.id).text
    forbid_contact(session, agencies)
    assert warning in browser.get("referrals.show", referral_id=sent.id).text
    assert warning in browser.get("referrals.inbox").text
    accept(session, sent, agencies.officer)
    assert warning in browser.get("referrals.show", referral_id=sent.id).text


def test_sent_to_another_the_alert_goes_along_and_the_addresses_stay(
    session: Session, agencies: Agencies
) -> None:
    """One click must still do it: a child waits."""
    [sent] = send(session, agencies, "health_care", sections=("identity", "contact"))
    forbid_contact(session, agencies)
    session.expire_all()
    again = sender.resend_referral(
        session,
        actor=actor_of(agencies.worker),
        referral=whole(session, sent, agencies.worker),
        to=sender.Elsewhere(None, "Trạm y tế xa"),
        accepts_warnings=True,
        now=clock.now(),
    )
    session.commit()
    assert "do_not_contact" in again.alerts
    assert again.sections == ["identity"]


# --- a supervisor, who lacks health


def test_a_supervisor_reads_no_health_document_on_the_request_to_prosecute(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    open_one = add_file(session, agencies, Section.EVENT, "Ảnh hiện trường")
    made = prosecution.save_request(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        data=prosecution.DraftText(
            agencies.police.id, "Sự việc", None, "Viện kiểm sát", (file.id, open_one.id)
        ),
        now=clock.now(),
    )
    session.commit()
    path = f"/referrals/cases/{agencies.case.id}/prosecution/{made.id}/request.pdf"
    assert WOUND in printed(browser.sign_in(agencies.worker), path)
    paper = printed(browser.sign_in(agencies.story.supervisor), path)
    assert WOUND not in paper
    assert "Ảnh hiện trường" in paper


def printed(browser: Browser, path: str) -> str:
    answer = browser._alone(browser.client.get, path)
    assert answer.status_code == 200
    pages = PdfReader(BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


# --- another area, other people


def test_a_supervisor_of_a_commune_measures_no_case_that_left_it(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    near = UserFactory(unit=UnitFactory(), role=Role.SUPERVISOR)
    [sent] = send(session, agencies, "prophylaxis")
    path = {"what": "sent"}
    assert sent.number in browser.sign_in(near).get("referral_measures.listed", **path).text
    session.get_one(Case, agencies.case.id).commune_code = TAN_HUNG
    session.commit()
    assert sent.number not in browser.sign_in(near).get("referral_measures.listed", **path).text


def _kept_out(session: Session, agencies: Agencies) -> User:
    CaseDenialFactory(of_case=agencies.case, user_id=agencies.officer.id, by_id=agencies.worker.id)
    return agencies.officer


def _moved_away(session: Session, agencies: Agencies) -> User:
    session.get_one(User, agencies.officer.id).unit_id = agencies.school.id
    session.commit()
    return agencies.officer


def _other_unit(session: Session, agencies: Agencies) -> User:
    return agencies.teacher


RECEIVED = (
    "referrals.accept", "referrals.ask", "referrals.decline", "referrals.contact",
    "referrals.deliver", "referrals.complete", "room.received", "room.received_note",
    "room.received_task", "prosecution.received_result", "prosecution.received_paper",
)  # fmt: skip


@pytest.mark.parametrize("who", [_kept_out, _moved_away, _other_unit])
def test_who_is_not_of_the_receiving_side_finds_nothing(
    session: Session, agencies: Agencies, browser: Browser, who: object
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    [sent] = send(session, agencies, "health_care", file_ids=(file.id,))
    accept(session, sent, agencies.officer)
    stranger = who(session, agencies)  # type: ignore[operator]
    session.expire_all()
    browser.sign_in(stranger)
    for endpoint in RECEIVED:
        browser.get(endpoint, received_id=sent.id, expect=404)
    browser.get("referrals.show", referral_id=sent.id, expect=404)
    browser.get("referrals.file", received_id=sent.id, packet_file_id=file.id, expect=404)
    for text in (sent.number, agencies.case.number):
        assert sent.number not in browser.get("referrals.inbox", number=text).text


def test_the_receiving_side_takes_no_step_of_the_sender(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """Neither an agency, nor a worker of another commune who received it."""
    there = UnitFactory(commune_code=TAN_HUNG)
    other = UserFactory(unit=there)
    [sent] = send(
        session, agencies, "family_work", to_unit_id=there.id, sections=("identity", "family")
    )
    accept(session, sent, other)
    for person in (other, agencies.officer, agencies.story.chair, agencies.story.supervisor):
        browser.sign_in(person)
        for endpoint in ("reply", "recall", "close", "dispute", "resend"):
            browser.get(f"referrals.{endpoint}", referral_id=sent.id, expect=403)
    browser.sign_in(other)
    for endpoint in ("cases.show", "referrals.of_case", "consents.index", "room.of_case",
                     "prosecution.index"):  # fmt: skip
        browser.get(endpoint, case_id=agencies.case.id, expect=404)


def test_a_picked_document_that_was_moved_or_removed_is_no_longer_sent(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    [sent] = send(session, agencies, "health_care", file_ids=(file.id,))
    accept(session, sent, agencies.officer)
    browser.sign_in(agencies.officer)
    where = {"received_id": sent.id, "packet_file_id": file.id}
    browser._alone(browser.client.get, f"/referrals/{sent.id}/files/{file.id}")
    assert WOUND in browser.get("referrals.show", referral_id=sent.id).text
    session.get_one(CaseFile, file.id).section = Section.EDUCATION
    session.commit()
    assert WOUND not in browser.get("referrals.show", referral_id=sent.id).text
    browser.get("referrals.file", expect=404, **where)
    moved = session.get_one(CaseFile, file.id)
    moved.section, moved.removed_at = Section.HEALTH, clock.now()
    session.commit()
    browser.get("referrals.file", expect=404, **where)


def test_a_document_of_another_case_or_another_referral_is_not_there(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    file = add_file(session, agencies, Section.HEALTH, WOUND)
    [mine] = send(session, agencies, "health_care")
    [other] = send(session, agencies, "prophylaxis", file_ids=(file.id,))
    for one in (mine, other):
        accept(session, one, agencies.officer)
    browser.sign_in(agencies.officer)
    browser.get("referrals.file", received_id=mine.id, packet_file_id=file.id, expect=404)
    assert session.scalars(select(ReferralFile.referral_id)).all() == [other.id]


def test_after_the_days_of_completion_not_even_the_letters_are_read(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    [sent] = send(session, agencies, "health_care")
    found = accept(session, sent, agencies.officer)
    answers.complete_referral(
        session, actor=actor_of(agencies.officer), referral=found, outcome="met",
        note="Đã lành hẳn", now=clock.now() - timedelta(days=31),
    )  # fmt: skip
    session.commit()
    page = browser.sign_in(agencies.officer).get("referrals.show", referral_id=sent.id)
    assert "Đã lành hẳn" not in page.text and "Minh Anh" not in page.text
    assert agencies.case.number not in page.text
    browser.get("room.received", received_id=sent.id, expect=409)


def test_policy_of_a_draft_hides_it_from_its_receiver(session: Session, agencies: Agencies) -> None:
    draft(session, agencies, "health_care")
    seen = session.scalars(policy.visible_to(actor_of(agencies.officer))).unique().all()
    assert not seen
    assert session.scalars(select(Referral.state)).all() == [ReferralState.DRAFT]
    assert session.scalars(select(ProsecutionRequest.id)).all() == []


def test_a_case_that_ended_closes_its_open_packets_at_once(
    session: Session, agencies: Agencies, browser: Browser
) -> None:
    """The report proved unfounded: not only when the next job runs."""
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    browser.sign_in(agencies.officer)
    assert "Minh Anh" in browser.get("referrals.inbox", stage="service").text
    session.get_one(Case, agencies.case.id).verify(Outcome.NOT_CONFIRMED, now=clock.now())
    session.commit()
    for page in (
        browser.get("referrals.show", referral_id=sent.id),
        browser.get("referrals.inbox", stage="service"),
    ):
        assert "Minh Anh" not in page.text and agencies.case.number not in page.text
    browser.get("room.received", received_id=sent.id, expect=409)


@pytest.mark.parametrize("role", ["sent", "answered", "raised", "none"])
def test_nobody_decides_a_disagreement_that_they_had_a_part_in(
    session: Session, agencies: Agencies, browser: Browser, role: str
) -> None:
    """In another role before: a worker, an officer who is a supervisor now."""
    [sent] = send(session, agencies, "health_care")
    refused = answers.Declined("no_capacity", "Hết giường")
    answers.decline_referral(
        session, actor=actor_of(agencies.officer), data=refused, now=clock.now(),
        referral=whole(session, sent, agencies.officer),
    )  # fmt: skip
    colleague = UserFactory(unit=agencies.story.unit)
    dispute = sender.raise_dispute(
        session, actor=actor_of(colleague), reason="Còn giường trống", now=clock.now(),
        referral=whole(session, sent, agencies.worker),
    )  # fmt: skip
    session.commit()
    people = {"sent": agencies.worker, "answered": agencies.officer, "raised": colleague}
    who = session.get_one(User, people.get(role, agencies.story.supervisor).id)
    who.role, who.unit_id = Role.SUPERVISOR, agencies.story.supervisor.unit_id
    session.commit()
    status = 200 if role == "none" else 403
    browser.sign_in(who).get("referrals.decide", dispute_id=dispute.id, expect=status)
