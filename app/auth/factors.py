"""The second factor: a code of six digits from an authenticator app (TOTP, RFC 6238)."""

import base64
import hmac
import uuid
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core.crypto import keyring

ISSUER = "Vòng Tay"
_STEP = 30  # seconds
_DRIFT = (-1, 0, 1)  # steps a phone's clock may be off


def proposed_secret(user_id: uuid.UUID, session_id: uuid.UUID | None) -> str:
    """The secret offered for enrolment in this session (160 bits, base 32); it is not stored."""
    ring, what = keyring(), f"{user_id} {session_id}"
    raw = ring.lookup("totp enrolment", what) + ring.lookup("totp enrolment, more", what)
    return base64.b32encode(raw[:20]).decode()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step for which `code` is right, or None; without a secret none is."""
    if not secret:
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    typed = code.replace(" ", "").encode()
    for step in (present + drift for drift in _DRIFT):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            return step
    return None


def accept_step(session: Session, user_id: uuid.UUID, step: int) -> bool:
    """Use up a time step; False for one that was used already, or an older one (a replay)."""
    newer = or_(User.totp_last_step.is_(None), User.totp_last_step < step)
    used = update(User).where(User.id == user_id, newer).values(totp_last_step=step)
    return session.execute(used.returning(User.id)).first() is not None


def qr_code(secret: str, username: str) -> Markup:
    """The drawing that an authenticator app reads, as inline SVG without style attributes."""
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    drawing = segno.make(address, micro=False)
    return Markup(drawing.svg_inline(scale=5, border=4, svgclass="qr"))  # noqa: S704


def grouped(secret: str) -> str:
    """The secret in groups of four, for typing."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
