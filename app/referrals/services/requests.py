"""The one-stop request: what a child needs, drafted for several agencies, sent in one step."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.auth.actor import Actor
from app.auth.models import Unit, UnitKind
from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import Case, CaseFile
from app.cases.services.editing import lock
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.people.ages import age_at
from app.referrals.enums import ReferralKind, ReferralState, StepKind, Urgency
from app.referrals.errors import NothingToSend
from app.referrals.models import Consent, Referral, ReferralFile, ReferralRequest
from app.referrals.queries.directory import Candidate, Wanted, candidates
from app.referrals.queries.packet import shareable
from app.referrals.rules import OUTSIDE, ReferralRules, rules
from app.referrals.services.checks import NotReady, Problem, known_of, problems_of
from app.referrals.services.clocks import calendar, sent_clocks
from app.referrals.services.history import Step, note_step

MOST_NEEDS = 12


@dataclass(frozen=True, slots=True)
class Need:
    """One service that is asked for; `reason`: what the plan says of it already."""

    service: str
    urgency: Urgency
    activity_id: uuid.UUID | None = None
    reason: str | None = None
    first: tuple[UnitKind, ...] = ()  # kinds of units that come before the others


@dataclass(frozen=True, slots=True)
class DraftData:
    """One draft as it was typed. A body without an account instead of a unit: `to_body`."""

    urgency: Urgency
    to_unit_id: uuid.UUID | None = None
    to_body: str | None = None
    sections: tuple[str, ...] = ()
    reason: str | None = None
    ground: str | None = None
    ground_reason: str | None = None
    consent_id: uuid.UUID | None = None
    tells_others: bool = False
    file_ids: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestData:
    """What is said once for all, and each draft by its id."""

    alerts: tuple[str, ...]
    drafts: Mapping[uuid.UUID, DraftData] = field(default_factory=dict)


def wanted_for(case: Case, now: datetime) -> Wanted:
    """`case` comes with its child."""
    age = age_at(case.child, clock.local(now).date())
    return Wanted(case.commune_code, age.years if age else case.age_at_report, case.child.sex.value)


def draft_request(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    needs: Sequence[Need],
    package: str | None,
    now: datetime,
) -> ReferralRequest:
    """Draft a referral for each need, with the best unit of the directory and the least packet.

    `case` comes with its child. Raises CaseEnded, NotRoutedYet, InvalidInput("services").
    """
    lock(session, case)
    case.require_open()
    if not needs:
        raise InvalidInput("services", _l("Chọn ít nhất một việc cần cho em."))
    if len(needs) > MOST_NEEDS:
        raise InvalidInput("services", _l("Nhiều nhất 12 việc trong một lần chuyển gửi."))
    request = ReferralRequest(case_id=case.id, package=package, by_id=actor.id, created_at=now)
    session.add(request)
    session.flush()
    add_drafts(session, actor=actor, request=request, case=case, needs=needs, now=now)
    return request


def add_drafts(
    session: Session,
    *,
    actor: Actor,
    request: ReferralRequest,
    case: Case,
    needs: Sequence[Need],
    now: datetime,
) -> list[Referral]:
    """Further drafts of a request that was not sent yet; its case is locked. Raises NothingToSend,
    InvalidInput("add_service")."""
    if request.sent_at is not None:
        raise NothingToSend
    kept = select(func.count()).where(
        Referral.request_id == request.id, Referral.state == ReferralState.DRAFT
    )
    if (session.scalar(kept) or 0) + len(needs) > MOST_NEEDS:
        raise InvalidInput("add_service", _l("Nhiều nhất 12 việc trong một lần chuyển gửi."))
    wanted, now_rules = wanted_for(case, now), rules()
    units = candidates(session, (need.service for need in needs), wanted, now=now)
    drafts = [
        _draft(actor, request, case, need, units[need.service], wanted, now_rules, now)
        for need in needs
    ]
    session.add_all(drafts)
    session.flush()
    return drafts


def _draft(
    actor: Actor,
    request: ReferralRequest,
    case: Case,
    need: Need,
    units: Sequence[Candidate],
    wanted: Wanted,
    now_rules: ReferralRules,
    now: datetime,
) -> Referral:
    others = sorted(
        (one for one in units if one.unit.id != case.unit_id),
        key=lambda one: (
            not one.is_ready,
            one.unit.kind not in need.first if need.first else False,
        ),
    )
    unit = others[0].unit if others else None
    least = now_rules.least(need.service, need.urgency, unit.kind if unit else None)
    sections = [one.value for one in least if one in shareable(case, frozenset(least))]
    return Referral(
        key=case.child.key,
        request_id=request.id,
        case_id=case.id,
        kind=ReferralKind.SERVICE,
        rules_version=now_rules.version,
        service=need.service,
        urgency=need.urgency,
        activity_id=need.activity_id,
        from_unit_id=case.unit_id,
        by_id=actor.id,
        to_unit_id=unit.id if unit else None,
        to_unit=unit,
        age=wanted.age,
        sex=wanted.sex,
        commune_code=case.commune_code,
        alerts=alerts_of(case),
        sections=sections,
        reason=need.reason,
        created_at=now,
        changed_at=now,
    )


def alerts_of(case: Case) -> list[str]:
    """What the file says by itself; the sender adds to it and takes nothing of it away."""
    known = {
        "do_not_contact": case.do_not_contact,
        "in_danger": case.is_emergency,
        "high_risk": case.risk_level is RiskLevel.HIGH,
    }
    return [code for code, is_so in known.items() if is_so]


def drafts_of(
    session: Session, request: ReferralRequest, *, for_update: bool = False
) -> list[Referral]:
    """The drafts with units and consents, oldest first; one statement."""
    wanted = (
        select(Referral)
        .where(Referral.request_id == request.id, Referral.state == ReferralState.DRAFT)
        .options(joinedload(Referral.to_unit), joinedload(Referral.consent))
        .order_by(Referral.id)
    )
    if for_update:
        wanted = wanted.with_for_update(of=Referral).execution_options(populate_existing=True)
    return list(session.scalars(wanted).unique())


def save_drafts(
    session: Session,
    *,
    actor: Actor,
    request: ReferralRequest,
    data: RequestData,
    expected_version: int,
    now: datetime,
) -> list[Referral]:
    """Keep what was typed, complete or not. Raises StaleEdit where a colleague saved first,
    NothingToSend once the drafts were sent, InvalidInput for what is not the case's."""
    lock(session, request.case)
    session.refresh(request, ["version", "sent_at"])
    drafts = drafts_of(session, request, for_update=True)
    if request.sent_at is not None or not drafts:
        raise NothingToSend
    if request.version != expected_version:
        raise StaleEdit([], request.version)
    _check_references(session, request.case, data)
    for draft in drafts:
        if (typed := data.drafts.get(draft.id)) is not None:
            _apply(draft, typed)
        draft.alerts = sorted({*alerts_of(request.case), *data.alerts})
        draft.changed_at, draft.by_id = now, actor.id
    _save_files(session, drafts, data)
    request.version += 1
    session.flush()
    return drafts_of(session, request, for_update=True)  # with the units and consents chosen now


def _apply(draft: Referral, data: DraftData) -> None:
    draft.urgency, draft.to_unit_id = data.urgency, data.to_unit_id
    draft.to_body = None if data.to_unit_id else data.to_body
    draft.sections = sorted(data.sections)
    draft.reason, draft.ground = data.reason, data.ground
    draft.ground_reason, draft.consent_id = data.ground_reason, data.consent_id
    draft.tells_others = data.tells_others


def _check_references(session: Session, case: Case, data: RequestData) -> None:
    """Ids that were typed into a form belong to this case, and units exist."""
    wanted = data.drafts.values()
    _require_all(session, Unit.id, {one.to_unit_id for one in wanted}, true(), "to_unit")
    _require_all(
        session,
        Consent.id,
        {one.consent_id for one in wanted},
        Consent.case_id == case.id,
        "consent",
    )
    files = {file_id for one in wanted for file_id in one.file_ids}
    shown = (CaseFile.case_id == case.id) & CaseFile.removed_at.is_(None)
    _require_all(session, CaseFile.id, files, shown, "files")


def _require_all(
    session: Session,
    column: InstrumentedAttribute[uuid.UUID],
    chosen: set[uuid.UUID | None] | set[uuid.UUID],
    where: ColumnElement[bool],
    field_name: str,
) -> None:
    ids = chosen - {None}
    if not ids:
        return
    found = session.scalars(select(column).where(column.in_(ids), where)).all()
    if len(found) != len(ids):
        raise InvalidInput(field_name, _l("Lựa chọn này không còn. Hãy tải lại trang."))


def _save_files(session: Session, drafts: Sequence[Referral], data: RequestData) -> None:
    ids = [draft.id for draft in drafts if draft.id in data.drafts]
    session.execute(delete(ReferralFile).where(ReferralFile.referral_id.in_(ids)))
    session.add_all(
        ReferralFile(referral_id=referral_id, file_id=file_id)
        for referral_id in ids
        for file_id in dict.fromkeys(data.drafts[referral_id].file_ids)
    )


def drop_draft(session: Session, *, request: ReferralRequest, referral_id: uuid.UUID) -> bool:
    """Take one need out again; nothing of it had left. False where there is no such draft."""
    lock(session, request.case)
    draft = next((one for one in drafts_of(session, request) if one.id == referral_id), None)
    if draft is None:
        return False
    session.execute(delete(ReferralFile).where(ReferralFile.referral_id == draft.id))
    session.delete(draft)
    session.flush()
    return True


def require_drafts(drafts: Sequence[Referral]) -> None:
    """Raises NothingToSend."""
    if not drafts:
        raise NothingToSend


def send_request(
    session: Session,
    *,
    actor: Actor,
    request: ReferralRequest,
    accepts_warnings: bool,
    now: datetime,
    further: Callable[[Sequence[Referral]], Sequence[Problem]] | None = None,
) -> list[Referral]:
    """Send every draft of the request, all or none. `further`: what else there is to warn of.

    Raises NotReady with what is to be mended, NothingToSend, CaseEnded, NotRoutedYet.
    """
    case = request.case
    lock(session, case)
    case.require_open()
    drafts = drafts_of(session, request, for_update=True)
    require_drafts(drafts)
    send(
        session,
        actor=actor,
        case=case,
        drafts=drafts,
        accepts_warnings=accepts_warnings,
        now=now,
        warnings=further(drafts) if further else (),
    )
    request.sent_at = now
    session.flush()
    return drafts


def send(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    drafts: Sequence[Referral],
    accepts_warnings: bool,
    now: datetime,
    warnings: Sequence[Problem] = (),
) -> None:
    """Send these drafts of a locked, open case. Raises NotReady."""
    now_rules = rules()
    require_ready(
        session, case, drafts, accepts_warnings=accepts_warnings, now=now, warnings=warnings
    )
    overrides = calendar(session, now)
    for draft in drafts:
        draft.case = case
        draft.rules_version, draft.by_id = now_rules.version, actor.id
        draft.from_unit_id = case.unit_id or draft.from_unit_id
        due = sent_clocks(now_rules, draft.urgency, now, overrides)
        draft.send(
            accept_due_at=due.accept_due_at,
            expires_at=due.expires_at,
            tell_at=due.tell_at,
            now=now,
        )
        note_step(session, actor=actor, referral=draft, step=Step(StepKind.SENT), now=now)


def require_ready(
    session: Session,
    case: Case,
    drafts: Sequence[Referral],
    *,
    accepts_warnings: bool,
    now: datetime,
    warnings: Sequence[Problem] = (),
) -> None:
    """Two statements; nothing is written. Raises NotReady."""
    known = known_of(session, case, drafts, rules(), clock.local(now).date())
    found: list[Problem] = [p for draft in drafts for p in problems_of(draft, known)]
    found += warnings
    if any(not one.is_warning for one in found) or (found and not accepts_warnings):
        raise NotReady(found)


def allowed_sections(referral: Referral) -> tuple[Section, ...]:
    """The sections that may be chosen for its receiver."""
    kind = referral.to_unit.kind if referral.to_unit else OUTSIDE
    return rules().packet(kind).allowed
