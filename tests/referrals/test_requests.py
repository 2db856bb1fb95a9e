"""The one-stop request: drafted from needs, checked, sent in one step."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.enums import EventKind, RiskLevel
from app.cases.models import CaseEvent
from app.cases.models.cases import CaseEnded
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.referrals.enums import ReferralState, SentStage, Stage, Urgency
from app.referrals.errors import NothingToSend
from app.referrals.models import Referral, ReferralRequest, ServiceOffer
from app.referrals.services import requests
from app.referrals.services.checks import NotReady
from tests.actors import actor_of
from tests.referrals.story import (
    REASON,
    Agencies,
    draft,
    fill,
    make_agencies,
    make_offer,
    send,
    whole_request,
)
from tests.sql import counted


def test_a_draft_has_the_nearest_unit_and_the_least_packet(session: Session) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care", "crime_report", "school_support")
    hospital, police, school = requests.drafts_of(session, request)
    assert hospital.to_unit_id == agencies.hospital.id
    assert hospital.sections == ["identity", "health", "contact"]  # urgent
    assert police.sections == ["identity", "event", "police_justice"]
    assert school.sections == ["identity"]
    assert {one.state for one in (hospital, police, school)} == {ReferralState.DRAFT}


def test_alerts_of_the_file_always_go(session: Session) -> None:
    agencies = make_agencies(session)
    agencies.case.do_not_contact = True
    agencies.case.risk_level = RiskLevel.HIGH
    session.commit()
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request)
    [one] = requests.drafts_of(session, request)
    assert one.alerts == ["do_not_contact", "high_risk"]


def test_sent_it_stands_on_the_timeline_with_its_clock(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    assert (sent.state, sent.stage, sent.sent_stage) == (
        ReferralState.SENT,
        Stage.ANSWER,
        SentStage.WAITING,
    )
    assert sent.accept_due_at == sent.sent_at + timedelta(hours=24)
    assert sent.number.startswith("CG-")
    event = (
        session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.REFERRAL_SENT))
        .unique()
        .one()
    )
    assert event.section is Section.HEALTH and event.facts["to"] == "Bệnh viện thử"
    assert event.note is None


def test_six_referrals_in_one_transaction_and_at_most_forty_statements(session: Session) -> None:
    agencies = make_agencies(session)
    services = (
        *("prophylaxis", "crime_report", "child_safety"),
        *("psychology", "school_support", "emergency_care"),
    )
    request = draft(session, agencies, *services)
    fill(session, agencies, request)
    actor, now = actor_of(agencies.worker), clock.now()
    whole = whole_request(session, agencies, request)
    with counted(session.get_bind()) as executed:
        requests.send_request(session, actor=actor, request=whole, accepts_warnings=True, now=now)
        session.commit()
    assert len(executed) <= 40
    states = session.scalars(select(Referral.state)).all()
    assert states == [ReferralState.SENT] * 6


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"ground": None}, "ground"),
        ({"ground": "danger", "ground_reason": ""}, "ground_reason"),
        ({"ground": "consent"}, "consent"),
        ({"reason": ""}, "reason"),
        ({"to_unit_id": None}, "to_unit"),
        ({"sections": ("identity", "education")}, "sections"),
        ({"sections": ("identity", "hiv")}, "ground"),
        ({"sections": ("identity", "sexual_abuse"), "ground": "crime"}, "ground"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_leaves(
    session: Session, over: dict[str, object], field: str
) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request, **over)
    with pytest.raises(NotReady) as refused:
        _send(session, agencies, request)
    assert [one.field for one in refused.value.problems] == [field]
    assert not refused.value.problems[0].is_warning


def test_not_to_oneself_nor_to_a_closed_unit(session: Session) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request, to_unit_id=agencies.story.unit.id)
    assert "chính đơn vị bạn" in _problems(session, agencies, request)
    agencies.hospital.is_active = False
    fill(session, agencies, request, to_unit_id=agencies.hospital.id)
    assert "ngừng hoạt động" in _problems(session, agencies, request)


def test_a_full_unit_is_a_warning_that_may_be_overruled(session: Session) -> None:
    agencies = make_agencies(session)
    offer = session.scalars(select(ServiceOffer).where(ServiceOffer.service == "health_care")).one()
    offer.places = 0
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request)
    with pytest.raises(NotReady) as refused:
        _send(session, agencies, request)
    assert all(one.is_warning for one in refused.value.problems)
    sent = requests.send_request(
        session,
        actor=actor_of(agencies.worker),
        request=whole_request(session, agencies, request),
        accepts_warnings=True,
        now=clock.now(),
    )
    assert len(sent) == 1


def test_the_directory_proposes_who_has_places(session: Session) -> None:
    agencies = make_agencies(session)
    session.add(make_offer(agencies.police, "health_care", agencies.lead))
    for offer in session.scalars(select(ServiceOffer).where(ServiceOffer.service == "health_care")):
        offer.places = 0 if offer.unit_id == agencies.hospital.id else 3
    session.commit()
    [one] = requests.drafts_of(session, draft(session, agencies, "health_care"))
    assert one.to_unit_id == agencies.police.id


def test_with_do_not_contact_no_address_leaves(session: Session) -> None:
    agencies = make_agencies(session)
    agencies.case.do_not_contact = True
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request, sections=("identity", "contact"))
    assert "không được gửi đi" in _problems(session, agencies, request)


def test_the_same_need_does_not_go_twice_to_one_unit(session: Session) -> None:
    agencies = make_agencies(session)
    send(session, agencies, "health_care")
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request)
    assert "đang có một phiếu" in _problems(session, agencies, request)


def test_an_ended_case_sends_nothing(session: Session) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request)
    agencies.case.is_ended = True
    session.commit()
    with pytest.raises(CaseEnded):
        _send(session, agencies, request)


def test_sent_twice_it_leaves_once(session: Session) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care")
    fill(session, agencies, request)
    _send(session, agencies, request)
    session.commit()
    with pytest.raises(NothingToSend):
        _send(session, agencies, request)


def test_two_who_edit_one_request_are_told(session: Session) -> None:
    agencies = make_agencies(session)
    request = draft(session, agencies, "health_care")
    [one] = requests.drafts_of(session, request)
    seen = request.version
    fill(session, agencies, request)
    data = requests.RequestData((), {one.id: requests.DraftData(Urgency.ROUTINE, reason=REASON)})
    with pytest.raises(StaleEdit):
        requests.save_drafts(
            session,
            actor=actor_of(agencies.worker),
            request=whole_request(session, agencies, request),
            data=data,
            expected_version=seen,
            now=clock.now(),
        )


def test_no_need_no_request(session: Session) -> None:
    agencies = make_agencies(session)
    with pytest.raises(InvalidInput):
        draft(session, agencies)


def _send(session: Session, agencies: Agencies, request: ReferralRequest) -> None:
    requests.send_request(
        session,
        actor=actor_of(agencies.worker),
        request=whole_request(session, agencies, request),
        accepts_warnings=False,
        now=clock.now(),
    )


def _problems(session: Session, agencies: Agencies, request: ReferralRequest) -> str:
    with pytest.raises(NotReady) as refused:
        _send(session, agencies, request)
    return " ".join(str(one.text) for one in refused.value.problems if not one.is_warning)
