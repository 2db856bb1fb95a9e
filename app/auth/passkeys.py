"""Passkeys (WebAuthn): what a browser is asked to sign, and whether it did.

The challenge is made for one purpose and one holder (a session, or a browser that signs in),
answers a few minutes, and is used up by the first answer in a transaction of its own, so that a
refusal does not give it back. Site and origin come from BASE_URL. The device must have verified its
owner (fingerprint, face, PIN): such a passkey is two factors at once.
"""

import hashlib
import logging
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, contains_eager
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.auth.factor_models import Passkey, PasskeyChallenge, Purpose
from app.auth.models import Unit, User
from app.auth.settings import Site
from app.core.db import db
from app.core.errors import DomainError

log = logging.getLogger("vongtay.passkeys")
CHALLENGE_FOR = timedelta(minutes=3)
MOST = 10  # passkeys of one person
LONGEST = 16_000  # characters of an answer: a real one has about two thousand
_VERIFIED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(DomainError):
    """The answer does not prove who it is: why is in the log, not on the page."""

    status = 422
    message = _l("Khóa truy cập không được chấp nhận. Hãy thử lại, hoặc dùng cách khác.")


class TooManyPasskeys(DomainError):
    message = _l("Bạn đã có 10 khóa truy cập. Hãy xóa khóa không dùng nữa trước.")


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Who was asked to sign, what for, and where."""

    purpose: Purpose
    holder: bytes
    site: Site


def options_to_enrol(session: Session, ceremony: Ceremony, user: User, now: datetime) -> str:
    """What the browser needs to make a passkey, as JSON. Raises TooManyPasskeys."""
    known = _own(session, user.id)
    if len(known) >= MOST:
        raise TooManyPasskeys
    options = generate_registration_options(
        rp_id=ceremony.site.name,
        rp_name="Vòng Tay",
        user_id=user.id.bytes,
        user_name=user.username,
        user_display_name=user.name,
        challenge=_new_challenge(session, ceremony, now),
        timeout=_milliseconds(),
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_described(known),
    )
    return options_to_json(options)


def options_to_sign(
    session: Session, ceremony: Ceremony, user_id: uuid.UUID | None, now: datetime
) -> str:
    """What the browser needs to sign with a passkey: of this user, or of whoever it knows."""
    known = _own(session, user_id) if user_id else []
    options = generate_authentication_options(
        rp_id=ceremony.site.name,
        challenge=_new_challenge(session, ceremony, now),
        timeout=_milliseconds(),
        allow_credentials=_described(known),
        user_verification=_VERIFIED,
    )
    return options_to_json(options)


def enrol(
    session: Session, ceremony: Ceremony, user: User, *, sent: str, name: str, now: datetime
) -> Passkey:
    """A new passkey of this user. Raises PasskeyRefused, TooManyPasskeys."""
    challenge = _used_up(ceremony, now)
    made, transports = _verified_registration(ceremony.site, sent, challenge)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise PasskeyRefused
    if len(_own(session, user.id)) >= MOST:
        raise TooManyPasskeys
    passkey = Passkey(
        key=user.key,
        user_id=user.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=transports,
        is_synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        name=name,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def verify(
    session: Session, ceremony: Ceremony, *, sent: str, user_id: uuid.UUID | None, now: datetime
) -> Passkey:
    """The passkey that signed, with its user: of `user_id`, or of anybody who may sign in.

    Raises PasskeyRefused.
    """
    challenge = _used_up(ceremony, now)
    answer = _read_answer(sent)
    passkey = _named(session, answer.raw_id)
    if passkey is None or user_id not in (None, passkey.user_id):
        raise _refused("unknown")
    handle = answer.response.user_handle
    if handle and handle != passkey.user_id.bytes:
        raise _refused("handle")
    signed = _verified(ceremony.site, answer, challenge, passkey)
    passkey.sign_count, passkey.last_used_at = signed.new_sign_count, now
    return passkey


def holder_of(what: str, token: str) -> bytes:
    """Names whom a challenge is bound to: a session by its id, a browser by a token it keeps."""
    return hashlib.sha256(f"{what} {token}".encode()).digest()


def forget_old_challenges(session: Session, now: datetime) -> None:
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))


def count_of(session: Session, user_id: uuid.UUID) -> int:
    count = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)
    return session.scalar(count) or 0


def _own(session: Session, user_id: uuid.UUID) -> Sequence[Passkey]:
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id)).all()


def _named(session: Session, credential_id: bytes) -> Passkey | None:
    """Locked: of two answers with the same counter one is too late."""
    return session.scalars(
        select(Passkey)
        .join(Passkey.user)
        .join(User.unit)
        .options(contains_eager(Passkey.user).contains_eager(User.unit))
        .where(Passkey.credential_id == credential_id, User.is_active, Unit.is_active)
        .with_for_update(of=Passkey)
    ).one_or_none()


def _described(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id,
            transports=[AuthenticatorTransport(way) for way in one.transports] or None,
        )
        for one in known
    ]


def _milliseconds() -> int:
    return int(CHALLENGE_FOR.total_seconds() * 1000)


def _new_challenge(session: Session, ceremony: Ceremony, now: datetime) -> bytes:
    """The challenge that this holder had for the purpose before is worth nothing now."""
    challenge = secrets.token_bytes(32)
    values = {"challenge": challenge, "expires_at": now + CHALLENGE_FOR}
    made = insert(PasskeyChallenge).values(
        holder=ceremony.holder, purpose=ceremony.purpose, **values
    )
    session.execute(made.on_conflict_do_update(index_elements=["holder", "purpose"], set_=values))
    return challenge


def _used_up(ceremony: Ceremony, now: datetime) -> bytes:
    """The challenge of this holder, which nobody gets again. Raises PasskeyRefused."""
    mine = (PasskeyChallenge.holder == ceremony.holder) & (
        PasskeyChallenge.purpose == ceremony.purpose
    )
    with db.sessionmaker.begin() as session:
        taken = session.execute(
            delete(PasskeyChallenge)
            .where(mine)
            .returning(PasskeyChallenge.challenge, PasskeyChallenge.expires_at)
        ).first()
    if taken is None or taken.expires_at <= now:
        raise _refused("challenge")
    return bytes(taken.challenge)


def _refused(why: str) -> PasskeyRefused:
    log.info("passkey.refused", extra={"kind": why})
    return PasskeyRefused()


def _read_answer(sent: str) -> AuthenticationCredential:
    if len(sent) > LONGEST:
        raise _refused("length")
    try:
        return parse_authentication_credential_json(sent)
    except Exception as error:  # the bytes are a stranger's: whatever the reader stumbles over
        raise _refused(type(error).__name__) from None


def _verified(
    site: Site, answer: AuthenticationCredential, challenge: bytes, passkey: Passkey
) -> VerifiedAuthentication:
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise _refused(type(error).__name__) from None


def _verified_registration(
    site: Site, sent: str, challenge: bytes
) -> tuple[VerifiedRegistration, list[str]]:
    """The new public key, and how the device that holds its other half is reached."""
    if len(sent) > LONGEST:
        raise _refused("length")
    try:
        answer: RegistrationCredential = parse_registration_credential_json(sent)
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise _refused(type(error).__name__) from None
    return made, [transport.value for transport in answer.response.transports or ()]
