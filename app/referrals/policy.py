"""Who may know of a referral: the side that sends it, and the unit that it went to."""

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import joinedload, raiseload

from app.auth.actor import Actor
from app.auth.grants import denied_cases, sees_whole_area
from app.auth.models import Role, User
from app.auth.permissions import Permission, Section, rule, sections_of
from app.cases import policy as cases
from app.cases.models import Case
from app.people.models import Child
from app.referrals.enums import ReferralState
from app.referrals.models import (
    Agreement,
    Consent,
    Referral,
    ReferralDispute,
    ReferralRequest,
    ServiceOffer,
)

RECEIVERS = frozenset({Role.AGENCY_OFFICER, Role.UNIT_LEAD, Role.CP_WORKER, Role.COMMUNE_CHAIR})


def received_by(actor: Actor) -> Select[Referral]:
    """What came to the actor's unit, of children from whom the actor is not kept out."""
    if actor.role not in RECEIVERS:
        return select(Referral).where(false())
    return select(Referral).where(
        Referral.to_unit_id == actor.unit_id,
        Referral.state != ReferralState.DRAFT,
        Referral.case_id.not_in(denied_cases(actor)),
    )


def sent_of(actor: Actor) -> Select[Referral]:
    """The referrals of the cases whose file the actor may open."""
    seen = cases.visible_ids(actor)
    return select(Referral).where(Referral.case_id.in_(seen))


def visible_to(actor: Actor) -> Select[Referral]:
    """Every referral the actor may know of; what of it is shown is decided where it is read."""
    received, sent = received_by(actor), sent_of(actor)
    return select(Referral).where(or_(received.whereclause, sent.whereclause))  # type: ignore[arg-type]


def measured_by(actor: Actor) -> Select[Referral]:
    """What the measures of this actor count: a supervisor's area, or what came to a lead's unit;
    nothing of a child from whom the actor is kept out."""
    sent = select(Referral).where(
        Referral.sent_at.is_not(None), Referral.case_id.not_in(denied_cases(actor))
    )
    if not sees_whole_area(actor):
        return sent.where(Referral.to_unit_id == actor.unit_id)
    if actor.commune_code is None:
        return sent
    # by the case, which may have left the area since it was sent
    seen = cases.visible_ids(actor)
    return sent.where(Referral.case_id.in_(seen))


def referral_file(actor: Actor) -> Select[Referral]:
    """A visible referral with its case and child, both units and people; one statement."""
    return _whole(visible_to(actor))


def received_file(actor: Actor) -> Select[Referral]:
    """As `referral_file`, of what came to the actor's unit only."""
    return _whole(received_by(actor))


def _whole(referrals: Select[Referral]) -> Select[Referral]:
    name_only = (Referral.by, Referral.officer)
    return referrals.options(
        joinedload(Referral.case, innerjoin=True)
        .joinedload(Case.child, innerjoin=True)
        .raiseload(Child.carers),
        joinedload(Referral.from_unit, innerjoin=True),
        joinedload(Referral.to_unit),
        joinedload(Referral.consent),
        *(joinedload(side).load_only(User.name).options(raiseload(User.key)) for side in name_only),
    )


def requests_of(actor: Actor) -> Select[ReferralRequest]:
    """The one-stop requests of the cases whose file the actor may open."""
    seen = cases.visible_ids(actor)
    return (
        select(ReferralRequest)
        .where(ReferralRequest.case_id.in_(seen))
        .options(
            joinedload(ReferralRequest.case, innerjoin=True).options(
                joinedload(Case.child, innerjoin=True), joinedload(Case.unit)
            ),
        )
    )


def consents_of(actor: Actor) -> Select[Consent]:
    seen = cases.visible_ids(actor)
    return select(Consent).where(Consent.case_id.in_(seen))


def offers_of(actor: Actor) -> Select[ServiceOffer]:
    """What the actor's own unit offers."""
    return select(ServiceOffer).where(ServiceOffer.unit_id == actor.unit_id)


def agreements_of(actor: Actor) -> Select[Agreement]:
    """The register of a province: nothing personal stands in it."""
    return select(Agreement)


def disputes_of(actor: Actor) -> Select[ReferralDispute]:
    seen = visible_to(actor).with_only_columns(Referral.id)
    return (
        select(ReferralDispute)
        .where(ReferralDispute.referral_id.in_(seen))
        .options(
            joinedload(ReferralDispute.referral, innerjoin=True).options(
                joinedload(Referral.case, innerjoin=True)
                .joinedload(Case.child, innerjoin=True)
                .raiseload(Child.carers),
                joinedload(Referral.from_unit, innerjoin=True),
                joinedload(Referral.to_unit),
                joinedload(Referral.by).load_only(User.name).options(raiseload(User.key)),
            )
        )
    )


def is_receiver(actor: Actor, referral: Referral) -> bool:
    """Does the actor stand on the receiving side? Who stands on both sides reads the file."""
    return referral.to_unit_id == actor.unit_id and actor.role in RECEIVERS


def is_sender(actor: Actor, referral: Referral) -> bool:
    """Does the actor's unit work the case?"""
    return referral.case.unit_id is not None and referral.case.unit_id == actor.unit_id


def words_open_to(actor: Actor, section: Section) -> bool:
    """May a reader of the sending side read what was written about a service?"""
    return section in sections_of(actor)


@rule(Permission.REFERRAL_READ)
def can_read(actor: Actor, subject: Referral | ReferralRequest | Case) -> bool:
    """What could be loaded may be read: which part of it, the page decides."""
    if isinstance(subject, Referral):
        return is_receiver(actor, subject) or bool(sections_of(actor))
    return bool(sections_of(actor))


@rule(Permission.REFERRAL_SEND)
def can_send(actor: Actor, subject: Case | ReferralRequest | Referral) -> bool:
    case = subject if isinstance(subject, Case) else subject.case
    return case.unit_id is not None and case.unit_id == actor.unit_id


@rule(Permission.PROSECUTION_SIGN)
@rule(Permission.CONSENT_RECORD)
def can_record_consent(actor: Actor, case: Case) -> bool:
    return case.unit_id is not None and case.unit_id == actor.unit_id


@rule(Permission.REFERRAL_ANSWER)
@rule(Permission.REFERRAL_ASSIGN)
def can_answer(actor: Actor, referral: Referral) -> bool:
    return is_receiver(actor, referral)


@rule(Permission.DISPUTE_DECIDE)
def can_decide(actor: Actor, dispute: ReferralDispute) -> bool:
    """A supervisor who had no part in it, in another role before: neither raised it, nor sent the
    referral, nor answered it."""
    referral = dispute.referral
    return actor.id not in (dispute.raised_by, referral.by_id, referral.answered_by)


@rule(Permission.DIRECTORY_EDIT)
def can_edit_offer(actor: Actor, offer: ServiceOffer) -> bool:
    return offer.unit_id == actor.unit_id


@rule(Permission.AGREEMENT_MANAGE)
def can_manage_agreement(actor: Actor, agreement: Agreement) -> bool:
    """Every agreement of the province, for who supervises it."""
    return True
