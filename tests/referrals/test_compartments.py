"""HIV and what was told of sexual abuse go to an agency only where they are named."""

import pytest
from sqlalchemy.orm import Session

from app.auth.permissions import COMPARTMENTS
from app.core import clock
from app.referrals.enums import ReferralState
from app.referrals.models import Consent
from app.referrals.queries.packet import open_sections, packet_of
from app.referrals.rules import rules
from app.referrals.services.checks import NotReady
from app.referrals.services.consents import ConsentData, record_consent
from tests.actors import actor_of
from tests.parts.specific import with_texts
from tests.referrals.story import Agencies, accept, make_agencies, send, whole_case

LONG = "Tội phạm xâm hại tình dục trẻ em, phải tố giác ngay"


def test_no_package_and_no_urgency_ticks_them() -> None:
    now = rules()
    for service, urgency in ((s, u) for s in now.services for u in now.urgencies):
        for kind in now.packets:
            assert COMPARTMENTS.isdisjoint(now.least(service, urgency, kind))
    assert COMPARTMENTS.isdisjoint(now.packet("school").allowed)
    assert COMPARTMENTS.isdisjoint(now.packet("outside").allowed)


@pytest.mark.parametrize("named", [True, False])
def test_a_consent_that_names_it_opens_it(session: Session, named: bool) -> None:
    agencies = make_agencies(session)
    with_texts(
        session,
        agencies.case,
        agencies.worker,
        {"physical_state": "Vết bầm", "hiv_state": "Dương tính"},
    )
    sections = ("identity", "health", "hiv")
    consent = _consent(session, agencies, sections if named else sections[:2])
    over = {"ground": "consent", "consent_id": consent.id, "sections": sections}
    if not named:
        with pytest.raises(NotReady) as refused:
            send(session, agencies, **over)
        assert "Tình trạng HIV" in str(refused.value.problems[0].text)
        return
    (referral,) = send(session, agencies, **over)
    referral = accept(session, referral, agencies.officer)
    opened = open_sections(session, referral, holder_id=agencies.hospital.id, now=clock.now())
    words = str(packet_of(session, referral, opened).texts)
    assert "Dương tính" in words and "Vết bầm" in words


def test_without_it_the_packet_of_health_holds_no_word_of_it(session: Session) -> None:
    agencies = make_agencies(session)
    with_texts(
        session,
        agencies.case,
        agencies.worker,
        {"physical_state": "Vết bầm", "hiv_state": "Dương tính"},
    )
    (referral,) = send(session, agencies, sections=("identity", "health"))
    referral = accept(session, referral, agencies.officer)
    opened = open_sections(session, referral, holder_id=agencies.hospital.id, now=clock.now())
    words = str(packet_of(session, referral, opened).texts)
    assert "Vết bầm" in words and "Dương tính" not in words


def test_the_police_get_the_account_with_a_reason_that_says_why(session: Session) -> None:
    agencies = make_agencies(session)
    over = {"sections": ("identity", "event", "sexual_abuse"), "ground": "crime"}
    with pytest.raises(NotReady) as refused:
        send(session, agencies, "crime_report", **over, ground_reason="Tố giác tội phạm")
    assert refused.value.problems[0].field == "ground_reason"
    (referral,) = send(session, agencies, "crime_report", **over, ground_reason=LONG)
    assert referral.state is ReferralState.SENT


def _consent(session: Session, agencies: Agencies, sections: tuple[str, ...]) -> Consent:
    made = record_consent(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        data=ConsentData(
            giver="both",
            name="Em và mẹ",
            services=(),
            sections=sections,
            given_on=clock.local(clock.now()).date(),
        ),
        now=clock.now(),
    )
    session.commit()
    return made
