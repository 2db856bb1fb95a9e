"""The directory, the agreements and the consents of the synthetic province."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.auth.models import Unit, UnitKind
from app.cases.models import Case
from app.core import clock
from app.referrals.models import Agreement, Consent, ServiceOffer
from app.referrals.pages.directory import is_old_news
from app.referrals.queries.agreements import uncovered
from app.referrals.queries.directory import Wanted, candidates
from app.referrals.rules import rules
from tests.demo.province import UNTIL
from tests.factories import PHO_HIEN, TAN_HUNG

TODAY = clock.local(UNTIL).date()


def test_every_unit_offers_what_its_kind_may(province: Session) -> None:
    offers = province.scalars(select(ServiceOffer).options(joinedload(ServiceOffer.unit))).all()
    offered = {(offer.unit_id, offer.service) for offer in offers}
    may = {
        (unit.id, service)
        for unit in province.scalars(select(Unit))
        for service in rules().offered(unit.kind)
    }
    assert offered == may
    assert all(offer.changed_at <= UNTIL and offer.phone for offer in offers)
    police = {offer.unit.commune_code for offer in offers if offer.unit.kind is UnitKind.POLICE}
    assert len(police - {None}) == 104


def test_every_need_has_somebody_and_some_places_are_old_news(province: Session) -> None:
    for commune in (PHO_HIEN, TAN_HUNG):
        found = candidates(province, rules().offered(), Wanted(commune, 9, "female"), now=UNTIL)
        only_in_town = {"school_support", "return_to_school"}
        lacking = {service for service, units in found.items() if not units}
        assert lacking <= (set() if commune == PHO_HIEN else only_in_town)
    offers = province.scalars(select(ServiceOffer).where(ServiceOffer.places.is_not(None))).all()
    assert {is_old_news(offer, UNTIL) for offer in offers} == {True, False}


def test_agreements_last_end_soon_are_over_and_leave_a_gap(province: Session) -> None:
    known = province.scalars(select(Agreement)).all()
    assert {one.lasts_on(TODAY) for one in known} == {True, False}
    packets = [
        (UnitKind.COMMUNE_PC, kind, [str(one) for one in rules().packet(kind).default])
        for kind in (UnitKind.POLICE, UnitKind.HEALTH, UnitKind.LEGAL_AID)
    ]
    assert uncovered(province, packets, TODAY) == [False, False, True]


def test_families_agreed_some_took_it_back_and_nobody_asked_a_suspect(province: Session) -> None:
    rows = province.execute(select(Consent, Case).join(Case, Case.id == Consent.case_id)).unique()
    found = [(row.Consent, row.Case) for row in rows]
    states = {
        "withdrawn" if one.withdrawn_at else "valid" if one.is_valid(TODAY) else "expired"
        for one, _case in found
    }
    assert states == {"withdrawn", "valid", "expired"}
    assert all(one.recorded_at <= UNTIL and one.name for one, _case in found)
    asked = {one.giver for one, case in found if case.do_not_contact}
    assert asked and not asked & {"parent", "both"}
