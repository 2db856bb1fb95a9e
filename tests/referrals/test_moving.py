"""A case that another unit takes over brings its unfinished referrals along."""

from sqlalchemy.orm import Session

from app.referrals import policy
from app.referrals.models import Referral
from tests.actors import actor_of
from tests.referrals.story import accept, make_agencies, move, send, whole


def test_the_new_unit_is_the_sender_and_the_packet_stays_open(session: Session) -> None:
    agencies = make_agencies(session)
    [sent] = send(session, agencies, "health_care")
    accept(session, sent, agencies.officer)
    receiver = move(session, agencies)
    moved = whole(session, sent, receiver)
    assert moved.from_unit_id == receiver.unit_id
    assert policy.is_sender(actor_of(receiver), moved)
    assert whole(session, sent, agencies.officer).access_id == moved.access_id
    known = session.scalars(
        policy.visible_to(actor_of(agencies.worker)).where(Referral.id == sent.id)
    ).unique()
    assert list(known) == []
