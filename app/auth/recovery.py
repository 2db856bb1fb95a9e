"""Ten codes for the day the phone is lost: each opens once, as the second step after the password.

Shown once, kept as keyed hashes. A new set takes the place of the old one.
"""

import secrets
import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.factor_models import RecoveryCode
from app.auth.notices import Notice, tell
from app.auth.signer import Signer
from app.core.crypto import keyring
from app.core.errors import DomainError

HOW_MANY = 10
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another one
_LENGTH = 24  # 117 bits: nobody who has the hashes and their key finds one either


class RecoveryRefused(DomainError):
    status = 422
    message = _l("Mã dự phòng không đúng hoặc đã dùng.")


def new_codes(session: Session, actor: Actor, *, now: datetime) -> list[str]:
    """Ten new codes, in groups of four; those before are worth nothing now."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    forget_codes(session, actor.id)
    session.add_all(
        RecoveryCode(user_id=actor.id, code_hash=_hash(actor.id, code), created_at=now)
        for code in codes
    )
    data = {"factor": "recovery", "step": "added"}
    record(session, actor, AuditAction.FACTOR_CHANGED, at=now, subject_id=actor.id, data=data)
    return ["-".join(code[i : i + 4] for i in range(0, _LENGTH, 4)) for code in codes]


def forget_codes(session: Session, user_id: uuid.UUID) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def use_code(
    session: Session, user_id: uuid.UUID, typed: str, *, request_id: str | None, now: datetime
) -> int:
    """Use one up; returns how many are left. Its owner is told by mail. Raises RecoveryRefused."""
    fitting = (RecoveryCode.code_hash == _hash(user_id, plain(typed))) & (
        RecoveryCode.used_at.is_(None)
    )
    used = update(RecoveryCode).where(fitting).values(used_at=now).returning(RecoveryCode.id)
    if session.execute(used).first() is None:
        raise RecoveryRefused
    left = left_of(session, user_id)
    signer = Signer(user_id, None, request_id)
    action = AuditAction.RECOVERY_CODE_USED
    record(session, signer, action, at=now, subject_id=user_id, data={"left": left})
    tell(session, user_id, Notice.RECOVERY_CODE_USED, now=now)
    return left


def left_of(session: Session, user_id: uuid.UUID) -> int:
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(unused)) or 0


def plain(typed: str) -> str:
    """As it was made: without the groups, in capitals."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def _hash(user_id: uuid.UUID, code: str) -> bytes:
    return keyring().lookup("recovery code", f"{user_id} {code}")
