"""A case that another unit takes over brings its unfinished referrals along."""

from sqlalchemy.orm import Session

from app.cases.services.moves import Target, accept_transfer, offer_transfer
from app.core import clock
from app.referrals import policy
from app.referrals.models import Referral
from tests.actors import actor_of
from tests.factories import TAN_HUNG, UnitFactory, UserFactory
from tests.referrals.story import accept, make_agencies, send, whole, whole_case


def test_the_new_unit_is_the_sender_and_the_packet_stays_open(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    there = UnitFactory(commune_code=TAN_HUNG)
    receiver = UserFactory(unit=there)
    transfer = offer_transfer(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        to=Target(commune_code=TAN_HUNG),
        reason="Gia đình chuyển",
        note="Đang khám",
        now=clock.now(),
    )
    session.commit()
    accept_transfer(
        session,
        actor=actor_of(receiver),
        transfer=transfer,
        owner_id=receiver.id,
        answer=None,
        now=clock.now(),
    )
    session.commit()
    moved = whole(session, sent, receiver)
    assert moved.from_unit_id == there.id
    assert policy.is_sender(actor_of(receiver), moved)
    assert whole(session, sent, agencies.officer).access_id == moved.access_id
    known = session.scalars(
        policy.visible_to(actor_of(agencies.worker)).where(Referral.id == sent.id)
    ).unique()
    assert list(known) == []
