"""A case, the agencies around it, and referrals in every state, for the tests of this package."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseFile, Plan, PlanActivity
from app.cases.models.plans import PlanState
from app.cases.policy import case_file
from app.cases.services.moves import Target, accept_transfer, offer_transfer
from app.core import clock
from app.documents.examine import Examined
from app.documents.vault import keep_file
from app.referrals import policy
from app.referrals.enums import Urgency
from app.referrals.models import Referral, ReferralRequest, ServiceOffer
from app.referrals.services import answers, requests
from app.referrals.services.requests import DraftData, Need, RequestData
from tests.actors import actor_of
from tests.cases.story import Story, make_story
from tests.factories import TAN_HUNG, UnitFactory, UserFactory
from tests.parts.files import blank_pdf

EVERY_DAY = [str(day) for day in range(1, 8)]
REASON = "Khám và điều trị vết thương ở tay"
WOUND = "Giấy chứng nhận thương tích"
DUTY = "Thực hiện nhiệm vụ bảo vệ trẻ em"


@dataclass
class Agencies:
    """The commune's story, and one officer (with a lead at the hospital) of each agency."""

    story: Story
    hospital: Unit
    officer: User
    colleague: User
    lead: User
    police: Unit
    police_officer: User
    school: Unit
    teacher: User

    @property
    def case(self) -> Case:
        return self.story.case

    @property
    def worker(self) -> User:
        return self.story.worker


def make_agencies(session: Session) -> Agencies:
    story = make_story(session)
    hospital = _unit(UnitKind.HEALTH, "Bệnh viện thử")
    police = _unit(UnitKind.POLICE, "Công an thử", story.unit.commune_code)
    school = _unit(UnitKind.SCHOOL, "Trường thử", story.unit.commune_code)
    lead = UserFactory(unit=hospital, role=Role.UNIT_LEAD)
    for unit, services in (
        (hospital, ("emergency_care", "prophylaxis", "health_care", "psychology")),
        (police, ("child_safety", "crime_report")),
        (school, ("school_support", "return_to_school")),
    ):
        session.add_all(make_offer(unit, service, lead) for service in services)
    session.commit()
    return Agencies(
        story=story,
        hospital=hospital,
        officer=UserFactory(unit=hospital, role=Role.AGENCY_OFFICER),
        colleague=UserFactory(unit=hospital, role=Role.AGENCY_OFFICER),
        lead=lead,
        police=police,
        police_officer=UserFactory(unit=police, role=Role.AGENCY_OFFICER),
        school=school,
        teacher=UserFactory(unit=school, role=Role.AGENCY_OFFICER),
    )


def _unit(kind: UnitKind, name: str, commune: str | None = None) -> Unit:
    level = UnitLevel.COMMUNE if commune else UnitLevel.PROVINCE
    made: Unit = UnitFactory(
        kind=kind, level=level, name=name, short_name=name, commune_code=commune
    )
    return made


def make_offer(unit: Unit, service: str, by: User, **more: Any) -> ServiceOffer:
    values = {"days": EVERY_DAY, "is_emergency": True, "changed_at": clock.now(), **more}
    return ServiceOffer(unit_id=unit.id, service=service, changed_by=by.id, **values)


def whole_case(session: Session, agencies: Agencies) -> Case:
    """The case as a route loads it."""
    found: Case = session.scalars(
        case_file(actor_of(agencies.worker)).where(Case.id == agencies.case.id)
    ).one()
    return found


def whole_request(
    session: Session, agencies: Agencies, request: ReferralRequest
) -> ReferralRequest:
    """The request as a route loads it."""
    wanted = policy.requests_of(actor_of(agencies.worker)).where(ReferralRequest.id == request.id)
    found: ReferralRequest = session.scalars(wanted).unique().one()
    return found


def whole(session: Session, referral: Referral, reader: User) -> Referral:
    """The referral as a route loads it. Raises NoResultFound for one that is invisible to them."""
    wanted = policy.referral_file(actor_of(reader)).where(Referral.id == referral.id)
    found: Referral = session.scalars(wanted).unique().one()
    return found


def draft(
    session: Session, agencies: Agencies, *services: str, urgency: Urgency = Urgency.URGENT
) -> ReferralRequest:
    """Drafts for these services, units and packets as the directory proposes them."""
    made = requests.draft_request(
        session,
        actor=actor_of(agencies.worker),
        case=whole_case(session, agencies),
        needs=[Need(service, urgency) for service in services],
        package=None,
        now=clock.now(),
    )
    session.commit()
    return made


def fill(session: Session, agencies: Agencies, request: ReferralRequest, **over: Any) -> None:
    """What a draft needs before it may go, in each; `over` changes it."""
    drafts = requests.drafts_of(session, request)
    values = {"reason": REASON, "ground": "duty", "ground_reason": DUTY, **over}
    requests.save_drafts(
        session,
        actor=actor_of(agencies.worker),
        request=whole_request(session, agencies, request),
        data=RequestData(
            alerts=(),
            drafts={
                one.id: DraftData(
                    **{
                        "urgency": one.urgency,
                        "to_unit_id": one.to_unit_id,
                        "sections": tuple(one.sections),
                        **values,
                    }
                )
                for one in drafts
            },
        ),
        expected_version=request.version,
        now=clock.now(),
    )
    session.commit()


def send(session: Session, agencies: Agencies, *services: str, **over: Any) -> list[Referral]:
    """Drafted, filled in and sent: a referral for each service, else one to the hospital."""
    request = draft(session, agencies, *(services or ("health_care",)))
    fill(session, agencies, request, **over)
    sent = requests.send_request(
        session,
        actor=actor_of(agencies.worker),
        request=whole_request(session, agencies, request),
        accepts_warnings=True,
        now=clock.now(),
    )
    session.commit()
    return sent


def accept(session: Session, referral: Referral, by: User) -> Referral:
    found = whole(session, referral, by)
    answers.accept_referral(session, actor=actor_of(by), referral=found, now=clock.now())
    session.commit()
    return whole(session, referral, by)


def move(session: Session, agencies: Agencies) -> User:
    """The case goes to another commune; its new worker."""
    receiver: User = UserFactory(unit=UnitFactory(commune_code=TAN_HUNG))
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
    return receiver


def plan_with_two(session: Session, agencies: Agencies) -> tuple[PlanActivity, PlanActivity]:
    """An approved plan: one activity of the hospital, one of the police."""
    case = whole_case(session, agencies)
    now, by = clock.now(), agencies.worker.id
    plan = Plan(
        key=case.child.key,
        case_id=case.id,
        cycle=case.cycle,
        form_version=1,
        state=PlanState.APPROVED,
        drafted_by=by,
        drafted_at=now,
        edited_by=by,
        edited_at=now,
    )
    session.add(plan)
    session.flush()
    rows = [
        PlanActivity(
            key=case.child.key,
            plan_id=plan.id,
            case_id=case.id,
            position=position,
            domain="health",
            service_type="care_recovery",
            what=what,
            responsible_unit_id=unit.id,
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=9),
        )
        for position, (what, unit) in enumerate(
            (("Khám lại vết thương", agencies.hospital), ("Gọi hỏi người gây hại", agencies.police))
        )
    ]
    session.add_all(rows)
    session.commit()
    return rows[0], rows[1]


def add_file(session: Session, agencies: Agencies, section: Section, title: str) -> CaseFile:
    """A photo among the documents of the case."""
    case, now = whole_case(session, agencies), clock.now()
    stored = keep_file(
        session,
        key=case.child.key,
        original=blank_pdf(),
        examined=Examined("application/pdf", blank_pdf()),
        by_id=agencies.worker.id,
        now=now,
    )
    file = CaseFile(
        key=case.child.key,
        case_id=case.id,
        file_id=stored.id,
        kind="photo",
        section=section,
        title=title,
        happened_at=now,
        typed_at=now,
        by_id=agencies.worker.id,
    )
    session.add(file)
    session.commit()
    return file
