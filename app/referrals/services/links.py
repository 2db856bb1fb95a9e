"""The one-time link of a body without an account: made, opened with its code, ended.

The token in the address is derived from the id of the link by the keyset, so that the slip can be
printed without the token being kept. The code is told by phone: only its keyed hash is kept.
"""

import base64
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth import throttle
from app.auth.actor import Actor
from app.auth.attempts import TooManyAttempts
from app.auth.login import token_hash
from app.auth.throttle import Bucket
from app.core.crypto import keyring
from app.core.db import NIL, db
from app.core.ids import new_id
from app.referrals.enums import SHUT, ReferralState, StepKind
from app.referrals.errors import HasAccount, LinkRefused, ReferralChanged
from app.referrals.models import OutsideLink, Referral
from app.referrals.queries.outside import handed_over
from app.referrals.rules import rules
from app.referrals.services.access import pass_on
from app.referrals.services.history import Step, lock_sent, note_step

DIGITS = 8


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link with its code, which is shown this once."""

    link: OutsideLink
    code: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The link that a browser has opened, and what this browser is known by from now on."""

    link_id: uuid.UUID
    browser: str


def token_of(link_id: uuid.UUID) -> str:
    """The 256-bit token of the address."""
    ring, what = keyring(), str(link_id)
    raw = ring.lookup("outside link", what) + ring.lookup("outside link, more", what)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def address_of(link_id: uuid.UUID, base_url: str) -> str:
    return f"{base_url.rstrip('/')}/outside/{token_of(link_id)}"


def code_hash(link_id: uuid.UUID, code: str) -> bytes:
    return keyring().lookup("outside code", f"{link_id} {code}")


def make_link(session: Session, *, actor: Actor, referral: Referral, now: datetime) -> NewLink:
    """A new link with a new code; older ones end, a packet that is open goes along to it.

    Raises HasAccount, ReferralChanged, CaseEnded, CaseMoved.
    """
    lock_sent(session, actor, referral).require_open()
    if referral.to_unit_id is not None:
        raise HasAccount
    if not referral.is_open:
        raise ReferralChanged
    for link_id in end_links(session, referral.id, now):
        _record(session, actor, referral.case_id, link_id, referral.id, "ended", now)
    link_id, code = new_id(), _new_code()
    link = OutsideLink(
        id=link_id,
        referral_id=referral.id,
        token_hash=token_hash(token_of(link_id)),
        code_hash=code_hash(link_id, code),
        code_expires_at=now + _code_lasts(),
        created_by=actor.id,
        created_at=now,
        expires_at=now + timedelta(days=rules().access.link_days),
    )
    session.add(link)
    pass_on(session, referral, holder_id=link_id, now=now)
    _record(session, actor, referral.case_id, link_id, referral.id, "made", now)
    session.flush()
    return NewLink(link, code)


def renew_code(session: Session, *, actor: Actor, referral: Referral, now: datetime) -> NewLink:
    """Another code for the link that runs, told while somebody is on the phone; the one before is
    worth nothing, the printed slip stays good.

    Raises HasAccount, ReferralChanged (no link runs), CaseEnded, CaseMoved.
    """
    lock_sent(session, actor, referral).require_open()
    if referral.to_unit_id is not None:
        raise HasAccount
    running = (
        (OutsideLink.referral_id == referral.id)
        & OutsideLink.ended_at.is_(None)
        & (OutsideLink.expires_at > now)
        & (OutsideLink.tries < rules().access.link_tries)
    )
    link = session.scalars(select(OutsideLink).where(running)).one_or_none()
    if link is None or not referral.is_open:
        raise ReferralChanged
    code = _new_code()
    link.code_hash = code_hash(link.id, code)
    link.code_expires_at = now + _code_lasts()
    _record(session, actor, referral.case_id, link.id, referral.id, "code_renewed", now)
    session.flush()
    return NewLink(link, code)


def _new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _code_lasts() -> timedelta:
    return timedelta(minutes=rules().access.code_minutes)


def note_printed(session: Session, *, actor: Actor, referral: Referral, now: datetime) -> None:
    """The slip for a body without an account was printed: from the first time on it is on its way.

    The statements of a second print find it written."""
    if referral.to_unit_id is not None or not referral.is_open:
        return
    lock_sent(session, actor, referral)
    if referral.id not in handed_over(session, [referral.id]):
        note_step(session, actor=actor, referral=referral, step=Step(StepKind.PRINTED), now=now)
        session.flush()


def last_until_due(session: Session, link: OutsideLink, now: datetime) -> None:
    """Who took the child on can answer until the step that is due next. `link` comes with its
    referral and case."""
    due = link.referral.due_at
    if due is None or due <= link.expires_at:
        return
    link.expires_at = due
    _record(session, None, link.referral.case_id, link.id, link.referral_id, "prolonged", now)
    session.flush()


def end_links(session: Session, referral_id: uuid.UUID, now: datetime) -> list[uuid.UUID]:
    """End the links of a referral; returns those that were not ended before."""
    running = (OutsideLink.referral_id == referral_id) & OutsideLink.ended_at.is_(None)
    ended = update(OutsideLink).where(running).values(ended_at=now).returning(OutsideLink.id)
    return list(session.scalars(ended))


def open_link(
    session: Session, *, token: str, code: str, browser: str, bucket: Bucket, now: datetime
) -> Opened:
    """The right code opens the link for this browser, and for no other one after it.

    Each try is counted before its code is looked at, so that guesses sent all at once get no more
    answers than guesses sent one by one. The same work is done for a token that is none.
    `browser` is what this browser is known by, or "". Raises TooManyAttempts, LinkRefused.
    """
    if wait := throttle.waiting_time(session, bucket, now):
        raise TooManyAttempts(wait)
    found = _look_up(token)
    has_try = _spend_try(found.link_id, now)
    is_right = hmac.compare_digest(code_hash(found.link_id, code), found.code_hash)
    until = None if found.is_bound else found.code_expires_at
    is_late = until is not None and until <= now
    if not (has_try and is_right and found.state not in SHUT) or is_late:
        _refuse(found, bucket, _why(found, has_try=has_try, is_late=is_right and is_late), now)
    browser = browser or secrets.token_urlsafe(32)
    if not _bind(session, found.link_id, browser, now):
        _refuse(found, bucket, "other_browser", now)
    _record(session, None, found.case_id, found.link_id, found.referral_id, "opened", now)
    session.flush()
    return Opened(found.link_id, browser)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a token leads to; for one that is none a link with no id, whose code nothing matches."""

    link_id: uuid.UUID = NIL
    code_hash: bytes = bytes(16)
    code_expires_at: datetime | None = None
    is_bound: bool = False
    referral_id: uuid.UUID | None = None
    case_id: uuid.UUID | None = None
    state: ReferralState | None = None


def _look_up(token: str) -> _Found:
    wanted = (
        select(
            OutsideLink.id,
            OutsideLink.code_hash,
            OutsideLink.code_expires_at,
            OutsideLink.session_hash.is_not(None),
            OutsideLink.referral_id,
            Referral.case_id,
            Referral.state,
        )
        .join(Referral, Referral.id == OutsideLink.referral_id)
        .where(OutsideLink.token_hash == token_hash(token))
    )
    with db.sessionmaker() as session:
        row = session.execute(wanted).one_or_none()
    return _Found(*row) if row else _Found()


def _spend_try(link_id: uuid.UUID, now: datetime) -> bool:
    """Count a try, in a transaction of its own: it survives the refusal."""
    alive = (
        (OutsideLink.id == link_id)
        & OutsideLink.ended_at.is_(None)
        & (OutsideLink.expires_at > now)
        & (OutsideLink.tries < rules().access.link_tries)
    )
    spent = update(OutsideLink).where(alive).values(tries=OutsideLink.tries + 1)
    with db.sessionmaker.begin() as session:
        return session.execute(spent.returning(OutsideLink.id)).first() is not None


def _bind(session: Session, link_id: uuid.UUID, browser: str, now: datetime) -> bool:
    """To the browser that was first; False for another one. The try is given back."""
    mine = token_hash(browser)
    free = or_(OutsideLink.session_hash.is_(None), OutsideLink.session_hash == mine)
    bound = (
        update(OutsideLink)
        .where(OutsideLink.id == link_id, OutsideLink.ended_at.is_(None), free)
        .values(
            session_hash=mine,
            opened_at=func.coalesce(OutsideLink.opened_at, now),
            tries=OutsideLink.tries - 1,
        )
        .returning(OutsideLink.id)
    )
    return session.execute(bound).first() is not None


def _why(found: _Found, *, has_try: bool, is_late: bool) -> str:
    if found.referral_id is None:
        return "guessed"
    if found.state in SHUT:
        return "closed"
    if not has_try:
        return "dead"
    return "late_code" if is_late else "wrong_code"


def _refuse(found: _Found, bucket: Bucket, outcome: str, now: datetime) -> None:
    """Count and log it, in a transaction of its own. Raises LinkRefused."""
    with db.sessionmaker.begin() as session:
        throttle.note_failure(session, bucket, now)
        record(
            session,
            None,
            AuditAction.LINK_CHANGED,
            at=now,
            case_id=found.case_id,
            subject_id=found.link_id if found.referral_id else None,
            outcome="denied",
            data={"referral": found.referral_id, "step": "refused", "outcome": outcome},
        )
    raise LinkRefused


def _record(
    session: Session,
    actor: Actor | None,
    case_id: uuid.UUID | None,
    link_id: uuid.UUID,
    referral_id: uuid.UUID | None,
    step: str,
    now: datetime,
) -> None:
    record(
        session,
        actor,
        AuditAction.LINK_CHANGED,
        at=now,
        case_id=case_id,
        subject_id=link_id,
        data={"referral": referral_id, "step": step},
    )
