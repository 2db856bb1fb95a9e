"""The page of a referral for who types its whole number into the search of the header."""

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.pages.links import link
from app.referrals.enums import ReferralState
from app.referrals.models import Referral
from app.referrals.numbers import numbered, read_number
from app.referrals.policy import visible_to


def page_of_number(session: Session, actor: Actor, term: str) -> str | None:
    """None for anything else, and for what the actor may not know of; at most one statement."""
    number = read_number(term)
    if number is None or number.serial is None:
        return None
    wanted = visible_to(actor).where(numbered(number), Referral.state != ReferralState.DRAFT)
    found = session.scalar(wanted.with_only_columns(Referral.id))
    return link("referrals.show", referral_id=found) if found else None
