"""What rests on a consent ends with it, at once."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import InvalidInput
from app.referrals.enums import RecallReason, ReferralState
from app.referrals.errors import ConsentEnded, ReferralRecalled
from app.referrals.models import Consent, Referral
from app.referrals.queries.packet import open_sections
from app.referrals.services import answers, consents
from app.referrals.services.checks import NotReady
from app.referrals.services.consents import ConsentData
from tests.actors import actor_of
from tests.referrals.story import Agencies, accept, make_agencies, send, whole, whole_case

SECTIONS = ("identity", "health", "contact")


def consent(session: Session, agencies: Agencies, **over: object) -> Consent:
    values = {
        "giver": "both",
        "name": "Lê Thị Hòa",
        "services": (),
        "sections": SECTIONS,
        "given_on": clock.today(),
        **over,
    }
    made = consents.record_consent(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        data=ConsentData(**values),  # type: ignore[arg-type]
        now=clock.now(),
    )
    session.commit()
    return made


def opened(session: Session, referral: Referral, agencies: Agencies) -> set[str]:
    found = whole(session, referral, agencies.officer)
    return {
        section.value
        for section in open_sections(
            session, found, holder_id=agencies.hospital.id, now=clock.now()
        )
    }


def withdraw(session: Session, agencies: Agencies, given: Consent) -> int:
    ended = consents.withdraw_consent(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        consent=session.get_one(Consent, given.id),
        reason="Gia đình đổi ý",
        now=clock.now(),
    )
    session.commit()
    return ended


def test_withdrawn_it_closes_the_packet_from_the_next_request_on(session: Session) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies)
    [sent] = send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    accept(session, sent, agencies.officer)
    assert opened(session, sent, agencies) == set(SECTIONS)
    assert withdraw(session, agencies, given) == 1
    assert opened(session, sent, agencies) == set()
    ended = session.get_one(Referral, sent.id)
    assert (ended.state, ended.recall_reason) == (ReferralState.RECALLED, RecallReason.CONSENT)
    with pytest.raises(ConsentEnded):
        withdraw(session, agencies, given)


def test_an_answer_after_the_withdrawal_is_refused_in_words(session: Session) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies)
    [sent] = send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    withdraw(session, agencies, given)
    with pytest.raises((ReferralRecalled, ConsentEnded)):
        accept(session, sent, agencies.officer)


def test_completed_work_that_rests_on_it_closes_too(session: Session) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies)
    [sent] = send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    done = accept(session, sent, agencies.officer)
    answers.complete_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=done,
        outcome="met",
        note="Đã khám",
        now=clock.now(),
    )
    session.commit()
    assert opened(session, sent, agencies) == set(SECTIONS)
    assert withdraw(session, agencies, given) == 0
    assert opened(session, sent, agencies) == set()


def test_it_ends_with_its_last_day(session: Session) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies, until=clock.today() + timedelta(days=2))
    [sent] = send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    accept(session, sent, agencies.officer)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert opened(session, sent, agencies) == set(SECTIONS)
    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert opened(session, sent, agencies) == set()


def test_after_completion_the_packet_stays_for_the_days_of_the_rules(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    done = accept(session, sent, agencies.officer)
    answers.complete_referral(
        session,
        actor=actor_of(agencies.officer),
        referral=done,
        outcome="met",
        note="Đã khám",
        now=clock.now(),
    )
    session.commit()
    with time_machine.travel(clock.now() + timedelta(days=29)):
        assert opened(session, sent, agencies) == set(SECTIONS)
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert opened(session, sent, agencies) == set()


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"giver": "parent"}, "của chính em"),
        ({"services": ("legal_aid",)}, "không gồm việc này"),
        ({"sections": ("identity",)}, "không gồm: Nơi ở, liên hệ, Sức khỏe"),
    ],
)
def test_a_consent_that_does_not_reach_so_far(
    session: Session, over: dict[str, object], words: str
) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies, **over)
    with pytest.raises(NotReady) as refused:
        send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    assert words in str(refused.value.problems[0].text)


def test_an_expired_consent_sends_nothing(session: Session) -> None:
    agencies = make_agencies(session)
    given = consent(session, agencies, until=clock.today())
    with time_machine.travel(clock.now() + timedelta(days=1)), pytest.raises(NotReady) as refused:
        send(session, agencies, "health_care", ground="consent", consent_id=given.id)
    assert "hết hạn" in str(refused.value.problems[0].text)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"given_on": clock.today() + timedelta(days=9)}, "given_on"),
        ({"until": clock.today() - timedelta(days=9)}, "until"),
        ({"sections": ()}, "sections"),
    ],
)
def test_bad_input(session: Session, over: dict[str, object], field: str) -> None:
    agencies = make_agencies(session)
    with pytest.raises(InvalidInput) as refused:
        consent(session, agencies, **over)
    assert refused.value.field == field


def test_nobody_asks_a_caregiver_who_must_not_be_contacted(session: Session) -> None:
    agencies = make_agencies(session)
    whole_case(session, agencies).do_not_contact = True
    session.commit()
    with pytest.raises(InvalidInput):
        consent(session, agencies, giver="both")
    assert consent(session, agencies, giver="child").giver == "child"
