"""The request to prosecute that a referral brought, as the page of that referral names it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.pages.links import link
from app.referrals.enums import ReferralKind
from app.referrals.models import Referral
from app.referrals.pages.lines import letter_words
from app.referrals.queries.packet import LETTER
from app.referrals.queries.prosecution import number_behind


@dataclass(frozen=True, slots=True)
class Letter:
    """`url`: of its paper, or for the sender of its own page; "" while it is closed."""

    title: str
    url: str


def letter_in(session: Session, referral: Referral, sections: frozenset[Section]) -> Letter | None:
    """For the receiving side: the paper while its packet is open."""
    is_open = sections >= LETTER
    url = link("prosecution.received_paper", received_id=referral.id) if is_open else ""
    return _letter(session, referral, url)


def letter_out(session: Session, referral: Referral) -> Letter | None:
    """For the sender."""
    return _letter(session, referral, link("prosecution.index", case_id=referral.case_id))


def _letter(session: Session, referral: Referral, url: str) -> Letter | None:
    """One statement, for a request to prosecute only."""
    if referral.kind is not ReferralKind.PROSECUTION:
        return None
    return Letter(letter_words(number_behind(session, referral.id)), url)
