"""The consents that a request may rest on: what each covers, and what the family asks with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.auth.permissions import Section
from app.cases.labels import label_of
from app.referrals.models import Consent, Referral
from app.referrals.offer_words import service_label
from app.referrals.pages.agreements import section_words
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """`note`: the condition, in the family's words; "" for who may not read of the family."""

    words: str
    covers: str
    note: str


def consent_lines(
    consents: Sequence[Consent], today: date, sections: frozenset[Section]
) -> list[ConsentLine]:
    """Those in force."""
    is_read = Section.FAMILY in sections
    return [
        ConsentLine(_words(one), _covers(one), (one.note or "") if is_read else "")
        for one in consents
        if one.is_valid(today)
    ]


def consent_pairs(
    consents: Sequence[Consent], drafts: Sequence[Referral], today: date
) -> list[tuple[str, str]]:
    """(id, words) for the choice for all, with the numbers of the drafts that each does not reach.
    Those in force; an ended one only where it is chosen already, to be told so."""
    chosen = {draft.consent_id for draft in drafts}
    return [
        (str(one.id), _with_gaps(one, drafts))
        for one in consents
        if one.is_valid(today) or one.id in chosen
    ]


def only_one(consents: Iterable[Consent], today: date) -> str | None:
    """The id of the only consent in force: nothing to choose."""
    valid = [str(one.id) for one in consents if one.is_valid(today)]
    return valid[0] if len(valid) == 1 else None


def _with_gaps(consent: Consent, drafts: Sequence[Referral]) -> str:
    missed = [
        str(number)
        for number, draft in enumerate(drafts, start=1)
        if not consent.reaches(draft.service) or consent.leaves_out(draft.sections)
    ]
    words = _words(consent)
    if not missed:
        return words
    if len(drafts) == 1:
        return _("%(consent)s (không gồm đủ)", consent=words)
    return _("%(consent)s (không gồm đủ phiếu %(numbers)s)", consent=words,
             numbers=", ".join(missed))  # fmt: skip


def _words(consent: Consent) -> str:
    giver, day = label_of("consent_givers", consent.giver), vn_date(consent.given_on)
    if consent.until:
        return _("%(giver)s, ngày %(day)s, đến hết %(until)s", giver=giver, day=day,
                 until=vn_date(consent.until))  # fmt: skip
    return _("%(giver)s, ngày %(day)s", giver=giver, day=day)


def _covers(consent: Consent) -> str:
    parts = section_words(consent.sections)
    if not consent.services:
        return _("Gồm: %(parts)s; mọi việc giúp em", parts=parts)
    services = ", ".join(service_label(code) for code in consent.services)
    return _("Gồm: %(parts)s; chỉ cho: %(services)s", parts=parts, services=services)
